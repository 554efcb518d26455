//! Takes rights away and gives them back, until it is told that it is done, and writes down when.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::client::Place;
use super::journaling_client::Identity;
use super::rng::ScheduleRng;
use crate::support::Person;
use crate::support::journal::JournalEvent;

/// A node that does not answer is given up after this.
const SILENCE: Duration = Duration::from_secs(3);

pub struct MembershipChaos {
    identity: Identity,
    urls: Arc<Vec<String>>,
    turn: usize,
}

/// Somebody who is taken out of a room and let in again, time after time.
pub struct Leaver {
    pub place: Place,
    pub person: Person,
    pub is_out: bool,
}

impl MembershipChaos {
    pub fn new(identity: Identity, urls: &Arc<Vec<String>>) -> Self {
        Self { identity, urls: urls.clone(), turn: 0 }
    }

    pub async fn remove(&mut self, place: Place, person: &Person) {
        let (room, member) = (place.room, person.account().0);
        self.identity.note(JournalEvent::RemovalAsked { room, member });
        let path = format!("/api/v1/transactions/{}/participants/{member}", place.transaction);
        let asker = self.identity.person.clone();
        self.insist(&asker, Method::DELETE, &path, json!({}), &[204, 404]).await;
        self.identity.note(JournalEvent::RemovalAcked { room, member });
    }

    pub async fn bring_back(&mut self, place: Place, person: &Person) {
        let (room, member) = (place.room, person.account().0);
        self.identity.note(JournalEvent::ReturnAsked { room, member });
        let path = format!("/api/v1/transactions/{}/participants", place.transaction);
        let asker = self.identity.person.clone();
        self.insist(&asker, Method::POST, &path, json!({ "email": person.email() }), &[201, 409]).await;
        let accept = format!("/api/v1/participation-requests/{}/accept", place.transaction);
        // Not found: accepted before, and the answer was lost. Who is signed out on this device cannot accept.
        if self.insist(person, Method::POST, &accept, json!({}), &[200, 404, 401]).await != 401 {
            self.identity.note(JournalEvent::ReturnAcked { room, member });
        }
    }

    /// Ends the session of this device, in the name of its owner.
    pub async fn sign_out(&mut self, device: &Person) {
        let session = device.session().0;
        self.identity.note(JournalEvent::EndAsked { session });
        self.insist(device, Method::DELETE, "/api/v1/sessions/current", json!({}), &[204, 401]).await;
        self.identity.note(JournalEvent::EndAcked { session });
    }

    /// Asks one node after the other until it is done: the second of the good answers says that it was done before.
    async fn insist(
        &mut self,
        asker: &Person,
        method: Method,
        path: &str,
        body: serde_json::Value,
        good: &[u16],
    ) -> u16 {
        loop {
            let asker = asker.at(&self.urls[self.turn % self.urls.len()]);
            let request = asker.request(method.clone(), path).json(&body).timeout(SILENCE).send();
            match request.await {
                Ok(answer) if good.contains(&answer.status().as_u16()) => return answer.status().as_u16(),
                Ok(answer) => assert_eq!(answer.status().as_u16(), 503, "{method} {path}: {:?}", answer.text().await),
                Err(_) => {}
            }
            self.turn += 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Now this one, now that one, until it is told to stop; in between it signs one of the devices out. Gives the leavers
    /// back as they are then.
    pub async fn come_and_go(
        mut self,
        mut leavers: Vec<Leaver>,
        mut devices: Vec<Person>,
        mut rng: ScheduleRng,
        stop: Arc<AtomicBool>,
    ) -> Vec<Leaver> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        while !stop.load(Ordering::SeqCst) {
            tokio::time::sleep(rng.millis(100, 800)).await;
            if rng.one_in(4)
                && let Some(device) = devices.pop()
            {
                self.sign_out(&device).await;
                *counts.entry("sessions ended").or_default() += 1;
                continue;
            }
            let place = usize::try_from(rng.roll(u64::try_from(leavers.len()).expect("few"))).expect("few");
            let Some(leaver) = leavers.get_mut(place) else { continue };
            if leaver.is_out {
                self.bring_back(leaver.place, &leaver.person).await;
            } else {
                self.remove(leaver.place, &leaver.person).await;
                *counts.entry("members removed").or_default() += 1;
            }
            leaver.is_out = !leaver.is_out;
        }
        eprintln!("{counts:?}");
        leavers
    }
}

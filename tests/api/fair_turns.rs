//! Who is known has places at the passwords that no stranger fills, and no other person either.

use futures_util::future::join_all;

use super::attempts::{device_of, sign_in_on};
use crate::support::{PASSWORD, TestApp};

/// More than may wait, and each comes so often that the line is full also where they come slowly.
const DEVICES: usize = 40;
const EACH: usize = 5;

on_both_databases! {
    async fn one_person_with_many_devices_keeps_nobody_waiting(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_PASSWORD_HASH_THREADS", "1")]);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let own = device_of(&sign_in_on(&app, ana.email(), PASSWORD, None).await);
        let mut devices = Vec::new();
        for _ in 0..DEVICES {
            devices.push(device_of(&sign_in_on(&app, ben.email(), PASSWORD, None).await));
        }
        let all = devices.iter().cycle().take(DEVICES * EACH);
        let flood = join_all(all.map(|device| sign_in_on(&app, ben.email(), PASSWORD, Some(device))));
        let owner = join_all((0..8).map(|_| sign_in_on(&app, ana.email(), PASSWORD, Some(&own))));
        let (flooded, owner) = tokio::join!(flood, owner);
        for answer in owner {
            answer.expect(201);
        }
        assert!(flooded.iter().any(|answer| answer.status == 503), "the line was never full");
    }
}

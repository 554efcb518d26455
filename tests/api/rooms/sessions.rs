//! A connection ends with its session, and only with its own.

use entremise::domain::EndReason;
use entremise::store::sessions;

use super::*;
use crate::support::{PASSWORD, TestDatabase};

on_both_databases! {
    async fn signing_out_closes_this_device_only(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let phone = app.another_device(&ana).await;
        let (mut one, mut two, mut other) = (ana.socket().await, ana.socket().await, phone.socket().await);
        ana.delete("/api/v1/sessions/current").await.expect(204);
        assert_eq!((one.expect_close().await, two.expect_close().await), (4100, 4100));
        expect_alive(&mut other).await;
        assert_eq!(Socket::open(&app.url, ana.token.as_deref()).await.err(), Some(401));
    }

    async fn a_revoked_device_is_closed(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let phone = app.another_device(&ana).await;
        let (mut own, mut other) = (ana.socket().await, phone.socket().await);
        ana.delete(&format!("/api/v1/sessions/{}", phone.session())).await.expect(204);
        assert_eq!(other.expect_close().await, 4100);
        expect_alive(&mut own).await;
    }

    async fn a_new_password_keeps_only_the_device_that_set_it(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (mut own, mut other) = (ana.socket().await, app.another_device(&ana).await.socket().await);
        let passwords = json!({ "current_password": PASSWORD, "new_password": "Autre-Tuile-91-pluie" });
        ana.put("/api/v1/me/password", passwords).await.expect(200);
        assert_eq!(other.expect_close().await, 4105);
        expect_alive(&mut own).await;
    }

    async fn everywhere_else_is_closed_when_the_person_says_so(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (phone, laptop) = (app.another_device(&ana).await, app.another_device(&ana).await);
        let (mut own, mut one, mut two, mut bens) =
            (ana.socket().await, phone.socket().await, laptop.socket().await, ben.socket().await);
        ana.delete("/api/v1/sessions/others").await.expect(204);
        assert_eq!((one.expect_close().await, two.expect_close().await), (4100, 4100));
        expect_alive(&mut own).await;
        expect_alive(&mut bens).await;
    }

    async fn a_deactivated_person_is_closed_everywhere(database) {
        let app = TestApp::start(database);
        let (ada, ana, ben) = (app.admin().await, app.broker("Ana").await, app.broker("Ben").await);
        let (mut one, mut two, mut bens) = (ana.socket().await, app.another_device(&ana).await.socket().await, ben.socket().await);
        ada.post(&format!("/api/v1/accounts/{}/deactivate", ana.account()), json!({})).await.expect(200);
        assert_eq!((one.expect_close().await, two.expect_close().await), (4101, 4101));
        expect_alive(&mut bens).await;
        assert_eq!(Socket::open(&app.url, ana.token.as_deref()).await.err(), Some(401));
    }

    async fn an_end_that_nobody_told_is_found_in_the_database(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_REVOCATION_POLL_MS", "100")]);
        let ana = app.broker("Ana").await;
        let mut socket = ana.socket().await;
        end_all(&app, &ana).await;
        assert_eq!(socket.expect_close().await, 4100);
    }

    async fn a_session_that_began_after_all_were_ended_is_not_closed(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_REVOCATION_POLL_MS", "100")]);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        // Nobody is connected, so the list of ends is first read when Ana is back.
        end_all(&app, &ana).await;
        let (mut again, mut bens) = (app.another_device(&ana).await.socket().await, ben.socket().await);
        end_all(&app, &ben).await;
        assert_eq!(bens.expect_close().await, 4100, "the list was read");
        expect_alive(&mut again).await;
        // Whoever connects while the end stands on the list is looked at too.
        expect_alive(&mut app.another_device(&ana).await.socket().await).await;
        expect_alive(&mut again).await;
    }

    /// Whoever finds it out first, the hub or the connection that asks the database for something.
    async fn a_connection_says_why_its_session_ended_although_nobody_told_it(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_REVOCATION_POLL_MS", "60000")]);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        for (reason, code) in [(EndReason::Deactivated, 4101), (EndReason::SignedOut, 4100)] {
            for frame in [
                json!({ "t": "post", "room": room, "nonce": "n", "body": "text" }),
                json!({ "t": "read", "room": room, "seq": 1_000 }),
                json!({ "t": "join", "room": room, "after": 0 }),
            ] {
                let device = app.another_device(&ben).await;
                let (mut socket, mut kept) = (device.socket().await, ana.socket().await);
                end_all_for(&app, &device, reason).await;
                expect_refused(&answer_of(&mut socket, frame).await, "session_ended");
                assert_eq!(socket.expect_close().await, code);
                expect_alive(&mut kept).await;
            }
        }
    }

    async fn a_session_that_has_expired_can_nothing_and_is_closed(database) {
        // The heartbeat is far away, and so is the look at what the scheduled job has ended: it is the frames that find out.
        let settings = [("ENTREMISE_PING_SECONDS", "600"), ("ENTREMISE_REVOCATION_POLL_MS", "60000")];
        let app = TestApp::start_with(database, &settings);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let mut posting = ana.socket().await;
        posting.join(room, None).await;
        let (mut joining, mut reading) = (ana.socket().await, ana.socket().await);
        expire(database, &ana);
        expect_refused(&posting.post(room, "n", "text").await, "session_ended");
        assert_eq!(posting.expect_close().await, 4102);
        // Not `room_unknown`: at that a client gives up what it had to say there.
        expect_refused(&answer_of(&mut joining, json!({ "t": "join", "room": room, "after": 0 })).await, "session_ended");
        assert_eq!(joining.expect_close().await, 4102);
        expect_refused(&answer_of(&mut reading, json!({ "t": "read", "room": room, "seq": 2 })).await, "session_ended");
        assert_eq!(reading.expect_close().await, 4102);
        assert_eq!(log_of(&ben, transaction).await.len(), 3);
    }

    async fn who_only_listens_with_a_session_that_has_expired_is_found_by_the_heartbeat(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_PING_SECONDS", "2"), ("ENTREMISE_PONG_SECONDS", "1")]);
        let (ana, _, _, room) = two_in_a_room(&app).await;
        let mut listening = ana.socket().await;
        listening.join(room, None).await;
        expire(database, &ana);
        assert_eq!(listening.expect_close().await, 4102);
    }
}

fn expire(database: &TestDatabase, person: &Person) {
    database.execute(&format!("UPDATE sessions SET expires_at = 1000 WHERE id = {}", person.session()));
}

/// In the database only, as another node would whose word got lost.
async fn end_all(app: &TestApp, person: &Person) {
    end_all_for(app, person, EndReason::SignedOut).await;
}

async fn end_all_for(app: &TestApp, person: &Person, reason: EndReason) {
    let (account, now) = (person.account(), app.app.clock.now());
    let end = move |conn: &mut entremise::store::Db| sessions::end_all(conn, account, None, reason, now);
    app.app.store.write(end).await.expect("it can be written");
}

async fn answer_of(socket: &mut Socket, frame: Value) -> Value {
    let reference = socket.send(frame).await;
    socket.answer(reference).await
}

//! The database does not answer: posts are refused in time, and their nonces settle everything afterwards.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use entremise::domain::{Backend, Entry, EntryBatch, EntryBody, Event, RoomEvent, RoomId, Seq};

use super::*;
use crate::support::TestDatabase;

/// Holds up every writer of this room, from outside.
enum Stall {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Stall {
    fn begin(database: &TestDatabase, room: i64) -> Self {
        match database.backend() {
            Backend::Postgres => {
                let mut conn = PgConnection::establish(database.url_text()).expect("a connection");
                conn.batch_execute(&format!("BEGIN; SELECT * FROM rooms WHERE id = {room} FOR UPDATE"))
                    .expect("the row");
                Self::Postgres(conn)
            }
            Backend::Sqlite => {
                let path = database.url_text().trim_start_matches("sqlite:");
                let mut conn = SqliteConnection::establish(path).expect("a connection");
                conn.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").expect("the lock");
                Self::Sqlite(conn)
            }
        }
    }

    fn end(self) {
        match self {
            Self::Postgres(mut conn) => conn.batch_execute("ROLLBACK"),
            Self::Sqlite(mut conn) => conn.batch_execute("ROLLBACK"),
        }
        .expect("it can be ended");
    }
}

/// Repeats a post with the same nonce as long as it is told to.
async fn post_until_posted(socket: &mut Socket, room: i64, nonce: &str) -> i64 {
    loop {
        let answer = socket.post(room, nonce, nonce).await;
        if answer["t"] == "posted" {
            return seq(&answer);
        }
        let wait = answer["retry_after"].as_u64().unwrap_or_else(|| panic!("not temporary: {answer}"));
        tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
    }
}

async fn expect_each_once(person: &Person, transaction: i64, count: usize) {
    let log = log_of(person, transaction).await;
    let mut nonces: Vec<&str> = log.iter().filter_map(|entry| entry["nonce"].as_str()).collect();
    nonces.sort_unstable();
    nonces.dedup();
    assert_eq!((nonces.len(), log.len()), (count, count + 3), "{log:?}");
    assert_eq!(seqs(&log), (1..).take(log.len()).collect::<Vec<i64>>());
}

on_both_databases! {
    async fn an_answer_that_is_late_comes_before_the_word_of_a_removal(database) {
        let app = TestApp::start(database);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        for socket in [&mut for_ana, &mut for_ben] {
            socket.join(room, None).await;
        }
        let stall = Stall::begin(database, room);
        let posting = for_ben.send(json!({ "t": "post", "room": room, "nonce": "n", "body": "text" })).await;
        expect_alive(&mut for_ben).await;
        // What another node would say: Ben is out, and the answer to their post is not here yet.
        let data = json!({ "account": ben.account(), "name": "Ben Test", "role": "broker", "what": "part" });
        let removal = Entry {
            room: RoomId(room),
            seq: Seq(4),
            author: Some(ana.account()),
            nonce: None,
            body: EntryBody::from_parts("member_removed".to_owned(), None, Some(data)),
            at: app.app.clock.now(),
            acl_version: 3,
        };
        for run in EntryBatch::of([&removal]) {
            app.app.bus.publish(Event::Room(RoomId(room), RoomEvent::Committed(run)));
        }
        for_ana.expect_that("the removal", |frame| frame["kind"] == "member_removed").await;
        expect_alive(&mut for_ben).await;
        stall.end();
        let mut told = Vec::new();
        while told.len() < 2 {
            let frame = for_ben.next().await.expect("the connection stays");
            if frame["ref"] == json!(posting) || frame["t"] == "removed" {
                told.push(frame["t"].clone());
            }
        }
        assert_eq!(told, ["posted", "removed"]);
        assert_eq!(log_of(&ana, transaction).await.len(), 4, "the message is stored");
    }

    async fn a_database_that_hangs_is_answered_for_and_the_nonce_settles_it(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_DATABASE_DEADLINE_MS", "300")]);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let (mut posting, mut listening) = (ana.socket().await, ben.socket().await);
        listening.join(room, None).await;
        let stall = Stall::begin(database, room);
        let references = post_many(&mut posting, room, "n", 3).await;
        for reference in references {
            let answer = posting.answer(reference).await;
            let code = answer["code"].as_str().unwrap_or_else(|| panic!("not refused: {answer}"));
            assert!(["unavailable", "outcome_unknown"].contains(&code), "{answer}");
            assert!(answer["retry_after"].as_u64().is_some_and(|wait| wait > 0), "{answer}");
        }
        expect_alive(&mut posting).await;
        expect_alive(&mut listening).await;
        stall.end();
        let mut posted = Vec::new();
        for number in 0..3 {
            posted.push(post_until_posted(&mut posting, room, &format!("n-{number}")).await);
        }
        posted.sort_unstable();
        assert_eq!(posted, [4, 5, 6]);
        expect_each_once(&ana, transaction, 3).await;
        let heard = [listening.expect("entry").await, listening.expect("entry").await, listening.expect("entry").await];
        assert_eq!(seqs(&heard), [4, 5, 6]);
    }

    async fn a_full_log_refuses_and_takes_all_later(database) {
        let settings = [GENEROUS, &[("ENTREMISE_LOG_QUEUE", "1"), ("ENTREMISE_LOG_BATCH", "1")]].concat();
        let app = TestApp::start_with(database, &settings);
        let (ana, _, transaction, room) = two_in_a_room(&app).await;
        let mut socket = ana.socket().await;
        let stall = Stall::begin(database, room);
        let references = post_many(&mut socket, room, "n", 10).await;
        // One is under way and one waits: the others are refused at once.
        let mut refused = Vec::new();
        while refused.len() < 8 {
            let answer = socket.expect("refused").await;
            expect_refused(&answer, "log_full");
            assert!(answer["retry_after"].as_u64().is_some_and(|wait| wait > 0), "{answer}");
            refused.push(answer["ref"].as_u64().expect("a ref"));
        }
        stall.end();
        for (number, reference) in references.into_iter().enumerate() {
            // Those that were taken are stored, unless a busy machine let their time pass: then they are asked for again.
            let is_posted = !refused.contains(&reference) && socket.answer(reference).await["t"] == "posted";
            if !is_posted {
                post_until_posted(&mut socket, room, &format!("n-{number}")).await;
            }
        }
        expect_each_once(&ana, transaction, 10).await;
    }

    async fn so_many_frames_may_wait_for_their_answers(database) {
        let settings = [("ENTREMISE_MAX_PENDING_FRAMES", "2"), ("ENTREMISE_DATABASE_DEADLINE_MS", "20000")];
        let app = TestApp::start_with(database, &settings);
        let (ana, _, transaction, room) = two_in_a_room(&app).await;
        let mut socket = ana.socket().await;
        let stall = Stall::begin(database, room);
        let references = post_many(&mut socket, room, "n", 3).await;
        let answer = socket.answer(references[2]).await;
        expect_refused(&answer, "too_many_requests");
        assert!(answer["retry_after"].as_u64().is_some_and(|wait| wait > 0), "{answer}");
        stall.end();
        expect_posted(&mut socket, &references[..2]).await;
        post_until_posted(&mut socket, room, "n-2").await;
        expect_each_once(&ana, transaction, 3).await;
    }
}

#[tokio::test]
async fn rooms_go_on_by_themselves_when_postgresql_is_back() {
    let database = crate::support::postgres_database();
    let app = TestApp::start_with(&database, &[("ENTREMISE_DATABASE_DEADLINE_MS", "500")]);
    let (ana, ben, transaction, room) = two_in_a_room(&app).await;
    let (mut posting, mut listening) = (ana.socket().await, ben.socket().await);
    listening.join(room, None).await;
    assert_eq!(seq(&posting.post(room, "before", "before").await), 4);
    // Every connection of the server is lost, several times over.
    let mut admin = PgConnection::establish(database.url_text()).expect("a connection");
    for round in 0..3 {
        admin
            .batch_execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
            .expect("they can be ended");
        post_until_posted(&mut posting, room, &format!("after-{round}")).await;
    }
    expect_each_once(&ana, transaction, 4).await;
    for expected in 4..=7 {
        assert_eq!(seq(&listening.expect("entry").await), expected);
    }
}

//! Jobs over whole processes: one that dies in the middle, a schedule that nodes share, the commands.

use std::net::TcpListener;
use std::time::Instant;

use serde_json::json;

use crate::harness::{Process, World, entremise, eventually, is_long, letters_to, run};
use crate::mail::{invite, mail_of, mail_server};
use crate::support::{postgres_database, sqlite_database};
use crate::upgrades::Moments;

/// A mail server that takes the connection and never says a word holds the job in its middle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_node_was_killed_runs_again_when_its_lease_has_ended() {
    let world = World::new().await;
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("mails");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let smtp = format!("smtp://127.0.0.1:{port}");
    let settings = [("SMTP_URL", smtp.as_str()), ("ENTREMISE_MAIL_FROM", "portal@example.org")];
    let mut a = world.node_with(&settings).await;
    let ana = world.broker(&a, "Ana").await;
    let invitation = invite(&ana, "renee@example.org").await;
    eventually("the attempt is under way", || async { mail_of(&ana, invitation).await["attempts"] == 1 }).await;
    a.kill();
    drop(silent);

    let b = world.node_with(&settings).await;
    let _server = mail_server(port, &folder).await;
    let ana = ana.at(&b.url);
    let leased =
        "SELECT 1 FROM jobs WHERE kind = 'send_mail' AND state = 'queued' AND attempts = 1 AND lease_until > 0";
    assert_eq!(world.count(leased), 1, "the lease outlives the node");
    // The waiting itself is not what this is about.
    world.execute("UPDATE jobs SET lease_until = 0 WHERE kind = 'send_mail'");
    world.execute("UPDATE mails SET lease_until = 0");
    eventually("the mail leaves", || async { mail_of(&ana, invitation).await["state"] == "sent" }).await;
    assert_eq!(mail_of(&ana, invitation).await["attempts"], json!(2));
    assert_eq!(letters_to(&folder, "renee@example.org").len(), 1);
    let done = "SELECT 1 FROM jobs WHERE kind = 'send_mail' AND state = 'done' AND attempts = 2";
    eventually("the job is done", || async { world.count(done) == 1 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_one_runs_a_slot_and_a_missed_one_is_caught_up() {
    let world = World::new().await;
    let (mut a, mut b) = (world.node().await, world.node().await);
    let done = "SELECT 1 FROM jobs WHERE kind = 'prune' AND state = 'done'";
    eventually("the slot is run", || async { world.count(done) >= 1 }).await;
    // The slot is there for both at the same moment, again and again.
    for _ in 0..5 {
        world.execute("DELETE FROM jobs WHERE kind = 'prune'");
        eventually("the slot is run", || async { world.count(done) >= 1 }).await;
        let again = "SELECT 1 FROM jobs WHERE kind = 'prune' AND attempts > 1";
        assert_eq!(world.count(again), 0, "a slot was run twice");
    }
    a.kill();
    b.kill();
    // Time goes by without a node.
    world.execute("UPDATE jobs SET state = 'done', key = key || ' long ago' WHERE kind = 'prune'");
    let _c = world.node().await;
    let caught_up = format!("{done} AND key NOT LIKE '%long ago'");
    eventually("the missed slot is caught up", || async { world.count(&caught_up) >= 1 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_are_listed_retried_and_run_from_the_command_line() {
    let world = World::new().await;
    let settings = [("DATABASE_URL", world.database_url()), ("ENTREMISE_BIND", "127.0.0.1:0")];
    let command = async |words: &[&str]| run(words, &settings, "").await;
    let (succeeded, said) = command(&["jobs", "list"]).await;
    assert!(succeeded && said.contains("no jobs"), "{said}");

    // As a node of the version before leaves it behind.
    world.execute(
        "INSERT INTO mails (kind, message_id, recipient, subject, body_text, state, attempts, due_at, created_at) \
         VALUES ('invitation', 'm1', 'claire@example.org', 'a subject', 'hidden-word', 'queued', 0, 0, 0)",
    );
    let (succeeded, said) = command(&["jobs", "run"]).await;
    assert!(succeeded && said.contains("prune: 1 done") && said.contains("adopt_mails: 1 done"), "{said}");
    let kept = "SELECT 1 FROM demo_mails WHERE message_id = 'm1'";
    if world.count(kept) == 0 {
        // The mail was adopted after the mails had been looked at.
        assert!(command(&["jobs", "run"]).await.1.contains("send_mail: 1 done"));
    }
    assert_eq!(world.count(kept), 1);
    assert_eq!(world.count("SELECT 1 FROM mails WHERE state = 'sent' AND body_text IS NULL"), 1);

    world.execute("UPDATE mails SET state = 'parked', message_id = 'm2', body_text = 'hidden-word'");
    world.execute("UPDATE jobs SET state = 'parked', error_code = 'smtp_refused' WHERE kind = 'send_mail'");
    let (succeeded, said) = command(&["jobs", "list"]).await;
    assert!(succeeded, "{said}");
    for word in ["send_mail", "prune", "parked", "done", "smtp_refused"] {
        assert!(said.contains(word), "{word} is missing: {said}");
    }
    for secret in ["claire", "a subject", "hidden-word", "{"] {
        assert!(!said.contains(secret), "{secret} is shown: {said}");
    }
    let (succeeded, said) = command(&["jobs", "retry", "999999"]).await;
    assert!(!succeeded && said.contains("999999"), "{said}");
    let (succeeded, said) = command(&["jobs", "retry", "send_mail"]).await;
    assert!(succeeded && said.contains("1 due now"), "{said}");
    let (succeeded, said) = command(&["jobs", "run"]).await;
    assert!(succeeded && said.contains("send_mail: 1 done"), "{said}");
    assert_eq!(world.count("SELECT 1 FROM demo_mails WHERE message_id = 'm2'"), 1);
}

/// Every third one is killed at any moment of its life; the others end well, also while the database's client library is opening
/// connections, and what was under way is done by a later one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_run_by_hand_end_well_and_what_a_killed_one_leaves_is_done_later() {
    let mut moments = Moments::new();
    for database in [postgres_database(), sqlite_database()] {
        let settings = [("DATABASE_URL", database.url_text()), ("ENTREMISE_BIND", "127.0.0.1:0")];
        let begun = Instant::now();
        let (succeeded, said) = run(&["jobs", "run"], &settings, "").await;
        assert!(succeeded, "{said}");
        let whole = begun.elapsed().as_millis();
        let all = if is_long() { 120 } else { 9 };
        for id in 1..=all {
            database.execute(&format!(
                "INSERT INTO mails (id, kind, message_id, recipient, subject, body_text, state, attempts, due_at, created_at) \
                 VALUES ({id}, 'invitation', 'm{id}', 'claire@example.org', 's', 'b', 'queued', 0, 0, 0); \
                 INSERT INTO jobs (kind, key, payload, state, attempts, tries, due_at, created_at) \
                 VALUES ('send_mail', '{id}', '{{\"mail\":{id}}}', 'queued', 0, 0, 0, 0)"
            ));
            if id % 3 == 0 {
                let mut running = Process::start("jobs run", entremise(&["jobs", "run"], &settings), "");
                tokio::time::sleep(moments.next(whole)).await;
                running.kill();
            } else {
                let (succeeded, said) = run(&["jobs", "run"], &settings, "").await;
                assert!(succeeded, "run {id}: {said}");
            }
        }
        // The waiting for leases is not what this is about.
        for table in ["jobs", "mails"] {
            database.execute(&format!("UPDATE {table} SET lease_until = 0, due_at = 0 WHERE state = 'queued'"));
        }
        assert!(run(&["jobs", "run"], &settings, "").await.0);
        assert_eq!(database.count("SELECT 1 FROM mails WHERE state <> 'sent'"), 0);
        assert_eq!(database.count("SELECT 1 FROM jobs WHERE state <> 'done'"), 0);
        assert_eq!(database.count("SELECT DISTINCT message_id FROM demo_mails"), all);
    }
}

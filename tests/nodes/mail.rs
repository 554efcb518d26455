//! Mail leaves through a real mail server, and waits for one that is away.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Letter, Process, World, eventually, free_port, header, letters_to, mortal};
use crate::support::{PASSWORD, Person, services};

pub async fn invite(broker: &Person, email: &str) -> i64 {
    let form = json!({
        "first_name": "Renée", "last_name": "Müller", "email": email, "project_type": "sale",
        "message": "À bientôt !", "language": "fr",
    });
    broker.post("/api/v1/client-invitations", form).await.expect(201)["invitation"]["id"].as_i64().expect("an id")
}

pub async fn mail_of(broker: &Person, invitation: i64) -> Value {
    broker.get(&format!("/api/v1/client-invitations/{invitation}")).await.expect(200)["invitation"]["mail"].clone()
}

/// The link of the invitation, which stands in both parts and leads to the node's own address.
fn link_in(letter: &Letter, url: &str) -> String {
    let begin = format!("{}/client/invitation/", url.replace("127.0.0.1", "localhost"));
    let (_, rest) = letter.text.split_once(&begin).unwrap_or_else(|| panic!("no link in {}", letter.text));
    let token: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
    let link = format!("{begin}{token}");
    assert!(letter.html.contains(&link), "the HTML part leads elsewhere: {}", letter.html);
    link
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_arrives_with_a_link_that_opens() {
    let world = World::new().await;
    let smtp = services::smtp_url();
    let node = world.node_with(&[("SMTP_URL", &smtp), ("ENTREMISE_MAIL_FROM", "portal@example.org")]).await;
    let ana = world.broker(&node, "Ana").await;
    // The server's folder is shared by all tests.
    let address = format!("renee.{}@example.org", std::process::id());
    let invitation = invite(&ana, &address).await;
    let arrived = || letters_to(&services::smtp_folder(), &address);
    eventually("the mail arrives", || async { !arrived().is_empty() }).await;
    let letters = arrived();
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    assert!(header(&letter.head, "content-type").starts_with("multipart/alternative"), "{}", letter.head);
    assert!(header(&letter.head, "from").contains("portal@example.org"), "{}", letter.head);
    assert!(!header(&letter.head, "message-id").is_empty() && !header(&letter.head, "date").is_empty());
    for part in [&letter.text, &letter.html] {
        assert!(part.contains("Renée") && part.contains("À bientôt"), "{part}");
    }
    eventually("the invitation shows it", || async { mail_of(&ana, invitation).await["state"] == "sent" }).await;

    let link = link_in(letter, &node.url);
    let token = link.rsplit('/').next().unwrap();
    let nobody = Person::new(&node.url, None);
    let seen = nobody.get(&format!("/api/v1/client-invitations/token/{token}")).await;
    assert_eq!(seen.expect(200)["invitation"]["email"], json!(address));
    let path = format!("/api/v1/client-invitations/activate/{token}");
    let activated = nobody.post(&path, json!({ "password": PASSWORD })).await;
    assert_eq!(activated.expect(201)["account"]["email"], json!(address));
}

/// A mail server of the test's own.
pub async fn mail_server(port: u16, folder: &Path) -> Process {
    let has = |python: &&str| {
        Command::new(python).args(["-c", "import aiosmtpd"]).output().is_ok_and(|output| output.status.success())
    };
    let python = ["python3", "/usr/bin/python3"].into_iter().find(has);
    let python = python.expect("aiosmtpd is missing: sudo apt-get install python3-aiosmtpd");
    let mut command = mortal(python);
    command.args(["-m", "aiosmtpd", "--nosetuid", "--listen", &format!("127.0.0.1:{port}")]);
    command.args(["--class", "aiosmtpd.handlers.Mailbox"]).arg(folder);
    let process = Process::start("the mail server", command, "");
    let listens = || async { tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() };
    eventually("the mail server listens", listens).await;
    process
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_waits_for_a_server_that_is_away() {
    let world = World::new().await;
    let (port, place) = (free_port(), tempfile::tempdir().unwrap());
    let folder = place.path().join("mails");
    let smtp = format!("smtp://127.0.0.1:{port}");
    let node = world.node_with(&[("SMTP_URL", &smtp), ("ENTREMISE_MAIL_FROM", "portal@example.org")]).await;
    let ana = world.broker(&node, "Ana").await;
    let invitation = invite(&ana, "renee@example.org").await;
    eventually("the attempt is shown", || async { mail_of(&ana, invitation).await["attempts"] == 1 }).await;
    let waiting = || async { mail_of(&ana, invitation).await["error"].is_string() };
    eventually("the reason is shown", waiting).await;
    assert_eq!(mail_of(&ana, invitation).await["state"], "queued");

    let _server = mail_server(port, &folder).await;
    // Its next attempt is half a minute away; the waiting itself is not what this is about.
    world.execute("UPDATE mails SET due_at = 0 WHERE state = 'queued'");
    world.execute("UPDATE jobs SET due_at = 0 WHERE kind = 'send_mail'");
    eventually("the mail leaves", || async { mail_of(&ana, invitation).await["state"] == "sent" }).await;
    let mail = mail_of(&ana, invitation).await;
    assert_eq!((&mail["attempts"], &mail["error"]), (&json!(2), &Value::Null));
    let letters = letters_to(&folder, "renee@example.org");
    assert_eq!(letters.len(), 1);
    link_in(&letters[0], &node.url);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_send_a_mail_once() {
    let world = World::new().await;
    let (port, place) = (free_port(), tempfile::tempdir().unwrap());
    let folder = place.path().join("mails");
    let smtp = format!("smtp://127.0.0.1:{port}");
    let settings = [("SMTP_URL", smtp.as_str()), ("ENTREMISE_MAIL_FROM", "portal@example.org")];
    let (a, b) = (world.node_with(&settings).await, world.node_with(&settings).await);
    let _server = mail_server(port, &folder).await;
    let ana = world.broker(&a, "Ana").await;
    for number in 0..20 {
        let node = if number % 2 == 0 { &a } else { &b };
        invite(&ana.at(&node.url), &format!("guest{number}@example.org")).await;
    }
    let all_sent = || async { world.count("SELECT 1 FROM mails WHERE state = 'sent'") == 20 };
    eventually("all mails have left", all_sent).await;
    for number in 0..20 {
        assert_eq!(letters_to(&folder, &format!("guest{number}@example.org")).len(), 1, "guest{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_is_kept_and_not_sent_can_be_read_for_a_day() {
    let world = World::new().await;
    let node = world.node().await;
    let ana = world.broker(&node, "Ana").await;
    for name in ["older", "newer"] {
        invite(&ana, &format!("{name}@example.org")).await;
    }
    let readable = "SELECT 1 FROM demo_mails WHERE body_text LIKE '%/client/invitation/%' AND body_html LIKE '%href%'";
    eventually("both are kept", || async { world.count(readable) == 2 }).await;
    world.execute("UPDATE demo_mails SET sent_at = sent_at - 86400000 WHERE recipient = 'older@example.org'");
    // As if the next slot had come.
    world.execute("DELETE FROM jobs WHERE kind = 'prune'");
    eventually("one is emptied", || async { world.count(readable) == 1 }).await;
    let emptied =
        "SELECT 1 FROM demo_mails WHERE recipient = 'older@example.org' AND body_text = '' AND body_html = ''";
    assert_eq!(world.count(emptied), 1);
}

//! What people wrote and what opens doors never stands in a log, however much is logged and whatever goes wrong.

use serde_json::json;

use crate::harness::{World, entremise, eventually, free_port};
use crate::support::proxy::Proxy;
use crate::support::{PASSWORD, Person};

/// Each appears in what the test sends, and nowhere else.
const CANARIES: [&str; 12] = [
    "canary-mail",
    "Canary-First",
    "Canary-Last",
    "canary-body",
    "canary-title",
    "canary-nonce",
    "Canary-Pass",
    "canary-personal-note",
    "canary-wrong",
    "canarytoken",
    "canary-frame",
    "+33 6 99 88 77 66",
];
const PASSPHRASE: &str = "Canary-Pass-84-vent!";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_logs_hold_no_secret_and_no_word_of_anybody() {
    let mut world = World::new().await;
    let database = url::Url::parse(world.database_url()).unwrap();
    let wire = Proxy::to(world.database_url()).await;
    let smtp = format!("smtp://127.0.0.1:{}", free_port());
    let settings = [
        ("DATABASE_URL", &*wire.redirect(world.database_url())),
        ("SMTP_URL", &smtp),
        ("ENTREMISE_MAIL_FROM", "canary-mail.portal@example.org"),
        ("ENTREMISE_LOG_FILTER", "debug"),
    ];
    let mut node = world.node_with(&settings).await;
    let nobody = Person::new(&node.url, None);
    let mut secrets: Vec<String> = CANARIES.iter().map(|canary| (*canary).to_owned()).collect();
    secrets.push(PASSWORD.to_owned());
    secrets.extend(database.password().map(str::to_owned));
    secrets.push("only-for-this-test".to_owned());

    // The first admin, through the printed link.
    let printed = || node.lines().into_iter().find_map(|line| Some(line.split_once("/setup/")?.1.to_owned()));
    eventually("the link is printed", || async { printed().is_some() }).await;
    let setup = printed().unwrap();
    let account = |mail: &str| json!({ "email": mail, "first_name": "Canary-First", "last_name": "Canary-Last", "password": PASSPHRASE, "language": "en" });
    nobody.post(&format!("/api/v1/setup/{setup}"), account("canary-mail.admin@example.org")).await.expect(201);
    secrets.push(setup);

    // Signing in, well and badly.
    let credentials =
        |mail: &str, password: &str| json!({ "email": mail, "password": password, "transport": "bearer" });
    for (mail, password) in
        [("canary-mail.admin@example.org", "canary-wrong"), ("canary-mail.nobody@example.org", PASSPHRASE)]
    {
        nobody.post("/api/v1/sessions", credentials(mail, password)).await.expect(401);
    }
    let signed_in = nobody.post("/api/v1/sessions", credentials("canary-mail.admin@example.org", PASSPHRASE)).await;
    let token = signed_in.expect(201)["token"].as_str().unwrap().to_owned();
    let admin = Person::new(&node.url, Some(token.clone()));
    secrets.push(token);
    let mut broker = account("canary-mail.broker@example.org");
    broker["role"] = json!("broker");
    admin.post("/api/v1/accounts", broker.clone()).await.expect(201);
    admin.post("/api/v1/accounts", broker).await.expect_refusal(409, "email_taken");
    admin.get("/api/v1/accounts?q=canary-mail").await.expect(200);
    let token = nobody.post("/api/v1/sessions", credentials("canary-mail.broker@example.org", PASSPHRASE)).await;
    let token = token.expect(201)["token"].as_str().unwrap().to_owned();
    let ana = Person::new(&node.url, Some(token.clone()));
    secrets.push(token);

    // An invitation, whose mail cannot leave.
    let form = json!({
        "first_name": "Canary-First", "last_name": "Canary-Last", "email": "canary-mail.client@example.org",
        "phone": "+33 6 99 88 77 66", "project_type": "sale", "message": "canary-personal-note",
    });
    ana.post("/api/v1/client-invitations/preview", form.clone()).await.expect(200);
    let invitation = ana.post("/api/v1/client-invitations", form).await.expect(201)["invitation"]["id"].clone();
    eventually("sending has failed", || async { node.log().iter().any(|line| line.contains("mail failed")) }).await;
    let link = ana.post(&format!("/api/v1/client-invitations/{invitation}/link"), json!({})).await;
    let link = link.expect(201)["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let opened = format!("/api/v1/client-invitations/activate/{link}");
    nobody.post(&opened, json!({ "password": "Canary-Pass" })).await.expect(422);
    nobody.get(&format!("/client/invitation/{link}")).await.expect(200);
    nobody.post(&opened, json!({ "password": PASSPHRASE })).await.expect(201);
    nobody.get(&format!("/api/v1/client-invitations/token/{link}")).await.expect_refusal(410, "invitation_used");
    secrets.push(link);

    // What is written, refused, malformed, or of the wrong kind.
    let opened = ana.post("/api/v1/transactions", json!({ "title": "canary-title", "kind": "sale" })).await;
    let transaction = opened.expect(201)["transaction"].clone();
    let messages = format!("/api/v1/transactions/{}/messages", transaction["id"]);
    let room = transaction["room"]["id"].as_i64().unwrap();
    ana.post(&messages, json!({ "nonce": "canary-nonce", "body": "canary-body" })).await.expect(201);
    ana.post(&messages, json!({ "nonce": "canary-nonce", "body": "canary-body 2" })).await.expect(409);
    ana.post(&messages, json!({ "nonce": "canary-nonce-0", "body": "canary-body \u{0}" })).await;
    ana.post(&messages, json!({ "nonce": "canary-nonce", "canary-body": 1 })).await.expect(422);
    ana.post(&messages, json!({ "nonce": "canary-nonce", "body": "canary-body".repeat(8000) })).await;
    ana.get("/api/v1/transactions?q=canary-title&status=canary-wrong").await;
    nobody.get("/api/v1/setup/canarytoken").await.expect(404);
    nobody.get("/canarytoken?canarytoken=canarytoken").await;
    Person::new(&node.url, Some("canarytoken".to_owned())).get("/api/v1/me").await.expect(401);
    let mut socket = ana.socket().await;
    socket.join(room, Some(0)).await;
    socket.post(room, "canary-nonce-1", "canary-body").await;
    socket.post(room, "canary-nonce-2", "canary-body \u{0}").await;
    socket.send_text("{\"t\":\"canary-frame\",\"body\":\"canary-body\"").await;
    socket.send_text("{\"t\":\"post\",\"canary-frame\":\"canary-body\"}").await;
    socket.expect_that("the refusals", |frame| frame["code"] == "frame_malformed").await;

    // The same while the parts fail.
    world.redis.kill();
    wire.cut();
    socket.post(room, "canary-nonce-3", "canary-body").await;
    ana.post(&messages, json!({ "nonce": "canary-nonce-4", "body": "canary-body" })).await.expect(503);
    nobody.post("/api/v1/sessions", credentials("canary-mail.admin@example.org", PASSPHRASE)).await.expect(503);
    wire.heal();
    eventually("the node is ready again", || async { nobody.get("/health/ready").await.status == 200 }).await;
    socket.post(room, "canary-nonce-3", "canary-body").await;
    ana.delete("/api/v1/sessions/current").await.expect(204);
    secrets.push(world.text("SELECT encode(secret, 'escape') AS text FROM bus_keys"));
    node.terminate();
    assert!(node.ended(std::time::Duration::from_secs(10)).await.success());

    let log = node.log();
    assert!(log.iter().any(|line| line.contains("\"DEBUG\"")), "nothing was logged at this level");
    for secret in &secrets {
        let found: Vec<&String> = log.iter().filter(|line| line.contains(secret.as_str())).collect();
        assert!(found.is_empty(), "{} lines hold {secret:?}, such as {}", found.len(), found[0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_speaks_no_http_is_no_error_of_ours() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = World::new().await;
    let mut node = world.node_with(&[("ENTREMISE_LOG_FILTER", "info,entremise=debug")]).await;
    let address = node.url.trim_start_matches("http://").to_owned();
    for words in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a handshake of TLS\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost canary\r\n\r\n",
        b"\xff\xfe\xfd\r\n\r\n",
    ] {
        let mut peer = tokio::net::TcpStream::connect(&address).await.unwrap();
        peer.write_all(words).await.unwrap();
        // It is answered or cut; either way the server has done with it.
        let _ = peer.read_to_end(&mut Vec::new()).await;
    }
    Person::new(&node.url, None).get("/health/live").await.expect(200);
    node.terminate();
    assert!(node.ended(std::time::Duration::from_secs(10)).await.success());
    let log = node.log();
    let errors: Vec<&String> = log.iter().filter(|line| line.contains("\"ERROR\"")).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(log.iter().any(|line| line.contains("no HTTP that can be read")), "nobody noticed:\n{log:#?}");
}

/// Whoever reads the logs may stop: a pipe that nobody empties, a terminal that is held.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_whoever_reads_the_logs() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("logs.sqlite3").display());
    let port = free_port();
    let bind = format!("127.0.0.1:{port}");
    let settings = [
        ("DATABASE_URL", database.as_str()),
        ("ENTREMISE_BIND", bind.as_str()),
        ("ENTREMISE_WORKERS", "1"),
        ("ENTREMISE_LOG_FILTER", "trace"),
    ];
    let mut command = entremise(&["serve"], &settings);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("http.port") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "the node does not serve");
    }
    // From here on nobody reads; each request writes some lines, and a pipe holds 64 KiB.
    let nobody = Person::new(&format!("http://{bind}"), None);
    for _ in 0..2_000 {
        nobody.get("/health/live").await.expect(200);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let mut rest = Vec::new();
    std::io::Read::read_to_end(&mut log, &mut rest).unwrap();
    assert!(rest.len() > 32 * 1024, "too little was logged to fill a pipe: {} bytes", rest.len());
}

//! TLS to the servers behind a node, and the word at start when there is none.

use std::path::Path;
use std::process::Command;

use diesel::{Connection, PgConnection, RunQueryDsl};

use crate::harness::{Node, PostgresServer, RedisServer, World, eventually, run};
use crate::support::{Counted, Person, postgres_database};

/// A certificate for this machine that vouches for itself, and its key.
fn certificate(folder: &Path) -> [String; 2] {
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| folder.join(name).display().to_string());
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=only for this test", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", &key, "-out", &certificate])
        .output()
        .expect("openssl is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    [certificate, key]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_reached_through_tls_and_only_with_a_certificate_that_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let [certificate, key] = certificate(folder.path());
    let world = World::new().await;
    let redis = RedisServer::start_with_tls(&certificate, &key).await;
    let url = redis.url();
    assert!(url.starts_with("rediss://"), "{url}");
    let node = world.node_with(&[("REDIS_URL", &url), ("SSL_CERT_FILE", &certificate)]).await;
    eventually("it is connected", || async { node.said("connected to the bus") }).await;

    let stranger = world.node_with(&[("REDIS_URL", &url)]).await;
    eventually("it does not believe the certificate", || async { stranger.said("cannot reach the bus") }).await;
    Person::new(&stranger.url, None).get("/health/ready").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_is_reached_through_tls_and_only_with_a_certificate_and_a_name_that_are_right() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let [certificate, key] = certificate(folder.path());
    let [unknown, _] = self::certificate(other.path());
    let server = PostgresServer::start_with_tls(&certificate, &key).await;
    let address = |host: &str, root: &str| {
        let url = url::Url::parse(&server.url()).unwrap();
        let login = format!("{}:{}", url.username(), url.password().unwrap());
        format!("postgres://{login}@{host}:{}/postgres?sslmode=verify-full&sslrootcert={root}", server.port())
    };

    let url = address("127.0.0.1", &certificate);
    let mut settings = World::settings();
    settings.push(("DATABASE_URL", &url));
    let node = Node::start(&settings).await;
    Person::new(&node.url, None).get("/health/ready").await.expect(200);
    let open = "SELECT count(*) AS count FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                WHERE ssl AND application_name <> 'this test' AND backend_type = 'client backend'";
    let mut connection = PgConnection::establish(&format!("{}&application_name=this%20test", server.url())).unwrap();
    let open: Counted = diesel::sql_query(open).get_result(&mut connection).unwrap();
    assert!(open.count > 0, "the node is connected, and through TLS");

    for (wrong, url) in [
        ("a certificate that nobody vouches for", address("127.0.0.1", &unknown)),
        ("a certificate of another name", address("localhost", &certificate)),
    ] {
        let (succeeded, said) = run(&["migrate"], &[("DATABASE_URL", &url)], "").await;
        assert!(!succeeded && said.contains("no encrypted connection can be made"), "{wrong}: {said}");
    }
}

/// The server of the suite has no TLS; libpq without TLS would say that it knows no such mode.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_without_tls_is_refused_when_the_address_asks_for_it() {
    let database = postgres_database();
    let url = format!("{}?sslmode=require", database.url_text());
    match PgConnection::establish(&url) {
        Ok(_) => {}
        Err(error) => assert!(error.to_string().contains("server does not support SSL"), "{error}"),
    }
    let (succeeded, said) = run(&["migrate"], &[("DATABASE_URL", &url)], "").await;
    assert!(succeeded || said.contains("no encrypted connection can be made"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_readable_connection_is_warned_of_once_at_start_and_without_its_address() {
    let world = World::new().await;
    // An address of documentation: nobody is there.
    let node = world.node_with(&[("REDIS_URL", "redis://office:hidden-word@192.0.2.7")]).await;
    let here = world.node().await;
    let warnings = |node: &Node| {
        let lines = node.log().into_iter();
        lines.filter(|line| line.contains("leads to another machine")).collect::<Vec<_>>()
    };
    let said = warnings(&node);
    assert!(said.len() == 1 && said[0].contains("REDIS_URL leads to another machine without TLS"), "{said:?}");
    assert!(!said[0].contains("192.0.2.7") && !node.said("hidden-word"), "{said:?}");
    assert_eq!(warnings(&here), [""; 0], "Redis and PostgreSQL of this machine");
}

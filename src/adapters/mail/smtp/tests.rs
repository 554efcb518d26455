use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::*;
use crate::domain::{EmailAddress, MailContent};

fn mailer(url: &str) -> SmtpMailer {
    let sender =
        Sender { address: EmailAddress::parse("portal@example.org").unwrap(), name: "Maison Ferrand".to_owned() };
    SmtpMailer::new(SmtpUrl::parse(url).unwrap(), sender).unwrap()
}

fn mail(subject: &str) -> OutgoingMail {
    OutgoingMail {
        message_id: "0123456789abcdef0123456789abcdef".to_owned(),
        to: EmailAddress::parse("claire@example.org").unwrap(),
        content: MailContent {
            subject: subject.to_owned(),
            text: "Bonjour Élise,\n.\nun point seul ne finit rien".to_owned(),
            html: "<p>Bonjour Élise</p>".to_owned(),
        },
    }
}

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// Answers each line by the first rule whose beginning fits; an empty answer is silence.
async fn responder(greeting: &'static str, rules: &'static [(&'static str, &'static str)]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut lines = BufReader::new(read).lines();
                write.write_all(greeting.as_bytes()).await.unwrap();
                while let Ok(Some(line)) = lines.next_line().await {
                    let answer = rules.iter().find(|(start, _)| line.starts_with(start)).map(|(_, answer)| *answer);
                    if write.write_all(answer.unwrap_or("").as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

async fn fails(url: String) -> MailFailure {
    mailer(&url).send(&mail("s")).await.unwrap_err()
}

#[tokio::test]
async fn nobody_listening_is_a_connection_failure() {
    let port = free_port().await;
    assert_eq!(fails(format!("smtp://127.0.0.1:{port}")).await, MailFailure::CONNECTION);
}

#[tokio::test]
async fn a_wrong_password_is_told_apart() {
    let port = responder(
        "220 hello\r\n",
        &[("EHLO", "250-hello\r\n250 AUTH PLAIN LOGIN\r\n"), ("AUTH", "535 5.7.8 no\r\n"), ("QUIT", "221 bye\r\n")],
    )
    .await;
    assert_eq!(fails(format!("smtp://u:p@127.0.0.1:{port}")).await, MailFailure::AUTHENTICATION);
    let port = responder("220 hello\r\n", &[("EHLO", "250 hello\r\n")]).await;
    assert_eq!(fails(format!("smtp://u:p@127.0.0.1:{port}")).await, MailFailure::AUTHENTICATION);
}

#[tokio::test]
async fn each_step_has_its_own_failure() {
    let port = responder("554 not you\r\n", &[("QUIT", "221 bye\r\n")]).await;
    assert_eq!(fails(format!("smtp://127.0.0.1:{port}")).await, MailFailure::REFUSED_US);
    let port = responder("220 hello\r\n", &[("EHLO", "250 hello\r\n"), ("MAIL", "451 later\r\n")]).await;
    assert_eq!(fails(format!("smtp://127.0.0.1:{port}")).await, MailFailure::TEMPORARY);
    let port = responder(
        "220 hello\r\n",
        &[("EHLO", "250 hello\r\n"), ("MAIL", "250 ok\r\n"), ("RCPT", "550 5.1.1 nobody here\r\n")],
    )
    .await;
    assert_eq!(fails(format!("smtp://127.0.0.1:{port}")).await, MailFailure::REFUSED_RECIPIENT);
    let port = responder(
        "220 hello\r\n",
        &[
            ("EHLO", "250 hello\r\n"),
            ("MAIL", "250 ok\r\n"),
            ("RCPT", "250 ok\r\n"),
            ("DATA", "354 go\r\n"),
            (".", "554 5.7.1 spam\r\n"),
        ],
    )
    .await;
    assert_eq!(fails(format!("smtp://127.0.0.1:{port}")).await, MailFailure::REFUSED);
}

#[tokio::test]
async fn no_tls_where_it_is_wanted() {
    let port = responder("220 hello\r\n", &[("EHLO", "250 hello\r\n")]).await;
    assert_eq!(fails(format!("smtp+starttls://127.0.0.1:{port}")).await, MailFailure::TLS);
    assert_eq!(fails(format!("smtps://127.0.0.1:{port}")).await, MailFailure::TLS);
}

/// A server that falls silent in the middle is left after the timeout, and its connection is not used again.
#[tokio::test]
async fn silence_is_a_timeout() {
    let port = responder("220 hello\r\n", &[("EHLO", "250 hello\r\n"), ("MAIL", "250 ok\r\n"), ("RCPT", "")]).await;
    let mut mailer = mailer(&format!("smtp://127.0.0.1:{port}"));
    mailer.timeout = Duration::from_millis(300);
    assert_eq!(mailer.send(&mail("s")).await, Err(MailFailure::TIMEOUT));
    assert!(mailer.idle.lock().unwrap().is_empty());
}

struct RealServer(Child);

impl RealServer {
    /// Debian's aiosmtpd, which writes what it takes into a Maildir.
    async fn start(port: u16, maildir: &Path, more: &[&OsStr]) -> Self {
        let python = "/usr/bin/python3";
        let known = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        assert!(known.is_ok_and(|s| s.success()), "this test needs a mail server: apt-get install python3-aiosmtpd");
        let child = Command::new(python)
            .args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}")])
            .args(more)
            .args(["-c", "aiosmtpd.handlers.Mailbox"])
            .arg(maildir)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self(child);
        let begun = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "aiosmtpd does not listen");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        server
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_real_server_takes_mails_over_one_connection() {
    let folder = tempfile::tempdir().unwrap();
    let maildir = folder.path().join("mail");
    let port = free_port().await;
    let _server = RealServer::start(port, &maildir, &[]).await;
    let mailer = mailer(&format!("smtp://127.0.0.1:{port}"));
    for subject in ["Votre espace est prêt", "second"] {
        assert_eq!(mailer.send(&mail(subject)).await, Ok(()));
        assert_eq!(mailer.idle.lock().unwrap().len(), 1, "the connection is kept for the next mail");
    }
    mailer.rest().await;
    assert!(mailer.idle.lock().unwrap().is_empty());

    let files: Vec<_> = std::fs::read_dir(maildir.join("new")).unwrap().map(|f| f.unwrap().path()).collect();
    let mails: Vec<String> = files.iter().map(|f| std::fs::read_to_string(f).unwrap()).collect();
    assert_eq!(mails.len(), 2);
    let first = mails.iter().find(|m| !m.contains("Subject: second")).unwrap();
    for line in [
        "X-RcptTo: claire@example.org",
        "X-MailFrom: portal@example.org",
        "Message-ID: <0123456789abcdef0123456789abcdef@example.org>",
        "Auto-Submitted: auto-generated",
        "un point seul ne finit rien",
    ] {
        assert!(first.lines().any(|l| l.starts_with(line)), "{line} is missing in\n{first}");
    }
    assert!(first.contains("multipart/alternative"));
}

/// Nobody may stand between us and the mail server: TLS is spoken, but its certificate is signed by itself.
#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stderr(Stdio::null())
        .status();
    assert!(made.is_ok_and(|s| s.success()), "this test makes a certificate: apt-get install openssl");
    for (scheme, flags) in [("smtps", ["--smtpscert", "--smtpskey"]), ("smtp+starttls", ["--tlscert", "--tlskey"])] {
        let port = free_port().await;
        let more = [flags[0].as_ref(), certificate.as_os_str(), flags[1].as_ref(), key.as_os_str()];
        let _server = RealServer::start(port, &folder.path().join(scheme), &more).await;
        assert_eq!(fails(format!("{scheme}://localhost:{port}")).await, MailFailure::TLS, "{scheme}");
    }
}

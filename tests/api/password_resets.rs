//! A forgotten password: the code that comes by mail, what strangers can do about it (nothing), and what they learn (nothing).

use serde_json::{Value, json};

use crate::support::{HttpAnswer, PASSWORD, Person, TestApp, TestDatabase, postgres_database, sqlite_database};

const RESETS: &str = "/api/v1/password-resets";
const CONFIRM: &str = "/api/v1/password-resets/confirm";
const NEW: &str = "Autre-Phare-31-dune";
/// Everybody says from where they come.
pub const PROXIED: &[(&str, &str)] =
    &[("ENTREMISE_TRUSTED_PROXIES", "127.0.0.1"), ("ENTREMISE_SIGN_INS_PER_ADDRESS", "10000")];

pub async fn ask_from(app: &TestApp, ip: &str, email: &str) -> HttpAnswer {
    ask_as(app, ip, "", email).await
}

pub async fn ask_as(app: &TestApp, ip: &str, cookie: &str, email: &str) -> HttpAnswer {
    send_as(app, ip, cookie, RESETS, json!({ "email": email })).await
}

pub async fn confirm_from(app: &TestApp, ip: &str, email: &str, code: &str) -> HttpAnswer {
    confirm_as(app, ip, "", email, code).await
}

pub async fn confirm_as(app: &TestApp, ip: &str, cookie: &str, email: &str, code: &str) -> HttpAnswer {
    send_as(app, ip, cookie, CONFIRM, json!({ "email": email, "code": code, "new_password": NEW })).await
}

async fn send_as(app: &TestApp, ip: &str, cookie: &str, path: &str, form: Value) -> HttpAnswer {
    let nobody = app.anonymous();
    let mut request = nobody.request(reqwest::Method::POST, path).header("x-forwarded-for", ip);
    if !cookie.is_empty() {
        request = request.header("cookie", cookie).header("x-requested-with", "entremise");
    }
    nobody.send(request.json(&form)).await
}

/// The cookie of a device on which this person has signed in.
pub async fn device_of(app: &TestApp, person: &Person) -> String {
    let form = json!({ "email": person.email(), "password": PASSWORD });
    let signed_in = app.anonymous().post("/api/v1/sessions", form).await;
    let cookies = signed_in.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let device = cookies.map(|cookie| cookie.split(';').next().unwrap()).find(|cookie| cookie.contains("-device="));
    device.expect("the device is remembered").to_owned()
}

async fn ask(app: &TestApp, email: &str) {
    app.anonymous().post(RESETS, json!({ "email": email })).await.expect(202);
}

async fn confirm(app: &TestApp, email: &str, code: &str) -> HttpAnswer {
    confirm_from(app, "127.0.0.1", email, code).await
}

/// The code in a mail: the line that is six digits.
pub fn code_in(mail: &Value) -> String {
    let text = mail["text"].as_str().unwrap();
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    text.lines().map(str::trim).find(is_code).unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

/// The code in the newest of `count` mails.
pub async fn mailed_code(app: &TestApp, email: &str, count: usize) -> String {
    let mails = app.mails_to(email, count).await;
    assert_eq!(mails.len(), count, "{mails:?}");
    code_in(mails.last().unwrap())
}

/// Another code than this one.
pub fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

async fn signs_in(app: &TestApp, person: &Person, password: &str) -> bool {
    let form = json!({ "email": person.email(), "password": password });
    app.anonymous().post("/api/v1/sessions", form).await.status == 201
}

fn is_proved(database: &TestDatabase, person: &Person) -> bool {
    let query = format!("SELECT 1 FROM accounts WHERE id = {} AND email_verified_at IS NOT NULL", person.account());
    database.count(&query) == 1
}

on_both_databases! {
    async fn a_code_from_the_mail_sets_a_new_password(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let mut socket = ana.socket().await;
        database.execute("UPDATE accounts SET email_verified_at = NULL");
        assert!(!is_proved(database, &ana));
        let asked = app.anonymous().post(RESETS, json!({ "email": " ANA.broker@Example.org " })).await;
        assert_eq!(asked.expect(202), &json!({ "expires_in_seconds": 900, "send_again_in_seconds": 60 }));
        let code = mailed_code(&app, ana.email(), 1).await;
        ana.get("/api/v1/me").await.expect(200);

        // Blanks between the digits are how people copy them.
        let (first, second) = code.split_at(3);
        confirm(&app, ana.email(), &format!("{first} {second}")).await.expect(204);
        assert_eq!(socket.expect_close().await, 4105);
        ana.get("/api/v1/me").await.expect_refusal(401, "session_required");
        assert!(!signs_in(&app, &ana, PASSWORD).await && signs_in(&app, &ana, NEW).await);
        assert!(is_proved(database, &ana), "whoever has the code reads the mailbox");

        let told = app.mails_to(ana.email(), 2).await.remove(1);
        assert_eq!(told["subject"], "Your password for Entremise was changed");
        for part in ["text", "html"] {
            assert!(told[part].as_str().unwrap().contains("127.0.0.1"), "{told}");
        }
        // Once.
        confirm(&app, ana.email(), &code).await.expect_fields(&[("code", "reset_code_wrong")]);
    }

    async fn nobody_learns_whether_an_address_has_an_account(database) {
        let app = TestApp::start_with(database, PROXIED);
        let (admin, ana, gone) = (app.admin().await, app.broker("Ana").await, app.broker("Gone").await);
        admin.post(&format!("/api/v1/accounts/{}/deactivate", gone.account()), json!({})).await.expect(200);
        let mut seen: Vec<Vec<String>> = Vec::new();
        for (n, email) in [ana.email(), "nobody@example.org", gone.email()].into_iter().enumerate() {
            let ip = format!("198.51.100.{n}");
            let mut told = Vec::new();
            let mut note = |answer: HttpAnswer| {
                let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
                names.sort_unstable();
                let code = answer.json["error"]["code"].to_string();
                let body = if answer.status == 202 { answer.text.clone() } else { code };
                told.push(format!("{} {body} {names:?}", answer.status));
            };
            for _ in 0..4 {
                note(ask_from(&app, &ip, email).await);
            }
            for _ in 0..7 {
                note(confirm_from(&app, &ip, email, "not it").await);
                // One in a million.
                note(confirm_from(&app, &ip, email, "000000").await);
            }
            seen.push(told);
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[0], seen[2]);
        // The same work was done: as many rows, as many mails, of which those to nobody never leave.
        assert_eq!(database.count("SELECT 1 FROM password_resets"), 9);
        assert_eq!(database.count("SELECT 1 FROM mails WHERE kind = 'reset_code'"), 9);
        assert_eq!(database.count("SELECT 1 FROM mails WHERE kind = 'reset_link'"), 3);
        assert_eq!(database.count("SELECT 1 FROM mails WHERE recipient = 'nobody@unknown.invalid' AND state = 'dropped'"), 8);
        assert_eq!(app.mails_to("nobody@unknown.invalid", 0).await.len(), 0);
        assert_eq!(app.mails_to(gone.email(), 0).await.len(), 0);
        // An hour later nothing of them is left.
        database.execute("UPDATE mails SET due_at = due_at - 3700000");
        entremise::app::housekeeping::prune(&app.app).await.unwrap();
        assert_eq!(database.count("SELECT 1 FROM mails WHERE recipient = 'nobody@unknown.invalid'"), 0);
    }

    async fn a_stranger_can_neither_use_up_a_persons_tries_nor_their_codes(database) {
        let app = TestApp::start_with(database, PROXIED);
        let ana = app.client("Ana").await;
        ask_from(&app, "192.0.2.1", ana.email()).await.expect(202);
        let code = mailed_code(&app, ana.email(), 1).await;
        // Codes asked for elsewhere replace nothing here, and wrong ones count there.
        for n in 0..12 {
            let ip = format!("198.51.100.{n}");
            ask_from(&app, &ip, ana.email()).await.expect(202);
            for _ in 0..8 {
                let answer = confirm_from(&app, &ip, ana.email(), &wrong(&code)).await;
                assert!(matches!(answer.status.as_u16(), 422 | 429), "{}", answer.text);
            }
        }
        // Some strangers never ask for one of their own.
        for n in 0..12 {
            confirm_from(&app, &format!("203.0.113.{n}"), ana.email(), &wrong(&code)).await.expect(422);
        }
        confirm_from(&app, "192.0.2.1", ana.email(), &code).await.expect(204);
        // Nor was the mailbox flooded: ten codes and a link in an hour, and the word that the password has changed.
        assert_eq!(app.mails_to(ana.email(), 12).await.len(), 12);
    }

    async fn strangers_cannot_use_up_the_codes_of_a_device_that_is_known(database) {
        let app = TestApp::start_with(database, PROXIED);
        let ana = app.client("Ana").await;
        let device = device_of(&app, &ana).await;
        for n in 0..12 {
            ask_from(&app, &format!("198.51.100.{n}"), ana.email()).await.expect(202);
        }
        app.mails_to(ana.email(), 11).await;
        // From a new network, on a device that signed in before.
        ask_as(&app, "192.0.2.77", &device, ana.email()).await.expect(202);
        let code = mailed_code(&app, ana.email(), 12).await;
        confirm_from(&app, "192.0.2.77", ana.email(), &code).await.expect(204);
    }

    async fn five_wrong_codes_end_a_code_where_it_was_asked_for(database) {
        let app = TestApp::start_with(database, PROXIED);
        let ana = app.client("Ana").await;
        ask_from(&app, "192.0.2.1", ana.email()).await.expect(202);
        let code = mailed_code(&app, ana.email(), 1).await;
        for _ in 0..5 {
            confirm_from(&app, "192.0.2.1", ana.email(), &wrong(&code)).await.expect_refusal(422, "reset_code_wrong");
        }
        let refused = confirm_from(&app, "192.0.2.1", ana.email(), &code).await;
        refused.expect_refusal(429, "too_many_attempts");
        assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|wait| (1..=900).contains(&wait)));
        // From nowhere else either: it is dead.
        confirm_from(&app, "192.0.2.2", ana.email(), &code).await.expect_refusal(422, "reset_code_wrong");
        // A new one comes with new tries.
        ask_from(&app, "192.0.2.1", ana.email()).await.expect(202);
        let newer = mailed_code(&app, ana.email(), 2).await;
        confirm_from(&app, "192.0.2.1", ana.email(), &wrong(&newer)).await.expect_refusal(422, "reset_code_wrong");
        confirm_from(&app, "192.0.2.1", ana.email(), &newer).await.expect(204);
    }

    async fn the_newest_code_counts(database) {
        let app = TestApp::start(database);
        let ana = app.client("Ana").await;
        ask(&app, ana.email()).await;
        let older = mailed_code(&app, ana.email(), 1).await;
        let mut newer = older.clone();
        let mut sent = 1;
        // One in a million, and three may be asked for.
        while newer == older && sent < 3 {
            ask(&app, ana.email()).await;
            sent += 1;
            newer = mailed_code(&app, ana.email(), sent).await;
        }
        confirm(&app, ana.email(), &older).await.expect_refusal(422, "reset_code_wrong");
        confirm(&app, ana.email(), &newer).await.expect(204);
    }

    async fn a_code_may_be_typed_on_another_device_and_strangers_share_five_tries(database) {
        let app = TestApp::start_with(database, PROXIED);
        let ana = app.client("Ana").await;
        ask_from(&app, "192.0.2.1", ana.email()).await.expect(202);
        let code = mailed_code(&app, ana.email(), 1).await;
        for n in 0..4 {
            confirm_from(&app, &format!("203.0.113.{n}"), ana.email(), &wrong(&code)).await.expect(422);
        }
        confirm_from(&app, "198.51.100.7", ana.email(), &code).await.expect(204);

        let ben = app.client("Ben").await;
        let asked = ask_from(&app, "192.0.2.1", ben.email()).await;
        let cookie = asked.header("set-cookie").split(';').next().unwrap().to_owned();
        let attributes = asked.header("set-cookie").to_lowercase();
        assert!(attributes.contains("httponly") && attributes.contains("samesite=strict"), "{attributes}");
        let code = mailed_code(&app, ben.email(), 1).await;
        for n in 0..5 {
            confirm_from(&app, &format!("203.0.113.{n}"), ben.email(), &wrong(&code)).await.expect(422);
        }
        confirm_from(&app, "198.51.100.8", ben.email(), &code).await.expect_refusal(422, "reset_code_wrong");
        // The browser that asked is known wherever it goes, and nobody can use up what is its own.
        confirm_as(&app, "198.51.100.9", &cookie, ben.email(), &code).await.expect(204);
    }

    async fn a_code_ends_by_the_clock_of_the_database(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[]);
        let (ana, ben) = (app.client("Ana").await, app.client("Ben").await);
        ask(&app, ana.email()).await;
        let code = mailed_code(&app, ana.email(), 1).await;
        // This node's clock is a day off.
        hand.forward_days(1);
        confirm(&app, ana.email(), &code).await.expect(204);

        ask(&app, ben.email()).await;
        let code = mailed_code(&app, ben.email(), 1).await;
        database.execute("UPDATE password_resets SET expires_at = expires_at - 900000");
        confirm(&app, ben.email(), &code).await.expect_refusal(422, "reset_code_wrong");
    }

    async fn asking_too_often_sends_no_code_and_kills_none(database) {
        let app = TestApp::start_with(database, PROXIED);
        let ana = app.client("Ana").await;
        for sent in 1..=5 {
            ask_from(&app, "192.0.2.1", ana.email()).await.expect(202);
            // A mail that has not left when its code is replaced never leaves.
            app.mails_to(ana.email(), sent.min(4)).await;
        }
        // The same network, in another spelling.
        ask_from(&app, "::ffff:192.0.2.1", ana.email()).await.expect(202);
        let mails = app.mails_to(ana.email(), 4).await;
        assert!(mails.len() == 4 && mails[3]["text"].as_str().unwrap().contains("/access/"), "one link");
        confirm_from(&app, "192.0.2.1", ana.email(), &code_in(&mails[2])).await.expect(204);
        // Ten for anybody from one network, in an hour.
        for n in 0..10 {
            let other = app.client(&format!("Person{n}")).await;
            ask_from(&app, "192.0.2.1", other.email()).await.expect(202);
        }
        assert_eq!(database.count("SELECT 1 FROM password_resets"), 10);
        ask_from(&app, "192.0.2.2", ana.email()).await.expect(202);
        assert_eq!(database.count("SELECT 1 FROM password_resets"), 11);
    }

    async fn the_password_must_follow_the_rules_and_says_nothing_of_the_person_before_the_code_does(database) {
        let app = TestApp::start(database);
        let ana = app.client("Anastasia").await;
        ask(&app, ana.email()).await;
        let code = mailed_code(&app, ana.email(), 1).await;
        let form = |code: &str, password: &str| json!({ "email": ana.email(), "code": code, "new_password": password });
        let nobody = app.anonymous();
        // Refused without a look at the code, which is as good as before.
        for _ in 0..8 {
            nobody.post(CONFIRM, form(&code, "short")).await.expect_fields(&[
                ("new_password", "password_too_short"),
                ("new_password", "password_needs_upper"),
                ("new_password", "password_needs_digit"),
                ("new_password", "password_needs_special"),
            ]);
        }
        // Their last name, which no stranger can find out like this.
        database.execute("UPDATE accounts SET last_name = 'Zelenkova'");
        let personal = "Zelenkova-Corail-84-vent";
        nobody.post(CONFIRM, form(&wrong(&code), personal)).await.expect_fields(&[("code", "reset_code_wrong")]);
        nobody.post(CONFIRM, form(&code, personal)).await.expect_fields(&[("new_password", "password_guessable")]);
        nobody.post(CONFIRM, form(&code, NEW)).await.expect(204);
    }

    async fn a_code_dies_with_the_account_and_with_the_password_that_it_would_replace(database) {
        let app = TestApp::start(database);
        let (admin, ana, ben) = (app.admin().await, app.client("Ana").await, app.client("Ben").await);
        for person in [&ana, &ben] {
            ask(&app, person.email()).await;
        }
        let (of_ana, of_ben) = (mailed_code(&app, ana.email(), 1).await, mailed_code(&app, ben.email(), 1).await);
        admin.post(&format!("/api/v1/accounts/{}/deactivate", ana.account()), json!({})).await.expect(200);
        admin.post(&format!("/api/v1/accounts/{}/reactivate", ana.account()), json!({})).await.expect(200);
        confirm(&app, ana.email(), &of_ana).await.expect_refusal(422, "reset_code_wrong");
        let form = json!({ "current_password": PASSWORD, "new_password": "Encore-Brume-57-quai" });
        ben.put("/api/v1/me/password", form).await.expect(200);
        confirm(&app, ben.email(), &of_ben).await.expect_refusal(422, "reset_code_wrong");
        // The change in the account is told by mail too.
        let told = app.mails_to(ben.email(), 2).await.remove(1);
        assert_eq!(told["subject"], "Your password for Entremise was changed");
        assert!(told["text"].as_str().unwrap().contains("127.0.0.1"), "{told}");
    }
}

#[tokio::test]
async fn the_mail_speaks_the_persons_language() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.client("Ana").await;
    ana.patch("/api/v1/me", json!({ "language": "fr" })).await.expect(200);
    app.anonymous().speaking("en").post(RESETS, json!({ "email": ana.email() })).await.expect(202);
    let mail = app.mails_to(ana.email(), 1).await.remove(0);
    assert_eq!(mail["subject"], "Votre code pour Entremise");
    assert_eq!(code_in(&mail).len(), 6);
    assert!(!mail["subject"].as_str().unwrap().contains(&code_in(&mail)));
}

#[tokio::test]
async fn an_address_that_is_none_is_told_so() {
    let app = TestApp::start(&sqlite_database());
    let nobody = app.anonymous();
    nobody.post(RESETS, json!({ "email": "ana@" })).await.expect_fields(&[("email", "email_invalid")]);
    nobody.post(RESETS, json!({ "email": "" })).await.expect_fields(&[("email", "value_missing")]);
    nobody.post(RESETS, json!({})).await.expect_fields(&[("email", "value_missing")]);
}

#[tokio::test]
async fn neither_code_nor_address_is_kept_in_the_open() {
    let database = postgres_database();
    let node = |key: &str| TestApp::start_with(&database, &[("ENTREMISE_SECRET_KEY", key)]);
    let app = node("a text that is long enough to be a key");
    let ana = app.client("Ana").await;
    ask(&app, ana.email()).await;
    let code = mailed_code(&app, ana.email(), 1).await;
    let hashed = "SELECT 1 FROM password_resets WHERE length(code_hash) = 32 AND length(email_hash) = 32";
    assert_eq!(database.count(hashed), 1);
    // Without the key of the configuration the rows are of no use.
    let other = node("another text that is long enough as well");
    confirm(&other, ana.email(), &code).await.expect_refusal(422, "reset_code_wrong");
    let same = node("a text that is long enough to be a key");
    confirm(&same, ana.email(), &code).await.expect(204);
}

//! A forgotten password: the code that comes by mail. Strangers can do nothing about it, and learn nothing by it ([`strangers`]).

mod strangers;

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

//! One text has one form, however it was typed or copied, on both databases.

use argon2::{Argon2, PasswordHasher};
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use super::attempts::{device_of, sign_in_on};
use crate::support::{HttpAnswer, PASSWORD, Person, TestApp};

const INVITATIONS: &str = "/api/v1/client-invitations";
const TRANSACTIONS: &str = "/api/v1/transactions";

/// `exämple.org`, composed and decomposed, and its name in the DNS.
const SPELLINGS: [&str; 4] =
    ["x@exämple.org", "x@exa\u{308}mple.org", "X@XN--EXMPLE-CUA.org", "\u{200b}x@exämple.org\u{a0}"];

async fn sql(app: &TestApp, sql: String) {
    app.app.store.write(move |conn| Ok(conn.batch_execute(&sql)?)).await.unwrap();
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> HttpAnswer {
    app.anonymous().post("/api/v1/sessions", json!({ "email": email, "password": password })).await
}

fn account(email: &str) -> Value {
    json!({ "email": email, "first_name": "X", "last_name": "Y", "role": "broker", "password": PASSWORD, "language": "en" })
}

fn invitation(email: &str) -> Value {
    json!({ "first_name": "Paul", "last_name": "Durand", "email": email, "project_type": "sale" })
}

async fn stored_hash(app: &TestApp, person: &Person) -> String {
    let id = person.account();
    app.app.store.read(move |conn| entremise::store::accounts::password_hash(conn, id)).await.unwrap().unwrap()
}

on_both_databases! {
    async fn spellings_of_one_mailbox_are_one_account(database) {
        let app = TestApp::start(database);
        let admin = app.admin().await;
        let made = admin.post("/api/v1/accounts", account(SPELLINGS[0])).await.expect(201)["account"].clone();
        assert_eq!(made["email"], "x@xn--exmple-cua.org");
        for spelling in SPELLINGS {
            admin.post("/api/v1/accounts", account(spelling)).await.expect_refusal(409, "email_taken");
            let signed_in = sign_in(&app, spelling, PASSWORD).await;
            assert_eq!(signed_in.expect(201)["account"]["id"], made["id"], "{spelling:?}");
        }
    }

    async fn an_address_that_an_earlier_version_stored_as_it_was_typed_is_found(database) {
        let app = TestApp::start(database);
        let (ana, admin) = (app.broker("Ana").await, app.admin().await);
        for stored in ["x@exämple.org", "x@exa\u{308}mple.org"] {
            sql(&app, format!("UPDATE accounts SET email = '{stored}' WHERE id = {}", ana.account().0)).await;
            for spelling in SPELLINGS {
                let signed_in = sign_in(&app, spelling, PASSWORD).await;
                assert_eq!(signed_in.expect(201)["account"]["id"], json!(ana.account()), "{stored:?} by {spelling:?}");
                admin.post("/api/v1/accounts", account(spelling)).await.expect_refusal(409, "email_taken");
            }
        }
        // A domain that cannot be, which an earlier version took: the account can still be read.
        sql(&app, format!("UPDATE accounts SET email = 'x@a²b-.org' WHERE id = {}", ana.account().0)).await;
        assert_eq!(ana.get("/api/v1/me").await.expect(200)["account"]["email"], "x@a²b-.org");
    }

    async fn a_device_that_knew_an_old_password_is_a_stranger_whatever_the_spelling_is(database) {
        let settings = [("ENTREMISE_SIGN_INS_PER_ADDRESS", "2")];
        let (app, hand) = TestApp::start_with_clock(database, &settings);
        let ana = app.broker("Ana").await;
        sql(&app, format!("UPDATE accounts SET email = 'x@exämple.org' WHERE id = {}", ana.account().0)).await;
        let device = device_of(&sign_in(&app, SPELLINGS[0], PASSWORD).await);
        hand.forward_seconds(60);
        let form = json!({ "current_password": PASSWORD, "new_password": "Autre-Phare-31-dune" });
        ana.put("/api/v1/me/password", form).await.expect(200);
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(sign_in_on(&app, SPELLINGS[0], PASSWORD, Some(&device)).await.status.as_u16());
        }
        assert_eq!(statuses, [401, 401, 429], "as anybody's in this network");
    }

    async fn one_invitation_lives_for_one_mailbox(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let id = ana.post(INVITATIONS, invitation(SPELLINGS[0])).await.expect(201)["invitation"]["id"].clone();
        let other = ana.post(INVITATIONS, invitation("paul@example.org")).await.expect(201)["invitation"]["id"].clone();
        for stored in ["x@xn--exmple-cua.org", "x@exämple.org", "x@exa\u{308}mple.org"] {
            sql(&app, format!("UPDATE invitations SET email = '{stored}' WHERE id = {id}")).await;
            for spelling in SPELLINGS {
                ana.post(INVITATIONS, invitation(spelling)).await.expect_refusal(409, "invitation_pending");
                let change = ana.put(&format!("{INVITATIONS}/{other}"), invitation(spelling)).await;
                change.expect_refusal(409, "invitation_pending");
                ana.put(&format!("{INVITATIONS}/{id}"), invitation(spelling)).await.expect(200);
            }
        }
    }

    async fn a_password_is_the_same_however_its_letters_are_put_together(database) {
        const COMPOSED: &str = "Çorail-Tuilé-84-vént";
        const DECOMPOSED: &str = "C\u{327}orail-Tuile\u{301}-84-ve\u{301}nt";
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let change = async |current: &str, new: &str| {
            let device = app.another_device(&ana).await;
            device.put("/api/v1/me/password", json!({ "current_password": current, "new_password": new })).await
        };
        change(PASSWORD, DECOMPOSED).await.expect(200);
        for typed in [COMPOSED, DECOMPOSED] {
            sign_in(&app, ana.email(), typed).await.expect(201);
        }
        change(COMPOSED, COMPOSED).await.expect(200);

        // As an earlier version hashed what was typed: it lets in once more, and is made anew.
        let old = Argon2::default().hash_password(DECOMPOSED.as_bytes()).unwrap().to_string();
        sql(&app, format!("UPDATE accounts SET password_hash = '{old}' WHERE id = {}", ana.account().0)).await;
        sign_in(&app, ana.email(), COMPOSED).await.expect_refusal(401, "credentials_wrong");
        sign_in(&app, ana.email(), DECOMPOSED).await.expect(201);
        assert_ne!(stored_hash(&app, &ana).await, old);
        sign_in(&app, ana.email(), COMPOSED).await.expect(201);

        // Also one that today's rules would refuse.
        let old = Argon2::default().hash_password("te\u{301}".as_bytes()).unwrap().to_string();
        sql(&app, format!("UPDATE accounts SET password_hash = '{old}' WHERE id = {}", ana.account().0)).await;
        sign_in(&app, ana.email(), "te\u{301}").await.expect(201);
        sign_in(&app, ana.email(), "té").await.expect(201);
    }

    async fn names_are_composed_and_can_be_seen(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let change = |body: Value| ana.patch("/api/v1/me", body);
        let changed = change(json!({ "first_name": "\u{feff}E\u{301}lise\u{200e}", "phone": "\u{202a}06\u{a0}12\u{202f}34\u{2011}56\u{202c}" })).await;
        let changed = &changed.expect(200)["account"];
        assert_eq!((&changed["first_name"], &changed["phone"]), (&json!("Élise"), &json!("06 12 34-56")));
        for nothing in ["\u{2800}", "\u{200b}", "\u{3164}", "\u{feff}\u{200d}", "\u{202e}", "\u{301}", "\u{fffc}", "\u{e000}", "\u{378}"] {
            change(json!({ "last_name": nothing })).await.expect_fields(&[("last_name", "value_missing")]);
        }
        for turned in ["Ana\u{202e}tset", "\u{2067}Ana"] {
            change(json!({ "last_name": turned })).await.expect_fields(&[("last_name", "direction_controls")]);
        }
        let piled = format!("Zal{}", "\u{301}".repeat(60));
        change(json!({ "last_name": piled })).await.expect_fields(&[("last_name", "value_invalid")]);
        change(json!({ "last_name": "Nguye\u{302}\u{303}n שָׁלוֹם" })).await.expect(200);
    }

    async fn what_nobody_sees_is_no_message_and_no_title(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (id, _) = ana.open_transaction("House").await;
        for (n, nothing) in ["\u{2800}", "\u{200b}", "\u{3164}", "\u{a0}\n\u{2060}", "\u{301}", "\u{fffc}", "\u{e000}", "\u{378}\u{fdd0}"].into_iter().enumerate() {
            let post = json!({ "nonce": format!("n{n}"), "body": nothing });
            ana.post(&format!("{TRANSACTIONS}/{id}/messages"), post).await.expect_refusal(422, "message_empty");
            let form = json!({ "title": nothing, "kind": "sale" });
            ana.post(TRANSACTIONS, form).await.expect_fields(&[("title", "value_missing")]);
            let changed = ana.patch(&format!("{TRANSACTIONS}/{id}"), json!({ "city": nothing })).await;
            assert_eq!(changed.expect(200)["transaction"]["city"], Value::Null);
        }
        for field in ["title", "city", "address"] {
            let piled = json!({ field: format!("Lyon{}", "\u{301}".repeat(60)) });
            ana.patch(&format!("{TRANSACTIONS}/{id}"), piled).await.expect_fields(&[(field, "value_invalid")]);
            let change = json!({ field: "Lyon\u{202e}" });
            ana.patch(&format!("{TRANSACTIONS}/{id}"), change).await.expect_fields(&[(field, "direction_controls")]);
        }
    }

    async fn what_an_earlier_version_took_can_stay_while_the_rest_changes(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (id, _) = ana.open_transaction("House").await;
        let path = format!("{TRANSACTIONS}/{id}");
        sql(&app, format!("UPDATE transactions SET title = 'A\u{202e}B', start_date = '0026-05-01', end_date = '0025-01-01', \
            offered_amount = 5, offered_currency = 'ZZZ' WHERE id = {id}")).await;
        let changed = ana.patch(&path, json!({ "city": "Lyon", "progress": 5 })).await;
        assert_eq!(changed.expect(200)["transaction"]["city"], "Lyon");
        let same = json!({ "title": "A\u{202e}B", "start_date": "0026-05-01", "offered_price": { "amount_minor": 5, "currency": "ZZZ" } });
        ana.patch(&path, same).await.expect(200);
        let other = json!({ "start_date": "0026-05-02", "offered_price": { "amount_minor": 6, "currency": "ZZZ" } });
        ana.patch(&path, other).await.expect_fields(&[
            ("start_date", "date_invalid"), ("offered_price", "money_invalid")]);
        let mended = json!({ "title": "AB", "start_date": null, "end_date": "2026-05-01", "offered_price": null });
        ana.patch(&path, mended).await.expect(200);
    }
}

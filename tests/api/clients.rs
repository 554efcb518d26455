//! A broker's records of clients: before there is an account, and after.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::support::mailbox::invitation_form;
use crate::support::{HttpAnswer, PASSWORD, Person, TestApp};

const CLIENTS: &str = "/api/v1/clients";
const INVITATIONS: &str = "/api/v1/client-invitations";

fn form(first: &str, email: &str) -> Value {
    json!({ "first_name": first, "last_name": "Durand", "email": email })
}

async fn make(broker: &Person, form: Value) -> Value {
    broker.post(CLIENTS, form).await.expect(201)["client"].clone()
}

fn path(client: &Value) -> String {
    format!("{CLIENTS}/{}", client["id"])
}

async fn shown(broker: &Person, client: &Value) -> Value {
    broker.get(&path(client)).await.expect(200)["client"].clone()
}

fn all(answer: &HttpAnswer) -> Vec<Value> {
    answer.expect(200)["clients"].as_array().unwrap().clone()
}

fn names(answer: &HttpAnswer) -> Vec<String> {
    all(answer).iter().map(|client| client["first_name"].as_str().unwrap().to_owned()).collect()
}

/// The invited person comes in by the newest of `count` mails.
async fn come_in(app: &TestApp, email: &str, count: usize) -> Value {
    let token = app.mailed_token(email, count).await;
    let form = json!({ "password": PASSWORD });
    app.anonymous().post(&format!("{INVITATIONS}/activate/{token}"), form).await.expect(201).clone()
}

on_both_databases! {
    async fn a_record_is_kept_before_there_is_an_account(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let full = json!({
            "first_name": " Paul ", "last_name": "Durand", "company": "Durand SA", "email": "PAUL@example.org",
            "phone": "+33 6 12 34 56 78", "whatsapp": "+33 6 12 34 56 79", "address": "12 rue des Tilleuls", "city": "Nantes",
            "language": "fr", "notes": "Met at the fair.\nCall in May.",
        });
        let made = make(&ana, full.clone()).await;
        assert_eq!((&made["state"], &made["account_id"], &made["name"]), (&json!("not_invited"), &Value::Null, &json!("Paul Durand")));
        assert_eq!((&made["email"], &made["kept_by_client"]), (&json!("paul@example.org"), &json!([])));
        for field in ["company", "phone", "whatsapp", "address", "city", "language", "notes"] {
            assert_eq!(made[field], full[field], "{field}");
        }
        assert_eq!(shown(&ana, &made).await, made);
        // A field that is not named stays, and null empties one.
        let changed = ana.patch(&path(&made), json!({ "city": null, "company": "Durand & fils" })).await;
        let changed = &changed.expect(200)["client"];
        assert_eq!((&changed["city"], &changed["company"], &changed["notes"]), (&Value::Null, &json!("Durand & fils"), &full["notes"]));
        let nameless = json!({ "first_name": "Zoe", "last_name": "Petit" });
        assert_eq!(make(&ana, nameless).await["language"], "en", "the broker's own language");
    }

    async fn all_that_is_wrong_is_said_beside_its_field(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let made = make(&ana, form("Paul", "paul@example.org")).await;
        let wrong = json!({ "first_name": "", "last_name": "x".repeat(101), "email": "paul@", "phone": "?", "whatsapp": "?",
            "city": "\u{202e}x", "notes": "x".repeat(5001) });
        let fields = [("first_name", "value_missing"), ("last_name", "value_too_long"), ("email", "email_invalid"),
            ("phone", "phone_invalid"), ("whatsapp", "phone_invalid"), ("city", "direction_controls"), ("notes", "value_too_long")];
        ana.post(CLIENTS, wrong.clone()).await.expect_fields(&fields);
        ana.patch(&path(&made), wrong).await.expect_fields(&fields);
        for (body, field, code) in [
            (json!({ "first_name": "A" }), "last_name", "value_missing"),
            (json!({ "first_name": "A", "last_name": "B", "broker_id": 1 }), "broker_id", "field_unknown"),
            (json!({ "first_name": "A", "last_name": "B", "language": "de" }), "language", "value_invalid"),
        ] {
            ana.post(CLIENTS, body).await.expect_fields(&[(field, code)]);
        }
        ana.post(CLIENTS, form("Other", "Paul@Example.org")).await.expect_refusal(409, "client_exists");
        // Also where an earlier version kept another spelling of the address.
        make(&ana, form("Eva", "eva@exämple.org")).await;
        database.execute("UPDATE clients SET email = 'eva@exämple.org' WHERE first_name = 'Eva'");
        ana.post(CLIENTS, form("Eva", "eva@exämple.org")).await.expect_refusal(409, "client_exists");
        let other = make(&ana, json!({ "first_name": "Zoe", "last_name": "Petit" })).await;
        let refused = ana.patch(&path(&other), json!({ "email": "paul@example.org" })).await;
        assert_eq!(refused.expect_refusal(409, "client_exists")["field"], "email");
        assert_eq!(shown(&ana, &made).await, made);
        // Two at once: the database decides.
        let (first, second) = tokio::join!(ana.post(CLIENTS, form("A", "same@example.org")), ana.post(CLIENTS, form("B", "same@example.org")));
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "{} {}", first.text, second.text);
        ana.get(&format!("{CLIENTS}?before=12345")).await.expect_refusal(400, "query_invalid");
        ana.get(&format!("{CLIENTS}?state=gone")).await.expect_refusal(400, "query_invalid");
    }

    async fn another_brokers_record_does_not_exist(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let of_ana = make(&ana, form("Paul", "paul@example.org")).await;
        // The same person, in a record of their own.
        make(&ben, form("Paul", "paul@example.org")).await;
        ben.get(&path(&of_ana)).await.expect_refusal(404, "client_unknown");
        ben.patch(&path(&of_ana), json!({ "notes": "x" })).await.expect_refusal(404, "client_unknown");
        for verb in ["archive", "restore"] {
            ben.post(&format!("{}/{verb}", path(&of_ana)), json!({})).await.expect_refusal(404, "client_unknown");
        }
        let mut invitation = invitation_form("paul@example.org");
        invitation["client_id"] = of_ana["id"].clone();
        ben.post(INVITATIONS, invitation).await.expect_refusal(404, "client_unknown");
        ben.get(&format!("{CLIENTS}?before={}", of_ana["id"])).await.expect_refusal(400, "query_invalid");
        let of_ben = ben.get(CLIENTS).await;
        assert!(all(&of_ben).iter().all(|client| client["id"] != of_ana["id"]) && all(&of_ben).len() == 1, "{}", of_ben.text);
        assert_eq!(shown(&ana, &of_ana).await, of_ana);
    }

    async fn a_record_is_made_once_however_often_it_is_asked_for(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let first = ana.post_once("key", CLIENTS, form("Paul", "paul@example.org")).await;
        let again = ana.post_once("key", CLIENTS, form("Paul", "paul@example.org")).await;
        assert_eq!(first.expect(201), again.expect(201));
        ana.post_once("key", CLIENTS, form("Zoe", "zoe@example.org")).await.expect_refusal(409, "idempotency_key_reused");
        assert_eq!(names(&ana.get(CLIENTS).await), ["Paul"]);
    }

    async fn an_invitation_leads_from_the_record_to_the_account(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let paul = make(&ana, form("Paul", "paul@example.org")).await;
        let mut invitation = invitation_form("paul@example.org");
        invitation["client_id"] = paul["id"].clone();
        let invitation = ana.post(INVITATIONS, invitation).await.expect(201)["invitation"].clone();
        let invited = shown(&ana, &paul).await;
        assert_eq!(invited["state"], "invited");
        assert_eq!(invited["invitation"], json!({ "id": invitation["id"], "expires_at": invitation["expires_at"] }));
        assert_eq!(invited["invited_at"], invitation["sent_at"]);

        let came = come_in(&app, "paul@example.org", 1).await;
        let active = shown(&ana, &paul).await;
        assert_eq!((&active["state"], &active["account_id"]), (&json!("active"), &came["account"]["id"]));
        assert_eq!((&active["invitation"], &active["kept_by_client"]), (&Value::Null, &json!(["first_name", "last_name", "email"])));
        assert!(active["activated_at"].is_string() && active["last_login_at"].is_string(), "{active}");
        assert_eq!(active["transactions"][0]["id"], came["transaction_id"]);
        assert_eq!(all(&ana.get(CLIENTS).await), vec![active.clone()]);

        // Their own name stands there; the rest stays the broker's.
        for field in ["first_name", "email"] {
            let refused = ana.patch(&path(&paul), json!({ field: "other@example.org" })).await;
            assert_eq!(refused.expect_refusal(409, "kept_by_client")["field"], field);
        }
        let same = json!({ "first_name": "Paul", "email": "paul@example.org", "city": "Nantes", "phone": "+33 1 23 45 67 89" });
        let changed = ana.patch(&path(&paul), same).await.expect(200)["client"].clone();
        assert_eq!((&changed["city"], &changed["phone"]), (&json!("Nantes"), &json!("+33 1 23 45 67 89")));
    }

    async fn whoever_is_invited_has_a_record(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (id, _) = app.invite(&ana, "paul@example.org").await;
        let paul = all(&ana.get(CLIENTS).await).remove(0);
        assert_eq!((&paul["state"], &paul["email"]), (&json!("invited"), &json!("paul@example.org")));
        // The broker mends the address in the invitation: it is that of the record.
        ana.patch(&format!("{INVITATIONS}/{id}"), json!({ "email": "paula@example.org" })).await.expect(200);
        assert_eq!(shown(&ana, &paul).await["email"], "paula@example.org");
        ana.post(&format!("{INVITATIONS}/{id}/cancel"), json!({})).await.expect(200);
        assert_eq!(shown(&ana, &paul).await["state"], "not_invited");
        // By its address, and out of the archive.
        ana.post(&format!("{}/archive", path(&paul)), json!({})).await.expect(200);
        app.invite(&ana, "paula@example.org").await;
        let again = all(&ana.get(CLIENTS).await);
        assert_eq!((again.len(), &again[0]["id"], &again[0]["archived_at"]), (1, &paul["id"], &Value::Null));
    }

    async fn an_account_has_one_record_for_each_of_its_brokers(database) {
        let app = TestApp::start(database);
        let (ana, ben, carl) = (app.broker("Ana").await, app.broker("Ben").await, app.client("Carl").await);
        let (house, _) = ana.open_transaction("House").await;
        app.join(house, &carl).await;
        assert_eq!(all(&ana.get(CLIENTS).await)[0]["account_id"], json!(carl.account()));
        assert_eq!(all(&ben.get(CLIENTS).await), Vec::<Value>::new());
        // Ben comes in, and so has a client too.
        ana.add(house, &ben).await;
        let of_ben = all(&ben.get(CLIENTS).await).remove(0);
        assert_eq!((&of_ben["account_id"], &of_ben["email"], &of_ben["state"]), (&json!(carl.account()), &Value::Null, &json!("active")));

        // Ben wrote down the same person from elsewhere, and invites them: one of the two records stays, with Ben's words.
        let form = json!({ "first_name": "Karl", "last_name": "T.", "email": carl.email(), "company": "Carl SA" });
        let written = make(&ben, form).await;
        let mut invited = Vec::new();
        for email in ["carl@elsewhere.example.org", carl.email()] {
            let mut invitation = invitation_form(email);
            invitation["client_id"] = written["id"].clone();
            invited.push(ben.post(INVITATIONS, invitation).await.expect(201)["invitation"]["id"].clone());
        }
        come_in(&app, carl.email(), 1).await;
        let one = all(&ben.get(CLIENTS).await);
        assert_eq!((one.len(), &one[0]["id"], &one[0]["company"]), (1, &of_ben["id"], &json!("Carl SA")));
        assert_eq!((&one[0]["email"], &one[0]["name"]), (&json!(carl.email()), &json!("Carl Test")));
        assert!(one[0]["invited_at"].is_string(), "{}", one[0]);
        assert_eq!(one[0]["invitation"]["id"], invited[0], "the other invitation is of the record that stays");
        // Their number is told to whom they gave it, while the two do something together.
        carl.patch("/api/v1/me", json!({ "phone": "+33 6 12 34 56 78" })).await.expect(200);
        let (of_ben, of_ana) = (shown(&ben, &one[0]).await, all(&ana.get(CLIENTS).await).remove(0));
        assert_eq!((&of_ben["phone"], &of_ana["phone"]), (&json!("+33 6 12 34 56 78"), &Value::Null));
        assert_eq!(of_ben["kept_by_client"], json!(["first_name", "last_name", "email", "phone"]));
        ben.get(&path(&written)).await.expect_refusal(404, "client_unknown");

        // Ben keeps their own words about a person for whom they no longer act, and can do nothing more.
        let of_ana = all(&ana.get(CLIENTS).await).remove(0);
        assert_eq!(of_ana["can_be_added"], true, "{of_ana}");
        let (garden, dora) = (ana.open_transaction("Garden").await.0, app.client("Dora").await);
        app.join(garden, &dora).await;
        ana.add(garden, &ben).await;
        let of_dora = all(&ben.get(&format!("{CLIENTS}?q=dora")).await).remove(0);
        assert_eq!((&of_dora["can_be_added"], &of_dora["can_send_access_link"]), (&json!(true), &json!(true)));
        ana.delete(&format!("/api/v1/transactions/{garden}/participants/{}", ben.account())).await.expect(204);
        let left = shown(&ben, &of_dora).await;
        for (field, expected) in [("can_be_added", json!(false)), ("can_send_access_link", json!(false)), ("transactions", json!([]))] {
            assert_eq!(left[field], expected, "{field}");
        }
        let link = ben.post(&format!("{}/access-link", path(&of_dora)), json!({})).await;
        link.expect_refusal(404, "account_unknown");

        // A new name is that of every record.
        carl.patch("/api/v1/me", json!({ "first_name": "Zacharie" })).await.expect(200);
        for broker in [&ana, &ben] {
            assert_eq!(names(&broker.get(&format!("{CLIENTS}?q=zacharie")).await), ["Zacharie"]);
        }
    }

    async fn the_list_has_states_words_and_pages(database) {
        let app = TestApp::start(database);
        let (ana, carl) = (app.broker("Ana").await, app.client("Carl").await);
        app.join(ana.open_transaction("House").await.0, &carl).await;
        make(&ana, json!({ "first_name": "Élodie", "last_name": "Petit", "company": "Boulangerie Évreux", "notes": "secret" })).await;
        make(&ana, form("Bob", "bob@example.org")).await;
        app.invite(&ana, "paul@example.org").await;
        let gone = make(&ana, form("Gone", "gone@example.org")).await;
        let archived = ana.post(&format!("{}/archive", path(&gone)), json!({})).await.expect(200)["client"].clone();
        assert!(archived["archived_at"].is_string(), "{archived}");
        let list = ana.get(CLIENTS).await;
        assert_eq!(list.json["counts"], json!({ "not_invited": 2, "invited": 1, "active": 1, "inactive": 0, "archived": 1 }));
        for (query, expected) in [
            ("", vec!["Bob", "Carl", "Élodie", "Paul"]),
            ("state=not_invited", vec!["Bob", "Élodie"]),
            ("state=invited", vec!["Paul"]),
            ("state=active", vec!["Carl"]),
            ("archived=true", vec!["Gone"]),
            ("q=elodie", vec!["Élodie"]),
            ("q=evreux%20petit", vec!["Élodie"]),
            ("q=house", vec!["Carl"]),
            ("q=bob@example", vec!["Bob"]),
            ("q=secret", vec![]),
            ("q=gone", vec![]),
        ] {
            assert_eq!(names(&ana.get(&format!("{CLIENTS}?{query}")).await), expected, "{query}");
        }
        let mut seen = Vec::new();
        let mut before = String::new();
        loop {
            let page = ana.get(&format!("{CLIENTS}?limit=3{before}")).await;
            seen.extend(names(&page));
            assert_eq!(page.json["has_more"], json!(page.json["next"].is_number()));
            let Some(next) = page.json["next"].as_i64() else { break };
            before = format!("&before={next}");
        }
        assert_eq!(seen, ["Bob", "Carl", "Élodie", "Paul"]);
        let restored = ana.post(&format!("{}/restore", path(&gone)), json!({})).await;
        assert_eq!(restored.expect(200)["client"]["archived_at"], Value::Null);
        assert_eq!(names(&ana.get(&format!("{CLIENTS}?q=gone")).await), ["Gone"]);
    }

    /// A node of the version before brings somebody in.
    async fn people_of_the_version_before_are_given_a_record_soon(database) {
        let app = TestApp::start(database);
        let (ana, carl) = (app.broker("Ana").await, app.client("Carl").await);
        app.join(ana.open_transaction("House").await.0, &carl).await;
        let now = app.app.clock.now();
        // In one transaction, because the scheduled job may make them at any moment.
        let adopted = app.app.store.write(move |conn| {
            conn.batch_execute("DELETE FROM clients")?;
            let adopt = |conn: &mut _| entremise::store::clients::adopt(conn, now.plus_days(-1), now);
            Ok((adopt(conn)?, adopt(conn)?))
        });
        assert_eq!(adopted.await.unwrap(), (1, 0));
        assert_eq!(names(&ana.get(CLIENTS).await), ["Carl"]);
    }

    async fn a_table_goes_out_and_comes_in_whole_or_not_at_all(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let full = json!({ "first_name": "Élodie", "last_name": "Petit; \"L\"", "company": "=HYPERLINK(1)", "email": "elodie@example.org",
            "phone": "+33 6 12 34 56 78", "notes": "two\nlines", "language": "fr" });
        make(&ana, full).await;
        make(&ana, form("Bob", "bob@example.org")).await;
        let english = ana.get(&format!("{CLIENTS}/export")).await;
        assert_eq!((english.header("content-type"), english.header("content-disposition")), ("text/csv; charset=utf-8", "attachment; filename=\"clients.csv\""));
        assert!(english.text.starts_with("\u{feff}First name,Last name,Company,"), "{}", english.text);
        assert!(english.text.contains(",'=HYPERLINK(1),elodie@example.org,'+33 6 12 34 56 78,"), "{}", english.text);
        assert_eq!(ana.get(&format!("{CLIENTS}/export?q=bob")).await.text.lines().count(), 2);
        ana.patch("/api/v1/me", json!({ "language": "fr" })).await.expect(200);
        let french = ana.get(&format!("{CLIENTS}/export")).await.text;
        assert!(french.starts_with("\u{feff}Prénom;Nom;Société;") && french.contains(";Pas invité;"), "{french}");

        // Another broker takes in the table that one was given, and takes it in again without a second record of anybody.
        let preview = format!("{CLIENTS}/import/preview");
        let import = format!("{CLIENTS}/import");
        let seen = ben.post(&preview, json!({ "table": french })).await.expect(200).clone();
        assert_eq!((&seen["new"], &seen["known"], &seen["wrong"]), (&json!(2), &json!(0), &json!(0)), "{seen}");
        assert_eq!(all(&ben.get(CLIENTS).await), Vec::<Value>::new());
        for _ in 0..2 {
            let made = ben.post_once("key", &import, json!({ "table": french })).await;
            assert_eq!(made.expect(201)["made"], 2);
        }
        assert_eq!(ben.post(&import, json!({ "table": english.text })).await.expect(201)["made"], 0);
        let taken = all(&ben.get(CLIENTS).await);
        let fields = |client: &Value| ["first_name", "last_name", "company", "email", "phone", "notes", "language"].map(|field| client[field].clone());
        assert_eq!(taken.iter().map(fields).collect::<Vec<_>>(), all(&ana.get(CLIENTS).await).iter().map(fields).collect::<Vec<_>>());
        assert_eq!(names(&ben.get(&format!("{CLIENTS}?q=elodie@example.org")).await), ["Élodie"]);

        // One mistake, and nothing is taken; each is said with its line.
        let table = "First name;Nom;e-mail address;language;Shoe size\nAnna;Kern;anna@example.org;EN;38\nX;;anna@;de\n\n\
            Again;Kern;Anna@example.org\nMany;Cells;;;;;\nElodie;P;elodie@example.org\n";
        let wrong = [("lines.3.language", "value_invalid"), ("lines.3.last_name", "value_missing"), ("lines.3.email", "email_invalid"),
            ("lines.5.email", "table_email_repeated"), ("lines.6.line", "table_line_uneven")];
        ben.post(&import, json!({ "table": table })).await.expect_fields(&wrong);
        let seen = ben.post(&preview, json!({ "table": table })).await.expect(200).clone();
        assert_eq!((&seen["new"], &seen["known"], &seen["wrong"]), (&json!(1), &json!(1), &json!(3)), "{seen}");
        assert_eq!(seen["lines"][1]["errors"][1]["message"], "Please fill in this field.");
        assert_eq!(all(&ben.get(CLIENTS).await).len(), 2);

        let many = format!("first_name,last_name\n{}", "A,B\n".repeat(501));
        for (table, code) in [("", "table_unreadable"), ("a;\"b\n1;2", "table_unreadable"), ("name;city\nA;B", "table_columns_missing"), (&many, "table_too_long")] {
            ben.post(&import, json!({ "table": table })).await.expect_fields(&[("table", code)]);
            ben.post(&preview, json!({ "table": table })).await.expect_fields(&[("table", code)]);
        }
    }
}

//! Transactions: open, read, change, list.

use serde_json::{Value, json};

use crate::support::{HttpAnswer, TestApp, sqlite_database};

const TRANSACTIONS: &str = "/api/v1/transactions";

fn titles(answer: &HttpAnswer) -> Vec<&str> {
    let list = answer.expect(200)["transactions"].as_array().unwrap();
    list.iter().map(|transaction| transaction["title"].as_str().unwrap()).collect()
}

on_both_databases! {
    async fn a_transaction_is_kept_as_it_was_given(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let form = json!({ "title": " House ", "kind": "purchase", "address": "12 rue des Tilleuls", "city": "Nantes",
            "start_date": "2028-02-29", "end_date": "2028-02-29", "progress": 100,
            "offered_price": { "amount_minor": 1_000_000_000_000_000_i64, "currency": "EUR" },
            "accepted_price": { "amount_minor": 0, "currency": "CHF" } });
        let made = ana.post(TRANSACTIONS, form.clone()).await.expect(201)["transaction"].clone();
        let shown = ana.get(&format!("{TRANSACTIONS}/{}", made["id"])).await.expect(200)["transaction"].clone();
        assert_eq!(made, shown);
        for field in ["kind", "address", "city", "start_date", "end_date", "progress", "offered_price", "accepted_price"] {
            assert_eq!(shown[field], form[field], "{field}");
        }
        assert_eq!((&shown["title"], &shown["status"]), (&json!("House"), &json!("completed")));
        assert_eq!(shown["participants"][0]["account_id"], json!(ana.account()));
        assert_eq!(shown["room"]["head"], 2, "created, and the broker added");
        assert_eq!(shown["room"]["unread"], 0);
    }

    async fn a_change_touches_what_it_names_and_null_empties(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let form = json!({ "title": "House", "kind": "purchase", "city": "Nantes", "start_date": "2026-01-31",
            "offered_price": { "amount_minor": 31_200_000, "currency": "EUR" } });
        let id = ana.post(TRANSACTIONS, form).await.expect(201)["transaction"]["id"].clone();
        let path = format!("{TRANSACTIONS}/{id}");
        let change = |body: Value| ana.patch(&path, body);

        let changed = change(json!({ "progress": 40, "city": null, "offered_price": null })).await;
        let changed = &changed.expect(200)["transaction"];
        assert_eq!((&changed["progress"], &changed["status"]), (&json!(40), &json!("in_progress")));
        assert_eq!((&changed["city"], &changed["offered_price"]), (&Value::Null, &Value::Null));
        assert_eq!((&changed["title"], &changed["start_date"]), (&json!("House"), &json!("2026-01-31")));
        let log = ana.get(&format!("{path}/messages")).await;
        let last = log.expect(200)["entries"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["kind"], &last["author"]), (&json!("transaction_updated"), &json!(ana.account())));
        assert_eq!(last["data"]["changes"], json!({
            "progress": { "from": 0, "to": 40 }, "status": { "from": "new", "to": "in_progress" },
            "city": {}, "offered_price": {} }), "what a flag hides is named only");

        // What changes nothing leaves no trace.
        for same in [json!({}), json!({ "progress": 40 }), json!({ "title": " House " }), json!({ "status": "open" })] {
            assert_eq!(change(same).await.expect(200)["transaction"]["room"]["head"], last["seq"]);
        }
        for (body, status) in [
            (json!({ "status": "cancelled" }), "cancelled"),
            (json!({ "progress": 100 }), "cancelled"),
            (json!({ "status": "open" }), "completed"),
            (json!({ "progress": 0 }), "new"),
        ] {
            assert_eq!(change(body).await.expect(200)["transaction"]["status"], status);
        }
        // A mistake in one field changes none; the stored other date counts too.
        change(json!({ "title": "Flat", "end_date": "2026-01-30" })).await.expect_fields(&[("end_date", "dates_reversed")]);
        change(json!({ "title": "Flat", "progress": 101 })).await.expect_fields(&[("progress", "progress_invalid")]);
        change(json!({ "status": "completed" })).await.expect_fields(&[("status", "value_invalid")]);
        change(json!({ "room": 1 })).await.expect_fields(&[("room", "field_unknown")]);
        assert_eq!(ana.get(&path).await.expect(200)["transaction"]["title"], "House");
    }

    async fn two_changes_at_once_are_both_kept(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (id, _) = ana.open_transaction("House").await;
        let path = format!("{TRANSACTIONS}/{id}");
        let changes = [json!({ "progress": 50 }), json!({ "city": "Nantes" }), json!({ "address": "12 rue" }),
            json!({ "start_date": "2026-01-01" }), json!({ "end_date": "2026-02-01" }), json!({ "title": "Flat" })];
        let count = changes.len();
        for answer in futures_util::future::join_all(changes.map(|change| ana.patch(&path, change))).await {
            answer.expect(200);
        }
        let shown = ana.get(&path).await.expect(200)["transaction"].clone();
        assert_eq!((&shown["progress"], &shown["city"], &shown["title"]), (&json!(50), &json!("Nantes"), &json!("Flat")));
        assert_eq!((&shown["start_date"], &shown["end_date"]), (&json!("2026-01-01"), &json!("2026-02-01")));
        assert_eq!(shown["room"]["head"], json!(2 + count), "each is one entry of the log");
    }

    async fn the_list_shows_the_latest_activity_first_and_pages_without_loss(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[]);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let mut ids = Vec::new();
        for n in 0..5 {
            // Two of them within the same millisecond.
            if n != 3 {
                hand.forward_seconds(1);
            }
            ids.push(ana.open_transaction(&format!("House {n}")).await.0);
        }
        ben.open_transaction("House of Ben").await;
        assert_eq!(titles(&ana.get(TRANSACTIONS).await), ["House 4", "House 3", "House 2", "House 1", "House 0"]);

        hand.forward_seconds(1);
        let post = json!({ "nonce": "n", "body": "still there?" });
        ana.post(&format!("{TRANSACTIONS}/{}/messages", ids[1]), post).await.expect(201);
        let expected = ["House 1", "House 4", "House 3", "House 2", "House 0"];
        let list = ana.get(TRANSACTIONS).await;
        assert_eq!(titles(&list), expected);
        let last = &list.json["transactions"][0]["room"]["last_message"];
        assert_eq!((&last["body"], &last["author_name"]), (&json!("still there?"), &json!("Ana Test")));

        for limit in 1..=5 {
            let (mut paged, mut before) = (Vec::new(), String::new());
            loop {
                let page = ana.get(&format!("{TRANSACTIONS}?limit={limit}{before}")).await;
                paged.extend(titles(&page).into_iter().map(str::to_owned));
                match page.json["next"].as_str() {
                    Some(next) => before = format!("&before={next}"),
                    None => break,
                }
            }
            assert_eq!(paged, expected, "limit {limit}");
        }
    }

    async fn the_list_is_searched_by_words_and_status(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        for (title, city, progress) in [("Été 100%", "Nantes", 0), ("Hiver", "Évreux", 50), ("Sans ville", "", 100)] {
            let form = json!({ "title": title, "kind": "sale", "city": city, "progress": progress });
            ana.post(TRANSACTIONS, form).await.expect(201);
        }
        for (query, expected) in [
            ("q=%C3%A9t%C3%A9", vec!["Été 100%"]),
            ("q=%C3%89VREUX", vec!["Hiver"]),
            ("q=nantes", vec!["Été 100%"]),
            ("q=0%25", vec!["Été 100%"]),
            ("q=%25", vec!["Été 100%"]),
            ("q=_", vec![]),
            ("q=", vec!["Sans ville", "Hiver", "Été 100%"]),
            ("status=new", vec!["Été 100%"]),
            ("status=in_progress", vec!["Hiver"]),
            ("status=completed&q=ville", vec!["Sans ville"]),
            ("status=cancelled", vec![]),
        ] {
            assert_eq!(titles(&ana.get(&format!("{TRANSACTIONS}?{query}")).await), expected, "{query}");
        }
    }
}

#[tokio::test]
async fn every_field_is_checked() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let money = |amount: i64, currency: &str| json!({ "amount_minor": amount, "currency": currency });
    let cases: [(&str, Value, &str); 27] = [
        ("title", json!(""), "value_missing"),
        ("title", json!(" \t "), "value_missing"),
        ("title", json!("x".repeat(201)), "value_too_long"),
        ("title", json!("two\nlines"), "value_invalid"),
        ("title", json!("nul\u{0}"), "value_invalid"),
        ("address", json!("x".repeat(201)), "value_too_long"),
        ("city", json!("x".repeat(201)), "value_too_long"),
        ("city", json!("bell\u{7}"), "value_invalid"),
        ("progress", json!(-1), "progress_invalid"),
        ("progress", json!(101), "progress_invalid"),
        ("progress", json!(4_294_967_296_i64), "progress_invalid"),
        ("start_date", json!("2026-02-29"), "date_invalid"),
        ("start_date", json!("2026-2-1"), "date_invalid"),
        ("start_date", json!("01/02/2026"), "date_invalid"),
        ("end_date", json!("2026-01-01T00:00:00Z"), "date_invalid"),
        ("end_date", json!("-2026-01-01"), "date_invalid"),
        ("end_date", json!("+2026-01-01"), "date_invalid"),
        ("start_date", json!("0026-05-01"), "date_invalid"),
        ("end_date", json!("9999-01-01"), "date_invalid"),
        ("offered_price", money(-1, "EUR"), "money_invalid"),
        ("offered_price", money(1, "ZZZ"), "money_invalid"),
        ("offered_price", money(1, "XXX"), "money_invalid"),
        ("offered_price", money(1, "EUR USD"), "money_invalid"),
        ("offered_price", money(1_000_000_000_000_001, "EUR"), "money_invalid"),
        ("offered_price", money(1, "eur"), "money_invalid"),
        ("accepted_price", money(1, "EURO"), "money_invalid"),
        ("accepted_price", money(1, ""), "money_invalid"),
    ];
    for (field, value, code) in cases {
        let mut form = json!({ "title": "House", "kind": "sale" });
        form[field] = value;
        let answer = ana.post(TRANSACTIONS, form.clone()).await;
        assert_eq!(answer.status.as_u16(), 422, "{form}: {}", answer.text);
        answer.expect_fields(&[(field, code)]);
    }
    let reversed = json!({ "title": "", "kind": "sale", "start_date": "2026-02-01", "end_date": "2026-01-31" });
    ana.post(TRANSACTIONS, reversed).await.expect_fields(&[("title", "value_missing"), ("end_date", "dates_reversed")]);
    assert_eq!(ana.get(TRANSACTIONS).await.expect(200)["transactions"], json!([]));
    let longest = json!({ "title": "é".repeat(200), "kind": "sale", "city": "é".repeat(200) });
    ana.post(TRANSACTIONS, longest).await.expect(201);
}

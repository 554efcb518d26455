//! A search finds the same on both databases: every word, in any field, whatever its accents and capitals.

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::support::databases::Counted;
use crate::support::{HttpAnswer, PASSWORD, Person, TestApp};

/// What is looked for, and who or what is found, in the order of the names.
type Cases<'a> = &'a [(&'a str, &'a [&'a str])];

async fn ask(person: &Person, path: &str, looked_for: &str) -> HttpAnswer {
    let query: String = looked_for.bytes().map(|byte| format!("%{byte:02X}")).collect();
    person.get(&format!("{path}?q={query}")).await
}

async fn check(person: &Person, path: &str, names: impl Fn(&HttpAnswer) -> Vec<String>, cases: Cases<'_>) {
    for (looked_for, expected) in cases {
        let answer = ask(person, path, looked_for).await;
        let mut found = names(&answer);
        found.sort();
        assert_eq!(found, *expected, "{path}: {looked_for:?}");
    }
}

fn texts(answer: &HttpAnswer, list: &str, field: &str) -> Vec<String> {
    let rows = answer.expect(200)[list].as_array().unwrap();
    rows.iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
}

async fn open(person: &Person, title: &str, city: &str) -> i64 {
    let form = json!({ "title": title, "kind": "sale", "city": city });
    person.post("/api/v1/transactions", form).await.expect(201)["transaction"]["id"].as_i64().unwrap()
}

async fn rename(person: &Person, first: &str, last: &str) {
    person.patch("/api/v1/me", json!({ "first_name": first, "last_name": last })).await.expect(200);
}

const TRANSACTIONS: &str = "/api/v1/transactions";

on_both_databases! {
    async fn transactions_are_found_by_their_words_and_by_who_takes_part(database) {
        let app = TestApp::start(database);
        let (ana, paul, elise) = (app.broker("Ana").await, app.client("Paul").await, app.client("Elise").await);
        rename(&paul, "Paul", "Durand").await;
        rename(&elise, "E\u{301}lise", "Lefœuvre").await;
        let house = open(&ana, "Maison d’été 100%", "Évreux").await;
        let flat = open(&ana, "Appartement_2", "Saint-Étienne").await;
        open(&ana, "Terrain", "Straßburg").await;
        app.join(house, &paul).await;
        app.join(flat, &elise).await;
        let titles = |answer: &HttpAnswer| texts(answer, "transactions", "title");
        let (house, flat, land) = ("Maison d’été 100%", "Appartement_2", "Terrain");
        check(&ana, TRANSACTIONS, titles, &[
            ("durand", &[house]),
            ("DURAND paul", &[house]),
            ("Paul Durand évreux", &[house]),
            ("Paul Lefoeuvre", &[]),
            ("elise", &[flat]),
            ("e\u{301}lise", &[flat]),
            ("ÉLISE LEFŒUVRE", &[flat]),
            ("lefoeuvre", &[flat]),
            ("d'ete", &[house]),
            ("maison  EVREUX", &[house]),
            ("saint etienne", &[flat]),
            ("saint-étienne", &[flat]),
            ("strassburg", &[land]),
            ("%", &[house]),
            ("0%", &[house]),
            ("_", &[flat]),
            ("t_2", &[flat]),
            ("t%2", &[]),
            ("\\", &[]),
            ("\u{200b}", &[flat, house, land]),
            // Nobody's address: who takes part does not see it.
            ("example.org", &[]),
            ("paul.client", &[]),
        ]).await;

        // Who has left is not found any more, nor a name that somebody had.
        ana.delete(&format!("{TRANSACTIONS}/{}/participants/{}", 1, paul.account().0)).await;
        rename(&elise, "Zoé", "Martin").await;
        check(&ana, TRANSACTIONS, titles, &[("durand", &[]), ("elise", &[]), ("zoe martin", &[flat])]).await;
        ana.patch(&format!("{TRANSACTIONS}/2"), json!({ "title": "Duplex" })).await.expect(200);
        check(&ana, TRANSACTIONS, titles, &[("appartement", &[]), ("duplex", &["Duplex"])]).await;
        // A client finds what they take part in, and nothing else.
        check(&elise, TRANSACTIONS, titles, &[("ana", &["Duplex"]), ("maison", &[]), ("terrain", &[])]).await;
    }

    async fn people_are_found_by_names_and_addresses(database) {
        let app = TestApp::start(database);
        let (ana, admin) = (app.broker("Ana").await, app.admin().await);
        for (first, last, email) in [
            ("Anne", "Petit", "anne@exämple.org"), ("Élodie", "Petit", "elodie_b@example.org"),
            ("Anne-Laure", "Durand", "al.durand@example.org"), ("René", "100%", "rene@example.org"),
        ] {
            let form = json!({ "first_name": first, "last_name": last, "email": email, "project_type": "sale" });
            ana.post("/api/v1/client-invitations", form.clone()).await.expect(201);
            let form = json!({ "first_name": first, "last_name": last, "email": email, "role": "broker",
                "password": PASSWORD, "language": "fr" });
            admin.post("/api/v1/accounts", form).await.expect(201);
        }
        let cases: Cases<'_> = &[
            ("anne", &["Anne", "Anne-Laure"]),
            ("Anne Petit", &["Anne"]),
            ("petit anne", &["Anne"]),
            ("anne laure durand", &["Anne-Laure"]),
            ("elodie", &["Élodie"]),
            ("E\u{301}LODIE petit", &["Élodie"]),
            ("rene", &["René"]),
            ("petit example.org", &["Anne", "Élodie"]),
            ("exämple", &["Anne", "Anne-Laure", "René", "Élodie"]),
            ("xn--exmple-cua", &["Anne"]),
            ("_b@", &["Élodie"]),
            ("%", &["René"]),
            ("e_o", &[]),
            ("nobody", &[]),
        ];
        check(&ana, "/api/v1/client-invitations", |a| texts(a, "invitations", "first_name"), cases).await;
        let of_these = |answer: &HttpAnswer| {
            let all = answer.expect(200)["accounts"].as_array().unwrap().clone();
            let made = all.iter().filter(|row| row["language"] == "fr");
            made.map(|row| row["first_name"].as_str().unwrap().to_owned()).collect()
        };
        check(&admin, "/api/v1/accounts", of_these, cases).await;
    }

    async fn clients_are_found_by_name_and_by_what_they_share_with_the_broker(database) {
        let app = TestApp::start(database);
        let (ana, paul, elise) = (app.broker("Ana").await, app.client("Paul").await, app.client("Elise").await);
        rename(&elise, "Élise", "Durand").await;
        let house = open(&ana, "Maison à Évreux", "").await;
        app.join(house, &paul).await;
        app.join(open(&ana, "Terrain", "").await, &elise).await;
        check(&ana, "/api/v1/clients", |answer| texts(answer, "clients", "first_name"), &[
            ("", &["Paul", "Élise"]),
            ("elise", &["Élise"]),
            ("durand elise terrain", &["Élise"]),
            ("evreux", &["Paul"]),
            ("paul terrain", &[]),
            ("example.org", &[]),
        ]).await;
    }

    async fn no_more_clients_come_than_one_page_holds(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_PAGE", "2"), ("ENTREMISE_MAX_PAGE", "2")]);
        let ana = app.broker("Ana").await;
        let mut people = Vec::new();
        for name in ["Carl", "Anne", "Bob"] {
            let client = app.client(name).await;
            app.join(open(&ana, name, "").await, &client).await;
            people.push(client);
        }
        let all = ana.get("/api/v1/clients?limit=100").await;
        assert_eq!(texts(&all, "clients", "first_name"), ["Anne", "Bob"]);
        assert_eq!(all.json["has_more"], json!(true));
        for query in ["q=carl".to_owned(), format!("account_id={}", people[0].account())] {
            let one = ana.get(&format!("/api/v1/clients?{query}")).await;
            assert_eq!(texts(&one, "clients", "first_name"), ["Carl"], "{query}");
            assert_eq!(one.json["has_more"], json!(false));
        }
    }

    async fn rows_of_an_earlier_version_are_found_soon(database) {
        let app = TestApp::start(database);
        let (ana, paul) = (app.broker("Ana").await, app.client("Paul").await);
        let house = open(&ana, "Maison", "Évreux").await;
        app.join(house, &paul).await;
        // As a program writes that knows no keys.
        let sql = "UPDATE accounts SET last_name = 'Lefèvre' WHERE first_name = 'Paul'; UPDATE transactions SET title = 'Château'";
        let without_keys = "SELECT 1 FROM accounts WHERE name_key IS NULL UNION ALL SELECT 1 FROM transactions WHERE title_key IS NULL";
        let count = format!("SELECT count(*) AS count FROM ({without_keys}) AS stale");
        // The scheduled job may run at any moment after this, so the rows are counted in the transaction that wrote them.
        let stale = app.app.store.write(move |conn| {
            conn.batch_execute(sql)?;
            Ok(diesel::sql_query(&count).get_result::<Counted>(conn)?.count)
        });
        assert_eq!(stale.await.unwrap(), 2, "a row that was written without its key is found by no word");
        let titles = |answer: &HttpAnswer| texts(answer, "transactions", "title");
        entremise::app::housekeeping::prune(&app.app).await.unwrap();
        check(&ana, TRANSACTIONS, titles, &[("chateau", &["Château"]), ("lefevre", &["Château"])]).await;
    }
}

#[tokio::test]
async fn what_is_looked_for_has_a_bound() {
    let app = TestApp::start(&crate::support::sqlite_database());
    let ana = app.broker("Ana").await;
    for path in [TRANSACTIONS, "/api/v1/clients", "/api/v1/client-invitations"] {
        ask(&ana, path, &"x".repeat(101)).await.expect_fields(&[("q", "value_too_long")]);
        ask(&ana, path, "\u{0}").await.expect_fields(&[("q", "value_invalid")]);
        let many: Vec<String> = ('a'..='z').chain('0'..='9').map(|c| c.to_string()).collect();
        assert_eq!(ask(&ana, path, &many.join(" ")).await.status.as_u16(), 200, "{path}");
    }
    let all: Value = ana.get(TRANSACTIONS).await.expect(200).clone();
    assert_eq!(all["transactions"], json!([]));
}

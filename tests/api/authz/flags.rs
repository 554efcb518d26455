//! What each access flag hides, at every exit. Whoever may not see something may not change it either.

use serde_json::{Value, json};

use crate::support::mailbox::invitation_form;
use crate::support::{PASSWORD, Person, TestApp};

const TRANSACTIONS: &str = "/api/v1/transactions";
const INVITATIONS: &str = "/api/v1/client-invitations";

/// A flag, the fields that it hides, and words of them by which a search would find the transaction.
const HIDDEN: &[(&str, &[&str], &[&str])] = &[
    ("calendar", &["start_date", "end_date"], &[]),
    (
        "properties",
        &["address", "city", "offered_price", "accepted_price"],
        &["tilleuls", "nantes", "TILL%20nan", "12%20house"],
    ),
    ("documents", &[], &[]),
    ("tasks", &[], &[]),
];

fn form() -> Value {
    json!({ "title": "House", "kind": "purchase", "address": "12 rue des Tilleuls", "city": "Nantes",
        "start_date": "2028-02-29", "end_date": "2028-03-01",
        "offered_price": { "amount_minor": 31_271_828, "currency": "EUR" },
        "accepted_price": { "amount_minor": 30_314_159, "currency": "EUR" } })
}

struct FlagWorld {
    app: TestApp,
    ana: Person,
    path: String,
    id: i64,
}

impl FlagWorld {
    async fn build(app: TestApp) -> Self {
        let ana = app.broker("Ana").await;
        let id = ana.post(TRANSACTIONS, form()).await.expect(201)["transaction"]["id"].as_i64().unwrap();
        Self { app, ana, path: format!("{TRANSACTIONS}/{id}"), id }
    }

    /// A client of the transaction, and a broker who was added to it.
    async fn others(&self) -> [Person; 2] {
        let (carl, ben) = (self.app.client("Carl").await, self.app.broker("Ben").await);
        self.app.join(self.id, &carl).await;
        self.ana.add(self.id, &ben).await;
        [carl, ben]
    }

    fn part_of(&self, person: &Person) -> String {
        format!("{}/participants/{}", self.path, person.account())
    }

    async fn set(&self, person: &Person, flag: &str, value: bool) {
        self.ana.patch(&self.part_of(person), json!({ "access": { flag: value } })).await.expect(200);
    }
}

/// A change of the city beside an entry.
fn changed(transaction: i64, seq: i64, to: &str) -> String {
    format!(
        "INSERT INTO transaction_changes (transaction_id, seq, field, new_value, changed_at) \
         VALUES ({transaction}, {seq}, 'city', '{to}', 0)"
    )
}

async fn found(person: &Person, words: &str) -> usize {
    person.get(&format!("{TRANSACTIONS}?q={words}")).await.expect(200)["transactions"].as_array().unwrap().len()
}

on_both_databases! {
    async fn what_a_flag_hides_is_absent_and_found_by_no_word_of_it(database) {
        let world = FlagWorld::build(TestApp::start(database)).await;
        let everything = form();
        for person in &world.others().await {
            for (flag, hidden, words) in HIDDEN {
                world.set(person, flag, false).await;
                let shown = person.get(&world.path).await.expect(200)["transaction"].clone();
                let listed = person.get(TRANSACTIONS).await.expect(200)["transactions"][0].clone();
                for (field, value) in everything.as_object().unwrap() {
                    let expected = if hidden.contains(&field.as_str()) { &Value::Null } else { value };
                    assert_eq!((&shown[field], &listed[field]), (expected, expected), "{field} without {flag}");
                }
                assert_eq!(shown["access"][*flag], false);
                for word in *words {
                    assert_eq!((found(person, word).await, found(&world.ana, word).await), (0, 1), "{word}");
                }
                assert_eq!(found(person, "house%20ana").await, 1, "by the title and a name");

                world.set(person, flag, true).await;
                let shown = person.get(&world.path).await.expect(200)["transaction"].clone();
                for (field, value) in everything.as_object().unwrap() {
                    assert_eq!(&shown[field], value, "{field} with {flag} again");
                }
                for word in *words {
                    assert_eq!(found(person, word).await, 1, "{word}");
                }
            }
        }
    }

    async fn whoever_may_not_see_a_field_may_not_change_it(database) {
        let world = FlagWorld::build(TestApp::start(database)).await;
        let [_, ben] = world.others().await;
        for (flag, hidden, _) in HIDDEN {
            world.set(&ben, flag, false).await;
            for field in *hidden {
                for value in [form()[field].clone(), Value::Null] {
                    let refused = ben.patch(&world.path, json!({ *field: value, "title": "Flat" })).await;
                    refused.expect_refusal(403, "forbidden");
                }
            }
            let changed = ben.patch(&world.path, json!({ "title": format!("Without {flag}") })).await;
            let changed = changed.expect(200)["transaction"].clone();
            for field in *hidden {
                assert_eq!(changed[field], Value::Null, "the answer shows {field}");
            }
            let kept = world.ana.get(&world.path).await.expect(200)["transaction"].clone();
            for field in ["address", "city", "start_date", "end_date", "offered_price", "accepted_price"] {
                assert_eq!(kept[field], form()[field], "{field} after a change by somebody without {flag}");
            }
            world.set(&ben, flag, true).await;
        }
        ben.patch(&world.path, json!({ "city": "Rennes" })).await.expect(200);
    }

    async fn entries_of_a_room_name_hidden_fields_and_their_values_are_given_to_those_who_see_them(database) {
        let world = FlagWorld::build(TestApp::start(database)).await;
        let [carl, _] = world.others().await;
        let room = world.ana.get(&world.path).await.expect(200)["transaction"]["room"]["id"].as_i64().unwrap();
        let mut socket = carl.socket().await;
        socket.join(room, None).await;
        let price = |minor: i64| json!({ "amount_minor": minor, "currency": "EUR" });
        let changes = json!({ "title": "Flat", "progress": 10, "city": "Rennes", "address": null,
            "end_date": "2028-04-30", "offered_price": price(27_182_818), "accepted_price": null });
        world.ana.patch(&world.path, changes).await.expect(200);

        let told = json!({ "title": { "from": "House", "to": "Flat" }, "progress": { "from": 0, "to": 10 },
            "status": { "from": "new", "to": "in_progress" }, "city": {}, "address": {}, "end_date": {},
            "offered_price": {}, "accepted_price": {} });
        let live = socket.expect_that("the change", |frame| frame["kind"] == "transaction_updated").await;
        assert_eq!(live["data"]["changes"], told);
        let seq = live["seq"].as_i64().unwrap();
        let mut again = carl.socket().await;
        let (_, past) = again.join(room, Some(seq - 1)).await;
        assert_eq!(past[0]["data"]["changes"], told, "the past over the socket");
        let page = carl.get(&format!("{}/messages?after={}", world.path, seq - 1)).await;
        assert_eq!(page.expect(200)["entries"][0]["data"]["changes"], told, "history");

        let values = [
            ("accepted_price", price(30_314_159), Value::Null),
            ("address", json!("12 rue des Tilleuls"), Value::Null),
            ("city", json!("Nantes"), json!("Rennes")),
            ("end_date", json!("2028-03-01"), json!("2028-04-30")),
            ("offered_price", price(31_271_828), price(27_182_818)),
        ];
        let path = format!("{}/changes?from={seq}&to={seq}", world.path);
        for (flag, hidden, _) in HIDDEN {
            world.set(&carl, flag, false).await;
            let expected: Vec<Value> = values
                .iter()
                .filter(|(field, ..)| !hidden.contains(field))
                .map(|(field, from, to)| json!({ "seq": seq, "field": field, "from": from, "to": to }))
                .collect();
            assert_eq!(carl.get(&path).await.expect(200)["changes"], json!(expected), "without {flag}");
            world.set(&carl, flag, true).await;
        }
        let beside = carl.get(&format!("{}/changes?from={}", world.path, seq + 1)).await;
        assert_eq!(beside.expect(200)["changes"], json!([]));
        // Neither what comes after it, nor what another transaction has under the same number.
        world.ana.patch(&world.path, json!({ "city": "Brest" })).await.expect(200);
        let other = world.ana.open_transaction("Other").await.0;
        database.execute(&changed(other, seq, "1"));
        let seen = carl.get(&path).await.expect(200)["changes"].as_array().unwrap().len();
        assert_eq!(seen, values.len());
        world.set(&carl, "messaging", false).await;
        carl.get(&path).await.expect_refusal(403, "forbidden");
    }

    /// A node of the previous version, during a deploy, writes the values into the entry.
    async fn what_an_older_node_wrote_into_an_entry_is_not_told_on(database) {
        let world = FlagWorld::build(TestApp::start(database)).await;
        let [carl, _] = world.others().await;
        world.ana.patch(&world.path, json!({ "progress": 5 })).await.expect(200);
        let head = world.ana.get(&world.path).await.expect(200)["transaction"]["room"]["head"].as_i64().unwrap();
        let data = json!({ "changes": { "progress": { "from": 0, "to": 5 }, "city": { "from": null, "to": "Brest" } } });
        database.execute(&format!("UPDATE entries SET data = '{data}' WHERE seq = {head}"));
        let page = carl.get(&format!("{}/messages?after={}", world.path, head - 1)).await;
        let told = page.expect(200)["entries"][0]["data"]["changes"].clone();
        assert_eq!(told, json!({ "progress": { "from": 0, "to": 5 }, "city": {} }));
        let path = format!("{}/changes?from={head}", world.path);
        let value = json!([{ "seq": head, "field": "city", "from": null, "to": "Brest" }]);
        assert_eq!(carl.get(&path).await.expect(200)["changes"], value);
        // In the order of the room, with what this version keeps beside it; at most of so many entries.
        world.ana.patch(&world.path, json!({ "city": "Lyon" })).await.expect(200);
        database.execute(&changed(world.id, head + 500, "1"));
        let next = json!({ "seq": head + 1, "field": "city", "from": "Nantes", "to": "Lyon" });
        assert_eq!(carl.get(&path).await.expect(200)["changes"], json!([value[0], next]));
        world.set(&carl, "properties", false).await;
        assert_eq!(carl.get(&path).await.expect(200)["changes"], json!([]));
    }

    async fn no_broker_gives_an_access_that_they_do_not_have(database) {
        let world = FlagWorld::build(TestApp::start(database)).await;
        let ([carl, ben], olga) = (world.others().await, world.app.broker("Olga").await);
        for person in [&ben, &carl] {
            world.set(person, "properties", false).await;
        }
        for person in [&ben, &carl] {
            let given = ben.patch(&world.part_of(person), json!({ "access": { "properties": true } })).await;
            given.expect_refusal(403, "forbidden");
        }
        ben.patch(&world.part_of(&carl), json!({ "access": { "tasks": false } })).await.expect(200);
        ben.patch(&world.part_of(&carl), json!({ "access": { "tasks": true } })).await.expect(200);
        // Whom they bring in has no more than they have.
        let asked = ben.ask(world.id, &olga).await;
        let access = asked.expect(201)["participant"]["access"].clone();
        assert_eq!((&access["properties"], &access["calendar"]), (&json!(false), &json!(true)));
        // Whoever opened it gives every access, also back to themselves.
        world.set(&world.ana, "properties", false).await;
        assert_eq!(world.ana.get(&world.path).await.expect(200)["transaction"]["city"], Value::Null);
        world.set(&world.ana, "properties", true).await;
        assert_eq!(world.ana.get(&world.path).await.expect(200)["transaction"]["city"], "Nantes");
    }

    async fn a_page_that_is_open_hears_of_a_changed_flag(database) {
        let world = FlagWorld::build(TestApp::start(database)).await;
        let [carl, _] = world.others().await;
        let mut socket = carl.socket().await;
        for flag in ["properties", "calendar"] {
            world.set(&carl, flag, false).await;
            let changed = socket.expect("changed").await;
            assert_eq!((&changed["topic"], &changed["id"]), (&json!("transaction"), &json!(world.id)));
        }
    }

    async fn an_invitation_gives_no_more_than_its_broker_has(database) {
        let world = FlagWorld::build(TestApp::start(database)).await;
        let [_, ben] = world.others().await;
        world.set(&ben, "properties", false).await;
        let mut invitation = invitation_form("dora@example.org");
        invitation["transaction_id"] = json!(world.id);
        ben.post(INVITATIONS, invitation).await.expect(201);
        let token = world.app.mailed_token("dora@example.org", 1).await;
        let path = format!("{INVITATIONS}/activate/{token}");
        world.app.anonymous().post(&path, json!({ "password": PASSWORD })).await.expect(201);
        let everybody = world.ana.get(&format!("{}/participants", world.path)).await;
        let all = everybody.expect(200)["participants"].as_array().unwrap();
        let dora = all.iter().find(|person| person["name"] == "Paul Durand").unwrap();
        assert_eq!((&dora["access"]["properties"], &dora["access"]["tasks"]), (&json!(false), &json!(true)));
    }
}

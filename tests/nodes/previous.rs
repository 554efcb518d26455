//! A node of the version before works beside this one, on the schema of this one. `TEST_PREVIOUS_SERVER` names its program; without
//! that both are this version, and what older rows look like is in `api/previous`.

use serde_json::{Value, json};

use crate::harness::{Launcher, Node, World, eventually};
use crate::support::{PASSWORD, Person};

/// Rows that say two things, or leave out what follows from others; of each there is none.
const TORN: &[(&str, &str)] = &[
    (
        "a part whose access differs",
        "SELECT 1 FROM participants WHERE access <> documents::int + 2 * messaging::int + 4 * tasks::int + 8 * calendar::int + 16 * properties::int",
    ),
    (
        "an offer whose access differs",
        "SELECT 1 FROM invitations WHERE access <> documents::int + 2 * messaging::int + 4 * tasks::int + 8 * calendar::int + 16 * properties::int",
    ),
    (
        "a client without a record",
        "SELECT 1 FROM participants AS brokers JOIN participants AS people USING (transaction_id) \
        WHERE brokers.role = 'broker' AND brokers.active AND people.role = 'client' AND NOT EXISTS (SELECT 1 FROM clients \
        WHERE clients.broker_id = brokers.account_id AND clients.account_id = people.account_id)",
    ),
    (
        "an invitation without a record",
        "SELECT 1 FROM invitations LEFT JOIN clients ON clients.id = client_id \
        AND clients.broker_id = invitations.broker_id WHERE clients.id IS NULL AND invitations.state IN ('pending', 'accepted')",
    ),
    (
        "an accepted invitation beside its record",
        "SELECT 1 FROM invitations JOIN clients ON clients.id = client_id \
        WHERE invitations.state = 'accepted' AND invitations.account_id IS DISTINCT FROM clients.account_id",
    ),
    (
        "two records of one person",
        "SELECT 1 FROM clients JOIN accounts USING (email) WHERE clients.account_id IS NULL AND EXISTS \
        (SELECT 1 FROM clients AS own WHERE own.broker_id = clients.broker_id AND own.account_id = accounts.id)",
    ),
    (
        "a member who takes no part, or the opposite",
        "SELECT 1 FROM rooms JOIN participants USING (transaction_id) LEFT JOIN members \
        ON members.room_id = rooms.id AND members.account_id = participants.account_id \
        WHERE COALESCE(members.active, FALSE) <> (participants.active AND participants.messaging)",
    ),
    (
        "a head that is not the last change",
        "SELECT 1 FROM account_heads WHERE last_change <> \
        (SELECT MAX(seq) FROM account_changes WHERE account_changes.account_id = account_heads.account_id)",
    ),
    ("a row that no word finds", "SELECT 1 FROM clients WHERE name_key IS NULL OR search_key IS NULL"),
];

/// The broker's link for a person, and the invitation.
async fn link(broker: &Person, first_name: &str, transaction: Option<i64>, access: Value) -> (i64, String) {
    let email = format!("{}@example.org", first_name.to_lowercase());
    let form = json!({ "first_name": first_name, "last_name": "Marin", "email": email, "project_type": "sale",
        "transaction_id": transaction, "access": access });
    let made = broker.post("/api/v1/client-invitations", form).await;
    let id = made.expect(201)["invitation"]["id"].as_i64().unwrap();
    let link = broker.post(&format!("/api/v1/client-invitations/{id}/link"), json!({})).await;
    let token = link.expect(201)["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    (id, format!("/api/v1/client-invitations/activate/{token}"))
}

async fn accept(node: &Node, path: &str) -> (i64, i64) {
    let came = Person::new(&node.url, None).post(path, json!({ "password": PASSWORD })).await;
    let came = came.expect(201);
    (came["account"]["id"].as_i64().unwrap(), came["transaction_id"].as_i64().unwrap())
}

fn all(but: &[&str]) -> Value {
    let flags = ["documents", "messaging", "tasks", "calendar", "properties"];
    flags.iter().map(|flag| ((*flag).to_owned(), json!(!but.contains(flag)))).collect::<serde_json::Map<_, _>>().into()
}

async fn access_of(person: &Person, transaction: i64, account: i64) -> Value {
    let found = person.get(&format!("/api/v1/transactions/{transaction}/participants")).await;
    let people = found.expect(200)["participants"].as_array().unwrap().clone();
    people.iter().find(|person| person["account_id"] == json!(account)).expect("they take part")["access"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_node_of_the_version_before_does_on_this_schema_leaves_nothing_inconsistent() {
    let world = World::new().await;
    let new = world.node().await;
    let old = world.node_by(Launcher::previous(), &[]).await;
    let nodes = [&old, &new];
    let (ana, ben) = (world.broker(&old, "Ana").await, world.broker(&old, "Ben").await);
    let (house, room) = ana.open_transaction("House").await;

    // Each invites, and each lets in, whom itself or the other has invited; one stays away.
    let mut came = Vec::new();
    for (number, (invites, lets_in)) in [(0, 0), (0, 1), (1, 0), (1, 1)].into_iter().enumerate() {
        let name = ["Rita", "Paul", "Zoe", "Olga"][number];
        let offered = all(&["tasks", "properties"]);
        let (_, path) = link(&ana.at(&nodes[invites].url), name, Some(house), offered.clone()).await;
        let (account, _) = accept(nodes[lets_in], &path).await;
        for node in nodes {
            assert_eq!(access_of(&ana.at(&node.url), house, account).await, offered, "{name}");
        }
        came.push(account);
    }
    // Somebody whom the broker knows already is invited to something of their own, and comes in on the older node.
    let (_, path) = link(&ana.at(&new.url), "Rita", None, all(&[])).await;
    let (rita, _) = accept(&old, &path).await;
    assert_eq!(rita, came[0]);
    link(&ana, "Ivo", None, all(&["documents"])).await;

    // The older node brings in a broker and a client, and either changes what the other has written.
    let (garden, _) = ben.open_transaction("Garden").await;
    ben.add(garden, &ana).await;
    let added = ana
        .at(&old.url)
        .post(&format!("/api/v1/transactions/{garden}/participants"), json!({ "account_id": rita }))
        .await;
    added.expect(201);
    for (turn, but) in [&["messaging"][..], &["documents", "calendar"], &[]].into_iter().enumerate() {
        for (person, node) in came.iter().zip(nodes.into_iter().cycle().skip(turn)) {
            let path = format!("/api/v1/transactions/{house}/participants/{person}");
            ana.at(&node.url).patch(&path, json!({ "access": all(but) })).await.expect(200);
            for reader in nodes {
                assert_eq!(access_of(&ana.at(&reader.url), house, *person).await, all(but), "{turn}");
            }
        }
    }
    ana.at(&old.url).delete(&format!("/api/v1/transactions/{house}/participants/{}", came[1])).await.expect(204);
    ana.patch(&format!("/api/v1/transactions/{house}"), json!({ "city": "Nantes", "title": "Tower" }))
        .await
        .expect(200);
    let mut socket = ana.at(&new.url).socket().await;
    let (joined, past) = socket.join(room, Some(0)).await;
    assert_eq!(past.last().map(|entry| entry["seq"].clone()), Some(joined["head"].clone()), "no hole");

    // The next slot of the jobs that look after the version before.
    world.execute("DELETE FROM jobs WHERE kind IN ('adopt_clients', 'adopt_mails', 'prune')");
    for (what, torn) in TORN {
        eventually(what, || async { world.count(torn) == 0 }).await;
    }
    for (broker, expected) in [(&ana, json!(["Ivo", "Olga", "Paul", "Rita", "Zoe"])), (&ben, json!(["Rita"]))] {
        let listed = broker.at(&new.url).get("/api/v1/clients").await;
        let clients = listed.expect(200)["clients"].as_array().unwrap().clone();
        let names: Vec<&Value> = clients.iter().map(|client| &client["first_name"]).collect();
        assert_eq!(json!(names), expected);
        let state = |client: &Value| if client["first_name"] == "Ivo" { "invited" } else { "active" };
        assert!(clients.iter().all(|client| client["state"] == state(client)), "{}", listed.text);
    }
    // Its values are for those alone who may see them, also where the older node wrote them into the room.
    let changes = ana.at(&new.url).get(&format!("/api/v1/transactions/{house}/changes?from=1")).await;
    let city = changes.expect(200)["changes"].as_array().unwrap().clone();
    assert!(city.iter().any(|change| change["field"] == "city" && change["to"] == "Nantes"), "{city:?}");
    assert!(past.iter().all(|entry| !entry.to_string().contains("Nantes")), "{past:?}");
    for node in nodes {
        let faults: Vec<_> = node.log().into_iter().filter(|line| line.contains("\"ERROR\"")).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

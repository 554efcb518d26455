//! Whose address it is: only whoever reads the mailbox can say so, and only they are told what is behind it.

use entremise::store::accounts;
use serde_json::{Value, json};

use super::activation::{activate, signed_in};
use super::invitations::{INVITATIONS, link_state, live};
use crate::support::mailbox::{invitation_form, token_in};
use crate::support::{PASSWORD, Person, TestApp};

pub const OTHER: &str = "Autre-Phare-31-dune";

/// The token of a link that the broker hands over.
pub async fn copied(broker: &Person, email: &str) -> String {
    let id = broker.post(INVITATIONS, invitation_form(email)).await.expect(201)["invitation"]["id"].clone();
    let answer = broker.post(&format!("{INVITATIONS}/{id}/link"), json!({})).await;
    token_in(answer.expect(201)["link"].as_str().unwrap())
}

/// An account that a broker made for themselves at somebody's address, and the transaction it takes part in.
pub async fn impostor(app: &TestApp, broker: &Person, email: &str) -> (Person, Value) {
    let answer =
        activate(app, &copied(broker, email).await, json!({ "password": PASSWORD, "first_name": "Impostor" })).await;
    answer.expect(201);
    (signed_in(app, &answer), answer.json)
}

async fn shown(app: &TestApp, token: &str) -> Value {
    app.anonymous().get(&format!("{INVITATIONS}/token/{token}")).await.expect(200)["invitation"].clone()
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> u16 {
    let form = json!({ "email": email, "password": password });
    app.anonymous().post("/api/v1/sessions", form).await.status.as_u16()
}

fn proved_of<'a>(list: &'a Value, key: &str, account: &Value) -> &'a Value {
    let found = list.as_array().unwrap().iter().find(|person| person[key] == *account);
    &found.unwrap_or_else(|| panic!("{account} is not in {list}"))["address_proved"]
}

on_both_databases! {
    async fn whoever_reads_the_mailbox_takes_over_what_nobody_proved(database) {
        let app = TestApp::start(database);
        let (rogue, ana) = (app.broker("Rogue").await, app.broker("Ana").await);
        let email = "paul@example.org";
        let (impostor, made) = impostor(&app, &rogue, email).await;
        let (account, first) = (&made["account"]["id"], &made["transaction_id"]);
        assert_eq!(made["account"]["address_proved"], false);
        let room = impostor.get(&format!("/api/v1/transactions/{first}")).await.json["transaction"]["room"]["id"].clone();
        let room = room.as_i64().unwrap();
        let (mut of_impostor, mut of_rogue) = (impostor.socket().await, rogue.socket().await);
        of_impostor.post(room, "n", "Sell it for nothing.").await;
        let (joined, _) = of_rogue.join(room, Some(0)).await;
        assert_eq!(*proved_of(&joined["members"], "account", account), json!(false));

        ana.post(INVITATIONS, invitation_form(email)).await.expect(201);
        let token = app.mailed_token(email, 2).await;
        let view = shown(&app, &token).await;
        assert_eq!((&view["account_exists"], &view["password"]), (&json!(true), &json!("new")));
        // The rules of a new password hold, and nothing is used up by breaking them.
        activate(&app, &token, json!({ "password": "short" })).await.expect(422);
        let form = json!({ "password": OTHER, "first_name": "Paul", "last_name": "Durand", "phone": "+33 6 12 34 56 78" });
        let answer = activate(&app, &token, form).await;
        let paul = answer.expect(201)["account"].clone();
        assert_eq!((&paul["id"], &paul["address_proved"], &paul["first_name"]), (account, &json!(true), &json!("Paul")));
        assert_eq!((&paul["email"], &paul["phone"]), (&json!(email), &json!("+33 6 12 34 56 78")));

        assert_eq!(of_impostor.expect_close().await, 4105);
        impostor.get("/api/v1/me").await.expect_refusal(401, "session_required");
        assert_eq!(sign_in(&app, email, PASSWORD).await, 401);
        assert_eq!(sign_in(&app, email, OTHER).await, 201);
        signed_in(&app, &answer).get("/api/v1/me").await.expect(200);

        // Both brokers see it, and the room where the impostor wrote hears it at once.
        let entry = of_rogue.expect_that("the proof", |frame| frame["data"]["what"] == "address").await;
        assert_eq!((&entry["kind"], &entry["author"], &entry["data"]["name"]), (&json!("member_added"), account, &json!("Paul Durand")));
        assert_eq!(entry["data"]["address_proved"], true);
        // Their name is theirs from now on, also in what was written before.
        let told = of_rogue.expect("member").await;
        assert_eq!((&told["account"], &told["name"]), (account, &json!("Paul Durand")));
        for broker in [&rogue, &ana] {
            let clients = broker.get("/api/v1/clients").await;
            assert_eq!(*proved_of(&clients.expect(200)["clients"], "account_id", account), json!(true));
        }
        let (joined, _) = of_rogue.join(room, None).await;
        assert_eq!(*proved_of(&joined["members"], "account", account), json!(true));
        // The next mailed link asks for the password that was chosen now.
        app.broker("Ben").await.post(INVITATIONS, invitation_form(email)).await.expect(201);
        let next = app.mailed_token(email, 3).await;
        assert_eq!(shown(&app, &next).await["password"], "own");
    }

    async fn an_address_that_nobody_proved_is_marked(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (impostor, made) = impostor(&app, &ana, "paul@example.org").await;
        let (account, transaction) = (&made["account"]["id"], &made["transaction_id"]);
        let clients = ana.get("/api/v1/clients").await;
        assert_eq!(*proved_of(&clients.expect(200)["clients"], "account_id", account), json!(false));
        for person in [&ana, &impostor] {
            let view = person.get(&format!("/api/v1/transactions/{transaction}")).await;
            assert_eq!(*proved_of(&view.expect(200)["transaction"]["participants"], "account_id", account), json!(false));
            let list = person.get(&format!("/api/v1/transactions/{transaction}/participants")).await;
            assert_eq!(*proved_of(&list.expect(200)["participants"], "account_id", account), json!(false));
            let page = person.get(&format!("/api/v1/transactions/{transaction}/messages")).await;
            assert_eq!(*proved_of(&page.expect(200)["members"], "account", account), json!(false));
            let added = page.json["entries"].as_array().unwrap().iter().find(|e| e["data"]["account"] == *account).unwrap().clone();
            assert_eq!((&added["data"]["address_proved"], &added["data"]["what"]), (&json!(false), &json!("part")));
        }
    }

    async fn a_copied_link_tells_nothing_of_accounts(database) {
        let app = TestApp::start(database);
        let (ana, other) = (app.broker("Ana").await, app.broker("Otto").await);
        let (client, admin) = (app.client("Carl").await, app.admin().await);
        impostor(&app, &other, "unproved@example.org").await;
        let closed = app.client("Clara").await;
        admin.post(&format!("/api/v1/accounts/{}/deactivate", closed.account()), json!({})).await.expect(200);

        let mut links = Vec::new();
        for email in ["new@example.org", "unproved@example.org", client.email(), closed.email(), other.email(), admin.email()] {
            let token = copied(&ana, email).await;
            let mut view = shown(&app, &token).await;
            assert_eq!(view["email"].take(), json!(email));
            view["expires_at"].take();
            let wrong = [json!({ "password": "x" }), json!({}), json!({ "password": OTHER, "first_name": "" })];
            let mut refusals = Vec::new();
            for form in wrong {
                let answer = activate(&app, &token, form).await;
                refusals.push((answer.status, answer.json["error"]["fields"].clone()));
            }
            links.push((email.to_owned(), token, view, refusals));
        }
        let (_, _, view, refusals) = &links[0];
        assert_eq!((&view["account_exists"], &view["password"]), (&Value::Null, &json!("either")));
        for (email, _, other_view, other_refusals) in &links[1..] {
            assert_eq!((other_view, other_refusals), (view, refusals), "{email}");
        }
        // A good password that is not the account's leads to the mailbox, and says no more than that.
        for (email, token, ..) in &links[1..] {
            let refused = activate(&app, token, json!({ "password": OTHER })).await;
            let message = refused.expect_refusal(409, "invitation_needs_mail")["message"].as_str().unwrap().to_owned();
            assert!(!message.contains("account"), "{email}: {message}");
            assert_eq!(link_state(&app, token).await, live(), "{email}");
        }
        let (_, new, ..) = &links[0];
        activate(&app, new, json!({ "password": OTHER })).await.expect(201);
        // The account's own password opens it, whatever the form says beside it.
        let (_, own, ..) = &links[2];
        let answer = activate(&app, own, json!({ "password": PASSWORD, "first_name": "" })).await;
        assert_eq!(answer.expect(201)["account"]["id"], json!(client.account()));
        assert_eq!(answer.json["account"]["first_name"], "Carl");
    }

    /// What becomes of a copied link tells whether it made an account. So it tells so often, and costs a mail each time.
    async fn copied_links_of_one_broker_tell_so_often_in_a_day(database) {
        let settings = [("ENTREMISE_COPIED_LINKS_PER_BROKER_DAY", "3")];
        let (app, hand) = TestApp::start_with_clock(database, &settings);
        let (ana, ben, carl) = (app.broker("Ana").await, app.broker("Ben").await, app.client("Carl").await);
        let asked = async |broker: &Person, email: &str| {
            let token = copied(broker, email).await;
            let answer = activate(&app, &token, json!({ "password": OTHER })).await;
            (answer.status.as_u16(), answer.json["error"]["code"].as_str().map(str::to_owned), token)
        };
        let needs_mail = Some("invitation_needs_mail".to_owned());
        assert_eq!(asked(&ana, "first@example.org").await.0, 201);
        let (_, code, of_carl) = asked(&ana, carl.email()).await;
        assert_eq!(code, needs_mail);
        // Whoever repeats it uses up nothing.
        for _ in 0..3 {
            let again = activate(&app, &of_carl, json!({ "password": OTHER })).await;
            again.expect_refusal(409, "invitation_needs_mail");
        }
        assert_eq!(asked(&ana, "between@example.org").await.0, 201);
        // From here on nothing is told, and nothing is used up.
        let (_, code, token) = asked(&ana, "second@example.org").await;
        assert_eq!(code, needs_mail);
        assert_eq!(link_state(&app, &token).await, live());
        assert_eq!(asked(&ana, app.client("Clara").await.email()).await.1, needs_mail);
        // A known password tells nothing that its owner does not know, and the mailed link stays what it is.
        let own = copied(&ana, app.client("Dora").await.email()).await;
        activate(&app, &own, json!({ "password": PASSWORD })).await.expect(201);
        let mailed = app.mailed_token("second@example.org", 1).await;
        activate(&app, &mailed, json!({ "password": OTHER })).await.expect(201);
        assert_eq!(asked(&ben, "third@example.org").await.0, 201, "others are not concerned");
        hand.forward_days(1);
        assert_eq!(asked(&ana, "fourth@example.org").await.0, 201);
    }

    /// One invitation whose address is edited asks about as many addresses as several do.
    async fn an_edited_address_is_asked_about_anew(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_COPIED_LINKS_PER_BROKER_DAY", "2")]);
        let (ana, carl, clara) = (app.broker("Ana").await, app.client("Carl").await, app.client("Clara").await);
        let made = ana.post(INVITATIONS, invitation_form(carl.email())).await;
        let path = format!("{INVITATIONS}/{}", made.expect(201)["invitation"]["id"]);
        for email in [carl.email(), clara.email(), "nobody@example.org"] {
            ana.put(&path, invitation_form(email)).await.expect(200);
            ana.post(&format!("{path}/resend"), json!({})).await.expect(200);
            let link = ana.post(&format!("{path}/link"), json!({})).await;
            let token = link.expect(201)["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            let answer = activate(&app, &token, json!({ "password": OTHER })).await;
            answer.expect_refusal(409, "invitation_needs_mail");
        }
    }

    async fn a_password_proves_no_address_but_the_mailed_link_does(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        impostor(&app, &ana, "paul@example.org").await;
        let again = activate(&app, &copied(&ben, "paul@example.org").await, json!({ "password": PASSWORD })).await;
        assert_eq!(again.expect(201)["account"]["address_proved"], false);
        app.broker("Cora").await.post(INVITATIONS, invitation_form("paul@example.org")).await.expect(201);
        let token = app.mailed_token("paul@example.org", 3).await;
        let proved = activate(&app, &token, json!({ "password": OTHER })).await;
        assert_eq!(proved.expect(201)["account"]["address_proved"], true);
    }

    async fn of_two_who_claim_at_once_one_does(database) {
        let app = TestApp::start(database);
        let (rogue, ana, ben) = (app.broker("Rogue").await, app.broker("Ana").await, app.broker("Ben").await);
        let email = "paul@example.org";
        impostor(&app, &rogue, email).await;
        ana.post(INVITATIONS, invitation_form(email)).await.expect(201);
        let first = app.mailed_token(email, 2).await;
        ben.post(INVITATIONS, invitation_form(email)).await.expect(201);
        let second = app.mailed_token(email, 3).await;
        let (one, other) = (json!({ "password": OTHER }), json!({ "password": "Encore-Falaise-12-pin" }));
        let (one, other) = tokio::join!(activate(&app, &first, one), activate(&app, &second, other));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        // Whoever comes second meets an account that has its owner.
        assert_eq!(statuses, [201, 422], "{} {}", one.text, other.text);
        let chosen = if one.status.as_u16() == 201 { OTHER } else { "Encore-Falaise-12-pin" };
        assert_eq!(sign_in(&app, email, chosen).await, 201);
    }

    async fn a_closed_account_is_not_taken_over(database) {
        let app = TestApp::start(database);
        let (admin, ana, ben) = (app.admin().await, app.broker("Ana").await, app.broker("Ben").await);
        let (_, made) = impostor(&app, &ana, "paul@example.org").await;
        admin.post(&format!("/api/v1/accounts/{}/deactivate", made["account"]["id"]), json!({})).await.expect(200);
        ben.post(INVITATIONS, invitation_form("paul@example.org")).await.expect(201);
        let token = app.mailed_token("paul@example.org", 2).await;
        assert_eq!(shown(&app, &token).await["password"], "own");
        activate(&app, &token, json!({ "password": OTHER })).await.expect_fields(&[("password", "password_wrong")]);
        activate(&app, &token, json!({ "password": PASSWORD })).await.expect_fields(&[("password", "password_wrong")]);
    }

    async fn the_rooms_of_a_proved_account_are_told_in_one_transaction(database) {
        let app = TestApp::start(database);
        let (rogue, ana) = (app.broker("Rogue").await, app.broker("Ana").await);
        let (_, made) = impostor(&app, &rogue, "paul@example.org").await;
        let account = entremise::domain::AccountId(made["account"]["id"].as_i64().unwrap());
        let (house, _) = ana.open_transaction("House").await;
        let mut form = invitation_form("paul@example.org");
        form["transaction_id"] = json!(house);
        ana.post(INVITATIONS, form).await.expect(201);
        let token = app.mailed_token("paul@example.org", 2).await;
        activate(&app, &token, json!({ "password": OTHER })).await.expect(201);
        let kinds = |transaction: Value| {
            let reader = if transaction == json!(house) { ana.clone() } else { rogue.clone() };
            async move {
                let page = reader.get(&format!("/api/v1/transactions/{transaction}/messages")).await;
                let entries = page.expect(200)["entries"].as_array().unwrap().clone();
                entries.iter().filter(|e| e["data"]["account"] == json!(account)).map(|e| e["data"]["what"].clone()).collect::<Vec<_>>()
            }
        };
        assert_eq!(kinds(made["transaction_id"].clone()).await, ["part", "address"]);
        assert_eq!(kinds(json!(house)).await, ["part"], "there the address was proved when they came");
        let found = app.app.store.read(move |conn| accounts::find(conn, account)).await.unwrap().unwrap();
        assert!(found.address_proved);
    }
}

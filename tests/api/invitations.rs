//! The broker's side of invitations: make, list, edit, send again, hand over, cancel.

use serde_json::{Value, json};

use crate::support::mailbox::{invitation_form, token_in};
use crate::support::{HttpAnswer, Person, TestApp};

pub const INVITATIONS: &str = "/api/v1/client-invitations";

/// How a link stands: the status and code of its API route, and the status of its page.
pub async fn link_state(app: &TestApp, token: &str) -> (u16, String, u16) {
    let nobody = app.anonymous();
    let answer = nobody.get(&format!("{INVITATIONS}/token/{token}")).await;
    let page = nobody.get(&format!("/client/invitation/{token}")).await;
    let code = answer.json["error"]["code"].as_str().unwrap_or("live").to_owned();
    (answer.status.as_u16(), code, page.status.as_u16())
}

pub fn live() -> (u16, String, u16) {
    (200, "live".to_owned(), 200)
}

pub fn dead(status: u16, code: &str) -> (u16, String, u16) {
    (status, code.to_owned(), status)
}

fn emails(answer: &HttpAnswer) -> Vec<String> {
    let list = answer.expect(200)["invitations"].as_array().unwrap();
    list.iter().map(|invitation| invitation["email"].as_str().unwrap().to_owned()).collect()
}

async fn id_of(broker: &Person, form: Value) -> i64 {
    broker.post(INVITATIONS, form).await.expect(201)["invitation"]["id"].as_i64().unwrap()
}

on_both_databases! {
    async fn an_invitation_leaves_as_a_mail_in_the_guests_language(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_BRAND_NAME", "Martin & Durand")]);
        let ana = app.broker("Ana").await;
        for (language, email, words) in [
            ("fr", "anne@example.org", ["Bonjour Anne,", "Ana Test vous invite", "Accepter l’invitation"]),
            ("en", "andy@example.org", ["Dear Anne,", "Ana Test invites you", "Accept the invitation"]),
        ] {
            let answer = ana.post(INVITATIONS, json!({ "first_name": "Anne", "last_name": "Petit", "email": email,
                "project_type": "sale", "language": language, "message": "See <you> soon & \"well\"." })).await;
            let invitation = answer.expect(201)["invitation"].clone();
            assert_eq!((&invitation["state"], &invitation["language"]), (&json!("pending"), &json!(language)));
            let mail = &app.mails_to(email, 1).await[0];
            let (subject, text, html) =
                (mail["subject"].as_str().unwrap(), mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
            assert!(subject.starts_with(words[1]) && subject.ends_with("Martin & Durand"), "{subject}");
            assert!(text.contains(words[0]) && text.contains(words[2]), "{text}");
            assert!(html.contains(words[2]) && html.contains(&format!("lang=\"{language}\"")), "{html}");
            assert!(text.contains("See <you> soon & \"well\"."), "{text}");
            assert!(html.contains("See &lt;you&gt; soon &amp;") && !html.contains("<you>"), "{html}");
            // The same link in both parts, and it leads here.
            let token = token_in(text);
            assert_eq!(token_in(html), token);
            assert!(text.contains(&format!("{}/client/invitation/{token}", app.url)), "{text}");
            assert_eq!(link_state(&app, &token).await, live());
            let shown = ana.get(&format!("{INVITATIONS}/{}", invitation["id"])).await;
            assert!(!answer.text.contains(&token) && !shown.expect(200).to_string().contains(&token), "a token leaked");
        }
    }

    async fn one_address_has_one_live_invitation_of_each_broker(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[]);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let first = id_of(&ana, invitation_form("paul@example.org")).await;
        let again = invitation_form("  PAUL@Example.org ");
        let refused = ana.post(INVITATIONS, again.clone()).await;
        assert_eq!(refused.expect_refusal(409, "invitation_pending")["invitation_id"], json!(first));
        ben.post(INVITATIONS, again.clone()).await.expect(201);
        // Nor by editing another one.
        let other = id_of(&ana, invitation_form("anne@example.org")).await;
        ana.put(&format!("{INVITATIONS}/{other}"), again.clone()).await.expect_refusal(409, "invitation_pending");

        hand.forward_days(7);
        let expired = ana.get(&format!("{INVITATIONS}/{first}")).await;
        assert_eq!(expired.expect(200)["invitation"]["state"], "expired");
        let second = id_of(&ana, again.clone()).await;
        let gone = ana.get(&format!("{INVITATIONS}/{first}")).await;
        assert_eq!(gone.expect(200)["invitation"]["state"], "cancelled", "the expired one gave way");

        ana.post(&format!("{INVITATIONS}/{second}/cancel"), json!({})).await.expect(200);
        ana.post(INVITATIONS, again).await.expect(201);
    }

    async fn an_expired_invitation_gives_way_to_an_edited_one_too(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[]);
        let ana = app.broker("Ana").await;
        let expired = id_of(&ana, invitation_form("paul@example.org")).await;
        hand.forward_days(7);
        let edited = id_of(&ana, invitation_form("anne@example.org")).await;
        let answer = ana.put(&format!("{INVITATIONS}/{edited}"), invitation_form("paul@example.org")).await;
        assert_eq!(answer.expect(200)["invitation"]["state"], "pending");
        let gone = ana.get(&format!("{INVITATIONS}/{expired}")).await;
        assert_eq!(gone.expect(200)["invitation"]["state"], "cancelled");
        // An expired one that is edited does not give way to itself.
        hand.forward_days(7);
        let answer = ana.put(&format!("{INVITATIONS}/{edited}"), invitation_form("paul@example.org")).await;
        assert_eq!(answer.expect(200)["invitation"]["state"], "expired");
    }

    async fn the_list_filters_searches_counts_and_pages(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[]);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let form = |first: &str, email: &str, kind: &str| {
            json!({ "first_name": first, "last_name": "100%_Petit", "email": email, "project_type": kind })
        };
        id_of(&ana, form("Élodie", "old@example.org", "sale")).await;
        hand.forward_days(8);
        let cancelled = id_of(&ana, form("Carl", "cancelled@example.org", "sale")).await;
        ana.post(&format!("{INVITATIONS}/{cancelled}/cancel"), json!({})).await.expect(200);
        for n in 0..3 {
            id_of(&ana, form("Paul", &format!("p{n}@example.org"), "rental")).await;
        }
        id_of(&ben, form("Élodie", "of.ben@example.org", "sale")).await;

        let all = ana.get(INVITATIONS).await;
        let names = ["p2", "p1", "p0", "cancelled", "old"].map(|name| format!("{name}@example.org"));
        assert_eq!(emails(&all), names, "newest first, and only her own");
        assert_eq!(all.json["counts"], json!({ "pending": 3, "accepted": 0, "expired": 1, "cancelled": 1 }));
        assert_eq!(all.json["next"], Value::Null);
        for (query, expected) in [
            ("state=pending", vec!["p2", "p1", "p0"]),
            ("state=expired", vec!["old"]),
            ("state=cancelled", vec!["cancelled"]),
            ("state=accepted", vec![]),
            ("project_type=sale", vec!["cancelled", "old"]),
            ("project_type=sale&state=expired", vec!["old"]),
            ("q=P1@", vec!["p1"]),
            ("q=%C3%89LODIE", vec!["old"]),
            ("q=%C3%A9lodie", vec!["old"]),
            ("q=100%25_", vec!["p2", "p1", "p0", "cancelled", "old"]),
            // SQL's wildcards are letters like others.
            ("q=p%25org", vec![]),
            ("q=nobody", vec![]),
        ] {
            let expected: Vec<String> = expected.into_iter().map(|name| format!("{name}@example.org")).collect();
            assert_eq!(emails(&ana.get(&format!("{INVITATIONS}?{query}")).await), expected, "{query}");
        }
        let (mut paged, mut before) = (Vec::new(), String::new());
        loop {
            let page = ana.get(&format!("{INVITATIONS}?limit=2{before}")).await;
            paged.extend(emails(&page));
            match page.json["next"].as_i64() {
                Some(next) => before = format!("&before={next}"),
                None => break,
            }
        }
        assert_eq!(paged, names);
    }

    async fn a_changed_address_kills_the_links_that_went_to_the_old_one(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (id, token) = app.invite(&ana, "paul@example.org").await;
        let path = format!("{INVITATIONS}/{id}");
        let mut form = invitation_form("paul@example.org");
        form["first_name"] = json!("Paolo");
        form["phone"] = json!("+33 6 12 34 56 78");
        form["access"] = json!({ "messaging": false });
        let edited = ana.put(&path, form.clone()).await.expect(200)["invitation"].clone();
        assert_eq!((&edited["first_name"], &edited["phone"]), (&json!("Paolo"), &json!("+33 6 12 34 56 78")));
        assert_eq!((&edited["access"]["messaging"], &edited["access"]["tasks"]), (&json!(false), &json!(true)));
        assert_eq!(link_state(&app, &token).await, live());

        form["email"] = json!("paolo@example.org");
        ana.put(&path, form).await.expect(200);
        assert_eq!(link_state(&app, &token).await, dead(410, "invitation_cancelled"));
        ana.post(&format!("{path}/resend"), json!({})).await.expect(200);
        let fresh = app.mailed_token("paolo@example.org", 1).await;
        assert_eq!(link_state(&app, &fresh).await, live());
        assert_eq!(link_state(&app, &token).await, dead(410, "invitation_cancelled"));
    }

    async fn what_is_changed_is_written_and_the_rest_stays(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (transaction, _) = ana.open_transaction("House").await;
        let mut form = invitation_form("paul@example.org");
        form["phone"] = json!("+33 6 12 34 56 78");
        form["message"] = json!("See you soon.");
        form["transaction_id"] = json!(transaction);
        form["access"] = json!({ "tasks": false });
        let path = format!("{INVITATIONS}/{}", id_of(&ana, form).await);
        let before = ana.get(&path).await.expect(200)["invitation"].clone();
        for (changes, field, value) in [
            (json!({ "first_name": "Paula" }), "first_name", json!("Paula")),
            (json!({ "phone": null }), "phone", Value::Null),
            (json!({ "message": "At noon." }), "message", json!("At noon.")),
            (json!({ "transaction_id": null }), "transaction_id", Value::Null),
            (json!({ "language": "fr" }), "language", json!("fr")),
            (json!({ "project_type": "rental" }), "project_type", json!("rental")),
            (json!({}), "last_name", json!("Durand")),
        ] {
            let changed = ana.patch(&path, changes).await.expect(200)["invitation"].clone();
            assert_eq!(changed[field], value);
        }
        let access = json!({ "documents": true, "messaging": false, "tasks": false, "calendar": true, "properties": true });
        let changed = ana.patch(&path, json!({ "access": { "messaging": false } })).await;
        assert_eq!(changed.expect(200)["invitation"]["access"], access);
        let after = &changed.json["invitation"];
        for kept in ["last_name", "email", "state", "created_at", "sent_at"] {
            assert_eq!(after[kept], before[kept], "{kept}");
        }
        ana.patch(&path, json!({ "first_name": " ", "phone": "12", "email": "paul@" })).await.expect_fields(&[
            ("first_name", "value_missing"),
            ("email", "email_invalid"),
            ("phone", "phone_invalid"),
        ]);
        let moved = ana.patch(&path, json!({ "email": "paula@example.org" })).await;
        assert_eq!(moved.expect(200)["invitation"]["mail"]["state"], "none");
    }

    async fn a_resent_invitation_has_a_new_link_and_its_full_time(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[]);
        let ana = app.broker("Ana").await;
        let (id, first) = app.invite(&ana, "paul@example.org").await;
        let path = format!("{INVITATIONS}/{id}");
        hand.forward_days(8);
        assert_eq!(link_state(&app, &first).await, dead(410, "invitation_expired"));
        ana.post(&format!("{path}/link"), json!({})).await.expect_refusal(410, "invitation_expired");

        let resent = ana.post(&format!("{path}/resend"), json!({})).await;
        assert_eq!(resent.expect(200)["invitation"]["state"], "pending");
        let second = app.mailed_token("paul@example.org", 2).await;
        assert_eq!(link_state(&app, &first).await, dead(410, "invitation_cancelled"));
        hand.forward_days(6);
        assert_eq!(link_state(&app, &second).await, live());
        hand.forward_days(1);
        assert_eq!(link_state(&app, &second).await, dead(410, "invitation_expired"));
    }

    async fn an_extended_invitation_keeps_its_links(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[]);
        let ana = app.broker("Ana").await;
        let (id, token) = app.invite(&ana, "paul@example.org").await;
        hand.forward_days(8);
        assert_eq!(link_state(&app, &token).await, dead(410, "invitation_expired"));
        let extended = ana.post(&format!("{INVITATIONS}/{id}/extend"), json!({})).await;
        assert_eq!(extended.expect(200)["invitation"]["state"], "pending");
        assert_eq!(link_state(&app, &token).await, live());
        hand.forward_days(7);
        assert_eq!(link_state(&app, &token).await, dead(410, "invitation_expired"));
        ana.post(&format!("{INVITATIONS}/{id}/cancel"), json!({})).await.expect(200);
        ana.post(&format!("{INVITATIONS}/{id}/extend"), json!({})).await.expect_refusal(409, "invitation_not_pending");
    }

    async fn a_handed_over_link_works_beside_the_mailed_one(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (id, mailed) = app.invite(&ana, "paul@example.org").await;
        let answer = ana.post(&format!("{INVITATIONS}/{id}/link"), json!({})).await;
        let copied = token_in(answer.expect(201)["link"].as_str().unwrap());
        assert_ne!(copied, mailed);
        assert_eq!(answer.json["link"], format!("{}/client/invitation/{copied}", app.url));
        assert_eq!((link_state(&app, &mailed).await, link_state(&app, &copied).await), (live(), live()));
        let path = format!("{INVITATIONS}/activate/{copied}");
        app.anonymous().post(&path, json!({ "password": crate::support::PASSWORD })).await.expect(201);
        for token in [mailed, copied] {
            assert_eq!(link_state(&app, &token).await, dead(410, "invitation_used"));
        }
    }

    async fn a_cancelled_invitation_is_over(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (id, token) = app.invite(&ana, "paul@example.org").await;
        let path = format!("{INVITATIONS}/{id}");
        let cancelled = ana.post(&format!("{path}/cancel"), json!({})).await;
        assert_eq!(cancelled.expect(200)["invitation"]["state"], "cancelled");
        assert_ne!(cancelled.json["invitation"]["cancelled_at"], Value::Null);
        assert_eq!(link_state(&app, &token).await, dead(410, "invitation_cancelled"));
        for verb in ["cancel", "resend", "link"] {
            ana.post(&format!("{path}/{verb}"), json!({})).await.expect_refusal(409, "invitation_not_pending");
        }
        ana.put(&path, invitation_form("paul@example.org")).await.expect_refusal(409, "invitation_not_pending");
    }
}

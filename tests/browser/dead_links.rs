//! A link that leads nowhere says why, and what to do now.

use serde_json::{Value, json};

use crate::stage::{Stage, perform};
use crate::support::Person;

#[tokio::test]
async fn every_dead_link_has_its_own_page() {
    perform("dead-links", async |stage: &mut Stage| {
        let broker = stage.demo.sign_in(&stage.demo.broker).await;
        let (used, used_link) = invite(&broker, "used@example.org").await;
        let (cancelled, cancelled_link) = invite(&broker, "cancelled@example.org").await;
        let (again, old_link) = invite(&broker, "again@example.org").await;
        let token = used_link.rsplit('/').next().expect("a token");
        let activate = format!("/api/v1/client-invitations/activate/{token}");
        Person::new(&stage.demo.origin, None)
            .post(&activate, json!({ "password": "Marais-Cuivre-61-pont", "language": "fr" }))
            .await
            .expect(201);
        broker.post(&format!("/api/v1/client-invitations/{cancelled}/cancel"), json!({})).await.expect(200);
        let elsewhere = json!({ "email": "elsewhere@example.org" });
        broker.patch(&format!("/api/v1/client-invitations/{again}"), elsewhere).await.expect(200);
        let is_accepted = broker.get(&format!("/api/v1/client-invitations/{used}")).await;
        assert_eq!(is_accepted.expect(200)["invitation"]["state"], "accepted");

        let anybody = stage.browser("anybody").await;
        let unknown = "A".repeat(token.len());
        let cases = [
            (used_link.as_str(), "invitation_used"),
            (cancelled_link.as_str(), "invitation_cancelled"),
            (old_link.as_str(), "invitation_cancelled"),
            (&format!("/client/invitation/{unknown}"), "invitation_unknown"),
            ("/client/invitation/half-a-link", "invitation_unknown"),
        ];
        let mut titles = Vec::new();
        for (link, code) in cases {
            anybody.open_page(link).await;
            anybody.see("dead-link").await;
            assert_eq!(anybody.text_of("one('dead-link').dataset.code").await, code, "{link}");
            titles.push(anybody.text_of("document.querySelector('h1').textContent").await);
            let way_out =
                anybody.look("document.querySelectorAll('[data-test=dead-link] a[href=\"/sign-in\"]').length").await;
            assert_eq!(way_out, 1, "{code} shows no way to go on");
            // The refusal itself stands in the console, and nothing else.
            for complaint in anybody.complaints().await {
                let is_about_the_link =
                    ["/client/invitation/", "/client-invitations/token/"].iter().any(|path| complaint.contains(path));
                let is_a_refusal = ["404", "410"].iter().any(|status| complaint.contains(status));
                assert!(is_about_the_link && is_a_refusal, "{complaint}");
            }
        }
        titles.dedup();
        assert_eq!(titles.len(), 3, "each has words of its own: {titles:?}");

        // Looking consumes nothing, however often: mail scanners look too.
        let (_, live_link) = invite(&broker, "live@example.org").await;
        for _ in 0..2 {
            anybody.open_page(&live_link).await;
            anybody.see("signup-form").await;
        }
    })
    .await;
}

/// Gives the id and the path of a link.
async fn invite(broker: &Person, email: &str) -> (Value, String) {
    let form = json!({ "first_name": "Lou", "last_name": "Blanc", "email": email, "project_type": "rental" });
    let id = broker.post("/api/v1/client-invitations", form).await.expect(201)["invitation"]["id"].clone();
    let link =
        broker.post(&format!("/api/v1/client-invitations/{id}/link"), json!({})).await.expect(201)["link"].clone();
    let link = url::Url::parse(link.as_str().expect("a link")).expect("an address");
    (id, link.path().to_owned())
}

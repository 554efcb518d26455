//! A broker's records of clients.

use serde_json::json;

use crate::invitations::mailed_invitation;
use crate::stage::{Stage, perform};
use crate::support::Person;

#[tokio::test]
async fn a_record_is_written_changed_found_and_put_away() {
    perform("client-records", async |stage: &mut Stage| {
        let page = stage.browser("broker").await;
        page.sign_in(&stage.demo.broker).await;
        page.open_page("/broker/clients?view=clients").await;
        page.click("client-new").await;
        for (field, text) in [
            ("client-first-name", "Zoé"),
            ("client-last-name", "Lambert"),
            ("client-email", "zoe@"),
            ("client-company", "Boulangerie Lambert"),
            ("client-notes", "Appeler en mai."),
        ] {
            page.fill(field, text).await;
        }
        page.click("client-submit").await;
        page.until("the mistake", "one('client-email').getAttribute('aria-invalid') === 'true'").await;
        page.fill("client-email", "zoe@example.org").await;
        page.click("client-submit").await;
        page.until("the dialog closes", "!one('client-dialog')").await;
        let row = "all('client-row').find((row) => row.textContent.includes('Zoé Lambert'))";
        page.until("the row", &format!("{row}?.dataset.state === 'not_invited'")).await;

        // The same address a second time is said beside its field.
        page.click("client-new").await;
        for (field, text) in
            [("client-first-name", "Zoé"), ("client-last-name", "Petit"), ("client-email", "zoe@example.org")]
        {
            page.fill(field, text).await;
        }
        page.click("client-submit").await;
        page.until("the mistake", "one('client-email').getAttribute('aria-invalid') === 'true'").await;
        page.click("dialog-cancel").await;

        page.fill("client-search", "boulangerie").await;
        page.until("one", "all('client-row').length === 1").await;
        page.click("client-actions").await;
        page.click("client-edit").await;
        page.until_is("the note", "one('client-notes').value", json!("Appeler en mai.")).await;
        page.fill("client-city", "Nantes").await;
        page.click("client-submit").await;
        page.until("the city", &format!("{row}?.textContent.includes('Nantes')")).await;

        // The form of an invitation knows them, and the invitation is one of the record.
        page.click("client-invite").await;
        page.until_is("the address", "one('invite-email')?.value", json!("zoe@example.org")).await;
        page.click("invite-submit").await;
        page.until_path("/broker/clients").await;
        page.open_page("/broker/clients?view=clients&state=invited").await;
        page.until("invited", &format!("{row}?.dataset.state === 'invited'")).await;

        page.open_page("/broker/clients?view=clients&q=lambert").await;
        page.until("one", "all('client-row').length === 1").await;
        page.click("client-actions").await;
        page.click("client-archive").await;
        page.until("gone", "all('client-row').length === 0").await;
        page.look("document.querySelector('[data-value=archived]').click()").await;
        page.until("in the archive", "all('client-row').length === 1").await;
    })
    .await;
}

/// Another device of the broker shows what became of a record, without asking again and again.
#[tokio::test]
async fn a_record_and_what_becomes_of_it_stand_at_once_on_another_device() {
    perform("client-records-live", async |stage: &mut Stage| {
        let api = stage.demo.sign_in(&stage.demo.broker).await;
        let page = stage.browser("other device").await;
        page.sign_in(&stage.demo.broker).await;
        page.open_page("/broker/clients?view=clients").await;
        page.until("the list", "all('client-row').length === 2").await;
        page.look("window.isTheSame = true").await;

        let first = stage.browser("first device").await;
        first.sign_in(&stage.demo.broker).await;
        first.open_page("/broker/clients?view=clients").await;
        first.click("client-new").await;
        for (field, text) in
            [("client-first-name", "Zoé"), ("client-last-name", "Lambert"), ("client-email", "zoe@example.org")]
        {
            first.fill(field, text).await;
        }
        first.click("client-submit").await;
        let row = "all('client-row').find((row) => row.textContent.includes('Zoé Lambert'))";
        let state = format!("{row}?.dataset.state");
        page.until_is("the record", &state, json!("not_invited")).await;

        let form =
            json!({ "first_name": "Zoé", "last_name": "Lambert", "email": "zoe@example.org", "project_type": "sale" });
        api.post("/api/v1/client-invitations", form).await.expect(201);
        page.until_is("the invitation", &state, json!("invited")).await;
        let token = mailed_invitation(stage, "zoe@example.org").await;
        let path = format!("/api/v1/client-invitations/activate/{token}");
        let zoe = json!({ "password": "Grenier-Tuile-62-orme" });
        Person::new(&stage.demo.origin, None).post(&path, zoe).await.expect(201);
        page.until_is("the account", &state, json!("active")).await;
        assert_eq!(page.look("window.isTheSame").await, json!(true), "the page was loaded once");
    })
    .await;
}

/// The client sits in the transaction while the broker closes it, and opens it again.
#[tokio::test]
async fn a_client_who_is_made_inactive_loses_the_page_at_once_and_has_it_back() {
    perform("client-inactive", async |stage: &mut Stage| {
        let (broker, client) = (stage.browser("broker").await, stage.browser("client").await);
        client.sign_in(&stage.demo.client).await;
        client.until("a transaction", "all('transaction-row').length > 0").await;
        broker.sign_in(&stage.demo.broker).await;
        broker.open_page("/broker/clients?view=clients&state=active").await;
        let row = "all('client-row').find((row) => row.textContent.includes('Paul Durand'))";
        broker.until("the client", row).await;
        broker.look(&format!("{row}.querySelector('[data-test=client-actions]').click()")).await;
        broker.look(&format!("{row}.querySelector('[data-test=client-deactivate]').click()")).await;
        broker.click("confirm").await;
        client.until("nothing is shared any more", "all('transaction-row').length === 0").await;
        broker.until("not among the active ones", &format!("!({row})")).await;
        broker.look("document.querySelector('[data-value=inactive]').click()").await;
        broker.until("among the inactive ones", &format!("({row})?.dataset.state === 'inactive'")).await;
        broker.until("no invitation", &format!("!({row}).querySelector('[data-test=client-invite]')")).await;
        broker.look(&format!("{row}.querySelector('[data-test=client-actions]').click()")).await;
        broker.look(&format!("{row}.querySelector('[data-test=client-reactivate]').click()")).await;
        client.until("all is back", "all('transaction-row').length > 0").await;
    })
    .await;
}

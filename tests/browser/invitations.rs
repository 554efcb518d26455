//! What a broker does about an invitation that is under way.

use serde_json::{Value, json};

use crate::browser::{DESKTOP, eventually};
use crate::demo::Login;
use crate::stage::{Stage, perform};
use crate::support::Person;
use crate::wire::{Flow, Wire};

#[tokio::test]
async fn an_invitation_says_when_it_can_be_sent_again_and_whether_it_was_sent() {
    perform("resend", async |stage: &mut Stage| {
        let api = stage.demo.sign_in(&stage.demo.broker).await;
        let form = json!({ "first_name": "Zoé", "last_name": "Marin", "email": "zoe.marin@example.org", "project_type": "sale" });
        let made = api.post("/api/v1/client-invitations", form).await;
        let id = made.expect(201)["invitation"]["id"].clone();
        let path = format!("/api/v1/client-invitations/{id}");
        let row = format!("document.querySelector('[data-test=invitation-row][data-id=\"{id}\"]')");
        let part = |test: &str| format!("{row}?.querySelector('[data-test={test}]')");
        let page = stage.browser("broker").await;
        page.sign_in(&stage.demo.broker).await;
        page.open_page("/broker/clients").await;

        // The item says from when on, can be reached, and does nothing yet.
        let resend = part("invitation-resend");
        page.until("the row", &format!("Boolean({})", part("invitation-actions"))).await;
        page.look(&format!("{}.click()", part("invitation-actions"))).await;
        page.until("the time", &format!("/\\d\\d:\\d\\d/.test({resend}.textContent)")).await;
        page.look(&format!("{resend}.click()")).await;
        page.until("an open menu", &format!("document.activeElement === {resend}")).await;
        assert_eq!(page.look(&format!("{resend}.getAttribute('aria-disabled')")).await, json!("true"));
        // A browser whose clock is ahead asks, and is told beside what was pressed.
        page.look(&format!("(Object.assign({resend}.dataset, {{ from: '' }}), {resend}.click())")).await;
        page.until("the refusal", &format!("/\\d\\smin/.test({}?.textContent)", part("invitation-refused"))).await;

        // Saved with another address: nothing was sent to it, and the page says so.
        page.open_page(&format!("/broker/invite?edit={id}")).await;
        page.fill("invite-email", "zoe@example.org").await;
        page.click("invite-submit").await;
        page.until_path("/broker/clients").await;
        page.until("no mail", &format!("Boolean({})", part("mail-unsent"))).await;
        assert_eq!(page.look(&format!("Boolean({})", part("invitation-link"))).await, json!(false));
        page.look(&format!("{}.click()", part("invitation-actions"))).await;
        page.look(&format!("{resend}.click()")).await;
        page.until("the mail", &format!("{row} && !{} && {row}.dataset.mail !== 'none'", part("mail-unsent"))).await;
        let sent = api.get(&path).await;
        assert_eq!(sent.expect(200)["invitation"]["email"], json!("zoe@example.org"));
    })
    .await;
}

/// What would be refused is not offered, what can be done is; and what was searched for is found again.
#[tokio::test]
async fn the_list_of_clients_offers_a_link_where_one_can_be_sent() {
    perform("clients", async |stage: &mut Stage| {
        let (claire, admin) =
            (stage.demo.sign_in(&stage.demo.broker).await, stage.demo.sign_in(&stage.demo.admin).await);
        let otto = Login { email: "otto@example.org".into(), password: "Grenier-Tuile-62-orme".into() };
        let account = json!({ "first_name": "Otto", "last_name": "Weber", "email": otto.email, "role": "broker", "language": "fr", "password": otto.password });
        admin.post("/api/v1/accounts", account).await.expect(201);
        let form = json!({ "first_name": "Otto", "last_name": "Weber", "email": otto.email, "project_type": "sale" });
        claire.post("/api/v1/client-invitations", form).await.expect(201);
        let token = mailed_invitation(stage, &otto.email).await;
        let path = format!("/api/v1/client-invitations/activate/{token}");
        Person::new(&stage.demo.origin, None).post(&path, json!({ "password": otto.password })).await.expect(201);

        let page = stage.browser("broker").await;
        page.sign_in(&stage.demo.broker).await;
        page.resize(DESKTOP).await;
        page.open_page("/broker/clients?view=clients").await;
        page.until("both, and who is invited", "all('client-row').length === 3").await;
        let row = |name: &str| format!("all('client-row').find((row) => row.textContent.includes('{name}'))");
        let offers = |name: &str| format!("Boolean({}.querySelector('[data-test=access-link]'))", row(name));
        assert_eq!(page.look(&offers("Otto Weber")).await, json!(false), "a broker's account is the administrators' to help");
        assert_eq!(page.look(&offers("Paul Durand")).await, json!(true), "a client whose address is not shown");
        page.look(&format!("{}.querySelector('[data-test=access-link]').click()", row("Paul Durand"))).await;
        page.click("confirm").await;
        page.until("the word", "document.querySelector('#toasts').textContent !== ''").await;
        assert_eq!(page.text_of("one('access-link-refused').textContent").await, "");

        page.fill("client-search", "otto").await;
        page.until("one", "all('client-row').length === 1").await;
        page.reload().await;
        page.until("the same one", "all('client-row').length === 1").await;
        assert_eq!(page.text_of("one('client-search').value").await, "otto");
    })
    .await;
}

/// Nothing asks again and again: what the server tells is all that these pages hear of.
#[tokio::test]
async fn what_becomes_of_an_invitation_shows_on_every_page_also_after_a_lost_connection() {
    perform("live-invitations", async |stage: &mut Stage| {
        let claire = stage.demo.sign_in(&stage.demo.broker).await;
        let wire = Wire::to(stage.demo.port());
        let (desk, phone) = (stage.browser("desk").await, stage.browser_on(&wire, "phone").await);
        for page in [&desk, &phone] {
            page.sign_in(&stage.demo.broker).await;
            page.open_page("/broker/clients").await;
            page.see("invitation-row").await;
        }
        let row = |id: &Value| format!("document.querySelector('[data-test=invitation-row][data-id=\"{id}\"]')");
        let state = |id: &Value| format!("[{0}?.dataset.state, {0}?.dataset.mail]", row(id));
        let invite = async |name: &str| {
            let email = format!("{}@example.org", name.to_lowercase());
            let form = json!({ "first_name": name, "last_name": "Marin", "email": email, "project_type": "sale" });
            let made = claire.post("/api/v1/client-invitations", form).await;
            (made.expect(201)["invitation"]["id"].clone(), email)
        };
        let (first, email) = invite("Zoe").await;
        for page in [&desk, &phone] {
            page.until_is("a mail that has left", &state(&first), json!(["pending", "sent"])).await;
        }
        let token = mailed_invitation(stage, &email).await;
        let path = format!("/api/v1/client-invitations/activate/{token}");
        let guest = Person::new(&stage.demo.origin, None);
        guest.post(&path, json!({ "password": "Grenier-Tuile-62-orme" })).await.expect(201);
        for page in [&desk, &phone] {
            page.until_is("an invitation that is accepted", &state(&first), json!(["accepted", "sent"])).await;
        }

        // What happens while a page is cut off is told when it is back.
        wire.set(Flow::Cut);
        phone.network(false).await;
        let (second, _) = invite("Yves").await;
        desk.until_is("a mail that has left", &state(&second), json!(["pending", "sent"])).await;
        claire.post(&format!("/api/v1/client-invitations/{second}/cancel"), json!({})).await.expect(200);
        desk.until_is("an invitation that is cancelled", &state(&second), json!(["cancelled", "sent"])).await;
        assert_eq!(phone.look(&format!("Boolean({})", row(&second))).await, json!(false), "it cannot know yet");
        wire.set(Flow::Whole);
        phone.network(true).await;
        phone.until_is("what it missed", &state(&second), json!(["cancelled", "sent"])).await;
    })
    .await;
}

/// The token in the newest mail to this address.
pub async fn mailed_invitation(stage: &Stage, email: &str) -> String {
    let anybody = Person::new(&stage.demo.origin, None);
    let found = eventually(async || {
        let list = anybody.get("/api/v1/demo/mails").await;
        let mails = list.expect(200)["mails"].as_array().cloned().unwrap_or_default();
        let mail = mails.iter().find(|mail| mail["to"] == json!(email)).ok_or("no mail yet")?;
        let mail = anybody.get(&format!("/api/v1/demo/mails/{}", mail["id"])).await;
        let text = mail.expect(200)["mail"]["text"].as_str().unwrap_or_default().to_owned();
        let (_, rest) = text.split_once("/client/invitation/").ok_or("no link")?;
        Ok(rest.chars().take_while(char::is_ascii_hexdigit).collect())
    });
    found.await.expect("a mail")
}

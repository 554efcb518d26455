//! Forms: what was changed is written and nothing else, errors stand where the eye is, what was typed is kept.

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::{Browser, PHONE};
use crate::stage::{Stage, perform};
use crate::support::Person;

const FIRST: &str = "/api/v1/transactions/1";

async fn prices(person: &Person) -> (Value, Value) {
    let answer = person.get(FIRST).await.expect(200)["transaction"].clone();
    (answer["offered_price"].clone(), answer["accepted_price"].clone())
}

#[tokio::test]
async fn a_changed_title_changes_no_price() {
    perform("prices", async |stage: &mut Stage| {
        let api = stage.demo.sign_in(&stage.demo.broker).await;
        let (offered, accepted) = (
            json!({ "amount_minor": 1000, "currency": "JPY" }),
            json!({ "amount_minor": 123_456_789, "currency": "USD" }),
        );
        api.patch(FIRST, json!({ "offered_price": offered, "accepted_price": accepted })).await.expect(200);
        let login = stage.demo.broker.clone();
        let broker = stage.browser("broker").await;
        broker.sign_in(&login).await;
        broker.open_page("/broker/transactions/1").await;
        broker.click("transaction-edit").await;
        broker.until_is("the stored amount", "one('accepted_price').value", json!("1\u{202f}234\u{202f}567,89")).await;
        broker.until_is("its currency", "one('offered_price-currency').value", json!("JPY")).await;
        broker.fill("transaction-title", "Un autre titre").await;
        broker.click("transaction-submit").await;
        broker.until("the new title", "document.querySelector('h1').textContent === 'Un autre titre'").await;
        assert_eq!(prices(&api).await, (offered, accepted.clone()));

        broker.click("transaction-edit").await;
        broker.fill("offered_price", "1.250.000").await;
        broker.click("transaction-submit").await;
        broker.see_nothing_of("transaction-submit").await;
        assert_eq!(prices(&api).await, (json!({ "amount_minor": 1_250_000, "currency": "JPY" }), accepted));
    })
    .await;
}

#[tokio::test]
async fn an_error_in_a_dialog_is_seen_and_its_field_has_the_focus() {
    perform("dialog-error", async |stage: &mut Stage| {
        let (login, taken) = (stage.demo.admin.clone(), stage.demo.broker.email.clone());
        let admin = stage.browser("admin").await;
        admin.sign_in(&login).await;
        admin.resize((360, 480)).await;
        admin.open_page("/admin").await;
        admin.click("account-new").await;
        for (hook, text) in [
            ("account-first-name", "Ada"),
            ("account-last-name", "Neuve"),
            ("account-email", taken.as_str()),
            ("account-password", "Corail tuile vent 84"),
        ] {
            admin.fill(hook, text).await;
        }
        // The foot of the dialog is in view however long it is.
        let in_view = |hook: &str| {
            format!("(() => {{ const {{ top, bottom }} = one('{hook}').getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }})()")
        };
        admin.until("the button", &in_view("account-submit")).await;
        admin.until("the way out", &in_view("dialog-cancel")).await;
        admin.click("account-submit").await;
        admin.until("the mark", "one('account-email').getAttribute('aria-invalid') === 'true'").await;
        admin.until("the focus", "document.activeElement === one('account-email')").await;
        admin.until("the field", &in_view("account-email")).await;

        // Closed by mistake, it is as it was, but for the password; cancelled, it is empty.
        admin.press(Key::Escape).await;
        admin.see_nothing_of("account-email").await;
        admin.click("account-new").await;
        admin.until_is("the name", "one('account-first-name').value", json!("Ada")).await;
        assert_eq!(admin.look("one('account-password').value").await, json!(""));
        admin.click("dialog-cancel").await;
        admin.click("account-new").await;
        admin.until_is("no name", "one('account-first-name').value", json!("")).await;
    })
    .await;
}

#[tokio::test]
async fn what_was_typed_survives_a_reload_and_the_first_line_keeps_its_indentation() {
    perform("drafts", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        let broker = stage.browser("broker").await;
        broker.sign_in(&login).await;
        broker.open_page("/broker/invite").await;
        broker.fill("invite-first-name", "Zoé").await;
        broker.reload().await;
        broker.until_is("the name", "one('invite-first-name')?.value", json!("Zoé")).await;

        broker.open_page("/broker/transactions/1").await;
        broker.until_conversation().await;
        broker.say("    fn main() {}").await;
        broker.until_reads(&["    fn main() {}"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_slip_of_the_slider_can_be_taken_back_and_the_end_is_asked_for() {
    perform("slider", async |stage: &mut Stage| {
        let api = stage.demo.sign_in(&stage.demo.broker).await;
        let login = stage.demo.broker.clone();
        let broker = stage.browser("broker").await;
        broker.sign_in(&login).await;
        broker.open_page("/broker/transactions/1").await;
        let progress = async || api.get(FIRST).await.expect(200)["transaction"]["progress"].clone();
        let before = progress().await;
        broker.until("the slider", "one('progress-slider')").await;
        broker.look("one('progress-slider').focus()").await;
        broker.press(Key::Right).await;
        broker.click("progress-undo").await;
        broker.until_is("the slider", "Number(one('progress-slider').value)", before.clone()).await;
        broker.press(Key::End).await;
        broker.see("confirm").await;
        assert_eq!(progress().await, before);
        broker.press(Key::Escape).await;
        broker.until_is("the slider", "Number(one('progress-slider').value)", before.clone()).await;
        broker.look("one('progress-slider').focus()").await;
        broker.press(Key::End).await;
        broker.click("confirm").await;
        broker.until("the end", "all('event').at(-1).textContent.includes('100')").await;
        assert_eq!(progress().await, json!(100));
    })
    .await;
}

#[tokio::test]
async fn back_closes_the_details_and_stays_in_the_room() {
    perform("details", async |stage: &mut Stage| {
        let login = stage.demo.client.clone();
        let client: Browser = stage.browser("client").await;
        client.sign_in(&login).await;
        client.resize(PHONE).await;
        client.open_page("/client").await;
        client.click("open-details").await;
        client.see("panel-close").await;
        client.look("history.back()").await;
        client.see_nothing_of("panel-close").await;
        client.see("composer-input").await;
        client.look("history.back()").await;
        client.until_path("/client").await;
    })
    .await;
}

#[tokio::test]
async fn a_menu_knows_the_arrows_and_closes_when_one_leaves_it() {
    perform("menu", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        let broker = stage.browser("broker").await;
        broker.sign_in(&login).await;
        broker.until("the menu's button", "one('account-menu')").await;
        broker.look("one('account-menu').focus()").await;
        broker.press(Key::Down).await;
        broker.until("the first", "document.activeElement === one('open-account')").await;
        broker.press(Key::Up).await;
        broker.until("the last", "document.activeElement === one('sign-out')").await;
        broker.press(Key::Tab).await;
        broker.see_nothing_of("sign-out").await;
        broker.look("one('account-menu').focus()").await;
        broker.press(Key::Down).await;
        broker.see("sign-out").await;
        broker.press(Key::Escape).await;
        broker.see_nothing_of("sign-out").await;
        broker.until("the button", "document.activeElement === one('account-menu')").await;
    })
    .await;
}

#[tokio::test]
async fn an_invitation_can_lead_to_any_of_many_transactions() {
    perform("invite-list", async |stage: &mut Stage| {
        let api = stage.demo.sign_in(&stage.demo.broker).await;
        let mut ids = Vec::new();
        for number in 1..=62 {
            ids.push(api.open_transaction(&format!("Villa numéro {number}")).await.0);
        }
        let login = stage.demo.broker.clone();
        let broker = stage.browser("broker").await;
        broker.sign_in(&login).await;
        broker.open_page("/broker/invite").await;
        // The 60th from the top of the list, newest first, is on no first page.
        let wanted = ids[2];
        let option = format!("document.querySelector('[data-test=invite-transaction] option[value=\"{wanted}\"]')");
        broker.until("the list", "one('invite-transaction').options.length > 10").await;
        assert_eq!(broker.look(&format!("{option} === null")).await, json!(true));
        broker.fill("invite-transaction-search", "numéro 3").await;
        broker.until("the 60th", &option).await;
        broker.choose("invite-transaction", &wanted.to_string()).await;
        // What is chosen stays chosen when one looks for something else.
        broker.fill("invite-transaction-search", "numéro 41").await;
        broker
            .until(
                "another",
                &format!("document.querySelector('[data-test=invite-transaction] option[value=\"{}\"]')", ids[40]),
            )
            .await;
        assert_eq!(broker.text_of("one('invite-transaction').value").await, wanted.to_string());
        for (hook, text) in
            [("invite-first-name", "Zoé"), ("invite-last-name", "Petit"), ("invite-email", "zoe@example.org")]
        {
            broker.fill(hook, text).await;
        }
        broker.click("invite-submit").await;
        broker.until_path("/broker/clients").await;
        let list = api.get("/api/v1/client-invitations?q=zoe@example.org").await.expect(200).clone();
        assert_eq!(list["invitations"][0]["transaction_id"], json!(wanted));
    })
    .await;
}

#[tokio::test]
async fn a_password_manager_finds_whose_password_it_is() {
    perform("password-manager", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        let broker = stage.browser("broker").await;
        broker.sign_in(&login).await;
        broker.open_page("/account").await;
        broker.see("current-password").await;
        // In the order of the form: whose it is, the old one, the new one.
        let fields = "[...one('current-password').form.elements].filter((field) => field.matches('input')).map((field) => [field.autocomplete, field.autocomplete === 'username' ? field.value : field.type])";
        let expected = json!([["username", login.email], ["current-password", "password"], ["new-password", "password"]]);
        assert_eq!(broker.look(fields).await, expected);
    })
    .await;
}

/// Between two looks at a form somebody else has changed another field: it stays as they left it.
#[tokio::test]
async fn a_form_writes_only_what_was_changed_in_it() {
    perform("differences", async |stage: &mut Stage| {
        let api = stage.demo.sign_in(&stage.demo.broker).await;
        let page = stage.browser("broker").await;
        page.sign_in(&stage.demo.broker).await;

        let form = json!({ "first_name": "Zoé", "last_name": "Marin", "email": "zoe.marin@example.org",
            "project_type": "sale", "phone": "+33 6 12 34 56 78" });
        let made = api.post("/api/v1/client-invitations", form).await;
        let path = format!("/api/v1/client-invitations/{}", made.expect(201)["invitation"]["id"]);
        page.open_page(&format!("/broker/invite?edit={}", made.json["invitation"]["id"])).await;
        page.until_is("the name", "one('invite-first-name')?.value", json!("Zoé")).await;
        let elsewhere = json!({ "phone": "+33 6 99 99 99 99", "access": { "tasks": false } });
        api.patch(&path, elsewhere).await.expect(200);
        page.fill("invite-first-name", "Chloé").await;
        page.look("one('access-calendar').click()").await;
        page.click("invite-submit").await;
        page.until_path("/broker/clients").await;
        let stored = api.get(&path).await.expect(200)["invitation"].clone();
        let told = ["first_name", "phone"].map(|field| stored[field].clone());
        assert_eq!(told, [json!("Chloé"), json!("+33 6 99 99 99 99")]);
        let flags = |access: &Value| ["tasks", "calendar", "messaging"].map(|flag| access[flag].clone());
        assert_eq!(flags(&stored["access"]), [json!(false), json!(false), json!(true)]);

        let transaction = api.get(FIRST).await.expect(200)["transaction"].clone();
        let people = transaction["participants"].as_array().expect("a list");
        let client = people.iter().find(|person| person["role"] == "client").expect("a client")["account_id"].clone();
        page.open_page("/broker/transactions/1").await;
        let row = format!("document.querySelector('[data-test=participant-row][data-account=\"{client}\"]')");
        page.until("their row", &format!("Boolean({row}?.querySelector('[data-test=participant-edit]'))")).await;
        page.look(&format!("{row}.querySelector('[data-test=participant-edit]').click()")).await;
        page.see("access-submit").await;
        let of_client = format!("{FIRST}/participants/{client}");
        api.patch(&of_client, json!({ "access": { "tasks": false } })).await.expect(200);
        page.look("document.querySelector('dialog [data-test=access-calendar]').click()").await;
        page.click("access-submit").await;
        page.see_nothing_of("access-submit").await;
        let stored = api.get(FIRST).await.expect(200)["transaction"].clone();
        let people = stored["participants"].as_array().expect("a list");
        let access = &people.iter().find(|person| person["account_id"] == client).expect("the client")["access"];
        assert_eq!(flags(access), [json!(false), json!(false), json!(true)]);
    })
    .await;
}

/// Of requests that end in `link`.
const FIRST_ANSWER_IS_LOST: &str =
    "(window.keys = [], window.ask = window.fetch, window.fetch = async (url, options) => {
    if (!url.endsWith('link')) return ask(url, options);
    keys.push(options.headers['Idempotency-Key'] ?? null);
    const answer = await ask(url, options);
    if (keys.length === 1) throw new TypeError('lost');
    return answer;
})";

/// Every request that makes something says which one it is, so that a repetition makes nothing more.
#[tokio::test]
async fn a_link_whose_answer_is_lost_is_asked_for_as_the_same() {
    perform("link-key", async |stage: &mut Stage| {
        let api = stage.demo.sign_in(&stage.demo.broker).await;
        let form = json!({ "first_name": "Zoé", "last_name": "Marin", "email": "zoe.marin@example.org", "project_type": "sale" });
        api.post("/api/v1/client-invitations", form).await.expect(201);
        let page = stage.browser("broker").await;
        page.sign_in(&stage.demo.broker).await;
        page.open_page("/broker/clients").await;
        page.until("the row", "Boolean(one('invitation-link'))").await;
        page.look(FIRST_ANSWER_IS_LOST).await;
        page.look("one('invitation-link').click()").await;
        page.until("the lost one", "keys.length === 1").await;
        page.until("what went wrong", "Boolean(document.querySelector('.toast'))").await;
        page.look("one('invitation-link').click()").await;
        page.see("invitation-link-value").await;
        page.look("document.querySelector('dialog').close()").await;
        page.look("one('invitation-link').click()").await;
        page.see("invitation-link-value").await;
        let keys = page.look("keys").await;
        assert!(keys[0].is_string() && keys[0] == keys[1], "{keys}");
        assert!(keys[2].is_string() && keys[2] != keys[1], "another link is another request: {keys}");

        // A link for a new password, of which there is one in five minutes: the repetition is not refused.
        page.open_page("/broker/clients?view=clients").await;
        page.until("the client", "Boolean(one('access-link'))").await;
        page.look(FIRST_ANSWER_IS_LOST).await;
        for count in 1..=2 {
            page.click_css("[data-test=client-row]:has([data-test=access-link]) [data-test=client-actions]").await;
            page.click("access-link").await;
            page.see("confirm").await;
            page.click("confirm").await;
            page.until("the request", &format!("keys.length === {count}")).await;
            page.see_nothing_of("confirm").await;
            let refused = "document.querySelector('[data-test=access-link-refused]').textContent !== ''";
            let told = if count == 1 { refused } else { "Boolean(document.querySelector('.toast'))" };
            page.until("what became of it", told).await;
        }
        let keys = page.look("keys").await;
        assert!(keys[0].is_string() && keys[0] == keys[1], "{keys}");
    })
    .await;
}

//! Every dialog, menu and panel that opens over a page, and forms with their mistakes. Each is for everybody's use, in both languages,
//! on a phone and on a desk, light and dark; none complains. `tests/js/dialogs.test.js` compares the dialogs with those of the code.

use std::path::Path;

use serde_json::json;

use crate::browser::{Browser, DESKTOP, PHONE};
use crate::demo::Login;
use crate::stage::{Stage, perform};
use crate::wire::{Flow, Wire};

enum OpeningStep {
    Click(&'static str),
    /// Runs this expression as soon as it does not fail.
    Run(&'static str),
    /// Waits until this is something.
    Until(&'static str),
    /// Gives this table to the field that takes a file.
    Attach(&'static str, &'static str),
}

use OpeningStep::{Attach, Click, Run, Until};

/// A page, the steps there, and the hook of the part that is seen then.
type Opened = (&'static str, &'static [OpeningStep], &'static str);

const TABLE: &str =
    "first_name;last_name;email\nZoe;Lambert;zoe@example.org\n;Petit;petit@\nAnne;Petit;anne.petit@demo.example\n";
const ROOM: &str = "/broker/transactions/1";
const CLIENTS: &str = "/broker/clients?view=clients";
const PANEL: OpeningStep = Click("panel-open");
const COMPLETE: OpeningStep = Run(
    "(() => { const slider = one('progress-slider'); slider.value = 100; for (const type of ['input', 'change']) slider.dispatchEvent(new Event(type)); })()",
);

const OF_A_BROKER: &[Opened] = &[
    ("/broker", &[Click("account-menu")], "sign-out"),
    ("/broker", &[Click("transaction-new")], "transaction-dialog"),
    ("/broker", &[Click("transaction-new"), Click("transaction-submit")], "transaction-dialog"),
    ("/broker/clients", &[Click("invitation-actions")], "invitation-cancel"),
    ("/broker/clients", &[Click("invitation-actions"), Click("invitation-link")], "invitation-link-dialog"),
    ("/broker/clients", &[Click("invitation-actions"), Click("invitation-cancel")], "invitation-cancel-dialog"),
    (CLIENTS, &[Click("client-new")], "client-dialog"),
    (CLIENTS, &[Click("client-new"), Click("client-submit")], "client-dialog"),
    (CLIENTS, &[Click("client-import")], "client-import-dialog"),
    (CLIENTS, &[Click("client-import"), Attach("import-file", TABLE)], "import-line"),
    (
        CLIENTS,
        &[Click("client-import"), Attach("import-file", "nothing"), Until("one('import-refused').textContent")],
        "import-refused",
    ),
    ("/broker/clients?view=clients&q=anne", &[Click("client-actions")], "client-edit"),
    ("/broker/clients?view=clients&q=anne", &[Click("client-actions"), Click("client-edit")], "client-dialog"),
    ("/broker/clients?view=clients&q=durand", &[Click("client-actions"), Click("client-edit")], "client-dialog"),
    ("/broker/clients?view=clients&q=durand", &[Click("client-actions"), Click("access-link")], "access-link-dialog"),
    (
        "/broker/clients?view=clients&q=durand",
        &[Click("client-actions"), Click("client-deactivate")],
        "client-deactivate-dialog",
    ),
    ("/broker/invite", &[Run("document.querySelector('details').open = true")], "access-documents"),
    ("/broker/invite", &[Run("one('invite-submit').click()")], "invite-form"),
    ("/demo/mailbox", &[Click("mailbox-open")], "mailbox-frame"),
    (ROOM, &[PANEL], "participant-add"),
    (ROOM, &[PANEL, Click("transaction-edit")], "transaction-dialog"),
    (ROOM, &[PANEL, Click("transaction-cancel")], "transaction-cancel-dialog"),
    (ROOM, &[PANEL, COMPLETE], "progress-complete"),
    (ROOM, &[PANEL, Click("participant-add")], "participant-dialog"),
    (ROOM, &[PANEL, Click("participant-edit")], "participant-access-dialog"),
    (ROOM, &[PANEL, Click("participant-remove")], "participant-remove-dialog"),
];

const OF_A_CLIENT: &[Opened] = &[
    ("/client/transactions/1", &[PANEL], "participant-leave"),
    ("/client/transactions/1", &[PANEL, Click("participant-leave")], "leave-dialog"),
    ("/client/transactions/1", &[PANEL, Click("participant-leave"), Click("confirm")], "leave-sure-dialog"),
];

const OF_AN_ADMIN: &[Opened] = &[
    ("/admin", &[Click("account-new")], "account-dialog"),
    ("/admin", &[Click("account-new"), Click("account-submit")], "account-dialog"),
    ("/admin", &[Click("account-actions")], "account-deactivate"),
    ("/admin", &[Click("account-actions"), Click("access-link")], "access-link-dialog"),
    ("/admin", &[Click("account-actions"), Click("account-deactivate")], "account-deactivate-dialog"),
    ("/account", &[Run("one('password-submit').click()")], "password-submit"),
];

#[tokio::test]
async fn what_opens_over_the_pages_of_a_broker_is_for_everybody() {
    perform("opened-broker", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        judge_all(stage, &login, OF_A_BROKER).await;
    })
    .await;
}

#[tokio::test]
async fn what_opens_over_the_pages_of_a_client_is_for_everybody() {
    perform("opened-client", async |stage: &mut Stage| {
        let login = stage.demo.client.clone();
        judge_all(stage, &login, OF_A_CLIENT).await;
    })
    .await;
}

#[tokio::test]
async fn what_opens_over_the_pages_of_an_administrator_is_for_everybody() {
    perform("opened-admin", async |stage: &mut Stage| {
        let login = stage.demo.admin.clone();
        judge_all(stage, &login, OF_AN_ADMIN).await;
    })
    .await;
}

/// The one question that needs an outage.
#[tokio::test]
async fn the_question_about_unsent_messages_is_for_everybody() {
    perform("opened-unsent", async |stage: &mut Stage| {
        let wire = Wire::to(stage.demo.port());
        let client = stage.browser_on(&wire, "client").await;
        client.sign_in(&stage.demo.client).await;
        client.resize(PHONE).await;
        client.open_page("/client/transactions/1").await;
        client.until_conversation().await;
        wire.set(Flow::Cut);
        client.network(false).await;
        client.say("Un").await;
        client.until("a message that waits", "messages().at(-1).state === 'pending'").await;
        // On a phone the room has no header.
        client.resize(DESKTOP).await;
        client.click("account-menu").await;
        client.click("sign-out").await;
        client.see("sign-out-dialog").await;
        judge(&client, "sign-out-dialog", "fr").await;
    })
    .await;
}

/// A question that nobody has answered changes nothing.
#[tokio::test]
async fn a_page_that_is_left_with_a_question_open_completes_nothing() {
    perform("opened-left", async |stage: &mut Stage| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let broker = stage.browser("broker").await;
        broker.sign_in(&stage.demo.broker).await;
        broker.open_page(ROOM).await;
        take(&broker, &COMPLETE, folder.path()).await;
        broker.see("progress-complete").await;
        broker.open_page("/broker").await;
        broker.see("transaction-row").await;
        broker.open_page(ROOM).await;
        broker.until_is("the progress", "one('progress-slider')?.value", json!("40")).await;
    })
    .await;
}

async fn judge_all(stage: &mut Stage, login: &Login, opened: &[Opened]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let browser = stage.browser(&login.email).await;
    browser.sign_in(login).await;
    for language in ["fr", "en"] {
        browser.speak(language).await;
        for (path, steps, hook) in opened {
            browser.resize(PHONE).await;
            browser.open_page(path).await;
            browser.complaints().await;
            for step in *steps {
                take(&browser, step, folder.path()).await;
            }
            browser.see(hook).await;
            judge(&browser, &format!("{hook} over {path} in {language}"), language).await;
            let complaints: Vec<String> =
                browser.complaints().await.into_iter().filter(|text| !is_answer(text)).collect();
            assert_eq!(complaints, Vec::<String>::new(), "{hook} over {path} in {language}");
        }
    }
}

async fn take(browser: &Browser, step: &OpeningStep, folder: &Path) {
    match step {
        Click(hook) => browser.click(hook).await,
        // The page may still be on its way.
        Run(script) => {
            browser.until(script, &format!("({script}, true)")).await;
        }
        Until(expression) => {
            browser.until("what comes of it", expression).await;
        }
        Attach(hook, text) => {
            let file = folder.join("Clients-2026.csv");
            std::fs::write(&file, text).expect("a file");
            browser.attach(hook, &file).await;
        }
    }
}

async fn judge(browser: &Browser, what: &str, language: &str) {
    for size in [PHONE, DESKTOP] {
        browser.resize(size).await;
        let flaws = browser.flaws().await;
        assert_eq!(flaws, json!([]), "{what} at {size:?}: {flaws:#}");
    }
    // What the rules look at hardly depends on the language: the second one is judged in one size.
    let sizes: &[_] = if language == "fr" { &[PHONE, DESKTOP] } else { &[PHONE] };
    assert_eq!(browser.faults(sizes).await, Vec::<String>::new(), "{what}");
}

/// The console names a request that was refused, also where the page says so.
fn is_answer(complaint: &str) -> bool {
    complaint.contains("/clients/import/preview") && complaint.contains("422")
}

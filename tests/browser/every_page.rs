//! Every page, for each who may see it: in both languages, on a phone and on a desk, light and dark. No page complains,
//! none is wider than the screen, none shows the name of a text in place of the text.

use serde_json::json;

use crate::browser::{Browser, DESKTOP, PHONE};
use crate::demo::Login;
use crate::stage::{Stage, perform};

/// Drawn, with everything that it had to load.
const READY: &str = "document.querySelector('#app h1') && !document.querySelector('.loading, [aria-busy=true]')";

#[tokio::test]
async fn the_pages_of_a_broker() {
    perform("pages-broker", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        let pages = [
            "/broker",
            "/broker/clients",
            "/broker/clients?view=clients",
            "/broker/invite",
            "/broker/transactions/1",
            "/account",
            "/demo/mailbox",
            "/broker/nowhere",
        ];
        visit_as(stage, &login, &pages).await;
    })
    .await;
}

#[tokio::test]
async fn the_pages_of_a_client() {
    perform("pages-client", async |stage: &mut Stage| {
        let login = stage.demo.client.clone();
        let pages = ["/client", "/client/transactions/1", "/account", "/demo/mailbox", "/client/transactions/999"];
        visit_as(stage, &login, &pages).await;
    })
    .await;
}

#[tokio::test]
async fn the_pages_of_an_administrator_and_of_nobody() {
    perform("pages-admin", async |stage: &mut Stage| {
        let mails = stage.demo.sign_in(&stage.demo.broker).await;
        let id = mails.get("/api/v1/client-invitations").await.expect(200)["invitations"][0]["id"].clone();
        let link = mails.post(&format!("/api/v1/client-invitations/{id}/link"), json!({})).await;
        let link = url::Url::parse(link.expect(201)["link"].as_str().expect("a link")).expect("an address");

        let somebody = stage.browser("somebody").await;
        for (language, size) in [("fr", PHONE), ("en", DESKTOP)] {
            somebody.open_page("/sign-in").await;
            somebody.click(&format!("language-{language}")).await;
            for path in [
                "/sign-in",
                "/reset",
                "/reset/code",
                "/access/unknown",
                link.path(),
                "/client/invitation/unknown",
                "/setup/unknown",
                "/demo/mailbox",
                "/nowhere",
            ] {
                visit(&somebody, path, language, size).await;
            }
        }
        let login = stage.demo.admin.clone();
        visit_as(stage, &login, &["/admin", "/account", "/demo/mailbox"]).await;
    })
    .await;
}

async fn visit_as(stage: &mut Stage, login: &Login, pages: &[&str]) {
    let browser = stage.browser(&login.email).await;
    browser.sign_in(login).await;
    for (language, size) in [("fr", PHONE), ("en", DESKTOP)] {
        browser.speak(language).await;
        for path in pages {
            visit(&browser, path, language, size).await;
        }
    }
}

/// Opens the page once, in the given size, and then looks at it in both sizes and in both lights.
async fn visit(browser: &Browser, path: &str, language: &str, size: (u32, u32)) {
    browser.resize(size).await;
    browser.complaints().await;
    browser.open_page(path).await;
    browser.until("the page", READY).await;
    let other = if size == PHONE { DESKTOP } else { PHONE };
    for size in [size, other] {
        browser.resize(size).await;
        for scheme in ["light", "dark"] {
            browser.prefer(scheme).await;
            let flaws = browser.flaws().await;
            assert_eq!(flaws, json!([]), "{path} in {language} at {size:?}, {scheme}: {flaws:#}");
        }
    }
    // What the rules look at hardly depends on the language: the second one is judged in one size.
    let sizes: &[_] = if language == "fr" { &[PHONE, DESKTOP] } else { &[PHONE] };
    assert_eq!(browser.faults(sizes).await, Vec::<String>::new(), "{path} in {language}");
    assert_eq!(browser.look("document.documentElement.lang").await, json!(language), "{path}");
    let complaints: Vec<String> =
        browser.complaints().await.into_iter().filter(|text| !is_allowed(path, text)).collect();
    assert_eq!(complaints, Vec::<String>::new(), "{path} in {language}");
}

/// Only a page that does not exist may have been told so.
fn is_allowed(path: &str, complaint: &str) -> bool {
    let is_dead = path.contains("unknown") || path.contains("nowhere") || path.contains("999");
    is_dead && ["404", "410"].iter().any(|status| complaint.contains(status))
}

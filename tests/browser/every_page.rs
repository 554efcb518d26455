//! Every page, for each who may see it: in both languages, on a phone and on a desk, light and dark. No page complains,
//! none is wider than the screen, none shows the name of a text in place of the text.

use serde_json::json;

use crate::browser::{Browser, DESKTOP, PHONE};
use crate::demo::Login;
use crate::stage::{Stage, perform};

/// What is wrong with what is seen, as a list of sentences.
const FLAWS: &str = r#"
    (() => {
        const flaws = [];
        const page = document.scrollingElement;
        if (page.scrollWidth > innerWidth) {
            const wide = [...document.querySelectorAll("body *")].filter((node) => node.getBoundingClientRect().right > innerWidth + 1);
            flaws.push(`${page.scrollWidth} px wide: ${wide.slice(0, 3).map((node) => node.outerHTML.slice(0, 120)).join(" … ")}`);
        }
        const isKey = (text) => /(^|[\s(«“])[a-z]+(_[a-z]+)*(\.[a-z0-9]+(_[a-z0-9]+)*)+$/.test(text) && !/[@/]|demo\.example|example\.org/.test(text);
        const isHole = (text) => /\{\w*\}|\bundefined\b|\bNaN\b|\[object |\bInvalid Date\b/.test(text);
        const texts = [];
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) texts.push(walker.currentNode.data.trim());
        for (const node of document.querySelectorAll("*")) {
            for (const name of ["aria-label", "title", "placeholder", "alt", "aria-valuetext"]) if (node.hasAttribute(name)) texts.push(node.getAttribute(name));
        }
        texts.push(document.title);
        for (const text of texts) if (isKey(text) || isHole(text)) flaws.push(`no text for a reader: ${text}`);
        const nameless = [...document.querySelectorAll("button, a[href], input, select, textarea")].filter((node) => shown(node) && !(node.textContent.trim() || node.getAttribute("aria-label") || node.title || node.labels?.length));
        for (const node of nameless) flaws.push(`nothing says what it is: ${node.outerHTML.slice(0, 120)}`);
        if (document.querySelectorAll("h1").length !== 1) flaws.push(`${document.querySelectorAll("h1").length} first headings`);
        return flaws;
    })()
"#;

/// Drawn, with everything that it had to load.
const READY: &str = "document.querySelector('#app h1') && !document.querySelector('.loading, [aria-busy=true]')";

#[tokio::test]
async fn the_pages_of_a_broker() {
    perform("pages-broker", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        let pages = [
            "/broker",
            "/broker/clients",
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
            let flaws = browser.look(FLAWS).await;
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

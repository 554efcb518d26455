//! How much a page needs before it can be used: requests and bytes, at the first visit and at the second.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::stage::{Stage, perform};

/// The moment at which the page can be used, noted by the page itself before its own scripts run.
const WATCH: &str = r#"
    const usable = () => document.querySelector(
        '[data-test=sign-in-form], [data-test=transaction-row], [data-test=composer-input] ~ *, [data-test=invite-form]');
    new MutationObserver((_, observer) => {
        const isRoom = document.querySelector('conversation-view');
        if (isRoom ? !document.querySelector('[data-test=message]') : !usable()) return;
        window.usableAt = performance.now();
        observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
"#;

/// What had begun by then. The document itself is one of them, and so is the socket, which resources do not count.
const COST: &str = r#"
    (() => {
        const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
        const early = entries.filter(({ name, startTime }) => startTime <= window.usableAt && !name.startsWith('data:'));
        return {
            requests: early.length + (document.querySelector('meta[name=account]') ? 1 : 0),
            bytes: early.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
            assets: early.filter(({ name, transferSize }) => name.includes('/static/') && transferSize > 0).map(({ name }) => name),
            all: early.map(({ name, encodedBodySize }) => `${encodedBodySize} ${new URL(name).pathname}`),
        };
    })()
"#;

const MOST_REQUESTS: u64 = 8;
const MOST_BYTES: u64 = 90 * 1024;

async fn cost(browser: &Browser, path: &str) -> Value {
    browser.open_page(path).await;
    browser.until("a page that can be used", "window.usableAt").await;
    browser.look(COST).await
}

#[tokio::test]
async fn a_page_can_be_used_after_few_requests_and_few_bytes() {
    perform("first-paint", async |stage: &mut Stage| {
        let (broker, client) = (stage.demo.broker.clone(), stage.demo.client.clone());
        let visits = [
            (None, "/sign-in"),
            (Some(&broker), "/broker"),
            (Some(&broker), "/broker/invite"),
            (Some(&broker), "/broker/transactions/1"),
            (Some(&client), "/client"),
            (Some(&client), "/client/transactions/1"),
        ];
        for (login, path) in visits {
            let browser = stage.browser(path).await;
            if let Some(login) = login {
                browser.sign_in(login).await;
                browser.devtools("Network.enable", json!({})).await;
                browser.devtools("Network.clearBrowserCache", json!({})).await;
            }
            browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await;
            let first = cost(&browser, path).await;
            assert!(first["requests"].as_u64().unwrap() <= MOST_REQUESTS, "{path}: {first:#}");
            assert!(first["bytes"].as_u64().unwrap() <= MOST_BYTES, "{path}: {first:#}");
            let again = cost(&browser, path).await;
            assert_eq!(again["assets"], json!([]), "{path}, the second time: {again:#}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_frame_of_the_page_stands_before_its_scripts() {
    perform("skeleton", async |stage: &mut Stage| {
        let browser = stage.browser("somebody").await;
        browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
        browser.open_page("/sign-in").await;
        let shown = browser.devtools("DOMSnapshot.captureSnapshot", json!({ "computedStyles": [] })).await;
        let text = shown["strings"].to_string();
        assert!(text.contains("gate-room") && text.contains("skeleton"), "{text}");
    })
    .await;
}

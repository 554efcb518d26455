//! Everything can be reached and seen without a mouse, and heard without a screen.

use serde_json::json;
use thirtyfour::prelude::*;

use crate::browser::{Browser, DESKTOP, PHONE};
use crate::stage::{Stage, perform};

/// How the focused element and the box around it look: where the focus is must show in it.
const LOOK: &str = "
    (node) => [node, node.parentElement].map((box) => {
        const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, transform } = getComputedStyle(box);
        return [outlineStyle === 'none' ? '' : outlineWidth + outlineColor, boxShadow, borderColor, transform].join('|');
    }).join('/')";

#[tokio::test]
async fn a_conversation_needs_no_mouse() {
    perform("keyboard", async |stage: &mut Stage| {
        let broker = stage.browser("broker").await;
        broker.sign_in(&stage.demo.broker).await;
        broker.click("transaction-row").await;
        broker.until_conversation().await;
        for size in [DESKTOP, PHONE] {
            broker.resize(size).await;
            broker.reload().await;
            broker.until_conversation().await;
            every_stop_is_visible(&broker).await;
        }
        broker.resize(DESKTOP).await;
        skips_to_the_content(&broker).await;
        writes_and_sends(&broker).await;
        moves_the_progress(&broker).await;
    })
    .await;
}

/// Once around the page with Tab.
async fn every_stop_is_visible(browser: &Browser) {
    // A mark that fades in or out cannot be judged in one moment.
    let at_once = "(() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync('* { transition: none !important; animation: none !important; }');
        document.adoptedStyleSheets.push(sheet);
        document.activeElement.blur();
    })()";
    browser.look(at_once).await;
    let mut stops = Vec::new();
    for _ in 0..60 {
        browser.press(Key::Tab).await;
        let stop = browser
            .look(&format!(
                "(() => {{
                    const node = document.activeElement;
                    if (node === document.body) return null;
                    const look = {LOOK};
                    const focused = look(node);
                    const box = node.getBoundingClientRect();
                    const name = node.dataset.test ?? node.getAttribute('aria-label') ?? node.textContent.trim();
                    const stop = {{ name, seen: shown(node) && box.width > 0 && box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight }};
                    // The same without the focus.
                    node.blur();
                    stop.marked = look(node) !== focused;
                    node.focus({{ preventScroll: true, focusVisible: true }});
                    return stop;
                }})()"
            ))
            .await;
        if stop.is_null() || stops.first() == Some(&stop) {
            break;
        }
        assert_eq!((&stop["seen"], &stop["marked"]), (&json!(true), &json!(true)), "the focus cannot be seen: {stop}");
        stops.push(stop);
    }
    let names: Vec<&str> = stops.iter().filter_map(|stop| stop["name"].as_str()).collect();
    let place = |name: &str| names.iter().position(|other| *other == name);
    assert!(place("message-scroll") < place("composer-input"), "{names:?}");
    assert!(place("composer-input").is_some() && place("composer-input") < place("composer-send"), "{names:?}");
}

async fn skips_to_the_content(browser: &Browser) {
    browser.reload().await;
    browser.until_conversation().await;
    browser.press(Key::Tab).await;
    let skip = "document.activeElement.matches('.skip-link') && document.activeElement.getBoundingClientRect().top >= 0 && document.activeElement.textContent !== ''";
    browser.until("the way past the navigation", skip).await;
    browser.press(Key::Enter).await;
    browser.press(Key::Tab).await;
    browser.until("the first stop inside", "document.querySelector('main').contains(document.activeElement)").await;
}

async fn writes_and_sends(browser: &Browser) {
    browser.look("one('message-scroll').focus()").await;
    while browser.look("document.activeElement === one('composer-input')").await == json!(false) {
        browser.press(Key::Tab).await;
    }
    browser.press("Sans souris").await;
    browser.press(Key::Tab).await;
    browser.until("the button", "document.activeElement === one('composer-send')").await;
    browser.press(Key::Space).await;
    browser.until_reads(&["Sans souris"]).await;
    browser.until("the field", "document.activeElement === one('composer-input')").await;
}

/// The control stays under the hand, and a run of strokes is one change.
async fn moves_the_progress(browser: &Browser) {
    let slider = "one('progress-slider')";
    browser.until_is("the progress", &format!("{slider}.value"), json!("40")).await;
    browser.look(&format!("{slider}.focus()")).await;
    let news = "all('event').filter((event) => event.dataset.kind === 'transaction_updated').map((event) => /\\d+/.exec(event.textContent)[0])";
    browser.press(Key::Right).await;
    browser.until_is("the news of it", news, json!(["40", "45"])).await;
    browser.until("the focus", &format!("document.activeElement === {slider}")).await;
    browser.press(Key::Right + Key::Right + Key::Right).await;
    browser.until_is("the news of it", news, json!(["40", "60"])).await;
    browser.until_is("the progress", &format!("{slider}.value"), json!("60")).await;
    browser.until("the focus", &format!("document.activeElement === {slider}")).await;
}

/// A dialog that a menu opened, closed by the key: the focus is where the hand was.
#[tokio::test]
async fn a_dialog_of_a_menu_gives_the_focus_back() {
    perform("menu-focus", async |stage: &mut Stage| {
        let broker = stage.browser("broker").await;
        broker.sign_in(&stage.demo.broker).await;
        for (path, menu, place, dialog) in [
            ("/broker/clients?view=clients&q=durand", "client-actions", 0, "client-dialog"),
            ("/broker/clients?view=clients&q=durand", "client-actions", 1, "access-link-dialog"),
            ("/broker/clients", "invitation-actions", 3, "invitation-cancel-dialog"),
        ] {
            broker.open_page(path).await;
            broker.see(menu).await;
            broker.look(&format!("one('{menu}').focus()")).await;
            broker.press(Key::Enter).await;
            for _ in 0..place {
                broker.press(Key::Down).await;
            }
            broker.press(Key::Enter).await;
            broker.see(dialog).await;
            broker.until("the focus inside", &format!("one('{dialog}').contains(document.activeElement)")).await;
            broker.press(Key::Escape).await;
            broker.until("the dialog closes", &format!("!one('{dialog}')")).await;
            broker.until_is("the focus", "focused()", json!(menu)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn news_is_announced_and_the_past_is_not() {
    perform("announcements", async |stage: &mut Stage| {
        let broker = stage.demo.sign_in(&stage.demo.broker).await;
        let client = stage.browser("client").await;
        client.sign_in(&stage.demo.client).await;
        client.until_path("/client").await;
        // Whatever is put into the log while it would be read aloud.
        client
            .look(
                "(() => {
                    window.announced = [];
                    new MutationObserver((changes) => {
                        for (const { target, addedNodes } of changes) {
                            const log = target.closest?.('[role=log]');
                            const isQuiet = !log || log.getAttribute('aria-live') !== 'polite' || log.getAttribute('aria-busy') === 'true';
                            const isOff = target.closest?.('[aria-live]') !== log;
                            if (!isQuiet && !isOff) for (const node of addedNodes) announced.push(node.textContent);
                        }
                    }).observe(document.body, { childList: true, subtree: true });
                })()",
            )
            .await;
        client.click("open-conversation").await;
        client.until_conversation().await;
        let log = "document.querySelectorAll('[role=log]')";
        client.until_is("one log", &format!("{log}.length"), json!(1)).await;
        client.until("that the log is live", &format!("{log}[0].getAttribute('aria-live') === 'polite' && !{log}[0].hasAttribute('aria-busy')")).await;
        assert_eq!(client.look("announced").await, json!([]), "the past is read aloud");
        assert_ne!(client.text_of(&format!("{log}[0].getAttribute('aria-label') ?? ''")).await, "");

        let id = client.path().await.replace("/client/transactions/", "");
        let path = format!("/api/v1/transactions/{id}/messages");
        broker.post(&path, json!({ "nonce": "news", "body": "Une nouvelle" })).await.expect(201);
        client.until_reads(&["Une nouvelle"]).await;
        client.until("the announcement", "announced.length === 1 && announced[0].includes('Une nouvelle')").await;
    })
    .await;
}

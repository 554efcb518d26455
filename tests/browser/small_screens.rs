//! Small screens, enlarged pages, colours of one's own.

use serde_json::json;

use crate::stage::{Stage, perform};

#[tokio::test]
async fn the_header_stays_and_what_has_the_focus_is_not_behind_the_tabs() {
    perform("sticky", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        let broker = stage.browser("broker").await;
        broker.sign_in(&login).await;
        broker.resize((390, 500)).await;
        broker.open_page("/account").await;
        broker.until("the page", "one('sign-out-page')").await;
        broker.look("scrollTo(0, 400)").await;
        broker.until_is("the header", "document.querySelector('.topbar').getBoundingClientRect().top", json!(0)).await;
        broker.look("one('sign-out-page').focus()").await;
        let clear = "one('sign-out-page').getBoundingClientRect().bottom <= document.querySelector('.tabs').getBoundingClientRect().top";
        broker.until("the button above the tabs", clear).await;
    })
    .await;
}

#[tokio::test]
async fn in_forced_colours_what_is_chosen_can_be_told() {
    perform("forced-colours", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        let broker = stage.browser("broker").await;
        broker.sign_in(&login).await;
        broker.open_page("/broker/clients").await;
        broker.until("the filters", "one('state-filter')").await;
        let forced = json!({ "features": [{ "name": "forced-colors", "value": "active" }] });
        broker.devtools("Emulation.setEmulatedMedia", forced).await;
        let differ = "(() => {
            const ground = (node) => getComputedStyle(node).backgroundColor;
            const pairs = [['.chip[aria-pressed=true]', '.chip[aria-pressed=false]'], ['.tab[aria-current]', '.tab:not([aria-current])'],
                ['.segment[aria-pressed=true]', '.segment[aria-pressed=false]']];
            return pairs.filter((pair) => { const [a, b] = pair.map((one) => document.querySelector(one)); return !a || !b || ground(a) === ground(b); });
        })()";
        broker.until_is("a difference", differ, json!([])).await;
    })
    .await;
}

#[tokio::test]
async fn enlarged_fourfold_a_conversation_still_shows_several_lines() {
    perform("zoom", async |stage: &mut Stage| {
        let login = stage.demo.client.clone();
        let client = stage.browser("client").await;
        client.sign_in(&login).await;
        client.resize((320, 256)).await;
        client.open_page("/client/transactions/1").await;
        client.until_conversation().await;
        let height = client.number_of("one('message-scroll').clientHeight").await;
        assert!(height >= 110.0, "{height} px are left");
    })
    .await;
}

#[tokio::test]
async fn a_small_phone_shows_the_clients_main_action_and_no_dialog_scrolls_sideways() {
    perform("small", async |stage: &mut Stage| {
        let (login, broker) = (stage.demo.client.clone(), stage.demo.broker.clone());
        let client = stage.browser("client").await;
        client.sign_in(&login).await;
        client.resize((360, 640)).await;
        client.open_page("/client").await;
        client.see("open-conversation").await;
        let above = "one('open-conversation').getBoundingClientRect().bottom <= document.querySelector('.tabs').getBoundingClientRect().top";
        client.until("the main action", above).await;

        let desk = stage.browser("broker").await;
        desk.sign_in(&broker).await;
        for size in [(320, 568), (360, 640)] {
            desk.resize(size).await;
            desk.open_page("/broker/transactions/1").await;
            desk.click("panel-open").await;
            desk.click("transaction-edit").await;
            desk.see("transaction-submit").await;
            let fits = "(() => { const node = document.querySelector('dialog[open]'); return node.scrollWidth <= node.clientWidth && [...node.querySelectorAll('.input, .choice, .button')].every((inner) => inner.getBoundingClientRect().right <= innerWidth); })()";
            desk.until(&format!("{size:?} wide enough"), fits).await;
        }
    })
    .await;
}

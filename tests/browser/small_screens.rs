//! Small screens, enlarged pages, colours of one's own.

use serde_json::json;
use thirtyfour::prelude::*;

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
        // In the window, and behind the tabs.
        broker.look("scrollBy(0, one('sign-out-page').getBoundingClientRect().bottom - innerHeight + 4)").await;
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
async fn a_small_phone_shows_the_transaction_and_then_the_way_to_write() {
    perform("small", async |stage: &mut Stage| {
        let login = stage.demo.client.clone();
        let client = stage.browser("client").await;
        client.sign_in(&login).await;
        for size in [(320, 568), (360, 640), (390, 844)] {
            client.resize(size).await;
            client.open_page("/client").await;
            client.see("open-conversation").await;
            let order = "(() => {
                const [band, contact] = ['.overview-main', '.contact'].map((one) => document.querySelector(one).getBoundingClientRect());
                const write = one('open-conversation').getBoundingClientRect(), tabs = document.querySelector('.tabs').getBoundingClientRect();
                return [band.height <= 96, band.bottom <= contact.top, write.bottom <= Math.min(560, tabs.top)];
            })()";
            client.until_is(&format!("what comes first at {size:?}"), order, json!([true, true, true])).await;
        }
        // The whole band leads to the details.
        client.look("(() => { const { left, top } = document.querySelector('.overview-main').getBoundingClientRect(); document.elementFromPoint(left + 20, top + 20).click(); })()").await;
        client.see("panel-close").await;
    })
    .await;
}

#[tokio::test]
async fn the_header_of_a_room_says_where_the_transaction_stands() {
    perform("room-header", async |stage: &mut Stage| {
        let (login, broker) = (stage.demo.client.clone(), stage.demo.broker.clone());
        let api = stage.demo.sign_in(&broker).await;
        api.patch("/api/v1/transactions/1", json!({ "end_date": "2027-03-01" })).await.expect(200);
        let client = stage.browser("client").await;
        client.sign_in(&login).await;
        client.resize((360, 640)).await;
        client.open_page("/client/transactions/1").await;
        client.until_conversation().await;
        let state = "one('room-state').textContent.replace(/\\s/g, ' ')";
        client.until_is("where it stands", state, json!("En cours · 40 % · échéance 1er mars 2027")).await;
        let inside = "[...document.querySelectorAll('.conversation-head *')].every((node) => node.getBoundingClientRect().right <= innerWidth)";
        assert_eq!(client.look(inside).await, json!(true));
        api.patch("/api/v1/transactions/1", json!({ "progress": 55, "end_date": null })).await.expect(200);
        client.until_is("where it stands now", state, json!("En cours · 55 %")).await;
    })
    .await;
}

#[tokio::test]
async fn the_columns_of_a_form_stay_apart_on_a_phone() {
    perform("columns", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        let desk = stage.browser_with_scrollbars("broker").await;
        desk.sign_in(&login).await;
        for size in [(320, 568), (360, 640), (390, 844), (430, 900)] {
            desk.resize(size).await;
            desk.open_page("/broker/transactions/1").await;
            desk.click("panel-open").await;
            desk.click("transaction-edit").await;
            desk.see("transaction-submit").await;
            let fits = "(() => {
                const node = document.querySelector('dialog[open]');
                const box = (one) => one.getBoundingClientRect();
                const fields = [...node.querySelectorAll('.field')];
                const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
                return {
                    sideways: node.scrollWidth > node.clientWidth,
                    burst: fields.flatMap((field) => [...field.querySelectorAll('.input, .choice')].filter((one) => box(one).left < box(field).left - 1 || box(one).right > box(field).right + 1)).map((one) => one.name),
                    overlaps: fields.filter((one, index) => fields.some((other, place) => place > index && meet(box(one), box(other)))).length,
                };
            })()";
            desk.until_is(&format!("the columns at {size:?}"), fits, json!({ "sideways": false, "burst": [], "overlaps": 0 })).await;
            let beside = "one('transaction-submit') && new Set([...document.querySelectorAll('dialog input[type=date]')].map((one) => one.getBoundingClientRect().top)).size === 1";
            assert_eq!(desk.look(beside).await, json!(size.0 >= 400), "one column below 400 px, two above: {size:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_empty_date_looks_empty_and_a_restored_one_filled() {
    perform("dates", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        let broker = stage.browser("broker").await;
        broker.sign_in(&login).await;
        broker.open_page("/broker").await;
        broker.click("transaction-new").await;
        let empty = "[...document.querySelectorAll('dialog input[type=date]')].map((one) => one.dataset.empty)";
        broker.until_is("both empty", empty, json!(["true", "true"])).await;
        broker.look("(() => { const one = document.querySelector('dialog input[type=date]'); one.value = '2027-03-01'; one.dispatchEvent(new Event('input', { bubbles: true })); })()").await;
        broker.until_is("one filled", empty, json!(["false", "true"])).await;
        broker.press(Key::Escape).await;
        broker.see_nothing_of("transaction-submit").await;
        broker.click("transaction-new").await;
        broker.until_is("the kept date", empty, json!(["false", "true"])).await;
    })
    .await;
}

#[tokio::test]
async fn a_link_can_be_left_without_copying_it_and_the_menu_of_the_last_row_is_whole() {
    perform("row-menu", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        let broker = stage.browser("broker").await;
        broker.sign_in(&login).await;
        broker.resize((360, 640)).await;
        broker.open_page("/broker/clients").await;
        broker.see("invitation-actions").await;
        // As the keyboard does: a click of the driver would fall on the tabs.
        broker.look("one('invitation-actions').focus()").await;
        broker.press(Key::Enter).await;
        let whole = "(() => {
            const last = one('invitation-cancel'), { left, top, bottom, height } = last.getBoundingClientRect();
            return bottom <= innerHeight && last.contains(document.elementFromPoint(left + 20, top + height / 2));
        })()";
        broker.until("the whole menu", whole).await;
        broker.click("invitation-link").await;
        broker.see("invitation-link-value").await;
        broker.click("dialog-cancel").await;
        broker.see_nothing_of("invitation-link-value").await;
        broker.until("the focus where it was", "document.activeElement === one('invitation-actions')").await;
    })
    .await;
}

#[tokio::test]
async fn the_tools_of_the_clients_and_the_actions_of_one_stand_in_line() {
    perform("client-lines", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        let broker = stage.browser("broker").await;
        broker.sign_in(&login).await;
        broker.open_page("/broker/clients?view=clients").await;
        broker.until("the rows", "all('client-row').length === 2").await;
        // Whose middles differ stand on different lines.
        let lines = |groups: &str| {
            format!(
                "{groups}.map((nodes) => new Set(nodes.map((node) => {{ const {{ top, bottom }} = node.getBoundingClientRect(); return Math.round((top + bottom) / 16); }})).size)"
            )
        };
        let tools = lines("[...document.querySelectorAll('.list-tools')].map((tools) => [...tools.querySelectorAll('.segments, .chip, .search, .button')])");
        broker.until_is("two lines of tools", &tools, json!([1, 1])).await;
        let actions = lines("all('client-row').map((row) => [...row.querySelectorAll('.row-side .button, .row-side .icon-button')])");
        for size in [(320, 568), (360, 640), (390, 844)] {
            broker.resize(size).await;
            broker.until_is(&format!("one line of actions at {size:?}"), &actions, json!([1, 1])).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_name_of_the_house_and_the_languages_stand_side_by_side() {
    perform("gate-small", async |stage: &mut Stage| {
        let somebody = stage.browser("somebody").await;
        for size in [(320, 568), (360, 640)] {
            somebody.resize(size).await;
            somebody.open_page("/sign-in").await;
            somebody.see("sign-in-submit").await;
            let apart = "(() => {
                const [name, sign, languages] = ['.gate-tools .wordmark span', '.gate-tools .wordmark svg', '.gate-tools .language-switch'].map((one) => document.querySelector(one).getBoundingClientRect());
                return sign.width >= 16 && sign.right <= name.left && name.right <= languages.left && languages.right <= innerWidth;
            })()";
            somebody.until(&format!("side by side at {size:?}"), apart).await;
        }
    })
    .await;
}

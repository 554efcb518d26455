//! What people write: any direction, any length. It turns nothing around it, and widens no page.

use serde_json::json;

use crate::browser::{Browser, DESKTOP, PHONE};
use crate::stage::{Stage, perform};

const WIDE: &str = "(() => {
    const page = document.scrollingElement;
    if (page.scrollWidth <= innerWidth) return [];
    const wide = [...document.querySelectorAll('body *')].filter((node) => node.getBoundingClientRect().right > innerWidth + 1);
    return [page.scrollWidth, ...wide.slice(0, 5).map((node) => node.outerHTML.slice(0, 120))];
})()";
const READY: &str = "document.querySelector('#app h1') && !document.querySelector('.loading, [aria-busy=true]')";

#[tokio::test]
async fn one_word_of_two_hundred_letters_widens_no_page() {
    perform("long-words", async |stage: &mut Stage| {
        let long = "W".repeat(200);
        let broker = stage.demo.sign_in(&stage.demo.broker).await;
        let client = stage.demo.sign_in(&stage.demo.client).await;
        let account = client.get("/api/v1/me").await.expect(200)["account"]["id"].clone();
        let name = json!({ "first_name": "F".repeat(100), "last_name": "L".repeat(100) });
        client.patch("/api/v1/me", name).await.expect(200);
        let fields = json!({ "title": long, "kind": "purchase", "address": long, "city": "C".repeat(100) });
        let opened = broker.post("/api/v1/transactions", fields).await;
        let id = opened.expect(201)["transaction"]["id"].clone();
        let participants = format!("/api/v1/transactions/{id}/participants");
        broker.post(&participants, json!({ "account_id": account })).await.expect(201);
        let messages = format!("/api/v1/transactions/{id}/messages");
        broker.post(&messages, json!({ "nonce": "n", "body": "m".repeat(2_000) })).await.expect(201);
        broker.patch(&format!("/api/v1/transactions/{id}"), json!({ "title": "V".repeat(200) })).await.expect(200);
        let invitation = json!({
            "first_name": "F".repeat(100), "last_name": "L".repeat(100), "email": format!("{}@example.org", "e".repeat(60)),
            "project_type": "purchase", "language": "fr", "transaction_id": id,
        });
        broker.post("/api/v1/client-invitations", invitation).await.expect(201);

        let pages = ["/broker", "/broker/clients", "/broker/clients?view=clients", "/broker/invite", "/demo/mailbox"];
        let room = format!("/broker/transactions/{id}");
        let page = stage.browser("broker").await;
        page.sign_in(&stage.demo.broker).await;
        fits(&page, pages.into_iter().chain([room.as_str()])).await;
        let room = format!("/client/transactions/{id}");
        let page = stage.browser("client").await;
        page.sign_in(&stage.demo.client).await;
        fits(&page, ["/client", room.as_str(), "/account"].into_iter()).await;
        let page = stage.browser("admin").await;
        page.sign_in(&stage.demo.admin).await;
        fits(&page, ["/admin"].into_iter()).await;
    })
    .await;
}

async fn fits(page: &Browser, paths: impl Iterator<Item = &str>) {
    for path in paths {
        page.open_page(path).await;
        page.until("the page", READY).await;
        for size in [PHONE, DESKTOP] {
            page.resize(size).await;
            assert_eq!(page.look(WIDE).await, json!([]), "{path} at {size:?}");
        }
    }
}

#[tokio::test]
async fn a_text_has_its_own_direction_and_a_name_turns_nothing() {
    perform("directions", async |stage: &mut Stage| {
        let client = stage.browser("client").await;
        client.sign_in(&stage.demo.client).await;
        client.click("open-conversation").await;
        client.until_conversation().await;
        client.write("שלום https://example.org/a").await;
        let direction = |selector: &str| format!("getComputedStyle({selector}).direction");
        assert_eq!(client.text_of(&direction("one('composer-input')")).await, "rtl");
        client.press("\u{e007}").await;
        client.until_reads(&["שלום https://example.org/a"]).await;
        let bubble = "all('message').at(-1).querySelector('.bubble p')";
        assert_eq!(client.text_of(&direction(bubble)).await, "rtl");
        assert_eq!(client.text_of(&direction(&format!("{bubble}.querySelector('a')"))).await, "ltr");
        let authors = "all('message').filter(({ dataset }) => dataset.own === 'false').every((node) => node.querySelector('.message-author bdi'))";
        assert_eq!(client.look(authors).await, json!(true));
    })
    .await;
}

//! Scrollbars that take room, as on most desks: nothing stands beside its column because of them.

use serde_json::json;

use crate::browser::DESKTOP;
use crate::stage::{Stage, perform};

#[tokio::test]
async fn messages_and_composer_are_one_column() {
    perform("scrollbars", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        let broker = stage.browser_with_scrollbars("broker").await;
        broker.sign_in(&login).await;
        for size in [DESKTOP, (1280, 460), (900, 460), (390, 460)] {
            broker.resize(size).await;
            broker.open_page("/broker/transactions/1").await;
            broker.until_conversation().await;
            let edges = "(() => {
                const column = document.querySelector('.message-column'), style = getComputedStyle(column), outer = column.getBoundingClientRect();
                const box = document.querySelector('.composer-box').getBoundingClientRect();
                return [Math.round(outer.left + parseFloat(style.paddingLeft) - box.left), Math.round(outer.right - parseFloat(style.paddingRight) - box.right)];
            })()";
            broker.until_is(&format!("one column at {size:?}"), edges, json!([0, 0])).await;
        }
        // Else nothing was shown.
        let bar = broker.number_of("one('message-scroll').offsetWidth - one('message-scroll').clientWidth").await;
        assert!(bar >= 8.0, "a scrollbar of {bar} px");
    })
    .await;
}

#[tokio::test]
async fn no_stripe_stands_beside_a_mail() {
    perform("mail-stripe", async |stage: &mut Stage| {
        let login = stage.demo.broker.clone();
        let broker = stage.browser_with_scrollbars("broker").await;
        broker.sign_in(&login).await;
        broker.open_page("/broker/invite").await;
        let page = "document.querySelector('.mail iframe')?.contentDocument";
        broker.until("a mail that scrolls", &format!("{page}?.querySelector('table') && {page}.documentElement.scrollHeight > {page}.defaultView.innerHeight")).await;
        // What lies under the thumb is the mail's own paper.
        let track = format!("getComputedStyle({page}.documentElement).scrollbarColor.endsWith('rgba(0, 0, 0, 0)')");
        assert_eq!(broker.look(&track).await, json!(true));
    })
    .await;
}

//! The page that shows the API's document, under the policy of all pages: nothing inline, nothing from elsewhere.

use crate::browser::{DESKTOP, PHONE};
use crate::stage::{Stage, perform, screenshots};

#[tokio::test]
async fn the_api_is_shown_without_a_complaint_of_the_browser() {
    perform("api-docs", async |stage: &mut Stage| {
        let reader = stage.browser("reader").await;
        for (name, size) in [("desktop", DESKTOP), ("phone", PHONE)] {
            reader.resize(size).await;
            reader.open_page("/api/docs").await;
            reader.until("the operations", "document.querySelectorAll('.opblock').length > 40").await;
            reader.click_css("#operations-session-session\\.create .opblock-summary-control").await;
            reader.until("an operation", "document.querySelector('.opblock-body .responses-table')").await;
            if let Some(folder) = screenshots() {
                reader.picture(&folder.join(format!("api-docs-{name}.png"))).await;
            }
        }
        assert_eq!(reader.complaints().await, Vec::<String>::new());
    })
    .await;
}

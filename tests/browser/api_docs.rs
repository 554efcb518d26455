//! The page that shows the API's document, under the policy of all pages: nothing inline, nothing from elsewhere.

use crate::browser::{DESKTOP, PHONE};
use crate::stage::{Stage, perform};

#[tokio::test]
async fn the_api_is_shown_without_a_complaint_of_the_browser() {
    perform("api-docs", async |stage: &mut Stage| {
        let reader = stage.browser("reader").await;
        for size in [DESKTOP, PHONE] {
            reader.resize(size).await;
            reader.open_page("/api/docs").await;
            reader.until("the operations", "document.querySelectorAll('.opblock').length > 40").await;
            reader.click_css(".opblock-summary-control").await;
            reader.until("an operation", "document.querySelector('.opblock-body .responses-table')").await;
        }
        assert_eq!(reader.complaints().await, Vec::<String>::new());
    })
    .await;
}

//! The API's document and its page.

use crate::support::{TestApp, sqlite_database};

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere_and_the_document_is_served() {
    let app = TestApp::start(&sqlite_database());
    let nobody = app.anonymous();
    let document = nobody.get("/api/v1/openapi.json").await;
    assert_eq!(document.expect(200)["openapi"], "3.1.0");
    let page = nobody.get("/api/docs").await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(!page.header("content-security-policy").contains("unsafe"), "the policy of all pages");
    let addresses = page.text.split(['"', '>']).filter(|part| part.contains('/') && !part.starts_with('<'));
    let mut loaded = 0;
    for address in addresses.filter(|part| part.starts_with('/') || part.contains("://")) {
        let file = nobody.get(address).await;
        assert_eq!(file.status.as_u16(), 200, "{address}");
        loaded += 1;
    }
    assert_eq!(loaded, 4, "an icon, a style sheet and two scripts");
}

#[tokio::test]
async fn a_file_of_the_page_is_sent_packed_and_once() {
    let app = TestApp::start(&sqlite_database());
    let nobody = app.anonymous();
    let ask = async |headers: &[(&str, &str)]| {
        let request = nobody.request(reqwest::Method::GET, "/api/docs/swagger-ui.css");
        nobody.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    };
    let plain = ask(&[]).await;
    assert!(plain.text.contains(".swagger-ui"));
    let packed = ask(&[("accept-encoding", "gzip")]).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    let known = ask(&[("if-none-match", plain.header("etag"))]).await;
    assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));
    nobody.get("/api/docs/no-such-file").await.expect_refusal(404, "route_unknown");
}

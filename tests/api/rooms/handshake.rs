//! Who gets a socket: the session decides, and for a browser's cookie also where the page comes from.

use super::*;

#[tokio::test]
async fn a_socket_needs_a_session_and_a_cookie_needs_the_own_origin() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    let token = ana.token.clone().unwrap();
    let (cookie, bearer) = (("cookie", app.cookie(&token)), ("authorization", format!("Bearer {token}")));
    let origin = |origin: &str| ("origin", origin.to_owned());
    let forged = token.chars().rev().collect::<String>();
    for (headers, expected) in [
        (vec![], Some(401)),
        (vec![origin(&app.url)], Some(401)),
        (vec![("authorization", "Bearer nonsense".to_owned())], Some(401)),
        (vec![("authorization", format!("Bearer {forged}"))], Some(401)),
        (vec![("cookie", app.cookie(&forged)), origin(&app.url)], Some(401)),
        (vec![cookie.clone()], Some(403)),
        (vec![cookie.clone(), origin("https://elsewhere.example")], Some(403)),
        (vec![cookie.clone(), origin("null")], Some(403)),
        (vec![cookie.clone(), origin(&format!("{}.elsewhere.example", app.url))], Some(403)),
        (vec![cookie.clone(), ("sec-fetch-site", "cross-site".to_owned())], Some(403)),
        (vec![bearer.clone(), origin("https://elsewhere.example")], Some(403)),
        (vec![cookie.clone(), origin(&app.url)], None),
        (vec![bearer.clone()], None),
    ] {
        match Socket::open_with(&app.url, &headers).await {
            Ok(mut socket) => {
                assert_eq!(expected, None, "{headers:?}");
                assert_eq!(socket.expect("hello").await["account"], json!(ana.account()));
            }
            Err(status) => assert_eq!(Some(status), expected, "{headers:?}"),
        }
    }
}

#[tokio::test]
async fn a_plain_request_gets_no_socket() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    let answer = ana.get("/api/v1/socket").await;
    assert!(answer.status.is_client_error(), "{answer:?}");
    assert_eq!(app.anonymous().get("/api/v1/socket").await.status, 401);
}

//! The browser's part: kept for ever under an address that changes with it, compressed, and asked for at once.

use reqwest::Method;
use reqwest::header::{ACCEPT_ENCODING, COOKIE, IF_NONE_MATCH};

use crate::support::{HttpAnswer, Person, TestApp, sqlite_database};

/// The addresses in the document that begin with `/static/`.
fn parts(document: &str) -> Vec<String> {
    document.split('"').filter(|text| text.starts_with("/static/")).map(str::to_owned).collect()
}

async fn encoded(person: &Person, path: &str, encoding: &str) -> HttpAnswer {
    person.send(person.request(Method::GET, path).header(ACCEPT_ENCODING, encoding)).await
}

#[tokio::test]
async fn what_the_document_names_is_there_and_is_kept_for_ever() {
    let app = TestApp::start(&sqlite_database());
    let nobody = app.anonymous();
    let document = nobody.get("/sign-in").await;
    assert_eq!(document.header("cache-control"), "no-store");
    let parts = parts(&document.text);
    for end in [
        "css/site.css",
        "js/app.js",
        "js/i18n/en/passwords.resets.sign-in.js",
        "js/pages/sign-in.js",
        "img/touch.png",
        "manifest.webmanifest",
    ] {
        assert!(parts.iter().any(|part| part.ends_with(end)), "{end} is not in {parts:?}");
    }
    assert!(!document.text.contains("{{"), "{}", document.text);
    for part in parts {
        let answer = nobody.get(&part).await;
        assert_eq!(answer.status, 200, "{part}");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable", "{part}");
    }
}

#[tokio::test]
async fn each_page_asks_for_its_own_script_and_one_dictionary() {
    let app = TestApp::start(&sqlite_database());
    let (nobody, ana) = (app.anonymous(), app.broker("Ana").await);
    let french = nobody.speaking("fr").get("/sign-in").await.text;
    assert!(french.contains("js/i18n/fr/passwords.resets.sign-in.js") && !french.contains("js/i18n/en"));
    let chosen = nobody.send(nobody.request(Method::GET, "/sign-in").header(COOKIE, "lang=fr")).await.text;
    assert!(chosen.contains("js/i18n/fr/passwords.resets.sign-in.js"));
    // Their account is English, whatever their browser is.
    let own = ana.speaking("fr").get("/broker/transactions/12").await.text;
    assert!(own.contains("js/i18n/en/clients.conversation.participants.transactions.js"), "{own}");
    assert!(own.contains("lang=\"en\"") && own.contains("js/pages/transaction.js"));
    assert!(own.contains("data-layout=\"room\""));
}

#[tokio::test]
async fn the_document_says_who_is_signed_in_so_that_the_page_need_not_ask() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    ana.patch("/api/v1/me", serde_json::json!({ "last_name": "O\"<b>&" })).await.expect(200);
    let document = ana.get("/broker").await.text;
    let (_, rest) = document.split_once("<meta name=\"account\" content=\"").expect("an account");
    let (written, _) = rest.split_once('"').expect("the end of it");
    let json = written.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let told: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(told, ana.get("/api/v1/me").await.expect(200)["account"]);
    assert!(!app.anonymous().get("/broker").await.text.contains("name=\"account\""));
}

#[tokio::test]
async fn an_installation_has_its_own_word_for_brokers() {
    let app = TestApp::start_with(&sqlite_database(), &[("ENTREMISE_BRAND_BROKER_LABEL", "adviser")]);
    let nobody = app.anonymous();
    assert!(nobody.get("/sign-in").await.text.contains("[&quot;broker&quot;,&quot;adviser&quot;]"));
    let refused = nobody.get("/api/v1/client-invitations/token/unknown").await;
    let message = refused.json["error"]["message"].as_str().expect("words").to_owned();
    assert!(message.contains("adviser") && !message.contains("broker"), "{message}");
    let plain = TestApp::start(&sqlite_database());
    assert!(!plain.anonymous().get("/sign-in").await.text.contains("name=\"words\""));
}

#[tokio::test]
async fn a_reader_gets_the_best_compression_it_understands() {
    let app = TestApp::start(&sqlite_database());
    let nobody = app.anonymous();
    let document = nobody.get("/sign-in").await.text;
    let script = parts(&document).into_iter().find(|part| part.ends_with("js/app.js")).expect("a script");
    let plain = encoded(&nobody, &script, "identity").await;
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "Accept-Encoding"));
    for (asked, given) in [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("zstd", "")] {
        let answer = encoded(&nobody, &script, asked).await;
        assert_eq!(answer.header("content-encoding"), given, "{asked}");
        assert_eq!(answer.header("vary"), "Accept-Encoding", "{asked}");
        assert_eq!(answer.header("content-type"), plain.header("content-type"));
    }
    let picture = encoded(&nobody, "/static/img/touch.png", "br, gzip").await;
    assert_eq!((picture.status.as_u16(), picture.header("content-encoding")), (200, ""));
}

#[tokio::test]
async fn an_address_without_the_digest_is_asked_for_again() {
    let app = TestApp::start(&sqlite_database());
    let nobody = app.anonymous();
    let file = nobody.get("/static/img/arches.svg").await;
    assert_eq!(file.header("cache-control"), "no-cache");
    let tag = file.header("etag").to_owned();
    let again = nobody.send(nobody.request(Method::GET, "/static/img/arches.svg").header(IF_NONE_MATCH, &tag)).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    // A page of another version asks for its parts: they are what is here, but not for ever.
    let foreign = nobody.get("/static/0123456789abcdef/img/arches.svg").await;
    assert_eq!((foreign.status.as_u16(), foreign.header("cache-control")), (200, "no-store"));
    for path in
        ["/static/0123456789abcdef/none.js", "/static/index.html", "/static/js/kit/el.js", "/static/../Cargo.toml"]
    {
        assert_eq!(nobody.get(path).await.status, 404, "{path}");
    }
}

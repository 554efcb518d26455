//! Somebody who uses a server: signed in with a token, or nobody in particular.

use entremise::domain::{AccountId, SessionId};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::socket::{PATIENCE, Socket};

#[derive(Clone)]
pub struct Person {
    http: reqwest::Client,
    url: String,
    pub token: Option<String>,
    language: &'static str,
    identity: Option<(AccountId, SessionId, String)>,
}

/// A status and the JSON that came with it (`null` if none did).
#[derive(Debug)]
pub struct HttpAnswer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    pub json: Value,
}

impl Person {
    pub fn new(url: &str, token: Option<String>) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            // Sooner than the server: what is sent into a connection that it is about to close has no answer.
            .pool_idle_timeout(std::time::Duration::from_secs(2))
            .build()
            .expect("a client");
        Self { http, url: url.to_owned(), token, language: "en", identity: None }
    }

    pub fn with_account(self, account: AccountId, session: SessionId, email: &str) -> Self {
        Self { identity: Some((account, session, email.to_owned())), ..self }
    }

    /// The same person with a browser in another language (`Accept-Language`).
    pub fn speaking(&self, language: &'static str) -> Self {
        Self { language, ..self.clone() }
    }

    /// The same person, asking another node.
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn account(&self) -> AccountId {
        self.identity.as_ref().expect("somebody").0
    }

    pub fn session(&self) -> SessionId {
        self.identity.as_ref().expect("somebody").1
    }

    pub fn email(&self) -> &str {
        &self.identity.as_ref().expect("somebody").2
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url)).header("accept-language", self.language);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> HttpAnswer {
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("the answer is whole");
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        HttpAnswer { status, headers, text, json }
    }

    pub async fn get(&self, path: &str) -> HttpAnswer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> HttpAnswer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// As [`Person::post`], as a client that may have to repeat it.
    pub async fn post_once(&self, key: &str, path: &str, body: Value) -> HttpAnswer {
        self.send(self.request(Method::POST, path).header("idempotency-key", key).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> HttpAnswer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> HttpAnswer {
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> HttpAnswer {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub async fn head(&self, path: &str) -> HttpAnswer {
        self.send(self.request(Method::HEAD, path)).await
    }

    /// Connects and reads `hello`.
    pub async fn socket(&self) -> Socket {
        let mut socket = Socket::open(&self.url, self.token.as_deref()).await.expect("the handshake succeeds");
        socket.expect("hello").await;
        socket
    }

    /// Opens a transaction; gives it and its room.
    pub async fn open_transaction(&self, title: &str) -> (i64, i64) {
        let answer = self.post("/api/v1/transactions", json!({ "title": title, "kind": "purchase" })).await;
        let transaction = answer.expect(201)["transaction"].clone();
        (transaction["id"].as_i64().expect("an id"), transaction["room"]["id"].as_i64().expect("a room"))
    }

    /// Adds another broker to a transaction, by address, who accepts: the simplest way to a second member.
    pub async fn add(&self, transaction: i64, other: &Person) {
        self.ask(transaction, other).await;
        other.at(&self.url).post(&accept_path(transaction), json!({})).await.expect(200);
    }

    /// This broker's record of a client with an account.
    pub async fn record_of(&self, client: &Person) -> i64 {
        let answer = self.get(&format!("/api/v1/clients?account_id={}", client.account())).await;
        answer.expect(200)["clients"][0]["id"].as_i64().unwrap_or_else(|| panic!("no record: {}", answer.json))
    }

    /// Asks another broker to take part.
    pub async fn ask(&self, transaction: i64, other: &Person) -> HttpAnswer {
        let path = format!("/api/v1/transactions/{transaction}/participants");
        let answer = self.post(&path, json!({ "email": other.email() })).await;
        answer.expect(201);
        answer
    }
}

pub fn accept_path(transaction: i64) -> String {
    format!("/api/v1/participation-requests/{transaction}/accept")
}

impl HttpAnswer {
    /// The JSON, if the status is as expected.
    #[track_caller]
    pub fn expect(&self, status: u16) -> &Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        &self.json
    }

    /// Status and code of a refusal.
    #[track_caller]
    pub fn expect_refusal(&self, status: u16, code: &str) -> &Value {
        assert_eq!((self.status.as_u16(), self.json["error"]["code"].as_str()), (status, Some(code)), "{}", self.text);
        assert!(self.json["error"]["message"].as_str().is_some_and(|m| m.len() > 5), "no readable text: {}", self.text);
        assert!(self.json["error"]["request_id"].as_str().is_some_and(|id| id.len() == 16), "{}", self.text);
        &self.json["error"]
    }

    /// A 422 whose fields are exactly these, in this order, each with its code.
    #[track_caller]
    pub fn expect_fields(&self, fields: &[(&str, &str)]) {
        assert_eq!(self.status.as_u16(), 422, "{}", self.text);
        let found: Vec<(&str, &str)> = self.json["error"]["fields"]
            .as_array()
            .expect("a list of fields")
            .iter()
            .map(|f| (f["field"].as_str().unwrap_or_default(), f["code"].as_str().unwrap_or_default()))
            .collect();
        assert_eq!(found, fields, "{}", self.text);
        assert_eq!(self.json["error"]["field"], fields[0].0, "{}", self.text);
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

//! One person's browser: looks until it sees, and then acts. Nothing here waits for a time, only for a sight.

mod machine;

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use self::machine::capabilities;
use crate::demo::Login;
use crate::support::services;

/// Longer than anything should take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(40);

pub const DESKTOP: (u32, u32) = (1280, 800);
pub const PHONE: (u32, u32) = (390, 844);

/// What every look may use: elements are found by `data-test`, not by class or text.
const SPECTACLES: &str = r#"
    const all = (hook) => [...document.querySelectorAll(`[data-test="${hook}"]`)];
    const one = (hook) => all(hook)[0] ?? null;
    const shown = (node) => Boolean(node?.checkVisibility({ visibilityProperty: true }));
    const words = (message) => {
        const text = message.querySelector(".bubble p").cloneNode(true);
        text.querySelector("time")?.remove();
        return text.textContent;
    };
    const messages = () => all("message").map((node) => ({
        body: words(node),
        own: node.dataset.own === "true",
        state: node.dataset.state,
        seq: Number(node.dataset.seq ?? 0),
    }));
    // Counts what happens to the children below an element, from now on: `changes()` tells.
    const observe = (selector) => {
        window.observed = (window.observer?.disconnect(), { inserted: [], removed: [] });
        window.observer = new MutationObserver((records) => records.forEach(note));
        window.observer.observe(document.querySelector(selector), { childList: true, subtree: true });
        return true;
    };
    const note = ({ target, addedNodes, removedNodes }) => {
        const isQuiet = Boolean(target.closest("[aria-live=off]:not([role=log])"));
        const what = (node) => `${isQuiet ? "quiet " : ""}${node.dataset?.test ?? node.localName ?? "text"} ${node.dataset?.seq ?? node.dataset?.id ?? ""}`.trim();
        observed.inserted.push(...[...addedNodes].map(what));
        observed.removed.push(...[...removedNodes].map(what));
    };
    const changes = () => {
        return (window.observer.takeRecords().forEach(note), window.observed);
    };
    const focused = () => {
        const node = document.activeElement;
        return node === document.body ? "nothing" : [node.dataset.test ?? node.localName, node.dataset.id ?? node.dataset.value ?? ""].join(" ").trim();
    };
"#;

/// How a browser is started.
#[derive(Clone, Copy, Default)]
pub struct Setup {
    /// The port through which it reaches the server, if not straight.
    pub wire: Option<u16>,
    /// Scrollbars that take room, as on most desks; else there are none.
    pub scrollbars: bool,
}

#[derive(Clone)]
pub struct Browser {
    pub name: String,
    pub driver: WebDriver,
    origin: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ShownMessage {
    pub body: String,
    pub own: bool,
    pub state: String,
    /// 0 while it has none.
    pub seq: i64,
}

impl Browser {
    pub async fn open(name: &str, origin: &str, profile: &Path, setup: Setup) -> Self {
        let capabilities = capabilities(origin, profile, setup).expect("capabilities");
        let driver = WebDriver::new(services::chromedriver_url(), capabilities).await.expect("a browser opens");
        let browser = Self { name: name.to_owned(), driver, origin: origin.to_owned() };
        browser.resize(DESKTOP).await;
        browser
    }

    pub async fn quit(self) {
        if let Err(error) = self.driver.quit().await {
            eprintln!("the browser of {} did not quit: {error}", self.name);
        }
    }

    // ——— Going places ———

    pub async fn open_page(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.origin)).await.expect("the page opens");
        self.be_looked_at().await;
    }

    /// Several browsers have one screen here: each of them counts as the one in front.
    pub async fn be_looked_at(&self) {
        self.devtools("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await;
    }

    pub async fn reload(&self) {
        self.driver.refresh().await.expect("the page opens again");
    }

    /// A page outside the product.
    pub async fn open_elsewhere(&self) {
        self.driver.goto("about:blank").await.expect("nothing opens");
    }

    /// Waits for this many pages, and turns to the newest.
    pub async fn front_page(&self, number: usize) {
        let handle = self
            .poll("a new page", async || {
                let mut windows = self.driver.windows().await.map_err(|error| error.to_string())?;
                if windows.len() == number { Ok(windows.remove(number - 1)) } else { Err(format!("{windows:?}")) }
            })
            .await;
        self.driver.switch_to_window(handle).await.expect("the new page");
        self.be_looked_at().await;
    }

    /// Turns to the oldest page.
    pub async fn first_page(&self) {
        let mut windows = self.driver.windows().await.expect("there are pages");
        self.driver.switch_to_window(windows.remove(0)).await.expect("the first page");
        self.be_looked_at().await;
    }

    pub async fn sign_in(&self, login: &Login) {
        self.open_page("/sign-in").await;
        self.fill("sign-in-email", &login.email).await;
        self.fill("sign-in-password", &login.password).await;
        self.click("sign-in-submit").await;
        self.until("the way in", "location.pathname !== '/sign-in'").await;
    }

    /// The signed-in person's language, from the next page on.
    pub async fn speak(&self, language: &str) {
        let change = format!(
            "fetch('/api/v1/me', {{ method: 'PATCH', headers: {{ 'Content-Type': 'application/json', 'X-Requested-With': 'entremise' }}, \
             body: JSON.stringify({{ language: '{language}' }}) }}).then((answer) => answer.status)"
        );
        assert_eq!(self.look(&format!("await ({change})")).await, json!(200));
    }

    pub async fn until_path(&self, path: &str) {
        self.until_is("the page", "location.pathname", json!(path)).await;
    }

    pub async fn path(&self) -> String {
        self.text_of("location.pathname").await
    }

    // ——— Looking ———

    /// The value of an expression, now.
    pub async fn look(&self, expression: &str) -> Value {
        self.try_look(expression).await.expect("the page can be looked at")
    }

    async fn try_look(&self, expression: &str) -> WebDriverResult<Value> {
        let script = format!("{SPECTACLES} return ({expression});");
        Ok(self.driver.execute(script, Vec::new()).await?.json().clone())
    }

    /// For expressions that are a text.
    pub async fn text_of(&self, expression: &str) -> String {
        let value = self.look(expression).await;
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    pub async fn number_of(&self, expression: &str) -> f64 {
        let value = self.look(expression).await;
        value.as_f64().unwrap_or_else(|| panic!("{expression} is {value}"))
    }

    /// Looks until the expression is something; gives that.
    pub async fn until(&self, what: &str, expression: &str) -> Value {
        self.poll(what, async || {
            let seen = self.try_look(expression).await.map_err(|error| error.to_string())?;
            let is_there = !matches!(seen, Value::Null | Value::Bool(false)) && seen != json!(0) && seen != json!("");
            if is_there { Ok(seen) } else { Err(format!("`{expression}` is {seen}")) }
        })
        .await
    }

    pub async fn until_is(&self, what: &str, expression: &str, expected: Value) {
        self.poll(what, async || {
            let seen = self.try_look(expression).await.map_err(|error| error.to_string())?;
            if seen == expected { Ok(()) } else { Err(format!("`{expression}` is {seen:#}, not {expected:#}")) }
        })
        .await;
    }

    /// Waits until an element with this hook can be seen.
    pub async fn see(&self, hook: &str) {
        self.until(hook, &format!("all({}).some(shown)", json!(hook))).await;
    }

    pub async fn see_nothing_of(&self, hook: &str) {
        self.until(&format!("the end of {hook}"), &format!("!all({}).some(shown)", json!(hook))).await;
    }

    async fn poll<T>(&self, what: &str, look: impl AsyncFn() -> Result<T, String>) -> T {
        match eventually(look).await {
            Ok(found) => found,
            Err(trouble) => {
                let place = self.driver.current_url().await.map(String::from).unwrap_or_default();
                panic!("{} waited in vain for {what} on {place}: {trouble}", self.name);
            }
        }
    }

    // ——— Doing ———

    /// The first element that can be seen; it may come late, and it may be in motion.
    pub async fn click(&self, hook: &str) {
        self.click_css(&css(hook)).await;
    }

    pub async fn click_css(&self, selector: &str) {
        self.poll(selector, async || {
            let found = self.displayed(selector).await?;
            found.click().await.map_err(|error| error.to_string())
        })
        .await;
    }

    /// Replaces what stands in a field.
    pub async fn fill(&self, hook: &str, text: &str) {
        self.poll(hook, async || {
            let field = self.displayed(&css(hook)).await?;
            field.clear().await.map_err(|error| error.to_string())?;
            field.send_keys(text).await.map_err(|error| error.to_string())
        })
        .await;
    }

    /// Chooses an option by its value.
    pub async fn choose(&self, hook: &str, value: &str) {
        self.click_css(&format!("{} option[value={}]", css(hook), json!(value))).await;
    }

    /// Types without looking where: the focus decides.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        self.driver.action_chain().send_keys(keys).perform().await.expect("keys can be pressed");
    }

    pub async fn press_with_shift(&self, key: Key) {
        let chain = self.driver.action_chain().key_down(Key::Shift).send_keys(TypingData::from(key));
        chain.key_up(Key::Shift).perform().await.expect("keys can be pressed");
    }

    async fn displayed(&self, selector: &str) -> Result<WebElement, String> {
        for found in self.driver.find_all(By::Css(selector)).await.map_err(|error| error.to_string())? {
            if found.is_displayed().await.unwrap_or(false) {
                return Ok(found);
            }
        }
        Err(format!("no {selector} can be seen"))
    }

    // ——— The conversation ———

    /// Waits until the conversation stands on the page.
    pub async fn until_conversation(&self) {
        self.see("composer-input").await;
        self.until("the messages", "one('message') && !document.querySelector('.loading')").await;
    }

    pub async fn write(&self, text: &str) {
        self.click("composer-input").await;
        self.press(text).await;
    }

    pub async fn say(&self, text: &str) {
        self.write(text).await;
        self.press(Key::Enter).await;
    }

    pub async fn messages(&self) -> Vec<ShownMessage> {
        serde_json::from_value(self.look("messages()").await).expect("messages")
    }

    /// Waits until these are the last messages, all of them stored, each of them once.
    pub async fn until_reads(&self, last: &[&str]) {
        let expression = format!(
            "messages().slice(-{}).map(({{ body, state }}) => state === 'sent' ? body : `${{state}}: ${{body}}`)",
            last.len()
        );
        self.until_is("the messages", &expression, json!(last)).await;
        let messages = self.messages().await;
        for text in last {
            let times = messages.iter().filter(|message| message.body == *text).count();
            assert_eq!(times, 1, "{} sees “{text}” {times} times", self.name);
        }
    }
}

/// Looks until it succeeds; gives the last trouble when that takes too long.
pub async fn eventually<T>(look: impl AsyncFn() -> Result<T, String>) -> Result<T, String> {
    let begun = Instant::now();
    loop {
        match look().await {
            Err(_) if begun.elapsed() < PATIENCE => tokio::time::sleep(BETWEEN_LOOKS).await,
            outcome => return outcome,
        }
    }
}

pub fn css(hook: &str) -> String {
    format!("[data-test=\"{hook}\"]")
}

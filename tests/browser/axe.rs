//! The rules for everybody's use of a page (WCAG 2.2 A and AA, and good practice), as axe-core judges them.

use serde_json::{Value, json};

use crate::browser::{Browser, DESKTOP, PHONE};
use crate::stage::{Stage, perform};
use crate::support::services;

/// Of each fault: the rule, where, and what is wrong with it. The frame of a mail is not ours to judge.
const FAULTS: &str = r#"
    await (async () => {
        const { violations } = await axe.run({ exclude: ["iframe"] }, { rules: { "target-size": { enabled: true } }, resultTypes: ["violations"], iframes: false });
        return violations.flatMap(({ id, nodes }) => nodes.map(({ html, any, all, none }) => `${id}: ${html.slice(0, 160)}: ${[...any, ...all, ...none][0]?.message}`));
    })()
"#;

impl Browser {
    /// What axe finds on the page as it stands, in both sizes and both lights.
    pub async fn faults(&self, sizes: &[(u32, u32)]) -> Vec<String> {
        let mut found = Vec::new();
        let source = std::fs::read_to_string(services::axe()).expect("axe-core");
        self.devtools("Runtime.evaluate", json!({ "expression": source })).await;
        for &size in sizes {
            self.resize(size).await;
            for scheme in ["light", "dark"] {
                self.prefer(scheme).await;
                // A colour on its way to another is none of ours.
                self.until("rest", "document.getAnimations().every(({ playState }) => playState !== 'running')").await;
                let Value::Array(faults) = self.look(FAULTS).await else { panic!("axe gives a list") };
                found.extend(faults.iter().map(|fault| format!("{size:?} {scheme}: {fault}")));
            }
        }
        found
    }
}

/// What is open only after a click; every page itself is judged in `every_page`.
#[tokio::test]
async fn what_opens_over_a_page_is_for_everybody() {
    perform("axe", async |stage: &mut Stage| {
        let (broker, client, admin) = (stage.demo.broker.clone(), stage.demo.client.clone(), stage.demo.admin.clone());
        let opened = [
            (&broker, "/broker", vec!["transaction-new"]),
            (&broker, "/broker", vec!["account-menu"]),
            (&broker, "/broker/clients", vec!["view-clients"]),
            (&broker, "/broker/clients", vec!["invitation-actions"]),
            (&broker, "/broker/clients", vec!["invitation-actions", "invitation-link"]),
            (&broker, "/broker/transactions/1", vec!["panel-open"]),
            (&broker, "/broker/transactions/1", vec!["panel-open", "transaction-edit"]),
            (&broker, "/broker/transactions/1", vec!["panel-open", "participant-add"]),
            (&broker, "/broker/transactions/1", vec!["panel-open", "transaction-cancel"]),
            (&broker, "/demo/mailbox", vec!["mailbox-open"]),
            (&broker, "/broker/transactions/1", vec!["panel-open", "participant-edit"]),
            (&client, "/client/transactions/1", vec!["panel-open"]),
            (&client, "/client/transactions/1", vec!["panel-open", "participant-leave"]),
            (&admin, "/admin", vec!["account-new"]),
            (&admin, "/admin", vec!["access-link"]),
        ];
        for login in [&broker, &client, &admin] {
            let browser = stage.browser(&login.email).await;
            browser.sign_in(login).await;
            for (language, sizes) in [("fr", [PHONE, DESKTOP].as_slice()), ("en", &[PHONE])] {
                browser.speak(language).await;
                for (_, path, clicks) in opened.iter().filter(|(who, ..)| who.email == login.email) {
                    browser.resize(PHONE).await;
                    browser.open_page(path).await;
                    for hook in clicks {
                        browser.click(hook).await;
                    }
                    let faults = browser.faults(sizes).await;
                    assert_eq!(faults, Vec::<String>::new(), "{path} {clicks:?} in {language}");
                }
            }
        }
    })
    .await;
}

//! The faults of a page as it stands, by the rules for everybody's use of it (WCAG 2.2 A and AA, and good practice), as axe-core
//! judges them, and by our own.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::support::services;

/// Lists the faults: the rule of each, where it is, and what is wrong. The frame of a mail is not ours to judge.
const FAULTS: &str = r#"
    await (async () => {
        const { violations } = await axe.run({ exclude: ["iframe"] }, { rules: { "target-size": { enabled: true } }, resultTypes: ["violations"], iframes: false });
        return violations.flatMap(({ id, nodes }) => nodes.map(({ html, any, all, none }) => `${id}: ${html.slice(0, 160)}: ${[...any, ...all, ...none][0]?.message}`));
    })()
"#;

/// What else is wrong with what is seen, as a list of sentences.
const FLAWS: &str = r#"
    (() => {
        const flaws = [];
        const page = document.scrollingElement;
        if (page.scrollWidth > innerWidth) {
            const wide = [...document.querySelectorAll("body *")].filter((node) => node.getBoundingClientRect().right > innerWidth + 1);
            flaws.push(`${page.scrollWidth} px wide: ${wide.slice(0, 3).map((node) => node.outerHTML.slice(0, 120)).join(" … ")}`);
        }
        for (const node of document.querySelectorAll(".menu, dialog[open]")) {
            const { left, right, top } = node.getBoundingClientRect();
            if (shown(node) && (left < 0 || right > innerWidth || top < 0)) flaws.push(`cut off: ${node.outerHTML.slice(0, 120)}`);
        }
        const isKey = (text) => /(^|[\s(«“])[a-z]+(_[a-z]+)*(\.[a-z0-9]+(_[a-z0-9]+)*)+$/.test(text) && !/[@/]|demo\.example|example\.org/.test(text);
        const isHole = (text) => /\{\w*\}|\bundefined\b|\bNaN\b|\[object |\bInvalid Date\b/.test(text);
        const texts = [];
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) texts.push(walker.currentNode.data.trim());
        for (const node of document.querySelectorAll("*")) {
            for (const name of ["aria-label", "title", "placeholder", "alt", "aria-valuetext"]) if (node.hasAttribute(name)) texts.push(node.getAttribute(name));
        }
        texts.push(document.title);
        for (const text of texts) if (isKey(text) || isHole(text)) flaws.push(`no text for a reader: ${text}`);
        const nameless = [...document.querySelectorAll("button, a[href], input, select, textarea")].filter((node) => shown(node) && !(node.textContent.trim() || node.getAttribute("aria-label") || node.title || node.labels?.length));
        for (const node of nameless) flaws.push(`nothing says what it is: ${node.outerHTML.slice(0, 120)}`);
        if (document.querySelectorAll("h1").length !== 1) flaws.push(`${document.querySelectorAll("h1").length} first headings`);
        return flaws;
    })()
"#;

impl Browser {
    /// Parts that are wider than the screen, cut off, without a text or without a name.
    pub async fn flaws(&self) -> Value {
        self.look(FLAWS).await
    }

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

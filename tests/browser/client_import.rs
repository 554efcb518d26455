//! A table of clients from a spreadsheet: looked at, corrected, and taken in as a whole.

use serde_json::json;

use crate::browser::Browser;
use crate::stage::{Stage, perform};

const NUMBERS: &str = "all('import-line').map(({ dataset }) => Number(dataset.line))";

#[tokio::test]
async fn a_table_with_mistakes_is_corrected_and_then_taken_in_live() {
    perform("client-import", async |stage: &mut Stage| {
        let api = stage.demo.sign_in(&stage.demo.broker).await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("clients.csv");
        let (page, other) = (stage.browser("first device").await, stage.browser("other device").await);
        for browser in [&page, &other] {
            browser.sign_in(&stage.demo.broker).await;
            browser.open_page("/broker/clients?view=clients").await;
            browser.until("the list", "all('client-row').length === 2").await;
        }
        other.look("window.isTheSame = true").await;

        // The second person has no first name and half an address, the last one is known, and one line repeats another.
        let table = |second: &str, fourth: &str| {
            format!("Prénom;Nom;Adresse e-mail\nZoé;Lambert;zoe@example.org\n{second}\nYves;Marin;yves@example.org\n{fourth}\nAnne;Petit;anne.petit@demo.example\n")
        };
        std::fs::write(&file, table(";Petit;petit@", "Zoé;Bis;Zoe@example.org")).expect("a file");
        page.click("client-import").await;
        assert_eq!(page.look("one('import-submit').disabled").await, json!(true), "nothing is chosen");
        page.attach("import-file", &file).await;
        let errors = "all('import-line').map((line) => [Number(line.dataset.line), line.dataset.wrong ?? null, line.querySelectorAll('.row-alert').length])";
        page.until_is("what is wrong", errors, json!([[3, "true", 2], [5, "true", 1]])).await;
        let said = page.text_of("all('import-line').map((line) => line.textContent).join(' ')").await;
        for words in ["Prénom", "Adresse e", "Une ligne plus haut"] {
            assert!(said.contains(words), "{said}");
        }
        assert!(page.text_of("one('import-result').textContent").await.contains("2 lignes sont à corriger"));
        for (group, numbers) in [("", json!([2, 3, 4, 5, 6])), ("new", json!([2, 4])), ("known", json!([6])), ("wrong", json!([3, 5]))] {
            page.click_css(&format!("[data-test=import-filter] [data-value='{group}']")).await;
            page.until_is("the lines", NUMBERS, numbers).await;
        }
        assert_eq!(page.look("one('import-submit').disabled").await, json!(true));
        let stored = api.get("/api/v1/clients").await;
        assert_eq!(stored.expect(200)["clients"].as_array().expect("a list").len(), 2, "nothing is written half");

        // The same file, corrected in its place.
        std::fs::write(&file, table("Paule;Petit;paule@example.org", "Zoé;Bis;bis@example.org")).expect("a file");
        choose_again(&page).await;
        page.attach("import-file", &file).await;
        page.until_is("all lines", NUMBERS, json!([2, 3, 4, 5, 6])).await;
        assert_eq!(page.look("all('import-line').some((line) => line.dataset.wrong)").await, json!(false));
        page.click("import-submit").await;
        page.until("the dialog closes", "!one('client-import-dialog')").await;
        for browser in [&page, &other] {
            browser.until("the new clients", "all('client-row').length === 6").await;
        }
        assert_eq!(other.look("window.isTheSame").await, json!(true), "the page was loaded once");
    })
    .await;
}

/// As a press on the field does, which the driver leaves out.
async fn choose_again(page: &Browser) {
    let press = "(() => { const file = one('import-file'); file.addEventListener('click', (event) => event.preventDefault(), { once: true }); file.click(); })()";
    page.look(press).await;
}

#[tokio::test]
async fn what_is_no_table_is_said_and_the_way_back_is_open() {
    perform("client-import-refused", async |stage: &mut Stage| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("clients.csv");
        let page = stage.browser("broker").await;
        page.sign_in(&stage.demo.broker).await;
        page.open_page("/broker/clients?view=clients").await;
        page.click("client-import").await;
        for (table, is_refused) in [("rien", true), ("Prénom;Nom\nZoé;Lambert\n", false), ("Nom;Ville\nA;B\n", true)] {
            std::fs::write(&file, table).expect("a file");
            choose_again(&page).await;
            page.attach("import-file", &file).await;
            let state = "[Boolean(one('import-refused').textContent), all('import-line').length === 0, one('import-submit').disabled]";
            page.until_is("what became of it", state, json!([is_refused, is_refused, is_refused])).await;
        }
    })
    .await;
}

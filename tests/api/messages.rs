//! The REST twin of the rooms: pages, posts, read positions.

use serde_json::{Value, json};

use crate::support::{HttpAnswer, Person, TestApp};

/// A transaction's messages.
fn path(transaction: i64) -> String {
    format!("/api/v1/transactions/{transaction}/messages")
}

async fn post(person: &Person, transaction: i64, nonce: &str, body: &str) -> HttpAnswer {
    person.post(&path(transaction), json!({ "nonce": nonce, "body": body })).await
}

fn seqs(answer: &HttpAnswer) -> Vec<i64> {
    let entries = answer.expect(200)["entries"].as_array().unwrap();
    entries.iter().map(|entry| entry["seq"].as_i64().unwrap()).collect()
}

fn more(answer: &HttpAnswer) -> (bool, bool) {
    (answer.json["has_older"].as_bool().unwrap(), answer.json["has_newer"].as_bool().unwrap())
}

on_both_databases! {
    async fn pages_have_no_hole_and_no_repetition_in_either_direction(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (transaction, room) = ana.open_transaction("House").await;
        let posts: Vec<_> = (0..120).map(|n| format!("message {n}")).collect();
        for chunk in posts.chunks(20) {
            let sent = chunk.iter().map(|text| post(&ana, transaction, text.split(' ').next_back().unwrap(), text));
            for answer in futures_util::future::join_all(sent).await {
                assert_eq!(answer.expect(201)["room"], json!(room));
            }
        }
        let head = 122;
        let newest = ana.get(&path(transaction)).await;
        assert_eq!(seqs(&newest), (head - 49..=head).collect::<Vec<_>>(), "fifty unless asked");
        assert_eq!((more(&newest), &newest.json["head"]), ((true, false), &json!(head)));

        for limit in [1, 7, 61, 200] {
            let (mut backwards, mut before) = (Vec::new(), head + 1);
            loop {
                let page = ana.get(&format!("{}?before={before}&limit={limit}", path(transaction))).await;
                let found = seqs(&page);
                assert_eq!(more(&page), (found[0] > 1, before <= head), "before {before}");
                before = found[0];
                backwards.splice(0..0, found);
                if !page.json["has_older"].as_bool().unwrap() {
                    break;
                }
            }
            assert_eq!(backwards, (1..=head).collect::<Vec<_>>(), "backwards by {limit}");

            let (mut forwards, mut after) = (Vec::new(), 0);
            loop {
                let page = ana.get(&format!("{}?after={after}&limit={limit}", path(transaction))).await;
                let found = seqs(&page);
                assert_eq!(more(&page), (after > 0, found[found.len() - 1] < head), "after {after}");
                after = found[found.len() - 1];
                forwards.extend(found);
                if !page.json["has_newer"].as_bool().unwrap() {
                    break;
                }
            }
            assert_eq!(forwards, (1..=head).collect::<Vec<_>>(), "forwards by {limit}");
        }
        // Within what is allowed.
        assert_eq!(seqs(&ana.get(&format!("{}?limit=100000", path(transaction))).await).len(), 122);
        assert_eq!(seqs(&ana.get(&format!("{}?limit=0", path(transaction))).await).len(), 1);
        assert_eq!(seqs(&ana.get(&format!("{}?limit=-5", path(transaction))).await).len(), 1);
    }

    async fn empty_pages_say_where_the_rest_is(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (transaction, _) = ana.open_transaction("House").await;
        let page = async |query: &str| {
            let answer = ana.get(&format!("{}?{query}", path(transaction))).await;
            assert_eq!(seqs(&answer), [0_i64; 0], "{query}");
            more(&answer)
        };
        for nothing_before in ["before=1", "before=0", "before=-9223372036854775808"] {
            assert_eq!(page(nothing_before).await, (false, true), "{nothing_before}");
        }
        for nothing_after in ["after=2", "after=3", "after=9223372036854775807"] {
            assert_eq!(page(nothing_after).await, (true, false), "{nothing_after}");
        }
        assert_eq!(seqs(&ana.get(&format!("{}?before=9223372036854775807", path(transaction))).await), [1, 2]);
        assert_eq!(seqs(&ana.get(&format!("{}?after=-1", path(transaction))).await), [1, 2]);
    }

    async fn a_repeated_post_is_stored_once(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (transaction, _) = ana.open_transaction("House").await;
        ana.add(transaction, &ben).await;
        let first = post(&ana, transaction, "same", "hello").await;
        let again = post(&ana, transaction, "same", "hello").await;
        assert_eq!(first.expect(201), again.expect(200), "the very same answer");
        let other = post(&ana, transaction, "same", "good bye").await;
        assert_eq!(other.expect_refusal(409, "nonce_reused")["seq"], first.json["seq"]);
        // A nonce is its author's.
        assert_ne!(post(&ben, transaction, "same", "hello").await.expect(201)["seq"], first.json["seq"]);

        let racing = (0..20).map(|_| post(&ana, transaction, "race", "once"));
        let answers = futures_util::future::join_all(racing).await;
        assert_eq!(answers.iter().filter(|answer| answer.status.as_u16() == 201).count(), 1);
        let seqs: std::collections::BTreeSet<_> = answers.iter().map(|a| a.json["seq"].as_i64().unwrap()).collect();
        assert_eq!(seqs.len(), 1);
        for (nonce, text, code) in [
            ("", "hello", "nonce_invalid"),
            ("with space", "hello", "nonce_invalid"),
            ("é", "hello", "nonce_invalid"),
            (&"x".repeat(65), "hello", "nonce_invalid"),
            ("empty", " \n\t ", "message_empty"),
            ("empty", "\u{0}", "message_empty"),
        ] {
            post(&ana, transaction, nonce, text).await.expect_refusal(422, code);
        }
    }

    async fn a_text_is_kept_as_it_was_typed(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_MAX_BODY_BYTES", "200000")]);
        let ana = app.broker("Ana").await;
        let (transaction, _) = ana.open_transaction("House").await;
        let longest = "🐎".repeat(10_000);
        for (nonce, typed, kept) in [
            ("plain", "<b>Bonjour</b> & 'adieu'; DROP TABLE entries; --", "<b>Bonjour</b> & 'adieu'; DROP TABLE entries; --"),
            ("lines", "one\r\ntwo\rthree\n", "one\ntwo\nthree"),
            ("indented", "\n\n  code\n    more  \n", "  code\n    more"),
            ("nul", "a\u{0}b", "ab"),
            ("script", "עברית \u{202e}abc\u{202c} e\u{301}", "עברית \u{202e}abc\u{202c} e\u{301}"),
            ("long", &longest, &longest),
        ] {
            let seq = post(&ana, transaction, nonce, typed).await.expect(201)["seq"].as_i64().unwrap();
            let page = ana.get(&format!("{}?after={}", path(transaction), seq - 1)).await;
            assert_eq!(page.expect(200)["entries"][0]["body"], kept, "{nonce}");
            post(&ana, transaction, nonce, typed).await.expect(200);
        }
        post(&ana, transaction, "longer", &"é".repeat(10_001)).await.expect_refusal(422, "message_too_long");
    }

    async fn a_read_position_moves_forward_and_counts_what_others_wrote(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (transaction, room) = ana.open_transaction("House").await;
        ana.add(transaction, &ben).await;
        for n in 0..3 {
            post(&ana, transaction, &format!("a{n}"), "from Ana").await.expect(201);
        }
        let own = post(&ben, transaction, "b", "from Ben").await.expect(201)["seq"].as_i64().unwrap();
        let read = async |person: &Person, seq: Value| {
            person.put(&format!("/api/v1/transactions/{transaction}/read"), json!({ "seq": seq })).await
        };
        let unread = async |person: &Person| {
            let one = person.get(&format!("/api/v1/transactions/{transaction}")).await;
            let page = person.get(&path(transaction)).await;
            let list = person.get("/api/v1/transactions").await;
            let counts = [&one.json["transaction"]["room"], &page.json, &list.json["transactions"][0]["room"]]
                .map(|room| room["unread"].as_i64().unwrap());
            assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
            counts[0]
        };
        let first = own - 3;
        assert_eq!(read(&ben, json!(first)).await.expect(200), &json!({ "room": room, "read": first, "unread": 2 }));
        assert_eq!((unread(&ben).await, unread(&app.another_device(&ben).await).await), (2, 2));
        assert_eq!(read(&ben, json!(1)).await.expect(200)["read"], json!(first), "never back");
        assert_eq!(read(&ben, json!(i64::MAX)).await.expect(200), &json!({ "room": room, "read": own, "unread": 0 }));
        assert_eq!(unread(&ben).await, 0);
        let members = ana.get(&path(transaction)).await;
        let of_ben = members.json["members"].as_array().unwrap().iter().find(|m| m["account"] == json!(ben.account()));
        assert_eq!(of_ben.unwrap()["read"], json!(own), "others see how far Ben has read");
        for (bad, code) in [(json!(-1), "value_invalid"), (json!("3"), "value_invalid"), (json!(null), "value_invalid")] {
            read(&ben, bad).await.expect_fields(&[("seq", code)]);
        }
    }
}

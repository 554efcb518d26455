//! How far people have read, on all their devices.

use entremise::domain::{AccountId, Event, RoomEvent, RoomId, Seq};
use entremise::store::members;

use super::*;

async fn read(socket: &mut Socket, room: i64, seq: i64) -> Value {
    let reference = socket.send(json!({ "t": "read", "room": room, "seq": seq })).await;
    socket.answer(reference).await
}

on_both_databases! {
    async fn a_position_moves_forward_only_and_is_told(database) {
        let app = TestApp::start(database);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let mut for_ana = ana.socket().await;
        let (mut for_ben, mut bens_phone) = (ben.socket().await, app.another_device(&ben).await.socket().await);
        for socket in [&mut for_ana, &mut for_ben, &mut bens_phone] {
            socket.join(room, None).await;
        }
        for number in 4..=6 {
            for_ana.post(room, &format!("n{number}"), "text").await;
        }
        let answer = read(&mut for_ben, room, 5).await;
        assert_eq!((&answer["t"], &answer["read"], &answer["count"]), (&json!("unread"), &json!(5), &json!(1)));
        let on_the_phone = bens_phone.expect("unread").await;
        assert_eq!(on_the_phone, json!({ "t": "unread", "room": room, "read": 5, "count": 1 }));
        for socket in [&mut for_ana, &mut for_ben, &mut bens_phone] {
            let told = socket.expect("read").await;
            assert_eq!(told, json!({ "t": "read", "room": room, "account": ben.account(), "seq": 5 }));
        }

        assert_eq!(read(&mut for_ben, room, 4).await["read"], 5, "never back");
        assert_eq!(read(&mut for_ben, room, 1_000_000).await["read"], 6, "never beyond the head");
        assert_eq!(for_ana.expect("read").await["seq"], 6, "the older one was not told");
    }

    async fn a_position_that_moved_unheard_is_told_with_its_count(database) {
        let app = TestApp::start(database);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        for socket in [&mut for_ana, &mut for_ben] {
            socket.join(room, None).await;
        }
        for number in 4..=6 {
            for_ana.post(room, &format!("n{number}"), "text").await;
        }
        // Ben's phone is at a node of which nothing is heard.
        let (account, session, now) = (ben.account(), ben.session(), app.app.clock.now());
        let mark = move |conn: &mut _| members::mark_read(conn, RoomId(room), account, session, Seq(5), now);
        app.app.store.write(mark).await.expect("the position moves");
        // The room looks again when it hears of somebody whom it does not know.
        let unknown = RoomEvent::Read { account: AccountId(i64::MAX), seq: Seq(1), unread: 0 };
        app.app.bus.publish(Event::Room(RoomId(room), unknown));
        for socket in [&mut for_ana, &mut for_ben] {
            let told = socket.expect("read").await;
            assert_eq!(told, json!({ "t": "read", "room": room, "account": account, "seq": 5 }));
        }
        assert_eq!(for_ben.expect("unread").await, json!({ "t": "unread", "room": room, "read": 5, "count": 1 }));
    }

    async fn positions_that_are_told_at_once_leave_the_highest(database) {
        let app = TestApp::start_with(database, GENEROUS);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let mut for_ana = ana.socket().await;
        for_ana.join(room, None).await;
        let posts = post_many(&mut for_ana, room, "n", 60).await;
        expect_posted(&mut for_ana, &posts).await;
        let head = 63;
        // The highest first: those that come beside it have asked where it stands before it moved.
        let path = format!("/api/v1/transactions/{transaction}");
        let read = async |seq: i64| ben.put(&format!("{path}/read"), json!({ "seq": seq })).await.expect(200).clone();
        futures_util::future::join_all((4..=head).rev().map(read)).await;
        let told = ben.get(&path).await.expect(200)["transaction"]["room"].clone();
        assert_eq!((&told["read"], &told["unread"]), (&json!(head), &json!(0)));
        let mut highest = 0;
        while highest < head {
            let told = for_ana.expect("read").await["seq"].as_i64().unwrap();
            assert!(told > highest, "{told} after {highest}");
            highest = told;
        }
    }

    async fn of_two_devices_that_mark_the_same_at_once_both_are_told_what_is_stored(database) {
        let app = TestApp::start_with(database, GENEROUS);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let (mut for_ana, phone) = (ana.socket().await, app.another_device(&ben).await);
        let path = format!("/api/v1/transactions/{transaction}/read");
        for round in 0..60 {
            let seq = for_ana.post(room, &format!("n{round}"), "text").await["seq"].clone();
            let marking = json!({ "seq": seq });
            let (one, other) = tokio::join!(ben.put(&path, marking.clone()), phone.put(&path, marking));
            for answer in [one, other] {
                assert_eq!(*answer.expect(200), json!({ "room": room, "read": seq, "unread": 0 }), "round {round}");
            }
        }
    }

    /// Its head, its position and its count are of one moment, however much is being written.
    async fn a_count_is_never_larger_than_its_head_allows(database) {
        let app = TestApp::start_with(database, GENEROUS);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let mut for_ana = ana.socket().await;
        let writing = async {
            for part in 0..40 {
                let posts = post_many(&mut for_ana, room, &format!("p{part}"), 20).await;
                expect_posted(&mut for_ana, &posts).await;
            }
        };
        let path = format!("/api/v1/transactions/{transaction}");
        let fits = |told: &Value| {
            let number = |name: &str| told[name].as_i64().unwrap();
            assert!(number("unread") <= number("head") - number("joined_seq"), "{told}");
        };
        let reading = async {
            let mut socket = ben.socket().await;
            for _ in 0..40 {
                fits(&socket.join(room, None).await.0);
                fits(&ben.get(&path).await.expect(200)["transaction"]["room"]);
                let page = ben.get(&format!("{path}/messages?limit=5")).await;
                fits(page.expect(200));
                let last = page.json["entries"].as_array().unwrap().last().unwrap()["seq"].as_i64();
                assert!(last <= page.json["head"].as_i64(), "an entry beyond the head");
            }
        };
        tokio::join!(writing, reading);
    }

    async fn rest_and_socket_agree_and_own_messages_are_not_unread(database) {
        let app = TestApp::start(database);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        for_ben.join(room, None).await;
        for_ana.post(room, "n4", "text").await;
        for_ben.post(room, "n5", "their own").await;
        for_ana.post(room, "n6", "text").await;
        let path = format!("/api/v1/transactions/{transaction}");
        let of_rest = async |person: &Person| {
            let room = person.get(&path).await.expect(200)["transaction"]["room"].clone();
            (room["read"].clone(), room["unread"].clone())
        };
        assert_eq!(of_rest(&ben).await.1, json!(2));
        let (joined, _) = app.another_device(&ben).await.socket().await.join(room, None).await;
        assert_eq!((joined["read"].clone(), joined["unread"].clone()), of_rest(&ben).await);

        let marked = ben.put(&format!("{path}/read"), json!({ "seq": 4 })).await;
        assert_eq!(*marked.expect(200), json!({ "room": room, "read": 4, "unread": 1 }));
        assert_eq!(for_ben.expect("unread").await["count"], 1, "a socket hears what was read over REST");
        assert_eq!(read(&mut for_ben, room, 6).await["count"], 0);
        assert_eq!(of_rest(&ben).await, (json!(6), json!(0)));
        let position = for_ana.join(room, None).await.0["members"].as_array().unwrap().iter()
            .find(|member| member["account"] == json!(ben.account())).unwrap()["read"].clone();
        assert_eq!(position, 6);
    }

    /// Who is added later has not read what was said before, and is not shown as if.
    async fn nobody_has_a_position_before_they_marked_something_read(database) {
        let app = TestApp::start(database);
        let (ana, carl) = (app.broker("Ana").await, app.broker("Carl").await);
        let (transaction, room) = ana.open_transaction("House").await;
        let (mut for_ana, path) = (ana.socket().await, format!("/api/v1/transactions/{transaction}"));
        for number in 3..=5 {
            for_ana.post(room, &format!("n{number}"), "before").await;
        }
        // Ana is in the room while Carl comes, and joins again afterwards: from the log and from the database they see the same.
        for_ana.join(room, None).await;
        ana.add(transaction, &carl).await;
        for_ana.post(room, "n7", "after").await;
        let of = |members: &Value, person: &Person| {
            members.as_array().unwrap().iter().find(|member| member["account"] == json!(person.account())).unwrap()["read"].clone()
        };
        let seen_by_ana = async || {
            let live = app.another_device(&ana).await.socket().await.join(room, None).await.0["members"].clone();
            let page = ana.get(&format!("{path}/messages")).await.expect(200)["members"].clone();
            assert_eq!((of(&live, &carl), of(&live, &ana)), (of(&page, &carl), of(&page, &ana)));
            of(&page, &carl)
        };
        assert_eq!(seen_by_ana().await, Value::Null);

        let own = carl.get(&path).await.expect(200)["transaction"]["room"].clone();
        assert_eq!((&own["read"], &own["joined_seq"], &own["unread"]), (&Value::Null, &json!(5), &json!(1)));
        let mut for_carl = carl.socket().await;
        let (joined, _) = for_carl.join(room, None).await;
        assert_eq!((&joined["read"], &joined["joined_seq"], &joined["unread"]), (&Value::Null, &json!(5), &json!(1)));
        // What was said before they came does not become read by looking at it.
        let early = read(&mut for_carl, room, 4).await;
        assert_eq!((&early["read"], &early["count"]), (&Value::Null, &json!(1)));
        assert_eq!(seen_by_ana().await, Value::Null);

        assert_eq!(read(&mut for_carl, room, 7).await["read"], 7);
        assert_eq!(for_ana.expect("read").await, json!({ "t": "read", "room": room, "account": carl.account(), "seq": 7 }));
        assert_eq!(seen_by_ana().await, json!(7));
        // Away and back: what they have read stays read.
        ana.delete(&format!("{path}/participants/{}", carl.account())).await.expect(204);
        ana.add(transaction, &carl).await;
        assert_eq!(seen_by_ana().await, json!(7));
    }

    async fn more_than_a_thousand_unread_are_a_thousand(database) {
        let app = TestApp::start_with(database, GENEROUS);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let mut writing = ana.socket().await;
        for part in 0..11 {
            let references = post_many(&mut writing, room, &format!("p{part}"), 100).await;
            expect_posted(&mut writing, &references).await;
        }
        assert_eq!(ben.socket().await.join(room, None).await.0["unread"], 1000);
        let mut for_ben = ben.socket().await;
        assert_eq!(read(&mut for_ben, room, 1093).await["count"], 10);
    }
}

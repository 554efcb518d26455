//! A page of a list costs the same number of statements, however many rows it has.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::Connection;
use diesel::connection::InstrumentationEvent;
use entremise::app::transactions::page;
use entremise::domain::{
    AccessFlags, EmailAddress, Language, MailContent, MessageBody, Nonce, Role, RoomId, RoomSubject, SessionId,
    TransactionDetails, TransactionKind,
};
use entremise::store::invitations::{self, Draft, InvitationFilter};
use entremise::store::participants::{self, ParticipantInsert};
use entremise::store::transactions::{self, TransactionFilter};
use entremise::store::{Db, StoreResult, log, mails, members, participation_requests, rooms};

use crate::support::{Person, TestApp};

/// What `read` finds, and how many statements it runs.
async fn counted(app: &TestApp, read: impl FnOnce(&mut Db) -> StoreResult<usize> + Send + 'static) -> (usize, usize) {
    let counting = move |conn: &mut Db| {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        let found = read(conn);
        conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
        Ok((found?, count.load(Ordering::Relaxed)))
    };
    app.app.store.read(counting).await.unwrap()
}

/// Transactions of the broker with a client, an asked broker, and something to read.
async fn open_many(app: &TestApp, people: [&Person; 3], many: usize) {
    let ([broker, client, asked], now) = (people.map(Person::account), app.app.clock.now());
    let made = app.app.store.write(move |conn| {
        for number in 0..many {
            let details = TransactionDetails::titled(format!("House {number}"), TransactionKind::Sale);
            let id = transactions::insert(conn, &details, broker, now)?;
            let room = rooms::create(conn, RoomSubject::Conversation(id), now)?;
            let (by, _) = participants::add_opener(conn, id, broker, now)?;
            let part = |account, role| ParticipantInsert { account, role, access: AccessFlags::default() };
            participants::add(conn, &by, &part(client, Role::Client), now)?;
            participation_requests::ask(conn, &by, &part(asked, Role::Broker), now)?;
            let head = log::lock_room(conn, room)?;
            let (nonce, body) = (Nonce::parse("n".to_owned())?, MessageBody::parse("Hello".to_owned())?);
            log::append_message(conn, head, client, &nonce, &body, now)?;
        }
        Ok(())
    });
    made.await.unwrap();
}

async fn invite_many(app: &TestApp, broker: &Person, many: std::ops::Range<usize>) {
    let (broker, now) = (broker.account(), app.app.clock.now());
    let made = app.app.store.write(move |conn| {
        for number in many.clone() {
            let draft = Draft {
                first_name: "Paul".to_owned(),
                last_name: "Durand".to_owned(),
                email: EmailAddress::parse(&format!("paul{number}@example.org"))?,
                phone: None,
                project_type: TransactionKind::Sale,
                message: None,
                language: Language::Fr,
                transaction: None,
                access: AccessFlags::default(),
            };
            let id = invitations::insert(conn, broker, &draft, now, now.plus_days(7))?;
            let content = MailContent { subject: String::new(), text: "t".to_owned(), html: String::new() };
            let mail = mails::enqueue(conn, "invitation", &draft.email, &content, now)?;
            invitations::note_sent(conn, id, Some(mail), broker, now, now.plus_days(7))?;
        }
        Ok(())
    });
    made.await.unwrap();
}

on_both_databases! {
    async fn a_page_of_transactions_costs_three_statements_and_that_ended_one(database) {
        let app = TestApp::start(database);
        let (ana, ben, carl) = (app.broker("Ana").await, app.broker("Ben").await, app.client("Carl").await);
        for (more, all) in [(2, 2), (48, 50)] {
            open_many(&app, [&ana, &carl, &ben], more).await;
            let account = ana.account();
            let read = move |conn: &mut Db| {
                let filter = TransactionFilter { status: None, words: Default::default(), before: None, limit: 200 };
                let page = page(conn, account, &filter)?;
                let is_full = |view: &&entremise::app::TransactionView| {
                    let room = view.room.as_ref().unwrap();
                    let said = room.last_message.as_ref().map(|message| message.body.as_str()) == Some("Hello");
                    said && room.unread == 1 && view.participants.len() == 2 && view.asked.len() == 1
                };
                assert_eq!(page.transactions.iter().filter(is_full).count(), page.transactions.len());
                Ok(page.transactions.len())
            };
            assert_eq!(counted(&app, read).await, (all, 4));
        }
    }

    async fn a_page_of_invitations_costs_one_statement_and_its_counts_two(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        for (more, all) in [(0..2, 2), (2..50, 50)] {
            invite_many(&app, &ana, more).await;
            let (account, now) = (ana.account(), app.app.clock.now());
            let read = move |conn: &mut Db| {
                let filter = InvitationFilter { limit: 200, ..Default::default() };
                let list = invitations::list_for(conn, account, &filter, now)?;
                assert!(list.iter().all(|invitation| invitation.mail.is_some()));
                invitations::counts_for(conn, account, now)?;
                Ok(list.len())
            };
            assert_eq!(counted(&app, read).await, (all, 3));
        }
    }

    async fn a_membership_costs_one_statement_also_where_it_is_refused(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (_, room) = ana.open_transaction("House").await;
        let (account, session, now) = (ana.account(), ana.session(), app.app.clock.now());
        for (room, session, found) in [(room, session, 1), (room + 1, session, 0), (room, SessionId(session.0 + 1), 0)] {
            let read = move |conn: &mut Db| {
                let membership = members::membership(conn, RoomId(room), account, session, now);
                Ok(usize::from(membership.is_ok()))
            };
            assert_eq!(counted(&app, read).await, (found, 1));
        }
    }
}

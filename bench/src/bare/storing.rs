//! The broadcast server's thread that stores, when it is given a database: it has a connection of its own, takes what waits, inserts it in
//! one commit, and then passes it on. Nobody asks who may post, and a nonce that is repeated ends the program.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use actix::Addr;
use anyhow::Result;

use super::broadcast::{AUTHOR, BroadcastRoom, BroadcastSession, lock};
use super::rows::BareRow;
use super::{Inserter, MAILBOX};

/// Posts in one commit.
const BATCH: usize = 128;

pub(super) struct BarePost {
    pub reference: u64,
    pub room: u64,
    pub shared: Arc<Mutex<BroadcastRoom>>,
    pub author: Addr<BroadcastSession>,
    pub nonce: String,
    pub body: String,
}

/// Starts the thread, with an empty table. It ends with its last sender.
pub(super) fn start(database: &str) -> Result<SyncSender<BarePost>> {
    super::clear(database)?;
    let mut connection = super::open(database, false)?;
    let (to, posts) = sync_channel(MAILBOX);
    thread::spawn(move || {
        if let Err(error) = store(&mut *connection, &posts) {
            eprintln!("cannot store a post: {error:#}");
            std::process::exit(1);
        }
    });
    Ok(to)
}

fn store(connection: &mut dyn Inserter, posts: &Receiver<BarePost>) -> Result<()> {
    let (mut waiting, mut rows) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
    while let Ok(first) = posts.recv() {
        waiting.push(first);
        waiting.extend(posts.try_iter().take(BATCH - 1));
        for post in &mut waiting {
            rows.push(BareRow {
                room: i64::try_from(post.room)?,
                seq: i64::try_from(lock(&post.shared).next_seq())?,
                author: i64::try_from(AUTHOR)?,
                nonce: std::mem::take(&mut post.nonce),
                body: std::mem::take(&mut post.body),
            });
        }
        connection.insert(&rows)?;
        for (post, row) in waiting.drain(..).zip(rows.drain(..)) {
            let place = (post.reference, post.room, u64::try_from(row.seq)?);
            let answer = lock(&post.shared).pass_on(place, &row.nonce, &row.body);
            // Full is not possible with what the load program has under way.
            let _ = post.author.try_send(answer);
        }
    }
    Ok(())
}

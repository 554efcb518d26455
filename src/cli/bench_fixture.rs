//! Accounts, rooms and sessions for the load program, written straight into the database: hashing a password for each of
//! thousands would take longer than the measurement.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::config::Config;
use crate::domain::{
    AccessFlags, AccountId, EmailAddress, Language, Origin, Role, RoomSubject, Secret, TransactionDetails,
    TransactionKind,
};
use crate::server::open_store;
use crate::server::system_clock;
use crate::store::{Db, StoreResult, accounts, participants, rooms, sessions, transactions};

#[derive(clap::Args)]
pub struct FixtureArguments {
    #[arg(long)]
    rooms: usize,
    #[arg(long)]
    members: usize,
    /// How many of the rooms have the same members.
    #[arg(long, default_value_t = 1)]
    alike: usize,
    /// Where the fixture is written: tokens in clear, for a throw-away database only.
    #[arg(long)]
    out: PathBuf,
}

/// Groups of people made in one transaction.
const BATCH: usize = 50;

pub fn run(config: &Config, arguments: &FixtureArguments) -> Result<(), String> {
    let store = open_store(&config.database).map_err(|e| e.to_string())?;
    let (members, alike) = (arguments.members.max(1), arguments.alike.max(1));
    let mut accounts = Vec::new();
    let mut rooms = Vec::new();
    let mut left = arguments.rooms.div_ceil(alike);
    while left > 0 {
        let batch = left.min(BATCH);
        let made = store
            .write_blocking(|conn| (0..batch).map(|_| group(conn, members, alike)).collect::<StoreResult<Vec<_>>>())
            .map_err(|e| e.to_string())?;
        for (of_group, people) in made {
            rooms.extend(of_group);
            accounts.extend(people);
        }
        left -= batch;
    }
    rooms.truncate(arguments.rooms);
    let fixture = json!({ "accounts": accounts, "rooms": rooms });
    std::fs::write(&arguments.out, fixture.to_string()).map_err(|e| e.to_string())
}

/// Rooms and people, as the fixture describes them.
type CreatedFixture = (Vec<Value>, Vec<Value>);

fn group(conn: &mut Db, members: usize, rooms: usize) -> StoreResult<CreatedFixture> {
    let mut people = Vec::with_capacity(members);
    for number in 0..members {
        let role = if number == 0 { Role::Broker } else { Role::Client };
        let (account, secret) = person(conn, role)?;
        people.push((account, role, secret));
    }
    let rooms = (0..rooms).map(|_| room(conn, &people)).collect::<StoreResult<_>>()?;
    let accounts =
        people.iter().map(|(account, _, secret)| json!({ "account": account, "token": secret.reveal() })).collect();
    Ok((rooms, accounts))
}

fn room(conn: &mut Db, people: &[(AccountId, Role, Secret)]) -> StoreResult<Value> {
    let now = system_clock().now();
    let first = people.first().map_or(AccountId(0), |(account, ..)| *account);
    let form = TransactionDetails::titled("Load".to_owned(), TransactionKind::Project);
    let transaction = transactions::insert(conn, &form, first, now)?;
    let room = rooms::create(conn, RoomSubject::Conversation(transaction), now)?;
    let (by, _) = participants::add_opener(conn, transaction, first, now)?;
    for (account, role, _) in people.iter().skip(1) {
        let new = participants::ParticipantInsert { account: *account, role: *role, access: AccessFlags::default() };
        participants::add(conn, &by, &new, now)?;
    }
    let members: Vec<AccountId> = people.iter().map(|(account, ..)| *account).collect();
    Ok(json!({ "room": room, "transaction": transaction, "members": members }))
}

fn person(conn: &mut Db, role: Role) -> StoreResult<(AccountId, Secret)> {
    let now = system_clock().now();
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| crate::store::StoreError::Setup(e.to_string()))?;
    let secret = Secret::from_random_bytes(bytes);
    let name: String = secret.reveal().chars().take(24).collect();
    let email = EmailAddress::parse(&format!("{name}@load.example"))?;
    let new = accounts::AccountInsert {
        email,
        role,
        first_name: "Load".to_owned(),
        last_name: name,
        phone: None,
        language: Language::Fr,
        // No password has this hash: these accounts can be used only with their tokens.
        password_hash: "!".to_owned(),
        email_verified_at: None,
    };
    let account = accounts::insert(conn, &new, now)?;
    sessions::insert(conn, account, &secret.hash(), &Origin::default(), now)?;
    Ok((account, secret))
}

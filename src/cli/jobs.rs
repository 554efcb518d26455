use crate::config::Config;
use crate::domain::Timestamp;
use crate::jobs::{KINDS, drain, retry};
use crate::server::{commands_app, open_store, system_clock};
use crate::store::jobs::{counts, parked};
use crate::store::{Store, StoreError};

#[derive(clap::Subcommand)]
pub enum JobsCommand {
    /// Count the jobs by kind and state, and show those that were given up.
    List,
    /// Make due at once what was given up or waits for its next attempt.
    Retry {
        /// The id or the kind of a job, as `list` shows them.
        #[arg(value_name = "ID|KIND")]
        which: String,
    },
    /// Run what is due now, beside the nodes or instead of them, and end.
    Run,
}

pub fn run(config: &Config, command: &JobsCommand) -> Result<(), String> {
    match command {
        JobsCommand::List => list(&open(config)?),
        JobsCommand::Retry { which } => {
            let now = system_clock().now();
            let revived = open(config)?.write_blocking(|conn| retry(conn, KINDS, which, now)).map_err(words)?;
            if revived == 0 {
                return Err(format!("No job that was given up, or waits, is {which}. Nothing was changed."));
            }
            println!("{revived} due now.");
            Ok(())
        }
        JobsCommand::Run => actix_web::rt::System::new().block_on(run_due(config)),
    }
}

fn list(store: &Store) -> Result<(), String> {
    let now = system_clock().now();
    let (counts, parked) = store.write_blocking(|conn| Ok((counts(conn)?, parked(conn)?))).map_err(words)?;
    if counts.is_empty() {
        println!("There are no jobs.");
        return Ok(());
    }
    println!("{:<20} {:<8} {:>8} {:>10}", "kind", "state", "count", "oldest");
    for row in counts {
        println!("{:<20} {:<8} {:>8} {:>10}", row.kind, row.state.as_str(), row.count, age(row.oldest, now));
    }
    if !parked.is_empty() {
        println!("\nGiven up:\n{:<10} {:<20} {:>8} {:>10}  code", "id", "kind", "attempts", "age");
    }
    for row in parked {
        let code = row.error_code.unwrap_or_default();
        println!("{:<10} {:<20} {:>8} {:>10}  {code}", row.id, row.kind, row.attempts, age(row.created_at, now));
    }
    Ok(())
}

async fn run_due(config: &Config) -> Result<(), String> {
    crate::telemetry::init(&config.telemetry).map_err(|e| e.to_string())?;
    let app = commands_app(config, system_clock()).map_err(|e| e.to_string())?;
    // The process ends after this: threads that rest until then are safer than connections that close while it exits.
    let app = std::mem::ManuallyDrop::new(app);
    let drained = drain(&app, KINDS).await.map_err(words)?;
    if drained.is_empty() {
        println!("Nothing was due.");
    }
    for (kind, drained) in drained {
        println!("{kind}: {} done, {} to be tried again, {} given up", drained.done, drained.waiting, drained.parked);
    }
    Ok(())
}

fn open(config: &Config) -> Result<Store, String> {
    open_store(&config.database).map_err(words)
}

fn age(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.0.saturating_sub(since.0).max(0) / 1000;
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

fn words(error: StoreError) -> String {
    error.to_string()
}

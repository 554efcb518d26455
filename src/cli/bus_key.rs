use crate::app::new_bus_secret;
use crate::config::{BusSettings, Config};
use crate::server::open_store;
use crate::store::StoreError;
use crate::store::bus_keys::{self, Rotated};

#[derive(clap::Subcommand)]
pub enum BusKeyCommand {
    /// Make a new key. Nodes read it within a minute, and sign with it five minutes later; the key before it is accepted for ten
    /// minutes more.
    Rotate {
        /// The new key signs at once and the others are accepted no longer, for a key that somebody else may have. Messages cross
        /// between nodes through the database until all have read it.
        #[arg(long)]
        now: bool,
    },
}

pub fn run(config: &Config, command: &BusKeyCommand) -> Result<(), String> {
    let BusKeyCommand::Rotate { now } = command;
    if let BusSettings::Redis { keys, .. } = &config.bus
        && !keys.is_empty()
    {
        return Err(
            "ENTREMISE_BUS_KEYS is set: nodes that have it use no key of the database. Put a new key behind the \
                    first on every node, then before it, then leave the old one out"
                .to_owned(),
        );
    }
    let fresh = new_bus_secret().map_err(|e| format!("no key can be made: {:?}", e.first().code))?;
    let store = open_store(&config.database).map_err(words)?;
    if *now {
        store.write_blocking(|conn| bus_keys::replace(conn, &fresh)).map_err(words)?;
        println!("There is one new key. Every node has read it within a minute.");
        return Ok(());
    }
    match store.write_blocking(|conn| bus_keys::rotate(conn, &fresh)).map_err(words)? {
        Rotated::From(from) => {
            println!(
                "The new key signs from {}; the one before it is accepted for ten minutes more.",
                from.to_rfc3339()
            );
            Ok(())
        }
        Rotated::Waiting(from) => {
            Err(format!("A new key is on its way already: it signs from {}. Nothing was changed.", from.to_rfc3339()))
        }
    }
}

fn words(error: StoreError) -> String {
    error.to_string()
}

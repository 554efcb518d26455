use crate::config::Config;
use crate::server::open_store;

pub fn run(config: &Config) -> Result<(), String> {
    let store = open_store(&config.database).map_err(|e| e.to_string())?;
    match store.newer_migrations().map_err(|e| e.to_string())?.as_slice() {
        [] => println!("The schema is up to date."),
        newer => println!("The schema is newer than this program: it has {} as well.", newer.join(", ")),
    }
    Ok(())
}

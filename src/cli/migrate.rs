use crate::config::Config;
use crate::store::Store;

pub fn run(config: &Config) -> Result<(), String> {
    Store::open(&config.database.url, &config.database.store_options()).map_err(|e| e.to_string())?;
    println!("The schema is up to date.");
    Ok(())
}

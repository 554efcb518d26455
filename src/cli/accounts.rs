//! Accounts made from the command line. The password is read from standard input, so that it stands in no history and
//! no list of processes.

use std::io::{BufRead, IsTerminal};

use crate::app::hash_password;
use crate::config::Config;
use crate::domain::{EmailAddress, Language, Password, Refusal, Role, person_name};
use crate::server::open_store;
use crate::server::system_clock;
use crate::store::{StoreError, accounts};

#[derive(clap::Args)]
pub struct AccountArguments {
    #[arg(long)]
    email: String,
    #[arg(long)]
    first_name: String,
    #[arg(long)]
    last_name: String,
    /// `fr` or `en`.
    #[arg(long, default_value = "fr")]
    language: String,
}

pub fn create(config: &Config, arguments: &AccountArguments, role: Role) -> Result<(), String> {
    let email = EmailAddress::parse(&arguments.email).map_err(words)?;
    let first_name = person_name(&arguments.first_name, "first_name").map_err(words)?;
    let last_name = person_name(&arguments.last_name, "last_name").map_err(words)?;
    let language = Language::parse(&arguments.language).ok_or("--language takes fr or en")?;
    let raw = read_password()?;
    let personal = [first_name.as_str(), &last_name, email.as_str(), email.local_part(), &config.brand.name];
    let password = Password::parse(&raw, &personal).map_err(|broken| {
        let rules: Vec<&str> = broken.iter().map(|refusal| refusal.code.as_str()).collect();
        format!("this password will not do: {}", rules.join(", "))
    })?;
    let password_hash = hash_password(&password).map_err(|e| e.to_string())?;

    let store = open_store(&config.database).map_err(|e| e.to_string())?;
    let now = system_clock().now();
    let new = accounts::AccountInsert {
        email,
        role,
        first_name,
        last_name,
        phone: None,
        language,
        password_hash,
        email_verified_at: Some(now),
    };
    let id = store.write_blocking(|conn| accounts::insert(conn, &new, now)).map_err(|error| match error {
        StoreError::Refused(refusal) => words(refusal),
        error => error.to_string(),
    })?;
    println!("Made the {} account {id}.", role.as_str());
    Ok(())
}

fn words(refusal: Refusal) -> String {
    match refusal.field {
        Some(field) => format!("{field}: {}", refusal.code.as_str()),
        None => refusal.code.as_str().to_owned(),
    }
}

fn read_password() -> Result<String, String> {
    if std::io::stdin().is_terminal() {
        eprintln!("Type the password and press Enter (it is shown):");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|e| e.to_string())?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

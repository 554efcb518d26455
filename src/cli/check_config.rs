use crate::config::{BusSettings, Config, MailTransport, unknown_variables};

/// Getting here means that every value was good; what they mean together is printed, without secrets.
pub fn run(config: &Config) -> Result<(), String> {
    println!("address   {}", config.http.bind);
    println!("public    {}", config.http.public_url(config.http.bind.port()).origin());
    println!("database  {:?}", config.database.url);
    match &config.bus {
        BusSettings::Redis { prefix, keys, .. } if keys.is_empty() => {
            println!("bus       redis, channels {prefix}:…, signed with a key of the database");
        }
        BusSettings::Redis { prefix, keys, .. } => {
            println!("bus       redis, channels {prefix}:…, signed with the first of {} keys", keys.len());
        }
        BusSettings::InProcess => println!("bus       in this process"),
    }
    let mail = match &config.mail {
        MailTransport::Smtp { url, .. } => format!("{url:?}"),
        MailTransport::DemoMailbox => "kept in the database, nothing leaves".to_owned(),
    };
    println!("mail      {mail}");
    for warning in config.warnings().into_iter().chain(unknown_variables(std::env::vars().map(|(name, _)| name))) {
        println!("warning   {warning}");
    }
    println!("The configuration is good.");
    Ok(())
}

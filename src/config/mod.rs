//! Typed settings, read once at start from the environment and from one optional TOML file; the environment wins.
//!
//! A setting is declared in one place, where it is read (`http.rs`, `limits.rs`, …). The reference
//! (`docs/CONFIGURATION.md`, `.env.example`) is written from the same declarations, so it cannot drift.
//! Lower layers are given values, never the whole [`Config`].

mod brand;
mod bus;
mod database;
mod error;
mod file;
mod http;
mod ip_range;
mod kind;
mod limits;
mod mail;
mod nearest;
mod reader;
mod reference;
mod telemetry;
mod unencrypted;
mod urls;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use bus::BusSettings;
pub use database::DatabaseSettings;
pub use error::{ConfigErrors, Problem};
pub use http::Http;
pub use ip_range::IpRange;
pub use limits::Limits;
pub use mail::MailTransport;
pub use reader::{DefaultValue, Setting};
pub use reference::{env_example, markdown};
pub use telemetry::{LogFormat, Telemetry};
pub use urls::{PublicUrl, SecretUrl};

use kind::SettingKind;
use reader::{Area, SettingReader};

use jiff::tz::TimeZone;

use crate::domain::{Brand, HashKey};

/// The variable that names the TOML file when the command line does not.
pub const FILE_VARIABLE: &str = "ENTREMISE_CONFIG";
const PREFIX: &str = "ENTREMISE_";
const DEFAULT_ZONE: &str = "Europe/Paris";

/// Everything an operator can choose. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where files live that belong to this installation.
    pub data_dir: PathBuf,
    /// Hashes of what is easily guessed, such as six digits, are made with it.
    pub secret_key: Option<HashKey>,
    /// Of readers who have none of their own.
    pub time_zone: TimeZone,
    pub http: Http,
    pub database: DatabaseSettings,
    pub bus: BusSettings,
    pub mail: MailTransport,
    pub brand: Brand,
    pub limits: Limits,
    pub telemetry: Telemetry,
}

impl Config {
    /// Reads the file (`file`, else the one that `ENTREMISE_CONFIG` names, else none) and the environment.
    /// Every problem is reported, not only the first.
    pub fn load(file: Option<&Path>, env: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigErrors> {
        let named = env(FILE_VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from);
        let mut reader = SettingReader::open(file.or(named.as_deref()), &env);
        let config = Self::read(&mut reader);
        config.limits.check(&mut reader);
        reader.finish()?;
        Ok(config)
    }

    /// All settings, in the order of the reference.
    pub fn settings() -> Vec<Setting> {
        let mut reader = SettingReader::open(None, &|_| None);
        Self::read(&mut reader);
        reader.into_settings()
    }

    fn read(reader: &mut SettingReader<'_>) -> Self {
        reader.area(Area { title: "Data", table: "", prefix: PREFIX });
        let data_dir = reader.setting(
            "data_dir",
            kind::path(),
            PathBuf::from("./data"),
            "Folder of this installation's files, the SQLite database among them. Made if it does not exist.",
        );
        let secret_key = reader.optional(
            "secret_key",
            SettingKind::key("a text of at least 32 characters", secret_key),
            "only the secret that the database holds",
            "Hashes of codes for a new password are made with it, and with a secret that the database holds: with both, a \
             copy of the database alone tells no code. The same on every node; when it changes, codes under way die.",
        );
        let time_zone = reader.setting(
            "time_zone",
            SettingKind::shown_by("the name of a time zone, such as Europe/Paris or UTC", time_zone, zone_name),
            TimeZone::get(DEFAULT_ZONE).unwrap_or(TimeZone::UTC),
            "The day and hour in mails are told in this zone.",
        );
        Self {
            secret_key,
            time_zone,
            http: Http::read(reader),
            database: DatabaseSettings::read(reader, &data_dir),
            bus: BusSettings::read(reader),
            mail: MailTransport::read(reader),
            brand: brand::read(reader),
            telemetry: Telemetry::read(reader),
            limits: Limits::read(reader),
            data_dir,
        }
    }

    /// Warnings about settings that work and are probably not meant.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.http.warnings();
        warnings.extend(self.mail.warning());
        warnings.extend(self.database.warning());
        warnings.extend(self.bus.warning());
        if matches!(self.bus, BusSettings::Redis { .. }) && self.database.is_sqlite() {
            warnings.push(
                "REDIS_URL joins several nodes, and one SQLite file serves one node: set DATABASE_URL to a PostgreSQL \
                 database, or leave REDIS_URL out"
                    .to_owned(),
            );
        }
        warnings
    }
}

fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| zone.iana_name().is_some())
}

fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or_default().to_owned()
}

fn secret_key(text: &str) -> Option<HashKey> {
    (text.chars().count() >= 32).then(|| HashKey::of(text.as_bytes())).flatten()
}

/// Names that look like ours and are not: a mistyped variable would otherwise be a silent default.
pub fn unknown_variables(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut known: Vec<String> = Config::settings().into_iter().map(|setting| setting.variable).collect();
    known.push(FILE_VARIABLE.to_owned());
    let unknown = names.into_iter().filter(|name| name.starts_with(PREFIX) && !known.contains(name));
    let known = known.iter().map(String::as_str);
    unknown
        .map(|name| match nearest::nearest(&name, known.clone()) {
            Some(nearest) => format!("{name} is not a setting; the nearest is {nearest}"),
            None => format!("{name} is not a setting"),
        })
        .collect()
}

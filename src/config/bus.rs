//! The settings of the bus between nodes.

use std::time::Duration;

use super::SecretUrl;
use super::kind::SettingKind;
use super::reader::{Area, SettingReader};
use crate::domain::BusSecret;

/// A rotation needs two.
const MOST_KEYS: usize = 8;

#[derive(Debug, Clone)]
pub enum BusSettings {
    /// One node, without a bus.
    InProcess,
    Redis {
        url: SecretUrl,
        /// The prefix of the channels' names.
        prefix: String,
        /// The keys that nodes accept; the first one signs. Without any the database has the keys.
        keys: Vec<BusSecret>,
        /// How often the keys of the database are read.
        key_poll: Duration,
    },
}

impl BusSettings {
    pub(super) fn read(reader: &mut SettingReader<'_>) -> Self {
        reader.area(Area { title: "Bus", table: "bus", prefix: "ENTREMISE_BUS_" });
        let redis = reader.conventional(
            ("redis_url", "REDIS_URL"),
            SettingKind::secret("redis://HOST:PORT or rediss://USER:PASSWORD@HOST:PORT", |text| {
                SecretUrl::parse(text, &["redis", "rediss"])
            }),
            "none: one node, which needs no Redis",
            "Carries what happens in a room to the other nodes. It keeps nothing, so it may be restarted at any time.",
        );
        let prefix = reader.conventional(
            ("redis_prefix", "ENTREMISE_REDIS_PREFIX"),
            SettingKind::new("a word of 1 to 40 letters, digits, - and _", word),
            "entremise",
            "What the names of the channels begin with. Installations that share a Redis must differ in it: else each hears \
             what is said in the rooms of the other.",
        );
        let prefix = prefix.unwrap_or_else(|| "entremise".to_owned());
        let keys = reader.optional(
            "keys",
            SettingKind::key("1 to 8 texts of at least 32 characters, separated by commas", keys),
            "a key that the database holds",
            "Nodes sign what they tell each other through Redis, and hear nobody else. The first of these signs, all are \
             accepted: to change it, put the new one behind the old one on every node, then before it, then leave the old \
             one out. Without it `entremise bus-key rotate` changes the key.",
        );
        let key_poll =
            reader.seconds("key_poll_seconds", 60, 1..=60, "How often the keys that the database holds are read.");
        redis.map_or(Self::InProcess, |url| Self::Redis { url, prefix, keys: keys.unwrap_or_default(), key_poll })
    }

    pub(super) fn warning(&self) -> Option<String> {
        let Self::Redis { url, .. } = self else { return None };
        url.is_readable_on_the_way().then(|| {
            "REDIS_URL leads to another machine without TLS: what is said in the rooms, and the password, cross the network \
             readable. Use rediss://"
                .to_owned()
        })
    }
}

fn keys(text: &str) -> Option<Vec<BusSecret>> {
    let keys: Vec<&str> = text.split(',').map(str::trim).collect();
    let is_long = |key: &&str| key.chars().count() >= BusSecret::SHORTEST;
    let are_good = keys.len() <= MOST_KEYS && keys.iter().all(is_long);
    are_good.then(|| keys.into_iter().map(|key| BusSecret::new(key.as_bytes())).collect())
}

/// The prefix has no character with a meaning in Redis patterns, and a colon follows, so that it is no part of another prefix.
fn word(text: &str) -> Option<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    ((1..=40).contains(&text.len()) && text.chars().all(is_word)).then(|| text.to_owned())
}

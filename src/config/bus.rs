//! How the nodes hear of each other.

use super::SecretUrl;
use super::kind::Kind;
use super::reader::{Area, Reader};

#[derive(Debug, Clone)]
pub enum Bus {
    /// One node: there is nobody else to tell.
    InProcess,
    Redis(SecretUrl),
}

impl Bus {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        reader.area(Area { title: "Bus", table: "bus", prefix: "ENTREMISE_BUS_" });
        let redis = reader.conventional(
            ("redis_url", "REDIS_URL"),
            Kind::secret("redis://HOST:PORT or rediss://USER:PASSWORD@HOST:PORT", |text| {
                SecretUrl::parse(text, &["redis", "rediss"])
            }),
            "none: one node, which needs no Redis",
            "Carries what happens in a room to the other nodes. It keeps nothing, so it may be restarted at any time.",
        );
        redis.map_or(Self::InProcess, Self::Redis)
    }
}

//! Instants as Unix milliseconds in UTC: exact, the same in both databases, cheap to compare.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

/// Unix milliseconds in UTC. In JSON: RFC 3339 with milliseconds, `2026-11-20T18:04:11.250Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_ms(seconds.saturating_mul(1000))
    }

    pub fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days.saturating_mul(86_400))
    }

    /// `None` outside the years that RFC 3339 can write.
    pub fn to_utc(self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).ok()
    }

    /// Writes `2026-11-20T18:04:11.250Z`.
    pub fn to_rfc3339(self) -> String {
        Written::of(self).as_str().to_owned()
    }
}

/// The text of an instant, made without the machinery of `format!`: it stands in every entry that is sent.
struct Written([u8; 24]);

impl Written {
    fn of(at: Timestamp) -> Self {
        let mut text = *b"1970-01-01T00:00:00.000Z";
        if let Some(t) = at.to_utc().filter(|t| (0..=9999).contains(&t.year())) {
            let parts = [
                (0..4, u32::try_from(t.year()).unwrap_or_default()),
                (5..7, u32::from(u8::from(t.month()))),
                (8..10, u32::from(t.day())),
                (11..13, u32::from(t.hour())),
                (14..16, u32::from(t.minute())),
                (17..19, u32::from(t.second())),
                (20..23, u32::from(t.millisecond())),
            ];
            for (place, number) in parts {
                let mut rest = number;
                for digit in text.get_mut(place).unwrap_or_default().iter_mut().rev() {
                    *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
                    rest /= 10;
                }
            }
        }
        Self(text)
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Written::of(*self).as_str())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = OffsetDateTime::parse(&text, &Rfc3339).map_err(serde::de::Error::custom)?;
        let ms = time.unix_timestamp_nanos() / 1_000_000;
        i64::try_from(ms).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Where the time comes from: the system, or a test's hand.
#[derive(Clone)]
pub struct Clock(ClockSource);

#[derive(Clone)]
enum ClockSource {
    System(fn() -> i64),
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// `now_ms` reads Unix milliseconds. The reading itself stands outside the domain.
    pub fn from_fn(now_ms: fn() -> i64) -> Self {
        Self(ClockSource::System(now_ms))
    }

    /// A clock that moves only when told, for tests.
    pub fn manual(start: Timestamp) -> (Self, Arc<AtomicI64>) {
        let hand = Arc::new(AtomicI64::new(start.0));
        (Self(ClockSource::Manual(hand.clone())), hand)
    }

    pub fn now(&self) -> Timestamp {
        match &self.0 {
            ClockSource::System(now_ms) => Timestamp(now_ms()),
            ClockSource::Manual(hand) => Timestamp(hand.load(Ordering::SeqCst)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_reads_milliseconds() {
        let t = Timestamp(1_763_661_851_250);
        assert_eq!(t.to_rfc3339(), "2025-11-20T18:04:11.250Z");
        let back: Timestamp = serde_json::from_str(&serde_json::to_string(&t).unwrap()).unwrap();
        assert_eq!(back, t);
    }
}

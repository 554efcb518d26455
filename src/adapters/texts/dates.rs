//! Dates as people read them in a mail: in the zone of the installation, and it says which. A mail does not know where it
//! will be read.

use super::Texts;
use crate::domain::{Language, Timestamp};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

impl Texts {
    /// "vendredi 27 novembre 2026 à 15 h 05 (heure de Paris)", "Friday 27 November 2026 at 15:05 (Paris time)".
    pub fn date_in_words(&self, language: Language, at: Timestamp) -> String {
        let Ok(instant) = jiff::Timestamp::from_millisecond(at.0) else {
            return at.to_rfc3339();
        };
        let t = self.zone.to_datetime(instant);
        let weekday = self.get(language, &format!("weekday-{}", t.weekday().to_monday_one_offset()), &[]);
        let month = self.get(language, &format!("month-{}", t.month()), &[]);
        let day = self.get(language, "date-day", &[("day", i64::from(t.day()).into())]);
        let (plain, padded) = (t.hour().to_string(), format!("{:02}", t.hour()));
        let hour = self.get(language, "date-hour", &[("plain", (&plain).into()), ("padded", (&padded).into())]);
        let (minute, year) = (format!("{:02}", t.minute()), t.year().to_string());
        let zone = self.zone_in_words(language);
        self.get(
            language,
            "date-in-words",
            &[
                ("weekday", (&weekday).into()),
                ("day", (&day).into()),
                ("month", (&month).into()),
                ("year", (&year).into()),
                ("hour", (&hour).into()),
                ("minute", (&minute).into()),
                ("zone", (&zone).into()),
            ],
        )
    }

    /// Named by its city.
    fn zone_in_words(&self, language: Language) -> String {
        let name = self.zone.iana_name().unwrap_or("UTC");
        let Some((_, city)) = name.rsplit_once('/') else {
            return self.get(language, "date-zone-plain", &[("name", name.into())]);
        };
        let city = city.replace('_', " ");
        let begins_with_vowel = city.starts_with(['A', 'E', 'I', 'O', 'U', 'Y']);
        self.get(language, "date-zone", &[("city", (&city).into()), ("vowel", i64::from(begins_with_vowel).into())])
    }

    /// When somebody may try again: "in 4 minutes". Rounded up, so that nobody comes too soon.
    pub fn time_to_wait(&self, language: Language, ms: u32) -> String {
        let ms = i64::from(ms);
        let up = |unit: i64| (ms.saturating_add(unit - 1) / unit).max(1);
        let (key, count) = match up(MINUTE_MS) {
            minutes if minutes < 120 => ("date-in-minutes", minutes),
            _ => ("date-in-hours", up(HOUR_MS)),
        };
        self.get(language, key, &[("count", count.into())])
    }

    /// How far `until` is from `now`: "dans 7 jours", "in 36 hours". Rounded down, so that it promises nothing, except
    /// for the last minute of a unit; never less than one minute.
    pub fn time_until(&self, language: Language, now: Timestamp, until: Timestamp) -> String {
        let left = until.0.saturating_sub(now.0).saturating_add(MINUTE_MS - 1);
        let (key, count) = match left {
            ms if ms >= 2 * DAY_MS => ("date-in-days", ms / DAY_MS),
            ms if ms >= 2 * HOUR_MS => ("date-in-hours", ms / HOUR_MS),
            ms => ("date-in-minutes", (ms / MINUTE_MS).max(1)),
        };
        self.get(language, key, &[("count", count.into())])
    }
}

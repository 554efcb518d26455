//! The kinds of values that a setting can hold: how they are read and shown, and what an error says is expected.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

type Parse<T> = Box<dyn Fn(&str) -> Option<T>>;

pub(super) struct SettingKind<T> {
    pub(super) expected: String,
    pub(super) parse: Parse<T>,
    pub(super) show: fn(&T) -> String,
    pub(super) quoted: Quoted,
}

/// How much of a wrong value an error shows.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Quoted {
    Beginning,
    /// Its scheme: an address may hold a password.
    Scheme,
    Nothing,
}

impl<T: Display> SettingKind<T> {
    pub(super) fn new(expected: impl Into<String>, parse: impl Fn(&str) -> Option<T> + 'static) -> Self {
        Self::shown_by(expected, parse, T::to_string)
    }
}

impl<T> SettingKind<T> {
    pub(super) fn shown_by(
        expected: impl Into<String>,
        parse: impl Fn(&str) -> Option<T> + 'static,
        show: fn(&T) -> String,
    ) -> Self {
        Self { expected: expected.into(), parse: Box::new(parse), show, quoted: Quoted::Beginning }
    }

    /// May hold a password: never quoted, and never a default that would be shown.
    pub(super) fn secret(expected: impl Into<String>, parse: impl Fn(&str) -> Option<T> + 'static) -> Self {
        Self { quoted: Quoted::Scheme, ..Self::shown_by(expected, parse, |_| String::new()) }
    }

    /// A secret all of it, without a scheme before it.
    pub(super) fn key(expected: impl Into<String>, parse: impl Fn(&str) -> Option<T> + 'static) -> Self {
        Self { quoted: Quoted::Nothing, ..Self::secret(expected, parse) }
    }
}

/// The number types that [`whole`] can make.
pub(super) trait Whole: TryFrom<u64> + Display {}
impl<T: TryFrom<u64> + Display> Whole for T {}

pub(super) fn whole<T: Whole>(range: RangeInclusive<u64>) -> SettingKind<T> {
    SettingKind::new(format!("a whole number from {} to {}", range.start(), range.end()), move |text| {
        let number: u64 = text.parse().ok()?;
        range.contains(&number).then(|| T::try_from(number).ok()).flatten()
    })
}

pub(super) fn path() -> SettingKind<PathBuf> {
    SettingKind::shown_by("the path of a folder", |text| Some(PathBuf::from(text)), |path| path.display().to_string())
}

pub(super) fn socket_address() -> SettingKind<SocketAddr> {
    SettingKind::new("an IP address and a port, such as 127.0.0.1:8080 or [::]:8080", |text| text.parse().ok())
}

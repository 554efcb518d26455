//! Forms that change something name the fields that change.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// Reads a field of such a form: `None` where it is not given.
pub fn given<'de, T: Given, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::given(deserializer)
}

/// How a field is read that a form names. Null empties a field that may be empty; any other field it leaves as it is.
pub trait Given: Sized {
    fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error>;
}

impl<T: DeserializeOwned> Given for Option<T> {
    fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Self::deserialize(deserializer).map(Some)
    }
}

impl Given for String {
    fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::deserialize(deserializer)
    }
}

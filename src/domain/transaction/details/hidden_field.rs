use std::borrow::Cow;

use serde::{Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::FIELDS;
use crate::domain::Need;

/// A field that an access flag hides, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HiddenField {
    name: &'static str,
    need: Need,
}

impl HiddenField {
    pub fn all() -> impl Iterator<Item = Self> {
        FIELDS.iter().filter(|(_, need)| *need != Need::Part).map(|(name, need)| Self { name, need: *need })
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::all().find(|field| field.name == text)
    }

    pub fn as_str(self) -> &'static str {
        self.name
    }

    /// The need that shows it.
    pub fn need(self) -> Need {
        self.need
    }
}

impl Serialize for HiddenField {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

impl PartialSchema for HiddenField {
    fn schema() -> RefOr<Schema> {
        let names = Self::all().map(Self::as_str);
        let about = "The fields of a transaction that an access flag hides.";
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).description(Some(about)).into()
    }
}

impl ToSchema for HiddenField {
    fn name() -> Cow<'static, str> {
        "HiddenField".into()
    }
}

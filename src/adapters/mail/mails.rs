//! One struct for each mail: its fields are all that its templates can name beside what every mail has
//! ([`super::templates`]). They have no `Debug`, because they hold codes and links.

use serde::{Serialize, Serializer};

use super::one_line;
use super::templates::{Mail, RenderError};
use crate::domain::{Origin, ResetCode, Timestamp, TransactionKind, device_name};

/// A broker invites somebody.
#[derive(Serialize)]
pub struct InvitationMail<'a> {
    pub first_name: Line,
    pub broker: Line,
    pub kind: TransactionKind,
    /// The broker's own words.
    pub message: Paragraphs,
    pub link: WebLink<'a>,
    pub expires_at: Moment,
}

/// A code for a new password.
#[derive(Serialize)]
pub struct ResetCodeMail<'a> {
    pub first_name: Line,
    #[serde(serialize_with = "revealed")]
    pub code: &'a ResetCode,
    pub minutes: i64,
    pub came_from: CameFrom,
    pub portal: WebLink<'a>,
}

/// A link instead of a code, when too many codes were asked for.
#[derive(Serialize)]
pub struct ResetLinkMail<'a> {
    pub first_name: Line,
    pub link: WebLink<'a>,
    pub expires_at: Moment,
    pub came_from: CameFrom,
    pub portal: WebLink<'a>,
}

/// A link for a new password, sent by a broker or an admin.
#[derive(Serialize)]
pub struct AccessLinkMail<'a> {
    pub first_name: Line,
    pub sender: Line,
    pub link: WebLink<'a>,
    pub expires_at: Moment,
    pub portal: WebLink<'a>,
}

/// The password has changed.
#[derive(Serialize)]
pub struct PasswordChangedMail<'a> {
    pub first_name: Line,
    pub came_from: CameFrom,
    pub portal: WebLink<'a>,
}

impl Mail for InvitationMail<'_> {
    const NAME: &'static str = "invitation";
}

impl Mail for ResetCodeMail<'_> {
    const NAME: &'static str = "reset_code";
}

impl Mail for ResetLinkMail<'_> {
    const NAME: &'static str = "reset_link";
}

impl Mail for AccessLinkMail<'_> {
    const NAME: &'static str = "access_link";
}

impl Mail for PasswordChangedMail<'_> {
    const NAME: &'static str = "password_changed";
}

/// A text that somebody typed, on one line: no line can be added to a header or to a text part.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Line(String);

impl Line {
    pub fn of(text: &str) -> Self {
        Self(one_line(text))
    }
}

/// A text of several lines. Blank lines part its paragraphs; each paragraph is a list of lines.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Paragraphs(Vec<Vec<String>>);

impl Paragraphs {
    pub fn of(text: Option<&str>) -> Self {
        let lines: Vec<&str> = text.unwrap_or_default().trim().lines().map(str::trim_end).collect();
        let paragraphs = lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty());
        Self(paragraphs.map(|lines| lines.iter().map(|line| (*line).to_owned()).collect()).collect())
    }
}

/// An absolute http or https address. A mail names its origin as the one that the reader must see.
#[derive(Serialize)]
pub struct WebLink<'a> {
    url: &'a str,
    /// `https://portal.example.org` of any address below it.
    origin: String,
}

impl<'a> WebLink<'a> {
    pub fn of(url: &'a str) -> Result<Self, RenderError> {
        let parsed = url::Url::parse(url).map_err(|_| RenderError::Link)?;
        match parsed.scheme() {
            "http" | "https" => Ok(Self { url, origin: parsed.origin().ascii_serialization() }),
            _ => Err(RenderError::Link),
        }
    }
}

/// An instant, for the filters `date` and `until`.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Moment(i64);

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(at.0)
    }
}

/// Where a request came from, as far as it is known.
#[derive(Serialize)]
pub struct CameFrom {
    place: Option<String>,
    device: Option<String>,
}

impl From<&Origin> for CameFrom {
    fn from(origin: &Origin) -> Self {
        Self { place: origin.ip.map(|ip| ip.to_string()), device: origin.user_agent.as_deref().and_then(device_name) }
    }
}

fn revealed<S: Serializer>(code: &ResetCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.reveal())
}

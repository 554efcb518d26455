//! What is logged, and how it looks.

use std::fmt;

use tracing_subscriber::EnvFilter;

use super::kind::Kind;
use super::reader::{Area, Reader};

#[derive(Debug, Clone)]
pub struct Telemetry {
    /// In the syntax of `tracing_subscriber::EnvFilter`; checked.
    pub log_filter: String,
    pub log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Telemetry {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        reader.area(Area { title: "Logs", table: "telemetry", prefix: "ENTREMISE_" });
        Self {
            log_filter: reader.setting(
                "log_filter",
                Kind::new(
                    "a level (error, warn, info, debug, trace) or a filter such as info,entremise=debug",
                    |text| EnvFilter::builder().parse(text).is_ok().then(|| text.to_owned()),
                ),
                "info".to_owned(),
                "What is logged. Logs go to the standard error output.",
            ),
            log_format: reader.setting(
                "log_format",
                Kind::new("text or json", LogFormat::parse),
                LogFormat::Text,
                "Lines for people, or one JSON object a line for machines.",
            ),
        }
    }
}

impl LogFormat {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

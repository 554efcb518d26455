//! The filter and the format of the log, and the address of the metrics.

use std::fmt;
use std::net::SocketAddr;

use tracing_subscriber::EnvFilter;

use super::kind::{self, SettingKind};
use super::reader::{Area, SettingReader};

#[derive(Debug, Clone)]
pub struct Telemetry {
    /// In the syntax of `tracing_subscriber::EnvFilter`; checked.
    pub log_filter: String,
    pub log_format: LogFormat,
    /// Where `/metrics` is answered; nowhere without it.
    pub metrics_bind: Option<SocketAddr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Telemetry {
    pub(super) fn read(reader: &mut SettingReader<'_>) -> Self {
        reader.area(Area { title: "Logs and metrics", table: "telemetry", prefix: "ENTREMISE_" });
        Self {
            log_filter: reader.setting(
                "log_filter",
                SettingKind::new(
                    "a level (error, warn, info, debug, trace) or a filter such as info,entremise=debug",
                    |text| EnvFilter::builder().parse(text).is_ok().then(|| text.to_owned()),
                ),
                "info".to_owned(),
                "What is logged. Logs go to the standard error output.",
            ),
            log_format: reader.setting(
                "log_format",
                SettingKind::new("text or json", LogFormat::parse),
                LogFormat::Text,
                "Lines for people, or one JSON object a line for machines.",
            ),
            metrics_bind: reader.optional(
                "metrics_bind",
                kind::socket_address(),
                "no metrics",
                "Where GET /metrics is answered for Prometheus, such as 127.0.0.1:9464: an address that only your monitoring \
                 reaches.",
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

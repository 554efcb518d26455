use super::BrokerLabel;

/// The settings that make the portal the office's own, in pages and mails.
#[derive(Debug, Clone)]
pub struct Brand {
    pub name: String,
    /// `#rrggbb`. Anything else counts as [`Brand::DEFAULT_COLOR`].
    pub color: String,
    /// An absolute https address; shown 40 px high in place of the name.
    pub logo_url: Option<String>,
    /// The name of the people who act for clients.
    pub broker_label: BrokerLabel,
}

impl Brand {
    /// The front end's bottle green.
    pub const DEFAULT_COLOR: &str = "#125544";
}

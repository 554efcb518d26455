//! The settings of the brand.

use super::kind::SettingKind;
use super::reader::{Area, SettingReader};
use crate::domain::{Brand, BrokerLabel, required_text};

pub(super) fn read(reader: &mut SettingReader<'_>) -> Brand {
    reader.area(Area { title: "Brand", table: "brand", prefix: "ENTREMISE_BRAND_" });
    Brand {
        name: reader.setting(
            "name",
            SettingKind::new("a text of at most 60 characters on one line, with something to see in it", name),
            "Entremise".to_owned(),
            "The name in the title of the pages and beside the sender's address of mails.",
        ),
        color: reader.setting(
            "color",
            SettingKind::new("a color such as #125544", color),
            Brand::DEFAULT_COLOR.to_owned(),
            "The color of buttons and links; dark enough for white text on it.",
        ),
        logo_url: reader.optional(
            "logo_url",
            SettingKind::new("an https:// address", logo_url),
            "none: the name is shown",
            "A picture instead of the name. Mail programs fetch it too.",
        ),
        broker_label: reader.setting(
            "broker_label",
            SettingKind::shown_by("broker, agent, adviser or coach", BrokerLabel::parse, |label| label.as_str().to_owned()),
            BrokerLabel::Broker,
            "What pages and mails call the people who act for clients, in both languages: `broker`, `agent`, `adviser` or `coach`.",
        ),
    }
}

/// As the names of people: it stands beside them, in subjects of mails and in what a password must not contain.
fn name(text: &str) -> Option<String> {
    required_text(text, "brand_name", 60).ok()
}

fn color(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#')?;
    let is_color = digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit());
    is_color.then(|| text.to_lowercase())
}

/// Absolute, because mails show it; and nothing that would break out of an attribute or a header.
fn logo_url(text: &str) -> Option<String> {
    let is_plain = text.chars().all(|c| c.is_ascii_graphic() && !"\"'<>\\;,".contains(c));
    let is_https = url::Url::parse(text).is_ok_and(|url| url.scheme() == "https" && url.has_host());
    (is_plain && is_https).then(|| text.to_owned())
}

//! The written reference: `.env.example` and `docs/CONFIGURATION.md`, made from the settings themselves.

use super::reader::{DefaultValue, Setting};

const ENV_HEAD: &str = "\
# Every setting is optional: `entremise serve` starts without any.
# Made from src/config (UPDATE=1 cargo test config); what each value may be stands in docs/CONFIGURATION.md.
";

const MARKDOWN_HEAD: &str = "\
# Configuration

Every setting is optional. A setting has one variable and one key in an optional TOML file, which `--config FILE` or
`ENTREMISE_CONFIG` names; the variable wins. An empty value is the same as none. `entremise check-config` reports every problem at
once; a wrong value, an unknown key, or values that contradict each other keep the server from starting.

```toml
data_dir = \"./data\"

[http]
bind = \"127.0.0.1:8080\"
public_url = \"https://portal.example\"
trusted_proxies = [\"127.0.0.1\"]

[brand]
name = \"Martin & Durand\"
```

Secrets (keys, and a password in `DATABASE_URL`, `REDIS_URL` or `SMTP_URL`) are never written to a log or an error message.

This page is made from `src/config`: `UPDATE=1 cargo test config`.
";

pub fn env_example(settings: &[Setting]) -> String {
    let mut text = ENV_HEAD.to_owned();
    let mut area = "";
    for setting in settings {
        if setting.area != area {
            area = setting.area;
            text.push_str(&format!("\n# ---- {area} ----\n"));
        }
        text.push_str(&format!("# {}\n", setting.about));
        match &setting.default {
            DefaultValue::Value(value) => text.push_str(&format!("#{}={value}\n", setting.variable)),
            DefaultValue::Described(otherwise) => {
                text.push_str(&format!("# Default: {otherwise}\n#{}=\n", setting.variable));
            }
        }
    }
    text
}

pub fn markdown(settings: &[Setting]) -> String {
    let mut text = MARKDOWN_HEAD.to_owned();
    let mut area = "";
    for setting in settings {
        if setting.area != area {
            area = setting.area;
            text.push_str(&format!(
                "\n## {area}\n\n| variable, key | default | takes | |\n| --- | --- | --- | --- |\n"
            ));
        }
        let default = match &setting.default {
            DefaultValue::Value(value) if value.is_empty() => "none".to_owned(),
            DefaultValue::Value(value) => format!("`{value}`"),
            DefaultValue::Described(otherwise) => (*otherwise).to_owned(),
        };
        text.push_str(&format!(
            "| `{}`<br>`{}` | {default} | {} | {} |\n",
            setting.variable, setting.key, setting.expected, setting.about
        ));
    }
    text
}

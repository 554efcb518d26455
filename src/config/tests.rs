use crate::domain::DatabaseUrl;
use std::time::Duration;

use super::*;

fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    load_with_file(None, variables)
}

fn load_with_file(file: Option<&Path>, variables: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    Config::load(file, |name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
}

/// The problems, one a line, without the folder of the file.
fn problems(toml: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let file = TomlFile::new(toml);
    let folder = format!("{}/", file.folder.path().display());
    match load_with_file(Some(&file.path()), variables) {
        Ok(config) => panic!("accepted: {config:?}"),
        Err(errors) => errors.to_string().replace(&folder, "").lines().map(str::to_owned).collect(),
    }
}

struct TomlFile {
    folder: tempfile::TempDir,
}

impl TomlFile {
    fn new(toml: &str) -> Self {
        let file = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(file.path(), toml).unwrap();
        file
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("x.toml")
    }
}

#[test]
fn nothing_needs_to_be_set() {
    let config = load(&[]).unwrap();
    assert_eq!(config.http.bind.to_string(), "127.0.0.1:8080");
    assert_eq!(config.http.public_url(8080).origin(), "http://localhost:8080");
    assert_eq!(config.database.url, DatabaseUrl::Sqlite("./data/entremise.sqlite3".into()));
    assert_eq!(config.database.log_lanes, 1);
    assert!(matches!(config.bus, BusSettings::InProcess) && matches!(config.mail, MailTransport::DemoMailbox));
    assert_eq!(config.limits.ping, Duration::from_secs(25));
    assert_eq!((config.limits.invitation_days, config.limits.sign_in_per_account.window_ms), (7, 300_000));
}

#[test]
fn the_environment_wins_over_the_file() {
    let file =
        TomlFile::new("data_dir = '/from/file'\n[http]\nbind = '127.0.0.1:1'\ntrusted_proxies = ['10.0.0.0/8', '::1']");
    let config =
        load_with_file(Some(&file.path()), &[("ENTREMISE_BIND", "127.0.0.1:2"), ("ENTREMISE_DATA_DIR", "")]).unwrap();
    assert_eq!(config.http.bind.port(), 2);
    assert_eq!(config.http.trusted_proxies.len(), 2);
    assert_eq!(config.database.url, DatabaseUrl::Sqlite("/from/file/entremise.sqlite3".into()));
}

#[test]
fn the_environment_can_name_the_file() {
    let file = TomlFile::new("[brand]\nname = 'Martin & Durand'");
    assert_eq!(load(&[(FILE_VARIABLE, file.path().to_str().unwrap())]).unwrap().brand.name, "Martin & Durand");
}

#[test]
fn every_problem_is_reported_at_once() {
    let found = problems(
        "[http]\nbnd = '127.0.0.1:1'\nworkers = 0\n[limits]\nping_seconds = 5\n[database]\nredis_url = 'redis://h'",
        &[("ENTREMISE_BIND", "localhost"), ("ENTREMISE_PAGE", "many"), ("ENTREMISE_LOG_FORMAT", "xml")],
    );
    assert_eq!(
        found,
        [
            "ENTREMISE_BIND: found \"localhost\", expected an IP address and a port, such as 127.0.0.1:8080 or [::]:8080",
            "x.toml: http.workers: found \"0\", expected a whole number from 1 to 256",
            "ENTREMISE_LOG_FORMAT: found \"xml\", expected text or json",
            "ENTREMISE_PAGE: found \"many\", expected a whole number from 1 to 1000",
            "ENTREMISE_PONG_SECONDS: found 10 (the default), expected less than ENTREMISE_PING_SECONDS (5)",
            "x.toml: database.redis_url: there is no such setting; the nearest is bus.redis_url",
            "x.toml: http.bnd: there is no such setting; the nearest is http.bind",
        ]
    );
}

#[test]
fn a_wrong_value_is_found_behind_a_good_one() {
    let found = problems("[http]\nbind = 'nowhere'", &[("ENTREMISE_BIND", "127.0.0.1:1")]);
    assert!(found[0].starts_with("x.toml: http.bind: found \"nowhere\""), "{found:?}");
}

#[test]
fn a_broken_file_is_named_and_its_line_is_not_shown() {
    let found = problems("[mail]\nsmtp_url = smtp://user:hunter2@host", &[]);
    assert!(found[0].starts_with("x.toml: line 2 is not TOML: "), "{found:?}");
    assert!(!found.concat().contains("hunter2"), "{found:?}");

    let missing = load_with_file(Some(Path::new("/no/such/file.toml")), &[]).unwrap_err().to_string();
    assert!(missing.starts_with("/no/such/file.toml: the file cannot be read: "), "{missing}");
}

#[test]
fn a_mistyped_database_url_is_refused_and_not_shown() {
    for (url, shown) in [
        ("postgre://user:hunter2@host/db", "\"postgre:…\""),
        ("sqlit:./data/hunter2", "\"sqlit:…\""),
        ("./data/hunter2.sqlite3", "a text without a scheme"),
        ("user%40:hunter2", "a text without a scheme"),
        ("postgres:hunter2", "\"postgres:…\""),
        ("sqlite:", "\"sqlite:…\""),
    ] {
        let error = load(&[("DATABASE_URL", url)]).unwrap_err().to_string();
        let expected = "postgres://USER:PASSWORD@HOST/DATABASE or sqlite:PATH";
        assert_eq!(error, format!("DATABASE_URL: found {shown}, expected {expected}"), "{url}");
    }
}

#[test]
fn no_secret_is_printed() {
    let config = load(&[
        ("DATABASE_URL", "postgres://user:hunter2@db.example/entremise?sslpassword=hunter2"),
        ("REDIS_URL", "rediss://user:hunter2@cache.example:6380/1"),
        ("SMTP_URL", "smtps://user:hunter2@mail.example"),
        ("ENTREMISE_MAIL_FROM", "portal@example.org"),
    ])
    .unwrap();
    let printed = format!("{config:?} {:#?} {:?}", config, config.warnings());
    assert!(!printed.contains("hunter2") && printed.contains("cache.example"), "{printed}");

    for (name, value) in [("REDIS_URL", "reds://:hunter2@h"), ("SMTP_URL", "smtp://u:hunter2@mail.example")] {
        let error = load(&[(name, value), ("ENTREMISE_MAIL_FROM", "portal@example.org")]).unwrap_err().to_string();
        assert!(error.starts_with(name) && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn keys_of_the_bus_are_long_and_never_shown() {
    let redis = ("REDIS_URL", "redis://localhost");
    let (one, two) = ("hunter2:0123456789abcdef0123456789", "hunter2:fedcba9876543210fedcba9876");
    let listed = format!("{one}, {two}");
    let config = load(&[redis, ("ENTREMISE_BUS_KEYS", &listed)]).unwrap();
    let BusSettings::Redis { keys, .. } = &config.bus else { panic!("Redis is set") };
    assert_eq!(keys.iter().map(|key| key.reveal()).collect::<Vec<_>>(), [one, two].map(str::as_bytes));
    assert!(!format!("{config:?} {config:#?}").contains("hunter2"));
    let from_file = TomlFile::new(&format!("[bus]\nkeys = ['{one}', '{two}']"));
    let config = load_with_file(Some(&from_file.path()), &[redis]).unwrap();
    assert!(matches!(&config.bus, BusSettings::Redis { keys, .. } if keys.len() == 2));

    for (variable, value) in [
        ("ENTREMISE_BUS_KEYS", "hunter:too-short".to_owned()),
        ("ENTREMISE_BUS_KEYS", format!("{one},hunter:too-short")),
        ("ENTREMISE_BUS_KEYS", format!("{one},")),
        ("ENTREMISE_BUS_KEYS", [one; 9].join(",")),
        ("ENTREMISE_SECRET_KEY", "hunter:too-short".to_owned()),
    ] {
        let error = load(&[redis, (variable, &value)]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{variable}: found another text, expected ")), "{error}");
        assert!(!error.contains("hunter"), "{error}");
    }
}

#[test]
fn a_prefix_of_channels_is_a_word() {
    let redis = ("REDIS_URL", "redis://cache.example");
    let prefix = |variables: &[(&str, &str)]| match load(variables).unwrap().bus {
        BusSettings::Redis { prefix, .. } => prefix,
        BusSettings::InProcess => panic!("Redis is set"),
    };
    assert_eq!(prefix(&[redis]), "entremise");
    assert_eq!(prefix(&[redis, ("ENTREMISE_REDIS_PREFIX", "other-office_2")]), "other-office_2");
    // "a:room" would hear the rooms of "a".
    for wrong in ["a:room", "a*", "é", &"a".repeat(41)] {
        let error = load(&[redis, ("ENTREMISE_REDIS_PREFIX", wrong)]).unwrap_err().to_string();
        assert!(error.starts_with("ENTREMISE_REDIS_PREFIX: found"), "{error}");
    }
}

#[test]
fn smtp_needs_a_sender() {
    let error = load(&[("SMTP_URL", "smtp://localhost")]).unwrap_err().to_string();
    assert_eq!(error, "ENTREMISE_MAIL_FROM: found nothing, expected a mail address, because SMTP_URL is set");
    let error = load(&[("SMTP_URL", "smtp://localhost"), ("ENTREMISE_MAIL_FROM", "portal")]).unwrap_err();
    assert_eq!(error.0.len(), 1, "{error}");
}

#[test]
fn what_contradicts_itself_is_refused() {
    for (variable, value, blamed) in [
        ("ENTREMISE_PONG_SECONDS", "25", "ENTREMISE_PONG_SECONDS: found 25, expected less than"),
        ("ENTREMISE_POST_BURST", "9", "ENTREMISE_POSTS_PER_SECOND: found 10 (the default), expected no more than"),
        ("ENTREMISE_PRESENCE_LEASE_SECONDS", "50", "ENTREMISE_PRESENCE_REFRESH_SECONDS: found 50 (the default)"),
        ("ENTREMISE_MAX_PAGE", "40", "ENTREMISE_PAGE: found 50 (the default), expected no more than"),
        ("ENTREMISE_LOG_QUEUE", "100", "ENTREMISE_LOG_BATCH: found 512 (the default), expected no more than"),
        ("ENTREMISE_MAX_FRAME_BYTES", "1000000", "ENTREMISE_MAX_FRAME_BYTES: found 1000000, expected no more"),
    ] {
        let error = load(&[(variable, value)]).unwrap_err().to_string();
        assert!(error.starts_with(blamed), "{error}");
    }
}

#[test]
fn what_is_probably_not_meant_is_a_warning() {
    let warned = |variables: &[(&str, &str)], words: &str| {
        let warnings = load(variables).unwrap().warnings();
        assert!(warnings.iter().any(|warning| warning.contains(words)), "{variables:?} {warnings:?}");
    };
    let from = ("ENTREMISE_MAIL_FROM", "portal@example.org");
    warned(&[("ENTREMISE_BIND", "0.0.0.0:80")], "links in mails");
    warned(&[("ENTREMISE_PUBLIC_URL", "http://portal.example")], "without https");
    warned(&[("ENTREMISE_PUBLIC_URL", "https://portal.example")], "ENTREMISE_TRUSTED_PROXIES is empty");
    warned(&[("REDIS_URL", "redis://localhost")], "one SQLite file serves one node");
    warned(&[], "not sent");
    warned(&[("REDIS_URL", "redis://:hunter2@cache.example")], "REDIS_URL leads to another machine without TLS");
    warned(&[("DATABASE_URL", "postgres://u:hunter2@db.example/x")], "DATABASE_URL leads to another machine");

    let good = [
        ("ENTREMISE_PUBLIC_URL", "https://portal.example"),
        ("ENTREMISE_TRUSTED_PROXIES", "127.0.0.1"),
        ("DATABASE_URL", "postgres://db.example/entremise?sslmode=verify-full"),
        ("REDIS_URL", "rediss://cache.example"),
        ("SMTP_URL", "smtps://u:p@mail.example"),
        from,
    ];
    assert_eq!(load(&good).unwrap().warnings(), [""; 0]);
    let here = [("DATABASE_URL", "postgres://127.0.0.1/entremise"), ("REDIS_URL", "redis://localhost:6380")];
    let warnings = load(&here).unwrap().warnings();
    assert!(!warnings.iter().any(|warning| warning.contains("another machine")), "{warnings:?}");
}

#[test]
fn a_mistyped_variable_is_noticed() {
    let names = ["ENTREMISE_BNID", "ENTREMISE_BIND", "ENTREMISE_CONFIG", "DATABASE_URL", "HOME"].map(str::to_owned);
    assert_eq!(unknown_variables(names), ["ENTREMISE_BNID is not a setting; the nearest is ENTREMISE_BIND"]);
}

#[test]
fn brand_values_are_safe_to_print_into_a_page() {
    for (variable, bad) in [
        ("ENTREMISE_BRAND_COLOR", "red"),
        ("ENTREMISE_BRAND_COLOR", "#12345"),
        ("ENTREMISE_BRAND_LOGO_URL", "//evil.example/logo.png"),
        ("ENTREMISE_BRAND_LOGO_URL", "http://portal.example/logo.png"),
        ("ENTREMISE_BRAND_LOGO_URL", "https://cdn.example/logo.png\"><script>"),
        ("ENTREMISE_BRAND_LOGO_URL", "https://cdn.example; script-src *"),
        ("ENTREMISE_BRAND_NAME", "two\nlines"),
        ("ENTREMISE_BRAND_NAME", "Martin\u{202e} & Durand"),
        ("ENTREMISE_BRAND_NAME", "\u{2800}\u{200b}"),
    ] {
        assert!(load(&[(variable, bad)]).is_err(), "{bad}");
    }
    assert_eq!(load(&[("ENTREMISE_BRAND_NAME", "Cle\u{301}ment\u{200b}")]).unwrap().brand.name, "Clément");
}

#[test]
fn every_setting_has_its_own_name_and_takes_its_own_default() {
    let settings = Config::settings();
    let mut keys: Vec<_> = settings.iter().map(|s| &s.key).collect();
    let mut variables: Vec<_> = settings.iter().map(|s| &s.variable).collect();
    for names in [&mut keys, &mut variables] {
        names.sort();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
    let text = env_example(&settings).lines().filter(|l| !l.starts_with("# ")).collect::<Vec<_>>().join("\n");
    let config = Config::load(None, |name| {
        text.lines().find_map(|line| line.strip_prefix('#')?.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
    });
    assert_eq!(format!("{:?}", config.unwrap()), format!("{:?}", load(&[]).unwrap()));
}

#[test]
fn the_example_in_the_reference_is_a_good_file() {
    let page = markdown(&Config::settings());
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(load_with_file(Some(&TomlFile::new(example).path()), &[]).unwrap().brand.name, "Martin & Durand");
}

#[test]
fn the_written_reference_is_up_to_date() {
    let settings = Config::settings();
    for (path, expected) in [(".env.example", env_example(&settings)), ("docs/CONFIGURATION.md", markdown(&settings))] {
        let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&full, &expected).unwrap();
        }
        let written = std::fs::read_to_string(&full).unwrap_or_default();
        assert!(written == expected, "{path} is not what src/config says; run: UPDATE=1 cargo test config");
    }
}

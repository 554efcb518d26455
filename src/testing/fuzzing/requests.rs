//! Bytes in requests (queries, tokens, addresses of the peer), and the addresses in the settings.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use url::form_urlencoded;

use crate::app::PageOf;
use crate::config::Config;
use crate::domain::{EmailAddress, IpAddress, Language, Secret};
use crate::http::{SiteSettings, language_of, page_of, token_of};

pub const QUERIES: &[&[u8]] = &[
    b"after=41&limit=50",
    b"before=9223372036854775807",
    b"after=-9223372036854775808",
    b"limit=%35%30",
    b"before=1&after=2",
    b"after=1&after=2",
    b"",
    b"around=3&%00=%ff&after=+7",
];

/// A query is read as it is written: every name known, none twice, whole numbers; or it is refused.
pub fn page_query(bytes: &[u8]) {
    let Ok(query) = std::str::from_utf8(bytes) else { return };
    let pairs: Vec<(String, String)> = form_urlencoded::parse(bytes).into_owned().collect();
    let number = |name: &str| {
        let mut values = pairs.iter().filter(|pair| pair.0 == name).map(|pair| pair.1.parse::<i64>());
        (values.next(), values.next().is_some())
    };
    let (before, after, limit) = (number("before"), number("after"), number("limit"));
    let known = pairs.iter().all(|pair| ["before", "after", "limit"].contains(&pair.0.as_str()));
    let sound = [&before, &after, &limit].iter().all(|(value, twice)| !twice && !matches!(value, Some(Err(_))));
    let both = before.0.is_some() && after.0.is_some();
    match page_of(query) {
        Ok((of, asked)) => {
            assert!(known && sound && !both, "{query}");
            let [before, after, limit] = [before, after, limit].map(|(value, _)| value.and_then(Result::ok));
            assert_eq!(asked, limit, "{query}");
            match of {
                PageOf::Newest => assert_eq!((before, after), (None, None), "{query}"),
                PageOf::Before(seq) => assert_eq!(Some(seq.0), before, "{query}"),
                PageOf::After(seq) => assert_eq!(Some(seq.0), after, "{query}"),
            }
        }
        Err(_) => assert!(!known || !sound || both, "refused without a reason: {query}"),
    }
}

pub const CREDENTIALS: &[&[u8]] = &[
    b"Bearer 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n\n\n",
    b"\nentremise=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef; lang=fr\n10.0.0.1, 192.0.2.7\nfr;q=0.8",
    b"bearer x\n__Host-entremise=\"a b\"; entremise=%00; entremise=\n6.6.6.6, [::ffff:192.0.2.7]:443, fe80::1%eth0, unknown,,\nen-GB, *;q=0",
];

/// Headers of strangers, one a line: a token is ours or nobody's, and the address of a peer is an address.
pub fn credentials(bytes: &[u8]) {
    const NAMES: [HeaderName; 4] =
        [header::AUTHORIZATION, header::COOKIE, HeaderName::from_static("x-forwarded-for"), header::ACCEPT_LANGUAGE];
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    for is_https in [false, true] {
        let mut request = TestRequest::default().peer_addr(SocketAddr::new(peer, 4000));
        for (name, value) in NAMES.into_iter().zip(bytes.split(|byte| *byte == b'\n')) {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                request = request.insert_header((name, value));
            }
        }
        let request = request.to_http_request();
        let site = SiteSettings {
            origins: Vec::new(),
            is_https,
            max_body_bytes: 1,
            body_timeout: std::time::Duration::from_secs(1),
            cookie: SiteSettings::cookie_name(is_https, None),
            trusts: Box::new(|peer| peer.is_loopback()),
        };
        if let Some((token, _)) = token_of(&request, &site) {
            match Secret::parse(&token) {
                Some(secret) => {
                    assert!(token.len() == 64 && token.bytes().all(|b| b"0123456789abcdef".contains(&b)));
                    assert_eq!(secret.reveal(), token);
                    assert!(!format!("{secret:?}").contains(&token));
                    assert_eq!(secret.hash().0.len(), 32);
                }
                None => assert!(token.len() != 64 || token.bytes().any(|b| !b"0123456789abcdef".contains(&b))),
            }
        }
        let ip = site.origin_of(&request).ip.expect("a peer");
        assert_eq!(IpAddress::parse(&ip.to_string()), Some(ip), "an address has one spelling");
        assert!(matches!(language_of(&request), Language::Fr | Language::En));
    }
}

pub const ADDRESSES: &[&[u8]] = &[
    b"postgres://user:hunter2@db.example:5432/portal?sslmode=require",
    b"postgresql:/user:hunter2@db.example",
    b"sqlite:///var/lib/portal.sqlite3",
    b"rediss://user:hunter2@[::1]:6380/3",
    b"smtp+starttls://claire%40example.org:hunter2@mail.example:2525",
    b"smtp://user:hunter2@mail.example?tls=none",
    b"https://Portal.Example:443/",
    b"10.0.0.0/8, ::1, 192.0.2.0/33",
    b"Claire.Martin+x@Example.org",
];

const SETTINGS: [&str; 6] = [
    "DATABASE_URL",
    "REDIS_URL",
    "SMTP_URL",
    "ENTREMISE_PUBLIC_URL",
    "ENTREMISE_TRUSTED_PROXIES",
    "ENTREMISE_MAIL_FROM",
];

/// Addresses in the settings are taken or refused, and neither shows the password that may stand in them.
pub fn addresses(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for setting in SETTINGS {
        let loaded = Config::load(None, |name| (name == setting).then(|| text.to_owned()));
        let told = match loaded {
            Ok(config) => format!("{config:?}"),
            Err(errors) => errors.to_string(),
        };
        // A path is no secret, and a host is not even if it is called like one.
        let is_password = text.matches("hunter2").count() == 1 && text.contains(":hunter2@");
        let holds_passwords = setting.ends_with("_URL") && setting != "ENTREMISE_PUBLIC_URL";
        if is_password && holds_passwords && !text.trim_start().starts_with("sqlite") {
            assert!(!told.contains("hunter2"), "{setting}={text} is told as {told}");
        }
    }
    if let Ok(address) = EmailAddress::parse(text) {
        assert_eq!(EmailAddress::parse(address.as_str()).expect("an address stays one"), address);
        assert!(address.as_str().len() <= 254 && !address.as_str().contains(['\r', '\n', ' ']));
    }
}

//! Connections to other servers that cross a network readable.

use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use super::urls::is_loopback;

/// Whether the Redis at this address is on another machine, and asked without TLS.
pub(super) fn redis(scheme: &str, host: &str) -> bool {
    scheme == "redis" && !is_loopback(host)
}

/// Whether this address, as libpq reads it, leads to another machine and does not insist on TLS. `env` gives the variables that
/// libpq reads for what the address leaves open.
pub(super) fn postgres(url: &str, env: impl Fn(&str) -> Option<String>) -> bool {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    // As libpq finds it: a password may hold a question mark.
    let rest = match rest.split_once('@') {
        Some((user, rest)) if !user.contains('/') => rest,
        _ => rest,
    };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let parameters: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let parameter = |name: &str| {
        let last = parameters.iter().rev().find(|(found, _)| found == name);
        last.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    };
    let set = |name: &str, variable: &str| parameter(name).or_else(|| env(variable).filter(|value| !value.is_empty()));

    let named = place.split('/').next().unwrap_or_default();
    let in_url = named.split(',').map(without_port).collect::<Vec<_>>().join(",");
    let in_url = Some(in_url).filter(|hosts| !hosts.is_empty());
    let hosts = set("hostaddr", "PGHOSTADDR")
        .or_else(|| parameter("host"))
        .or(in_url)
        .or_else(|| env("PGHOST"))
        .unwrap_or_default();
    hosts.split(',').any(is_elsewhere) && !insists_on_tls(&set, &parameter)
}

fn insists_on_tls(set: &impl Fn(&str, &str) -> Option<String>, parameter: &impl Fn(&str) -> Option<String>) -> bool {
    // The spelling of JDBC, which libpq takes too.
    if parameter("ssl").is_some_and(|value| value == "true") && parameter("sslmode").is_none() {
        return true;
    }
    match set("sslmode", "PGSSLMODE") {
        Some(mode) => matches!(mode.as_str(), "require" | "verify-ca" | "verify-full"),
        // Certificates of the system are always verified.
        None => set("sslrootcert", "PGSSLROOTCERT").is_some_and(|file| file == "system"),
    }
}

/// Empty is the socket file of this machine, and so is a path.
fn is_elsewhere(host: &str) -> bool {
    !(host.is_empty() || host.starts_with(['/', '@']) || is_loopback(host))
}

fn without_port(host: &str) -> String {
    let name = match host.strip_prefix('[') {
        Some(address) => address.split(']').next(),
        None => host.split(':').next(),
    };
    percent_decode_str(name.unwrap_or_default()).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgresql_on_another_machine_must_be_asked_for_tls() {
        for (url, variables, is_readable) in [
            ("postgres://u:p@db.example/portal", &[][..], true),
            ("postgresql://db.example:5433/portal", &[], true),
            ("postgres://u:p?x@10.0.0.7/portal", &[], true),
            ("postgres://[2001:db8::7]:5432/portal", &[], true),
            ("postgres://localhost,db.example/portal", &[], true),
            ("postgres:///portal?host=db.example", &[], true),
            ("postgres://localhost/portal?hostaddr=10.0.0.7", &[], true),
            ("postgres://db.example/portal?sslmode=disable", &[], true),
            ("postgres://db.example/portal?sslmode=allow", &[], true),
            ("postgres://db.example/portal?sslmode=prefer", &[], true),
            ("postgres://db.example/portal?sslmode=require&sslmode=prefer", &[], true),
            ("postgres://db.example/portal?application_name=sslmode%3Drequire", &[], true),
            ("postgres:///portal", &[("PGHOST", "db.example")], true),
            ("postgres://db.example/portal?sslmode=prefer", &[("PGSSLMODE", "require")], true),
            ("postgres://u:p@db.example/portal?sslmode=require", &[], false),
            ("postgres://db.example?sslmode=verify-ca", &[], false),
            ("postgres://db.example/portal?x=1&sslmode=verify-full", &[], false),
            ("postgres://db.example/portal?sslrootcert=system", &[], false),
            ("postgres://db.example/portal?ssl=true", &[], false),
            ("postgres://db.example/portal", &[("PGSSLMODE", "verify-full")], false),
            ("postgres://u:p@localhost/portal", &[], false),
            ("postgres://127.0.0.1:5433/portal", &[], false),
            ("postgres://[::1]/portal", &[], false),
            ("postgres:///portal", &[], false),
            ("postgres://%2Fvar%2Frun%2Fpostgresql/portal", &[], false),
            ("postgres:///portal?host=/var/run/postgresql", &[], false),
            ("postgres://db.example/portal?hostaddr=127.0.0.1", &[], false),
        ] {
            let env = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(postgres(url, env), is_readable, "{url} {variables:?}");
        }
    }

    #[test]
    fn redis_on_another_machine_must_be_asked_for_tls() {
        for (scheme, host, is_readable) in [
            ("redis", "cache.example", true),
            ("redis", "10.0.0.7", true),
            ("redis", "[2001:db8::7]", true),
            ("redis", "0.0.0.0", true),
            ("rediss", "cache.example", false),
            ("redis", "LocalHost", false),
            ("redis", "127.0.0.2", false),
            ("redis", "[::1]", false),
            ("redis", "[::ffff:127.0.0.1]", false),
        ] {
            assert_eq!(redis(scheme, host), is_readable, "{scheme}://{host}");
        }
    }
}

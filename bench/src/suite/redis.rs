//! The one question that is asked of Redis: which process it is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use url::Url;

/// The process of a Redis at `redis://user:password@host:port`.
pub fn pid(text: &str) -> Result<u32> {
    let url = Url::parse(text).context("the address of Redis is not a URL")?;
    let address = (url.host_str().unwrap_or("127.0.0.1"), url.port().unwrap_or(6379));
    let mut stream = TcpStream::connect(address).context("cannot connect to Redis")?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    if let Some(password) = url.password() {
        let user = if url.username().is_empty() { "default" } else { url.username() };
        stream.write_all(format!("AUTH {user} {password}\r\n").as_bytes())?;
    }
    stream.write_all(b"INFO server\r\n")?;
    let mut answers = BufReader::new(stream);
    let mut line = String::new();
    if url.password().is_some() {
        answers.read_line(&mut line)?;
        ensure!(line.starts_with("+OK"), "Redis refuses the password");
        line.clear();
    }
    answers.read_line(&mut line)?;
    let length: usize = line.trim().strip_prefix('$').context("Redis said no")?.parse()?;
    let mut info = vec![0; length];
    answers.read_exact(&mut info)?;
    process_id(&String::from_utf8_lossy(&info)).context("Redis does not say which process it is")
}

fn process_id(info: &str) -> Option<u32> {
    info.lines().find_map(|line| line.strip_prefix("process_id:"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_process_is_named_in_the_answer() {
        assert_eq!(super::process_id("# Server\r\nredis_version:7.0.15\r\nprocess_id:4711\r\n"), Some(4711));
        assert_eq!(super::process_id("# Server\r\n"), None);
    }
}

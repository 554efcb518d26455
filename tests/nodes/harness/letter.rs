//! A mail as a mail server put it into a Maildir, taken apart far enough to be read.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub struct Letter {
    pub head: String,
    pub text: String,
    pub html: String,
}

/// The letters to this address, in no order.
pub fn letters_to(folder: &Path, address: &str) -> Vec<Letter> {
    let Ok(files) = std::fs::read_dir(folder.join("new")) else { return Vec::new() };
    let raw = files.filter_map(|file| std::fs::read(file.ok()?.path()).ok());
    let readable = raw.map(|bytes| String::from_utf8_lossy(&bytes).replace("\r\n", "\n"));
    readable.map(|raw| letter(&raw)).filter(|letter| header(&letter.head, "to").contains(address)).collect()
}

/// A header's value, without its folds; empty if there is none.
pub fn header(head: &str, name: &str) -> String {
    let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
    let value = unfolded.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    });
    value.unwrap_or_default()
}

fn letter(raw: &str) -> Letter {
    let (head, body) = raw.split_once("\n\n").unwrap_or((raw, ""));
    let kind = header(head, "content-type");
    let boundary = kind.split("boundary=").nth(1).unwrap_or_default().trim_matches(|c| c == '"' || c == ';');
    let parts: Vec<(String, String)> = body.split(&format!("--{boundary}")).filter_map(part).collect();
    let of = |kind: &str| parts.iter().find(|(found, _)| found.starts_with(kind)).map(|(_, text)| text.clone());
    Letter {
        head: head.to_owned(),
        text: of("text/plain").unwrap_or_default(),
        html: of("text/html").unwrap_or_default(),
    }
}

fn part(raw: &str) -> Option<(String, String)> {
    let (head, body) = raw.trim_start().split_once("\n\n")?;
    let text = match header(head, "content-transfer-encoding").to_ascii_lowercase().as_str() {
        "base64" => {
            let bytes = STANDARD.decode(body.split_whitespace().collect::<String>()).expect("good base64");
            String::from_utf8(bytes).expect("text")
        }
        "quoted-printable" => unquoted(body),
        _ => body.to_owned(),
    };
    Some((header(head, "content-type"), text))
}

fn unquoted(body: &str) -> String {
    let joined = body.replace("=\n", "");
    let mut pieces = joined.split('=');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (code, rest) = piece.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).expect("a byte in two digits"));
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).expect("text")
}

//! The frames of docs/PROTOCOL.md: writing the two that are sent, reading those that are heard. The bare server reads the
//! two that are sent.
//!
//! Almost everything that arrives under load is `entry` and `posted`. Those two are read by a scanner that knows the
//! shape the server writes; whatever has another shape goes through serde_json, which is always right but slower.

use std::borrow::Cow;
use std::io::Write;

use anyhow::{Context, Result};
use serde::Deserialize;

/// `ref` of the joins: above every number of a post.
pub const JOIN_REF: u64 = 1 << 40;

pub fn write_join(out: &mut Vec<u8>, reference: u64, room: u64, after: Option<u64>) {
    out.clear();
    // Writing into a Vec cannot fail.
    let _ = write!(out, r#"{{"t":"join","ref":{reference},"room":{room}"#);
    if let Some(after) = after {
        let _ = write!(out, r#","after":{after}"#);
    }
    out.push(b'}');
}

pub fn write_leave(out: &mut Vec<u8>, reference: u64, room: u64) {
    out.clear();
    let _ = write!(out, r#"{{"t":"leave","ref":{reference},"room":{room}}}"#);
}

/// `nonce` and `body` must not need escapes in JSON.
pub fn write_post(out: &mut Vec<u8>, reference: u64, room: u64, nonce: &str, body: &str) {
    out.clear();
    let _ = write!(out, r#"{{"t":"post","ref":{reference},"room":{room},"nonce":"{nonce}","body":"{body}"}}"#);
}

#[derive(Debug, PartialEq, Deserialize)]
pub struct WireEntry<'a> {
    pub room: u64,
    pub seq: u64,
    #[serde(borrow)]
    pub nonce: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub body: Option<Cow<'a, str>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Incoming<'a> {
    Hello {
        protocol: u64,
    },
    Joined {
        room: u64,
        head: u64,
    },
    Entries {
        #[serde(borrow)]
        entries: Vec<WireEntry<'a>>,
    },
    Live {
        room: u64,
        seq: u64,
    },
    #[serde(borrow)]
    Entry(WireEntry<'a>),
    Posted {
        #[serde(rename = "ref")]
        reference: u64,
        room: u64,
        seq: u64,
    },
    Refused {
        #[serde(rename = "ref")]
        reference: Option<u64>,
        code: String,
        retry_after: Option<u64>,
    },
    Left {
        room: u64,
    },
    /// Presence, reading positions, typing and whatever comes later: nothing to do with the load.
    #[serde(other)]
    Other,
}

pub fn parse(text: &str) -> Result<Incoming<'_>> {
    match scan(text) {
        Some(incoming) => Ok(incoming),
        None => parse_slowly(text),
    }
}

fn parse_slowly(text: &str) -> Result<Incoming<'_>> {
    serde_json::from_str(text).with_context(|| format!("not a frame of the protocol: {}", head(text)))
}

fn head(text: &str) -> String {
    text.chars().take(200).collect()
}

/// `None`: not a shape that is known here, which says nothing about whether it is right.
fn scan(text: &str) -> Option<Incoming<'_>> {
    let mut scan = Scan(text.strip_prefix(r#"{"t":""#)?);
    if scan.skip(r#"entry","#).is_some() {
        let entry = scan.message()?;
        return scan.0.is_empty().then_some(Incoming::Entry(entry));
    }
    if scan.skip(r#"entries","room":"#).is_some() {
        scan.number()?;
        scan.skip(r#","entries":["#)?;
        let mut entries = Vec::new();
        loop {
            scan.skip("{")?;
            entries.push(scan.message()?);
            if scan.skip(",").is_none() {
                break;
            }
        }
        return (scan.0 == "]}").then_some(Incoming::Entries { entries });
    }
    if scan.skip(r#"posted","ref":"#).is_some() {
        let reference = scan.number()?;
        scan.skip(r#","room":"#)?;
        let room = scan.number()?;
        scan.skip(r#","seq":"#)?;
        let seq = scan.number()?;
        scan.end_with_time()?;
        return Some(Incoming::Posted { reference, room, seq });
    }
    None
}

/// The frame that `write_join` or `write_post` has written.
#[derive(Debug, PartialEq)]
pub enum Sent<'a> {
    Join { reference: u64, room: u64 },
    Post { reference: u64, room: u64, nonce: &'a str, body: &'a str },
}

/// `None`: not in the shape in which this program writes it. `after` is not read.
pub fn parse_sent(text: &str) -> Option<Sent<'_>> {
    let mut scan = Scan(text.strip_prefix(r#"{"t":""#)?);
    let joins = scan.skip(r#"join","ref":"#).is_some();
    if !joins {
        scan.skip(r#"post","ref":"#)?;
    }
    let reference = scan.number()?;
    scan.skip(r#","room":"#)?;
    let room = scan.number()?;
    if joins {
        return Some(Sent::Join { reference, room });
    }
    scan.skip(r#","nonce":"#)?;
    let nonce = scan.plain_string()?;
    scan.skip(r#","body":"#)?;
    let body = scan.plain_string()?;
    (scan.0 == "}").then_some(Sent::Post { reference, room, nonce, body })
}

struct Scan<'a>(&'a str);

impl<'a> Scan<'a> {
    fn skip(&mut self, literal: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(literal)?;
        Some(())
    }

    fn number(&mut self) -> Option<u64> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        // Ids are below 2^53, which has 16 digits; so this cannot overflow.
        if digits == 0 || digits > 16 {
            return None;
        }
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        Some(number.bytes().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
    }

    /// A string without escapes.
    fn plain_string(&mut self) -> Option<&'a str> {
        let inner = self.0.strip_prefix('"')?;
        let end = memchr::memchr2(b'"', b'\\', inner.as_bytes())?;
        let (string, rest) = inner.split_at_checked(end)?;
        self.0 = rest.strip_prefix('"')?;
        Some(string)
    }

    /// From `"room"` to the closing brace.
    fn message(&mut self) -> Option<WireEntry<'a>> {
        self.skip(r#""room":"#)?;
        let room = self.number()?;
        self.skip(r#","seq":"#)?;
        let seq = self.number()?;
        self.skip(r#","kind":"message","author":"#)?;
        self.number()?;
        self.skip(r#","nonce":"#)?;
        let nonce = Some(Cow::Borrowed(self.plain_string()?));
        self.skip(r#","body":"#)?;
        let body = Some(Cow::Borrowed(self.plain_string()?));
        self.skip(r#","data":null,"at":"#)?;
        self.plain_string()?;
        self.skip("}")?;
        Some(WireEntry { room, seq, nonce, body })
    }

    fn end_with_time(&mut self) -> Option<()> {
        self.skip(r#","at":"#)?;
        self.plain_string()?;
        (self.0 == "}").then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The JSON examples of the protocol's own page, which are what the server does.
    fn examples(side: &str) -> Vec<String> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/PROTOCOL.md");
        let page = std::fs::read_to_string(path).unwrap();
        let fence = format!("```json {side}\n");
        let found: Vec<String> =
            page.split(&fence).skip(1).map(|after| after.split("\n```").next().unwrap().to_owned()).collect();
        assert!(found.len() > 4, "no examples in {path}");
        found
    }

    fn server_example(t: &str) -> String {
        let start = format!(r#"{{"t":"{t}","#);
        examples("server").into_iter().find(|example| example.starts_with(&start)).unwrap()
    }

    #[test]
    fn every_example_of_the_server_is_read() {
        for example in examples("server") {
            let known = ["hello", "joined", "entries", "live", "entry", "posted", "refused", "left"]
                .iter()
                .any(|t| example.starts_with(&format!(r#"{{"t":"{t}","#)));
            assert_eq!(parse(&example).unwrap() == Incoming::Other, !known, "{example}");
        }
    }

    #[test]
    fn the_scanner_knows_the_two_frequent_shapes_and_agrees_with_serde() {
        for t in ["entry", "posted"] {
            let example = server_example(t);
            assert_eq!(scan(&example).expect(&example), parse_slowly(&example).unwrap());
        }
    }

    #[test]
    fn another_shape_falls_back_and_is_still_right() {
        let entry = server_example("entry");
        let escaped = entry.replace("The notary", r#"\"The\nnotary"#);
        let spaced = entry.replace(r#""seq":"#, r#""seq": "#);
        let longer = entry.replace(r#","at""#, r#","new":1,"at""#);
        for text in [&escaped, &spaced, &longer] {
            assert!(scan(text).is_none(), "{text}");
            let Incoming::Entry(read) = parse(text).unwrap() else { panic!("{text}") };
            assert_eq!((read.room, read.seq), (7, 44));
            assert!(read.body.unwrap().ends_with("confirmed Thursday."));
        }
        for broken in [&entry[..entry.len() - 1], &entry.replace("44", "\"44\""), "", "[]", r#"{"t":"entry"}"#] {
            assert!(parse(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn pages_and_refusals_are_read() {
        let page = server_example("entries");
        let Incoming::Entries { entries } = parse(&page).unwrap() else { panic!("{page}") };
        let seen: Vec<_> = entries.iter().map(|entry| (entry.seq, entry.nonce.is_some())).collect();
        assert_eq!(seen, [(42, true), (43, false)]);
        let Incoming::Refused { reference, code, retry_after } = parse(&server_example("refused")).unwrap() else {
            panic!("not a refusal")
        };
        assert_eq!((reference, code.as_str(), retry_after), (Some(3), "too_many_posts", Some(300)));
    }

    #[test]
    fn what_is_sent_can_be_read() {
        let mut out = Vec::new();
        write_join(&mut out, JOIN_REF, 7, Some(3));
        let text = String::from_utf8(out.clone()).unwrap();
        assert_eq!(parse_sent(&text), Some(Sent::Join { reference: JOIN_REF, room: 7 }));
        write_post(&mut out, 5, 7, "nonce", "a body");
        let text = String::from_utf8(out).unwrap();
        assert_eq!(parse_sent(&text), Some(Sent::Post { reference: 5, room: 7, nonce: "nonce", body: "a body" }));
        assert_eq!(parse_sent(&text[..text.len() - 1]), None);
        assert_eq!(parse_sent(r#"{"t":"typing","room":7}"#), None);
    }

    #[test]
    fn what_is_sent_is_what_the_page_shows() {
        let page = examples("client");
        let mut out = Vec::new();
        write_join(&mut out, 1, 7, Some(41));
        assert!(page.contains(&String::from_utf8(out.clone()).unwrap()));
        write_leave(&mut out, 2, 7);
        assert!(page.contains(&String::from_utf8(out.clone()).unwrap()));
        write_post(&mut out, 3, 7, "0198c0a1-5d3e-7c11-a1b2-c3d4e5f60718", "The notary confirmed Thursday.");
        assert!(page.contains(&String::from_utf8(out).unwrap()));
    }
}

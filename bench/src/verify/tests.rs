use super::*;

struct Bench {
    letters: Letters,
    log: RoomLog,
    findings: Findings,
}

impl Bench {
    fn new() -> Self {
        let mut log = RoomLog::new(7);
        log.starts_at(40);
        for sent in 0..4 {
            log.open_post(SentPost { us: sent, node: 0, socket: 0 });
        }
        Self { letters: Letters::new(100), log, findings: Findings::default() }
    }

    fn deliver(&mut self, cursor: &mut Cursor, post: u32, seq: u64) {
        let (mut nonce, mut body) = (String::new(), String::new());
        self.letters.nonce(&mut nonce, 7, post);
        self.letters.body(&mut body, &nonce, u64::from(post));
        self.deliver_text(cursor, seq, &nonce, &body);
    }

    fn deliver_text(&mut self, cursor: &mut Cursor, seq: u64, nonce: &str, body: &str) {
        let entry = WireEntry { room: 7, seq, nonce: Some(nonce.into()), body: Some(body.into()) };
        self.log.delivered(&entry, cursor, &self.letters, &mut self.findings);
    }

    fn finish(mut self, cursors: &[Cursor]) -> Findings {
        self.findings.missing = cursors.iter().map(|cursor| cursor.missing(self.log.newest)).sum();
        self.findings
    }
}

#[test]
fn a_clean_run_has_no_findings() {
    let mut bench = Bench::new();
    let mut cursors = [Cursor::new(40), Cursor::new(40)];
    assert_eq!(bench.log.acked(0, 41, &mut bench.findings), Some(0));
    for cursor in &mut cursors {
        bench.deliver(cursor, 0, 41);
        bench.deliver(cursor, 1, 42);
    }
    assert_eq!(bench.log.acked(1, 42, &mut bench.findings), Some(1));
    // A second answer to a retry is no news, but must agree.
    assert_eq!(bench.log.acked(1, 42, &mut bench.findings), None);
    assert!(bench.finish(&cursors).none());
}

#[test]
fn missing_is_found_in_the_middle_and_at_the_end() {
    let mut bench = Bench::new();
    let mut cursors = [Cursor::new(40), Cursor::new(40), Cursor::new(40)];
    bench.deliver(&mut cursors[0], 0, 41);
    bench.deliver(&mut cursors[0], 2, 43);
    bench.deliver(&mut cursors[1], 0, 41);
    bench.log.acked(2, 43, &mut bench.findings);
    let findings = bench.finish(&cursors);
    // The first lacks 42, the second 42 and 43, the third all.
    assert_eq!(findings, Findings { missing: 6, ..Findings::default() });
}

#[test]
fn a_duplicate_is_found_also_under_a_second_seq() {
    let mut bench = Bench::new();
    let mut cursors = [Cursor::new(40)];
    bench.deliver(&mut cursors[0], 0, 41);
    bench.deliver(&mut cursors[0], 0, 41);
    assert_eq!(bench.findings.duplicated, 1);
    bench.deliver(&mut cursors[0], 0, 42);
    assert_eq!(bench.finish(&cursors), Findings { duplicated: 2, ..Findings::default() });
}

#[test]
fn out_of_order_is_found_and_is_not_missing() {
    let mut bench = Bench::new();
    let mut cursors = [Cursor::new(40)];
    for (post, seq) in [(0, 41), (2, 43), (3, 44), (1, 42)] {
        bench.deliver(&mut cursors[0], post, seq);
    }
    assert_eq!(bench.finish(&cursors), Findings { out_of_order: 1, ..Findings::default() });
}

#[test]
fn a_changed_body_is_found() {
    let mut bench = Bench::new();
    let mut cursors = [Cursor::new(40)];
    let mut nonce = String::new();
    bench.letters.nonce(&mut nonce, 7, 0);
    bench.deliver_text(&mut cursors[0], 41, &nonce, "something else");
    bench.letters.nonce(&mut nonce, 7, 99);
    bench.deliver_text(&mut cursors[0], 42, &nonce, "never posted");
    // Entries of others are only counted for their order.
    bench.deliver_text(&mut cursors[0], 43, "another", "hello");
    assert_eq!(bench.finish(&cursors), Findings { wrong_body: 2, ..Findings::default() });
}

#[test]
fn contradicting_places_are_found() {
    let mut bench = Bench::new();
    let mut cursors = [Cursor::new(40), Cursor::new(40)];
    bench.deliver(&mut cursors[0], 0, 41);
    bench.deliver(&mut cursors[1], 1, 41);
    assert_eq!(bench.findings.conflicting_seq, 1);
    bench.log.acked(0, 42, &mut bench.findings);
    bench.log.acked(2, 40, &mut bench.findings);
    bench.log.acked(3, u64::MAX / 2, &mut bench.findings);
    assert_eq!(bench.finish(&cursors), Findings { conflicting_seq: 4, ..Findings::default() });
}

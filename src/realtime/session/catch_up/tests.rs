use super::*;

#[test]
fn live_entries_during_the_history_are_read_not_kept() {
    let mut at = CatchUp::start(Seq(3), Seq(5));
    assert!(at.is_reading());
    assert_eq!(at.live(Seq(6), Seq(6)), Live::Drop);
    assert_eq!(at.page(Some(Seq(5))), AfterPage::Read { after: Seq(5) });
    assert_eq!(at.page(Some(Seq(6))), AfterPage::CaughtUp);
    assert_eq!(at.live(Seq(6), Seq(6)), Live::Drop);
    assert_eq!(at.live(Seq(7), Seq(7)), Live::Send);
    assert_eq!(at.live(Seq(9), Seq(9)), Live::Read { after: Seq(7) });
}

#[test]
fn an_announcement_that_is_not_true_does_not_loop() {
    let mut at = CatchUp::start(Seq(3), Seq(3));
    assert_eq!(at.live(Seq(10), Seq(10)), Live::Read { after: Seq(3) });
    assert_eq!(at.page(None), AfterPage::CaughtUp);
    assert_eq!(at.live(Seq(4), Seq(4)), Live::Send);
}

/// A room that posts, a session that joins somewhere, pages that are read and arrive late, hints that get lost.
struct Schedule {
    rng: u64,
    /// Entries 1 to `log` are committed.
    log: i64,
    /// Batches of live entries on their way, each its first and its last.
    live: Vec<(Seq, Seq)>,
    /// The answer of a page that was read, not yet arrived.
    page: Option<Vec<Seq>>,
    /// A page that is asked for and not yet read.
    asked: Option<Seq>,
    /// The entries that the client got.
    got: Vec<Seq>,
}

impl Schedule {
    fn below(&mut self, bound: u64) -> u64 {
        self.rng ^= self.rng << 13;
        self.rng ^= self.rng >> 7;
        self.rng ^= self.rng << 17;
        self.rng % bound
    }

    fn run(seed: u64) {
        let mut s = Self {
            rng: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            log: 0,
            live: Vec::new(),
            page: None,
            asked: None,
            got: Vec::new(),
        };
        s.log = i64::try_from(s.below(12)).unwrap();
        let head = s.log;
        let cursor = i64::try_from(s.below(u64::try_from(head).unwrap() + 1)).unwrap();
        let mut at = CatchUp::start(Seq(cursor), Seq(head));
        s.asked = at.is_reading().then_some(at.cursor());
        for _ in 0..60 {
            match s.below(4) {
                0 => s.post(true),
                1 => s.read(),
                2 => s.page_arrives(&mut at),
                _ => s.live_arrives(&mut at),
            }
        }
        // One entry that is not lost is enough to bring everything before it.
        s.post(false);
        let mut steps = 0;
        while !(s.live.is_empty() && s.asked.is_none() && s.page.is_none()) {
            s.read();
            s.page_arrives(&mut at);
            s.live_arrives(&mut at);
            steps += 1;
            assert!(steps < 200, "seed {seed} does not come to an end");
        }
        let expected: Vec<Seq> = (cursor + 1..=s.log).map(Seq).collect();
        assert_eq!(s.got, expected, "seed {seed}");
        assert!(!at.is_reading(), "seed {seed}");
    }

    fn post(&mut self, may_be_lost: bool) {
        let first = self.log + 1;
        self.log = first + i64::try_from(self.below(3)).unwrap();
        if !may_be_lost || self.below(8) > 0 {
            self.live.push((Seq(first), Seq(self.log)));
        }
        if self.below(8) == 0 {
            // Of an earlier join of the same room.
            let old = 1 + self.below(u64::try_from(self.log).unwrap());
            let old = Seq(i64::try_from(old).unwrap());
            self.live.push((old, old));
        }
    }

    fn read(&mut self) {
        if let Some(after) = self.asked.take() {
            self.page = Some((after.0 + 1..=self.log).take(3).map(Seq).collect());
        }
    }

    fn page_arrives(&mut self, at: &mut CatchUp) {
        let Some(page) = self.page.take() else { return };
        self.got.extend(&page);
        if let AfterPage::Read { after } = at.page(page.last().copied()) {
            self.asked = Some(after);
        }
    }

    fn live_arrives(&mut self, at: &mut CatchUp) {
        if self.live.is_empty() {
            return;
        }
        let (first, last) = self.live.remove(0);
        match at.live(first, last) {
            Live::Send => self.got.extend((first.0..=last.0).map(Seq)),
            Live::Drop => {}
            Live::Read { after } => {
                assert!(self.asked.is_none() && self.page.is_none(), "two reads at a time");
                self.asked = Some(after);
            }
        }
    }
}

#[test]
fn every_schedule_ends_with_everything_once_and_in_order() {
    for seed in 1..=20_000 {
        Schedule::run(seed);
    }
}

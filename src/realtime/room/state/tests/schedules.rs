//! Thousands of schedules: a database that is the truth, a bus that loses, repeats and reorders, reads that take their time
//! or fail, members that come and go, sessions that join and leave.

use super::*;

/// Entries that one read brings: few, so that gaps take several.
const PAGE: usize = 3;
const ACCOUNTS: i64 = 4;

struct TestDevice {
    account: AccountId,
    /// The last entry it was given; it begins with the room's head at the time it was let in.
    last: Seq,
}

enum ReadUnderWay {
    EntriesAsked { after: Seq },
    Entries(Vec<Entry>),
    MembersAsked,
    Members(Snapshot),
}

struct RoomSchedule {
    seed: u64,
    rng: u64,
    log: Vec<Entry>,
    /// The members at each version.
    history: Vec<HashSet<AccountId>>,
    state: RoomState,
    devices: HashMap<SessionKey, TestDevice>,
    next_device: u64,
    bus: Vec<RoomEvent>,
    reads: Vec<ReadUnderWay>,
    reads_begun: usize,
    now: i64,
}

impl RoomSchedule {
    fn new(seed: u64) -> Self {
        let history = vec![HashSet::from([AccountId(1)])];
        Self {
            seed,
            rng: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            log: Vec::new(),
            history,
            state: RoomState::new(ROOM, NodeId(1), TIMES, snapshot(0, 0, vec![member(1, true)])),
            devices: HashMap::new(),
            next_device: 0,
            bus: Vec::new(),
            reads: Vec::new(),
            reads_begun: 0,
            now: 0,
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.rng ^= self.rng << 13;
        self.rng ^= self.rng >> 7;
        self.rng ^= self.rng << 17;
        usize::try_from(self.rng % u64::try_from(bound).unwrap()).unwrap()
    }

    fn any_account(&mut self) -> i64 {
        1 + i64::try_from(self.below(usize::try_from(ACCOUNTS).unwrap())).unwrap()
    }

    fn version(&self) -> i64 {
        i64::try_from(self.history.len()).unwrap() - 1
    }

    fn head(&self) -> Seq {
        Seq(i64::try_from(self.log.len()).unwrap())
    }

    fn members_now(&self) -> &HashSet<AccountId> {
        self.history.last().unwrap()
    }

    fn commit(&mut self, entry: Entry) {
        self.log.push(entry.clone());
        // Lost, on its way, or on its way twice.
        for _ in 0..[0, 1, 1, 1, 2][self.below(5)] {
            let place = self.below(self.bus.len() + 1);
            self.bus.insert(place, committed([entry.clone()]).remove(0));
        }
    }

    fn post(&mut self) {
        self.commit(message(self.head().0 + 1, self.version()));
    }

    fn change_members(&mut self) {
        let account = self.any_account();
        let mut members = self.members_now().clone();
        let kind = if members.remove(&AccountId(account)) {
            EntryKind::MemberRemoved
        } else {
            members.insert(AccountId(account));
            EntryKind::MemberAdded
        };
        self.history.push(members);
        let mut entry = change(self.head().0 + 1, self.version(), kind, account);
        if self.below(3) == 0 {
            // Written by a version that says it otherwise: the members must be read.
            entry.body = EntryBody::from_parts(kind.as_str().to_owned(), None, None);
        }
        self.commit(entry);
    }

    /// Joins as the session and the actor do: asks the database, then the state.
    fn join(&mut self) {
        let account = AccountId(self.any_account());
        if !self.members_now().contains(&account) {
            return;
        }
        match self.state.admits(account, self.version()) {
            Some(true) => {
                let key = SessionKey(self.next_device);
                self.next_device += 1;
                self.devices.insert(key, TestDevice { account, last: self.state.head() });
                let effects = self.state.subscribe(key, account, Timestamp(self.now));
                self.carry_out(effects);
            }
            Some(false) => panic!("seed {}: a member is refused by members that are new enough", self.seed),
            None => {
                let effects = self.state.renew_members();
                self.carry_out(effects);
            }
        }
    }

    fn leave(&mut self) {
        let Some(key) = self.devices.keys().min().copied() else { return };
        self.devices.remove(&key);
        let effects = self.state.unsubscribe(key, Timestamp(self.now));
        self.carry_out(effects);
    }

    fn on_event(&mut self) {
        if !self.bus.is_empty() {
            let event = self.bus.remove(0);
            let effects = self.state.on_event(event, Timestamp(self.now));
            self.carry_out(effects);
        }
    }

    /// A read goes one step on: it looks into the database, or its answer arrives.
    fn read_on(&mut self, may_fail: bool) {
        if self.reads.is_empty() {
            return;
        }
        let place = self.below(self.reads.len());
        let fails = may_fail && self.below(6) == 0;
        let effects = match self.reads.swap_remove(place) {
            ReadUnderWay::EntriesAsked { after } => {
                let from = usize::try_from(after.0).unwrap();
                let page = self.log.iter().skip(from).take(PAGE).cloned().collect();
                self.reads.push(ReadUnderWay::Entries(page));
                return;
            }
            ReadUnderWay::MembersAsked => {
                let active = |account: i64| self.members_now().contains(&AccountId(account));
                let members = (1..=ACCOUNTS).map(|account| member(account, active(account))).collect();
                self.reads.push(ReadUnderWay::Members(snapshot(self.head().0, self.version(), members)));
                return;
            }
            ReadUnderWay::Entries(_) if fails => {
                self.state.entries_not_loaded();
                return;
            }
            ReadUnderWay::Members(_) if fails => {
                self.state.members_not_loaded();
                return;
            }
            ReadUnderWay::Entries(entries) => self.state.loaded_entries(&entries),
            ReadUnderWay::Members(snapshot) => self.state.loaded_members(snapshot),
        };
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        assert!(self.state.pending() <= MAX_PENDING);
        for effect in effects {
            match effect {
                Effect::Entries(batches) => {
                    batches.iter().flat_map(EntryBatch::entries).for_each(|entry| self.deliver(&entry))
                }
                Effect::Remove { session } => {
                    self.devices.remove(&session);
                }
                Effect::LoadEntries { after } => self.begin(ReadUnderWay::EntriesAsked { after }),
                Effect::LoadMembers => self.begin(ReadUnderWay::MembersAsked),
                _ => {}
            }
        }
    }

    fn begin(&mut self, read: ReadUnderWay) {
        let same = |other: &&ReadUnderWay| {
            matches!(other, ReadUnderWay::MembersAsked | ReadUnderWay::Members(_))
                == matches!(read, ReadUnderWay::MembersAsked)
        };
        assert!(!self.reads.iter().any(|other| same(&other)), "seed {}: the same is read twice at a time", self.seed);
        self.reads.push(read);
        self.reads_begun += 1;
    }

    fn deliver(&mut self, entry: &Entry) {
        let seed = self.seed;
        assert_eq!(Some(entry), self.log.get(usize::try_from(entry.seq.0).unwrap() - 1), "seed {seed}");
        let from = usize::try_from(entry.acl_version).unwrap();
        for device in self.devices.values_mut() {
            assert_eq!(entry.seq, device.last.next(), "seed {seed}: not contiguous");
            device.last = entry.seq;
            let allowed = self.history.iter().skip(from).any(|members| members.contains(&device.account));
            assert!(allowed, "seed {seed}: {:?} got {:?} after their removal", device.account, entry.seq);
        }
    }

    /// The outages end: hints may still be lost, but somebody looks at the head.
    fn settle(&mut self) {
        self.bus.clear();
        while !self.reads.is_empty() {
            self.read_on(false);
        }
        let begun = self.reads_begun;
        let effects = self.state.head_is(self.head());
        self.carry_out(effects);
        while !self.reads.is_empty() {
            self.read_on(false);
            assert!(self.reads_begun - begun < self.log.len() + 10, "seed {}: reads without end", self.seed);
        }
        let seed = self.seed;
        assert_eq!(self.state.head(), self.head(), "seed {seed}: something was not delivered");
        assert!(self.state.pending.is_empty(), "seed {seed}");
        for device in self.devices.values() {
            assert_eq!(device.last, self.head(), "seed {seed}");
            assert!(self.members_now().contains(&device.account), "seed {seed}: {:?} is still in", device.account);
        }
    }
}

fn batch(seed: u64) {
    let mut world = RoomSchedule::new(seed);
    let steps = 20 + world.below(120);
    for _ in 0..steps {
        world.now += 500;
        match world.below(20) {
            0..5 => world.post(),
            5 => world.change_members(),
            6 | 7 => world.join(),
            8 => world.leave(),
            9 => {
                let effects = world.state.resync();
                world.carry_out(effects);
            }
            10 => {
                let head = world.head();
                let effects = world.state.head_is(head);
                world.carry_out(effects);
            }
            11 => {
                let effects = world.state.tick(Timestamp(world.now));
                world.carry_out(effects);
            }
            12..16 => world.on_event(),
            _ => world.read_on(true),
        }
    }
    world.settle();
}

#[test]
fn entries_are_contiguous_complete_and_only_for_members_whatever_the_bus_does() {
    for seed in 1..=20_000 {
        batch(seed);
    }
}

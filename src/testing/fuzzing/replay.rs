//! The targets without a fuzzer: what was found, and seeded mutations of it.

use std::path::Path;

use super::{FuzzTarget, TARGETS};

/// Mutations of each target. `FUZZ_MUTATIONS` asks for more.
const MUTATIONS: u64 = 10_000;
const SEED: u64 = 0x5eed;

struct CaseRng(u64);

impl CaseRng {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    /// Some changes of one input, perhaps with a piece of another.
    fn mutate(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        const WORDS: [&[u8]; 12] = [
            b"null",
            b"-1",
            b"9223372036854775807",
            b"1e99",
            b"\"",
            b"\\u0000",
            b"{",
            b"]",
            b"\xff",
            b"\0",
            b"%00",
            b",",
        ];
        let mut bytes = inputs[self.below(inputs.len())].clone();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(12)).min(bytes.len());
            match self.below(8) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..end)),
                2 => drop(bytes.splice(at..end, WORDS[self.below(WORDS.len())].iter().copied())),
                3 => {
                    let repeated = bytes[at..end].to_vec();
                    bytes.splice(at..at, repeated);
                }
                4 => {
                    let other = &inputs[self.below(inputs.len())];
                    let from = self.below(other.len() + 1);
                    bytes.splice(at..end, other[from..].iter().copied());
                }
                5 => bytes.insert(at, u8::try_from(self.below(256)).unwrap()),
                _ if bytes.is_empty() => {}
                6 => {
                    let at = at.min(bytes.len() - 1);
                    bytes[at] = u8::try_from(self.below(256)).unwrap();
                }
                _ => {
                    let at = at.min(bytes.len() - 1);
                    bytes[at] ^= 1 << self.below(8);
                }
            }
        }
        bytes.truncate(4096);
        bytes
    }
}

fn corpus(target: &FuzzTarget) -> Vec<Vec<u8>> {
    let mut inputs: Vec<Vec<u8>> = target.seeds.iter().map(|seed| seed.to_vec()).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target.name);
    let mut files: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().path()).collect();
    files.sort();
    inputs.extend(files.iter().map(|file| std::fs::read(file).unwrap()));
    inputs
}

fn replay(target: &FuzzTarget) {
    let inputs = corpus(target);
    let batch = |bytes: &[u8], what: &str| {
        if let Err(panic) = std::panic::catch_unwind(|| (target.batch)(bytes)) {
            eprintln!("{}: {what}: \"{}\"", target.name, bytes.escape_ascii());
            std::panic::resume_unwind(panic);
        }
    };
    for input in &inputs {
        batch(input, "of the corpus");
    }
    let asked = std::env::var("FUZZ_MUTATIONS").ok().and_then(|count| count.parse().ok());
    for seed in 1..=asked.unwrap_or(MUTATIONS) {
        let mut rng = CaseRng(SEED.wrapping_add(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        batch(&rng.mutate(&inputs), &format!("mutation {seed}"));
    }
}

macro_rules! replays {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            replay(TARGETS.iter().find(|target| target.name == stringify!($name)).unwrap());
        })*

        #[test]
        fn every_target_is_replayed_and_can_be_fuzzed() {
            let replayed = [$(stringify!($name)),*];
            let crate_of_targets = include_str!("../../../fuzz/Cargo.toml");
            for target in TARGETS {
                assert!(replayed.contains(&target.name), "{} is not replayed", target.name);
                let binary = format!("name = \"{}\"", target.name);
                assert!(crate_of_targets.contains(&binary), "{} is no target of fuzz/", target.name);
            }
        }
    };
}

replays!(client_frame, heads, bus_event, bus_message, room, page_query, credentials, addresses);

//! Everything that must stay true of live rooms, in one simulation: nodes with their rooms, connections and clients, a
//! database that is the truth, a bus that loses, repeats and reorders, reads that take time and fail, rooms and nodes that
//! die at any step. The deciding parts ([`RoomState`], presence, [`CatchUp`]) are the code that runs; the actors around it are
//! modelled, and the order of everything comes from one seed.
//!
//! At every step: what a connection gets of a room is contiguous and is what the database holds; nobody gets an entry that
//! was committed after their removal; read positions move forward; a read is not begun twice. And when nothing has failed
//! for a while: everything has reached everybody, a message that was acknowledged stands where the answer said, once;
//! who is there is known to all; nothing is left to do.
//!
//! `SIMULATION_SEEDS=100000` runs more of it, `SIMULATION_SEED=7` one again.
//!
//! [`RoomState`]: crate::realtime::room::RoomState
//! [`CatchUp`]: crate::realtime::session::CatchUp

mod bus;
mod client;
mod connection;
mod database;
mod faults;
mod hosted;
mod messages;
mod node;
mod rng;
mod work;
mod world;

use world::Simulation;

const SEEDS: u64 = 2_000;
/// Beyond those of every run: what they found is mended.
const FOUND: [u64; 1] = [16_362];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn nothing_is_lost_doubled_reordered_or_leaked_whatever_happens() {
    let seeds: Vec<u64> = match number("SIMULATION_SEED") {
        Some(seed) => vec![seed],
        None => FOUND.into_iter().chain(1..=number("SIMULATION_SEEDS").unwrap_or(SEEDS)).collect(),
    };
    let mut seen = faults::Coverage::default();
    for seed in seeds.iter().copied() {
        let run = std::panic::catch_unwind(|| {
            let mut world = Simulation::new(seed);
            world.storm();
            world.settle();
            world.seen
        });
        match run {
            Ok(of_run) => seen.add(&of_run),
            Err(panic) => {
                eprintln!("SIMULATION_SEED={seed} runs this again");
                std::panic::resume_unwind(panic);
            }
        }
    }
    if seeds.len() >= 100 {
        seen.everything_happened();
    }
}

//! The proof that the suite can fail: a server with one fault on purpose is put through what is most likely to show it, and
//! the checker must say so. The same server without the fault must come through. `src/testing/failpoints.rs` lists the faults.

mod delivering;
mod rights;
mod storing;

use entremise::testing::failpoints::Failpoint;

use crate::harness::Launcher;
use crate::stage::{FaultStage, Home, Plan};

/// One build of the server, and the fault that is active in it.
#[derive(Clone)]
struct Build {
    launcher: Launcher,
    fault: &'static str,
}

impl Build {
    /// On a database that all tests share. The first person has the rooms opened.
    async fn stage(&self, nodes: usize, people: usize, settings: &[(&str, &str)]) -> FaultStage {
        let mut all = settings.to_vec();
        all.push(("ENTREMISE_PLANTED_FAULTS", self.fault));
        let plan = Plan { launcher: self.launcher.clone(), nodes, people, settings: &all, ..Plan::default() };
        FaultStage::build(Home::shared(), &plan).await
    }
}

/// The scenario gives what the checker says. `words`: how it names this fault.
async fn is_caught<F: Future<Output = Vec<String>>>(fault: Failpoint, words: &str, scenario: impl Fn(Build) -> F) {
    let build = |fault| Build { launcher: Launcher::planted(), fault };
    let (sound, broken) = tokio::join!(scenario(build("")), scenario(build(fault.name())));
    assert!(sound.is_empty(), "without a fault: {:#?}", &sound[..sound.len().min(10)]);
    eprintln!("{}: {} violations, the first: {:?}", fault.name(), broken.len(), broken.first());
    assert!(broken.iter().any(|said| said.contains(words)), "{} went unnoticed: {broken:#?}", fault.name());
}

/// A panic harms availability and no promise of the log; what it may touch is shown where rooms and sessions are killed.
/// `NoGap` breaks no promise: it is there to be measured. `ExtraKind` is a later version (`nodes/versions`).
const SHOWN_ELSEWHERE: &[Failpoint] =
    &[Failpoint::NoGap, Failpoint::PanicInRoom, Failpoint::PanicInSession, Failpoint::ExtraKind];

#[test]
fn every_fault_is_tried() {
    let tests = [include_str!("delivering.rs"), include_str!("rights.rs"), include_str!("storing.rs")].concat();
    for fault in Failpoint::ALL.iter().filter(|fault| !SHOWN_ELSEWHERE.contains(fault)) {
        assert!(tests.contains(&format!("is_caught(Failpoint::{fault:?},")), "nobody tries {fault:?}");
    }
}

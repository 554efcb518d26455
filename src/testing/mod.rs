//! Code that only tests use and that must see private parts: the simulation of live rooms, the fuzzer's targets, and the failpoints by
//! which a test plants a fault. The serving code is elsewhere, and knows of this only [`failpoints`], which are off at compile time.

pub mod failpoints;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(test)]
mod simulation;

//! What only tests use, and must see private parts for: the simulation of live rooms, what the fuzzer drives, and the failpoints by
//! which a test plants a fault. What serves people is elsewhere, and knows of this only [`failpoints`], which are off at compile time.

pub mod failpoints;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(test)]
mod simulation;

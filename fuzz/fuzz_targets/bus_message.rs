#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entremise::fuzzing::run("bus_message", bytes));

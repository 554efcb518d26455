#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entremise::testing::fuzzing::run("page_query", bytes));

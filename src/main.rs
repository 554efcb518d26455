use std::process::ExitCode;

/// A server allocates small pieces on one thread and frees them on another, for every message; this allocator is made for
/// that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    entremise::cli::run()
}

//! The migrations are part of the binary, and cargo does not see by itself that a folder got a new file.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}

//! The assets are compiled in, and a file that is added must be noticed too.

fn main() {
    println!("cargo::rerun-if-changed=assets");
}

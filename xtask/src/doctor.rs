//! What this machine has, and what each verb would still need. Changes nothing.

use crate::{install, run::find};

pub fn report() {
    println!("up, walk, sim, test quick: Rust, a C compiler (for SQLite and ring)");
    for program in ["cargo", "rustc", "cc"] {
        match find(program) {
            Some(path) => println!("  has   {program} ({})", path.display()),
            None => println!("  LACKS {program}"),
        }
    }
    println!("test: also");
    for need in install::ALL.into_iter().flatten() {
        if (need.present)() {
            println!("  has   {}", need.what);
        } else {
            println!(
                "  lacks {}: `test` installs the package {}",
                need.what, need.package
            );
        }
    }
    println!("optional: cargo-deny (licences and advisories), for `cargo deny check`");
    println!(
        "  {}",
        if find("cargo-deny").is_some() {
            "has   cargo-deny"
        } else {
            "lacks cargo-deny"
        }
    );
}

//! `gandan-packs`: checks content and builds the signed pack.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use gandan_packs::{BuildError, Sources};

/// Checks content and builds the signed content pack.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Say every mistake in the content.
    Check {
        /// The content directory.
        #[arg(long)]
        content: PathBuf,
    },
    /// Check, compile and sign.
    Build {
        /// The content directory.
        #[arg(long)]
        content: PathBuf,
        /// The directory with `pack.pk8`, as `gandan-backend keys init` makes it.
        #[arg(long)]
        keys: PathBuf,
        /// Where to write the pack file.
        #[arg(long)]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().verb) {
        Ok(said) => {
            // Nobody listens to the last line: no reason to fail.
            let _ = writeln!(io::stdout(), "{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            if let BuildError::Content(mistakes) = &error {
                for mistake in mistakes {
                    let _ = writeln!(io::stderr(), "{mistake}");
                }
            }
            let _ = writeln!(io::stderr(), "failed to {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> Result<String, BuildError> {
    match verb {
        Verb::Check { content } => {
            let content = Sources::read(&content)?
                .compile()
                .map_err(BuildError::Content)?;
            Ok(format!(
                "{} procedures, {} communes, no mistakes",
                content.pack.procedures.len(),
                content.pack.communes.len()
            ))
        }
        Verb::Build { content, keys, out } => {
            let key = fs::read(keys.join("pack.pk8"))?;
            let pack = gandan_packs::build(&content, &key)?;
            // A reader never sees half a pack.
            let half = out.with_extension("half");
            fs::write(&half, &pack)?;
            fs::rename(&half, &out)?;
            Ok(format!("{} bytes", pack.len()))
        }
    }
}

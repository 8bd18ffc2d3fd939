//! `gandan-packs`: checks content, builds the signed pack, and answers what the rules say.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use gandan_domain::place::table::{PLACES_FILE, PlaceTable};
use gandan_packs::{
    BuildError, Sources,
    ask::{Ask, AskError},
    offices,
    portal::{Import, ImportError},
    schema,
};

/// Checks content, builds the signed content pack, and answers what the rules say.
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
    /// Check, compile and sign: the content pack, and `places.pack` beside it.
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
    /// Read the National Portal's responses, and say everything that is doubtful in them.
    Import {
        /// JSON, or gzipped JSON.
        file: PathBuf,
        /// Where to write everything that was read, as JSON.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Where to write every doubt, a line each.
        #[arg(long)]
        report: Option<PathBuf>,
        /// Where to write the facts for `content/catalogue/`.
        #[arg(long)]
        catalogue: Option<PathBuf>,
        /// Where the file is from, for the head of the catalogue.
        #[arg(long, default_value = "Cổng Dịch vụ công quốc gia")]
        source: String,
    },
    /// The JSON Schemas of what authors write and of what is built from it.
    Schema {
        /// Which; left out, says which there are.
        name: Option<String>,
        /// Write all of them anew into this directory, from the types that read the files.
        #[cfg(feature = "schema")]
        #[arg(long)]
        write: Option<PathBuf>,
    },
    /// The directory of offices.
    Offices {
        #[command(subcommand)]
        verb: OfficesVerb,
    },
    /// Ask the rules: with a question, for a reader; without, a line in and a JSON object out.
    Ask {
        #[command(subcommand)]
        what: Ask,
    },
}

#[derive(Subcommand)]
enum OfficesVerb {
    /// Take a list of offices (CSV, see `docs/procedures.md`) into the content, and say every row
    /// that can't be taken.
    Import {
        file: PathBuf,
        #[arg(long, default_value = "content")]
        content: PathBuf,
        /// What the list is called in `content/offices/`.
        #[arg(long)]
        name: String,
        /// Who says so, for rows that don't.
        #[arg(long)]
        source: Option<String>,
        /// The day of the list, for rows that don't say it.
        #[arg(long)]
        as_of: Option<jiff::civil::Date>,
    },
}

/// Reads after "failed to".
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error("find a schema named `{0}`; `gandan-packs schema` says which there are")]
    Schema(String),
    #[error("read or write {0}: {1}")]
    File(PathBuf, io::Error),
}

fn main() -> ExitCode {
    match run(Arguments::parse().verb) {
        Ok(said) => {
            // Nobody listens to the last line: no reason to fail.
            let _ = said.map(|said| writeln!(io::stdout(), "{said}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            if let Failure::Build(BuildError::Content(mistakes))
            | Failure::Ask(AskError::Content(BuildError::Content(mistakes))) = &error
            {
                for mistake in mistakes {
                    let _ = writeln!(io::stderr(), "{mistake}");
                }
            }
            let _ = writeln!(io::stderr(), "failed to {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> Result<Option<String>, Failure> {
    match verb {
        Verb::Check { content } => {
            let content = Sources::read(&content)
                .map_err(BuildError::Read)?
                .compile()
                .map_err(BuildError::Content)?;
            Ok(Some(format!(
                "{} procedures, {} communes, no mistakes",
                content.pack.procedures.len(),
                content.pack.communes.len()
            )))
        }
        Verb::Build { content, keys, out } => {
            let key = fs::read(keys.join("pack.pk8")).map_err(BuildError::Read)?;
            let content = Sources::read(&content)
                .map_err(BuildError::Read)?
                .compile()
                .map_err(BuildError::Content)?;
            let pack = content.sign(&key)?;
            let places = content.sign_places(&key)?;
            // A reader never sees half a pack.
            for (file, bytes) in [(&out, &pack), (&out.with_file_name(PLACES_FILE), &places)] {
                let half = file.with_extension("half");
                fs::write(&half, bytes).map_err(BuildError::Read)?;
                fs::rename(&half, file).map_err(BuildError::Read)?;
            }
            Ok(Some(format!(
                "{} bytes, {PLACES_FILE} {} bytes",
                pack.len(),
                places.len()
            )))
        }
        Verb::Import {
            file,
            out,
            report,
            catalogue,
            source,
        } => {
            let bytes = fs::read(&file).map_err(|error| Failure::File(file, error))?;
            let import = Import::read(&bytes)?;
            let write = |path: Option<PathBuf>, text: &dyn Fn() -> String| match path {
                Some(path) => fs::write(&path, text()).map_err(|error| Failure::File(path, error)),
                None => Ok(()),
            };
            write(report, &|| import.report())?;
            // An empty catalogue never takes the place of one.
            if import.procedures.is_empty() {
                return Err(ImportError::Nothing(import.records).into());
            }
            write(catalogue, &|| {
                format!("{}{}", head(&source), import.catalogue())
            })?;
            let json = serde_json::to_string(&import.procedures).map_err(BuildError::Encode)?;
            write(out, &|| format!("{json}\n"))?;
            Ok(Some(summary(&import)))
        }
        Verb::Offices {
            verb:
                OfficesVerb::Import {
                    file,
                    content,
                    name,
                    source,
                    as_of,
                },
        } => {
            let compiled = Sources::read(&content)
                .map_err(BuildError::Read)?
                .compile()
                .map_err(BuildError::Content)?;
            let table = PlaceTable::of_payload(compiled.places).ok_or(BuildError::Places)?;
            let csv = fs::read_to_string(&file).map_err(BuildError::Read)?;
            let shown = file.display().to_string();
            let (rows, mistakes) = offices::import(&shown, &csv, source.as_deref(), as_of, &table);
            for mistake in &mistakes {
                let _ = writeln!(io::stderr(), "{mistake}");
            }
            let text = offices::write(&rows)
                .map_err(io::Error::from)
                .map_err(BuildError::Read)?;
            let room = content.join("offices");
            fs::create_dir_all(&room).map_err(BuildError::Read)?;
            fs::write(room.join(format!("{name}.csv")), text).map_err(BuildError::Read)?;
            Ok(Some(format!(
                "{} offices taken, {} rows refused",
                rows.len(),
                mistakes.len()
            )))
        }
        #[cfg(feature = "schema")]
        Verb::Schema {
            write: Some(folder),
            ..
        } => {
            for (name, text) in schema::generated() {
                let file = folder.join(name).with_extension("json");
                fs::write(&file, text).map_err(|error| Failure::File(file, error))?;
            }
            Ok(None)
        }
        Verb::Schema { name: None, .. } => {
            let line = |schema: &schema::Published| format!("{:14}{}", schema.name, schema.of);
            let lines: Vec<String> = schema::PUBLISHED.iter().map(line).collect();
            Ok(Some(lines.join("\n")))
        }
        Verb::Schema {
            name: Some(name), ..
        } => match schema::published(&name) {
            Some(schema) => Ok(Some(schema.text.trim_end().to_owned())),
            None => Err(Failure::Schema(name)),
        },
        Verb::Ask { what } => {
            what.run(
                nobody_sends(),
                io::stdin().lock(),
                io::BufWriter::new(io::stdout().lock()),
            )?;
            Ok(None)
        }
    }
}

/// A terminal, or nothing at all: lines come from pipes and files.
fn nobody_sends() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if let Ok(input) = fs::metadata("/dev/stdin") {
            return input.file_type().is_char_device();
        }
    }
    io::IsTerminal::is_terminal(&io::stdin())
}

fn head(source: &str) -> String {
    format!(
        "# Facts of procedures, in columns: code, official title, field, agency, who may file, level,\n\
         # offers (channel:time:fee), decision, its day, day of the source's last change.\n\
         # Source: {source}. Written by `content import --catalogue`; not approved by any authority.\n"
    )
}

fn summary(import: &Import) -> String {
    let mut said = format!(
        "{} records, {} procedures in, {} of them in the catalogue\n{} doubts:\n",
        import.records,
        import.procedures.len(),
        import.catalogue().lines().count(),
        import.doubts.len(),
    );
    for (kind, count) in import.counts() {
        said += &format!("{count:>7}  {:22} {}\n", kind.slug(), kind.why());
    }
    said.truncate(said.trim_end().len());
    said
}

//! Every procedure of the catalogue, walked to its right end: on the officer's desk and back with a
//! result where it can be filed online, a prepared file with a code for the counter where it can't.
//!
//! One person walks them all. What she knows stands in `tests/fixtures/procedures.json`, which the
//! browser's tests read too; what does not stand there she makes up from the kind of the question,
//! so that a new procedure is walked before anybody has written answers for it.

use std::{collections::BTreeMap, fs, io, path::Path};

use gandan_domain::{catalog::Procedure, time::Instant};
use gandan_foundation::{adapters::SystemClock, ports::Clock};
use gandan_packs::Sources;
use serde::Deserialize;

use crate::{
    cli::{runtime, say, walk_options},
    person,
    stack::{Stack, root},
    walk::{self, End, Job, Wish},
};

#[derive(Deserialize)]
struct Samples {
    common: BTreeMap<String, String>,
    procedures: BTreeMap<String, Sample>,
}

#[derive(Default, Deserialize)]
struct Sample {
    query: String,
    answers: BTreeMap<String, String>,
    /// Other cases of the same procedure, which ask what the first does not: what is answered
    /// differently in each.
    #[serde(default)]
    cases: Vec<BTreeMap<String, String>>,
}

/// The procedures of `content/`, in order of their codes.
pub fn procedures() -> io::Result<Vec<Procedure>> {
    let content = Sources::read(&root().join("content"))?.compile();
    content
        .map(|content| content.pack.procedures)
        .map_err(|mistakes| {
            io::Error::other(format!("the content has {} mistakes", mistakes.len()))
        })
}

/// What she wishes when she wants this procedure.
pub fn wish(procedure: &Procedure, now: Instant) -> io::Result<Wish> {
    wishes(procedure, now)?
        .into_iter()
        .next()
        .ok_or_else(|| io::Error::other("no wish"))
}

/// The same in every case that is told.
fn wishes(procedure: &Procedure, now: Instant) -> io::Result<Vec<Wish>> {
    let path = root().join("tests/fixtures/procedures.json");
    let mut samples: Samples = serde_json::from_slice(&fs::read(path)?)?;
    let sample = samples
        .procedures
        .remove(&procedure.code)
        .unwrap_or_default();
    let query = match sample.query.as_str() {
        "" => procedure.also_called.first().cloned().unwrap_or_default(),
        query => query.to_owned(),
    };
    let mut first = samples.common;
    first.extend(sample.answers);
    let others = sample.cases.into_iter().map(|case| {
        let mut answers = first.clone();
        answers.extend(case);
        answers
    });
    let others: Vec<_> = others.collect();
    let cases = std::iter::once(first).chain(others);
    cases
        .map(|answers| {
            let answers = answers
                .into_iter()
                .map(|(field, answer)| Ok((field, day(answer, now)?)))
                .collect::<io::Result<_>>()?;
            Ok(Wish {
                procedure: procedure.code.clone(),
                query: query.clone(),
                knowledge: person::Knowledge {
                    answers,
                    ..person::mother(now)
                },
            })
        })
        .collect()
}

/// `today-3` and `today+10` are days.
fn day(answer: String, now: Instant) -> io::Result<String> {
    let Some(days) = answer.strip_prefix("today") else {
        return Ok(answer);
    };
    let days: i64 = days.parse().map_err(io::Error::other)?;
    Ok(now.plus_ms(days * 24 * 3_600_000).date().to_string())
}

/// Walks the procedures in one stack; says how each ended, and fails if one ended wrongly.
pub fn run(stack: &Stack, procedures: &[Procedure], lang: &str, told: fn(&str)) -> io::Result<()> {
    let runtime = runtime()?;
    let mut failed = 0;
    for procedure in procedures {
        let clock = SystemClock;
        let online = procedure.is_online();
        for (case, wish) in wishes(procedure, clock.now())?.into_iter().enumerate() {
            let begun = clock.now();
            let code = match case {
                0 => procedure.code.clone(),
                case => format!("{}, case {}", procedure.code, case + 1),
            };
            let mut options = walk_options(stack.config(), Job::Birth, lang, told);
            options.data = stack.config().data.join("phones").join(&code);
            let end = runtime.block_on(walk::wish(options, wish));
            let seconds = (clock.now().ms() - begun.ms()) as f64 / 1000.0;
            match end {
                Ok(End::Filed(outcome)) if online => say(&format!(
                    "pass  {code}  filed as {}, with a result after {seconds:.1} s",
                    outcome.dossier_code
                )),
                Ok(End::Counter { code: shown }) if !online => say(&format!(
                    "pass  {code}  prepared for the counter as {shown} in {seconds:.1} s"
                )),
                Ok(_) => {
                    failed += 1;
                    say(&format!("FAIL  {code}  ended at the wrong end"));
                }
                Err(error) => {
                    failed += 1;
                    say(&format!("FAIL  {code}  failed to {error}"));
                }
            }
        }
    }
    let walked = procedures.len();
    if failed > 0 {
        return Err(io::Error::other(format!(
            "{failed} of {walked} procedures do not reach their end"
        )));
    }
    say(&format!("{walked} procedures reach their end"));
    Ok(())
}

/// One procedure, or all, in a stack of their own below `data`.
pub fn alone(data: &Path, code: Option<&str>, lang: &str, told: fn(&str)) -> io::Result<()> {
    let mut procedures = procedures()?;
    if let Some(code) = code {
        procedures.retain(|procedure| procedure.code == code);
        if procedures.is_empty() {
            return Err(io::Error::other(format!("there is no procedure {code}")));
        }
    }
    let stack = crate::cli::start_below(data)?;
    run(&stack, &procedures, lang, told)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test stops at the first surprise"
    )]

    use super::*;

    #[test]
    fn samples_name_procedures_and_their_questions() {
        let procedures = procedures().unwrap();
        let bytes = fs::read(root().join("tests/fixtures/procedures.json")).unwrap();
        let samples: Samples = serde_json::from_slice(&bytes).unwrap();
        for (code, sample) in samples.procedures {
            let found = procedures.iter().find(|found| found.code == code);
            let procedure = found.expect(&code);
            let cases = sample.cases.iter().flat_map(BTreeMap::keys);
            for field in sample.answers.keys().chain(cases) {
                let (field, _) = field.split_once('#').unwrap_or((field, ""));
                assert!(
                    procedure.form.field(field).is_some(),
                    "{code} does not ask `{field}`"
                );
            }
        }
    }

    #[test]
    fn every_procedure_says_what_a_person_needs_before_the_first_question() {
        for procedure in procedures().unwrap() {
            let code = &procedure.code;
            assert!(!procedure.who.is_empty(), "{code}: who may file");
            assert!(!procedure.channels.is_empty(), "{code}: how");
            assert!(
                !procedure.also_called.is_empty(),
                "{code}: what people call it"
            );
            assert!(!procedure.legal_basis.is_empty(), "{code}: by which law");
            assert!(
                procedure.approved.is_none(),
                "{code}: nobody has approved it"
            );
            if !procedure.is_online() {
                assert!(!procedure.visits.is_empty(), "{code}: which visits remain");
            }
            for text in [&procedure.title, &procedure.summary] {
                assert!(text.0.contains_key(&"en".into()), "{code}: English");
            }
        }
    }
}

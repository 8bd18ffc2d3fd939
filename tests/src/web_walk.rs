//! Every procedure through the real pages of the web shell, as a browser without scripts has them:
//! one question a page, each form read by its names and posted, to a dossier on the officer's desk
//! or a file for the counter.
//!
//! The same person and the same answers as in [`crate::catalogue`]; she reads HTML instead of
//! screens. One visitor does all: what a page of one procedure leaves behind would trip the next.

use std::{io, path::Path, time::Duration};

use gandan_core::screen::Input;
use gandan_domain::catalog::Procedure;
use gandan_foundation::{adapters::SystemClock, ports::Clock};

use crate::{
    browser::{Browser, Field},
    catalogue,
    cli::{runtime, say, start_below},
    person::{Knowledge, made_up},
    photo::photo,
    stack::{Part, Stack},
};

/// More questions than any form asks.
const MOST_QUESTIONS: usize = 200;
/// How often she looks again for what takes its time.
const MOST_LOOKS: usize = 600;
const GLANCE: Duration = Duration::from_millis(100);

/// Walks them all, in a stack of their own below `data`; fails if one ends wrongly.
pub fn run(data: &Path) -> io::Result<()> {
    let procedures = catalogue::procedures()?;
    let stack = start_below(data)?;
    runtime()?.block_on(walk(&stack, &procedures))
}

async fn walk(stack: &Stack, procedures: &[Procedure]) -> io::Result<()> {
    let clock = SystemClock;
    let begun = clock.now();
    let mut browser = Browser::new(&stack.config().url(Part::Web))?;
    let mut desk = Browser::new(&stack.config().url(Part::Sandbox))?;
    link(&mut browser).await?;
    let mut failed = 0;
    for procedure in procedures {
        let code = &procedure.code;
        match one(&mut browser, procedure).await {
            Ok(shown) if procedure.is_online() => match arrives(&mut desk, &shown).await {
                Ok(()) => say(&format!("pass  {code}  filed as {shown}")),
                Err(error) => {
                    failed += 1;
                    say(&format!("FAIL  {code}  failed to {error}"));
                }
            },
            Ok(shown) => say(&format!(
                "pass  {code}  prepared for the counter as {shown}"
            )),
            Err(error) => {
                failed += 1;
                say(&format!("FAIL  {code}  failed to {error}"));
            }
        }
    }
    let walked = procedures.len();
    let seconds = (clock.now().ms() - begun.ms()) / 1000;
    if failed > 0 {
        return Err(io::Error::other(format!(
            "walk {failed} of {walked} procedures to their end in the web shell"
        )));
    }
    say(&format!(
        "{walked} procedures reach their end in the web shell, without scripts, in {seconds} s"
    ));
    Ok(())
}

async fn link(browser: &mut Browser) -> io::Result<()> {
    let mother = crate::person::mother(SystemClock.now());
    browser.get("/").await?;
    for deed in ["act:lang/vi", "act:link", "act:link"] {
        browser.press(deed, &[]).await?;
    }
    browser.log_in(mother.id_number, mother.password).await?;
    wait_for(browser, "home").await
}

/// From the first page to the end; the code that is shown there.
async fn one(browser: &mut Browser, procedure: &Procedure) -> io::Result<String> {
    let wish = catalogue::wish(procedure, SystemClock.now())?;
    browser.get("/").await?;
    if browser.screen() != "home" {
        browser.press("act:home", &[]).await?;
    }
    browser.press("act:search", &[]).await?;
    browser.press("stay", &[("f.query", &wish.query)]).await?;
    let open = format!("open:results:{}", procedure.code);
    browser.press(&open, &[]).await?;
    browser.press("act:start", &[]).await?;
    fill(browser, &wish.knowledge).await?;
    if procedure.is_online() {
        browser.press("ask:submit", &[]).await?;
        browser.press("act:submit", &[]).await?;
        if browser.screen() == "sending" {
            browser.press("act:send-now", &[]).await?;
        }
        wait_for(browser, "sent").await?;
    } else {
        browser.press("act:prepare", &[]).await?;
        wait_for(browser, "counter").await?;
    }
    browser
        .code()
        .ok_or_else(|| io::Error::other("read the code at the end: there is none"))
}

/// Answers question after question until the review.
async fn fill(browser: &mut Browser, knows: &Knowledge) -> io::Result<()> {
    let mut refused = None;
    for _ in 0..MOST_QUESTIONS {
        if browser.screen() == "review" {
            return Ok(());
        }
        if !browser.screen().starts_with("form/") {
            break;
        }
        let Some(question) = browser.question() else {
            browser.press("act:next", &[]).await?;
            continue;
        };
        let again = refused.as_ref() == Some(&question);
        answer(browser, knows, &question, again).await?;
        // She was told that this needs an answer, and gives one; twice is once too often.
        let same = browser.question().as_ref() == Some(&question);
        refused = match (same, again) {
            (true, true) => return Err(stuck(browser, "an answer is refused")),
            (true, false) => Some(question),
            (false, _) => None,
        };
    }
    Err(stuck(browser, "the form does not end"))
}

/// `insists`: the page has said that it needs an answer.
async fn answer(
    browser: &mut Browser,
    knows: &Knowledge,
    question: &str,
    insists: bool,
) -> io::Result<()> {
    if let Some(list) = question.strip_suffix("~items") {
        // One is enough to see that there can be several; the first that is added is asked about.
        let none = browser.html.contains(&format!("data-key=\"{list}~none\""));
        let deed = if none {
            format!("open:{question}:add")
        } else {
            "answer".into()
        };
        return browser.press(&deed, &[]).await;
    }
    let name = format!("f.{question}");
    let own = |field: &Field| {
        let part = field.name.strip_prefix(&name);
        part.is_some_and(|part| matches!(part, "" | ".d" | ".m" | ".y"))
    };
    let find = format!("{name}~find");
    if let Some(known) = knows.answers.get(question)
        && browser.fields().iter().any(|field| field.name == find)
        && !browser.fields().iter().any(|field| field.value == *known)
    {
        browser.press("stay", &[(&find, "Lũng Cú")]).await?;
    }
    let fields: Vec<Field> = browser.fields().into_iter().filter(own).collect();
    let Some(first) = fields.first() else {
        return Err(stuck(browser, "the question has no field"));
    };
    let shown = browser.fields().into_iter();
    let mut shown = shown.filter(|field| field.name == format!("o.{question}"));
    let empty = shown.next().is_none_or(|field| field.value.is_empty());
    let asked = insists || browser.html.contains("aria-required=\"true\"");
    let known = knows.answers.get(question).cloned();
    let value = match (known, first.kind.as_str()) {
        _ if !empty => None,
        (_, "file") if asked => {
            return browser.upload("answer", &name, &photo(7)).await;
        }
        (Some(known), _) => Some(known),
        (None, _) if !asked => None,
        (None, "radio" | "checkbox") => Some(first.value.clone()),
        (None, _) if fields.len() == 3 => Some(made_up(Input::Date).to_owned()),
        (None, _) => Some(made_up(first.input).to_owned()),
    };
    let Some(value) = value else {
        return browser.press("answer", &[]).await;
    };
    let parts: Vec<&str> = value.split('-').collect();
    match (fields.len(), parts.as_slice()) {
        (3, [year, month, day]) if fields.iter().any(|field| field.name.ends_with(".d")) => {
            let [d, m, y] = ["d", "m", "y"].map(|part| format!("{name}.{part}"));
            let with = [
                (d.as_str(), *day),
                (m.as_str(), *month),
                (y.as_str(), *year),
            ];
            browser.press("answer", &with).await
        }
        _ => browser.press("answer", &[(&name, &value)]).await,
    }
}

async fn wait_for(browser: &mut Browser, screen: &str) -> io::Result<()> {
    for _ in 0..MOST_LOOKS {
        if browser.screen() == screen {
            return Ok(());
        }
        pause().await;
        browser.reload().await?;
    }
    Err(stuck(browser, screen))
}

/// The dossier lies on the officer's desk.
async fn arrives(desk: &mut Browser, code: &str) -> io::Result<()> {
    for _ in 0..MOST_LOOKS {
        desk.get("/one-stop/api/dossiers").await?;
        if desk.html.contains(&format!("\"{code}\"")) {
            return Ok(());
        }
        pause().await;
    }
    Err(io::Error::other(format!("find {code} on the desk")))
}

fn stuck(browser: &Browser, why: &str) -> io::Error {
    io::Error::other(format!(
        "go on at {} ({:?}): {why}; it says: {}",
        browser.screen(),
        browser.question(),
        browser.words()
    ))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the walk is a main: it waits in real time"
)]
async fn pause() {
    tokio::time::sleep(GLANCE).await;
}

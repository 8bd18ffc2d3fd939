//! `ask due`: `procedure code or <n>wd<TAB>received at` → the day the result is due, and why.

use std::io::{BufRead, Write};

use clap::Args;
use gandan_domain::{
    dossier::deadline::{Due, words},
    rules::due::{answer, ask},
    text::{Lang, messages::Messages},
};

use super::{AskError, From, content, each_line};

#[derive(Args)]
pub struct Question {
    /// A procedure's code, or a limit: `5wd` working days, `8wh` working hours, `30d` days,
    /// `2m` months, `0wd` the same day. Without it, lines of `code or limit<TAB>received at` are
    /// read.
    what: Option<String>,
    /// When it was received: `2027-02-04T16:10` on the clock in Vietnam, or with an offset.
    received: Option<String>,
    /// The language of the answer.
    #[arg(long, default_value = "vi")]
    lang: String,
    #[command(flatten)]
    from: From,
}

impl Question {
    pub fn run(self, questions: impl BufRead, mut answers: impl Write) -> Result<(), AskError> {
        let pack = content(&self.from)?.pack;
        let messages = Messages::new(&Lang::from(self.lang.as_str()));
        let Some(what) = self.what else {
            return each_line(questions, answers, |line| {
                let (what, received) = line
                    .split_once('\t')
                    .ok_or("read the line: it is not <code or limit><TAB><received at>")?;
                let due = ask(&pack, what, received).map_err(|error| error.to_string())?;
                Ok(answer(&due, &messages))
            });
        };
        let received = self.received.as_deref().unwrap_or_default();
        match ask(&pack, &what, received) {
            Ok(due) => tell(&due, &messages, &mut answers).map_err(AskError::Write),
            Err(error) => Err(AskError::Question(error.to_string())),
        }
    }
}

fn tell(due: &Due, messages: &Messages, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{}", words::day(due, messages).shown())?;
    for why in &due.why {
        writeln!(out, "- {}", why.text(messages).shown())?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use super::*;

    use serde_json::Value;

    fn asked(line: &str) -> Value {
        let from = From {
            content: concat!(env!("CARGO_MANIFEST_DIR"), "/../content").into(),
        };
        let question = Question {
            what: None,
            received: None,
            lang: "vi".into(),
            from,
        };
        let mut answers = Vec::new();
        question.run(line.as_bytes(), &mut answers).unwrap();
        serde_json::from_slice(&answers).unwrap()
    }

    #[test]
    fn a_limit_over_tet_is_expected_and_says_why() {
        let answer = asked("7wd\t2027-02-04T16:10");
        assert_eq!(answer["due"], "2027-02-22");
        assert_eq!(answer["counted_from"], "2027-02-11");
        assert_eq!(answer["expected"], true);
        let why = answer["why"].to_string();
        assert!(
            why.contains("dự kiến") && why.contains("ngày nghỉ"),
            "{why}"
        );
    }

    #[test]
    fn a_procedure_has_its_own_limit_and_the_clock_is_vietnams() {
        assert_eq!(asked("1.001193\t2026-11-20T15:00")["due"], "2026-11-20");
        assert_eq!(asked("1.001193\t2026-11-20T15:01")["due"], "2026-11-23");
        assert_eq!(asked("1.001193\t2026-11-20T08:00:00Z")["due"], "2026-11-20");
        assert_eq!(asked("8wh\t2026-11-20T16:00")["at"], "2026-11-23T16:00");
        assert_eq!(
            asked("5wd\t2026-11-20")["due"],
            "2026-11-30",
            "24 November is a holiday"
        );
    }

    #[test]
    fn a_time_is_read_with_whatever_clock_it_names() {
        for received in [
            "2026-11-20T15:00+07:00",
            "2026-11-20T15:00[Asia/Ho_Chi_Minh]",
            "2026-11-20T17:00+09:00[Asia/Tokyo]",
            "2026-11-20T08:00Z",
            "2026-11-20 15:00:00",
        ] {
            let answer = asked(&format!("5wd\t{received}"));
            assert_eq!(answer["counted_from"], "2026-11-20", "{received}");
        }
        assert_eq!(
            asked("5wd\t2026-11-20T15:00:01")["counted_from"],
            "2026-11-23"
        );
    }

    #[test]
    fn a_procedure_that_is_only_listed_has_the_time_that_is_listed() {
        // Neither has a form here. 75 working days; seven days of the calendar.
        let answer = asked("1.000280\t2026-11-20T10:00");
        assert_eq!(answer["due"], "2027-03-16");
        assert_eq!(answer["expected"], true);
        assert_eq!(asked("1.000253\t2026-11-20T10:00")["due"], "2026-11-27");
        // Listed without a time: nothing is promised.
        let answer = asked("1.000005\t2026-11-20T10:00");
        assert!(answer["error"].as_str().unwrap().contains("no time limit"));
    }

    /// What the source counts in days and no law in working days, is counted in days.
    #[test]
    fn mediation_and_poverty_are_counted_in_days() {
        assert_eq!(asked("1.012812\t2026-11-20T10:00")["due"], "2026-12-21");
        assert_eq!(asked("1.011607\t2026-11-20T10:00")["due"], "2026-12-07");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for line in [
            "5wd",
            "5wd\tmorgen",
            "5wd\t2026-11-20T15:00[Asia/Tokyo]",
            "5wd\t2026-11-20T15:00+25:00",
            "5wd\t2026-02-29T15:00",
            "\n",
            "9.999999\t2026-11-20",
            "xwd\t2026-11-20",
            "-1wd\t2026-11-20",
        ] {
            assert!(asked(line)["error"].is_string(), "{line}");
        }
    }

    #[test]
    fn any_line_has_an_answer_or_a_reason() {
        let pack = content(&From {
            content: concat!(env!("CARGO_MANIFEST_DIR"), "/../content").into(),
        })
        .unwrap()
        .pack;
        let day = "2026-11-20T16:10";
        bolero::check!()
            .with_type::<(String, u32, usize)>()
            .for_each(|(text, count, at)| {
                let at = at % day.len();
                let near = format!("{}{text}{}", &day[..at], &day[at + 1..]);
                for (what, received) in [
                    (text.as_str(), day),
                    ("5wd", text),
                    ("5wd", &near),
                    (&format!("{count}d"), day),
                    (&format!("{count}m"), &near),
                ] {
                    if let Ok(due) = ask(&pack, what, received) {
                        assert!(pack.calendar.is_working_day(due.day));
                    }
                }
            });
    }
}

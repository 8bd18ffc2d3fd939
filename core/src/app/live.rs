//! The draft on display, kept evaluated from event to event.
//!
//! An event reads the draft's answers from the store, as before; what differs from the last time is
//! told to the form that is kept ([`Kept`]), which runs only what depends on it. So a key on a phone
//! costs what hangs on its question, not what the form asks. What is read stays the truth: an answer
//! that came from prefill, another version's move or an undo is a difference like a typed one.
//!
//! There is one, of the draft on display, and it goes when another place is. It begins anew with
//! another day, other content or another procedure, since conditions, places and the form itself may
//! be others then. A supplement is evaluated whole: what may be answered in it depends on what was
//! filed as much as on what is typed, and it is rare and short.
//!
//! What was rejected: telling the form of an event's effects rather than comparing. Whatever changed
//! an answer without an event would be missing, and one forgotten place would show a wrong form.

use std::{
    collections::BTreeSet,
    sync::{Arc, MutexGuard, PoisonError, Weak},
};

use gandan_domain::{
    catalog::Procedure,
    dossier::IntentId,
    form::{Answers, Evaluation, Kept, Live},
};

use super::{Core, GatheredDraft};
use crate::catalog::Content;

/// A draft's form as it was last evaluated.
pub(super) struct Open {
    draft: IntentId,
    procedure: String,
    /// Where it was taken from; holds nothing.
    content: Weak<Content>,
    kept: Kept,
}

/// What a draft asks now.
pub(super) struct Asked<'c> {
    pub evaluation: Evaluation<'c>,
    pub clean: Answers,
    /// The questions that may be answered; `None` where all may.
    pub open: Option<BTreeSet<String>>,
}

impl Core {
    fn live(&self) -> MutexGuard<'_, Option<Open>> {
        // A panic elsewhere leaves none, or one that the answers are compared with.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No draft is on display.
    pub(super) fn close(&self) {
        *self.live() = None;
    }

    pub(super) fn asked<'c>(
        &self,
        content: &'c Arc<Content>,
        procedure: &'c Procedure,
        draft: &GatheredDraft,
    ) -> Asked<'c> {
        let (form, answers) = (&procedure.form, &draft.answers);
        let today = super::clock::now(&self.ports, &self.store).date();
        let atlas = content.atlas();
        if let Some(of) = &draft.draft.supplement {
            self.close();
            let (request, flagged) = (&of.request, of.request.fields());
            let done = form.supplement(&request.filed, answers, &flagged, today, &atlas);
            return Asked {
                evaluation: Evaluation {
                    problems: done.problems,
                    ..done.evaluation
                },
                clean: form.clean(answers),
                open: Some(done.open),
            };
        }
        let (id, from) = (draft.draft.intent, Arc::downgrade(content));
        let mut open = self.live();
        let kept = open.take().filter(|open| {
            open.draft == id
                && open.procedure == procedure.code
                && Weak::ptr_eq(&open.content, &from)
        });
        let live = Live::go_on(form, kept.map(|open| open.kept), answers, today, &atlas);
        let pages = live.pages();
        let problems = live.problems(&pages);
        let clean = live.clean();
        *open = Some(Open {
            draft: id,
            procedure: procedure.code.clone(),
            content: from,
            kept: live.keep(answers),
        });
        Asked {
            evaluation: Evaluation { pages, problems },
            clean,
            open: None,
        }
    }

    /// How many slots the draft on display has run since it was opened.
    #[cfg(test)]
    fn slots_run(&self) -> usize {
        self.live().as_ref().map_or(0, |open| open.kept.runs())
    }

    /// What would be on display if nothing were kept.
    #[cfg(test)]
    pub(super) fn screen_anew(&self) -> crate::screen::Screen {
        let kept = self.live().take();
        let screen = self.render(&self.lock());
        *self.live() = kept;
        screen
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use gandan_domain::catalog::ContentPack;
    use serde_json::json;

    use super::super::{
        fixture::{World, pack},
        tests::{Person, random_step},
    };
    use crate::screen::Event;

    /// The fixture's form with a household on its first page: for each member a name and whether he
    /// earns, and if so how much; what all earn together, and a question above a limit.
    fn with_household() -> ContentPack {
        let label = json!({ "vi": "Câu hỏi", "en": "Question" });
        let earns = json!({ "slots": ["member.earns"],
            "code": [{ "slot": 0 }, { "text": "yes" }, "eq"] });
        let each = json!({ "slots": ["member.income"], "code": [{ "int": 0 }] });
        let sum = json!({ "slots": ["member"], "code": [{ "sum": [0, each] }] });
        let rich = json!({ "slots": ["total"], "code": [{ "number": 100 }, { "int": 0 }, "lt"] });
        let household = json!([
            { "id": "member", "title": label, "repeat": { "min": 0, "max": 3, "item": label },
              "fields": [
                { "id": "member.name", "kind": "person_name", "required": true, "label": label },
                { "id": "member.earns", "kind": "yes_no", "required": true, "label": label },
                { "id": "member.income", "kind": "number", "min": 0, "max": 1000,
                  "required": true, "label": label, "visible": earns },
            ] },
            { "id": "sums", "fields": [
                { "id": "total", "kind": "number", "min": 0, "max": 9000, "label": label,
                  "compute": sum },
                { "id": "spends", "kind": "text", "max": 20, "or_why_not": true, "label": label,
                  "visible": rich },
            ] },
        ]);
        let mut pack = pack(2);
        let form = &mut pack.procedures[0].form;
        let household: Vec<_> = serde_json::from_value(household).unwrap();
        form.pages[0].groups.extend(household);
        assert_eq!(form.mistakes(), []);
        pack
    }

    fn at_the_form() -> Person {
        let person = Person::new(World::with(&with_household()));
        person.to_the_form();
        person
    }

    #[test]
    fn a_key_runs_only_what_depends_on_its_question() {
        let person = at_the_form();
        let runs = |what: &dyn Fn()| {
            let before = person.core.slots_run();
            what();
            person.core.slots_run() - before
        };
        // Itself, and what is wrong with it; the same once more is nothing.
        assert_eq!(runs(&|| drop(person.edit("person.phone", "0", 1))), 2);
        assert_eq!(runs(&|| drop(person.edit("person.phone", "09", 2))), 2);
        assert_eq!(runs(&|| drop(person.edit("person.phone", "09", 3))), 0);
        // A question of the next page hangs on it.
        assert_eq!(
            runs(&|| drop(person.choose("person.sex", &["female"], 1))),
            4
        );
        person.open("member~items", "add");
        person.open("member~items", "add");
        person.choose("member.earns#2", &["yes"], 1);
        // The income, the sum and the question above the limit, each with its check; the other
        // member and all else are left alone.
        assert_eq!(runs(&|| drop(person.edit("member.income#2", "500", 1))), 6);
        assert_eq!(runs(&|| drop(person.edit("member.income#2", "501", 2))), 5);
        assert_eq!(runs(&|| drop(person.edit("member.name#1", "An", 1))), 2);
        // Looking around asks nothing again.
        let around = runs(&|| {
            person.act("next");
            person.send(Event::Tick);
        });
        assert_eq!(around, 0);
    }

    #[test]
    fn only_the_draft_on_display_is_kept() {
        let person = at_the_form();
        assert!(person.core.live().is_some());
        person.act("home");
        person.act("search");
        assert!(person.core.live().is_none());
    }

    /// [`Person::send`] compares each screen with the one that whole evaluation gives.
    #[test]
    fn any_events_lead_to_the_screens_of_whole_evaluation() {
        bolero::check!()
            .with_iterations(60)
            .with_type::<Vec<(u8, u8, u8)>>()
            .for_each(|steps| {
                let mut person = at_the_form();
                for (edit, (what, which, how)) in (1_u64..).zip(steps.iter().take(60)) {
                    // Mostly answers and cards, and sometimes anything.
                    let what = if what.is_multiple_of(4) {
                        *what
                    } else {
                        3 + what % 2
                    };
                    random_step(&mut person, what, *which, *how, edit);
                }
            });
    }
}

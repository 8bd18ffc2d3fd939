//! Linking VNeID: saying what will be asked *before* the browser takes over, and being where one
//! was afterwards.

use gandan_domain::text::Text;
use serde::{Deserialize, Serialize};

use crate::{
    journey::{Effect, Facts, On, Page, Step},
    screen::{BlockKind, Event, Screen, Tone},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linking {
    pub at: LinkingAt,
    /// It can wait: nothing that follows needs it yet.
    pub may_wait: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkingAt {
    /// Saying what will be asked.
    Asking,
    /// The browser is open, or was when the app was last alive.
    Browser,
    /// The browser came back; the engine redeems what it brought.
    Redeeming,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkingEnd {
    Linked,
    /// Go on without.
    Later,
    Back,
}

impl Linking {
    pub const fn new(may_wait: bool) -> Self {
        Self {
            at: LinkingAt::Asking,
            may_wait,
        }
    }

    const fn at(self, at: LinkingAt) -> Self {
        Self { at, ..self }
    }

    pub fn step(self, on: On<'_>, facts: &Facts<'_>) -> Step<Self, LinkingEnd> {
        use LinkingAt::{Asking, Browser, Redeeming};
        match (self.at, on) {
            (_, On::News) if facts.signed_in => Step::end(LinkingEnd::Linked),
            (Asking, On::Event(Event::Act { action })) if action == "link" => {
                Step::to(self.at(Browser)).with(Effect::BeginSignIn)
            }
            (Browser | Redeeming, On::Event(Event::Act { action }))
                if action == "open-browser" || action == "retry" =>
            {
                Step::to(self.at(Browser)).with(Effect::BeginSignIn)
            }
            (_, On::Event(Event::Act { action })) if action == "link-later" && self.may_wait => {
                let step = Step::end(LinkingEnd::Later);
                match self.at {
                    Asking => step,
                    Browser | Redeeming => step.with(Effect::AbandonSignIn),
                }
            }
            // Also when the app was killed meanwhile and is opened by the link itself.
            (_, On::Event(Event::BrowserReturned { url })) => {
                Step::to(self.at(Redeeming)).with(Effect::BrowserReturned { url: url.clone() })
            }
            (Browser, On::Event(Event::RequestAbandoned)) => {
                Step::to(self.at(Asking)).with(Effect::AbandonSignIn)
            }
            (Asking, On::Event(Event::Back)) => Step::end(LinkingEnd::Back),
            (Browser | Redeeming, On::Event(Event::Back)) => {
                Step::to(self.at(Asking)).with(Effect::AbandonSignIn)
            }
            (Browser | Redeeming, On::News)
                if facts.sign_in_problem.is_some() && !facts.signing_in =>
            {
                Step::to(self.at(Asking))
            }
            (_, On::Event(_) | On::News) => Step::ignored(self),
        }
    }

    pub fn view(self, facts: &Facts<'_>) -> Screen {
        match self.at {
            LinkingAt::Asking => self.asking(facts),
            LinkingAt::Browser | LinkingAt::Redeeming => self.waiting(facts),
        }
    }

    fn asking(self, facts: &Facts<'_>) -> Screen {
        let say = facts.say;
        let mut page = Page::new(say, "link", say.plain("link-title"));
        page.back(true);
        if let Some(problem) = &facts.sign_in_problem {
            let text = say.problem(problem, facts.office());
            page.notice("problem", Tone::Problem, text);
        }
        // The words on that page, as it shows them.
        let words = [
            ("yes", Text::vi("Đồng ý").into()),
            ("no", Text::vi("Từ chối").into()),
        ];
        for (key, id) in [
            ("why", "link-why"),
            ("browser", "link-browser"),
            ("asked", "link-asked"),
            ("code", "link-code"),
            ("agree", "link-agree"),
            ("deny", "link-deny"),
        ] {
            page.paragraph(key, say.text(id, &words));
        }
        page.action("link", "link-go");
        if self.may_wait {
            page.paragraph("later", say.plain("link-later-why"));
            page.action("link-later", "link-later");
        } else {
            page.paragraph("needed", say.plain("link-needed"));
        }
        page.done()
    }

    fn waiting(self, facts: &Facts<'_>) -> Screen {
        let say = facts.say;
        let redeeming = self.at == LinkingAt::Redeeming;
        let mut page = Page::new(say, "linking", say.plain("linking-title"));
        page.back(true);
        let text: Text = say.plain(if redeeming {
            "linking-redeeming"
        } else {
            "linking-browser"
        });
        if redeeming {
            page.push(
                "wait",
                BlockKind::Busy {
                    text,
                    done: None,
                    of: None,
                },
            );
        } else {
            page.paragraph("wait", text);
        }
        page.paragraph("safe", say.plain("linking-safe"));
        page.action("open-browser", "linking-open-again");
        if self.may_wait {
            page.action("link-later", "link-later");
        }
        page.done()
    }
}

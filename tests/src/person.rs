//! A person with a goal and a phone, who sees nothing but the screen.
//!
//! She wants her newborn registered, or something else that costs money, or to have it back. She
//! reads what is asked, answers what she knows, leaves alone what the state has filled in rightly,
//! and presses what leads on. She knows no procedure, no route and no order of screens: a change
//! that would lose a real person loses her too, and then she says at which screen and why.

use std::collections::{BTreeMap, BTreeSet};

use gandan_core::screen::{Action, Block, BlockKind, Choice, Event, Input, Screen, TextField};
use gandan_domain::{payment::Method, time::Instant};

/// What she is called, and what she knows about herself and the child. All invented.
#[derive(Clone)]
pub struct Knowledge {
    pub id_number: &'static str,
    pub password: &'static str,
    /// What she came for, and what she types to find it.
    pub procedure: String,
    pub query: String,
    /// Answers by field id: text as typed, options by id.
    pub answers: BTreeMap<String, String>,
}

/// The demo mother and her newborn, who was born three days before `now`.
pub fn mother(now: Instant) -> Knowledge {
    let born = now.plus_ms(-3 * 24 * 3_600_000).date().to_string();
    let answers = [
        ("case", "ordinary"),
        ("father_known", "yes"),
        ("requester.relation", "mother"),
        ("requester.full_name", "Giàng Thị Sáo"),
        ("requester.id_number", "099196000003"),
        ("requester.phone", "0987654321"),
        ("office.commune", "00715@2025-07-01"),
        ("child.full_name", "Vừ Thị Hoa Ban"),
        ("child.birth_date", &born),
        ("child.sex", "female"),
        ("child.birth_place", "Trạm y tế xã Lũng Cú (THỬ NGHIỆM)"),
        ("child.ethnicity", "Mông"),
        ("child.nationality", "Việt Nam"),
        ("child.home_town", "Xã Lũng Cú, Tuyên Quang"),
        ("mother.full_name", "Giàng Thị Sáo"),
        ("mother.id_number", "099196000003"),
        ("mother.birth_date", "1996-09-21"),
        ("mother.ethnicity", "Mông"),
        ("mother.nationality", "Việt Nam"),
        ("mother.residence", "Thôn Thử Nghiệm, xã Lũng Cú"),
        ("father.full_name", "Vừ Mí Khèn"),
        ("father.id_number", "099094000004"),
        ("father.birth_date", "1994-12-05"),
        ("father.ethnicity", "Mông"),
        ("father.nationality", "Việt Nam"),
        ("father.residence", "Thôn Thử Nghiệm, xã Lũng Cú"),
        ("certificate.number", "TN-99-000017"),
    ];
    Knowledge {
        id_number: "099196000003",
        password: gandan_sandbox::demo::PASSWORD,
        procedure: "1.001193".to_owned(),
        query: "khai sinh".to_owned(),
        answers: answers
            .map(|(field, value)| (field.to_owned(), value.to_owned()))
            .into(),
    }
}

/// The same mother, who wants two copies of her own birth entry.
pub fn two_extracts() -> Knowledge {
    let answers = [
        ("event", "birth"),
        ("copies", "2"),
        ("requester.relation", "self"),
        ("requester.phone", "0987654321"),
        ("subject.full_name", "Giàng Thị Sáo"),
        ("subject.birth_date", "1996-09-21"),
        ("subject.id_number", "099196000003"),
        ("office.commune", "00715@2025-07-01"),
    ];
    Knowledge {
        id_number: "099196000003",
        password: gandan_sandbox::demo::PASSWORD,
        procedure: "2.000635".to_owned(),
        query: "trích lục hộ tịch".to_owned(),
        answers: answers
            .map(|(field, value)| (field.to_owned(), value.to_owned()))
            .into(),
    }
}

/// When she links VNeID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linking {
    /// Before anything else, as the first page offers.
    First,
    /// Only when there is no way round it.
    Last,
}

/// What she does next.
pub enum Deed {
    Send(Event),
    /// She scans this code with her bank's app and transfers.
    Transfer {
        qr: String,
    },
    /// There is nothing to do but to wait.
    Wait,
    /// She holds the result.
    Finished,
}

/// She does not know how to go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("go on at screen {screen}: {why}")]
pub struct Lost {
    pub screen: String,
    pub why: String,
}

pub struct Person {
    pub knowledge: Knowledge,
    pub linking: Linking,
    /// She types this many characters at a time, so that a kill can fall between.
    pub keystrokes: usize,
    /// What she does not know she makes up from the kind of the question.
    improvises: bool,
    language: String,
    /// She will withdraw what she has filed.
    pub wants_it_back: bool,
    /// She pays the fee of what she has filed, in this way.
    pub pays: Option<Method>,
    /// The first code for a transfer she leaves unused, and pays on the gateway's page.
    pub changes_her_mind: bool,
    /// She asks for it back as soon as she has paid, and does not wait for word of the money.
    pub hasty: bool,
    /// How she answers what the office asks for, by field.
    pub amends: BTreeMap<String, String>,
    /// Once it is signed she finds that this answer ought to be that one.
    pub slip: Option<(String, String)>,
    /// She says "send it now", where she could wait.
    pub sure: bool,
    /// She has seen her slip, and whether she has mended it since.
    noticed: bool,
    mended: bool,
    /// What became of her last visit to the gateway's page.
    visit: Visit,
    /// The memos under which she has transferred.
    transferred: BTreeSet<String>,
    /// She has seen that it is paid, with its receipt.
    paid: bool,
    /// She has seen "sent".
    sent: bool,
    /// Presses of the same thing without the screen changing.
    stubborn: u32,
    last: Option<(String, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    None,
    Failed,
    Done,
}

/// How often she presses the same thing on the same screen before she gives up.
const STUBBORN: u32 = 6;

impl Person {
    pub fn new(knowledge: Knowledge, linking: Linking, language: &str) -> Self {
        Self {
            knowledge,
            linking,
            keystrokes: usize::MAX,
            improvises: false,
            language: language.to_owned(),
            wants_it_back: false,
            pays: None,
            changes_her_mind: false,
            hasty: false,
            amends: BTreeMap::new(),
            slip: None,
            sure: true,
            noticed: false,
            mended: false,
            visit: Visit::None,
            transferred: BTreeSet::new(),
            paid: false,
            sent: false,
            stubborn: 0,
            last: None,
        }
    }

    /// Wants something else than a birth registered.
    #[must_use]
    pub fn wants(mut self, procedure: &str, query: &str) -> Self {
        self.knowledge.procedure = procedure.to_owned();
        self.knowledge.query = query.to_owned();
        self.improvises = true;
        self
    }

    pub fn procedure(&self) -> &str {
        &self.knowledge.procedure
    }

    /// She is back from the gateway's page, where she did what she wanted, or got nowhere.
    pub fn visited(&mut self, done: bool) {
        self.visit = if done { Visit::Done } else { Visit::Failed };
    }

    /// She took back what she had signed, and confirmed the right answer.
    pub const fn has_mended(&self) -> bool {
        self.mended
    }

    /// What she has read and remembers.
    fn read(&mut self, screen: &Screen) {
        self.sent |= screen.id == "sent";
        self.paid |= screen.id == "fee" && screen.blocks.iter().any(|block| block.key == "receipt");
        let Some((field, right)) = &self.slip else {
            return;
        };
        if screen.id == "sending" && !self.noticed {
            self.noticed = true;
            self.knowledge.answers.insert(field.clone(), right.clone());
        }
        self.mended |= screen.blocks.iter().any(|block| match &block.kind {
            BlockKind::TextField(shown) => block.key == *field && shown.value.expose() == right,
            _ => false,
        });
    }

    /// What she will remember of what she is about to do.
    fn does(&mut self, deed: &Deed, screen: &Screen) {
        match deed {
            Deed::Send(Event::Act { action }) if action == "supplement" => {
                let amended = self.amends.clone();
                self.knowledge.answers.extend(amended);
            }
            // Another order, another page.
            Deed::Send(Event::Act { action }) if action.starts_with("pay/") => {
                self.visit = Visit::None;
            }
            Deed::Send(Event::Act { action }) if action == "give-up" => {
                self.changes_her_mind = false;
                self.pays = Some(Method::Vnpay);
            }
            Deed::Transfer { .. } => {
                self.transferred.extend(memo(screen));
            }
            _ => {}
        }
    }

    /// Looks at the screen and decides. `impatient`: nothing has changed for long.
    pub fn look(&mut self, screen: &Screen, impatient: bool) -> Result<Deed, Lost> {
        self.read(screen);
        let deed = self.decide(screen, impatient)?;
        self.does(&deed, screen);
        if let Deed::Send(Event::Act { action }) = &deed {
            let done = (screen.id.clone(), action.clone());
            self.stubborn = if self.last.as_ref() == Some(&done) {
                self.stubborn + 1
            } else {
                0
            };
            self.last = Some(done);
            let waits = impatient
                || matches!(
                    screen.id.as_str(),
                    "linking" | "sending" | "link" | "review" | "home" | "fee" | "dossier"
                );
            if self.stubborn > STUBBORN && !waits {
                let notices = notices(screen);
                return Err(lost(
                    screen,
                    format!("pressing `{action}` again and again changes nothing ({notices})"),
                ));
            }
        }
        Ok(deed)
    }

    fn decide(&self, screen: &Screen, impatient: bool) -> Result<Deed, Lost> {
        match screen.id.as_str() {
            "language" => press(screen, &format!("lang/{}", self.language)),
            "home" => self.at_home(screen),
            "search" => self.search(screen),
            "procedure" => press(screen, "start"),
            // The form has become another one meanwhile: she hears what is different.
            "changed" => press(screen, "next"),
            "link" => match self.linking {
                Linking::Last if !self.sent && offers(screen, "link-later") => {
                    press(screen, "link-later")
                }
                Linking::First | Linking::Last => press(screen, "link"),
            },
            // The browser is open, or was when the phone died.
            "linking" if impatient => press(screen, "open-browser"),
            "sending" if self.sees_a_slip() && offers(screen, "take-back") => {
                press(screen, "take-back")
            }
            "sending" if self.sees_a_slip() && offers(screen, "edit") => press(screen, "edit"),
            "sending" if self.sure && offers(screen, "send-now") => press(screen, "send-now"),
            "sending" if offers(screen, "link") => press(screen, "link"),
            // What she signed is not the text of today: she takes it back and signs anew.
            "sending" if offers(screen, "edit") && !offers(screen, "retry") => {
                press(screen, "edit")
            }
            "sending" if impatient && offers(screen, "retry") => press(screen, "retry"),
            "sending" | "linking" => Ok(Deed::Wait),
            "review" if self.sees_a_slip() => {
                let field = self.slip.as_ref().map_or("", |(field, _)| field);
                Ok(Deed::Send(act(&format!("change/{field}"))))
            }
            "review" if offers(screen, "submit") => press(screen, "submit"),
            "review" if offers(screen, "prepare") => press(screen, "prepare"),
            "counter" => Ok(Deed::Finished),
            "review" => press(screen, "link"),
            "sent" => press(screen, "dossier"),
            "dossiers" if impatient => press(screen, "home"),
            "dossiers" => open_first(screen, "dossiers").or(Ok(Deed::Wait)),
            "dossier" if offers(screen, "link") => press(screen, "link"),
            // What the office asks for she answers at once; what she wants back she asks for.
            "dossier" if offers(screen, "supplement") => press(screen, "supplement"),
            "dossier" if self.pays.is_some() && !self.paid && !self.leaves() => {
                let mut actions = screen.actions.iter();
                match actions.find(|action| action.id.starts_with("fee/")) {
                    Some(fee) => Ok(Deed::Send(act(&fee.id))),
                    None if impatient => press(screen, "home"),
                    None => Ok(Deed::Wait),
                }
            }
            "dossier" if self.wants_it_back && offers(screen, "withdraw") => {
                press(screen, "withdraw")
            }
            "fee" => self.pay(screen, impatient),
            "dossier" => match screen
                .actions
                .iter()
                .find(|action| action.id.starts_with("result/"))
            {
                Some(action) => Ok(Deed::Send(act(&action.id))),
                // No news for long: perhaps the phone has been signed out. The first page would say.
                None if impatient => press(screen, "home"),
                None => Ok(Deed::Wait),
            },
            "result" if offers(screen, "open-document") => Ok(Deed::Finished),
            "result" => Ok(Deed::Wait),
            "problem" => match screen.actions.iter().find(|action| action.enabled) {
                Some(action) => Ok(Deed::Send(act(&action.id))),
                None => Ok(Deed::Send(Event::Back)),
            },
            id if id.starts_with("form/") => self.fill(screen),
            _ => Err(lost(screen, "never seen this screen".into())),
        }
    }

    /// What she signed has a slip in it that she has not mended.
    const fn sees_a_slip(&self) -> bool {
        self.slip.is_some() && self.noticed && !self.mended
    }

    /// She has paid and wants it back all the same.
    fn leaves(&self) -> bool {
        self.hasty && (self.visit == Visit::Done || !self.transferred.is_empty())
    }

    /// She pays whatever the screen says can be paid, as often as it says so: that she pays once is
    /// the screen's business. Only one code she does not use twice.
    fn pay(&self, screen: &Screen, impatient: bool) -> Result<Deed, Lost> {
        if self.paid || self.leaves() {
            return press(screen, "dossier");
        }
        if offers(screen, "open-browser")
            && (self.visit == Visit::None || (self.visit == Visit::Failed && impatient))
        {
            return press(screen, "open-browser");
        }
        if let Some(code) = memo(screen).filter(|memo| !self.transferred.contains(memo)) {
            if self.changes_her_mind && offers(screen, "give-up") {
                return press(screen, "give-up");
            }
            let qr = screen.blocks.iter().find_map(|block| match &block.kind {
                BlockKind::Code { qr, .. } if block.key == "qr" => qr.clone(),
                _ => None,
            });
            return match qr {
                Some(qr) => Ok(Deed::Transfer { qr }),
                None => Err(lost(screen, format!("no QR code for {code}"))),
            };
        }
        let way = match self.pays {
            Some(Method::Vnpay) => "pay/vnpay",
            Some(Method::Vietqr) => "pay/vietqr",
            Some(Method::Cash) | None => "",
        };
        if offers(screen, way) {
            return press(screen, way);
        }
        if impatient && offers(screen, "look-again") {
            return press(screen, "look-again");
        }
        if impatient {
            return press(screen, "dossier");
        }
        Ok(Deed::Wait)
    }

    fn at_home(&self, screen: &Screen) -> Result<Deed, Lost> {
        // One wish, one dossier: what she has sent she does not begin again, even if a kill left an
        // empty draft beside it.
        for list in ["sending", "drafts"].into_iter().filter(|_| !self.sent) {
            if let Ok(open) = open_first(screen, list) {
                return Ok(open);
            }
        }
        match self.linking {
            _ if self.sent && offers(screen, "link") => press(screen, "link"),
            _ if self.sent => press(screen, "dossiers"),
            Linking::First if offers(screen, "link") => press(screen, "link"),
            Linking::First | Linking::Last => press(screen, "search"),
        }
    }

    fn search(&self, screen: &Screen) -> Result<Deed, Lost> {
        let query = screen.blocks.iter().find_map(|block| match &block.kind {
            BlockKind::TextField(field) if block.key == "query" => Some(field),
            _ => None,
        });
        match query {
            Some(field) if *field.value.expose() != self.knowledge.query => {
                Ok(Deed::Send(Event::Edit {
                    key: "query".into(),
                    value: self.knowledge.query.clone().into(),
                    edit: field.edit + 1,
                }))
            }
            _ => open(screen, "results", |card| card == self.knowledge.procedure),
        }
    }

    /// Answers the first thing that is not as she would have it, or goes on.
    fn fill(&self, screen: &Screen) -> Result<Deed, Lost> {
        for block in &screen.blocks {
            let event = match &block.kind {
                BlockKind::TextField(field) | BlockKind::DateField(field) => {
                    self.answer_text(screen, block, field)?
                }
                BlockKind::Choice(choice) => self.choose(screen, block, choice)?,
                BlockKind::MultiChoice(choice) if self.improvises => {
                    self.choose(screen, block, choice)?
                }
                BlockKind::File(file) if file.required && file.added.is_none() => {
                    Some(act(&format!("photo/{}", block.key)))
                }
                // Of what may be asked several times she has one.
                BlockKind::Paragraph { .. } if self.improvises && block.key.ends_with("~none") => {
                    let list = block.key.trim_end_matches("none");
                    Some(Event::Open {
                        key: format!("{list}items"),
                        card: "add".into(),
                    })
                }
                _ => None,
            };
            if let Some(event) = event {
                return Ok(Deed::Send(event));
            }
        }
        press(screen, "next")
    }

    fn answer_text(
        &self,
        screen: &Screen,
        block: &Block,
        field: &TextField,
    ) -> Result<Option<Event>, Lost> {
        let shown = field.value.expose();
        let known = self.knowledge.answers.get(block.key.as_str());
        let Some(wanted) = known.map(String::as_str).or_else(|| {
            let asked = self.improvises && field.required && shown.is_empty();
            asked.then(|| made_up(field.input))
        }) else {
            // A helper of the screen's, like the search within a long list, or not her business.
            return if field.required && shown.is_empty() {
                Err(lost(screen, format!("no answer to `{}`", block.key)))
            } else {
                Ok(None)
            };
        };
        // What the state has filled in she leaves as it is; what she typed herself must be whole.
        if shown == wanted || field.read_only || (field.source.is_some() && !shown.is_empty()) {
            return Ok(None);
        }
        let have = common_prefix(shown, wanted);
        let typed = wanted
            .chars()
            .take(have.saturating_add(self.keystrokes))
            .collect::<String>();
        Ok(Some(Event::Edit {
            key: block.key.clone(),
            value: typed.into(),
            edit: field.edit + 1,
        }))
    }

    fn choose(
        &self,
        screen: &Screen,
        block: &Block,
        choice: &Choice,
    ) -> Result<Option<Event>, Lost> {
        let chosen = choice.options.iter().find(|option| option.chosen);
        let known = self.knowledge.answers.get(block.key.as_str());
        let Some(wanted) = known.or_else(|| {
            let asked = self.improvises && choice.required && chosen.is_none();
            let first = choice.options.first().filter(|_| asked)?;
            Some(&first.id)
        }) else {
            return if choice.required && chosen.is_none() {
                Err(lost(screen, format!("no answer to `{}`", block.key)))
            } else {
                Ok(None)
            };
        };
        if chosen.is_some_and(|option| option.id == *wanted || choice.source.is_some()) {
            return Ok(None);
        }
        if !choice.options.iter().any(|option| option.id == *wanted) {
            return Err(lost(
                screen,
                format!("`{}` does not offer what holds", block.key),
            ));
        }
        Ok(Some(Event::Choose {
            key: block.key.clone(),
            options: vec![wanted.clone()],
            edit: choice.edit + 1,
        }))
    }
}

/// An answer that fits any question of its kind.
pub const fn made_up(input: Input) -> &'static str {
    match input {
        Input::PersonName => "Y Ƀăm Čil",
        Input::Digits => "099080000002",
        Input::Phone => "0987654321",
        Input::Date => "2020-02-29",
        _ => "Thử nghiệm",
    }
}

fn common_prefix(one: &str, two: &str) -> usize {
    one.chars()
        .zip(two.chars())
        .take_while(|(one, two)| one == two)
        .count()
}

pub fn act(action: &str) -> Event {
    Event::Act {
        action: action.to_owned(),
    }
}

pub fn offers(screen: &Screen, action: &str) -> bool {
    screen
        .actions
        .iter()
        .any(|offered| offered.id == action && offered.enabled)
}

fn press(screen: &Screen, action: &str) -> Result<Deed, Lost> {
    if offers(screen, action) {
        return Ok(Deed::Send(act(action)));
    }
    let offered: Vec<&str> = screen
        .actions
        .iter()
        .map(|action: &Action| action.id.as_str())
        .collect();
    Err(lost(
        screen,
        format!("no `{action}` among {offered:?} ({})", notices(screen)),
    ))
}

fn open_first(screen: &Screen, list: &str) -> Result<Deed, Lost> {
    open(screen, list, |_| true)
}

fn open(screen: &Screen, list: &str, fits: impl Fn(&str) -> bool) -> Result<Deed, Lost> {
    let card = screen.blocks.iter().find_map(|block| match &block.kind {
        BlockKind::Cards { items } if block.key == list => items.iter().find(|card| fits(&card.id)),
        _ => None,
    });
    match card {
        Some(card) => Ok(Deed::Send(Event::Open {
            key: list.to_owned(),
            card: card.id.clone(),
        })),
        None => Err(lost(screen, format!("nothing to open in `{list}`"))),
    }
}

/// The memo of the transfer that a screen asks for.
fn memo(screen: &Screen) -> Option<String> {
    screen.blocks.iter().find_map(|block| match &block.kind {
        BlockKind::Code {
            code, qr: Some(_), ..
        } if block.key == "qr" => Some(code.shown()),
        _ => None,
    })
}

/// What the notices say: shown to whoever watches a walk that failed.
pub fn notices(screen: &Screen) -> String {
    let said = screen.blocks.iter().filter_map(|block| match &block.kind {
        BlockKind::Notice { text, .. } => Some(text.shown()),
        _ => None,
    });
    said.collect::<Vec<_>>().join(" | ")
}

fn lost(screen: &Screen, why: String) -> Lost {
    Lost {
        screen: screen.id.clone(),
        why,
    }
}

/// The answers that a screen shows, by field: what must be there again after a kill (I1).
pub fn shown_answers(screen: &Screen) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for block in &screen.blocks {
        let shown = match &block.kind {
            BlockKind::TextField(field) | BlockKind::DateField(field) => {
                field.value.expose().clone()
            }
            BlockKind::Choice(choice) | BlockKind::MultiChoice(choice) => choice
                .options
                .iter()
                .filter(|option| option.chosen)
                .map(|option| option.id.as_str())
                .collect::<Vec<_>>()
                .join(","),
            BlockKind::File(file) => file
                .added
                .as_ref()
                .map(gandan_domain::text::Text::shown)
                .unwrap_or_default(),
            _ => continue,
        };
        out.insert(block.key.clone(), shown);
    }
    out
}

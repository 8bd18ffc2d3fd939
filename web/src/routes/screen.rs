//! Screens: shown by GET, acted on by POST, and nothing is both.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use gandan_core::{
    Arrival, Core,
    screen::{Block, BlockKind, Event, Screen},
};
use gandan_domain::text::{Lang, Text};
use gandan_foundation::sealing::sha256;
use maud::Markup;
use serde::Deserialize;

use super::{
    Idle, Message, Visit, ended, has_script, location, message, onward, refused, set_cookie, to,
    trouble, waits, wanted_lang, whole,
};
use crate::{
    config::Machine,
    deed::{self, Deed},
    guard::is_ours,
    html::{self, Ctx, ERRORS_LIST, Frame},
    post::{Post, PostError},
    question::{self, ERRORS},
    shell::Shell,
    visitor::{About, Desk, Errand, Flash, Found, Secret, Visitor},
    words::Words,
};

/// How long an answer may wait for a screen that only waits.
const SETTLE: Duration = Duration::from_millis(2500);

/// What a page's URL says besides the screen.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    pub at: String,
    /// The question, where one is asked at a time.
    pub q: Option<String>,
    /// What is wrong with its answer is to be said.
    pub e: Option<String>,
    /// Only this question is to be changed.
    pub only: Option<String>,
    /// The action to confirm.
    pub act: Option<String>,
    /// The page loads by itself: nobody asked for it.
    pub by: Option<String>,
}

/// Everything that drawing a page needs.
pub struct Drawing {
    pub shell: Shell,
    pub secret: Secret,
    pub about: About,
    pub script: bool,
}

impl Drawing {
    pub fn new(shell: &Shell, visit: &Visit, about: About, headers: &HeaderMap) -> Self {
        Self {
            shell: shell.clone(),
            secret: visit.secret.clone(),
            about,
            script: has_script(headers),
        }
    }

    fn is_shared(&self) -> bool {
        self.about.shared || self.shell.config().machine == Machine::Kiosk
    }

    /// Where a page leads by itself on which nothing else happens.
    pub fn warned(&self) -> Option<HeaderValue> {
        onward(self.idle(), None).filter(|_| !self.script)
    }

    /// The time-out, where there is one to be warned of.
    pub fn idle(&self) -> Option<Idle> {
        Idle::of(&self.shell, self.about)
    }

    pub fn frame(
        &self,
        words: &Words,
        title: &Text,
        error: bool,
        id: &str,
        at: Option<&str>,
        main: &Markup,
    ) -> Markup {
        html::frame(
            &Frame {
                words,
                title,
                error,
                screen: id,
                kiosk: self.shell.config().machine == Machine::Kiosk,
                token: &self.secret.token(),
                at,
                idle: self.idle(),
                visitor: at.is_some_and(|at| !at.is_empty()),
                script: self.script,
            },
            main,
        )
    }

    /// One screen, whole or one question of it.
    pub fn screen(
        &self,
        screen: &Screen,
        at: &str,
        asked: &Asked,
        said: &Flash,
        problem: Option<Text>,
    ) -> Markup {
        let drawn = Drawn::new(screen, asked, said, problem, self.script);
        let words = Words::new(&screen.lang);
        let (once, token) = (once(&self.shell), self.secret.token());
        let seen = self.script.then(|| fingerprint(screen));
        let said = said.announce.as_ref();
        let main = drawn.with(self, &words, at, &token, &once, |ctx, post| {
            html::screen(&drawn.screen, post, drawn.step, said, seen.as_deref(), ctx)
        });
        self.frame(
            &words,
            &screen.title,
            drawn.error,
            &screen.id,
            Some(at),
            &main,
        )
    }

    /// Single blocks by key, and the actions, as a script replaces them.
    pub fn parts(
        &self,
        screen: &Screen,
        blocks: &[Block],
        at: &str,
    ) -> (Vec<(String, String)>, String) {
        let drawn = Drawn::new(screen, &Asked::default(), &Flash::default(), None, true);
        let words = Words::new(&screen.lang);
        let token = self.secret.token();
        let mut parts = Vec::new();
        let actions = drawn.with(self, &words, at, &token, "", |ctx, post| {
            for part in blocks {
                parts.push((part.key.clone(), html::block(part, ctx).into_string()));
            }
            html::actions(&screen.actions, post, ctx)
        });
        (parts, actions.into_string())
    }

    /// What a script replaces, after something was typed or arrived.
    pub fn main(&self, screen: &Screen, at: &str, focus: Option<String>) -> Markup {
        let said = Flash {
            focus,
            announce: None,
        };
        let drawn = Drawn::new(screen, &Asked::default(), &said, None, true);
        let words = Words::new(&screen.lang);
        let token = self.secret.token();
        drawn.with(self, &words, at, &token, "", |ctx, post| {
            html::main(&drawn.screen, post, None, None, ctx)
        })
    }
}

/// A screen made ready for one page.
struct Drawn {
    screen: Screen,
    questions: Vec<String>,
    question: Option<String>,
    step: Option<(usize, usize)>,
    focus: Option<String>,
    error: bool,
    only: bool,
}

impl Drawn {
    fn new(
        whole: &Screen,
        asked: &Asked,
        said: &Flash,
        problem: Option<Text>,
        script: bool,
    ) -> Self {
        let questions: Vec<String> = question::questions(whole)
            .into_iter()
            .map(str::to_owned)
            .collect();
        let question = asked
            .q
            .clone()
            .filter(|_| !script && question::is_asked(whole));
        let mut screen = match &question {
            Some(question) => question::only(whole, question),
            None => whole.clone(),
        };
        if let (Some(question), Some(problem)) = (&question, problem) {
            set_error(&mut screen, question, problem);
        }
        let wrong = wrong_fields(&screen);
        let error = !wrong.is_empty() || question::has_errors(&screen);
        let focus = match &question {
            Some(question) if wrong.contains(question) => Some(question.clone()),
            Some(question) if question != ERRORS => {
                said.focus.clone().filter(|key| key == "problem")
            }
            Some(_) => Some(ERRORS.to_owned()),
            None => said.focus.clone().or_else(|| whole.focus.clone()),
        };
        let step = question.as_ref().and_then(|question| {
            let at = questions.iter().position(|known| known == question)?;
            (questions.len() > 1).then_some((at + 1, questions.len()))
        });
        Self {
            screen,
            questions,
            question,
            step,
            focus,
            error,
            only: asked.only.is_some(),
        }
    }

    fn with(
        &self,
        drawing: &Drawing,
        words: &Words,
        at: &str,
        token: &str,
        once: &str,
        draw: impl FnOnce(&Ctx<'_>, &html::Post<'_>) -> Markup,
    ) -> Markup {
        let page = format!("/s/{}?at={at}", self.screen.id);
        let ctx = Ctx {
            words,
            lang: &self.screen.lang,
            shared: drawing.is_shared(),
            questions: self.questions.iter().map(String::as_str).collect(),
            by_question: self.question.as_ref().map(|_| page.as_str()),
            focus: self.focus.as_deref(),
        };
        let post = html::Post {
            token,
            at,
            question: self.question.as_deref(),
            only: self.only,
            once,
        };
        draw(&ctx, &post)
    }
}

/// The keys of fields whose answer is wrong, as the screen says.
fn wrong_fields(screen: &Screen) -> Vec<String> {
    let wrong = screen.blocks.iter().filter(|block| match &block.kind {
        BlockKind::TextField(field) | BlockKind::DateField(field) => field.error.is_some(),
        BlockKind::Choice(choice) | BlockKind::MultiChoice(choice) => choice.error.is_some(),
        BlockKind::File(file) => file.error.is_some(),
        _ => false,
    });
    wrong.map(|block| block.key.clone()).collect()
}

fn set_error(screen: &mut Screen, question: &str, problem: Text) {
    for block in screen
        .blocks
        .iter_mut()
        .filter(|block| block.key == question)
    {
        match &mut block.kind {
            BlockKind::TextField(field) | BlockKind::DateField(field) => {
                field.error = Some(problem.clone())
            }
            BlockKind::Choice(choice) | BlockKind::MultiChoice(choice) => {
                choice.error = Some(problem.clone())
            }
            BlockKind::File(file) => file.error = Some(problem.clone()),
            _ => {}
        }
    }
}

fn once(shell: &Shell) -> String {
    let bytes = shell.world().random.bytes::<12>();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `/`: where the visitor is; to whoever is nobody yet, the first screen.
pub async fn home(State(shell): State<Shell>, headers: HeaderMap) -> Response {
    let visit = match Visit::of(&shell, &headers, false).await {
        Ok(visit) => visit,
        Err(error) => return trouble(&shell, &headers, &error),
    };
    match &visit.found {
        Found::Here(visitor) => match visitor.work(|core, _| location(core)).await {
            Ok(here) => to(&here),
            Err(error) => trouble(&shell, &headers, &error),
        },
        Found::Ended => ended(&shell, &headers, &[]),
        Found::Nobody => greet(&shell, &visit, &headers).await,
    }
}

async fn greet(shell: &Shell, visit: &Visit, headers: &HeaderMap) -> Response {
    let drawing = Drawing::new(shell, visit, About::default(), headers);
    let page = shell
        .greeter()
        .work(move |core, _| {
            drawing.screen(
                &core.screen(),
                "",
                &Asked::default(),
                &Flash::default(),
                None,
            )
        })
        .await;
    match page {
        Ok(page) => {
            let cookie = set_cookie(shell, &visit.secret, About::default());
            ([(header::SET_COOKIE, cookie)], whole(page)).into_response()
        }
        Err(error) => trouble(shell, headers, &error),
    }
}

/// What came of looking at a page.
enum Look {
    /// And after how many seconds to look again, where something happens by itself.
    Page(Markup, Option<i64>),
    /// What the page shows that asks.
    Same,
    Elsewhere(String),
}

/// `/s/<screen>?at=<address>`: a place, as it is now. Asked on the condition that it is no longer
/// what a page shows (`If-None-Match`, RFC 9110 section 13.1.2), it answers 304 where it still is.
pub async fn show(
    State(shell): State<Shell>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let shown = headers.get(header::IF_NONE_MATCH).cloned();
    look(
        shell,
        asked,
        headers,
        move |core, desk, mut asked, drawing| {
            let screen = core.screen();
            let words = Words::new(&screen.lang);
            match core.go_to(&asked.at, asked.q.as_deref()) {
                Ok(Arrival::There) => {}
                Ok(Arrival::Onward) => return Look::Elsewhere(location(core)),
                Ok(Arrival::Gone) | Err(_) => {
                    desk.say(words.plain("web-moved"));
                    return Look::Elsewhere(location(core));
                }
            }
            let screen = core.screen();
            if shown.is_some_and(|shown| shown == format!("\"{}\"", fingerprint(&screen))) {
                return Look::Same;
            }
            let said = desk.flash();
            if !drawing.script && question::is_asked(&screen) {
                asked.q = Some(which_question(core, &screen, asked.q.take()));
            }
            let problem = match (&asked.q, &asked.e) {
                (Some(question), Some(_)) => core.problem_at(question).ok().flatten(),
                _ => None,
            };
            let page = drawing.screen(&screen, &asked.at, &asked, &said, problem);
            Look::Page(page, looks_again(&screen))
        },
    )
    .await
}

/// What only waits is looked at again soon; what is held back for ten seconds, after them.
fn looks_again(screen: &Screen) -> Option<i64> {
    let is_held = screen.actions.iter().any(|action| action.id == "take-back");
    match () {
        () if waits(screen) => Some(3),
        () if is_held => Some(12),
        () => None,
    }
}

/// The one that was asked for, the one that the person was at, or the first.
fn which_question(core: &Core, screen: &Screen, wanted: Option<String>) -> String {
    let all = question::questions(screen);
    let is_there = |key: &String| all.contains(&key.as_str());
    wanted
        .filter(|key| is_there(key) || key == ERRORS && question::has_errors(screen))
        .or_else(|| core.question_now().filter(is_there))
        .or_else(|| all.first().map(|key| (*key).to_owned()))
        .unwrap_or_default()
}

/// `/confirm?at=<address>&act=<action>`: what would happen.
pub async fn confirm(
    State(shell): State<Shell>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    look(shell, asked, headers, |core, _, asked, drawing| {
        if core.go_to(&asked.at, None) != Ok(Arrival::There) {
            return Look::Elsewhere(location(core));
        }
        let screen = core.screen();
        let wanted = asked.act.as_deref().unwrap_or_default();
        let found = screen.actions.iter().find(|action| action.id == wanted);
        let Some((action, what)) =
            found.and_then(|action| Some((action, action.confirm.as_ref()?)))
        else {
            return Look::Elsewhere(location(core));
        };
        let words = Words::new(&screen.lang);
        let (token, once) = (drawing.secret.token(), once(&drawing.shell));
        let ctx = Ctx {
            words: &words,
            lang: &screen.lang,
            shared: true,
            questions: Vec::new(),
            by_question: None,
            focus: None,
        };
        let post = html::Post {
            token: &token,
            at: &asked.at,
            question: None,
            only: false,
            once: &once,
        };
        let main = html::confirm(
            action,
            what,
            &fingerprint(&screen),
            &location(core),
            &post,
            &ctx,
        );
        let title = words.plain("web-confirm");
        let page = drawing.frame(&words, &title, false, "confirm", Some(&asked.at), &main);
        Look::Page(page, None)
    })
    .await
}

async fn look(
    shell: Shell,
    asked: Asked,
    headers: HeaderMap,
    draw: impl FnOnce(&Core, &mut Desk, Asked, &Drawing) -> Look + Send + 'static,
) -> Response {
    let visit = match &asked.by {
        None => Visit::of(&shell, &headers, false).await,
        Some(_) => Visit::by_itself(&shell, &headers, false).await,
    };
    let visit = match visit {
        Ok(visit) => visit,
        Err(error) => return trouble(&shell, &headers, &error),
    };
    let visitor = match &visit.found {
        Found::Here(visitor) => Arc::clone(visitor),
        Found::Ended => return ended(&shell, &headers, &[]),
        Found::Nobody if visit.known => return ended(&shell, &headers, &[]),
        Found::Nobody => return to("/"),
    };
    let about = visitor.about();
    let drawing = Drawing::new(&shell, &visit, about, &headers);
    let (script, idle) = (drawing.script, drawing.idle());
    let looked = visitor
        .work(move |core, desk| (draw(core, desk, asked, &drawing), location(core)))
        .await;
    match looked {
        Ok((Look::Page(page, again), here)) => {
            let mut response = whole(page).into_response();
            let headers = response.headers_mut();
            headers.append(header::SET_COOKIE, set_cookie(&shell, &visit.secret, about));
            let again = again.map(|seconds| (seconds, here.as_str()));
            if let Some(onward) = onward(idle, again).filter(|_| !script) {
                headers.insert(header::REFRESH, onward);
            }
            response
        }
        Ok((Look::Same, _)) => StatusCode::NOT_MODIFIED.into_response(),
        Ok((Look::Elsewhere(location), _)) => to(&location),
        Err(error) => trouble(&shell, &headers, &error),
    }
}

/// What came of a post.
enum Done {
    To(String),
    /// Where the core is now, once it has stopped waiting.
    Settled,
    /// The page's place takes nothing any more: where to go on, in which language to say so.
    Lost(String, Lang),
}

/// `/do`: everything a person does.
pub async fn act(State(shell): State<Shell>, request: Request<Body>) -> Response {
    let headers = request.headers().clone();
    if !is_ours(shell.config(), &headers) {
        return refused(&shell, &headers);
    }
    let post = match Post::read(request).await {
        Ok(post) => post,
        Err(error) => return unreadable(&shell, &headers, error),
    };
    let fresh = post.get("at").unwrap_or_default().is_empty();
    let visit = match Visit::of(&shell, &headers, fresh).await {
        Ok(visit) => visit,
        Err(error) => return trouble(&shell, &headers, &error),
    };
    if !visit.known {
        return no_cookie(&shell, &headers);
    }
    if !visit.secret.is_token(post.get("t").unwrap_or_default()) {
        return refused(&shell, &headers);
    }
    match &visit.found {
        Found::Here(visitor) => done(&shell, visitor, post, &headers).await,
        Found::Nobody | Found::Ended => ended(&shell, &headers, &post.typed()),
    }
}

async fn done(shell: &Shell, visitor: &Arc<Visitor>, post: Post, headers: &HeaderMap) -> Response {
    let script = has_script(headers);
    let typed = post.typed();
    let done = visitor
        .work(move |core, desk| apply(core, desk, &post, script))
        .await;
    let to_where = match done {
        Ok(Done::To(location)) => location,
        Ok(Done::Lost(location, lang)) => {
            return message(
                shell,
                &lang,
                &Message {
                    status: StatusCode::CONFLICT,
                    title: "web-lost",
                    text: &["web-lost-text"],
                    on: (&location, "web-go-on"),
                    typed: &typed,
                },
            );
        }
        Ok(Done::Settled) => {
            visitor.settle(SETTLE, |core| waits(&core.screen())).await;
            match visitor.work(|core, _| location(core)).await {
                Ok(location) => location,
                Err(error) => return trouble(shell, headers, &error),
            }
        }
        Err(error) => return trouble(shell, headers, &error),
    };
    let wants_json = headers
        .get(header::ACCEPT)
        .is_some_and(|kind| kind.as_bytes() == b"application/json");
    if wants_json {
        return Json(serde_json::json!({ "to": to_where })).into_response();
    }
    to(&to_where)
}

fn apply(core: &Core, desk: &mut Desk, post: &Post, script: bool) -> Done {
    // The same form filled in otherwise, after "back", is another post.
    let once = post.fingerprint();
    if let Some(before) = desk.done(&once) {
        return Done::To(before.to_owned());
    }
    let at = post.get("at").unwrap_or_default();
    let asked = post.get("q").filter(|question| *question != ERRORS);
    if !at.is_empty() {
        match core.go_to(at, asked) {
            Ok(Arrival::There) => {}
            // An impatient second tap, most likely: the first has led somewhere.
            Ok(Arrival::Onward | Arrival::Gone) if post.typed().is_empty() => {
                return Done::Settled;
            }
            Ok(Arrival::Onward | Arrival::Gone) | Err(_) => {
                return Done::Lost(location(core), core.screen().lang);
            }
        }
    }
    let Some(deed) = post.get("do").and_then(Deed::read) else {
        return Done::To(location(core));
    };
    desk.put_away();
    let done = Doing {
        core,
        desk,
        post,
        script,
        question: post.get("q").map(str::to_owned),
        errand: None,
    }
    .run(deed);
    if let Done::To(location) = &done {
        desk.remember(once, location.clone());
    }
    done
}

/// One post being done.
struct Doing<'a> {
    core: &'a Core,
    desk: &'a mut Desk,
    post: &'a Post,
    script: bool,
    /// The question that the page asked, if it asked one.
    question: Option<String>,
    errand: Option<Errand>,
}

impl Doing<'_> {
    fn run(mut self, deed: Deed) -> Done {
        let before = self.core.screen();
        self.save(&before);
        match deed {
            Deed::Stay => self.again(),
            Deed::Answer => self.answer(),
            Deed::Back => self.back(),
            Deed::Ask(action) => match self.core.address() {
                Ok(at) => Done::To(format!("/confirm?at={at}&act={}", html::encoded(&action))),
                Err(_) => Done::To("/".into()),
            },
            Deed::Act(action) => self.act(action),
            Deed::Open { key, card } => {
                let wrong = key == ERRORS_LIST;
                self.send(Event::Open { key, card });
                self.onward(&before, wrong)
            }
        }
    }

    fn save(&mut self, screen: &Screen) {
        let mut errand = None;
        let desk = &mut *self.desk;
        deed::save(self.core, screen, self.post, |update| {
            errand = desk.take(update)
        });
        self.errand = self.errand.or(errand);
    }

    fn send(&mut self, event: Event) {
        // What was said about what was typed is said no more: this is another page.
        self.desk.flash();
        let errand = self.desk.take(self.core.send(event));
        self.errand = self.errand.or(errand);
    }

    /// The same page, at the same question.
    fn again(&self) -> Done {
        let here = location(self.core);
        match &self.question {
            Some(question) => Done::To(at_question(&here, question, false, self.is_only())),
            None => Done::To(here),
        }
    }

    fn is_only(&self) -> bool {
        self.post.get("only").is_some()
    }

    /// The question was answered: the same again if it was not, else the next, else the next page.
    fn answer(mut self) -> Done {
        let screen = self.core.screen();
        let Some(question) = self.question.clone() else {
            return self.again();
        };
        let here = location(self.core);
        let refused = screen.blocks.iter().any(|block| block.key == "problem");
        if refused || self.core.problem_at(&question).ok().flatten().is_some() {
            return Done::To(at_question(&here, &question, true, self.is_only()));
        }
        match question::after(&screen, &question) {
            Some(next) if !self.is_only() => {
                // Noted now: whoever comes back after a kill is at this question.
                let next = next.to_owned();
                if let Ok(at) = self.core.address() {
                    let _ = self.core.go_to(&at, Some(&next));
                }
                Done::To(at_question(&here, &next, false, false))
            }
            _ => match screen.actions.first() {
                Some(first) => {
                    let action = first.id.clone();
                    self.send(Event::Act { action });
                    self.onward(&screen, false)
                }
                None => self.again(),
            },
        }
    }

    fn back(mut self) -> Done {
        let screen = self.core.screen();
        let before = self
            .question
            .as_deref()
            .filter(|_| !self.is_only())
            .and_then(|question| question::before(&screen, question));
        match before {
            Some(before) => Done::To(at_question(&location(self.core), before, false, false)),
            None => {
                self.send(Event::Back);
                self.onward(&screen, false)
            }
        }
    }

    /// What has to be confirmed is done only when this very screen was confirmed.
    fn act(mut self, action: String) -> Done {
        let screen = self.core.screen();
        let asks = screen
            .actions
            .iter()
            .any(|offered| offered.id == action && offered.confirm.is_some());
        if asks && self.post.get("seen") != Some(&fingerprint(&screen)) {
            self.desk.say(Words::new(&screen.lang).plain("web-changed"));
            return Done::To(location(self.core));
        }
        self.send(Event::Act { action });
        self.onward(&screen, false)
    }

    /// To wherever that led.
    fn onward(self, before: &Screen, wrong: bool) -> Done {
        match self.errand {
            Some(Errand::Leave) => return Done::To("/leave".into()),
            Some(Errand::Show) => return Done::To("/document".into()),
            None => {}
        }
        let screen = self.core.screen();
        if waits(&screen) {
            return Done::Settled;
        }
        let here = location(self.core);
        if self.script || !question::is_asked(&screen) {
            return Done::To(here);
        }
        let focus = self.core_focus(&screen);
        Done::To(match (focus, &self.question) {
            (Some(focus), _) if focus == ERRORS => at_question(&here, ERRORS, false, false),
            // From the review, or from what is wrong: this one question, and back. From what an
            // office asks for: this one, and then the others.
            (Some(focus), _) if before.id != screen.id => {
                let only = wrong || before.id == "review";
                at_question(&here, &focus, wrong, only)
            }
            (Some(focus), _) => at_question(&here, &focus, wrong, self.is_only()),
            (None, Some(question)) if before.id == screen.id => {
                at_question(&here, question, false, self.is_only())
            }
            (None, _) => here,
        })
    }

    /// Where the core wants the focus, if that is a question or what is wrong.
    fn core_focus(&self, screen: &Screen) -> Option<String> {
        let focus = self.desk.focus()?;
        let known = question::questions(screen).contains(&focus) || focus == ERRORS;
        known.then(|| focus.to_owned())
    }
}

fn at_question(here: &str, question: &str, wrong: bool, only: bool) -> String {
    let question = html::encoded(question);
    let wrong = if wrong { "&e=1" } else { "" };
    let only = if only { "&only=1" } else { "" };
    format!("{here}&q={question}{wrong}{only}")
}

/// Tells one state of a screen from another, so that what is confirmed is what was seen.
fn fingerprint(screen: &Screen) -> String {
    let bytes = serde_json::to_vec(screen).unwrap_or_default();
    sha256(&bytes)
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn unreadable(shell: &Shell, headers: &HeaderMap, error: PostError) -> Response {
    let (status, title, text) = match error {
        PostError::TooBig => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "web-too-big",
            "web-too-big-text",
        ),
        PostError::NotAForm => (StatusCode::BAD_REQUEST, "web-refused", "web-refused-text"),
    };
    message(
        shell,
        &wanted_lang(shell, headers),
        &Message {
            status,
            title,
            text: &[text],
            on: ("/", "web-go-on"),
            typed: &[],
        },
    )
}

fn no_cookie(shell: &Shell, headers: &HeaderMap) -> Response {
    message(
        shell,
        &wanted_lang(shell, headers),
        &Message {
            status: StatusCode::FORBIDDEN,
            title: "web-cookies",
            text: &["web-cookies-text"],
            on: ("/", "common-retry"),
            typed: &[],
        },
    )
}

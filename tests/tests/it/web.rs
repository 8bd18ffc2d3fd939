//! The web shell over HTTP, by a browser without scripts. First alone, with a clock that moves when
//! told; then beside the whole stack, as separate processes.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use gandan_domain::time::Instant;
use gandan_foundation::{
    adapters::OsRandom,
    ports::{Clock, Http, HttpError, World},
};
use gandan_sandbox::browser::{self, Login};
use gandan_tests::{
    browser::Browser,
    cli::free_port_base,
    person::{self, Knowledge},
    photo::photo,
    scan::{Needle, scan},
    sim::Assets,
    stack::{Part, Stack, StackConfig},
    walk::BrowserLine,
};
use gandan_web::{
    Shell,
    config::{Config, Machine},
};

const MINUTE: i64 = 60_000;
const START: Instant = Instant(1_790_000_000_000);

/// Moves when told; nobody who waits for it is woken.
#[derive(Clone)]
struct Told(Arc<AtomicI64>);

impl Clock for Told {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }

    fn sleep_until(&self, _until: Instant) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

struct NoNetwork;

impl Http for NoNetwork {
    fn send(
        &self,
        _request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, HttpError>> {
        Box::pin(async { Err(HttpError::Unreachable) })
    }
}

/// A web shell without a backend, in this process.
struct Alone {
    _assets: Arc<Assets>,
    data: PathBuf,
    clock: Told,
    shell: Shell,
    url: String,
}

impl Alone {
    async fn start(machine: Machine) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let assets = Assets::make().unwrap();
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let data = std::env::temp_dir().join(format!("gandan-web-{}-{number}", std::process::id()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let clock = Told(Arc::new(AtomicI64::new(START.0)));
        let config = Config {
            listen: listener.local_addr().unwrap(),
            backend: "http://127.0.0.1:1".into(),
            data: data.clone(),
            content: assets.dir.join("content.pack"),
            keyset: assets.dir.join("keyset.jws"),
            root_key: assets.root.clone(),
            public_url: url.clone(),
            lang: None,
            machine,
            idle_ms: match machine {
                Machine::Own => Config::OWN_IDLE_MS,
                Machine::Kiosk => Config::KIOSK_IDLE_MS,
            },
            shared_idle_ms: Config::SHARED_IDLE_MS,
        };
        let world = World {
            clock: Arc::new(clock.clone()),
            random: Arc::new(OsRandom::default()),
            http: Arc::new(NoNetwork),
        };
        let shell = Shell::open(config, world).unwrap();
        let router = shell.router();
        #[expect(clippy::disallowed_methods, reason = "the test is a main")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            _assets: assets,
            data,
            clock,
            shell,
            url,
        }
    }

    fn advance(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.url).unwrap()
    }

    /// How many visitors have a folder.
    fn folders(&self) -> usize {
        std::fs::read_dir(self.data.join("visitors")).map_or(0, Iterator::count)
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.shell.close();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// To the first question of a birth, without an account.
async fn to_the_form(browser: &mut Browser) {
    browser.get("/").await.unwrap();
    assert_eq!(browser.screen(), "language");
    browser.press("act:lang/vi", &[]).await.unwrap();
    browser.press("act:search", &[]).await.unwrap();
    browser
        .press("stay", &[("f.query", "khai sinh")])
        .await
        .unwrap();
    assert!(browser.path.starts_with("/s/search"), "{}", browser.path);
    browser.press("open:results:1.001193", &[]).await.unwrap();
    browser.press("act:start", &[]).await.unwrap();
    assert_eq!(browser.screen(), "link");
    browser.press("act:link-later", &[]).await.unwrap();
    assert_eq!(browser.screen(), "form/case");
}

/// Answers as the mother would until this is asked.
async fn to_question(browser: &mut Browser, wanted: &str) {
    let knowledge = person::mother(START);
    for _ in 0..30 {
        if browser.question().as_deref() == Some(wanted) {
            return;
        }
        answer(browser, &knowledge).await;
    }
    panic!("never asked for {wanted}: {}", browser.path);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_looks_leaves_nothing_and_the_first_screen_is_language() {
    let alone = Alone::start(Machine::Own).await;
    let mut browser = alone.browser();
    browser.get("/").await.unwrap();
    assert_eq!(browser.screen(), "language");
    assert!(browser.html.contains("Tiếng Việt") && browser.html.contains("lang=\"km\""));
    assert_eq!(alone.folders(), 0);
    let policy = browser.headers["content-security-policy"].to_str().unwrap();
    for part in [
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !browser.html.contains(" style="));
    assert_eq!(browser.headers["cache-control"], "no-store");
    assert_eq!(browser.headers["x-content-type-options"], "nosniff");
    let cookie = browser.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly; SameSite=Lax") && !cookie.contains("Secure"),
        "{cookie}"
    );
    browser.press("act:lang/en", &[]).await.unwrap();
    assert_eq!(browser.screen(), "home");
    assert!(browser.html.contains("<html lang=\"en\">"));
    assert_eq!(alone.folders(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_question_a_page_keeps_what_was_posted_over_a_restart() {
    let alone = Alone::start(Machine::Own).await;
    let mut browser = alone.browser();
    to_the_form(&mut browser).await;
    assert_eq!(browser.question().as_deref(), Some("case"));
    // Nothing chosen: the same question, with what is wrong.
    browser.press("answer", &[]).await.unwrap();
    assert_eq!(browser.question().as_deref(), Some("case"));
    assert!(
        browser.html.contains("aria-invalid=\"true\"") && browser.html.contains("<title>Lỗi: ")
    );
    to_question(&mut browser, "child.full_name").await;
    assert_eq!(browser.screen(), "form/child");
    assert_eq!(browser.question().as_deref(), Some("child.full_name"));
    browser
        .press("answer", &[("f.child.full_name", "Vừ Thị Hoa Ban")])
        .await
        .unwrap();
    assert_eq!(browser.question().as_deref(), Some("child.birth_date"));
    let date = [
        ("f.child.birth_date.d", "31"),
        ("f.child.birth_date.m", "2"),
        ("f.child.birth_date.y", "2026"),
    ];
    browser.press("answer", &date).await.unwrap();
    assert_eq!(
        browser.question().as_deref(),
        Some("child.birth_date"),
        "there is no such day"
    );

    // Every store closed, as after a kill: the same question, what was typed still there.
    alone.shell.close();
    browser.reload().await.unwrap();
    assert_eq!(browser.question().as_deref(), Some("child.birth_date"));
    assert!(browser.html.contains("value=\"31\""));
    browser.get("/").await.unwrap();
    assert_eq!(browser.question().as_deref(), Some("child.birth_date"));
    browser.press("back", &[]).await.unwrap();
    assert_eq!(browser.question().as_deref(), Some("child.full_name"));
    assert!(browser.html.contains("value=\"Vừ Thị Hoa Ban\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_a_stale_page_and_the_same_post_twice_lose_and_double_nothing() {
    let alone = Alone::start(Machine::Own).await;
    let mut one = alone.browser();
    to_the_form(&mut one).await;
    to_question(&mut one, "child.full_name").await;
    let mut two = one.tab();
    // The first tab goes home; the second is still at the question, and saves into its draft.
    one.get("/").await.unwrap();
    one.press("act:home", &[]).await.unwrap();
    assert_eq!(one.screen(), "home");
    let twice = two.filled("answer", &[("f.child.full_name", "Vừ Thị Hoa Ban")]);
    two.post("/do", &twice).await.unwrap();
    assert_eq!(two.question().as_deref(), Some("child.birth_date"));
    let after = two.path.clone();
    // An impatient finger.
    two.post("/do", &twice).await.unwrap();
    assert_eq!(two.path, after);
    // The first tab begins another draft twice with one tap, and leaves it before it types: what
    // holds nothing is not kept.
    one.get("/").await.unwrap();
    one.press("act:home", &[]).await.unwrap();
    one.press("act:search", &[]).await.unwrap();
    one.press("stay", &[("f.query", "khai sinh")])
        .await
        .unwrap();
    one.press("open:results:1.001193", &[]).await.unwrap();
    let start = one.filled("act:start", &[]);
    one.post("/do", &start).await.unwrap();
    one.post("/do", &start).await.unwrap();
    one.press("act:link-later", &[]).await.unwrap();
    one.press("act:home", &[]).await.unwrap();
    let drafts = one
        .deeds()
        .iter()
        .filter(|deed| deed.starts_with("open:drafts:"))
        .count();
    assert_eq!(drafts, 1, "{:?}", one.deeds());

    // A page whose draft was thrown away says what was typed, and saves nothing.
    let mut stale = two.tab();
    two.press("ask:abandon", &[]).await.unwrap();
    assert_eq!(two.screen(), "confirm");
    two.press("act:abandon", &[]).await.unwrap();
    assert_eq!(two.screen(), "home");
    assert!(two.deeds().contains(&"act:undo".to_owned()));
    two.press("act:search", &[]).await.unwrap();
    let late = [
        ("f.child.birth_date.d", "1"),
        ("f.child.birth_date.m", "2"),
        ("f.child.birth_date.y", "1987"),
    ];
    stale.press("answer", &late).await.unwrap();
    assert_eq!(stale.status, 409);
    assert!(stale.html.contains("1987"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_with_scripts_is_whole_and_an_untouched_field_overwrites_nothing() {
    let alone = Alone::start(Machine::Own).await;
    let mut one = alone.browser();
    to_the_form(&mut one).await;
    to_question(&mut one, "child.full_name").await;
    one.set_cookie("js", "1");
    one.reload().await.unwrap();
    assert_eq!(one.question(), None);
    let mut old = one.tab();
    // The script saves a field; the old tab then posts everything it shows, one field changed.
    let token = one
        .fields()
        .into_iter()
        .find(|field| field.name == "t")
        .unwrap()
        .value;
    let at = one
        .fields()
        .into_iter()
        .find(|field| field.name == "at")
        .unwrap()
        .value;
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let edit = [
        pair("t", &token),
        pair("at", &at),
        pair("o.child.full_name", ""),
        pair("e.child.full_name", "0"),
        pair("f.child.full_name", "Vừ Thị Hoa Ban"),
    ];
    one.post("/edit", &edit).await.unwrap();
    assert_eq!(one.status, 200);
    assert!(
        one.html.contains("child.full_name") && one.html.contains("\"saved\""),
        "{}",
        one.html
    );
    old.press("act:next", &[("f.child.birth_place", "Trạm y tế xã")])
        .await
        .unwrap();
    assert_eq!(old.screen(), "form/child");
    let value = |browser: &Browser, name: &str| {
        let field = browser
            .fields()
            .into_iter()
            .find(|field| field.name == name);
        field.unwrap().value
    };
    assert_eq!(value(&old, "f.child.full_name"), "Vừ Thị Hoa Ban");
    assert_eq!(value(&old, "f.child.birth_place"), "Trạm y tế xã");
    // What is wrong is said first, each leading to its question; fixed ones go.
    let links = old.html.matches("href=\"#f-child.").count();
    assert!(
        links >= 2 && old.html.contains("data-key=\"errors\""),
        "{links}"
    );
    let sex = old
        .fields()
        .into_iter()
        .find(|field| field.name == "f.child.sex")
        .unwrap();
    old.press("act:next", &[("f.child.sex", &sex.value)])
        .await
        .unwrap();
    assert_eq!(old.html.matches("href=\"#f-child.").count(), links - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_post_does_nothing() {
    let alone = Alone::start(Machine::Own).await;
    let mut browser = alone.browser();
    browser.get("/").await.unwrap();
    let mut forged = browser.filled("act:lang/en", &[]);
    for (name, value) in &mut forged {
        if name == "t" {
            *value = "AAAAAAAAAAAAAAAAAAAAAA".into();
        }
    }
    browser.post("/do", &forged).await.unwrap();
    assert_eq!(browser.status, 403);
    // Right token, from another site.
    browser.get("/").await.unwrap();
    let honest = browser.filled("act:lang/en", &[]);
    let cookie = browser.cookie("gandan").unwrap().to_owned();
    let mut elsewhere = Browser::new(&alone.url.replace("127.0.0.1", "localhost")).unwrap();
    elsewhere.set_cookie("gandan", &cookie);
    elsewhere.post("/do", &honest).await.unwrap();
    assert_eq!(elsewhere.status, 421);
    browser.get("/").await.unwrap();
    assert_eq!(browser.screen(), "language");
    // Another visitor's token.
    let mut other = alone.browser();
    other.get("/").await.unwrap();
    let theirs = other.filled("act:lang/en", &[]);
    browser.post("/do", &theirs).await.unwrap();
    assert_eq!(browser.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn tricks_in_a_name_come_out_inert() {
    let alone = Alone::start(Machine::Own).await;
    let mut browser = alone.browser();
    to_the_form(&mut browser).await;
    to_question(&mut browser, "child.full_name").await;
    let trick = "\"><script>alert(1)</script>\u{202e}<b data-x='";
    browser
        .press("answer", &[("f.child.full_name", trick)])
        .await
        .unwrap();
    assert!(!browser.html.contains("<script>alert") && !browser.html.contains("<b data-x"));
    let kept = browser
        .fields()
        .into_iter()
        .find(|field| field.name == "f.child.full_name");
    assert_eq!(
        kept.unwrap().value,
        trick,
        "what was typed is still there to be mended"
    );
    assert_eq!(
        browser.question().as_deref(),
        Some("child.full_name"),
        "and is no name"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_leaves_no_folder_and_the_old_cookie_opens_nothing() {
    let alone = Alone::start(Machine::Own).await;
    let mut browser = alone.browser();
    to_the_form(&mut browser).await;
    let mut stolen = browser.tab();
    browser.get("/session").await.unwrap();
    let form = browser.filled("end", &[]);
    browser.post("/session", &form).await.unwrap();
    assert!(browser.cookie("gandan").is_none());
    assert_eq!(browser.headers["clear-site-data"], "\"cache\", \"storage\"");
    assert_eq!(alone.folders(), 0);
    stolen
        .press("answer", &[("f.case", "ordinary")])
        .await
        .unwrap();
    assert_eq!(alone.folders(), 0, "an old page makes no new visitor");
    assert!(
        stolen.html.contains("ordinary"),
        "what was typed too late is shown"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_erases_who_walks_away_and_no_one_else() {
    let alone = Alone::start(Machine::Kiosk).await;
    let mut gone = alone.browser();
    to_the_form(&mut gone).await;
    let cookie = gone.headers["set-cookie"].to_str().unwrap();
    assert!(!cookie.contains("Max-Age"), "{cookie}");
    assert!(gone.html.contains("form class=\"end\"") && gone.html.contains("id=\"idle\""));
    alone.advance(2 * MINUTE);
    let mut here = alone.browser();
    to_the_form(&mut here).await;
    alone.advance(2 * MINUTE);
    alone.shell.tend_now();
    assert_eq!(alone.folders(), 1);
    gone.reload().await.unwrap();
    assert_eq!(gone.screen(), "message");
    here.press("answer", &[("f.case", "ordinary")])
        .await
        .unwrap();
    assert_eq!(here.question().as_deref(), Some("father_known"));
    // Who asks for more time has it.
    alone.advance(2 * MINUTE);
    here.reload().await.unwrap();
    alone.advance(2 * MINUTE);
    alone.shell.tend_now();
    assert_eq!(alone.folders(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_warns_without_scripts_in_time_and_who_says_so_stays() {
    let alone = Alone::start(Machine::Kiosk).await;
    let mut browser = alone.browser();
    to_the_form(&mut browser).await;
    to_question(&mut browser, "child.full_name").await;
    let here = browser.path.clone();
    // The time stands on the page, and the page leads to the warning before it.
    let until = START.plus_ms(Config::KIOSK_IDLE_MS).local().time();
    let until = until.strftime("%H:%M").to_string();
    assert!(browser.html.contains(&until), "{until}: {}", browser.html);
    assert_eq!(browser.refresh(), Some((90, "/idle".into())));
    alone.advance(90_000);
    browser.get("/idle").await.unwrap();
    assert_eq!(browser.screen(), "idle");
    assert!(browser.html.contains("<title>Bạn còn ở đây không?"));
    assert!(browser.html.contains("role=\"alert\"") && browser.html.contains(&until));
    assert_eq!(browser.refresh(), Some((91, "/".into())));
    // Still in time: back at the same question, with as long as before.
    alone.advance(60_000);
    let form = browser.filled("stay", &[]);
    browser.post("/session", &form).await.unwrap();
    assert_eq!(browser.question().as_deref(), Some("child.full_name"));
    assert_eq!(browser.path.split('&').next(), here.split('&').next());
    assert_eq!(browser.refresh(), Some((90, "/idle".into())));
    alone.advance(2 * MINUTE);
    alone.shell.tend_now();
    assert_eq!(alone.folders(), 1);

    // Silence: nobody's sign is what loads by itself, and then everything is gone.
    browser.get("/idle").await.unwrap();
    let again = format!("{here}&by=itself");
    browser.get(&again).await.unwrap();
    assert_eq!(browser.refresh(), Some((0, "/idle".into())));
    alone.advance(MINUTE + 1000);
    browser.get("/").await.unwrap();
    assert_eq!(browser.screen(), "message");
    assert!(browser.html.contains("Phiên làm việc đã kết thúc"));
    alone.shell.tend_now();
    assert_eq!(alone.folders(), 0);

    // A script warns by itself, and one's own machine has no such time.
    let mut scripted = alone.browser();
    to_the_form(&mut scripted).await;
    scripted.set_cookie("js", "1");
    scripted.reload().await.unwrap();
    assert_eq!(scripted.refresh(), None);
    assert!(!scripted.html.contains("class=\"until\""));
    let own = Alone::start(Machine::Own).await;
    let mut browser = own.browser();
    to_the_form(&mut browser).await;
    assert_eq!(browser.refresh(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_typed_over_comes_back_without_scripts() {
    let alone = Alone::start(Machine::Own).await;
    let mut browser = alone.browser();
    to_the_form(&mut browser).await;
    to_question(&mut browser, "child.full_name").await;
    let page = browser.path.split('&').next().unwrap();
    let page = format!("{page}&q=child.full_name");
    let name = |name: &'static str| [("f.child.full_name", name)];
    browser
        .press("answer", &name("Vừ Thị Hoa Ban"))
        .await
        .unwrap();
    browser.get(&page).await.unwrap();
    browser
        .press("answer", &name("Vừ Thị Hoa Mơ"))
        .await
        .unwrap();
    browser.get(&page).await.unwrap();
    let undo = "open:child.full_name~undo:undo";
    browser.press(undo, &[]).await.unwrap();
    browser.get(&page).await.unwrap();
    let shown = browser.fields().into_iter();
    let mut shown = shown.filter(|field| field.name == "f.child.full_name");
    assert_eq!(shown.next().unwrap().value, "Vừ Thị Hoa Ban");
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process works meanwhile, in real time"
)]
async fn pause() {
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
}

/// The whole stack, as processes, in a folder of its own.
fn stack(name: &str) -> (Stack, PathBuf) {
    let data = std::env::temp_dir().join(format!("gandan-it-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&data);
    let stack = Stack::start(StackConfig {
        data: data.clone(),
        port_base: free_port_base().unwrap(),
        postgres: None,
        provider: None,
        say: |_| {},
    })
    .unwrap();
    (stack, data)
}

async fn sign_in(browser: &mut Browser, web: &str, knowledge: &Knowledge) {
    let (seconds, url) = browser.refresh().expect("the page leads to VNeID");
    assert_eq!((browser.screen(), seconds), ("leave", 0));
    let login = Login::Allow {
        id_number: knowledge.id_number,
        password: knowledge.password,
    };
    let line = BrowserLine::direct().unwrap();
    let callback = format!("{web}/callback");
    let back = browser::sign_in(&line, &url, &callback, login)
        .await
        .unwrap();
    browser.get(&back).await.unwrap();
}

/// Answers the question on the page from what the mother knows.
async fn answer(browser: &mut Browser, knowledge: &Knowledge) {
    let question = browser.question().unwrap();
    let fields = browser.fields();
    let known = knowledge.answers.get(question.as_str()).map(String::as_str);
    let shown = |name: &str| {
        let field = fields.iter().find(|field| field.name == name);
        field.map(|field| field.value.clone()).unwrap_or_default()
    };
    if fields.iter().any(|field| field.kind == "file") && known.is_none() {
        let name = format!("f.{question}");
        browser.upload("answer", &name, &photo(7)).await.unwrap();
        return;
    }
    let prefilled = !shown(&format!("o.{question}")).is_empty();
    let name = format!("f.{question}");
    match known {
        Some(value) if !prefilled => {
            if let Some(find) = fields
                .iter()
                .find(|field| field.name == format!("f.{question}~find"))
            {
                browser
                    .press("stay", &[(&find.name, "Lũng Cú")])
                    .await
                    .unwrap();
            }
            let parts: Vec<&str> = value.split('-').collect();
            if fields.iter().any(|field| field.name == format!("{name}.d")) {
                let (day, month, year) = (
                    format!("{name}.d"),
                    format!("{name}.m"),
                    format!("{name}.y"),
                );
                let date = [
                    (day.as_str(), parts[2]),
                    (month.as_str(), parts[1]),
                    (year.as_str(), parts[0]),
                ];
                browser.press("answer", &date).await.unwrap();
            } else {
                browser.press("answer", &[(&name, value)]).await.unwrap();
            }
        }
        _ => browser.press("answer", &[]).await.unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_birth_is_registered_without_scripts_though_the_shell_is_killed() {
    let (stack, data) = tokio::task::block_in_place(|| stack("birth"));
    let web = stack.config().url(Part::Web);
    let knowledge = person::mother(gandan_foundation::adapters::SystemClock.now());
    let mut browser = Browser::new(&web).unwrap();
    browser.get("/").await.unwrap();
    browser.press("act:lang/vi", &[]).await.unwrap();
    browser.press("act:link", &[]).await.unwrap();
    assert_eq!(browser.screen(), "link", "said before the browser leaves");
    browser.press("act:link", &[]).await.unwrap();
    sign_in(&mut browser, &web, &knowledge).await;
    while browser.screen() == "linking" {
        browser.reload().await.unwrap();
    }
    assert_eq!(browser.screen(), "home");
    browser.press("act:search", &[]).await.unwrap();
    browser
        .press("stay", &[("f.query", "khai sinh")])
        .await
        .unwrap();
    browser.press("open:results:1.001193", &[]).await.unwrap();
    browser.press("act:start", &[]).await.unwrap();
    let mut asked = 0;
    while browser.screen().starts_with("form/") {
        let before = browser.path.clone();
        answer(&mut browser, &knowledge).await;
        assert_ne!(
            browser.path, before,
            "stuck at a question: {}",
            browser.html
        );
        asked += 1;
        if asked == 5 {
            // In the middle of the form.
            stack.kill9(Part::Web).unwrap();
            for _ in 0..4 {
                pause().await;
            }
            tokio::task::block_in_place(|| stack.wait_ready(Part::Web).unwrap());
            let here = browser.question();
            browser.get("/").await.unwrap();
            assert_eq!(browser.question(), here, "the same question after a kill");
        }
        assert!(asked < 80, "no end of questions");
    }
    assert_eq!(browser.screen(), "review");
    browser.press("ask:submit", &[]).await.unwrap();
    assert_eq!(browser.screen(), "confirm");
    browser.press("act:submit", &[]).await.unwrap();
    // On a busy machine an answer may be late; then the shell tries again by itself.
    for _ in 0..1200 {
        if browser.screen() == "sent" {
            break;
        }
        pause().await;
        browser.reload().await.unwrap();
    }
    assert_eq!(browser.screen(), "sent", "{}", browser.html);
    assert!(browser.html.contains("code-text"));
    drop(stack);
    let needles: Vec<Needle> = knowledge
        .answers
        .iter()
        .filter_map(|(name, value)| Needle::text(name, value))
        .collect();
    assert!(needles.len() > 8);
    let found = scan(&[Path::new(&data).join("web").as_path()], &needles).unwrap();
    assert!(found.is_empty(), "{found:?}");
    let log = std::fs::read_to_string(data.join("web.log")).unwrap();
    assert!(!log.contains("at=") && !log.contains("Vừ"), "{log}");
    std::fs::remove_dir_all(data).unwrap();
}

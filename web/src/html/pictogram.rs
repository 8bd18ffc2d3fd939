//! Pictograms: for people who would rather look than read. They decorate what is said in words, and
//! are hidden from screen readers; nothing depends on seeing one.
//!
//! Drawn by us, in `assets/pictograms`, and put into the page itself: they take their colours from
//! the style sheet, in the dark and with forced colours too, and need no request of their own.

use gandan_core::screen::Tone;
use gandan_domain::catalog::Picture;
use maud::PreEscaped;

pub type Pictogram = PreEscaped<&'static str>;

macro_rules! pictogram {
    ($name:literal) => {
        PreEscaped(include_str!(concat!(
            "../../assets/pictograms/",
            $name,
            ".svg"
        )))
    };
}

pub const EMPTY: Pictogram = pictogram!("empty");
pub const WAITING: Pictogram = pictogram!("waiting");
pub const OFFLINE: Pictogram = pictogram!("offline");
/// The app's own mark, in its own colours; also the icon of the window.
pub const BRAND: Pictogram = PreEscaped(include_str!("../../assets/icon.svg"));

pub const fn picture(picture: Picture) -> Pictogram {
    match picture {
        Picture::Birth => pictogram!("birth"),
        Picture::Death => pictogram!("death"),
        Picture::Marriage => pictogram!("marriage"),
        Picture::Extract => pictogram!("extract"),
        Picture::Certify => pictogram!("certify"),
        Picture::Residence => pictogram!("residence"),
        Picture::Land => pictogram!("land"),
        Picture::Business => pictogram!("business"),
        Picture::Health => pictogram!("health"),
        Picture::Allowance => pictogram!("allowance"),
        Picture::School => pictogram!("school"),
        Picture::Identity => pictogram!("identity"),
        Picture::Document => pictogram!("document"),
    }
}

pub const fn tone(tone: Tone) -> Pictogram {
    match tone {
        Tone::Info => pictogram!("info"),
        Tone::Success => pictogram!("success"),
        Tone::Warning => pictogram!("warning"),
        Tone::Problem => pictogram!("problem"),
    }
}

/// Beside a screen's title: what kind of place this is.
pub fn screen(id: &str) -> Option<Pictogram> {
    Some(match id {
        "language" => pictogram!("language"),
        "search" => pictogram!("search"),
        "link" | "linking" => pictogram!("identity"),
        "dossiers" => pictogram!("dossiers"),
        "notices" => pictogram!("inbox"),
        "sending" => WAITING,
        "sent" => pictogram!("success"),
        "problem" => pictogram!("problem"),
        "result" => pictogram!("document"),
        _ if id.starts_with("pay") => pictogram!("payment"),
        _ => return None,
    })
}

/// On the buttons of the first page, and wherever they lead from elsewhere.
pub fn action(id: &str) -> Option<Pictogram> {
    Some(match id {
        "search" => pictogram!("search"),
        "dossiers" => pictogram!("dossiers"),
        "notices" => pictogram!("inbox"),
        "link" => pictogram!("identity"),
        "language" => pictogram!("language"),
        "home" => pictogram!("home"),
        "events" => pictogram!("help"),
        _ if id.starts_with("pay") => pictogram!("payment"),
        _ => return None,
    })
}

//! The screen contract: the whole vocabulary a shell has to render.
//!
//! A shell has no logic. It draws the blocks of a [`Screen`] in order, sends [`Event`]s, applies
//! the [`Update`] that comes back, and carries out [`Request`]s. The vocabulary is closed and
//! small: a procedure is data, so a new procedure needs no new block and no new shell.
//!
//! What was rejected: a view model per screen (a new screen would need a release of three shells)
//! and an open, HTML-like tree (no shell could promise that every node has a name, a role, a
//! state and a language, I5).

mod diff;

pub use diff::diff;

use gandan_domain::{
    Private,
    catalog::Picture,
    text::{Lang, Text},
};
use serde::{Deserialize, Serialize};

/// Counts what this run of the core has shown; an update applies to the revision before it.
pub type Rev = u64;

/// Identifies a block within its screen, stable while the screen means the same thing.
pub type Key = String;

/// What is on display.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screen {
    /// Which screen, e.g. `home`, `form/child`, `dossier`. Stable: tests and crash-free restarts
    /// speak of it. Holds no personal data.
    pub id: String,
    /// Also the window title and the first thing a screen reader says.
    pub title: Text,
    /// In reading order, which is the visual order.
    pub blocks: Vec<Block>,
    /// In order of importance; the first is the primary one.
    pub actions: Vec<Action>,
    /// Where the focus belongs when the screen appears.
    pub focus: Option<Key>,
    /// There is somewhere to go back to.
    pub back: bool,
    pub progress: Option<Progress>,
    /// The language of the screen as a whole (WCAG 3.1.1).
    pub lang: Lang,
}

/// Step `at` of `of`, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub at: u32,
    pub of: u32,
}

/// One thing to draw. Every block has a key that is unique on its screen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    pub key: Key,
    #[serde(flatten)]
    pub kind: BlockKind,
}

/// The vocabulary. Native counterparts: Compose · SwiftUI · HTML.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "block", rename_all = "snake_case")]
pub enum BlockKind {
    /// `Text` with `heading()` semantics · `Text` with `.isHeader` · `h2`–`h4`. Levels 2 to 4; the
    /// screen's title is level 1.
    Heading { level: u8, text: Text },
    /// `Text` · `Text` · `p`.
    Paragraph { text: Text },
    /// A message that stands out. Tone is said in words too, never by colour alone (WCAG 1.4.1).
    /// `Info` is only read in its place; the others speak up when they appear or change while the
    /// screen stands, unless they take the focus, which reads them already.
    /// `Card` with `liveRegion` · `GroupBox` · `div`, `div role="status"`, `div role="alert"`.
    Notice { tone: Tone, text: Text },
    /// `OutlinedTextField` · `TextField` · `input`.
    TextField(TextField),
    /// Day, month and year as three numbers, never a picker only. `DateField` of ours ·
    /// `DatePicker` with text entry · `fieldset` of three `input`s. Value is `yyyy-mm-dd`, or what
    /// has been typed so far.
    DateField(TextField),
    /// One of several. `RadioButton` group · `Picker` · `fieldset` of radio `input`s.
    Choice(Choice),
    /// Any of several. `Checkbox` group · `Toggle`s · `fieldset` of checkboxes.
    MultiChoice(Choice),
    /// A photo or document to add. A shell that lets the core decide sends `Act { photo/<key> }` and
    /// is answered with [`Request::TakePhoto`]; one with its own picker sends [`Event::File`].
    /// Button that opens the camera or picker · same · `input type=file`.
    File(FileField),
    /// A list whose items open something. `LazyColumn` of clickable cards · `List` · `ul` of links.
    Cards { items: Vec<Card> },
    /// Names and values. Two-column `Row`s · `LabeledContent` · `dl`.
    Summary { rows: Vec<SummaryRow> },
    /// What happened and what comes. Column with state descriptions · `List` · `ol`.
    Steps { steps: Vec<Step> },
    /// A code to read, hear, copy or scan. Monospaced text and a QR image · same · `output`.
    Code {
        label: Text,
        code: Text,
        qr: Option<String>,
    },
    /// A sound or film with its captions. Media player · `VideoPlayer` · `audio`/`video` with `track`.
    Clip {
        label: Text,
        source: String,
        captions: Option<String>,
    },
    /// A wait whose end is known (`done` of `of`) or not. `LinearProgressIndicator` ·
    /// `ProgressView` · `progress`.
    Busy {
        text: Text,
        done: Option<u64>,
        of: Option<u64>,
    },
    /// Separates groups for the eye; hidden from screen readers. `HorizontalDivider` · `Divider` · `hr`.
    Divider,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Info,
    Success,
    Warning,
    Problem,
}

/// A field for one line of text. The shell owns the text while the field has the focus.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextField {
    pub label: Text,
    pub value: Private<String>,
    /// Language of the value, so that a Vietnamese name keeps its voice.
    pub lang: Lang,
    pub hint: Option<Text>,
    /// Where the value comes from, when the state knew it: source and date.
    pub source: Option<Text>,
    pub error: Option<Text>,
    pub required: bool,
    pub read_only: bool,
    /// The number of the newest edit that `value` includes. The shell ignores values with a number
    /// below its own, and counts on from here: its next edit is `edit + 1`.
    pub edit: u64,
    pub input: Input,
}

/// Which keyboard to offer, and which autofill hint (HTML `inputmode`/`autocomplete`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    Text,
    PersonName,
    Digits,
    Phone,
    Search,
    Date,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub label: Text,
    pub options: Vec<ChoiceItem>,
    pub hint: Option<Text>,
    pub source: Option<Text>,
    pub error: Option<Text>,
    pub required: bool,
    pub edit: u64,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceItem {
    pub id: String,
    pub label: Text,
    pub chosen: bool,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileField {
    pub label: Text,
    pub hint: Option<Text>,
    pub error: Option<Text>,
    pub required: bool,
    /// What has been added, in words (kind and size), and what became of it.
    pub added: Option<Text>,
    pub media_types: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Comes back in [`Event::Open`].
    pub id: String,
    pub title: Text,
    pub detail: Option<Text>,
    /// Drawn beside the words, and hidden from screen readers. `None`: nothing is drawn.
    pub picture: Option<Picture>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryRow {
    pub name: Text,
    pub value: Text,
    /// An action that changes this row, by id.
    pub change: Option<Action>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub text: Text,
    pub state: StepState,
    pub detail: Option<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Done,
    Current,
    Next,
}

/// Something the person can do here. `Button` · `Button` · `button`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Comes back in [`Event::Act`], e.g. `next`, `submit`, `link`, `lang/vi`.
    pub id: String,
    pub label: Text,
    /// Ask again before doing it: what will happen, in full.
    pub confirm: Option<Text>,
    pub enabled: bool,
}

/// What a shell tells the core. Has no `Debug`: it carries what people type.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The text of a field as it is now; `edit` grows with every change the shell makes to it.
    Edit {
        key: Key,
        value: Private<String>,
        edit: u64,
    },
    /// The chosen option ids of a choice.
    Choose {
        key: Key,
        options: Vec<String>,
        edit: u64,
    },
    /// A file for a file field: the photo request's answer.
    File {
        key: Key,
        bytes: Private<Vec<u8>>,
    },
    /// An action was confirmed or needed no confirming.
    Act {
        action: String,
    },
    /// A card was opened.
    Open {
        key: Key,
        card: String,
    },
    Back,
    /// The system browser came back with this URL (the redirect URI and its query).
    BrowserReturned {
        url: String,
    },
    /// The person closed the browser, or a request could not be carried out.
    RequestAbandoned,
    /// The platform says the network came or went.
    Connectivity {
        online: bool,
    },
    /// Time has passed or the app came to the front; look again.
    Tick,
}

impl Event {
    /// It comes from the platform, not from a person who looks at the screen.
    pub const fn is_by_itself(&self) -> bool {
        matches!(
            self,
            Self::Tick | Self::Connectivity { .. } | Self::BrowserReturned { .. }
        )
    }

    /// Which kind of event: all of it that may stand in a log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Edit { .. } => "edit",
            Self::Choose { .. } => "choose",
            Self::File { .. } => "file",
            Self::Act { .. } => "act",
            Self::Open { .. } => "open",
            Self::Back => "back",
            Self::BrowserReturned { .. } => "browser_returned",
            Self::RequestAbandoned => "request_abandoned",
            Self::Connectivity { .. } => "connectivity",
            Self::Tick => "tick",
        }
    }
}

/// What changed because of an event, or by itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    pub rev: Rev,
    pub change: ScreenChange,
    /// Move the focus here: a block's key, or `title` for the screen's title. `None` leaves it
    /// alone.
    pub focus: Option<Key>,
    /// Say this once, politely (WCAG 4.1.3).
    pub announce: Option<Text>,
    /// What must wait for a person or the platform.
    pub request: Option<Request>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ScreenChange {
    Nothing,
    /// Another screen, or one that changed too much.
    Full {
        screen: Box<Screen>,
    },
    /// Same screen: these blocks replace those of the same key; order is unchanged.
    Blocks {
        blocks: Vec<Block>,
        actions: Vec<Action>,
    },
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Open the system browser, never a web view (RFC 8252 §8.12).
    OpenBrowser { url: String },
    /// Take or pick a photo for this file field; answered by [`Event::File`].
    TakePhoto { key: Key },
    /// Show a document in the platform's viewer. From memory: it must not be written in the clear
    /// (I6).
    ShowDocument {
        media_type: String,
        bytes: Private<Vec<u8>>,
    },
}

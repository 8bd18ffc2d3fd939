//! The screen vocabulary, as UniFFI sees it.
//!
//! `#[uniffi::remote]` derives the translation for types that live in `core` and `domain`, which
//! know nothing of UniFFI. What stands here is repeated, but it cannot drift: a field or variant
//! that is missing, added or of another type does not compile. What was rejected: mirror types
//! with conversions by hand, twice the code and a third place for every new field.
//!
//! [`Private`] crosses as what it holds: the shell has to show it. The generated Kotlin and Swift
//! types print like any other there, so a shell must not log them (docs/shells-native.md).

use gandan_core::screen::{
    Action, Block, BlockKind, Card, Choice, ChoiceItem, Event, FileField, Input, Key, Progress,
    Request, Rev, Screen, ScreenChange, Step, StepState, SummaryRow, TextField, Tone, Update,
};
use gandan_domain::{
    Private,
    catalog::Picture,
    problem::FieldProblem,
    text::{Lang, Run, Text},
};

type PrivateText = Private<String>;
type PrivateBytes = Private<Vec<u8>>;

uniffi::custom_type!(PrivateText, String, {
    remote,
    lower: |value| value.into_inner(),
    try_lift: |value| Ok(Private::new(value)),
});

uniffi::custom_type!(PrivateBytes, Vec<u8>, {
    remote,
    lower: |value| value.into_inner(),
    try_lift: |value| Ok(Private::new(value)),
});

uniffi::custom_type!(Lang, String, {
    remote,
    lower: |lang| lang.0,
    try_lift: |tag| Ok(Lang(tag)),
});

#[uniffi::remote(Record)]
pub struct Run {
    pub text: String,
    pub lang: Lang,
    /// What to say instead of `text`, in the same language; `None` where the text speaks well.
    pub spoken: Option<String>,
}

#[uniffi::remote(Record)]
pub struct Text {
    pub runs: Vec<Run>,
    /// A recorded clip for languages that no voice speaks: its id in a language pack.
    pub audio: Option<String>,
}

#[uniffi::remote(Record)]
pub struct FieldProblem {
    pub field: String,
    pub message: String,
}

#[uniffi::remote(Record)]
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

#[uniffi::remote(Record)]
pub struct Progress {
    pub at: u32,
    pub of: u32,
}

#[uniffi::remote(Record)]
pub struct Block {
    pub key: Key,
    pub kind: BlockKind,
}

#[uniffi::remote(Enum)]
pub enum BlockKind {
    /// `Text` with `heading()` semantics · `Text` with `.isHeader` · `h2`–`h4`. Levels 2 to 4; the
    /// screen's title is level 1.
    Heading { level: u8, text: Text },
    /// `Text` · `Text` · `p`.
    Paragraph { text: Text },
    /// A message that stands out. Tone is said in words too, never by colour alone (WCAG 1.4.1).
    /// `Card` with `liveRegion` · `GroupBox` · `div role="status"` or, for `Problem`, `role="alert"`.
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
    /// A photo or document to add. Button that opens the camera or picker · same · `input type=file`.
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

#[uniffi::remote(Enum)]
pub enum Tone {
    Info,
    Success,
    Warning,
    Problem,
}

#[uniffi::remote(Record)]
pub struct TextField {
    pub label: Text,
    pub value: PrivateText,
    /// Language of the value, so that a Vietnamese name keeps its voice.
    pub lang: Lang,
    pub hint: Option<Text>,
    /// Where the value comes from, when the state knew it: source and date.
    pub source: Option<Text>,
    pub error: Option<Text>,
    pub required: bool,
    pub read_only: bool,
    /// The number of the newest edit that `value` includes; the shell ignores values with a
    /// number below its own.
    pub edit: u64,
    pub input: Input,
}

#[uniffi::remote(Enum)]
pub enum Input {
    Text,
    PersonName,
    Digits,
    Phone,
    Search,
    Date,
}

#[uniffi::remote(Record)]
pub struct Choice {
    pub label: Text,
    pub options: Vec<ChoiceItem>,
    pub hint: Option<Text>,
    pub source: Option<Text>,
    pub error: Option<Text>,
    pub required: bool,
    pub edit: u64,
}

#[uniffi::remote(Record)]
pub struct ChoiceItem {
    pub id: String,
    pub label: Text,
    pub chosen: bool,
}

#[uniffi::remote(Record)]
pub struct FileField {
    pub label: Text,
    pub hint: Option<Text>,
    pub error: Option<Text>,
    pub required: bool,
    /// What has been added, in words (kind and size), and what became of it.
    pub added: Option<Text>,
    pub media_types: Vec<String>,
}

#[uniffi::remote(Enum)]
pub enum Picture {
    Birth,
    Death,
    Marriage,
    Extract,
    Certify,
    Residence,
    Land,
    Business,
    Health,
    Allowance,
    School,
    Identity,
    Document,
}

#[uniffi::remote(Record)]
pub struct Card {
    /// Comes back in [`Event::Open`].
    pub id: String,
    pub title: Text,
    pub detail: Option<Text>,
    /// Drawn beside the words, and hidden from screen readers. `None`: nothing is drawn.
    pub picture: Option<Picture>,
}

#[uniffi::remote(Record)]
pub struct SummaryRow {
    pub name: Text,
    pub value: Text,
    /// An action that changes this row, by id.
    pub change: Option<Action>,
}

#[uniffi::remote(Record)]
pub struct Step {
    pub text: Text,
    pub state: StepState,
    pub detail: Option<Text>,
}

#[uniffi::remote(Enum)]
pub enum StepState {
    Done,
    Current,
    Next,
}

#[uniffi::remote(Record)]
pub struct Action {
    /// Comes back in [`Event::Act`], e.g. `next`, `submit`, `link`, `lang/vi`.
    pub id: String,
    pub label: Text,
    /// Ask again before doing it: what will happen, in full.
    pub confirm: Option<Text>,
    pub enabled: bool,
}

#[uniffi::remote(Enum)]
pub enum Event {
    /// The text of a field as it is now; `edit` grows with every change the shell makes to it.
    Edit {
        key: Key,
        value: PrivateText,
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
        bytes: PrivateBytes,
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

#[uniffi::remote(Record)]
pub struct Update {
    pub rev: Rev,
    pub change: ScreenChange,
    /// Move the focus here; `None` leaves it alone.
    pub focus: Option<Key>,
    /// Say this once, politely (WCAG 4.1.3).
    pub announce: Option<Text>,
    /// What must wait for a person or the platform.
    pub request: Option<Request>,
}

#[uniffi::remote(Enum)]
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

#[uniffi::remote(Enum)]
pub enum Request {
    /// Open the system browser, never a web view (RFC 8252 §8.12).
    OpenBrowser { url: String },
    /// Take or pick a photo for this file field; answered by [`Event::File`].
    TakePhoto { key: Key },
    /// Show a document in the platform's viewer. From memory: it must not be written in the clear
    /// (I6).
    ShowDocument {
        media_type: String,
        bytes: PrivateBytes,
    },
}

//! The words a screen reader adds by itself: roles and states, in the platform's own terms.
//!
//! They belong to the platform, not to our messages: on a phone TalkBack and VoiceOver say them.
//! The transcript needs them to read like what is heard. In a language whose screen readers we
//! have not listened to, Vietnamese is used and marked.

use accesskit::Role;
use gandan_domain::text::Lang;

#[derive(Clone, Copy)]
pub struct Words {
    pub lang: &'static str,
    pub required: &'static str,
    pub invalid: &'static str,
    pub disabled: &'static str,
    pub read_only: &'static str,
    pub empty: &'static str,
    pub checked: &'static str,
    pub unchecked: &'static str,
    pub opens_dialog: &'static str,
    pub done: &'static str,
    pub current: &'static str,
    pub next: &'static str,
    pub progress: fn(u32, u32) -> String,
    pub position: fn(usize, usize) -> String,
    pub percent: fn(u32) -> String,
    pub list: fn(usize) -> String,
}

const VI: Words = Words {
    lang: "vi",
    required: "bắt buộc",
    invalid: "giá trị không hợp lệ",
    disabled: "đã tắt",
    read_only: "chỉ đọc",
    empty: "trống",
    checked: "đã chọn",
    unchecked: "chưa chọn",
    opens_dialog: "mở hộp thoại",
    done: "đã xong",
    current: "bước hiện tại",
    next: "chưa đến",
    progress: |at, of| format!("Bước {at} trên {of}"),
    position: |at, of| format!("{at} trong {of}"),
    percent: |percent| format!("{percent} phần trăm"),
    list: |size| format!("danh sách {size} mục"),
};

const EN: Words = Words {
    lang: "en",
    required: "required",
    invalid: "invalid entry",
    disabled: "disabled",
    read_only: "read only",
    empty: "blank",
    checked: "selected",
    unchecked: "not selected",
    opens_dialog: "opens dialog",
    done: "done",
    current: "current step",
    next: "not yet",
    progress: |at, of| format!("Step {at} of {of}"),
    position: |at, of| format!("{at} of {of}"),
    percent: |percent| format!("{percent} percent"),
    list: |size| {
        if size == 1 {
            "list, 1 item".into()
        } else {
            format!("list, {size} items")
        }
    },
};

impl Words {
    pub fn of(lang: &Lang) -> Self {
        match lang.as_str() {
            "en" => EN,
            _ => VI,
        }
    }

    /// What the platform calls a role; `None` where it says nothing.
    pub fn role(&self, role: Role, level: Option<usize>) -> Option<String> {
        let vi = self.lang == "vi";
        let word = match role {
            Role::Heading => {
                let level = level.unwrap_or(1);
                return Some(if vi {
                    format!("tiêu đề cấp {level}")
                } else {
                    format!("heading level {level}")
                });
            }
            Role::Button if vi => "nút",
            Role::Button => "button",
            Role::TextInput if vi => "ô nhập văn bản",
            Role::TextInput => "edit text",
            Role::PhoneNumberInput if vi => "ô nhập số điện thoại",
            Role::PhoneNumberInput => "telephone edit text",
            Role::SearchInput if vi => "ô tìm kiếm",
            Role::SearchInput => "search edit text",
            Role::DateInput if vi => "ô nhập ngày tháng",
            Role::DateInput => "date edit text",
            Role::RadioGroup if vi => "nhóm nút chọn một",
            Role::RadioGroup => "radio group",
            Role::RadioButton if vi => "nút chọn",
            Role::RadioButton => "radio button",
            Role::Group if vi => "nhóm",
            Role::Group => "group",
            Role::CheckBox if vi => "hộp kiểm",
            Role::CheckBox => "checkbox",
            Role::ProgressIndicator if vi => "thanh tiến trình",
            Role::ProgressIndicator => "progress bar",
            Role::Alert if vi => "cảnh báo",
            Role::Alert => "alert",
            Role::Video => "video",
            Role::Audio if vi => "âm thanh",
            Role::Audio => "audio",
            _ => return None,
        };
        Some(word.into())
    }

    /// Words that a label must not contain, because the platform says them (I5).
    pub const ROLE_WORDS: [&'static str; 8] = [
        "nút",
        "ô nhập",
        "hộp kiểm",
        "ô tìm kiếm",
        "button",
        "checkbox",
        "text field",
        "edit box",
    ];
}

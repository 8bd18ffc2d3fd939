//! What the ear gets where the eye's form garbles.
//!
//! A voice reads `8.000` as a decimal fraction, `22/11/2026` as a division and a dossier code as a
//! word. Each function here gives a [`Text`] whose visible form is the usual one and whose spoken
//! form is what a person would say on the telephone: codes digit by digit in groups, money by
//! thousands, dates in words. Numbers up to 999 stay digits: every voice reads those well, and
//! number words written out by us could only differ from what the voice says elsewhere.
//!
//! Vietnamese and English are spoken; any other language gets the Vietnamese form, tagged `vi`.

use jiff::civil::{Date, Time};

use super::{Lang, Text, messages::group_thousands};
use crate::time::Instant;

/// The two languages in which this module can speak.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Voice {
    Vietnamese,
    English,
}

impl Voice {
    fn of(lang: &Lang) -> Self {
        match lang.as_str().split('-').next() {
            Some("en") => Self::English,
            _ => Self::Vietnamese,
        }
    }

    fn lang(self) -> Lang {
        match self {
            Self::Vietnamese => Lang::vi(),
            Self::English => Lang::en(),
        }
    }
}

/// A code of any make, e.g. a dossier code: letter by letter, digit by digit, in groups of at
/// most four where it has its own separators, else of three.
pub fn code(code: &str, lang: &Lang) -> Text {
    let groups: Vec<String> = code
        .split(|ch: char| !ch.is_alphanumeric())
        .flat_map(in_threes)
        .collect();
    said(code, groups.join(", "), Voice::of(lang))
}

/// A citizen id number: four groups of three.
pub fn id_number(number: &str, lang: &Lang) -> Text {
    code(number, lang)
}

/// A telephone number: mobile 4-3-3, landline with a three-digit area code 3-4-4, a short or
/// foreign one in threes.
pub fn phone(number: &str, lang: &Lang) -> Text {
    let voice = Voice::of(lang);
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let groups: Vec<&[char]> = match digits.len() {
        10 => vec![&digits[..4], &digits[4..7], &digits[7..]],
        11 => vec![&digits[..3], &digits[3..7], &digits[7..]],
        _ => digits.chunks(3).collect(),
    };
    let mut spoken = groups
        .into_iter()
        .map(|group| spaced(group.iter().copied()))
        .collect::<Vec<_>>()
        .join(", ");
    if number.trim_start().starts_with('+') {
        let plus = match voice {
            Voice::Vietnamese => "cộng",
            Voice::English => "plus",
        };
        spoken = format!("{plus} {spoken}");
    }
    said(number, spoken, voice)
}

/// An amount in đồng: `8.000 đồng`, spoken "8 nghìn đồng".
pub fn money(vnd: u64, lang: &Lang) -> Text {
    let digits = vnd.to_string();
    match Voice::of(lang) {
        Voice::Vietnamese => said(
            &format!("{} đồng", group_thousands(&digits, '.')),
            format!("{} đồng", thousands_in_words(vnd)),
            Voice::Vietnamese,
        ),
        Voice::English => {
            let shown = group_thousands(&digits, ',');
            said(
                &format!("{shown} đồng"),
                format!("{shown} dong"),
                Voice::English,
            )
        }
    }
}

/// A calendar day: `22/11/2026`, spoken "ngày 22 tháng 11 năm 2026"; in English `22 November 2026`.
pub fn date(date: Date, lang: &Lang) -> Text {
    match Voice::of(lang) {
        Voice::Vietnamese => said(
            &date.strftime("%d/%m/%Y").to_string(),
            day_in_words(date),
            Voice::Vietnamese,
        ),
        Voice::English => Text::new(english_day(date), Lang::en()),
    }
}

/// A time of day: `15:04`, spoken "15 giờ 4 phút".
pub fn time(time: Time, lang: &Lang) -> Text {
    let voice = Voice::of(lang);
    said(&clock(time), time_in_words(time, voice), voice)
}

/// A moment, as the clock in Vietnam shows it: `15:04 ngày 22/11/2026`.
pub fn moment(at: Instant, lang: &Lang) -> Text {
    let local = at.local();
    let (day, time) = (local.date(), local.time());
    match Voice::of(lang) {
        Voice::Vietnamese => said(
            &format!("{} ngày {}", clock(time), day.strftime("%d/%m/%Y")),
            format!(
                "{} {}",
                time_in_words(time, Voice::Vietnamese),
                day_in_words(day)
            ),
            Voice::Vietnamese,
        ),
        Voice::English => said(
            &format!("{} on {}", clock(time), english_day(day)),
            format!(
                "{} on {}",
                time_in_words(time, Voice::English),
                english_day(day)
            ),
            Voice::English,
        ),
    }
}

/// The size of a file in KB (of 1,024 bytes) or, from 1 MB on, in MB with one decimal.
pub fn size(bytes: u64, lang: &Lang) -> Text {
    const KB: u64 = 1024;
    const MB: u64 = 1024 * KB;
    let voice = Voice::of(lang);
    let point = match voice {
        Voice::Vietnamese => ',',
        Voice::English => '.',
    };
    let (number, unit) = if bytes < MB {
        (bytes.div_ceil(KB).to_string(), "KB")
    } else {
        let tenths = bytes.saturating_mul(10) / MB;
        (format!("{}{point}{}", tenths / 10, tenths % 10), "MB")
    };
    let word = match (voice, unit) {
        (Voice::Vietnamese, "KB") => "ki lô bai",
        (Voice::Vietnamese, _) => "mê ga bai",
        (Voice::English, "KB") => "kilobytes",
        (Voice::English, _) => "megabytes",
    };
    said(
        &format!("{number} {unit}"),
        format!("{number} {word}"),
        voice,
    )
}

/// What officials shorten, in full. Longer forms stand before their own beginnings.
const ABBREVIATIONS: [(&str, &str); 22] = [
    ("BHXH", "bảo hiểm xã hội"),
    ("BHYT", "bảo hiểm y tế"),
    ("CCCD", "căn cước công dân"),
    ("CMND", "chứng minh nhân dân"),
    ("CSDL", "cơ sở dữ liệu"),
    ("DVC", "dịch vụ công"),
    ("HĐND", "Hội đồng nhân dân"),
    ("MTTQ", "Mặt trận Tổ quốc"),
    ("NĐ-CP", "nghị định của Chính phủ"),
    ("P.", "phường"),
    ("QĐ-TTg", "quyết định của Thủ tướng Chính phủ"),
    ("SĐT", "số điện thoại"),
    ("TAND", "Tòa án nhân dân"),
    ("THCS", "trung học cơ sở"),
    ("THPT", "trung học phổ thông"),
    ("TP.", "thành phố"),
    ("TP", "thành phố"),
    ("TT-BTP", "thông tư của Bộ Tư pháp"),
    ("TTHC", "thủ tục hành chính"),
    ("UBND", "Ủy ban nhân dân"),
    ("ĐKKH", "đăng ký kết hôn"),
    ("ĐKKS", "đăng ký khai sinh"),
];

/// Vietnamese text with the usual official abbreviations spoken in full.
pub fn abbreviations(text: &str) -> Text {
    let full = text
        .split_inclusive(' ')
        .map(|word| {
            let bare = word.trim_matches(|ch: char| !ch.is_alphanumeric() && ch != '.');
            let unpointed = bare.trim_end_matches('.');
            ABBREVIATIONS
                .iter()
                .find(|(short, _)| *short == bare || *short == unpointed)
                .map_or_else(
                    || word.to_owned(),
                    |(short, long)| word.replacen(short, long, 1),
                )
        })
        .collect::<String>();
    if full == text {
        Text::vi(text)
    } else {
        Text::spoken(text, full, Lang::vi())
    }
}

/// No spoken form where it would be the visible one.
/// What has no letter and no digit has no words either: it is left to the screen reader, because a
/// spoken form without a word would leave a node without a name (I5).
fn said(shown: &str, spoken: String, voice: Voice) -> Text {
    if spoken.is_empty() || shown == spoken {
        Text::new(shown, voice.lang())
    } else {
        Text::spoken(shown, spoken, voice.lang())
    }
}

fn in_threes(part: &str) -> Vec<String> {
    let chars: Vec<char> = part.chars().collect();
    let length = if chars.len() <= 4 { 4 } else { 3 };
    chars
        .chunks(length)
        .map(|group| spaced(group.iter().copied()))
        .collect()
}

fn spaced(chars: impl Iterator<Item = char>) -> String {
    let mut out = String::new();
    for ch in chars {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push(ch);
    }
    out
}

fn thousands_in_words(amount: u64) -> String {
    if amount == 0 {
        return "0".into();
    }
    let parts = [
        (1_000_000_000, u64::MAX, " tỷ"),
        (1_000_000, 1000, " triệu"),
        (1000, 1000, " nghìn"),
        (1, 1000, ""),
    ];
    let mut words = Vec::new();
    for (unit, modulus, name) in parts {
        let part = amount / unit % modulus;
        // After a larger part, "8 nghìn 50" would be heard as 8,500: the hundreds are said.
        match part {
            0 => {}
            1..=99 if !words.is_empty() => words.push(format!("0 trăm {}{name}", tens(part))),
            _ => words.push(format!("{part}{name}")),
        }
    }
    words.join(" ")
}

fn tens(part: u64) -> String {
    if part < 10 {
        format!("linh {part}")
    } else {
        part.to_string()
    }
}

fn day_in_words(date: Date) -> String {
    format!(
        "ngày {} tháng {} năm {}",
        date.day(),
        date.month(),
        date.year()
    )
}

fn english_day(date: Date) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = MONTHS
        .iter()
        .zip(1..)
        .find_map(|(name, number)| (number == date.month()).then_some(*name))
        .unwrap_or_default();
    format!("{} {month} {}", date.day(), date.year())
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn time_in_words(time: Time, voice: Voice) -> String {
    match (voice, time.minute()) {
        (Voice::Vietnamese, 0) => format!("{} giờ", time.hour()),
        (Voice::Vietnamese, minute) => format!("{} giờ {minute} phút", time.hour()),
        (Voice::English, _) => clock(time),
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

    use jiff::civil::{date as day, time as hour};

    use super::*;

    fn both(make: impl Fn(&Lang) -> Text) -> [(String, String, Lang); 2] {
        [Lang::vi(), Lang::en()].map(|lang| {
            let text = make(&lang);
            (text.shown(), text.heard(), text.runs[0].lang.clone())
        })
    }

    fn expect(shown: &str, heard: &str, lang: Lang) -> (String, String, Lang) {
        (shown.into(), heard.into(), lang)
    }

    #[test]
    fn codes_are_heard_in_groups() {
        let shown = "H99.08.01-261122-0001";
        let heard = "H 9 9, 0 8, 0 1, 2 6 1, 1 2 2, 0 0 0 1";
        assert_eq!(
            both(|lang| code(shown, lang)),
            [
                expect(shown, heard, Lang::vi()),
                expect(shown, heard, Lang::en())
            ]
        );
    }

    #[test]
    fn id_numbers_are_heard_in_four_groups_of_three() {
        assert_eq!(
            id_number("099196000003", &Lang::vi()).heard(),
            "0 9 9, 1 9 6, 0 0 0, 0 0 3"
        );
        assert_eq!(id_number("\u{202e}\0", &Lang::vi()).heard(), "\u{202e}\0");
    }

    #[test]
    fn phones_are_heard_as_people_say_them() {
        let heard = |number| both(|lang| phone(number, lang)).map(|(_, heard, _)| heard);
        assert_eq!(heard("0912 345 678")[0], "0 9 1 2, 3 4 5, 6 7 8");
        assert_eq!(heard("024 3825 1234")[0], "0 2 4, 3 8 2 5, 1 2 3 4");
        assert_eq!(heard("115"), ["1 1 5", "1 1 5"]);
        assert_eq!(
            heard("+84 912 345 678"),
            [
                "cộng 8 4 9, 1 2 3, 4 5 6, 7 8"
                    .replace("8 4 9, 1 2 3, 4 5 6, 7 8", "8 4 9, 1 2 3 4, 5 6 7 8"),
                "plus 8 4 9, 1 2 3 4, 5 6 7 8".to_owned()
            ]
        );
    }

    #[test]
    fn money_is_heard_by_thousands() {
        assert_eq!(
            both(|lang| money(8000, lang)),
            [
                expect("8.000 đồng", "8 nghìn đồng", Lang::vi()),
                expect("8,000 đồng", "8,000 dong", Lang::en())
            ]
        );
        let heard = |vnd| money(vnd, &Lang::vi()).heard();
        assert_eq!(heard(0), "0 đồng");
        assert_eq!(heard(500), "500 đồng");
        assert_eq!(heard(1_250_000), "1 triệu 250 nghìn đồng");
        assert_eq!(heard(8_050), "8 nghìn 0 trăm 50 đồng");
        assert_eq!(heard(1_005_000), "1 triệu 0 trăm linh 5 nghìn đồng");
        assert_eq!(heard(2_000_000_000_000), "2000 tỷ đồng");
    }

    #[test]
    fn days_and_times_are_heard_in_words() {
        assert_eq!(
            both(|lang| date(day(2026, 11, 2), lang)),
            [
                expect("02/11/2026", "ngày 2 tháng 11 năm 2026", Lang::vi()),
                expect("2 November 2026", "2 November 2026", Lang::en())
            ]
        );
        assert_eq!(
            both(|lang| time(hour(15, 4, 0, 0), lang)),
            [
                expect("15:04", "15 giờ 4 phút", Lang::vi()),
                expect("15:04", "15:04", Lang::en())
            ]
        );
        assert_eq!(time(hour(7, 0, 0, 0), &Lang::vi()).heard(), "7 giờ");
        // 2026-11-22T17:30:00Z is the next day in Vietnam.
        let at = Instant(1_795_368_600_000);
        assert_eq!(
            both(|lang| moment(at, lang)),
            [
                expect(
                    "00:30 ngày 23/11/2026",
                    "0 giờ 30 phút ngày 23 tháng 11 năm 2026",
                    Lang::vi()
                ),
                expect(
                    "00:30 on 23 November 2026",
                    "00:30 on 23 November 2026",
                    Lang::en()
                )
            ]
        );
    }

    #[test]
    fn sizes_are_heard_with_their_unit_in_words() {
        assert_eq!(
            both(|lang| size(2_516_582, lang)),
            [
                expect("2,3 MB", "2,3 mê ga bai", Lang::vi()),
                expect("2.3 MB", "2.3 megabytes", Lang::en())
            ]
        );
        assert_eq!(size(1, &Lang::vi()).shown(), "1 KB");
    }

    #[test]
    fn abbreviations_are_heard_in_full_and_shown_as_written() {
        let text = abbreviations("UBND xã Lũng Cú, TP. Hà Giang (CCCD, ĐKKS)");
        assert_eq!(text.shown(), "UBND xã Lũng Cú, TP. Hà Giang (CCCD, ĐKKS)");
        assert_eq!(
            text.heard(),
            "Ủy ban nhân dân xã Lũng Cú, thành phố Hà Giang (căn cước công dân, đăng ký khai sinh)"
        );
        assert_eq!(abbreviations("Xã Lũng Cú"), Text::vi("Xã Lũng Cú"));
        assert_eq!(
            abbreviations("Ông P đến UBND.").heard(),
            "Ông P đến Ủy ban nhân dân."
        );
    }

    #[test]
    fn a_language_without_a_voice_here_gets_vietnamese_tagged_so() {
        let text = money(8000, &"km".into());
        assert_eq!(text.runs[0].lang, Lang::vi());
        assert_eq!(text.heard(), "8 nghìn đồng");
    }

    #[test]
    fn anything_can_be_said() {
        bolero::check!()
            .with_type::<(String, u64)>()
            .for_each(|(text, number)| {
                for lang in [Lang::vi(), Lang::en()] {
                    for said in [
                        code(text, &lang),
                        phone(text, &lang),
                        abbreviations(text),
                        money(*number, &lang),
                        size(*number, &lang),
                    ] {
                        assert!(said.runs.iter().all(|run| !run.text.is_empty()));
                    }
                }
            });
    }
}

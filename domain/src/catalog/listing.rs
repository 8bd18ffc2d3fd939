//! The whole catalogue: what is known of every commune-level procedure, also of those that
//! cannot be filled in this app yet.
//!
//! A line per procedure, ten columns, in the pack as one text. It is read when somebody first
//! searches or browses, not when the app opens: a thousand records of JSON would be parsed on
//! every start of a slow phone, for screens that most starts never show.
//!
//! ```text
//! code  title  field  agency  subjects  level  offers  decision  decided  updated
//! 1.004222  Đăng ký thường trú  Cư trú  Bộ Công an  c  P  O:7w:10000 D:7w:20000  …
//! ```
//! Subjects are the letters of [`Subject`], an offer is channel, time and fee: `O`nline, by
//! `P`ost, at the `C`ounter; a number with `w`orking days, `d`ays, `h`ours or `m`onths; đồng, or
//! two amounts with a dash. `?` is what is not known, and is shown as such.

use jiff::civil::Date;

use super::ServiceLevel;
use crate::dossier::deadline::Limit;
pub use crate::payment::Channel;

/// One procedure's facts, as the National Portal publishes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// National code, e.g. `1.001193`.
    pub code: String,
    /// The official title, in Vietnamese.
    pub title: String,
    /// Lĩnh vực.
    pub field: String,
    /// Who publishes it: a ministry, or a province for its own procedures.
    pub agency: String,
    /// Who may file; never empty.
    pub subjects: Vec<Subject>,
    pub level: ServiceLevel,
    /// How it can be filed; several of one channel where cases differ.
    pub offers: Vec<Offer>,
    /// The decision that publishes it.
    pub decision: String,
    pub decided: Option<Date>,
    /// When the portal last changed it.
    pub updated: Date,
}

/// Who may file (đối tượng thực hiện), in the groups that people ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Công dân Việt Nam.
    Citizen,
    /// Người Việt Nam định cư ở nước ngoài.
    Overseas,
    /// Người nước ngoài.
    Foreigner,
    /// Hộ kinh doanh.
    HouseholdBusiness,
    /// Doanh nghiệp.
    Enterprise,
    /// Hợp tác xã.
    Cooperative,
    /// Tổ chức, whatever its kind.
    Organisation,
    /// Cán bộ, công chức, viên chức.
    Official,
    /// Đảng viên.
    PartyMember,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    pub via: Channel,
    pub time: Option<Span>,
    pub fee: ListedFee,
}

/// A time limit in tenths of its unit: half days exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub tenths: u32,
    pub unit: Unit,
}

impl Span {
    /// As the clock of the law counts it: a part of a unit is a whole one.
    pub const fn limit(self) -> Limit {
        let count = self.tenths.div_ceil(10);
        match self.unit {
            Unit::Hour => Limit::WorkingHours(count),
            Unit::WorkingDay if count == 0 => Limit::SameDay,
            Unit::WorkingDay => Limit::WorkingDays(count),
            Unit::Day => Limit::Days(count),
            Unit::Month => Limit::Months(count),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    Hour,
    WorkingDay,
    Day,
    Month,
}

/// In đồng. That something costs nothing is said only where the source says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedFee {
    Free,
    Between { least: u64, most: u64 },
    Unknown,
}

/// Every subject with its letter.
pub const SUBJECTS: [(char, Subject); 9] = [
    ('c', Subject::Citizen),
    ('v', Subject::Overseas),
    ('f', Subject::Foreigner),
    ('h', Subject::HouseholdBusiness),
    ('e', Subject::Enterprise),
    ('k', Subject::Cooperative),
    ('o', Subject::Organisation),
    ('s', Subject::Official),
    ('p', Subject::PartyMember),
];

const VIA: [(&str, Channel); 3] = [
    ("O", Channel::Online),
    ("P", Channel::Post),
    ("C", Channel::Counter),
];

const UNITS: [(char, Unit); 4] = [
    ('h', Unit::Hour),
    ('w', Unit::WorkingDay),
    ('d', Unit::Day),
    ('m', Unit::Month),
];

/// Which column of a line can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the listing: its {column} is `{said}`")]
pub struct ListingError {
    pub column: &'static str,
    pub said: String,
}

impl Listing {
    pub fn read(line: &str) -> Result<Self, ListingError> {
        let columns: Vec<&str> = line.split('\t').collect();
        let wrong = |column: &'static str, said: &str| ListingError {
            column,
            said: said.to_owned(),
        };
        let [
            code,
            title,
            field,
            agency,
            subjects,
            level,
            offers,
            decision,
            decided,
            updated,
        ] = columns[..]
        else {
            return Err(wrong("number of columns", &columns.len().to_string()));
        };
        if code.is_empty() || title.is_empty() {
            return Err(wrong("code or title", ""));
        }
        let who: Option<Vec<Subject>> = subjects
            .chars()
            .map(|letter| Some(SUBJECTS.iter().find(|(known, _)| *known == letter)?.1))
            .collect();
        let who = who.filter(|who| !who.is_empty());
        let sent: Option<Vec<Offer>> = offers.split_whitespace().map(Offer::read).collect();
        Ok(Self {
            code: code.to_owned(),
            title: title.to_owned(),
            field: field.to_owned(),
            agency: agency.to_owned(),
            subjects: who.ok_or_else(|| wrong("subjects", subjects))?,
            level: match level {
                "F" => ServiceLevel::Full,
                "P" => ServiceLevel::Partial,
                "I" => ServiceLevel::InPerson,
                other => return Err(wrong("level", other)),
            },
            offers: sent.ok_or_else(|| wrong("offers", offers))?,
            decision: decision.to_owned(),
            decided: match decided {
                "" => None,
                day => Some(day.parse().map_err(|_| wrong("day of decision", day))?),
            },
            updated: updated
                .parse()
                .map_err(|_| wrong("day of update", updated))?,
        })
    }

    /// The line that [`Listing::read`] reads. Tabs and line ends in a text become spaces.
    pub fn write(&self) -> String {
        let clean = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let subjects = self.subjects.iter().filter_map(|subject| {
            let known = SUBJECTS.iter().find(|(_, known)| known == subject)?;
            Some(known.0)
        });
        let offers: Vec<String> = self.offers.iter().map(Offer::write).collect();
        [
            clean(&self.code),
            clean(&self.title),
            clean(&self.field),
            clean(&self.agency),
            subjects.collect(),
            match self.level {
                ServiceLevel::Full => "F",
                ServiceLevel::Partial => "P",
                ServiceLevel::InPerson => "I",
            }
            .to_owned(),
            offers.join(" "),
            clean(&self.decision),
            self.decided.map(|day| day.to_string()).unwrap_or_default(),
            self.updated.to_string(),
        ]
        .join("\t")
    }

    /// For natural persons, or only for businesses and organisations?
    pub fn for_people(&self) -> bool {
        use Subject::{Citizen, Foreigner, Overseas};
        self.subjects
            .iter()
            .any(|subject| matches!(subject, Citizen | Overseas | Foreigner))
    }

    pub fn may_file(&self, subject: Subject) -> bool {
        self.subjects.contains(&subject)
    }

    pub fn offered(&self, via: Channel) -> bool {
        self.offers.iter().any(|offer| offer.via == via)
    }
}

impl Offer {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let (via, time, fee) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        Some(Self {
            via: VIA.iter().find(|(letter, _)| *letter == via)?.1,
            time: match time {
                "?" => None,
                known => Some(Span::read(known)?),
            },
            fee: match fee {
                "?" => ListedFee::Unknown,
                "0" => ListedFee::Free,
                known => {
                    let (least, most) = known.split_once('-').unwrap_or((known, known));
                    ListedFee::Between {
                        least: least.parse().ok()?,
                        most: most.parse().ok()?,
                    }
                }
            },
        })
    }

    fn write(&self) -> String {
        let via = VIA.iter().find(|(_, via)| *via == self.via);
        let via = via.map_or("", |(letter, _)| letter);
        let time = self.time.map_or_else(|| "?".to_owned(), Span::write);
        let fee = match self.fee {
            ListedFee::Unknown => "?".to_owned(),
            ListedFee::Free => "0".to_owned(),
            ListedFee::Between { least, most } if least == most => least.to_string(),
            ListedFee::Between { least, most } => format!("{least}-{most}"),
        };
        format!("{via}:{time}:{fee}")
    }
}

impl Span {
    fn read(text: &str) -> Option<Self> {
        let letter = text.chars().next_back()?;
        let unit = UNITS.iter().find(|(known, _)| *known == letter)?.1;
        let number = text.strip_suffix(letter)?;
        let (whole, tenth) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        if !digits(whole) || !digits(tenth) || tenth.len() != 1 {
            return None;
        }
        let tenths = whole
            .parse::<u32>()
            .ok()?
            .checked_mul(10)?
            .checked_add(tenth.parse().ok()?)?;
        Some(Self { tenths, unit })
    }

    fn write(self) -> String {
        let letter = UNITS.iter().find(|(_, unit)| *unit == self.unit);
        let letter = letter.map_or('?', |(letter, _)| *letter);
        match (self.tenths / 10, self.tenths % 10) {
            (whole, 0) => format!("{whole}{letter}"),
            (whole, tenth) => format!("{whole}.{tenth}{letter}"),
        }
    }
}

/// All listings, in order of their codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    listings: Vec<Listing>,
}

impl Catalogue {
    /// From the text in the pack. `gandan-packs` has refused lines that can't be read; one from a
    /// newer version is left out here, so that the others can still be found.
    pub fn read(text: &str) -> Self {
        let mut listings: Vec<Listing> = text
            .lines()
            .filter_map(|line| Listing::read(line).ok())
            .collect();
        listings.sort_by(|one, other| one.code.cmp(&other.code));
        listings.dedup_by(|one, other| one.code == other.code);
        Self { listings }
    }

    pub fn all(&self) -> &[Listing] {
        &self.listings
    }

    pub fn find(&self, code: &str) -> Option<&Listing> {
        let at = self
            .listings
            .binary_search_by(|listing| listing.code.as_str().cmp(code));
        self.listings.get(at.ok()?)
    }

    /// Every field with the number of its procedures, the largest first.
    pub fn fields(&self) -> Vec<(&str, usize)> {
        let mut counts: std::collections::BTreeMap<&str, usize> = Default::default();
        for listing in &self.listings {
            *counts.entry(&listing.field).or_default() += 1;
        }
        let mut fields: Vec<(&str, usize)> = counts.into_iter().collect();
        fields.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        fields
    }

    pub fn in_field(&self, field: &str) -> impl Iterator<Item = &Listing> {
        self.listings
            .iter()
            .filter(move |listing| listing.field == field)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use super::*;

    pub const LINE: &str = "9.000001\tĐăng ký thả diều\tVui chơi\tBộ Diều\tch\tP\tO:7w:10000 C:17.5d:? P:?:5-90\t1/QĐ\t2026-01-02\t2026-07-17";

    #[test]
    fn what_is_written_is_read() {
        let listing = Listing::read(LINE).unwrap();
        assert_eq!(listing.write(), LINE);
        assert_eq!(listing.offers[1].time.unwrap().tenths, 175);
        assert!(listing.for_people() && listing.offered(Channel::Post));
        assert!(listing.may_file(Subject::HouseholdBusiness));
        assert!(!listing.may_file(Subject::Official));
    }

    #[test]
    fn a_line_says_what_is_wrong_with_it() {
        for (from, to, column) in [
            ("\tch\t", "\tcz\t", "subjects"),
            ("\tch\t", "\t\t", "subjects"),
            ("\tP\t", "\tX\t", "level"),
            ("O:7w", "O:7x", "offers"),
            ("O:7w", "O:7.55w", "offers"),
            ("5-90", "5-x", "offers"),
            ("2026-01-02", "2026-13-02", "day of decision"),
            ("2026-07-17", "", "day of update"),
            ("\tVui chơi", "", "number of columns"),
            ("9.000001", "", "code or title"),
        ] {
            let line = LINE.replace(from, to);
            assert_eq!(Listing::read(&line).unwrap_err().column, column, "{line}");
        }
    }

    #[test]
    fn the_catalogue_is_browsed_by_field() {
        let other = LINE.replace("9.000001", "8.1").replace("Vui chơi", "Đất");
        let third = LINE.replace("9.000001", "8.2");
        let text = format!("{LINE}\nnonsense\n{other}\n{third}\n{LINE}");
        let catalogue = Catalogue::read(&text);
        assert_eq!(catalogue.all().len(), 3);
        assert_eq!(catalogue.fields(), [("Vui chơi", 2), ("Đất", 1)]);
        assert_eq!(catalogue.in_field("Đất").count(), 1);
        assert_eq!(catalogue.find("8.2").unwrap().code, "8.2");
        assert_eq!(catalogue.find("8.3"), None);
    }

    /// Whatever stands in a line, what was read of it is written so that it reads the same.
    #[test]
    fn any_line_is_read_or_refused() {
        bolero::check!()
            .with_type::<(String, usize)>()
            .for_each(|(patch, at)| {
                let mut columns: Vec<&str> = LINE.split('\t').collect();
                let at = at % columns.len();
                columns[at] = patch;
                for line in [patch.as_str(), &columns.join("\t")] {
                    if let Ok(listing) = Listing::read(line) {
                        let again = Listing::read(&listing.write());
                        if let Ok(again) = again {
                            assert_eq!(again.write(), listing.write());
                        }
                    }
                }
            });
    }
}

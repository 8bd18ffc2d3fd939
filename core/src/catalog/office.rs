//! An office as far as it is known: what is not is said to be missing, and never promised.

use gandan_domain::{
    place::Office,
    text::{Text, messages::LANGUAGES, spoken},
};

use crate::{
    journey::{Facts, Page, row},
    screen::{SummaryRow, Tone},
};

/// Everything a person needs to know before going there, each line with what is known of it.
pub fn rows(office: Option<&Office>, facts: &Facts<'_>) -> Vec<SummaryRow> {
    let say = facts.say;
    let or_unknown = |known: Option<Text>| known.unwrap_or_else(|| say.plain("office-unknown"));
    let yes_no = |known: Option<bool>| {
        or_unknown(known.map(|is| say.plain(if is { "office-yes" } else { "office-no" })))
    };
    let languages = office
        .map(|office| office.languages.as_slice())
        .unwrap_or_default();
    let languages = languages.iter().map(|tag| {
        // A language is called by its own name, where we know it.
        let own = LANGUAGES.iter().find(|(known, _)| known == tag);
        own.map_or_else(
            || Text::vi(tag.clone()),
            |(tag, name)| Text::new(*name, (*tag).into()),
        )
    });
    let comma = || Text::new(", ", say.lang().clone());
    let languages = languages.reduce(|all, next| all.then(comma()).then(next));
    vec![
        row(
            say.plain("office-name"),
            or_unknown(office.map(|office| spoken::abbreviations(&office.name))),
        ),
        row(
            say.plain("office-address"),
            or_unknown(
                office.and_then(|office| office.address.as_deref().map(spoken::abbreviations)),
            ),
        ),
        row(
            say.plain("office-hours"),
            or_unknown(office.and_then(|office| office.hours.clone().map(Text::vi))),
        ),
        row(
            say.plain("office-phone"),
            or_unknown(office.and_then(|office| {
                let number = office.phone.as_deref()?;
                Some(spoken::phone(number, say.lang()))
            })),
        ),
        row(
            say.plain("office-step-free"),
            yes_no(office.and_then(|office| office.step_free)),
        ),
        row(say.plain("office-languages"), or_unknown(languages)),
        row(
            say.plain("office-sign-language"),
            yes_no(office.and_then(|office| office.sign_language)),
        ),
    ]
}

/// Who says so and since when; and the national line where nobody at the office can be reached.
pub fn notes(page: &mut Page<'_>, office: Option<&Office>, facts: &Facts<'_>) {
    let say = facts.say;
    let said = |id: &str, source: &str, date, more: Vec<(&'static str, Text)>| {
        let mut args = vec![
            ("source", Text::vi(source).into()),
            ("date", spoken::date(date, say.lang()).into()),
        ];
        args.extend(more.into_iter().map(|(name, text)| (name, text.into())));
        say.text(id, &args)
    };
    if let Some((source, as_of)) = office.and_then(|it| it.source.as_deref().zip(it.as_of)) {
        let text = said("office-source", source, as_of, Vec::new());
        page.paragraph("office-source", text);
    }
    let reachable = office.is_some_and(|it| it.address.is_some() || it.phone.is_some());
    if let (false, Some(line)) = (reachable, &facts.content.pack.help_line) {
        let more = vec![
            ("name", say.local(&line.name)),
            ("phone", spoken::phone(&line.phone, say.lang())),
        ];
        let text = said("office-line", &line.source.name, line.source.date, more);
        page.notice("office-line", Tone::Info, text);
    }
}

//! Repeating groups on a page: "người thứ 2 trong 3", adding one, taking one out, and back.
//!
//! The items are an answer like any other: the list of their numbers, under the group's key. A
//! removed item leaves the list and keeps its answers in the store, so undoing is putting its
//! number back where it was; a number is never used again. Removing is not confirmed, since it can
//! be undone.

use gandan_domain::{
    form::{Field, Form, Group, Part, Value, VisibleField, VisibleGroup, instance_key, read_key},
    problem::FieldProblem,
    text::Text,
};

use super::{Filling, Stepped, answered, problem_text, view::answer};
use crate::{
    journey::{DraftFacts, Effect, Facts, Page, Say, row, sentences},
    screen::{Card, Tone},
};

/// The heading of a group; of a repeating one before its first item, or where it has none, and then
/// of each item, with which one it is.
pub fn heading(page: &mut Page<'_>, group: &VisibleGroup<'_>, say: &Say) {
    let title = |page: &mut Page<'_>, list: &str| {
        if let Some(title) = &group.group.title {
            page.heading(format!("group/{list}"), 2, say.local(title));
        }
    };
    match (&group.part, &group.group.repeat) {
        (Part::Once, _) => title(page, &group.group.id),
        (Part::End { list, of: 0 }, _) => title(page, list),
        (Part::Item(item), Some(repeat)) => {
            if item.at == 1 {
                title(page, &item.list);
            }
            let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
            let text = say.text(
                "form-item",
                &[
                    ("what", say.local(&repeat.item).into()),
                    ("at", count(item.at).into()),
                    ("of", count(item.of).into()),
                ],
            );
            let level = if group.group.title.is_some() { 3 } else { 2 };
            page.heading(format!("group/{}/{}", item.list, item.id), level, text);
        }
        _ => {}
    }
}

/// After the last item: add one, remove one, bring the last removed one back.
pub fn end(
    page: &mut Page<'_>,
    state: &Filling,
    facts: &Facts<'_>,
    group: &Group,
    list: &str,
    of: usize,
    problems: &[FieldProblem],
) {
    let (say, Some(repeat)) = (facts.say, &group.repeat) else {
        return;
    };
    let what = || say.local(&repeat.item);
    for problem in problems.iter().filter(|problem| problem.field == list) {
        page.notice(
            format!("{list}~problem"),
            Tone::Problem,
            problem_text(&problem.message, facts),
        );
    }
    let mut cards = Vec::new();
    let card = |id: String, message: &str, args: &[(&str, i64)]| {
        let mut all = vec![("what", what().into())];
        all.extend(args.iter().map(|(name, count)| (*name, (*count).into())));
        Card {
            id,
            title: say.text(message, &all),
            detail: None,
            picture: None,
        }
    };
    if of < usize::from(repeat.max) {
        cards.push(card("add".into(), "form-item-add", &[]));
    }
    if of > usize::from(repeat.min) {
        for at in 1..=of {
            let count = i64::try_from(at).unwrap_or(i64::MAX);
            cards.push(card(
                format!("remove/{at}"),
                "form-item-remove",
                &[("at", count)],
            ));
        }
    }
    if state.removed.contains_key(list) {
        cards.push(card("undo".into(), "form-item-undo", &[]));
    }
    if of == 0 {
        page.paragraph(
            format!("{list}~none"),
            say.text("form-item-none", &[("what", what().into())]),
        );
    }
    if !cards.is_empty() {
        page.cards(format!("{list}~items"), cards);
    }
}

/// A computed value, which nobody types.
pub fn computed(page: &mut Page<'_>, field: &VisibleField<'_>, value: &Value, facts: &Facts<'_>) {
    let name = facts.say.local(&field.field.label);
    let value = answer(field.field, value, facts);
    page.summary(field.key.clone(), vec![row(name, value)]);
}

/// What a problem is about: the question, and in which item.
pub fn label(form: &Form, key: &str, say: &Say) -> Text {
    match form.field(key) {
        Some(field) => say.local(&field.label),
        None => list_of(form, key)
            .and_then(|group| {
                group
                    .title
                    .as_ref()
                    .or(group.repeat.as_ref().map(|repeat| &repeat.item))
            })
            .map(|title| say.local(title))
            .unwrap_or_default(),
    }
}

/// The label of a question with the number of its item, where there are several.
pub fn item_label(field: &Field, group: &VisibleGroup<'_>, say: &Say) -> Text {
    let label = say.local(&field.label);
    match (&group.part, &group.group.repeat) {
        (Part::Item(item), Some(repeat)) => {
            let at = i64::try_from(item.at).unwrap_or(i64::MAX);
            let what = say.local(&repeat.item);
            let item = say.text(
                "form-item-short",
                &[("what", what.into()), ("at", at.into())],
            );
            sentences([item, label])
        }
        _ => label,
    }
}

fn list_of<'f>(form: &'f Form, key: &str) -> Option<&'f Group> {
    let (id, _) = read_key(key)?;
    form.groups()
        .map(|(_, group)| group)
        .find(|group| group.id == id && group.repeat.is_some())
}

/// Adds, removes or brings back an item.
pub fn act(
    mut state: Filling,
    draft: &DraftFacts<'_>,
    facts: &Facts<'_>,
    page: &str,
    list: &str,
    card: &str,
) -> Stepped {
    let groups = draft
        .evaluation
        .page(page)
        .into_iter()
        .flat_map(|page| &page.groups);
    let items: Vec<u32> = groups
        .filter_map(|group| match &group.part {
            Part::Item(item) if item.list == list => Some(item.id),
            _ => None,
        })
        .collect();
    let group = list_of(&draft.procedure.form, list);
    let Some((group, repeat)) = group.and_then(|group| Some((group, group.repeat.as_ref()?)))
    else {
        return crate::journey::Step::ignored(state);
    };
    let mut now = items.clone();
    let mut focus = format!("{list}~items");
    let message = match (
        card,
        card.strip_prefix("remove/")
            .and_then(|at| at.parse::<usize>().ok()),
    ) {
        ("add", _) if items.len() < usize::from(repeat.max) => {
            // Removed ones count, too: their answers are still there.
            let removed = state
                .removed
                .get(list)
                .into_iter()
                .flatten()
                .map(|(_, id)| *id);
            let highest = items
                .iter()
                .copied()
                .chain(removed)
                .chain(draft.items_ever(list))
                .max();
            let id = highest.unwrap_or_default().saturating_add(1);
            now.push(id);
            // Whoever adds somebody wants to say who that is.
            let path = read_key(list).map(|(_, around)| around).unwrap_or_default();
            let path: Vec<u32> = path.into_iter().chain([id]).collect();
            let mut asked = group.fields.iter();
            if let Some(first) =
                asked.find(|field| field.compute.is_none() && field.visible.is_none())
            {
                focus = instance_key(&first.id, &path);
            }
            "form-item-added"
        }
        (_, Some(at)) if at >= 1 && at <= items.len() && items.len() > usize::from(repeat.min) => {
            let id = now.remove(at - 1);
            state
                .removed
                .entry(list.to_owned())
                .or_default()
                .push((at - 1, id));
            "form-item-removed"
        }
        ("undo", _) => {
            let Some((at, id)) = state.removed.get_mut(list).and_then(Vec::pop) else {
                return crate::journey::Step::ignored(state);
            };
            if state.removed.get(list).is_some_and(Vec::is_empty) {
                state.removed.remove(list);
            }
            if now.contains(&id) || now.len() >= usize::from(repeat.max) {
                return crate::journey::Step::ignored(state);
            }
            now.insert(at.min(now.len()), id);
            "form-item-back"
        }
        _ => return crate::journey::Step::ignored(state),
    };
    let value = Value::Many(now.iter().map(u32::to_string).collect());
    let what = facts.say.local(&repeat.item);
    let of = i64::try_from(now.len()).unwrap_or(i64::MAX);
    let said = facts
        .say
        .text(message, &[("what", what.into()), ("of", of.into())]);
    let edit = draft.edit(list) + 1;
    answered(state, draft, page, list, value, edit)
        .with(Effect::Announce(said))
        .with(Effect::Focus(focus))
}

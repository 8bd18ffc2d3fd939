//! The design tokens: one file for every shell, and what this shell makes of it.
//!
//! `core/tokens.json` (Design Tokens Format 2025.10) stands beside the screen contract, because it
//! is that contract's other half: `core` says what there is to draw, the tokens how large and in
//! which colours, and every shell depends on `core` and on nothing else in common. In `content/` it
//! would be a fact with a source that an operator could change; in `web/` Android and iOS would read
//! another shell's files.
//!
//! `assets/tokens.css` is generated from it, by the test below, and committed: what is served can be
//! read and diffed, and neither start nor build can fail over it. Generating at start or in a build
//! script was rejected for that. After a change: `INSTA_UPDATE=always cargo test -p gandan-web tokens`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;

use serde_json::{Map, Value};

const TOKENS: &str = include_str!("../../core/tokens.json");
const CSS: &str = include_str!("../assets/tokens.css");
const APP: &str = include_str!("../assets/app.css");

fn tokens() -> Map<String, Value> {
    serde_json::from_str(TOKENS).unwrap()
}

/// `group.name` → `group-name` with the value as CSS writes it; `color.light.x` → `color-x` of light.
fn walk(path: &[&str], value: &Value, out: &mut Vec<(String, String)>) {
    let Some(group) = value.as_object() else {
        return;
    };
    if let Some(value) = group.get("$value") {
        out.push((path.join("-"), css_value(value)));
        return;
    }
    for (name, value) in group.iter().filter(|(name, _)| !name.starts_with('$')) {
        walk(&[path, &[name.as_str()]].concat(), value, out);
    }
}

fn css_value(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Array(list) if list.iter().all(Value::is_number) => {
            let numbers: Vec<_> = list.iter().map(Value::to_string).collect();
            format!("cubic-bezier({})", numbers.join(", "))
        }
        Value::Array(list) => {
            let faces = list.iter().map(|face| {
                let face = face.as_str().unwrap();
                // A generic family is a keyword; a name with spaces is quoted.
                if face.contains(' ') {
                    format!("\"{face}\"")
                } else {
                    face.to_owned()
                }
            });
            faces.collect::<Vec<_>>().join(", ")
        }
        Value::Object(of) if of.contains_key("colorSpace") => of["hex"].as_str().unwrap().into(),
        Value::Object(of) => format!("{}{}", of["value"], of["unit"].as_str().unwrap()),
        other => panic!("no CSS for {other}"),
    }
}

fn generated() -> String {
    let tokens = tokens();
    let lines = |path: &[&str], value: &Value| {
        let mut out = Vec::new();
        walk(path, value, &mut out);
        out.into_iter()
            .map(|(name, value)| format!("  --{name}: {value};\n"))
            .collect::<String>()
    };
    let mut root = lines(&["color"], &tokens["color"]["light"]);
    for (name, value) in tokens.iter().filter(|(name, _)| *name != "color") {
        if !name.starts_with('$') {
            root += &lines(&[name], value);
        }
    }
    let dark = lines(&["color"], &tokens["color"]["dark"]);
    format!(
        "/* Generated from core/tokens.json by a test in web/src/tokens.rs: change it there. */\n\
         :root {{\n  color-scheme: light dark;\n{root}}}\n\
         /* Paper is light. */\n\
         @media screen and (prefers-color-scheme: dark) {{\n:root {{\n{dark}}}\n}}\n"
    )
}

#[test]
fn the_css_is_what_the_tokens_say() {
    let generated = generated();
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/tokens.css");
        std::fs::write(path, generated).unwrap();
    } else {
        assert_eq!(
            CSS, generated,
            "assets/tokens.css is old; see this file's head"
        );
    }
}

/// Name → sRGB components from 0 to 1.
fn colours(scheme: &str) -> BTreeMap<String, [f64; 3]> {
    let tokens = tokens();
    let scheme = tokens["color"][scheme].as_object().unwrap();
    let colours = scheme.iter().map(|(name, token)| {
        let value = &token["$value"];
        assert_eq!(value["colorSpace"], "srgb", "{name}");
        let part = |at: usize| value["components"][at].as_f64().unwrap();
        let parts = [part(0), part(1), part(2)];
        let hex = parts.map(|part| format!("{:02x}", (part * 255.0).round() as u8));
        assert_eq!(value["hex"], format!("#{}", hex.concat()), "{name}");
        (name.clone(), parts)
    });
    colours.collect()
}

/// WCAG 2.2, "contrast ratio" and "relative luminance".
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |colour: [f64; 3]| {
        let [r, g, b] = colour.map(|part| {
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn pairs() -> Vec<(String, String, f64)> {
    let tokens = tokens();
    let pairs = tokens["$extensions"]["vn.gandan.contrast"]["pairs"].as_array();
    let pair = |pair: &Value| {
        let name = |at: usize| pair[at].as_str().unwrap().to_owned();
        (name(0), name(1), pair[2].as_f64().unwrap())
    };
    pairs.unwrap().iter().map(pair).collect()
}

#[test]
fn the_measure_of_contrast_is_that_of_wcag() {
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
    // #767676 on white: the grey that everybody knows as just enough.
    let grey = contrast([f64::from(0x76) / 255.0; 3], [1.0; 3]);
    assert!((4.54..4.55).contains(&grey), "{grey}");
}

#[test]
fn every_pair_has_its_contrast_in_light_and_in_dark() {
    for scheme in ["light", "dark"] {
        let colours = colours(scheme);
        for (front, back, least) in pairs() {
            assert!(
                least >= 3.0,
                "{front} on {back} asks for less than WCAG does"
            );
            let ratio = contrast(colours[&front], colours[&back]);
            assert!(ratio >= least, "{scheme}: {front} on {back} has {ratio:.2}");
        }
    }
}

#[test]
fn both_schemes_have_every_colour_and_every_colour_is_in_a_pair() {
    let (light, dark) = (colours("light"), colours("dark"));
    assert!(light.keys().eq(dark.keys()));
    let pairs = pairs();
    for name in light.keys().filter(|name| *name != "line") {
        let paired = pairs
            .iter()
            .any(|(front, back, _)| front == name || back == name);
        assert!(paired, "nobody says what {name} stands on");
    }
}

#[test]
fn the_style_sheet_has_no_colour_of_its_own_and_uses_no_token_that_is_not_there() {
    let rules = without_comments(APP);
    for (at, line) in rules.lines().enumerate() {
        let own = [
            "rgb(", "rgba(", "hsl(", "oklch(", ": white", ": black", " #fff", " #000",
        ];
        for colour in own {
            assert!(!line.contains(colour), "line {}: {line}", at + 1);
        }
        let hex = line.split(": ").any(|value| {
            value.starts_with('#') && value[1..].starts_with(|c: char| c.is_ascii_hexdigit())
        });
        assert!(!hex, "line {}: {line}", at + 1);
    }
    for used in rules.split("var(--").skip(1) {
        let name: String = used.chars().take_while(|c| !",)".contains(*c)).collect();
        let defined = format!("--{name}:");
        assert!(
            CSS.contains(&defined) || rules.contains(&defined),
            "nobody defines --{name}"
        );
    }
}

fn without_comments(css: &str) -> String {
    let mut out = String::new();
    for part in css.split("*/") {
        out += part.split("/*").next().unwrap_or_default();
    }
    out
}

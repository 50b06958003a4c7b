//! The style sheet and the templates say the same classes: none is named that has no rule, and no rule is left behind.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::architecture::{sources, without_comments};

/// Classes that have rules before anything shows them: the palette of the charts, and what htmx sets by itself.
const KEPT: [&str; 12] = [
    "ax",
    "lab",
    "c-critical",
    "c-high",
    "c-medium",
    "c-low",
    "c-ok",
    "c-brand",
    "c-mut",
    "c-track",
    "htmx-request",
    "htmx-indicator",
];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The words that can be a class.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).filter(|word| !word.is_empty())
}

/// The text without what stands between two marks; `with` takes its place.
fn without(text: &str, open: &str, close: &str, with: &str) -> String {
    let mut parts = text.split(open);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| kept + with + part.split_once(close).map_or("", |(_, rest)| rest))
}

/// Every class that a selector of the style sheet names.
fn styled() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("static/css");
    let mut classes = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("static/css") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a text");
        let text = without(&text, "/*", "*/", "");
        for head in text.split('{') {
            let selector = head.rsplit(['}', ';', '{']).next().unwrap_or_default();
            if selector.trim_start().starts_with('@') {
                continue;
            }
            let named =
                selector.split('.').skip(1).filter_map(|rest| words(rest).next().filter(|word| rest.starts_with(word)));
            classes.extend(
                named.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())).map(ToOwned::to_owned),
            );
        }
    }
    classes
}

/// Every class that a template writes out; what it puts together from values is left out.
fn named() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, text) in sources("templates") {
        let text = without(&without(&text, "{#", "#}", ""), "{%", "%}", " ");
        let text = without(&text, "{{", "}}", "\u{0}");
        for attribute in text.split(" class=\"").skip(1) {
            let classes = attribute.split('"').next().unwrap_or_default();
            let whole = classes.split_whitespace().filter(|class| !class.contains('\u{0}'));
            found.extend(whole.map(|class| (path.clone(), class.to_owned())));
        }
    }
    found
}

#[test]
fn every_class_of_a_template_has_a_rule() {
    let styled = styled();
    let missing: Vec<_> = named().into_iter().filter(|(_, class)| !styled.contains(class)).collect();
    assert!(styled.len() > 100 && missing.is_empty(), "{missing:?}");
}

#[test]
fn every_rule_is_for_a_class_that_something_names() {
    let mut known: BTreeSet<String> = named().into_iter().map(|(_, class)| class).collect();
    known.extend(KEPT.map(ToOwned::to_owned));
    known.extend(words(&read("static/app.js")).map(ToOwned::to_owned));
    for (_, text) in sources("src").into_iter().chain(sources("templates")) {
        // a badge's class comes from the program, or from a macro's argument
        for quoted in without_comments(&text).split('"').skip(1).step_by(2) {
            known.extend(quoted.split_whitespace().map(ToOwned::to_owned));
        }
    }
    let unused: Vec<_> = styled().into_iter().filter(|class| !known.contains(class)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

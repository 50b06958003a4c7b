//! An export in the reader's words: which list it was, what it was narrowed to, how it ended. The trail keeps a filter as
//! typed values only (ids, days, closed words), so that there is nothing here that anybody typed.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;
use uuid::Uuid;

use crate::policy::{Action, Role};
use crate::web::list::short;
use crate::web::time;
use crate::words::{RuleCode, pseudonym};

/// How an export stands: its word, what people read, the badge's class and its icon.
pub const STATES: [(&str, &str, &str, &str); 4] = [
    ("complete", "Complete", "ok", "circle-check"),
    ("aborted", "Aborted", "medium", "circle-x"),
    ("failed", "Failed", "critical", "alert-triangle"),
    ("under_way", "Under way", "low", "progress"),
];

/// Every list that leaves as a file: the action of its export, and its name. `Export findings` is of `Findings`.
static LISTS: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
    let exports = Action::ALL.iter().filter(|action| action.name().ends_with(".export"));
    let name = |label: &'static str| spoken(label.strip_prefix("Export ").unwrap_or(label));
    exports.map(|action| (action.name(), name(action.label()))).collect()
});

/// Every list that leaves as a file: the action of its export, and its name.
#[must_use]
pub fn lists() -> Vec<(&'static str, &'static str)> {
    LISTS.iter().map(|(action, name)| (*action, name.as_str())).collect()
}

/// The list of an export's action.
#[must_use]
pub fn list_of(action: &str) -> &'static str {
    LISTS.iter().find(|(known, _)| *known == action).map_or("A list", |(_, name)| name)
}

/// Names that the reader may see, by id.
pub type Names = HashMap<Uuid, String>;

/// The parts of a filter that name a person of the workforce.
const PEOPLE: [&str; 7] = ["person", "actor", "owner", "assigned", "assignee", "assigned_to", "reviewer"];

/// Everybody that a filter names.
#[must_use]
pub fn people_of(filter: &Value) -> Vec<Uuid> {
    let parts = filter.as_object().into_iter().flatten();
    parts.filter(|(field, _)| PEOPLE.contains(&field.as_str())).filter_map(|(_, value)| id(value)).collect()
}

/// Every source that a filter names.
#[must_use]
pub fn sources_of(filter: &Value) -> Vec<Uuid> {
    filter.get("source").and_then(id).into_iter().collect()
}

fn id(value: &Value) -> Option<Uuid> {
    value.as_str().and_then(|text| Uuid::try_parse(text).ok())
}

/// A filter as people read it: each field with its value. Of a record that the reader may not see, the end of its id.
#[must_use]
pub fn words(filter: &Value, names: &Names) -> Vec<(String, String)> {
    let parts = filter.as_object().into_iter().flatten();
    let mut words: Vec<_> = parts.map(|(field, value)| (label(field), said(field, value, names))).collect();
    words.sort();
    words
}

fn said(field: &str, value: &Value, names: &Names) -> String {
    if let Some(id) = id(value) {
        if field == "patient" {
            return pseudonym(id);
        }
        return names.get(&id).cloned().unwrap_or_else(|| short(id));
    }
    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    if matches!(field, "action" | "list") {
        let known = Action::ALL.iter().find(|action| action.name() == text);
        return known.map_or(text, |action| action.label().to_owned());
    }
    if field == "role" {
        return Role::parse(&text).map_or(text, |role| role.label().to_owned());
    }
    if field == "rule" {
        return RuleCode::parse(&text).map_or(text, |rule| rule.label().to_owned());
    }
    match (field, text.parse()) {
        ("from" | "to", Ok(day)) => time::date(day),
        _ if text == "true" => "Yes".to_owned(),
        _ if text == "false" => "No".to_owned(),
        _ => spoken(&text),
    }
}

fn label(field: &str) -> String {
    match field {
        "batch" => "Import".to_owned(),
        "target" | "record" => "Record".to_owned(),
        "type" => "Kind of record".to_owned(),
        "standing" => "Status today".to_owned(),
        other => spoken(other),
    }
}

/// `action_planned` as `Action planned`.
fn spoken(word: &str) -> String {
    let words = word.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::{Names, lists, people_of, words};

    #[test]
    fn a_filter_is_said_in_words_and_names_only_what_the_reader_may_see() {
        let (known, hidden) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let names = Names::from([(known, "Cedar Hill".to_owned())]);
        let filter = json!({"facility": known, "person": hidden, "from": "2026-11-01", "status": "action_planned",
                            "suspicious": "true", "rule": "after_hours", "role": "field_staff"});
        let said = words(&filter, &names);
        let said: Vec<_> = said.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect();
        assert_eq!(
            said,
            [
                ("Facility", "Cedar Hill"),
                ("From", "Nov 1, 2026"),
                ("Person", "…00000002"),
                ("Role", "Workforce member"),
                ("Rule", "Off shift"),
                ("Status", "Action planned"),
                ("Suspicious", "Yes")
            ]
        );
        assert_eq!(people_of(&filter), [hidden]);
        assert_eq!(words(&json!({}), &names), []);
    }

    #[test]
    fn every_export_has_the_name_of_its_list() {
        let lists = lists();
        assert!(lists.len() > 10);
        for (action, name) in lists {
            assert!(!name.starts_with("Export"), "{action}: {name}");
        }
    }
}

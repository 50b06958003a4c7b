//! The editor's controls: which columns and words there are to choose from, and what is chosen.

use crate::ingest::Spec;
use crate::ingest::lookup::Lookup;
use crate::ingest::preview::Preview;
use crate::ingest::targets::{FieldRule, Shape, TableRule, our_label};
use crate::ingest::words::Field;
use crate::web::time::count;

/// One option of a select.
pub struct Option_ {
    pub value: String,
    pub label: String,
    pub on: bool,
}

pub fn option(value: impl Into<String>, label: impl Into<String>, on: bool) -> Option_ {
    Option_ { value: value.into(), label: label.into(), on }
}

/// A field and the selects of its columns.
pub struct FieldView {
    pub key: &'static str,
    pub label: String,
    pub hint: &'static str,
    pub selects: Vec<Select>,
}

pub struct Select {
    pub id: String,
    pub label: String,
    pub options: Vec<Option_>,
}

pub struct TableView {
    pub key: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub selects: Vec<Select>,
    pub was: String,
    pub otherwise: Vec<Option_>,
    pub empty: Vec<Option_>,
    pub words: Vec<WordView>,
    pub too_many: bool,
}

pub struct WordView {
    pub id: String,
    pub theirs: String,
    pub times: String,
    pub ours: Vec<Option_>,
}

/// The ids that may have lost their zeros: key, label, width.
pub fn ids(spec: &Spec) -> Vec<(&'static str, String, String)> {
    let padded = [Field::ActorIdentifier, Field::Patient, Field::EmployeeNumber, Field::SupervisorNumber];
    let rules = spec.target.fields().iter().filter(|rule| rule.shape == Shape::Id && padded.contains(&rule.field));
    rules
        .map(|rule| {
            let width = spec.pad.get(rule.field.as_str()).map_or_else(String::new, ToString::to_string);
            (rule.field.as_str(), rule.field.label().to_owned(), width)
        })
        .collect()
}

/// A select for each chosen column and one more.
fn selects(key: &str, label: &str, chosen: &[String], columns: &[String], next: &str, most: usize) -> Vec<Select> {
    let shown = (chosen.len() + 1).min(most.max(chosen.len()));
    (0..shown)
        .map(|at| {
            let now = chosen.get(at);
            let same = |column: &String| now.is_some_and(|now| now.trim().eq_ignore_ascii_case(column));
            let mut options = vec![option("", if at == 0 { "No column" } else { "None" }, now.is_none())];
            options.extend(columns.iter().map(|column| option(column, column, same(column))));
            if let Some(absent) = now.filter(|_| !columns.iter().any(same)) {
                options.push(option(absent, format!("{absent} (not in this file)"), true));
            }
            Select {
                id: if at == 0 { key.to_owned() } else { format!("{key}-{}", at + 1) },
                label: if at == 0 { label.to_owned() } else { format!("{label}: {next}") },
                options,
            }
        })
        .collect()
}

impl FieldView {
    pub fn of(rule: &FieldRule, spec: &Spec, columns: &[String]) -> Self {
        let (key, label) = (rule.field.as_str(), rule.field.label());
        let (next, most) = match rule.shape {
            Shape::Hashed => ("together with", 5),
            _ => ("else, where that is empty", 3),
        };
        Self {
            key,
            label: if rule.needed { format!("{label} (needed)") } else { label.to_owned() },
            hint: rule.hint,
            selects: selects(key, label, spec.columns_of(rule.field), columns, next, most),
        }
    }
}

impl TableView {
    pub fn of(rule: &TableRule, spec: &Spec, columns: &[String], preview: Option<&Preview>) -> Self {
        let (key, label) = (rule.field.as_str(), rule.field.label());
        let table = spec.words.get(key);
        let chosen = table.map_or(&[][..], |table| table.columns.as_slice());
        let ours = |now: &str| -> Vec<Option_> {
            rule.ours.iter().map(|&word| option(word, our_label(rule.field, word), word == now)).collect()
        };
        let heard = preview.and_then(|preview| preview.words.get(key));
        let lookup = table.map(|table| Lookup::new(table, Vec::new()));
        let words = heard.and_then(Option::as_ref).map(Vec::as_slice).unwrap_or_default().iter().enumerate();
        let words = words
            .map(|(at, (theirs, times))| {
                let means = lookup.as_ref().map_or(rule.silent, |lookup| lookup.meaning(std::slice::from_ref(theirs)));
                WordView {
                    id: format!("{key}-w{at}"),
                    theirs: theirs.clone(),
                    times: count(i64::try_from(*times).unwrap_or(0)),
                    ours: ours(means),
                }
            })
            .collect();
        Self {
            key,
            label,
            hint: rule.hint,
            selects: selects(key, label, chosen, columns, "else, where that is empty", 2),
            was: chosen.join("\n"),
            otherwise: ours(table.map_or(rule.silent, |table| &table.otherwise)),
            empty: ours(table.map_or(rule.silent, |table| &table.empty)),
            words,
            too_many: heard.is_some_and(Option::is_none),
        }
    }
}

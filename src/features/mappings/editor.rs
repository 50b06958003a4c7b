//! The editor of a mapping: the sample as it will be read, and every choice beside it.

use std::collections::BTreeSet;

use askama::Template;
use uuid::Uuid;

use super::queries::Draft;
use super::sample::Looked;
use crate::ingest::Spec;
use crate::ingest::encoding::Encoding;
use crate::ingest::lookup::Lookup;
use crate::ingest::mapping::{Kind, Separator};
use crate::ingest::preview::{Preview, SHOWN};
use crate::ingest::targets::{FieldRule, Shape, TableRule, our_label};
use crate::ingest::times::{DAYS, TIMES};
use crate::ingest::words::{ACTOR_KINDS, Field};
use crate::web::time::count;
use crate::web::{Chrome, Errors};

/// What there is to show.
pub(super) struct Shown {
    pub id: Uuid,
    pub draft: Draft,
    pub spec: Spec,
    pub looked: Option<Looked>,
    /// A notation that was typed.
    pub own: Option<String>,
    pub errors: Errors,
}

/// The draft's page.
#[derive(Template)]
#[template(path = "mappings/editor.html")]
pub(super) struct EditorPage {
    chrome: Chrome,
    id: Uuid,
    errors: Errors,
    title: String,
    version: i32,
    target: &'static str,
    kind: &'static str,
    delimited: bool,
    has_columns: bool,
    sample_gone: bool,
    sample: Option<SampleView>,
    unread: Vec<String>,
    encodings: Vec<Option_>,
    separators: Vec<Option_>,
    notations: Vec<Option_>,
    own_notation: String,
    notation_label: &'static str,
    zone: String,
    zones: &'static [&'static str],
    actor_kinds: Vec<Option_>,
    logs: bool,
    fields: Vec<FieldView>,
    ids: Vec<(&'static str, String, String)>,
    tables: Vec<TableView>,
}

/// One option of a select.
struct Option_ {
    value: String,
    label: String,
    on: bool,
}

fn option(value: impl Into<String>, label: impl Into<String>, on: bool) -> Option_ {
    Option_ { value: value.into(), label: label.into(), on }
}

/// A field and the selects of its columns.
struct FieldView {
    key: &'static str,
    label: String,
    hint: &'static str,
    selects: Vec<Select>,
}

struct Select {
    id: String,
    label: String,
    options: Vec<Option_>,
}

struct TableView {
    key: &'static str,
    label: &'static str,
    hint: &'static str,
    selects: Vec<Select>,
    was: String,
    otherwise: Vec<Option_>,
    empty: Vec<Option_>,
    words: Vec<WordView>,
    too_many: bool,
}

struct WordView {
    id: String,
    theirs: String,
    times: String,
    ours: Vec<Option_>,
}

/// The sample as it is read.
struct SampleView {
    heads: Vec<&'static str>,
    rows: Vec<RowView>,
    sentence: String,
    problems: Vec<(String, &'static str, String)>,
    repeated: Option<String>,
}

struct RowView {
    line: u64,
    problem: Option<&'static str>,
    cells: Vec<CellView>,
    width: usize,
}

struct CellView {
    text: String,
    problem: Option<&'static str>,
    note: Option<&'static str>,
}

/// Zones to offer: those of the United States.
const ZONES: &[&str] = &[
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "Pacific/Guam",
    "UTC",
];

impl EditorPage {
    pub fn new(chrome: Chrome, shown: Shown) -> Self {
        let Shown { id, draft, spec, looked, own, errors } = shown;
        let delimited = spec.kind == Kind::Delimited;
        let sample_gone = draft.has_sample && looked.is_none();
        let header = looked.as_ref().and_then(|looked| looked.header.as_ref());
        let columns: Vec<String> = match header {
            Some(header) => header.labels().iter().filter(|label| !label.is_empty()).cloned().collect(),
            None => spec.named().cloned().collect::<BTreeSet<_>>().into_iter().collect(),
        };
        let used: Vec<_> = spec.named().map(|name| name.to_lowercase()).collect();
        let unread = match header {
            Some(_) => columns.iter().filter(|column| !used.contains(&column.to_lowercase())).cloned().collect(),
            None => Vec::new(),
        };
        let preview = looked.as_ref().and_then(|looked| looked.preview.as_ref().ok());
        let list = if spec.target.of_days() { DAYS } else { TIMES };
        let listed = list.iter().any(|(notation, _)| *notation == spec.time_format);
        let mut notations: Vec<_> =
            list.iter().map(|&(notation, example)| option(notation, example, notation == spec.time_format)).collect();
        notations.push(option("own", "A notation of its own", !listed));
        Self {
            id,
            errors,
            title: format!("Mapping of {}", draft.source_name),
            version: draft.latest.unwrap_or(0) + 1,
            target: spec.target.label(),
            kind: spec.kind.label(),
            delimited,
            has_columns: header.is_some(),
            sample_gone,
            sample: preview.map(SampleView::of),
            unread,
            encodings: Encoding::ALL.iter().map(|e| option(e.as_str(), e.label(), *e == spec.encoding)).collect(),
            separators: Separator::ALL.iter().map(|s| option(s.as_str(), s.label(), *s == spec.separator)).collect(),
            notations,
            own_notation: own.unwrap_or_else(|| if listed { String::new() } else { spec.time_format.clone() }),
            notation_label: if spec.target.of_days() { "Days are written as" } else { "Times are written as" },
            zone: spec.time_zone.clone(),
            zones: ZONES,
            actor_kinds: ACTOR_KINDS
                .iter()
                .map(|&kind| option(kind, our_label(Field::Outcome, kind), kind == spec.actor_kind))
                .collect(),
            logs: !spec.target.of_days(),
            fields: spec.target.fields().iter().map(|rule| FieldView::of(rule, &spec, &columns)).collect(),
            ids: ids(&spec),
            tables: spec.target.tables().iter().map(|rule| TableView::of(rule, &spec, &columns, preview)).collect(),
            chrome,
        }
    }
}

/// The ids that may have lost their zeros: key, label, width.
fn ids(spec: &Spec) -> Vec<(&'static str, String, String)> {
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
    fn of(rule: &FieldRule, spec: &Spec, columns: &[String]) -> Self {
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
    fn of(rule: &TableRule, spec: &Spec, columns: &[String], preview: Option<&Preview>) -> Self {
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

impl SampleView {
    fn of(preview: &Preview) -> Self {
        let number = |n: usize| count(i64::try_from(n).unwrap_or(i64::MAX));
        let refused = preview.read - preview.accepted;
        let read = if preview.more {
            format!("the first {} rows", number(preview.read))
        } else {
            format!("{} rows", number(preview.read))
        };
        let width = preview.fields.len();
        Self {
            heads: preview.fields.iter().map(|field| field.label()).collect(),
            rows: preview
                .rows
                .iter()
                .take(SHOWN)
                .map(|row| RowView {
                    line: row.line,
                    problem: row.problem.map(|reason| reason.label()),
                    cells: row
                        .cells
                        .iter()
                        .map(|cell| CellView {
                            text: cell.text.clone(),
                            problem: cell.problem.map(|reason| reason.label()),
                            note: cell.note,
                        })
                        .collect(),
                    width,
                })
                .collect(),
            sentence: match refused {
                0 => format!("Of {read}, all can be read."),
                _ => format!("Of {read}, {} can be read and {} cannot.", number(preview.accepted), number(refused)),
            },
            problems: preview
                .problems
                .iter()
                .map(|(field, reason, times)| {
                    (field.map_or("Whole row", |field| field.label()).to_owned(), reason.label(), number(*times))
                })
                .collect(),
            repeated: (preview.repeated > 0).then(|| number(preview.repeated)),
        }
    }
}

//! The editor of a mapping: the sample as it will be read, and every choice beside it.

use std::collections::BTreeSet;

use askama::Template;
use uuid::Uuid;

use super::controls::{FieldView, Option_, TableView, ids, option};
use super::queries::Draft;
use super::sample::Looked;
use crate::ingest::Spec;
use crate::ingest::encoding::Encoding;
use crate::ingest::mapping::{Kind, Separator};
use crate::ingest::preview::{Preview, SHOWN};
use crate::ingest::targets::our_label;
use crate::ingest::times::{DAYS, TIMES};
use crate::ingest::words::{ACTOR_KINDS, Field, Reason};
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
#[allow(clippy::struct_excessive_bools, reason = "each shows or hides one part of the page")]
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
    has_sample: bool,
    sample_label: &'static str,
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

/// The sample as it is read.
struct SampleView {
    heads: Vec<&'static str>,
    /// Whether a row as a whole cannot be read.
    row_problems: bool,
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
        let has_sample = looked.is_some();
        let sample_gone = draft.has_sample && !has_sample;
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
            has_sample,
            sample_label: if has_sample { "Another sample" } else { "Sample file" },
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

impl SampleView {
    fn of(preview: &Preview) -> Self {
        let number = |n: usize| count(i64::try_from(n).unwrap_or(i64::MAX));
        let refused = preview.read - preview.accepted;
        let read = if preview.more {
            format!("the first {} rows", number(preview.read))
        } else {
            match preview.read {
                1 => "1 row".to_owned(),
                n => format!("{} rows", number(n)),
            }
        };
        let width = preview.fields.len();
        Self {
            heads: preview.fields.iter().map(|field| field.label()).collect(),
            row_problems: preview.rows.iter().take(SHOWN).any(|row| row.problem.is_some()),
            rows: preview
                .rows
                .iter()
                .take(SHOWN)
                .map(|row| RowView {
                    line: row.line,
                    problem: row.problem.map(Reason::label),
                    cells: row
                        .cells
                        .iter()
                        .map(|cell| CellView {
                            text: cell.text.clone(),
                            problem: cell.problem.map(Reason::label),
                            note: cell.note,
                        })
                        .collect(),
                    width,
                })
                .collect(),
            sentence: match refused {
                0 if preview.read == 1 => "The one row can be read.".to_owned(),
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

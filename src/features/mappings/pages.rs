//! What the list, the form that begins a mapping, and a source's page show.

use askama::Template;
use uuid::Uuid;

use super::begin::Wish;
use super::model::{self, Change};
use super::queries::{Choice, SourceRow, VersionRow};
use crate::audit::Actor;
use crate::clock;
use crate::ingest::targets::Target;
use crate::ingest::{Spec, presets};
use crate::policy::{Action, may};
use crate::web::time::{Instant, instant};
use crate::web::{Chrome, Errors};

/// `GET /imports/mappings`
#[derive(Template)]
#[template(path = "mappings/list.html")]
pub(super) struct ListPage {
    chrome: Chrome,
    sources: Vec<SourceLine>,
    may_make: bool,
    may_export: bool,
}

struct SourceLine {
    href: String,
    name: String,
    target: &'static str,
    kind: String,
    zone: String,
    version: String,
    made: Option<Instant>,
    by: String,
}

pub(super) fn parsed(spec: Option<&serde_json::Value>) -> Option<Spec> {
    spec.and_then(|json| Spec::parse(json.clone()).ok())
}

fn maker(by: Option<&String>) -> String {
    by.cloned().unwrap_or_else(|| "Command line".to_owned())
}

impl ListPage {
    pub fn new(chrome: Chrome, actor: &Actor, rows: &[SourceRow]) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let line = |row: &SourceRow| {
            let spec = parsed(row.spec.as_ref());
            SourceLine {
                href: format!("/imports/mappings/{}", row.id),
                name: row.name.clone(),
                target: spec.as_ref().map_or("None", |spec| spec.target.label()),
                kind: spec.as_ref().map_or_else(String::new, kind_words),
                zone: row.time_zone.replace('_', " "),
                version: row.version.map_or_else(|| "–".to_owned(), |version| version.to_string()),
                made: row.made_at.map(|at| instant(at, zone)),
                by: maker(row.by.as_ref()),
            }
        };
        Self {
            chrome,
            sources: rows.iter().map(line).collect(),
            may_make: may(actor.role(), Action::MappingFormRead),
            may_export: may(actor.role(), Action::MappingListExport),
        }
    }
}

/// `Delimited text, tabs` of a mapping.
pub(super) fn kind_words(spec: &Spec) -> String {
    match spec.kind {
        crate::ingest::mapping::Kind::Delimited => format!("{}, {}", spec.kind.label(), spec.separator.label()),
        kind => kind.label().to_owned(),
    }
}

/// `GET /imports/mappings/new`, and the form that came back.
#[derive(Template)]
#[template(path = "mappings/new.html")]
pub(super) struct NewPage {
    chrome: Chrome,
    sources: Vec<(Uuid, String, bool)>,
    name: String,
    targets: Vec<(&'static str, &'static str, bool)>,
    begins: Vec<(String, String, bool)>,
    /// A refused upload that is the sample unless another is chosen.
    sample: Option<Uuid>,
    form_key: Uuid,
    errors: Errors,
}

impl NewPage {
    pub fn new(chrome: Chrome, sources: &[Choice], wish: &Wish, errors: Errors) -> Self {
        let chosen = sources.iter().find(|source| wish.source == Some(source.id));
        let of_source = chosen.and_then(|source| parsed(source.spec.as_ref())).map(|spec| spec.target);
        let target = if wish.form_key.is_some() { wish.target } else { of_source.unwrap_or(wish.target) };
        let current = chosen.and_then(|source| source.version).map_or_else(
            || "The source's mapping of today".to_owned(),
            |version| format!("The source's mapping of today (version {version})"),
        );
        let mut begins =
            vec![("suggest".to_owned(), "What the sample file suggests".to_owned()), ("current".to_owned(), current)];
        begins.extend(
            presets::all()
                .into_iter()
                .map(|preset| (preset.name.to_owned(), format!("{}: {}", preset.spec.target.label(), preset.label))),
        );
        let begin = if wish.form_key.is_none() && chosen.is_some() { "current" } else { wish.begin.as_str() };
        Self {
            chrome,
            sources: sources.iter().map(|s| (s.id, s.name.clone(), wish.source == Some(s.id))).collect(),
            name: wish.name.clone(),
            targets: Target::ALL.into_iter().map(|t| (t.as_str(), t.label(), t == target)).collect(),
            begins: begins
                .into_iter()
                .map(|(value, label)| {
                    let on = value == begin;
                    (value, label, on)
                })
                .collect(),
            sample: wish.sample,
            form_key: Uuid::now_v7(),
            errors,
        }
    }
}

/// `GET /imports/mappings/{source}`
#[derive(Template)]
#[template(path = "mappings/source.html")]
pub(super) struct SourcePage {
    chrome: Chrome,
    name: String,
    versions: Vec<Version>,
    current: Vec<(String, String)>,
    new_href: Option<String>,
    import_href: Option<&'static str>,
}

struct Version {
    number: i32,
    made: Instant,
    by: String,
    unreadable: bool,
    first: bool,
    changes: Vec<Change>,
}

impl SourcePage {
    pub fn new(chrome: Chrome, actor: &Actor, id: Uuid, name: String, rows: &[VersionRow]) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let specs: Vec<_> = rows.iter().map(|row| parsed(Some(&row.spec))).collect();
        let current = specs.first().and_then(Option::as_ref).map(in_words).unwrap_or_default();
        let is_log = specs.first().and_then(Option::as_ref).is_some_and(|spec| spec.target == Target::AccessLog);
        let versions = rows
            .iter()
            .enumerate()
            .map(|(at, row)| {
                let changed = specs[at].as_ref().zip(specs.get(at + 1).and_then(Option::as_ref));
                Version {
                    number: row.version,
                    made: instant(row.made_at, zone),
                    by: maker(row.by.as_ref()),
                    unreadable: specs[at].is_none(),
                    first: at + 1 == rows.len(),
                    changes: changed.map(|(after, before)| model::changes(before, after)).unwrap_or_default(),
                }
            })
            .collect();
        Self {
            chrome,
            name,
            versions,
            current,
            new_href: may(actor.role(), Action::MappingFormRead).then(|| format!("/imports/mappings/new?source={id}")),
            import_href: (is_log && may(actor.role(), Action::ImportCreate)).then_some("/imports/new"),
        }
    }
}

/// A mapping as facts: what differs from one that says nothing.
fn in_words(spec: &Spec) -> Vec<(String, String)> {
    let mut facts = vec![
        ("Files hold".to_owned(), spec.target.label().to_owned()),
        ("Kind of file".to_owned(), kind_words(spec)),
        ("Encoding".to_owned(), spec.encoding.label().to_owned()),
        ("Time zone".to_owned(), spec.time_zone.replace('_', " ")),
    ];
    for rule in spec.target.fields() {
        let columns = spec.columns_of(rule.field);
        if !columns.is_empty() {
            facts.push((rule.field.label().to_owned(), columns.join(", ")));
        }
    }
    for rule in spec.target.tables() {
        if let Some(table) = spec.words.get(rule.field.as_str()) {
            let rules = table.overrides.len() + table.words.len();
            facts.push((rule.field.label().to_owned(), format!("{} ({rules} rules)", table.columns.join(", "))));
        }
    }
    facts
}

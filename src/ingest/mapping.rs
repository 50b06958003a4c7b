//! How a source's file is read: for what, which column feeds which field, and which of the source's words means what. A
//! mapping is data (`portal.mappings.spec`), versioned, never changed; what it may say is checked here, before a file meets it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::encoding::Encoding;
use super::formats;
pub use super::settings::{Kind, Separator};
use super::targets::Target;
use super::times;
use super::words::{ACTOR_KINDS, Field};

/// What documents of today say of themselves. Those of format 1 are read as well.
const FORMAT: u32 = 2;
/// The widest id that padding makes.
pub const WIDEST_PAD: usize = 40;

/// One version of a mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// What this document is: 2.
    pub format: u32,
    /// Whose export it reads, for people.
    pub name: String,
    /// What its rows become.
    #[serde(default)]
    pub target: Target,
    /// What kind of file it is.
    #[serde(default)]
    pub kind: Kind,
    /// What the file is written in, where it does not say so itself.
    #[serde(default)]
    pub encoding: Encoding,
    /// What stands between two fields.
    #[serde(default)]
    pub separator: Separator,
    /// Whose wall clock the file's times are; unused when the notation has an offset.
    pub time_zone: String,
    /// How times, or a roster's days, are written, in chrono's notation, such as `%Y-%m-%d %H:%M:%S`.
    #[serde(default)]
    pub time_format: String,
    /// Whose accounts the source logs.
    #[serde(default = "workforce")]
    pub actor_kind: String,
    /// Columns that become fields as they are, by field. The first must be there; the others stand in when it is empty.
    #[serde(default)]
    pub columns: BTreeMap<String, Vec<String>>,
    /// The source's words that become ours, by field.
    #[serde(default)]
    pub words: BTreeMap<String, WordTable>,
    /// How wide ids are, by field: zeros that a spreadsheet ate are put back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pad: BTreeMap<String, usize>,
}

/// The source's words and what they mean, whatever their case; `*` stands for any text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordTable {
    /// Where the words stand. The first must be there; the word of the first that is filled is kept. None: always `empty`.
    pub columns: Vec<String>,
    /// Rules that hold wherever their word stands, before all others: the source's word, and ours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<(String, String)>,
    /// Rules for the word of the first column that is filled.
    pub words: Vec<(String, String)>,
    /// Ours for a word that no rule knows.
    pub otherwise: String,
    /// Ours where the source says nothing.
    pub empty: String,
    /// The source's own word is not kept: it may hold a record's number or a value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drop_word: bool,
    /// What another column that is filled makes of it, after all rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filled: Vec<Filled>,
}

/// A column that changes the meaning by being filled, whatever stands in it. It may be missing from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filled {
    /// Where to look.
    pub column: String,
    /// Which of our words it changes.
    pub instead_of: Vec<String>,
    /// Into which.
    pub ours: String,
}

fn workforce() -> String {
    "workforce".to_owned()
}

/// Why a mapping cannot be used. Names the setting, never a value of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the mapping's {setting} {problem}")]
pub struct SpecProblem {
    /// Which setting, such as `columns.patient`.
    pub setting: String,
    /// What is wrong with it.
    pub problem: String,
}

impl SpecProblem {
    fn of(setting: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { setting: setting.into(), problem: problem.into() }
    }
}

impl Spec {
    /// Reads and checks a mapping document.
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn parse(mut json: serde_json::Value) -> Result<Self, SpecProblem> {
        if json.get("format").and_then(serde_json::Value::as_u64) == Some(1) {
            lift(&mut json);
        }
        let spec: Self = serde_json::from_value(json)
            .map_err(|error| SpecProblem::of("document", format!("cannot be read: {error}")))?;
        spec.check()?;
        Ok(spec)
    }

    /// The same as a document.
    ///
    /// # Panics
    /// Never: a mapping is made of strings, numbers and lists.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("a mapping is made of strings and lists")
    }

    /// One that says nothing yet.
    #[must_use]
    pub fn blank(target: Target, name: &str, time_zone: &str) -> Self {
        Self {
            format: FORMAT,
            name: name.to_owned(),
            target,
            kind: Kind::Delimited,
            encoding: Encoding::Utf8,
            separator: Separator::Comma,
            time_zone: time_zone.to_owned(),
            time_format: if target.of_days() { times::DAYS[0].0 } else { times::TIMES[0].0 }.to_owned(),
            actor_kind: workforce(),
            columns: BTreeMap::new(),
            words: BTreeMap::new(),
            pad: BTreeMap::new(),
        }
    }

    /// The columns of a field.
    #[must_use]
    pub fn columns_of(&self, field: Field) -> &[String] {
        self.columns.get(field.as_str()).map_or(&[], Vec::as_slice)
    }

    /// What a message of this source does not say about itself.
    #[must_use]
    pub fn of_messages(&self) -> formats::Settings {
        formats::Settings {
            zone: self.time_zone.parse().unwrap_or(chrono_tz::Tz::UTC),
            actor_kind: self.actor_kind.clone(),
        }
    }

    /// Every column it names, in any role.
    pub fn named(&self) -> impl Iterator<Item = &String> {
        let tables = self.words.values();
        let of_tables =
            tables.flat_map(|table| table.columns.iter().chain(table.filled.iter().map(|rule| &rule.column)));
        self.columns.values().flatten().chain(of_tables)
    }

    /// Whether it can be used.
    ///
    /// # Errors
    /// Names the first setting that cannot.
    pub fn check(&self) -> Result<(), SpecProblem> {
        self.problems().into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything that keeps it from being used.
    #[must_use]
    pub fn problems(&self) -> Vec<SpecProblem> {
        let mut found = Vec::new();
        let mut refuse = |setting: &str, problem: String| found.push(SpecProblem::of(setting, problem));
        if self.format != FORMAT {
            refuse("format", "is neither 1 nor 2".to_owned());
        }
        if self.time_zone.parse::<chrono_tz::Tz>().is_err() {
            refuse("time_zone", "is not a zone such as America/New_York".to_owned());
        }
        if !ACTOR_KINDS.contains(&self.actor_kind.as_str()) {
            refuse("actor_kind", format!("is none of {}", ACTOR_KINDS.join(", ")));
        }
        if self.kind != Kind::Delimited {
            if self.target != Target::AccessLog {
                refuse("kind", "does not bring a roster".to_owned());
            }
            return found;
        }
        if !times::known(&self.time_format) {
            refuse("time_format", "is not one that chrono reads".to_owned());
        }
        for rule in self.target.fields() {
            let key = rule.field.as_str();
            if rule.needed && self.columns_of(rule.field).is_empty() {
                refuse(&format!("columns.{key}"), "names no column".to_owned());
            }
        }
        if self.target == Target::Roster
            && self.columns_of(Field::FullName).is_empty()
            && (self.columns_of(Field::FirstName).is_empty() || self.columns_of(Field::LastName).is_empty())
        {
            refuse("columns.full_name", "names no column, nor do first and last name".to_owned());
        }
        for key in self.columns.keys().chain(self.pad.keys()) {
            if !self.target.fields().iter().any(|rule| rule.field.as_str() == key) {
                refuse(&format!("columns.{key}"), format!("is no field of: {}", self.target.label()));
            }
        }
        if self.pad.values().any(|&width| width > WIDEST_PAD) {
            refuse("pad", format!("is wider than {WIDEST_PAD}"));
        }
        for (key, table) in &self.words {
            let Some(rule) = self.target.tables().iter().find(|rule| rule.field.as_str() == key) else {
                refuse(&format!("words.{key}"), format!("is no field of: {}", self.target.label()));
                continue;
            };
            let rules = table.overrides.iter().chain(&table.words).map(|(_, ours)| ours);
            let filled = table.filled.iter().flat_map(|rule| rule.instead_of.iter().chain([&rule.ours]));
            if let Some(unknown) = rules
                .chain(filled)
                .chain([&table.otherwise, &table.empty])
                .find(|ours| !rule.ours.contains(&ours.as_str()))
            {
                refuse(key, format!("says {unknown}, which is none of {}", rule.ours.join(", ")));
            }
        }
        found
    }
}

/// A document of format 1: an access log, its word tables beside its settings.
fn lift(json: &mut serde_json::Value) {
    let Some(all) = json.as_object_mut() else { return };
    let tables = ["access_type", "resource_type", "access_reason", "outcome"];
    let words: serde_json::Map<_, _> =
        tables.iter().filter_map(|&key| all.remove(key).map(|table| (key.to_owned(), table))).collect();
    all.insert("words".to_owned(), words.into());
    all.insert("format".to_owned(), FORMAT.into());
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;

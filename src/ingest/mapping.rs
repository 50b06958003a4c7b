//! How a source's file is read: which column feeds which field, and which of the source's words means what. A mapping is
//! data (`portal.mappings.spec`), versioned, never changed; what it may say is checked here, before a file meets it.

use chrono::format::{Item, StrftimeItems};
use serde::{Deserialize, Serialize};

use super::words::{ACCESS_REASONS, ACCESS_TYPES, ACTOR_KINDS, OUTCOMES, RESOURCE_TYPES};

/// One version of a mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// What this document is: 1.
    pub format: u32,
    /// Whose export it reads, for people.
    pub name: String,
    /// What stands between two fields.
    pub separator: Separator,
    /// Whose wall clock the file's times are; unused when the format has an offset.
    pub time_zone: String,
    /// In chrono's notation, such as `%Y-%m-%d %H:%M:%S`.
    pub time_format: String,
    /// Whose accounts the source logs.
    #[serde(default = "workforce")]
    pub actor_kind: String,
    /// Columns that become fields as they are. The first must be there; the others stand in when it is empty.
    pub columns: Columns,
    /// The kind of access.
    pub access_type: WordTable,
    /// The kind of record.
    pub resource_type: WordTable,
    /// The stated reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_reason: Option<WordTable>,
    /// How it ended; a source that does not say logs only what succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<WordTable>,
}

/// Column names by field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are the fields of an access row")]
pub struct Columns {
    pub action_at: Vec<String>,
    pub actor_identifier: Vec<String>,
    pub place: Vec<String>,
    pub patient: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source_event_id: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_id: Vec<String>,
    /// With the surname it becomes one more keyed hash. May be missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patient_first_name: Vec<String>,
    /// Becomes a keyed hash at the door. May be missing: a site does well not to send it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patient_surname: Vec<String>,
    /// All of them together become one keyed hash. May be missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patient_address: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source_ip: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub device_label: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_behalf_of: Vec<String>,
}

/// The source's words and what they mean, whatever their case; `*` stands for any text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordTable {
    /// Where the words stand. The first must be there; the word of the first that is filled is kept.
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
}

/// What stands between two fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Separator {
    Tab,
    Comma,
    Pipe,
    Semicolon,
}

impl Separator {
    /// The byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Tab => b'\t',
            Self::Comma => b',',
            Self::Pipe => b'|',
            Self::Semicolon => b';',
        }
    }

    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Tab => "tabs",
            Self::Comma => "commas",
            Self::Pipe => "vertical bars",
            Self::Semicolon => "semicolons",
        }
    }
}

fn workforce() -> String {
    "workforce".to_owned()
}

/// Why a mapping cannot be used. Names the setting, never a value of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the mapping's {setting} {problem}")]
pub struct SpecProblem {
    setting: &'static str,
    problem: String,
}

impl Spec {
    /// Reads and checks a mapping document.
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn parse(json: serde_json::Value) -> Result<Self, SpecProblem> {
        let spec: Self = serde_json::from_value(json)
            .map_err(|error| SpecProblem { setting: "document", problem: format!("cannot be read: {error}") })?;
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

    fn check(&self) -> Result<(), SpecProblem> {
        let refuse = |setting, problem: String| Err(SpecProblem { setting, problem });
        if self.format != 1 {
            return refuse("format", "is not 1".to_owned());
        }
        if self.time_zone.parse::<chrono_tz::Tz>().is_err() {
            return refuse("time_zone", "is not a zone such as America/New_York".to_owned());
        }
        if StrftimeItems::new(&self.time_format).any(|item| matches!(item, Item::Error)) {
            return refuse("time_format", "is not one that chrono reads".to_owned());
        }
        if !ACTOR_KINDS.contains(&self.actor_kind.as_str()) {
            return refuse("actor_kind", format!("is none of {}", ACTOR_KINDS.join(", ")));
        }
        for (setting, columns) in [
            ("columns.action_at", &self.columns.action_at),
            ("columns.actor_identifier", &self.columns.actor_identifier),
            ("columns.place", &self.columns.place),
            ("columns.patient", &self.columns.patient),
        ] {
            if columns.is_empty() {
                return refuse(setting, "names no column".to_owned());
            }
        }
        for (setting, table, closed) in [
            ("access_type", Some(&self.access_type), ACCESS_TYPES.as_slice()),
            ("resource_type", Some(&self.resource_type), RESOURCE_TYPES.as_slice()),
            ("access_reason", self.access_reason.as_ref(), ACCESS_REASONS.as_slice()),
            ("outcome", self.outcome.as_ref(), OUTCOMES.as_slice()),
        ] {
            let Some(table) = table else { continue };
            if table.columns.is_empty() {
                return refuse(setting, "names no column".to_owned());
            }
            let mut ours = table
                .overrides
                .iter()
                .chain(&table.words)
                .map(|(_, ours)| ours)
                .chain([&table.otherwise, &table.empty]);
            if let Some(unknown) = ours.find(|ours| !closed.contains(&ours.as_str())) {
                return refuse(setting, format!("says {unknown}, which is none of {}", closed.join(", ")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Spec;
    use crate::ingest::presets::epic_access_log;

    #[test]
    fn a_mapping_survives_the_database() {
        let spec = epic_access_log();
        assert_eq!(Spec::parse(spec.to_json()), Ok(spec));
    }

    #[test]
    fn a_mapping_that_cannot_work_is_refused_by_the_name_of_its_setting() {
        let refused = |change: fn(&mut Spec)| {
            let mut spec = epic_access_log();
            change(&mut spec);
            Spec::parse(spec.to_json()).expect_err("refused").setting
        };
        assert_eq!(refused(|spec| spec.time_zone = "EST5".to_owned()), "time_zone");
        assert_eq!(refused(|spec| spec.time_format = "%Q".to_owned()), "time_format");
        assert_eq!(refused(|spec| spec.columns.patient.clear()), "columns.patient");
        assert_eq!(refused(|spec| spec.access_type.otherwise = "peek".to_owned()), "access_type");
        assert_eq!(refused(|spec| spec.actor_kind = "boss".to_owned()), "actor_kind");
        assert_eq!(refused(|spec| spec.format = 2), "format");
    }

    #[test]
    fn a_misspelt_setting_is_refused_rather_than_ignored() {
        let mut json = epic_access_log().to_json();
        json["columns"]["acess_time"] = serde_json::json!(["X"]);
        assert!(Spec::parse(json).is_err());
    }
}

//! What a mapping can be for. A target is a table of the fields that columns feed, the closed lists that the source's words
//! become, and a check; the reader, the mapping's pages and its preview know nothing else of it.

use serde::{Deserialize, Serialize};

use super::words::{ACCESS_REASONS, ACCESS_TYPES, Field, OUTCOMES, RESOURCE_TYPES};
use crate::words::{AccessReason, AccessType, resource_label};

/// What the rows of a file become.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Accesses to records.
    #[default]
    AccessLog,
    /// The workforce.
    Roster,
}

/// A field that columns feed.
#[derive(Debug, Clone, Copy)]
pub struct FieldRule {
    /// Which.
    pub field: Field,
    /// No row without it.
    pub needed: bool,
    /// What its text is.
    pub shape: Shape,
    /// What a person should know when choosing its column.
    pub hint: &'static str,
}

/// What a field's text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A moment, in the file's notation.
    Time,
    /// A day, in the file's notation.
    Day,
    /// An id: it may be padded, and a spreadsheet may have ruined it.
    Id,
    /// Text as it is.
    Text,
    /// Never kept: a keyed hash of all its columns together. A site does well not to send it, so it may be missing.
    Hashed,
}

/// A closed list that the source's words become.
#[derive(Debug, Clone, Copy)]
pub struct TableRule {
    /// The field they become.
    pub field: Field,
    /// Our words.
    pub ours: &'static [&'static str],
    /// What it is when the mapping says nothing of it.
    pub silent: &'static str,
    /// What a person should know.
    pub hint: &'static str,
}

const fn rule(field: Field, needed: bool, shape: Shape, hint: &'static str) -> FieldRule {
    FieldRule { field, needed, shape, hint }
}

const ACCESS_LOG: &[FieldRule] = &[
    rule(Field::ActionAt, true, Shape::Time, "When the record was opened."),
    rule(
        Field::ActorIdentifier,
        true,
        Shape::Id,
        "Who did it, as the source signs them in. Without a user no row can be reviewed.",
    ),
    rule(
        Field::Patient,
        false,
        Shape::Id,
        "The patient's id in the source. Kept protected; shown only to whom the engagement allows.",
    ),
    rule(
        Field::Place,
        false,
        Shape::Text,
        "A department's name or a site code of this portal. Rows without one have no facility.",
    ),
    rule(Field::ResourceId, false, Shape::Id, "The record's own id, where the source has one besides the patient's."),
    rule(
        Field::SourceEventId,
        false,
        Shape::Id,
        "The source's id of the event: with it a row is recognised whatever else changes.",
    ),
    rule(Field::DeviceLabel, false, Shape::Text, "The workstation or device."),
    rule(Field::SourceIp, false, Shape::Text, "What is no address is kept as the workstation."),
    rule(Field::OnBehalfOf, false, Shape::Id, "For whom it was done, where the source says so."),
    rule(Field::PatientFirstName, false, Shape::Hashed, "Becomes a keyed hash, with the last name."),
    rule(Field::PatientSurname, false, Shape::Hashed, "Becomes a keyed hash: relatives are found by it."),
    rule(
        Field::PatientAddress,
        false,
        Shape::Hashed,
        "Street lines, city and ZIP together, without state and country: households are found by the hash.",
    ),
];

const ROSTER: &[FieldRule] = &[
    rule(Field::EmployeeNumber, true, Shape::Id, "The key: logins and e-mail addresses are given to others later."),
    rule(Field::FullName, false, Shape::Text, "Where the roster has the name in one column."),
    rule(Field::FirstName, false, Shape::Text, "With the last name."),
    rule(Field::LastName, false, Shape::Text, "With the first name."),
    rule(Field::Email, false, Shape::Text, ""),
    rule(Field::Username, false, Shape::Id, "As the person signs in to this portal."),
    rule(Field::Facility, false, Shape::Text, "A facility's site code or name."),
    rule(Field::Department, false, Shape::Text, ""),
    rule(Field::JobRole, false, Shape::Text, ""),
    rule(Field::SupervisorNumber, false, Shape::Id, ""),
    rule(Field::HiredOn, false, Shape::Day, ""),
    rule(Field::StartsOn, false, Shape::Day, "The first day in this place and job."),
    rule(Field::EndsOn, false, Shape::Day, "The last day of work."),
    rule(
        Field::HomeAddress,
        false,
        Shape::Hashed,
        "Street lines, city and ZIP together, without state and country. Becomes a keyed hash: neighbors and own records are found by it.",
    ),
];

/// Whether somebody works, as a roster's words become it.
pub const STANDINGS: [&str; 3] = ["active", "on_leave", "terminated"];

/// Which of a person's positions a line is about, as a roster's words become it.
pub const POSITIONS: [&str; 2] = ["primary", "secondary"];

const ACCESS_TABLES: &[TableRule] = &[
    TableRule { field: Field::AccessType, ours: &ACCESS_TYPES, silent: "view", hint: "What was done." },
    TableRule { field: Field::ResourceType, ours: &RESOURCE_TYPES, silent: "Other", hint: "To what kind of record." },
    TableRule {
        field: Field::AccessReason,
        ours: &ACCESS_REASONS,
        silent: "UNSTATED",
        hint: "Why, if the source asks. Its own words are dropped.",
    },
    TableRule {
        field: Field::Outcome,
        ours: &OUTCOMES,
        silent: "success",
        hint: "A source that does not say logs only what succeeded.",
    },
];

const ROSTER_TABLES: &[TableRule] = &[
    TableRule {
        field: Field::Standing,
        ours: &STANDINGS,
        silent: "active",
        hint: "Without it, whoever has a last day in the past has left.",
    },
    TableRule {
        field: Field::Position,
        ours: &POSITIONS,
        silent: "primary",
        hint: "Where somebody has a line for each position: the primary one counts, the others are named.",
    },
];

impl Target {
    /// Every one of them.
    pub const ALL: [Self; 2] = [Self::AccessLog, Self::Roster];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessLog => "access_log",
            Self::Roster => "roster",
        }
    }

    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::AccessLog => "Access log",
            Self::Roster => "Workforce roster",
        }
    }

    /// The target of a stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.as_str() == word)
    }

    /// Its fields.
    #[must_use]
    pub const fn fields(self) -> &'static [FieldRule] {
        match self {
            Self::AccessLog => ACCESS_LOG,
            Self::Roster => ROSTER,
        }
    }

    /// Its closed lists.
    #[must_use]
    pub const fn tables(self) -> &'static [TableRule] {
        match self {
            Self::AccessLog => ACCESS_TABLES,
            Self::Roster => ROSTER_TABLES,
        }
    }

    /// Whether its notation is one of days.
    #[must_use]
    pub const fn of_days(self) -> bool {
        matches!(self, Self::Roster)
    }
}

/// Our word as people read it.
#[must_use]
pub fn our_label(field: Field, word: &str) -> String {
    match field {
        Field::AccessType => AccessType::parse(word).map_or("Unknown", AccessType::label).to_owned(),
        Field::ResourceType => resource_label(word).to_owned(),
        Field::AccessReason => AccessReason::parse(word).map_or("Unknown", AccessReason::label).to_owned(),
        _ => {
            let mut text = word.replace('_', " ");
            if let Some(first) = text.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Target, our_label};
    use crate::ingest::words::Field;

    #[test]
    fn every_word_of_every_list_has_a_label_and_every_silence_is_one_of_its_words() {
        for target in Target::ALL {
            assert_eq!(Target::parse(target.as_str()), Some(target));
            for table in target.tables() {
                assert!(table.ours.contains(&table.silent));
                assert!(table.ours.iter().all(|word| *word == "unknown" || our_label(table.field, word) != "Unknown"));
            }
        }
        assert_eq!(our_label(Field::Outcome, "minor_failure"), "Minor failure");
    }
}

//! What a list of access rows is narrowed to: ids, days and closed words, all of them in the URL.

use uuid::Uuid;

use crate::error::AppError;
use crate::web::filters::Days;
use crate::web::list::{self, Reader};
use crate::words::{AccessType, RuleCode};

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Rows of this facility.
    pub facility: Option<Uuid>,
    /// Rows of whoever this person was in the source at that time.
    pub person: Option<Uuid>,
    /// Rows that touched this patient.
    pub patient: Option<Uuid>,
    /// Rows that this import brought.
    pub batch: Option<Uuid>,
    /// Rows of these days, in the organisation's zone.
    pub days: Days,
    /// Rows this rule flagged.
    pub rule: Option<RuleCode>,
    /// Rows of this kind.
    pub access_type: Option<AccessType>,
    /// Rows with a signal, or without.
    pub suspicious: Option<bool>,
    /// After this row.
    pub after: Option<Uuid>,
}

impl list::Filter for Filter {
    const PATH: &'static str = "/access-logs/rows";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self {
            facility: from.facility()?,
            person: from.linked("person", "Person")?,
            patient: from.linked("patient", "Patient")?,
            batch: from.linked("batch", "Import")?,
            days: from.days()?,
            access_type: from.word("access_type", "Access", AccessType::ALL, AccessType::as_str, AccessType::label)?,
            rule: from.word("rule", "Flag", RuleCode::ALL, RuleCode::as_str, RuleCode::label)?,
            suspicious: from.one_of("suspicious", "Signal", &SUSPICIOUS)?.map(|word| word == "true"),
            after: from.after()?,
        })
    }
}

const SUSPICIOUS: [(&str, &str); 2] = [("true", "With a signal"), ("false", "Without a signal")];

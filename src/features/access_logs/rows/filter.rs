//! What a list of access rows is narrowed to: ids, days and closed words, all of them in the URL.

use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use crate::error::AppError;
use crate::web::filters::{self, Days};
use crate::words::{AccessType, RuleCode};

/// The query string as it came.
#[derive(Debug, Default, Deserialize)]
pub struct Posted {
    facility: Option<String>,
    person: Option<String>,
    patient: Option<String>,
    batch: Option<String>,
    from: Option<String>,
    to: Option<String>,
    rule: Option<String>,
    access_type: Option<String>,
    suspicious: Option<String>,
    after: Option<String>,
}

/// The same, typed.
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
}

impl Filter {
    /// Reads the query string.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming the field that cannot be read.
    pub fn parse(posted: &Posted) -> Result<Self, AppError> {
        Ok(Self {
            facility: filters::id("Facility", posted.facility.as_deref())?,
            person: filters::id("Person", posted.person.as_deref())?,
            patient: filters::id("Patient", posted.patient.as_deref())?,
            batch: filters::id("Import", posted.batch.as_deref())?,
            days: Days::parse(posted.from.as_deref(), posted.to.as_deref())?,
            rule: filters::known("Flag", posted.rule.as_deref(), RuleCode::parse)?,
            access_type: filters::known("Access", posted.access_type.as_deref(), AccessType::parse)?,
            suspicious: filters::flag("Suspicious", posted.suspicious.as_deref())?,
        })
    }

    /// Reads the query string and its cursor: the last row that was shown.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming the field that cannot be read.
    pub fn with_cursor(posted: &Posted) -> Result<(Self, Option<Uuid>), AppError> {
        Ok((Self::parse(posted)?, filters::id("Page", posted.after.as_deref())?))
    }

    /// The first and the last-but-one id of the days, for the primary key.
    #[must_use]
    pub fn ids(&self, zone: Tz) -> (Option<Uuid>, Option<Uuid>) {
        (self.days.first_id(zone), self.days.end_id(zone))
    }

    /// What a URL says of it, by parameter; unset ones are empty.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let word = |word: Option<&str>| word.unwrap_or_default().to_owned();
        vec![
            ("facility", id(self.facility)),
            ("person", id(self.person)),
            ("patient", id(self.patient)),
            ("batch", id(self.batch)),
            ("from", self.days.from.map(|day| day.to_string()).unwrap_or_default()),
            ("to", self.days.to.map(|day| day.to_string()).unwrap_or_default()),
            ("rule", word(self.rule.map(RuleCode::as_str))),
            ("access_type", word(self.access_type.map(AccessType::as_str))),
            ("suspicious", self.suspicious.map(|yes| yes.to_string()).unwrap_or_default()),
        ]
    }

    /// What the trail keeps of it beside an export.
    #[must_use]
    pub fn as_json(&self) -> serde_json::Value {
        self.pairs().into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Posted};
    use crate::error::AppError;

    #[test]
    fn a_filter_survives_its_url() {
        let person = "01939c2e-7b2a-7000-8000-0000000000aa";
        let posted = Posted {
            person: Some(person.to_owned()),
            rule: Some("volume_spike".to_owned()),
            suspicious: Some("true".to_owned()),
            ..Posted::default()
        };
        let filter = Filter::parse(&posted).expect("readable");
        let pairs = filter.pairs();
        assert!(pairs.contains(&("person", person.to_owned())) && pairs.contains(&("suspicious", "true".to_owned())));
        assert_eq!(filter.as_json().as_object().map(serde_json::Map::len), Some(3));
    }

    #[test]
    fn an_unknown_rule_is_refused_by_name() {
        let posted = Posted { rule: Some("nosy".to_owned()), ..Posted::default() };
        assert!(matches!(Filter::parse(&posted), Err(AppError::Invalid(text)) if text.contains("Flag")));
    }
}

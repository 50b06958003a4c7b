//! What the trail is narrowed to: ids, days and words of its closed vocabulary.

use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use crate::error::AppError;
use crate::policy::Action;
use crate::web::filters::{self, Days};

/// How an event can end, as stored and as read.
pub const OUTCOMES: [(&str, &str); 5] = [
    ("success", "Done"),
    ("auth_fail", "Not signed in"),
    ("authz_fail", "Refused"),
    ("validate_fail", "Not accepted"),
    ("error", "Failed"),
];

/// The query string as it came.
#[derive(Debug, Default, Deserialize)]
pub struct Posted {
    actor: Option<String>,
    action: Option<String>,
    #[serde(rename = "type")]
    resource_type: Option<String>,
    target: Option<String>,
    outcome: Option<String>,
    from: Option<String>,
    to: Option<String>,
    request: Option<String>,
    after: Option<String>,
}

/// The same, typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Events of this person.
    pub actor: Option<Uuid>,
    /// Events of this action.
    pub action: Option<&'static str>,
    /// Events on this kind of thing.
    pub resource_type: Option<&'static str>,
    /// Events on this very thing.
    pub target: Option<Uuid>,
    /// Events that ended so.
    pub outcome: Option<&'static str>,
    /// Events of these days, in the organisation's zone.
    pub days: Days,
    /// Events of one request.
    pub request: Option<Uuid>,
}

/// Every kind of thing an event can be about, sorted.
#[must_use]
pub fn resource_types() -> Vec<&'static str> {
    let mut types: Vec<_> = Action::ALL.iter().map(|action| action.resource()).collect();
    types.sort_unstable();
    types.dedup();
    types
}

impl Filter {
    /// Reads the query string.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming the field that cannot be read.
    pub fn parse(posted: &Posted) -> Result<Self, AppError> {
        let actions: Vec<_> = Action::ALL.iter().map(|action| action.name()).collect();
        Ok(Self {
            actor: filters::id("Person", posted.actor.as_deref())?,
            action: filters::word("Action", posted.action.as_deref(), &actions)?,
            resource_type: filters::word("Kind of record", posted.resource_type.as_deref(), &resource_types())?,
            target: filters::id("Record", posted.target.as_deref())?,
            outcome: filters::word("Outcome", posted.outcome.as_deref(), &OUTCOMES.map(|(word, _)| word))?,
            days: Days::parse(posted.from.as_deref(), posted.to.as_deref())?,
            request: filters::id("Request", posted.request.as_deref())?,
        })
    }

    /// Reads the query string and its cursor: the last event that was shown.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming the field that cannot be read.
    pub fn with_cursor(posted: &Posted) -> Result<(Self, Option<Uuid>), AppError> {
        Ok((Self::parse(posted)?, filters::id("Page", posted.after.as_deref())?))
    }

    /// The first id of the days, and the first after them.
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
            ("actor", id(self.actor)),
            ("action", word(self.action)),
            ("type", word(self.resource_type)),
            ("target", id(self.target)),
            ("outcome", word(self.outcome)),
            ("from", self.days.from.map(|day| day.to_string()).unwrap_or_default()),
            ("to", self.days.to.map(|day| day.to_string()).unwrap_or_default()),
            ("request", id(self.request)),
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
    fn only_words_of_the_vocabulary_are_accepted() {
        let posted = |action: &str| Posted { action: Some(action.to_owned()), ..Posted::default() };
        assert_eq!(Filter::parse(&posted("finding.create")).expect("known").action, Some("finding.create"));
        assert!(
            matches!(Filter::parse(&posted("finding.burn")), Err(AppError::Invalid(text)) if text.contains("Action"))
        );
    }

    #[test]
    fn an_id_that_is_none_is_refused_by_the_name_of_its_field() {
        let posted = Posted { request: Some("42".to_owned()), ..Posted::default() };
        assert!(matches!(Filter::parse(&posted), Err(AppError::Invalid(text)) if text.contains("Request")));
    }
}

//! What the trail is narrowed to: ids, days and words of its closed vocabulary.

use uuid::Uuid;

use crate::error::AppError;
use crate::policy::Action;
use crate::web::filters::Days;
use crate::web::list::{self, Reader};

/// How an event can end, as stored and as read.
pub const OUTCOMES: [(&str, &str); 5] = [
    ("success", "Done"),
    ("auth_fail", "Not signed in"),
    ("authz_fail", "Refused"),
    ("validate_fail", "Not accepted"),
    ("error", "Failed"),
];

/// What is asked for.
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
    /// After this event.
    pub after: Option<Uuid>,
}

/// Every kind of thing an event can be about, sorted.
#[must_use]
pub fn resource_types() -> Vec<&'static str> {
    let mut types: Vec<_> = Action::ALL.iter().map(|action| action.resource()).collect();
    types.sort_unstable();
    types.dedup();
    types
}

impl list::Filter for Filter {
    const PATH: &'static str = "/audit";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        let actions: Vec<_> = Action::ALL.iter().map(|action| (action.name(), action.label())).collect();
        let types: Vec<_> = resource_types().into_iter().map(|word| (word, noun(word))).collect();
        Ok(Self {
            days: from.days()?,
            action: from.one_of("action", "Action", &actions)?,
            resource_type: from.one_of("type", "Kind of record", &types)?,
            outcome: from.one_of("outcome", "Outcome", &OUTCOMES)?,
            actor: from.id("actor", "Person")?,
            target: from.id("target", "Record")?,
            request: from.id("request", "Request")?,
            after: from.after()?,
        })
    }
}

/// A kind of thing that has no name of its own.
const OTHER: &str = "Record";

/// A kind of thing as people read it.
#[must_use]
pub fn noun(resource_type: &str) -> &'static str {
    match resource_type {
        "review_case" => "Case",
        "review_alternate" => "Alternate",
        "access_log" => "Access rows",
        "patient" => "Patient",
        "person" => "Person",
        "finding" => "Finding",
        "review" => "Review",
        "complaint" => "Complaint",
        "import_batch" => "Import",
        "search" => "Search",
        "audit_event" => "Audit trail",
        "permission" => "Permissions",
        "session" => "Session",
        "partition" => "Partition",
        "organisation" => "Organisation",
        "case_selection" => "Selected cases",
        "queue_view" => "View of the queue",
        "question" => "Question",
        "export" => "Exports",
        "login" => "EHR login",
        "facility" => "Facility",
        "roster" => "Roster",
        "rule" => "Rule",
        "rule_proposal" => "Change of a rule",
        "rule_rerun" => "Run of the rules",
        "mapping" => "Mapping",
        "source" => "Source",
        "account" => "Account",
        "sign_up" => "Request for an account",
        "credential" => "Password or second factor",
        _ => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::{OTHER, noun, resource_types};

    #[test]
    fn every_kind_of_thing_is_called_by_a_name_of_its_own() {
        let mut nouns: Vec<_> = resource_types().into_iter().map(noun).collect();
        assert!(
            !nouns.contains(&OTHER),
            "{:?}",
            resource_types().into_iter().filter(|word| noun(word) == OTHER).collect::<Vec<_>>()
        );
        nouns.sort_unstable();
        let all = nouns.len();
        nouns.dedup();
        assert_eq!(nouns.len(), all, "two kinds under one name: {nouns:?}");
    }
}

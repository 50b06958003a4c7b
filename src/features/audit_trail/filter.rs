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
        "import_batch" => "Import",
        "search" => "Search",
        "audit_event" => "Audit trail",
        "permission" => "Permissions",
        "session" => "Session",
        "partition" => "Partition",
        "organisation" => "Organisation",
        _ => "Record",
    }
}

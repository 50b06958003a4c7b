//! How every row is shown: as a table, on a phone as cards.

use askama::Template;
use uuid::Uuid;

use super::queries::AccessRow;
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::Chrome;
use crate::web::list::List;
use crate::web::time::{self, Instant};
use crate::words::{AccessReason, AccessType, ReviewState, RuleCode, resource_label, short_name};

/// What the query gave.
pub struct Listed {
    /// The name of the filter's person.
    pub person: Option<String>,
    /// The page's rows.
    pub rows: Vec<AccessRow>,
    /// Whether more follow.
    pub more: bool,
}

/// The page.
#[derive(Template)]
#[template(path = "access_logs/rows.html", blocks = ["list"])]
pub struct RowsPage {
    chrome: Chrome,
    /// Whether htmx takes the list alone.
    pub fragment: bool,
    rows: Vec<Line>,
    list: List,
    next: Option<String>,
    zone: String,
    may_export: bool,
}

struct Line {
    at: Instant,
    id: Uuid,
    holder: Option<(String, Option<String>)>,
    login: String,
    access: &'static str,
    resource_type: &'static str,
    resource: Option<String>,
    patient: Option<(String, String)>,
    site: String,
    source: String,
    reason: &'static str,
    flags: Vec<(u8, &'static str, &'static str)>,
    case: Option<(String, String)>,
    state: &'static str,
    /// Where to flag it for review, for who may and did not do it themselves.
    flag: Option<String>,
    withdrawn: bool,
    time_repeated: bool,
}

impl RowsPage {
    /// Builds the page from what the query gave.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, list: List, listed: Listed, fragment: bool) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        // a patient's own id only where a row in scope shows it
        let patient = listed.rows.first().and_then(|row| row.patient.clone());
        let list = list.say("person", listed.person).say("patient", patient);
        let may_flag = may(actor.role(), Action::AccessFlagCreate);
        Self {
            chrome,
            fragment,
            next: list.next(listed.more, listed.rows.last().map(|row| row.id)),
            rows: listed
                .rows
                .into_iter()
                .map(|row| {
                    let flag = may_flag && row.person_id != Some(actor.id());
                    let flag = flag.then(|| format!("/access-logs/rows/{}/flag", row.id));
                    Line { flag, ..Line::of(row, zone) }
                })
                .collect(),
            list,
            zone: time::zone_words(zone),
            may_export: may(actor.role(), Action::AccessLogListExport),
        }
    }
}

/// The flags of a row as strength, icon and words, signals first.
fn flags(all: Option<&str>, signals: Option<&str>) -> Vec<(u8, &'static str, &'static str)> {
    let rules =
        |joined: Option<&str>| joined.unwrap_or_default().split(';').filter_map(RuleCode::parse).collect::<Vec<_>>();
    let signals = rules(signals);
    let mut flags: Vec<_> = rules(all)
        .into_iter()
        .map(|rule| (if signals.contains(&rule) { 3 } else { 1 }, rule.icon(), rule.label()))
        .collect();
    flags.sort_by_key(|(strength, ..)| std::cmp::Reverse(*strength));
    flags
}

impl Line {
    fn of(row: AccessRow, zone: chrono_tz::Tz) -> Self {
        let flags = flags(row.flags.as_deref(), row.signals.as_deref());
        Self {
            id: row.id,
            at: time::instant(row.action_at, zone),
            holder: row.holder.map(|name| {
                (
                    if row.person_id.is_some() { short_name(&name) } else { name },
                    row.person_id.map(|id| format!("/people/{id}")),
                )
            }),
            login: row.login,
            access: AccessType::parse(&row.access_type).map_or("Other", AccessType::label),
            resource_type: resource_label(&row.resource_type),
            resource: row.resource,
            patient: row.patient_id.zip(row.patient).map(|(id, shown)| (format!("/patients/{id}"), shown)),
            site: row.site_code.unwrap_or_else(|| "No facility".to_owned()),
            source: row.source,
            reason: AccessReason::parse(&row.access_reason).map_or("No reason given", AccessReason::label),
            flags,
            case: row
                .case_id
                .zip(row.case_number)
                .map(|(id, number)| (format!("/access-logs/cases/{id}"), format!("AL-{number}"))),
            state: row.review_state.as_deref().and_then(ReviewState::parse).map_or("", ReviewState::label),
            flag: None,
            withdrawn: row.withdrawn,
            time_repeated: row.time_repeated,
        }
    }
}

//! `/audit.csv`: the page's events, all of them, newest first.

use chrono_tz::Tz;

use super::filter::Filter;
use super::queries::{ALL_OF_IT, Event, NEWEST_FIRST, select};
use crate::audit::{Export, ExportRow};
use crate::web::csv::{cell, instant};
use crate::web::list::List;

const HEADER: &[&str] = &[
    "event_id",
    "event_time",
    "actor_id",
    "actor_type",
    "action",
    "resource_type",
    "resource_id",
    "outcome",
    "outcome_code",
    "request_id",
    "ip_address",
    "user_agent",
];

/// The file a filter gives.
#[must_use]
pub fn export(filter: &Filter, list: &List, zone: Tz) -> Export {
    let mut sql = select(filter, zone);
    sql.push(NEWEST_FIRST).push(ALL_OF_IT);
    Export::composed::<Event>("audit_event", HEADER, list.as_json(), sql, line)
}

fn line(event: Event) -> ExportRow {
    let cells = vec![
        event.event_id.to_string(),
        instant(event.event_time),
        cell(event.actor_id),
        event.actor_type,
        event.action,
        event.resource_type,
        event.resource_id.to_string(),
        event.outcome,
        cell(event.outcome_code),
        event.request_id.to_string(),
        cell(event.ip_address.map(|address| address.ip())),
        cell(event.user_agent),
    ];
    ExportRow { id: Some(event.event_id), cells }
}

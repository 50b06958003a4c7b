//! `/access-logs/rows.csv`: the page's rows, all of them, oldest first.

use chrono_tz::Tz;
use futures_util::{StreamExt as _, stream};

use super::filter::Filter;
use super::queries::{AccessRow, OLDEST_FIRST, select};
use crate::audit::{Export, ExportRow, compose};
use crate::web::csv::{cell, instant};
use crate::web::list::List;

/// The columns, in their order. They do not change without notice.
const HEADER: &[&str] = &[
    "id",
    "action_at",
    "actor_kind",
    "user_id",
    "actor_identifier",
    "facility",
    "source_system",
    "source_event_id",
    "patient_id",
    "resource_type",
    "resource_id",
    "access_type",
    "access_reason",
    "outcome",
    "source_ip",
    "device_label",
    "on_behalf_of",
    "suspicious",
    "flags",
    "case",
    "review_state",
    "disposition",
    "reason_code",
    "reviewed_by",
    "reviewed_at",
    "withdrawn",
    "time_repeated",
];

/// The file a filter gives.
#[must_use]
pub fn export(filter: &Filter, list: &List, zone: Tz) -> Export {
    let mut sql = select(filter, zone);
    sql.push(OLDEST_FIRST);
    Export {
        resource_type: "access_log",
        header: HEADER,
        filter: list.as_json(),
        query: Box::new(move |source| match compose::<AccessRow>(sql) {
            Ok(query) => source.rows(query, line),
            Err(error) => stream::once(async { Err(error) }).boxed_local(),
        }),
    }
}

fn line(row: AccessRow) -> ExportRow {
    // of accesses by oneself, a supervisor or the household the cell says nothing, not "no"
    let cells = vec![
        row.id.to_string(),
        instant(row.action_at),
        row.actor_kind,
        cell(row.person_id),
        row.login,
        cell(row.site_code),
        row.source,
        cell(row.source_event_id),
        cell(row.patient),
        row.resource_type,
        cell(row.resource),
        row.access_type,
        row.access_reason,
        row.outcome,
        cell(row.source_ip.map(|address| address.ip())),
        cell(row.device_label),
        cell(row.on_behalf_of),
        if row.kept { String::new() } else { row.signals.is_some().to_string() },
        cell(row.flags),
        cell(row.case_number.map(|number| format!("AL-{number}"))),
        cell(row.review_state),
        cell(row.disposition),
        cell(row.reason_code),
        cell(row.decided_by),
        cell(row.decided_at.map(instant)),
        row.withdrawn.to_string(),
        row.time_repeated.to_string(),
    ];
    ExportRow { id: Some(row.id), cells }
}

//! `/exports.csv`: the page's exports, all of them, newest first. The filter stands there as the trail keeps it.

use chrono_tz::Tz;

use super::filter::Filter;
use super::queries::{Exported, NEWEST_FIRST, select};
use crate::audit::{Export, ExportRow};
use crate::web::csv::{cell, instant};
use crate::web::list::List;

const HEADER: &[&str] = &[
    "event_id",
    "started_at",
    "ended_at",
    "person_id",
    "person",
    "action",
    "filter",
    "rows",
    "sha256",
    "state",
    "request_id",
];

/// The file a filter gives.
#[must_use]
pub fn export(filter: &Filter, list: &List, zone: Tz) -> Export {
    let mut sql = select(filter, zone);
    sql.push(NEWEST_FIRST);
    Export::composed::<Exported>("export", HEADER, list.as_json(), sql, line)
}

fn line(export: Exported) -> ExportRow {
    let cells = vec![
        export.event_id.to_string(),
        instant(export.started_at),
        cell(export.ended_at.map(instant)),
        export.actor_id.to_string(),
        cell(export.actor_name),
        export.action,
        export.filter.to_string(),
        cell(export.row_count),
        cell(export.sha256.map(hex::encode)),
        export.state,
        cell(export.request_id),
    ];
    ExportRow { id: Some(export.event_id), cells }
}

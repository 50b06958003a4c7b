//! `/access-logs.csv`: the queue's cases, all of them, in its order.

use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, stream};
use uuid::Uuid;

use super::filter::Filter;
use super::queries::{CaseRow, whole};
use crate::audit::{Export, ExportRow, compose};
use crate::web::csv::{cell, instant};
use crate::web::list::List;
use crate::words::pseudonym;

/// The columns, in their order. They do not change without notice.
const HEADER: &[&str] = &[
    "id",
    "case",
    "review_state",
    "risk",
    "facility",
    "local_day",
    "first_action_at",
    "last_action_at",
    "access_rows",
    "access_type",
    "resource_type",
    "user_id",
    "actor_identifier",
    "patient_id",
    "flags",
    "assigned_to",
    "disposition",
    "reason_code",
    "reviewed_by",
    "reviewed_at",
];

/// The file a filter gives.
#[must_use]
pub fn export(filter: &Filter, list: &List, me: Uuid, today_began: DateTime<Utc>) -> Export {
    let sql = whole(filter, me, today_began);
    Export {
        resource_type: "review_case",
        header: HEADER,
        filter: list.as_json(),
        query: Box::new(move |source| match compose::<CaseRow>(sql) {
            Ok(query) => source.rows(query, line),
            Err(error) => stream::once(async { Err(error) }).boxed_local(),
        }),
    }
}

fn line(row: CaseRow) -> ExportRow {
    let flags = standing_flags(&row.flags);
    let cells = vec![
        row.id.to_string(),
        format!("AL-{}", row.number),
        row.state,
        row.risk,
        cell(row.site_code),
        row.local_day.to_string(),
        instant(row.first_action_at),
        instant(row.last_action_at),
        row.row_count.to_string(),
        row.access_type,
        row.resource_type,
        cell(row.person_id),
        row.login,
        // as on the page: the source's id where the reader may see it, else what stands for it
        cell(row.source_patient_id.or_else(|| row.patient_id.map(pseudonym))),
        flags,
        cell(row.assigned_to),
        cell(row.disposition),
        cell(row.reason_code),
        cell(row.decided_by),
        cell(row.decided_at.map(instant)),
    ];
    ExportRow { id: Some(row.id), cells }
}

/// The rules that fired and still hold, sorted: `after_hours;terminated_user`.
fn standing_flags(flags: &serde_json::Value) -> String {
    let flags = flags.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut codes: Vec<_> = flags
        .iter()
        .filter(|flag| flag["lifted_at"].is_null())
        .filter_map(|flag| flag["facts"]["rule"].as_str())
        .collect();
    codes.sort_unstable();
    codes.join(";")
}

#[cfg(test)]
mod tests {
    use super::standing_flags;
    use serde_json::json;

    #[test]
    fn the_file_names_the_rules_that_still_hold_in_one_order() {
        let flag = |rule: &str, lifted: Option<&str>| json!({ "facts": { "rule": rule }, "lifted_at": lifted });
        let flags =
            json!([flag("terminated_user", None), flag("household", Some("2026-11-01")), flag("after_hours", None)]);
        assert_eq!(standing_flags(&flags), "after_hours;terminated_user");
        assert_eq!(standing_flags(&json!([])), "");
    }
}

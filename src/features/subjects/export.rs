//! `/patients/{id}.csv` and `/people/{id}.csv`: the rows of the page's days, all of them, oldest first.

use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};

use super::queries::rows::AccessRow;
use crate::audit::{Export, ExportRow, compose};
use crate::web::csv::{cell, instant};
use crate::words::pseudonym;

/// The columns, in their order. They do not change without notice.
const HEADER: &[&str] = &[
    "id",
    "action_at",
    "actor_kind",
    "user_id",
    "user",
    "job",
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
    "case",
    "review_state",
    "disposition",
];

/// The file of a statement.
#[must_use]
pub fn export(sql: QueryBuilder<Postgres>, filter: Value) -> Export {
    Export {
        resource_type: "access_log",
        header: HEADER,
        filter,
        query: Box::new(move |source| match compose::<AccessRow>(sql) {
            Ok(query) => source.rows(query, line),
            Err(error) => stream::once(async { Err(error) }).boxed_local(),
        }),
    }
}

fn line(row: AccessRow) -> ExportRow {
    let patient = row.source_patient_id.or_else(|| row.patient_id.map(pseudonym));
    let cells = vec![
        row.id.to_string(),
        instant(row.action_at),
        row.actor_kind,
        cell(row.person_id),
        cell(row.full_name.or(row.vendor_name)),
        cell(row.job_role),
        row.login,
        cell(row.site_code),
        cell(row.source),
        cell(row.source_event_id),
        cell(patient.clone()),
        row.resource_type,
        cell(row.resource_id.or(patient)),
        row.access_type,
        row.access_reason,
        row.outcome,
        cell(row.source_ip.map(|address| address.ip())),
        cell(row.device_label),
        cell(row.case_number.map(|number| format!("AL-{number}"))),
        cell(row.review_state),
        cell(row.disposition),
    ];
    ExportRow { id: Some(row.id), cells }
}

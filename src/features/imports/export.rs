//! `/imports.csv`: the page's imports, all of them, newest first.

use uuid::Uuid;

use super::filter::Filter;
use super::queries::pages::{self, BatchRow, Part};
use crate::audit::{Export, ExportRow};
use crate::web::csv::{cell, instant};
use crate::web::list::List;

/// The columns, in their order. They do not change without notice.
const HEADER: &[&str] = &[
    "id",
    "started_at",
    "finished_at",
    "source",
    "mapping",
    "mapping_version",
    "state",
    "failure",
    "started_by",
    "bytes",
    "file_sha256",
    "rows_read",
    "rows_stored",
    "rows_known",
    "rows_unmatched",
    "rows_rejected",
    "first_action_at",
    "last_action_at",
    "flags_raised",
    "cases_opened",
    "withdrawn_at",
    "withdrawn_by",
    "withdrawal_reason",
];

/// The file a filter gives.
#[must_use]
pub(super) fn export(filter: &Filter, list: &List, me: Uuid) -> Export {
    Export::of("import_batch", HEADER, list.as_json(), pages::batches(&Part::All(filter), me), line)
}

fn line(batch: BatchRow) -> ExportRow {
    let cells = vec![
        batch.id.to_string(),
        instant(batch.created_at),
        cell(batch.finished_at.map(instant)),
        batch.source,
        cell(batch.mapping),
        batch.mapping_version.to_string(),
        batch.state,
        cell(batch.failure_code),
        cell(batch.by),
        cell(batch.byte_count),
        cell(batch.file_sha256.map(hex::encode)),
        batch.rows_read.to_string(),
        batch.rows_stored.to_string(),
        batch.rows_known.to_string(),
        batch.rows_unmatched.to_string(),
        batch.rows_rejected.to_string(),
        cell(batch.first_at.map(instant)),
        cell(batch.last_at.map(instant)),
        batch.flags_raised.to_string(),
        batch.cases_opened.to_string(),
        cell(batch.withdrawn_at.map(instant)),
        cell(batch.withdrawn_by),
        cell(batch.withdrawal_reason),
    ];
    ExportRow { id: Some(batch.id), cells }
}

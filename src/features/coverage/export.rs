//! `/imports/coverage.csv`: the page's days.

use uuid::Uuid;

use super::model::{LOOKBACK, Month};
use super::queries::{DayRow, coverage_days};
use crate::audit::{Export, ExportRow};
use crate::web::csv::{cell, instant};

/// The columns, in their order. They do not change without notice.
const HEADER: &[&str] = &[
    "source_id",
    "source",
    "day",
    "time_zone",
    "received",
    "expected",
    "status",
    "explanation",
    "note",
    "rows_when_explained",
    "explained_by",
    "explained_at",
];

/// The file of a month.
pub fn export(month: Month, source: Option<Uuid>) -> Export {
    let mut filter = serde_json::json!({ "month": month.word() });
    if let Some(source) = source {
        filter["source"] = source.to_string().into();
    }
    Export {
        resource_type: "source",
        header: HEADER,
        filter,
        query: Box::new(move |rows| rows.rows(coverage_days!(month.first, month.last, source), line)),
    }
}

fn line(row: DayRow) -> ExportRow {
    let (expected, status) = (row.expected(), row.status());
    let cells = vec![
        row.source_id.to_string(),
        row.source,
        row.local_day.to_string(),
        row.time_zone,
        row.received.to_string(),
        cell(expected),
        status.as_str().to_owned(),
        cell(row.reason),
        cell(row.note),
        cell(row.rows_then),
        cell(row.explained_by),
        cell(row.explained_at.map(instant)),
    ];
    ExportRow { id: Some(row.source_id), cells }
}

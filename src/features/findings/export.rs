//! `/findings.csv`: the list's findings, all of them, in its order.

use crate::audit::{Export, ExportRow};
use crate::web::csv::{cell, instant};
use crate::web::list::List;
use crate::words::Risk;

use super::filter::{Filter, Narrowed};
use super::model::status::Status;

const HEADER: &[&str] = &[
    "id",
    "number",
    "title",
    "severity",
    "status",
    "facility",
    "created_at",
    "created_by",
    "assigned_to",
    "due_date",
    "discovered_on",
    "cases",
    "access_rows",
];

/// The file a filter gives.
#[must_use]
pub fn export(filter: &Filter, list: &List, view: Narrowed) -> Export {
    // only cases in the reader's scope are named; the rows are counted whole
    let query = sqlx::query!(
        r#"SELECT f.id, f.number, f.title, f.severity, f.status, fa.site_code AS "site_code?", f.created_at, f.created_by, f.assigned_to,
                  f.due_date, f.discovered_on,
                  (SELECT string_agg('AL-' || c.number, ';' ORDER BY c.number)
                     FROM portal.finding_cases fc JOIN portal.review_cases c ON c.id = fc.case_id
                    WHERE fc.finding_id = f.id AND fc.unlinked_at IS NULL) AS cases,
                  (SELECT count(DISTINCT e.access_id) FROM portal.finding_evidence e
                     JOIN portal.finding_cases fc ON fc.finding_id = e.finding_id AND fc.case_id = e.case_id AND fc.unlinked_at IS NULL
                    WHERE e.finding_id = f.id) AS "access_rows!"
             FROM portal.findings f
             LEFT JOIN portal.facilities fa ON fa.id = f.facility_id
            WHERE (f.status LIKE 'closed%') = $1
              AND ($2::uuid IS NULL OR f.assigned_to = $2) AND ($3::date IS NULL OR f.due_date < $3)
              AND ($4::uuid IS NULL OR f.facility_id = $4) AND ($5::text IS NULL OR f.severity = $5)
              AND ($6::text IS NULL OR f.status = $6) AND ($7::uuid IS NULL OR f.assigned_to = $7)
            ORDER BY f.due_date, f.id"#,
        view.closed,
        view.reader,
        view.due_before,
        filter.facility,
        filter.severity.map(Risk::as_str),
        filter.status.map(Status::as_str),
        filter.owner,
    );
    Export {
        resource_type: "finding",
        header: HEADER,
        filter: list.as_json(),
        query: Box::new(move |source| {
            source.rows(query, |row| ExportRow {
                id: Some(row.id),
                cells: vec![
                    row.id.to_string(),
                    row.number,
                    row.title,
                    row.severity,
                    row.status,
                    cell(row.site_code),
                    instant(row.created_at),
                    row.created_by.to_string(),
                    row.assigned_to.to_string(),
                    row.due_date.to_string(),
                    cell(row.discovered_on),
                    cell(row.cases),
                    row.access_rows.to_string(),
                ],
            })
        }),
    }
}

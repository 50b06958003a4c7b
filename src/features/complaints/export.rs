//! `/complaints.csv`: the list's complaints, all of them, in its order. What was said of them stays on their pages.

use super::filter::{Filter, Narrowed};
use super::model::{ComplaintDisposition, ComplaintKind};
use crate::audit::{Export, ExportRow};
use crate::web::csv::{cell, instant};
use crate::web::list::List;

const HEADER: &[&str] = &[
    "id",
    "number",
    "received_on",
    "channel",
    "complainant",
    "kind",
    "facility",
    "patient_id",
    "person_id",
    "owner",
    "due_on",
    "state",
    "disposition",
    "disposed_at",
    "disposed_by",
    "reviews",
    "recorded_at",
    "recorded_by",
];

/// The file a filter gives.
#[must_use]
pub fn export(filter: &Filter, list: &List, view: Narrowed) -> Export {
    let query = sqlx::query!(
        r#"SELECT c.id, c.number, c.received_on, c.channel, c.complainant, c.kind, f.site_code AS "site_code?", c.patient_id, c.person_id,
                  c.owner_id, c.due_on, c.state, c.disposition, c.disposed_at, c.disposed_by,
                  (SELECT count(*) FROM portal.reviews r WHERE r.complaint_id = c.id) AS "reviews!", c.created_at, c.recorded_by
             FROM portal.complaints c
             LEFT JOIN portal.facilities f ON f.id = c.facility_id
            WHERE c.state = $1 AND ($2::uuid IS NULL OR c.owner_id = $2) AND ($3::date IS NULL OR c.due_on < $3)
              AND ($4::uuid IS NULL OR $4 = ANY (c.facility_ids)) AND ($5::text IS NULL OR c.kind = $5)
              AND ($6::text IS NULL OR c.disposition = $6)
            ORDER BY c.id DESC"#,
        view.state,
        view.owner,
        view.due_before,
        filter.facility,
        filter.kind.map(ComplaintKind::as_str),
        filter.disposition.map(ComplaintDisposition::as_str),
    );
    Export {
        resource_type: "complaint",
        header: HEADER,
        filter: list.as_json(),
        query: Box::new(move |source| {
            source.rows(query, |row| ExportRow {
                id: Some(row.id),
                cells: vec![
                    row.id.to_string(),
                    row.number,
                    row.received_on.to_string(),
                    row.channel,
                    row.complainant,
                    row.kind,
                    cell(row.site_code),
                    cell(row.patient_id),
                    cell(row.person_id),
                    row.owner_id.to_string(),
                    row.due_on.to_string(),
                    row.state,
                    cell(row.disposition),
                    row.disposed_at.map(instant).unwrap_or_default(),
                    cell(row.disposed_by),
                    row.reviews.to_string(),
                    instant(row.created_at),
                    row.recorded_by.to_string(),
                ],
            })
        }),
    }
}

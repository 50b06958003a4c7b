//! `/reviews.csv` and `/watch-list.csv`: the lists' rows, all of them, in their order. What a review's memo says stays on its page.

use uuid::Uuid;

use super::filter::Filter;
use super::model::ReviewKind;
use super::queries::watch::watched;
use crate::audit::{Export, ExportRow};
use crate::web::csv::{cell, instant};
use crate::web::list::List;

const REVIEWS: &[&str] = &[
    "id",
    "number",
    "kind",
    "reason",
    "state",
    "patient_id",
    "person_id",
    "complaint_id",
    "from",
    "to",
    "started_at",
    "started_by",
    "cases",
    "open_cases",
    "outcome",
    "ended_at",
    "ended_by",
];

/// The file that a filter of reviews gives.
#[must_use]
pub fn reviews(filter: &Filter, list: &List, reader: Uuid) -> Export {
    let query = sqlx::query!(
        r#"SELECT r.id, r.number, r.kind, r.reason, r.state, r.patient_id, r.person_id, r.complaint_id, r.from_on, r.to_on, r.created_at,
                  r.started_by, n.cases AS "cases!", n.open AS "open!", r.outcome, r.ended_at, r.ended_by
             FROM portal.reviews r
             CROSS JOIN LATERAL (
               SELECT count(*) AS cases, count(*) FILTER (WHERE c.state <> 'closed' AND z.case_id IS NULL) AS open
                 FROM portal.review_links l JOIN portal.review_cases c ON c.id = l.case_id
                 LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
                WHERE l.review_id = r.id) n
            WHERE r.state = $1 AND ($2::uuid IS NULL OR r.started_by = $2) AND ($3::text IS NULL OR r.kind = $3)
              AND ($4::uuid IS NULL OR r.patient_id = $4) AND ($5::uuid IS NULL OR r.person_id = $5)
            ORDER BY r.id DESC"#,
        filter.view.state().as_str(),
        filter.starter(reader),
        filter.kind.map(ReviewKind::as_str),
        filter.patient,
        filter.person,
    );
    Export {
        resource_type: "review",
        header: REVIEWS,
        filter: list.as_json(),
        query: Box::new(move |source| {
            source.rows(query, |row| ExportRow {
                id: Some(row.id),
                cells: vec![
                    row.id.to_string(),
                    row.number,
                    row.kind,
                    row.reason,
                    row.state,
                    cell(row.patient_id),
                    cell(row.person_id),
                    cell(row.complaint_id),
                    row.from_on.to_string(),
                    row.to_on.to_string(),
                    instant(row.created_at),
                    row.started_by.to_string(),
                    row.cases.to_string(),
                    row.open.to_string(),
                    cell(row.outcome),
                    row.ended_at.map(instant).unwrap_or_default(),
                    cell(row.ended_by),
                ],
            })
        }),
    }
}

const WATCHED: &[&str] =
    &["id", "patient", "reason", "watched_since", "watched_by", "accesses_90_days", "last_access_at", "open_cases"];

/// The file of the watch list.
#[must_use]
pub fn watch_list(list: &List, since: Uuid) -> Export {
    let query = watched!(None::<Uuid>, None::<i64>, since);
    Export {
        resource_type: "patient",
        header: WATCHED,
        filter: list.as_json(),
        query: Box::new(move |source| {
            source.rows(query, |row| ExportRow {
                id: Some(row.id),
                cells: vec![
                    row.id.to_string(),
                    cell(row.source_patient_id),
                    cell(row.reason),
                    row.watched_at.map(instant).unwrap_or_default(),
                    cell(row.marker),
                    row.rows.to_string(),
                    row.last_at.map(instant).unwrap_or_default(),
                    row.open_cases.to_string(),
                ],
            })
        }),
    }
}

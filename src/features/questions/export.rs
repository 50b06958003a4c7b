//! `/questions.csv`: one's own questions, all of a view, in the order of the list.

use crate::audit::{Export, ExportRow};
use crate::web::csv::{cell, instant};
use crate::web::list::List;

use super::filter::{Filter, View};

const HEADER: &[&str] = &[
    "id",
    "asked_at",
    "asked_as",
    "about_accesses_by",
    "confidential",
    "question",
    "line",
    "resource_type",
    "access_at",
    "facility",
    "due_on",
    "state",
    "answer",
    "answer_line",
    "answered_at",
    "late",
];

/// The file a filter gives.
#[must_use]
pub fn export(filter: &Filter, list: &List) -> Export {
    let query = sqlx::query!(
        r#"SELECT q.id AS "id!", q.asked_at AS "asked_at!", q.addressee AS "addressee!", q.subject_name, q.confidential AS "confidential!",
                  q.question AS "question!", q.line, q.resource_type AS "resource_type!", q.access_at AS "access_at!", q.facility_name,
                  q.due_on AS "due_on!", q.state AS "state!", q.answer, q.answer_line, q.answered_at, q.late
             FROM portal.my_questions() q WHERE (q.state = 'open') = $1
            ORDER BY CASE WHEN $1 THEN q.due_on END, CASE WHEN $1 THEN q.id END, q.due_on DESC, q.id DESC"#,
        filter.view == View::Open
    );
    Export {
        resource_type: "question",
        header: HEADER,
        filter: list.as_json(),
        query: Box::new(move |source| {
            source.rows(query, |row| ExportRow {
                id: Some(row.id),
                cells: vec![
                    row.id.to_string(),
                    instant(row.asked_at),
                    row.addressee,
                    cell(row.subject_name),
                    row.confidential.to_string(),
                    row.question,
                    cell(row.line),
                    row.resource_type,
                    instant(row.access_at),
                    cell(row.facility_name),
                    row.due_on.to_string(),
                    row.state,
                    cell(row.answer),
                    cell(row.answer_line),
                    row.answered_at.map(instant).unwrap_or_default(),
                    cell(row.late),
                ],
            })
        }),
    }
}

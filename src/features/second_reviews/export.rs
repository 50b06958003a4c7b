//! `/access-logs/agreement.csv`: the page's figures; `/access-logs/second-reviews.csv`: the second reviews that they count.

use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder};

use super::queries::{Figure, NEWEST_FIRST, Review, figures_between};
use crate::audit::{Export, ExportRow};
use crate::web::csv::{cell, instant};
use crate::web::list::List;

/// The columns, in their order. They do not change without notice.
const HEADER: &[&str] = &[
    "of",
    "reviewer_id",
    "name",
    "decided",
    "second_reviewed",
    "second_reviewed_agreed",
    "blind_reviewed",
    "blind_reviewed_agreed",
];

/// The file of a period. It names no case.
#[must_use]
pub fn export(list: &List, since: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Export {
    Export {
        resource_type: "person",
        header: HEADER,
        filter: list.as_json(),
        query: Box::new(move |rows| rows.rows(figures_between!(since, until), line)),
    }
}

fn line(row: Figure) -> ExportRow {
    let of = if row.reviewer.is_some() { "reviewer" } else { "rule" };
    let cells = vec![
        of.to_owned(),
        cell(row.reviewer),
        row.name,
        row.decided.to_string(),
        row.required.to_string(),
        row.required_agreed.to_string(),
        row.blind.to_string(),
        row.blind_agreed.to_string(),
    ];
    ExportRow { id: row.reviewer, cells }
}

/// The columns of the list, in their order. They do not change without notice.
const REVIEWS: &[&str] = &[
    "id",
    "case",
    "kind",
    "ground",
    "first_disposition",
    "first_by_id",
    "first_by",
    "first_at",
    "second_disposition",
    "second_by_id",
    "second_by",
    "ended_at",
    "outcome",
];

/// The file of the list: the case's id, once for each of its rounds.
#[must_use]
pub fn of_reviews(mut sql: QueryBuilder<Postgres>, list: &List) -> Export {
    sql.push(NEWEST_FIRST);
    Export::composed::<Review>("review_case", REVIEWS, list.as_json(), sql, review)
}

fn review(row: Review) -> ExportRow {
    let cells = vec![
        row.case_id.to_string(),
        format!("AL-{}", row.number),
        row.kind,
        row.ground,
        row.first_disposition,
        row.first_by.to_string(),
        row.first_name,
        instant(row.first_at),
        row.second_disposition,
        row.second_by.to_string(),
        row.second_name,
        instant(row.ended_at),
        row.outcome,
    ];
    ExportRow { id: Some(row.case_id), cells }
}

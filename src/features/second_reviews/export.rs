//! `/access-logs/agreement.csv`: the page's figures.

use chrono::{DateTime, Utc};

use super::queries::{Figure, figures_between};
use crate::audit::{Export, ExportRow};
use crate::web::csv::cell;
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

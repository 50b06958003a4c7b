//! The list of rosters as a file, and a plan: one line for each line of the roster and each person missing from it. The trail
//! keeps whom a plan names.

use uuid::Uuid;

use super::filter::View;
use super::queries::plans::{Roster, rosters};
use crate::audit::{Export, ExportRow};
use crate::web::csv::{cell, instant};

/// The columns of the list, in their order. They do not change without notice.
const ROSTERS: &[&str] = &[
    "id",
    "source",
    "as_of",
    "state",
    "changes",
    "problems",
    "started_by_id",
    "started_by",
    "planned_at",
    "applied_at",
    "applied_by",
];

/// The file of the list. Nothing narrows it.
#[must_use]
pub fn of_rosters() -> Export {
    Export::of("roster", ROSTERS, serde_json::json!({}), rosters(None, None, None), roster)
}

fn roster(roster: Roster) -> ExportRow {
    let cells = vec![
        roster.id.to_string(),
        roster.source,
        roster.as_of.to_string(),
        roster.state,
        roster.changes.to_string(),
        roster.problems.to_string(),
        roster.started_by.to_string(),
        cell(roster.started_by_name),
        instant(roster.planned_at),
        cell(roster.applied_at.map(instant)),
        cell(roster.applied_by_name),
    ];
    ExportRow { id: Some(roster.id), cells }
}

/// The columns of a plan.
const HEADER: &[&str] = &[
    "line",
    "change",
    "problem",
    "name_mail_or_address_changes",
    "effective_on",
    "employee_number",
    "full_name",
    "email",
    "facility",
    "department",
    "new_department",
    "job_role",
    "supervisor_number",
    "standing",
    "unreadable_field",
    "unreadable_reason",
];

/// The file: the rows of the page with the same query string.
#[must_use]
pub fn export(roster: Uuid, view: View) -> Export {
    let query = sqlx::query!(
        r#"SELECT i.person_id, i.line, i.change, i.problem, i.renamed, i.effective_on, i.employee_number, i.full_name, i.email,
                  coalesce(i.facility, f.site_code) AS facility, i.department, i.new_department, i.job_role, i.supervisor_number, i.standing,
                  i.reject_field, i.reject_reason
             FROM portal.roster_items i LEFT JOIN portal.facilities f ON f.id = i.facility_id
            WHERE i.roster_id = $1
              AND CASE $2::text WHEN 'all' THEN true WHEN 'problem' THEN i.problem IS NOT NULL
                       ELSE coalesce(i.change = $2, i.change <> 'unchanged') END
            ORDER BY i.position"#,
        roster,
        view.word()
    );
    let filter = serde_json::json!({ "roster": roster, "change": view.word() });
    Export {
        resource_type: "person",
        header: HEADER,
        filter,
        query: Box::new(move |source| {
            source.rows(query, move |row| ExportRow {
                // a line about somebody new names nobody who is recorded
                id: row.person_id,
                cells: vec![
                    cell(row.line),
                    row.change,
                    cell(row.problem),
                    row.renamed.to_string(),
                    cell(row.effective_on),
                    row.employee_number,
                    row.full_name,
                    cell(row.email),
                    cell(row.facility),
                    cell(row.department),
                    row.new_department.to_string(),
                    cell(row.job_role),
                    cell(row.supervisor_number),
                    row.standing,
                    cell(row.reject_field),
                    cell(row.reject_reason),
                ],
            })
        }),
    }
}

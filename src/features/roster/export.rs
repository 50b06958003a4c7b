//! A plan as a file: one line for each line of the roster and each person missing from it. The trail keeps whom it names.

use uuid::Uuid;

use super::filter::View;
use crate::audit::{Export, ExportRow};
use crate::web::csv::cell;

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

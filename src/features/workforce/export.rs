//! `/people.csv`: the list's people, all of them, in its order.

use chrono::NaiveDate;

use super::filter::Filter;
use crate::audit::{Export, ExportRow};
use crate::policy::Role;
use crate::web::csv::cell;
use crate::web::list::List;

const HEADER: &[&str] = &[
    "id",
    "employee_number",
    "full_name",
    "email",
    "role",
    "standing",
    "facility",
    "department",
    "job_role",
    "supervisor_number",
    "starts_on",
    "ends_on",
    "logins",
];

/// The file a filter gives.
#[must_use]
pub fn export(filter: &Filter, list: &List, everybody: bool, today: NaiveDate) -> Export {
    let query = sqlx::query!(
        r#"SELECT p.id, p.employee_number, p.full_name, p.email, p.role, s.standing AS "standing!", f.site_code AS "site_code?",
                  d.name AS "department?", e.job_role AS "job_role?", b.employee_number AS "supervisor?", e.starts_on AS "starts_on?",
                  e.ends_on AS "ends_on?",
                  coalesce(portal.count_logins(p.id), 0) AS "logins!"
             FROM portal.people p
             LEFT JOIN LATERAL (SELECT x.* FROM portal.employment_periods x WHERE x.person_id = p.id AND x.superseded_at IS NULL
                                 ORDER BY x.starts_on <= $1 AND (x.ends_on IS NULL OR x.ends_on >= $1) DESC, x.starts_on DESC LIMIT 1) e ON true
             LEFT JOIN portal.departments d ON d.id = e.department_id
             LEFT JOIN portal.facilities f ON f.id = e.facility_id
             LEFT JOIN portal.people b ON b.id = e.supervisor_id
            CROSS JOIN LATERAL (SELECT CASE WHEN e.id IS NULL THEN 'none' WHEN e.ends_on < $1 THEN 'ended'
                                            WHEN e.on_leave THEN 'on_leave' ELSE 'active' END AS standing) s
            WHERE ($2 OR e.id IS NOT NULL)
              AND ($3::uuid IS NULL OR e.facility_id = $3) AND ($4::uuid IS NULL OR e.department_id = $4)
              AND ($5::text IS NULL OR s.standing = $5) AND ($6::text IS NULL OR p.role = $6)
              AND (NOT $7 OR p.id NOT IN (SELECT portal.people_with_logins()))
            ORDER BY p.full_name, p.id"#,
        today,
        everybody,
        filter.facility,
        filter.department,
        filter.standing,
        filter.role.map(Role::as_str),
        filter.unmatched,
    );
    Export {
        resource_type: "person",
        header: HEADER,
        filter: list.as_json(),
        query: Box::new(move |source| {
            source.rows(query, |row| ExportRow {
                id: Some(row.id),
                cells: vec![
                    row.id.to_string(),
                    cell(row.employee_number),
                    row.full_name,
                    cell(row.email),
                    row.role,
                    row.standing,
                    cell(row.site_code),
                    cell(row.department),
                    cell(row.job_role),
                    cell(row.supervisor),
                    cell(row.starts_on),
                    cell(row.ends_on),
                    row.logins.to_string(),
                ],
            })
        }),
    }
}

//! The list of people: of each the employment that holds today, else the one that ended last.

use chrono::NaiveDate;
use uuid::Uuid;

use super::filter::Filter;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::policy::Role;
use crate::web::paging::FETCH;

/// One person of the list.
#[derive(Debug)]
pub struct PersonRow {
    pub id: Uuid,
    pub full_name: String,
    pub employee_number: Option<String>,
    pub role: String,
    pub job_role: Option<String>,
    pub department: Option<String>,
    pub facility: Option<String>,
    pub standing: String,
    pub ends_on: Option<NaiveDate>,
    pub logins: i64,
}

/// A page by name, and one more to tell whether another follows. Without employment in scope only who sees everybody finds a
/// person.
pub async fn list(
    tx: &mut AuditedTx<'_>,
    filter: &Filter,
    everybody: bool,
    today: NaiveDate,
) -> Result<Vec<PersonRow>, AppError> {
    tx.all(sqlx::query_as!(
        PersonRow,
        r#"SELECT p.id, p.full_name, p.employee_number, p.role, e.job_role AS "job_role?", d.name AS "department?", f.name AS "facility?",
                  s.standing AS "standing!", e.ends_on AS "ends_on?",
                  coalesce(portal.count_logins(p.id), 0) AS "logins!"
             FROM portal.people p
             LEFT JOIN LATERAL (SELECT x.* FROM portal.employment_periods x WHERE x.person_id = p.id AND x.superseded_at IS NULL
                                 ORDER BY x.starts_on <= $1 AND (x.ends_on IS NULL OR x.ends_on >= $1) DESC, x.starts_on DESC LIMIT 1) e ON true
             LEFT JOIN portal.departments d ON d.id = e.department_id
             LEFT JOIN portal.facilities f ON f.id = e.facility_id
            CROSS JOIN LATERAL (SELECT CASE WHEN e.id IS NULL THEN 'none' WHEN e.ends_on < $1 THEN 'ended'
                                            WHEN e.on_leave THEN 'on_leave' ELSE 'active' END AS standing) s
            WHERE ($2 OR e.id IS NOT NULL)
              AND ($3::uuid IS NULL OR e.facility_id = $3) AND ($4::uuid IS NULL OR e.department_id = $4)
              AND ($5::text IS NULL OR s.standing = $5) AND ($6::text IS NULL OR p.role = $6)
              AND (NOT $7 OR p.id NOT IN (SELECT portal.people_with_logins()))
              AND ($8::uuid IS NULL OR (p.full_name, p.id) > (SELECT c.full_name, c.id FROM portal.people c WHERE c.id = $8))
            ORDER BY p.full_name, p.id LIMIT $9"#,
        today,
        everybody,
        filter.facility,
        filter.department,
        filter.standing,
        filter.role.map(Role::as_str),
        filter.unmatched,
        filter.after,
        FETCH
    ))
    .await
}

/// The departments of the facilities in scope, with their facility.
pub async fn departments(tx: &mut AuditedTx<'_>, covered: &[Uuid]) -> Result<Vec<(Uuid, String)>, AppError> {
    let rows = tx
        .all(sqlx::query!(
            r#"SELECT d.id, f.name || ': ' || d.name AS "label!" FROM portal.departments d JOIN portal.facilities f ON f.id = d.facility_id
                WHERE d.facility_id = ANY ($1) ORDER BY 2"#,
            covered
        ))
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.label)).collect())
}

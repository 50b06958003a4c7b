//! The plan as it is kept: a roster's header, and one item for each line and each person missing.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::super::filter::View;
use super::super::plan::Item;
use crate::audit::{AuditedTx, Rows};
use crate::error::AppError;
use crate::ingest::roster::{RosterRow, Standing, Unread};
use crate::ingest::words::{Field, Reason};
use crate::web::paging::FETCH;
use crate::words::{RosterChange, RosterProblem};

/// A new roster's header.
pub struct NewRoster {
    pub id: Uuid,
    pub source: Uuid,
    pub started_by: Uuid,
    pub as_of: NaiveDate,
    pub file_sha256: [u8; 32],
    pub plan_sha256: [u8; 32],
}

/// Keeps a new roster with its plan.
pub async fn add(tx: &mut AuditedTx<'_>, new: &NewRoster, items: &[Item]) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.rosters (id, source_id, started_by, as_of, file_sha256, plan_sha256) VALUES ($1, $2, $3, $4, $5, $6)",
        new.id,
        new.source,
        new.started_by,
        new.as_of,
        &new.file_sha256[..],
        &new.plan_sha256[..]
    ))
    .await?;
    add_items(tx, new.id, items).await
}

/// Puts another plan in the place of one that no longer holds.
///
/// # Errors
/// [`AppError::Conflict`] when the roster was applied meanwhile.
pub async fn replace(
    tx: &mut AuditedTx<'_>,
    roster: Uuid,
    plan_sha256: [u8; 32],
    items: &[Item],
) -> Result<(), AppError> {
    let changed = tx
        .run(sqlx::query!(
            "UPDATE portal.rosters SET plan_sha256 = $2, planned_at = now(), updated_at = now() WHERE id = $1 AND state = 'planned'",
            roster,
            &plan_sha256[..]
        ))
        .await?;
    if changed == 0 {
        return Err(AppError::Conflict);
    }
    tx.run(sqlx::query!("DELETE FROM portal.roster_items WHERE roster_id = $1", roster)).await?;
    add_items(tx, roster, items).await
}

fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "active",
        Standing::OnLeave => "on_leave",
        Standing::Terminated => "terminated",
    }
}

fn standing_of(word: &str) -> Standing {
    match word {
        "on_leave" => Standing::OnLeave,
        "terminated" => Standing::Terminated,
        _ => Standing::Active,
    }
}

async fn add_items(tx: &mut AuditedTx<'_>, roster: Uuid, items: &[Item]) -> Result<(), AppError> {
    fn column<T>(items: &[Item], of: impl Fn(&Item) -> T) -> Vec<T> {
        items.iter().map(of).collect()
    }
    fn said<T>(items: &[Item], of: impl Fn(&RosterRow) -> Option<T>) -> Vec<Option<T>> {
        items.iter().map(|item| item.row.as_ref().and_then(&of)).collect()
    }
    fn unread(items: &[Item], of: impl Fn(&Unread) -> Option<&'static str>) -> Vec<Option<String>> {
        items.iter().map(|item| item.unread.as_ref().and_then(&of).map(ToOwned::to_owned)).collect()
    }
    let hash = |of: fn(&RosterRow) -> Option<[u8; 32]>| said(items, move |row| of(row).map(|hash| hash.to_vec()));
    tx.run(sqlx::query!(
        "INSERT INTO portal.roster_items (roster_id, position, line, change, problem, renamed, new_department, person_id, facility_id,
                effective_on, employee_number, full_name, email, facility, department, job_role, supervisor_number, starts_on,
                hired_on, ends_on, standing, name_hash, surname_hash, address_hash,
                secondary, department_id, reject_field, reject_reason)
         SELECT $1, (t.ordinality)::int, t.line, t.change, t.problem, t.renamed, t.new_department, t.person_id, t.facility_id,
                t.effective_on, t.employee_number, t.full_name, t.email, t.facility, t.department, t.job_role, t.supervisor_number,
                t.starts_on, t.hired_on, t.ends_on, t.standing, t.name_hash, t.surname_hash, t.address_hash,
                t.secondary, t.department_id, t.reject_field, t.reject_reason
           FROM unnest($2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::uuid[], $8::uuid[], $9::date[], $10::text[],
                       $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::date[], $18::date[], $19::date[],
                       $20::text[], $21::bytea[], $22::bytea[], $23::bytea[], $24::boolean[], $25::uuid[],
                       $26::text[], $27::text[])
                WITH ORDINALITY AS t(line, change, problem, renamed, new_department, person_id, facility_id, effective_on, employee_number,
                       full_name, email, facility, department, job_role, supervisor_number, starts_on, hired_on, ends_on, standing,
                       name_hash, surname_hash, address_hash, secondary, department_id, reject_field, reject_reason, ordinality)",
        roster,
        &column(items, |item| item.line.and_then(|line| i64::try_from(line).ok())) as &[Option<i64>],
        &column(items, |item| item.change.as_str().to_owned()),
        &column(items, |item| item.problem.map(|problem| problem.as_str().to_owned())) as &[Option<String>],
        &column(items, |item| item.renamed),
        &column(items, |item| item.new_department),
        &column(items, |item| item.person) as &[Option<Uuid>],
        &column(items, |item| item.facility) as &[Option<Uuid>],
        &column(items, |item| item.effective) as &[Option<NaiveDate>],
        &column(items, |item| item.number.clone()),
        &column(items, |item| item.name.clone()),
        &said(items, |row| row.email.clone()) as &[Option<String>],
        &said(items, |row| row.facility.clone()) as &[Option<String>],
        &said(items, |row| row.department.clone()) as &[Option<String>],
        &said(items, |row| row.job_role.clone()) as &[Option<String>],
        &said(items, |row| row.supervisor_number.clone()) as &[Option<String>],
        &said(items, |row| row.starts_on) as &[Option<NaiveDate>],
        &said(items, |row| row.hired_on) as &[Option<NaiveDate>],
        &said(items, |row| row.ends_on) as &[Option<NaiveDate>],
        &column(items, |item| standing_word(item.row.as_ref().map_or(Standing::Active, |row| row.standing)).to_owned()),
        &hash(|row| row.name_hash) as &[Option<Vec<u8>>],
        &hash(|row| row.surname_hash) as &[Option<Vec<u8>>],
        &hash(|row| row.address_hash) as &[Option<Vec<u8>>],
        &column(items, |item| item.row.as_ref().is_some_and(|row| row.secondary)),
        &column(items, |item| item.department) as &[Option<Uuid>],
        &unread(items, |unread| unread.field.map(Field::as_str)) as &[Option<String>],
        &unread(items, |unread| unread.reason.map(Reason::as_str)) as &[Option<String>],
    ))
    .await?;
    Ok(())
}

/// A roster's header, with who brought it and how many items there are of each kind.
#[derive(Debug)]
pub struct Roster {
    pub id: Uuid,
    pub source_id: Uuid,
    pub source: String,
    pub started_by: Uuid,
    pub started_by_name: Option<String>,
    pub as_of: NaiveDate,
    pub plan_sha256: Vec<u8>,
    pub state: String,
    pub planned_at: DateTime<Utc>,
    pub applied_at: Option<DateTime<Utc>>,
    pub applied_by_name: Option<String>,
    pub left_on: Option<NaiveDate>,
    pub changes: i64,
    pub problems: i64,
    /// The first lines whose employee number cannot be read.
    pub nameless: Vec<i64>,
}

/// One roster.
pub async fn one(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Roster, AppError> {
    tx.one(rosters(Some(id), None, None)).await
}

/// Rosters, newest first: one of them, all of them, or so many after one.
pub fn rosters(
    only: Option<Uuid>,
    after: Option<Uuid>,
    limit: Option<i64>,
) -> Rows<impl FnMut(PgRow) -> Result<Roster, sqlx::Error> + Send + use<>> {
    sqlx::query_as!(
        Roster,
        r#"SELECT r.id, r.source_id, s.name AS source, r.started_by, p.full_name AS "started_by_name?", r.as_of, r.plan_sha256, r.state, r.planned_at,
                  r.applied_at, a.full_name AS "applied_by_name?", r.left_on,
                  (SELECT count(*) FROM portal.roster_items i WHERE i.roster_id = r.id
                      AND i.change NOT IN ('unchanged', 'missing', 'problem', 'other_position')) AS "changes!",
                  (SELECT count(*) FROM portal.roster_items i WHERE i.roster_id = r.id AND i.problem IS NOT NULL) AS "problems!",
                  ARRAY(SELECT i.line FROM portal.roster_items i WHERE i.roster_id = r.id AND i.problem = 'unreadable'
                           AND i.employee_number = '' AND i.line IS NOT NULL ORDER BY i.line LIMIT 6) AS "nameless!"
             FROM portal.rosters r
             JOIN portal.sources s ON s.id = r.source_id
             LEFT JOIN portal.people p ON p.id = r.started_by
             LEFT JOIN portal.people a ON a.id = r.applied_by
            WHERE ($1::uuid IS NULL OR r.id = $1) AND ($2::uuid IS NULL OR r.id < $2)
            ORDER BY r.id DESC LIMIT $3"#,
        only,
        after,
        limit
    )
}

/// The roster's lines as they were read, and which lines could not be.
pub async fn rows(tx: &mut AuditedTx<'_>, roster: Uuid) -> Result<(Vec<RosterRow>, Vec<Unread>), AppError> {
    let kept = tx
        .all(sqlx::query!(
            r#"SELECT line AS "line!", problem, employee_number, full_name, email, facility, department, job_role, supervisor_number,
                      starts_on, hired_on, ends_on, standing, name_hash, surname_hash, address_hash, secondary, reject_field, reject_reason
                 FROM portal.roster_items WHERE roster_id = $1 AND line IS NOT NULL ORDER BY position"#,
            roster
        ))
        .await?;
    let hash = |bytes: Option<Vec<u8>>| bytes.and_then(|bytes| bytes.try_into().ok());
    let (mut rows, mut unread) = (Vec::new(), Vec::new());
    for row in kept {
        let line = u64::try_from(row.line).unwrap_or_default();
        if row.problem.as_deref() == Some(RosterProblem::Unreadable.as_str()) {
            unread.push(Unread {
                line,
                employee_number: Some(row.employee_number).filter(|number| !number.is_empty()),
                field: row.reject_field.as_deref().and_then(Field::parse),
                reason: row.reject_reason.as_deref().and_then(Reason::parse),
            });
            continue;
        }
        rows.push(RosterRow {
            line,
            employee_number: row.employee_number,
            full_name: row.full_name,
            email: row.email,
            username: None,
            facility: row.facility,
            department: row.department,
            job_role: row.job_role,
            supervisor_number: row.supervisor_number,
            starts_on: row.starts_on,
            hired_on: row.hired_on,
            ends_on: row.ends_on,
            standing: standing_of(&row.standing),
            secondary: row.secondary,
            name_hash: hash(row.name_hash),
            surname_hash: hash(row.surname_hash),
            address_hash: hash(row.address_hash),
        });
    }
    Ok((rows, unread))
}

/// How many items there are of each change.
pub async fn counts(tx: &mut AuditedTx<'_>, roster: Uuid) -> Result<Vec<(RosterChange, i64)>, AppError> {
    let rows = tx
        .all(sqlx::query!(
            r#"SELECT change, count(*) AS "count!" FROM portal.roster_items WHERE roster_id = $1 GROUP BY change"#,
            roster
        ))
        .await?;
    Ok(rows.into_iter().filter_map(|row| Some((RosterChange::parse(&row.change)?, row.count))).collect())
}

/// One item as a page shows it.
#[derive(Debug)]
pub struct Shown {
    pub position: i32,
    pub line: Option<i64>,
    pub change: String,
    pub problem: Option<String>,
    /// Why the line cannot be read.
    pub reject_field: Option<String>,
    pub reject_reason: Option<String>,
    pub renamed: bool,
    pub new_department: bool,
    pub person_id: Option<Uuid>,
    pub effective_on: Option<NaiveDate>,
    pub employee_number: String,
    pub full_name: String,
    pub facility: Option<String>,
    pub department: Option<String>,
    pub job_role: Option<String>,
    /// The facility and the department that the line's words mean, where they are other words.
    pub read_as: Vec<String>,
    /// The other lines about the same person.
    pub other_lines: Vec<i64>,
}

/// A page of items. The file of the plan has the same condition.
pub async fn items(
    tx: &mut AuditedTx<'_>,
    roster: Uuid,
    view: View,
    after: Option<i32>,
) -> Result<Vec<Shown>, AppError> {
    let query = sqlx::query_as!(
        Shown,
        r#"SELECT i.position, i.line, i.change, i.problem, i.reject_field, i.reject_reason, i.renamed, i.new_department, i.person_id, i.effective_on, i.employee_number,
                  i.full_name, coalesce(i.facility, f.name) AS facility, i.department, i.job_role,
                  array_remove(ARRAY[
                    CASE WHEN lower(i.department) <> lower(d.name) THEN d.name END,
                    CASE WHEN i.problem IS DISTINCT FROM 'unknown_facility' AND i.change <> 'other_position' AND i.change <> 'terminated'
                          AND lower(i.facility) NOT IN (lower(f.name), lower(f.site_code)) THEN f.name END], NULL) AS "read_as!",
                  CASE WHEN i.change = 'other_position' OR i.problem = 'duplicate_number' THEN
                    ARRAY(SELECT o.line FROM portal.roster_items o
                           WHERE o.roster_id = i.roster_id AND o.employee_number = i.employee_number AND o.position <> i.position
                             AND o.line IS NOT NULL AND o.problem IS DISTINCT FROM 'unreadable' AND (i.change <> 'other_position' OR NOT o.secondary) ORDER BY o.line LIMIT 5)
                    ELSE '{}' END AS "other_lines!"
             FROM portal.roster_items i
             LEFT JOIN portal.facilities f ON f.id = i.facility_id
             LEFT JOIN portal.departments d ON d.id = i.department_id
            WHERE i.roster_id = $1 AND i.position > $3
              AND CASE $2::text WHEN 'all' THEN true WHEN 'problem' THEN i.problem IS NOT NULL
                       ELSE coalesce(i.change = $2, i.change <> 'unchanged') END
            ORDER BY i.position LIMIT $4"#,
        roster,
        view.word(),
        after.unwrap_or(0),
        FETCH
    );
    tx.all(query).await
}

//! The SQL of the find box: case and finding numbers exactly, workforce names by a part of them, usernames and employee
//! numbers whole.

use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;

/// The most a search keeps.
pub const LIMIT: i64 = 50;

/// The ids of what matches, best kinds first.
pub async fn find(tx: &mut AuditedTx<'_>, text: &str) -> Result<Vec<Uuid>, AppError> {
    let number: Option<i64> =
        text.trim_start_matches(['A', 'a']).trim_start_matches(['L', 'l']).trim_start_matches('-').parse().ok();
    let rows = tx
        .all(sqlx::query!(
            r#"SELECT id AS "id!" FROM (
                 SELECT c.id, 1 AS kind, c.number::text AS name FROM portal.review_cases c WHERE c.number = $1
                 UNION ALL
                 SELECT f.id, 2, f.number FROM portal.findings f WHERE f.number = upper($2)
                 UNION ALL
                 SELECT p.id, 3, p.full_name FROM portal.people p
                  WHERE length($2) >= 2 AND (strpos(lower(p.full_name), lower($2)) > 0 OR lower(p.username) = lower($2)
                                             OR p.employee_number = $2)
                    AND EXISTS (SELECT 1 FROM portal.employment_periods e WHERE e.person_id = p.id)) found
               ORDER BY kind, name LIMIT $3"#,
            number,
            text,
            LIMIT + 1
        ))
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Keeps what was found, for the person who asked.
pub async fn keep(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    person: Uuid,
    found: &[Uuid],
    cut_off: bool,
) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.searches (id, person_id, found, cut_off) VALUES ($1, $2, $3, $4)",
        id,
        person,
        found,
        cut_off
    ))
    .await?;
    Ok(())
}

/// Deletes searches that are a day old, at most so many; how many it deleted.
pub async fn purge(tx: &mut AuditedTx<'_>, at_once: i32) -> Result<i64, AppError> {
    Ok(tx.one(sqlx::query!(r#"SELECT portal.purge_searches($1) AS "gone!""#, at_once)).await?.gone)
}

/// One thing found.
#[derive(Debug)]
pub struct Found {
    pub id: Uuid,
    pub kind: String,
    pub name: String,
    pub detail: String,
}

/// One's own kept search, as it stands now: what has left the person's scope since is left out.
pub async fn kept(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<(Vec<Found>, bool), AppError> {
    let search = tx.one(sqlx::query!("SELECT found, cut_off FROM portal.searches WHERE id = $1", id)).await?;
    let found = tx
        .all(sqlx::query_as!(
            Found,
            r#"SELECT id AS "id!", kind AS "kind!", name AS "name!", detail AS "detail!" FROM (
                 SELECT c.id, 'case' AS kind, 'AL-' || c.number AS name, c.risk || ' risk, ' || c.local_day AS detail
                   FROM portal.review_cases c WHERE c.id = ANY ($1)
                 UNION ALL
                 SELECT f.id, 'finding', f.number, f.title FROM portal.findings f WHERE f.id = ANY ($1)
                 UNION ALL
                 SELECT p.id, 'person', p.full_name,
                        coalesce((SELECT e.job_role FROM portal.employment_periods e
                                   WHERE e.person_id = p.id AND e.superseded_at IS NULL ORDER BY e.starts_on DESC LIMIT 1), '')
                   FROM portal.people p WHERE p.id = ANY ($1)) found
               ORDER BY kind, name"#,
            &search.found
        ))
        .await?;
    Ok((found, search.cut_off))
}

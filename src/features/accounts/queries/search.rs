//! Accounts by a part of their name; user names, addresses and employee numbers whole. The text goes no further.

use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;

/// The most a search keeps.
pub const LIMIT: usize = 500;

/// Whose name has every one of these words, and one more than is kept where there are more.
pub async fn find(tx: &mut AuditedTx<'_>, words: &[String]) -> Result<Vec<Uuid>, AppError> {
    let rows = tx
        .all(sqlx::query!(
            "SELECT p.id FROM portal.people p
              WHERE p.username IS NOT NULL
                AND (NOT EXISTS (SELECT 1 FROM unnest($1::text[]) w WHERE strpos(lower(p.full_name), w) = 0)
                     OR (cardinality($1::text[]) = 1 AND ($1::text[])[1] IN (lower(p.username), lower(p.email), lower(p.employee_number))))
              ORDER BY lower(p.full_name), p.id LIMIT $2",
            words,
            i64::try_from(LIMIT + 1).unwrap_or(i64::MAX)
        ))
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Keeps what was found, for the person who asked.
pub async fn keep(tx: &mut AuditedTx<'_>, id: Uuid, person: Uuid, mut found: Vec<Uuid>) -> Result<(), AppError> {
    let cut_off = found.len() > LIMIT;
    found.truncate(LIMIT);
    tx.run(sqlx::query!(
        "INSERT INTO portal.searches (id, person_id, found, cut_off) VALUES ($1, $2, $3, $4)",
        id,
        person,
        &found,
        cut_off
    ))
    .await?;
    Ok(())
}

/// What a search of one's own found, and whether it found more than it keeps.
pub async fn kept(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<(Vec<Uuid>, bool), AppError> {
    let search = tx.one(sqlx::query!("SELECT found, cut_off FROM portal.searches WHERE id = $1", id)).await?;
    Ok((search.found, search.cut_off))
}

/// The same where the list is narrowed to a search.
pub async fn of(tx: &mut AuditedTx<'_>, search: Option<Uuid>) -> Result<Option<(Vec<Uuid>, bool)>, AppError> {
    match search {
        Some(id) => kept(tx, id).await.map(Some),
        None => Ok(None),
    }
}

//! Which logins a late fact about people touches. The functions give ids only, to whoever may ask for a rerun.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;

/// The logins that these people hold or held.
///
/// # Errors
/// What the database answers.
pub async fn logins_of(tx: &mut AuditedTx<'_>, people: &[Uuid]) -> Result<Vec<Uuid>, AppError> {
    let rows = tx.all(sqlx::query!(r#"SELECT l AS "id!" FROM portal.logins_of($1) l"#, people)).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The logins that opened the records of these people, where they are patients too.
///
/// # Errors
/// What the database answers.
pub async fn logins_that_opened(tx: &mut AuditedTx<'_>, people: &[Uuid]) -> Result<Vec<Uuid>, AppError> {
    let rows = tx.all(sqlx::query!(r#"SELECT l AS "id!" FROM portal.logins_that_opened($1) l"#, people)).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// When one of these logins was first used.
///
/// # Errors
/// What the database answers.
pub async fn first_access_of(tx: &mut AuditedTx<'_>, logins: &[Uuid]) -> Result<Option<DateTime<Utc>>, AppError> {
    Ok(tx.one(sqlx::query!("SELECT portal.first_access_of($1) AS first_at", logins)).await?.first_at)
}

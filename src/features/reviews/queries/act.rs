//! What is done about a review. Each is a function of the database that asks for the ticket of its own act.

use uuid::Uuid;

use super::super::model::{Obstacle, Outcome};
use crate::audit::AuditedTx;
use crate::error::AppError;

/// The most cases one act opens.
const MOST: usize = 200;

/// Takes up what the chosen people did, or what was done to the chosen patients.
///
/// # Errors
/// As [`Obstacle::of`].
pub async fn take_up(
    tx: &mut AuditedTx<'_>,
    review: Uuid,
    version: i32,
    chosen: &[Uuid],
) -> Result<Option<Obstacle>, AppError> {
    let ids: Vec<_> = (0..MOST).map(|_| Uuid::now_v7()).collect();
    let query = sqlx::query!("SELECT refused FROM portal.take_up_rows($1, $2, $3, $4)", review, version, chosen, &ids);
    Obstacle::of(tx.one(query).await?.refused.as_deref())
}

/// Ends it.
///
/// # Errors
/// As [`Obstacle::of`].
pub async fn end(
    tx: &mut AuditedTx<'_>,
    review: Uuid,
    version: i32,
    outcome: Outcome,
    memo: &str,
) -> Result<Option<Obstacle>, AppError> {
    let query =
        sqlx::query!("SELECT portal.end_review($1, $2, $3, $4) AS word", review, version, outcome.as_str(), memo);
    Obstacle::of(tx.one(query).await?.word.as_deref())
}

/// Keeps another version of its memo.
///
/// # Errors
/// As [`Obstacle::of`].
pub async fn amend(
    tx: &mut AuditedTx<'_>,
    review: Uuid,
    version: i32,
    memo: &str,
) -> Result<Option<Obstacle>, AppError> {
    let query = sqlx::query!("SELECT portal.amend_memo($1, $2, $3) AS word", review, version, memo);
    Obstacle::of(tx.one(query).await?.word.as_deref())
}

/// Opens it again.
///
/// # Errors
/// As [`Obstacle::of`].
pub async fn reopen(tx: &mut AuditedTx<'_>, review: Uuid, version: i32) -> Result<Option<Obstacle>, AppError> {
    let query = sqlx::query!("SELECT portal.reopen_review($1, $2) AS word", review, version);
    Obstacle::of(tx.one(query).await?.word.as_deref())
}

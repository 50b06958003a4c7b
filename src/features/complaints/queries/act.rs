//! What is done about a complaint. Each is a function of the database that asks for the ticket of its own act.

use uuid::Uuid;

use super::super::model::{About, ComplaintDisposition, NewComplaint, Obstacle};
use crate::audit::AuditedTx;
use crate::error::AppError;

/// Records it.
///
/// # Errors
/// As [`Obstacle::of`].
pub async fn record(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    new: &NewComplaint,
    person: Option<Uuid>,
) -> Result<Option<Obstacle>, AppError> {
    let query = sqlx::query!(
        "SELECT refused FROM portal.record_complaint($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        id,
        new.received,
        new.channel.as_str(),
        new.complainant.as_str(),
        new.kind.as_str(),
        new.about.patient,
        person,
        new.facility,
        new.details,
        new.about.owner,
        new.about.due
    );
    Obstacle::of(tx.one(query).await?.refused.as_deref())
}

/// Says whom it is about, whose it is and until when.
///
/// # Errors
/// As [`Obstacle::of`].
pub async fn change(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    version: i32,
    about: &About,
    person: Option<Uuid>,
) -> Result<Option<Obstacle>, AppError> {
    let query = sqlx::query!(
        "SELECT portal.change_complaint($1, $2, $3, $4, $5, $6) AS word",
        id,
        version,
        about.patient,
        person,
        about.owner,
        about.due
    );
    Obstacle::of(tx.one(query).await?.word.as_deref())
}

/// Says what it came to.
///
/// # Errors
/// As [`Obstacle::of`].
pub async fn dispose(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    version: i32,
    disposition: ComplaintDisposition,
    statement: &str,
) -> Result<Option<Obstacle>, AppError> {
    let query = sqlx::query!(
        "SELECT portal.dispose_complaint($1, $2, $3, $4) AS word",
        id,
        version,
        disposition.as_str(),
        statement
    );
    Obstacle::of(tx.one(query).await?.word.as_deref())
}

/// Opens it again.
///
/// # Errors
/// As [`Obstacle::of`].
pub async fn reopen(tx: &mut AuditedTx<'_>, id: Uuid, version: i32) -> Result<Option<Obstacle>, AppError> {
    let query = sqlx::query!("SELECT portal.reopen_complaint($1, $2) AS word", id, version);
    Obstacle::of(tx.one(query).await?.word.as_deref())
}

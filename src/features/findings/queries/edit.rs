//! What a finding says, and a new version of it.

use chrono::NaiveDate;
use uuid::Uuid;

use super::super::model::edit::{Content, EditForm};
use super::act::{Event, Standing, append, said, standing};
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::web::Errors;
use crate::words::Risk;

/// What a finding says now: its number, its version and its content.
///
/// # Errors
/// [`AppError::NotFound`] outside the reader's scope.
pub async fn content(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<(String, i32, Content), AppError> {
    let query = sqlx::query!(
        "SELECT number, version, title, severity, due_date, details, root_cause FROM portal.findings WHERE id = $1",
        id
    );
    let row = tx.one(query).await?;
    let severity = Risk::parse(&row.severity).ok_or(AppError::Internal("unknown severity"))?;
    let (title, details, root_cause) = (row.title, row.details, row.root_cause);
    Ok((row.number, row.version, Content { title, severity, due: row.due_date, details, root_cause }))
}

/// Keeps a new version of what a finding says.
///
/// # Errors
/// [`AppError::Conflict`] when the finding has moved on; [`AppError::Invalid`] for what cannot be accepted.
pub async fn edit(
    tx: &mut AuditedTx<'_>,
    me: Uuid,
    id: Uuid,
    form: &EditForm,
    today: NaiveDate,
    errors: &mut Errors,
) -> Result<Standing, AppError> {
    let at = standing(tx, id).await?.seen_at(form.version)?.not_closed(errors)?;
    let (_, _, now) = content(tx, id).await?;
    let (new, reason) = said(form.check(&now, today), errors)?;
    let kept = tx
        .run(sqlx::query!(
            "INSERT INTO portal.finding_versions (finding_id, seq, title, severity, due_date, details, root_cause)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            id,
            at.version + 1,
            new.title,
            new.severity.as_str(),
            new.due,
            new.details,
            new.root_cause
        ))
        .await?;
    if kept == 0 {
        return Err(AppError::Conflict);
    }
    append(tx, me, id, at, Event::of("edited", at).noting(reason.as_deref())).await
}

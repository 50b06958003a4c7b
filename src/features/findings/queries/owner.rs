//! Whose a finding is: whom it can be given to, giving it, and taking that back.

use uuid::Uuid;

use super::super::model::acts::{NO_SUCH_NUMBER, NOT_LISTED, Named, OwnerForm};
use super::act::{Event, Standing, append, refuse, refused_for, said, standing};
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::web::Errors;

/// Somebody whom a finding can be given to.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Who.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Whether they are of the privacy office.
    pub office: bool,
}

/// Whom a finding can be given to: everybody the list offers, or whoever has this employee number.
///
/// # Errors
/// What the database answers.
pub async fn candidates(tx: &mut AuditedTx<'_>, id: Uuid, number: Option<&str>) -> Result<Vec<Candidate>, AppError> {
    let query = sqlx::query!(
        r#"SELECT person_id AS "person_id!", full_name AS "full_name!", office AS "office!" FROM portal.finding_candidates($1, $2)"#,
        id,
        number
    );
    let rows = tx.all(query).await?.into_iter();
    Ok(rows.map(|row| Candidate { id: row.person_id, name: row.full_name, office: row.office }).collect())
}

/// Gives a finding to somebody.
///
/// # Errors
/// [`AppError::Conflict`] when the finding has moved on; [`AppError::Invalid`] for whom it cannot be given to.
pub async fn assign(
    tx: &mut AuditedTx<'_>,
    me: Uuid,
    id: Uuid,
    form: &OwnerForm,
    errors: &mut Errors,
) -> Result<Standing, AppError> {
    let at = standing(tx, id).await?.seen_at(form.version)?.not_closed(errors)?;
    let (field, sentence, found) = match said(form.named(), errors)? {
        Named::Listed(person) => {
            let listed = candidates(tx, id, None).await?;
            ("owner", NOT_LISTED, listed.into_iter().find(|candidate| candidate.id == person))
        }
        Named::Number(number) => ("employee", NO_SUCH_NUMBER, candidates(tx, id, Some(&number)).await?.pop()),
    };
    let person = found.ok_or_else(|| refuse(errors, field, sentence))?.id;
    if person == at.assigned_to {
        return Err(refuse(errors, field, "They own this finding already"));
    }
    append(tx, me, id, at, Event { assignee: Some(person), ..Event::of("assigned", at) }).await
}

/// Gives a finding back to whom it was taken from.
///
/// # Errors
/// [`AppError::Conflict`] when something else was done since; [`AppError::Invalid`] when they may not have it any more.
pub async fn undo_assignment(tx: &mut AuditedTx<'_>, me: Uuid, id: Uuid, seq: i32) -> Result<Standing, AppError> {
    let at = standing(tx, id).await?.seen_at(seq)?;
    let query = sqlx::query!(
        "SELECT was_assigned_to FROM portal.finding_events WHERE finding_id = $1 AND seq = $2 AND kind = 'assigned'",
        id,
        seq
    );
    let before = tx.optional(query).await?.and_then(|row| row.was_assigned_to).ok_or(AppError::Conflict)?;
    let event = Event { assignee: Some(before), ..Event::of("assigned", at) };
    append(tx, me, id, at, event).await.map_err(|error| {
        if refused_for(&error, "findings_owner") {
            AppError::Invalid("Whoever owned this finding before may not work on it any more.".to_owned())
        } else {
            error
        }
    })
}

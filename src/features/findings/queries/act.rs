//! What is done to a finding: each act appends one event, and the database moves the finding by it. What is in the way is
//! said before, in words; what slips through between is refused by the event's number.

use uuid::Uuid;

use super::super::model::acts::{CommentForm, MoveForm};
use super::super::model::status::{Refused, Status};
use crate::audit::AuditedTx;
use crate::error::{AppError, Refusal};
use crate::policy::conflict::{CaseAct, Relation, allows};
use crate::web::Errors;

/// A finding as an act meets it.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// The number of its last event.
    pub version: i32,
    /// Where it stands.
    pub status: Status,
    /// Whose it is.
    pub assigned_to: Uuid,
}

impl Standing {
    /// The same, if it is what the person looked at.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when it has moved on.
    pub fn seen_at(self, version: i32) -> Result<Self, AppError> {
        if self.version == version { Ok(self) } else { Err(AppError::Conflict) }
    }

    /// The same, unless it is closed.
    ///
    /// # Errors
    /// [`AppError::Invalid`], with the sentence among the form's errors.
    pub fn not_closed(self, errors: &mut Errors) -> Result<Self, AppError> {
        if self.status.is_closed() { Err(refuse(errors, "", Refused::Closed.sentence())) } else { Ok(self) }
    }
}

/// Refuses a form with a sentence beside its field.
pub fn refuse(errors: &mut Errors, field: &'static str, sentence: impl Into<String>) -> AppError {
    errors.add(field, sentence);
    AppError::Invalid(String::new())
}

/// Takes what a form says, or keeps its errors.
pub fn said<T>(checked: Result<T, Errors>, errors: &mut Errors) -> Result<T, AppError> {
    checked.map_err(|found| {
        *errors = found;
        AppError::Invalid(String::new())
    })
}

/// Whether the database refused a statement for this reason.
pub fn refused_for(error: &AppError, constraint: &str) -> bool {
    matches!(error, AppError::Database(sqlx::Error::Database(db)) if db.constraint() == Some(constraint))
}

/// How the reader stands to whom a finding is about.
///
/// # Errors
/// What the database answers.
pub async fn conflict(tx: &mut AuditedTx<'_>, finding: Uuid) -> Result<Option<Relation>, AppError> {
    let query = sqlx::query!("SELECT portal.conflict_in_finding('finding/r', $1) AS relation", finding);
    let word = tx.one(query).await?.relation;
    word.map(|word| Relation::parse(&word).ok_or(AppError::Internal("unknown relation"))).transpose()
}

/// A finding in scope that the reader may change.
///
/// # Errors
/// [`AppError::NotFound`] outside the reader's scope, [`AppError::Refused`] when it is about a colleague.
pub async fn standing(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Standing, AppError> {
    let row =
        tx.one(sqlx::query!("SELECT version, status, assigned_to FROM portal.findings WHERE id = $1", id)).await?;
    if let Some(relation) = conflict(tx, id).await?
        && !allows(Some(relation), CaseAct::MakeFinding)
    {
        return Err(AppError::Refused(Refusal::Conflicted(relation.refusal())));
    }
    let status = Status::parse(&row.status).ok_or(AppError::Internal("unknown status"))?;
    Ok(Standing { version: row.version, status, assigned_to: row.assigned_to })
}

/// What an event says beside who did it and when.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Which act.
    pub kind: &'static str,
    /// The status after it.
    pub to: Status,
    /// Whose the finding becomes.
    pub assignee: Option<Uuid>,
    /// The case it is about.
    pub case: Option<Uuid>,
    /// Why, or what for.
    pub note: Option<&'a str>,
}

impl<'a> Event<'a> {
    /// An act that leaves the finding where it stands.
    #[must_use]
    pub const fn of(kind: &'static str, at: Standing) -> Self {
        Self { kind, to: at.status, assignee: None, case: None, note: None }
    }

    /// With a note.
    #[must_use]
    pub const fn noting(self, note: Option<&'a str>) -> Self {
        Self { note, ..self }
    }
}

/// Appends an event; the finding as it stands after it.
///
/// # Errors
/// [`AppError::Conflict`] when somebody else's event has this number already.
pub async fn append(
    tx: &mut AuditedTx<'_>,
    me: Uuid,
    id: Uuid,
    at: Standing,
    event: Event<'_>,
) -> Result<Standing, AppError> {
    let version = at.version + 1;
    let was = event.assignee.map(|_| at.assigned_to);
    let appended = tx
        .run(sqlx::query!(
            "INSERT INTO portal.finding_events (finding_id, seq, kind, actor_id, from_status, to_status, assignee_id, was_assigned_to, case_id, note)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
            id,
            version,
            event.kind,
            me,
            at.status.as_str(),
            event.to.as_str(),
            event.assignee,
            was,
            event.case,
            event.note
        ))
        .await?;
    if appended == 0 {
        return Err(AppError::Conflict);
    }
    Ok(Standing { version, status: event.to, assigned_to: event.assignee.unwrap_or(at.assigned_to) })
}

/// Takes a step.
///
/// # Errors
/// [`AppError::Conflict`] when the finding has moved on; [`AppError::Invalid`] for a step that does not follow.
pub async fn take_step(
    tx: &mut AuditedTx<'_>,
    me: Uuid,
    id: Uuid,
    form: &MoveForm,
    errors: &mut Errors,
) -> Result<Standing, AppError> {
    let at = standing(tx, id).await?.seen_at(form.version)?;
    let (step, note) = said(form.check(), errors)?;
    let to = at.status.take(step).map_err(|refused| refuse(errors, "", refused.sentence()))?;
    append(tx, me, id, at, Event { to, ..Event::of("status_changed", at) }.noting(note.as_deref())).await
}

/// Takes the last step back.
///
/// # Errors
/// [`AppError::Conflict`] when something else was done since.
pub async fn undo_step(tx: &mut AuditedTx<'_>, me: Uuid, id: Uuid, seq: i32) -> Result<Standing, AppError> {
    let at = standing(tx, id).await?.seen_at(seq)?;
    let query = sqlx::query!(
        "SELECT from_status FROM portal.finding_events WHERE finding_id = $1 AND seq = $2 AND kind = 'status_changed'",
        id,
        seq
    );
    let before = tx.optional(query).await?.and_then(|row| row.from_status).ok_or(AppError::Conflict)?;
    let to = Status::parse(&before).ok_or(AppError::Internal("unknown status"))?;
    append(tx, me, id, at, Event { to, ..Event::of("status_undone", at) }).await
}

/// Keeps what somebody says beside a finding.
///
/// # Errors
/// [`AppError::NotFound`] outside the reader's scope; [`AppError::Invalid`] for nothing, or too much.
pub async fn comment(
    tx: &mut AuditedTx<'_>,
    me: Uuid,
    id: Uuid,
    form: &CommentForm,
    errors: &mut Errors,
) -> Result<(), AppError> {
    tx.one(sqlx::query!("SELECT id FROM portal.findings WHERE id = $1", id)).await?;
    let body = said(form.check(), errors)?;
    let kind = if form.is_evidence() { "evidence" } else { "comment" };
    tx.run(sqlx::query!(
        "INSERT INTO portal.finding_comments (id, finding_id, kind, author_id, body) VALUES ($1, $2, $3, $4, $5)",
        Uuid::now_v7(),
        id,
        kind,
        me,
        body
    ))
    .await?;
    Ok(())
}

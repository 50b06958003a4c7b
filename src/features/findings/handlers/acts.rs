//! What is done to a finding from its page: a step, its owner, a word beside it; and taking the first two back. A form that is
//! sent twice counts once.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use uuid::Uuid;

use super::super::model::acts::{CommentForm, MoveForm, OwnerForm, Seen, form_key};
use super::super::queries::{act, owner};
use super::super::views::Typed;
use super::again;
use crate::audit::{Actor, AuditedTx, Db, Intent};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done, FindingDone};
use crate::web::{Errors, Id, filters, html};

/// What became of a form.
pub(super) enum Came<T> {
    /// It did what it says.
    Done(T),
    /// It had done that before.
    Before,
    /// It goes back to whoever sent it: with its errors, or, without any, because somebody else was first.
    Back(StatusCode, Errors),
}

/// A form as it came: which one, one per form shown, and about which finding.
pub(super) struct Sent {
    pub(super) form: &'static str,
    pub(super) key: Uuid,
    pub(super) finding: Uuid,
}

/// Does what a form asks for, once.
pub(super) async fn once<T>(
    db: &Db,
    actor: &Actor,
    (reads, writes): (Action, Action),
    sent: Sent,
    block: impl AsyncFnOnce(&mut AuditedTx<'_>, &mut Errors) -> Result<T, AppError>,
) -> Result<Came<T>, AppError> {
    let (mut before, mut errors) = (false, Errors::new());
    let intent = |action| -> Intent { actor.does(action).on(sent.finding) };
    let result = db
        .change(intent(reads), intent(writes), async |tx| {
            before = tx.made_before(sent.form, actor.id(), sent.key, sent.finding).await?.is_some();
            if before { Err(AppError::Conflict) } else { block(tx, &mut errors).await }
        })
        .await;
    match result {
        Ok(done) => Ok(Came::Done(done)),
        Err(AppError::Conflict) if before => Ok(Came::Before),
        Err(AppError::Conflict) => Ok(Came::Back(StatusCode::CONFLICT, Errors::new())),
        Err(AppError::Invalid(_)) if !errors.is_empty() => Ok(Came::Back(StatusCode::UNPROCESSABLE_ENTITY, errors)),
        Err(error) => Err(error),
    }
}

/// The key of a form; one without is recorded under the act it was for.
pub(super) async fn key(db: &Db, actor: &Actor, action: Action, id: Uuid, text: &str) -> Result<Uuid, AppError> {
    filters::accepted(db, actor.does(action).on(id), form_key(text)).await
}

fn path(id: Uuid) -> String {
    format!("/findings/{id}")
}

/// Back to the finding, with the answer to what was done.
pub(super) fn done(id: Uuid, done: Done) -> HttpResponse {
    flash::tell(html::see(&path(id)), done)
}

/// `POST /findings/{id}/status`
pub async fn take_step(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    form: Form<MoveForm>,
) -> Result<HttpResponse, AppError> {
    let (form, id, act) = (form.into_inner(), id.0, Action::FindingMove);
    let key = key(&db, &actor, act, id, &form.form_key).await?;
    let sent = Sent { form: "finding_status", key, finding: id };
    let came = once(&db, &actor, (Action::FindingRead, act), sent, async |tx, errors| {
        act::take_step(tx, actor.id(), id, &form, errors).await
    })
    .await?;
    match came {
        Came::Done(at) => Ok(done(id, Done::FindingMoved(id, at.version))),
        Came::Before => Ok(html::see(&path(id))),
        Came::Back(status, errors) => {
            let typed = Typed { note: form.note, ..Typed::default() };
            again((&db, &actor, here), id, status, typed, errors).await
        }
    }
}

/// `POST /findings/{id}/status/reversal?version=…`: the step back is an event of its own; nothing is erased.
pub async fn undo_step(actor: Actor, db: Data<Db>, id: Id, seen: Query<Seen>) -> Result<HttpResponse, AppError> {
    let id = id.0;
    db.change(actor.does(Action::FindingRead).on(id), actor.does(Action::FindingMove).on(id), async |tx| {
        act::undo_step(tx, actor.id(), id, seen.version).await
    })
    .await?;
    Ok(done(id, Done::Finding(FindingDone::StepUndone)))
}

/// `POST /findings/{id}/owner`
pub async fn assign(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    form: Form<OwnerForm>,
) -> Result<HttpResponse, AppError> {
    let (form, id, act) = (form.into_inner(), id.0, Action::FindingAssign);
    let key = key(&db, &actor, act, id, &form.form_key).await?;
    let sent = Sent { form: "finding_owner", key, finding: id };
    let came = once(&db, &actor, (Action::FindingRead, act), sent, async |tx, errors| {
        owner::assign(tx, actor.id(), id, &form, errors).await
    })
    .await?;
    match came {
        Came::Done(at) => Ok(done(id, Done::FindingAssigned(id, at.version))),
        Came::Before => Ok(html::see(&path(id))),
        Came::Back(status, errors) => {
            let typed = Typed { owner: Some(form.owner), employee: form.employee, ..Typed::default() };
            again((&db, &actor, here), id, status, typed, errors).await
        }
    }
}

/// `POST /findings/{id}/owner/reversal?version=…`: whose it was before.
pub async fn undo_assignment(actor: Actor, db: Data<Db>, id: Id, seen: Query<Seen>) -> Result<HttpResponse, AppError> {
    let id = id.0;
    db.change(actor.does(Action::FindingRead).on(id), actor.does(Action::FindingAssign).on(id), async |tx| {
        owner::undo_assignment(tx, actor.id(), id, seen.version).await
    })
    .await?;
    Ok(done(id, Done::Finding(FindingDone::OwnerUndone)))
}

/// `POST /findings/{id}/comments`: a comment of the office, or evidence of whoever was asked for some.
pub async fn comment(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    form: Form<CommentForm>,
) -> Result<HttpResponse, AppError> {
    let (form, id) = (form.into_inner(), id.0);
    let evidence = form.is_evidence();
    let act = if evidence { Action::FindingEvidenceAdd } else { Action::FindingCommentCreate };
    let key = key(&db, &actor, act, id, &form.form_key).await?;
    let sent = Sent { form: "finding_comment", key, finding: id };
    let came = once(&db, &actor, (Action::FindingRead, act), sent, async |tx, errors| {
        act::comment(tx, actor.id(), id, &form, errors).await
    })
    .await?;
    match came {
        Came::Done(()) if evidence => Ok(done(id, Done::Finding(FindingDone::EvidenceAdded))),
        Came::Done(()) => Ok(done(id, Done::Finding(FindingDone::Commented))),
        Came::Before => Ok(html::see(&path(id))),
        Came::Back(status, errors) => {
            let typed = Typed { comment: form.comment, ..Typed::default() };
            again((&db, &actor, here), id, status, typed, errors).await
        }
    }
}

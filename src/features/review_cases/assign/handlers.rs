//! Giving one case to somebody, and taking that back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use uuid::Uuid;

use super::super::handlers::again;
use super::super::model::{DecisionForm, Seen, is_local};
use super::model::AssignForm;
use super::queries;
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Errors, Id, html};

/// `POST /access-logs/cases/{id}/assignment`
pub async fn assign(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    form: Form<AssignForm>,
) -> Result<HttpResponse, AppError> {
    let (form, id) = (form.into_inner(), id.0);
    let to = match form.assignee(actor.id()) {
        Ok(to) => to,
        Err(sentence) => {
            db.refuse_form(&actor.does(Action::ReviewCaseAssign).on(id)).await?;
            return refused(&db, &actor, here, id, sentence).await;
        }
    };
    let given = db
        .change(actor.does(Action::ReviewCaseRead).on(id), actor.does(Action::ReviewCaseAssign).on(id), async |tx| {
            queries::assign(tx, actor.id(), id, form.version, to).await
        })
        .await;
    match given {
        Ok(number) => {
            let next = if is_local(&form.next) { form.next } else { format!("/access-logs?open={id}") };
            Ok(flash::tell(html::see(&next), Done::CaseAssigned(number, id, form.version + 1, to.is_some())))
        }
        Err(AppError::Invalid(sentence)) => refused(&db, &actor, here, id, &sentence).await,
        Err(AppError::Conflict) => {
            let nothing_typed = DecisionForm::default();
            again(&db, &actor, here, id, StatusCode::CONFLICT, |case| case.conflicting(nothing_typed)).await
        }
        Err(error) => Err(error),
    }
}

async fn refused(db: &Db, actor: &Actor, here: Here, id: Uuid, sentence: &str) -> Result<HttpResponse, AppError> {
    let mut errors = Errors::new();
    errors.add("assignee", sentence);
    let nothing_typed = DecisionForm::default();
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    again(db, actor, here, id, status, |case| case.answering(nothing_typed, errors)).await
}

/// `POST /access-logs/cases/{id}/assignment/reversal`: whose it was before.
pub async fn take_back(actor: Actor, db: Data<Db>, id: Id, seen: Query<Seen>) -> Result<HttpResponse, AppError> {
    let id = id.0;
    let number = db
        .change(actor.does(Action::ReviewCaseRead).on(id), actor.does(Action::ReviewCaseAssign).on(id), async |tx| {
            queries::take_back(tx, actor.id(), id, seen.version).await
        })
        .await?;
    Ok(flash::tell(html::see(&format!("/access-logs?open={id}")), Done::AssignmentTakenBack(number)))
}

//! Asking about a case, and taking a question back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use uuid::Uuid;

use super::super::acts;
use super::super::model::AskForm;
use super::super::queries::ask::{self as asking, Offer};
use super::super::views::ask::AskPage;
use super::{Part, told_of_case};
use crate::audit::{Actor, Db, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::{Chrome, Errors, Id, Place, html};
use crate::words::QuestionDone;

/// `GET /access-logs/cases/{id}/question`
pub async fn form(actor: Actor, db: Data<Db>, here: Here, id: Id) -> Result<HttpResponse, AppError> {
    let (frame, offer) = prepare(&db, &actor, id.0).await?;
    let chrome = Chrome::new(&actor, Place::AccessLogs, here, &frame);
    let status = if offer.closed.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    html::with(status, AskPage::fresh(chrome, &actor, id.0, offer))
}

/// `POST /access-logs/cases/{id}/question`
pub async fn ask(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    Form(form): Form<AskForm>,
) -> Result<HttpResponse, AppError> {
    let today = clock::today_in(&actor.identity().time_zone);
    let (status, errors) = match acts::ask(&db, &actor, id.0, |offer| form.check(&offer.choices, today)).await {
        Ok(Ok(_)) => return Ok(told_of_case(id.0, QuestionDone::Asked)),
        Ok(Err(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Err(AppError::Conflict) => (StatusCode::CONFLICT, Errors::new()),
        Err(error) => return Err(error),
    };
    let (frame, offer) = prepare(&db, &actor, id.0).await?;
    let chrome = Chrome::new(&actor, Place::AccessLogs, here, &frame);
    html::with(status, AskPage::again(chrome, &actor, id.0, offer, form, errors))
}

/// `POST /access-logs/cases/{id}/questions/{part}/withdrawal`
pub async fn withdraw(actor: Actor, db: Data<Db>, id: Id, part: Part) -> Result<HttpResponse, AppError> {
    let (reads, writes) =
        (actor.does(Action::QuestionFormRead).on(id.0), actor.does(Action::QuestionWithdraw).on(part.0));
    db.change(reads, writes, async |tx| asking::withdraw(tx, part.0, id.0, actor.id()).await).await?;
    Ok(told_of_case(id.0, QuestionDone::Withdrawn))
}

/// What the form shows, under its own event.
async fn prepare(db: &Db, actor: &Actor, case: Uuid) -> Result<(Frame, Offer), AppError> {
    db.read(actor.does(Action::QuestionFormRead).on(case), async |tx| {
        let offer = asking::offer(tx, case, actor.id()).await?;
        tx.shown("review_case", &[case]).await?;
        Ok((tx.frame().await?, offer))
    })
    .await
}

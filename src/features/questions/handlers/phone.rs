//! An answer by phone, entered for whoever gave it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use uuid::Uuid;

use super::super::model::{PhoneForm, PhoneFrame};
use super::super::queries::ask as asking;
use super::super::queries::phone::{self, Offer};
use super::super::views::phone::PhonePage;
use super::{Part, told_of_case};
use crate::audit::{Actor, Db, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::{Chrome, Errors, Id, Place, html};
use crate::words::{QuestionDone, QuestionState};

/// `GET /access-logs/cases/{id}/questions/{part}/phone`
pub async fn form(actor: Actor, db: Data<Db>, here: Here, id: Id, part: Part) -> Result<HttpResponse, AppError> {
    let (frame, offer) = prepare(&db, &actor, id.0, part.0).await?;
    let chrome = Chrome::new(&actor, Place::AccessLogs, here, &frame);
    let status = if is_open(&offer) { StatusCode::OK } else { StatusCode::CONFLICT };
    html::with(status, PhonePage::fresh(chrome, &actor, (id.0, part.0), &offer)?)
}

/// `POST /access-logs/cases/{id}/questions/{part}/phone`
pub async fn record(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    part: Part,
    Form(form): Form<PhoneForm>,
) -> Result<HttpResponse, AppError> {
    let ids @ (case, question) = (id.0, part.0);
    let (reads, writes) =
        (actor.does(Action::QuestionFormRead).on(case), actor.does(Action::QuestionAnswerRecord).on(question));
    let mut refused = None;
    let recorded = db
        .change(reads, writes, async |tx| {
            let locked = asking::lock(tx, case).await?;
            let offer = phone::offer(tx, case, question).await?;
            if !is_open(&offer) {
                return Err(AppError::Conflict);
            }
            match check(&form, &offer) {
                Ok(taken) => phone::record(tx, question, case, actor.id(), &locked, &taken).await,
                Err(errors) => {
                    refused = Some(errors);
                    Err(AppError::Invalid(String::new()))
                }
            }
        })
        .await;
    let (status, errors) = match (recorded, refused) {
        (Ok(()), _) => return Ok(told_of_case(case, QuestionDone::Recorded)),
        (Err(AppError::Invalid(_)), Some(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        (Err(AppError::Conflict), _) => (StatusCode::CONFLICT, Errors::new()),
        (Err(error), _) => return Err(error),
    };
    let (frame, offer) = prepare(&db, &actor, case, question).await?;
    let chrome = Chrome::new(&actor, Place::AccessLogs, here, &frame);
    html::with(status, PhonePage::again(chrome, ids, &offer, form, errors)?)
}

fn is_open(offer: &Offer) -> bool {
    offer.asked.state == QuestionState::Open.as_str()
}

fn check(form: &PhoneForm, offer: &Offer) -> Result<super::super::model::PhoneAnswer, Errors> {
    form.check(&PhoneFrame {
        speakers: &offer.speakers(),
        listeners: &offer.listeners,
        asked_at: offer.asked.asked_at,
        zone: clock::zone(&offer.asked.time_zone),
        now: clock::now(),
    })
}

/// What the form shows, under its own event.
async fn prepare(db: &Db, actor: &Actor, case: Uuid, question: Uuid) -> Result<(Frame, Offer), AppError> {
    db.read(actor.does(Action::QuestionFormRead).on(case), async |tx| {
        let offer = phone::offer(tx, case, question).await?;
        tx.shown("question", &[question]).await?;
        Ok((tx.frame().await?, offer))
    })
    .await
}

//! Asking and answering in one audited block each: what the pages do, and what fills the demo.

use uuid::Uuid;

use super::model::{Answer, Ask};
use super::queries::ask::{self as asking, Offer};
use super::queries::own;
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::Errors;

/// Asks about a case: what is asked is made from what the case offers, with the case locked.
///
/// # Errors
/// [`AppError::Conflict`] when the case is decided by now; the inner error is a form that cannot be accepted.
pub async fn ask(
    db: &Db,
    actor: &Actor,
    case: Uuid,
    form: impl FnOnce(&Offer) -> Result<Ask, Errors>,
) -> Result<Result<Uuid, Errors>, AppError> {
    let id = Uuid::now_v7();
    let mut refused = None;
    let asked = db
        .change(actor.does(Action::QuestionFormRead).on(case), actor.does(Action::QuestionAsk).on(id), async |tx| {
            let locked = asking::lock(tx, case).await?;
            let offer = asking::offer(tx, case, actor.id()).await?;
            if offer.closed.is_some() {
                return Err(AppError::Conflict);
            }
            match form(&offer) {
                Ok(ask) => asking::ask(tx, id, case, actor.id(), &locked, &ask).await,
                Err(errors) => {
                    refused = Some(errors);
                    Err(AppError::Invalid(String::new()))
                }
            }
        })
        .await;
    match (asked, refused) {
        (Err(AppError::Invalid(_)), Some(errors)) => Ok(Err(errors)),
        (asked, _) => asked.map(|()| Ok(id)),
    }
}

/// Answers one's own question.
///
/// # Errors
/// [`AppError::NotFound`] for a question to somebody else; [`AppError::Conflict`] when it is open no more.
pub async fn answer(db: &Db, actor: &Actor, id: Uuid, answer: &Answer) -> Result<(), AppError> {
    db.change(actor.does(Action::QuestionRead).on(id), actor.does(Action::QuestionAnswer).on(id), async |tx| {
        own::answer(tx, id, answer).await
    })
    .await
}

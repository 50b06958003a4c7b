//! One post: a second person agrees, or decides for themselves.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};

use super::super::handlers::again;
use super::super::model::is_local;
use super::model::SecondForm;
use super::queries;
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Errors, Id, html};

/// `POST /access-logs/cases/{id}/second-review`
pub async fn give(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    form: Form<SecondForm>,
) -> Result<HttpResponse, AppError> {
    let (form, id) = (form.into_inner(), id.0);
    let verdict = match form.check() {
        Ok(verdict) => verdict,
        Err(errors) => {
            db.refuse_form(&actor.does(queries::act_of(actor.role())).on(id)).await?;
            let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
            return again(&db, &actor, here, id, unprocessable, |case| case.second_answering(form, errors)).await;
        }
    };
    match queries::give(&db, &actor, id, form.version, &verdict).await {
        Ok((number, agreed)) => {
            let next = if is_local(&form.next) { &form.next } else { "/access-logs?view=second_review" };
            Ok(flash::tell(html::see(next), Done::SecondReviewGiven(number, agreed)))
        }
        Err(AppError::Invalid(_)) => {
            let mut errors = Errors::new();
            errors.add("disposition", "That is what the first decision found: agree with it, or choose another");
            let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
            again(&db, &actor, here, id, unprocessable, |case| case.second_answering(form, errors)).await
        }
        Err(AppError::Conflict) => {
            again(&db, &actor, here, id, StatusCode::CONFLICT, |case| case.second_conflicting(form)).await
        }
        Err(error) => Err(error),
    }
}

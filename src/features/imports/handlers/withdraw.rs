//! `/imports/{id}/withdraw`: the page that says what will happen, and the post that lets it happen.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use serde::Deserialize;
use uuid::Uuid;

use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::features::imports::queries::withdraw as queries;
use crate::features::imports::views::withdraw::ConfirmPage;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Errors, Id, Place, html};
use crate::words::WithdrawalReason;

/// What the form posts.
#[derive(Debug, Deserialize)]
pub struct Posted {
    #[serde(default)]
    reason: String,
}

/// `GET /imports/{id}/withdraw`
pub async fn confirm(actor: Actor, db: Data<Db>, here: Here, Id(id): Id) -> Result<HttpResponse, AppError> {
    confirm_page(&actor, &db, here, id, StatusCode::OK, Errors::new()).await
}

/// `POST /imports/{id}/withdraw`
pub async fn withdraw(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    Id(id): Id,
    Form(posted): Form<Posted>,
) -> Result<HttpResponse, AppError> {
    let writes = actor.does(Action::ImportWithdraw).on(id);
    let Some(reason) = WithdrawalReason::parse(&posted.reason) else {
        db.refuse_form(&writes).await?;
        let mut errors = Errors::new();
        errors.add("reason", "Choose why this import is withdrawn");
        return confirm_page(&actor, &db, here, id, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    };
    let begun = db
        .change(actor.does(Action::ImportFormRead).on(id), writes, async |tx| {
            queries::withdrawable(tx, id, actor.id()).await?;
            queries::begin(tx, id, actor.id(), reason, actor.request_id()).await
        })
        .await;
    let report = html::see(&format!("/imports/{id}"));
    match begun {
        Ok(()) => Ok(flash::tell(report, Done::ImportWithdrawn)),
        // posted twice, or by two people: the report says how far it is
        Err(AppError::Conflict) => Ok(report),
        Err(error) => Err(error),
    }
}

async fn confirm_page(
    actor: &Actor,
    db: &Db,
    here: Here,
    id: Uuid,
    status: StatusCode,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let (batch, frame) = db
        .read(actor.does(Action::ImportFormRead).on(id), async |tx| {
            Ok((queries::withdrawable(tx, id, actor.id()).await?, tx.frame().await?))
        })
        .await?;
    if !matches!(batch.state.as_str(), "complete" | "failed") {
        return Ok(html::see(&format!("/imports/{id}")));
    }
    html::with(status, ConfirmPage::new(Chrome::new(actor, Place::Imports, here, &frame), actor, &batch, errors))
}

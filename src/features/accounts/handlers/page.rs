//! One account: what it may do, what waits, and what can be done about it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use uuid::Uuid;

use super::super::form::PostedChange;
use super::super::queries::one;
use super::super::views::page::{AccountPage, Shown};
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::{Chrome, Errors, Id, Place, html};

/// `GET /settings/accounts/{id}`
pub async fn page(actor: Actor, db: Data<Db>, here: Here, id: Id) -> Result<HttpResponse, AppError> {
    shown(&actor, &db, here, id.0, None, Errors::new()).await
}

/// The page, or the page with a form that came back.
pub async fn shown(
    actor: &Actor,
    db: &Db,
    here: Here,
    id: Uuid,
    posted: Option<PostedChange>,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let (frame, shown) = db
        .read(actor.does(Action::AccountRead).on(id), async |tx| {
            let account = one::account(tx, id).await?;
            let engagements = one::engagements(tx, id).await?;
            let changes = one::changes(tx, id).await?;
            let facilities = one::facilities(tx).await?;
            Ok((tx.frame().await?, Shown { account, engagements, changes, facilities }))
        })
        .await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let chrome = Chrome::new(actor, Place::Accounts, here, &frame);
    html::with(status, AccountPage::new(chrome, actor, shown, posted, errors))
}

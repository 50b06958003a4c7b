//! Who somebody is, corrected: name, e-mail, user name. Nothing is written over what somebody else corrected meanwhile;
//! what was typed is kept beside it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use uuid::Uuid;

use super::super::form::DetailsForm;
use super::super::model::answered;
use super::super::queries::{change, one};
use super::super::rename;
use super::super::views::edit::EditPage;
use super::told;
use crate::audit::{Actor, Db};
use crate::config::Config;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::{Chrome, Errors, Id, Place, html};
use crate::words::AccountDone;

/// `GET /settings/accounts/{id}/edit`
pub async fn form(actor: Actor, db: Data<Db>, here: Here, id: Id) -> Result<HttpResponse, AppError> {
    shown(&actor, &db, here, id.0, StatusCode::OK, None, Errors::new()).await
}

/// The form, fresh or with what was typed into it.
async fn shown(
    actor: &Actor,
    db: &Db,
    here: Here,
    id: Uuid,
    status: StatusCode,
    typed: Option<DetailsForm>,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let (frame, details) = db
        .read(actor.does(Action::AccountFormRead).on(id), async |tx| {
            Ok((tx.frame().await?, one::details(tx, id).await?))
        })
        .await?;
    let chrome = Chrome::new(actor, Place::Accounts, here, &frame);
    html::with(status, EditPage::new(chrome, actor, details, typed, errors))
}

/// `POST /settings/accounts/{id}/edit`
pub async fn save(
    actor: Actor,
    db: Data<Db>,
    config: Data<Config>,
    here: Here,
    id: Id,
    form: Form<DetailsForm>,
) -> Result<HttpResponse, AppError> {
    let (id, typed) = (id.0, form.into_inner().tidied());
    let intent = actor.does(Action::AccountUpdate).on(id);
    let mut errors = typed.check();
    if !errors.is_empty() {
        db.refuse_form(&intent).await?;
        return shown(&actor, &db, here, id, StatusCode::UNPROCESSABLE_ENTITY, Some(typed), errors).await;
    }
    let mut word = None;
    let saved = db
        .change(actor.does(Action::AccountFormRead).on(id), intent, async |tx| {
            let before = one::details(tx, id).await?.full_name;
            word = change::details(tx, id, &typed).await?;
            answered(word.as_deref())?;
            rename::follow(tx, &actor, &config.keys, id, (&before, &typed.full_name)).await
        })
        .await;
    let status = match (saved, word.as_deref()) {
        (Ok(()), _) => return Ok(told(id, AccountDone::Updated)),
        (Err(AppError::Conflict), Some("username_taken")) => {
            errors.add("username", "Somebody has this username. Choose another.");
            StatusCode::UNPROCESSABLE_ENTITY
        }
        (Err(AppError::Conflict), Some("email_taken")) => {
            errors.add("email", "Somebody has this address. Each account has its own.");
            StatusCode::UNPROCESSABLE_ENTITY
        }
        (Err(AppError::Conflict), _) => StatusCode::CONFLICT,
        (Err(error), _) => return Err(error),
    };
    shown(&actor, &db, here, id, status, Some(typed), errors).await
}

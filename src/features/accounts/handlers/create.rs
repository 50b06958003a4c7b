//! A new account by an administrator: of a person the roster knows, once they have confirmed who it is, or of a new one.
//! It has no password: a one-time link lets its person set one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use uuid::Uuid;

use super::super::form::NewAccountForm;
use super::super::model::answered;
use super::super::queries::{change, sign_ups};
use super::super::views::create::NewPage;
use super::told;
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::{Chrome, Errors, Place, html};
use crate::words::AccountDone;

/// `GET /settings/accounts/new`
pub async fn form(actor: Actor, db: Data<Db>, here: Here) -> Result<HttpResponse, AppError> {
    shown(&actor, &db, here, NewAccountForm::default(), Errors::new()).await
}

async fn shown(
    actor: &Actor,
    db: &Db,
    here: Here,
    typed: NewAccountForm,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let (frame, matches) = db
        .read(actor.does(Action::AccountFormRead), async |tx| {
            let matches = if typed.username.is_empty() {
                Vec::new()
            } else {
                sign_ups::matches(tx, typed.number(), &typed.email, &typed.username).await?
            };
            Ok((tx.frame().await?, matches))
        })
        .await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let chrome = Chrome::new(actor, Place::Accounts, here, &frame);
    html::with(status, NewPage::new(chrome, typed, matches, errors))
}

/// `POST /settings/accounts`
pub async fn make(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    form: Form<NewAccountForm>,
) -> Result<HttpResponse, AppError> {
    let typed = form.into_inner().tidied();
    let (id, link) = (Uuid::now_v7(), Uuid::try_parse(&typed.person).ok());
    let intent = actor.does(Action::AccountCreate).on(link.unwrap_or(id));
    let mut errors = typed.check();
    if !errors.is_empty() {
        db.refuse_form(&intent).await?;
        return shown(&actor, &db, here, typed, errors).await;
    }
    let mut clash = None;
    let made = db
        .write(intent, async |tx| {
            let word = change::create(tx, id, link, &typed).await?;
            clash.clone_from(&word);
            answered(word.as_deref())
        })
        .await;
    match (made, clash.as_deref()) {
        (Ok(()), _) => Ok(told(link.unwrap_or(id), AccountDone::Created)),
        (Err(AppError::Conflict), Some("username_taken")) => {
            errors.add("username", "Somebody has this username. Choose another.");
            shown(&actor, &db, here, typed, errors).await
        }
        (Err(AppError::Conflict), Some("known_person")) => {
            errors
                .add("", "We know somebody by this number or address. Choose the person below, or correct the field.");
            shown(&actor, &db, here, typed, errors).await
        }
        (Err(error), _) => Err(error),
    }
}

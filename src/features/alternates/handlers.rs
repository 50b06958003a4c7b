//! The page of alternates, and its post.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use serde::Deserialize;
use uuid::Uuid;

use super::model;
use super::queries;
use super::views::AlternatesPage;
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Errors, Place, html};

/// What the form posts.
#[derive(Deserialize)]
pub struct Posted {
    #[serde(default)]
    manager: String,
    /// Empty for nobody.
    #[serde(default)]
    alternate: String,
}

/// `GET /settings/review`
pub async fn page(actor: Actor, db: Data<Db>, here: Here) -> Result<HttpResponse, AppError> {
    shown(&db, &actor, here, StatusCode::OK, None, Errors::new()).await
}

/// `POST /settings/review`
pub async fn name(actor: Actor, db: Data<Db>, here: Here, form: Form<Posted>) -> Result<HttpResponse, AppError> {
    let id = |text: &str| Uuid::try_parse(text).ok();
    let (manager, alternate) = (id(&form.manager), id(&form.alternate));
    let act = actor.does(Action::AlternateSet);
    let (Some(manager), true) = (manager, form.alternate.is_empty() || alternate.is_some()) else {
        db.refuse_form(&act).await?;
        return Err(AppError::Invalid("Choose a manager and who stands in for them. Nothing was changed.".to_owned()));
    };
    let mut said = None;
    let named = db
        .write(act.on(manager), async |tx| {
            said = queries::name(tx, manager, alternate).await?;
            if said.is_none() { Ok(()) } else { Err(AppError::Invalid(String::new())) }
        })
        .await;
    match (named, said) {
        (Ok(()), _) => Ok(flash::tell(html::see("/settings/review"), Done::AlternateSaved)),
        (Err(AppError::Invalid(_)), Some(word)) => {
            let (field, sentence) = model::refusal(&word);
            let mut errors = Errors::new();
            errors.add(field, sentence);
            let typed = Some((manager, alternate));
            shown(&db, &actor, here, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await
        }
        (Err(error), _) => Err(error),
    }
}

async fn shown(
    db: &Db,
    actor: &Actor,
    here: Here,
    status: StatusCode,
    typed: Option<(Uuid, Option<Uuid>)>,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let (frame, managers, choices) = db
        .read(actor.does(Action::AlternateRead), async |tx| {
            Ok((tx.frame().await?, queries::managers(tx).await?, queries::choices(tx).await?))
        })
        .await?;
    let chrome = Chrome::new(actor, Place::Alternates, here, &frame);
    html::with(status, AlternatesPage::new(chrome, actor, managers, &choices, typed, errors))
}

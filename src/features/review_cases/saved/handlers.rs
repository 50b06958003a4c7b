//! Naming the filters of an address, and the page on which views are renamed and deleted.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use uuid::Uuid;

use super::super::filter::Filter;
use super::super::queries::reviewers;
use super::model::ViewForm;
use super::queries::{self, SavedView};
use super::views::{Loaded, SavedPage};
use crate::audit::{Actor, Db, Frame};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::list::{self, Asked, List};
use crate::web::{Chrome, Errors, Id, Place, filters, html};

/// `GET /access-logs/views`: the views there are, and the form that keeps the filters of this address as one.
pub async fn list(actor: Actor, db: Data<Db>, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::QueueViewListRead), &asked).await?;
    let (frame, loaded) = load(&db, &actor).await?;
    let chrome = Chrome::new(&actor, Place::AccessLogs, here, &frame);
    html::ok(SavedPage::new(chrome, &actor, &frame, (&filter, list), &loaded))
}

/// The views, under their own event.
async fn load(db: &Db, actor: &Actor) -> Result<(Frame, Loaded), AppError> {
    db.read(actor.does(Action::QueueViewListRead), async |tx| {
        Ok((tx.frame().await?, Loaded { views: queries::views(tx).await?, reviewers: reviewers(tx).await? }))
    })
    .await
}

/// `POST /access-logs/views`
pub async fn keep(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    pairs: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, AppError> {
    let form = ViewForm::of(&pairs);
    let action = if form.is_shared() { Action::QueueViewShare } else { Action::QueueViewCreate };
    let (filter, list) = filters::accepted(&db, actor.does(action), list::of_form::<Filter>(&pairs)).await?;
    let errors = match form.check() {
        Ok(name) => match insert(&db, &actor, action, name, &list).await? {
            Ok(()) => return Ok(flash::tell(html::see(&list.url()), Done::ViewSaved)),
            Err(errors) => errors,
        },
        Err(errors) => {
            db.refuse_form(&actor.does(action)).await?;
            errors
        }
    };
    let (frame, loaded) = load(&db, &actor).await?;
    let chrome = Chrome::new(&actor, Place::AccessLogs, here, &frame);
    let page = SavedPage::new(chrome, &actor, &frame, (&filter, list), &loaded).answering(form, errors);
    html::with(StatusCode::UNPROCESSABLE_ENTITY, page)
}

/// Keeps the filters under a name, where there is room for one more.
async fn insert(
    db: &Db,
    actor: &Actor,
    action: Action,
    name: String,
    list: &List,
) -> Result<Result<(), Errors>, AppError> {
    let (id, shared) = (Uuid::now_v7(), action == Action::QueueViewShare);
    let view = SavedView { id, person_id: actor.id(), name, shared, filter: list.as_json() };
    let mut refused = None;
    let kept = db
        .change(actor.does(Action::QueueViewListRead), actor.does(action).on(id), async |tx| {
            queries::keep(tx, actor.id(), &view).await?.map_err(|errors| {
                refused = Some(errors);
                AppError::Invalid(String::new())
            })
        })
        .await;
    match (kept, refused) {
        (Err(AppError::Invalid(_)), Some(errors)) => Ok(Err(errors)),
        (kept, _) => kept.map(Ok),
    }
}

/// `POST /access-logs/views/{id}/name`
pub async fn rename(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    form: Form<ViewForm>,
) -> Result<HttpResponse, AppError> {
    let (reads, writes) = (Action::QueueViewListRead, Action::QueueViewUpdate);
    match form.check() {
        Ok(name) => {
            db.change(actor.does(reads), actor.does(writes).on(id.0), async |tx| {
                queries::rename(tx, id.0, &name).await
            })
            .await?;
            Ok(flash::tell(html::see("/access-logs/views"), Done::ViewRenamed))
        }
        Err(errors) => {
            db.refuse_form(&actor.does(writes).on(id.0)).await?;
            let (frame, loaded) = load(&db, &actor).await?;
            let chrome = Chrome::new(&actor, Place::AccessLogs, here, &frame);
            let (filter, list) = list::of_form::<Filter>(&[])?;
            let page = SavedPage::new(chrome, &actor, &frame, (&filter, list), &loaded);
            html::with(StatusCode::UNPROCESSABLE_ENTITY, page.renaming(id.0, &form.name, &errors))
        }
    }
}

/// `POST /access-logs/views/{id}/removal`
pub async fn delete(actor: Actor, db: Data<Db>, id: Id) -> Result<HttpResponse, AppError> {
    let (reads, writes) = (Action::QueueViewListRead, Action::QueueViewDelete);
    db.change(actor.does(reads), actor.does(writes).on(id.0), async |tx| queries::delete(tx, id.0).await).await?;
    Ok(flash::tell(html::see("/access-logs/views"), Done::ViewDeleted))
}

//! Editing what a finding says: the form, and its post.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use uuid::Uuid;

use super::super::model::edit::{Content, EditForm};
use super::super::queries::{act, edit, history};
use super::super::views::{EditPage, history as story};
use super::acts::{Came, Sent, done, key, once};
use crate::audit::{Actor, Db, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{Done, FindingDone};
use crate::web::{Chrome, Errors, Id, Place, html};

/// What the form shows.
struct Loaded {
    frame: Frame,
    number: String,
    version: i32,
    now: Content,
    last_act: String,
}

/// Reads it under its own event; nobody edits what is about a colleague, or closed.
async fn load(db: &Db, actor: &Actor, id: Uuid) -> Result<Loaded, AppError> {
    let zone = clock::zone(&actor.identity().time_zone);
    db.read(actor.does(Action::FindingEditRead).on(id), async |tx| {
        let mut errors = Errors::new();
        if act::standing(tx, id).await?.not_closed(&mut errors).is_err() {
            return Err(AppError::Invalid("This finding is closed. Opening it again takes an approval.".to_owned()));
        }
        let (number, version, now) = edit::content(tx, id).await?;
        let last = history::last(tx, id).await?;
        let last_act = story::last_act(&last, &history::versions(tx, id).await?, zone);
        Ok(Loaded { frame: tx.frame().await?, number, version, now, last_act })
    })
    .await
}

fn page(actor: &Actor, here: Here, id: Uuid, loaded: &Loaded) -> EditPage {
    let chrome = Chrome::new(actor, Place::Findings, here, &loaded.frame);
    EditPage::fresh(chrome, actor, id, loaded.number.clone(), (loaded.version, &loaded.now))
}

/// `GET /findings/{id}/edit`
pub async fn form(actor: Actor, db: Data<Db>, here: Here, id: Id) -> Result<HttpResponse, AppError> {
    let loaded = load(&db, &actor, id.0).await?;
    html::ok(page(&actor, here, id.0, &loaded))
}

/// `POST /findings/{id}/edit`
pub async fn save(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    form: Form<EditForm>,
) -> Result<HttpResponse, AppError> {
    let (form, id, act) = (form.into_inner(), id.0, Action::FindingUpdate);
    let key = key(&db, &actor, act, id, &form.form_key).await?;
    let today = clock::today_in(&actor.identity().time_zone);
    let sent = Sent { form: "finding_edit", key, finding: id };
    let came = once(&db, &actor, (Action::FindingEditRead, act), sent, async |tx, errors| {
        edit::edit(tx, actor.id(), id, &form, today, errors).await
    })
    .await?;
    match came {
        Came::Done(_) => Ok(done(id, Done::Finding(FindingDone::Edited))),
        Came::Before => Ok(html::see(&format!("/findings/{id}"))),
        Came::Back(status, errors) => {
            let loaded = load(&db, &actor, id).await?;
            let page = page(&actor, here, id, &loaded);
            html::with(
                status,
                match status {
                    StatusCode::CONFLICT => page.conflicting(form, &loaded.now, loaded.last_act),
                    _ => page.answering(form, errors),
                },
            )
        }
    }
}

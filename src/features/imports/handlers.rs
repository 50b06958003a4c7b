//! Imports as pages: the form, the post, the report. The list is in [`list`].

pub mod list;
pub mod retry;
pub mod withdraw;

use actix_multipart::Multipart;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use serde::Deserialize;
use uuid::Uuid;

use super::queries::{self, pages};
use super::submit::{self, Refusal};
use super::upload::Upload;
use super::views::{Filled, FormPage, ReportPage};
use crate::audit::{Actor, Db, Intent};
use crate::config::Config;
use crate::error::AppError;
use crate::policy::{Action, may};
use crate::spool;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Errors, Hx, Id, Place, filters, html, upload};

/// The rejected rows a report names.
const REJECTS: usize = 200;

/// What the form is opened with: the source of a withdrawn import that is to be imported again.
#[derive(Deserialize)]
pub struct Again {
    source: Option<String>,
    again: Option<String>,
}

/// `GET /imports/new`
pub async fn form(actor: Actor, db: Data<Db>, here: Here, query: Query<Again>) -> Result<HttpResponse, AppError> {
    let reads = || actor.does(Action::ImportFormRead);
    let source = filters::accepted(&db, reads(), filters::id("source", query.source.as_deref())).await?;
    let again = filters::accepted(&db, reads(), filters::id("again", query.again.as_deref())).await?;
    form_page(&actor, &db, here, StatusCode::OK, Filled { source, again, sample: None }, Errors::new()).await
}

/// `POST /imports`
pub async fn create(
    actor: Actor,
    db: Data<Db>,
    config: Data<Config>,
    here: Here,
    body: Multipart,
) -> Result<HttpResponse, AppError> {
    let batch = Uuid::now_v7();
    let writes = actor.does(Action::ImportCreate).on(batch);
    let mut upload = receive(&actor, &db, &config, body, batch, &writes).await?;
    let mut refusal = Refusal::default();
    let queued = db
        .change(actor.does(Action::ImportFormRead), writes, async |tx| {
            submit::queue(tx, &actor, batch, &upload, &config.keys, &mut refusal).await
        })
        .await;
    match (queued, refusal.earlier) {
        (Ok(()), _) => {
            upload.file.iter_mut().for_each(upload::Received::keep);
            Ok(flash::tell(html::see(&format!("/imports/{batch}")), Done::ImportQueued))
        }
        (Err(AppError::Conflict), Some(earlier)) => Ok(html::see(&format!("/imports/{earlier}"))),
        (Err(AppError::Invalid(_)), _) if !refusal.errors.is_empty() => {
            let sample = match &upload.file {
                Some(file) if refusal.misfit => {
                    file.offer(&config.keys, actor.id(), spool::SAMPLE_LIMIT).await?;
                    Some(batch)
                }
                _ => None,
            };
            let filled = Filled { source: upload.source, again: None, sample };
            form_page(&actor, &db, here, StatusCode::UNPROCESSABLE_ENTITY, filled, refusal.errors).await
        }
        (Err(error), _) => Err(error),
    }
}

/// How often a page has asked already; it asks ever more rarely.
#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    asked: Option<u32>,
}

/// `GET /imports/{id}`, and `/imports/{id}/progress`, which a page that watches an import asks by itself: recorded as any
/// read, but nobody is at the keyboard, so that it does not keep the session.
pub async fn report(
    actor: Actor,
    db: Data<Db>,
    config: Data<Config>,
    here: Here,
    hx: Hx,
    Id(id): Id,
    asked: Option<Query<Asked>>,
) -> Result<HttpResponse, AppError> {
    let (batch, rejects, frame) = db
        .read(actor.does(Action::ImportRead).on(id), async |tx| {
            let batch = pages::one(tx, id, actor.id()).await?;
            Ok((batch, queries::first_rejects(tx, id, REJECTS).await?, tx.frame().await?))
        })
        .await?;
    let asked = asked.and_then(|asked| asked.asked).unwrap_or_default();
    let waits = retry::file_waits(&config, id);
    let page =
        ReportPage::new(Chrome::new(&actor, Place::Imports, here, &frame), &actor, &batch, rejects, asked, waits);
    if hx.wants("import") { html::ok(page.as_report()) } else { html::ok(page) }
}

/// Takes the body of whoever may import; nobody else's is read, the door refuses them.
async fn receive(
    actor: &Actor,
    db: &Db,
    config: &Config,
    body: Multipart,
    batch: Uuid,
    writes: &Intent,
) -> Result<Upload, AppError> {
    if !may(actor.role(), Action::ImportCreate) {
        return Ok(Upload::default());
    }
    upload::accepted(db, writes, Upload::receive(body, config, batch).await).await
}

async fn form_page(
    actor: &Actor,
    db: &Db,
    here: Here,
    status: StatusCode,
    filled: Filled,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let (sources, frame) = db
        .read(actor.does(Action::ImportFormRead), async |tx| Ok((pages::sources(tx).await?, tx.frame().await?)))
        .await?;
    html::with(status, FormPage::new(Chrome::new(actor, Place::Imports, here, &frame), sources, filled, errors))
}

//! Mappings as pages: the list, the form that begins one, the editor and its posts, a source's versions.

use actix_multipart::Multipart;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use serde::Deserialize;
use uuid::Uuid;

use super::begin::{self as beginning, Wish};
use super::editor::{EditorPage, Shown};
use super::export;
use super::form::{self, Posted};
use super::pages::{ListPage, NewPage, SourcePage};
use super::queries::{self, Draft};
use super::sample;
use super::save::{base_of, save};
use crate::audit::{Actor, Db, Frame, Intent};
use crate::config::Config;
use crate::error::AppError;
use crate::policy::{Action, may};
use crate::spool;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Errors, Id, Place, csv, filters, html, upload};

/// `GET /imports/mappings`
pub async fn list(actor: Actor, db: Data<Db>, here: Here) -> Result<HttpResponse, AppError> {
    let (sources, frame) = db
        .read(actor.does(Action::MappingListRead), async |tx| {
            let sources = tx.all(queries::sources()).await?;
            tx.shown("mapping", &sources.iter().map(|source| source.id).collect::<Vec<_>>()).await?;
            Ok((sources, tx.frame().await?))
        })
        .await?;
    html::ok(ListPage::new(Chrome::new(&actor, Place::Imports, here, &frame), &actor, &sources))
}

/// `GET /imports/mappings.csv`
pub async fn download(actor: Actor, db: Data<Db>) -> Result<HttpResponse, AppError> {
    csv::download(&db, &actor, Action::MappingListExport, "mappings", export::export()).await
}

/// `GET /imports/mappings/{source}`
pub async fn source(actor: Actor, db: Data<Db>, here: Here, Id(id): Id) -> Result<HttpResponse, AppError> {
    let (name, versions, frame) = db
        .read(actor.does(Action::MappingRead).on(id), async |tx| {
            Ok((queries::source_name(tx, id).await?, queries::versions(tx, id).await?, tx.frame().await?))
        })
        .await?;
    html::ok(SourcePage::new(Chrome::new(&actor, Place::Imports, here, &frame), &actor, id, name, &versions))
}

/// What the form that begins a mapping may be asked for.
#[derive(Deserialize)]
pub struct For {
    source: Option<String>,
    sample: Option<String>,
}

/// `GET /imports/mappings/new`
pub async fn new(
    actor: Actor,
    db: Data<Db>,
    config: Data<Config>,
    here: Here,
    query: Query<For>,
) -> Result<HttpResponse, AppError> {
    let read = filters::id("source", query.source.as_deref());
    let source = filters::accepted(&db, actor.does(Action::MappingFormRead), read).await?;
    let read = filters::id("sample", query.sample.as_deref());
    let sample = filters::accepted(&db, actor.does(Action::MappingFormRead), read).await?;
    // another person's, or one that is gone, is none
    let waits = |upload: &Uuid| {
        spool::path(&sample::folder(&config), spool::offered(&config.keys, actor.id(), *upload)).exists()
    };
    let wish = Wish { source, sample: sample.filter(waits), begin: "suggest".to_owned(), ..Wish::default() };
    new_page(&actor, &db, here, StatusCode::OK, &wish, Errors::new()).await
}

async fn new_page(
    actor: &Actor,
    db: &Db,
    here: Here,
    status: StatusCode,
    wish: &Wish,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let (sources, frame) = db
        .read(actor.does(Action::MappingFormRead), async |tx| Ok((queries::choices(tx).await?, tx.frame().await?)))
        .await?;
    html::with(status, NewPage::new(Chrome::new(actor, Place::Imports, here, &frame), &sources, wish, errors))
}

/// `POST /imports/mappings`
pub async fn begin(
    actor: Actor,
    db: Data<Db>,
    config: Data<Config>,
    here: Here,
    body: Multipart,
) -> Result<HttpResponse, AppError> {
    let draft = Uuid::now_v7();
    let writes = actor.does(Action::MappingDraftCreate).on(draft);
    let mut wish = receive(&actor, &db, &config, body, draft, &writes).await?;
    let (mut errors, mut earlier) = (Errors::new(), None);
    let begun = db
        .change(actor.does(Action::MappingFormRead), writes, async |tx| {
            beginning::begin(tx, &actor, draft, &wish, &mut errors, &mut earlier).await
        })
        .await;
    match (begun, earlier) {
        (Ok(()), _) => {
            wish.file.iter_mut().for_each(upload::Received::keep);
            if let Some(upload) = wish.sample {
                spool::remove(&sample::folder(&config), spool::offered(&config.keys, actor.id(), upload));
            }
            Ok(html::see(&format!("/imports/mappings/drafts/{draft}")))
        }
        (Err(AppError::Conflict), Some(earlier)) => Ok(html::see(&format!("/imports/mappings/drafts/{earlier}"))),
        (Err(AppError::Invalid(_)), _) if !errors.is_empty() => {
            new_page(&actor, &db, here, StatusCode::UNPROCESSABLE_ENTITY, &wish, errors).await
        }
        (Err(error), _) => Err(error),
    }
}

/// Takes the body of whoever may begin a mapping; nobody else's is read.
async fn receive(
    actor: &Actor,
    db: &Db,
    config: &Config,
    body: Multipart,
    draft: Uuid,
    writes: &Intent,
) -> Result<Wish, AppError> {
    if !may(actor.role(), Action::MappingDraftCreate) {
        return Ok(Wish::default());
    }
    upload::accepted(db, writes, Wish::receive(body, config, actor.id(), draft).await).await
}

/// `GET /imports/mappings/drafts/{id}`
pub async fn draft(
    actor: Actor,
    db: Data<Db>,
    config: Data<Config>,
    here: Here,
    Id(id): Id,
) -> Result<HttpResponse, AppError> {
    let (draft, frame) = read_draft(&db, &actor, id).await?;
    let spec = base_of(&draft)?;
    let chrome = Chrome::new(&actor, Place::Imports, here, &frame);
    let shown = Shown { id, draft, spec, looked: None, own: None, errors: Errors::new() };
    editor(&config, StatusCode::OK, chrome, shown).await
}

/// `POST /imports/mappings/drafts/{id}`: shows what the fields say, or saves it.
pub async fn edit(
    actor: Actor,
    db: Data<Db>,
    config: Data<Config>,
    here: Here,
    Id(id): Id,
    pairs: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, AppError> {
    let posted = Posted::new(pairs.into_inner());
    let mut errors = Errors::new();
    if posted.saves() {
        match save(&db, &actor, id, &posted, &mut errors).await {
            Ok((source, version)) => {
                spool::remove(&sample::folder(&config), id);
                return Ok(flash::tell(
                    html::see(&format!("/imports/mappings/{source}")),
                    Done::MappingSaved(i64::from(version)),
                ));
            }
            Err(AppError::Invalid(_)) if !errors.is_empty() => {}
            Err(error) => return Err(error),
        }
    }
    let (draft, frame) = read_draft(&db, &actor, id).await?;
    let spec = posted.onto(&base_of(&draft)?);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let chrome = Chrome::new(&actor, Place::Imports, here, &frame);
    let shown = Shown { id, draft, spec, looked: None, own: posted.own_notation(), errors };
    editor(&config, status, chrome, shown).await
}

/// `POST /imports/mappings/drafts/{id}/sample`: the sample, or another one, with everything that was typed kept.
pub async fn give_sample(
    actor: Actor,
    db: Data<Db>,
    config: Data<Config>,
    here: Here,
    Id(id): Id,
    body: Multipart,
) -> Result<HttpResponse, AppError> {
    let (reads, writes) =
        (actor.does(Action::MappingPreviewRead).on(id), actor.does(Action::MappingSampleUpdate).on(id));
    let mut errors = Errors::new();
    let received = if may(actor.role(), Action::MappingSampleUpdate) {
        sample::receive(body, &config, &mut errors).await
    } else {
        Ok((Posted::new(Vec::new()), None))
    };
    let (posted, file) = upload::accepted(&db, &writes, received).await?;
    let given = db
        .change(reads, writes, async |tx| {
            let read = (queries::draft(tx, id).await?, tx.frame().await?);
            let file = file.as_ref().ok_or_else(|| AppError::Invalid("No sample came.".to_owned()))?;
            // last, so that an act that is refused leaves the sample as it was
            file.replace(&config.keys, id, sample::SAMPLE_LIMIT).await?;
            Ok(read)
        })
        .await;
    let (status, (draft, frame)) = match given {
        Ok(read) => (StatusCode::OK, read),
        Err(AppError::Invalid(_)) if !errors.is_empty() => {
            (StatusCode::UNPROCESSABLE_ENTITY, read_draft(&db, &actor, id).await?)
        }
        Err(error) => return Err(error),
    };
    let spec = posted.onto(&base_of(&draft)?);
    let chrome = Chrome::new(&actor, Place::Imports, here, &frame);
    let shown = Shown { id, draft, spec, looked: None, own: posted.own_notation(), errors };
    editor(&config, status, chrome, shown).await
}

async fn read_draft(db: &Db, actor: &Actor, id: Uuid) -> Result<(Draft, Frame), AppError> {
    db.read(actor.does(Action::MappingPreviewRead).on(id), async |tx| {
        Ok((queries::draft(tx, id).await?, tx.frame().await?))
    })
    .await
}

/// The editor, with the sample as the mapping reads it.
async fn editor(
    config: &Config,
    status: StatusCode,
    chrome: Chrome,
    mut shown: Shown,
) -> Result<HttpResponse, AppError> {
    shown.looked = sample::look(config, shown.id, shown.spec.clone()).await?;
    if let Some(Err(problem)) = shown.looked.as_ref().map(|looked| &looked.preview) {
        form::header_errors(problem, &shown.spec, &mut shown.errors);
    }
    html::with(status, EditorPage::new(chrome, shown))
}

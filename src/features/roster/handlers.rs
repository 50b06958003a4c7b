//! The pages of rosters: the list, the form with its dry run, and the plan.

use actix_multipart::Multipart;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use chrono::NaiveDate;
use uuid::Uuid;

use super::export;
use super::filter::{PlanQuery, View};
use super::meanings;
use super::plan;
use super::queries::{self, plans};
use super::reading::{self, Posted};
use super::views::{FormPage, ListPage, PlanPage, Planned};
use crate::audit::{Actor, AuditedTx, Db};
use crate::clock;
use crate::config::{Config, Keys};
use crate::error::AppError;
use crate::policy::{Action, Scope, may, scope_for};
use crate::web::chrome::Here;
use crate::web::paging::{After, FETCH};
use crate::web::{Chrome, Errors, Id, Place, csv, filters, html, paging, upload};

/// `GET /people/roster`
pub async fn list(actor: Actor, db: Data<Db>, here: Here, page: Query<After>) -> Result<HttpResponse, AppError> {
    let after = page.read(&db, actor.does(Action::RosterListRead)).await?;
    let (rosters, frame) = db
        .read(actor.does(Action::RosterListRead), async |tx| {
            let rosters = tx.all(plans::rosters(None, after, Some(FETCH))).await?;
            tx.shown("roster", &rosters.iter().take(paging::PAGE).map(|roster| roster.id).collect::<Vec<_>>()).await?;
            Ok((rosters, tx.frame().await?))
        })
        .await?;
    html::ok(ListPage::new(Chrome::new(&actor, Place::Workforce, here, &frame), &actor, rosters))
}

/// `GET /people/roster.csv`
pub async fn download_list(actor: Actor, db: Data<Db>) -> Result<HttpResponse, AppError> {
    csv::download(&db, &actor, Action::RosterListExport, "roster-imports", export::of_rosters()).await
}

/// `GET /people/roster/new`
pub async fn form(actor: Actor, db: Data<Db>, here: Here) -> Result<HttpResponse, AppError> {
    let today = clock::today_in(&actor.identity().time_zone).to_string();
    form_page(&actor, &db, here, StatusCode::OK, (None, today), Errors::new()).await
}

async fn form_page(
    actor: &Actor,
    db: &Db,
    here: Here,
    status: StatusCode,
    typed: (Option<Uuid>, String),
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let (sources, frame) = db
        .read(actor.does(Action::RosterFormRead), async |tx| Ok((queries::sources(tx).await?, tx.frame().await?)))
        .await?;
    let chrome = Chrome::new(actor, Place::Workforce, here, &frame);
    html::with(status, FormPage::new(chrome, actor, &sources, typed, errors))
}

/// `POST /people/roster`: the dry run. It changes nothing but keeps the plan.
pub async fn create(
    actor: Actor,
    db: Data<Db>,
    config: Data<Config>,
    here: Here,
    body: Multipart,
) -> Result<HttpResponse, AppError> {
    let id = Uuid::now_v7();
    let writes = actor.does(Action::RosterCreate).on(id);
    let posted =
        if may(actor.role(), Action::RosterCreate) { Posted::receive(body).await } else { Ok(Posted::default()) };
    let posted = upload::accepted(&db, &writes, posted).await?;
    let (mut earlier, mut errors) = (None, Errors::new());
    let kept = db
        .change(actor.does(Action::RosterFormRead), writes, async |tx| {
            earlier = tx.made_before("roster", actor.id(), posted.form_key.unwrap_or(id), id).await?;
            if earlier.is_some() {
                return Err(AppError::Conflict);
            }
            keep_plan(tx, &actor, id, &posted, &config.keys, &mut errors).await
        })
        .await;
    match (kept, earlier) {
        (Ok(()), _) => Ok(html::see(&format!("/people/roster/{id}"))),
        (Err(AppError::Conflict), Some(earlier)) => Ok(html::see(&format!("/people/roster/{earlier}"))),
        (Err(AppError::Invalid(_)), _) if !errors.is_empty() => {
            form_page(&actor, &db, here, StatusCode::UNPROCESSABLE_ENTITY, (posted.source, posted.as_of), errors).await
        }
        (Err(error), _) => Err(error),
    }
}

async fn keep_plan(
    tx: &mut AuditedTx<'_>,
    actor: &Actor,
    id: Uuid,
    posted: &Posted,
    keys: &Keys,
    errors: &mut Errors,
) -> Result<(), AppError> {
    let sources = queries::sources(tx).await?;
    let source = sources.iter().find(|source| Some(source.id) == posted.source);
    let as_of = posted.as_of.parse::<NaiveDate>().ok();
    if source.is_none() {
        errors.add("source", "Choose the source that this roster comes from");
    }
    if as_of.is_none() {
        errors.add("as_of", "Enter the day the roster is of, such as 2026-11-14");
    }
    let read = match source {
        _ if posted.file.is_empty() => Err("Choose the roster’s file".to_owned()),
        None => Ok(None),
        Some(source) => reading::read(&posted.file, &source.spec, keys).map(Some),
    };
    let read = read.unwrap_or_else(|sentence| {
        errors.add("file", sentence);
        None
    });
    let (Some(source), Some(as_of), Some(read)) = (source, as_of, read) else {
        return Err(AppError::Invalid("The roster's form is not complete.".to_owned()));
    };
    let state = queries::state(tx, actor, source.id, as_of).await?;
    let items = plan::plan(&read.rows, &read.unread, &state, as_of);
    let new = plans::NewRoster {
        id,
        source: source.id,
        started_by: actor.id(),
        as_of,
        file_sha256: posted.sha256(),
        plan_sha256: plan::digest(&items),
    };
    plans::add(tx, &new, &items).await
}

/// `GET /people/roster/{id}`
pub async fn page(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    Id(id): Id,
    query: Query<PlanQuery>,
) -> Result<HttpResponse, AppError> {
    let read = query.parse();
    let view = filters::accepted(&db, actor.does(Action::RosterRead).on(id), read).await?;
    plan_page(&actor, &db, here, id, view, StatusCode::OK, Planned::default()).await
}

pub(super) async fn plan_page(
    actor: &Actor,
    db: &Db,
    here: Here,
    id: Uuid,
    view: (View, Option<i32>),
    status: StatusCode,
    planned: Planned,
) -> Result<HttpResponse, AppError> {
    let (roster, counts, items, asked, frame) = db
        .read(actor.does(Action::RosterRead).on(id), async |tx| {
            let roster = plans::one(tx, id).await?;
            let items = plans::items(tx, id, view.0, view.1).await?;
            let people: Vec<_> = items.iter().take(paging::PAGE).filter_map(|item| item.person_id).collect();
            tx.shown("person", &people).await?;
            let counts = plans::counts(tx, id).await?;
            let asked = meanings::asked(tx, &roster).await?;
            Ok((roster, counts, items, asked, tx.frame().await?))
        })
        .await?;
    let chrome = Chrome::new(actor, Place::Workforce, here, &frame);
    html::with(status, PlanPage::new(chrome, actor, roster, &counts, items, asked, view.0, planned))
}

/// `GET /people/roster/{id}.csv`
pub async fn download(
    actor: Actor,
    db: Data<Db>,
    Id(id): Id,
    query: Query<PlanQuery>,
) -> Result<HttpResponse, AppError> {
    let (view, _) = filters::accepted(&db, actor.does(Action::RosterExport), query.parse()).await?;
    csv::download(&db, &actor, Action::RosterExport, "roster-plan", export::export(id, view)).await
}

/// Whoever does not see everybody works with the rosters they brought.
pub(super) fn theirs(actor: &Actor, roster: &plans::Roster) -> Result<(), AppError> {
    let everybody = scope_for(actor.role(), Action::RosterApply) == Some(Scope::All);
    if everybody || roster.started_by == actor.id() { Ok(()) } else { Err(AppError::NotFound) }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

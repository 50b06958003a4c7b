//! The pages of logins: the list with its form, one login with who held it when, and their posts.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use chrono::TimeDelta;
use uuid::Uuid;

use super::correcting::{Correction, Wanted};
use super::filter::Filter;
use super::matching::{self, Posted, Typed};
use super::model::Span;
use super::views::{ListPage, Listed, LoginPage};
use super::{export, queries};
use crate::audit::{Actor, AuditedTx, Db};
use crate::clock;
use crate::error::AppError;
use crate::policy::{Action, Scope, scope_for};
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::list::{self, Asked, List};
use crate::web::paging::FETCH;
use crate::web::{Chrome, Hx, Id, Place, csv, filters, html};
use crate::words::RerunCause;

fn everything(actor: &Actor) -> bool {
    scope_for(actor.role(), Action::LoginListRead) == Some(Scope::All)
}

/// `GET /people/logins`
pub async fn list(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::LoginListRead), &asked).await?;
    let page = list_page(&actor, &db, here, (filter, list), (Posted::default(), Said::default())).await?;
    if hx.wants("list") { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /people/logins.csv`
pub async fn download(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::LoginListExport), &asked).await?;
    let file = export::export(&filter, &list, &actor.identity().time_zone, everything(&actor));
    csv::download(&db, &actor, Action::LoginListExport, "logins", file).await
}

/// What a post left to say above the list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said {
    /// So many were matched.
    pub matched: usize,
    /// So many were not.
    pub failed: usize,
    /// Nothing was chosen.
    pub nothing: bool,
    /// Somebody else matched one of them in the same moment.
    pub conflict: bool,
}

async fn list_page(
    actor: &Actor,
    db: &Db,
    here: Here,
    (filter, list): (Filter, List),
    (posted, said): (Posted, Said),
) -> Result<ListPage, AppError> {
    let zone = actor.identity().time_zone.clone();
    let everything = everything(actor);
    let (frame, listed) = db
        .read(actor.does(Action::LoginListRead), async |tx| {
            let listed = Listed::read(tx, &filter, &zone, everything, posted.rows.len()).await?;
            tx.shown("login", &listed.logins()).await?;
            tx.shown("person", &listed.persons(clock::zone(&zone))).await?;
            Ok((tx.frame().await?, listed))
        })
        .await?;
    let chrome = Chrome::new(actor, Place::Logins, here, &frame);
    Ok(ListPage::new(chrome, actor, filter, list, listed, posted, said))
}

/// `POST /people/logins`: what fits is matched in one act; each row that does not says why.
pub async fn create(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    asked: Asked,
    pairs: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, AppError> {
    let read = list::of_form::<Filter>(&asked).and_then(|read| Ok((read, Posted::parse(&pairs)?)));
    let (read, mut posted) = filters::accepted(&db, actor.does(Action::LoginMatch), read).await?;
    let zone = clock::zone(&actor.identity().time_zone);
    if posted.chosen.is_empty() {
        db.refuse_form(&actor.does(Action::LoginMatch)).await?;
        let said = Said { nothing: true, ..Said::default() };
        let page = list_page(&actor, &db, here, read, (posted, said)).await?;
        return html::with(StatusCode::UNPROCESSABLE_ENTITY, page);
    }
    let asked = posted.chosen.len();
    let entered = db
        .change(actor.does(Action::LoginListRead), actor.does(Action::LoginMatch), async |tx| {
            let done = matching::enter(tx, actor.id(), &mut posted, zone).await?;
            if done.logins.is_empty() {
                return Err(AppError::Invalid("No login could be matched.".to_owned()));
            }
            tx.shown("login", &done.logins).await?;
            look_again(tx, &actor, &done.logins, &done.spans).await?;
            Ok(done.logins.len())
        })
        .await;
    let (status, said) = match entered {
        Ok(matched) if matched == asked => {
            let done = Done::LoginsMatched(i64::try_from(matched).unwrap_or(i64::MAX));
            return Ok(flash::tell(html::see(&read.1.with(&[("view", "")])), done));
        }
        Ok(matched) => (StatusCode::UNPROCESSABLE_ENTITY, Said { matched, failed: asked - matched, ..Said::default() }),
        Err(AppError::Invalid(_)) => (StatusCode::UNPROCESSABLE_ENTITY, Said { failed: asked, ..Said::default() }),
        Err(AppError::Conflict) => (StatusCode::CONFLICT, Said { conflict: true, ..Said::default() }),
        Err(error) => return Err(error),
    };
    html::with(status, list_page(&actor, &db, here, read, (posted, said)).await?)
}

/// The rules look again at what these logins opened in these periods; a system account's everything.
async fn look_again(tx: &mut AuditedTx<'_>, actor: &Actor, logins: &[Uuid], spans: &[Span]) -> Result<(), AppError> {
    let now = clock::now();
    let from = spans.iter().map(|span| span.0).min().unwrap_or_default();
    let until = spans.iter().map(|span| span.1.unwrap_or(now)).max().unwrap_or(now);
    // the rules think in whole days of a facility's zone, which may be any
    let (from, until) = (from - TimeDelta::days(1), until + TimeDelta::days(1));
    tx.ask_for_rerun(RerunCause::LoginMatched, logins, from, until, actor.request_id()).await?;
    Ok(())
}

/// `GET /people/logins/{id}`
pub async fn page(actor: Actor, db: Data<Db>, here: Here, Id(id): Id) -> Result<HttpResponse, AppError> {
    login_page(&actor, &db, here, id, (StatusCode::OK, None)).await
}

async fn login_page(
    actor: &Actor,
    db: &Db,
    here: Here,
    id: Uuid,
    (status, typed): (StatusCode, Option<(Uuid, Typed)>),
) -> Result<HttpResponse, AppError> {
    let everything = everything(actor);
    let (frame, login, holdings, history) = db
        .read(actor.does(Action::LoginListRead).on(id), async |tx| {
            let login = queries::one(tx, id, everything).await?;
            let holdings = tx.all(queries::holdings(None, Some(id), None, everything, None, Some(FETCH))).await?;
            let people: BTreeSet<_> = holdings.iter().filter_map(|held| held.person_id).collect();
            tx.shown("person", &people.into_iter().collect::<Vec<_>>()).await?;
            Ok((tx.frame().await?, login, holdings, queries::history(tx, id).await?))
        })
        .await?;
    let chrome = Chrome::new(actor, Place::Logins, here, &frame);
    html::with(status, LoginPage::new(chrome, actor, login, holdings, history, typed))
}

/// `POST /people/logins/{id}`: corrects or takes away a holder, or says what the login is.
pub async fn correct(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    Id(id): Id,
    posted: Form<Correction>,
) -> Result<HttpResponse, AppError> {
    let (reads, writes) = (actor.does(Action::LoginListRead).on(id), actor.does(Action::LoginHolderUpdate).on(id));
    let mut wanted = Wanted::of(posted.into_inner());
    let saved = db
        .change(reads, writes, async |tx| {
            let (logins, touched) = wanted.carry_out(tx, &actor, id).await?;
            look_again(tx, &actor, &logins, &touched).await
        })
        .await;
    match saved {
        Ok(()) => Ok(flash::tell(html::see(&format!("/people/logins/{id}")), Done::HolderSaved)),
        Err(AppError::Invalid(_)) if wanted.typed.error.is_some() => {
            let came = Some((wanted.holder, wanted.typed));
            login_page(&actor, &db, here, id, (StatusCode::UNPROCESSABLE_ENTITY, came)).await
        }
        Err(AppError::Conflict) => login_page(&actor, &db, here, id, (StatusCode::CONFLICT, None)).await,
        Err(error) => Err(error),
    }
}

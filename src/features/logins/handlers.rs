//! The pages of logins: the list with its form, one login with who held it when, and their posts.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use chrono::TimeDelta;
use serde::Deserialize;
use uuid::Uuid;

use super::matching::{self, Posted, Typed};
use super::model::Span;
use super::queries;
use super::views::{ListPage, Listed, LoginPage, View};
use crate::audit::{Actor, AuditedTx, Db};
use crate::clock;
use crate::error::AppError;
use crate::policy::{Action, Scope, scope_for};
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Id, Place, filters, html, paging};
use crate::words::RerunCause;

/// The query string of the list.
#[derive(Debug, Default, Deserialize)]
pub struct ListQuery {
    view: Option<String>,
    source: Option<String>,
    after: Option<String>,
}

/// The same, typed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Which tab.
    pub view: View,
    /// Logins of this source.
    pub source: Option<Uuid>,
    /// The page that begins after this one.
    pub after: Option<Uuid>,
}

impl Filter {
    /// The list with everything as it was, from its first page on.
    fn path(&self) -> String {
        let source = self.source.map(|id| id.to_string()).unwrap_or_default();
        paging::url("/people/logins", &[("source", &source)])
    }
}

impl ListQuery {
    fn parse(&self) -> Result<Filter, AppError> {
        Ok(Filter {
            view: filters::known("View", self.view.as_deref(), View::parse)?.unwrap_or_default(),
            source: filters::id("Source", self.source.as_deref())?,
            after: filters::id("Page", self.after.as_deref())?,
        })
    }
}

fn everything(actor: &Actor) -> bool {
    scope_for(actor.role(), Action::LoginListRead) == Some(Scope::All)
}

/// `GET /people/logins`
pub async fn list(actor: Actor, db: Data<Db>, here: Here, query: Query<ListQuery>) -> Result<HttpResponse, AppError> {
    let filter = filters::accepted(&db, actor.does(Action::LoginListRead), query.parse()).await?;
    list_page(&actor, &db, here, filter, (StatusCode::OK, Posted::default(), Said::default())).await
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
    filter: Filter,
    (status, posted, said): (StatusCode, Posted, Said),
) -> Result<HttpResponse, AppError> {
    let zone = actor.identity().time_zone.clone();
    let everything = everything(actor);
    let (frame, listed) = db
        .read(actor.does(Action::LoginListRead), async |tx| {
            let mut listed = Listed { sources: queries::sources(tx).await?, ..Listed::of(posted.rows.len()) };
            let Filter { source, after, .. } = filter;
            match filter.view {
                View::Unmatched => {
                    listed.unmatched = queries::unmatched(tx, source, &zone, after, listed.size).await?;
                    listed.people = queries::candidates(tx).await?;
                }
                View::System => listed.systems = queries::systems(tx, source, everything, after).await?,
                view => {
                    let vendors = Some(view == View::Vendors);
                    listed.holdings = queries::holdings(tx, vendors, None, source, everything, after).await?;
                }
            }
            tx.shown("login", &listed.logins()).await?;
            tx.shown("person", &listed.persons(clock::zone(&zone))).await?;
            Ok((tx.frame().await?, listed))
        })
        .await?;
    let chrome = Chrome::new(actor, Place::Logins, here, &frame);
    html::with(status, ListPage::new(chrome, actor, filter, listed, posted, said))
}

/// `POST /people/logins`: what fits is matched in one act; each row that does not says why.
pub async fn create(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    query: Query<ListQuery>,
    pairs: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, AppError> {
    let read = query.parse().and_then(|filter| Ok((filter, Posted::parse(&pairs)?)));
    let (filter, mut posted) = filters::accepted(&db, actor.does(Action::LoginMatch), read).await?;
    let zone = clock::zone(&actor.identity().time_zone);
    if posted.chosen.is_empty() {
        db.refuse_form(&actor.does(Action::LoginMatch)).await?;
        let said = Said { nothing: true, ..Said::default() };
        return list_page(&actor, &db, here, filter, (StatusCode::UNPROCESSABLE_ENTITY, posted, said)).await;
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
            return Ok(flash::tell(html::see(&filter.path()), done));
        }
        Ok(matched) => (StatusCode::UNPROCESSABLE_ENTITY, Said { matched, failed: asked - matched, ..Said::default() }),
        Err(AppError::Invalid(_)) => (StatusCode::UNPROCESSABLE_ENTITY, Said { failed: asked, ..Said::default() }),
        Err(AppError::Conflict) => (StatusCode::CONFLICT, Said { conflict: true, ..Said::default() }),
        Err(error) => return Err(error),
    };
    list_page(&actor, &db, here, filter, (status, posted, said)).await
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
            let holdings = queries::holdings(tx, None, Some(id), None, everything, None).await?;
            let people: BTreeSet<_> = holdings.iter().filter_map(|held| held.person_id).collect();
            tx.shown("person", &people.into_iter().collect::<Vec<_>>()).await?;
            Ok((tx.frame().await?, login, holdings, queries::history(tx, id).await?))
        })
        .await?;
    let chrome = Chrome::new(actor, Place::Logins, here, &frame);
    html::with(status, LoginPage::new(chrome, actor, login, holdings, history, typed))
}

/// What the forms of one login post.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Correction {
    act: String,
    holder: String,
    from: String,
    to: String,
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
    let zone = clock::zone(&actor.identity().time_zone);
    let mut holder = Uuid::try_parse(&posted.holder).unwrap_or_default();
    let mut typed = Typed { from: posted.from.trim().to_owned(), to: posted.to.trim().to_owned(), ..Typed::default() };
    let saved = db
        .change(reads, writes, async |tx| {
            if queries::in_scope(tx, &[id]).await?.is_empty() {
                return Err(AppError::NotFound);
            }
            let held = queries::spans(tx, &[id]).await?;
            let kind = matches!(posted.act.as_str(), "personal" | "system");
            let mine = held.iter().find(|held| held.person == Some(actor.id()) && (kind || held.id == holder));
            if let Some(mine) = mine {
                (holder, typed.error) = (mine.id, Some(matching::YOURS.to_owned()));
                return Err(AppError::Invalid("Somebody else corrects one’s own logins.".to_owned()));
            }
            let (own, others): (Vec<_>, Vec<_>) = held.into_iter().partition(|held| held.id == holder);
            let others: Vec<_> = others.into_iter().map(|held| held.span).collect();
            let mut touched: Vec<_> = own.iter().map(|held| held.span).collect();
            let mut logins = vec![id];
            match posted.act.as_str() {
                "personal" | "system" => queries::set_kind(tx, &[id], &posted.act).await?,
                _ if own.is_empty() => return Err(AppError::NotFound),
                "remove" => {
                    // a person's day is the sum of their logins: without this one the others' is another
                    let people: Vec<_> = own.iter().filter_map(|held| held.person).collect();
                    logins.extend(queries::logins_of(tx, &people).await?.into_iter().filter(|login| *login != id));
                    queries::remove(tx, id, holder).await?;
                }
                _ => match matching::fitted(&typed, &others, zone) {
                    Ok(span) => {
                        queries::correct(tx, id, holder, span).await.map_err(matching::met_another)?;
                        touched.push(span);
                    }
                    Err(sentence) => {
                        typed.error = Some(sentence);
                        return Err(AppError::Invalid("The days cannot be used.".to_owned()));
                    }
                },
            }
            look_again(tx, &actor, &logins, &touched).await
        })
        .await;
    match saved {
        Ok(()) => Ok(flash::tell(html::see(&format!("/people/logins/{id}")), Done::HolderSaved)),
        Err(AppError::Invalid(_)) if typed.error.is_some() => {
            login_page(&actor, &db, here, id, (StatusCode::UNPROCESSABLE_ENTITY, Some((holder, typed)))).await
        }
        Err(AppError::Conflict) => login_page(&actor, &db, here, id, (StatusCode::CONFLICT, None)).await,
        Err(error) => Err(error),
    }
}

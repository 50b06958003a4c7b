//! The list of accounts, and the first of the requests that wait above it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use super::super::export;
use super::super::filter::Filter;
use super::super::queries::{list as listing, search, sign_ups};
use super::super::views::list::{ListPage, Listed, WAITING_SHOWN};
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::{Action, may};
use crate::web::chrome::Here;
use crate::web::list::{self, Asked, List};
use crate::web::{Chrome, Errors, Hx, Place, csv, html, paging};

/// A page, and one account more.
#[allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation, reason = "fifty")]
const FETCHED: i32 = paging::PAGE as i32 + 1;

/// `GET /settings/accounts`
pub async fn page(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let read = list::read::<Filter>(&db, actor.does(Action::AccountListRead), &asked).await?;
    let page = listed(&actor, &db, here, read, String::new(), Errors::new()).await?;
    if hx.wants("list") { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /settings/accounts.csv`. A search is read first: one that is not one's own is 404, for the file as for the page.
pub async fn download(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let action = Action::AccountListExport;
    let (filter, list) = list::read::<Filter>(&db, actor.does(action), &asked).await?;
    let search = match filter.search {
        Some(_) if may(actor.role(), action) => {
            db.read(actor.does(Action::AccountListRead), async |tx| search::of(tx, filter.search).await).await?
        }
        _ => None,
    };
    let among = search.as_ref().map(|(found, _)| found.as_slice());
    csv::download(&db, &actor, action, "accounts", export::of_accounts(&filter, among, &list)).await
}

/// The list below a search that came back.
pub async fn refused(
    actor: &Actor,
    db: &Db,
    here: Here,
    read: (Filter, List),
    sought: String,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    html::with(StatusCode::UNPROCESSABLE_ENTITY, listed(actor, db, here, read, sought, errors).await?)
}

async fn listed(
    actor: &Actor,
    db: &Db,
    here: Here,
    (filter, list): (Filter, List),
    sought: String,
    errors: Errors,
) -> Result<ListPage, AppError> {
    let (frame, listed) = db
        .read(actor.does(Action::AccountListRead), async |tx| {
            let search = search::of(tx, filter.search).await?;
            let among = search.as_ref().map(|(found, _)| found.as_slice());
            let (rows, more) = paging::cut(tx.all(listing::accounts(&filter, among, Some(FETCHED))).await?);
            let waiting = tx.all(sign_ups::waiting(None, Some(WAITING_SHOWN))).await?;
            let count = sign_ups::count(tx).await?;
            tx.shown("account", &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
            tx.shown("sign_up", &waiting.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
            let search = search.map(|(found, cut_off)| (found.len(), cut_off));
            Ok((tx.frame().await?, Listed { rows, more, waiting, count, search }))
        })
        .await?;
    let chrome = Chrome::new(actor, Place::Accounts, here, &frame);
    Ok(ListPage::new(chrome, actor, list, listed, sought, errors))
}

//! The list of accounts, and the first of the requests that wait above it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use super::super::filter::Filter;
use super::super::queries::{list as listing, search, sign_ups};
use super::super::views::list::{ListPage, Listed, WAITING_SHOWN};
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::list::{self, Asked, List};
use crate::web::{Chrome, Errors, Hx, Place, html, paging};

/// `GET /settings/accounts`
pub async fn page(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let read = list::read::<Filter>(&db, actor.does(Action::AccountListRead), &asked).await?;
    let page = listed(&actor, &db, here, read, String::new(), Errors::new()).await?;
    if hx.wants("list") { html::ok(page.as_list()) } else { html::ok(page) }
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
            let search = match filter.search {
                Some(id) => Some(search::kept(tx, id).await?),
                None => None,
            };
            let among = search.as_ref().map(|(found, _)| found.as_slice());
            let (rows, more) = paging::cut(listing::accounts(tx, &filter, among).await?);
            let waiting = sign_ups::waiting(tx, None, WAITING_SHOWN).await?;
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

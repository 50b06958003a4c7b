//! The list of accounts, and the first of the requests that wait above it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};

use super::super::filter::{Filter, Posted};
use super::super::queries::{list as listing, search, sign_ups};
use super::super::views::list::{ListPage, Listed, WAITING_SHOWN};
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::{Chrome, Errors, Place, filters, html, paging};

/// `GET /settings/accounts`
pub async fn page(actor: Actor, db: Data<Db>, here: Here, query: Query<Posted>) -> Result<HttpResponse, AppError> {
    let filter = filters::accepted(&db, actor.does(Action::AccountListRead), Filter::parse(&query)).await?;
    shown(&actor, &db, here, StatusCode::OK, &filter, String::new(), Errors::new()).await
}

/// The list, or the list below a search that came back.
pub async fn shown(
    actor: &Actor,
    db: &Db,
    here: Here,
    status: StatusCode,
    filter: &Filter,
    sought: String,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let (frame, listed) = db
        .read(actor.does(Action::AccountListRead), async |tx| {
            let search = match filter.search {
                Some(id) => Some(search::kept(tx, id).await?),
                None => None,
            };
            let among = search.as_ref().map(|(found, _)| found.as_slice());
            let (rows, more) = paging::cut(listing::accounts(tx, filter, among).await?);
            let waiting = sign_ups::waiting(tx, None, WAITING_SHOWN).await?;
            let count = sign_ups::count(tx).await?;
            tx.shown("account", &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
            tx.shown("sign_up", &waiting.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
            let search = search.map(|(found, cut_off)| (found.len(), cut_off));
            Ok((tx.frame().await?, Listed { rows, more, waiting, count, search }))
        })
        .await?;
    let chrome = Chrome::new(actor, Place::Accounts, here, &frame);
    html::with(status, ListPage::new(chrome, actor, filter, listed, sought, errors))
}

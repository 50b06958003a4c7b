//! The list of accounts, and the requests that wait above it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};

use super::super::filter::{Filter, Posted};
use super::super::queries::list as listing;
use super::super::views::list::ListPage;
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::{Chrome, Place, filters, html, paging};

/// `GET /settings/accounts`
pub async fn page(actor: Actor, db: Data<Db>, here: Here, query: Query<Posted>) -> Result<HttpResponse, AppError> {
    let filter = filters::accepted(&db, actor.does(Action::AccountListRead), Filter::parse(&query)).await?;
    let (frame, rows, more, waiting) = db
        .read(actor.does(Action::AccountListRead), async |tx| {
            let (rows, more) = paging::cut(listing::accounts(tx, &filter).await?);
            let waiting = listing::waiting_sign_ups(tx).await?;
            tx.shown("account", &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
            tx.shown("sign_up", &waiting.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
            Ok((tx.frame().await?, rows, more, waiting))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::Accounts, here, &frame);
    html::ok(ListPage::new(chrome, &actor, &filter, rows, more, waiting))
}

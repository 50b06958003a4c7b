//! The list of accounts, and the requests that wait above it.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::super::filter::Filter;
use super::super::queries::list as listing;
use super::super::views::list::ListPage;
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::list::{self, Asked};
use crate::web::{Chrome, Hx, Place, html, paging};

/// `GET /settings/accounts`
pub async fn page(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::AccountListRead), &asked).await?;
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
    let page = ListPage::new(chrome, &actor, list, rows, more, waiting);
    if hx.wants("list") { html::ok(page.as_list()) } else { html::ok(page) }
}

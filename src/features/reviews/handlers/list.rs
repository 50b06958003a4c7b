//! The list of reviews and its file.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::super::export;
use super::super::filter::Filter;
use super::super::queries::list as listing;
use super::super::views::list::{ListPage, Listed};
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::list::{self, Asked};
use crate::web::{Chrome, Hx, Place, csv, html, paging};

/// `GET /reviews`
pub async fn list(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::ReviewListRead), &asked).await?;
    let (frame, listed) = db
        .read(actor.does(Action::ReviewListRead), async |tx| {
            let (rows, more) = paging::cut(listing::list(tx, &filter, actor.id()).await?);
            let counts = listing::counts(tx, &filter, actor.id()).await?;
            tx.shown("review", &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
            Ok((tx.frame().await?, Listed { rows, more, counts }))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::Reviews, here, &frame);
    let page = ListPage::new(chrome, &actor, &filter, list, listed, hx.wants("list"));
    if page.fragment { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /reviews.csv`
pub async fn download(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::ReviewListExport), &asked).await?;
    let file = export::reviews(&filter, &list, actor.id());
    csv::download(&db, &actor, Action::ReviewListExport, "reviews", file).await
}

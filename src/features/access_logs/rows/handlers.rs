//! The page of every access row, and its file.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::filter::Filter;
use super::views::{Listed, RowsPage};
use super::{export, queries};
use crate::audit::{Actor, Db};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::list::{self, Asked};
use crate::web::{Chrome, Hx, Place, csv, html, paging};

/// `GET /access-logs/rows`
pub async fn list(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let action = Action::AccessLogListRead;
    let (filter, list) = list::read::<Filter>(&db, actor.does(action), &asked).await?;
    let zone = clock::zone(&actor.identity().time_zone);
    let (frame, person, (rows, more)) = db
        .read(actor.does(action), async |tx| {
            let page = paging::cut(queries::page(tx, &filter, zone).await?);
            let ids: Vec<_> = page.0.iter().map(|row| row.id).collect();
            tx.shown("access_log", &ids).await?;
            Ok((tx.frame().await?, queries::person_name(tx, filter.person).await?, page))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::AccessLogs, here, &frame).with_facilities(&frame, filter.facility);
    let page = RowsPage::new(chrome, &actor, list, Listed { person, rows, more }, hx.wants("list"));
    if page.fragment { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /access-logs/rows.csv`
pub async fn download(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::AccessLogListExport), &asked).await?;
    let zone = clock::zone(&actor.identity().time_zone);
    let file = export::export(&filter, &list, zone);
    csv::download(&db, &actor, Action::AccessLogListExport, "access-rows", file).await
}

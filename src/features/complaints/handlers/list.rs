//! The list of complaints and its file.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::super::export;
use super::super::filter::Filter;
use super::super::queries::list as listing;
use super::super::views::list::{ListPage, Listed};
use crate::audit::{Actor, Db};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::list::{self, Asked};
use crate::web::{Chrome, Hx, Place, csv, html, paging};

/// `GET /complaints`
pub async fn list(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::ComplaintListRead), &asked).await?;
    let today = clock::today_in(&actor.identity().time_zone);
    let (frame, listed) = db
        .read(actor.does(Action::ComplaintListRead), async |tx| {
            let (rows, more) = paging::cut(listing::list(tx, &filter, filter.narrowed(actor.id(), today)).await?);
            let counts = listing::counts(tx, &filter, actor.id(), today).await?;
            tx.shown("complaint", &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
            Ok((tx.frame().await?, Listed { rows, more, counts }))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::Complaints, here, &frame).with_facilities(&frame, filter.facility);
    let page = ListPage::new(chrome, &actor, &filter, list, listed, hx.wants("list"));
    if page.fragment { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /complaints.csv`
pub async fn download(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::ComplaintListExport), &asked).await?;
    let today = clock::today_in(&actor.identity().time_zone);
    let file = export::export(&filter, &list, filter.narrowed(actor.id(), today));
    csv::download(&db, &actor, Action::ComplaintListExport, "complaints", file).await
}

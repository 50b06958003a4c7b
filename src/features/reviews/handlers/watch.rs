//! The watch list and its file.

use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::Days as Span;
use uuid::Uuid;

use super::super::export;
use super::super::filter::Watched;
use super::super::queries::watch;
use super::super::views::watch::WatchPage;
use crate::audit::{Actor, Db};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::filters::Days;
use crate::web::list::{self, Asked};
use crate::web::{Chrome, Hx, Place, csv, html, paging};

/// How many days of accesses the list counts.
const COUNTED: u64 = 90;

/// The lowest id of the days that count.
fn since(actor: &Actor) -> Uuid {
    let today = clock::today_in(&actor.identity().time_zone);
    let days = Days { from: today.checked_sub_days(Span::new(COUNTED)), to: None };
    days.ids(clock::zone(&actor.identity().time_zone)).0.unwrap_or_default()
}

/// `GET /watch-list`
pub async fn list(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Watched>(&db, actor.does(Action::WatchListRead), &asked).await?;
    let (frame, rows) = db
        .read(actor.does(Action::WatchListRead), async |tx| {
            let rows = watch::list(tx, filter.after, since(&actor)).await?;
            tx.shown("patient", &rows.iter().take(paging::PAGE).map(|row| row.id).collect::<Vec<_>>()).await?;
            Ok((tx.frame().await?, rows))
        })
        .await?;
    let page = WatchPage::new(Chrome::new(&actor, Place::Reviews, here, &frame), &actor, list, rows, hx.wants("list"));
    if page.fragment { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /watch-list.csv`
pub async fn download(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let (_, list) = list::read::<Watched>(&db, actor.does(Action::WatchListExport), &asked).await?;
    let file = export::watch_list(&list, since(&actor));
    csv::download(&db, &actor, Action::WatchListExport, "watch-list", file).await
}

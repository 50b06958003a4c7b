//! The list of people and its file.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::export;
use super::filter::Filter;
use super::queries;
use super::views::{ListPage, Listed};
use crate::audit::{Actor, Db};
use crate::clock;
use crate::error::AppError;
use crate::policy::{Action, Scope, scope_for};
use crate::web::chrome::Here;
use crate::web::list::{self, Asked};
use crate::web::{Chrome, Hx, Place, csv, html, paging};

/// `GET /people`: whoever sees only themselves is led to their own page.
pub async fn list(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::PersonListRead), &asked).await?;
    let scope = scope_for(actor.role(), Action::PersonListRead);
    if scope == Some(Scope::Own) {
        db.read(actor.does(Action::PersonListRead), async |_| Ok(())).await?;
        return Ok(html::see(&format!("/people/{}", actor.id())));
    }
    let today = clock::today_in(&actor.identity().time_zone);
    let (frame, listed) = db
        .read(actor.does(Action::PersonListRead), async |tx| {
            let rows = queries::list(tx, &filter, scope == Some(Scope::All), today).await?;
            let (rows, more) = paging::cut(rows);
            tx.shown("person", &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
            let frame = tx.frame().await?;
            let covered: Vec<_> = frame.facilities.iter().map(|(id, _)| *id).collect();
            let departments = queries::departments(tx, &covered).await?;
            Ok((frame, Listed { rows, more, departments }))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::Workforce, here, &frame).with_facilities(&frame, filter.facility);
    let page = ListPage::new(chrome, actor.role(), list, listed, hx.wants("list"));
    if page.fragment { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /people.csv`
pub async fn download(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::PersonListExport), &asked).await?;
    let today = clock::today_in(&actor.identity().time_zone);
    let everybody = scope_for(actor.role(), Action::PersonListExport) == Some(Scope::All);
    let file = export::export(&filter, &list, everybody, today);
    csv::download(&db, &actor, Action::PersonListExport, "people", file).await
}

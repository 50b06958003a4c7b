//! The page of exports, and its file.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::Value;
use uuid::Uuid;

use super::filter::Filter;
use super::views::{ExportsPage, Listed};
use super::{export, model, queries};
use crate::audit::{Actor, Db};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::list::{self, Asked};
use crate::web::{Chrome, Hx, Place, csv, html, paging};

/// `GET /exports`
pub async fn list(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let action = Action::ExportListRead;
    let (filter, list) = list::read::<Filter>(&db, actor.does(action), &asked).await?;
    let zone = clock::zone(&actor.identity().time_zone);
    let (frame, listed) = db
        .read(actor.does(action), async |tx| {
            let (exports, more) = paging::cut(queries::page(tx, &filter, zone).await?);
            tx.shown("export", &exports.iter().map(|export| export.event_id).collect::<Vec<_>>()).await?;
            let mentioned =
                |of: fn(&Value) -> Vec<Uuid>| exports.iter().flat_map(|export| of(&export.filter)).collect::<Vec<_>>();
            let mut names = queries::names(tx, &mentioned(model::people_of)).await?;
            names.extend(queries::source_names(tx, &mentioned(model::sources_of)).await?);
            let takers = queries::takers(tx).await?;
            let frame = tx.frame().await?;
            names.extend(frame.facilities.iter().cloned());
            Ok((frame, Listed { exports, more, names, takers }))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::Exports, here, &frame);
    let page = ExportsPage::new(chrome, &actor, list, listed, hx.wants("list"));
    if page.fragment { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /exports.csv`
pub async fn download(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::ExportListExport), &asked).await?;
    let zone = clock::zone(&actor.identity().time_zone);
    csv::download(&db, &actor, Action::ExportListExport, "exports", export::export(&filter, &list, zone)).await
}

//! The list of imports and its file.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::super::export;
use super::super::filter::Filter;
use super::super::queries::pages::{self, Part};
use super::super::views::list::{ListPage, Listed};
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::list::{self, Asked};
use crate::web::{Chrome, Hx, Place, csv, html, paging};

/// `GET /imports`
pub async fn page(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::ImportListRead), &asked).await?;
    let (listed, frame) = db
        .read(actor.does(Action::ImportListRead), async |tx| {
            let (batches, more) = paging::cut(tx.all(pages::batches(&Part::Page(&filter), actor.id())).await?);
            tx.shown("import_batch", &batches.iter().map(|batch| batch.id).collect::<Vec<_>>()).await?;
            Ok((Listed { batches, more, sources: pages::sources(tx).await? }, tx.frame().await?))
        })
        .await?;
    let page = ListPage::new(Chrome::new(&actor, Place::Imports, here, &frame), &actor, list, listed);
    if hx.wants("list") { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /imports.csv`
pub async fn download(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::ImportListExport), &asked).await?;
    csv::download(&db, &actor, Action::ImportListExport, "imports", export::export(&filter, &list, actor.id())).await
}

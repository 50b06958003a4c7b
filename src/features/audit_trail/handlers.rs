//! The page of the trail, and its file.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::filter::Filter;
use super::views::{Listed, TrailPage};
use super::{export, queries};
use crate::audit::{Actor, Db};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::list::{self, Asked};
use crate::web::{Chrome, Hx, Place, csv, html, paging};

/// `GET /audit`
pub async fn list(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let action = Action::AuditEventListRead;
    let (filter, list) = list::read::<Filter>(&db, actor.does(action), &asked).await?;
    let zone = clock::zone(&actor.identity().time_zone);
    let (frame, listed) = db
        .read(actor.does(action), async |tx| {
            let (events, more) = paging::cut(queries::page(tx, &filter, zone).await?);
            let ids: Vec<_> = events.iter().map(|event| event.event_id).collect();
            tx.shown("audit_event", &ids).await?;
            let person = queries::person_name(tx, filter.actor).await?;
            Ok((tx.frame().await?, Listed { events, more, person }))
        })
        .await?;
    let page = TrailPage::new(Chrome::new(&actor, Place::Audit, here, &frame), &actor, list, listed, hx.wants("list"));
    if page.fragment { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /audit.csv`
pub async fn download(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::AuditEventListExport), &asked).await?;
    let zone = clock::zone(&actor.identity().time_zone);
    csv::download(&db, &actor, Action::AuditEventListExport, "audit-trail", export::export(&filter, &list, zone)).await
}

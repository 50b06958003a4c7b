//! The figures, their file, and the list they count.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::export;
use super::filter::{Filter, Period, instants};
use super::queries;
use super::views::{AgreementPage, ListPage, Listed};
use crate::audit::{Actor, Db};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::list::{self, Asked};
use crate::web::{Chrome, Hx, Place, csv, html, paging};

/// `GET /access-logs/agreement`
pub async fn agreement(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let (period, list) = list::read::<Period>(&db, actor.does(Action::SecondReviewListRead), &asked).await?;
    let (since, until) = instants(period.days, clock::zone(&actor.identity().time_zone));
    let (frame, figures, proofs) = db
        .read(actor.does(Action::SecondReviewListRead), async |tx| {
            Ok((tx.frame().await?, queries::figures(tx, since, until).await?, queries::proofs(tx).await?))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::SecondReviews, here, &frame);
    let page = AgreementPage::new(chrome, actor.role(), list, figures, &proofs, hx.wants("list"));
    if page.fragment { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /access-logs/agreement.csv`
pub async fn download(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let action = Action::SecondReviewListExport;
    let (period, list) = list::read::<Period>(&db, actor.does(action), &asked).await?;
    let (since, until) = instants(period.days, clock::zone(&actor.identity().time_zone));
    csv::download(&db, &actor, action, "agreement", export::export(&list, since, until)).await
}

/// `GET /access-logs/second-reviews`
pub async fn list(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::SecondReviewListRead), &asked).await?;
    let (since, until) = instants(filter.days, clock::zone(&actor.identity().time_zone));
    let (frame, listed) = db
        .read(actor.does(Action::SecondReviewListRead), async |tx| {
            let (rows, more) = paging::cut(queries::list(tx, &filter, since, until).await?);
            tx.shown("review_case", &rows.iter().map(|row| row.case_id).collect::<Vec<_>>()).await?;
            let reviewer = queries::name(tx, filter.reviewer).await?;
            Ok((tx.frame().await?, Listed { rows, more, reviewer }))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::SecondReviews, here, &frame);
    let page = ListPage::new(chrome, &actor, list, listed, hx.wants("list"))?;
    if page.fragment { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /access-logs/second-reviews.csv`
pub async fn download_list(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let action = Action::SecondReviewRoundExport;
    let (filter, list) = list::read::<Filter>(&db, actor.does(action), &asked).await?;
    let (since, until) = instants(filter.days, clock::zone(&actor.identity().time_zone));
    let file = export::of_reviews(queries::reviews(&filter, since, until), &list);
    csv::download(&db, &actor, action, "second-reviews", file).await
}

//! Coverage as pages: a month, its file, and what somebody says about a day.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::export;
use super::model::Month;
use super::queries::{self, NewExplanation};
use super::views::{FormPage, MonthPage, Typed};
use crate::audit::{Actor, Db};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::forms::line;
use crate::web::{Chrome, Errors, Id, Place, csv, filters, html};
use crate::words::GapReason;

/// The query string.
#[derive(Deserialize)]
pub struct Asked {
    month: Option<String>,
    source: Option<String>,
}

impl Asked {
    /// The month, this one unless said, and the source.
    fn read(&self, actor: &Actor) -> Result<(Month, Option<Uuid>), AppError> {
        let month = match self.month.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            None => Month::of(clock::today_in(&actor.identity().time_zone)),
            Some(text) => Month::parse(text).ok_or_else(|| {
                AppError::Invalid("The filter “Month” needs a month such as 2026-11. Nothing was shown.".to_owned())
            })?,
        };
        Ok((month, filters::id("Source", self.source.as_deref())?))
    }
}

/// The day in the path. What is none becomes the first day of all, on which nothing arrived: the same 404 as any other.
pub struct Day(NaiveDate);

impl FromRequest for Day {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().get("day");
        let day = text.and_then(|text| filters::day("Day", Some(text)).ok().flatten());
        ready(Ok(Self(day.unwrap_or_default())))
    }
}

/// `GET /imports/coverage`
pub async fn month(actor: Actor, db: Data<Db>, here: Here, asked: Query<Asked>) -> Result<HttpResponse, AppError> {
    let action = Action::CoverageListRead;
    let (month, source) = filters::accepted(&db, actor.does(action), asked.read(&actor)).await?;
    let (days, sources, frame) = db
        .read(actor.does(action), async |tx| {
            Ok((queries::month(tx, month, source).await?, queries::sources(tx).await?, tx.frame().await?))
        })
        .await?;
    html::ok(MonthPage::new(Chrome::new(&actor, Place::Imports, here, &frame), &actor, month, source, sources, days))
}

/// `GET /imports/coverage.csv`
pub async fn download(actor: Actor, db: Data<Db>, asked: Query<Asked>) -> Result<HttpResponse, AppError> {
    let action = Action::CoverageListExport;
    let (month, source) = filters::accepted(&db, actor.does(action), asked.read(&actor)).await?;
    csv::download(&db, &actor, action, "coverage", export::export(month, source)).await
}

/// `GET /imports/coverage/{id}/{day}`
pub async fn form(actor: Actor, db: Data<Db>, here: Here, Id(id): Id, day: Day) -> Result<HttpResponse, AppError> {
    form_page(&actor, &db, here, (id, day.0), StatusCode::OK, Typed::default(), Errors::new()).await
}

/// What the form posts.
#[derive(Deserialize)]
pub struct Posted {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    note: String,
    form_key: Option<Uuid>,
}

/// `POST /imports/coverage/{id}/{day}`
pub async fn explain(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    Id(id): Id,
    day: Day,
    Form(posted): Form<Posted>,
) -> Result<HttpResponse, AppError> {
    let writes = actor.does(Action::CoverageExplain).on(id);
    let (note, reason) = (line(&posted.note), GapReason::parse(&posted.reason));
    let mut errors = Errors::new();
    if reason.is_none() {
        errors.add("reason", "Choose what happened");
    }
    if note.chars().count() > 200 {
        errors.add("note", "Shorten the note to 200 characters");
    } else if note.is_empty() && reason == Some(GapReason::Other) {
        errors.add("note", "Say in a few words what happened");
    }
    let (Some(reason), true) = (reason, errors.is_empty()) else {
        db.refuse_form(&writes).await?;
        let typed = Typed { reason: posted.reason, note: posted.note };
        return form_page(&actor, &db, here, (id, day.0), StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await;
    };
    let (new, key) = (Uuid::now_v7(), posted.form_key.unwrap_or_else(Uuid::now_v7));
    db.change(actor.does(Action::CoverageFormRead).on(id), writes, async |tx| {
        if tx.made_before("coverage", actor.id(), key, new).await?.is_some() {
            return Ok(());
        }
        let row = queries::day(tx, id, day.0).await?;
        let note = (!note.is_empty()).then_some(note.as_str());
        let (source, day, rows_then, me) = (id, day.0, row.received, actor.id());
        queries::add(tx, &NewExplanation { id: new, source, day, reason, note, rows_then, me }).await
    })
    .await?;
    let month = Month::of(day.0).word();
    Ok(flash::tell(html::see(&format!("/imports/coverage?month={month}&source={id}")), Done::DayExplained))
}

async fn form_page(
    actor: &Actor,
    db: &Db,
    here: Here,
    (source, day): (Uuid, NaiveDate),
    status: StatusCode,
    typed: Typed,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let (row, said, frame) = db
        .read(actor.does(Action::CoverageFormRead).on(source), async |tx| {
            Ok((queries::day(tx, source, day).await?, queries::said(tx, source, day).await?, tx.frame().await?))
        })
        .await?;
    let chrome = Chrome::new(actor, Place::Imports, here, &frame);
    html::with(status, FormPage::new(chrome, actor, row, said, typed, errors))
}

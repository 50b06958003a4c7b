//! The one act that applies a plan, all or nothing, if it still is the plan that somebody read.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use chrono::NaiveDate;
use uuid::Uuid;

use super::filter::View;
use super::handlers::{hex, plan_page, theirs};
use super::model::first_changed;
use super::plan::{self, Item, State};
use super::queries::{self, apply, plans};
use super::reruns::{self, Rehashed};
use super::unread;
use super::views::Planned;
use crate::audit::{Actor, AuditedTx, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Errors, Id, html};

/// What the form of a plan posts.
#[derive(serde::Deserialize)]
pub struct Application {
    #[serde(default)]
    plan: String,
    #[serde(default)]
    missing_left: String,
    #[serde(default)]
    left_on: String,
}

/// `POST /people/roster/{id}/application`: one act, all or nothing, of exactly the plan that was read.
pub async fn apply(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    Id(id): Id,
    posted: Form<Application>,
) -> Result<HttpResponse, AppError> {
    let (reads, writes) = (actor.does(Action::RosterRead).on(id), actor.does(Action::RosterApply).on(id));
    let (mut errors, mut fresh) = (Errors::new(), None);
    let applied =
        db.change(reads, writes, async |tx| carry_out(tx, &actor, id, &posted, (&mut fresh, &mut errors)).await).await;
    match applied {
        Ok(people) => Ok(flash::tell(
            html::see(&format!("/people/roster/{id}")),
            Done::RosterApplied(i64::try_from(people).unwrap_or(i64::MAX)),
        )),
        Err(AppError::Invalid(_)) if !errors.is_empty() => {
            let planned = Planned { errors, missing_left: true, left_on: posted.left_on.clone(), stale: false };
            plan_page(&actor, &db, here, id, (View::Changes, None), StatusCode::UNPROCESSABLE_ENTITY, planned).await
        }
        Err(AppError::Conflict) => {
            if let Some((digest, items)) = fresh {
                keep_anew(&db, &actor, id, digest, &items).await?;
            }
            let planned = Planned { stale: true, ..Planned::default() };
            plan_page(&actor, &db, here, id, (View::Changes, None), StatusCode::CONFLICT, planned).await
        }
        Err(error) => Err(error),
    }
}

/// A plan as it would be now, where it is not the one that was read.
type Fresh = Option<([u8; 32], Vec<Item>)>;

/// Writes the plan, if it still is the one that somebody read; how many people it touched.
async fn carry_out(
    tx: &mut AuditedTx<'_>,
    actor: &Actor,
    id: Uuid,
    posted: &Application,
    (fresh, errors): (&mut Fresh, &mut Errors),
) -> Result<usize, AppError> {
    let left_on = (!posted.missing_left.is_empty()).then(|| posted.left_on.parse::<NaiveDate>().ok());
    let roster = plans::one(tx, id).await?;
    theirs(actor, &roster)?;
    let (rows, unread) = plans::rows(tx, id).await?;
    let state = queries::state(tx, actor, roster.source_id, roster.as_of).await?;
    let mut items = plan::plan(&rows, &unread, &state, roster.as_of);
    let now = plan::digest(&items);
    if roster.state != "planned" || hex(&now) != posted.plan {
        *fresh = (roster.state == "planned").then_some((now, items));
        return Err(AppError::Conflict);
    }
    check_missing(left_on, &mut items, &state, errors)?;
    let rehashed = items.iter().filter(|item| item.rehashed).filter_map(|item| item.person).collect();
    let rehashed = Rehashed::before(tx, rehashed).await?;
    let touched = apply::write(tx, &items).await.map_err(met_another)?;
    apply::done(tx, id, actor.id(), left_on.flatten()).await?;
    let people: Vec<_> = touched.iter().map(|(_, id)| *id).collect();
    tx.shown("person", &people).await?;
    rehashed.look_again(tx, actor).await?;
    look_again(tx, actor, &state, &touched).await?;
    Ok(people.len())
}

/// The plan as it would be now stands in the place of the one that no longer holds.
async fn keep_anew(db: &Db, actor: &Actor, id: Uuid, digest: [u8; 32], items: &[Item]) -> Result<(), AppError> {
    let (reads, writes) = (actor.does(Action::RosterRead).on(id), actor.does(Action::RosterCreate).on(id));
    db.change(reads, writes, async |tx| plans::replace(tx, id, digest, items).await).await
}

/// Ends the missing, where they were said to have left. A line that may be anybody's leaves nobody known to be missing.
#[allow(clippy::option_option, reason = "not said, said without a day, said with one")]
fn check_missing(
    left_on: Option<Option<NaiveDate>>,
    items: &mut [Item],
    state: &State,
    errors: &mut Errors,
) -> Result<(), AppError> {
    let in_the_way = unread::in_the_way(&plan::nameless(items));
    match left_on {
        None => return Ok(()),
        Some(_) if in_the_way.is_some() => errors.add("left_on", in_the_way.unwrap_or_default()),
        Some(None) => errors.add("left_on", "Enter their last day of work, such as 2026-11-14"),
        Some(Some(day)) => {
            if plan::end_missing(items, state, day).is_err() {
                errors.add("left_on", "Somebody missing from the file began after this day. Enter a later one");
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(AppError::Invalid("The last day cannot be used.".to_owned())) }
}

/// Somebody else entered the same person or department in the same moment: the plan is of another workforce.
fn met_another(error: AppError) -> AppError {
    match error {
        AppError::Database(sqlx::Error::Database(error))
            if error.is_unique_violation() || error.code().as_deref() == Some("40001") =>
        {
            AppError::Conflict
        }
        other => other,
    }
}

/// The rules look again from the earliest difference on, at those whose employment it is about.
async fn look_again(
    tx: &mut AuditedTx<'_>,
    actor: &Actor,
    state: &State,
    touched: &[(&Item, Uuid)],
) -> Result<(), AppError> {
    let periods = |item: &Item| {
        state.people.iter().find(|person| Some(person.id) == item.person).map_or(&[][..], |person| &person.periods)
    };
    let changed: Vec<_> =
        touched.iter().filter_map(|(item, id)| Some((first_changed(periods(item), &item.steps)?, *id))).collect();
    let people: Vec<_> = changed.iter().map(|(_, id)| *id).collect();
    reruns::of_employment(tx, actor, &people, changed.iter().map(|(day, _)| *day).min()).await
}

//! Rules as an engine and as pages: each has a code, versions, a kind, a severity, parameters, and one set-based statement
//! that writes typed facts. Signals put a case in the queue; context only colours one that is there.
//!
//! [`after_batch`] runs whenever an import is complete, [`rerun`] whenever a fact arrives late, [`shadow`] when a manager
//! proposes a change: it shows what the change would have found and raises nothing.

mod by_hand;
mod engine;
mod handlers;
mod model;
mod queries;
mod tidy;
mod views;

use actix_web::web;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use crate::audit::{Job, Worker};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;

pub use model::weighing::{Signal, weigh};
pub use queries::by_hand::watch;
pub use tidy::tidy;

use engine::{Pass, Span};

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/settings/rules", web::get().to(handlers::list))
        .route("/settings/rules/{code}", web::get().to(handlers::page))
        .route("/settings/rules/{code}/proposals", web::post().to(handlers::propose))
        .route("/settings/rules/proposals/{id}", web::get().to(handlers::proposal))
        // a page that watches a shadow run asks here by itself
        .route("/settings/rules/proposals/{id}/progress", web::get().to(handlers::proposal))
        .route("/settings/rules/proposals/{id}/retry", web::post().to(handlers::retry))
        .route("/settings/rules/reruns/{id}/retry", web::post().to(handlers::run_again))
        .route("/settings/rules/proposals/{id}/request", web::post().to(handlers::request))
        .route("/settings/rules/proposals/{id}/withdrawal", web::post().to(handlers::withdraw))
        .route("/settings/rules/proposals/{id}/approval", web::post().to(handlers::approve))
        .route("/settings/rules/proposals/{id}/refusal", web::post().to(handlers::refuse))
        .route("/access-logs/rows/{id}/flag", web::get().to(by_hand::form))
        .route("/access-logs/rows/{id}/flag", web::post().to(by_hand::flag))
        .route("/patients/{id}/watch", web::post().to(by_hand::watch));
}

/// Runs every enabled rule over the days a batch touched and gathers its cases. Idempotent: a batch may be run again.
#[must_use]
pub fn after_batch(worker: &Worker, batch: Uuid, request_id: Uuid) -> LocalBoxFuture<'_, Result<(), AppError>> {
    Box::pin(async move {
        let (reads, writes) = (Action::RuleBatchRead, Action::RuleBatchRun);
        let pass = Pass { worker, reads, writes, target: batch, request_id, id: Uuid::now_v7() };
        let (mut flags, mut cases) = (0, 0);
        let days = pass.step(async |tx| queries::work::days_of_batch(tx, batch).await).await?;
        for (from, until) in slices(&days) {
            let part = Pass { id: Uuid::now_v7(), ..pass };
            let outcome = part.run(&Span::Batch(batch, from, until), false).await?;
            flags += outcome.flags;
            cases += outcome.cases;
        }
        pass.step(async |tx| queries::history::count(tx, batch, flags, cases).await).await
    })
}

/// Runs every enabled rule again over what a late fact touches. How the job ends: `done` or `failed`, or `again`.
pub async fn rerun(worker: &Worker, job: &Job) -> &'static str {
    let (reads, writes) = (Action::RuleRerunRead, Action::RuleRerunRun);
    let pass = Pass { worker, reads, writes, target: job.target_id, request_id: job.request_id, id: Uuid::now_v7() };
    match run_again(&pass).await {
        Ok(()) => "done",
        Err(error) => {
            tracing::error!(job = %job.id, %error, "the rules did not run again");
            if job.again(&error) {
                return "again";
            }
            let end = pass.step(async |tx| queries::reruns::end(tx, job.target_id, "failed", 0, 0).await).await;
            if let Err(error) = end {
                tracing::error!(job = %job.id, %error, "a rerun's end is not recorded");
            }
            "failed"
        }
    }
}

/// After how many rows a part of a batch is enough: each step of a pass has a minute.
const ROWS_AT_ONCE: i64 = 500_000;

/// The days of a batch in parts of whole days, oldest first, so that what was usual before a part is known when it comes.
fn slices(days: &[(NaiveDate, i64)]) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let begins = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let mut slices: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
    let mut rows = ROWS_AT_ONCE;
    for (day, more) in days {
        if rows + more > ROWS_AT_ONCE {
            slices.push((begins(*day), begins(*day)));
            rows = 0;
        }
        rows += more;
        if let Some((_, until)) = slices.last_mut() {
            *until = begins(*day) + TimeDelta::days(1);
        }
    }
    slices
}

/// Days in parts, so that no step's tables grow without bound.
const DAYS_AT_ONCE: i64 = 62;

async fn run_again(pass: &Pass<'_>) -> Result<(), AppError> {
    let id = pass.target;
    let Some(waiting) = pass.step(async |tx| queries::reruns::begin(tx, id).await).await? else { return Ok(()) };
    let (mut flags, mut cases) = (0, 0);
    for (from, until) in parts(waiting.from_at, waiting.until_at) {
        let part = Pass { id: Uuid::now_v7(), ..*pass };
        let outcome = part.run(&Span::Logins(waiting.login_ids.clone(), from, until), true).await?;
        flags += outcome.flags;
        cases += outcome.cases;
    }
    pass.step(async |tx| queries::reruns::end(tx, id, "done", flags, cases).await).await
}

/// How far back a shadow run looks.
const SHADOW_DAYS: i64 = 60;

/// After how many days what was asked for can no longer be approved; the database says the same.
const APPROVAL_DAYS: i64 = 30;

/// Runs a proposed version over the last sixty days without raising anything. How the job ends: `done` or `failed`, or `again`.
pub async fn shadow(worker: &Worker, job: &Job) -> &'static str {
    let (reads, writes) = (Action::RuleShadowRead, Action::RuleShadowRun);
    let pass = Pass { worker, reads, writes, target: job.target_id, request_id: job.request_id, id: Uuid::now_v7() };
    match run_in_the_shadow(&pass).await {
        Ok(()) => "done",
        Err(error) => {
            tracing::error!(job = %job.id, %error, "a shadow run broke");
            if job.again(&error) {
                return "again";
            }
            if let Err(error) = pass.step(async |tx| queries::shadow::failed(tx, job.target_id).await).await {
                tracing::error!(job = %job.id, %error, "a shadow run's end is not recorded");
            }
            "failed"
        }
    }
}

async fn run_in_the_shadow(pass: &Pass<'_>) -> Result<(), AppError> {
    // whole days, so that no rule judges a day that was cut in two
    let until = clock::now().date_naive().and_time(NaiveTime::MIN).and_utc();
    let from = until - TimeDelta::days(SHADOW_DAYS);
    let begun = pass.step(async |tx| queries::shadow::begin(tx, pass.target, from, until).await).await?;
    let Some(proposed) = begun else { return Ok(()) };
    let rows = pass.gather(&Span::Everyone(from, until)).await?;
    for rule in [&proposed.base, &proposed.rule].into_iter().filter(|rule| rule.enabled) {
        pass.step(async |tx| engine::look(tx, pass.id, rule).await).await?;
    }
    pass.step(async |tx| queries::work::analyze(tx).await).await?;
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    pass.step(async |tx| queries::shadow::compare(tx, pass.id, pass.target, &proposed, rows).await).await?;
    pass.step(async |tx| queries::work::forget(tx, pass.id).await).await
}

/// A period in parts of two months at most, oldest first; what lies before any log or ahead of now holds no rows.
fn parts(from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let mut parts = Vec::new();
    let until = until.min(clock::now() + TimeDelta::days(1));
    let mut begin = from.max(DateTime::from_timestamp(946_684_800, 0).unwrap_or(from));
    while begin <= until {
        let end = begin + TimeDelta::days(DAYS_AT_ONCE);
        parts.push((begin, end.min(until)));
        begin = end;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day") + TimeDelta::days(n)
    }

    #[test]
    fn a_batch_is_judged_in_parts_of_whole_days() {
        let at = |n: i64| day(n).and_time(NaiveTime::MIN).and_utc();
        assert_eq!(slices(&[]), []);
        assert_eq!(slices(&[(day(0), 10), (day(1), 20)]), [(at(0), at(2))], "few rows are one part");
        assert_eq!(
            slices(&[(day(0), 900_000), (day(1), 10)]),
            [(at(0), at(1)), (at(1), at(2))],
            "no day is cut in two"
        );
        assert_eq!(
            slices(&[(day(0), 200_000), (day(1), 300_000), (day(5), 1)]),
            [(at(0), at(2)), (at(5), at(6))],
            "as many days as the limit lets in"
        );
    }
}

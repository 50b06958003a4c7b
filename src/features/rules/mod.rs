//! Rules as an engine and as pages: each has a code, versions, a kind, a severity, parameters, and one set-based statement
//! that writes typed facts. Signals put a case in the queue; context only colours one that is there.
//!
//! [`after_batch`] runs whenever an import is complete, [`rerun`] whenever a fact arrives late, [`shadow`] when a manager
//! proposes a change: it shows what the change would have found and raises nothing.

mod by_hand;
mod engine;
mod export;
mod handlers;
mod model;
mod parts;
mod queries;
mod tidy;
mod views;

use actix_web::web;
use chrono::{NaiveTime, TimeDelta};
use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use crate::audit::{Job, Worker};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;

pub use model::weighing::{Signal, weigh};
pub use queries::by_hand::watch;
pub use tidy::tidy;

use engine::{Outcome, Pass, Reach, Span};

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/settings/rules", web::get().to(handlers::list))
        .route("/settings/rules.csv", web::get().to(handlers::download))
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
        let days = pass.step(async |tx| queries::work::days_of_batch(tx, batch).await).await?;
        for (from, until) in parts::of_days(&days) {
            let part = Pass { id: Uuid::now_v7(), ..pass };
            let Outcome { flags, cases } = part.run(&Span::Batch(batch, from, until), false).await?;
            // part by part: what stands already is not counted again when a later part breaks
            pass.step(async |tx| queries::history::count(tx, batch, flags, cases).await).await?;
        }
        Ok(())
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
            let end = pass.step(async |tx| queries::reruns::end(tx, job.target_id, "failed").await).await;
            if let Err(error) = end {
                tracing::error!(job = %job.id, %error, "a rerun's end is not recorded");
            }
            "failed"
        }
    }
}

async fn run_again(pass: &Pass<'_>) -> Result<(), AppError> {
    let id = pass.target;
    let Some(waiting) = pass.step(async |tx| queries::reruns::begin(tx, id).await).await? else { return Ok(()) };
    let logins = waiting.login_ids;
    let (from, until) = parts::within_reach(waiting.from_at, waiting.until_at);
    let days = pass.step(async |tx| queries::work::days_of(tx, Some(&logins), from, until).await).await?;
    for (from, until) in parts::of_period(&days, from, until) {
        let part = Pass { id: Uuid::now_v7(), ..*pass };
        let Outcome { flags, cases } = part.run(&Span::Logins(logins.clone(), from, until), true).await?;
        pass.step(async |tx| queries::reruns::count(tx, id, flags, cases).await).await?;
    }
    pass.step(async |tx| queries::reruns::end(tx, id, "done").await).await
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
    let days = pass.step(async |tx| queries::work::days_of(tx, None, from, until).await).await?;
    let mut rows = 0;
    for (from, until) in parts::of_period(&days, from, until) {
        let part = Pass { id: Uuid::now_v7(), ..*pass };
        rows += part.gather(&Span::Everyone(from, until)).await?;
        for rule in [&proposed.base, &proposed.rule].into_iter().filter(|rule| rule.enabled) {
            part.step(async |tx| engine::look(tx, part.id, rule, Reach::Every).await).await?;
        }
        part.step(async |tx| queries::shadow::hand_over(tx, part.id, pass.id).await).await?;
        part.step(async |tx| queries::work::forget(tx, part.id).await).await?;
    }
    pass.step(async |tx| queries::work::analyze(tx).await).await?;
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    pass.step(async |tx| queries::shadow::compare(tx, pass.id, pass.target, &proposed, rows).await).await?;
    pass.step(async |tx| queries::work::forget(tx, pass.id).await).await
}

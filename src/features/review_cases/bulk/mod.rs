//! Acts on many cases at once. What was selected is kept as it was seen (ids and versions) under an id of its own; the act is
//! tried on each case in a transaction of that case's own, so that one that has moved on, or that nobody may decide in bulk,
//! undoes none of the others, and every decision stands in the trail as an act on its case. What was left out is named, with
//! why, beside the reason that was typed for it.

mod form;
pub mod handlers;
mod model;
mod queries;
mod run;
mod views;

use crate::audit::Worker;
use crate::error::AppError;
use crate::policy::Action;
use uuid::Uuid;

pub use model::MOST;

/// Deletes selections that have served, a day after they were made.
///
/// # Errors
/// What the database answers.
pub async fn purge(worker: &Worker) -> Result<bool, AppError> {
    let (action, request) = (Action::CaseSelectionPurge, Uuid::now_v7());
    worker.change_if_due(action, Uuid::nil(), request, async |tx| queries::purge(tx).await).await
}

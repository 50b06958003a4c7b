//! What a search found goes a day later: its page has been read by then, and the trail keeps that somebody searched and what
//! they were shown. One event for many, because nobody is asked about one of them.

use uuid::Uuid;

use super::queries;
use crate::audit::Worker;
use crate::error::AppError;
use crate::policy::Action;

/// How many go at a time.
const AT_ONCE: i32 = 1_000;

/// Deletes what is a day old; where nothing is, nothing is said.
///
/// # Errors
/// What the database answers.
pub async fn purge(worker: &Worker) -> Result<(), AppError> {
    let request = Uuid::now_v7();
    let due = async || {
        worker
            .change_if_due(Action::SearchResultPurge, Uuid::nil(), request, async |tx| {
                Ok(queries::purge(tx, AT_ONCE).await? > 0)
            })
            .await
    };
    while due().await? {}
    Ok(())
}

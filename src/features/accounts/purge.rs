//! Old requests for an account go: refused ones, and those that nobody decided in time. Each leaves its own event.

use uuid::Uuid;

use super::queries::sign_ups;
use crate::audit::Worker;
use crate::error::AppError;
use crate::policy::Action;

/// How many go at a time.
const AT_ONCE: i32 = 100;

/// Deletes what is due; how many it deleted.
///
/// # Errors
/// What the database answers.
pub async fn purge(worker: &Worker) -> Result<usize, AppError> {
    let (request, mut purged) = (Uuid::now_v7(), 0);
    loop {
        let due = worker.sign_ups_to_purge(AT_ONCE).await?;
        if due.is_empty() {
            return Ok(purged);
        }
        for id in due {
            worker
                .change(None, Action::SignUpPurge, id, request, None, async |tx| sign_ups::purge(tx, id).await)
                .await?;
            purged += 1;
        }
    }
}

//! Old requests for an account go: refused ones, and those that nobody decided in time. Each leaves its own event. One process
//! at a time does it; a request that is gone all the same when its turn comes is no failure, and nothing is said of it.

use uuid::Uuid;

use super::queries::sign_ups;
use crate::audit::Worker;
use crate::error::AppError;
use crate::policy::Action;

/// How many go at a time.
const AT_ONCE: i32 = 100;

/// Names the turn of whoever purges, among all programs on this database.
const PURGES: i64 = 0x0048_4950_4141_5232;

/// Deletes what is due; how many it deleted.
///
/// # Errors
/// What the database answers.
pub async fn purge(worker: &Worker) -> Result<usize, AppError> {
    let turn = worker.turn(PURGES).await?;
    let purged = purge_alone(worker).await;
    turn.end().await;
    purged
}

async fn purge_alone(worker: &Worker) -> Result<usize, AppError> {
    let (request, mut purged) = (Uuid::now_v7(), 0);
    loop {
        let before = purged;
        for id in worker.sign_ups_to_purge(AT_ONCE).await? {
            let gone = worker
                .change_if_due(Action::SignUpPurge, id, request, async |tx| sign_ups::purge(tx, id).await)
                .await?;
            purged += usize::from(gone);
        }
        if purged == before {
            return Ok(purged);
        }
    }
}

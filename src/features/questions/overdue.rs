//! Answers that did not come in time are noted in the history of their cases, once, under the program's own event. There is
//! no letter to send yet: whoever is asked sees it on their page, and the queue shows which cases wait for too long.

use uuid::Uuid;

use super::queries;
use crate::audit::Worker;
use crate::error::AppError;
use crate::policy::Action;

/// How many are marked at a time.
const AT_ONCE: i32 = 100;

/// Marks what is overdue; how many it marked. One that was answered meanwhile, or that another process marked, is left.
///
/// # Errors
/// What the database answers.
pub async fn mark_overdue(worker: &Worker) -> Result<usize, AppError> {
    let (request, mut marked) = (Uuid::now_v7(), 0);
    loop {
        let before = marked;
        for id in worker.questions_to_mark(AT_ONCE).await? {
            let noted = worker
                .change_if_due(Action::QuestionOverdueMark, id, request, async |tx| queries::mark_overdue(tx, id).await)
                .await?;
            marked += usize::from(noted);
        }
        if marked == before {
            return Ok(marked);
        }
    }
}

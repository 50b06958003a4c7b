//! The SQL of questions: `ask` for the office, `phone` for what was said to it, `own` for whoever is asked.

pub mod ask;
pub mod own;
pub mod phone;

use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;

/// Notes that a question was not answered in time, if that is so and nobody noted it.
///
/// # Errors
/// What the database answers.
pub async fn mark_overdue(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<bool, AppError> {
    Ok(tx.one(sqlx::query!(r#"SELECT portal.mark_question_overdue($1) AS "marked!""#, id)).await?.marked)
}

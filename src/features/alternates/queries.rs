//! The managers, who stands in for each, and whom the reader may name.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;

/// A manager, and who stands in for them.
#[derive(Debug)]
pub struct Manager {
    pub id: Uuid,
    pub full_name: String,
    pub alternate_id: Option<Uuid>,
    pub alternate: Option<String>,
    pub named_by: Option<String>,
    pub named_at: Option<DateTime<Utc>>,
}

/// Every active manager.
pub async fn managers(tx: &mut AuditedTx<'_>) -> Result<Vec<Manager>, AppError> {
    tx.all(sqlx::query_as!(
        Manager,
        r#"SELECT m.id, m.full_name, a.alternate_id AS "alternate_id?", p.full_name AS "alternate?", n.full_name AS "named_by?",
                  a.named_at AS "named_at?"
             FROM portal.people m
             LEFT JOIN portal.review_alternates a ON a.manager_id = m.id AND a.ended_at IS NULL
             LEFT JOIN portal.people p ON p.id = a.alternate_id
             LEFT JOIN portal.people n ON n.id = a.named_by
            WHERE m.role = 'manager' AND m.active ORDER BY m.full_name, m.id"#
    ))
    .await
}

/// Somebody who may be named for a manager.
#[derive(Debug)]
pub struct Choice {
    pub manager_id: Uuid,
    pub alternate_id: Uuid,
    pub full_name: String,
}

/// Whom the reader may name.
pub async fn choices(tx: &mut AuditedTx<'_>) -> Result<Vec<Choice>, AppError> {
    tx.all(sqlx::query_as!(
        Choice,
        r#"SELECT c.manager_id AS "manager_id!", c.alternate_id AS "alternate_id!", p.full_name
             FROM portal.alternates_to_name() c JOIN portal.people p ON p.id = c.alternate_id ORDER BY p.full_name, p.id"#
    ))
    .await
}

/// Names who stands in, or nobody any more; what is in the way, in a word.
///
/// # Errors
/// What the database answers.
pub async fn name(tx: &mut AuditedTx<'_>, manager: Uuid, alternate: Option<Uuid>) -> Result<Option<String>, AppError> {
    let row = tx
        .one(sqlx::query!("SELECT portal.name_alternate($1, $2, $3) AS said", Uuid::now_v7(), manager, alternate))
        .await?;
    Ok(row.said)
}

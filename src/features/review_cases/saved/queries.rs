//! Saved views: one's own and the shared ones.

use uuid::Uuid;

use super::model::MOST;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::web::Errors;

/// A view that somebody named.
#[derive(Debug, Clone)]
pub struct SavedView {
    pub id: Uuid,
    pub person_id: Uuid,
    pub name: String,
    pub shared: bool,
    pub filter: serde_json::Value,
}

/// The shared views, then one's own, each by name.
pub async fn views(tx: &mut AuditedTx<'_>) -> Result<Vec<SavedView>, AppError> {
    tx.all(sqlx::query_as!(
        SavedView,
        "SELECT id, person_id, name, shared, filter FROM portal.queue_views ORDER BY shared DESC, lower(name), id"
    ))
    .await
}

/// Keeps a view; `Err` in the answer says why not.
pub async fn keep(tx: &mut AuditedTx<'_>, me: Uuid, view: &SavedView) -> Result<Result<(), Errors>, AppError> {
    let mut errors = Errors::new();
    let there = views(tx).await?;
    let alike: Vec<_> =
        there.iter().filter(|other| other.shared == view.shared && (view.shared || other.person_id == me)).collect();
    if alike.len() >= MOST {
        errors.add("name", format!("{MOST} views are there already. Delete one that nobody needs any more"));
    } else if alike.iter().any(|other| other.name.to_lowercase() == view.name.to_lowercase()) {
        errors.add("name", "A view has this name already. Choose another");
    }
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    tx.run(sqlx::query!(
        "INSERT INTO portal.queue_views (id, person_id, name, shared, filter) VALUES ($1, $2, $3, $4, $5)",
        view.id,
        me,
        view.name,
        view.shared,
        view.filter
    ))
    .await?;
    Ok(Ok(()))
}

/// Renames a view that is one's own to change.
///
/// # Errors
/// [`AppError::NotFound`] for any other.
pub async fn rename(tx: &mut AuditedTx<'_>, id: Uuid, name: &str) -> Result<(), AppError> {
    let update = sqlx::query!("UPDATE portal.queue_views SET name = $2, updated_at = now() WHERE id = $1", id, name);
    if tx.run(update).await? == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

/// Deletes a view that is one's own to take away.
///
/// # Errors
/// [`AppError::NotFound`] for any other.
pub async fn delete(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<(), AppError> {
    let delete = sqlx::query!("DELETE FROM portal.queue_views WHERE id = $1", id);
    if tx.run(delete).await? == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

//! What matching and correcting read first, and what they write.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::model::Span;
use crate::audit::AuditedTx;
use crate::error::AppError;

/// One period of a login.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    pub id: Uuid,
    pub login: Uuid,
    pub person: Option<Uuid>,
    pub span: Span,
}

/// The periods of these logins.
pub async fn spans(tx: &mut AuditedTx<'_>, logins: &[Uuid]) -> Result<Vec<Held>, AppError> {
    let rows = tx
        .all(sqlx::query!(
            "SELECT id, login_id, person_id, valid_from, valid_to FROM portal.login_holders WHERE login_id = ANY ($1)",
            logins
        ))
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Held {
            id: row.id,
            login: row.login_id,
            person: row.person_id,
            span: (row.valid_from, row.valid_to),
        })
        .collect())
}

/// The logins that these people hold or held: to be asked before a holder goes, for nothing says so after.
pub async fn logins_of(tx: &mut AuditedTx<'_>, people: &[Uuid]) -> Result<Vec<Uuid>, AppError> {
    let rows = tx.all(sqlx::query!(r#"SELECT l AS "id!" FROM portal.logins_of($1) l"#, people)).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Which of these logins this event may match.
pub async fn in_scope(tx: &mut AuditedTx<'_>, logins: &[Uuid]) -> Result<Vec<Uuid>, AppError> {
    let query = sqlx::query!(
        "SELECT l.id FROM portal.ehr_logins l WHERE l.id = ANY ($1) AND portal.login_is_in_scope(l.id, 'login/w')",
        logins
    );
    Ok(tx.all(query).await?.into_iter().map(|row| row.id).collect())
}

/// A vendor by name, made if there is none.
pub async fn vendor(tx: &mut AuditedTx<'_>, name: &str) -> Result<Uuid, AppError> {
    let known = sqlx::query!("SELECT id FROM portal.vendors WHERE lower(name) = lower($1)", name);
    if let Some(row) = tx.optional(known).await? {
        return Ok(row.id);
    }
    let id = Uuid::now_v7();
    tx.run(sqlx::query!("INSERT INTO portal.vendors (id, name, service) VALUES ($1, $2, 'Not stated')", id, name))
        .await?;
    Ok(id)
}

/// A holder to enter.
#[derive(Debug, Clone, Copy)]
pub struct NewHolder {
    pub login: Uuid,
    pub person: Option<Uuid>,
    pub vendor: Option<Uuid>,
    pub span: Span,
}

/// Enters holders, all of them.
pub async fn enter(tx: &mut AuditedTx<'_>, new: &[NewHolder]) -> Result<(), AppError> {
    let query = sqlx::query!(
        "INSERT INTO portal.login_holders (id, login_id, person_id, vendor_id, valid_from, valid_to)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::timestamptz[])",
        &new.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>(),
        &new.iter().map(|new| new.login).collect::<Vec<_>>(),
        &new.iter().map(|new| new.person).collect::<Vec<_>>() as &[Option<Uuid>],
        &new.iter().map(|new| new.vendor).collect::<Vec<_>>() as &[Option<Uuid>],
        &new.iter().map(|new| new.span.0).collect::<Vec<_>>(),
        &new.iter().map(|new| new.span.1).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
    );
    tx.run(query).await?;
    Ok(())
}

/// Says what these logins are.
pub async fn set_kind(tx: &mut AuditedTx<'_>, logins: &[Uuid], kind: &str) -> Result<(), AppError> {
    let query = sqlx::query!("UPDATE portal.ehr_logins SET kind = $2 WHERE id = ANY ($1)", logins, kind);
    if usize::try_from(tx.run(query).await?).ok() == Some(logins.len()) { Ok(()) } else { Err(AppError::NotFound) }
}

/// Corrects a holder's period.
pub async fn correct(tx: &mut AuditedTx<'_>, login: Uuid, holder: Uuid, span: Span) -> Result<(), AppError> {
    let query = sqlx::query!(
        "UPDATE portal.login_holders SET valid_from = $3, valid_to = $4 WHERE id = $1 AND login_id = $2",
        holder,
        login,
        span.0,
        span.1
    );
    if tx.run(query).await? == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

/// Takes a holder away; what was recorded stays in the history.
pub async fn remove(tx: &mut AuditedTx<'_>, login: Uuid, holder: Uuid) -> Result<(), AppError> {
    let query = sqlx::query!("DELETE FROM portal.login_holders WHERE id = $1 AND login_id = $2", holder, login);
    if tx.run(query).await? == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

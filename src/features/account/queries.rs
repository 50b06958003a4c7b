//! The SQL of one's own account. Each function of the database takes whose it is from the event it stands under.

use chrono::{DateTime, Utc};
use sqlx::types::ipnetwork::IpNetwork;
use uuid::Uuid;

use super::proof::Shown;
use crate::audit::AuditedTx;
use crate::error::AppError;

/// What the page says of the credential.
#[derive(Debug)]
pub struct Own {
    pub password_set_at: Option<DateTime<Utc>>,
    pub second_factor_since: Option<DateTime<Utc>>,
    pub codes_left: Option<i64>,
}

/// One open session.
#[derive(Debug)]
pub struct SessionRow {
    pub id: Uuid,
    pub started_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    pub ip_address: Option<IpNetwork>,
    pub user_agent: Option<String>,
}

/// What a proof is checked against.
pub struct Proof {
    pub password_hash: String,
    pub secret_sealed: Option<Vec<u8>>,
    pub confirmed: bool,
    /// The secret of the phone that is to follow, while it may, for the session that proved itself.
    pub next_sealed: Option<Vec<u8>>,
    pub wait_seconds: i32,
}

pub async fn own(tx: &mut AuditedTx<'_>) -> Result<Own, AppError> {
    tx.one(sqlx::query_as!(Own, "SELECT password_set_at, second_factor_since, codes_left FROM portal.own_account()"))
        .await
}

pub async fn sessions(tx: &mut AuditedTx<'_>) -> Result<Vec<SessionRow>, AppError> {
    tx.all(sqlx::query_as!(
        SessionRow,
        r#"SELECT id AS "id!", started_at AS "started_at!", seen_at AS "seen_at!", ip_address, user_agent FROM portal.own_sessions()"#
    ))
    .await
}

pub async fn end_one(tx: &mut AuditedTx<'_>, session: Uuid) -> Result<(), AppError> {
    let ended = tx.one(sqlx::query!("SELECT portal.end_own_session($1) AS answer", session)).await?.answer;
    if ended == Some(true) { Ok(()) } else { Err(AppError::NotFound) }
}

pub async fn end_others(tx: &mut AuditedTx<'_>) -> Result<(), AppError> {
    tx.one(sqlx::query!("SELECT portal.end_own_sessions() AS answer")).await?;
    Ok(())
}

pub async fn proof(tx: &mut AuditedTx<'_>) -> Result<Proof, AppError> {
    let password = tx.one(sqlx::query!("SELECT password_hash, wait_seconds FROM portal.own_password()")).await?;
    let factor = tx.one(sqlx::query!("SELECT secret_sealed, confirmed FROM portal.own_factor()")).await?;
    let next = tx.one(sqlx::query!("SELECT portal.own_replacement() AS sealed")).await?;
    Ok(Proof {
        password_hash: password.password_hash.unwrap_or_default(),
        secret_sealed: factor.secret_sealed,
        confirmed: factor.confirmed.unwrap_or(false),
        next_sealed: next.sealed,
        wait_seconds: password.wait_seconds.unwrap_or(0),
    })
}

pub async fn change_password(tx: &mut AuditedTx<'_>, old: &str, new: &str) -> Result<bool, AppError> {
    let changed = tx.one(sqlx::query!("SELECT portal.change_own_password($1, $2) AS answer", old, new)).await?.answer;
    Ok(changed == Some(true))
}

pub async fn enrol(tx: &mut AuditedTx<'_>, sealed: &[u8]) -> Result<bool, AppError> {
    Ok(tx.one(sqlx::query!("SELECT portal.enrol_own_factor($1) AS answer", sealed)).await?.answer == Some(true))
}

pub async fn confirm(tx: &mut AuditedTx<'_>, step: i64, codes: &[Vec<u8>]) -> Result<bool, AppError> {
    Ok(tx.one(sqlx::query!("SELECT portal.confirm_own_factor($1, $2) AS answer", step, codes)).await?.answer
        == Some(true))
}

pub async fn disable(tx: &mut AuditedTx<'_>, step: i64) -> Result<bool, AppError> {
    Ok(tx.one(sqlx::query!("SELECT portal.disable_own_factor($1) AS answer", step)).await?.answer == Some(true))
}

pub async fn renew_codes(tx: &mut AuditedTx<'_>, shown: &Shown, codes: &[Vec<u8>]) -> Result<bool, AppError> {
    let (step, recovery) = shown.parts();
    let renewed =
        tx.one(sqlx::query!("SELECT portal.renew_own_codes($1, $2, $3) AS answer", step, recovery, codes)).await?;
    Ok(renewed.answer == Some(true))
}

pub async fn begin_replacement(tx: &mut AuditedTx<'_>, shown: &Shown, sealed: &[u8]) -> Result<bool, AppError> {
    let (step, recovery) = shown.parts();
    let query = sqlx::query!("SELECT portal.begin_own_replacement($1, $2, $3) AS answer", step, recovery, sealed);
    Ok(tx.one(query).await?.answer == Some(true))
}

pub async fn confirm_replacement(
    tx: &mut AuditedTx<'_>,
    sealed: &[u8],
    step: i64,
    codes: &[Vec<u8>],
) -> Result<bool, AppError> {
    let query = sqlx::query!("SELECT portal.confirm_own_replacement($1, $2, $3) AS answer", sealed, step, codes);
    Ok(tx.one(query).await?.answer == Some(true))
}

/// Forgets the phone that was to follow, if there is one.
pub async fn cancel_replacement(tx: &mut AuditedTx<'_>) -> Result<(), AppError> {
    tx.run(sqlx::query!("SELECT portal.cancel_own_replacement()")).await?;
    Ok(())
}

//! The SQL of the command line's accounts.

use uuid::Uuid;

use super::super::command::NewAccount;
use crate::audit::AuditedTx;
use crate::error::AppError;

/// Whether the database has its organisation.
pub async fn has_organisation(tx: &mut AuditedTx<'_>) -> Result<bool, AppError> {
    Ok(tx.optional(sqlx::query!("SELECT id FROM portal.organisations")).await?.is_some())
}

/// Names the organisation, if it has no name yet.
pub async fn name_organisation(tx: &mut AuditedTx<'_>, name: &str, time_zone: &str) -> Result<bool, AppError> {
    let id = Uuid::now_v7();
    tx.run(sqlx::query!(
        "INSERT INTO portal.organisations (id, name, time_zone) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        id,
        name,
        time_zone
    ))
    .await?;
    Ok(true)
}

/// The person and their credential, in one transaction.
pub async fn create(tx: &mut AuditedTx<'_>, id: Uuid, account: &NewAccount, hash: &str) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.people (id, full_name, username, role, all_facilities) VALUES ($1, $2, $3, $4, $5)",
        id,
        account.full_name,
        account.username,
        account.role.as_str(),
        account.all_facilities
    ))
    .await?;
    if let Some(engagement) = account.engagement {
        tx.run(sqlx::query!(
            "INSERT INTO portal.engagements (id, auditor_id, starts_on, ends_on, all_facilities, period_from, period_to, full_patient_ids)
             VALUES ($1, $2, current_date, $3, true, $4, $5, $6)",
            Uuid::now_v7(),
            id,
            engagement.until,
            engagement.period_from,
            engagement.period_to,
            engagement.full_patient_ids
        ))
        .await?;
    }
    tx.run(sqlx::query!("SELECT audit.set_password($1, $2)", id, hash)).await?;
    Ok(())
}

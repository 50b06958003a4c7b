//! What people do beside the rules: flag an access, put a patient on the watch list. Both are functions of the database that
//! ask for the ticket themselves and write every table at once.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::words::{FlagReason, RerunCause, WatchReason};

/// The access a person is about to flag.
#[derive(Debug)]
#[allow(clippy::struct_field_names, reason = "the names are the columns")]
pub struct Access {
    pub id: Uuid,
    pub login_id: Uuid,
    pub action_at: DateTime<Utc>,
    pub access_type: String,
    pub resource_type: String,
    pub login: String,
    pub full_name: Option<String>,
    pub vendor: Option<String>,
    pub patient_id: Option<Uuid>,
    pub source_patient_id: Option<String>,
    pub time_zone: Option<String>,
}

/// One access in scope. Nobody flags their own.
pub async fn access(tx: &mut AuditedTx<'_>, id: Uuid, me: Uuid) -> Result<Access, AppError> {
    tx.one(sqlx::query_as!(
        Access,
        r#"SELECT a.id, a.login_id, a.action_at, a.access_type, a.resource_type, l.login, p.full_name AS "full_name?", v.name AS "vendor?",
                  a.patient_id, i.source_patient_id AS "source_patient_id?", f.time_zone AS "time_zone?"
             FROM portal.access_logs a
             JOIN portal.ehr_logins l ON l.id = a.login_id
             LEFT JOIN portal.login_holders h ON h.login_id = a.login_id AND h.valid_from <= a.action_at
              AND (h.valid_to IS NULL OR h.valid_to > a.action_at)
             LEFT JOIN portal.people p ON p.id = h.person_id
             LEFT JOIN portal.vendors v ON v.id = h.vendor_id
             LEFT JOIN portal.patient_ids i ON i.patient_id = a.patient_id
             LEFT JOIN portal.facilities f ON f.id = a.facility_id
            WHERE a.id = $1 AND h.person_id IS DISTINCT FROM $2
              AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)"#,
        id,
        me
    ))
    .await
}

/// Flags it; the case it is in, with its number. What colours that case is looked for as soon as the rules run over its day.
pub async fn flag(
    tx: &mut AuditedTx<'_>,
    access: &Access,
    reported: bool,
    reason: FlagReason,
    note: Option<&str>,
    request_id: Uuid,
) -> Result<(Uuid, i64), AppError> {
    let code = if reported { "reported_by_person" } else { "manual" };
    let row = tx
        .one(sqlx::query!(
            "SELECT case_id, case_number FROM portal.flag_access($1, $2, $3, $4, $5)",
            access.id,
            code,
            reason.as_str(),
            note,
            Uuid::now_v7()
        ))
        .await?;
    let case = row.case_id.zip(row.case_number).ok_or(AppError::NotFound)?;
    let at = access.action_at;
    tx.ask_for_rerun(RerunCause::FlaggedByHand, &[access.login_id], at, at, request_id).await?;
    Ok(case)
}

/// Puts a patient on the watch list or takes them off. A patient the reader has no row of does not exist for them. Of a
/// patient who is put on it the rules look at everything that was opened before.
///
/// # Errors
/// [`AppError::NotFound`] outside the reader's scope; else what the database answers.
pub async fn watch(
    tx: &mut AuditedTx<'_>,
    patient: Uuid,
    watched: bool,
    reason: WatchReason,
    request_id: Uuid,
) -> Result<bool, AppError> {
    let seen = tx
        .one(sqlx::query!(
            r#"SELECT EXISTS (SELECT 1 FROM portal.patients p JOIN portal.access_logs a ON a.patient_id = p.id WHERE p.id = $1) AS "seen!""#,
            patient
        ))
        .await?
        .seen;
    if !seen {
        return Err(AppError::NotFound);
    }
    let row = tx
        .one(sqlx::query!(
            r#"SELECT portal.watch_patient($1, $2, $3, $4) AS "changed!""#,
            Uuid::now_v7(),
            patient,
            watched,
            reason.as_str()
        ))
        .await?;
    if row.changed && watched {
        let touched = tx
            .one(sqlx::query!(
                r#"SELECT login_ids AS "login_ids!", first_at, last_at FROM portal.logins_of_patient($1)"#,
                patient
            ))
            .await?;
        if let Some((from, until)) = touched.first_at.zip(touched.last_at) {
            tx.ask_for_rerun(RerunCause::PatientWatched, &touched.login_ids, from, until, request_id).await?;
        }
    }
    Ok(row.changed)
}

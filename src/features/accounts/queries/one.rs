//! One account with everything about it that is no secret.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::super::model::Scope;
use crate::audit::AuditedTx;
use crate::error::AppError;

/// The account.
#[derive(Debug)]
pub struct Account {
    pub id: Uuid,
    pub full_name: String,
    pub username: String,
    pub email: Option<String>,
    pub employee_number: Option<String>,
    pub role: String,
    pub active: bool,
    pub all_facilities: bool,
    pub facilities: Vec<Uuid>,
    pub password_set_at: Option<DateTime<Utc>>,
    pub last_sign_in: Option<DateTime<Utc>>,
    pub live_sessions: i64,
    pub second_factor: bool,
}

impl Account {
    /// The facilities it works for.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope { all: self.all_facilities, facilities: self.facilities.clone() }
    }
}

/// An auditor's engagement.
#[derive(Debug)]
pub struct EngagementRow {
    pub id: Uuid,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub all_facilities: bool,
    pub facilities: Vec<Uuid>,
    pub period_from: NaiveDate,
    pub period_to: NaiveDate,
    pub full_patient_ids: bool,
    pub ended_at: Option<DateTime<Utc>>,
}

/// A change that two people decide.
#[derive(Debug)]
pub struct ChangeRow {
    pub id: Uuid,
    pub kind: String,
    pub role: Option<String>,
    pub all_facilities: bool,
    pub facilities: Vec<Uuid>,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
    pub period_from: Option<NaiveDate>,
    pub period_to: Option<NaiveDate>,
    pub full_patient_ids: bool,
    pub state: String,
    pub requested_by: Uuid,
    pub requester: String,
    pub decider: Option<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    pub consumed_at: Option<DateTime<Utc>>,
}

pub async fn account(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Account, AppError> {
    tx.one(sqlx::query_as!(
        Account,
        r#"SELECT p.id, p.full_name, p.username AS "username!", p.email, p.employee_number, p.role, p.active, p.all_facilities,
                  portal.account_facilities(p.id) AS "facilities!", f.password_set_at, f.last_sign_in,
                  f.live_sessions AS "live_sessions!", f.second_factor AS "second_factor!"
             FROM portal.people p JOIN portal.account_facts(ARRAY[$1::uuid]) f ON f.person_id = p.id WHERE p.id = $1"#,
        id
    ))
    .await
}

/// Who somebody is, with the version that a form begins with and whose it is.
#[derive(Debug)]
pub struct Details {
    pub id: Uuid,
    pub full_name: String,
    pub email: Option<String>,
    pub username: String,
    pub version: i32,
    pub changer: Option<String>,
    pub changed_at: Option<DateTime<Utc>>,
}

pub async fn details(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Details, AppError> {
    tx.one(sqlx::query_as!(
        Details,
        r#"SELECT p.id, p.full_name, p.email, p.username AS "username!", p.details_version AS version, c.full_name AS "changer?",
                  p.details_changed_at AS changed_at
             FROM portal.people p LEFT JOIN portal.people c ON c.id = p.details_changed_by
            WHERE p.id = $1 AND p.username IS NOT NULL"#,
        id
    ))
    .await
}

pub async fn engagements(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Vec<EngagementRow>, AppError> {
    tx.all(sqlx::query_as!(
        EngagementRow,
        r#"SELECT id AS "id!", starts_on AS "starts_on!", ends_on AS "ends_on!", all_facilities AS "all_facilities!",
                  facilities AS "facilities!", period_from AS "period_from!", period_to AS "period_to!",
                  full_patient_ids AS "full_patient_ids!", ended_at FROM portal.account_engagements($1)"#,
        id
    ))
    .await
}

/// Newest first; what waits stands above what was decided.
pub async fn changes(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Vec<ChangeRow>, AppError> {
    tx.all(sqlx::query_as!(
        ChangeRow,
        r#"SELECT c.id, c.kind, c.role, c.all_facilities, c.facilities, c.starts_on, c.ends_on, c.period_from, c.period_to,
                  c.full_patient_ids, CASE WHEN c.state = 'waiting' AND c.expires_at <= now() THEN 'expired' ELSE c.state END AS "state!",
                  c.requested_by, r.full_name AS requester, d.full_name AS "decider?", c.created_at, c.expires_at, c.decided_at, c.consumed_at
             FROM portal.account_changes c
             JOIN portal.people r ON r.id = c.requested_by LEFT JOIN portal.people d ON d.id = c.decided_by
            WHERE c.person_id = $1 ORDER BY c.state = 'waiting' AND c.expires_at > now() DESC, c.id DESC LIMIT 50"#,
        id
    ))
    .await
}

pub async fn facilities(tx: &mut AuditedTx<'_>) -> Result<Vec<(Uuid, String)>, AppError> {
    let rows = tx.all(sqlx::query!("SELECT id, name FROM portal.facilities ORDER BY name")).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

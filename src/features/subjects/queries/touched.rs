//! Who touched a patient's records in a period: everybody once, with how much, from when to when, and as what.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::filter::Period;
use crate::audit::AuditedTx;
use crate::error::AppError;

/// How many people or logins a page lists.
pub const MOST: usize = 200;
/// How many rows, from the newest back, they are counted from.
pub const READ: i64 = 10_000;

/// A person, or a login that no person held, and their rows on one patient.
#[derive(Debug)]
pub struct Touched {
    pub person_id: Option<Uuid>,
    /// Of a vendor's account, or of one that nobody is known to have held.
    pub login_id: Option<Uuid>,
    pub full_name: Option<String>,
    pub vendor_name: Option<String>,
    pub logins: Vec<String>,
    pub rows: i64,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub kinds: Vec<String>,
    /// Their job when they last did.
    pub job_role: Option<String>,
    /// Whether that employment had ended by then.
    pub left: bool,
}

/// Everybody who touched the patient's records, who did so last first; one more than the page lists, if there are more.
///
/// # Errors
/// What the database answers.
pub async fn touched(tx: &mut AuditedTx<'_>, patient: Uuid, period: &Period) -> Result<Vec<Touched>, AppError> {
    tx.all(sqlx::query_as!(
        Touched,
        r#"WITH seen AS MATERIALIZED (
             SELECT a.action_at, a.access_type, a.login_id, a.facility_id FROM portal.access_logs a
              WHERE a.patient_id = $1 AND a.id >= $2 AND a.id < $3
                AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)
              ORDER BY a.id DESC LIMIT $4)
           SELECT g.person_id AS "person_id?", g.login_id AS "login_id?", p.full_name AS "full_name?", v.name AS "vendor_name?",
                  g.logins AS "logins!", g.rows AS "rows!", g.first_at AS "first_at!", g.last_at AS "last_at!", g.kinds AS "kinds!",
                  e.job_role AS "job_role?", coalesce(e.ends_on < g.last_day, false) AS "left!"
             FROM (SELECT h.person_id, h.vendor_id, CASE WHEN h.person_id IS NULL THEN s.login_id END AS login_id,
                          array_agg(DISTINCT l.login) AS logins, count(*) AS rows, min(s.action_at) AS first_at, max(s.action_at) AS last_at,
                          max((s.action_at AT TIME ZONE coalesce(f.time_zone, 'UTC'))::date) AS last_day,
                          array_agg(DISTINCT s.access_type) AS kinds
                     FROM seen s
                     JOIN portal.ehr_logins l ON l.id = s.login_id
                     LEFT JOIN portal.facilities f ON f.id = s.facility_id
                     LEFT JOIN LATERAL (SELECT d.person_id, d.vendor_id FROM portal.login_holders d
                                         WHERE d.login_id = s.login_id AND d.valid_from <= s.action_at
                                           AND (d.valid_to IS NULL OR d.valid_to > s.action_at) LIMIT 1) h ON true
                    GROUP BY 1, 2, 3) g
             LEFT JOIN portal.people p ON p.id = g.person_id
             LEFT JOIN portal.vendors v ON v.id = g.vendor_id
             LEFT JOIN LATERAL (SELECT x.job_role, x.ends_on FROM portal.employment_periods x
                                 WHERE x.person_id = g.person_id AND x.superseded_at IS NULL AND x.starts_on <= g.last_day
                                 ORDER BY x.starts_on DESC LIMIT 1) e ON true
            ORDER BY g.last_at DESC, g.person_id, g.login_id LIMIT 201"#,
        patient,
        period.first,
        period.end,
        READ
    ))
    .await
}

/// A case about the patient, and how it was decided.
#[derive(Debug)]
pub struct PatientCase {
    pub id: Uuid,
    pub number: i64,
    pub person_id: Option<Uuid>,
    pub login_id: Uuid,
    pub state: String,
    pub disposition: Option<String>,
}

/// The patient's cases of a period, newest first. A case of the blind sample looks closed to whom the first decision is not
/// sealed from.
///
/// # Errors
/// What the database answers.
pub async fn cases(
    tx: &mut AuditedTx<'_>,
    patient: Uuid,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<PatientCase>, AppError> {
    tx.all(sqlx::query_as!(
        PatientCase,
        r#"SELECT c.id, c.number, c.person_id, c.login_id, CASE WHEN z.case_id IS NULL THEN c.state ELSE 'closed' END AS "state!",
                  coalesce(c.disposition, z.first_disposition) AS disposition
             FROM portal.review_cases c
             LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
            WHERE c.patient_id = $1 AND c.first_action_at < $3 AND c.last_action_at >= $2
            ORDER BY c.first_action_at DESC LIMIT 500"#,
        patient,
        from,
        until
    ))
    .await
}

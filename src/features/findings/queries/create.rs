//! Opening a finding: what the form offers, and every row that the act writes.

use chrono::Datelike as _;
use chrono::NaiveDate;
use uuid::Uuid;

use super::super::model::{NewFinding, shared_facility};
use super::one::LinkedCase;
use crate::audit::AuditedTx;
use crate::error::{AppError, Refusal};
use crate::policy::conflict::{CaseAct, Relation, allows};

/// What the form offers: the cases it is about, and who may own what comes of them.
pub struct Offer {
    /// The cases, all of them in scope.
    pub cases: Vec<LinkedCase>,
    /// Active managers and coordinators, by name.
    pub owners: Vec<(Uuid, String)>,
}

/// Reads what the form offers.
///
/// # Errors
/// [`AppError::NotFound`] for the whole when one case is out of scope.
pub async fn offer(tx: &mut AuditedTx<'_>, cases: &[Uuid]) -> Result<Offer, AppError> {
    let found = self::cases(tx, cases).await?;
    if found.len() != cases.len() {
        return Err(AppError::NotFound);
    }
    refuse_conflicts(tx, cases).await?;
    Ok(Offer { cases: found, owners: owners(tx).await? })
}

/// A case of somebody near may be seen and yet be no part of a finding by this person.
async fn refuse_conflicts(tx: &mut AuditedTx<'_>, cases: &[Uuid]) -> Result<(), AppError> {
    let query = sqlx::query!(
        r#"SELECT DISTINCT portal.conflict_with('review_case/r', c.person_id, c.local_day) AS relation
             FROM portal.review_cases c WHERE c.id = ANY ($1)"#,
        cases
    );
    for word in tx.all(query).await?.into_iter().filter_map(|row| row.relation) {
        let relation = Relation::parse(&word).ok_or(AppError::Internal("unknown relation"))?;
        if !allows(Some(relation), CaseAct::MakeFinding) {
            return Err(AppError::Refused(Refusal::Conflicted(relation.refusal())));
        }
    }
    Ok(())
}

async fn cases(tx: &mut AuditedTx<'_>, ids: &[Uuid]) -> Result<Vec<LinkedCase>, AppError> {
    let query = sqlx::query_as!(
        LinkedCase,
        r#"SELECT c.id, c.number, coalesce(p.full_name, v.name, l.login) AS "subject!", c.risk, c.row_count, c.access_type,
                  c.resource_type, c.first_action_at, c.facility_id, fa.time_zone AS "time_zone?"
             FROM portal.review_cases c
             JOIN portal.ehr_logins l ON l.id = c.login_id
             LEFT JOIN portal.people p ON p.id = c.person_id
             LEFT JOIN portal.vendors v ON v.id = c.vendor_id
             LEFT JOIN portal.facilities fa ON fa.id = c.facility_id
            WHERE c.id = ANY ($1) ORDER BY c.number"#,
        ids
    );
    tx.all(query).await
}

async fn owners(tx: &mut AuditedTx<'_>) -> Result<Vec<(Uuid, String)>, AppError> {
    let query = sqlx::query!(
        "SELECT id, full_name FROM portal.people WHERE role IN ('manager', 'coordinator') AND active ORDER BY full_name, id"
    );
    Ok(tx.all(query).await?.into_iter().map(|row| (row.id, row.full_name)).collect())
}

/// Opens the finding and links its cases both ways; answers its number.
///
/// # Errors
/// [`AppError::NotFound`] for the whole when one case cannot be changed; else what the database answers.
pub async fn open(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    me: Uuid,
    new: &NewFinding,
    cases: &[LinkedCase],
    today: NaiveDate,
) -> Result<String, AppError> {
    let number = sqlx::query!(r#"SELECT portal.next_finding_number($1) AS "number!""#, today.year());
    let number = tx.one(number).await?.number;
    let facility = shared_facility(cases.iter().map(|case| case.facility_id));
    let ids: Vec<_> = cases.iter().map(|case| case.id).collect();
    tx.run(sqlx::query!(
        "INSERT INTO portal.findings (id, number, title, severity, status, facility_id, created_by, assigned_to, due_date, details)
         VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8, $9)",
        id, number, new.title, new.severity.as_str(), facility, me, new.owner, new.due, new.details
    ))
    .await?;
    tx.run(sqlx::query!("INSERT INTO portal.finding_events (finding_id, seq, kind, actor_id, to_status) VALUES ($1, 1, 'opened', $2, 'open')", id, me))
        .await?;
    link(tx, id, me, &ids).await?;
    Ok(number)
}

async fn link(tx: &mut AuditedTx<'_>, finding: Uuid, me: Uuid, cases: &[Uuid]) -> Result<(), AppError> {
    // the version first: it locks the cases, and an update out of scope changes nothing without saying so
    let update = sqlx::query!(
        "UPDATE portal.review_cases SET version = version + 1, updated_at = now() WHERE id = ANY ($1)",
        cases
    );
    if tx.run(update).await? != u64::try_from(cases.len()).unwrap_or(u64::MAX) {
        return Err(AppError::NotFound);
    }
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, actor_id, from_state, to_state, finding_id)
         SELECT c.id, c.version, 'finding_linked', $2, c.state, c.state, $3 FROM portal.review_cases c WHERE c.id = ANY ($1)",
        cases, me, finding
    ))
    .await?;
    tx.run(sqlx::query!(
        "INSERT INTO portal.finding_cases (finding_id, case_id, linked_by) SELECT $1, c.id, $2 FROM portal.review_cases c WHERE c.id = ANY ($3)",
        finding, me, cases
    ))
    .await?;
    // a row that stands in several of the cases is evidence once: of the case that names its patient
    tx.run(sqlx::query!(
        "INSERT INTO portal.finding_evidence (finding_id, access_id, case_id, action_at, login_id, facility_id, patient_id,
                resource_type, resource_id, access_type, access_reason, outcome, source_ip, device_label)
         SELECT DISTINCT ON (a.id) $1::uuid, a.id, c.id, a.action_at, a.login_id, a.facility_id, a.patient_id,
                a.resource_type, a.resource_id, a.access_type, a.access_reason, a.outcome, a.source_ip, a.device_label
           FROM portal.review_cases c
           JOIN portal.case_rows r ON r.case_id = c.id
           JOIN portal.access_logs a ON a.id = r.access_id
          WHERE c.id = ANY ($2)
          ORDER BY a.id, c.patient_id IS NULL, c.number",
        finding, cases
    ))
    .await?;
    Ok(())
}

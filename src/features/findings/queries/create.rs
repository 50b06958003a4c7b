//! Opening a finding: what the form offers, and every row that the act writes.

use chrono::Datelike as _;
use chrono::NaiveDate;
use uuid::Uuid;

use super::super::model::{NewFinding, shared_facility};
use super::cases::{copy_evidence, note_in_cases, to_link};
use super::one::LinkedCase;
use crate::audit::AuditedTx;
use crate::error::AppError;

/// What the form offers: the cases it is about, and who may own what comes of them.
pub struct Offer {
    /// The cases, all of them in scope.
    pub cases: Vec<LinkedCase>,
    /// Who of the office may have it, by name.
    pub owners: Vec<(Uuid, String)>,
}

/// Reads what the form offers.
///
/// # Errors
/// [`AppError::NotFound`] for the whole when one case is out of scope.
pub async fn offer(tx: &mut AuditedTx<'_>, cases: &[Uuid]) -> Result<Offer, AppError> {
    let cases = to_link(tx, cases).await?;
    Ok(Offer { owners: owners(tx, &cases).await?, cases })
}

async fn owners(tx: &mut AuditedTx<'_>, cases: &[LinkedCase]) -> Result<Vec<(Uuid, String)>, AppError> {
    let ids: Vec<_> = cases.iter().map(|case| case.id).collect();
    let query = sqlx::query!(
        r#"SELECT person_id AS "person_id!", full_name AS "full_name!" FROM portal.finding_owners($1, $2)"#,
        place(cases),
        &ids
    );
    Ok(tx.all(query).await?.into_iter().map(|row| (row.person_id, row.full_name)).collect())
}

/// Where a finding from these cases belongs.
fn place(cases: &[LinkedCase]) -> Option<Uuid> {
    shared_facility(cases.iter().map(|case| case.facility_id))
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
    let facility = place(cases);
    let ids: Vec<_> = cases.iter().map(|case| case.id).collect();
    tx.run(sqlx::query!(
        "INSERT INTO portal.findings (id, number, title, severity, status, facility_id, created_by, assigned_to, due_date, details)
         VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8, $9)",
        id, number, new.title, new.severity.as_str(), facility, me, new.owner, new.due, new.details
    ))
    .await?;
    tx.run(sqlx::query!("INSERT INTO portal.finding_events (finding_id, seq, kind, actor_id, to_status) VALUES ($1, 1, 'opened', $2, 'open')", id, me))
        .await?;
    // the version first: it locks the cases, and an update out of scope changes nothing without saying so
    note_in_cases(tx, me, id, &ids, "finding_linked").await?;
    tx.run(sqlx::query!(
        "INSERT INTO portal.finding_cases (finding_id, case_id, linked_by) SELECT $1, c.id, $2 FROM portal.review_cases c WHERE c.id = ANY ($3)",
        id, me, &ids
    ))
    .await?;
    copy_evidence(tx, id, &ids).await?;
    Ok(number)
}

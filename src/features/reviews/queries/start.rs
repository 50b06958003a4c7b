//! Starting a review: what the form is about, and the act.

use uuid::Uuid;

use super::super::model::{Begun, NewReview, Obstacle, ReviewKind, conflicted};
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::policy::conflict::{CaseAct, Relation, allows};
use crate::words::pseudonym;

/// What the review will be about, by the names that the reader may see.
pub struct Offer {
    /// From what it begins.
    pub kind: ReviewKind,
    /// Of whose records.
    pub patient: Option<(Uuid, String)>,
    /// Of whose accesses.
    pub person: Option<(Uuid, String)>,
    /// For which complaint.
    pub complaint: Option<(Uuid, String)>,
}

/// Reads it. What is named must be in the reader's scope; of a complaint, whom it is about is the complaint's.
///
/// # Errors
/// [`AppError::NotFound`] out of scope, [`AppError::Invalid`] for a complaint that a review cannot start from,
/// [`AppError::Refused`] about somebody near.
pub async fn offer(tx: &mut AuditedTx<'_>, begun: Begun, everybody: bool) -> Result<Offer, AppError> {
    let (mut patient, mut person, mut complaint) = (begun.patient, begun.person, None);
    if let Some(id) = begun.complaint {
        let query =
            sqlx::query!("SELECT number, state, patient_id, person_id FROM portal.complaints WHERE id = $1", id);
        let row = tx.one(query).await?;
        if row.state != "open" || (row.patient_id.is_none() && row.person_id.is_none()) {
            let sentence = "A review needs an open complaint that names a patient or a workforce member. Say so on the complaint first.";
            return Err(AppError::Invalid(sentence.to_owned()));
        }
        (patient, person, complaint) = (row.patient_id, row.person_id, Some((id, row.number)));
    }
    let of_complaint = complaint.is_some();
    Ok(Offer {
        kind: begun.kind,
        patient: match patient {
            Some(id) => Some((id, named_patient(tx, id, of_complaint).await?)),
            None => None,
        },
        person: match person {
            Some(id) => Some((id, named_person(tx, id, everybody || of_complaint).await?)),
            None => None,
        },
        complaint,
    })
}

/// A patient is in scope where an access to their records is, or where the complaint that names them is.
async fn named_patient(tx: &mut AuditedTx<'_>, id: Uuid, named: bool) -> Result<String, AppError> {
    let query = sqlx::query!(
        r#"SELECT i.source_patient_id AS "source_patient_id?" FROM portal.patients t
             LEFT JOIN portal.patient_ids i ON i.patient_id = t.id
            WHERE t.id = $1 AND ($2 OR EXISTS (SELECT 1 FROM portal.access_logs a WHERE a.patient_id = t.id))"#,
        id,
        named
    );
    Ok(tx.one(query).await?.source_patient_id.unwrap_or_else(|| pseudonym(id)))
}

async fn named_person(tx: &mut AuditedTx<'_>, id: Uuid, everybody: bool) -> Result<String, AppError> {
    let query = sqlx::query!(
        r#"SELECT p.full_name, portal.conflict_with('person/r', p.id, portal.local_day(now(), NULL)) AS relation FROM portal.people p
            WHERE p.id = $1 AND ($2 OR EXISTS (SELECT 1 FROM portal.employment_periods e WHERE e.person_id = p.id))"#,
        id,
        everybody
    );
    let row = tx.one(query).await?;
    match row.relation.as_deref() {
        Some(word) if !allows(Relation::parse(word), CaseAct::See) => Err(conflicted(word)),
        _ => Ok(row.full_name),
    }
}

/// Starts it; its number, or what stands in the way.
///
/// # Errors
/// As [`Obstacle::of`].
pub async fn start(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    offer: &Offer,
    new: &NewReview,
) -> Result<Result<String, Obstacle>, AppError> {
    let query = sqlx::query!(
        "SELECT made, refused FROM portal.start_review($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        offer.kind.as_str(),
        offer.patient.as_ref().map(|(id, _)| *id),
        offer.person.as_ref().map(|(id, _)| *id),
        offer.complaint.as_ref().map(|(id, _)| *id),
        new.from,
        new.to,
        new.reason.as_str(),
        new.line
    );
    let row = tx.one(query).await?;
    match Obstacle::of(row.refused.as_deref())? {
        Some(obstacle) => Ok(Err(obstacle)),
        None => row.made.map(Ok).ok_or(AppError::Internal("a review has no number")),
    }
}

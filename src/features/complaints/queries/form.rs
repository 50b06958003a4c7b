//! What a form of a complaint offers, and whom it names.

use uuid::Uuid;

use super::super::model::Obstacle;
use crate::audit::AuditedTx;
use crate::error::AppError;

/// What the form offers.
pub struct Offer {
    /// Facilities in scope.
    pub facilities: Vec<(Uuid, String)>,
    /// Active managers and coordinators, by name.
    pub owners: Vec<(Uuid, String)>,
}

/// Reads it.
///
/// # Errors
/// What the database answers.
pub async fn offer(tx: &mut AuditedTx<'_>) -> Result<Offer, AppError> {
    let facilities = tx.frame().await?.facilities;
    let owners = sqlx::query!(
        "SELECT id, full_name FROM portal.people WHERE role IN ('manager', 'coordinator') AND active ORDER BY full_name, id"
    );
    let owners = tx.all(owners).await?.into_iter().map(|row| (row.id, row.full_name)).collect();
    Ok(Offer { facilities, owners })
}

/// The employee number of a person in scope, for the form that begins on their page.
///
/// # Errors
/// [`AppError::NotFound`] out of scope.
pub async fn number_of(tx: &mut AuditedTx<'_>, person: Uuid, everybody: bool) -> Result<Option<String>, AppError> {
    let query = sqlx::query!(
        "SELECT p.employee_number FROM portal.people p
          WHERE p.id = $1 AND ($2 OR EXISTS (SELECT 1 FROM portal.employment_periods e WHERE e.person_id = p.id))",
        person,
        everybody
    );
    Ok(tx.one(query).await?.employee_number)
}

/// A patient in scope: one of whose accesses the reader sees some.
///
/// # Errors
/// What the database answers.
pub async fn patient(tx: &mut AuditedTx<'_>, patient: Option<Uuid>) -> Result<Result<(), Obstacle>, AppError> {
    let Some(patient) = patient else { return Ok(Ok(())) };
    let query = sqlx::query!(
        r#"SELECT EXISTS (SELECT 1 FROM portal.patients t JOIN portal.access_logs a ON a.patient_id = t.id WHERE t.id = $1) AS "seen!""#,
        patient
    );
    Ok(if tx.one(query).await?.seen { Ok(()) } else { Err(Obstacle::Patient) })
}

/// The person in scope who has an employee number.
///
/// # Errors
/// What the database answers.
pub async fn employee(
    tx: &mut AuditedTx<'_>,
    number: Option<&str>,
    everybody: bool,
) -> Result<Result<Option<Uuid>, Obstacle>, AppError> {
    let Some(number) = number else { return Ok(Ok(None)) };
    let query = sqlx::query!(
        "SELECT p.id FROM portal.people p
          WHERE p.employee_number = $1 AND ($2 OR EXISTS (SELECT 1 FROM portal.employment_periods e WHERE e.person_id = p.id))",
        number,
        everybody
    );
    Ok(tx.optional(query).await?.map(|row| Some(row.id)).ok_or(Obstacle::Employee))
}

//! What the form of one person's employment offers and shows.

use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;

/// The person whose employment changes.
#[derive(Debug)]
pub struct Subject {
    /// Their name.
    pub full_name: String,
    /// Whether they also work where the reader's account does not reach.
    pub elsewhere: bool,
}

/// The person, if the reader's account covers somewhere they worked, or everybody.
///
/// # Errors
/// [`AppError::NotFound`] out of scope.
pub async fn subject(tx: &mut AuditedTx<'_>, id: Uuid, sees_everybody: bool) -> Result<Subject, AppError> {
    tx.one(sqlx::query_as!(
        Subject,
        r#"SELECT p.full_name, EXISTS (SELECT 1 FROM portal.employed_elsewhere(current_date) e WHERE e = p.id) AS "elsewhere!"
             FROM portal.people p
            WHERE p.id = $1 AND ($2 OR EXISTS (SELECT 1 FROM portal.employment_periods e WHERE e.person_id = p.id))"#,
        id,
        sees_everybody
    ))
    .await
}

/// A department with its facility.
#[derive(Debug)]
pub struct Place {
    /// The department.
    pub id: Uuid,
    /// Its facility.
    pub facility_id: Uuid,
    /// Its name.
    pub name: String,
    /// The facility's name.
    pub facility: String,
}

/// Every department of the facilities within scope.
///
/// # Errors
/// What the database answers.
pub async fn places(tx: &mut AuditedTx<'_>) -> Result<Vec<Place>, AppError> {
    let covered: Vec<_> = tx.frame().await?.facilities.into_iter().map(|(id, _)| id).collect();
    tx.all(sqlx::query_as!(
        Place,
        "SELECT d.id, d.facility_id, d.name, f.name AS facility FROM portal.departments d JOIN portal.facilities f ON f.id = d.facility_id
          WHERE d.facility_id = ANY ($1) ORDER BY f.name, d.name",
        &covered
    ))
    .await
}

/// The person with this employee number.
///
/// # Errors
/// What the database answers.
pub async fn numbered(tx: &mut AuditedTx<'_>, number: &str) -> Result<Option<Uuid>, AppError> {
    let found = tx.optional(sqlx::query!("SELECT id FROM portal.people WHERE employee_number = $1", number)).await?;
    Ok(found.map(|row| row.id))
}

/// The employee number of a supervisor, to show it in the form again.
///
/// # Errors
/// What the database answers.
pub async fn number_of(tx: &mut AuditedTx<'_>, person: Uuid) -> Result<Option<String>, AppError> {
    let found = tx.optional(sqlx::query!("SELECT employee_number FROM portal.people WHERE id = $1", person)).await?;
    Ok(found.and_then(|row| row.employee_number))
}

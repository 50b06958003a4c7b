//! The SQL of a corrected name: its hashes, and whose accesses the rules look at again. Functions give ids only.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;

/// The hashes of a name and of its last name.
type Hashes = [Option<[u8; 32]>; 2];

/// Lets the hashes that are of the old name be of the new one; whether any changed.
pub async fn hashes(tx: &mut AuditedTx<'_>, person: Uuid, old: Hashes, new: Hashes) -> Result<bool, AppError> {
    let [old_name, old_surname] = old.map(|hash| hash.map(|hash| hash.to_vec()));
    let [name, surname] = new.map(|hash| hash.map(|hash| hash.to_vec()));
    let query = sqlx::query!(
        r#"SELECT portal.rename_hashes($1, $2, $3, $4, $5) AS "changed!""#,
        person,
        old_name,
        old_surname,
        name,
        surname
    );
    Ok(tx.one(query).await?.changed)
}

/// The logins that the person holds or held, and those that opened the person's records as a patient.
pub async fn touched(tx: &mut AuditedTx<'_>, person: Uuid) -> Result<Vec<Uuid>, AppError> {
    let query = sqlx::query!(
        r#"SELECT l AS "id!" FROM portal.logins_of(ARRAY[$1::uuid]) l
           UNION SELECT l FROM portal.logins_that_opened(ARRAY[$1::uuid]) l"#,
        person
    );
    Ok(tx.all(query).await?.into_iter().map(|row| row.id).collect())
}

/// When one of these logins was first used.
pub async fn first_access_of(tx: &mut AuditedTx<'_>, logins: &[Uuid]) -> Result<Option<DateTime<Utc>>, AppError> {
    Ok(tx.one(sqlx::query!("SELECT portal.first_access_of($1) AS first_at", logins)).await?.first_at)
}

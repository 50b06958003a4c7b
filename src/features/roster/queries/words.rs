//! The words a source has for facilities and departments, with what somebody said they mean.

use std::collections::HashMap;

use uuid::Uuid;

use super::super::spoken::{Names, Said};
use crate::audit::AuditedTx;
use crate::error::AppError;

/// What a source's words mean, in lower case: for facilities, and for departments of a facility.
pub type Words = (HashMap<String, Uuid>, HashMap<(Uuid, String), Uuid>);

/// The words of a source; of a word about which several things were said the newest.
///
/// # Errors
/// What the database answers.
pub async fn known(tx: &mut AuditedTx<'_>, source: Uuid) -> Result<Words, AppError> {
    let rows = tx
        .all(sqlx::query!(
            "SELECT word, facility_id, department_id, taken_back FROM portal.roster_words WHERE source_id = $1 ORDER BY created_at, id",
            source
        ))
        .await?;
    let mut words = Words::default();
    for row in rows {
        let (department, taken_back) = (row.department_id, row.taken_back);
        let meaning = Meaning { word: row.word, facility: row.facility_id, department, taken_back };
        meaning.follow(&mut words.0, &mut words.1);
    }
    Ok(words)
}

/// What somebody says about a word.
#[derive(Debug)]
pub struct Meaning {
    /// The file's word.
    pub word: String,
    /// The facility that it means, or whose department it is.
    pub facility: Uuid,
    /// The department that it means.
    pub department: Option<Uuid>,
    /// Whether it is said to mean this no longer, and nothing instead.
    pub taken_back: bool,
}

impl Meaning {
    /// Says it over what was known before.
    pub fn follow(&self, facilities: &mut HashMap<String, Uuid>, departments: &mut HashMap<(Uuid, String), Uuid>) {
        let word = self.word.to_lowercase();
        match (self.department, self.taken_back) {
            (None, false) => facilities.insert(word, self.facility),
            (None, true) => facilities.remove(&word),
            (Some(department), false) => departments.insert((self.facility, word), department),
            (Some(_), true) => departments.remove(&(self.facility, word)),
        };
    }
}

/// Keeps what words mean, or no longer mean.
///
/// # Errors
/// What the database answers.
pub async fn add(tx: &mut AuditedTx<'_>, source: Uuid, by: Uuid, meanings: &[Meaning]) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.roster_words (id, source_id, word, facility_id, department_id, taken_back, entered_by)
         SELECT t.id, $1, t.word, t.facility_id, t.department_id, t.taken_back, $2
           FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::boolean[])
                AS t(id, word, facility_id, department_id, taken_back)",
        source,
        by,
        &meanings.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>(),
        &meanings.iter().map(|said| said.word.to_lowercase()).collect::<Vec<_>>(),
        &meanings.iter().map(|said| said.facility).collect::<Vec<_>>(),
        &meanings.iter().map(|said| said.department).collect::<Vec<_>>() as &[Option<Uuid>],
        &meanings.iter().map(|said| said.taken_back).collect::<Vec<_>>(),
    ))
    .await?;
    Ok(())
}

/// The facility words of a plan that nothing is known by, at most twenty.
///
/// # Errors
/// What the database answers.
pub async fn unknown_facilities(tx: &mut AuditedTx<'_>, roster: Uuid) -> Result<Vec<String>, AppError> {
    let rows = tx
        .all(sqlx::query!(
            r#"SELECT DISTINCT facility AS "facility!" FROM portal.roster_items
                WHERE roster_id = $1 AND problem = 'unknown_facility' AND facility IS NOT NULL ORDER BY 1 LIMIT 20"#,
            roster
        ))
        .await?;
    Ok(rows.into_iter().map(|row| row.facility).collect())
}

/// A department that a plan would make.
#[derive(Debug)]
pub struct NewDepartment {
    /// Where.
    pub facility_id: Uuid,
    /// The facility's name.
    pub facility: String,
    /// The file's word for it.
    pub word: String,
}

/// The departments a plan would make, at most twenty.
///
/// # Errors
/// What the database answers.
pub async fn new_departments(tx: &mut AuditedTx<'_>, roster: Uuid) -> Result<Vec<NewDepartment>, AppError> {
    tx.all(sqlx::query_as!(
        NewDepartment,
        r#"SELECT DISTINCT i.facility_id AS "facility_id!", f.name AS facility, i.department AS "word!"
             FROM portal.roster_items i JOIN portal.facilities f ON f.id = i.facility_id
            WHERE i.roster_id = $1 AND i.new_department AND i.department IS NOT NULL ORDER BY 2, 3 LIMIT 20"#,
        roster
    ))
    .await
}

/// Whether whoever reads a plan sees every facility, and so says what a word for one means: it holds for everybody's files.
///
/// # Errors
/// What the database answers.
pub async fn names_facilities(tx: &mut AuditedTx<'_>) -> Result<bool, AppError> {
    tx.one(sqlx::query!(r#"SELECT audit.sees_all('roster/r') AS "everything!""#).map(|row| row.everything)).await
}

/// The words of a plan, and every name that is one of its own.
///
/// # Errors
/// What the database answers.
pub async fn said(tx: &mut AuditedTx<'_>, roster: Uuid) -> Result<(Vec<Said>, Names), AppError> {
    let said = tx
        .all(sqlx::query_as!(
            Said,
            r#"SELECT DISTINCT facility, CASE WHEN department_id IS NOT NULL THEN department END AS department,
                      CASE WHEN department_id IS NOT NULL THEN facility_id END AS within
                 FROM portal.roster_items WHERE roster_id = $1 AND line IS NOT NULL"#,
            roster
        ))
        .await?;
    let facilities =
        sqlx::query!("SELECT id, name, site_code FROM portal.facilities").map(|row| (row.id, row.name, row.site_code));
    let departments = sqlx::query!("SELECT id, facility_id, name FROM portal.departments")
        .map(|row| (row.id, row.facility_id, row.name));
    Ok((said, Names { facilities: tx.all(facilities).await?, departments: tx.all(departments).await? }))
}

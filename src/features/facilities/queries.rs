//! The SQL of facilities.

use chrono::NaiveTime;
use sqlx::postgres::PgRow;
use sqlx::types::ipnetwork::IpNetwork;
use uuid::Uuid;

use super::model::{Checked, CheckedDepartment};
use crate::audit::{AuditedTx, Rows};
use crate::error::AppError;

/// One facility.
#[derive(Debug)]
pub struct Facility {
    pub id: Uuid,
    pub name: String,
    pub site_code: String,
    pub time_zone: String,
    pub privacy_owner_id: Uuid,
    pub owner: Option<String>,
    pub networks: Vec<IpNetwork>,
    pub departments: i64,
    pub people: i64,
}

/// The facilities in scope, by name, or one of them; those where the reader works count too.
pub fn facilities(
    only: Option<Uuid>,
    me: Uuid,
) -> Rows<impl FnMut(PgRow) -> Result<Facility, sqlx::Error> + Send + use<>> {
    sqlx::query_as!(
        Facility,
        r#"SELECT f.id, f.name, f.site_code, f.time_zone, f.privacy_owner_id, p.full_name AS "owner?", f.networks AS "networks!: Vec<IpNetwork>",
                  (SELECT count(*) FROM portal.departments d WHERE d.facility_id = f.id) AS "departments!",
                  (SELECT count(DISTINCT e.person_id) FROM portal.employment_periods e WHERE e.facility_id = f.id AND e.superseded_at IS NULL
                      AND e.starts_on <= current_date AND (e.ends_on IS NULL OR e.ends_on >= current_date)) AS "people!"
             FROM portal.facilities f
             LEFT JOIN portal.people p ON p.id = f.privacy_owner_id
            WHERE ($1::uuid IS NULL OR f.id = $1)
              AND (f.id = ANY ((SELECT facility_ids FROM portal.frame())::uuid[]) OR EXISTS (SELECT 1 FROM portal.employment_periods e
                     WHERE e.facility_id = f.id AND e.person_id = $2 AND e.superseded_at IS NULL))
            ORDER BY f.name, f.id"#,
        only,
        me
    )
}

/// One facility in scope.
pub async fn one(tx: &mut AuditedTx<'_>, id: Uuid, me: Uuid) -> Result<Facility, AppError> {
    tx.one(facilities(Some(id), me)).await
}

/// A department.
#[derive(Debug)]
pub struct Department {
    pub id: Uuid,
    pub name: String,
    pub opens_at: Option<NaiveTime>,
    pub closes_at: Option<NaiveTime>,
}

/// The departments of a facility, by name.
pub async fn departments(tx: &mut AuditedTx<'_>, facility: Uuid) -> Result<Vec<Department>, AppError> {
    tx.all(sqlx::query_as!(
        Department,
        "SELECT id, name, opens_at, closes_at FROM portal.departments WHERE facility_id = $1 ORDER BY name",
        facility
    ))
    .await
}

/// Who may answer for a facility's privacy: active accounts of the office.
pub async fn owners(tx: &mut AuditedTx<'_>) -> Result<Vec<(Uuid, String)>, AppError> {
    let query = sqlx::query!(
        "SELECT id, full_name FROM portal.people WHERE role IN ('manager', 'coordinator', 'admin') AND active ORDER BY full_name, id"
    );
    Ok(tx.all(query).await?.into_iter().map(|row| (row.id, row.full_name)).collect())
}

/// Adds a facility.
pub async fn add(tx: &mut AuditedTx<'_>, id: Uuid, new: &Checked) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.facilities (id, name, site_code, privacy_owner_id, time_zone, networks) VALUES ($1, $2, $3, $4, $5, $6::text[]::cidr[])",
        id,
        new.name,
        new.site_code,
        new.owner,
        new.time_zone,
        &new.networks
    ))
    .await?;
    Ok(())
}

/// Changes a facility.
pub async fn update(tx: &mut AuditedTx<'_>, id: Uuid, new: &Checked) -> Result<(), AppError> {
    let query = sqlx::query!(
        "UPDATE portal.facilities SET name = $2, site_code = $3, privacy_owner_id = $4, time_zone = $5, networks = $6::text[]::cidr[],
                updated_at = now() WHERE id = $1",
        id,
        new.name,
        new.site_code,
        new.owner,
        new.time_zone,
        &new.networks
    );
    if tx.run(query).await? == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

/// Adds a department, or changes one of this facility.
pub async fn put_department(
    tx: &mut AuditedTx<'_>,
    facility: Uuid,
    department: Option<Uuid>,
    new: &CheckedDepartment,
) -> Result<(), AppError> {
    let (opens, closes) = (new.hours.map(|hours| hours.0), new.hours.map(|hours| hours.1));
    let query = match department {
        None => sqlx::query!(
            "INSERT INTO portal.departments (id, facility_id, name, opens_at, closes_at) VALUES ($1, $2, $3, $4, $5)",
            Uuid::now_v7(),
            facility,
            new.name,
            opens,
            closes
        ),
        Some(id) => sqlx::query!(
            "UPDATE portal.departments SET name = $3, opens_at = $4, closes_at = $5, updated_at = now() WHERE id = $1 AND facility_id = $2",
            id,
            facility,
            new.name,
            opens,
            closes
        ),
    };
    if tx.run(query).await? == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

//! The SQL of rosters: what a plan is computed from, the plan as it is kept, and everything that applying it writes.

pub mod apply;
pub mod people;
pub mod plans;
pub mod reruns;
pub mod words;

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::model::{Department, Period, Placement, Supervisor};
use super::plan::{Facility, Person, State};
use crate::audit::{Actor, AuditedTx};
use crate::error::AppError;
use crate::policy::{Action, Scope, scope_for};

/// A source that files come from, with its newest mapping.
#[derive(Debug)]
pub struct Source {
    /// Our id.
    pub id: Uuid,
    /// The source's name.
    pub name: String,
    /// The mapping.
    pub spec: serde_json::Value,
}

impl Source {
    /// Whether its files are rosters.
    #[must_use]
    pub fn is_roster(&self) -> bool {
        self.spec.get("target").and_then(serde_json::Value::as_str) == Some("roster")
    }
}

/// Every source of rosters, by name.
///
/// # Errors
/// What the database answers.
pub async fn sources(tx: &mut AuditedTx<'_>) -> Result<Vec<Source>, AppError> {
    let query = sqlx::query_as!(
        Source,
        r#"SELECT s.id, s.name, m.spec FROM portal.sources s
             JOIN LATERAL (SELECT k.spec FROM portal.mappings k WHERE k.source_id = s.id ORDER BY k.version DESC LIMIT 1) m ON true
            ORDER BY s.name"#
    );
    Ok(tx.all(query).await?.into_iter().filter(Source::is_roster).collect())
}

/// What is recorded, as far as this event reaches.
///
/// # Errors
/// What the database answers.
pub async fn state(tx: &mut AuditedTx<'_>, actor: &Actor, source: Uuid, as_of: NaiveDate) -> Result<State, AppError> {
    let covered: Vec<_> = tx.frame().await?.facilities.into_iter().map(|(id, _)| id).collect();
    let facilities =
        tx.all(sqlx::query!("SELECT id, name, site_code FROM portal.facilities ORDER BY site_code")).await?;
    let departments = tx.all(sqlx::query!("SELECT id, facility_id, name FROM portal.departments")).await?;
    let elsewhere = tx.all(sqlx::query!(r#"SELECT e AS "id!" FROM portal.employed_elsewhere($1) e"#, as_of)).await?;
    let mut periods = periods(tx, None).await?;
    let (facility_words, department_words) = words::known(tx, source).await?;
    let people = tx
        .all(sqlx::query!(
            r#"SELECT id, employee_number, full_name, email, name_hash, surname_hash, address_hash, username IS NOT NULL AS "has_account!"
                 FROM portal.people ORDER BY id"#
        ))
        .await?;
    let hash = |bytes: Option<Vec<u8>>| bytes.and_then(|bytes| bytes.try_into().ok());
    Ok(State {
        me: actor.id(),
        everybody: scope_for(actor.role(), Action::RosterApply) == Some(Scope::All),
        people: people
            .into_iter()
            .map(|row| Person {
                periods: periods.remove(&row.id).unwrap_or_default(),
                id: row.id,
                employee_number: row.employee_number,
                full_name: row.full_name,
                email: row.email,
                name_hash: hash(row.name_hash),
                surname_hash: hash(row.surname_hash),
                address_hash: hash(row.address_hash),
                has_account: row.has_account,
            })
            .collect(),
        facilities: facilities
            .into_iter()
            .map(|row| Facility {
                covered: covered.contains(&row.id),
                id: row.id,
                name: row.name,
                site_code: row.site_code,
            })
            .collect(),
        departments: departments.into_iter().map(|row| ((row.facility_id, row.name.to_lowercase()), row.id)).collect(),
        facility_words,
        department_words,
        elsewhere: elsewhere.into_iter().map(|row| row.id).collect(),
    })
}

/// The periods that hold, by person, oldest first; of one person or of everybody in scope.
///
/// # Errors
/// What the database answers.
pub async fn periods(tx: &mut AuditedTx<'_>, person: Option<Uuid>) -> Result<HashMap<Uuid, Vec<Period>>, AppError> {
    let rows = tx
        .all(sqlx::query!(
            "SELECT id, person_id, facility_id, department_id, job_role, supervisor_id, starts_on, ends_on, on_leave
               FROM portal.employment_periods WHERE superseded_at IS NULL AND ($1::uuid IS NULL OR person_id = $1)
              ORDER BY person_id, starts_on",
            person
        ))
        .await?;
    let mut found: HashMap<Uuid, Vec<Period>> = HashMap::new();
    for row in rows {
        found.entry(row.person_id).or_default().push(Period {
            id: row.id,
            placement: Placement {
                facility: row.facility_id,
                department: Department::Known(row.department_id),
                job_role: row.job_role,
                supervisor: row.supervisor_id.map(Supervisor::Known),
            },
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            on_leave: row.on_leave,
        });
    }
    Ok(found)
}

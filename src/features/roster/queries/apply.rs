//! Everything that applying a plan writes, in whole sets: people, departments, the periods that hold no longer and those
//! that hold instead, and the rules' second look at what these people opened.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::super::model::{Department, NewPeriod, Steps, Supervisor};
use super::super::plan::Item;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::words::RosterProblem;

/// Ids made while applying: of people the roster adds, by number, and of departments, by facility and lower-case name.
#[derive(Default)]
pub struct Made {
    people: HashMap<String, Uuid>,
    departments: HashMap<(Uuid, String), Uuid>,
}

/// Writes the plan; answers whom it touched.
///
/// # Errors
/// [`AppError::Conflict`] when the record is no longer what the plan was computed from.
pub async fn write<'i>(tx: &mut AuditedTx<'_>, items: &'i [Item]) -> Result<Vec<(&'i Item, Uuid)>, AppError> {
    let mut made = Made::default();
    for item in items.iter().filter(|item| item.person.is_none() && !item.steps.add.is_empty()) {
        made.people.insert(item.number.clone(), Uuid::now_v7());
    }
    let touched: Vec<_> = items
        .iter()
        .filter(|item| item.renamed || !item.steps.add.is_empty())
        .filter_map(|item| Some((item, item.person.or_else(|| made.people.get(&item.number).copied())?)))
        .collect();
    put_people(tx, &touched).await?;
    let periods: Vec<_> =
        touched.iter().flat_map(|(item, id)| item.steps.add.iter().map(move |new| (*id, new))).collect();
    make_departments(tx, &periods, &mut made).await?;
    let superseded: Vec<_> = touched.iter().flat_map(|(item, _)| item.steps.supersede.iter().copied()).collect();
    supersede(tx, &superseded).await?;
    add_periods(tx, &periods, &made).await?;
    Ok(touched)
}

/// Writes the change of one person who exists, in departments that exist.
///
/// # Errors
/// As [`write`].
pub async fn write_one(tx: &mut AuditedTx<'_>, person: Uuid, steps: &Steps) -> Result<(), AppError> {
    supersede(tx, &steps.supersede).await?;
    let periods: Vec<_> = steps.add.iter().map(|new| (person, new)).collect();
    add_periods(tx, &periods, &Made::default()).await
}

async fn put_people(tx: &mut AuditedTx<'_>, touched: &[(&Item, Uuid)]) -> Result<(), AppError> {
    let put: Vec<_> = touched
        .iter()
        .filter(|(item, _)| item.renamed)
        .filter_map(|(item, id)| Some((*id, item, item.row.as_ref()?)))
        .collect();
    let bytes = |hash: Option<[u8; 32]>| hash.map(|hash| hash.to_vec());
    let mail =
        |item: &Item, email: &Option<String>| email.clone().filter(|_| item.problem != Some(RosterProblem::EmailTaken));
    let query = sqlx::query!(
        r#"SELECT portal.put_people($1, $2, $3, $4, $5, $6, $7) AS "done!""#,
        &put.iter().map(|(id, ..)| *id).collect::<Vec<_>>(),
        &put.iter().map(|(.., row)| row.employee_number.clone()).collect::<Vec<_>>(),
        &put.iter().map(|(.., row)| row.full_name.clone()).collect::<Vec<_>>(),
        &put.iter().map(|(_, item, row)| mail(item, &row.email)).collect::<Vec<_>>() as &[Option<String>],
        &put.iter().map(|(.., row)| bytes(row.name_hash)).collect::<Vec<_>>() as &[Option<Vec<u8>>],
        &put.iter().map(|(.., row)| bytes(row.surname_hash)).collect::<Vec<_>>() as &[Option<Vec<u8>>],
        &put.iter().map(|(.., row)| bytes(row.address_hash)).collect::<Vec<_>>() as &[Option<Vec<u8>>],
    );
    let done = tx.one(query).await?.done;
    if usize::try_from(done).ok() == Some(put.len()) { Ok(()) } else { Err(AppError::NotFound) }
}

async fn make_departments(
    tx: &mut AuditedTx<'_>,
    periods: &[(Uuid, &NewPeriod)],
    made: &mut Made,
) -> Result<(), AppError> {
    let mut new: Vec<(Uuid, Uuid, &str)> = Vec::new();
    for (_, period) in periods {
        if let Department::New(name) = &period.placement.department {
            let facility = period.placement.facility;
            made.departments.entry((facility, name.to_lowercase())).or_insert_with(|| {
                let id = Uuid::now_v7();
                new.push((id, facility, name));
                id
            });
        }
    }
    tx.run(sqlx::query!(
        "INSERT INTO portal.departments (id, facility_id, name) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])",
        &new.iter().map(|(id, ..)| *id).collect::<Vec<_>>(),
        &new.iter().map(|(_, facility, _)| *facility).collect::<Vec<_>>(),
        &new.iter().map(|(.., name)| (*name).to_owned()).collect::<Vec<_>>(),
    ))
    .await?;
    Ok(())
}

async fn supersede(tx: &mut AuditedTx<'_>, periods: &[Uuid]) -> Result<(), AppError> {
    let query = sqlx::query!(
        "UPDATE portal.employment_periods SET superseded_at = now(), updated_at = now() WHERE id = ANY ($1) AND superseded_at IS NULL",
        periods
    );
    // out of scope, or superseded meanwhile: then the plan was of another workforce
    if usize::try_from(tx.run(query).await?).ok() == Some(periods.len()) { Ok(()) } else { Err(AppError::Conflict) }
}

async fn add_periods(tx: &mut AuditedTx<'_>, periods: &[(Uuid, &NewPeriod)], made: &Made) -> Result<(), AppError> {
    let department = |new: &NewPeriod| match &new.placement.department {
        Department::Known(id) => *id,
        Department::New(name) => {
            made.departments.get(&(new.placement.facility, name.to_lowercase())).copied().unwrap_or_default()
        }
    };
    let supervisor = |new: &NewPeriod| match new.placement.supervisor.as_ref()? {
        Supervisor::Known(id) => Some(*id),
        Supervisor::New(number) => made.people.get(number).copied(),
    };
    // the latest first: a period that is cut keeps the day it became known only where another follows it
    tx.run(sqlx::query!(
        "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, supervisor_id, starts_on, ends_on, on_leave)
         SELECT t.* FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::date[], $8::date[], $9::boolean[])
                AS t(id, person_id, facility_id, department_id, job_role, supervisor_id, starts_on, ends_on, on_leave)
          ORDER BY t.starts_on DESC",
        &periods.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>(),
        &periods.iter().map(|(person, _)| *person).collect::<Vec<_>>(),
        &periods.iter().map(|(_, new)| new.placement.facility).collect::<Vec<_>>(),
        &periods.iter().map(|(_, new)| department(new)).collect::<Vec<_>>(),
        &periods.iter().map(|(_, new)| new.placement.job_role.clone()).collect::<Vec<_>>(),
        &periods.iter().map(|(_, new)| supervisor(new)).collect::<Vec<_>>() as &[Option<Uuid>],
        &periods.iter().map(|(_, new)| new.starts_on).collect::<Vec<_>>(),
        &periods.iter().map(|(_, new)| new.ends_on).collect::<Vec<_>>() as &[Option<NaiveDate>],
        &periods.iter().map(|(_, new)| new.on_leave).collect::<Vec<_>>(),
    ))
    .await?;
    Ok(())
}

/// Says that the roster was applied, once.
///
/// # Errors
/// [`AppError::Conflict`] when it was applied already.
pub async fn done(tx: &mut AuditedTx<'_>, roster: Uuid, by: Uuid, left_on: Option<NaiveDate>) -> Result<(), AppError> {
    let query = sqlx::query!(
        "UPDATE portal.rosters SET state = 'applied', applied_at = now(), applied_by = $2, left_on = $3, updated_at = now()
          WHERE id = $1 AND state = 'planned'",
        roster,
        by,
        left_on
    );
    if tx.run(query).await? == 1 { Ok(()) } else { Err(AppError::Conflict) }
}

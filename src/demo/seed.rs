//! Fills an empty database with the demo's organisation, under one system event: facilities, people as they were, vendors,
//! logins and their holders, accounts. The access log itself comes in through the importer.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use uuid::Uuid;

use super::organisation::{CLOSES, OPENS, Organisation, lapsed_agreement, training_expired};
use crate::audit::{AuditedTx, Worker};
use crate::auth::password;
use crate::clock;
use crate::config::Keys;
use crate::error::AppError;
use crate::ingest::normalise;
use crate::ingest::presets::epic_access_log;
use crate::policy::{Action, Role};

/// The organisation's time zone.
const ZONE: &str = "America/New_York";

/// The ids that the rows of one organisation refer to each other by.
struct Ids {
    people: Vec<Uuid>,
    facilities: Vec<Uuid>,
    departments: Vec<Uuid>,
}

/// Writes the organisation.
///
/// # Errors
/// What the database answers; then nothing of it stands.
pub async fn fill(worker: &Worker, keys: &Keys, organisation: &Organisation, today: NaiveDate) -> Result<(), AppError> {
    let hash = password::hash(super::PASSWORD.to_owned()).await?;
    let id = Uuid::now_v7();
    let new = |count: usize| (0..count).map(|_| Uuid::now_v7()).collect::<Vec<_>>();
    let ids = Ids {
        people: new(organisation.people.len()),
        facilities: new(organisation.facilities.len()),
        departments: new(organisation.departments.len()),
    };
    worker
        .change(None, Action::RosterSeed, id, Uuid::now_v7(), None, async |tx| {
            tx.run(sqlx::query!(
                "INSERT INTO portal.organisations (id, name, time_zone) VALUES ($1, $2, $3)",
                id,
                organisation.name,
                ZONE
            ))
            .await?;
            people(tx, keys, organisation, &ids).await?;
            places(tx, organisation, &ids).await?;
            employment(tx, organisation, &ids).await?;
            training(tx, organisation, &ids, today).await?;
            accounts(tx, organisation, &ids, &hash).await?;
            logins(tx, organisation, &ids, today).await
        })
        .await
}

fn role_of(organisation: &Organisation, person: usize) -> Role {
    let accounts = organisation.accounts;
    match person {
        p if p == accounts.manager || p == accounts.second_manager => Role::Manager,
        p if p == accounts.coordinator => Role::Coordinator,
        p if p == accounts.auditor => Role::Auditor,
        p if p == accounts.admin => Role::Admin,
        _ => Role::FieldStaff,
    }
}

async fn people(tx: &mut AuditedTx<'_>, keys: &Keys, organisation: &Organisation, ids: &Ids) -> Result<(), AppError> {
    for (index, person) in organisation.people.iter().enumerate() {
        let (line_1, line_2, city, zip) = &person.home;
        let home = format!("{line_1} {line_2} {city} {zip}");
        let hash = |purpose, text: &str| keys.hash(purpose, normalise(text).as_bytes()).to_vec();
        tx.run(sqlx::query!(
            "INSERT INTO portal.people (id, full_name, email, username, employee_number, role, name_hash, surname_hash, address_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            ids.people[index],
            person.full_name,
            person.email,
            person.username,
            person.employee_number,
            role_of(organisation, index).as_str(),
            hash("name", &person.full_name),
            hash("surname", &person.last_name),
            hash("address", &home)
        ))
        .await?;
    }
    Ok(())
}

async fn places(tx: &mut AuditedTx<'_>, organisation: &Organisation, ids: &Ids) -> Result<(), AppError> {
    for (index, facility) in organisation.facilities.iter().enumerate() {
        tx.run(sqlx::query!(
            "INSERT INTO portal.facilities (id, name, site_code, privacy_owner_id, audit_status, time_zone) VALUES ($1, $2, $3, $4, 'in_progress', $5)",
            ids.facilities[index],
            facility.name,
            facility.site_code,
            ids.people[facility.privacy_owner],
            facility.time_zone
        ))
        .await?;
        // the coordinator of the demo works for every facility but the last, so that a scope can be seen
        if index + 1 < organisation.facilities.len() {
            tx.run(sqlx::query!(
                "INSERT INTO portal.person_facilities (person_id, facility_id) VALUES ($1, $2)",
                ids.people[organisation.accounts.coordinator],
                ids.facilities[index]
            ))
            .await?;
        }
    }
    for (index, department) in organisation.departments.iter().enumerate() {
        let hour = |hour| (!department.round_the_clock).then(|| NaiveTime::from_hms_opt(hour, 0, 0)).flatten();
        tx.run(sqlx::query!(
            "INSERT INTO portal.departments (id, facility_id, name, opens_at, closes_at) VALUES ($1, $2, $3, $4, $5)",
            ids.departments[index],
            ids.facilities[department.facility],
            department.name,
            hour(OPENS),
            hour(CLOSES)
        ))
        .await?;
    }
    Ok(())
}

async fn employment(tx: &mut AuditedTx<'_>, organisation: &Organisation, ids: &Ids) -> Result<(), AppError> {
    for (index, person) in organisation.people.iter().enumerate() {
        for period in &person.employment {
            // an end was entered the morning after it
            let known = midnight(period.to.map_or(period.from, |day| day + Days::new(1)));
            tx.run(sqlx::query!(
                "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, supervisor_id, starts_on, ends_on,
                                                        on_leave, recorded_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                Uuid::now_v7(),
                ids.people[index],
                ids.facilities[organisation.departments[period.department].facility],
                ids.departments[period.department],
                period.job_role,
                period.supervisor.map(|supervisor| ids.people[supervisor]),
                period.from,
                period.to,
                period.leave,
                known
            ))
            .await?;
        }
    }
    Ok(())
}

/// Everybody took the yearly course; of some it has run out since.
async fn training(
    tx: &mut AuditedTx<'_>,
    organisation: &Organisation,
    ids: &Ids,
    today: NaiveDate,
) -> Result<(), AppError> {
    for (index, person) in organisation.people.iter().enumerate() {
        let ahead = u64::try_from(index).unwrap_or(0) * 5 % 270 + 30;
        let expires = training_expired(&person.key, today).unwrap_or(today + Days::new(ahead));
        let taken = midnight(expires - Days::new(365));
        tx.run(sqlx::query!(
            "INSERT INTO portal.training_records (id, person_id, course_code, completed_at, expires_on, recorded_at)
             VALUES ($1, $2, 'PRIVACY-YEARLY', $3, $4, $3)",
            Uuid::now_v7(),
            ids.people[index],
            taken,
            expires
        ))
        .await?;
    }
    Ok(())
}

async fn accounts(tx: &mut AuditedTx<'_>, organisation: &Organisation, ids: &Ids, hash: &str) -> Result<(), AppError> {
    let accounts = organisation.accounts;
    for person in [
        accounts.manager,
        accounts.second_manager,
        accounts.coordinator,
        accounts.auditor,
        accounts.field_staff,
        accounts.admin,
    ] {
        tx.run(sqlx::query!("SELECT audit.set_password($1, $2)", ids.people[person], hash)).await?;
    }
    let today = clock::today_in(ZONE);
    tx.run(sqlx::query!(
        "INSERT INTO portal.engagements (id, auditor_id, starts_on, ends_on, all_facilities, period_from, period_to)
         VALUES ($1, $2, $3, $4, true, $5, $4)",
        Uuid::now_v7(),
        ids.people[accounts.auditor],
        today - Days::new(14),
        today + Days::new(180),
        today - Days::new(365)
    ))
    .await?;
    Ok(())
}

async fn logins(
    tx: &mut AuditedTx<'_>,
    organisation: &Organisation,
    ids: &Ids,
    today: NaiveDate,
) -> Result<(), AppError> {
    let source = Uuid::now_v7();
    tx.run(sqlx::query!(
        "INSERT INTO portal.sources (id, name, time_zone) VALUES ($1, $2, $3)",
        source,
        super::SOURCE,
        ZONE
    ))
    .await?;
    let spec = epic_access_log().to_json();
    tx.run(sqlx::query!(
        "INSERT INTO portal.mappings (id, source_id, version, spec) VALUES ($1, $2, 1, $3)",
        Uuid::now_v7(),
        source,
        spec
    ))
    .await?;
    // the image archive: its logins stand in no roster, and are matched by people
    let archive = Uuid::now_v7();
    tx.run(sqlx::query!(
        "INSERT INTO portal.sources (id, name, time_zone) VALUES ($1, $2, $3)",
        archive,
        super::ARCHIVE,
        ZONE
    ))
    .await?;
    tx.run(sqlx::query!(
        "INSERT INTO portal.mappings (id, source_id, version, spec) VALUES ($1, $2, 1, $3)",
        Uuid::now_v7(),
        archive,
        epic_access_log().to_json()
    ))
    .await?;
    for (index, person) in organisation.people.iter().enumerate() {
        let (Some(login), Some(first)) = (&person.login, person.employment.first()) else { continue };
        hold(tx, source, login, Some(ids.people[index]), None, midnight(first.from)).await?;
    }
    for vendor in &organisation.vendors {
        let id = Uuid::now_v7();
        tx.run(sqlx::query!(
            "INSERT INTO portal.vendors (id, name, service) VALUES ($1, $2, $3)",
            id,
            vendor.name,
            vendor.service
        ))
        .await?;
        let lapsed = Some(lapsed_agreement(today)).filter(|(name, _)| *name == vendor.name).map(|(_, day)| day);
        tx.run(sqlx::query!(
            "INSERT INTO portal.agreements (id, vendor_id, effective_from, effective_to, recorded_at) VALUES ($1, $2, $3, $4, $5)",
            Uuid::now_v7(),
            id,
            today - Days::new(740),
            lapsed,
            midnight(today - Days::new(740))
        ))
        .await?;
        for account in &vendor.accounts {
            let since = midnight(clock::today_in(ZONE) - Days::new(700));
            hold(tx, source, account.login, None, Some(id), since).await?;
        }
    }
    Ok(())
}

async fn hold(
    tx: &mut AuditedTx<'_>,
    source: Uuid,
    login: &str,
    person: Option<Uuid>,
    vendor: Option<Uuid>,
    since: DateTime<Utc>,
) -> Result<(), AppError> {
    let id = Uuid::now_v7();
    tx.run(sqlx::query!("INSERT INTO portal.ehr_logins (id, source_id, login) VALUES ($1, $2, $3)", id, source, login))
        .await?;
    tx.run(sqlx::query!(
        "INSERT INTO portal.login_holders (id, login_id, person_id, vendor_id, valid_from, recorded_at) VALUES ($1, $2, $3, $4, $5, $5)",
        Uuid::now_v7(),
        id,
        person,
        vendor,
        since
    ))
    .await?;
    Ok(())
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let local = day.and_time(NaiveTime::MIN).and_local_timezone(clock::zone(ZONE)).earliest();
    local.map_or_else(|| day.and_time(NaiveTime::MIN).and_utc(), |local| local.with_timezone(&Utc))
}

//! Hours at their edges: two periods at once, departments that never close, shifts that run over midnight.

use uuid::Uuid;

use super::{as_signal, fired};
use crate::exports::{database, employee, import, opened};
use crate::fixtures::{DEPARTMENT_A, FACILITY_A};
use crate::harness::TestDb;

async fn department(db: &TestDb, name: &str, opens: &str, closes: &str) -> Uuid {
    let id = Uuid::now_v7();
    db.sql(&format!(
        "INSERT INTO portal.departments (id, facility_id, name, opens_at, closes_at) VALUES ('{id}', '{FACILITY_A}', '{name}', '{opens}', '{closes}')"
    ))
    .await;
    id
}

/// A second employment beside the first.
async fn also(db: &TestDb, person: Uuid, department: Uuid, since: &str, until: &str) {
    db.sql(&format!(
        "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on, ends_on, recorded_at)
         VALUES (gen_random_uuid(), '{person}', '{FACILITY_A}', '{department}', 'Clerk', '{since}', '{until}', '2020-01-01')"
    ))
    .await;
}

#[actix_web::test]
async fn whoever_works_for_two_departments_is_outside_only_where_neither_is_open() {
    let db = database().await;
    as_signal(&db, "after_hours").await;
    let (day, late) = (department(&db, "Day", "07:00", "15:00").await, department(&db, "Late", "12:00", "21:00").await);
    let person = employee(&db, "twoj01", day, &[("2020-01-01", None)]).await;
    also(&db, person, late, "2026-03-12", "2026-03-12").await;
    let at = ["06:30:00", "08:00:00", "14:00:00", "20:30:00", "21:00:00"];
    let rows: Vec<_> = ["2026-03-12", "2026-03-13"]
        .iter()
        .flat_map(|on| at.map(|at| opened(&format!("{on} {at}"), "twoj01", "M-1")))
        .collect();
    import(&db, &rows).await;
    assert_eq!(
        fired(&db, person, "after_hours").await,
        ["03-12 06:30", "03-12 21:00", "03-13 06:30", "03-13 20:30", "03-13 21:00"],
        "on the day after the second job had ended"
    );
}

#[actix_web::test]
async fn whoever_works_round_the_clock_as_well_is_never_outside() {
    let db = database().await;
    as_signal(&db, "after_hours").await;
    let clinic = department(&db, "Clinic", "07:00", "19:00").await;
    let person = employee(&db, "roun01", clinic, &[("2020-01-01", None)]).await;
    also(&db, person, DEPARTMENT_A, "2026-03-12", "2026-03-15").await;
    // whichever of the two began later
    let other = employee(&db, "roun03", DEPARTMENT_A, &[("2020-01-01", Some("2026-03-15"))]).await;
    also(&db, other, clinic, "2026-03-10", "2026-03-20").await;
    let at = ["2026-03-12 02:00:00", "2026-03-14 02:00:00", "2026-03-16 02:00:00"];
    let rows: Vec<_> = ["roun01", "roun03"].iter().flat_map(|login| at.map(|at| opened(at, login, "M-1"))).collect();
    import(&db, &rows).await;
    assert_eq!(fired(&db, person, "after_hours").await, ["03-16 02:00"]);
    assert_eq!(fired(&db, other, "after_hours").await, ["03-16 02:00"]);
}

#[actix_web::test]
async fn a_night_shift_belongs_to_the_evening_it_began_on() {
    let db = database().await;
    as_signal(&db, "after_hours").await;
    let night = department(&db, "Night", "19:00", "07:00").await;
    let person = employee(&db, "nigh01", night, &[("2020-01-01", None)]).await;
    let rows = [
        ("2026-03-12 18:59:00", true),
        ("2026-03-12 19:00:00", false),
        ("2026-03-13 06:59:00", false),
        ("2026-03-13 07:00:00", true),
        ("2026-03-13 23:00:00", false),
        // Saturday morning is still Friday's shift, Sunday's and Monday's mornings are the weekend's
        ("2026-03-14 02:00:00", false),
        ("2026-03-14 22:00:00", true),
        ("2026-03-15 02:00:00", true),
        ("2026-03-15 22:00:00", true),
        ("2026-03-16 02:00:00", true),
        ("2026-03-16 22:00:00", false),
        ("2026-03-17 02:00:00", false),
    ];
    import(&db, &rows.map(|(at, _)| opened(at, "nigh01", "M-1"))).await;
    let expected: Vec<_> = rows.iter().filter(|(_, outside)| *outside).map(|(at, _)| at[5..16].to_owned()).collect();
    assert_eq!(fired(&db, person, "after_hours").await, expected);
}

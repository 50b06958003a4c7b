//! What colors a case, and that it neither opens one nor is raised beside none.

use hipaa_auditor::facts::Facts;
use hipaa_auditor::features::rules;
use uuid::Uuid;

use super::{as_signal, cases, fired, flags};
use crate::exports::{database, day, employee, import, nurse, office, opened, worker};
use crate::fixtures::{DEPARTMENT_A, DEPARTMENT_B, FACILITY_B, SOURCE};
use crate::harness::TestDb;

#[actix_web::test]
async fn another_facility_is_one_the_person_did_not_work_for_on_that_day() {
    let db = database().await;
    let person = nurse(&db, "faci01").await;
    db.sql(&format!(
        "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on, ends_on, recorded_at)
         VALUES (gen_random_uuid(), '{person}', '{FACILITY_B}', '{DEPARTMENT_B}', 'Clerk', '2026-03-11', '2026-03-11', '2026-03-01')"
    ))
    .await;
    let at = ["2026-03-10 12:00:00", "2026-03-11 12:00:00", "2026-03-12 12:00:00"];
    let mut rows = at.map(|at| opened(at, "faci01", "M-1").at_place("Billing")).to_vec();
    rows.push(opened("2026-03-12 13:00:00", "faci01", "M-1"));
    let report = import(&db, &rows).await;
    assert_eq!((flags(&db, person).await, cases(&db, person).await), (vec![], vec![]), "context alone opens no case");
    as_signal(&db, "foreign_facility").await;
    rules::after_batch(&worker(&db), report.batch, Uuid::now_v7()).await.expect("the rules run");
    assert_eq!(fired(&db, person, "foreign_facility").await, ["03-10 12:00", "03-12 12:00"]);
}

#[actix_web::test]
async fn an_address_outside_every_network_is_said_where_the_facility_has_networks() {
    let db = database().await;
    as_signal(&db, "foreign_network").await;
    let person = nurse(&db, "netw01").await;
    let at = ["2026-03-12 10:00:00", "2026-03-12 11:00:00", "2026-03-12 12:00:00"];
    let report = import(&db, &at.map(|at| opened(at, "netw01", "M-1"))).await;
    // the files of this source name no address; the rows are evidence and change for a superuser only
    db.sql(
        "SET session_replication_role = replica;
         UPDATE portal.access_logs a SET source_ip = v.ip::inet
           FROM (VALUES ('10:00', '10.20.4.4'), ('11:00', '10.30.4.4'), ('12:00', '203.0.113.9')) v(at, ip)
          WHERE to_char(a.action_at AT TIME ZONE 'America/Chicago', 'MM-DD HH24:MI') = '03-12 ' || v.at;
         SET session_replication_role = DEFAULT",
    )
    .await;
    rules::after_batch(&worker(&db), report.batch, Uuid::now_v7()).await.expect("the rules run");
    assert_eq!(fired(&db, person, "foreign_network").await, ["03-12 12:00"], "another facility's is one of ours");
}

#[actix_web::test]
async fn a_kind_of_record_the_job_does_not_need_is_said_by_the_sites_own_table() {
    let db = database().await;
    as_signal(&db, "role_mismatch").await;
    let person = employee(&db, "role01", DEPARTMENT_A, &[]).await;
    db.sql(&format!(
        "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on, ends_on, recorded_at)
         SELECT gen_random_uuid(), '{person}', d.facility_id, d.id, v.job, v.since::date, v.until::date, '2020-01-01'
           FROM portal.departments d, (VALUES ('Senior Registrar', '2020-01-01', '2026-03-12'), ('Physician', '2026-03-13', NULL)) v(job, since, until)
          WHERE d.id = '{DEPARTMENT_A}'"
    ))
    .await;
    import(
        &db,
        &[
            opened("2026-03-12 10:00:00", "role01", "M-1").on("Notes"),
            opened("2026-03-12 11:00:00", "role01", "M-1").on("Billing"),
            opened("2026-03-13 10:00:00", "role01", "M-1").on("Notes"),
        ],
    )
    .await;
    let note = Facts::RoleMismatch { resource_type: "DocumentReference".into() };
    assert_eq!(flags(&db, person).await, [("03-12 10:00".to_owned(), note.clone())], "as of the day of the access");
    assert_eq!(note.badge(), "Note unusual for the job");
}

#[actix_web::test]
async fn training_has_lapsed_from_its_first_day_without_until_it_is_taken_again() {
    let db = database().await;
    as_signal(&db, "training_lapsed").await;
    let person = nurse(&db, "trai01").await;
    db.sql(&format!(
        "INSERT INTO portal.training_records (id, person_id, course_code, completed_at, expires_on, recorded_at) VALUES
           (gen_random_uuid(), '{person}', 'HIPAA-101', '2025-03-11', '2026-03-11', '2025-03-11'),
           (gen_random_uuid(), '{person}', 'HIPAA-101', '2026-03-13 08:00-05', '2027-03-13', '2026-03-13 08:00-05'),
           (gen_random_uuid(), '{person}', 'PHISHING', '2025-01-01', NULL, '2025-01-01')"
    ))
    .await;
    let at = ["2026-03-10 10:00:00", "2026-03-11 10:00:00", "2026-03-12 10:00:00", "2026-03-13 10:00:00"];
    import(&db, &at.map(|at| opened(at, "trai01", "M-1"))).await;
    assert_eq!(fired(&db, person, "training_lapsed").await, ["03-11 10:00", "03-12 10:00"]);
    let facts = flags(&db, person).await[1].1.clone();
    assert_eq!(facts, Facts::TrainingLapsed { expired_on: day("2026-03-11"), days: 1, courses: 1 });
}

#[actix_web::test]
async fn an_unmatched_login_is_said_beside_a_signal() {
    let db = database().await;
    import(&db, &[opened("2026-03-12 10:00:00", "strange", "M-1").glass("")]).await;
    let told: String = db
        .value(
            "SELECT string_agg(f.rule_code || ' ' || f.kind, ', ' ORDER BY f.rule_code) FROM portal.case_flags f
               JOIN portal.review_cases c ON c.id = f.case_id JOIN portal.ehr_logins l ON l.id = c.login_id WHERE l.login = 'strange'",
        )
        .await;
    assert_eq!(told, "break_glass_no_reason signal, unmatched_identity context");
}

/// What stands in a login's cases, as code and kind.
async fn standing(db: &TestDb, login: &str) -> String {
    db.value(&format!(
        "SELECT coalesce(string_agg(DISTINCT f.rule_code, ', ' ORDER BY f.rule_code), '') FROM portal.case_flags f
           JOIN portal.review_cases c ON c.id = f.case_id JOIN portal.ehr_logins l ON l.id = c.login_id
          WHERE l.login = '{login}' AND f.superseded_at IS NULL"
    ))
    .await
}

#[actix_web::test]
async fn an_interface_and_a_device_are_nobodys_and_not_unmatched() {
    let db = database().await;
    db.sql(&format!(
        "INSERT INTO portal.ehr_logins (id, source_id, login, kind) VALUES (gen_random_uuid(), '{SOURCE}', 'svc-lab', 'system')"
    ))
    .await;
    let report = import(
        &db,
        &["svc-lab", "device", "temp07"].map(|login| opened("2026-03-12 10:00:00", login, "M-1").glass("")),
    )
    .await;
    assert_eq!(standing(&db, "svc-lab").await, "break_glass_no_reason");
    assert_eq!(standing(&db, "temp07").await, "break_glass_no_reason, unmatched_identity");
    // a source that says itself that no person acted; its rows are evidence and change for a superuser only
    db.sql(
        "SET session_replication_role = replica;
         UPDATE portal.access_logs a SET actor_kind = 'system' FROM portal.ehr_logins l WHERE l.id = a.login_id AND l.login = 'device';
         SET session_replication_role = DEFAULT",
    )
    .await;
    rules::after_batch(&worker(&db), report.batch, Uuid::now_v7()).await.expect("the rules run");
    assert_eq!(standing(&db, "device").await, "break_glass_no_reason");
}

/// What a person's rows are flagged with, by time.
async fn colors(db: &TestDb, person: Uuid) -> Vec<(String, &'static str)> {
    flags(db, person).await.into_iter().map(|(at, facts)| (at, facts.rule().as_str())).collect()
}

#[actix_web::test]
async fn what_only_colors_is_raised_on_the_rows_of_a_case_and_as_soon_as_there_is_one() {
    let db = database().await;
    let clinic = office(&db, "Clinic Office").await;
    let person = employee(&db, "colo01", clinic, &[("2020-01-01", None)]).await;
    let late = |at: &str, patient| opened(at, "colo01", patient).at_place("Clinic Office");
    import(
        &db,
        &[
            late("2026-03-12 20:00:00", "M-1").glass(""),
            late("2026-03-12 20:10:00", "M-1"),
            late("2026-03-12 20:20:00", "M-2"),
            late("2026-03-13 20:30:00", "M-3"),
        ],
    )
    .await;
    let hours = |at: &str| (at.to_owned(), "after_hours");
    let first = [hours("03-12 20:00"), ("03-12 20:00".to_owned(), "break_glass_no_reason"), hours("03-12 20:10")];
    assert_eq!(colors(&db, person).await, first, "every row of the case, and no other");

    // a row that comes later makes a case of a day that was none
    import(&db, &[late("2026-03-12 20:40:00", "M-2").glass("")]).await;
    let mut second = first.to_vec();
    second.extend([hours("03-12 20:20"), hours("03-12 20:40"), ("03-12 20:40".to_owned(), "break_glass_no_reason")]);
    assert_eq!(colors(&db, person).await, second);
    let told: String = db
        .value(
            "SELECT string_agg(f.rule_code || ' ' || f.row_count, ', ' ORDER BY i.source_patient_id, f.rule_code) FROM portal.case_flags f
               JOIN portal.review_cases c ON c.id = f.case_id AND c.local_day = '2026-03-12'
               JOIN portal.patient_ids i ON i.patient_id = c.patient_id WHERE i.source_patient_id IN ('M-1', 'M-2')",
        )
        .await;
    assert_eq!(told, "after_hours 2, break_glass_no_reason 1, after_hours 2, break_glass_no_reason 1");
}

#[actix_web::test]
async fn a_signal_that_a_site_makes_context_opens_nothing_any_more() {
    let db = database().await;
    let person = nurse(&db, "colo02").await;
    let report = import(&db, &[opened("2026-03-12 20:00:00", "colo02", "M-1").glass("")]).await;
    assert_eq!(cases(&db, person).await.len(), 1);
    db.sql(
        "INSERT INTO portal.rules (code, version, kind, severity, enabled, parameters)
         SELECT code, version + 1, 'context', severity, true, parameters FROM portal.rules WHERE code = 'break_glass_no_reason' ORDER BY version DESC LIMIT 1;
         SET session_replication_role = replica;
         DELETE FROM portal.case_flags; DELETE FROM portal.case_rows; DELETE FROM portal.review_events; DELETE FROM portal.review_cases;
         SET session_replication_role = DEFAULT",
    )
    .await;
    rules::after_batch(&worker(&db), report.batch, Uuid::now_v7()).await.expect("the rules run");
    assert_eq!(cases(&db, person).await, [], "what was raised as a signal stands no more");
}

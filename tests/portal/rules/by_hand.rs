//! What people do beside the rules, asked of the database itself: the scope is held inside the functions, not only by the
//! program that calls them.

use uuid::Uuid;

use super::late::run;
use crate::exports::{database, import, nurse, opened};
use crate::fixtures::{COORDINATOR_A, COORDINATOR_B, FACILITY_A, FACILITY_B, MANAGER, PATIENT_ONE, access_id};
use crate::harness::{TestDb, TestPortal};

/// Calls a function as a person under their own events.
async fn called<T>(db: &TestDb, who: Uuid, read: &str, write: &str, call: &str) -> Result<T, String>
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    let token = db.session_of(who).await;
    let mut app = db.as_app().await;
    let read = app.open(&token, read).await?;
    app.must("BEGIN").await;
    app.must(&format!("SELECT audit.use_event('{read}')")).await;
    app.open(&token, write).await?;
    let told = app.value(call).await;
    app.run(if told.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    told
}

async fn flagged(db: &TestDb, who: Uuid, row: Uuid) -> Option<Uuid> {
    let call = format!("SELECT case_id FROM portal.flag_access('{row}', 'manual', 'no_task', NULL, gen_random_uuid())");
    called(db, who, "access_log.flag.read", "access_log.flag.create", &call).await.expect("an answer")
}

#[actix_web::test]
async fn an_access_is_flagged_only_within_ones_facilities_never_ones_own_and_never_a_withdrawn_one() {
    let db = TestDb::new().await;
    let (in_a, in_b, nowhere, own) =
        (access_id(&db, 1).await, access_id(&db, 8).await, access_id(&db, 11).await, access_id(&db, 4).await);
    assert_eq!(flagged(&db, COORDINATOR_B, in_a).await, None);
    assert_eq!(flagged(&db, COORDINATOR_A, in_b).await, None);
    assert_eq!(flagged(&db, COORDINATOR_B, nowhere).await, None, "whoever did not import it");
    assert_eq!(flagged(&db, MANAGER, own).await, None, "one's own");
    db.sql(&format!("INSERT INTO portal.withdrawn_rows (access_id, batch_id) SELECT id, batch_id FROM portal.access_logs WHERE id = '{}'", access_id(&db, 7).await)).await;
    assert_eq!(flagged(&db, COORDINATOR_B, access_id(&db, 7).await).await, None);
    let raised: i64 = db.value("SELECT count(*) FROM portal.access_flags WHERE rule_code = 'manual'").await;
    assert_eq!(raised, 0, "what is refused leaves nothing");
    for (who, row) in [(COORDINATOR_A, in_a), (COORDINATOR_B, in_b), (COORDINATOR_A, nowhere), (COORDINATOR_B, own)] {
        // the manager's own access lies in A: for B it does not exist, for the others theirs does
        assert_eq!(flagged(&db, who, row).await.is_some(), row != own);
    }
}

#[actix_web::test]
async fn a_case_that_began_at_another_facility_takes_no_flag_from_whoever_may_not_see_it() {
    let db = database().await;
    let person = nurse(&db, "two001").await;
    import(
        &db,
        &[
            opened("2026-03-12 10:00:00", "two001", "M-1").glass(""),
            opened("2026-03-12 11:00:00", "two001", "M-1").at_place("Billing"),
        ],
    )
    .await;
    let began: Uuid =
        db.value(&format!("SELECT facility_id FROM portal.review_cases WHERE person_id = '{person}'")).await;
    assert_eq!(began, FACILITY_A);
    let row: Uuid = db
        .value(&format!("SELECT id FROM portal.access_logs WHERE facility_id = '{FACILITY_B}' AND action_at < '2026-04-01' ORDER BY id LIMIT 1"))
        .await;
    assert_eq!(flagged(&db, COORDINATOR_B, row).await, None);
    assert!(flagged(&db, MANAGER, row).await.is_some());
}

#[actix_web::test]
async fn a_patient_is_watched_only_by_whoever_has_a_row_of_theirs_and_taken_off_only_by_who_may() {
    let db = database().await;
    nurse(&db, "watc02").await;
    import(&db, &[opened("2026-03-12 10:00:00", "watc02", "M-77")]).await;
    let patient: Uuid = db.value("SELECT patient_id FROM portal.patient_ids WHERE source_patient_id = 'M-77'").await;
    let watch = async |who, patient: Uuid, on: bool, action: &str| {
        let call = format!("SELECT portal.watch_patient(gen_random_uuid(), '{patient}', {on}, 'public_figure')");
        called::<bool>(&db, who, "patient.read", action, &call).await
    };
    let marks = async || {
        db.value::<i64>(&format!("SELECT count(*) FROM portal.watch_marks WHERE patient_id = '{patient}'")).await
    };
    assert_eq!(watch(COORDINATOR_B, patient, true, "patient.watch.update").await, Ok(false), "only seen in A");
    assert_eq!(marks().await, 0);
    assert_eq!(watch(COORDINATOR_A, patient, true, "patient.watch.update").await, Ok(true));
    assert_eq!(watch(COORDINATOR_A, patient, true, "patient.watch.update").await, Ok(false), "it is on it already");
    let refused = watch(COORDINATOR_A, patient, false, "patient.watch.update").await;
    assert!(refused.is_err(), "putting on does not cover taking off: {refused:?}");
    assert_eq!(marks().await, 1);
    assert_eq!(watch(MANAGER, patient, false, "patient.watch.end").await, Ok(true));
    assert_eq!(marks().await, 2);
    assert_eq!(watch(COORDINATOR_B, PATIENT_ONE, true, "patient.watch.update").await, Ok(true), "seen in B, too");
}

#[actix_web::test]
async fn a_case_made_by_hand_is_colored_when_the_rules_have_looked_at_its_day() {
    let portal = TestPortal::on(database().await, |_| {}).await;
    let person = nurse(&portal, "hand07").await;
    let training = format!(
        "INSERT INTO portal.training_records (id, person_id, course_code, completed_at, expires_on, recorded_at)
         VALUES (gen_random_uuid(), '{person}', 'HIPAA-101', '2025-03-11', '2026-03-11', '2025-03-11')"
    );
    portal.sql(&training).await;
    import(&portal, &[opened("2026-03-12 10:00:00", "hand07", "M-1")]).await;
    let row: Uuid = portal
        .value("SELECT a.id FROM portal.access_logs a JOIN portal.ehr_logins l ON l.id = a.login_id WHERE l.login = 'hand07'")
        .await;
    let manager = portal.as_role("manager").await;
    let answer =
        manager.post(&format!("/access-logs/rows/{row}/flag"), &[("source", "seen"), ("reason", "no_task")]).await;
    assert_eq!(answer.status, 303);
    let case = answer.location().to_owned();
    let waits = "SELECT id FROM portal.rule_reruns WHERE cause = 'flagged_by_hand' AND cardinality(login_ids) = 1";
    run(&portal, portal.value(waits).await).await;
    let page = manager.get(&case).await.body;
    assert!(page.contains("Training lapsed"), "{page}");
}

//! Signals about who the patient is to the person, and about an account's whole day.

use chrono::Days;
use hipaa_auditor::facts::{Facts, KnownBy};
use uuid::Uuid;

use super::{cases, fired, flags};
use crate::exports::{Access, database, day, employee, import, nurse, opened};
use crate::fixtures::{DEPARTMENT_A, DEPARTMENT_B, FACILITY_A, VENDOR};
use crate::harness::TestDb;

/// Makes patients known, so that their row can be linked and changed before the rows a test is about.
async fn known(db: &TestDb, patients: &[&str]) {
    nurse(db, "first0").await;
    let rows: Vec<_> = patients.iter().map(|patient| opened("2026-01-02 10:00:00", "first0", patient)).collect();
    import(db, &rows).await;
}

async fn patient(db: &TestDb, number: &str) -> Uuid {
    db.value(&format!("SELECT patient_id FROM portal.patient_ids WHERE source_patient_id = '{number}'")).await
}

/// Gives a person the hashes of a patient.
async fn same(db: &TestDb, person: Uuid, number: &str, hashes: &[&str]) {
    let patient = patient(db, number).await;
    for hash in hashes {
        db.sql(&format!(
            "UPDATE portal.people SET {hash} = (SELECT {hash} FROM portal.patients WHERE id = '{patient}') WHERE id = '{person}'"
        ))
        .await;
    }
}

#[actix_web::test]
async fn ones_own_record_is_found_by_a_link_or_by_name_and_address_and_not_by_the_name_alone() {
    let db = database().await;
    known(&db, &["M-1", "M-2"]).await;
    let (linked, equal, namesake) =
        (nurse(&db, "link01").await, nurse(&db, "equa01").await, nurse(&db, "name01").await);
    let two = patient(&db, "M-2").await;
    db.sql(&format!("UPDATE portal.patients SET linked_person_id = '{linked}' WHERE id = '{two}'")).await;
    same(&db, equal, "M-1", &["name_hash", "address_hash"]).await;
    same(&db, namesake, "M-1", &["name_hash"]).await;
    let rows = ["link01", "equa01", "name01"].map(|login| opened("2026-03-12 10:00:00", login, "M-1"));
    import(&db, &rows).await;
    import(&db, &[opened("2026-03-12 11:00:00", "link01", "M-2"), opened("2026-03-12 11:00:00", "equa01", "M-2")])
        .await;
    assert_eq!(fired(&db, linked, "self_access").await, ["03-12 11:00"]);
    assert_eq!(flags(&db, linked).await[1].1, Facts::SelfAccess { by: KnownBy::Linked });
    let own = ("03-12 10:00".to_owned(), Facts::SelfAccess { by: KnownBy::NameAndAddress });
    assert_eq!(flags(&db, equal).await[0], own, "not a household of one");
    assert_eq!(fired(&db, equal, "household").await, ["03-12 11:00"], "a linked patient is somebody else");
    assert_eq!(fired(&db, namesake, "self_access").await, Vec::<String>::new());
}

#[actix_web::test]
async fn somebody_at_the_same_address_is_a_household_and_the_same_surname_weighs_more() {
    let db = database().await;
    known(&db, &["M-1"]).await;
    let (spouse, lodger) = (nurse(&db, "spou01").await, nurse(&db, "lodg01").await);
    same(&db, spouse, "M-1", &["address_hash", "surname_hash"]).await;
    same(&db, lodger, "M-1", &["address_hash"]).await;
    import(&db, &["spou01", "lodg01"].map(|login| opened("2026-03-12 10:00:00", login, "M-1"))).await;
    assert_eq!(flags(&db, spouse).await[0].1, Facts::Household { same_surname: true });
    assert_eq!(flags(&db, lodger).await[0].1, Facts::Household { same_surname: false });
    assert_eq!(cases(&db, spouse).await[0].2, "high");
    assert_eq!(cases(&db, lodger).await[0].2, "medium");
    assert!(!flags(&db, spouse).await[0].1.sentence().contains("Hollingberry"), "no name gets through");
}

#[actix_web::test]
async fn an_address_of_thirteen_patients_is_no_household_and_one_of_twelve_is() {
    for (patients, expected) in [(12, 1), (13, 0)] {
        let db = database().await;
        let numbers: Vec<_> = (0..patients).map(|n| format!("M-{n}")).collect();
        known(&db, &numbers.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let person = nurse(&db, "home01").await;
        same(&db, person, "M-0", &["address_hash"]).await;
        import(&db, &[opened("2026-03-12 10:00:00", "home01", "M-0")]).await;
        assert_eq!(fired(&db, person, "household").await.len(), expected, "{patients}");
    }
}

#[actix_web::test]
async fn a_coworker_is_one_on_the_day_of_the_access_and_the_department_weighs_more_than_the_facility() {
    let db = database().await;
    known(&db, &["M-1", "M-2", "M-3"]).await;
    let other = crate::exports::office(&db, "Other Office").await;
    let person = nurse(&db, "work01").await;
    let beside = employee(&db, "besi01", DEPARTMENT_A, &[("2020-01-01", Some("2026-03-12"))]).await;
    let down_the_hall = employee(&db, "hall01", other, &[("2020-01-01", None)]).await;
    let elsewhere = employee(&db, "else01", DEPARTMENT_B, &[("2020-01-01", None)]).await;
    for (number, member) in [("M-1", beside), ("M-2", down_the_hall), ("M-3", elsewhere)] {
        let patient = patient(&db, number).await;
        db.sql(&format!("UPDATE portal.patients SET linked_person_id = '{member}' WHERE id = '{patient}'")).await;
    }
    let mut rows = ["M-1", "M-2", "M-3"].map(|number| opened("2026-03-12 10:00:00", "work01", number)).to_vec();
    rows.push(opened("2026-03-13 10:00:00", "work01", "M-1"));
    import(&db, &rows).await;
    let found = flags(&db, person).await;
    let coworker = |same_department| Facts::Coworker { same_department, by: KnownBy::Linked };
    assert_eq!(found.len(), 2, "not the other facility's, and not after the last day: {found:?}");
    assert!(found.iter().any(|(_, facts)| *facts == coworker(true)));
    assert!(found.iter().any(|(_, facts)| *facts == coworker(false)));
    let risks: Vec<_> = cases(&db, person).await.into_iter().map(|(.., risk, _)| risk).collect();
    assert_eq!(risks, ["medium", "low"]);
}

#[actix_web::test]
async fn every_access_to_a_watched_patient_is_flagged_and_says_when_the_mark_came_later() {
    let db = database().await;
    known(&db, &["M-1", "M-2"]).await;
    let person = nurse(&db, "watc01").await;
    let one = patient(&db, "M-1").await;
    db.sql(&format!(
        "UPDATE portal.patients SET watched = true, watched_at = '2026-03-12 12:00-05' WHERE id = '{one}'"
    ))
    .await;
    let at = ["2026-03-12 11:00:00", "2026-03-12 13:00:00"];
    import(&db, &at.map(|at| opened(at, "watc01", "M-1"))).await;
    import(&db, &[opened(at[0], "watc01", "M-2")]).await;
    assert_eq!(fired(&db, person, "watch_list").await, ["03-12 11:00", "03-12 13:00"]);
    let known: Vec<bool> = db
        .value(&format!(
            "SELECT array_agg(f.known_at IS NOT NULL ORDER BY f.action_at) FROM portal.access_flags f
               JOIN portal.access_logs a ON a.id = f.access_id JOIN portal.login_holders h ON h.login_id = a.login_id
              WHERE h.person_id = '{person}'"
        ))
        .await;
    assert_eq!(known, [true, false]);
}

#[actix_web::test]
async fn a_login_used_during_leave_is_one_case_of_the_day_and_the_day_after_leave_is_none() {
    let db = database().await;
    let person =
        employee(&db, "leav01", DEPARTMENT_A, &[("2020-01-01", Some("2026-03-09")), ("2026-03-13", None)]).await;
    db.sql(&format!(
        "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on, ends_on, on_leave, recorded_at)
         VALUES (gen_random_uuid(), '{person}', '{FACILITY_A}', '{DEPARTMENT_A}', 'Clerk', '2026-03-10', '2026-03-12', true, '2026-03-01')"
    ))
    .await;
    let at = ["2026-03-09 10:00:00", "2026-03-12 10:00:00", "2026-03-12 11:00:00", "2026-03-13 10:00:00"];
    import(&db, &at.map(|at| opened(at, "leav01", &format!("M-{}", &at[8..13])))).await;
    let facts = Facts::InactiveUser { on_leave: true, since: day("2026-03-10"), days: 2 };
    assert_eq!(flags(&db, person).await, ["03-12 10:00", "03-12 11:00"].map(|at| (at.to_owned(), facts.clone())));
    assert_eq!(
        cases(&db, person).await,
        [(day("2026-03-12"), false, "medium".to_owned(), 2)],
        "one case, two patients"
    );
}

#[actix_web::test]
async fn a_login_unused_for_ninety_days_is_flagged_and_for_eighty_nine_it_is_not() {
    for (days, expected) in [(89, false), (90, true)] {
        let db = database().await;
        let person = nurse(&db, "gone90").await;
        let back = day("2026-01-02") + Days::new(days);
        let at =
            ["2026-01-02 10:00:00".to_owned(), format!("{back} 10:00:00"), format!("{} 10:00:00", back + Days::new(1))];
        import(&db, &at.map(|at| opened(&at, "gone90", "M-1"))).await;
        let fired = fired(&db, person, "inactive_user").await;
        assert_eq!(fired.len(), usize::from(expected), "{days} days: the day of the return only, {fired:?}");
    }
}

/// One row a day on one patient, and one other patient on each of them.
fn again(login: &str, days: u64) -> Vec<Access> {
    (0..days)
        .flat_map(|n| {
            let on = day("2026-03-01") + Days::new(n);
            [
                opened(&format!("{on} 10:00:00"), login, "M-again"),
                opened(&format!("{on} 11:00:00"), login, &format!("M-{n}")),
            ]
        })
        .collect()
}

#[actix_web::test]
async fn the_same_patient_on_eight_days_is_flagged_on_the_eighth_and_not_on_the_seventh_or_the_ninth() {
    let db = database().await;
    let (seven, nine) = (nurse(&db, "seven7").await, nurse(&db, "nine09").await);
    let mut rows = again("seven7", 7);
    rows.extend(again("nine09", 9));
    import(&db, &rows).await;
    assert_eq!(fired(&db, seven, "repeat_same_patient").await, Vec::<String>::new());
    assert_eq!(fired(&db, nine, "repeat_same_patient").await, ["03-08 10:00"]);
    let facts = flags(&db, nine).await[0].1.clone();
    assert!(
        matches!(facts, Facts::RepeatSamePatient { days: 8, window: 30, usual: 1.0, peers: Some(1.0) }),
        "{facts:?}"
    );
}

#[actix_web::test]
async fn who_sees_all_their_patients_that_often_is_not_flagged_for_one_of_them() {
    let db = database().await;
    let person = nurse(&db, "ward01").await;
    let rows: Vec<_> = (0..8)
        .flat_map(|n| {
            let on = day("2026-03-01") + Days::new(n);
            ["M-1", "M-2", "M-3"].map(|patient| opened(&format!("{on} 10:00:00"), "ward01", patient))
        })
        .collect();
    import(&db, &rows).await;
    assert_eq!(fired(&db, person, "repeat_same_patient").await, Vec::<String>::new());
}

#[actix_web::test]
async fn twenty_five_patients_taken_out_in_a_day_are_a_bulk_export_and_twenty_four_are_none() {
    for (patients, expected) in [(24, 0), (25, 25)] {
        let db = database().await;
        let person = nurse(&db, "bulk01").await;
        let mut rows: Vec<_> = (0..patients)
            .map(|n| opened(&format!("2026-03-12 10:{n:02}:00"), "bulk01", &format!("M-{n}")).doing("EXPORT"))
            .collect();
        rows.push(opened("2026-03-12 12:00:00", "bulk01", "M-99"));
        import(&db, &rows).await;
        assert_eq!(fired(&db, person, "bulk_export").await.len(), expected);
        if expected > 0 {
            assert_eq!(cases(&db, person).await, [(day("2026-03-12"), false, "high".to_owned(), 25)]);
        }
    }
}

#[actix_web::test]
async fn a_vendors_account_is_flagged_on_days_no_agreement_covers_and_on_its_last_day_it_is_not() {
    let db = database().await;
    db.sql(&format!(
        "DELETE FROM portal.agreements;
         INSERT INTO portal.agreements (id, vendor_id, effective_from, effective_to, recorded_at) VALUES
           (gen_random_uuid(), '{VENDOR}', '2025-01-01', '2026-03-10', '2025-01-01'),
           (gen_random_uuid(), '{VENDOR}', '2026-03-15', NULL, '2026-03-14 09:00-05');"
    ))
    .await;
    let at = ["2026-03-10 10:00:00", "2026-03-11 10:00:00", "2026-03-14 23:00:00", "2026-03-15 10:00:00"];
    import(&db, &at.map(|at| opened(at, "nwt7", "M-1"))).await;
    let found: Vec<(String, serde_json::Value)> = sqlx::query_as(
        "SELECT to_char(a.action_at AT TIME ZONE 'America/Chicago', 'MM-DD'), f.facts FROM portal.access_flags f
           JOIN portal.access_logs a ON a.id = f.access_id WHERE f.rule_code = 'agreement_lapsed' ORDER BY a.id",
    )
    .fetch_all(&db.db)
    .await
    .expect("flags");
    let told: Vec<_> = found
        .into_iter()
        .map(|(on, facts)| (on, serde_json::from_value::<Facts>(facts).expect("typed").sentence()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "03-11".to_owned(),
                "The vendor's account was used the day after its agreement ended, Mar 10, 2026.".to_owned()
            ),
            (
                "03-14".to_owned(),
                "The vendor's account was used 4 days after its agreement ended, Mar 10, 2026.".to_owned()
            ),
        ]
    );
}

//! The rules at their edges: what fires, what does not, what a case gathers, and that none of it changes when they run
//! again. The files are small and written by hand; the last test is the whole demo.

use std::collections::HashSet;

use chrono::NaiveDate;
use hipaa_auditor::audit::{Worker, install};
use hipaa_auditor::config::{Config, Keys, SecondFactor};
use hipaa_auditor::demo::{activity, organisation, seed};
use hipaa_auditor::facts::Facts;
use hipaa_auditor::features::{imports, rules};
use hipaa_auditor::postgres::Server;
use hipaa_auditor::words::RuleCode;
use sqlx::Row as _;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

use crate::exports::{Access, database, day, employee, import, nurse, office, opened, worker};
use crate::fixtures::{DEPARTMENT_A, DEPARTMENT_B, FACILITY_B};
use crate::harness::TestDb;

mod by_hand;
mod changes;
mod circumstances;
mod hours;
mod late;
mod people;
mod precision;
mod weighing;

/// The flags on a person's rows: wall-clock in Chicago, rule, facts; by time.
async fn flags(db: &TestDb, person: Uuid) -> Vec<(String, Facts)> {
    let rows = sqlx::query(
        "SELECT to_char(a.action_at AT TIME ZONE 'America/Chicago', 'MM-DD HH24:MI'), f.facts
           FROM portal.access_flags f JOIN portal.access_logs a ON a.id = f.access_id
           JOIN portal.login_holders h ON h.login_id = a.login_id
          WHERE h.person_id = $1 ORDER BY a.id, f.rule_code",
    )
    .bind(person)
    .fetch_all(&db.db)
    .await
    .expect("flags");
    rows.iter().map(|row| (row.get(0), serde_json::from_value(row.get(1)).expect("typed facts"))).collect()
}

/// Makes a signal of a context rule, as a site may: then it looks at every row and not only at those of cases.
async fn as_signal(db: &TestDb, rule: &str) {
    db.sql(&format!(
        "INSERT INTO portal.rules (code, version, kind, severity, enabled, parameters)
         SELECT code, version + 1, 'signal', severity, true, parameters FROM portal.rules WHERE code = '{rule}' ORDER BY version DESC LIMIT 1"
    ))
    .await;
}

/// When a rule fired for a person.
async fn fired(db: &TestDb, person: Uuid, rule: &str) -> Vec<String> {
    let flags = flags(db, person).await;
    flags.into_iter().filter(|(_, facts)| facts.rule().as_str() == rule).map(|(at, _)| at).collect()
}

/// A person's cases: local day, whether about one patient, risk, rows; by day and patient.
async fn cases(db: &TestDb, person: Uuid) -> Vec<(NaiveDate, bool, String, i32)> {
    let rows = sqlx::query(
        "SELECT c.local_day, c.patient_id IS NOT NULL, c.risk, c.row_count FROM portal.review_cases c
           LEFT JOIN portal.patient_ids i ON i.patient_id = c.patient_id
          WHERE c.person_id = $1 ORDER BY c.local_day, i.source_patient_id",
    )
    .bind(person)
    .fetch_all(&db.db)
    .await
    .expect("cases");
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
}

#[actix_web::test]
async fn a_login_used_the_day_after_the_last_day_of_work_is_flagged_and_on_that_day_it_is_not() {
    let db = database().await;
    let person = employee(&db, "left01", DEPARTMENT_A, &[("2020-01-01", Some("2026-03-10"))]).await;
    import(
        &db,
        &[
            opened("2026-03-10 08:00:00", "left01", "M-1"),
            opened("2026-03-10 23:59:59", "left01", "M-1"),
            opened("2026-03-11 00:00:00", "left01", "M-1"),
            opened("2026-03-14 12:00:00", "left01", "M-2"),
        ],
    )
    .await;
    let flags = flags(&db, person).await;
    let expected = [("03-11 00:00", 1), ("03-14 12:00", 4)]
        .map(|(at, days_after)| (at.to_owned(), Facts::TerminatedUser { last_day: day("2026-03-10"), days_after }));
    assert_eq!(flags, expected);
    assert_eq!(flags[0].1.sentence(), "The login was used the day after its holder's last day of work, Mar 10, 2026.");
    assert_eq!(flags[1].1.sentence(), "The login was used 4 days after its holder's last day of work, Mar 10, 2026.");
    assert_eq!(
        cases(&db, person).await,
        [(day("2026-03-11"), true, "medium".to_owned(), 1), (day("2026-03-14"), true, "high".to_owned(), 1)]
    );
}

#[actix_web::test]
async fn whoever_is_employed_again_is_not_flagged_and_in_between_they_are() {
    let db = database().await;
    let periods = [("2020-01-01", Some("2026-03-10")), ("2026-03-15", None)];
    let person = employee(&db, "back01", DEPARTMENT_A, &periods).await;
    let at = ["2026-03-10 10:00:00", "2026-03-12 10:00:00", "2026-03-14 23:59:00", "2026-03-15 00:01:00"];
    import(&db, &at.map(|at| opened(at, "back01", "M-1"))).await;
    assert_eq!(fired(&db, person, "terminated_user").await, ["03-12 10:00", "03-14 23:59"]);
}

#[actix_web::test]
async fn an_end_that_was_corrected_counts_no_more() {
    let db = database().await;
    let person = employee(&db, "kept01", DEPARTMENT_A, &[("2020-01-01", Some("2026-03-10"))]).await;
    db.sql(&format!(
        "UPDATE portal.employment_periods SET superseded_at = now() WHERE person_id = '{person}';
         INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on)
         SELECT gen_random_uuid(), person_id, facility_id, department_id, job_role, starts_on FROM portal.employment_periods
          WHERE person_id = '{person}'"
    ))
    .await;
    import(&db, &[opened("2026-03-12 10:00:00", "kept01", "M-1")]).await;
    assert_eq!(fired(&db, person, "terminated_user").await, Vec::<String>::new());
}

#[actix_web::test]
async fn a_flag_says_when_the_end_of_work_became_known_if_that_was_after_the_access() {
    let db = database().await;
    let person = employee(&db, "late01", DEPARTMENT_A, &[("2020-01-01", Some("2026-03-10"))]).await;
    db.sql(&format!(
        "UPDATE portal.employment_periods SET recorded_at = '2026-03-13 09:00-05' WHERE person_id = '{person}'"
    ))
    .await;
    import(&db, &["2026-03-12 10:00:00", "2026-03-14 10:00:00"].map(|at| opened(at, "late01", "M-1"))).await;
    let known: Vec<Option<bool>> = db
        .value(
            "SELECT array_agg(f.known_at = '2026-03-13 09:00-05' ORDER BY f.action_at) FROM portal.access_flags f
              WHERE f.facts->>'last_day' = '2026-03-10'",
        )
        .await;
    assert_eq!(known, [Some(true), None]);
}

#[actix_web::test]
async fn signing_in_after_the_end_of_work_is_a_case_of_its_own_only_where_no_chart_was_opened() {
    let db = database().await;
    let person = employee(&db, "left02", DEPARTMENT_A, &[("2020-01-01", Some("2026-03-10"))]).await;
    import(
        &db,
        &[
            opened("2026-03-12 09:59:00", "left02", "").sign_in(),
            opened("2026-03-12 10:00:00", "left02", "M-1"),
            opened("2026-03-13 10:00:00", "left02", "").sign_in(),
        ],
    )
    .await;
    assert_eq!(fired(&db, person, "terminated_user").await, ["03-12 10:00", "03-13 10:00"]);
}

#[actix_web::test]
async fn a_broken_glass_is_flagged_without_a_reason_and_not_with_one() {
    let db = database().await;
    let person = nurse(&db, "glas01").await;
    import(
        &db,
        &[
            opened("2026-03-12 10:00:00", "glas01", "M-1").glass(""),
            opened("2026-03-12 10:05:00", "glas01", "M-1").glass(""),
            opened("2026-03-12 10:06:00", "glas01", "M-1").glass("Emergency"),
            opened("2026-03-12 10:07:00", "glas01", "M-1"),
            opened("2026-03-12 10:10:00", "glas01", "M-2").glass("Emergency"),
            opened("2026-03-12 10:20:00", "glas01", "M-3").glass("Direct patient care"),
            opened("2026-03-12 10:30:00", "glas01", "M-4").glass(""),
        ],
    )
    .await;
    let once = Facts::BreakGlassNoReason { times: 1 };
    let twice = Facts::BreakGlassNoReason { times: 2 };
    let with_reason = Facts::BreakGlass { times: 1 };
    let expected =
        [("03-12 10:00", &twice), ("03-12 10:05", &twice), ("03-12 10:06", &with_reason), ("03-12 10:30", &once)];
    assert_eq!(flags(&db, person).await, expected.map(|(at, facts)| (at.to_owned(), facts.clone())));
    // the other two are in no case, and what only colors is not raised there
    assert_eq!(twice.sentence(), "The glass was broken 2 times without a reason.");
    assert_eq!(once.sentence(), "The glass was broken without a reason.");
    // the last row of the first patient is evidence, too
    assert_eq!(
        cases(&db, person).await,
        [(day("2026-03-12"), true, "medium".to_owned(), 4), (day("2026-03-12"), true, "medium".to_owned(), 1)]
    );
}

/// `patients` charts on one day, so many rows in all.
fn busy(login: &str, on: NaiveDate, patients: usize, rows: usize) -> Vec<Access> {
    (0..rows)
        .map(|row| {
            let at = format!("{on} {:02}:{:02}:{:02}", 8 + row / 60, row % 60, row % 60);
            opened(&at, login, &format!("M-{}", row % patients))
        })
        .collect()
}

/// A quiet day: four charts of four patients, who are others every day.
fn calm(login: &str, on: NaiveDate) -> Vec<Access> {
    (0..4).map(|n| opened(&format!("{on} 08:0{n}:00"), login, &format!("M-{on}-{n}"))).collect()
}

/// So many quiet days, the last of them the day before `until`.
fn quiet(login: &str, until: NaiveDate, days: u64) -> Vec<Access> {
    (1..=days).flat_map(|ago| calm(login, until - chrono::Days::new(ago))).collect()
}

/// What a busy day is flagged with, after a history.
async fn spike(db: &TestDb, login: &str, mut history: Vec<Access>, patients: usize, rows: usize) -> Option<Facts> {
    let person = nurse(db, login).await;
    history.extend(busy(login, day("2026-03-12"), patients, rows));
    import(db, &history).await;
    let flags = flags(db, person).await;
    assert!(flags.is_empty() || flags.len() == rows, "{login}: the whole day or nothing, not {}", flags.len());
    flags.into_iter().next().map(|(_, facts)| facts)
}

#[actix_web::test]
async fn a_day_with_three_times_the_usual_patients_is_a_spike_and_one_patient_fewer_is_none() {
    let (db, on) = (database().await, day("2026-03-12"));
    let facts = spike(&db, "busy01", quiet("busy01", on, 10), 12, 48).await.expect("a spike");
    assert_eq!(
        facts,
        Facts::VolumeSpike { patients: 12, rows: 48, usual: 4.0, days: 10, window: 30, peers: None, peer_days: None }
    );
    assert_eq!(
        facts.sentence(),
        "12 patients in 48 rows on one day. The median before is 4 a day, over 10 days with work of 30."
    );
    assert_eq!(spike(&db, "busy02", quiet("busy02", on, 10), 11, 48).await, None, "eleven are below three times four");
    // a case about the day as a whole, its rows the evidence
    assert_eq!(
        db.value::<i64>("SELECT count(*) FROM portal.review_cases WHERE local_day = '2026-03-12'").await,
        1,
        "one case"
    );
    let (patient, risk, rows): (bool, bool, i32) = {
        let row = sqlx::query("SELECT patient_id IS NULL, risk = 'medium', row_count FROM portal.review_cases WHERE local_day = '2026-03-12'")
            .fetch_one(&db.db)
            .await
            .expect("the case");
        (row.get(0), row.get(1), row.get(2))
    };
    assert!(patient && risk);
    assert_eq!(rows, 48);
}

#[actix_web::test]
async fn a_spike_needs_forty_rows_and_ten_days_of_history() {
    let (db, on) = (database().await, day("2026-03-12"));
    assert_eq!(spike(&db, "rows39", quiet("rows39", on, 10), 12, 39).await, None);
    assert!(spike(&db, "rows40", quiet("rows40", on, 10), 12, 40).await.is_some());
    assert_eq!(spike(&db, "days09", quiet("days09", on, 9), 12, 48).await, None);
}

#[actix_web::test]
async fn what_is_usual_is_read_from_ones_own_thirty_days_before() {
    let (db, on) = (database().await, day("2026-03-12"));
    // thirty days ago is inside, thirty-one days ago is not
    let inside: Vec<_> = [30, 20, 12, 10, 8, 6, 5, 3, 2, 1]
        .into_iter()
        .flat_map(|ago| calm("wind30", on - chrono::Days::new(ago)))
        .collect();
    let outside: Vec<_> = [31, 20, 12, 10, 8, 6, 5, 3, 2, 1]
        .into_iter()
        .flat_map(|ago| calm("wind31", on - chrono::Days::new(ago)))
        .collect();
    assert!(spike(&db, "wind30", inside, 12, 48).await.is_some());
    assert_eq!(spike(&db, "wind31", outside, 12, 48).await, None);
    // a colleague's quiet days are not this person's, and days after say nothing
    let mut others = quiet("quiet1", on, 10);
    others.extend((1..=10).flat_map(|ahead| calm("other1", on + chrono::Days::new(ahead))));
    nurse(&db, "quiet1").await;
    assert_eq!(spike(&db, "other1", others, 12, 48).await, None);
}

#[actix_web::test]
async fn eight_times_the_usual_weighs_more_than_three_times() {
    let (db, on) = (database().await, day("2026-03-12"));
    spike(&db, "eight8", quiet("eight8", on, 10), 32, 48).await.expect("a spike");
    assert_eq!(db.value::<String>("SELECT risk FROM portal.review_cases WHERE local_day = '2026-03-12'").await, "high");
}

#[actix_web::test]
async fn a_day_at_two_sites_of_different_zones_counts_each_row_once() {
    let db = database().await;
    let person = nurse(&db, "twozon").await;
    let on = day("2026-03-12");
    let mut rows = quiet("twozon", on, 10);
    // 24 rows here, 24 rows in the New York site: 48, not 96, and 12 patients
    rows.extend(
        busy("twozon", on, 12, 48)
            .into_iter()
            .enumerate()
            .map(|(n, access)| if n % 2 == 0 { access.at_place("Billing") } else { access }),
    );
    import(&db, &rows).await;
    let flags = flags(&db, person).await;
    let facts = flags.iter().map(|(_, facts)| facts.clone()).find(|facts| matches!(facts, Facts::VolumeSpike { .. }));
    assert_eq!(
        facts,
        Some(Facts::VolumeSpike {
            patients: 12,
            rows: 48,
            usual: 4.0,
            days: 10,
            window: 30,
            peers: None,
            peer_days: None
        })
    );
}

#[actix_web::test]
async fn an_office_is_closed_from_seven_in_the_evening_to_seven_in_the_morning_local_time() {
    let db = database().await;
    let clinic = office(&db, "Clinic Office").await;
    let person = employee(&db, "offi01", clinic, &[("2020-01-01", None)]).await;
    let autumn = employee(&db, "offi03", clinic, &[("2020-01-01", None)]).await;
    // the Friday before the clocks go forward, the Monday after, and the same in autumn
    let mut rows = Vec::new();
    let springs = ["2026-03-06", "2026-03-09"].map(|on| (on, "offi01"));
    for (on, login) in springs.into_iter().chain(["2026-10-30", "2026-11-02"].map(|on| (on, "offi03"))) {
        for at in ["06:59:59", "07:00:00", "18:59:59", "19:00:00"] {
            rows.push(opened(&format!("{on} {at}"), login, "M-1").at_place("Clinic Office"));
        }
    }
    let report = import(&db, &rows).await;
    assert_eq!(fired(&db, person, "after_hours").await, Vec::<String>::new(), "what only colors needs a case");
    assert_eq!(cases(&db, person).await, [], "and opens none");
    as_signal(&db, "after_hours").await;
    rules::after_batch(&worker(&db), report.batch, Uuid::now_v7()).await.expect("the rules run");
    for (person, days) in [(person, ["03-06", "03-09"]), (autumn, ["10-30", "11-02"])] {
        let expected: Vec<_> = days.into_iter().flat_map(|on| [format!("{on} 06:59"), format!("{on} 19:00")]).collect();
        assert_eq!(fired(&db, person, "after_hours").await, expected);
    }
    let facts = flags(&db, person).await;
    assert_eq!(
        facts[1].1,
        Facts::AfterHours { at: "19:00".into(), opens: "07:00".into(), closes: "19:00".into(), weekend: false }
    );
    assert_eq!(
        facts[1].1.sentence(),
        "First access outside the department's hours at 19:00; they are 07:00 to 19:00, Monday to Friday."
    );
    assert_eq!(cases(&db, person).await.len(), 2, "a site may make a signal of it");
}

#[actix_web::test]
async fn a_weekend_is_outside_an_offices_hours_also_when_the_clocks_change() {
    let db = database().await;
    let clinic = office(&db, "Clinic Office").await;
    let person = employee(&db, "offi02", clinic, &[("2020-01-01", None)]).await;
    let round = nurse(&db, "roun02").await;
    let at = ["2026-03-07 12:00:00", "2026-03-08 01:30:00", "2026-03-08 03:30:00", "2026-11-01 12:00:00"];
    let mut rows = at.map(|at| opened(at, "offi02", "M-1").at_place("Clinic Office")).to_vec();
    rows.extend(at.map(|at| opened(at, "roun02", "M-1")));
    as_signal(&db, "after_hours").await;
    import(&db, &rows).await;
    let flags = flags(&db, person).await;
    let told: Vec<_> = flags
        .iter()
        .filter_map(|(_, facts)| match facts {
            Facts::AfterHours { at, weekend, .. } => Some((at.as_str(), *weekend)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [("12:00", true), ("01:30", true), ("03:30", true), ("12:00", true)]);
    assert!(flags[0].1.sentence().contains("on a weekend"));
    assert_eq!(fired(&db, round, "after_hours").await, Vec::<String>::new(), "round the clock has no hours");
}

#[actix_web::test]
async fn one_minute_before_midnight_and_one_after_are_two_cases() {
    let db = database().await;
    let person = nurse(&db, "midn01").await;
    import(
        &db,
        &[
            opened("2026-03-12 23:59:00", "midn01", "M-1").glass(""),
            opened("2026-03-13 00:01:00", "midn01", "M-1").glass(""),
            opened("2026-03-13 00:02:00", "midn01", "M-2").glass(""),
            opened("2026-03-13 00:03:00", "midn01", "M-2"),
        ],
    )
    .await;
    let medium = "medium".to_owned();
    assert_eq!(
        cases(&db, person).await,
        [
            (day("2026-03-12"), true, medium.clone(), 1),
            (day("2026-03-13"), true, medium.clone(), 1),
            (day("2026-03-13"), true, medium, 2)
        ]
    );
}

#[actix_web::test]
async fn two_people_on_one_patient_are_two_cases_and_a_login_nobody_holds_is_a_subject_of_its_own() {
    let db = database().await;
    let (one, two) = (nurse(&db, "pair01").await, nurse(&db, "pair02").await);
    let logins = ["pair01", "pair02", "strange"];
    import(&db, &logins.map(|login| opened("2026-03-12 10:00:00", login, "M-1").glass(""))).await;
    for person in [one, two] {
        assert_eq!(cases(&db, person).await.len(), 1);
    }
    let unmatched: i64 = db
        .value("SELECT count(*) FROM portal.review_cases c JOIN portal.ehr_logins l ON l.id = c.login_id WHERE l.login = 'strange' AND c.person_id IS NULL")
        .await;
    assert_eq!(unmatched, 1);
}

#[actix_web::test]
async fn running_the_rules_again_changes_nothing() {
    let db = database().await;
    let on = day("2026-03-12");
    employee(&db, "left03", DEPARTMENT_A, &[("2020-01-01", Some("2026-03-10"))]).await;
    nurse(&db, "busy03").await;
    let mut rows = quiet("busy03", on, 10);
    rows.extend(busy("busy03", on, 12, 48));
    rows.push(opened("2026-03-12 10:00:00", "left03", "M-1").glass(""));
    let report = import(&db, &rows).await;
    let state = async || {
        let mut state = Vec::new();
        for (table, order) in [
            ("access_flags", "access_id, rule_code"),
            ("case_flags", "case_id, rule_code"),
            ("case_rows", "case_id, access_id"),
            ("review_events", "case_id, seq"),
            ("review_cases", "id"),
            ("login_days", "login_id, local_day"),
            ("import_batches", "id"),
        ] {
            let rows: serde_json::Value = db
                .value(&format!("SELECT jsonb_agg(to_jsonb(t) - 'updated_at' ORDER BY {order}) FROM portal.{table} t"))
                .await;
            state.push((table, rows));
        }
        state
    };
    let before = state().await;
    let worker = worker(&db);
    for _ in 0..2 {
        rules::after_batch(&worker, report.batch, Uuid::now_v7()).await.expect("the rules run");
    }
    for (before, after) in before.iter().zip(state().await) {
        assert_eq!(*before, after);
    }
}

#[actix_web::test]
async fn a_decided_case_keeps_its_decision_until_a_later_import_adds_rows_to_it() {
    let db = database().await;
    let person = nurse(&db, "deci01").await;
    let report = import(&db, &[opened("2026-03-12 10:00:00", "deci01", "M-1").glass("")]).await;
    db.sql(&format!(
        "UPDATE portal.review_cases SET state = 'closed', disposition = 'appropriate', reason_code = 'care_team', version = 2,
                decided_by = '{}', decided_at = now() WHERE person_id = '{person}'",
        crate::fixtures::MANAGER
    ))
    .await;
    let state = async || -> String {
        let words = "state || ' ' || coalesce(disposition, 'undecided') || ' ' || version || ' ' || row_count";
        db.value(&format!("SELECT {words} FROM portal.review_cases WHERE person_id = '{person}'")).await
    };
    rules::after_batch(&worker(&db), report.batch, Uuid::now_v7()).await.expect("the rules run");
    assert_eq!(state().await, "closed appropriate 2 1");
    let later = import(&db, &[opened("2026-03-12 10:10:00", "deci01", "M-1").glass("")]).await;
    assert_eq!(state().await, "in_review undecided 3 2");
    rules::after_batch(&worker(&db), later.batch, Uuid::now_v7()).await.expect("the rules run");
    assert_eq!(state().await, "in_review undecided 3 2");
}

#[actix_web::test]
async fn a_rule_that_is_switched_off_raises_nothing() {
    let db = database().await;
    let person = nurse(&db, "swit01").await;
    db.sql("UPDATE portal.rules SET enabled = false WHERE code = 'break_glass_no_reason'").await;
    import(&db, &[opened("2026-03-12 10:00:00", "swit01", "M-1").glass("")]).await;
    assert_eq!((flags(&db, person).await, cases(&db, person).await), (vec![], vec![]));
}

#[actix_web::test]
async fn the_local_day_is_the_facilitys() {
    let db = database().await;
    let person = employee(&db, "zone01", DEPARTMENT_B, &[("2020-01-01", None)]).await;
    // half past eleven in Chicago is half past midnight in New York
    import(&db, &[opened("2026-03-12 23:30:00", "zone01", "M-1").glass("").at_place("Billing")]).await;
    assert_eq!(cases(&db, person).await[0].0, day("2026-03-13"));
    let facility: Uuid =
        db.value(&format!("SELECT facility_id FROM portal.review_cases WHERE person_id = '{person}'")).await;
    assert_eq!(facility, FACILITY_B);
}

/// Every case of the demo is one that was planted, but for a handful that chance made.
#[actix_web::test]
async fn the_rules_find_every_story_of_the_demo_and_hardly_anything_else() {
    let today = day("2026-11-20");
    let organisation = organisation::organisation(today);
    let server = Server::start_scratch(20).await.expect("a Postgres");
    let url = server.superuser_url("portal");
    let postgres = PgPoolOptions::new().connect(&server.superuser_url("postgres")).await.expect("connects");
    sqlx::query("CREATE DATABASE portal").execute(&postgres).await.expect("a database");
    install::migrate(&url).await.expect("migrates");
    sqlx::query("ALTER ROLE portal_worker PASSWORD 'w'").execute(&postgres).await.expect("a password");
    let worker_url = format!("postgres://portal_worker:w@127.0.0.1:{}/portal", server.port());
    let worker = Worker::lazy(&worker_url, 2).expect("a URL");
    let keys = Keys::new(&"k".repeat(64)).expect("a long secret");
    seed::fill(&worker, &keys, &organisation, today).await.expect("the organisation");

    let dir = tempfile::tempdir().expect("a folder");
    let files: Vec<_> = activity::exports(&organisation, today)
        .into_iter()
        .map(|export| {
            let path = dir.path().join(export.file_name);
            std::fs::write(&path, export.text).expect("a file");
            path
        })
        .collect();
    let config = Config {
        app_url: String::new(),
        worker_url: Some(worker_url),
        listen: ([127, 0, 0, 1], 0).into(),
        spool_dir: dir.path().to_owned(),
        keys,
        trusted_proxies: Vec::new(),
        plain_http: false,
        max_connections: 2,
        second_factor: SecondFactor::Off,
    };
    // whom the office watches is known before the last days come in
    let (before, newest) = files.split_at(files.len() - 1);
    let source = hipaa_auditor::demo::SOURCE;
    let db = PgPoolOptions::new().connect(&url).await.expect("connects");
    let mut reports =
        imports::import_files(&worker, &config, source, None, before, rules::after_batch).await.expect("imports");
    let watch = "UPDATE portal.patients p SET watched = true, watched_at = now()
                   FROM portal.patient_ids i WHERE i.patient_id = p.id AND i.source_patient_id = ANY ($1)";
    let watched =
        sqlx::query(watch).bind(activity::watched(&organisation)).execute(&db).await.expect("marks").rows_affected();
    assert_eq!(watched, 1, "whom the office watches has been there before");
    reports.extend(
        imports::import_files(&worker, &config, source, None, newest, rules::after_batch).await.expect("imports"),
    );
    let (stored, rejected) =
        reports.iter().fold((0, 0), |sum, report| (sum.0 + report.progress.stored, sum.1 + report.progress.rejected));
    assert!((35_000..45_000).contains(&stored), "{stored} rows");
    assert_eq!(rejected, 0);

    let rows = sqlx::query(
        "SELECT f.rule_code, l.login, c.local_day, i.source_patient_id, f.facts
           FROM portal.case_flags f JOIN portal.review_cases c ON c.id = f.case_id JOIN portal.ehr_logins l ON l.id = c.login_id
           LEFT JOIN portal.patient_ids i ON i.patient_id = c.patient_id
          WHERE f.kind = 'signal'",
    )
    .fetch_all(&db)
    .await
    .expect("cases");
    let mut found = HashSet::new();
    for row in &rows {
        let facts: Facts = serde_json::from_value(row.get(4)).expect("typed facts");
        assert_eq!(facts.rule().as_str(), row.get::<&str, _>(0));
        found.insert((
            row.get::<String, _>(0),
            row.get::<String, _>(1),
            row.get::<NaiveDate, _>(2),
            row.get::<Option<String>, _>(3),
        ));
    }
    let planted: HashSet<_> = activity::planted(&organisation, today)
        .into_iter()
        .map(|planted| (planted.rule.to_owned(), planted.login, planted.day, planted.mrn))
        .collect();
    assert!(planted.len() > 20, "{} stories", planted.len());
    let missed: Vec<_> = planted.difference(&found).collect();
    assert!(missed.is_empty(), "not found: {missed:?}");
    // what a whole export or a whole agreement says of its days is told once, not for each of them
    let told = |rule: &str, login: &str| {
        rule == "bulk_export" || (rule == "agreement_lapsed" && login.starts_with("v-tidewater"))
    };
    let codes: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT rule_code FROM portal.access_flags").fetch_all(&db).await.expect("codes");
    // an export of Epic names workstations, not addresses
    let cannot = |rule: &RuleCode| rule.by_people() || *rule == RuleCode::ForeignNetwork;
    for rule in RuleCode::ALL.iter().filter(|rule| !cannot(rule)) {
        assert!(codes.iter().any(|code| code == rule.as_str()), "no story makes {} speak", rule.as_str());
    }
    let accidental: Vec<_> = found.difference(&planted).filter(|(rule, login, ..)| !told(rule, login)).collect();
    println!("{} planted, {} accidental: {accidental:?}", planted.len(), accidental.len());
    assert!(accidental.len() <= 6, "{accidental:?}");
    server.stop().await;
}

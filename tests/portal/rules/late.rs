//! Facts that arrive late: the rules run again, what holds now is raised, what held no more is superseded and kept.

use chrono::{DateTime, Utc};
use hipaa_auditor::audit::Job;
use hipaa_auditor::features::rules;
use uuid::Uuid;

use super::{busy, cases, fired, flags, quiet};
use crate::exports::{database, day, employee, import, nurse, opened, worker};
use crate::fixtures::{DEPARTMENT_A, MANAGER};
use crate::harness::{TestDb, TestPortal};

/// Runs the rules again over a login's March.
async fn rerun(db: &TestDb, cause: &str, login: &str) {
    let id = Uuid::now_v7();
    db.sql(&format!(
        "INSERT INTO portal.rule_reruns (id, cause, login_ids, from_at, until_at)
         SELECT '{id}', '{cause}', array_agg(l.id), '2026-03-01', '2026-04-01' FROM portal.ehr_logins l WHERE l.login = '{login}'"
    ))
    .await;
    run(db, id).await;
}

/// Runs what waits.
pub async fn run(db: &TestDb, id: Uuid) {
    let job = Job {
        id: Uuid::now_v7(),
        kind: "rule_rerun".to_owned(),
        target_id: id,
        request_id: Uuid::now_v7(),
        attempts: 5,
    };
    assert_eq!(rules::rerun(&worker(db), &job).await, "done");
    assert_eq!(db.value::<String>(&format!("SELECT state FROM portal.rule_reruns WHERE id = '{id}'")).await, "done");
}

#[actix_web::test]
async fn a_login_taken_away_from_a_person_counts_no_more_in_the_day_of_their_other_one() {
    let db = database().await;
    let person = nurse(&db, "both01").await;
    nurse(&db, "both02").await;
    db.sql(&format!(
        "UPDATE portal.login_holders h SET person_id = '{person}' FROM portal.ehr_logins l WHERE l.id = h.login_id AND l.login = 'both02'"
    ))
    .await;
    let row = |n: i32| {
        let login = if n < 20 { "both01" } else { "both02" };
        opened(&format!("2026-03-12 10:{n:02}:00"), login, &format!("M-{n}")).doing("EXPORT")
    };
    import(&db, &(0..30).map(row).collect::<Vec<_>>()).await;
    let standing = "SELECT count(*) FROM portal.access_flags f WHERE f.rule_code = 'bulk_export' AND NOT EXISTS (
        SELECT 1 FROM portal.superseded_flags s WHERE (s.access_id, s.rule_code, s.round) = (f.access_id, f.rule_code, f.round))";
    assert_eq!(db.value::<i64>(standing).await, 30, "twenty and ten are one person's");

    let holder = "FROM portal.ehr_logins l JOIN portal.login_holders h ON h.login_id = l.id WHERE l.login = 'both02'";
    let login: Uuid = db.value(&format!("SELECT l.id {holder}")).await;
    let holder: Uuid = db.value(&format!("SELECT h.id {holder}")).await;
    let portal = TestPortal::on(db, |_| {}).await;
    let manager = portal.as_role("manager").await;
    let holder = holder.to_string();
    let form = [("holder", holder.as_str()), ("act", "remove")];
    let answer = manager.post(&format!("/people/logins/{login}"), &form).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    run(&portal, portal.value("SELECT id FROM portal.rule_reruns ORDER BY created_at DESC, id DESC LIMIT 1").await)
        .await;
    assert_eq!(portal.value::<i64>(standing).await, 0, "neither login took out twenty-five");
}

/// A person's cases with their history: state, kinds of lines.
async fn history(db: &TestDb, wheres: &str) -> Vec<String> {
    db.value(&format!(
        "SELECT coalesce(array_agg(h.line ORDER BY h.number), '{{}}') FROM (
           SELECT c.number, c.state || ': ' || string_agg(e.kind, ' ' ORDER BY e.seq) AS line
             FROM portal.review_cases c JOIN portal.review_events e ON e.case_id = c.id WHERE {wheres} GROUP BY c.id) h"
    ))
    .await
}

#[actix_web::test]
async fn a_termination_entered_late_raises_a_flag_that_says_when_it_became_known() {
    let db = database().await;
    let person = nurse(&db, "late02").await;
    import(&db, &[opened("2026-03-12 10:00:00", "late02", "M-1")]).await;
    assert_eq!(fired(&db, person, "terminated_user").await, Vec::<String>::new());
    db.sql(&format!(
        "UPDATE portal.employment_periods SET ends_on = '2026-03-10', recorded_at = '2026-03-20 09:00-05' WHERE person_id = '{person}'"
    ))
    .await;
    rerun(&db, "employment_changed", "late02").await;
    assert_eq!(fired(&db, person, "terminated_user").await, ["03-12 10:00"]);
    let known: DateTime<Utc> = db
        .value("SELECT known_at FROM portal.case_flags WHERE rule_code = 'terminated_user' AND known_at IS NOT NULL")
        .await;
    assert_eq!(known.to_rfc3339(), "2026-03-20T14:00:00+00:00");
    let counts: String = db
        .value("SELECT flags_raised || ' ' || cases_opened FROM portal.rule_reruns WHERE cause = 'employment_changed'")
        .await;
    assert_eq!(counts, "1 1");
    rerun(&db, "employment_changed", "late02").await;
    assert_eq!(
        history(&db, &format!("c.person_id = '{person}'")).await,
        ["unassigned: opened"],
        "and again changes nothing"
    );
}

#[actix_web::test]
async fn a_termination_that_was_a_mistake_supersedes_the_flag_and_the_case_says_so() {
    let db = database().await;
    let person = employee(&db, "mist01", DEPARTMENT_A, &[("2020-01-01", Some("2026-03-10"))]).await;
    import(&db, &[opened("2026-03-12 10:00:00", "mist01", "M-1")]).await;
    assert_eq!(cases(&db, person).await[0].2, "high");
    db.sql(&format!(
        "UPDATE portal.employment_periods SET superseded_at = now() WHERE person_id = '{person}';
         INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on)
         SELECT gen_random_uuid(), person_id, facility_id, department_id, job_role, starts_on FROM portal.employment_periods WHERE person_id = '{person}'"
    ))
    .await;
    rerun(&db, "employment_changed", "mist01").await;
    let told: String = db
        .value(
            "SELECT (SELECT count(*) FROM portal.access_flags WHERE rule_code = 'terminated_user' AND facts->>'last_day' = '2026-03-10') || ' '
                 || (SELECT count(*) FROM portal.superseded_flags WHERE rule_code = 'terminated_user')",
        )
        .await;
    assert_eq!(told, "1 1", "the flag stays as it was, and that it no longer holds is written beside it");
    assert_eq!(cases(&db, person).await[0].2, "low", "the case stays until a person decides it");
    assert_eq!(history(&db, &format!("c.person_id = '{person}'")).await, ["unassigned: opened flag_lifted"]);
    // and when the first word was right after all, a second round says so
    db.sql(&format!("UPDATE portal.employment_periods SET ends_on = '2026-03-10' WHERE person_id = '{person}' AND superseded_at IS NULL")).await;
    rerun(&db, "employment_changed", "mist01").await;
    let rounds: i64 = db.value("SELECT max(round)::bigint FROM portal.access_flags WHERE rule_code = 'terminated_user' AND facts->>'last_day' = '2026-03-10'").await;
    assert_eq!(rounds, 2);
    assert_eq!(cases(&db, person).await[0].2, "high");
}

/// Says who holds a login, today.
async fn matched(db: &TestDb, login: &str, person: Uuid) {
    db.sql(&format!(
        "INSERT INTO portal.login_holders (id, login_id, person_id, valid_from)
         SELECT gen_random_uuid(), l.id, '{person}', '2020-01-01' FROM portal.ehr_logins l WHERE l.login = '{login}'"
    ))
    .await;
}

#[actix_web::test]
async fn the_case_of_a_login_matched_late_becomes_the_persons_with_its_history() {
    let db = database().await;
    let person = nurse(&db, "real01").await;
    import(&db, &[opened("2026-03-12 10:00:00", "pacs-7", "M-1").glass("")]).await;
    db.sql(&format!(
        "UPDATE portal.review_cases c SET state = 'closed', disposition = 'appropriate', reason_code = 'care_team', version = 2,
                decided_by = '{MANAGER}', decided_at = now() FROM portal.ehr_logins l WHERE l.id = c.login_id AND l.login = 'pacs-7';
         INSERT INTO portal.review_events (case_id, seq, kind, actor_id, to_state)
         SELECT c.id, 2, 'decided', '{MANAGER}', 'closed' FROM portal.review_cases c JOIN portal.ehr_logins l ON l.id = c.login_id WHERE l.login = 'pacs-7'"
    ))
    .await;
    matched(&db, "pacs-7", person).await;
    rerun(&db, "login_matched", "pacs-7").await;
    assert_eq!(history(&db, &format!("c.person_id = '{person}'")).await, ["closed: opened decided matched"]);
    let left: i64 = db.value("SELECT count(*) FROM portal.review_cases c JOIN portal.ehr_logins l ON l.id = c.login_id WHERE l.login = 'pacs-7' AND c.person_id IS NULL").await;
    assert_eq!(left, 0);
    let context: bool = db.value("SELECT superseded_at IS NOT NULL FROM portal.case_flags WHERE rule_code = 'unmatched_identity' AND case_id = (SELECT id FROM portal.review_cases WHERE local_day = '2026-03-12')").await;
    assert!(context, "the login is matched now");
}

#[actix_web::test]
async fn where_the_person_has_that_case_already_the_logins_goes_on_in_it() {
    let db = database().await;
    let person = nurse(&db, "real02").await;
    import(&db, &["pacs-8", "real02"].map(|login| opened("2026-03-12 10:00:00", login, "M-1").glass(""))).await;
    matched(&db, "pacs-8", person).await;
    rerun(&db, "login_matched", "pacs-8").await;
    assert_eq!(history(&db, &format!("c.person_id = '{person}'")).await, ["unassigned: opened row_added"]);
    assert_eq!(cases(&db, person).await[0].3, 2, "the rows of both logins");
    assert_eq!(history(&db, "c.continued_in IS NOT NULL").await, ["closed: opened continued"]);
}

#[actix_web::test]
async fn withdrawn_rows_are_flagged_no_more_and_leave_their_case_and_the_usual() {
    let db = database().await;
    let person = nurse(&db, "with01").await;
    let report = import(&db, &[opened("2026-03-12 10:00:00", "with01", "M-1").glass("")]).await;
    db.sql(&format!(
        "INSERT INTO portal.withdrawn_rows (access_id, batch_id) SELECT id, batch_id FROM portal.access_logs WHERE batch_id = '{}'",
        report.batch
    ))
    .await;
    rerun(&db, "batch_withdrawn", "with01").await;
    assert_eq!(cases(&db, person).await, [(day("2026-03-12"), true, "low".to_owned(), 0)]);
    assert_eq!(history(&db, &format!("c.person_id = '{person}'")).await, ["unassigned: opened flag_lifted"]);
    let told: String = db
        .value(&format!(
            "SELECT (SELECT count(*) FROM portal.login_days WHERE local_day = '2026-03-12') || ' '
                 || (SELECT count(*) FROM portal.login_patient_days WHERE local_day = '2026-03-12') || ' '
                 || (SELECT count(*) FROM portal.past_case_rows p JOIN portal.review_cases c ON c.id = p.case_id WHERE c.person_id = '{person}')"
        ))
        .await;
    assert_eq!(told, "0 0 1");
    rules::after_batch(&worker(&db), report.batch, Uuid::now_v7()).await.expect("the rules run");
    assert_eq!(cases(&db, person).await[0].3, 0, "an ordinary pass does not bring them back");
}

#[actix_web::test]
async fn a_spike_that_grows_says_the_same_on_every_row() {
    let db = database().await;
    let (person, on) = (nurse(&db, "grow01").await, day("2026-03-12"));
    let mut first = quiet("grow01", on, 10);
    first.extend(busy("grow01", on, 12, 48));
    import(&db, &first).await;
    let more: Vec<_> = (0..5).map(|n| opened(&format!("{on} 20:{n:02}:00"), "grow01", &format!("M-2{n}"))).collect();
    import(&db, &more).await;
    let standing: Vec<String> = db
        .value(
            "SELECT array_agg(DISTINCT f.facts->>'rows') FROM portal.access_flags f WHERE f.rule_code = 'volume_spike' AND f.facts->>'window' = '30'
                AND NOT EXISTS (SELECT 1 FROM portal.superseded_flags s WHERE s.access_id = f.access_id AND s.rule_code = f.rule_code AND s.round = f.round)
                AND f.action_at < '2026-04-01'",
        )
        .await;
    assert_eq!(standing, ["53"]);
    assert_eq!(cases(&db, person).await[0].3, 53);
    assert!(!flags(&db, person).await.is_empty());
}

#[actix_web::test]
async fn a_row_without_a_flag_of_its_own_joins_a_case_that_stands() {
    let db = database().await;
    let person = nurse(&db, "join01").await;
    import(&db, &[opened("2026-03-12 10:00:00", "join01", "M-1").glass("")]).await;
    import(&db, &[opened("2026-03-12 15:00:00", "join01", "M-1")]).await;
    assert_eq!(cases(&db, person).await, [(day("2026-03-12"), true, "medium".to_owned(), 2)]);
    assert_eq!(history(&db, &format!("c.person_id = '{person}'")).await, ["unassigned: opened row_added"]);
}

/// Withdraws a batch as its job leaves it: rows out, empty cases out of the queue.
async fn withdrawn(db: &TestDb, batch: Uuid) {
    db.sql(&format!(
        "INSERT INTO portal.withdrawn_rows (access_id, batch_id) SELECT id, batch_id FROM portal.access_logs WHERE batch_id = '{batch}';
         WITH out AS (UPDATE portal.review_cases c SET withdrawn_at = now(), version = c.version + 1
                       WHERE c.id IN (SELECT r.case_id FROM portal.case_rows r JOIN portal.withdrawn_rows w ON w.access_id = r.access_id
                                       WHERE w.batch_id = '{batch}') RETURNING c.id, c.version, c.state)
         INSERT INTO portal.review_events (case_id, seq, kind, from_state, to_state) SELECT id, version, 'withdrawn', state, state FROM out"
    ))
    .await;
}

#[actix_web::test]
async fn a_corrected_export_brings_a_withdrawn_case_back_to_the_queue() {
    let db = database().await;
    let person = nurse(&db, "back02").await;
    let report = import(&db, &[opened("2026-03-12 10:00:00", "back02", "M-1").glass("")]).await;
    withdrawn(&db, report.batch).await;
    rerun(&db, "batch_withdrawn", "back02").await;
    import(&db, &[opened("2026-03-12 10:00:07", "back02", "M-1").glass("")]).await;
    let told: String = db
        .value(&format!(
            "SELECT (withdrawn_at IS NULL) || ' ' || risk || ' ' || row_count FROM portal.review_cases WHERE person_id = '{person}'"
        ))
        .await;
    assert_eq!(told, "true medium 1");
    let lines = history(&db, &format!("c.person_id = '{person}'")).await;
    assert!(lines[0].contains("withdrawn") && lines[0].contains("restored"), "{lines:?}");
}

#[actix_web::test]
async fn a_login_that_is_nobodys_again_has_its_case_back() {
    let db = database().await;
    let person = nurse(&db, "real03").await;
    import(&db, &["pacs-9", "real03"].map(|login| opened("2026-03-12 10:00:00", login, "M-1").glass(""))).await;
    matched(&db, "pacs-9", person).await;
    rerun(&db, "login_matched", "pacs-9").await;
    db.sql(
        "DELETE FROM portal.login_holders h USING portal.ehr_logins l WHERE l.id = h.login_id AND l.login = 'pacs-9'",
    )
    .await;
    rerun(&db, "login_matched", "pacs-9").await;
    let told: String = db
        .value(
            "SELECT c.state || ' ' || (c.continued_in IS NULL) || ' ' || c.row_count FROM portal.review_cases c
               JOIN portal.ehr_logins l ON l.id = c.login_id WHERE l.login = 'pacs-9' AND c.person_id IS NULL",
        )
        .await;
    assert_eq!(told, "unassigned true 1");
}

#[actix_web::test]
async fn passes_wait_for_each_other() {
    let db = database().await;
    nurse(&db, "wait01").await;
    let report = import(&db, &[opened("2026-03-12 10:00:00", "wait01", "M-1").glass("")]).await;
    db.sql("UPDATE portal.rules SET severity = 'critical' WHERE code = 'break_glass_no_reason'").await;
    let (one, two) = (worker(&db), worker(&db));
    let (a, b) = futures_util::future::join(
        rules::after_batch(&one, report.batch, Uuid::now_v7()),
        rules::after_batch(&two, report.batch, Uuid::now_v7()),
    )
    .await;
    a.expect("the one");
    b.expect("the other");
}

#[actix_web::test]
async fn what_a_person_flagged_comes_back_with_its_row() {
    let db = database().await;
    nurse(&db, "hand01").await;
    let report = import(&db, &[opened("2026-03-12 10:00:00", "hand01", "M-1").glass("")]).await;
    db.sql(&format!(
        "INSERT INTO portal.access_flags (access_id, rule_code, rule_version, facts, facility_id, owner_id, action_at, batch_id, round)
         SELECT id, 'manual', 1, '{{\"rule\": \"manual\", \"reason\": \"no_task\"}}', facility_id, owner_id, action_at, batch_id, 1
           FROM portal.access_logs WHERE batch_id = '{}'",
        report.batch
    ))
    .await;
    withdrawn(&db, report.batch).await;
    rerun(&db, "batch_withdrawn", "hand01").await;
    db.sql(&format!("DELETE FROM portal.withdrawn_rows WHERE batch_id = '{}'", report.batch)).await;
    rerun(&db, "batch_withdrawn", "hand01").await;
    let rounds: Vec<i16> = db
        .value(&format!(
            "SELECT array_agg(round ORDER BY round) FROM portal.access_flags WHERE rule_code = 'manual' AND batch_id = '{}'",
            report.batch
        ))
        .await;
    assert_eq!(rounds, [1, 2]);
}

#[actix_web::test]
async fn a_case_of_a_vendor_follows_the_correction_of_whose_login_it_was() {
    let db = database().await;
    let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
    import(&db, &[opened("2026-03-12 10:00:00", "vend01", "M-1").glass("")]).await;
    db.sql(&format!(
        "INSERT INTO portal.vendors (id, name, service) VALUES ('{one}', 'Wrong Vendor', 'Billing'), ('{two}', 'Right Vendor', 'Billing');
         INSERT INTO portal.login_holders (id, login_id, vendor_id, valid_from)
         SELECT gen_random_uuid(), l.id, '{one}', '2020-01-01' FROM portal.ehr_logins l WHERE l.login = 'vend01'"
    ))
    .await;
    rerun(&db, "login_matched", "vend01").await;
    db.sql(&format!("UPDATE portal.login_holders SET vendor_id = '{two}' WHERE vendor_id = '{one}'")).await;
    rerun(&db, "login_matched", "vend01").await;
    let vendor: Uuid = db
        .value("SELECT c.vendor_id FROM portal.review_cases c JOIN portal.ehr_logins l ON l.id = c.login_id WHERE l.login = 'vend01'")
        .await;
    assert_eq!(vendor, two);
}

#[actix_web::test]
async fn what_the_watch_list_said_stays_when_a_patient_comes_off_it() {
    let db = database().await;
    let person = nurse(&db, "watc01").await;
    import(&db, &[opened("2026-03-12 10:00:00", "watc01", "M-1"), opened("2026-03-20 10:00:00", "watc01", "M-1")])
        .await;
    db.sql(&format!(
        "INSERT INTO portal.watch_marks (id, patient_id, watched, reason, marked_by, marked_at)
         SELECT gen_random_uuid(), i.patient_id, m.watched, 'legal', '{MANAGER}', m.at::timestamptz
           FROM portal.patient_ids i, (VALUES (true, '2026-03-10'), (false, '2026-03-15')) AS m(watched, at) WHERE i.source_patient_id = 'M-1'"
    ))
    .await;
    rerun(&db, "patient_watched", "watc01").await;
    assert_eq!(fired(&db, person, "watch_list").await, ["03-12 10:00"]);
}

#[actix_web::test]
async fn a_login_that_changed_hands_takes_no_past_along() {
    let (db, on) = (database().await, day("2026-03-12"));
    let (old, new) = (nurse(&db, "hands1").await, nurse(&db, "other9").await);
    let mut rows = quiet("hands1", on, 10);
    rows.extend(busy("hands1", on, 12, 48));
    db.sql(&format!(
        "UPDATE portal.login_holders SET valid_to = '2026-03-12' WHERE person_id = '{old}';
         INSERT INTO portal.login_holders (id, login_id, person_id, valid_from)
         SELECT gen_random_uuid(), login_id, '{new}', '2026-03-12' FROM portal.login_holders WHERE person_id = '{old}'"
    ))
    .await;
    import(&db, &rows).await;
    let spikes: i64 = db.value("SELECT count(*) FROM portal.access_flags WHERE rule_code = 'volume_spike' AND action_at BETWEEN '2026-03-01' AND '2026-04-01'").await;
    assert_eq!(spikes, 0, "the quiet days were another's");
}

#[actix_web::test]
async fn an_end_entered_late_says_when_the_end_became_known_and_not_when_the_beginning_did() {
    let db = database().await;
    let person = nurse(&db, "late03").await;
    import(&db, &[opened("2026-03-12 10:00:00", "late03", "M-1")]).await;
    db.sql(&format!(
        "UPDATE portal.employment_periods SET ends_on = '2026-03-10', recorded_at = '2020-01-02', end_known_at = '2026-03-20 09:00-05'
          WHERE person_id = '{person}'"
    ))
    .await;
    rerun(&db, "employment_changed", "late03").await;
    assert_eq!(fired(&db, person, "terminated_user").await, ["03-12 10:00"]);
    let known: DateTime<Utc> = db
        .value("SELECT known_at FROM portal.access_flags WHERE rule_code = 'terminated_user' AND known_at IS NOT NULL")
        .await;
    assert_eq!(known.to_rfc3339(), "2026-03-20T14:00:00+00:00");
}

#[actix_web::test]
async fn a_name_and_an_address_learned_late_say_so_on_every_flag_they_raise() {
    let db = database().await;
    let (own, relative, colleague) =
        (nurse(&db, "hash01").await, nurse(&db, "hash02").await, nurse(&db, "hash03").await);
    let logins = ["hash01", "hash02", "hash03"];
    import(&db, &logins.map(|login| opened("2026-03-12 10:00:00", login, "M-1"))).await;
    let none: i64 = db
        .value("SELECT count(*) FROM portal.access_flags WHERE rule_code IN ('self_access', 'household', 'coworker')")
        .await;
    assert_eq!(none, 0);
    db.sql(&format!(
        "UPDATE portal.patients SET name_hash = sha256('own'), surname_hash = sha256('sur'), address_hash = sha256('home');
         UPDATE portal.people SET name_hash = sha256('own'), surname_hash = sha256('sur'), address_hash = sha256('home') WHERE id = '{own}';
         UPDATE portal.people SET name_hash = sha256('kin'), surname_hash = sha256('sur'), address_hash = sha256('home') WHERE id = '{relative}'"
    ))
    .await;
    for login in logins {
        rerun(&db, "person_changed", login).await;
    }
    for (person, code) in [(own, "self_access"), (relative, "household"), (colleague, "coworker")] {
        assert_eq!(fired(&db, person, code).await, ["03-12 10:00"], "{code}");
    }
    let late: Vec<String> = db
        .value(
            "SELECT array_agg(DISTINCT rule_code || ' ' || coalesce((known_at > now() - interval '1 minute')::text, '-'))
               FROM portal.access_flags WHERE rule_code IN ('self_access', 'household', 'coworker')",
        )
        .await;
    assert_eq!(late, ["coworker true", "household true", "self_access true"]);
}

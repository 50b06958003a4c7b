//! A batch that is withdrawn counts no more, its rows stay, and what another import holds stays in the queue; importing it
//! again brings everything back. Nothing is ever stored twice.

use hipaa_auditor::config::Config;
use uuid::Uuid;

use crate::exports::{Access, database, export, opened};
use crate::fixtures::BATCH;
use crate::harness::{TestDb, TestPortal, told};
use crate::imports::{numbers, portal, rows, until, uploaded, work};

/// Opens a chart after the nurse's last day: a case.
fn late(hour: u32, patient: &str) -> Access {
    opened(&format!("2026-11-18 {hour:02}:00:00"), "brac11", patient)
}

/// Nine rows of a week, and the next export, which overlaps by three.
fn week(from: u32, to: u32) -> Vec<Access> {
    (from..to).map(|hour| late(hour, &format!("MRN-{}", hour % 4))).collect()
}

async fn import(portal: &TestPortal, config: &Config, accesses: &[Access]) -> Uuid {
    let browser = portal.as_role("coordinator_a").await;
    let batch = uploaded(&browser, &export(accesses)).await;
    work(portal, config).await;
    batch
}

async fn withdraw(portal: &TestPortal, config: &Config, batch: Uuid) {
    let browser = portal.as_role("coordinator_a").await;
    let answer = browser.post(&format!("/imports/{batch}/withdraw"), &[("reason", "wrong_file")]).await;
    assert_eq!((answer.status, answer.location()), (303, format!("/imports/{batch}").as_str()), "{}", answer.body);
    work(portal, config).await;
    assert_eq!(state(portal, batch).await, "withdrawn");
}

async fn state(db: &TestDb, batch: Uuid) -> String {
    db.value(&format!("SELECT state FROM portal.import_batches WHERE id = '{batch}'")).await
}

/// How many rows of the day count.
pub async fn live(db: &TestDb) -> i64 {
    db.value("SELECT count(*) FROM portal.access_logs a WHERE (a.action_at AT TIME ZONE 'America/Chicago')::date = '2026-11-18' AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)")
        .await
}

async fn counted_days(db: &TestDb) -> i64 {
    db.value("SELECT coalesce(sum(rows), 0)::bigint FROM portal.source_days WHERE local_day = '2026-11-18'").await
}

/// Cases of the day in the queue.
async fn waiting_cases(db: &TestDb) -> i64 {
    db.value("SELECT count(*) FROM portal.review_cases WHERE local_day = '2026-11-18' AND withdrawn_at IS NULL").await
}

#[actix_web::test]
async fn a_withdrawn_import_leaves_queue_counts_and_lists_and_its_report_still_shows_it() {
    let (portal, config) = portal().await;
    let manager = portal.as_role("manager").await;
    let open = |body: &str| body.matches("class=\"idl\"").count();
    let before = open(&manager.get("/access-logs").await.body);
    let batch = import(&portal, &config, &week(6, 15)).await;
    let cases = waiting_cases(&portal).await;
    assert!(cases > 0, "the rules found something");
    let stored = rows(&portal).await;
    assert_eq!((live(&portal).await, counted_days(&portal).await), (9, 9));
    assert!(open(&manager.get("/access-logs").await.body) > before);

    let confirm = manager.get(&format!("/imports/{batch}/withdraw")).await;
    assert!(confirm.body.contains("The 9 rows it stored leave the list of rows"), "{}", confirm.body);
    withdraw(&portal, &config, batch).await;
    assert_eq!(rows(&portal).await, stored, "the rows stay");
    assert_eq!((live(&portal).await, counted_days(&portal).await, waiting_cases(&portal).await), (0, 0, 0));
    assert_eq!(open(&manager.get("/access-logs").await.body), before);
    let history: i64 = portal
        .value("SELECT count(*) FROM portal.review_events e JOIN portal.review_cases c ON c.id = e.case_id AND c.withdrawn_at IS NOT NULL WHERE e.kind = 'withdrawn' AND e.actor_id IS NULL")
        .await;
    assert_eq!(history, cases, "each case says why it left");

    let everything = manager.get("/access-logs/rows?from=2026-11-18&to=2026-11-18").await;
    assert!(everything.body.contains("No rows match"), "{}", everything.body);
    let of_the_batch = manager.get(&format!("/access-logs/rows?batch={batch}")).await;
    assert_eq!(of_the_batch.body.matches("Withdrawn</span>").count(), 9, "{}", of_the_batch.body);
    let report = manager.get(&format!("/imports/{batch}")).await.body;
    for fact in ["This import is withdrawn: 9 rows count no more.", "It was the wrong file", "Import again"] {
        assert!(report.contains(fact), "{fact}: {report}");
    }
    let form = manager.get(&format!("/imports/new?source={}&again={batch}", crate::fixtures::SOURCE)).await.body;
    assert!(form.contains("Its file was deleted when it was imported") && form.contains("selected"), "{form}");
    let asked: String = portal.value("SELECT cause FROM portal.rule_reruns WHERE state <> 'failed'").await;
    assert_eq!(asked, "batch_withdrawn");
}

#[actix_web::test]
async fn a_row_that_another_import_holds_stays_whichever_of_the_two_is_withdrawn_first() {
    for first_goes_first in [true, false] {
        let (portal, config) = portal().await;
        let (one, two) = (week(6, 15), week(12, 20));
        let first = import(&portal, &config, &one).await;
        let second = import(&portal, &config, &two).await;
        assert_eq!(numbers(&portal, second).await, "complete 8 5 3 0 0", "nothing is added twice");
        assert_eq!((live(&portal).await, counted_days(&portal).await), (14, 14));
        let (goes, stays) = if first_goes_first { (first, second) } else { (second, first) };
        withdraw(&portal, &config, goes).await;
        let left = if first_goes_first { 8 } else { 9 };
        assert_eq!((live(&portal).await, counted_days(&portal).await), (left, left), "{first_goes_first}");
        withdraw(&portal, &config, stays).await;
        assert_eq!((live(&portal).await, counted_days(&portal).await, waiting_cases(&portal).await), (0, 0, 0));
    }
}

#[actix_web::test]
async fn importing_the_same_file_again_brings_its_rows_and_cases_back_to_life() {
    let (portal, config) = portal().await;
    let accesses = week(6, 15);
    let batch = import(&portal, &config, &accesses).await;
    let (cases, stored) = (waiting_cases(&portal).await, rows(&portal).await);
    withdraw(&portal, &config, batch).await;
    let asked = "SELECT count(*) FROM portal.rule_reruns WHERE cause = 'batch_withdrawn' AND state = 'done'";
    let before: i64 = portal.value(asked).await;
    let again = import(&portal, &config, &accesses).await;
    assert_eq!(numbers(&portal, again).await, "complete 9 0 9 0 0");
    assert_eq!(portal.value::<i64>(asked).await, before + 1, "what is usual changed for the days around them");
    assert_eq!((rows(&portal).await, live(&portal).await, counted_days(&portal).await), (stored, 9, 9));
    assert_eq!(waiting_cases(&portal).await, cases);
    let browser = portal.as_role("manager").await;
    assert!(browser.get(&format!("/imports/{again}")).await.body.contains("9 rows of a withdrawn import count again"));
    // and out again, by the second import this time
    withdraw(&portal, &config, again).await;
    assert_eq!((live(&portal).await, counted_days(&portal).await, waiting_cases(&portal).await), (0, 0, 0));
}

#[actix_web::test]
async fn a_case_that_no_rule_would_raise_any_more_comes_back_with_its_rows() {
    let (portal, config) = portal().await;
    let batch = import(&portal, &config, &week(6, 15)).await;
    let cases = waiting_cases(&portal).await;
    withdraw(&portal, &config, batch).await;
    portal.sql("UPDATE portal.rules SET enabled = false").await;
    import(&portal, &config, &week(6, 15)).await;
    assert_eq!(waiting_cases(&portal).await, cases, "only a person closes a case");
    let told: i64 = portal
        .value("SELECT count(*) FROM portal.review_events e JOIN portal.review_cases c ON c.id = e.case_id WHERE c.local_day = '2026-11-18' AND e.kind = 'restored'")
        .await;
    assert_eq!(told, cases, "each says once that it came back");
}

#[actix_web::test]
async fn the_same_rows_resorted_or_identical_are_counted_once_each() {
    let (portal, config) = portal().await;
    let mut accesses = week(6, 15);
    accesses.extend([late(9, "MRN-1"), late(9, "MRN-1")]);
    let first = import(&portal, &config, &accesses).await;
    assert_eq!(numbers(&portal, first).await, "complete 11 11 0 0 0", "identical rows are rows of their own");
    accesses.reverse();
    let sorted = import(&portal, &config, &accesses).await;
    assert_eq!(numbers(&portal, sorted).await, "complete 11 0 11 0 0");
    assert_eq!((live(&portal).await, counted_days(&portal).await), (11, 11));
}

#[actix_web::test]
async fn a_withdrawal_that_was_cut_off_ends_with_the_same_numbers() {
    let (portal, config) = portal().await;
    let batch = import(&portal, &config, &week(6, 15)).await;
    let browser = portal.as_role("coordinator_a").await;
    browser.post(&format!("/imports/{batch}/withdraw"), &[("reason", "test_data")]).await;
    // as a process leaves it that was killed after its first part
    portal
        .sql(&format!(
            "INSERT INTO portal.withdrawn_rows SELECT id, batch_id FROM portal.access_logs WHERE batch_id = '{batch}' ORDER BY id LIMIT 4;
             UPDATE portal.source_days SET rows = rows - 4 WHERE local_day = '2026-11-18';
             UPDATE portal.import_batches SET rows_checked = 4, rows_withdrawn = 4 WHERE id = '{batch}';
             UPDATE portal.jobs SET state = 'running', attempts = 1, locked_at = now() - interval '3 minutes' WHERE target_id = '{batch}' AND kind = 'batch_withdrawal'"
        ))
        .await;
    work(&portal, &config).await;
    let told: String = portal
        .value(&format!(
            "SELECT concat_ws(' ', state, rows_checked, rows_withdrawn) FROM portal.import_batches WHERE id = '{batch}'"
        ))
        .await;
    assert_eq!((told.as_str(), live(&portal).await, counted_days(&portal).await), ("withdrawn 9 9", 0, 0));
}

#[actix_web::test]
async fn an_import_that_runs_or_that_somebody_else_brought_cannot_be_withdrawn() {
    let portal = TestPortal::on(database().await, |_| {}).await;
    portal.sql(&format!("UPDATE portal.import_batches SET state = 'running' WHERE id = '{BATCH}'")).await;
    let (mine, other) = (portal.as_role("coordinator_a").await, portal.as_role("coordinator_b").await);
    let path = format!("/imports/{BATCH}/withdraw");
    let answer = mine.post(&path, &[("reason", "test_data")]).await;
    assert_eq!(answer.status, 303);
    assert_eq!(state(&portal, BATCH).await, "running");
    assert_eq!(
        told(&portal.events(answer.request_id()).await),
        "import.form.read import.withdraw!validate_fail/conflict"
    );
    portal.sql(&format!("UPDATE portal.import_batches SET state = 'complete' WHERE id = '{BATCH}'")).await;
    assert_eq!(other.post(&path, &[("reason", "test_data")]).await.status, 404);
    assert!(!other.get(&format!("/imports/{BATCH}")).await.body.contains("Withdraw import"));
    assert!(mine.get(&format!("/imports/{BATCH}")).await.body.contains("Withdraw import"));
}

#[actix_web::test]
async fn a_page_that_watches_an_import_is_recorded_and_does_not_keep_the_session() {
    let portal = TestPortal::on(database().await, |_| {}).await;
    let browser = portal.as_role("coordinator_a").await;
    let age = "UPDATE portal.sessions SET seen_at = now() - interval '10 minutes'";
    let idle = "SELECT bool_and(seen_at < now() - interval '9 minutes') FROM portal.sessions";
    portal.sql(age).await;
    let path = format!("/imports/{BATCH}/progress?asked=4");
    let answer =
        browser.send(browser.request("GET", &path).header("HX-Request", "true").header("HX-Target", "import")).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.body.contains("<html"), "a part of the page");
    assert_eq!(told(&portal.events(answer.request_id()).await), "import.read");
    assert!(portal.value::<bool>(idle).await, "nobody is at the keyboard");
    browser.get(&format!("/imports/{BATCH}")).await;
    assert!(!portal.value::<bool>(idle).await, "a person's own look keeps it");
    portal.sql("UPDATE portal.sessions SET seen_at = now() - interval '16 minutes'").await;
    assert_eq!(browser.get(&path).await.status, 303, "an idle session ends, however often a page asks");
}

#[actix_web::test]
async fn work_of_the_program_that_fails_leaves_its_event() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let batch = uploaded(&browser, &export(&week(6, 9))).await;
    portal.sql("ALTER TABLE portal.import_staging RENAME TO nowhere").await;
    let mark = portal.mark().await;
    let worker = crate::exports::worker(&portal);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = actix_web::rt::spawn(hipaa_auditor::jobs::run(
        worker,
        config.clone(),
        hipaa_auditor::features::rules::after_batch,
        stopped,
    ));
    until(
        &portal,
        &format!("SELECT EXISTS (SELECT 1 FROM audit.events WHERE resource_id = '{batch}' AND outcome = 'error')"),
    )
    .await;
    let events = portal.events_after(mark).await;
    let failed = events.iter().find(|event| event.outcome == "error").expect("its event");
    assert_eq!(
        (failed.short().as_str(), failed.actor_type.as_str()),
        ("import.batch.run!error/database_error", "system")
    );
    assert_eq!((failed.actor_id, failed.resource_id), (None, batch));
    stop.send(true).expect("it still runs");
    running.await.expect("it ends");
}

#[actix_web::test]
async fn a_month_that_is_made_waits_for_no_reader_and_keeps_nobody_waiting() {
    let db = database().await;
    // a file of the log that takes long to send
    let mut long = db.db.begin().await.expect("a transaction");
    for table in ["portal.access_logs", "audit.events", "audit.shown_rows"] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("LOCK TABLE {table} IN ACCESS SHARE MODE")))
            .execute(&mut *long)
            .await
            .expect("it reads");
    }
    let month = chrono::NaiveDate::from_ymd_opt(2004, 5, 1).expect("a month");
    let worker = crate::exports::worker(&db);
    tokio::time::timeout(std::time::Duration::from_secs(5), worker.make_partitions(month, Uuid::now_v7()))
        .await
        .expect("it does not wait")
        .expect("made");
    long.rollback().await.expect("over");
    let guarded: bool = db
        .value("SELECT bool_and(tgenabled = 'A') AND count(*) = 4 FROM pg_trigger WHERE tgrelid IN ('audit.events_200405'::regclass, 'audit.shown_rows_200405'::regclass)")
        .await;
    assert!(guarded, "the trail's new month is guarded as the others are");
}

/// As a mapping reads the file: each line is an event of the source, and its login may be the wrong column.
async fn map(db: &TestDb, also: &str) {
    db.sql(&format!(
        "CREATE OR REPLACE FUNCTION public.map() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.source_event_id := 'E' || new.ordinal; {also} RETURN new; END $$;
         CREATE OR REPLACE TRIGGER map BEFORE INSERT ON portal.import_staging FOR EACH ROW EXECUTE FUNCTION public.map()"
    ))
    .await;
}

#[actix_web::test]
async fn a_corrected_import_counts_as_what_it_says_now_and_the_wrong_rows_stay_out() {
    let (portal, config) = portal().await;
    let accesses = week(6, 15);
    map(&portal, "new.login := 'WS-0042';").await;
    let wrong = import(&portal, &config, &accesses).await;
    withdraw(&portal, &config, wrong).await;
    map(&portal, "").await;
    let right = import(&portal, &config, &accesses).await;
    assert_eq!(numbers(&portal, right).await, "complete 9 9 0 0 0", "rows of their own");
    let named: i64 = portal
        .value(&format!("SELECT count(*) FROM portal.access_logs a JOIN portal.ehr_logins l ON l.id = a.login_id WHERE l.login = 'brac11' AND a.batch_id = '{right}'"))
        .await;
    assert_eq!((named, live(&portal).await, counted_days(&portal).await), (9, 9, 9));
    // again, and the wrong one again: the event counts already
    let again = import(&portal, &config, &accesses).await;
    assert_eq!((numbers(&portal, again).await.as_str(), live(&portal).await), ("complete 9 0 9 0 0", 9));
    map(&portal, "new.login := 'WS-0042';").await;
    import(&portal, &config, &accesses).await;
    assert_eq!((live(&portal).await, counted_days(&portal).await), (9, 9));
}

#[actix_web::test]
async fn rows_of_an_import_whose_rules_broke_are_looked_at_when_they_are_imported_again() {
    let (portal, config) = portal().await;
    portal
        .sql(
            "CREATE FUNCTION public.no() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
              CREATE TRIGGER no BEFORE INSERT ON portal.rule_work FOR EACH STATEMENT EXECUTE FUNCTION public.no()",
        )
        .await;
    let batch = import(&portal, &config, &week(6, 15)).await;
    assert_eq!((state(&portal, batch).await.as_str(), waiting_cases(&portal).await), ("failed", 0));
    portal.sql("DROP TRIGGER no ON portal.rule_work").await;
    let again = import(&portal, &config, &week(6, 15)).await;
    assert_eq!(numbers(&portal, again).await, "complete 9 0 9 0 0");
    assert!(waiting_cases(&portal).await > 0, "the rules ran over them");
}

#[actix_web::test]
async fn a_withdrawal_that_an_error_stops_goes_on_and_one_that_nobody_works_on_is_taken_up() {
    let (portal, config) = portal().await;
    let batch = import(&portal, &config, &week(6, 15)).await;
    let browser = portal.as_role("coordinator_a").await;
    // an error that passes: the second attempt finds it gone
    portal
        .sql("CREATE SEQUENCE public.tries; GRANT USAGE ON SEQUENCE public.tries TO PUBLIC;
              CREATE FUNCTION public.no() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN IF nextval('public.tries') = 1 THEN RAISE EXCEPTION 'no'; END IF; RETURN NULL; END $$;
              CREATE TRIGGER no BEFORE INSERT ON portal.withdrawn_rows FOR EACH STATEMENT EXECUTE FUNCTION public.no()")
        .await;
    browser.post(&format!("/imports/{batch}/withdraw"), &[("reason", "test_data")]).await;
    work(&portal, &config).await;
    assert_eq!((state(&portal, batch).await.as_str(), live(&portal).await), ("withdrawn", 0));
    // as an earlier release left it
    portal
        .sql(&format!(
            "UPDATE portal.import_batches SET state = 'withdrawing' WHERE id = '{batch}';
             UPDATE portal.jobs SET state = 'failed' WHERE target_id = '{batch}' AND kind = 'batch_withdrawal'"
        ))
        .await;
    let worker = crate::exports::worker(&portal);
    hipaa_auditor::features::imports::tidy(&worker, &config).await.expect("it is there");
    work(&portal, &config).await;
    assert_eq!(state(&portal, batch).await, "withdrawn");
}

#[actix_web::test]
async fn days_are_counted_again_when_the_zone_of_a_source_changes() {
    let (portal, config) = portal().await;
    let batch = import(&portal, &config, &week(15, 23)).await;
    assert_eq!(counted_days(&portal).await, 8);
    portal.sql("UPDATE portal.sources SET time_zone = 'Asia/Tokyo'").await;
    let there: i64 = portal.value("SELECT rows FROM portal.source_days WHERE local_day = '2026-11-19'").await;
    assert_eq!((counted_days(&portal).await, there), (0, 8));
    withdraw(&portal, &config, batch).await;
    let there: i64 = portal.value("SELECT rows FROM portal.source_days WHERE local_day = '2026-11-19'").await;
    assert_eq!(there, 0);
}

#[actix_web::test]
async fn a_withdrawal_that_is_done_is_not_begun_again_for_a_job_whose_end_was_not_written() {
    let (portal, config) = portal().await;
    let batch = import(&portal, &config, &week(6, 15)).await;
    withdraw(&portal, &config, batch).await;
    portal
        .sql("UPDATE portal.jobs SET state = 'running', attempts = 1, locked_at = now() - interval '3 minutes' WHERE kind = 'batch_withdrawal'")
        .await;
    let worker = crate::exports::worker(&portal);
    let job = worker.claim_job().await.expect("it answers").expect("its process died");
    assert_eq!(hipaa_auditor::features::imports::perform_withdrawal(&worker, &job).await, "done");
    assert_eq!((state(&portal, batch).await.as_str(), live(&portal).await), ("withdrawn", 0));
}

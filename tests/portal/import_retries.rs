//! Imports and withdrawals that stopped for a reason that passes: they go on from their page, with nothing sent again.

use crate::exports::{self, export, opened};
use crate::harness::{Browser, TestDb, told};
use crate::imports::{numbers, portal, rows, uploaded, work};
use crate::withdrawal::live;
use hipaa_auditor::features::imports;
use uuid::Uuid;

fn two() -> String {
    export(&["10:00:00", "11:00:00"].map(|at| opened(&format!("2026-11-18 {at}"), "brac11", "MRN-1")))
}

/// The database refuses access rows, as one that is full or going away does.
async fn refuse(db: &TestDb) {
    db.sql(
        "CREATE FUNCTION public.no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
         CREATE TRIGGER no BEFORE INSERT ON portal.access_logs FOR EACH ROW EXECUTE FUNCTION public.no()",
    )
    .await;
}

async fn retry(browser: &Browser, batch: Uuid) -> Uuid {
    let answer = browser.post(&format!("/imports/{batch}/retry"), &[]).await;
    assert_eq!((answer.status, answer.location()), (303, format!("/imports/{batch}").as_str()), "{}", answer.body);
    answer.request_id()
}

#[actix_web::test]
async fn an_import_that_the_database_refused_is_taken_up_again_from_its_page() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let before = rows(&portal).await;
    refuse(&portal).await;
    let batch = uploaded(&browser, &two()).await;
    work(&portal, &config).await;
    assert_eq!(numbers(&portal, batch).await, "failed 0 0 0 0 0");
    let page = browser.get(&format!("/imports/{batch}")).await.body;
    assert!(page.contains("Try again") && page.contains(&format!("action=\"/imports/{batch}/retry\"")), "{page}");
    let others = portal.as_role("auditor").await.get(&format!("/imports/{batch}")).await.body;
    assert!(!others.contains("Try again"), "no act for whom it is denied");

    portal.sql("DROP TRIGGER no ON portal.access_logs").await;
    let request = retry(&browser, batch).await;
    assert_eq!(told(&portal.events(request).await), "import.form.read import.retry");
    assert!(browser.get(&format!("/imports/{batch}")).await.body.contains("Import queued"), "the act is answered");
    work(&portal, &config).await;
    assert_eq!(numbers(&portal, batch).await, "complete 2 2 0 0 0");
    assert_eq!(rows(&portal).await, before + 2);
    assert_eq!(
        std::fs::read_dir(&config.spool_dir)
            .expect("the spool")
            .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_file()))
            .count(),
        0
    );
    // nothing left to take up
    let request = retry(&browser, batch).await;
    assert_eq!(told(&portal.events(request).await), "import.form.read import.retry!validate_fail/conflict");
    assert!(!browser.get(&format!("/imports/{batch}")).await.body.contains("Try again"));
}

#[actix_web::test]
async fn a_run_that_begins_again_counts_the_hour_that_the_clocks_repeated_from_the_start() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    // its rows and what they say of the clocks are in; the rules break
    portal
        .sql(
            "CREATE FUNCTION public.no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
             CREATE TRIGGER no BEFORE INSERT ON portal.rule_work FOR EACH STATEMENT EXECUTE FUNCTION public.no()",
        )
        .await;
    let batch = uploaded(&browser, &crate::import_numbers::november()).await;
    work(&portal, &config).await;
    let repeated = async || {
        let sql = format!(
            "SELECT concat_ws(' ', state, failure_code, rows_repeated, repeated_lines) FROM portal.import_batches WHERE id = '{batch}'"
        );
        portal.value::<String>(&sql).await
    };
    assert_eq!(repeated().await, "failed rules_failed 2 {3,4}");
    // it begins again, and gets nowhere
    retry(&browser, batch).await;
    portal
        .sql("CREATE TRIGGER no BEFORE UPDATE ON portal.import_batches FOR EACH ROW WHEN (new.rows_read > 0) EXECUTE FUNCTION public.no()")
        .await;
    work(&portal, &config).await;
    assert_eq!(repeated().await, "failed database_error 0 {}", "nothing is said of rows that were not read");
    portal.sql("DROP TRIGGER no ON portal.import_batches; DROP TRIGGER no ON portal.rule_work").await;
    retry(&browser, batch).await;
    work(&portal, &config).await;
    assert_eq!(repeated().await, "complete 2 {3,4}", "and nothing twice");
    assert!(
        browser.get(&format!("/imports/{batch}")).await.body.contains("2 rows of the hour that the clocks repeated")
    );
}

#[actix_web::test]
async fn an_import_whose_file_is_gone_or_whose_file_is_at_fault_offers_nothing_to_take_up() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    refuse(&portal).await;
    let batch = uploaded(&browser, &two()).await;
    work(&portal, &config).await;
    for code in ["file_altered", "header_refused", "mapping_refused", "file_missing"] {
        portal.sql(&format!("UPDATE portal.import_batches SET failure_code = '{code}' WHERE id = '{batch}'")).await;
        assert!(!browser.get(&format!("/imports/{batch}")).await.body.contains("Try again"), "{code}");
        let request = retry(&browser, batch).await;
        assert_eq!(
            told(&portal.events(request).await),
            "import.form.read import.retry!validate_fail/conflict",
            "{code}"
        );
    }
    portal.sql(&format!("UPDATE portal.import_batches SET failure_code = 'database_error' WHERE id = '{batch}'")).await;
    assert!(browser.get(&format!("/imports/{batch}")).await.body.contains("Try again"));
    std::fs::remove_file(hipaa_auditor::spool::path(&config.spool_dir, batch)).expect("it waits");
    assert!(!browser.get(&format!("/imports/{batch}")).await.body.contains("Try again"));
    let request = retry(&browser, batch).await;
    assert_eq!(told(&portal.events(request).await), "import.form.read import.retry!validate_fail/conflict");
}

#[actix_web::test]
async fn a_file_that_waits_to_be_taken_up_outlives_the_sweep_for_a_week() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    refuse(&portal).await;
    let batch = uploaded(&browser, &two()).await;
    work(&portal, &config).await;
    let worker = exports::worker(&portal);
    let path = hipaa_auditor::spool::path(&config.spool_dir, batch);
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(48);
    std::fs::File::options().write(true).open(&path).expect("it waits").set_modified(long_ago).expect("older");
    imports::tidy(&worker, &config).await.expect("it looks after what is left");
    assert!(path.exists(), "somebody may take it up");
    portal
        .sql(&format!("UPDATE portal.import_batches SET updated_at = now() - interval '8 days' WHERE id = '{batch}'"))
        .await;
    imports::tidy(&worker, &config).await.expect("it looks after what is left");
    assert!(!path.exists(), "a week is over");
}

#[actix_web::test]
async fn an_import_whose_failure_could_not_be_written_goes_on_by_itself() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    // the rules break once, and that cannot be said
    portal
        .sql(
            "CREATE SEQUENCE public.tries; GRANT USAGE ON SEQUENCE public.tries TO PUBLIC;
             CREATE FUNCTION public.once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN IF nextval('public.tries') = 1 THEN RAISE EXCEPTION 'no'; END IF; RETURN NULL; END $$;
             CREATE TRIGGER once BEFORE INSERT ON portal.rule_work FOR EACH STATEMENT EXECUTE FUNCTION public.once();
             CREATE FUNCTION public.no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
             CREATE TRIGGER no BEFORE UPDATE ON portal.import_batches FOR EACH ROW WHEN (new.state = 'failed') EXECUTE FUNCTION public.no()",
        )
        .await;
    let batch = uploaded(&browser, &two()).await;
    work(&portal, &config).await;
    assert_eq!(numbers(&portal, batch).await, "complete 2 2 0 0 0");
    assert!(portal.value::<i64>("SELECT last_value FROM public.tries").await > 1, "it was tried again");
}

#[actix_web::test]
async fn a_withdrawal_that_an_error_put_off_is_taken_up_at_once() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let batch = uploaded(&browser, &two()).await;
    work(&portal, &config).await;
    let before = live(&portal).await;
    let answer = browser.post(&format!("/imports/{batch}/withdraw"), &[("reason", "test_data")]).await;
    assert_eq!(answer.status, 303);
    // it waits for its turn: nothing to take up
    assert!(!browser.get(&format!("/imports/{batch}")).await.body.contains("Try again"));
    portal
        .sql("UPDATE portal.jobs SET run_at = now() + interval '1 hour', attempts = 6 WHERE kind = 'batch_withdrawal'")
        .await;
    let page = browser.get(&format!("/imports/{batch}")).await.body;
    assert!(page.contains("It stopped at an error") && page.contains("Try again"), "{page}");
    let request = retry(&browser, batch).await;
    assert_eq!(told(&portal.events(request).await), "import.form.read import.retry");
    assert!(browser.get(&format!("/imports/{batch}")).await.body.contains("Withdrawal queued"), "the act is answered");
    work(&portal, &config).await;
    assert_eq!(
        portal.value::<String>(&format!("SELECT state FROM portal.import_batches WHERE id = '{batch}'")).await,
        "withdrawn"
    );
    assert_eq!(live(&portal).await, before - 2);
}

/// The job's process was killed before the job's end was written, as often as this.
async fn died(db: &TestDb, batch: Uuid, attempts: i32) {
    db.sql(&format!(
        "UPDATE portal.jobs SET state = 'running', attempts = {attempts}, locked_at = now() - interval '3 minutes' WHERE target_id = '{batch}'"
    ))
    .await;
}

#[actix_web::test]
async fn the_file_of_a_failed_import_outlives_a_process_that_did_not_say_its_jobs_end() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    refuse(&portal).await;
    let batch = uploaded(&browser, &two()).await;
    work(&portal, &config).await;
    died(&portal, batch, 1).await;
    work(&portal, &config).await;
    assert!(hipaa_auditor::spool::path(&config.spool_dir, batch).exists(), "somebody may take it up");
    assert!(browser.get(&format!("/imports/{batch}")).await.body.contains("Try again"));
    portal.sql("DROP TRIGGER no ON portal.access_logs").await;
    retry(&browser, batch).await;
    work(&portal, &config).await;
    assert_eq!(numbers(&portal, batch).await, "complete 2 2 0 0 0");
}

static LET_GO: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Rules that take until somebody lets them go.
fn long_rules(
    _: &hipaa_auditor::audit::Worker,
    _: Uuid,
    _: Uuid,
) -> futures_util::future::LocalBoxFuture<'_, Result<(), hipaa_auditor::error::AppError>> {
    Box::pin(async {
        while !LET_GO.load(std::sync::atomic::Ordering::Relaxed) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Ok(())
    })
}

#[actix_web::test]
async fn an_import_from_the_command_line_says_that_it_lives_while_its_rules_take_long() {
    let db = crate::exports::database().await;
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("export.tsv");
    std::fs::write(&path, two()).expect("a file");
    let (worker, config) = (crate::exports::worker(&db), crate::exports::config(&db, dir.path().to_owned()));
    let (name, files) = (crate::exports::SOURCE_NAME, [path]);
    let importing = hipaa_auditor::features::imports::import_files(&worker, &config, name, None, &files, long_rules);
    let watching = async {
        crate::imports::until(
            &db,
            "SELECT EXISTS (SELECT 1 FROM portal.import_batches WHERE rows_stored = 2 AND state = 'running')",
        )
        .await;
        db.sql("UPDATE portal.import_batches SET updated_at = now() - interval '2 hours' WHERE state = 'running'")
            .await;
        // it says so every half minute
        tokio::time::sleep(std::time::Duration::from_secs(33)).await;
        let others = crate::exports::worker(&db);
        hipaa_auditor::features::imports::tidy(&others, &config).await.expect("it is there");
        LET_GO.store(true, std::sync::atomic::Ordering::Relaxed);
    };
    let (ended, ()) = tokio::join!(importing, watching);
    let batch = ended.expect("nobody called it abandoned").pop().expect("one file").batch;
    assert_eq!(numbers(&db, batch).await, "complete 2 2 0 0 0");
}

#[actix_web::test]
async fn whoever_waits_for_a_turn_comes_before_whoever_just_had_it() {
    let db = crate::exports::database().await;
    let (first, second) = (crate::exports::worker(&db), crate::exports::worker(&db));
    let order = std::sync::Mutex::new(String::new());
    let said = |who: char| order.lock().expect("one thread").push(who);
    let greedy = async {
        for _ in 0..3 {
            let turn = first.turn(4711).await.expect("it answers");
            said('a');
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            turn.end().await;
        }
    };
    // who waits stands at the door, where whoever comes later waits in turn: no poll is luckier than another
    let at_the_door = async || {
        let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 4712";
        db.value::<i64>(held).await
    };
    let watching = async {
        tokio::time::sleep(std::time::Duration::from_millis(350)).await;
        assert_eq!(at_the_door().await, 1);
    };
    let patient = async {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        let turn = second.turn(4711).await.expect("it answers");
        said('b');
        turn.end().await;
    };
    tokio::join!(greedy, patient, watching);
    assert_eq!(at_the_door().await, 0);
    assert_eq!(*order.lock().expect("one thread"), "abaa");
}

#[actix_web::test]
async fn a_job_that_is_given_back_at_a_stop_has_not_used_up_an_attempt() {
    let (portal, config) = portal().await;
    let batch = uploaded(&portal.as_role("coordinator_a").await, &two()).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let worker = crate::exports::worker(&portal);
    let running = actix_web::rt::spawn(hipaa_auditor::jobs::run(worker, config, endless_rules, stopped));
    crate::imports::until(&portal, &format!("SELECT rows_stored = 2 FROM portal.import_batches WHERE id = '{batch}'"))
        .await;
    stop.send(true).expect("it still runs");
    running.await.expect("it ends");
    let job: String = portal.value("SELECT concat_ws(' ', state, attempts) FROM portal.jobs").await;
    assert_eq!(job, "waiting 0");
}

fn endless_rules(
    _: &hipaa_auditor::audit::Worker,
    _: Uuid,
    _: Uuid,
) -> futures_util::future::LocalBoxFuture<'_, Result<(), hipaa_auditor::error::AppError>> {
    Box::pin(std::future::pending())
}

#[actix_web::test]
async fn an_upload_that_no_job_will_take_any_more_says_so_and_can_be_taken_up_again() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let batch = uploaded(&browser, &two()).await;
    // as a process leaves it that could not even read the batch
    portal
        .sql(&format!(
            "UPDATE portal.jobs SET state = 'failed', attempts = 5 WHERE target_id = '{batch}';
             UPDATE portal.import_batches SET updated_at = now() - interval '2 hours' WHERE id = '{batch}'"
        ))
        .await;
    hipaa_auditor::features::imports::tidy(&crate::exports::worker(&portal), &config).await.expect("it is there");
    assert_eq!(numbers(&portal, batch).await, "failed 0 0 0 0 0");
    retry(&browser, batch).await;
    work(&portal, &config).await;
    assert_eq!(numbers(&portal, batch).await, "complete 2 2 0 0 0");
}

#[actix_web::test]
async fn an_upload_whose_batch_cannot_be_read_waits_however_often_it_was_tried() {
    let (portal, config) = portal().await;
    let batch = uploaded(&portal.as_role("coordinator_a").await, &two()).await;
    portal.sql(&format!("UPDATE portal.jobs SET attempts = 9 WHERE target_id = '{batch}'")).await;
    let worker = crate::exports::worker(&portal);
    let job = worker.claim_job().await.expect("it answers").expect("it waits");
    portal.sql("REVOKE SELECT ON portal.mappings FROM portal_worker").await;
    let ended =
        hipaa_auditor::features::imports::perform(&worker, &config, &job, hipaa_auditor::features::rules::after_batch)
            .await;
    assert_eq!(ended, "again");
}

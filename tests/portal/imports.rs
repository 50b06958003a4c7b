//! From a file to rows: what the report says, what is there afterwards, and that doing it twice adds nothing.

use std::process::Stdio;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use hipaa_auditor::audit::Worker;
use hipaa_auditor::config::Config;
use hipaa_auditor::error::AppError;
use hipaa_auditor::features::imports::AfterBatch;
use hipaa_auditor::features::rules;
use hipaa_auditor::jobs;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::watch;
use uuid::Uuid;

use crate::exports::{self, Access, NAMES, SOURCE_NAME, database, export, import, opened, try_import};
use crate::fixtures::{COORDINATOR_A, SOURCE};
use crate::harness::{Answer, Browser, TestDb, TestPortal, told};

/// A portal, and the settings it runs with: the job loop of a test needs the same spool and secret.
pub async fn portal() -> (TestPortal, Config) {
    let mut kept = None;
    let portal = TestPortal::on(database().await, |config| kept = Some(config.clone())).await;
    (portal, kept.expect("settings"))
}

async fn upload(browser: &Browser, form_key: Uuid, text: &str) -> Answer {
    let file = reqwest::multipart::Part::text(text.to_owned()).file_name("export.tsv");
    let form = reqwest::multipart::Form::new()
        .text("source", SOURCE.to_string())
        .text("form_key", form_key.to_string())
        .part("file", file);
    browser.send(browser.request("POST", "/imports").multipart(form)).await
}

/// Uploads what must be accepted; the batch's id.
pub async fn uploaded(browser: &Browser, text: &str) -> Uuid {
    let answer = upload(browser, Uuid::now_v7(), text).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    batch_of(&answer)
}

fn batch_of(answer: &Answer) -> Uuid {
    answer.location().strip_prefix("/imports/").and_then(|id| id.parse().ok()).expect("the report's address")
}

/// Runs the job loop until it has nothing left to do.
pub async fn work(portal: &TestPortal, config: &Config) {
    let worker = exports::worker(portal);
    let (stop, stopped) = watch::channel(false);
    let running = actix_web::rt::spawn(jobs::run(worker, config.clone(), rules::after_batch, stopped));
    until(portal, "SELECT NOT EXISTS (SELECT 1 FROM portal.jobs WHERE state IN ('waiting', 'running'))").await;
    stop.send(true).expect("it still runs");
    running.await.expect("it ends");
}

pub async fn until(db: &TestDb, question: &str) {
    for _ in 0..2400 {
        if db.value::<bool>(question).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never: {question}");
}

/// State, read, stored, known, unmatched, rejected.
pub async fn numbers(db: &TestDb, batch: Uuid) -> String {
    db.value(&format!(
        "SELECT concat_ws(' ', state, rows_read, rows_stored, rows_known, rows_unmatched, rows_rejected)
           FROM portal.import_batches WHERE id = '{batch}'"
    ))
    .await
}

pub async fn rows(db: &TestDb) -> i64 {
    db.value("SELECT count(*) FROM portal.access_logs").await
}

async fn batches_and_jobs(db: &TestDb) -> (i64, i64) {
    (db.value("SELECT count(*) FROM portal.import_batches").await, db.value("SELECT count(*) FROM portal.jobs").await)
}

fn files_in(dir: &std::path::Path) -> usize {
    std::fs::read_dir(dir).map_or(0, Iterator::count)
}

/// Eight rows: three by a known login, two of them the same; one by a stranger; one without a time, one in the hour
/// that the clocks skip, one without a login, one with a column too few.
fn mixed() -> String {
    let same = opened("2026-03-12 10:00:00", "brac11", "MRN-1");
    let mut text = export(&[
        opened("2026-03-12 09:00:00", "brac11", "MRN-1"),
        same.clone(),
        same,
        opened("2026-03-12 11:00:00", "stranger7", "MRN-2"),
        opened("", "brac11", "MRN-1"),
        opened("2026-03-08 02:30:00", "brac11", "MRN-1"),
        opened("2026-03-12 12:00:00", "", "MRN-1"),
    ]);
    // the last employee number is the login's stand-in
    text = text.replace("12:00:00", "12:00:01").replacen(
        "\t\t4711\tThistlewood\tBarnabas\r\n",
        "\t\t\tThistlewood\tBarnabas\r\n",
        1,
    );
    text + "2026-03-12 13:00:00\tHollingberry\r\n"
}

#[actix_web::test]
async fn an_upload_becomes_a_job_and_its_report_tells_what_became_of_every_row() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let before = rows(&portal).await;
    let answer = upload(&browser, Uuid::now_v7(), &mixed()).await;
    let batch = batch_of(&answer);
    assert_eq!(told(&portal.events(answer.request_id()).await), "import.form.read import.create");
    assert_eq!(numbers(&portal, batch).await, "waiting 0 0 0 0 0");
    assert_eq!(files_in(&config.spool_dir), 1, "it waits in the spool");
    let waiting = browser.get(&format!("/imports/{batch}")).await;
    assert!(waiting.body.contains("Waiting for its turn") && waiting.body.contains("Import queued"));

    work(&portal, &config).await;
    assert_eq!(numbers(&portal, batch).await, "complete 8 4 0 1 4");
    assert_eq!(rows(&portal).await, before + 4);
    assert_eq!(files_in(&config.spool_dir), 0, "the file is gone");
    let report = browser.get(&format!("/imports/{batch}")).await;
    for fact in [
        "<dt>Read</dt><dd>8<",
        "<dt>Stored</dt><dd>4<",
        "<dt>Known</dt><dd>0<",
        "<dt>Unmatched</dt><dd>1<",
        "<dt>Rejected</dt><dd>4<",
        "<td class=\"num\">6</td><td>Time of access</td><td>The time is empty</td>",
        "<td class=\"num\">7</td><td>Time of access</td><td>This local time did not exist: the clocks went forward</td>",
        "<td class=\"num\">8</td><td>User login</td><td>No user login</td>",
        "<td class=\"num\">9</td><td>Whole row</td><td>More or fewer columns than the header</td>",
    ] {
        assert!(report.body.contains(fact), "{fact}\n{}", report.body);
    }
    // what the program did carries the request that asked for it
    let system: bool = portal
        .value(&format!(
            "SELECT bool_and(actor_type = 'system') AND count(*) FILTER (WHERE action = 'import.batch.run') > 0
                    AND count(*) FILTER (WHERE action = 'rule.batch.run') > 1
                    AND count(*) FILTER (WHERE action = 'rule.batch.run') = count(*) FILTER (WHERE action = 'rule.batch.read')
               FROM audit.events WHERE request_id = '{}' AND action NOT LIKE 'import.form%' AND action <> 'import.create'",
            answer.request_id()
        ))
        .await;
    assert!(system);
}

#[actix_web::test]
async fn the_same_file_twice_adds_nothing_and_the_report_recognises_it() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let first = uploaded(&browser, &mixed()).await;
    work(&portal, &config).await;
    let before = rows(&portal).await;
    let second = uploaded(&browser, &mixed()).await;
    work(&portal, &config).await;
    assert_eq!(numbers(&portal, second).await, "complete 8 0 4 1 4");
    assert_eq!(rows(&portal).await, before);
    let report = browser.get(&format!("/imports/{second}")).await;
    assert!(report.body.contains("This is the same file as") && report.body.contains(&first.to_string()));
}

#[actix_web::test]
async fn what_two_overlapping_exports_share_is_stored_once() {
    let db = database().await;
    let all = ["09", "10", "11", "12"].map(|hour| opened(&format!("2026-03-12 {hour}:00:00"), "brac11", "MRN-1"));
    let first = import(&db, &all[..3]).await.progress;
    let second = import(&db, &all[1..]).await.progress;
    assert_eq!((first.read, first.stored, first.known), (3, 3, 0));
    assert_eq!((second.read, second.stored, second.known), (3, 1, 2));
    assert_eq!(db.value::<i64>("SELECT count(*) FROM portal.access_logs WHERE action_at < '2026-03-13'").await, 4);
}

#[actix_web::test]
async fn identical_rows_are_kept_and_stay_as_many_when_a_later_export_has_one_more() {
    let db = database().await;
    let row = opened("2026-03-12 10:00:00", "brac11", "MRN-1");
    let times = |n: usize| vec![row.clone(); n];
    for (rows, expected) in [(2, (2, 0)), (2, (0, 2)), (3, (1, 2)), (1, (0, 1))] {
        let report = import(&db, &times(rows)).await.progress;
        assert_eq!((report.stored, report.known), expected, "{rows} rows");
    }
    assert_eq!(db.value::<i64>("SELECT count(*) FROM portal.access_logs WHERE action_at < '2026-03-13'").await, 3);
}

#[actix_web::test]
async fn a_row_by_an_unknown_login_is_kept_and_counts() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let batch = uploaded(&browser, &export(&[opened("2026-11-19 10:00:00", "stranger7", "MRN-9")])).await;
    work(&portal, &config).await;
    assert_eq!(numbers(&portal, batch).await, "complete 1 1 0 1 0");
    let page = browser.get(&format!("/access-logs/rows?batch={batch}")).await;
    assert!(page.body.contains("Unknown login") && page.body.contains("stranger7"), "{}", page.body);
    let holders: i64 = portal
        .value("SELECT count(*) FROM portal.login_holders h JOIN portal.ehr_logins l ON l.id = h.login_id WHERE l.login = 'stranger7'")
        .await;
    assert_eq!(holders, 0);
}

#[actix_web::test]
async fn who_held_a_login_is_asked_as_of_the_access() {
    let db = database().await;
    let report =
        import(&db, &["2019-12-30", "2020-01-02"].map(|on| opened(&format!("{on} 10:00:00"), "brac11", "MRN-1"))).await;
    assert_eq!(report.progress.unmatched, 1, "the nurse has held it since 2020");
}

#[actix_web::test]
async fn names_addresses_and_free_text_of_a_file_are_in_no_table_and_not_in_the_spool() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let glass = opened("2026-11-19 10:00:00", "brac11", "MRN-1").glass("Covering for Hollingberry");
    uploaded(
        &browser,
        &export(&[opened("2026-11-19 09:00:00", "brac11", "MRN-1"), glass, opened("never", "brac11", "MRN-1")]),
    )
    .await;
    let spooled = std::fs::read_dir(&config.spool_dir).expect("the spool").next().expect("a file").expect("its name");
    let bytes = std::fs::read(spooled.path()).expect("the file");
    for name in NAMES {
        assert!(!bytes.windows(name.len()).any(|window| window == name.as_bytes()), "{name} stands in the spool");
    }
    work(&portal, &config).await;
    let hashed: i64 = portal
        .value("SELECT count(*) FROM portal.patients WHERE surname_hash IS NOT NULL AND address_hash IS NOT NULL")
        .await;
    assert_eq!(hashed, 1, "the hashes are there");
    let tables: Vec<String> = portal
        .value("SELECT array_agg(c.oid::regclass::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('portal', 'audit') AND c.relkind = 'r'")
        .await;
    assert!(tables.len() > 25, "{tables:?}");
    for table in tables {
        for name in NAMES {
            let found: i64 =
                portal.value(&format!("SELECT count(*) FROM {table} t WHERE t::text ILIKE '%{name}%'")).await;
            assert_eq!(found, 0, "{name} in {table}");
        }
    }
}

#[actix_web::test]
async fn a_header_without_a_needed_column_is_refused_by_name_and_nothing_is_queued() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let before = batches_and_jobs(&portal).await;
    let text = mixed().replacen("PATIENT.PAT_MRN_ID", "PATIENT.NUMBER", 1);
    let answer = upload(&browser, Uuid::now_v7(), &text).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("lacks PATIENT.PAT_MRN_ID"), "{}", answer.body);
    assert!(answer.body.contains(&format!("value=\"{SOURCE}\" selected")), "the source stays chosen");
    assert_eq!(
        told(&portal.events(answer.request_id()).await),
        "import.form.read import.create!validate_fail/invalid_input import.form.read"
    );
    for text in ["", "\u{0}\u{1}", "\r\n"] {
        assert_eq!(upload(&browser, Uuid::now_v7(), text).await.status, 422, "{text:?}");
    }
    assert_eq!(batches_and_jobs(&portal).await, before);
    let left: Vec<_> =
        std::fs::read_dir(&config.spool_dir).expect("the spool").map(|entry| entry.expect("one").file_name()).collect();
    assert_eq!(left, ["samples"], "a refused upload leaves nothing");
    assert_eq!(files_in(&config.spool_dir.join("samples")), 1, "but the export that another mapping may read");
}

#[actix_web::test]
async fn a_form_that_is_posted_twice_counts_once() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let (key, text) = (Uuid::now_v7(), mixed());
    let (one, two) = tokio::join!(upload(&browser, key, &text), upload(&browser, key, &text));
    let three = upload(&browser, key, &text).await;
    assert_eq!([one.status, two.status, three.status], [303; 3]);
    assert_eq!(batch_of(&one), batch_of(&two));
    assert_eq!(batch_of(&one), batch_of(&three));
    assert_eq!(batches_and_jobs(&portal).await, (2, 1), "the fixtures' batch and this one");
    assert_eq!(files_in(&config.spool_dir), 1);
}

/// Rules that never come to an end, as if the process died in them.
fn never(_: &Worker, _: Uuid, _: Uuid) -> LocalBoxFuture<'_, Result<(), AppError>> {
    Box::pin(std::future::pending())
}

#[actix_web::test]
async fn a_job_whose_process_died_is_taken_up_by_another_and_ends_with_exact_numbers() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let before = rows(&portal).await;
    let batch = uploaded(&browser, &mixed()).await;
    let (_stop, stopped) = watch::channel(false);
    let after: AfterBatch = never;
    let dying = actix_web::rt::spawn(jobs::run(exports::worker(&portal), config.clone(), after, stopped));
    until(&portal, &format!("SELECT rows_stored = 4 FROM portal.import_batches WHERE id = '{batch}'")).await;
    dying.abort();
    assert!(dying.await.is_err(), "it did not end by itself");
    assert_eq!(numbers(&portal, batch).await, "running 8 4 0 1 4", "its rows are in, its end is not");

    // nobody takes a job that was alive a moment ago
    assert!(exports::worker(&portal).claim_job().await.expect("asks").is_none());
    portal.sql("UPDATE portal.jobs SET locked_at = now() - interval '3 minutes'").await;
    work(&portal, &config).await;
    assert_eq!(numbers(&portal, batch).await, "complete 8 4 0 1 4");
    assert_eq!(rows(&portal).await, before + 4);
    assert_eq!(portal.value::<String>("SELECT state || attempts FROM portal.jobs").await, "done2");
    assert_eq!(
        portal.value::<i64>(&format!("SELECT count(*) FROM portal.import_rejects WHERE batch_id = '{batch}'")).await,
        4
    );
}

#[actix_web::test]
async fn a_job_that_died_between_two_chunks_ends_with_exact_numbers() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let accesses: Vec<Access> = (0..24_000_u32)
        .map(|n| {
            opened(
                &format!("2026-11-18 {:02}:{:02}:{:02}", n / 3600, n / 60 % 60, n % 60),
                "brac11",
                &format!("M-{}", n % 50),
            )
        })
        .collect();
    let batch = uploaded(&browser, &export(&accesses)).await;
    let (_stop, stopped) = watch::channel(false);
    let dying = actix_web::rt::spawn(jobs::run(exports::worker(&portal), config.clone(), rules::after_batch, stopped));
    until(&portal, &format!("SELECT rows_stored > 0 FROM portal.import_batches WHERE id = '{batch}'")).await;
    dying.abort();
    let _ = dying.await;
    let cut: i64 = portal.value(&format!("SELECT count(*) FROM portal.access_logs WHERE batch_id = '{batch}'")).await;
    assert!(cut >= 20_000, "{cut}");
    portal.sql("UPDATE portal.jobs SET locked_at = now() - interval '3 minutes' WHERE state = 'running'").await;
    work(&portal, &config).await;
    assert_eq!(numbers(&portal, batch).await, "complete 24000 24000 0 0 0");
    let stored: i64 =
        portal.value(&format!("SELECT count(*) FROM portal.access_logs WHERE batch_id = '{batch}'")).await;
    assert_eq!(stored, 24_000);
}

#[actix_web::test]
async fn a_spooled_file_that_was_altered_fails_with_the_reason_and_stores_nothing() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let before = rows(&portal).await;
    for damage in ["flip", "cut", "gone"] {
        let batch = uploaded(&browser, &mixed()).await;
        let path = config.spool_dir.join(format!("{batch}.upload"));
        let mut bytes = std::fs::read(&path).expect("the spooled file");
        match damage {
            "flip" => {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                std::fs::write(&path, bytes).expect("written");
            }
            "cut" => {
                bytes.truncate(bytes.len() - 20);
                std::fs::write(&path, bytes).expect("written");
            }
            _ => std::fs::remove_file(&path).expect("removed"),
        }
        work(&portal, &config).await;
        assert_eq!(numbers(&portal, batch).await, "failed 0 0 0 0 0", "{damage}");
        let code: String =
            portal.value(&format!("SELECT failure_code FROM portal.import_batches WHERE id = '{batch}'")).await;
        let page = browser.get(&format!("/imports/{batch}")).await.body;
        let (expected, sentence) = if damage == "gone" {
            ("file_missing", "The uploaded file is no longer on this server. Upload it again.")
        } else {
            ("file_altered", "The uploaded file was cut or changed while it waited. Upload it again.")
        };
        assert_eq!(code, expected, "{damage}");
        assert!(page.contains("This import failed.") && page.contains(sentence), "{damage}: {page}");
        assert!(!path.exists(), "{damage}");
    }
    assert_eq!(rows(&portal).await, before);
}

#[actix_web::test]
async fn months_far_in_the_past_get_their_partitions_and_times_that_cannot_be_are_rejected() {
    let db = database().await;
    let in_two_days =
        (hipaa_auditor::clock::now() + chrono::TimeDelta::days(2)).format("%Y-%m-%d %H:%M:%S").to_string();
    let report = import(
        &db,
        &[
            opened("2000-01-01 00:00:00", "brac11", "MRN-1"),
            opened("2003-05-17 12:00:00", "brac11", "MRN-1"),
            opened("2003-06-01 00:00:00", "brac11", "MRN-1"),
            opened("1999-12-31 12:00:00", "brac11", "MRN-1"),
            opened(&in_two_days, "brac11", "MRN-1"),
        ],
    )
    .await;
    assert_eq!((report.progress.stored, report.progress.rejected), (3, 2));
    assert_eq!(report.rejects.iter().map(|reject| reject.line).collect::<Vec<_>>(), [5, 6]);
    for reject in &report.rejects {
        assert_eq!(
            (reject.field, reject.reason),
            (Some("Time of access"), "The time is before the year 2000 or more than a day ahead")
        );
    }
    let partitions: Vec<String> = db
        .value("SELECT array_agg(DISTINCT tableoid::regclass::text ORDER BY tableoid::regclass::text) FROM portal.access_logs WHERE action_at < '2004-01-01'")
        .await;
    assert_eq!(partitions.len(), 3, "{partitions:?}");
    for partition in &partitions {
        assert!(!partition.contains("default"), "{partitions:?}");
        let guarded: bool = db
            .value(&format!("SELECT relrowsecurity OR NOT has_table_privilege('portal_app', oid, 'SELECT') FROM pg_class WHERE oid = '{partition}'::regclass"))
            .await;
        assert!(guarded, "{partition} cannot be read past the gate");
    }
}

#[actix_web::test]
async fn a_file_whose_header_does_not_fit_is_refused_on_the_command_line_before_a_batch_exists() {
    let db = database().await;
    let before = batches_and_jobs(&db).await;
    let text = mixed().replacen("EMP.SYSTEM_LOGIN", "LOGIN", 1);
    let error = try_import(&db, &text).await.expect_err("refused");
    assert!(error.to_string().contains("EMP.SYSTEM_LOGIN"), "{error}");
    assert_eq!(batches_and_jobs(&db).await, before);
}

/// The program itself, as an operator runs it.
async fn program(db: &TestDb, arguments: &[&str], input: Option<&str>) -> std::process::Output {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_hipaa-auditor"));
    command
        .args(arguments)
        .env_clear()
        .env("WORKER_DATABASE_URL", &db.worker_url)
        .env("HIPAA_AUDITOR_SECRET", "s".repeat(64))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("its input");
    stdin.write_all(input.unwrap_or_default().as_bytes()).await.expect("written");
    drop(stdin);
    child.wait_with_output().await.expect("it ends")
}

#[actix_web::test]
async fn the_command_line_imports_files_and_standard_input_and_prints_the_report() {
    let db = database().await;
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("week.tsv");
    std::fs::write(&path, mixed()).expect("a file");
    let path = path.to_str().expect("a path");

    let output = program(&db, &["import", "--source", SOURCE_NAME, path], None).await;
    let printed = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    let said: Vec<Vec<&str>> = printed.lines().map(|line| line.split_whitespace().collect()).collect();
    for number in [["read", "8"], ["stored", "4"], ["known", "0"], ["unmatched", "1"], ["rejected", "4"]] {
        assert!(said.contains(&number.to_vec()), "{number:?}: {printed}");
    }
    assert!(printed.contains("line 6: Time of access: The time is empty"), "{printed}");
    assert!(printed.contains("line 9: More or fewer columns than the header"), "{printed}");
    for name in NAMES {
        assert!(!printed.contains(name), "{printed}");
    }

    let output = program(&db, &["import", "--source", SOURCE_NAME, "-"], Some(&mixed())).await;
    let printed = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success() && printed.starts_with("-: import "), "{printed}");
    let said: Vec<Vec<&str>> = printed.lines().map(|line| line.split_whitespace().collect()).collect();
    for number in [["read", "8"], ["stored", "0"], ["known", "4"], ["rejected", "4"]] {
        assert!(said.contains(&number.to_vec()), "{number:?}: {printed}");
    }

    // what goes wrong is a sentence, and the exit says so
    let output = program(&db, &["import", "--source", SOURCE_NAME, "/no/such/file.tsv"], None).await;
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("/no/such/file.tsv"));
    let output = program(&db, &["import", "--source", "a/b", path], None).await;
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("a source's name has"));
}

#[actix_web::test]
async fn a_new_source_is_made_on_first_use_with_the_preset() {
    let db = database().await;
    let output = program(&db, &["import", "--source", "Second EHR", "-"], Some(&mixed())).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mapping: String = db
        .value("SELECT s.time_zone || ' ' || m.version || ' ' || (m.spec->>'name') FROM portal.sources s JOIN portal.mappings m ON m.source_id = s.id WHERE s.name = 'Second EHR'")
        .await;
    assert_eq!(mapping, "America/New_York 1 epic-access-log");
    // another source's rows are other rows
    let output = program(&db, &["import", "--source", SOURCE_NAME, "-"], Some(&mixed())).await;
    assert!(String::from_utf8_lossy(&output.stdout).lines().any(|line| line.split_whitespace().eq(["stored", "4"])));
}

#[actix_web::test]
async fn rows_without_a_facility_are_seen_by_whoever_imported_them_and_by_those_who_see_all() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let nowhere = opened("2026-11-19 10:00:00", "stranger7", "MRN-9").at_place("A place nobody knows");
    let batch = uploaded(&browser, &export(&[nowhere])).await;
    work(&portal, &config).await;
    let owner: Uuid =
        portal.value(&format!("SELECT owner_id FROM portal.access_logs WHERE batch_id = '{batch}'")).await;
    assert_eq!(owner, COORDINATOR_A);
    for (username, sees) in
        [("coordinator_a", true), ("coordinator_b", false), ("manager", true), ("coordinator_all", true)]
    {
        let page = portal.as_role(username).await.get(&format!("/access-logs/rows?batch={batch}")).await;
        assert_eq!(page.body.contains("stranger7"), sees, "{username}");
    }
}

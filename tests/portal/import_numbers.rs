//! What an import says of itself, held against what is there: every sample, every row, and the hours of the year that are
//! not like others.

use std::path::{Path, PathBuf};

use hipaa_auditor::features::imports::{Report, import_files};
use hipaa_auditor::features::rules;
use hipaa_auditor::ingest::{Next, Opened, Spec, presets};

use crate::exports::{config, database, export, import, opened, try_import, worker};
use crate::harness::{TestDb, TestPortal};
use crate::imports::{portal, uploaded, work};

fn samples(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the samples") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { samples(&path, found) } else { found.push(path) }
    }
    found.sort();
}

/// How many rows and rejects a file has under a mapping; none where it does not fit.
fn counted(path: &Path, spec: &Spec, keys: &hipaa_auditor::config::Keys) -> Option<(i64, i64)> {
    let file = Box::new(std::fs::File::open(path).expect("a sample"));
    let mut rows = Opened::new(file, spec, keys).expect("readable").ok()?.into_rows();
    let (mut good, mut bad) = (0, 0);
    loop {
        match rows.next(hipaa_auditor::clock::now()).expect("readable") {
            Next::Row(_) => good += 1,
            Next::Reject(_) => bad += 1,
            Next::End => return Some((good, bad)),
        }
    }
}

async fn imported(db: &TestDb, source: &str, spec: &Spec, path: &Path) -> Report {
    let dir = tempfile::tempdir().expect("a folder");
    let mapping = dir.path().join("mapping.json");
    std::fs::write(&mapping, spec.to_json().to_string()).expect("a file");
    let (worker, config) = (worker(db), config(db, dir.path().join("spool")));
    let files = [path.to_owned()];
    let reports = import_files(&worker, &config, source, Some(&mapping), &files, rules::after_batch).await;
    worker.close().await;
    reports.unwrap_or_else(|error| panic!("{}: {error}", path.display())).remove(0)
}

/// Read, stored, known, rejected: as the report has them, and as the tables do.
async fn held(db: &TestDb, report: &Report) -> ([i64; 4], [i64; 4]) {
    let of = async |sql: &str| db.value::<i64>(&sql.replace('$', &report.batch.to_string())).await;
    let [stored, known, rejected] = [
        of("SELECT count(*) FROM portal.access_logs WHERE batch_id = '$'").await,
        of("SELECT rows_known FROM portal.import_batches WHERE id = '$'").await,
        of("SELECT count(*) FROM portal.import_rejects WHERE batch_id = '$'").await,
    ];
    let said = &report.progress;
    ([said.read, said.stored, said.known, said.rejected], [stored + known + rejected, stored, known, rejected])
}

#[actix_web::test]
async fn every_sample_adds_up_and_again_when_it_comes_twice() {
    let db = database().await;
    let keys = config(&db, PathBuf::new()).keys;
    let mut paths = Vec::new();
    samples(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples"), &mut paths);
    let (mut files, mut all) = (0, 0);
    for path in paths {
        for preset in presets::all() {
            let Some((good, bad)) = counted(&path, &preset.spec, &keys) else { continue };
            let name = format!("{} by {}", path.display(), preset.name);
            let first = imported(&db, preset.name, &preset.spec, &path).await;
            let (said, is) = held(&db, &first).await;
            assert_eq!(said, is, "{name}");
            assert_eq!((said[0], said[3]), (good + bad, bad), "{name}: as many as the file has");
            let again = imported(&db, preset.name, &preset.spec, &path).await;
            let (said, is) = held(&db, &again).await;
            assert_eq!(said, is, "{name}, again");
            assert_eq!(said, [good + bad, 0, good, bad], "{name}, again: nothing is new");
            (files, all) = (files + 1, all + good + bad);
        }
    }
    assert!(files > 55 && all > 100, "{files} files, {all} rows");
}

#[actix_web::test]
async fn a_batch_that_does_not_add_up_is_not_written() {
    let db = database().await;
    let batch = import(&db, &[opened("2026-11-18 10:00:00", "brac11", "MRN-1")]).await.batch;
    for column in ["rows_read", "rows_stored", "rows_known", "rows_rejected"] {
        let update = format!("UPDATE portal.import_batches SET {column} = {column} + 1 WHERE id = '{batch}'");
        assert!(sqlx::query(sqlx::AssertSqlSafe(update)).execute(&db.db).await.is_err(), "{column}");
    }
}

#[actix_web::test]
async fn a_login_that_nobody_can_hold_is_not_counted_as_unmatched() {
    let db = database().await;
    for (kind, unmatched) in
        [("workforce", 1), ("vendor", 1), ("unknown", 1), ("system", 0), ("patient", 0), ("representative", 0)]
    {
        let mut spec = presets::epic_access_log();
        kind.clone_into(&mut spec.actor_kind);
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("export.tsv");
        std::fs::write(&path, export(&[opened("2026-11-18 10:00:00", "interface-7", "MRN-1")])).expect("a file");
        let report = imported(&db, kind, &spec, &path).await;
        assert_eq!((report.progress.stored, report.progress.unmatched), (1, unmatched), "{kind}");
    }
}

const TWICE: &str =
    "SELECT string_agg(to_char(action_at AT TIME ZONE 'UTC', 'HH24:MI') || time_repeated, ' ' ORDER BY action_at)
  FROM portal.access_logs WHERE action_at BETWEEN '2026-10-31' AND '2026-11-02'";

/// Chicago's clocks said these twice: once in summer time, once in standard time.
pub fn november() -> String {
    export(
        &["00:30:00", "01:30:00", "01:59:59", "02:00:00"]
            .map(|at| opened(&format!("2026-11-01 {at}"), "brac11", "MRN-1")),
    )
}

#[actix_web::test]
async fn an_hour_that_the_clocks_repeat_is_the_earlier_one_and_row_import_and_case_say_so() {
    let (portal, config): (TestPortal, _) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let batch = uploaded(&browser, &november()).await;
    work(&portal, &config).await;
    let rows: String = portal.value(TWICE).await;
    assert_eq!(rows, "05:30false 06:30true 06:59true 08:00false");
    let page = browser.get(&format!("/imports/{batch}")).await.body;
    assert!(page.contains("2 rows of the hour that the clocks repeated") && page.contains("(lines 3, 4)"), "{page}");
    let page = browser.get(&format!("/access-logs/rows?batch={batch}")).await.body;
    assert_eq!(page.matches("hour came twice, earlier taken").count(), 2, "{page}");
    let file = browser.get(&format!("/access-logs/rows.csv?batch={batch}")).await.body;
    let last: Vec<_> = file.lines().filter_map(|line| line.rsplit(',').next()).collect();
    assert_eq!(last, ["time_repeated", "false", "true", "true", "false"]);
}

#[actix_web::test]
async fn an_hour_that_the_clocks_leave_out_is_rejected_with_its_reason() {
    let db = database().await;
    let text = export(
        &["01:59:59", "02:00:00", "02:30:00", "03:00:00"]
            .map(|at| opened(&format!("2026-03-08 {at}"), "brac11", "MRN-1")),
    );
    let report = try_import(&db, &text).await.expect("it is read");
    let rejects: Vec<_> = report.rejects.iter().map(|reject| (reject.line, reject.reason)).collect();
    let reason = "This local time did not exist: the clocks went forward";
    assert_eq!(rejects, [(3, reason), (4, reason)]);
    assert_eq!((report.progress.stored, report.progress.repeated), (2, 0));
}

#[actix_web::test]
async fn a_report_names_the_first_twenty_rows_of_a_repeated_hour_and_counts_the_others() {
    let (portal, config): (TestPortal, _) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let many: Vec<_> = (0..25).map(|n| opened(&format!("2026-11-01 01:{n:02}:00"), "brac11", "MRN-1")).collect();
    let batch = uploaded(&browser, &export(&many)).await;
    work(&portal, &config).await;
    let page = browser.get(&format!("/imports/{batch}")).await.body;
    assert!(page.contains("25 rows of the hour") && page.contains("20, 21 and 5 more)"), "{page}");
}

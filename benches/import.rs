//! The size that is promised: 5,000,000 rows in one file, imported in constant memory, while somebody else opens the queue
//! ten times a second and waits for no page longer than a second. `script/bench` runs it in a release build;
//! `HIPAA_AUDITOR_BENCH_ROWS=200000` is a quick look.
#![allow(
    missing_docs,
    dead_code,
    clippy::disallowed_types,
    clippy::format_push_string,
    clippy::cast_precision_loss,
    reason = "a bench, on the tests' harness"
)]
#![allow(clippy::print_stdout, reason = "a bench speaks to a person")]

#[path = "../tests/portal/fixtures.rs"]
mod fixtures;
#[path = "../tests/portal/harness.rs"]
mod harness;

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{NaiveDate, TimeDelta};
use harness::TestPortal;
use hipaa_auditor::demo::activity::HEADER;

/// Sixty days of a hospital with 3,000 logins and 400,000 patients; every hundredth row breaks the glass.
fn generate(path: &Path, rows: u64) -> u64 {
    let mut file = BufWriter::with_capacity(1 << 20, std::fs::File::create(path).expect("a file"));
    write!(file, "{HEADER}\r\n").expect("written");
    let first = NaiveDate::from_ymd_opt(2026, 9, 20).and_then(|day| day.and_hms_opt(0, 0, 0)).expect("a day");
    let step = 60 * 86_400_000 / rows.max(1);
    for n in 0..rows {
        let at = first + TimeDelta::milliseconds(i64::try_from(n * step).expect("sixty days"));
        // a number that looks like chance and is the same every time
        let dice = n.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31);
        let (login, patient) = (dice % 3000, (dice >> 20) % 400_000);
        let action = if n % 100 == 0 { "BREAK GLASS" } else { "VIEW" };
        let reason = if n % 1000 == 0 { "" } else { "Direct Patient Care" };
        write!(
            file,
            "{}\tChart Opened\tWS-{:04}\tChart\t{action}\tMRN-{patient}\tPrunella\tQ\tFamily{}\t{} Nightjar Lane\t\tDuluth\t55802\tMinnesota\t\
             United States\tEmergency\t{reason}\t\tu{login}\t4711\tThistlewood\tBarnabas\r\n",
            at.format("%Y-%m-%d %H:%M:%S"),
            dice % 900,
            patient % 9000,
            patient % 500,
        )
        .expect("written");
    }
    file.flush().expect("written");
    file.get_ref().metadata().expect("a size").len()
}

#[actix_web::main]
async fn main() {
    let rows: u64 =
        std::env::var("HIPAA_AUDITOR_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(5_000_000);
    let portal = TestPortal::start().await;
    let mut spec = hipaa_auditor::ingest::presets::epic_access_log();
    "America/Chicago".clone_into(&mut spec.time_zone);
    portal
        .sql(&format!(
            "INSERT INTO portal.mappings (id, source_id, version, spec) VALUES (gen_random_uuid(), '{}', 2, '{}')",
            fixtures::SOURCE,
            spec.to_json()
        ))
        .await;
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("export.tsv");
    let bytes = generate(&path, rows);
    println!("{rows} rows in one file of {} MB", bytes / 1_000_000);

    let over = Arc::new(AtomicBool::new(false));
    let pages = actix_web::rt::spawn(open_pages(portal.as_role("manager").await, Arc::clone(&over)));
    let begun = Instant::now();
    let mut import = tokio::process::Command::new(env!("CARGO_BIN_EXE_hipaa-auditor"))
        .args(["import", "--source", "Epic"])
        .arg(&path)
        .env("WORKER_DATABASE_URL", &portal.worker_url)
        .env("HIPAA_AUDITOR_SECRET", "s".repeat(64))
        .env("HIPAA_AUDITOR_SPOOL_DIR", dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the import starts");
    let pid = import.id().expect("it runs");
    let mut memory = Vec::new();
    let mut read_in = None;
    let status = loop {
        tokio::select! {
            status = import.wait() => break status.expect("its end"),
            () = tokio::time::sleep(Duration::from_millis(250)) => memory.extend(resident_mb(pid)),
        }
        let read: i64 = portal.value("SELECT max(rows_read) FROM portal.import_batches").await;
        if read_in.is_none() && read >= i64::try_from(rows).unwrap_or(i64::MAX) {
            read_in = Some(begun.elapsed());
        }
    };
    let took = begun.elapsed();
    over.store(true, Ordering::Relaxed);
    let mut times = pages.await.expect("the pages");
    assert!(status.success(), "the import ends well");
    let stored: i64 = portal.value("SELECT max(rows_stored) FROM portal.import_batches").await;
    assert_eq!(stored, i64::try_from(rows).expect("few"), "every row is stored once");

    let read_in = read_in.unwrap_or(took);
    println!("import, {stored} rows");
    println!("  rows are in      {:.1} s, {:.0} rows/s", read_in.as_secs_f64(), rows as f64 / read_in.as_secs_f64());
    println!("  rules are done   {:.1} s", took.as_secs_f64());
    let half = memory.len() / 2;
    let peak = |part: &[u64]| part.iter().max().copied().unwrap_or_default();
    println!(
        "  memory           first half {} MB, second half {} MB at most (goal: the same)",
        peak(&memory[..half]),
        peak(&memory[half..])
    );
    times.sort_by(f64::total_cmp);
    let at = |per_cent: usize| times[(times.len() - 1) * per_cent / 100];
    println!("pages of the queue meanwhile, {} of them", times.len());
    println!("  median {:.1} ms, 99 % {:.1} ms, longest {:.1} ms (goal: under 1000 ms)", at(50), at(99), at(100));
}

/// Opens the queue every tenth of a second; how long each page took, in milliseconds.
async fn open_pages(browser: harness::Browser, over: Arc<AtomicBool>) -> Vec<f64> {
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let answer = browser.get("/access-logs").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        tokio::time::sleep(Duration::from_millis(100).saturating_sub(begun.elapsed())).await;
    }
    times
}

/// What a process holds in memory, as Linux says.
fn resident_mb(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kb| kb / 1024)
}

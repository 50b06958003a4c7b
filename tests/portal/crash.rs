//! The program is killed with SIGKILL in the middle of imports, ten times over, and started again: whole chunks or none,
//! each row once, and in the end the very numbers of an import that nobody disturbed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hipaa_auditor::config::Keys;
use uuid::Uuid;

use crate::exports::{database, export, opened};
use crate::harness::{TestDb, TestPortal};
use crate::imports::{numbers, uploaded};

const SECRET: &str = "a secret of this test alone, long enough for every key";
/// Three chunks.
const ROWS: u32 = 41_000;

/// A long day's work of eight people, one of whom had left: flags and cases.
fn big_export() -> String {
    let accesses: Vec<_> = (0..ROWS)
        .map(|n| {
            let login =
                if n % 500 == 0 { "brac11" } else { ["a1", "b2", "c3", "d4", "e5", "f6", "g7"][n as usize % 7] };
            let at = format!("2026-11-18 {:02}:{:02}:{:02}", n / 3600, n / 60 % 60, n % 60);
            let access = opened(&at, login, &format!("M-{}", n % 300));
            // most rows name nobody: they are quick to read, and a chunk is a number of rows
            if n % 20 == 0 { access } else { access.sign_in() }
        })
        .collect();
    export(&accesses)
}

/// A portal whose jobs run in a process of their own, and the import that waits for it.
struct Scene {
    portal: TestPortal,
    spool: tempfile::TempDir,
    batch: Uuid,
}

impl Scene {
    async fn new(text: &str) -> Self {
        let spool = tempfile::tempdir().expect("a folder");
        let portal = TestPortal::on(database().await, |config| {
            config.keys = Keys::new(SECRET).expect("long enough");
            spool.path().clone_into(&mut config.spool_dir);
        })
        .await;
        let batch = uploaded(&portal.as_role("coordinator_a").await, text).await;
        Self { portal, spool, batch }
    }

    fn start(&self) -> Program {
        Program::start(&self.portal, self.spool.path())
    }

    /// Until something is so, or the import has come to its end before it was seen.
    async fn until(&self, question: &str) {
        let question = question.replace("$batch", &format!("'{}'", self.batch));
        let ended = format!("SELECT state = 'complete' FROM portal.import_batches WHERE id = '{}'", self.batch);
        for _ in 0..12_000 {
            if self.portal.value::<bool>(&question).await || self.portal.value::<bool>(&ended).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        panic!("never: {question}");
    }

    /// What a process that is gone holds no longer.
    async fn forget_the_dead(&self) {
        self.portal
            .sql("UPDATE portal.jobs SET locked_at = now() - interval '3 minutes' WHERE state = 'running'")
            .await;
    }

    /// Whole chunks, each row once, days that add up: at any moment.
    async fn holds(&self, moment: &str) {
        let batch = self.batch;
        let stored: i64 =
            self.portal.value(&format!("SELECT count(*) FROM portal.access_logs WHERE batch_id = '{batch}'")).await;
        assert!(stored % 20_000 == 0 || stored == i64::from(ROWS), "{moment}: {stored} rows are no whole chunks");
        let ordinals: i64 = self
            .portal
            .value(&format!("SELECT count(DISTINCT ordinal) FROM portal.access_logs WHERE batch_id = '{batch}'"))
            .await;
        assert_eq!(ordinals, stored, "{moment}: each row once");
        assert_eq!(days(&self.portal).await, stored, "{moment}: the day's count is the rows'");
    }
}

async fn days(db: &TestDb) -> i64 {
    db.value("SELECT coalesce(sum(rows), 0)::bigint FROM portal.source_days WHERE local_day = '2026-11-18'").await
}

/// What an import leaves: its report, its flags, its cases with their rows, what is usual, and no staging.
async fn outcome(db: &TestDb, batch: Uuid) -> String {
    let numbers = numbers(db, batch).await;
    let rest: String = db
        .value(&format!(
            "SELECT concat_ws(' ',
               (SELECT md5(string_agg(a.id::text, ',' ORDER BY a.id)) FROM portal.access_logs a WHERE a.batch_id = '{batch}'),
               (SELECT md5(string_agg(f.access_id || f.rule_code || f.facts, ',' ORDER BY f.access_id, f.rule_code)) FROM portal.access_flags f WHERE f.batch_id = '{batch}'),
               (SELECT count(*) FROM portal.review_cases WHERE local_day = '2026-11-18'),
               (SELECT md5(string_agg(c.row_count || c.risk || c.version, ',' ORDER BY c.first_action_at, c.patient_id IS NULL, c.row_count, c.risk)) FROM portal.review_cases c WHERE c.local_day = '2026-11-18'),
               (SELECT count(*) FROM portal.case_rows),
               (SELECT sum(rows) FROM portal.login_days WHERE local_day = '2026-11-18'),
               (SELECT count(*) FROM portal.import_staging), (SELECT sum(rows) FROM portal.source_days))"
        ))
        .await;
    format!("{numbers} {rest}")
}

/// `serve`, as an operator runs it; gone with the test.
struct Program(Child);

impl Program {
    fn start(db: &TestDb, spool: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hipaa-auditor"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("DATABASE_URL", &db.app_url)
            .env("WORKER_DATABASE_URL", &db.worker_url)
            .env("HIPAA_AUDITOR_SECRET", SECRET)
            .env("HIPAA_AUDITOR_SPOOL_DIR", spool)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut said).expect("a line");
        assert!(said.starts_with("listening on "), "{said}");
        Self(child)
    }

    fn kill(mut self) {
        self.0.kill().expect("SIGKILL");
        self.0.wait().expect("its end");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where the program is killed; each import lives through one line of them, then ends.
const MOMENTS: [&[(&str, &str)]; 3] = [
    &[
        ("the job is claimed", "SELECT state = 'running' FROM portal.jobs WHERE target_id = $batch"),
        ("the batch runs", "SELECT state = 'running' FROM portal.import_batches WHERE id = $batch"),
        ("a chunk is stored", "SELECT rows_read >= 20000 FROM portal.import_batches WHERE id = $batch"),
        ("two chunks are stored", "SELECT rows_read >= 40000 FROM portal.import_batches WHERE id = $batch"),
    ],
    &[
        ("every chunk is stored", "SELECT rows_read >= 41000 FROM portal.import_batches WHERE id = $batch"),
        ("what is usual is known", "SELECT EXISTS (SELECT 1 FROM portal.login_days WHERE local_day = '2026-11-18')"),
        ("the first flag is raised", "SELECT EXISTS (SELECT 1 FROM portal.access_flags WHERE batch_id = $batch)"),
    ],
    &[
        ("the upload is spooled", "SELECT true"),
        ("cases are open", "SELECT EXISTS (SELECT 1 FROM portal.review_cases WHERE local_day = '2026-11-18')"),
        ("the batch is complete", "SELECT state = 'complete' FROM portal.import_batches WHERE id = $batch"),
    ],
];

async fn live_through(text: &str, moments: &[(&str, &str)]) -> String {
    let scene = Scene::new(text).await;
    for (moment, question) in moments {
        let program = scene.start();
        scene.until(question).await;
        program.kill();
        // what the dead process had sent may still be under way in its backends
        scene.until_alone().await;
        scene.holds(moment).await;
        scene.forget_the_dead().await;
    }
    scene.finish().await
}

impl Scene {
    /// No backend of a killed process works on.
    async fn until_alone(&self) {
        let question = "SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'hipaa-auditor-worker')";
        for _ in 0..2000 {
            if self.portal.value::<bool>(question).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("a dead process's backend stays");
    }

    async fn finish(self) -> String {
        let program = self.start();
        for _ in 0..6000 {
            let done = "SELECT bool_and(state = 'done') FROM portal.jobs";
            if self.portal.value::<bool>(done).await {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        program.kill();
        assert_eq!(std::fs::read_dir(self.spool.path()).expect("the spool").count(), 0, "nothing stays in the spool");
        self.holds("the end").await;
        outcome(&self.portal, self.batch).await
    }
}

#[actix_web::test]
async fn an_import_that_is_killed_at_ten_moments_ends_as_one_that_nobody_disturbed() {
    let text = big_export();
    let (undisturbed, first, second, third) = tokio::join!(
        live_through(&text, &[]),
        live_through(&text, MOMENTS[0]),
        live_through(&text, MOMENTS[1]),
        live_through(&text, MOMENTS[2]),
    );
    assert!(undisturbed.starts_with(&format!("complete {ROWS} {ROWS} 0 ")), "{undisturbed}");
    for (killed, moments) in [first, second, third].iter().zip(MOMENTS) {
        assert_eq!(
            killed,
            &undisturbed,
            "killed when {:?}",
            moments.iter().map(|(moment, _)| *moment).collect::<Vec<_>>()
        );
    }
    assert_eq!(MOMENTS.iter().map(|moments| moments.len()).sum::<usize>(), 10);
}

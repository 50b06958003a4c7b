//! A portal with the demo's organisation: filled once per run through the real importer, copied for each test.

use std::path::PathBuf;

use actix_web::rt::System;
use chrono::NaiveDate;
use hipaa_auditor::config::{Config, Keys, SecondFactor};
use hipaa_auditor::demo::{activity, organisation};
use hipaa_auditor::{clock, demo, serve};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::harness::TestDb;

/// The database that every test's own is copied from.
const TEMPLATE: &str = "template_demo";
/// One secret for all: pseudonyms and hashes are keyed with it.
pub const SECRET: &str = "a secret that only the tests of a browser know";
/// The newest exports that are imported: enough for a month of usual days before the last ones.
const WEEKS: usize = 5;

static FILLED: OnceCell<()> = OnceCell::const_new();

/// The demo's day.
pub fn today() -> NaiveDate {
    clock::today_in("America/New_York")
}

/// A database of one test with the demo's data.
pub async fn database() -> TestDb {
    FILLED
        .get_or_init(|| async {
            let template = TestDb::empty(TEMPLATE).await;
            // what is drawn into the blind sample differs from run to run: none, where nothing asks for it
            template
                .sql("INSERT INTO portal.sample_seeds (month, share) SELECT (date_trunc('month', now()) + n * interval '1 month')::date, 0
                        FROM generate_series(-1, 1) n")
                .await;
            let folder = tempfile::tempdir().expect("a folder");
            let exports = activity::exports(&organisation::organisation(today()), today());
            let newest = &exports[exports.len().saturating_sub(WEEKS)..];
            demo::fill(&config(&template, &folder), folder.path(), today(), newest).await.expect("the demo's data");
            template.db.close().await;
        })
        .await;
    TestDb::copy_of(TEMPLATE).await
}

fn config(database: &TestDb, spool: &TempDir) -> Config {
    Config {
        app_url: database.app_url.clone(),
        worker_url: Some(database.worker_url.clone()),
        listen: ([127, 0, 0, 1], 0).into(),
        spool_dir: spool.path().to_owned(),
        keys: Keys::new(SECRET).expect("long enough"),
        trusted_proxies: Vec::new(),
        plain_http: true,
        max_connections: 8,
        second_factor: SecondFactor::Off,
    }
}

/// A portal as `serve` runs it, imports included. It ends with the process.
pub struct Portal {
    pub base: String,
    pub database: TestDb,
    pub spool: TempDir,
}

impl Portal {
    pub async fn start() -> Self {
        let database = database().await;
        let spool = tempfile::tempdir().expect("a folder");
        let config = config(&database, &spool);
        let (sender, receiver) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            System::new().block_on(async move {
                let ready = move |port: u16| {
                    let _ = sender.send(port);
                };
                serve::run(config, ready).await.expect("the portal serves");
            });
        });
        let port = receiver.await.expect("the portal starts");
        Self { base: format!("http://127.0.0.1:{port}"), database, spool }
    }
}

/// An export to upload.
pub struct Upload {
    pub file: PathBuf,
    /// How many rows it has.
    pub rows: usize,
    /// The line of the row that cannot be read.
    pub bad_line: usize,
    _folder: TempDir,
}

/// A few rows that are known, one that makes a case, one that cannot be read: the access of somebody who has left, at a
/// minute of yesterday, and a time that is none.
pub fn upload(minute: u32) -> Upload {
    let organisation = organisation::organisation(today());
    let exports = activity::exports(&organisation, today());
    let newest = exports.last().expect("there is always a week");
    let known: Vec<&str> = newest.text.lines().skip(1).take(40).collect();
    let about_a_patient = known.iter().find(|line| !field(line, 5).is_empty()).expect("somebody opened a chart");
    let leaver = organisation.people.iter().find(|person| person.login.as_deref() == Some("gtillery"));
    let leaver = leaver.expect("she is part of the demo's stories");
    let yesterday = today().pred_opt().expect("a day before");
    let after_leaving = with(
        about_a_patient,
        &[
            (0, &format!("{yesterday} 13:{minute:02}:13")),
            (2, "RVH-WS-0312"),
            (15, "RVH Emergency"),
            (16, ""),
            (17, ""),
            (18, "gtillery"),
            (19, &leaver.user_id),
            (20, &leaver.last_name),
            (21, &leaver.first_name),
        ],
    );
    let bad = with(about_a_patient, &[(0, "the day before yesterday")]);
    let mut lines = vec![activity::HEADER];
    lines.extend(known.iter().copied());
    lines.extend([after_leaving.as_str(), bad.as_str()]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ehr-access-late.tsv");
    std::fs::write(&file, lines.join("\r\n") + "\r\n").expect("a file");
    Upload { file, rows: lines.len() - 1, bad_line: lines.len(), _folder: folder }
}

/// One field of a line.
pub fn field(line: &str, at: usize) -> &str {
    line.split('\t').nth(at).unwrap_or_default()
}

/// The line with other fields.
pub fn with(line: &str, changes: &[(usize, &str)]) -> String {
    let mut fields: Vec<&str> = line.split('\t').collect();
    for (at, value) in changes {
        fields[*at] = value;
    }
    fields.join("\t")
}

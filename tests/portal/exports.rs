//! Small access log exports written by hand, the people whose logins stand in them, and the import that brings them in:
//! as the worker's role, through the program's own function.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use hipaa_auditor::audit::Worker;
use hipaa_auditor::config::{Config, Keys, SecondFactor};
use hipaa_auditor::demo::activity::HEADER;
use hipaa_auditor::features::imports::{self, ImportError, Report};
use hipaa_auditor::features::rules;
use uuid::Uuid;

use crate::fixtures::{DEPARTMENT_A, FACILITY_A, SOURCE};
use crate::harness::TestDb;

/// The fixtures' source; its files tell Chicago's time.
pub const SOURCE_NAME: &str = "Epic";
/// The fixtures' department in facility A: round the clock.
pub const EMERGENCY: &str = "Emergency";

/// One line of an export.
#[derive(Clone)]
pub struct Access {
    at: String,
    login: String,
    patient: String,
    place: String,
    action: &'static str,
    group: &'static str,
    reason: &'static str,
}

/// A chart opened at a place the log names.
pub fn opened_at(at: &str, login: &str, patient: &str, place: &str) -> Access {
    Access { place: place.to_owned(), ..opened(at, login, patient) }
}

/// A chart opened in the emergency department.
pub fn opened(at: &str, login: &str, patient: &str) -> Access {
    let [at, login, patient, place] = [at, login, patient, EMERGENCY].map(ToOwned::to_owned);
    Access { at, login, patient, place, action: "VIEW", group: "Chart", reason: "" }
}

impl Access {
    pub fn at_place(mut self, place: &str) -> Self {
        place.clone_into(&mut self.place);
        self
    }

    /// The glass broken, with the reason the source has for it.
    pub fn glass(mut self, reason: &'static str) -> Self {
        (self.action, self.reason) = ("BREAK GLASS", reason);
        self
    }

    /// Another act than a look.
    pub fn doing(mut self, action: &'static str) -> Self {
        self.action = action;
        self
    }

    /// Another kind of record than the chart.
    pub fn on(mut self, group: &'static str) -> Self {
        self.group = group;
        self
    }

    /// Without a patient: a sign-in.
    pub fn sign_in(mut self) -> Self {
        self.action = "LOGIN";
        self.patient.clear();
        self
    }

    fn line(&self) -> String {
        let Self { at, login, patient, place, action, group, reason } = self;
        let names = if patient.is_empty() {
            "\t".repeat(7)
        } else {
            "\tPrunella\tQ\tHollingberry\t77 Nightjar Lane\tFlat 9\tDuluth\t55802-QX".to_owned()
        };
        format!(
            "{at}\tChart Opened\tWS-0042\t{group}\t{action}\t{patient}{names}\tMinnesota\tUnited States\t{place}\t{reason}\t\
             Explained to Hollingberry\t{login}\t4711\tThistlewood\tBarnabas"
        )
    }
}

/// The file.
pub fn export(accesses: &[Access]) -> String {
    let lines: String = accesses.iter().map(|access| access.line() + "\r\n").collect();
    format!("{HEADER}\r\n{lines}")
}

/// What stands in the patient's and the employee's columns of every line, and in the free text.
pub const NAMES: [&str; 6] = ["Prunella", "Hollingberry", "Nightjar", "Duluth", "Thistlewood", "55802-QX"];

/// Gives the fixtures' source a mapping that reads these files.
pub async fn give_mapping(db: &TestDb) {
    let mut spec = hipaa_auditor::ingest::presets::epic_access_log();
    "America/Chicago".clone_into(&mut spec.time_zone);
    sqlx::query("INSERT INTO portal.mappings (id, source_id, version, spec) VALUES (gen_random_uuid(), $1, 2, $2)")
        .bind(SOURCE)
        .bind(spec.to_json())
        .execute(&db.db)
        .await
        .expect("a mapping");
}

/// A database whose source can be imported from.
pub async fn database() -> TestDb {
    let db = TestDb::new().await;
    give_mapping(&db).await;
    db
}

/// What `hipaa-auditor import` runs with. The secret is the same every time: it is part of the rows' ids.
pub fn config(db: &TestDb, spool_dir: PathBuf) -> Config {
    Config {
        app_url: String::new(),
        worker_url: Some(db.worker_url.clone()),
        listen: ([127, 0, 0, 1], 0).into(),
        spool_dir,
        keys: Keys::new(&"s".repeat(64)).expect("a long secret"),
        trusted_proxies: Vec::new(),
        plain_http: false,
        max_connections: 2,
        second_factor: SecondFactor::Off,
    }
}

pub fn worker(db: &TestDb) -> Worker {
    Worker::lazy(&db.worker_url, 2).expect("a URL")
}

/// Imports a text as a file and runs the rules.
pub async fn try_import(db: &TestDb, text: &str) -> Result<Report, ImportError> {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("export.tsv");
    std::fs::write(&path, text).expect("a file");
    import_path(db, &path).await
}

async fn import_path(db: &TestDb, path: &Path) -> Result<Report, ImportError> {
    let spool = tempfile::tempdir().expect("a folder");
    let (worker, config) = (worker(db), config(db, spool.path().to_owned()));
    let files = [path.to_owned()];
    let reports = imports::import_files(&worker, &config, SOURCE_NAME, None, &files, rules::after_batch).await;
    worker.close().await;
    Ok(reports?.pop().expect("one file, one report"))
}

/// The same, where it must work.
pub async fn import(db: &TestDb, accesses: &[Access]) -> Report {
    try_import(db, &export(accesses)).await.unwrap_or_else(|error| panic!("the import: {error}"))
}

/// Somebody with a login since 2020, employed in these periods.
pub async fn employee(db: &TestDb, login: &str, department: Uuid, periods: &[(&str, Option<&str>)]) -> Uuid {
    let (person, login_id) = (Uuid::now_v7(), Uuid::now_v7());
    let mut sql = format!(
        "INSERT INTO portal.people (id, full_name, employee_number, role) VALUES ('{person}', 'Holder of {login}', 'X-{login}', 'field_staff');
         INSERT INTO portal.ehr_logins (id, source_id, login) VALUES ('{login_id}', '{SOURCE}', '{login}');
         INSERT INTO portal.login_holders (id, login_id, person_id, valid_from, recorded_at)
         VALUES (gen_random_uuid(), '{login_id}', '{person}', '2020-01-01', '2020-01-01');"
    );
    for (from, to) in periods {
        let to = to.map_or("NULL".to_owned(), |day| format!("'{day}'"));
        let period = format!(
            "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on, ends_on, recorded_at)
             SELECT gen_random_uuid(), '{person}', d.facility_id, d.id, 'Clerk', '{from}', {to}, '2020-01-01'
               FROM portal.departments d WHERE d.id = '{department}';"
        );
        sql.push_str(&period);
    }
    db.sql(&sql).await;
    person
}

/// Somebody who has worked round the clock since 2020.
pub async fn nurse(db: &TestDb, login: &str) -> Uuid {
    employee(db, login, DEPARTMENT_A, &[("2020-01-01", None)]).await
}

/// A department of facility A that is open from seven to seven.
pub async fn office(db: &TestDb, name: &str) -> Uuid {
    let id = Uuid::now_v7();
    db.sql(&format!(
        "INSERT INTO portal.departments (id, facility_id, name, opens_at, closes_at) VALUES ('{id}', '{FACILITY_A}', '{name}', '07:00', '19:00')"
    ))
    .await;
    id
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

//! The demo's access log: what the staff of [`super::organisation`] did in the EHR in the last 60 days.
//!
//! Ordinary work comes from `activity/workday.rs`, what a privacy office would want to see from
//! `activity/planted.rs`; here both are merged, put in order and written the way Epic exports them to
//! Purview: one tab separated file a week, local wall-clock times, patients' names and addresses included.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, TimeZone};
use chrono_tz::America::New_York;

use super::organisation::{Organisation, days_ago};

mod archive;
mod metrics;
mod outsiders;
mod pen;
mod planted;
mod workday;

#[cfg(test)]
mod tests;

pub use archive::archive;
pub use metrics::EXPLANATIONS;
pub use planted::{PastDecision, Planted, past_decisions, planted, watched};

use metrics::Metric;

/// Days the log reaches back; the last one is yesterday.
pub const WINDOW: u64 = 60;

/// The export's columns, as Purview documents them for Epic.
pub const HEADER: &str = "ACCESS_LOG.ACCESS_TIME\tACCESS_LOG_METRIC.METRIC_NAME\tACCESS_LOG.WORKSTATION_ID\t\
    ZC_METRIC_GROUP.NAME\tZC_ACCESS_ACTION.NAME\tPATIENT.PAT_MRN_ID\tPATIENT.PAT_FIRST_NAME\t\
    PATIENT.PAT_MIDDLE_NAME\tPATIENT.PAT_LAST_NAME\tPATIENT.ADD_LINE_1\tPATIENT.ADD_LINE_2\tPATIENT.CITY\t\
    PATIENT.ZIP\tZC_STATE.NAME\tZC_COUNTRY.NAME\tCLARITY_DEP.DEPARTMENT_NAME\tZC_BTG_REASON.NAME\t\
    PAT_BTG_AUDIT.BTG_EXPLANATION\tEMP.SYSTEM_LOGIN\tCLARITY_EMP.USER_ID\temployee_last_name\t\
    employee_first_name";

/// One week's export file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// First and last day covered, e.g. `ehr-access-2026-11-09-to-2026-11-15.tsv`.
    pub file_name: String,
    /// The whole file: header, rows, CRLF.
    pub text: String,
}

/// Whose login a row carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Index into `people`.
    Person(usize),
    /// Indexes of the vendor and of its account.
    Vendor(usize, usize),
    /// Index into [`STRANGERS`].
    Stranger(usize),
    /// Index into [`archive::LOGINS`].
    Archive(usize),
}

/// Logins that stand in no roster: login, number in the EHR, workstation, department whose patients it opens.
const STRANGERS: [(&str, &str, &str, &str); 4] = [
    ("svc_interface", "70001", "NMC-SRV-0007", "NMC Inpatient Medicine"),
    ("tempagency07", "70418", "RVH-WS-0209", "RVH Inpatient Medicine"),
    ("locum_night2", "70433", "NMC-WS-0111", "NMC Emergency"),
    ("kiosk_lkc", "", "LKC-WS-0301", "LKC Family Medicine"),
];

/// A row before it is written down.
#[derive(Debug, Clone)]
struct Row {
    at: NaiveDateTime,
    who: Who,
    metric: &'static Metric,
    workstation: String,
    patient: Option<usize>,
    reason: &'static str,
    explanation: String,
}

/// Weekly export files (Monday to Sunday, cut to the window), oldest first.
#[must_use]
pub fn exports(org: &Organisation, today: NaiveDate) -> Vec<Export> {
    let rows = rows(org, today);
    rows.chunk_by(|a, b| a.at.date().iso_week() == b.at.date().iso_week())
        .map(|week| {
            let (first, last) = (week[0].at.date(), week[week.len() - 1].at.date());
            let mut text = format!("{HEADER}\r\n");
            for row in week {
                write_row(org, row, &mut text);
            }
            Export { file_name: format!("ehr-access-{first}-to-{last}.tsv"), text }
        })
        .collect()
}

fn rows(org: &Organisation, today: NaiveDate) -> Vec<Row> {
    let mut rows = workday::rows(org, today);
    rows.extend(planted::rows(org, today));
    for row in &mut rows {
        row.at = unambiguous(row.at);
    }
    rows.retain(|row| (days_ago(today, WINDOW)..today).contains(&row.at.date()));
    rows.sort_by_key(|row| row.at);
    rows
}

/// Moves a time out of the hour that a clock change skips or repeats.
fn unambiguous(mut at: NaiveDateTime) -> NaiveDateTime {
    while New_York.from_local_datetime(&at).single().is_none() {
        at += TimeDelta::hours(1);
    }
    at
}

/// Seed of everything that happens in the window that ends before `today`.
fn seed(today: NaiveDate) -> u64 {
    u64::from(today.num_days_from_ce().unsigned_abs())
}

/// Login, number, surname and given name as the EHR writes them.
fn identity(org: &Organisation, who: Who) -> (&str, &str, &str, &str) {
    match who {
        Who::Person(index) => {
            let person = &org.people[index];
            (person.login.as_deref().unwrap_or_default(), &person.user_id, &person.last_name, &person.first_name)
        }
        Who::Vendor(vendor, account) => {
            let account = &org.vendors[vendor].accounts[account];
            (account.login, &account.user_id, account.last_name, account.first_name)
        }
        Who::Stranger(index) => (STRANGERS[index].0, STRANGERS[index].1, "", ""),
        Who::Archive(index) => (archive::LOGINS[index].0, "", "", ""),
    }
}

/// Whose a login is: of the staff, of a vendor, or of nobody on the roster.
fn who(org: &Organisation, login: &str) -> Option<Who> {
    let person = org.people.iter().position(|person| person.login.as_deref() == Some(login));
    person.map(Who::Person).or_else(|| {
        org.vendors
            .iter()
            .enumerate()
            .find_map(|(vendor, firm)| {
                let account = firm.accounts.iter().position(|account| account.login == login)?;
                Some(Who::Vendor(vendor, account))
            })
            .or_else(|| STRANGERS.iter().position(|(stranger, ..)| *stranger == login).map(Who::Stranger))
    })
}

fn write_row(org: &Organisation, row: &Row, text: &mut String) {
    let (at, metric, workstation) = (row.at.format("%Y-%m-%d %H:%M:%S"), row.metric, &row.workstation);
    let (login, user_id, last, first) = identity(org, row.who);
    let patient = match row.patient.map(|index| &org.patients[index]) {
        Some(p) => format!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\tNew York\tUnited States\t{}",
            p.mrn,
            p.first_name,
            p.middle_name,
            p.last_name,
            p.line_1,
            p.line_2,
            p.city,
            p.zip,
            org.departments[p.department].name,
        ),
        None => "\t".repeat(10),
    };
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "{at}\t{}\t{workstation}\t{}\t{}\t{patient}\t{}\t{}\t{login}\t{user_id}\t{last}\t{first}\r\n",
        metric.name, metric.group, metric.action, row.reason, row.explanation,
    );
}

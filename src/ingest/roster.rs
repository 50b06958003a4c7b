//! One line of a workforce roster, in our words. The home address and the name leave keyed hashes beside them, made with the
//! same purposes as a patient's, so that who opened their own, a relative's or a coworker's record can be found.

use chrono::NaiveDate;

/// A member of the workforce, as one roster says it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the columns of people and employment_periods")]
pub struct RosterRow {
    pub line: u64,
    /// The key: logins and e-mail addresses are reused.
    pub employee_number: String,
    pub full_name: String,
    pub email: Option<String>,
    pub username: Option<String>,
    /// A facility's site code or name.
    pub facility: Option<String>,
    pub department: Option<String>,
    pub job_role: Option<String>,
    pub supervisor_number: Option<String>,
    /// The first day in this place and job, if the roster says it.
    pub starts_on: Option<NaiveDate>,
    pub hired_on: Option<NaiveDate>,
    /// The last day of work.
    pub ends_on: Option<NaiveDate>,
    pub standing: Standing,
    pub name_hash: Option<[u8; 32]>,
    pub surname_hash: Option<[u8; 32]>,
    pub address_hash: Option<[u8; 32]>,
}

/// Whether somebody works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// At work.
    Active,
    /// On leave.
    OnLeave,
    /// Gone.
    Terminated,
}

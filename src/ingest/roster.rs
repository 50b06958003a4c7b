//! One line of a workforce roster, in our words. The home address and the name leave keyed hashes beside them, made with the
//! same purposes as a patient's, so that who opened their own, a relative's or a coworker's record can be found.

use std::collections::HashSet;
use std::io;

use chrono::{Datelike as _, NaiveDate};

use super::hashes::Hasher;
use super::header::{Header, HeaderProblem};
use super::layout::Layout;
use super::mapping::Spec;
use super::reader::{Broken, Next, Record};
use super::rows::{self, Input};
use super::targets::Target;
use super::text::{ID_CHARS, rounded};
use super::words::{Field, Reason};
use crate::clock;
use crate::config::Keys;

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
    /// Whether the roster says that this is not the person's primary position.
    pub secondary: bool,
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

/// The most rows of one roster.
pub const MOST_ROWS: usize = 300_000;

/// A roster as it was read.
#[derive(Debug)]
pub struct Roster {
    /// The members of the workforce, in the file's order.
    pub rows: Vec<RosterRow>,
    /// What is not accepted, and why.
    pub rejects: Vec<Unread>,
}

/// A line that is not accepted. Of what it says only the employee number is kept: whoever has it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Where in the file.
    pub line: u64,
    /// Whose line it is, where that can be read.
    pub employee_number: Option<String>,
    /// The field at fault, if one is.
    pub field: Option<Field>,
    /// Why; none of a line that was kept before reasons were.
    pub reason: Option<Reason>,
}

/// Reads a whole roster.
///
/// # Errors
/// What the source says when it cannot be read; inside, what is wrong with the header, or that there are too many rows.
pub fn read(input: Input, spec: &Spec, keys: &Keys) -> io::Result<Result<Roster, HeaderProblem>> {
    let input = match rows::text(input)? {
        Ok(input) => input,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut records = rows::records(input, spec);
    let mut plan = match Header::read(&mut records)?.and_then(|header| Plan::new(&header, spec, keys)) {
        Ok(plan) => plan,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut roster = Roster { rows: Vec::new(), rejects: Vec::new() };
    let (mut record, mut seen) = (Record::default(), HashSet::new());
    loop {
        match records.next(&mut record)? {
            Next::End => return Ok(Ok(roster)),
            Next::Broken(Broken { line, reason, .. }) => {
                roster.rejects.push(Unread { line, employee_number: None, field: None, reason: Some(reason) });
            }
            Next::Record => {
                let row = plan.row(&record).and_then(|row| {
                    let same = (
                        row.employee_number.clone(),
                        row.facility.clone(),
                        row.department.clone(),
                        row.job_role.clone(),
                        row.starts_on,
                    );
                    if seen.insert(same) {
                        Ok(row)
                    } else {
                        Err((Some(Field::EmployeeNumber), Reason::RepeatedEmployee))
                    }
                });
                match row {
                    Ok(row) => roster.rows.push(row),
                    Err((field, reason)) => roster.rejects.push(Unread {
                        line: record.line(),
                        employee_number: plan.number(&record),
                        field,
                        reason: Some(reason),
                    }),
                }
            }
        }
        if roster.rows.len() + roster.rejects.len() > MOST_ROWS {
            return Ok(Err(HeaderProblem::TooManyRows(MOST_ROWS)));
        }
    }
}

/// First and last name.
type Name = (String, String);

/// The columns of one roster, found for the fields of its mapping.
pub struct Plan {
    layout: Layout,
    notation: String,
    today: NaiveDate,
    hasher: Hasher,
}

impl Plan {
    /// For a header.
    ///
    /// # Errors
    /// Names every column that is missing or stands there twice.
    pub fn new(header: &Header, spec: &Spec, keys: &Keys) -> Result<Self, HeaderProblem> {
        if spec.target != Target::Roster {
            return Err(HeaderProblem::OtherTarget);
        }
        Ok(Self {
            layout: Layout::new(header, spec)?,
            notation: spec.time_format.clone(),
            today: clock::today_in(&spec.time_zone),
            hasher: Hasher::new(keys),
        })
    }

    /// The row of a record.
    ///
    /// # Errors
    /// The field, if one is at fault, and why.
    pub fn row(&mut self, record: &Record) -> Result<RosterRow, (Option<Field>, Reason)> {
        self.layout.fits(record).map_err(|reason| (None, reason))?;
        let employee_number = self
            .id(record, Field::EmployeeNumber)?
            .ok_or((Some(Field::EmployeeNumber), Reason::MissingEmployeeNumber))?;
        let (first, last) = self.names(record)?.ok_or((Some(Field::FullName), Reason::MissingName))?;
        let (starts_on, hired_on, ends_on) =
            (self.day(record, Field::StartsOn)?, self.day(record, Field::HiredOn)?, self.day(record, Field::EndsOn)?);
        if ends_on.zip(starts_on.max(hired_on)).is_some_and(|(ends, begins)| ends < begins) {
            return Err((Some(Field::EndsOn), Reason::DaysReversed));
        }
        Ok(RosterRow {
            line: record.line(),
            employee_number,
            full_name: [first.as_str(), last.as_str()].join(" ").trim().to_owned(),
            email: self.text(record, Field::Email)?,
            username: self.id(record, Field::Username)?,
            facility: self.text(record, Field::Facility)?,
            department: self.text(record, Field::Department)?,
            job_role: self.text(record, Field::JobRole)?,
            supervisor_number: self.id(record, Field::SupervisorNumber)?,
            starts_on,
            hired_on,
            ends_on,
            standing: self.standing(record, ends_on)?,
            secondary: self.secondary(record)?,
            name_hash: self.hasher.name(&[&first], &[&last]),
            surname_hash: self.hasher.surname(&[&last]),
            address_hash: self.hasher.address(&self.layout.raw(record, Field::HomeAddress)),
        })
    }

    /// Whose line a record is, whatever else is wrong with it.
    fn number(&self, record: &Record) -> Option<String> {
        self.layout.fits(record).ok()?;
        self.id(record, Field::EmployeeNumber).ok().flatten()
    }

    /// Where the columns stand.
    #[must_use]
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// First and last name: of their own columns, else of the full name, `Last, First Middle` or `First Middle Last`.
    fn names(&self, record: &Record) -> Result<Option<Name>, (Option<Field>, Reason)> {
        let (first, last) = (self.text(record, Field::FirstName)?, self.text(record, Field::LastName)?);
        if first.is_some() || last.is_some() {
            return Ok(Some((first.unwrap_or_default(), last.unwrap_or_default())));
        }
        Ok(self.text(record, Field::FullName)?.map(|full| halves(&full)))
    }

    /// A day on which somebody works, or none.
    fn day(&self, record: &Record, field: Field) -> Result<Option<NaiveDate>, (Option<Field>, Reason)> {
        let Some(text) = self.text(record, field)? else { return Ok(None) };
        let day = NaiveDate::parse_from_str(&text, &self.notation).map_err(|_| (Some(field), Reason::UnreadableDay))?;
        // what an HR system writes for "never"
        Ok((day.year() < 9999 && day.year() > 1900).then_some(day))
    }

    fn standing(&self, record: &Record, ends_on: Option<NaiveDate>) -> Result<Standing, (Option<Field>, Reason)> {
        if let Some(table) = self.layout.table(Field::Standing) {
            let (word, _) = table.of(record).map_err(|reason| (Some(Field::Standing), reason))?;
            return Ok(match word.as_str() {
                "terminated" => Standing::Terminated,
                "on_leave" => Standing::OnLeave,
                _ => Standing::Active,
            });
        }
        let gone = ends_on.is_some_and(|last| last < self.today);
        Ok(if gone { Standing::Terminated } else { Standing::Active })
    }

    fn secondary(&self, record: &Record) -> Result<bool, (Option<Field>, Reason)> {
        let Some(table) = self.layout.table(Field::Position) else { return Ok(false) };
        let (word, _) = table.of(record).map_err(|reason| (Some(Field::Position), reason))?;
        Ok(word == "secondary")
    }

    fn text(&self, record: &Record, field: Field) -> Result<Option<String>, (Option<Field>, Reason)> {
        self.layout.text(record, field, ID_CHARS).map_err(|reason| (Some(field), reason))
    }

    fn id(&self, record: &Record, field: Field) -> Result<Option<String>, (Option<Field>, Reason)> {
        let id = self.text(record, field)?;
        if id.as_deref().is_some_and(rounded) { Err((Some(field), Reason::SpreadsheetNumber)) } else { Ok(id) }
    }
}

/// The keyed hashes of a full name and of its last name, as a roster that says no more makes them.
#[must_use]
pub fn name_hashes(full: &str, keys: &Keys) -> [Option<[u8; 32]>; 2] {
    let (mut hasher, (first, last)) = (Hasher::new(keys), halves(full));
    [hasher.name(&[&first], &[&last]), hasher.surname(&[&last])]
}

/// First and last name of a full one; a middle name belongs to neither.
fn halves(full: &str) -> (String, String) {
    let first_word = |text: &str| text.split_whitespace().next().unwrap_or_default().to_owned();
    match full.split_once(',') {
        Some((last, rest)) => (first_word(rest), last.trim().to_owned()),
        None => match full.split_whitespace().next_back() {
            Some(last) if full.trim() != last => (first_word(full), last.to_owned()),
            _ => (String::new(), full.trim().to_owned()),
        },
    }
}

#[cfg(test)]
#[path = "roster_tests.rs"]
mod tests;

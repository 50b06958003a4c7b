//! The dry run: from a roster's lines and what is recorded, what would change. Pure, so that the same roster against the same
//! workforce always gives the same plan, and the plan's hash says whether it still is the one that somebody read.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

mod changes;
mod placing;

use super::model::{Steps, current, end};
pub use super::state::{Facility, Person, State};
use crate::ingest::roster::{RosterRow, Standing, Unread};
use crate::words::{RosterChange, RosterProblem};

/// What happens to one person, or to one line.
#[derive(Debug, Clone)]
pub struct Item {
    /// Where in the file; none for somebody it does not name.
    pub line: Option<u64>,
    /// What the line says; none for somebody it does not name, or when it cannot be read.
    pub row: Option<RosterRow>,
    /// Why it cannot be read.
    pub unread: Option<Unread>,
    /// What changes.
    pub change: RosterChange,
    /// What cannot be applied, of the line or of a part of it.
    pub problem: Option<RosterProblem>,
    /// Whether the name, the e-mail address or a hash changes too.
    pub renamed: bool,
    /// Whether a hash of somebody who is recorded changes: whom they are near is another question then.
    pub rehashed: bool,
    /// Who; none for somebody new.
    pub person: Option<Uuid>,
    /// Where they are, or will be.
    pub facility: Option<Uuid>,
    /// The recorded department that the line's word means.
    pub department: Option<Uuid>,
    /// Whether a department is made.
    pub new_department: bool,
    /// From when on.
    pub effective: Option<NaiveDate>,
    /// For somebody the file does not name.
    pub number: String,
    /// Their name as the file, or the record, has it.
    pub name: String,
    /// What is done to their employment.
    pub steps: Steps,
}

impl Default for Item {
    fn default() -> Self {
        Self {
            line: None,
            row: None,
            unread: None,
            change: RosterChange::Unchanged,
            problem: None,
            renamed: false,
            rehashed: false,
            person: None,
            facility: None,
            department: None,
            new_department: false,
            effective: None,
            number: String::new(),
            name: String::new(),
            steps: Steps::default(),
        }
    }
}

/// How many lines of a file are about one person, and how many of them are not about a secondary position.
#[derive(Debug, Clone, Copy, Default)]
struct Lines {
    all: usize,
    primary: usize,
}

impl Lines {
    /// Whether it is clear which line counts.
    const fn is_one(&self) -> bool {
        self.all == 1 || self.primary == 1
    }
}

/// What recorded people are found by while planning.
struct Known<'a> {
    state: &'a State,
    by_number: HashMap<&'a str, &'a Person>,
    emails: HashMap<String, Uuid>,
    in_file: HashMap<&'a str, Lines>,
    /// Who stands on a line that cannot be read.
    unread: HashSet<&'a str>,
    as_of: NaiveDate,
}

/// The plan: a line's item for each line, in the file's order, then the lines that cannot be read, then who is missing.
#[must_use]
pub fn plan(rows: &[RosterRow], unread: &[Unread], state: &State, as_of: NaiveDate) -> Vec<Item> {
    let mut in_file: HashMap<_, Lines> = HashMap::new();
    for row in rows {
        let lines = in_file.entry(row.employee_number.as_str()).or_default();
        lines.all += 1;
        lines.primary += usize::from(!row.secondary);
    }
    let numbered = state.people.iter().filter_map(|person| Some((person.employee_number.as_deref()?, person)));
    let mailed = state.people.iter().filter_map(|person| Some((person.email.as_ref()?.to_lowercase(), person.id)));
    let mut known = Known {
        state,
        by_number: numbered.collect(),
        emails: mailed.collect(),
        in_file,
        unread: unread.iter().filter_map(|unread| unread.employee_number.as_deref()).collect(),
        as_of,
    };
    let mut items: Vec<_> = rows.iter().map(|row| known.item(row)).collect();
    items.extend(unread.iter().map(|unread| known.unreadable(unread)));
    items.extend(missing(&known));
    items
}

/// Ends the employment of everybody the file does not name.
///
/// # Errors
/// Names nobody: a last day before a missing person's first.
pub fn end_missing(items: &mut [Item], state: &State, last_day: NaiveDate) -> Result<(), RosterProblem> {
    for item in items.iter_mut().filter(|item| item.change == RosterChange::Missing && item.problem.is_none()) {
        let Some(person) = state.people.iter().find(|person| Some(person.id) == item.person) else { continue };
        let Some(period) = current(&person.periods, last_day) else { continue };
        item.steps = end(&person.periods, period, last_day)?;
        item.effective = Some(last_day);
    }
    Ok(())
}

/// The lines that may be anybody's: as long as there is one, nobody is known to be missing from the file.
#[must_use]
pub fn nameless(items: &[Item]) -> Vec<i64> {
    let unread = items.iter().filter_map(|item| item.unread.as_ref());
    let nameless = unread.filter(|unread| unread.employee_number.is_none());
    nameless.filter_map(|unread| i64::try_from(unread.line).ok()).collect()
}

/// What the plan says, in 32 bytes: two plans with the same hash do the same.
#[must_use]
pub fn digest(items: &[Item]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for item in items {
        hash.update(format!(
            "{:?} {:?} {:?} {} {:?} {:?} {:?}\n",
            item.line, item.change, item.problem, item.renamed, item.person, item.facility, item.steps
        ));
    }
    hash.finalize().into()
}

fn missing<'a>(known: &'a Known<'a>) -> impl Iterator<Item = Item> + 'a {
    known.state.people.iter().filter_map(|person| {
        let stands = |number: &str| known.in_file.contains_key(number) || known.unread.contains(number);
        let named = person.employee_number.as_deref().is_some_and(stands);
        let period = current(&person.periods, known.as_of).filter(|_| !named)?;
        Some(Item {
            change: RosterChange::Missing,
            problem: (person.id == known.state.me).then_some(RosterProblem::Yourself),
            person: Some(person.id),
            facility: Some(period.placement.facility),
            number: person.employee_number.clone().unwrap_or_default(),
            name: person.full_name.clone(),
            ..Item::default()
        })
    })
}

impl<'a> Known<'a> {
    /// Nothing of the line is applied; whoever is known by its number is shown with it.
    fn unreadable(&self, unread: &Unread) -> Item {
        let number = unread.employee_number.clone().unwrap_or_default();
        let person = self.by_number.get(number.as_str());
        Item {
            line: Some(unread.line),
            unread: Some(unread.clone()),
            change: RosterChange::Problem,
            problem: Some(RosterProblem::Unreadable),
            person: person.map(|person| person.id),
            name: person.map(|person| person.full_name.clone()).unwrap_or_default(),
            number,
            ..Item::default()
        }
    }

    fn item(&mut self, row: &'a RosterRow) -> Item {
        let person = self.by_number.get(row.employee_number.as_str()).copied();
        let mut item = Item {
            line: Some(row.line),
            row: Some(row.clone()),
            person: person.map(|person| person.id),
            number: row.employee_number.clone(),
            name: row.full_name.clone(),
            ..Item::default()
        };
        if let Err(problem) = self.fill(row, person, &mut item) {
            item.change = RosterChange::Problem;
            item.problem = Some(problem);
            item.renamed = false;
            item.rehashed = false;
            item.steps = Steps::default();
        }
        item
    }

    fn fill(&mut self, row: &RosterRow, person: Option<&Person>, item: &mut Item) -> Result<(), RosterProblem> {
        let lines = self.in_file.get(row.employee_number.as_str()).copied().unwrap_or_default();
        if !lines.is_one() {
            return Err(RosterProblem::DuplicateNumber);
        }
        if lines.all > 1 && row.secondary {
            item.change = RosterChange::OtherPosition;
            return Ok(());
        }
        let periods = person.map_or(&[][..], |person| &person.periods);
        let held = current(periods, self.as_of);
        let leaving = row.standing == Standing::Terminated || row.ends_on.is_some_and(|last| last < self.as_of);
        item.facility = held.map(|period| period.placement.facility);
        if person.is_some_and(|person| self.state.elsewhere.contains(&person.id)) {
            return Err(RosterProblem::WorksElsewhere);
        }
        if !self.state.everybody && person.is_some_and(|person| person.has_account && person.periods.is_empty()) {
            return Err(RosterProblem::AccountElsewhere);
        }
        match (person, held) {
            (Some(_), Some(period)) if leaving => {
                let last = row.ends_on.unwrap_or(self.as_of);
                item.change = RosterChange::Terminated;
                item.effective = Some(last);
                if period.ends_on == Some(last) {
                    item.change = RosterChange::Unchanged;
                } else {
                    item.steps = end(periods, period, last)?;
                }
            }
            (Some(_), None) if leaving => self.corrected_end(row, periods, item)?,
            (Some(_), Some(period)) => self.still_there(row, period, item)?,
            (None, _) | (Some(_), None) => self.beginning(row, periods, leaving, item)?,
        }
        item.rehashed = person.is_some_and(|person| rehashed(row, person));
        item.renamed = person.is_none_or(|person| self.renamed(row, person, item)) || item.rehashed;
        let itself = person.is_some_and(|person| person.id == self.state.me);
        if itself && (item.renamed || item.steps != Steps::default()) {
            return Err(RosterProblem::Yourself);
        }
        if let Some(person) = person.filter(|person| person.has_account) {
            if differs(row, person) {
                item.problem = item.problem.or(Some(RosterProblem::AccountKept));
            }
        } else if let Some(email) = &row.email {
            let other = self.emails.get(&email.to_lowercase()).copied();
            if other.is_some() && other != item.person {
                item.problem = Some(RosterProblem::EmailTaken);
            } else if item.renamed {
                // the next line cannot have it; somebody new has no id yet
                self.emails.insert(email.to_lowercase(), item.person.unwrap_or(Uuid::nil()));
            }
        }
        if item.change == RosterChange::Unchanged && item.renamed {
            item.change = RosterChange::Renamed;
        }
        Ok(())
    }

    fn renamed(&self, row: &RosterRow, person: &Person, item: &Item) -> bool {
        let mail = row.email.as_ref().map(|email| email.to_lowercase()).filter(|email| {
            let other = self.emails.get(email).copied();
            other.is_none() || other == item.person
        });
        let named = row.full_name != person.full_name
            || mail.is_some() && mail != person.email.as_ref().map(|email| email.to_lowercase());
        named && !person.has_account
    }
}

/// Whether a line has another hash of the name or the address. One it does not have changes nothing.
fn rehashed(row: &RosterRow, person: &Person) -> bool {
    let differs = |new: Option<[u8; 32]>, old: Option<[u8; 32]>| new.is_some() && new != old;
    differs(row.name_hash, person.name_hash)
        || differs(row.surname_hash, person.surname_hash)
        || differs(row.address_hash, person.address_hash)
}

/// Whether a line has another name or address than the account it would change.
fn differs(row: &RosterRow, person: &Person) -> bool {
    let lower = |email: &Option<String>| email.as_ref().map(|email| email.to_lowercase());
    row.full_name != person.full_name || row.email.is_some() && lower(&row.email) != lower(&person.email)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;

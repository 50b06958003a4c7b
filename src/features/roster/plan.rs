//! The dry run: from a roster's lines and what is recorded, what would change. Pure, so that the same roster against the same
//! workforce always gives the same plan, and the plan's hash says whether it still is the one that somebody read.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::model::{Department, Period, Placement, Steps, Supervisor, begin, change, current, end, last_ended};
use crate::ingest::roster::{RosterRow, Standing};
use crate::words::{RosterChange, RosterProblem};

/// A member of the workforce as recorded.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names are the columns of people")]
pub struct Person {
    pub id: Uuid,
    pub employee_number: Option<String>,
    pub full_name: String,
    pub email: Option<String>,
    pub name_hash: Option<[u8; 32]>,
    pub surname_hash: Option<[u8; 32]>,
    pub address_hash: Option<[u8; 32]>,
    /// Whether they sign in here: then the account's name and address are not a roster's to change.
    pub has_account: bool,
    /// Those not superseded.
    pub periods: Vec<Period>,
}

/// A facility a roster may name.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names are the columns of facilities")]
pub struct Facility {
    pub id: Uuid,
    pub name: String,
    pub site_code: String,
    /// Whether it is within what the reader's account covers.
    pub covered: bool,
}

/// What is recorded, as whoever plans may see it.
#[derive(Debug, Default)]
pub struct State {
    /// Who plans, or applies: nobody changes their own employment.
    pub me: Uuid,
    /// Whether they see every facility.
    pub everybody: bool,
    /// The workforce.
    pub people: Vec<Person>,
    /// The facilities.
    pub facilities: Vec<Facility>,
    /// Facility, name in lower case, id.
    pub departments: HashMap<(Uuid, String), Uuid>,
    /// Who works, also, at a facility outside what the reader's account covers.
    pub elsewhere: HashSet<Uuid>,
}

/// What happens to one person, or to one line.
#[derive(Debug, Clone)]
pub struct Item {
    /// Where in the file; none for somebody it does not name.
    pub line: Option<u64>,
    /// What the line says; none for somebody it does not name, or when it cannot be read.
    pub row: Option<RosterRow>,
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
            change: RosterChange::Unchanged,
            problem: None,
            renamed: false,
            rehashed: false,
            person: None,
            facility: None,
            new_department: false,
            effective: None,
            number: String::new(),
            name: String::new(),
            steps: Steps::default(),
        }
    }
}

/// What recorded people are found by while planning.
struct Known<'a> {
    state: &'a State,
    by_number: HashMap<&'a str, &'a Person>,
    emails: HashMap<String, Uuid>,
    in_file: HashMap<&'a str, usize>,
    as_of: NaiveDate,
}

/// The plan: a line's item for each line, in the file's order, then the lines that cannot be read, then who is missing.
#[must_use]
pub fn plan(rows: &[RosterRow], unread: &[u64], state: &State, as_of: NaiveDate) -> Vec<Item> {
    let mut in_file = HashMap::new();
    for row in rows {
        *in_file.entry(row.employee_number.as_str()).or_insert(0_usize) += 1;
    }
    let numbered = state.people.iter().filter_map(|person| Some((person.employee_number.as_deref()?, person)));
    let mailed = state.people.iter().filter_map(|person| Some((person.email.as_ref()?.to_lowercase(), person.id)));
    let mut known = Known { state, by_number: numbered.collect(), emails: mailed.collect(), in_file, as_of };
    let mut items: Vec<_> = rows.iter().map(|row| known.item(row)).collect();
    items.extend(unread.iter().map(|line| Item {
        line: Some(*line),
        change: RosterChange::Problem,
        problem: Some(RosterProblem::Unreadable),
        ..Item::default()
    }));
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
        let named = person.employee_number.as_deref().is_some_and(|number| known.in_file.contains_key(number));
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
        if self.in_file.get(row.employee_number.as_str()).is_some_and(|times| *times > 1) {
            return Err(RosterProblem::DuplicateNumber);
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

    /// Gone before, and the file knows another last day.
    fn corrected_end(&self, row: &RosterRow, periods: &[Period], item: &mut Item) -> Result<(), RosterProblem> {
        let Some(period) = last_ended(periods, self.as_of) else { return Ok(()) };
        item.facility = Some(period.placement.facility);
        if let Some(last) = row.ends_on.filter(|last| period.ends_on != Some(*last)) {
            item.change = RosterChange::Terminated;
            item.effective = Some(last);
            item.steps = end(periods, period, last)?;
        }
        Ok(())
    }

    /// New, or back.
    fn beginning(
        &self,
        row: &RosterRow,
        periods: &[Period],
        leaving: bool,
        item: &mut Item,
    ) -> Result<(), RosterProblem> {
        let before = last_ended(periods, self.as_of);
        let placement = self.placement(row, before, item)?;
        let stated = row.starts_on.or(row.hired_on.filter(|_| before.is_none()));
        // somebody who is back keeps the first start in many rosters: a day before the last end is not the return
        let from = stated
            .filter(|day| before.and_then(|period| period.ends_on).is_none_or(|last| *day > last))
            .unwrap_or(self.as_of);
        item.change = if before.is_some() { RosterChange::Rehired } else { RosterChange::Added };
        item.effective = Some(from);
        let last = row.ends_on.or(leaving.then_some(self.as_of));
        item.steps = begin(periods, placement, from, last, row.standing == Standing::OnLeave)?;
        Ok(())
    }

    fn still_there(&self, row: &RosterRow, period: &Period, item: &mut Item) -> Result<(), RosterProblem> {
        let placement = self.placement(row, Some(period), item)?;
        let on_leave = row.standing == Standing::OnLeave;
        let last = row.ends_on.or(period.ends_on);
        if placement == period.placement && on_leave == period.on_leave {
            if last != period.ends_on {
                item.change = RosterChange::Terminated;
                item.effective = last;
                item.steps = change(period, placement, period.starts_on, last, on_leave)?;
            }
            return Ok(());
        }
        item.change = match (period.on_leave, on_leave) {
            (false, true) => RosterChange::OnLeave,
            (true, false) => RosterChange::Returned,
            _ => RosterChange::Moved,
        };
        // a leave rarely has a start of its own: the job's start, which is recorded already, is not the leave's
        let stated = row.starts_on.filter(|day| item.change == RosterChange::Moved || *day > period.starts_on);
        let from = stated.unwrap_or(self.as_of).max(stated.unwrap_or(period.starts_on));
        item.effective = Some(from);
        item.steps = change(period, placement, from, last, on_leave)?;
        Ok(())
    }

    fn placement(&self, row: &RosterRow, before: Option<&Period>, item: &mut Item) -> Result<Placement, RosterProblem> {
        let before = before.map(|period| &period.placement);
        let facility = match (&row.facility, before) {
            (Some(word), _) => self.facility(word)?,
            (None, Some(before)) => before.facility,
            (None, None) => return Err(RosterProblem::NoFacility),
        };
        if !self.state.facilities.iter().any(|known| known.id == facility && known.covered) {
            return Err(RosterProblem::FacilityNotYours);
        }
        item.facility = Some(facility);
        let department = match (&row.department, before) {
            (Some(name), _) => {
                let known = self.state.departments.get(&(facility, name.to_lowercase()));
                item.new_department = known.is_none();
                known.map_or_else(|| Department::New(name.clone()), |id| Department::Known(*id))
            }
            (None, Some(before)) if before.facility == facility => before.department.clone(),
            _ => return Err(RosterProblem::NoDepartment),
        };
        let job_role = row.job_role.clone().or_else(|| before.map(|before| before.job_role.clone()));
        let supervisor = match row.supervisor_number.as_deref().filter(|number| *number != row.employee_number) {
            None => before.and_then(|before| before.supervisor.clone()),
            Some(number) => match self.by_number.get(number) {
                Some(person) => Some(Supervisor::Known(person.id)),
                None if self.in_file.get(number) == Some(&1) => Some(Supervisor::New(number.to_owned())),
                None => {
                    item.problem = Some(RosterProblem::UnknownSupervisor);
                    before.and_then(|before| before.supervisor.clone())
                }
            },
        };
        Ok(Placement { facility, department, job_role: job_role.ok_or(RosterProblem::NoJob)?, supervisor })
    }

    fn facility(&self, word: &str) -> Result<Uuid, RosterProblem> {
        let wanted = word.to_lowercase();
        let named = |facility: &&Facility| {
            facility.site_code.to_lowercase() == wanted || facility.name.to_lowercase() == wanted
        };
        self.state.facilities.iter().find(named).map(|facility| facility.id).ok_or(RosterProblem::UnknownFacility)
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

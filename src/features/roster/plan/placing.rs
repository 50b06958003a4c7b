//! Where a line puts somebody: the facility and the department its words mean, the job, the supervisor.

use uuid::Uuid;

use super::super::model::{Department, Period, Placement, Supervisor};
use super::{Facility, Item, Known, Lines};
use crate::ingest::roster::RosterRow;
use crate::words::RosterProblem;

impl Known<'_> {
    pub(super) fn placement(
        &self,
        row: &RosterRow,
        before: Option<&Period>,
        item: &mut Item,
    ) -> Result<Placement, RosterProblem> {
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
                let key = (facility, name.to_lowercase());
                let known = self.state.departments.get(&key).or_else(|| self.state.department_words.get(&key));
                item.new_department = known.is_none();
                item.department = known.copied();
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
                None if self.in_file.get(number).is_some_and(Lines::is_one) => Some(Supervisor::New(number.to_owned())),
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
        let known = self.state.facilities.iter().find(named).map(|facility| facility.id);
        // a facility's own name goes before what somebody said a word means
        known.or_else(|| self.state.facility_words.get(&wanted).copied()).ok_or(RosterProblem::UnknownFacility)
    }
}

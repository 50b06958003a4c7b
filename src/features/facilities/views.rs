//! The views of facilities.

use askama::Template;
use uuid::Uuid;

use super::model::{Typed, TypedDepartment};
use super::queries::{Department, Facility};
use crate::audit::Actor;
use crate::policy::{Action, may};
use crate::web::{Chrome, Errors, time};

/// The list.
#[derive(Template)]
#[template(path = "facilities/list.html")]
pub struct ListPage {
    chrome: Chrome,
    lines: Vec<Line>,
    may_add: bool,
    may_export: bool,
}

/// One facility of the list.
pub struct Line {
    href: String,
    name: String,
    site_code: String,
    owner: String,
    time_zone: String,
    departments: String,
    people: String,
}

impl ListPage {
    /// Every facility in scope.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, facilities: Vec<Facility>) -> Self {
        let line = |facility: Facility| Line {
            href: format!("/facilities/{}", facility.id),
            name: facility.name,
            site_code: facility.site_code,
            owner: facility.owner.unwrap_or_else(|| "–".to_owned()),
            time_zone: facility.time_zone,
            departments: time::count(facility.departments),
            people: time::count(facility.people),
        };
        Self {
            chrome,
            lines: facilities.into_iter().map(line).collect(),
            may_add: may(actor.role(), Action::FacilityCreate),
            may_export: may(actor.role(), Action::FacilityListExport),
        }
    }
}

/// The form of a new facility.
#[derive(Template)]
#[template(path = "facilities/new.html")]
pub struct FormPage {
    chrome: Chrome,
    errors: Errors,
    owners: Vec<(Uuid, String, bool)>,
    typed: Typed,
}

fn choose(owners: Vec<(Uuid, String)>, chosen: &str) -> Vec<(Uuid, String, bool)> {
    owners.into_iter().map(|(id, name)| (id, name, id.to_string() == chosen)).collect()
}

impl FormPage {
    /// The form, fresh or come back.
    #[must_use]
    pub fn new(chrome: Chrome, owners: Vec<(Uuid, String)>, typed: Typed, errors: Errors) -> Self {
        Self { chrome, errors, owners: choose(owners, &typed.owner), typed }
    }
}

/// One facility.
#[derive(Template)]
#[template(path = "facilities/facility.html")]
pub struct FacilityPage {
    chrome: Chrome,
    errors: Errors,
    id: Uuid,
    name: String,
    site_code: String,
    time_zone: String,
    owner: String,
    owner_href: String,
    networks: Vec<String>,
    people: String,
    departments: Vec<DepartmentLine>,
    owners: Vec<(Uuid, String, bool)>,
    typed: Typed,
    new: TypedDepartment,
    may_change: bool,
}

/// One department.
pub struct DepartmentLine {
    id: Uuid,
    name: String,
    hours: String,
    opens_at: String,
    closes_at: String,
}

impl FacilityPage {
    /// The facility with its departments; a form that came back keeps what was typed.
    #[must_use]
    #[allow(clippy::too_many_arguments, reason = "one facility, read in one block")]
    pub fn new(
        chrome: Chrome,
        actor: &Actor,
        facility: Facility,
        departments: Vec<Department>,
        mut owners: Vec<(Uuid, String)>,
        typed: Option<Typed>,
        department: Option<TypedDepartment>,
        errors: Errors,
    ) -> Self {
        let networks: Vec<_> = facility.networks.iter().map(ToString::to_string).collect();
        let typed = typed.unwrap_or_else(|| Typed {
            name: facility.name.clone(),
            site_code: facility.site_code.clone(),
            time_zone: facility.time_zone.clone(),
            owner: facility.privacy_owner_id.to_string(),
            networks: networks.join("\n"),
        });
        let owner = facility.owner.unwrap_or_else(|| "–".to_owned());
        if !owners.iter().any(|(id, _)| *id == facility.privacy_owner_id) {
            owners.push((facility.privacy_owner_id, owner.clone()));
        }
        let mut lines: Vec<_> = departments.into_iter().map(line).collect();
        let mut new = TypedDepartment::default();
        if let Some(came) = department {
            match lines.iter_mut().find(|line| line.id.to_string() == came.department) {
                Some(line) => {
                    (line.name, line.opens_at, line.closes_at) = (came.department_name, came.opens_at, came.closes_at);
                }
                None => new = came,
            }
        }
        Self {
            chrome,
            errors,
            id: facility.id,
            name: facility.name,
            site_code: facility.site_code,
            time_zone: facility.time_zone,
            owner,
            owner_href: format!("/people/{}", facility.privacy_owner_id),
            networks,
            people: time::count(facility.people),
            departments: lines,
            owners: choose(owners, &typed.owner),
            typed,
            new,
            may_change: may(actor.role(), Action::FacilityUpdate),
        }
    }
}

fn line(department: Department) -> DepartmentLine {
    let text = |time: Option<chrono::NaiveTime>| time.map(|time| time.format("%H:%M").to_string()).unwrap_or_default();
    let (opens_at, closes_at) = (text(department.opens_at), text(department.closes_at));
    DepartmentLine {
        id: department.id,
        name: department.name,
        hours: if opens_at.is_empty() { "Round the clock".to_owned() } else { format!("{opens_at} to {closes_at}") },
        opens_at,
        closes_at,
    }
}

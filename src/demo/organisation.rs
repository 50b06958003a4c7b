//! The demo's hospital group, "Northfield Health": sites, departments, staff, vendors and patients.
//!
//! Who exists never changes; only dates do: employment is counted back from the given day, so that the
//! people who left last week always left last week. Nobody here exists; the log they leave is made in
//! [`super::activity`]. References between the lists are indexes.

use std::ops::Range;

use chrono::{Days, NaiveDate};

use super::names::{self, Dice};

/// First hour of business, Monday to Friday, where a department does not run round the clock.
pub const OPENS: u32 = 7;
/// Hour at which business ends.
pub const CLOSES: u32 = 19;

/// The whole group on one day.
#[derive(Debug, Clone)]
pub struct Organisation {
    /// "Northfield Health".
    pub name: &'static str,
    /// The four sites.
    pub facilities: Vec<Facility>,
    /// Every department of every site.
    pub departments: Vec<Department>,
    /// Everybody on the roster, leavers of the last 60 days included.
    pub people: Vec<Person>,
    /// Outside firms with accounts in the EHR.
    pub vendors: Vec<Vendor>,
    /// Patients, each department's in one stretch.
    pub patients: Vec<Patient>,
    /// Who the portal's five accounts belong to.
    pub accounts: Accounts,
}

/// The people behind the portal's accounts, as indexes into `people`; each one's `username` is the role's.
#[derive(Debug, Clone, Copy)]
pub struct Accounts {
    /// Privacy manager.
    pub manager: usize,
    /// Their deputy, a manager too: approves what the other proposes.
    pub second_manager: usize,
    /// Privacy coordinator.
    pub coordinator: usize,
    /// External auditor; without an EHR login.
    pub auditor: usize,
    /// A registered nurse.
    pub field_staff: usize,
    /// Keeps accounts and facilities; without an EHR login.
    pub admin: usize,
}

/// A site.
#[derive(Debug, Clone)]
pub struct Facility {
    /// Short code, unique, e.g. `RVH`.
    pub site_code: &'static str,
    /// Full name.
    pub name: &'static str,
    /// IANA zone of its wall clocks.
    pub time_zone: &'static str,
    /// Its address range.
    pub network: &'static str,
    /// Who answers for privacy here: index into `people`.
    pub privacy_owner: usize,
}

/// What a department does. The first eight are seen in the log, the privacy office reviews it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Emergency department.
    Emergency,
    /// Medical wards, with their pharmacists and therapists.
    Inpatient,
    /// Theatres and surgical wards.
    Surgery,
    /// Outpatient practice.
    FamilyMedicine,
    /// Radiology and ultrasound.
    Imaging,
    /// Laboratory.
    Laboratory,
    /// Front desks and scheduling.
    Registration,
    /// Patient accounts and coding.
    Billing,
    /// Privacy office.
    Privacy,
}

impl Kind {
    /// The word the EHR uses.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Emergency => "Emergency",
            Self::Inpatient => "Inpatient Medicine",
            Self::Surgery => "Surgery",
            Self::FamilyMedicine => "Family Medicine",
            Self::Imaging => "Imaging",
            Self::Laboratory => "Laboratory",
            Self::Registration => "Registration",
            Self::Billing => "Billing",
            Self::Privacy => "Privacy Office",
        }
    }
}

/// A department of one site.
#[derive(Debug, Clone)]
pub struct Department {
    /// As the EHR writes it, unique: `RVH Emergency`.
    pub name: String,
    /// Index into `facilities`.
    pub facility: usize,
    /// What it does.
    pub kind: Kind,
    /// False means Monday to Friday, [`OPENS`] to [`CLOSES`].
    pub round_the_clock: bool,
    /// Its patients; empty where it serves those of others.
    pub patients: Range<usize>,
}

/// Somebody on the roster.
#[derive(Debug, Clone)]
pub struct Person {
    /// Stable handle, unique.
    pub key: String,
    /// Given name.
    pub first_name: String,
    /// Surname.
    pub last_name: String,
    /// Both.
    pub full_name: String,
    /// Payroll number.
    pub employee_number: String,
    /// Portal username.
    pub username: String,
    /// Work address, unique.
    pub email: String,
    /// EHR login (`EMP.SYSTEM_LOGIN`), for those who have one.
    pub login: Option<String>,
    /// The EHR's own number for the person (`CLARITY_EMP.USER_ID`).
    pub user_id: String,
    /// Employment, oldest first, without gaps or overlaps.
    pub employment: Vec<Employment>,
    /// Where they live: two lines, town, postal code.
    pub home: (String, String, &'static str, &'static str),
}

impl Person {
    /// What held on a day, if anything.
    #[must_use]
    pub fn employed_on(&self, day: NaiveDate) -> Option<&Employment> {
        self.employment.iter().find(|period| period.from <= day && period.to.is_none_or(|to| day <= to))
    }
}

/// A stretch of time in one department and job.
#[derive(Debug, Clone)]
pub struct Employment {
    /// Index into `departments`.
    pub department: usize,
    /// Job title.
    pub job_role: &'static str,
    /// Index into `people`; none for a department's lead.
    pub supervisor: Option<usize>,
    /// First day.
    pub from: NaiveDate,
    /// Last day, included; none while it lasts.
    pub to: Option<NaiveDate>,
    /// On leave throughout.
    pub leave: bool,
}

/// An outside firm.
#[derive(Debug, Clone)]
pub struct Vendor {
    /// Firm.
    pub name: &'static str,
    /// What it does for the group.
    pub service: &'static str,
    /// Its EHR accounts.
    pub accounts: Vec<VendorAccount>,
}

/// A vendor's EHR login.
#[derive(Debug, Clone)]
pub struct VendorAccount {
    /// `EMP.SYSTEM_LOGIN`.
    pub login: &'static str,
    /// Given name of the holder.
    pub first_name: &'static str,
    /// Surname of the holder.
    pub last_name: &'static str,
    /// `CLARITY_EMP.USER_ID`.
    pub user_id: String,
}

/// What a patient at a workforce member's address is to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The same person.
    Self_,
    /// Lives there, has the same surname.
    Relative,
    /// Lives there under another name.
    Housemate,
    /// Nobody's relative; known to everybody.
    Known,
}

/// A patient, as the EHR's export shows one. Names and addresses must not get past the import.
#[derive(Debug, Clone)]
pub struct Patient {
    /// Medical record number; leading zeros count.
    pub mrn: String,
    /// Given name.
    pub first_name: String,
    /// Middle initial or empty.
    pub middle_name: &'static str,
    /// Surname.
    pub last_name: String,
    /// Street.
    pub line_1: String,
    /// Apartment or empty.
    pub line_2: String,
    /// Town.
    pub city: &'static str,
    /// Postal code.
    pub zip: &'static str,
    /// Index into `facilities`.
    pub facility: usize,
    /// Index into `departments`.
    pub department: usize,
}

/// The day `ago` days before `today`.
#[must_use]
pub fn days_ago(today: NaiveDate, ago: u64) -> NaiveDate {
    today.checked_sub_days(Days::new(ago)).unwrap_or(today)
}

const FACILITIES: [(&str, &str, &str); 4] = [
    ("NMC", "Northfield Main Campus", "10.41.0.0/16"),
    ("RVH", "Riverside Hospital", "10.44.0.0/16"),
    ("MFP", "Mesa Family Practice", "10.52.0.0/20"),
    ("LKC", "Lakeside Clinic", "10.53.0.0/20"),
];

mod cast;

/// Which vendor's agreement ended, and its last day.
#[must_use]
pub fn lapsed_agreement(today: NaiveDate) -> (&'static str, NaiveDate) {
    (cast::LAPSED_AGREEMENT.0, days_ago(today, cast::LAPSED_AGREEMENT.1))
}

/// The first day without training, for whose it has run out.
#[must_use]
pub fn training_expired(key: &str, today: NaiveDate) -> Option<NaiveDate> {
    cast::LAPSED_TRAINING.iter().find(|it| it.0 == key).map(|it| days_ago(today, it.1))
}

/// The patient who is, or lives with, a member of the workforce; `slot` counts [`cast::RELATED`].
#[must_use]
pub fn related(organisation: &Organisation, slot: usize) -> usize {
    organisation.patients.len() - cast::RELATED.len() + slot
}

/// The group as it stands on `today`.
#[must_use]
pub fn organisation(today: NaiveDate) -> Organisation {
    let (departments, mut patients) = departments_and_patients();
    let people = cast::people(today, &departments);
    for (place, key, relation) in cast::RELATED {
        let department = departments.iter().position(|it| it.name == place).unwrap_or(0);
        let mut related = patient(patients.len(), departments[department].facility, department);
        if let Some(person) = people.iter().find(|person| person.key == key) {
            (related.line_1, related.line_2, related.city, related.zip) = person.home.clone();
            match relation {
                Relation::Self_ => {
                    (related.first_name, related.last_name) = (person.first_name.clone(), person.last_name.clone());
                }
                Relation::Relative => related.last_name.clone_from(&person.last_name),
                Relation::Housemate | Relation::Known => {}
            }
        }
        patients.push(related);
    }
    let at = |key: &str| people.iter().position(|person| person.key == key).unwrap_or(0);
    let owners = ["icalloway", "therrera", "sbrandt", "icalloway"];
    let accounts = Accounts {
        manager: at("mlindqvist"),
        second_manager: at("icalloway"),
        coordinator: at("therrera"),
        auditor: at("hwhitcombe"),
        field_staff: at("nhaddad"),
        admin: at("pandrade"),
    };
    let facilities = FACILITIES
        .into_iter()
        .zip(owners)
        .map(|((site_code, name, network), owner)| Facility {
            site_code,
            name,
            time_zone: "America/New_York",
            network,
            privacy_owner: at(owner),
        })
        .collect();
    let vendors = cast::vendors();
    Organisation { name: "Northfield Health", facilities, departments, people, vendors, patients, accounts }
}

fn departments_and_patients() -> (Vec<Department>, Vec<Patient>) {
    let (mut departments, mut patients) = (Vec::new(), Vec::<Patient>::new());
    for (index, plan) in cast::DEPARTMENTS.iter().enumerate() {
        let first = patients.len();
        for number in first..first + plan.patients {
            patients.push(patient(number, plan.facility, index));
        }
        departments.push(Department {
            name: format!("{} {}", FACILITIES[plan.facility].0, plan.kind.word()),
            facility: plan.facility,
            kind: plan.kind,
            round_the_clock: plan.round_the_clock,
            patients: first..patients.len(),
        });
    }
    (departments, patients)
}

fn patient(number: usize, facility: usize, department: usize) -> Patient {
    let mut dice = Dice::new(&[1, number as u64]);
    let (line_1, line_2, city, zip) = names::address(&mut dice);
    Patient {
        // 999,983 is prime: every number below it gets a different one.
        mrn: format!("{:07}", (number + 1) * 48_271 % 999_983),
        first_name: dice.pick(&names::GIVEN).to_owned(),
        middle_name: dice.pick(&["", "", "A", "C", "E", "J", "L", "M", "R"]),
        last_name: names::patient_surname(&mut dice),
        line_1,
        line_2,
        city,
        zip,
        facility,
        department,
    }
}

//! Who works where in the demo: the staffing plan, the people with a part in a story, and the vendors.
//!
//! Stories are told in `activity/planted.rs`; here stand only names, jobs and dates.

use chrono::NaiveDate;

use super::{Department, Employment, Kind, Person, Relation, Vendor, VendorAccount, days_ago};
use crate::demo::names::{self, Dice};

/// A department's plan.
pub(super) struct Plan {
    pub facility: usize,
    pub kind: Kind,
    pub round_the_clock: bool,
    pub staff: usize,
    pub patients: usize,
    lead: &'static str,
    fill: &'static [&'static str],
}

const fn plan(
    facility: usize,
    kind: Kind,
    round_the_clock: bool,
    (staff, patients): (usize, usize),
    lead: &'static str,
    fill: &'static [&'static str],
) -> Plan {
    Plan { facility, kind, round_the_clock, staff, patients, lead, fill }
}

const ED: &[&str] =
    &["Registered nurse", "Emergency physician", "Registered nurse", "Physician assistant", "Unit clerk"];
const WARD: &[&str] =
    &["Registered nurse", "Hospitalist", "Registered nurse", "Nursing assistant", "Resident physician"];
const THEATRE: &[&str] = &["Surgeon", "Registered nurse", "Anesthesiologist", "Surgical technologist"];
const PRACTICE: &[&str] = &["Family physician", "Medical assistant", "Nurse practitioner", "Registered nurse"];
const IMAGES: &[&str] = &["Radiologist", "Imaging technologist", "Ultrasound tech"];
const LAB: &[&str] = &["Lab technician", "Phlebotomist"];
const DESK: &[&str] = &["Registrar", "Front desk", "Scheduler"];
const ACCOUNTS: &[&str] = &["Billing specialist", "Medical coder", "Claims analyst"];

/// Every department: 120 people and 2,500 patients in all.
#[rustfmt::skip]
pub(super) const DEPARTMENTS: [Plan; 20] = [
    plan(0, Kind::Emergency, true, (10, 600), "Charge nurse", ED),
    plan(0, Kind::Inpatient, true, (14, 300), "Nurse manager", WARD),
    plan(0, Kind::Surgery, true, (8, 240), "Nurse manager", THEATRE),
    plan(0, Kind::Imaging, true, (5, 0), "Imaging supervisor", IMAGES),
    plan(0, Kind::Laboratory, true, (5, 0), "Laboratory supervisor", LAB),
    plan(0, Kind::Registration, false, (7, 0), "Registration supervisor", DESK),
    plan(0, Kind::Billing, false, (9, 0), "Billing manager", ACCOUNTS),
    plan(0, Kind::Privacy, false, (6, 0), "Privacy manager", &[]),
    plan(1, Kind::Emergency, true, (9, 420), "Charge nurse", ED),
    plan(1, Kind::Inpatient, true, (10, 220), "Nurse manager", WARD),
    plan(1, Kind::Surgery, true, (5, 150), "Nurse manager", THEATRE),
    plan(1, Kind::Imaging, false, (3, 0), "Imaging supervisor", IMAGES),
    plan(1, Kind::Laboratory, true, (3, 0), "Laboratory supervisor", LAB),
    plan(1, Kind::Registration, false, (5, 0), "Registration supervisor", DESK),
    plan(2, Kind::FamilyMedicine, false, (7, 330), "Practice manager", PRACTICE),
    plan(2, Kind::Laboratory, false, (1, 0), "Phlebotomist", LAB),
    plan(2, Kind::Registration, false, (3, 0), "Front desk lead", DESK),
    plan(3, Kind::FamilyMedicine, false, (5, 240), "Clinic manager", PRACTICE),
    plan(3, Kind::Imaging, false, (2, 0), "Imaging technologist", IMAGES),
    plan(3, Kind::Registration, false, (3, 0), "Front desk lead", DESK),
];

/// Given name, surname, job, department.
#[rustfmt::skip]
const CAST: [(&str, &str, &str, &str); 34] = [
    ("Maya", "Lindqvist", "Privacy manager", "NMC Privacy Office"),
    ("Tomás", "Herrera", "Privacy coordinator", "NMC Privacy Office"),
    ("Ines", "Calloway", "Deputy privacy manager", "NMC Privacy Office"),
    ("Samuel", "Brandt", "Release of information specialist", "NMC Privacy Office"),
    ("Priya", "Andrade", "EHR security analyst", "NMC Privacy Office"),
    ("Helen", "Whitcombe", "External auditor", "NMC Privacy Office"),
    ("Noor", "Haddad", "Registered nurse", "RVH Inpatient Medicine"),
    ("Rosa", "Castellano", "Billing specialist", "NMC Billing"),
    ("Daniel", "Marsh", "Billing specialist", "NMC Billing"),
    ("Ian", "Prewitt", "Billing specialist", "NMC Billing"),
    ("Ray", "Delacroix", "Contract coder", "NMC Billing"),
    ("James", "Whitfield", "Registered nurse", "RVH Emergency"),
    ("Dayo", "Okafor", "Registered nurse", "RVH Emergency"),
    ("Jonas", "Keller", "Registered nurse", "RVH Emergency"),
    ("Marcus", "Feldt", "Emergency physician", "NMC Emergency"),
    ("Anna", "Marchetti", "Front desk", "NMC Registration"),
    ("Nadia", "Petrov", "Registrar", "NMC Registration"),
    ("Lucie", "Fournier", "Scheduler", "RVH Registration"),
    ("Gwen", "Tillery", "Registrar", "RVH Registration"),
    ("Victor", "Soto", "Registrar", "RVH Registration"),
    ("Elena", "Vogel", "Scheduler", "LKC Registration"),
    ("Aisha", "Rahman", "Registrar", "MFP Registration"),
    ("Kwame", "Osei", "Ultrasound tech", "NMC Imaging"),
    ("Paula", "Stenning", "Ultrasound tech", "LKC Imaging"),
    ("Ben", "Nakamura", "Lab technician", "NMC Laboratory"),
    ("Ruth", "Silverstein", "Lab technician", "RVH Laboratory"),
    ("Simi", "Adeyemi", "Pharmacist", "NMC Inpatient Medicine"),
    ("Teresa", "Vasquez", "Case manager", "NMC Inpatient Medicine"),
    ("Carl", "Lindgren", "Physical therapist", "NMC Inpatient Medicine"),
    ("Owen", "Brandvold", "Registered nurse", "NMC Inpatient Medicine"),
    ("Pablo", "Ibarra", "Registered nurse", "NMC Inpatient Medicine"),
    ("Grace", "Mbeki", "Registered nurse", "NMC Surgery"),
    ("Mei", "Zhang", "Medical assistant", "LKC Family Medicine"),
    ("Colin", "Ashworth", "Medical assistant", "MFP Family Medicine"),
];

/// Patients who are, or live with, a member of the workforce: department, whose address, what they are to them. They come
/// after all others and are in nobody's ordinary work.
#[rustfmt::skip]
pub(super) const RELATED: [(&str, &str, Relation); 10] = [
    ("NMC Inpatient Medicine", "bnakamura", Relation::Self_),
    ("LKC Family Medicine", "evogel", Relation::Self_),
    ("RVH Surgery", "lfournier", Relation::Relative),
    ("NMC Surgery", "gmbeki", Relation::Relative),
    ("MFP Family Medicine", "amarchetti", Relation::Housemate),
    ("NMC Emergency", "kosei", Relation::Relative),
    ("RVH Inpatient Medicine", "dokafor", Relation::Self_),
    ("NMC Surgery", "pibarra", Relation::Self_),
    ("NMC Emergency", "sadeyemi", Relation::Self_),
    // the mayor of the town, nobody's relative
    ("RVH Emergency", "", Relation::Known),
];

/// Whose agreement ended, and how many days ago was its last day.
pub(super) const LAPSED_AGREEMENT: (&str, u64) = ("Tidewater Release Services", 9);
/// Whose yearly training ran out, and how many days ago.
pub(super) const LAPSED_TRAINING: [(&str, u64); 5] =
    [("amarchetti", 40), ("jwhitfield", 21), ("rcastellano", 65), ("clindgren", 33), ("lfournier", 12)];

/// Who left: key, last day as days ago.
#[rustfmt::skip]
const LEFT: [(&str, u64); 6] = [
    ("gtillery", 5),
    ("obrandvold", 4),
    ("rdelacroix", 31),
    ("pstenning", 20),
    ("cashworth", 12),
    ("npetrov", 44),
];
/// Who is on leave: key, since how many days ago.
const ON_LEAVE: [(&str, u64); 3] = [("rsilverstein", 40), ("pibarra", 75), ("mzhang", 18)];
/// Who moved: key, first day in the new place as days ago, job and department there.
#[rustfmt::skip]
const MOVED: [(&str, u64, &str, &str); 3] = [
    ("jkeller", 28, "Registered nurse", "NMC Emergency"),
    ("arahman", 35, "Registrar", "LKC Registration"),
    ("vsoto", 21, "Billing specialist", "NMC Billing"),
];
/// The portal's accounts: key, username.
#[rustfmt::skip]
const USERNAMES: [(&str, &str); 6] = [
    ("mlindqvist", "manager"),
    ("icalloway", "manager2"),
    ("therrera", "coordinator"),
    ("hwhitcombe", "auditor"),
    ("nhaddad", "field_staff"),
    ("pandrade", "admin"),
];

/// The roster on `today`.
pub(super) fn people(today: NaiveDate, departments: &[Department]) -> Vec<Person> {
    let mut people = Vec::new();
    let mut surnames = names::STAFF_SURNAMES.iter();
    for (department, (plan, place)) in DEPARTMENTS.iter().zip(departments).enumerate() {
        let lead = people.len();
        let led_by_cast = CAST.iter().any(|part| part.3 == place.name && part.2 == plan.lead);
        let parts = CAST.iter().filter(|part| part.3 == place.name).map(|part| (Some((part.0, part.1)), part.2));
        let fill = plan.fill.iter().cycle().map(|job| (None, *job));
        let first = (!led_by_cast).then_some((None, plan.lead));
        for (name, job) in first.into_iter().chain(parts).chain(fill).take(plan.staff) {
            let index = people.len();
            let mut dice = Dice::new(&[2, index as u64]);
            let name = name.or_else(|| Some((dice.pick(&names::GIVEN), *surnames.next()?)));
            let (first_name, last_name) = name.expect("the list of surnames is longer than the roster");
            let supervisor = (index != lead).then_some(lead);
            let from = days_ago(today, dice.between(120, 4800) as u64);
            let hired = Employment { department, job_role: job, supervisor, from, to: None, leave: false };
            people.push(person(index, first_name, last_name, hired));
        }
    }
    apply_changes(today, departments, &mut people);
    people
}

fn person(index: usize, first_name: &str, last_name: &str, hired: Employment) -> Person {
    let (first, last) = (names::plain(first_name), names::plain(last_name));
    let key = format!("{}{last}", &first[..1]);
    let username = USERNAMES.iter().find(|account| account.0 == key).map_or(key.as_str(), |account| account.1);
    let without_login = ["hwhitcombe", "pandrade"].contains(&key.as_str());
    Person {
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        full_name: format!("{first_name} {last_name}"),
        employee_number: format!("E{:05}", 10_213 + index * 7),
        username: username.to_owned(),
        email: format!("{first}.{last}@northfield.example"),
        login: (!without_login).then(|| key.clone()),
        user_id: (40_211 + index * 13).to_string(),
        employment: vec![hired],
        home: names::address(&mut Dice::new(&[7, index as u64])),
        key,
    }
}

fn apply_changes(today: NaiveDate, departments: &[Department], people: &mut [Person]) {
    let leads: Vec<_> = people
        .iter()
        .enumerate()
        .filter(|(_, p)| p.employment[0].supervisor.is_none())
        .map(|(index, p)| (p.employment[0].department, index))
        .collect();
    for person in people {
        let key = person.key.as_str();
        let Some(now) = person.employment.last_mut() else {
            continue;
        };
        if let Some((_, ago)) = LEFT.iter().find(|left| left.0 == key) {
            now.to = Some(days_ago(today, *ago));
        }
        let mut next = now.clone();
        if let Some((_, ago)) = ON_LEAVE.iter().find(|leave| leave.0 == key) {
            next.leave = true;
            next.from = days_ago(today, *ago);
        } else if let Some((_, ago, job_role, place)) = MOVED.iter().find(|moved| moved.0 == key) {
            next.job_role = job_role;
            next.from = days_ago(today, *ago);
            next.department = departments.iter().position(|it| it.name == *place).unwrap_or(next.department);
            next.supervisor = leads.iter().find(|lead| lead.0 == next.department).map(|lead| lead.1);
        } else {
            continue;
        }
        now.to = next.from.pred_opt();
        person.employment.push(next);
    }
}

/// Login, given name, surname.
type Account = (&'static str, &'static str, &'static str);

/// Firm, service, accounts.
#[rustfmt::skip]
const VENDORS: [(&str, &str, &[Account]); 6] = [
    ("Corvane Imaging Cloud", "Image archive",
        &[("v-corvane-01", "Vera", "Petrosyan"), ("v-corvane-02", "Lothar", "Behn")]),
    ("Meridian Claims", "Claims clearing",
        &[("v-meridian-01", "Joan", "Kessel"), ("v-meridian-02", "Arjun", "Pillai"), ("v-meridian-03", "Cora", "Dunphy")]),
    ("Voxline Dictation", "Dictation and transcription", &[("v-voxline-01", "Dina", "Rosenthal")]),
    ("Tidewater Release Services", "Release of information",
        &[("v-tidewater-01", "Marvin", "Ekholm"), ("v-tidewater-02", "Sylvie", "Arnaud")]),
    ("Halden Laboratory Partners", "Reference laboratory", &[("v-halden-01", "Piotr", "Zielinski")]),
    ("Brightwell Collections", "Patient collections", &[("v-brightwell-01", "Tanya", "Corrigan")]),
];

/// The six vendors.
pub(super) fn vendors() -> Vec<Vendor> {
    let mut number = 90_100;
    let mut account = |&(login, first_name, last_name): &Account| {
        number += 17;
        VendorAccount { login, first_name, last_name, user_id: number.to_string() }
    };
    (VENDORS.iter())
        .map(|&(name, service, accounts)| Vendor {
            name,
            service,
            accounts: accounts.iter().map(&mut account).collect(),
        })
        .collect()
}

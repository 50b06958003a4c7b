//! Mappings that come with the program, each for an export that somebody has published. A site whose export differs starts
//! from the nearest one and changes it, or brings its own document (`import --mapping FILE`).

use super::header::{Found, Header};
use super::mapping::{Filled, Kind, Separator, Spec, WordTable};
use super::targets::Target;
use super::words::Field;

#[path = "preset_words.rs"]
mod words;
use words::{
    ACCESS_WORDS, GENERIC_RESOURCES, OPENEMR_ACCESS, OPENEMR_RESOURCES, REDCAP_ACCESS, RESOURCE_WORDS, STANDING_WORDS,
};

/// A mapping to begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// As the command line names it.
    pub name: &'static str,
    /// As people read it.
    pub label: &'static str,
    /// The mapping.
    pub spec: Spec,
}

/// Every preset, the most common first.
#[must_use]
pub fn all() -> Vec<Preset> {
    let preset = |label, name, spec| Preset { name, label, spec };
    vec![
        preset("Epic access log (Clarity report, tabs)", EPIC_ACCESS_LOG, epic_access_log()),
        preset("Epic access log (Clarity report, vertical bars)", "epic-access-log-psv", epic_access_log_psv()),
        preset("Any EHR, in Microsoft Purview's healthcare columns", "healthcare-access-log", healthcare_access_log()),
        preset("OpenEMR log table", "openemr-log", openemr_log()),
        preset("REDCap project logging", "redcap-logging", redcap_logging()),
        preset(
            "FHIR AuditEvent (JSON, XML, Bundle or NDJSON, also in syslog)",
            "fhir-audit-event",
            messages("fhir-audit-event", Kind::Fhir),
        ),
        preset("DICOM audit messages (ATNA, also in syslog)", "dicom-audit", messages("dicom-audit", Kind::Dicom)),
        preset("OrangeHRM employees", "orangehrm-roster", orangehrm_roster()),
        preset("HR roster with the usual columns", "hr-roster", hr_roster()),
    ]
}

/// The preset of a name.
#[must_use]
pub fn by_name(name: &str) -> Option<Preset> {
    all().into_iter().find(|preset| preset.name == name)
}

/// The preset for a target that a header fits best, and how many percent of its columns the header has. None where not
/// even half of them are there.
#[must_use]
pub fn best_for(header: &Header, target: Target) -> Option<(Preset, usize)> {
    let share = |spec: &Spec| {
        let named: Vec<_> = spec.named().collect();
        let there = named.iter().filter(|column| matches!(header.find(column), Found::One(_))).count();
        there * 100 / named.len().max(1)
    };
    let mut best: Option<(Preset, usize)> = None;
    for preset in all() {
        let share =
            if preset.spec.target == target && preset.spec.kind == Kind::Delimited { share(&preset.spec) } else { 0 };
        // of equals the first one
        if share >= 50 && best.as_ref().is_none_or(|(_, most)| share > *most) {
            best = Some((preset, share));
        }
    }
    best
}

/// What a known export lacks that no mapping can make up for.
#[must_use]
pub fn shortcoming(header: &Header) -> Option<&'static str> {
    let has = |column: &str| header.find(column) != Found::None;
    let research = ["METRIC_NAME", "PAT_ID", "ACCESS_TIME"].into_iter().all(has);
    (research && !["USER_ID", "EMP.SYSTEM_LOGIN", "CLARITY_EMP.USER_ID", "SYSTEM_LOGIN"].into_iter().any(has)).then_some(
        "This looks like the ACCESS_LOG extract that research papers use. It does not say who opened the record, and a review \
         needs that: add USER_ID, or the login, to the export. ACCESS_INSTANT is a count of seconds of Epic's own and is not read.",
    )
}

/// A first guess at the columns of a file that no preset knows: a column whose name says what it is.
#[must_use]
pub fn guess(header: &Header, target: Target, name: &str, time_zone: &str) -> Spec {
    let mut spec = Spec::blank(target, name, time_zone);
    let plain: Vec<String> = header.labels().iter().map(|label| super::normalise(label)).collect();
    for rule in target.fields() {
        let found = words::synonyms(rule.field)
            .iter()
            .find_map(|synonym| plain.iter().position(|label| label == synonym))
            .map(|at| header.labels()[at].clone());
        if let Some(column) = found {
            spec.columns.insert(rule.field.as_str().to_owned(), vec![column]);
        }
    }
    spec
}

type Rules = [(&'static str, &'static str)];

fn table(columns: &[&str], overrides: &Rules, words: &Rules, otherwise: &str, empty: &str) -> WordTable {
    let owned = |rules: &Rules| rules.iter().map(|&(theirs, ours)| (theirs.to_owned(), ours.to_owned())).collect();
    WordTable {
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        overrides: owned(overrides),
        words: owned(words),
        otherwise: otherwise.to_owned(),
        empty: empty.to_owned(),
        drop_word: false,
        filled: Vec::new(),
    }
}

/// Opening a chart with a reason for breaking the glass is breaking it, whatever the action column calls it.
fn with_glass(table: WordTable, reason: &str) -> WordTable {
    let filled =
        Filled { column: reason.to_owned(), instead_of: vec!["view".to_owned()], ours: "break_glass".to_owned() };
    WordTable { filled: vec![filled], ..table }
}

fn spec(
    target: Target,
    name: &str,
    separator: Separator,
    notation: &str,
    columns: &[(Field, &[&str])],
    tables: Vec<(Field, WordTable)>,
) -> Spec {
    let named = |list: &[&str]| list.iter().map(|&column| column.to_owned()).collect::<Vec<_>>();
    Spec {
        separator,
        time_format: notation.to_owned(),
        columns: columns.iter().map(|(field, list)| (field.as_str().to_owned(), named(list))).collect(),
        words: tables.into_iter().map(|(field, table)| (field.as_str().to_owned(), table)).collect(),
        ..Spec::blank(target, name, "America/New_York")
    }
}

/// The preset of the first release.
pub const EPIC_ACCESS_LOG: &str = "epic-access-log";

/// Epic's access log as a Clarity report writes it: tab separated, the hospital's wall clock.
#[must_use]
pub fn epic_access_log() -> Spec {
    spec(
        Target::AccessLog,
        EPIC_ACCESS_LOG,
        Separator::Tab,
        "%Y-%m-%d %H:%M:%S",
        // the export names a record by its patient's id alone, so there is no resource_id
        &[
            (Field::ActionAt, &["ACCESS_LOG.ACCESS_TIME"]),
            (Field::ActorIdentifier, &["EMP.SYSTEM_LOGIN", "CLARITY_EMP.USER_ID"]),
            (Field::Place, &["CLARITY_DEP.DEPARTMENT_NAME"]),
            (Field::Patient, &["PATIENT.PAT_MRN_ID"]),
            (Field::PatientFirstName, &["PATIENT.PAT_FIRST_NAME"]),
            (Field::PatientSurname, &["PATIENT.PAT_LAST_NAME"]),
            (Field::PatientAddress, &["PATIENT.ADD_LINE_1", "PATIENT.ADD_LINE_2", "PATIENT.CITY", "PATIENT.ZIP"]),
            (Field::DeviceLabel, &["ACCESS_LOG.WORKSTATION_ID"]),
        ],
        vec![
            (
                Field::AccessType,
                with_glass(
                    table(
                        &["ZC_ACCESS_ACTION.NAME", "ACCESS_LOG_METRIC.METRIC_NAME"],
                        // a lookup is a search whatever the action column says of it
                        &[("*LOOKUP*", "search"), ("*BREAK*GLASS*", "break_glass")],
                        ACCESS_WORDS,
                        "execute",
                        "execute",
                    ),
                    "ZC_BTG_REASON.NAME",
                ),
            ),
            (
                Field::ResourceType,
                table(
                    &["ZC_METRIC_GROUP.NAME", "ACCESS_LOG_METRIC.METRIC_NAME"],
                    &[("*RESULT REPORT*", "DiagnosticReport"), ("*LAB REPORT*", "DiagnosticReport")],
                    RESOURCE_WORDS,
                    "Other",
                    "Other",
                ),
            ),
            (Field::AccessReason, glass_reason(&["ZC_BTG_REASON.NAME"])),
        ],
    )
}

/// A reason for breaking the glass: an emergency is one of treatment.
fn glass_reason(columns: &[&str]) -> WordTable {
    let words = [("*EMERGEN*", "ETREAT"), ("*RESUSC*", "ETREAT"), ("*CODE BLUE*", "ETREAT")];
    table(columns, &[], &words, "BTG", "UNSTATED")
}

fn epic_access_log_psv() -> Spec {
    Spec { name: "epic-access-log-psv".to_owned(), separator: Separator::Pipe, ..epic_access_log() }
}

/// What Microsoft asks of any EHR, for Purview.
fn healthcare_access_log() -> Spec {
    spec(
        Target::AccessLog,
        "healthcare-access-log",
        Separator::Tab,
        "%Y-%m-%d %H:%M:%S",
        &[
            (Field::ActionAt, &["Creation Time"]),
            (Field::ActorIdentifier, &["Employee User Name", "Email Address (UPN) or SamAccountName", "Employee Id"]),
            (Field::Place, &["Patient Department"]),
            (Field::Patient, &["Patient Reg Id"]),
            (Field::PatientFirstName, &["Patient First Name"]),
            (Field::PatientSurname, &["Patient Last Name"]),
            (
                Field::PatientAddress,
                &["Patient Address Line 1", "Patient Address Line 2", "Patient City", "Patient Zip Code"],
            ),
            (Field::DeviceLabel, &["Workstation Id"]),
        ],
        vec![
            (
                Field::AccessType,
                table(
                    &["Event Name"],
                    &[("*LOOKUP*", "search"), ("*SEARCH*", "search"), ("*BREAK*GLASS*", "break_glass")],
                    ACCESS_WORDS,
                    "execute",
                    "execute",
                ),
            ),
            (
                Field::ResourceType,
                table(&["Event Section", "Event Category"], &[], GENERIC_RESOURCES, "Other", "Other"),
            ),
            (Field::AccessReason, glass_reason(&["Restricted Access Reason"])),
        ],
    )
}

/// `OpenEMR`'s `log` table: the event says what and to what, as in `patient-record-select`. Its notes and comments are free
/// text and are not read.
fn openemr_log() -> Spec {
    let mut event = table(&["event"], &[], OPENEMR_ACCESS, "execute", "execute");
    // what an administrator does to accounts ends in -update or -insert as well
    event.overrides = [("*break*glass*", "break_glass"), ("security-administration*", "security")]
        .map(|(theirs, ours)| (theirs.to_owned(), ours.to_owned()))
        .to_vec();
    spec(
        Target::AccessLog,
        "openemr-log",
        Separator::Comma,
        "%Y-%m-%d %H:%M:%S",
        &[
            (Field::ActionAt, &["date"]),
            (Field::ActorIdentifier, &["user"]),
            (Field::Patient, &["patient_id"]),
            (Field::Place, &["groupname"]),
            (Field::SourceEventId, &["id"]),
            (Field::DeviceLabel, &["log_from"]),
        ],
        vec![
            (Field::AccessType, event),
            (Field::ResourceType, table(&["event", "category"], &[], OPENEMR_RESOURCES, "Other", "Other")),
            (
                Field::Outcome,
                table(&["success"], &[], &[("1", "success"), ("0", "serious_failure")], "unknown", "unknown"),
            ),
        ],
    )
}

/// A `REDCap` project's logging. Its action names the record and its details hold values, so that no word of either is kept.
fn redcap_logging() -> Spec {
    let mut action = table(
        &["action", "details"],
        &[("Export *", "export"), ("Data Export*", "export")],
        REDCAP_ACCESS,
        "execute",
        "execute",
    );
    action.drop_word = true;
    let mut resource = table(&["action"], &[], &[("*record*", "QuestionnaireResponse")], "Other", "Other");
    resource.drop_word = true;
    spec(
        Target::AccessLog,
        "redcap-logging",
        Separator::Comma,
        "%Y-%m-%d %H:%M",
        &[(Field::ActionAt, &["timestamp"]), (Field::ActorIdentifier, &["username"]), (Field::Patient, &["record"])],
        vec![(Field::AccessType, action), (Field::ResourceType, resource)],
    )
}

/// Messages say of themselves what their fields are; of a mapping they need the zone of times that have none.
fn messages(name: &str, kind: Kind) -> Spec {
    Spec { kind, ..Spec::blank(Target::AccessLog, name, "America/New_York") }
}

/// `OrangeHRM`'s employee template: no department, job or last day, which then come from another export.
fn orangehrm_roster() -> Spec {
    spec(
        Target::Roster,
        "orangehrm-roster",
        Separator::Comma,
        "%Y-%m-%d",
        &[
            (Field::EmployeeNumber, &["employee_id"]),
            (Field::FirstName, &["first_name"]),
            (Field::LastName, &["last_name"]),
            (Field::Email, &["work_email"]),
            (Field::HomeAddress, &["address_street_1", "address_street_2", "city", "zip/postal_code"]),
        ],
        Vec::new(),
    )
}

/// The columns that most HR systems' rosters come down to.
fn hr_roster() -> Spec {
    spec(
        Target::Roster,
        "hr-roster",
        Separator::Comma,
        "%m/%d/%Y",
        &[
            (Field::EmployeeNumber, &["Employee ID"]),
            (Field::FirstName, &["First Name"]),
            (Field::LastName, &["Last Name"]),
            (Field::Email, &["Work Email"]),
            (Field::Username, &["User Name"]),
            (Field::Facility, &["Location"]),
            (Field::Department, &["Department"]),
            (Field::JobRole, &["Job Title"]),
            (Field::SupervisorNumber, &["Manager ID"]),
            (Field::HiredOn, &["Hire Date"]),
            (Field::StartsOn, &["Position Start Date"]),
            (Field::EndsOn, &["Termination Date"]),
            (Field::HomeAddress, &["Address 1", "Address 2", "City", "ZIP"]),
        ],
        vec![(Field::Standing, table(&["Status"], &[], STANDING_WORDS, "active", "active"))],
    )
}

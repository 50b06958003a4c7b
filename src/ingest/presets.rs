//! Mappings that come with the program. A site whose export differs brings its own document (`import --mapping FILE`).

use super::mapping::{Columns, Separator, Spec, WordTable};

/// The preset of this release.
pub const EPIC_ACCESS_LOG: &str = "epic-access-log";

/// Epic's access log as a Clarity report writes it: tab separated, the hospital's wall clock.
#[must_use]
pub fn epic_access_log() -> Spec {
    let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let rules =
        |list: &[(&str, &str)]| list.iter().map(|&(theirs, ours)| (theirs.to_owned(), ours.to_owned())).collect();
    let table = |columns: &[&str], overrides: &[(&str, &str)], words: &[(&str, &str)], otherwise: &str, empty: &str| {
        WordTable {
            columns: names(columns),
            overrides: rules(overrides),
            words: rules(words),
            otherwise: otherwise.to_owned(),
            empty: empty.to_owned(),
        }
    };
    Spec {
        format: 1,
        name: EPIC_ACCESS_LOG.to_owned(),
        separator: Separator::Tab,
        time_zone: "America/New_York".to_owned(),
        time_format: "%Y-%m-%d %H:%M:%S".to_owned(),
        actor_kind: "workforce".to_owned(),
        columns: Columns {
            action_at: names(&["ACCESS_LOG.ACCESS_TIME"]),
            actor_identifier: names(&["EMP.SYSTEM_LOGIN", "CLARITY_EMP.USER_ID"]),
            place: names(&["CLARITY_DEP.DEPARTMENT_NAME"]),
            patient: names(&["PATIENT.PAT_MRN_ID"]),
            patient_first_name: names(&["PATIENT.PAT_FIRST_NAME"]),
            patient_surname: names(&["PATIENT.PAT_LAST_NAME"]),
            patient_address: names(&["PATIENT.ADD_LINE_1", "PATIENT.ADD_LINE_2", "PATIENT.CITY", "PATIENT.ZIP"]),
            device_label: names(&["ACCESS_LOG.WORKSTATION_ID"]),
            // the export names a record by its patient's id alone, so there is no resource_id
            ..Columns::default()
        },
        access_type: table(
            &["ZC_ACCESS_ACTION.NAME", "ACCESS_LOG_METRIC.METRIC_NAME"],
            // a lookup is a search whatever the action column says of it
            &[("*LOOKUP*", "search"), ("*BREAK*GLASS*", "break_glass")],
            ACCESS_WORDS,
            "execute",
            "execute",
        ),
        resource_type: table(
            &["ZC_METRIC_GROUP.NAME", "ACCESS_LOG_METRIC.METRIC_NAME"],
            &[("*RESULT REPORT*", "DiagnosticReport"), ("*LAB REPORT*", "DiagnosticReport")],
            RESOURCE_WORDS,
            "Other",
            "Other",
        ),
        access_reason: Some(table(
            &["ZC_BTG_REASON.NAME"],
            &[],
            &[("*EMERGEN*", "ETREAT"), ("*RESUSC*", "ETREAT"), ("*CODE BLUE*", "ETREAT")],
            "BTG",
            "UNSTATED",
        )),
        outcome: None,
    }
}

const ACCESS_WORDS: &[(&str, &str)] = &[
    ("BTG", "break_glass"),
    ("SEARCH*", "search"),
    ("QUERY", "search"),
    ("VIEW", "view"),
    ("READ", "view"),
    ("INQUIRY", "view"),
    ("MODIFY", "update"),
    ("UPDATE", "update"),
    ("EDIT", "update"),
    ("CREATE", "create"),
    ("ADD", "create"),
    ("INSERT", "create"),
    ("DELETE", "delete"),
    ("REMOVE", "delete"),
    ("PRINT", "print"),
    ("EXPORT", "export"),
    ("DOWNLOAD", "export"),
    ("IMPORT", "import"),
    ("*RELEASE OF INFORMATION*", "disclose"),
    ("DISCLOSE", "disclose"),
    ("LOGIN", "login"),
    ("LOG IN", "login"),
    ("LOGOUT", "logout"),
    ("LOG OUT", "logout"),
    ("SECURITY*", "security"),
    ("SYSTEM", "system"),
];

const RESOURCE_WORDS: &[(&str, &str)] = &[
    ("CHART*", "Patient"),
    ("DEMOGRAPHICS", "Patient"),
    ("REGISTRATION", "Patient"),
    ("ENCOUNTERS", "Encounter"),
    ("MEDICATIONS", "MedicationRequest"),
    ("MEDICATION ADMINISTRATION", "MedicationAdministration"),
    ("RESULTS", "Observation"),
    ("ORDERS", "Task"),
    ("IMAGING", "ImagingStudy"),
    ("SCHEDULING", "Appointment"),
    ("BILLING", "Claim"),
    ("COVERAGE", "Coverage"),
    ("NOTES", "DocumentReference"),
    ("ALLERGIES", "AllergyIntolerance"),
    ("PROBLEM LIST", "Condition"),
    ("PROCEDURES", "Procedure"),
    ("IMMUNIZATIONS", "Immunization"),
    ("CARE PLAN*", "CarePlan"),
    ("CONSENTS", "Consent"),
    ("QUESTIONNAIRES", "QuestionnaireResponse"),
    ("MESSAGES", "Communication"),
    ("REPORTS", "List"),
];

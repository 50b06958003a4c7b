//! The closed words of an access row, and what an import says about a row it cannot accept. Postgres holds the same lists
//! as CHECK constraints.

/// Whose account acted.
pub const ACTOR_KINDS: [&str; 6] = ["workforce", "vendor", "patient", "representative", "system", "unknown"];

/// What was done.
pub const ACCESS_TYPES: [&str; 15] = [
    "view",
    "search",
    "create",
    "update",
    "delete",
    "print",
    "export",
    "import",
    "disclose",
    "break_glass",
    "login",
    "logout",
    "security",
    "execute",
    "system",
];

/// To what, by FHIR's names.
pub const RESOURCE_TYPES: [&str; 24] = [
    "Patient",
    "Encounter",
    "Observation",
    "Condition",
    "AllergyIntolerance",
    "MedicationRequest",
    "MedicationAdministration",
    "Procedure",
    "DiagnosticReport",
    "ImagingStudy",
    "DocumentReference",
    "Immunization",
    "CarePlan",
    "Appointment",
    "Coverage",
    "Claim",
    "ExplanationOfBenefit",
    "Consent",
    "QuestionnaireResponse",
    "Communication",
    "List",
    "Task",
    "AuditEvent",
    "Other",
];

/// What for, by HL7 v3-ActReason.
pub const ACCESS_REASONS: [&str; 10] =
    ["TREAT", "ETREAT", "HPAYMT", "HOPERAT", "HRESCH", "PUBHLTH", "PATRQT", "FAMRQT", "BTG", "UNSTATED"];

/// How it ended.
pub const OUTCOMES: [&str; 5] = ["success", "minor_failure", "serious_failure", "major_failure", "unknown"];

/// Declares a closed list of what comes in, as `words!` does, that also answers for words of another release.
macro_rules! closed {
    ($(#[$doc:meta])* $name:ident { $( $variant:ident, $word:literal, $label:literal; )* }) => {
        crate::words::words! { $(#[$doc])* $name { $( $variant = $word, $label; )* } }

        impl $name {
            /// The label of a stored word; the word itself is never shown.
            #[must_use]
            pub fn label_of(word: &str) -> &'static str {
                Self::parse(word).map_or("Unknown", Self::label)
            }
        }
    };
}

closed! {
    /// The field of an access row, or of a roster, that a column feeds.
    Field {
        ActionAt, "action_at", "Time of access";
        ActorIdentifier, "actor_identifier", "User login";
        Place, "place", "Department or site";
        SourceEventId, "source_event_id", "Event id";
        ResourceType, "resource_type", "Kind of record";
        ResourceId, "resource_id", "Record id";
        Patient, "patient", "Patient id";
        AccessType, "access_type", "Kind of access";
        AccessReason, "access_reason", "Stated reason";
        Outcome, "outcome", "Outcome";
        SourceIp, "source_ip", "Network address";
        DeviceLabel, "device_label", "Workstation";
        OnBehalfOf, "on_behalf_of", "On behalf of";
        PatientFirstName, "patient_first_name", "Patient's first name";
        PatientSurname, "patient_surname", "Patient's last name";
        PatientAddress, "patient_address", "Patient's address";
        EmployeeNumber, "employee_number", "Employee number";
        FullName, "full_name", "Full name";
        FirstName, "first_name", "First name";
        LastName, "last_name", "Last name";
        Email, "email", "Work e-mail";
        Username, "username", "User name";
        Facility, "facility", "Facility";
        Department, "department", "Department";
        JobRole, "job_role", "Job";
        SupervisorNumber, "supervisor_number", "Supervisor's employee number";
        StartsOn, "starts_on", "First day in this job";
        HiredOn, "hired_on", "Day of hire";
        EndsOn, "ends_on", "Last day of work";
        Standing, "standing", "Standing";
        Position, "position", "Position";
        HomeAddress, "home_address", "Home address";
    }
}

closed! {
    /// Why a row was not accepted.
    Reason {
        MissingTime, "missing_time", "The time is empty";
        UnreadableTime, "unreadable_time", "The time is not written as the mapping says";
        AbsentLocalTime, "absent_local_time", "This local time did not exist: the clocks went forward";
        TimeOutOfRange, "time_out_of_range", "The time is before the year 2000 or more than a day ahead";
        MissingActor, "missing_actor", "No user login";
        WrongColumnCount, "wrong_column_count", "More or fewer columns than the header";
        UnclosedQuote, "unclosed_quote", "A quotation mark opens and never closes";
        NotUnicode, "not_unicode", "The text is not in the encoding that the mapping says";
        TooLong, "too_long", "Longer than the portal accepts";
        SpreadsheetNumber, "spreadsheet_number", "A spreadsheet has rounded this id to a number such as 1.23E+09";
        MissingEmployeeNumber, "missing_employee_number", "No employee number";
        MissingName, "missing_name", "No name";
        UnreadableDay, "unreadable_day", "The day is not written as the mapping says";
        DaysReversed, "days_reversed", "The last day of work is before the first";
        RepeatedEmployee, "repeated_employee", "This employee number stands in the file before, with the same place, job and first day";
        NotJson, "not_json", "The message is not JSON";
        NotXml, "not_xml", "The message is not XML";
        CutShort, "cut_short", "The message breaks off before its end";
        TooDeep, "too_deep", "The message nests deeper or has more parts than the portal reads";
        NotAnAuditEvent, "not_an_audit_event", "A FHIR resource or other JSON that is no audit event";
        OldAuditEvent, "old_audit_event", "An audit event of a FHIR release before R4 or of a draft; R4 and R5 are read";
        NotAnAuditMessage, "not_an_audit_message", "Something that is no audit message";
        NoSyslogHeader, "no_syslog_header", "Bytes without a syslog header";
        BadSyslogHeader, "bad_syslog_header", "A syslog header that RFC 5424 does not allow";
    }
}

closed! {
    /// Why a batch as a whole ended without its rows.
    Failure {
        HeaderRefused, "header_refused", "The file's header lacks a column that the mapping needs.";
        MappingRefused, "mapping_refused", "The source's mapping cannot be used.";
        FileMissing, "file_missing", "The uploaded file is no longer on this server. Upload it again.";
        FileAltered, "file_altered", "The uploaded file was cut or changed while it waited. Upload it again.";
        InputUnreadable, "input_unreadable", "Reading the file failed part way. Try it again: rows already stored are recognized.";
        DatabaseError, "database_error", "The database refused part way. Try it again: rows already stored are recognized.";
        RulesFailed, "rules_failed", "The rows are stored, but the rules did not run. Import the file again to run them.";
        Interrupted, "interrupted", "The import was stopped part way. Try it again: rows already stored are recognized.";
    }
}

impl Failure {
    /// Whether what was in the way may pass, so that the same file can be taken up again.
    #[must_use]
    pub const fn may_pass(self) -> bool {
        matches!(self, Self::DatabaseError | Self::RulesFailed | Self::InputUnreadable | Self::Interrupted)
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, Field, Reason};

    #[test]
    fn stored_words_fit_the_database_and_are_unique() {
        let mut words: Vec<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        words.extend(Field::ALL.iter().map(|field| field.as_str()));
        words.extend(Failure::ALL.iter().map(|failure| failure.as_str()));
        let many = words.len();
        assert!(words.iter().all(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), many);
    }
}

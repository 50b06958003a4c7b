//! What an access row says.

words! {
    /// What was done to a record.
    AccessType {
        View = "view", "Viewed";
        Search = "search", "Searched";
        Create = "create", "Created";
        Update = "update", "Edited";
        Delete = "delete", "Deleted";
        Print = "print", "Printed";
        Export = "export", "Exported";
        Import = "import", "Imported";
        Disclose = "disclose", "Disclosed";
        BreakGlass = "break_glass", "Broke the glass";
        Login = "login", "Signed in";
        Logout = "logout", "Signed out";
        Security = "security", "Changed security";
        Execute = "execute", "Ran";
        System = "system", "System event";
    }
}

words! {
    /// The stated purpose of use, in HL7's codes.
    AccessReason {
        Treat = "TREAT", "Treatment";
        Etreat = "ETREAT", "Emergency treatment";
        Hpaymt = "HPAYMT", "Payment";
        Hoperat = "HOPERAT", "Operations";
        Hresch = "HRESCH", "Research";
        Pubhlth = "PUBHLTH", "Public health";
        Patrqt = "PATRQT", "Patient's request";
        Famrqt = "FAMRQT", "Family's request";
        Btg = "BTG", "Break-the-glass";
        Unstated = "UNSTATED", "No reason given";
    }
}

words! {
    /// What an EHR login is.
    LoginKind {
        Personal = "personal", "Used by people";
        System = "system", "System account";
    }
}

/// What kind of record, in the words of the field: FHIR names as people say them.
#[must_use]
pub fn resource_label(resource_type: &str) -> &'static str {
    match resource_type {
        "Patient" => "Chart",
        "Encounter" => "Encounter",
        "Observation" => "Result",
        "Condition" => "Problem list",
        "AllergyIntolerance" => "Allergies",
        "MedicationRequest" => "Medication list",
        "MedicationAdministration" => "Medication record",
        "Procedure" => "Procedure",
        "DiagnosticReport" => "Report of results",
        "ImagingStudy" => "Imaging study",
        "DocumentReference" => "Note",
        "Immunization" => "Immunization",
        "CarePlan" => "Care plan",
        "Appointment" => "Schedule",
        "Coverage" => "Coverage",
        "Claim" => "Claim",
        "ExplanationOfBenefit" => "Remittance",
        "Consent" => "Consent",
        "QuestionnaireResponse" => "Form",
        "Communication" => "Message",
        "List" => "List",
        "Task" => "Order",
        "AuditEvent" => "Audit log",
        _ => "Other record",
    }
}

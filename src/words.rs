//! The closed vocabularies of the review: a Rust enum for each list of words that the database checks too. A test holds
//! both equal; nothing outside them is stored, filtered by or exported.

/// Declares a closed vocabulary: variant, stored word, the words people read.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $( $variant:ident = $word:literal, $label:literal; )* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $( #[doc = $label] #[serde(rename = $word)] $variant, )*
        }

        impl $name {
            /// Every word, in the order people see them.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )* ];

            /// The stored word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )* }
            }

            /// The words people read.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $( Self::$variant => $label, )* }
            }

            /// The variant of a stored word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $( $word => Some(Self::$variant), )* _ => None }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Where a case stands.
    ReviewState {
        Unassigned = "unassigned", "Unassigned";
        Assigned = "assigned", "Assigned";
        InReview = "in_review", "In review";
        AwaitingAnswer = "awaiting_answer", "Awaiting an answer";
        AwaitingSecondReview = "awaiting_second_review", "Awaiting second review";
        Closed = "closed", "Closed";
    }
}

words! {
    /// How much a case, or a finding, matters.
    Risk {
        Critical = "critical", "Critical";
        High = "high", "High";
        Medium = "medium", "Medium";
        Low = "low", "Low";
    }
}

words! {
    /// What is done to cases that were selected together.
    SelectionAct {
        Decide = "decide", "Decide";
        Assign = "assign", "Assign";
    }
}

words! {
    /// What a reviewer found.
    Disposition {
        Appropriate = "appropriate", "Appropriate";
        AppropriatePolicyGap = "appropriate_policy_gap", "Appropriate, policy gap";
        InappropriateInadvertent = "inappropriate_inadvertent", "Inappropriate, inadvertent";
        InappropriateIntentional = "inappropriate_intentional", "Inappropriate, intentional";
        AttributedToOther = "attributed_to_other", "Somebody else used the login";
        UnableToDetermine = "unable_to_determine", "Unable to determine";
        Duplicate = "duplicate", "Duplicate of another case";
        DataError = "data_error", "Error in the source's data";
    }
}

words! {
    /// Why, for this case.
    Reason {
        CareTeam = "care_team", "On the care team";
        OnCall = "on_call", "On call or covering";
        Registration = "registration", "Registration or scheduling";
        Billing = "billing", "Billing";
        QualityReview = "quality_review", "Quality review";
        ReleaseOfInformation = "release_of_information", "Release of information";
        ItSupport = "it_support", "IT support";
        Curiosity = "curiosity", "Curiosity";
        Family = "family", "Family";
        Coworker = "coworker", "Coworker";
        WrongPatient = "wrong_patient", "Wrong patient opened";
        Excess = "excess", "More than the task needed";
        CredentialSharing = "credential_sharing", "Credential sharing";
        Other = "other", "Other (say what in the note)";
    }
}

words! {
    /// Whom a question about an access goes to.
    Addressee {
        Person = "person", "The person";
        Supervisor = "supervisor", "The supervisor";
    }
}

words! {
    /// What is asked about an access, as the person is asked it.
    AccessQuestion {
        RoleInCare = "role_in_care", "What was your role in this patient’s care?";
        CourseOfWork = "course_of_work", "Did you open the record in the course of your work?";
        WhichTask = "which_task", "Which task or request was this for?";
        WasItYou = "was_it_you", "Somebody else may have used your login: was it you?";
        MeantTo = "meant_to", "Did you mean to open this record, or another one?";
        WorkingThen = "working_then", "Were you at work at that time, and where?";
    }
}

impl AccessQuestion {
    /// The same, put to either of the two it can go to.
    #[must_use]
    pub const fn put_to(self, addressee: Addressee) -> &'static str {
        match (addressee, self) {
            (Addressee::Person, question) => question.label(),
            (Addressee::Supervisor, Self::RoleInCare) => "What was their role in this patient’s care?",
            (Addressee::Supervisor, Self::CourseOfWork) => "Did they open the record in the course of their work?",
            (Addressee::Supervisor, Self::WhichTask) => "Which task or request of theirs was this for?",
            (Addressee::Supervisor, Self::WasItYou) => "Somebody else may have used their login: was it them?",
            (Addressee::Supervisor, Self::MeantTo) => "Did they mean to open this record, or another one?",
            (Addressee::Supervisor, Self::WorkingThen) => "Were they at work at that time, and where?",
        }
    }
}

words! {
    /// What an answer to it can be, as the person says it.
    AccessAnswer {
        Caring = "caring", "I was caring for the patient";
        Covering = "covering", "I was covering or on call";
        Registration = "registration", "It was for registration or billing";
        QualityReview = "quality_review", "It was for a quality review";
        WrongPatient = "wrong_patient", "It was a mistake: wrong patient";
        NotMe = "not_me", "It was not me";
        NotKnown = "not_known", "I do not remember";
        Other = "other", "Something else (say what below)";
    }
}

impl AccessAnswer {
    /// The same, as either of the two says it.
    #[must_use]
    pub const fn said_by(self, addressee: Addressee) -> &'static str {
        match (addressee, self) {
            (Addressee::Supervisor, Self::Caring) => "They were caring for the patient",
            (Addressee::Supervisor, Self::Covering) => "They were covering or on call",
            (Addressee::Supervisor, Self::NotMe) => "It was not them",
            (Addressee::Supervisor, Self::NotKnown) => "I do not know",
            (_, answer) => answer.label(),
        }
    }
}

words! {
    /// Where a question stands.
    QuestionState {
        Open = "open", "Open";
        Answered = "answered", "Answered";
        Withdrawn = "withdrawn", "Withdrawn";
        NotNeeded = "not_needed", "No longer needed";
    }
}

words! {
    /// How an answer came.
    AnswerChannel {
        Portal = "portal", "Here";
        Phone = "phone", "By phone";
    }
}

words! {
    /// What was done about a question, for the line that says so.
    QuestionDone {
        Asked = "asked", "Question asked";
        Answered = "answered", "Answer sent";
        Remarked = "remarked", "Remark added";
        Recorded = "recorded", "Answer recorded";
        Withdrawn = "withdrawn", "Question withdrawn";
    }
}

words! {
    /// The rules of this release, signals first.
    RuleCode {
        SelfAccess = "self_access", "Own record";
        Household = "household", "Same household";
        Coworker = "coworker", "Coworker";
        WatchList = "watch_list", "Watch list";
        TerminatedUser = "terminated_user", "Used after leaving";
        InactiveUser = "inactive_user", "Login unused or on leave";
        VolumeSpike = "volume_spike", "Unusual volume";
        RepeatSamePatient = "repeat_same_patient", "Same patient again";
        BreakGlassNoReason = "break_glass_no_reason", "Break-glass, no reason";
        BulkExport = "bulk_export", "Bulk export";
        AgreementLapsed = "agreement_lapsed", "BAA not in effect";
        ReportedByPerson = "reported_by_person", "Reported";
        Manual = "manual", "Flagged by hand";
        AfterHours = "after_hours", "Off shift";
        ForeignFacility = "foreign_facility", "Other facility";
        ForeignNetwork = "foreign_network", "Outside network";
        RoleMismatch = "role_mismatch", "Unusual for the job";
        TrainingLapsed = "training_lapsed", "Training lapsed";
        BreakGlass = "break_glass", "Break-glass";
        UnmatchedIdentity = "unmatched_identity", "Unmatched login";
    }
}

words! {
    /// Whether a rule puts a case in the queue or only colours one that is there.
    RuleKind {
        Signal = "signal", "Signal";
        Context = "context", "Context";
    }
}

words! {
    /// Why a person flags an access: a closed list, so that no text is kept.
    FlagReason {
        Complaint = "complaint", "A patient or relative complained";
        ColleagueConcern = "colleague_concern", "A colleague raised a concern";
        NoTask = "no_task", "No task seems to explain it";
        KnownRelation = "known_relation", "A private relation is known";
        InTheNews = "in_the_news", "The patient is in the news";
        Other = "other", "Other (say what in the note)";
    }
}

words! {
    /// Where a proposed change of a rule stands.
    ProposalState {
        ShadowWaiting = "shadow_waiting", "Shadow run waits";
        ShadowRunning = "shadow_running", "Shadow run under way";
        ShadowFailed = "shadow_failed", "Shadow run failed";
        ShadowDone = "shadow_done", "Shadow run done";
        Requested = "requested", "Approval asked for";
        Approved = "approved", "Approved and live";
        Refused = "refused", "Refused";
        Withdrawn = "withdrawn", "Withdrawn";
        Expired = "expired", "Expired";
    }
}

words! {
    /// How a decision is looked at a second time.
    SecondReviewKind {
        Required = "required", "Second review";
        Blind = "blind", "Blind sample";
    }
}

words! {
    /// Why a decision is looked at a second time.
    SecondReviewGround {
        Disposition = "disposition", "The decision itself";
        Critical = "critical", "Critical case";
        WatchList = "watch_list", "Watch list";
        Complaint = "complaint", "Reported";
        Overturned = "overturned", "Overturned before";
        Sample = "sample", "Blind sample";
    }
}

words! {
    /// What came of a second review.
    SecondReviewOutcome {
        Confirmed = "confirmed", "Agreed";
        Overturned = "overturned", "Overturned";
        TakenBack = "taken_back", "Taken back";
    }
}

words! {
    /// How a reader stands to the second review that a case waits for.
    SecondReviewStanding {
        May = "may", "Gives it";
        Own = "own", "Decided it or asked about it";
        Role = "role", "Role does not give it";
        Conflict = "conflict", "Stands too near";
    }
}

words! {
    /// Why a patient is put on the watch list.
    WatchReason {
        PublicFigure = "public_figure", "Known to the public";
        Workforce = "workforce", "Member of the workforce";
        PatientAsked = "patient_asked", "The patient asked for it";
        Complaint = "complaint", "A complaint is open";
        Legal = "legal", "A legal matter is open";
    }
}

words! {
    /// Work that waits in the jobs table.
    JobKind {
        ImportBatch = "import_batch", "Import of a file";
        RuleRerun = "rule_rerun", "Rules over what a late fact touches";
        BatchWithdrawal = "batch_withdrawal", "Withdrawal of an import";
        ShadowRun = "shadow_run", "Shadow run of a proposed rule";
    }
}

words! {
    /// Why an import is withdrawn.
    WithdrawalReason {
        WrongMapping = "wrong_mapping", "It was read with a wrong mapping";
        WrongSource = "wrong_source", "It was imported under the wrong source";
        WrongFile = "wrong_file", "It was the wrong file";
        TestData = "test_data", "It held test data";
        CorrectedExport = "corrected_export", "The source sent a corrected export";
        Other = "other", "Another reason";
    }
}

words! {
    /// Why a day of a source has less than expected.
    GapReason {
        SourceDown = "source_down", "The source system was down";
        NoServiceThatDay = "no_service_that_day", "Closed or a holiday: no service that day";
        ExportNotRun = "export_not_run", "The export did not run";
        ExportPartial = "export_partial", "The export was cut short";
        LateFileExpected = "late_file_expected", "A late file is expected";
        Migrated = "migrated", "The source was moved to another system";
        Other = "other", "Another reason";
    }
}

words! {
    /// Why rules run again over rows that are stored already.
    RerunCause {
        LoginMatched = "login_matched", "A login was matched";
        EmploymentChanged = "employment_changed", "Employment was entered later";
        AgreementChanged = "agreement_changed", "An agreement changed";
        RuleChanged = "rule_changed", "A rule was changed";
        BatchWithdrawn = "batch_withdrawn", "A batch was withdrawn";
        PatientWatched = "patient_watched", "A patient was put on the watch list";
        PersonChanged = "person_changed", "A name or an address changed";
        FlaggedByHand = "flagged_by_hand", "Somebody flagged an access";
    }
}

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
    /// What a roster changes for one person.
    RosterChange {
        Added = "added", "Added";
        Moved = "moved", "Moved";
        OnLeave = "on_leave", "Put on leave";
        Returned = "returned", "Returned";
        Terminated = "terminated", "Leaves";
        Rehired = "rehired", "Rehired";
        Renamed = "renamed", "Name, e-mail or address";
        Missing = "missing", "Missing from the file";
        OtherPosition = "other_position", "Another position";
        Problem = "problem", "Cannot be applied";
        Unchanged = "unchanged", "Unchanged";
    }
}

words! {
    /// Where a request for an account stands.
    SignUpState {
        Waiting = "waiting", "Waiting";
        Approved = "approved", "Approved";
        Rejected = "rejected", "Rejected";
    }
}

words! {
    /// Why a roster's line cannot be applied, or not all of it.
    RosterProblem {
        DuplicateNumber = "duplicate_number", "This person stands in the file more than once, and the file does not say which position is the primary one";
        NoFacility = "no_facility", "The line names no facility";
        UnknownFacility = "unknown_facility", "No facility has this name or site code";
        FacilityNotYours = "facility_not_yours", "Your account does not cover this facility";
        NoDepartment = "no_department", "The line names no department";
        NoJob = "no_job", "The line names no job";
        WorksElsewhere = "works_elsewhere", "This person works at a facility that your account does not cover";
        DateDisorder = "date_disorder", "The dates are out of order, or before the employment that is recorded";
        Overlaps = "overlaps", "The dates overlap employment that is recorded already";
        EmailTaken = "email_taken", "Somebody else has this e-mail address; it is left out";
        UnknownSupervisor = "unknown_supervisor", "Nobody has the supervisor's employee number; the supervisor is left as it was";
        Unreadable = "unreadable", "The line cannot be read";
        Yourself = "yourself", "This is you; somebody else applies it";
        AccountElsewhere = "account_elsewhere", "This person has an account and never worked where your account reaches; somebody who sees every facility enters them";
        AccountKept = "account_kept", "This person signs in here; the account keeps its name and e-mail address";
    }
}

words! {
    /// Why a request for an account was rejected.
    SignUpReason {
        UnknownPerson = "unknown_person", "Nobody we know by these details";
        HasAccount = "has_account", "The person has an account";
        WrongDetails = "wrong_details", "Details are wrong";
        NotNeeded = "not_needed", "No account is needed";
    }
}

words! {
    /// What an EHR login is.
    LoginKind {
        Personal = "personal", "Used by people";
        System = "system", "System account";
    }
}

words! {
    /// What about an account needs a second person.
    ChangeKind {
        Role = "role", "Role";
        Scope = "scope", "Facilities";
        Engagement = "engagement", "Engagement";
        FactorReset = "factor_reset", "Remove the second factor";
        PasswordReset = "password_reset", "One-time link";
    }
}

words! {
    /// Where such a change stands.
    ChangeState {
        Waiting = "waiting", "Waiting for a second person";
        Approved = "approved", "Approved";
        Rejected = "rejected", "Rejected";
        Withdrawn = "withdrawn", "Withdrawn";
        Expired = "expired", "Expired";
    }
}

words! {
    /// What was done to an account, for the line that says so.
    AccountDone {
        Created = "created", "Account created";
        Updated = "updated", "Account changed";
        Approved = "approved", "Request approved; they can sign in";
        Rejected = "rejected", "Request rejected";
        Requested = "requested", "Waiting for a second person";
        Granted = "granted", "Approved; it counts now";
        Refused = "refused", "Rejected; nothing changes";
        Withdrawn = "withdrawn", "Withdrawn";
        Lowered = "lowered", "Role taken away";
        Narrowed = "narrowed", "Facilities changed";
        EngagementEnded = "engagement_ended", "Engagement ended";
        Deactivated = "deactivated", "Account deactivated";
        Reactivated = "reactivated", "Account active again";
        SignedOut = "signed_out", "Signed out everywhere";
        PasswordChanged = "password_changed", "Password changed";
        SessionEnded = "session_ended", "Session ended";
        SessionsEnded = "sessions_ended", "Other sessions ended";
        FactorOff = "factor_off", "Second factor turned off";
        FactorStays = "factor_stays", "Nothing moves; your phone counts as before";
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

/// `R. Castellano` of a full name: lists show no more than they need.
#[must_use]
pub fn short_name(full_name: &str) -> String {
    let mut parts = full_name.split_whitespace();
    match (parts.next(), parts.next_back()) {
        (Some(first), Some(last)) => format!("{}. {last}", first.chars().next().unwrap_or('?')),
        _ => full_name.to_owned(),
    }
}

/// What stands for a patient whose id in the source may not be shown: the random part of our own id.
#[must_use]
pub fn pseudonym(patient: uuid::Uuid) -> String {
    let hex = patient.simple().to_string();
    format!("PT-{}", hex[20..].to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::{Disposition, short_name};

    #[test]
    fn words_come_back_as_they_went() {
        for &word in Disposition::ALL {
            assert_eq!(Disposition::parse(word.as_str()), Some(word));
        }
        assert_eq!(Disposition::parse("fine"), None);
    }

    #[test]
    fn a_list_shows_initial_and_last_name() {
        assert_eq!(short_name("Maya Lindqvist"), "M. Lindqvist");
        assert_eq!(short_name("Ana María de la Cruz"), "A. Cruz");
        assert_eq!(short_name("Prince"), "Prince");
    }
}

//! What each rule is, in the words a person reads on its page.

use crate::words::RuleCode;

/// What a rule looks for.
#[must_use]
pub const fn looks_for(code: RuleCode) -> &'static str {
    match code {
        RuleCode::SelfAccess => {
            "A workforce member opened their own record: it is linked to them, or name and home address are the same."
        }
        RuleCode::Household => {
            "The patient lives at the home address of whoever opened the record. The same surname raises the severity."
        }
        RuleCode::Coworker => {
            "The patient worked in the same department on that day as whoever opened the record; the same facility is a weaker sign."
        }
        RuleCode::WatchList => "The patient is on the watch list. Every access is looked at.",
        RuleCode::TerminatedUser => {
            "A login was used after its holder's last day of work, while no employment covered the day. The first day after weighs less: a night shift runs into it."
        }
        RuleCode::InactiveUser => {
            "A login was used while its holder was on leave, or after a long time in which it opened no record."
        }
        RuleCode::VolumeSpike => {
            "A day with many times the patients that are usual for this person, and many more than others in the same job at the facility open."
        }
        RuleCode::RepeatSamePatient => {
            "The same patient on many days, far more often than the person's other patients and than others in the job open theirs."
        }
        RuleCode::BreakGlassNoReason => "The glass was broken and the reason was left empty.",
        RuleCode::BulkExport => {
            "Records of many patients were printed, exported or disclosed by one person in one day."
        }
        RuleCode::AgreementLapsed => {
            "A vendor's account was used on a day that none of the vendor's business associate agreements covers (164.504(e))."
        }
        RuleCode::ReportedByPerson => {
            "Somebody reported an access to the privacy office, and it was entered from the access rows."
        }
        RuleCode::Manual => "Somebody of the privacy office flagged an access from the access rows.",
        RuleCode::AfterHours => {
            "An access outside the hours of the department the person worked in on that day. Round-the-clock departments have none."
        }
        RuleCode::ForeignFacility => {
            "The record belongs to a facility that is none of those the person worked for on that day."
        }
        RuleCode::ForeignNetwork => {
            "The address is in none of the organization's networks, at a facility that says what its networks are."
        }
        RuleCode::RoleMismatch => "A kind of record that the site's own table says this job does not need.",
        RuleCode::TrainingLapsed => {
            "A course the person had completed had expired by the day of the access and was not taken again by then."
        }
        RuleCode::BreakGlass => "The glass was broken, and a reason was given.",
        RuleCode::UnmatchedIdentity => "Nobody is known to have held the login at the time of the access.",
    }
}

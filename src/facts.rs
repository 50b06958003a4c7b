//! The typed facts of a flag, and the one sentence each becomes. A rule's SQL writes them as JSON, this type reads them;
//! no free text passes through.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::words::{FlagReason, RuleCode, resource_label};

mod sentences;

/// How it is known that a patient is a member of the workforce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownBy {
    /// The patient's record is linked to the person.
    Linked,
    /// Name and address are the same.
    NameAndAddress,
}

/// What a rule saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Facts {
    /// The person's own record.
    SelfAccess {
        /// How that is known.
        by: KnownBy,
    },
    /// The record of somebody who lives at the person's address.
    Household {
        /// Whether the surname is the same, too.
        same_surname: bool,
    },
    /// The record of somebody the person works with.
    Coworker {
        /// In the same department on that day; else in the same facility.
        same_department: bool,
        /// How it is known who the patient is.
        by: KnownBy,
    },
    /// A patient on the watch list.
    WatchList {},
    /// A login was used after its holder's last day of work.
    TerminatedUser {
        /// The last day of work.
        last_day: NaiveDate,
        /// Whole days from that day to the access, in the facility's zone.
        days_after: i64,
    },
    /// A login was used during leave, or after a long time without use.
    InactiveUser {
        /// During leave; else after a time without use.
        on_leave: bool,
        /// The first day of leave, or the day of the last use.
        since: NaiveDate,
        /// Whole days from that day to the access.
        days: i64,
    },
    /// The glass was broken and no reason was given.
    BreakGlassNoReason {
        /// How many times that day, on that patient.
        times: i64,
    },
    /// Far more patients in a day than usual for this person, and for others in the same job.
    VolumeSpike {
        /// Distinct patients that day.
        patients: i64,
        /// Rows that day.
        rows: i64,
        /// The median of distinct patients over the days with work in the window before.
        usual: f64,
        /// How many such days there were.
        days: i64,
        /// The window, in days.
        window: i64,
        /// The same median over others in this job at this facility, where there are enough of their days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peers: Option<f64>,
        /// How many days of theirs there were.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peer_days: Option<i64>,
    },
    /// One patient again and again.
    RepeatSamePatient {
        /// Days with an access to this patient in the window.
        days: i64,
        /// The window, in days.
        window: i64,
        /// The median of days over this person's patients in the window.
        usual: f64,
        /// The same over others in this job at this facility.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peers: Option<f64>,
    },
    /// Many patients printed, exported or disclosed in one day.
    BulkExport {
        /// Distinct patients.
        patients: i64,
        /// Rows.
        rows: i64,
    },
    /// A vendor's account was used on a day that no agreement covers.
    AgreementLapsed {
        /// The last day of the agreement before; none: the agreement began later.
        ended_on: Option<NaiveDate>,
        /// Whole days from that day to the access.
        days_after: Option<i64>,
    },
    /// Somebody reported it to the privacy office.
    ReportedByPerson {
        /// Why, from the closed list.
        reason: FlagReason,
    },
    /// Somebody of the privacy office flagged it.
    Manual {
        /// Why, from the closed list.
        reason: FlagReason,
    },
    /// Outside the hours of the person's department.
    AfterHours {
        /// Local wall-clock of the first such access, `02:14`.
        at: String,
        /// When the department opens, `07:00`.
        opens: String,
        /// When it closes, `19:00`.
        closes: String,
        /// Whether it was a Saturday or Sunday.
        weekend: bool,
    },
    /// A record of a facility the person did not work for on that day.
    ForeignFacility {},
    /// From an address in no network of the organisation.
    ForeignNetwork {},
    /// A kind of record that the person's job does not need.
    RoleMismatch {
        /// The kind of record, as stored.
        resource_type: String,
    },
    /// Training had expired and was not taken again.
    TrainingLapsed {
        /// The first day without it.
        expired_on: NaiveDate,
        /// Whole days from that day to the access.
        days: i64,
        /// How many courses.
        courses: i64,
    },
    /// The glass was broken, with a reason.
    BreakGlass {
        /// How many times that day, on that patient.
        times: i64,
    },
    /// Nobody is known to have held the login.
    UnmatchedIdentity {},
}

impl Facts {
    /// The rule they belong to.
    #[must_use]
    pub const fn rule(&self) -> RuleCode {
        match self {
            Self::SelfAccess { .. } => RuleCode::SelfAccess,
            Self::Household { .. } => RuleCode::Household,
            Self::Coworker { .. } => RuleCode::Coworker,
            Self::WatchList {} => RuleCode::WatchList,
            Self::TerminatedUser { .. } => RuleCode::TerminatedUser,
            Self::InactiveUser { .. } => RuleCode::InactiveUser,
            Self::BreakGlassNoReason { .. } => RuleCode::BreakGlassNoReason,
            Self::VolumeSpike { .. } => RuleCode::VolumeSpike,
            Self::RepeatSamePatient { .. } => RuleCode::RepeatSamePatient,
            Self::BulkExport { .. } => RuleCode::BulkExport,
            Self::AgreementLapsed { .. } => RuleCode::AgreementLapsed,
            Self::ReportedByPerson { .. } => RuleCode::ReportedByPerson,
            Self::Manual { .. } => RuleCode::Manual,
            Self::AfterHours { .. } => RuleCode::AfterHours,
            Self::ForeignFacility {} => RuleCode::ForeignFacility,
            Self::ForeignNetwork {} => RuleCode::ForeignNetwork,
            Self::RoleMismatch { .. } => RuleCode::RoleMismatch,
            Self::TrainingLapsed { .. } => RuleCode::TrainingLapsed,
            Self::BreakGlass { .. } => RuleCode::BreakGlass,
            Self::UnmatchedIdentity {} => RuleCode::UnmatchedIdentity,
        }
    }

    /// The few words of a badge.
    #[must_use]
    pub fn badge(&self) -> String {
        match self {
            Self::VolumeSpike { patients, usual, .. } => {
                format!("{}× usual volume", sentences::times(*patients, *usual))
            }
            Self::Household { same_surname: true } => "Possible relative".to_owned(),
            Self::Coworker { same_department: true, .. } => "Same department".to_owned(),
            Self::InactiveUser { on_leave: true, .. } => "On leave".to_owned(),
            Self::InactiveUser { days, .. } => format!("Unused for {days} days"),
            Self::RepeatSamePatient { days, .. } => format!("Same patient on {days} days"),
            Self::BulkExport { patients, .. } => format!("{patients} patients taken out"),
            Self::RoleMismatch { resource_type } => format!("{} unusual for the job", resource_label(resource_type)),
            other => other.rule().label().to_owned(),
        }
    }

    /// The sentence: the value against its baseline.
    #[must_use]
    pub fn sentence(&self) -> String {
        sentences::of(self)
    }

    /// The icon that goes with it.
    #[must_use]
    pub const fn icon(&self) -> &'static str {
        self.rule().icon()
    }
}

impl RuleCode {
    /// The icon that goes with what it flags.
    #[must_use]
    pub const fn icon(self) -> &'static str {
        match self {
            Self::SelfAccess | Self::Household => "user",
            Self::Coworker => "users",
            Self::WatchList => "eye",
            Self::TerminatedUser | Self::InactiveUser => "user-off",
            Self::BreakGlassNoReason | Self::BreakGlass => "key",
            Self::VolumeSpike => "chart-bar",
            Self::RepeatSamePatient => "repeat",
            Self::BulkExport => "download",
            Self::AgreementLapsed => "file-x",
            Self::ReportedByPerson | Self::Manual => "flag",
            Self::AfterHours => "moon",
            Self::ForeignFacility => "building-hospital",
            Self::ForeignNetwork => "network-off",
            Self::RoleMismatch => "map-pin-off",
            Self::TrainingLapsed => "school",
            Self::UnmatchedIdentity => "user-question",
        }
    }

    /// Whether what it sees is about a whole day of a person or an account rather than about one patient.
    #[must_use]
    pub const fn about_a_day(self) -> bool {
        matches!(self, Self::VolumeSpike | Self::BulkExport | Self::InactiveUser | Self::AgreementLapsed)
    }

    /// Whether people raise it; the others are statements over the rows.
    #[must_use]
    pub const fn by_people(self) -> bool {
        matches!(self, Self::ReportedByPerson | Self::Manual)
    }
}

#[cfg(test)]
mod tests {
    use super::Facts;

    #[test]
    fn facts_become_a_badge_and_a_sentence_with_the_value_against_its_baseline() {
        let spike: Facts = serde_json::from_str(
            r#"{"rule":"volume_spike","patients":412,"rows":430,"usual":46,"days":21,"window":30}"#,
        )
        .expect("typed");
        assert_eq!(spike.badge(), "9× usual volume");
        assert_eq!(
            spike.sentence(),
            "412 patients in 430 rows on one day. The median before is 46 a day, over 21 days with work of 30."
        );
        let gone: Facts = serde_json::from_str(r#"{"rule":"terminated_user","last_day":"2026-11-02","days_after":12}"#)
            .expect("typed");
        assert_eq!(gone.sentence(), "The login was used 12 days after its holder's last day of work, Nov 2, 2026.");
    }

    #[test]
    fn facts_that_no_rule_writes_are_refused() {
        assert!(serde_json::from_str::<Facts>(r#"{"rule":"manual","note":"free text"}"#).is_err());
        assert!(serde_json::from_str::<Facts>(r#"{"rule":"manual","reason":"free text"}"#).is_err());
    }
}

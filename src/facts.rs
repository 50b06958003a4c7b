//! The typed facts of a flag, and the one sentence each becomes. A rule's SQL writes them as JSON, this type reads them;
//! no free text passes through.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::words::RuleCode;

/// What a rule saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Facts {
    /// A login was used after its holder's last day of work.
    TerminatedUser {
        /// The last day of work.
        last_day: NaiveDate,
        /// Whole days from that day to the access, in the facility's zone.
        days_after: i64,
    },
    /// The glass was broken and no reason was given.
    BreakGlassNoReason {
        /// How many times that day, on that patient.
        times: i64,
    },
    /// Far more patients in a day than usual for this person.
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
}

impl Facts {
    /// The rule they belong to.
    #[must_use]
    pub const fn rule(&self) -> RuleCode {
        match self {
            Self::TerminatedUser { .. } => RuleCode::TerminatedUser,
            Self::BreakGlassNoReason { .. } => RuleCode::BreakGlassNoReason,
            Self::VolumeSpike { .. } => RuleCode::VolumeSpike,
            Self::AfterHours { .. } => RuleCode::AfterHours,
        }
    }

    /// The few words of a badge.
    #[must_use]
    pub fn badge(&self) -> String {
        match self {
            Self::VolumeSpike { patients, usual, .. } => format!("{}× usual volume", times(*patients, *usual)),
            other => other.rule().label().to_owned(),
        }
    }

    /// The sentence: the value against its baseline.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::TerminatedUser { last_day, days_after } => {
                let day = last_day.format("%b %-d, %Y");
                match days_after {
                    1 => format!("The login was used the day after its holder's last day of work, {day}."),
                    days => format!("The login was used {days} days after its holder's last day of work, {day}."),
                }
            }
            Self::BreakGlassNoReason { times: 1 } => "The glass was broken without a reason.".to_owned(),
            Self::BreakGlassNoReason { times } => format!("The glass was broken {times} times without a reason."),
            Self::VolumeSpike { patients, rows, usual, days, window } => format!(
                "{patients} patients in {rows} rows on one day. This person's median is {} a day, over {days} working days of the {window} before.",
                trimmed(*usual)
            ),
            Self::AfterHours { at, opens, closes, weekend } => {
                let day = if *weekend { " on a weekend" } else { "" };
                format!(
                    "First access outside the department's hours at {at}{day}; they are {opens} to {closes}, Monday to Friday."
                )
            }
        }
    }

    /// The icon that goes with it.
    #[must_use]
    pub const fn icon(&self) -> &'static str {
        match self {
            Self::TerminatedUser { .. } => "user-off",
            Self::BreakGlassNoReason { .. } => "key",
            Self::VolumeSpike { .. } => "chart-bar",
            Self::AfterHours { .. } => "moon",
        }
    }
}

fn times(value: i64, usual: f64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "a day's patients are far below 2^52")]
    let ratio = value as f64 / usual.max(1.0);
    if ratio >= 10.0 { format!("{ratio:.0}") } else { trimmed((ratio * 10.0).round() / 10.0) }
}

fn trimmed(value: f64) -> String {
    if value.fract().abs() < 0.05 { format!("{value:.0}") } else { format!("{value:.1}") }
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
            "412 patients in 430 rows on one day. This person's median is 46 a day, over 21 working days of the 30 before."
        );
        let gone: Facts = serde_json::from_str(r#"{"rule":"terminated_user","last_day":"2026-11-02","days_after":12}"#)
            .expect("typed");
        assert_eq!(gone.sentence(), "The login was used 12 days after its holder's last day of work, Nov 2, 2026.");
    }

    #[test]
    fn facts_that_no_rule_writes_are_refused() {
        assert!(serde_json::from_str::<Facts>(r#"{"rule":"manual","note":"free text"}"#).is_err());
    }
}

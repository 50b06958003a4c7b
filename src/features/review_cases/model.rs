//! Pure rules of the review: what a decision leads to and which reasons fit it.

use serde::Deserialize;

use super::second_review::model::{Circumstances, ground};
use crate::web::{Errors, forms};
use crate::words::{Disposition, Reason, ReviewState};

/// How long a case may wait before it is late: the site's target, counted from its last access.
pub const TARGET_DAYS: i64 = 2;

/// The longest note, in characters.
const NOTE_LIMIT: usize = 500;

impl ReviewState {
    /// Whether a decision may be made now.
    #[must_use]
    pub const fn may_be_decided(self) -> bool {
        match self {
            Self::Unassigned | Self::Assigned | Self::InReview | Self::AwaitingAnswer => true,
            Self::AwaitingSecondReview | Self::Closed => false,
        }
    }

    /// Where a decision leads: to a second person where there is a ground for one, else the case is closed. Of those that
    /// close, the database draws the blind sample.
    #[must_use]
    pub const fn decided(self, disposition: Disposition, case: Circumstances) -> Option<Self> {
        if !self.may_be_decided() {
            return None;
        }
        Some(if ground(disposition, case).is_some() { Self::AwaitingSecondReview } else { Self::Closed })
    }

    /// Where a reversal leads.
    #[must_use]
    pub const fn reopened(self) -> Option<Self> {
        match self {
            Self::AwaitingSecondReview | Self::Closed => Some(Self::InReview),
            Self::Unassigned | Self::Assigned | Self::InReview | Self::AwaitingAnswer => None,
        }
    }
}

impl Disposition {
    /// Whether a second person must agree.
    #[must_use]
    pub const fn needs_second_review(self) -> bool {
        match self {
            Self::InappropriateInadvertent
            | Self::InappropriateIntentional
            | Self::AttributedToOther
            | Self::UnableToDetermine
            | Self::DataError => true,
            Self::Appropriate | Self::AppropriatePolicyGap | Self::Duplicate => false,
        }
    }

    /// The reasons that can explain it.
    #[must_use]
    pub const fn reasons(self) -> &'static [Reason] {
        match self {
            Self::Appropriate | Self::AppropriatePolicyGap => &[
                Reason::CareTeam,
                Reason::OnCall,
                Reason::Registration,
                Reason::Billing,
                Reason::QualityReview,
                Reason::ReleaseOfInformation,
                Reason::ItSupport,
                Reason::Other,
            ],
            Self::InappropriateInadvertent => &[Reason::WrongPatient, Reason::Excess, Reason::Other],
            Self::InappropriateIntentional => {
                &[Reason::Curiosity, Reason::Family, Reason::Coworker, Reason::Excess, Reason::Other]
            }
            Self::AttributedToOther => &[Reason::CredentialSharing, Reason::Other],
            Self::UnableToDetermine | Self::Duplicate | Self::DataError => &[Reason::Other, Reason::ItSupport],
        }
    }
}

/// A path of the queue: where a decision may lead.
#[must_use]
pub fn is_local(path: &str) -> bool {
    path.strip_prefix("/access-logs").is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '/']))
        && !path.contains('\\')
        && !path.contains(char::is_control)
}

/// The version of a case that somebody looked at.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Seen {
    /// As the page had it; a later one is a conflict.
    #[serde(default)]
    pub version: i32,
}

/// What the decision form posts.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct DecisionForm {
    /// The version of the case the person looked at.
    #[serde(default)]
    pub version: i32,
    /// The chosen disposition.
    #[serde(default)]
    pub disposition: String,
    /// The chosen reason.
    #[serde(default)]
    pub reason: String,
    /// A short note.
    #[serde(default)]
    pub note: String,
    /// Where to go next: a path of the queue.
    #[serde(default)]
    pub next: String,
}

/// A decision that can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What was found.
    pub disposition: Disposition,
    /// Why.
    pub reason: Reason,
    /// A short note, if one was written.
    pub note: Option<String>,
}

impl DecisionForm {
    /// Checks the form.
    ///
    /// # Errors
    /// Every field that needs another answer, with the sentence to show.
    pub fn check(&self) -> Result<Decision, Errors> {
        let mut errors = Errors::new();
        let disposition = Disposition::parse(&self.disposition);
        if disposition.is_none() {
            errors.add("disposition", "Choose what you found");
        }
        let reason = Reason::parse(&self.reason);
        match (disposition, reason) {
            (_, None) => errors.add("reason", "Choose a reason for this case"),
            (Some(disposition), Some(reason)) if !disposition.reasons().contains(&reason) => {
                errors.add(
                    "reason",
                    format!("“{}” does not explain “{}”. Choose another reason", reason.label(), disposition.label()),
                );
            }
            _ => {}
        }
        let note = forms::line(&self.note);
        if note.chars().count() > NOTE_LIMIT {
            errors.add("note", format!("Shorten the note to {NOTE_LIMIT} characters"));
        }
        if reason == Some(Reason::Other) && note.is_empty() {
            errors.add("note", "Say in the note what the other reason is");
        }
        match (disposition, reason) {
            (Some(disposition), Some(reason)) if errors.is_empty() => {
                Ok(Decision { disposition, reason, note: (!note.is_empty()).then_some(note) })
            }
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Circumstances, DecisionForm};
    use crate::words::{Disposition, Reason, ReviewState, Risk};

    #[test]
    fn what_weighs_on_somebody_and_every_critical_watched_reported_or_overturned_case_gets_a_second_review() {
        for &state in ReviewState::ALL {
            for &disposition in Disposition::ALL {
                for &risk in Risk::ALL {
                    for circumstance in 0..8 {
                        let weighs = !matches!(
                            disposition,
                            Disposition::Appropriate | Disposition::AppropriatePolicyGap | Disposition::Duplicate
                        );
                        let [watch_list, complaint, overturned] = [1, 2, 4].map(|bit| circumstance & bit != 0);
                        let case = Circumstances { risk, watch_list, complaint, overturned };
                        let expected = match state {
                            ReviewState::Closed | ReviewState::AwaitingSecondReview => None,
                            _ if weighs || risk == Risk::Critical || circumstance > 0 => {
                                Some(ReviewState::AwaitingSecondReview)
                            }
                            _ => Some(ReviewState::Closed),
                        };
                        assert_eq!(state.decided(disposition, case), expected, "{state:?} {disposition:?} {case:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn only_what_is_decided_can_be_reopened() {
        for &state in ReviewState::ALL {
            assert_eq!(state.reopened().is_some(), !state.may_be_decided(), "{state:?}");
        }
    }

    #[test]
    fn every_disposition_has_reasons() {
        for &disposition in Disposition::ALL {
            assert!(disposition.reasons().contains(&Reason::Other), "{disposition:?}");
        }
    }

    #[test]
    fn a_reason_that_does_not_explain_the_disposition_is_refused_by_name() {
        let form =
            DecisionForm { disposition: "appropriate".into(), reason: "curiosity".into(), ..DecisionForm::default() };
        let errors = form.check().expect_err("does not fit");
        assert_eq!(errors.get("reason"), Some("“Curiosity” does not explain “Appropriate”. Choose another reason"));
        let form =
            DecisionForm { disposition: "appropriate".into(), reason: "other".into(), ..DecisionForm::default() };
        assert!(form.check().expect_err("needs a note").get("note").is_some());
        let form =
            DecisionForm { disposition: "appropriate".into(), reason: "on_call".into(), ..DecisionForm::default() };
        assert!(form.check().is_ok());
    }
}

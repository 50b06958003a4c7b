//! Where a finding stands, and the steps from there: one after the other, back to investigating from review. Closing is no
//! step: it takes an approval. `portal.finding_may_move` says the same, and a test holds both equal.

use crate::words::words;

words! {
    /// Where a finding stands.
    Status {
        Open = "open", "Open";
        Investigating = "investigating", "Investigating";
        ActionPlanned = "action_planned", "Action planned";
        ActionInProgress = "action_in_progress", "Action in progress";
        ReadyForReview = "ready_for_review", "Ready for review";
        ClosedRemediated = "closed_remediated", "Closed, remediated";
        ClosedAccepted = "closed_accepted", "Closed, accepted";
        ClosedNotSubstantiated = "closed_not_substantiated", "Closed, not substantiated";
        Reopened = "reopened", "Reopened";
    }
}

words! {
    /// What somebody does to a finding, as the button has it.
    Step {
        Investigate = "investigate", "Start investigating";
        PlanAction = "plan_action", "Mark action as planned";
        BeginAction = "begin_action", "Start the action";
        AskForReview = "ask_for_review", "Ask for review";
        SendBack = "send_back", "Send back to investigating";
        Close = "close", "Close finding";
    }
}

/// Why a step is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The step comes from another status than this one.
    OutOfOrder(Status),
    /// It is closed already.
    Closed,
    /// Closing takes a second person.
    NeedsApproval,
}

impl Refused {
    /// The sentence to show.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::OutOfOrder(status) => {
                format!("This step does not follow “{}”. A finding takes one step after the other", status.label())
            }
            Self::Closed => "This finding is closed. Opening it again takes an approval".to_owned(),
            Self::NeedsApproval => NEEDS_APPROVAL.to_owned(),
        }
    }
}

/// Why nobody who works on a finding closes it.
pub const NEEDS_APPROVAL: &str = "Closing needs an approval by somebody who did not work on this finding";

impl Status {
    /// Somebody looks into what happened.
    ///
    /// # Errors
    /// Where this step does not follow; here and below.
    pub const fn investigate(self) -> Result<Self, Refused> {
        match self {
            Self::Open | Self::Reopened => Ok(Self::Investigating),
            other => Err(other.refuses()),
        }
    }

    /// It is known what is to be done.
    ///
    /// # Errors
    /// As [`Self::investigate`].
    pub const fn plan_action(self) -> Result<Self, Refused> {
        match self {
            Self::Investigating => Ok(Self::ActionPlanned),
            other => Err(other.refuses()),
        }
    }

    /// It is being done.
    ///
    /// # Errors
    /// As [`Self::investigate`].
    pub const fn begin_action(self) -> Result<Self, Refused> {
        match self {
            Self::ActionPlanned => Ok(Self::ActionInProgress),
            other => Err(other.refuses()),
        }
    }

    /// It is done, and somebody else looks at it.
    ///
    /// # Errors
    /// As [`Self::investigate`].
    pub const fn ask_for_review(self) -> Result<Self, Refused> {
        match self {
            Self::ActionInProgress => Ok(Self::ReadyForReview),
            other => Err(other.refuses()),
        }
    }

    /// Something is missing.
    ///
    /// # Errors
    /// As [`Self::investigate`].
    pub const fn send_back(self) -> Result<Self, Refused> {
        match self {
            Self::ReadyForReview => Ok(Self::Investigating),
            other => Err(other.refuses()),
        }
    }

    /// Nobody does alone.
    ///
    /// # Errors
    /// Always.
    pub const fn close(self) -> Result<Self, Refused> {
        Err(if self.is_closed() { Refused::Closed } else { Refused::NeedsApproval })
    }

    const fn refuses(self) -> Refused {
        if self.is_closed() { Refused::Closed } else { Refused::OutOfOrder(self) }
    }

    /// Where a step leads from here.
    ///
    /// # Errors
    /// As [`Self::investigate`].
    pub const fn take(self, step: Step) -> Result<Self, Refused> {
        match step {
            Step::Investigate => self.investigate(),
            Step::PlanAction => self.plan_action(),
            Step::BeginAction => self.begin_action(),
            Step::AskForReview => self.ask_for_review(),
            Step::SendBack => self.send_back(),
            Step::Close => self.close(),
        }
    }

    /// The step forward from here, if one is anybody's to take.
    #[must_use]
    pub fn next(self) -> Option<Step> {
        Step::ALL.iter().copied().find(|&step| step != Step::SendBack && self.take(step).is_ok())
    }

    /// What is asked of whoever takes the next step: what is done in this status.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Open | Self::Reopened => "Find out what happened, and who is touched by it.",
            Self::Investigating => "Once the cause is known, record it and plan what is to be done about it.",
            Self::ActionPlanned => "The plan stands. Start the action when the work begins.",
            Self::ActionInProgress => "When the work is done, ask for a review.",
            Self::ReadyForReview => {
                "Somebody who did not work on this finding reviews it. If something is missing, it goes back."
            }
            Self::ClosedRemediated | Self::ClosedAccepted | Self::ClosedNotSubstantiated => "This finding is closed.",
        }
    }

    /// Whether it is an end.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::ClosedRemediated | Self::ClosedAccepted | Self::ClosedNotSubstantiated)
    }

    /// Label, badge class and icon.
    #[must_use]
    pub const fn badge(self) -> (&'static str, &'static str, &'static str) {
        let (class, icon) = match self {
            Self::Open => ("medium", "circle-dashed"),
            Self::Investigating | Self::ActionInProgress => ("low", "progress"),
            Self::ActionPlanned => ("low", "clipboard-list"),
            Self::ReadyForReview => ("medium", "eye-check"),
            Self::ClosedRemediated | Self::ClosedAccepted | Self::ClosedNotSubstantiated => ("ok", "circle-check"),
            Self::Reopened => ("high", "refresh-alert"),
        };
        (self.label(), class, icon)
    }

    /// Its place among the stages that every finding passes, from 0; the end is the last.
    #[must_use]
    pub const fn stage(self) -> usize {
        match self {
            Self::Open | Self::Reopened => 0,
            Self::Investigating => 1,
            Self::ActionPlanned => 2,
            Self::ActionInProgress => 3,
            Self::ReadyForReview => 4,
            Self::ClosedRemediated | Self::ClosedAccepted | Self::ClosedNotSubstantiated => 5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Refused, Status, Step};

    #[test]
    fn a_finding_takes_one_step_after_the_other_and_goes_back_from_review_alone() {
        use Status::{ActionInProgress, ActionPlanned, Investigating, Open, ReadyForReview, Reopened};
        let steps: Vec<_> = Status::ALL
            .iter()
            .flat_map(|&from| Step::ALL.iter().map(move |&step| (from, step)))
            .filter_map(|(from, step)| from.take(step).ok().map(|to| (from, step, to)))
            .collect();
        assert_eq!(
            steps,
            [
                (Open, Step::Investigate, Investigating),
                (Investigating, Step::PlanAction, ActionPlanned),
                (ActionPlanned, Step::BeginAction, ActionInProgress),
                (ActionInProgress, Step::AskForReview, ReadyForReview),
                (ReadyForReview, Step::SendBack, Investigating),
                (Reopened, Step::Investigate, Investigating),
            ]
        );
    }

    #[test]
    fn nobody_closes_a_finding_by_a_step_and_a_closed_one_takes_none() {
        for &status in Status::ALL {
            let reason = if status.is_closed() { Refused::Closed } else { Refused::NeedsApproval };
            assert_eq!(status.close(), Err(reason), "{status:?}");
            assert!(!status.is_closed() || status.next().is_none());
        }
        assert_eq!(Status::ReadyForReview.next(), None, "what is left is somebody else's");
        assert!(Refused::NeedsApproval.sentence().contains("approval by somebody who did not work on"));
    }
}

//! Pure rules of the second review: what needs one, and what its form may say.

use serde::Deserialize;

use super::super::model::{Decision, DecisionForm};
use crate::web::Errors;
use crate::words::{Disposition, Risk, SecondReviewGround, SecondReviewStanding};

/// What about a case, beside the decision itself, asks for a second person.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each is one ground")]
pub struct Circumstances {
    /// How much the case matters.
    pub risk: Risk,
    /// The patient is on the watch list.
    pub watch_list: bool,
    /// Somebody reported the access.
    pub complaint: bool,
    /// A second person disagreed with a decision of it before.
    pub overturned: bool,
}

/// Why a decision needs a second person; the first ground that holds. The sample is the database's, and not known here.
#[must_use]
pub const fn ground(disposition: Disposition, case: Circumstances) -> Option<SecondReviewGround> {
    if disposition.needs_second_review() {
        Some(SecondReviewGround::Disposition)
    } else if matches!(case.risk, Risk::Critical) {
        Some(SecondReviewGround::Critical)
    } else if case.watch_list {
        Some(SecondReviewGround::WatchList)
    } else if case.complaint {
        Some(SecondReviewGround::Complaint)
    } else if case.overturned {
        Some(SecondReviewGround::Overturned)
    } else {
        None
    }
}

/// Why a second person looks, as the case says it. The sanctions of 45 CFR 164.530(e) follow from what was found improper.
#[must_use]
pub const fn why(ground: SecondReviewGround, disposition: Option<Disposition>) -> &'static str {
    match (ground, disposition) {
        (
            SecondReviewGround::Disposition,
            Some(Disposition::InappropriateInadvertent | Disposition::InappropriateIntentional),
        ) => "The first decision weighs on somebody and may lead to a sanction (45 CFR 164.530(e)).",
        (SecondReviewGround::Disposition, Some(Disposition::AttributedToOther)) => {
            "The first decision says that somebody else used the login."
        }
        (SecondReviewGround::Disposition, Some(Disposition::DataError)) => {
            "The first decision sets the source’s data aside."
        }
        (SecondReviewGround::Disposition, _) => "The first decision leaves open what happened.",
        (SecondReviewGround::Critical, _) => "The case is critical.",
        (SecondReviewGround::WatchList, _) => "The patient is on the watch list.",
        (SecondReviewGround::Complaint, _) => "Somebody reported the access.",
        (SecondReviewGround::Overturned, _) => "A second person disagreed with an earlier decision of this case.",
        (SecondReviewGround::Sample, _) => {
            "This case is in the blind sample. What was decided first, why and by whom is shown once your own decision stands."
        }
    }
}

/// What happens next, for this reader.
#[must_use]
pub const fn next(standing: SecondReviewStanding, blind: bool) -> &'static str {
    match (standing, blind) {
        (SecondReviewStanding::May, false) => {
            "Agree, and the case closes. Disagree, and it goes back to review with both decisions on record."
        }
        (SecondReviewStanding::May, true) => {
            "Decide for yourself. If both find the same, the case closes; else it goes back to review with both decisions on record."
        }
        (SecondReviewStanding::Own, _) => {
            "You decided this case or asked about it: somebody else gives the second review."
        }
        (SecondReviewStanding::Conflict, _) => {
            "You work in the same department: somebody else gives the second review."
        }
        (SecondReviewStanding::Role, _) => "It waits for a privacy manager who did not decide it.",
    }
}

/// What the form of a second review posts.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct SecondForm {
    /// The version of the case the person looked at.
    #[serde(default)]
    pub version: i32,
    /// `agree`, or anything else for a decision of one's own.
    #[serde(default)]
    pub verdict: String,
    /// The own disposition.
    #[serde(default)]
    pub disposition: String,
    /// The own reason.
    #[serde(default)]
    pub reason: String,
    /// Why.
    #[serde(default)]
    pub note: String,
    /// Where to go next: a path of the queue.
    #[serde(default)]
    pub next: String,
}

/// What a second person says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As the first one found.
    Agrees,
    /// Their own decision, with a note: of a blind case, or another than the first.
    Own(Decision),
}

impl SecondForm {
    /// As the form of a decision, to show what was typed.
    #[must_use]
    pub fn typed(self) -> DecisionForm {
        let Self { version, disposition, reason, note, next, .. } = self;
        DecisionForm { version, disposition, reason, note, next }
    }

    /// Checks the form.
    ///
    /// # Errors
    /// Every field that needs another answer, with the sentence to show.
    pub fn check(&self) -> Result<Verdict, Errors> {
        if self.verdict == "agree" {
            return Ok(Verdict::Agrees);
        }
        match self.clone().typed().check() {
            Ok(decision) if decision.note.is_some() => Ok(Verdict::Own(decision)),
            Ok(_) => {
                let mut errors = Errors::new();
                errors.add("note", "Say in the note why: it stands beside the first decision");
                Err(errors)
            }
            Err(errors) => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SecondForm, Verdict};

    #[test]
    fn whoever_decides_for_themselves_says_why_and_whoever_agrees_need_not() {
        let agree = SecondForm { verdict: "agree".into(), ..SecondForm::default() };
        assert_eq!(agree.check().expect("fits"), Verdict::Agrees);
        let mut own =
            SecondForm { disposition: "appropriate".into(), reason: "on_call".into(), ..SecondForm::default() };
        assert!(own.check().expect_err("no note").get("note").is_some());
        own.note = "  ".into();
        assert!(own.check().expect_err("an empty note").get("note").is_some());
        own.note = "On call that night.".into();
        assert!(
            matches!(own.check(), Ok(Verdict::Own(decision)) if decision.note.as_deref() == Some("On call that night."))
        );
        own.reason = "curiosity".into();
        assert!(own.check().expect_err("does not explain it").get("reason").is_some());
    }
}

//! The second review on a case's page: why it waits, what happens next, and the form for whom it is.

use super::model::{self, SecondForm};
use super::queries::{Round, Waiting};
use crate::web::Errors;
use crate::words::{Disposition, SecondReviewGround, SecondReviewStanding, short_name};

/// What the page shows of a second review that waits.
pub struct Panel {
    pub blind: bool,
    pub may: bool,
    pub why: &'static str,
    pub next: &'static str,
    /// Whether the form for another decision stands open.
    pub disagrees: bool,
}

impl Panel {
    /// Of the round, with the first decision as far as the reader sees it.
    #[must_use]
    pub fn of(round: &Round, first: Option<Disposition>) -> Self {
        let blind = round.ground == SecondReviewGround::Sample;
        Self {
            blind,
            may: round.standing == SecondReviewStanding::May,
            why: model::why(round.ground, first),
            next: model::next(round.standing, blind),
            disagrees: blind,
        }
    }
}

impl super::super::case_view::CaseView {
    /// The same, after a second review that could not be accepted: what was typed stays.
    #[must_use]
    pub(super) fn second_answering(mut self, form: SecondForm, errors: Errors) -> Self {
        if let Some(panel) = &mut self.second {
            panel.disagrees = true;
        }
        self.answering(form.typed(), errors)
    }

    /// The same, after the case moved on while somebody looked: says what stands last in its history.
    #[must_use]
    pub(super) fn second_conflicting(mut self, form: SecondForm) -> Self {
        let last = self.history.last().map(|line| format!("{}.", line.text)).unwrap_or_default();
        self.conflict = Some(format!("The case moved on while you looked. {last}"));
        self.second_answering(form, Errors::new())
    }
}

/// For whom one case waits, in words: alternates first, at most three.
#[must_use]
pub fn waits_for(case: uuid::Uuid, waiting: &[Waiting]) -> String {
    let of_case: Vec<_> = waiting.iter().filter(|one| one.case_id == case).collect();
    let names: Vec<_> = of_case
        .iter()
        .take(3)
        .map(|one| {
            let name = short_name(&one.full_name);
            if one.alternate { format!("{name} (alternate)") } else { name }
        })
        .collect();
    match (names.is_empty(), of_case.len().saturating_sub(3)) {
        (true, _) => "Nobody may decide it: name an alternate".to_owned(),
        (false, 0) => format!("Waits for {}", names.join(", ")),
        (false, more) => format!("Waits for {} and {more} more", names.join(", ")),
    }
}

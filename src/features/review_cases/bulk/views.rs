//! The page of a selection: what an act will change, and afterwards what it did and what it left, with why.

use std::fmt::Write as _;

use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::super::model::DecisionForm;
use super::super::queries::SeenCase;
use super::model::{Act, IN_BULK, Standing, for_assignment, for_decision};
use super::queries::{Kept, Written};
use crate::audit::Actor;
use crate::web::filters::Choice;
use crate::web::time::count;
use crate::web::{Chrome, Errors};
use crate::words::{Disposition, Reason, Risk};

/// What the address of a selection's page can say.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    act: String,
}

impl Asked {
    /// The act that is to be confirmed.
    #[must_use]
    pub fn act(&self) -> Act {
        Act::parse(&self.act).unwrap_or(Act::Decide)
    }
}

/// Everything one transaction read about a selection.
pub struct Loaded {
    pub kept: Kept,
    pub standings: Vec<Standing>,
    pub written: Vec<Written>,
    /// Of the cases, those that whoever they were given to may review.
    pub theirs: Vec<Uuid>,
    pub reviewers: Vec<(Uuid, String)>,
}

/// One case of the selection.
pub struct Line {
    pub id: Uuid,
    /// `AL-480113`, or nothing where the case does not exist for the reader.
    pub number: Option<String>,
    pub risk: Option<Risk>,
    pub who: String,
    pub state: &'static str,
    /// Why it is left out, or what became of it.
    pub why: String,
    /// As its tick posts it, where the act can be tried again.
    pub again: Option<String>,
}

/// The page of a selection.
#[derive(Template)]
#[template(path = "review_cases/selection.html")]
pub struct SelectionPage {
    pub chrome: Chrome,
    pub id: Uuid,
    pub act: Act,
    /// Whether the act was done.
    pub ran: bool,
    pub title: String,
    pub sentence: String,
    /// What will change, or did.
    pub taken: Vec<Line>,
    /// What will not, or did not.
    pub left: Vec<Line>,
    /// In how many cases the act can be taken back.
    pub standing: usize,
    pub finding_href: Option<String>,
    pub back: String,
    pub form: DecisionForm,
    pub errors: Errors,
    pub choices: Vec<Choice>,
    pub key: Uuid,
}

impl SelectionPage {
    /// From what was read, for an act.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, id: Uuid, act: Act, loaded: Loaded) -> Self {
        let Loaded { kept, standings, written, theirs, reviewers } = loaded;
        let ran = kept.act.is_some();
        let (mut taken, mut left) = (Vec::new(), Vec::new());
        for seen in &kept.cases {
            let case = standings.iter().find(|case| case.id == seen.id);
            let to_whom = kept.assignee.filter(|_| ran);
            let may = to_whom.is_none_or(|_| theirs.contains(&seen.id));
            let fits = |version| match act {
                Act::Decide => for_decision(version, case),
                // before anybody is chosen, any case that is open may be given
                Act::Assign if !ran => for_assignment(version, case, Some(Uuid::nil()), true),
                Act::Assign => for_assignment(version, case, to_whom, may),
            };
            let line = written.iter().find(|line| line.case == seen.id);
            match (line, fits(seen.version)) {
                (Some(line), _) => taken.push(became(seen, case, *line, act)),
                (None, Ok(())) if !ran => taken.push(line_of(seen, case, String::new())),
                (None, Ok(())) => {
                    left.push(retried(seen, case, "Not done; nothing stands in the way now".to_owned(), act));
                }
                (None, Err(why)) => {
                    let sentence = why.sentence(case);
                    let again = ran && case.is_some_and(|case| fits(case.version).is_ok());
                    left.push(if again { retried(seen, case, sentence, act) } else { line_of(seen, case, sentence) });
                }
            }
        }
        let standing = written.iter().filter(|line| line.stands()).count();
        let (title, sentence) =
            if ran { told(act, &kept, standing, left.len()) } else { asks(act, &kept, taken.len(), left.len()) };
        let mut form = kept.decision;
        if form.disposition.is_empty() {
            Disposition::Appropriate.as_str().clone_into(&mut form.disposition);
        }
        Self {
            chrome,
            id,
            act,
            ran,
            title,
            sentence,
            taken,
            left,
            standing,
            finding_href: (!ran && kept.cases.len() <= 100).then(|| finding_href(&kept.cases)),
            back: kept.back,
            form,
            errors: Errors::new(),
            choices: choices(reviewers, actor.id(), kept.assignee),
            key: Uuid::now_v7(),
        }
    }

    /// The same, after a form that could not be accepted: what was typed stays.
    #[must_use]
    pub fn answering(mut self, form: DecisionForm, errors: Errors) -> Self {
        if self.act == Act::Decide {
            self.form = form;
        }
        self.errors = errors;
        self
    }

    /// What can be said of many cases.
    #[must_use]
    #[allow(clippy::unused_self, reason = "the template asks the page")]
    pub const fn dispositions(&self) -> [Disposition; 2] {
        IN_BULK
    }

    /// The reasons that either of these can have.
    #[must_use]
    #[allow(clippy::unused_self, reason = "the template asks the page")]
    pub fn reasons(&self) -> &'static [Reason] {
        Disposition::Appropriate.reasons()
    }

    /// The heading of what changes, or did.
    #[must_use]
    pub const fn taken_head(&self) -> &'static str {
        match (self.ran, self.act) {
            (true, Act::Decide) => "Decided",
            (true, Act::Assign) => "Assigned",
            (false, Act::Decide) => "Will be decided",
            (false, Act::Assign) => "Will be assigned",
        }
    }

    /// The heading of the others.
    #[must_use]
    pub const fn left_head(&self) -> &'static str {
        if self.ran { "Not done" } else { "Left out" }
    }

    /// Whether a case that was left can be tried again from here.
    #[must_use]
    pub fn may_try_again(&self) -> bool {
        self.left.iter().any(|line| line.again.is_some())
    }
}

fn finding_href(cases: &[SeenCase]) -> String {
    let cases: Vec<_> = cases.iter().map(|case| format!("case={}", case.id)).collect();
    format!("/findings/new?{}", cases.join("&"))
}

fn choices(reviewers: Vec<(Uuid, String)>, me: Uuid, chosen: Option<Uuid>) -> Vec<Choice> {
    let choice = |(person, name): (Uuid, String)| Choice {
        selected: chosen == Some(person),
        label: if person == me { format!("{name} (you)") } else { name },
        value: person.to_string(),
    };
    reviewers.into_iter().map(choice).collect()
}

fn cases(n: usize) -> String {
    let number = count(i64::try_from(n).unwrap_or(i64::MAX));
    if n == 1 { format!("{number} case") } else { format!("{number} cases") }
}

/// Title and sentence before the act.
fn asks(act: Act, kept: &Kept, taken: usize, left: usize) -> (String, String) {
    let what = match act {
        Act::Decide => "decided",
        Act::Assign => "assigned",
    };
    let mut sentence = match (taken, left) {
        (0, _) => format!("None of them can be {what} here; the list says why."),
        (_, 0) => format!("Each of them will be {what}."),
        _ => format!("{} will be {what}, {} left out.", count(i64::try_from(taken).unwrap_or(0)), left),
    };
    if kept.cut_off {
        let _ = write!(sentence, " More cases match; these are the first {}.", super::MOST);
    }
    (format!("{} selected", cases(kept.cases.len())), sentence)
}

/// Title and sentence after it.
fn told(act: Act, kept: &Kept, standing: usize, left: usize) -> (String, String) {
    let what = match act {
        Act::Decide => "decided",
        Act::Assign => "assigned",
    };
    let sentence = match left {
        0 => "Nothing was left out.".to_owned(),
        1 => "One was left out; below it says why.".to_owned(),
        _ => format!("{left} were left out; below it says why."),
    };
    (format!("{} of {} {what}", count(i64::try_from(standing).unwrap_or(0)), cases(kept.cases.len())), sentence)
}

fn line_of(seen: &SeenCase, case: Option<&Standing>, why: String) -> Line {
    Line {
        id: seen.id,
        number: case.map(|case| format!("AL-{}", case.number)),
        risk: case.map(|case| case.risk),
        who: case.map(|case| case.who.clone()).unwrap_or_default(),
        state: case.map_or("", |case| case.state.label()),
        why,
        again: None,
    }
}

/// One that can be ticked again, at the version at which it stands now.
fn retried(seen: &SeenCase, case: Option<&Standing>, why: String, act: Act) -> Line {
    let again = case.filter(|_| act == Act::Decide).map(|case| format!("{}.{}", case.id, case.version));
    Line { again, ..line_of(seen, case, why) }
}

/// What became of a case that the act was done in.
fn became(seen: &SeenCase, case: Option<&Standing>, line: Written, act: Act) -> Line {
    let said = match (line.stands(), act, case.is_some_and(|case| case.version == line.seq)) {
        (false, ..) => "Taken back",
        (true, Act::Decide, true) => "Decided",
        (true, Act::Assign, true) => "Assigned",
        (true, _, false) => "Done, and changed since",
    };
    line_of(seen, case, said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::cases;

    #[test]
    fn one_case_is_one_case() {
        assert_eq!((cases(1), cases(1200)), ("1 case".to_owned(), "1,200 cases".to_owned()));
    }
}

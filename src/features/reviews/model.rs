//! The rules of a review that need neither database nor request: its words, where it may begin, what its forms must say, and
//! what stands in the way of an act, in a sentence.

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use crate::error::{AppError, Refusal};
use crate::policy::conflict::Relation;
use crate::web::{Errors, forms};
use crate::words::words;

words! {
    /// Where a review began.
    ReviewKind {
        Complaint = "complaint", "Complaint";
        WatchList = "watch_list", "Watch list";
        Person = "person", "Person";
        Patient = "patient", "Patient";
    }
}

words! {
    /// Why somebody looked.
    ReviewReason {
        Complaint = "complaint", "A complaint was received";
        Concern = "concern", "A colleague raised a concern";
        Request = "request", "The patient or a representative asked";
        Watched = "watched", "The patient is on the watch list";
        InTheNews = "in_the_news", "The patient is in the news";
        Pattern = "pattern", "A pattern in the access log";
        FollowUp = "follow_up", "An earlier case or finding";
        Other = "other", "Other (say what below)";
    }
}

words! {
    /// What a review came to.
    Outcome {
        NothingImproper = "nothing_improper", "Nothing improper found";
        FindingsMade = "findings_made", "Findings made";
        CouldNotDetermine = "could_not_determine", "Could not be determined";
    }
}

words! {
    /// Whether a review goes on.
    ReviewState {
        Open = "open", "Open";
        Ended = "ended", "Ended";
    }
}

impl ReviewKind {
    /// The reason that its beginning suggests.
    #[must_use]
    pub const fn suggests(self) -> Option<ReviewReason> {
        match self {
            Self::Complaint => Some(ReviewReason::Complaint),
            Self::WatchList => Some(ReviewReason::Watched),
            Self::Person | Self::Patient => None,
        }
    }
}

/// The longest period one review looks at, in days.
const LONGEST: i64 = 731;
/// The period offered, in days.
const USUAL: u64 = 90;
/// The longest line beside the reason.
const LINE: usize = 200;
/// The longest memo.
pub const MEMO: usize = 4000;

/// Where a review begins, as an address or a form says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// From what.
    pub kind: ReviewKind,
    /// Of which patient's records.
    pub patient: Option<Uuid>,
    /// Of whose accesses.
    pub person: Option<Uuid>,
    /// For which complaint, which says itself whom it is about.
    pub complaint: Option<Uuid>,
}

impl Begun {
    /// Reads it.
    ///
    /// # Errors
    /// [`AppError::Invalid`] where nothing is named, or what is no id.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, AppError> {
        let id = |name: &str| {
            let value = pairs.iter().find(|(known, value)| known == name && !value.is_empty());
            let read = value.map(|(_, value)| Uuid::try_parse(value)).transpose();
            read.map_err(|_| AppError::Invalid("What the review is about has no readable id.".to_owned()))
        };
        let (patient, person, complaint) = (id("patient")?, id("person")?, id("complaint")?);
        let watched = pairs.iter().any(|(name, value)| name == "kind" && value == "watch_list");
        let kind = match (complaint, patient, person) {
            (Some(_), ..) => ReviewKind::Complaint,
            (None, Some(_), _) if watched => ReviewKind::WatchList,
            (None, Some(_), _) => ReviewKind::Patient,
            (None, None, Some(_)) => ReviewKind::Person,
            (None, None, None) => {
                let sentence = "A review starts from a patient, a person, a complaint or the watch list.";
                return Err(AppError::Invalid(sentence.to_owned()));
            }
        };
        Ok(Self { kind, patient, person, complaint })
    }
}

/// What a person typed to start one, kept as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Why.
    pub reason: String,
    /// More of it.
    pub line: String,
}

/// The same, accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReview {
    /// The first day.
    pub from: NaiveDate,
    /// The last day, included.
    pub to: NaiveDate,
    /// Why.
    pub reason: ReviewReason,
    /// More of it.
    pub line: Option<String>,
}

impl Typed {
    /// What the form offers: the last ninety days, and the reason that its beginning suggests.
    #[must_use]
    pub fn fresh(kind: ReviewKind, today: NaiveDate) -> Self {
        Self {
            from: today.checked_sub_days(Days::new(USUAL)).unwrap_or(today).to_string(),
            to: today.to_string(),
            reason: kind.suggests().map_or("", ReviewReason::as_str).to_owned(),
            line: String::new(),
        }
    }

    /// Checks every field, so that one answer names all that is missing.
    ///
    /// # Errors
    /// The sentences, in the order of the form.
    pub fn check(&self, today: NaiveDate) -> Result<NewReview, Errors> {
        let mut errors = Errors::new();
        let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|day| *day <= today);
        let (from, to) = (day(&self.from), day(&self.to));
        if from.is_none() {
            errors.add("from", "Choose the first day, today at the latest");
        }
        match (from, to) {
            (_, None) => errors.add("to", "Choose the last day, today at the latest"),
            (Some(from), Some(to)) if to < from => errors.add("to", "Choose a last day on or after the first"),
            (Some(from), Some(to)) if (to - from).num_days() > LONGEST => {
                errors.add("to", "Choose a period of two years at most");
            }
            _ => {}
        }
        let reason = ReviewReason::parse(&self.reason);
        if reason.is_none() {
            errors.add("reason", "Choose a reason");
        }
        let line = forms::line(&self.line);
        if line.chars().count() > LINE {
            errors.add("line", "Shorten the line to 200 characters");
        } else if reason == Some(ReviewReason::Other) && line.is_empty() {
            errors.add("line", "Say what the reason is");
        }
        match (from, to, reason) {
            (Some(from), Some(to), Some(reason)) if errors.is_empty() => {
                Ok(NewReview { from, to, reason, line: Some(line).filter(|line| !line.is_empty()) })
            }
            _ => Err(errors),
        }
    }
}

/// The forms of a review's page as they were posted.
#[derive(Debug, Clone, Default)]
pub struct PageForm {
    /// The version that the form was shown at.
    pub version: i32,
    /// Whose rows, or which patients', are taken up.
    pub chosen: Vec<Uuid>,
    /// What the review came to.
    pub outcome: String,
    /// What was found.
    pub memo: String,
}

impl PageForm {
    /// Reads the fields; what they say is checked later, so that nothing typed is lost.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when the form's own hidden fields are damaged.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, AppError> {
        let damaged =
            || AppError::Invalid("The form is incomplete. Open the review again and send it from there.".to_owned());
        let field = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let chosen = pairs.iter().filter(|(name, _)| name == "who").map(|(_, value)| Uuid::try_parse(value));
        Ok(Self {
            version: field("version").and_then(|text| text.parse().ok()).ok_or_else(damaged)?,
            chosen: chosen.collect::<Result<_, _>>().map_err(|_| damaged())?,
            outcome: field("outcome").unwrap_or_default(),
            memo: field("memo").unwrap_or_default(),
        })
    }

    /// Somebody to take up.
    ///
    /// # Errors
    /// The sentence, where nobody is.
    pub fn somebody(&self) -> Result<&[Uuid], Errors> {
        let mut errors = Errors::new();
        if self.chosen.is_empty() {
            errors.add("who", "Tick at least one line to open cases from");
            return Err(errors);
        }
        Ok(&self.chosen)
    }

    /// The end: what it came to, and the memo.
    ///
    /// # Errors
    /// The sentences, in the order of the form.
    pub fn ending(&self) -> Result<(Outcome, String), Errors> {
        let outcome = Outcome::parse(&self.outcome);
        let (memo, mut errors) = match self.memo() {
            Ok(memo) => (Some(memo), Errors::new()),
            Err(errors) => (None, errors),
        };
        if outcome.is_none() {
            let mut first = Errors::new();
            first.add("outcome", "Choose what the review came to");
            for (_, message) in errors.iter() {
                first.add("memo", message);
            }
            errors = first;
        }
        outcome.zip(memo).ok_or(errors)
    }

    /// The memo.
    ///
    /// # Errors
    /// The sentence.
    pub fn memo(&self) -> Result<String, Errors> {
        let mut errors = Errors::new();
        let memo: String = self.memo.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
        let memo = memo.trim().to_owned();
        match memo.chars().count() {
            0 => errors.add("memo", "Write what was looked at and what was found, also when it is nothing"),
            1..=MEMO => return Ok(memo),
            _ => errors.add("memo", "Keep the memo to 4,000 characters"),
        }
        Err(errors)
    }
}

/// What stands in the way of an act that the role has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// A case of the review is open.
    Open,
    /// A case of the review was found inappropriate.
    Improper,
    /// No case of the review led to a finding.
    NoFinding,
    /// The complaint has come to its end.
    Disposed,
    /// More cases than one act opens.
    Many,
    /// There is nothing to take up.
    Nothing,
    /// The patient is no longer on the watch list.
    NotWatched,
}

impl Obstacle {
    /// The field it is about, and its sentence.
    #[must_use]
    pub const fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::Open => ("", "A case of this review is open. Decide it first, then end the review."),
            Self::Improper => ("outcome", "A case of this review was found inappropriate: choose what fits it"),
            Self::NoFinding => ("outcome", "No finding was created from a case of this review: create it first"),
            Self::Disposed => ("", "The complaint has its disposition. Open the complaint again first."),
            Self::Many => (
                "who",
                "That would open more than 200 cases at once: tick fewer lines, or start a review of fewer days",
            ),
            Self::Nothing => ("who", "Nothing to take up: every row of these is a case of this review already"),
            Self::NotWatched => ("", "The patient is no longer on the watch list. Start from the patient’s page."),
        }
    }

    /// The same as the errors of a form.
    #[must_use]
    pub fn errors(self) -> Errors {
        let mut errors = Errors::new();
        let (field, sentence) = self.said();
        errors.add(field, sentence);
        errors
    }

    /// What a word of the database means: nothing, an obstacle, or a refusal.
    ///
    /// # Errors
    /// [`AppError::NotFound`] out of scope, [`AppError::Conflict`] where somebody was first, [`AppError::Refused`] for
    /// whoever stands too near.
    pub fn of(word: Option<&str>) -> Result<Option<Self>, AppError> {
        Ok(Some(match word {
            None => return Ok(None),
            Some("scope") => return Err(AppError::NotFound),
            Some("version") => return Err(AppError::Conflict),
            Some("open") => Self::Open,
            Some("improper") => Self::Improper,
            Some("no_finding") => Self::NoFinding,
            Some("disposed") => Self::Disposed,
            Some("many") => Self::Many,
            Some("nothing") => Self::Nothing,
            Some("watched") => Self::NotWatched,
            Some(word) => return Err(conflicted(word)),
        }))
    }
}

/// The refusal of whoever stands too near to one whom it is about.
#[must_use]
pub fn conflicted(word: &str) -> AppError {
    Relation::parse(word).map_or(AppError::Internal("unknown word of a review"), |near| {
        AppError::Refused(Refusal::Conflicted(near.refusal()))
    })
}

#[cfg(test)]
mod tests;

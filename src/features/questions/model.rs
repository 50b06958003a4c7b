//! Pure rules of asking and answering: whom a case lets one ask, what a question and an answer must say, and by when.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Timelike as _, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use crate::web::{Errors, forms};
use crate::words::{AccessAnswer, AccessQuestion, Addressee, ReviewState};

/// The longest line beside a question, an answer and a remark, in characters.
const QUESTION_LIMIT: usize = 200;
const ANSWER_LIMIT: usize = 500;
/// How many days an answer may take: by default, and at most.
const USUAL_DAYS: u64 = 7;
const MOST_DAYS: u64 = 30;

/// Somebody who could be asked about a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// As whom.
    pub addressee: Addressee,
    /// Who it is.
    pub person: Uuid,
    /// Their name.
    pub name: String,
    /// Whether they can sign in and answer here; if not, they are asked by phone.
    pub can_sign_in: bool,
    /// A question to them is open already.
    pub asked: bool,
    /// It is the one who asks.
    pub oneself: bool,
}

impl Choice {
    /// Why they cannot be asked now.
    #[must_use]
    pub const fn blocked(&self) -> Option<&'static str> {
        match (self.oneself, self.asked) {
            (true, _) => Some("That is you: nobody asks themselves"),
            (false, true) => Some("A question to them about this case is open already"),
            (false, false) => None,
        }
    }
}

/// Why nobody is asked about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// It is decided, or its rows were withdrawn.
    Over,
    /// Nobody is known to have held the login, or it is a vendor's.
    Nobody,
}

impl Closed {
    /// What the page says instead of the form.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Over => "This case is decided or withdrawn: nothing is asked about it any more.",
            Self::Nobody => {
                "No member of the workforce is known to have held this login on that day, so there is nobody to ask. Match the login first."
            }
        }
    }
}

/// Why nobody is asked about a case in this state, of this person.
#[must_use]
pub const fn closed(state: ReviewState, withdrawn: bool, person: Option<Uuid>) -> Option<Closed> {
    match (state, withdrawn, person) {
        (ReviewState::AwaitingSecondReview | ReviewState::Closed, ..) | (_, true, _) => Some(Closed::Over),
        (_, false, None) => Some(Closed::Nobody),
        (_, false, Some(_)) => None,
    }
}

/// Until when an answer is asked for unless somebody says otherwise.
#[must_use]
pub fn due_by_default(today: NaiveDate) -> NaiveDate {
    today.checked_add_days(Days::new(USUAL_DAYS)).unwrap_or(today)
}

/// The first and the last day that an answer can be due.
#[must_use]
pub fn due_between(today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let after = |days| today.checked_add_days(Days::new(days)).unwrap_or(today);
    (after(1), after(MOST_DAYS))
}

/// What the form to ask posts.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct AskForm {
    /// `person` or `supervisor`.
    #[serde(default)]
    pub to: String,
    /// `yes`, or nothing.
    #[serde(default)]
    pub confidential: String,
    /// The question's word.
    #[serde(default)]
    pub question: String,
    /// A line beside it.
    #[serde(default)]
    pub line: String,
    /// The last day for an answer.
    #[serde(default)]
    pub due: String,
}

/// A question that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// As whom somebody is asked.
    pub addressee: Addressee,
    /// Who is asked.
    pub person: Uuid,
    /// Whether the person of the case is to hear nothing of it.
    pub confidential: bool,
    /// What is asked.
    pub question: AccessQuestion,
    /// A line beside it.
    pub line: Option<String>,
    /// The last day for an answer.
    pub due: NaiveDate,
}

impl AskForm {
    /// Checks the form against whom the case lets one ask.
    ///
    /// # Errors
    /// Every field that needs another answer, with the sentence to show.
    pub fn check(&self, choices: &[Choice], today: NaiveDate) -> Result<Ask, Errors> {
        let mut errors = Errors::new();
        let choice = choices.iter().find(|choice| choice.addressee.as_str() == self.to);
        match choice.map(Choice::blocked) {
            None => errors.add("to", "Choose whom to ask"),
            Some(Some(reason)) => errors.add("to", reason),
            Some(None) => {}
        }
        let confidential = self.confidential == "yes";
        if confidential && self.to == Addressee::Person.as_str() {
            errors
                .add("confidential", "A confidential question goes to the supervisor: ask them, or take the tick away");
        }
        let question = AccessQuestion::parse(&self.question);
        if question.is_none() {
            errors.add("question", "Choose what to ask");
        }
        let line = limited("line", &self.line, QUESTION_LIMIT, &mut errors);
        let (first, last) = due_between(today);
        let due = self.due.parse().ok().filter(|due| (first..=last).contains(due));
        if due.is_none() {
            errors.add("due", format!("Choose a day from {} to {}", first.format("%b %-d"), last.format("%b %-d, %Y")));
        }
        match (choice, question, due) {
            (Some(choice), Some(question), Some(due)) if errors.is_empty() => {
                Ok(Ask { addressee: choice.addressee, person: choice.person, confidential, question, line, due })
            }
            _ => Err(errors),
        }
    }
}

/// A line that was typed, none if it is empty.
fn limited(field: &'static str, text: &str, limit: usize, errors: &mut Errors) -> Option<String> {
    let line = forms::line(text);
    if line.chars().count() > limit {
        errors.add(field, format!("Shorten this to {limit} characters"));
    }
    Some(line).filter(|line| !line.is_empty())
}

/// What the form to answer posts.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct AnswerForm {
    /// The answer's word.
    #[serde(default)]
    pub answer: String,
    /// A line beside it.
    #[serde(default)]
    pub line: String,
}

/// An answer that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// From the closed list.
    pub answer: AccessAnswer,
    /// A line beside it.
    pub line: Option<String>,
}

impl AnswerForm {
    /// Checks the form.
    ///
    /// # Errors
    /// Every field that needs another answer, with the sentence to show.
    pub fn check(&self) -> Result<Answer, Errors> {
        let mut errors = Errors::new();
        let answer = AccessAnswer::parse(&self.answer);
        if answer.is_none() {
            errors.add("answer", "Choose an answer");
        }
        let line = limited("line", &self.line, ANSWER_LIMIT, &mut errors);
        if answer == Some(AccessAnswer::Other) && line.is_none() {
            errors.add("line", "Say in a few words what it was");
        }
        match answer {
            Some(answer) if errors.is_empty() => Ok(Answer { answer, line }),
            _ => Err(errors),
        }
    }
}

/// What the form of a remark posts.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct RemarkForm {
    /// What was typed.
    #[serde(default)]
    pub remark: String,
}

impl RemarkForm {
    /// Checks the form.
    ///
    /// # Errors
    /// The sentence to show.
    pub fn check(&self) -> Result<String, Errors> {
        let mut errors = Errors::new();
        let remark = limited("remark", &self.remark, ANSWER_LIMIT, &mut errors);
        if remark.is_none() {
            errors.add("remark", "Write the remark");
        }
        remark.filter(|_| errors.is_empty()).ok_or(errors)
    }
}

/// What the form of an answer by phone posts. What was answered stands beside it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PhoneForm {
    /// Who answered.
    #[serde(default)]
    pub by: String,
    /// Who listened.
    #[serde(default)]
    pub taken_by: String,
    /// On which day.
    #[serde(default)]
    pub day: String,
    /// At what time.
    #[serde(default)]
    pub time: String,
    /// The answer's word.
    #[serde(default)]
    pub answer: String,
    /// A line beside it.
    #[serde(default)]
    pub line: String,
}

/// An answer by phone that can be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneAnswer {
    /// Who answered.
    pub by: Uuid,
    /// Who listened.
    pub taken_by: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// What was answered.
    pub answer: Answer,
}

/// What an answer by phone is checked against.
pub struct PhoneFrame<'a> {
    /// Who may have answered.
    pub speakers: &'a [(Uuid, String)],
    /// Who may have listened.
    pub listeners: &'a [(Uuid, String)],
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    /// The zone that the form's times are in.
    pub zone: Tz,
    /// Now.
    pub now: DateTime<Utc>,
}

impl PhoneForm {
    /// Checks the form.
    ///
    /// # Errors
    /// Every field that needs another answer, with the sentence to show.
    pub fn check(&self, frame: &PhoneFrame<'_>) -> Result<PhoneAnswer, Errors> {
        let mut errors = Errors::new();
        let one_of = |people: &[(Uuid, String)], text: &str| {
            Uuid::try_parse(text).ok().filter(|id| people.iter().any(|(known, _)| known == id))
        };
        let by = one_of(frame.speakers, &self.by);
        if by.is_none() {
            errors.add("by", "Choose who answered");
        }
        let taken_by = one_of(frame.listeners, &self.taken_by);
        if taken_by.is_none() {
            errors.add("taken_by", "Choose who took the answer");
        }
        let at = local(&self.day, &self.time, frame.zone);
        match at {
            None => errors.add("day", "Enter the day and the time of the call"),
            Some(at) if at > frame.now => errors.add("day", "Enter a time that has passed"),
            // the form knows no seconds
            Some(at) if at < to_the_minute(frame.asked_at) => {
                errors.add("day", "Enter a time after the question was asked");
            }
            Some(_) => {}
        }
        let answer = AnswerForm { answer: self.answer.clone(), line: self.line.clone() }.check();
        if let Err(more) = &answer {
            for (field, message) in more.iter() {
                errors.add(if field == "answer" { "answer" } else { "line" }, message);
            }
        }
        match (by, taken_by, at, answer) {
            (Some(by), Some(taken_by), Some(at), Ok(answer)) if errors.is_empty() => {
                Ok(PhoneAnswer { by, taken_by, at, answer })
            }
            _ => Err(errors),
        }
    }
}

fn to_the_minute(at: DateTime<Utc>) -> DateTime<Utc> {
    at.with_second(0).and_then(|at| at.with_nanosecond(0)).unwrap_or(at)
}

/// A day and a time of a zone's clocks; the earlier where they repeat the hour, none where they leave it out.
fn local(day: &str, time: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let day: NaiveDate = day.parse().ok()?;
    let time = NaiveTime::parse_from_str(time, "%H:%M").ok()?;
    zone.from_local_datetime(&NaiveDateTime::new(day, time)).earliest().map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests;

//! What whoever is asked sees: the record and the time to remember it by, the question, and their own answer. Of the case
//! they see nothing: no flag, no note, no patient, no row.

use askama::Template;
use uuid::Uuid;

use super::super::filter::{Cursor, Filter, View};
use super::super::model::{AnswerForm, RemarkForm};
use super::super::queries::own::{Counts, Question, Remark};
use crate::audit::Actor;
use crate::clock;
use crate::error::AppError;
use crate::web::list::List;
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors};
use crate::words::{AccessAnswer, AccessQuestion, Addressee, QuestionState, resource_label, short_name};

/// What the queries gave.
pub struct Listed {
    pub rows: Vec<Question>,
    pub more: bool,
    pub counts: Counts,
}

/// The list.
#[derive(Template)]
#[template(path = "questions/list.html", blocks = ["list"])]
pub struct ListPage {
    chrome: Chrome,
    sentence: String,
    tabs: Vec<Tab>,
    list: List,
    past: bool,
    lines: Vec<Line>,
    next: Option<String>,
    shown: String,
}

struct Tab {
    href: String,
    label: &'static str,
    count: i64,
    current: bool,
}

struct Line {
    href: String,
    question: &'static str,
    record: String,
    place: String,
    whose: Option<String>,
    at: Instant,
    zone: String,
    due: String,
    badge: (&'static str, &'static str, &'static str),
    overdue: bool,
    confidential: bool,
}

impl ListPage {
    /// From what the queries gave.
    ///
    /// # Errors
    /// When a row holds a word of another release.
    pub fn new(chrome: Chrome, filter: &Filter, list: List, listed: &Listed) -> Result<Self, AppError> {
        let counts = listed.counts;
        let tab = |view: View| {
            let word = if view == View::default() { "" } else { view.as_str() };
            Tab {
                href: list.with(&[("view", word)]),
                label: view.label(),
                count: if view == View::Open { counts.open } else { counts.past },
                current: view == filter.view,
            }
        };
        let end = listed.rows.last().map(|row| Cursor { due: row.due_on, id: row.id }.encode());
        let total = if filter.view == View::Open { counts.open } else { counts.past };
        Ok(Self {
            chrome,
            sentence: sentence(counts),
            tabs: View::ALL.map(tab).into(),
            past: filter.view == View::Past,
            next: list.next(listed.more, end),
            shown: format!("{} {} in this view", time::count(total), if total == 1 { "question" } else { "questions" }),
            lines: listed.rows.iter().map(Line::of).collect::<Result<_, _>>()?,
            list,
        })
    }
}

fn sentence(counts: Counts) -> String {
    let open = match counts.open {
        0 => return "Nothing waits for your answer.".to_owned(),
        1 => "1 question waits for your answer.".to_owned(),
        more => format!("{} questions wait for your answer.", time::count(more)),
    };
    match counts.overdue {
        0 => open,
        1 => format!("{open} 1 is overdue."),
        late => format!("{open} {} are overdue.", time::count(late)),
    }
}

impl Line {
    fn of(row: &Question) -> Result<Self, AppError> {
        let zone = clock::zone(&row.time_zone);
        let (addressee, question) = words(row)?;
        Ok(Self {
            href: format!("/questions/{}", row.id),
            question: question.put_to(addressee),
            record: record(row),
            place: place(row),
            whose: row.subject_name.as_deref().map(short_name),
            at: time::instant(row.access_at, zone),
            zone: time::zone_words(zone),
            due: time::date(row.due_on),
            badge: badge(row)?,
            overdue: row.overdue,
            confidential: row.confidential,
        })
    }
}

fn words(row: &Question) -> Result<(Addressee, AccessQuestion), AppError> {
    let addressee = Addressee::parse(&row.addressee).ok_or(AppError::Internal("unknown addressee"))?;
    let question = AccessQuestion::parse(&row.question).ok_or(AppError::Internal("unknown question"))?;
    Ok((addressee, question))
}

fn record(row: &Question) -> String {
    if row.several { "Several records".to_owned() } else { resource_label(&row.resource_type).to_owned() }
}

fn place(row: &Question) -> String {
    row.facility_name.clone().unwrap_or_else(|| "No facility named".to_owned())
}

/// Class, icon and words of where a question stands.
fn badge(row: &Question) -> Result<(&'static str, &'static str, &'static str), AppError> {
    let state = QuestionState::parse(&row.state).ok_or(AppError::Internal("unknown state"))?;
    Ok(match (state, row.overdue, row.late) {
        (QuestionState::Open, true, _) => ("critical", "clock", "Overdue"),
        (QuestionState::Open, false, _) => ("low", "message-2", "To answer"),
        (QuestionState::Answered, _, Some(true)) => ("medium", "clock", "Answered late"),
        (QuestionState::Answered, ..) => ("ok", "circle-check", state.label()),
        (QuestionState::Withdrawn | QuestionState::NotNeeded, ..) => ("", "circle-x", state.label()),
    })
}

/// One question.
#[derive(Template)]
#[template(path = "questions/page.html")]
#[allow(clippy::struct_excessive_bools, reason = "each is one thing the page shows or leaves out")]
pub struct Page {
    chrome: Chrome,
    id: Uuid,
    heading: String,
    question: &'static str,
    line: Option<String>,
    record: String,
    place: String,
    whose: Option<String>,
    at: Instant,
    zone: String,
    asked: Instant,
    due: String,
    badge: (&'static str, &'static str, &'static str),
    overdue: bool,
    confidential: bool,
    state: QuestionState,
    answers: Vec<(&'static str, &'static str)>,
    typed: AnswerForm,
    answer: Option<Given>,
    remarks: Vec<(Instant, String)>,
    may_remark: bool,
    typed_remark: String,
    errors: Errors,
    /// What was typed came too late to count.
    came_late: bool,
}

struct Given {
    words: &'static str,
    line: Option<String>,
    at: Instant,
    late: bool,
    by_phone: bool,
}

impl Page {
    /// From what was read.
    ///
    /// # Errors
    /// When a row holds a word of another release.
    pub fn new(chrome: Chrome, actor: &Actor, row: Question, remarks: Vec<Remark>) -> Result<Self, AppError> {
        let zone = clock::zone(&row.time_zone);
        let own_zone = clock::zone(&actor.identity().time_zone);
        let (addressee, question) = words(&row)?;
        let answer = match (row.answer.as_deref(), row.answered_at) {
            (Some(word), Some(at)) => Some(Given {
                words: AccessAnswer::parse(word).ok_or(AppError::Internal("unknown answer"))?.said_by(addressee),
                line: row.answer_line.clone(),
                at: time::instant(at, own_zone),
                late: row.late == Some(true),
                by_phone: row.by_phone == Some(true),
            }),
            _ => None,
        };
        Ok(Self {
            chrome,
            id: row.id,
            heading: match &row.subject_name {
                Some(name) => format!("About a record that {name} opened"),
                None => "About a record that your login opened".to_owned(),
            },
            question: question.put_to(addressee),
            record: record(&row),
            place: place(&row),
            at: time::instant(row.access_at, zone),
            zone: time::zone_words(zone),
            asked: time::instant(row.asked_at, own_zone),
            due: time::date(row.due_on),
            badge: badge(&row)?,
            overdue: row.overdue,
            confidential: row.confidential,
            state: QuestionState::parse(&row.state).ok_or(AppError::Internal("unknown state"))?,
            answers: AccessAnswer::ALL.iter().map(|answer| (answer.as_str(), answer.said_by(addressee))).collect(),
            typed: AnswerForm::default(),
            answer,
            remarks: remarks.into_iter().map(|remark| (time::instant(remark.at, own_zone), remark.remark)).collect(),
            may_remark: row.open_to_remarks,
            typed_remark: String::new(),
            errors: Errors::new(),
            came_late: false,
            line: row.line,
            whose: row.subject_name,
        })
    }

    /// The same, after an answer that cannot be accepted: what was typed stays.
    #[must_use]
    pub fn answering(mut self, form: AnswerForm, errors: Errors) -> Self {
        self.typed = form;
        self.errors = errors;
        self
    }

    /// The same, after an answer to a question that is open no more: what was typed is shown, so that it is not lost.
    #[must_use]
    pub fn too_late(mut self, form: AnswerForm) -> Self {
        self.typed = form;
        self.came_late = true;
        self
    }

    /// The same, after a remark that was not added.
    #[must_use]
    pub fn remarking(mut self, form: RemarkForm, errors: Errors) -> Self {
        self.typed_remark = form.remark;
        self.came_late = errors.is_empty();
        self.errors = errors;
        self
    }
}

//! The questions of a case as its page shows them: to whom, by when, and what was answered.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use super::queries::asked::AskedRow;
use super::queries::context::HistoryRow;
use crate::error::AppError;
use crate::web::time::{self, Instant};
use crate::words::{AccessAnswer, AccessQuestion, Addressee, QuestionState};

/// One question.
pub struct AskedView {
    pub id: Uuid,
    pub to: String,
    pub addressee: Addressee,
    pub confidential: bool,
    pub badge: (&'static str, &'static str, &'static str),
    pub question: &'static str,
    pub line: Option<String>,
    pub asked_by: String,
    pub asked_at: Instant,
    pub due: String,
    pub open: bool,
    pub by_phone_only: bool,
    pub answer: Option<AnswerView>,
    pub remarks: Vec<(Instant, String)>,
}

/// Its answer.
pub struct AnswerView {
    pub words: &'static str,
    pub line: Option<String>,
    pub by: String,
    pub taken_by: Option<String>,
    pub at: Instant,
}

#[derive(Deserialize)]
struct StoredRemark {
    at: DateTime<Utc>,
    remark: String,
}

/// From a row, in the case's zone.
///
/// # Errors
/// When it holds a word of another release.
fn view(row: AskedRow, zone: Tz) -> Result<AskedView, AppError> {
    let addressee = Addressee::parse(&row.addressee).ok_or(AppError::Internal("unknown addressee"))?;
    let question = AccessQuestion::parse(&row.question).ok_or(AppError::Internal("unknown question"))?;
    let state = QuestionState::parse(&row.state).ok_or(AppError::Internal("unknown state"))?;
    let remarks: Vec<StoredRemark> =
        serde_json::from_value(row.remarks).map_err(|_| AppError::Internal("remarks of an unknown form"))?;
    let open = state == QuestionState::Open;
    let answer = match (row.answer.as_deref(), row.answered_at) {
        (Some(word), Some(at)) => Some(AnswerView {
            words: AccessAnswer::parse(word).ok_or(AppError::Internal("unknown answer"))?.said_by(addressee),
            line: row.answer_line,
            by: row.answered_by.unwrap_or_else(|| "Somebody".to_owned()),
            taken_by: row.taken_by,
            at: time::instant(at, zone),
        }),
        _ => None,
    };
    Ok(AskedView {
        id: row.id,
        to: row.to,
        addressee,
        confidential: row.confidential,
        badge: match (state, row.overdue, row.late) {
            (QuestionState::Open, true, _) => ("critical", "clock", "Overdue"),
            (QuestionState::Open, false, _) => ("low", "hourglass", "Waiting"),
            (QuestionState::Answered, _, Some(true)) => ("medium", "clock", "Answered late"),
            (QuestionState::Answered, ..) => ("ok", "circle-check", state.label()),
            (QuestionState::Withdrawn | QuestionState::NotNeeded, ..) => ("", "circle-x", state.label()),
        },
        question: question.put_to(addressee),
        line: row.line,
        asked_by: row.asked_by,
        asked_at: time::instant(row.asked_at, zone),
        due: time::date(row.due_on),
        open,
        by_phone_only: open && !row.can_sign_in,
        answer,
        remarks: remarks.into_iter().map(|stored| (time::instant(stored.at, zone), stored.remark)).collect(),
    })
}

/// What was asked. Whoever looks blind is not told who asked: that was most likely who decided.
///
/// # Errors
/// When a row holds a word of another release.
pub fn views(rows: Vec<AskedRow>, blind: bool, zone: Tz) -> Result<Vec<AskedView>, AppError> {
    let unnamed = |asked: AskedView| {
        let taken_by = asked
            .answer
            .map(|answer| AnswerView { taken_by: answer.taken_by.map(|_| "the privacy office".to_owned()), ..answer });
        AskedView { asked_by: "The privacy office".to_owned(), answer: taken_by, ..asked }
    };
    let each = |row| view(row, zone).map(|asked| if blind { unnamed(asked) } else { asked });
    rows.into_iter().map(each).collect()
}

/// What the case's history says of a question: icon and words.
pub fn told(line: &HistoryRow, who: &str) -> (&'static str, String) {
    let to = match line.addressee.as_deref().and_then(Addressee::parse) {
        Some(Addressee::Supervisor) => "the supervisor",
        _ => "the person",
    };
    match line.kind.as_str() {
        "asked" => ("message-2", format!("{who} asked {to}")),
        "answered" => ("message-2", format!("{who} answered")),
        "answer_recorded" => ("phone", format!("{who} recorded an answer taken by phone")),
        "remarked" => ("message-2", format!("{who} added a remark to an answer")),
        "question_withdrawn" => ("message-off", format!("{who} withdrew a question to {to}")),
        _ => ("clock", format!("An answer of {to} is overdue")),
    }
}

/// What was asked or answered, below its line.
pub fn note(line: &HistoryRow) -> Option<String> {
    let addressee = Addressee::parse(line.addressee.as_deref()?)?;
    let words = match line.kind.as_str() {
        "answered" | "answer_recorded" => AccessAnswer::parse(line.answer.as_deref()?)?.said_by(addressee),
        "asked" | "question_withdrawn" => AccessQuestion::parse(line.question.as_deref()?)?.put_to(addressee),
        _ => return None,
    };
    Some(words.to_owned())
}

//! One case, in the drawer or on its own page: why it was flagged, what was true at the time of the access, the rows
//! themselves, and the form that decides it.

use askama::Template;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::asked::{self, AskedView};
use super::assign::Assignment;
use super::beside::Beside;
use super::beside::facts::{self, Fact, Moments};
use super::beside::usual::{self, Usual};
use super::beside::views::WholeView;
use super::case_parts::{self as parts, Decided, HistoryLine, RowView};
use super::labels::{self, FlagView};
use super::model::{DecisionForm, is_local};
use super::queries::CaseRow;
use super::queries::asked::AskedRow;
use super::queries::context::{Earlier, EvidenceRow, FindingLink, HistoryRow, Summary};
use super::second_review::{queries::Second, views::Panel};
use crate::clock;
use crate::error::AppError;
use crate::policy::conflict::{CaseAct, Relation, allows};
use crate::policy::{Action, Role, may};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors, paging};
use crate::words::{Disposition, Reason, ReviewState, Risk};

/// Everything one transaction read about a case.
pub struct Loaded {
    pub head: CaseRow,
    pub evidence: (Vec<EvidenceRow>, bool),
    pub summary: Summary,
    pub beside: Beside,
    pub history: Vec<HistoryRow>,
    pub earlier: Earlier,
    pub findings: Vec<FindingLink>,
    pub questions: Vec<AskedRow>,
    pub last_reason: Option<String>,
    pub relation: Option<Relation>,
    pub second: Second,
    pub assignment: Assignment,
}

/// Where the person came from, so that every link leads back.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub struct Around {
    #[serde(default)]
    pub back: String,
    #[serde(default)]
    pub next: String,
    #[serde(default)]
    pub previous: String,
    /// The last row of the page of rows before this one.
    #[serde(default)]
    pub after: String,
}

impl Around {
    /// The page of rows that begins after one, with the same way back.
    fn rows_after(&self, case: Uuid, row: Uuid) -> String {
        let pairs = [
            ("back", self.back.as_str()),
            ("next", &self.next),
            ("previous", &self.previous),
            ("after", &row.to_string()),
        ];
        paging::url(&format!("/access-logs/cases/{case}"), &pairs)
    }
}

/// The case's own page.
#[derive(Template)]
#[template(path = "review_cases/case.html")]
pub struct CasePage {
    pub chrome: Chrome,
    pub case: CaseView,
}

/// The case in the drawer.
#[derive(Template)]
#[template(path = "review_cases/drawer.html")]
pub struct Drawer {
    pub case: CaseView,
}

/// What both show.
#[allow(clippy::struct_excessive_bools, reason = "each is one thing the page shows or leaves out")]
pub struct CaseView {
    pub id: Uuid,
    pub number: i64,
    pub version: i32,
    pub risk: Risk,
    pub state: ReviewState,
    pub headline: String,
    pub when: Instant,
    pub place: String,
    pub zone_name: String,
    pub waiting: String,
    pub late: bool,
    pub person: Option<Uuid>,
    pub patient: Option<Uuid>,
    pub subject: String,
    pub flags: Vec<FlagView>,
    pub facts: Vec<Fact>,
    pub rows: Vec<RowView>,
    /// The page of rows after this one.
    pub rows_next: Option<String>,
    /// Whether the rows begin after an earlier page's.
    pub rows_continued: bool,
    pub row_count: i64,
    pub outside: i64,
    /// On which day the facts held.
    pub day: String,
    /// What the drawer shows of what is usual.
    pub usual: Option<Usual>,
    /// What only the page shows.
    pub whole: Option<WholeView>,
    pub history: Vec<HistoryLine>,
    pub earlier: String,
    pub findings: Vec<FindingLink>,
    pub decided: Option<Decided>,
    pub may_decide: bool,
    pub may_reopen: bool,
    pub may_find: bool,
    /// The second review it waits for.
    pub second: Option<Panel>,
    pub questions: Vec<AskedView>,
    pub may_ask: bool,
    pub may_act_on_questions: bool,
    /// Why somebody with the role decides nothing here.
    pub locked: Option<&'static str>,
    /// Whose work it is, and whose it can become.
    pub assignment: Assignment,
    pub preset: &'static str,
    pub errors: Errors,
    pub form: DecisionForm,
    pub conflict: Option<String>,
    pub back: String,
    /// This case as it is looked at: in the queue it was opened from, or on its own page.
    pub here: String,
    pub next_path: String,
    pub next_link: Option<String>,
    pub previous_link: Option<String>,
}

impl CaseView {
    /// Whether the reader decides blind: then nothing here leads to who acted on the case before.
    pub fn is_blind(&self) -> bool {
        self.second.as_ref().is_some_and(|second| second.blind)
    }

    /// Whether the form of the second review stands where the decision's would. What somebody typed whom another was faster
    /// than is kept in one of the two.
    pub fn second_takes_the_form(&self) -> bool {
        self.second.as_ref().is_some_and(|second| second.may || self.conflict.is_none())
    }

    /// From what was read, for a role, with the way back.
    ///
    /// # Errors
    /// When a row holds a word of another release.
    pub fn of(
        loaded: Loaded,
        role: Role,
        around: &Around,
        organisation_zone: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, AppError> {
        let head = loaded.head;
        let zone_name = head.time_zone.clone().unwrap_or_else(|| organisation_zone.to_owned());
        let zone = clock::zone(&zone_name);
        let state = ReviewState::parse(&head.state).ok_or(AppError::Internal("unknown state"))?;
        let (who, _) = labels::who(&head);
        let back = if is_local(&around.back) { around.back.clone() } else { "/access-logs".to_owned() };
        let open = |id: &str| Uuid::try_parse(id).ok().map(|id| with_open(&back, id));
        let decided = parts::decided(&head, zone);
        let row_count = i64::from(head.row_count);
        let free = allows(loaded.relation, CaseAct::Decide);
        let may_here = free && may(role, Action::ReviewCaseDecide);
        let first = head.disposition.as_deref().and_then(Disposition::parse);
        let second = loaded.second.waiting.map(|round| Panel::of(&round, first));
        let blind = second.as_ref().is_some_and(|panel| panel.blind);
        let when = Moments {
            day: head.local_day,
            at: head.first_action_at,
            today: now.with_timezone(&zone).date_naive(),
            now,
            zone,
        };
        let Beside { circumstances, usual, whole } = loaded.beside;
        let usual = usual::usual(&usual, head.local_day, whole.as_ref().map(|whole| &whole.hours));
        let (usual, whole) = match whole {
            Some(whole) => (None, Some(WholeView::of(whole, &head, usual, zone))),
            None => (usual, None),
        };
        let (evidence, more) = loaded.evidence;
        Ok(Self {
            id: head.id,
            number: head.number,
            version: head.version,
            risk: Risk::parse(&head.risk).ok_or(AppError::Internal("unknown risk"))?,
            state,
            headline: parts::headline(&head, &who),
            when: time::instant(head.first_action_at, zone),
            place: head.facility_name.clone().unwrap_or_else(|| "No facility named".to_owned()),
            waiting: time::age(now - head.last_action_at),
            late: labels::is_late(&head, now),
            person: head.person_id,
            patient: head.patient_id,
            subject: labels::subject_of(&head),
            flags: labels::flags(&head, zone)?,
            facts: facts::facts(&head, &circumstances, when),
            day: time::date(head.local_day),
            rows_next: evidence.last().filter(|_| more).map(|row| around.rows_after(head.id, row.id)),
            rows_continued: !around.after.is_empty(),
            rows: evidence.iter().map(|row| parts::row_view(row, &head, zone)).collect(),
            row_count,
            outside: (row_count - loaded.summary.rows).max(0),
            usual,
            whole,
            history: loaded.history.into_iter().map(|line| parts::history_line(line, zone)).collect(),
            earlier: parts::earlier(&loaded.earlier),
            findings: loaded.findings,
            may_decide: decided.is_none() && state.may_be_decided() && may_here,
            may_reopen: state.reopened().is_some()
                && free
                && loaded.second.may_take_back
                && may(role, Action::ReviewCaseReopen),
            second,
            may_find: allows(loaded.relation, CaseAct::MakeFinding) && may(role, Action::FindingCreate),
            questions: asked::views(loaded.questions, blind, zone)?,
            may_ask: decided.is_none()
                && state.may_be_decided()
                && head.person_id.is_some()
                && free
                && may(role, Action::QuestionAsk),
            may_act_on_questions: free && may(role, Action::QuestionWithdraw),
            locked: loaded.relation.filter(|_| !free && may(role, Action::ReviewCaseDecide)).map(Relation::reason),
            decided,
            assignment: loaded.assignment,
            preset: loaded.last_reason.as_deref().and_then(Reason::parse).map_or("", Reason::as_str),
            errors: Errors::new(),
            form: DecisionForm { version: head.version, ..DecisionForm::default() },
            conflict: None,
            here: if is_local(&around.back) {
                with_open(&back, head.id)
            } else {
                format!("/access-logs/cases/{}", head.id)
            },
            next_path: open(&around.next).unwrap_or_else(|| back.clone()),
            next_link: open(&around.next),
            previous_link: open(&around.previous),
            back,
            zone_name: time::zone_words(zone),
        })
    }

    /// The same, after a form that could not be accepted: what was typed stays.
    #[must_use]
    pub fn answering(mut self, form: DecisionForm, errors: Errors) -> Self {
        if is_local(&form.next) {
            self.next_path.clone_from(&form.next);
        }
        self.form = DecisionForm { version: self.version, ..form };
        self.errors = errors;
        self
    }

    /// The same, after somebody else was first: says who decided what and when, keeps what was typed.
    #[must_use]
    pub fn conflicting(mut self, form: DecisionForm) -> Self {
        self.conflict = Some(match &self.decided {
            Some(decided) => format!(
                "{} decided this case as “{}” ({}) on {}.",
                decided.by, decided.disposition, decided.reason, decided.at.long
            ),
            None => "Somebody changed this case while you worked on it. Look at its history below.".to_owned(),
        });
        self.answering(form, Errors::new())
    }

    /// The reasons a quick "appropriate" can have.
    #[must_use]
    #[allow(clippy::unused_self, reason = "the template asks the case")]
    pub fn quick_reasons(&self) -> &'static [Reason] {
        Disposition::Appropriate.reasons()
    }

    /// How many rows stand here, of how many.
    #[must_use]
    pub fn rows_shown(&self) -> String {
        let seen = (self.row_count - self.outside).max(0);
        format!("{} of {} shown", self.rows.len(), time::count(seen))
    }

    /// The link to the finding form.
    #[must_use]
    pub fn finding_href(&self) -> String {
        format!("/findings/new?case={}", self.id)
    }
}

fn with_open(back: &str, id: Uuid) -> String {
    format!("{back}{}open={id}", if back.contains('?') { '&' } else { '?' })
}

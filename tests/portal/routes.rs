//! Every route of the portal in one table: who gets which status, and exactly which events it leaves.
//!
//! A new route is one line. The answer is written `status event event…`; an event is `action` when it succeeded, else
//! `action!outcome/code`. Lines run in order, once per person, each person in a database of their own.

use crate::fixtures::*;
use crate::harness::PASSWORD;

/// The columns of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Manager,
    /// A coordinator of facility A, where most of the fixtures are.
    Coordinator,
    /// A coordinator of facility B.
    Elsewhere,
    Auditor,
    FieldStaff,
    Admin,
    SignedOut,
}

impl Who {
    pub const SIGNED_IN: [Self; 6] =
        [Self::Manager, Self::Coordinator, Self::Elsewhere, Self::Auditor, Self::FieldStaff, Self::Admin];

    pub const fn username(self) -> Option<&'static str> {
        match self {
            Self::Manager => Some("manager"),
            Self::Coordinator => Some("coordinator_a"),
            Self::Elsewhere => Some("coordinator_b"),
            Self::Auditor => Some("auditor"),
            Self::FieldStaff => Some("field_staff"),
            Self::Admin => Some("admin"),
            Self::SignedOut => None,
        }
    }
}

use Who::{Admin, Auditor, Coordinator, Elsewhere, FieldStaff, Manager, SignedOut};

/// Who sees cases and rows at all.
const OFFICE: &[Who] = &[Manager, Coordinator, Elsewhere, Auditor];
/// The office, where the row is in facility A.
const OFFICE_OF_A: &[Who] = &[Manager, Coordinator, Auditor];
/// Who has no business with rows that may name a patient.
const OTHERS: &[Who] = &[FieldStaff, Admin];

/// Who works on cases.
const WORKS: &[Who] = &[Manager, Coordinator, Elsewhere];

/// Who may look at accounts.
const READS_ACCOUNTS: &[Who] = &[Manager, Auditor, Admin];
/// A password nobody guesses.
pub const NEW_PASSWORD: &str = "quorum lantern oboe fjord";

/// One line of the table.
pub struct Line {
    pub method: &'static str,
    /// As it is registered; `*` for an address that is none.
    pub route: &'static str,
    /// As it is requested.
    pub path: String,
    pub fields: Vec<(&'static str, String)>,
    /// A file for the field `file` of a multipart form; the fields go beside it.
    pub file: Option<&'static str>,
    /// Answers without a session and without an event by design: the sign-in form.
    pub public: bool,
    /// It ends or begins a session, so it gets one of its own.
    pub own_session: bool,
    answers: Vec<(Who, String)>,
}

impl Line {
    fn new(method: &'static str, route: &'static str) -> Self {
        let signed_out = "303 request.refuse!auth_fail/no_session".to_owned();
        Self {
            method,
            route,
            path: route.to_owned(),
            fields: Vec::new(),
            file: None,
            public: false,
            own_session: false,
            answers: vec![(SignedOut, signed_out)],
        }
    }

    /// The path requested, where the route has a parameter or the line a query.
    fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// A posted field.
    fn with(mut self, field: &'static str, value: impl std::fmt::Display) -> Self {
        self.fields.push((field, value.to_string()));
        self
    }

    /// A posted file.
    fn file(mut self, content: &'static str) -> Self {
        self.file = Some(content);
        self
    }

    /// What these people get; a later word on somebody counts.
    fn to(mut self, who: &[Who], answer: impl Into<String>) -> Self {
        let answer = answer.into();
        self.answers.extend(who.iter().map(|&who| (who, answer.clone())));
        self
    }

    fn everyone(self, answer: impl Into<String>) -> Self {
        self.to(&Who::SIGNED_IN, answer)
    }

    fn public(mut self) -> Self {
        self.public = true;
        self
    }

    fn own_session(mut self) -> Self {
        self.own_session = true;
        self
    }

    /// What somebody gets.
    pub fn answer(&self, who: Who) -> &str {
        let answer = self.answers.iter().rev().find(|(to, _)| *to == who);
        answer.map_or_else(|| panic!("{} {} says nothing of {who:?}", self.method, self.path), |(_, answer)| answer)
    }

    /// The text that stands for the line in a failure.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

fn get(route: &'static str) -> Line {
    Line::new("GET", route)
}

fn post(route: &'static str) -> Line {
    Line::new("POST", route)
}

/// The role lacks the action.
fn denied(action: &str) -> String {
    format!("403 {action}!authz_fail/role_lacks_action")
}

/// A read of a row that is out of scope: the look is recorded, and that it found nothing.
fn hidden(action: &str) -> String {
    format!("404 {action} {action}!authz_fail/not_in_scope")
}

/// A write to a row that is out of scope: the read before it is recorded, the write as refused.
fn hidden_from(reads: &str, writes: &str) -> String {
    format!("404 {reads} {writes}!authz_fail/not_in_scope")
}

fn in_ten_days() -> String {
    (hipaa_auditor::clock::now() + chrono::TimeDelta::days(10)).format("%Y-%m-%d").to_string()
}

/// The table.
#[rustfmt::skip]
#[allow(clippy::too_many_lines, reason = "one table, read as a whole")]
pub fn table() -> Vec<Line> {
    vec![
        get("/").everyone("303 home.read"),
        get("/settings/permissions").everyone("200 permission.list.read"),
        get("/settings/preferences").everyone("200 preference.read"),
        post("/settings/preferences").with("theme", "dark").everyone("303 preference.read preference.update"),
        post("/settings/preferences").with("theme", "mauve").everyone("400 request.refuse!validate_fail/invalid_input")
            .to(&[SignedOut], "303 request.refuse!auth_fail/no_session"),

        get("/access-logs").to(OFFICE, "200 review_case.list.read").to(OTHERS, denied("review_case.list.read")),
        get("/access-logs/cases/{id}").at(format!("/access-logs/cases/{CASE_A}"))
            .to(OFFICE_OF_A, "200 review_case.read").to(&[Elsewhere], hidden("review_case.read")).to(OTHERS, denied("review_case.read")),
        get("/access-logs/cases/{id}").at(format!("/access-logs/cases/{CASE_B}"))
            .to(&[Manager, Elsewhere, Auditor], "200 review_case.read").to(&[Coordinator], hidden("review_case.read")).to(OTHERS, denied("review_case.read")),
        get("/access-logs/cases/{id}").at(format!("/access-logs/cases/{CASE_ABOUT_MANAGER}"))
            .to(&[Coordinator, Auditor], "200 review_case.read").to(&[Manager, Elsewhere], hidden("review_case.read")).to(OTHERS, denied("review_case.read")),
        get("/access-logs/cases/{id}").at(format!("/access-logs/cases/{NOWHERE}"))
            .to(OFFICE, hidden("review_case.read")).to(OTHERS, denied("review_case.read")),
        get("/access-logs/cases/{id}").at("/access-logs/cases/no-uuid")
            .to(OFFICE, hidden("review_case.read")).to(OTHERS, denied("review_case.read")),
        post("/access-logs/cases/{id}/decision").at(format!("/access-logs/cases/{CASE_A}/decision"))
            .with("version", "1").with("disposition", "appropriate").with("reason", "care_team")
            .to(&[Manager, Coordinator], "303 review_case.read review_case.decide").to(&[Elsewhere], hidden_from("review_case.read", "review_case.decide"))
            .to(&[Auditor, FieldStaff, Admin], denied("review_case.decide")),
        post("/access-logs/cases/{id}/decision").at(format!("/access-logs/cases/{CASE_A}/decision"))
            .with("version", "1").with("disposition", "appropriate").with("reason", "care_team")
            .to(&[Manager, Coordinator], "409 review_case.read review_case.decide!validate_fail/conflict review_case.read")
            .to(&[Elsewhere], hidden_from("review_case.read", "review_case.decide"))
            .to(&[Auditor, FieldStaff, Admin], denied("review_case.decide")),
        post("/access-logs/cases/{id}/decision").at(format!("/access-logs/cases/{CASE_A}/decision")).with("version", "1")
            .to(&[Manager, Coordinator], "422 review_case.decide!validate_fail/invalid_input review_case.read")
            .to(&[Elsewhere], "404 review_case.decide!validate_fail/invalid_input review_case.read review_case.read!authz_fail/not_in_scope")
            .to(&[Auditor, FieldStaff, Admin], denied("review_case.decide")),
        post("/access-logs/cases/{id}/reopening").at(format!("/access-logs/cases/{CASE_A}/reopening?version=2"))
            .to(&[Manager, Coordinator], "303 review_case.read review_case.reopen").to(&[Elsewhere], hidden_from("review_case.read", "review_case.reopen"))
            .to(&[Auditor, FieldStaff, Admin], denied("review_case.reopen")),
        // clearing the queue
        get("/access-logs.csv").to(OFFICE, "200 review_case.list.export").to(OTHERS, denied("review_case.list.export")),
        get("/access-logs.csv").at("/access-logs.csv?assigned=tom").to(OFFICE, "400 review_case.list.export!validate_fail/invalid_input")
            .to(OTHERS, denied("review_case.list.export")),
        post("/access-logs/cases/{id}/assignment").at(format!("/access-logs/cases/{CASE_A}/assignment")).with("version", "3").with("to_me", "1")
            .to(&[Manager, Coordinator], "303 review_case.read review_case.assign").to(&[Elsewhere], hidden_from("review_case.read", "review_case.assign"))
            .to(&[Auditor, FieldStaff, Admin], denied("review_case.assign")),
        post("/access-logs/cases/{id}/assignment").at(format!("/access-logs/cases/{CASE_A}/assignment")).with("version", "3").with("to_me", "1")
            .to(&[Manager, Coordinator], "409 review_case.read review_case.assign!validate_fail/conflict review_case.read")
            .to(&[Elsewhere], hidden_from("review_case.read", "review_case.assign")).to(&[Auditor, FieldStaff, Admin], denied("review_case.assign")),
        post("/access-logs/cases/{id}/assignment").at(format!("/access-logs/cases/{CASE_A}/assignment")).with("version", "4").with("assignee", "Tom")
            .to(&[Manager, Coordinator], "422 review_case.assign!validate_fail/invalid_input review_case.read")
            .to(&[Elsewhere], "404 review_case.assign!validate_fail/invalid_input review_case.read review_case.read!authz_fail/not_in_scope")
            .to(&[Auditor, FieldStaff, Admin], denied("review_case.assign")),
        post("/access-logs/cases/{id}/assignment").at(format!("/access-logs/cases/{CASE_A}/assignment")).with("version", "4").with("assignee", COORDINATOR_B)
            .to(&[Manager, Coordinator], "422 review_case.read review_case.assign!validate_fail/invalid_input review_case.read")
            .to(&[Elsewhere], hidden_from("review_case.read", "review_case.assign")).to(&[Auditor, FieldStaff, Admin], denied("review_case.assign")),
        post("/access-logs/cases/{id}/assignment/reversal").at(format!("/access-logs/cases/{CASE_A}/assignment/reversal?version=4"))
            .to(&[Manager, Coordinator], "303 review_case.read review_case.assign").to(&[Elsewhere], hidden_from("review_case.read", "review_case.assign"))
            .to(&[Auditor, FieldStaff, Admin], denied("review_case.assign")),
        post("/access-logs/bulk").with("act", "choose").with("form_key", BATCH).with("case", format!("{CASE_A}.1"))
            .to(&[Manager, Coordinator, Elsewhere], "303 case_selection.read case_selection.create").to(&[Auditor, FieldStaff, Admin], denied("case_selection.create")),
        post("/access-logs/bulk").with("act", "choose").with("form_key", BATCH).with("case", format!("{CASE_A}.1"))
            .to(&[Manager, Coordinator, Elsewhere], "303 case_selection.read case_selection.create!validate_fail/conflict")
            .to(&[Auditor, FieldStaff, Admin], denied("case_selection.create")),
        post("/access-logs/bulk").with("act", "decide").with("form_key", ROSTER)
            .to(&[Manager, Coordinator, Elsewhere], "400 case_selection.create!validate_fail/invalid_input").to(&[Auditor, FieldStaff, Admin], denied("case_selection.create")),
        get("/access-logs/bulk/{id}").at(format!("/access-logs/bulk/{SELECTION}")).to(&[Manager], "200 case_selection.read")
            .to(&[Coordinator, Elsewhere], hidden("case_selection.read")).to(&[Auditor, FieldStaff, Admin], denied("case_selection.read")),
        post("/access-logs/bulk/{id}/reversal").at(format!("/access-logs/bulk/{SELECTION}/reversal")).to(&[Manager], "409 case_selection.read case_selection.read!validate_fail/conflict")
            .to(&[Coordinator, Elsewhere], hidden("case_selection.read")).to(&[Auditor, FieldStaff, Admin], denied("case_selection.read")),
        post("/access-logs/bulk/{id}/decision").at(format!("/access-logs/bulk/{SELECTION}/decision")).with("disposition", "appropriate")
            .to(&[Manager], "422 case_selection.run!validate_fail/invalid_input case_selection.read")
            .to(&[Coordinator, Elsewhere], "404 case_selection.run!validate_fail/invalid_input case_selection.read case_selection.read!authz_fail/not_in_scope")
            .to(&[Auditor, FieldStaff, Admin], denied("case_selection.run")),
        // what the selection holds is high: it is left out
        post("/access-logs/bulk/{id}/decision").at(format!("/access-logs/bulk/{SELECTION}/decision")).with("disposition", "appropriate").with("reason", "on_call")
            .to(&[Manager], "303 case_selection.read case_selection.run").to(&[Coordinator, Elsewhere], hidden_from("case_selection.read", "case_selection.run"))
            .to(&[Auditor, FieldStaff, Admin], denied("case_selection.run")),
        post("/access-logs/bulk/{id}/assignment").at(format!("/access-logs/bulk/{SELECTION}/assignment"))
            .to(&[Manager], "422 case_selection.run!validate_fail/invalid_input case_selection.read")
            .to(&[Coordinator, Elsewhere], "404 case_selection.run!validate_fail/invalid_input case_selection.read case_selection.read!authz_fail/not_in_scope")
            .to(&[Auditor, FieldStaff, Admin], denied("case_selection.run")),
        post("/access-logs/bulk/{id}/assignment").at(format!("/access-logs/bulk/{SELECTION}/assignment")).with("to_me", "1")
            .to(&[Manager], "303 case_selection.read case_selection.run review_case.read review_case.assign")
            .to(&[Coordinator, Elsewhere], hidden_from("case_selection.read", "case_selection.run")).to(&[Auditor, FieldStaff, Admin], denied("case_selection.run")),
        post("/access-logs/bulk/{id}/reversal").at(format!("/access-logs/bulk/{SELECTION}/reversal"))
            .to(&[Manager], "303 case_selection.read review_case.read review_case.assign")
            .to(&[Coordinator, Elsewhere], hidden("case_selection.read")).to(&[Auditor, FieldStaff, Admin], denied("case_selection.read")),
        get("/access-logs/views").at("/access-logs/views?risk=high").to(OFFICE, "200 queue_view.list.read").to(OTHERS, denied("queue_view.list.read")),
        post("/access-logs/views").with("name", "High ones").with("risk", "high").to(OFFICE, "303 queue_view.list.read queue_view.create")
            .to(OTHERS, denied("queue_view.create")),
        post("/access-logs/views").with("name", "High ones").with("risk", "high")
            .to(OFFICE, "422 queue_view.list.read queue_view.create!validate_fail/invalid_input queue_view.list.read").to(OTHERS, denied("queue_view.create")),
        post("/access-logs/views").with("name", "High ones").with("risk", "high").with("shared", "1")
            .to(&[Manager, Coordinator, Elsewhere], "303 queue_view.list.read queue_view.share").to(&[Auditor, FieldStaff, Admin], denied("queue_view.share")),
        post("/access-logs/views").with("risk", "high").to(OFFICE, "422 queue_view.create!validate_fail/invalid_input queue_view.list.read")
            .to(OTHERS, denied("queue_view.create")),
        post("/access-logs/views/{id}/name").at(format!("/access-logs/views/{QUEUE_VIEW}/name")).with("name", "Worst first")
            .to(OFFICE, hidden_from("queue_view.list.read", "queue_view.update")).to(&[Manager], "303 queue_view.list.read queue_view.update")
            .to(OTHERS, denied("queue_view.update")),
        post("/access-logs/views/{id}/name").at(format!("/access-logs/views/{QUEUE_VIEW}/name"))
            .to(OFFICE, "422 queue_view.update!validate_fail/invalid_input queue_view.list.read").to(OTHERS, denied("queue_view.update")),
        post("/access-logs/views/{id}/removal").at(format!("/access-logs/views/{QUEUE_VIEW}/removal"))
            .to(OFFICE, hidden_from("queue_view.list.read", "queue_view.delete")).to(&[Manager], "303 queue_view.list.read queue_view.delete")
            .to(OTHERS, denied("queue_view.delete")),
        get("/access-logs/rows").to(OFFICE, "200 access_log.list.read").to(OTHERS, denied("access_log.list.read")),
        get("/access-logs/rows.csv").to(OFFICE, "200 access_log.list.export").to(OTHERS, denied("access_log.list.export")),
        get("/findings").everyone("200 finding.list.read").to(&[Admin], denied("finding.list.read")),
        get("/findings.csv").to(OFFICE, "200 finding.list.export").to(OTHERS, denied("finding.list.export")),
        get("/findings/{id}").at(format!("/findings/{FINDING}"))
            .everyone("200 finding.read").to(&[Elsewhere], hidden("finding.read")).to(&[Admin], denied("finding.read")),
        get("/findings/new").at(format!("/findings/new?case={CASE_A}"))
            .to(&[Manager, Coordinator], "200 finding.form.read").to(&[Elsewhere], hidden("finding.form.read"))
            .to(&[Auditor, FieldStaff, Admin], denied("finding.form.read")),
        post("/findings").with("case", CASE_A).with("form_key", NOWHERE).with("title", "Opened by a test").with("severity", "high")
            .with("due", in_ten_days()).with("owner", MANAGER_TWO)
            .to(&[Manager, Coordinator], "303 finding.form.read finding.create")
            .to(&[Elsewhere], hidden_from("finding.form.read", "finding.create")).to(&[Auditor, FieldStaff, Admin], denied("finding.create")),

        // working on a finding: each step knows of those before it
        post("/findings/{id}/status").at(format!("/findings/{FINDING}/status")).with("version", 1).with("form_key", SEARCH).with("step", "investigate")
            .to(&[Manager, Coordinator], "303 finding.read finding.status.move").to(&[Elsewhere], hidden_from("finding.read", "finding.status.move"))
            .to(&[Auditor, FieldStaff, Admin], denied("finding.status.move")),
        post("/findings/{id}/status").at(format!("/findings/{FINDING}/status")).with("version", 1).with("form_key", QUESTION).with("step", "plan_action")
            .to(&[Manager, Coordinator], "409 finding.read finding.status.move!validate_fail/conflict finding.read")
            .to(&[Elsewhere], hidden_from("finding.read", "finding.status.move")).to(&[Auditor, FieldStaff, Admin], denied("finding.status.move")),
        post("/findings/{id}/status").at(format!("/findings/{FINDING}/status")).with("version", 2).with("form_key", QUESTION).with("step", "close")
            .to(&[Manager, Coordinator], "422 finding.read finding.status.move!validate_fail/invalid_input finding.read")
            .to(&[Elsewhere], hidden_from("finding.read", "finding.status.move")).to(&[Auditor, FieldStaff, Admin], denied("finding.status.move")),
        post("/findings/{id}/status/reversal").at(format!("/findings/{FINDING}/status/reversal?version=2"))
            .to(&[Manager, Coordinator], "303 finding.read finding.status.move").to(&[Elsewhere], hidden_from("finding.read", "finding.status.move"))
            .to(&[Auditor, FieldStaff, Admin], denied("finding.status.move")),
        post("/findings/{id}/owner").at(format!("/findings/{FINDING}/owner")).with("version", 3).with("form_key", SEARCH).with("owner", MANAGER_TWO)
            .to(&[Manager, Coordinator], "303 finding.read finding.assign").to(&[Elsewhere], hidden_from("finding.read", "finding.assign"))
            .to(&[Auditor, FieldStaff, Admin], denied("finding.assign")),
        post("/findings/{id}/owner/reversal").at(format!("/findings/{FINDING}/owner/reversal?version=4"))
            .to(&[Manager, Coordinator], "303 finding.read finding.assign").to(&[Elsewhere], hidden_from("finding.read", "finding.assign"))
            .to(&[Auditor, FieldStaff, Admin], denied("finding.assign")),
        get("/findings/{id}/edit").at(format!("/findings/{FINDING}/edit"))
            .to(&[Manager, Coordinator], "200 finding.edit.read").to(&[Elsewhere], hidden("finding.edit.read"))
            .to(&[Auditor, FieldStaff, Admin], denied("finding.edit.read")),
        post("/findings/{id}/edit").at(format!("/findings/{FINDING}/edit")).with("version", 5).with("form_key", SEARCH).with("title", "Edited by a test")
            .with("severity", "low").with("due", in_ten_days())
            .to(&[Manager, Coordinator], "303 finding.edit.read finding.update").to(&[Elsewhere], hidden_from("finding.edit.read", "finding.update"))
            .to(&[Auditor, FieldStaff, Admin], denied("finding.update")),
        post("/findings/{id}/comments").at(format!("/findings/{FINDING}/comments")).with("form_key", SEARCH).with("kind", "comment").with("comment", "Said by a test")
            .to(&[Manager, Coordinator], "303 finding.read finding.comment.create").to(&[Elsewhere], hidden_from("finding.read", "finding.comment.create"))
            .to(&[Auditor, FieldStaff, Admin], denied("finding.comment.create")),
        post("/findings/{id}/comments").at(format!("/findings/{FINDING}/comments")).with("form_key", QUESTION).with("kind", "evidence").with("comment", "Found by a test")
            .to(&[Manager, Coordinator, FieldStaff], "303 finding.read finding.evidence.add")
            .to(&[Elsewhere], hidden_from("finding.read", "finding.evidence.add")).to(&[Auditor, Admin], denied("finding.evidence.add")),
        post("/findings/{id}/cases").at(format!("/findings/{FINDING}/cases")).with("form_key", SEARCH).with("number", "AL-1")
            .to(&[Manager, Coordinator], "422 finding.form.read finding.case.link!validate_fail/invalid_input finding.read")
            .to(&[Elsewhere], hidden_from("finding.form.read", "finding.case.link")).to(&[Auditor, FieldStaff, Admin], denied("finding.case.link")),
        get("/findings/link").at(format!("/findings/link?case={CASE_A}"))
            .to(&[Manager, Coordinator], "200 finding.form.read").to(&[Elsewhere], hidden("finding.form.read"))
            .to(&[Auditor, FieldStaff, Admin], denied("finding.form.read")),
        post("/findings/link").with("form_key", SEARCH).with("case", CASE_A).with("finding", FINDING)
            .to(&[Manager, Coordinator], "303 finding.form.read finding.case.link").to(&[Elsewhere], hidden_from("finding.form.read", "finding.case.link"))
            .to(&[Auditor, FieldStaff, Admin], denied("finding.case.link")),
        get("/findings/{id}/cases/unlinking").at(format!("/findings/{FINDING}/cases/unlinking?case={CASE_A}"))
            .to(&[Manager, Coordinator], "200 finding.form.read").to(&[Elsewhere], hidden("finding.form.read"))
            .to(&[Auditor, FieldStaff, Admin], denied("finding.form.read")),
        post("/findings/{id}/cases/unlinking").at(format!("/findings/{FINDING}/cases/unlinking")).with("form_key", SEARCH).with("case", CASE_A).with("why", "By a test")
            .to(&[Manager, Coordinator], "303 finding.form.read finding.case.unlink").to(&[Elsewhere], hidden_from("finding.form.read", "finding.case.unlink"))
            .to(&[Auditor, FieldStaff, Admin], denied("finding.case.unlink")),

        // questions
        get("/questions").everyone("200 question.list.read"),
        get("/questions").at("/questions?view=all").everyone("400 question.list.read!validate_fail/invalid_input"),
        get("/questions.csv").everyone("200 question.list.export"),
        get("/questions/{id}").at(format!("/questions/{OWN_QUESTION}")).everyone(hidden("question.read")).to(&[FieldStaff], "200 question.read"),
        get("/questions/{id}").at("/questions/no-uuid").everyone(hidden("question.read")),
        post("/questions/{id}/answer").at(format!("/questions/{OWN_QUESTION}/answer")).with("answer", "perhaps")
            .everyone("404 question.answer!validate_fail/invalid_input question.read question.read!authz_fail/not_in_scope")
            .to(&[FieldStaff], "422 question.answer!validate_fail/invalid_input question.read"),
        post("/questions/{id}/answer").at(format!("/questions/{OWN_QUESTION}/answer")).with("answer", "caring")
            .everyone(hidden_from("question.read", "question.answer")).to(&[FieldStaff], "303 question.read question.answer"),
        post("/questions/{id}/answer").at(format!("/questions/{OWN_QUESTION}/answer")).with("answer", "covering")
            .everyone(hidden_from("question.read", "question.answer"))
            .to(&[FieldStaff], "409 question.read question.answer!validate_fail/conflict question.read"),
        post("/questions/{id}/remarks").at(format!("/questions/{OWN_QUESTION}/remarks")).with("remark", "At the desk")
            .everyone(hidden_from("question.read", "question.remark")).to(&[FieldStaff], "303 question.read question.remark"),
        post("/questions/{id}/remarks").at(format!("/questions/{ANSWERED_QUESTION}/remarks")).with("remark", "At the desk")
            .everyone(hidden_from("question.read", "question.remark"))
            .to(&[FieldStaff], "409 question.read question.remark!validate_fail/conflict question.read"),
        get("/access-logs/cases/{id}/question").at(format!("/access-logs/cases/{CASE_B}/question"))
            .to(&[Manager, Elsewhere], "200 question.form.read").to(&[Coordinator], hidden("question.form.read"))
            .to(&[Auditor, FieldStaff, Admin], denied("question.form.read")),
        get("/access-logs/cases/{id}/question").at(format!("/access-logs/cases/{CASE_DECIDED}/question"))
            .to(&[Manager, Coordinator], "409 question.form.read").to(&[Elsewhere], hidden("question.form.read"))
            .to(&[Auditor, FieldStaff, Admin], denied("question.form.read")),
        get("/access-logs/cases/{id}/questions/{part}/phone").at(format!("/access-logs/cases/{CASE_B}/questions/{QUESTION}/phone"))
            .to(&[Manager, Elsewhere], "200 question.form.read").to(&[Coordinator], hidden("question.form.read"))
            .to(&[Auditor, FieldStaff, Admin], denied("question.form.read")),
        get("/access-logs/cases/{id}/questions/{part}/phone").at(format!("/access-logs/cases/{CASE_A}/questions/{QUESTION}/phone"))
            .to(&[Manager, Coordinator, Elsewhere], hidden("question.form.read")).to(&[Auditor, FieldStaff, Admin], denied("question.form.read")),
        post("/access-logs/cases/{id}/questions/{part}/phone").at(format!("/access-logs/cases/{CASE_B}/questions/{QUESTION}/phone")).with("answer", "caring")
            .to(&[Manager, Elsewhere], "422 question.form.read question.answer.record!validate_fail/invalid_input question.form.read")
            .to(&[Coordinator], hidden_from("question.form.read", "question.answer.record"))
            .to(&[Auditor, FieldStaff, Admin], denied("question.answer.record")),
        post("/access-logs/cases/{id}/questions/{part}/withdrawal").at(format!("/access-logs/cases/{CASE_B}/questions/{QUESTION}/withdrawal"))
            .to(&[Manager, Elsewhere], "303 question.form.read question.withdraw").to(&[Coordinator], hidden_from("question.form.read", "question.withdraw"))
            .to(&[Auditor, FieldStaff, Admin], denied("question.withdraw")),
        post("/access-logs/cases/{id}/questions/{part}/withdrawal").at(format!("/access-logs/cases/{CASE_B}/questions/{QUESTION}/withdrawal"))
            .to(&[Manager, Elsewhere], "409 question.form.read question.withdraw!validate_fail/conflict")
            .to(&[Coordinator], hidden_from("question.form.read", "question.withdraw"))
            .to(&[Auditor, FieldStaff, Admin], denied("question.withdraw")),
        post("/access-logs/cases/{id}/question").at(format!("/access-logs/cases/{CASE_B}/question"))
            .with("to", "person").with("question", "which_task").with("due", in_ten_days())
            .to(&[Manager, Elsewhere], "303 question.form.read question.ask").to(&[Coordinator], hidden_from("question.form.read", "question.ask"))
            .to(&[Auditor, FieldStaff, Admin], denied("question.ask")),
        post("/access-logs/cases/{id}/question").at(format!("/access-logs/cases/{CASE_B}/question")).with("to", "person")
            .to(&[Manager, Elsewhere], "422 question.form.read question.ask!validate_fail/invalid_input question.form.read")
            .to(&[Coordinator], hidden_from("question.form.read", "question.ask")).to(&[Auditor, FieldStaff, Admin], denied("question.ask")),

        get("/imports").to(OFFICE, "200 import.list.read").to(OTHERS, denied("import.list.read")),
        get("/imports/new").to(&[Manager, Coordinator, Elsewhere], "200 import.form.read").to(&[Auditor, FieldStaff, Admin], denied("import.form.read")),
        get("/imports/{id}").at(format!("/imports/{BATCH}")).to(OFFICE, "200 import.read").to(OTHERS, denied("import.read")),
        get("/imports/{id}").at(format!("/imports/{NOWHERE}")).to(OFFICE, hidden("import.read")).to(OTHERS, denied("import.read")),
        post("/imports").with("source", SOURCE).with("form_key", BATCH).file("no such header\n1\n")
            .to(&[Manager, Coordinator, Elsewhere], "422 import.form.read import.create!validate_fail/invalid_input import.form.read")
            .to(&[Auditor, FieldStaff, Admin], denied("import.create")),
        get("/imports").at("/imports?after=zzz").to(OFFICE, "400 import.list.read!validate_fail/invalid_input").to(OTHERS, denied("import.list.read")),
        get("/imports/{id}/progress").at(format!("/imports/{BATCH}/progress?asked=3")).to(OFFICE, "200 import.read").to(OTHERS, denied("import.read")),
        get("/imports/{id}/withdraw").at(format!("/imports/{BATCH}/withdraw")).to(&[Manager, Coordinator], "200 import.form.read")
            .to(&[Elsewhere], hidden("import.form.read")).to(&[Auditor, FieldStaff, Admin], denied("import.form.read")),
        post("/imports/{id}/withdraw").at(format!("/imports/{BATCH}/withdraw"))
            .to(&[Manager, Coordinator], "422 import.withdraw!validate_fail/invalid_input import.form.read")
            .to(&[Elsewhere], "404 import.withdraw!validate_fail/invalid_input import.form.read import.form.read!authz_fail/not_in_scope")
            .to(&[Auditor, FieldStaff, Admin], denied("import.withdraw")),
        post("/imports/{id}/withdraw").at(format!("/imports/{BATCH}/withdraw")).with("reason", "test_data")
            .to(&[Manager, Coordinator], "303 import.form.read import.withdraw").to(&[Elsewhere], hidden_from("import.form.read", "import.withdraw"))
            .to(&[Auditor, FieldStaff, Admin], denied("import.withdraw")),
        post("/imports/{id}/withdraw").at(format!("/imports/{BATCH}/withdraw")).with("reason", "test_data")
            .to(&[Manager, Coordinator], "303 import.form.read import.withdraw!validate_fail/conflict").to(&[Elsewhere], hidden_from("import.form.read", "import.withdraw"))
            .to(&[Auditor, FieldStaff, Admin], denied("import.withdraw")),
        post("/imports/{id}/retry").at(format!("/imports/{BATCH}/retry"))
            .to(&[Manager, Coordinator], "303 import.form.read import.retry!validate_fail/conflict").to(&[Elsewhere], hidden_from("import.form.read", "import.retry"))
            .to(&[Auditor, FieldStaff, Admin], denied("import.retry")),
        get("/imports/coverage").at("/imports/coverage?month=2026-03").to(OFFICE, "200 coverage.list.read").to(OTHERS, denied("coverage.list.read")),
        get("/imports/coverage").at("/imports/coverage?month=2026").to(OFFICE, "400 coverage.list.read!validate_fail/invalid_input").to(OTHERS, denied("coverage.list.read")),
        get("/imports/coverage.csv").at("/imports/coverage.csv?month=2026-03").to(OFFICE, "200 coverage.list.export").to(OTHERS, denied("coverage.list.export")),
        get("/imports/coverage/{id}/{day}").at(format!("/imports/coverage/{SOURCE}/2026-03-03"))
            .to(&[Manager, Coordinator, Elsewhere], "200 coverage.form.read").to(&[Auditor, FieldStaff, Admin], denied("coverage.form.read")),
        get("/imports/coverage/{id}/{day}").at(format!("/imports/coverage/{SOURCE}/no-day"))
            .to(&[Manager, Coordinator, Elsewhere], hidden("coverage.form.read")).to(&[Auditor, FieldStaff, Admin], denied("coverage.form.read")),
        post("/imports/coverage/{id}/{day}").at(format!("/imports/coverage/{SOURCE}/2026-03-03")).with("reason", "no_service_that_day")
            .to(&[Manager, Coordinator, Elsewhere], "303 coverage.form.read coverage.explain").to(&[Auditor, FieldStaff, Admin], denied("coverage.explain")),
        post("/imports/coverage/{id}/{day}").at(format!("/imports/coverage/{SOURCE}/2026-03-03")).with("reason", "bored")
            .to(&[Manager, Coordinator, Elsewhere], "422 coverage.explain!validate_fail/invalid_input coverage.form.read").to(&[Auditor, FieldStaff, Admin], denied("coverage.explain")),
        get("/imports/mappings").to(OFFICE, "200 mapping.list.read").to(OTHERS, denied("mapping.list.read")),
        get("/imports/mappings/new").to(&[Manager, Coordinator, Elsewhere], "200 mapping.form.read").to(&[Auditor, FieldStaff, Admin], denied("mapping.form.read")),
        get("/imports/mappings/{id}").at(format!("/imports/mappings/{SOURCE}")).to(OFFICE, "200 mapping.read").to(OTHERS, denied("mapping.read")),
        get("/imports/mappings/{id}").at(format!("/imports/mappings/{NOWHERE}")).to(OFFICE, hidden("mapping.read")).to(OTHERS, denied("mapping.read")),
        post("/imports/mappings").with("source", SOURCE).with("begin", "current").with("form_key", MAPPING_DRAFT).file("a,b\n1,2\n")
            .to(&[Manager, Coordinator, Elsewhere], "303 mapping.form.read mapping.draft.create")
            .to(&[Auditor, FieldStaff, Admin], denied("mapping.draft.create")),
        post("/imports/mappings").with("source", "").with("form_key", NOWHERE).file("a,b\n1,2\n")
            .to(&[Manager, Coordinator, Elsewhere], "422 mapping.form.read mapping.draft.create!validate_fail/invalid_input mapping.form.read")
            .to(&[Auditor, FieldStaff, Admin], denied("mapping.draft.create")),
        get("/imports/mappings/drafts/{id}").at(format!("/imports/mappings/drafts/{MAPPING_DRAFT}"))
            .to(&[Manager], "200 mapping.preview.read").to(&[Coordinator, Elsewhere], hidden("mapping.preview.read"))
            .to(&[Auditor, FieldStaff, Admin], denied("mapping.preview.read")),
        post("/imports/mappings/drafts/{id}").at(format!("/imports/mappings/drafts/{MAPPING_DRAFT}")).with("do", "preview")
            .to(&[Manager], "200 mapping.preview.read").to(&[Coordinator, Elsewhere], hidden("mapping.preview.read"))
            .to(&[Auditor, FieldStaff, Admin], denied("mapping.preview.read")),
        post("/imports/mappings/drafts/{id}/sample").at(format!("/imports/mappings/drafts/{MAPPING_DRAFT}/sample")).file("a,b\n1,2\n")
            .to(&[Manager], "422 mapping.preview.read mapping.sample.update!validate_fail/invalid_input mapping.preview.read")
            .to(&[Coordinator, Elsewhere], hidden_from("mapping.preview.read", "mapping.sample.update"))
            .to(&[Auditor, FieldStaff, Admin], denied("mapping.sample.update")),
        post("/imports/mappings/drafts/{id}").at(format!("/imports/mappings/drafts/{MAPPING_DRAFT}")).with("do", "save").with("version", "2")
            .to(&[Manager], "422 mapping.preview.read mapping.create!validate_fail/invalid_input mapping.preview.read")
            .to(&[Coordinator, Elsewhere], hidden_from("mapping.preview.read", "mapping.create")).to(&[Auditor, FieldStaff, Admin], denied("mapping.create")),
        get("/audit").everyone("200 audit_event.list.read"),
        get("/audit.csv").everyone(denied("audit_event.list.export")).to(&[Manager, Auditor], "200 audit_event.list.export"),
        // what left as a file, and who has seen a record
        get("/exports").to(OFFICE, "200 export.list.read").to(OTHERS, denied("export.list.read")),
        get("/exports.csv").everyone(denied("export.list.export")).to(&[Manager, Auditor], "200 export.list.export"),
        get("/audit/seen/{resource}/{id}").at(format!("/audit/seen/review_case/{CASE_A}")).everyone(denied("review_case.seen.read"))
            .to(&[Manager, Auditor], "200 review_case.seen.read"),
        get("/audit/seen/{resource}/{id}.csv").at(format!("/audit/seen/review_case/{CASE_A}.csv")).everyone(denied("review_case.seen.read"))
            .to(&[Manager, Auditor], "200 review_case.seen.read review_case.seen.export"),
        get("/audit/seen/{resource}/{id}").at(format!("/audit/seen/review_case/{CASE_ABOUT_MANAGER}")).everyone(denied("review_case.seen.read"))
            .to(&[Auditor], "200 review_case.seen.read").to(&[Manager], hidden("review_case.seen.read")),
        get("/audit/seen/{resource}/{id}.csv").at(format!("/audit/seen/review_case/{CASE_ABOUT_MANAGER}.csv")).everyone(denied("review_case.seen.read"))
            .to(&[Auditor], "200 review_case.seen.read review_case.seen.export").to(&[Manager], hidden("review_case.seen.read")),
        get("/audit/seen/{resource}/{id}").at(format!("/audit/seen/finding/{FINDING}")).everyone(denied("finding.seen.read"))
            .to(&[Manager, Auditor], "200 finding.seen.read"),
        get("/audit/seen/{resource}/{id}.csv").at(format!("/audit/seen/finding/{FINDING}.csv")).everyone(denied("finding.seen.read"))
            .to(&[Manager, Auditor], "200 finding.seen.read finding.seen.export"),
        get("/audit/seen/{resource}/{id}").at(format!("/audit/seen/person/{NURSE_A}")).everyone(denied("person.seen.read"))
            .to(&[Manager, Auditor], "200 person.seen.read"),
        get("/audit/seen/{resource}/{id}.csv").at(format!("/audit/seen/person/{NURSE_A}.csv")).everyone(denied("person.seen.read"))
            .to(&[Manager, Auditor], "200 person.seen.read person.seen.export"),
        get("/audit/seen/{resource}/{id}").at(format!("/audit/seen/patient/{PATIENT_ONE}")).everyone(denied("patient.seen.read"))
            .to(&[Manager, Auditor], "200 patient.seen.read"),
        get("/audit/seen/{resource}/{id}.csv").at(format!("/audit/seen/patient/{PATIENT_ONE}.csv")).everyone(denied("patient.seen.read"))
            .to(&[Manager, Auditor], "200 patient.seen.read patient.seen.export"),
        get("/audit/seen/{resource}/{id}").at(format!("/audit/seen/access_log/{NOWHERE}")).everyone(denied("access_log.seen.read")).to(&[Manager, Auditor], hidden("access_log.seen.read")),
        get("/audit/seen/{resource}/{id}.csv").at(format!("/audit/seen/access_log/{NOWHERE}.csv")).everyone(denied("access_log.seen.read")).to(&[Manager, Auditor], hidden("access_log.seen.read")),
        get("/audit/seen/{resource}/{id}").at(format!("/audit/seen/patient/{NOWHERE}")).everyone(denied("patient.seen.read")).to(&[Manager, Auditor], hidden("patient.seen.read")),
        get("/audit/seen/{resource}/{id}.csv").at(format!("/audit/seen/patient/{NOWHERE}.csv")).everyone(denied("patient.seen.read")).to(&[Manager, Auditor], hidden("patient.seen.read")),
        get("/audit/seen/{resource}/{id}").at(format!("/audit/seen/session/{CASE_A}")).everyone("404 request.refuse!validate_fail/not_in_scope"),
        get("/patients/{id}").at(format!("/patients/{PATIENT_ONE}")).to(OFFICE, "200 patient.read").to(OTHERS, denied("patient.read")),
        get("/patients/{id}").at(format!("/patients/{NOWHERE}")).to(OFFICE, hidden("patient.read")).to(OTHERS, denied("patient.read")),
        get("/people/{id}").at(format!("/people/{NURSE_A}"))
            .to(OFFICE_OF_A, "200 person.activity.read").to(&[Elsewhere], hidden("person.activity.read"))
            .to(&[FieldStaff], hidden("person.read")).to(&[Admin], "200 person.read"),
        get("/people/{id}").at(format!("/people/{FIELD_STAFF}"))
            .to(OFFICE_OF_A, "200 person.activity.read").to(&[Elsewhere], hidden("person.activity.read"))
            .to(OTHERS, "200 person.read"),
        get("/patients/{id}.csv").at(format!("/patients/{PATIENT_ONE}.csv?period=all")).to(OFFICE, "200 patient.read patient.export").to(OTHERS, denied("patient.read")),
        get("/patients/{id}.csv").at(format!("/patients/{NOWHERE}.csv")).to(OFFICE, hidden("patient.read")).to(OTHERS, denied("patient.read")),
        get("/people/{id}.csv").at(format!("/people/{NURSE_A}.csv")).to(OFFICE_OF_A, "200 person.activity.read person.activity.export")
            .to(&[Elsewhere], hidden("person.activity.read")).to(OTHERS, denied("person.activity.read")),
        post("/search").with("q", "Brackenridge").to(OFFICE, "303 search.query.execute search.result.create").to(OTHERS, denied("search.result.create")),
        get("/search/{id}").at(format!("/search/{SEARCH}"))
            .to(OFFICE, hidden("search.result.read")).to(&[Manager], "200 search.result.read").to(OTHERS, denied("search.result.read")),

        // rules
        get("/settings/rules").to(OFFICE, "200 rule.list.read").to(OTHERS, denied("rule.list.read")),
        get("/settings/rules/{code}").at("/settings/rules/volume_spike").to(OFFICE, "200 rule.read").to(OTHERS, denied("rule.read")),
        get("/settings/rules/{code}").at("/settings/rules/no_such_rule").to(OFFICE, hidden("rule.read")).to(OTHERS, denied("rule.read")),
        post("/settings/rules/{code}/proposals").at("/settings/rules/after_hours/proposals").with("form_key", NOWHERE)
            .with("kind", "signal").with("severity", "low").with("enabled", "yes")
            .everyone(denied("rule.proposal.create")).to(&[Manager], "303 rule.read rule.proposal.create"),
        post("/settings/rules/{code}/proposals").at("/settings/rules/after_hours/proposals")
            .with("kind", "context").with("severity", "low").with("enabled", "yes")
            .everyone(denied("rule.proposal.create"))
            .to(&[Manager], "422 rule.read rule.proposal.create!validate_fail/invalid_input rule.read"),
        post("/settings/rules/{code}/proposals").at("/settings/rules/manual/proposals").with("kind", "signal").with("severity", "low").with("enabled", "yes")
            .everyone(denied("rule.proposal.create")).to(&[Manager], hidden_from("rule.read", "rule.proposal.create")),
        get("/settings/rules/proposals/{id}").at(format!("/settings/rules/proposals/{PROPOSAL}"))
            .to(OFFICE, "200 rule.proposal.read").to(OTHERS, denied("rule.proposal.read")),
        get("/settings/rules/proposals/{id}").at(format!("/settings/rules/proposals/{NOWHERE}"))
            .to(OFFICE, hidden("rule.proposal.read")).to(OTHERS, denied("rule.proposal.read")),
        get("/settings/rules/proposals/{id}/progress").at(format!("/settings/rules/proposals/{PROPOSAL}/progress?asked=3"))
            .to(OFFICE, "200 rule.proposal.read").to(OTHERS, denied("rule.proposal.read")),
        post("/settings/rules/proposals/{id}/retry").at(format!("/settings/rules/proposals/{PROPOSAL}/retry"))
            .everyone(denied("rule.proposal.retry")).to(&[Manager], "403 rule.proposal.read rule.proposal.retry!authz_fail/role_lacks_action"),
        post("/settings/rules/proposals/{id}/retry").at(format!("/settings/rules/proposals/{OWN_PROPOSAL}/retry"))
            .everyone(denied("rule.proposal.retry")).to(&[Manager], "409 rule.proposal.read rule.proposal.retry!validate_fail/conflict"),
        post("/settings/rules/reruns/{id}/retry").at(format!("/settings/rules/reruns/{FAILED_RERUN}/retry"))
            .everyone(denied("rule.rerun.retry")).to(&[Manager], "303 rule.list.read rule.rerun.retry"),
        post("/settings/rules/reruns/{id}/retry").at(format!("/settings/rules/reruns/{NOWHERE}/retry"))
            .everyone(denied("rule.rerun.retry")).to(&[Manager], hidden_from("rule.list.read", "rule.rerun.retry")),
        post("/settings/rules/proposals/{id}/approval").at(format!("/settings/rules/proposals/{OWN_PROPOSAL}/approval"))
            .everyone(denied("rule.proposal.approve")).to(&[Manager], "403 rule.proposal.read rule.proposal.approve!authz_fail/role_lacks_action"),
        post("/settings/rules/proposals/{id}/request").at(format!("/settings/rules/proposals/{PROPOSAL}/request"))
            .everyone(denied("rule.proposal.request")).to(&[Manager], "403 rule.proposal.read rule.proposal.request!authz_fail/role_lacks_action"),
        post("/settings/rules/proposals/{id}/request").at(format!("/settings/rules/proposals/{OWN_PROPOSAL}/request"))
            .everyone(denied("rule.proposal.request")).to(&[Manager], "303 rule.proposal.read rule.proposal.request"),
        post("/settings/rules/proposals/{id}/approval").at(format!("/settings/rules/proposals/{OWN_PROPOSAL}/approval"))
            .everyone(denied("rule.proposal.approve")).to(&[Manager], "403 rule.proposal.read rule.proposal.approve!authz_fail/role_lacks_action"),
        post("/settings/rules/proposals/{id}/withdrawal").at(format!("/settings/rules/proposals/{OWN_PROPOSAL}/withdrawal"))
            .everyone(denied("rule.proposal.withdraw")).to(&[Manager], "303 rule.proposal.read rule.proposal.withdraw"),
        post("/settings/rules/proposals/{id}/approval").at(format!("/settings/rules/proposals/{PROPOSAL}/approval"))
            .everyone(denied("rule.proposal.approve")).to(&[Manager], "303 rule.proposal.read rule.proposal.approve"),
        post("/settings/rules/proposals/{id}/refusal").at(format!("/settings/rules/proposals/{PROPOSAL}/refusal"))
            .everyone(denied("rule.proposal.refuse")).to(&[Manager], "409 rule.proposal.read rule.proposal.refuse!validate_fail/conflict"),
        get("/access-logs/rows/{id}/flag").at(format!("/access-logs/rows/{NOWHERE}/flag"))
            .to(&[Manager, Coordinator, Elsewhere], hidden("access_log.flag.read")).to(&[Auditor, FieldStaff, Admin], denied("access_log.flag.read")),
        post("/access-logs/rows/{id}/flag").at(format!("/access-logs/rows/{NOWHERE}/flag")).with("source", "seen").with("reason", "no_task")
            .to(&[Manager, Coordinator, Elsewhere], hidden_from("access_log.flag.read", "access_log.flag.create"))
            .to(&[Auditor, FieldStaff, Admin], denied("access_log.flag.create")),
        post("/patients/{id}/watch").at(format!("/patients/{PATIENT_ONE}/watch")).with("watched", "true").with("reason", "legal")
            .to(&[Manager, Coordinator, Elsewhere], "303 patient.read patient.watch.update").to(&[Auditor, FieldStaff, Admin], denied("patient.watch.update")),
        post("/patients/{id}/watch").at(format!("/patients/{PATIENT_ONE}/watch")).with("watched", "false").with("reason", "legal")
            .to(&[Manager], "303 patient.read patient.watch.end")
            .to(&[Coordinator, Elsewhere, Auditor, FieldStaff, Admin], denied("patient.watch.end")),
        post("/patients/{id}/watch").at(format!("/patients/{NOWHERE}/watch")).with("watched", "true").with("reason", "legal")
            .to(&[Manager, Coordinator, Elsewhere], hidden_from("patient.read", "patient.watch.update"))
            .to(&[Auditor, FieldStaff, Admin], denied("patient.watch.update")),
        // people as they were
        get("/people").everyone("200 person.list.read").to(&[FieldStaff], "303 person.list.read"),
        get("/people.csv").to(OFFICE, "200 person.list.export").to(OTHERS, denied("person.list.export")),
        get("/people/{id}/employment").at(format!("/people/{NURSE_A}/employment"))
            .to(&[Manager, Coordinator, Admin], "200 employment.form.read").to(&[Elsewhere], hidden("employment.form.read"))
            .to(&[Auditor, FieldStaff], denied("employment.form.read")),
        post("/people/{id}/employment").at(format!("/people/{NURSE_A}/employment")).with("act", "begin").with("on", "soon")
            .to(&[Manager, Coordinator, Admin], "422 employment.form.read employment.update!validate_fail/invalid_input employment.form.read")
            .to(&[Elsewhere], hidden_from("employment.form.read", "employment.update")).to(&[Auditor, FieldStaff], denied("employment.update")),
        get("/people/roster").everyone("200 roster.list.read").to(&[FieldStaff], denied("roster.list.read")),
        get("/people/roster/new").everyone("200 roster.form.read").to(&[Auditor, FieldStaff], denied("roster.form.read")),
        post("/people/roster").with("source", SOURCE).with("form_key", ROSTER).file("no such header\n1\n")
            .everyone("422 roster.form.read roster.create!validate_fail/invalid_input roster.form.read")
            .to(&[Auditor, FieldStaff], denied("roster.create")),
        get("/people/roster/{id}").at(format!("/people/roster/{ROSTER}")).everyone("200 roster.read").to(&[FieldStaff], denied("roster.read")),
        get("/people/roster/{id}").at(format!("/people/roster/{NOWHERE}")).everyone(hidden("roster.read")).to(&[FieldStaff], denied("roster.read")),
        get("/people/roster/{id}.csv").at(format!("/people/roster/{ROSTER}.csv")).to(OFFICE, "200 roster.plan.export").to(OTHERS, denied("roster.plan.export")),
        post("/people/roster/{id}/words").at(format!("/people/roster/{ROSTER}/words"))
            .to(&[Manager, Admin], "422 roster.read roster.word.create!validate_fail/invalid_input roster.read")
            .to(&[Coordinator, Elsewhere], hidden_from("roster.read", "roster.word.create")).to(&[Auditor, FieldStaff], denied("roster.word.create")),
        post("/people/roster/{id}/application").at(format!("/people/roster/{ROSTER}/application")).with("plan", "of yesterday")
            .to(&[Manager], "409 roster.read roster.apply!validate_fail/conflict roster.read roster.create roster.read")
            .to(&[Admin], "409 roster.read roster.apply!validate_fail/conflict roster.read roster.create roster.read")
            .to(&[Coordinator, Elsewhere], hidden_from("roster.read", "roster.apply")).to(&[Auditor, FieldStaff], denied("roster.apply")),
        get("/people/logins").to(OFFICE, "200 login.list.read").to(OTHERS, denied("login.list.read")),
        get("/people/logins/{id}").at(format!("/people/logins/{LOGIN_NURSE}"))
            .to(OFFICE_OF_A, "200 login.list.read").to(&[Elsewhere], hidden("login.list.read")).to(OTHERS, denied("login.list.read")),
        post("/people/logins").with("pick-01990000-0000-7000-8000-000000000314", "yes").with("holder-01990000-0000-7000-8000-000000000314", "")
            .to(&[Manager, Elsewhere], "422 login.list.read login.match!validate_fail/invalid_input login.list.read")
            .to(&[Coordinator], hidden_from("login.list.read", "login.match")).to(&[Auditor, FieldStaff, Admin], denied("login.match")),
        post("/people/logins/{id}").at(format!("/people/logins/{LOGIN_NURSE}")).with("act", "personal")
            .to(&[Manager, Coordinator], "303 login.list.read login.holder.update").to(&[Elsewhere], hidden_from("login.list.read", "login.holder.update"))
            .to(&[Auditor, FieldStaff, Admin], denied("login.holder.update")),
        get("/facilities").everyone("200 facility.list.read"),
        get("/facilities/new").everyone(denied("facility.form.read")).to(&[Admin], "200 facility.form.read"),
        post("/facilities").with("name", "").everyone(denied("facility.create"))
            .to(&[Admin], "422 facility.form.read facility.create!validate_fail/invalid_input facility.form.read"),
        get("/facilities/{id}").at(format!("/facilities/{FACILITY_A}")).everyone("200 facility.read").to(&[Elsewhere], hidden("facility.read")),
        post("/facilities/{id}").at(format!("/facilities/{FACILITY_A}")).with("name", "").everyone(denied("facility.update"))
            .to(&[Manager, Admin], "422 facility.read facility.update!validate_fail/invalid_input facility.read"),
        post("/facilities/{id}/departments").at(format!("/facilities/{FACILITY_A}/departments")).with("department_name", "Pharmacy")
            .everyone(denied("facility.update")).to(&[Manager, Admin], "303 facility.read facility.update"),
        // accounts
        get("/settings/accounts").everyone(denied("account.list.read")).to(READS_ACCOUNTS, "200 account.list.read"),
        get("/settings/accounts/new").everyone(denied("account.form.read")).to(&[Admin], "200 account.form.read"),
        post("/settings/accounts").with("full_name", "Quentin Newcomer").with("email", "quentin@cedar.example").with("username", "quentin")
            .everyone(denied("account.create")).to(&[Admin], "303 account.create"),
        post("/settings/accounts").everyone(denied("account.create"))
            .to(&[Admin], "422 account.create!validate_fail/invalid_input account.form.read"),
        get("/settings/accounts/{id}").at(format!("/settings/accounts/{FIELD_STAFF}"))
            .everyone(denied("account.read")).to(READS_ACCOUNTS, "200 account.read"),
        get("/settings/accounts/{id}").at(format!("/settings/accounts/{NOWHERE}"))
            .everyone(denied("account.read")).to(READS_ACCOUNTS, hidden("account.read")),
        post("/settings/accounts/search").with("who", "zellweger").everyone(denied("account.search.create"))
            .to(READS_ACCOUNTS, "303 account.search.execute account.search.create"),
        post("/settings/accounts/search").everyone(denied("account.search.execute"))
            .to(READS_ACCOUNTS, "422 account.search.execute!validate_fail/invalid_input account.list.read"),
        get("/settings/accounts").at(format!("/settings/accounts?search={NOWHERE}")).everyone(denied("account.list.read"))
            .to(READS_ACCOUNTS, hidden("account.list.read")),
        get("/settings/accounts/sign-ups").everyone(denied("account.signup.list.read")).to(READS_ACCOUNTS, "200 account.signup.list.read"),
        get("/settings/accounts/{id}/edit").at(format!("/settings/accounts/{FIELD_STAFF}/edit"))
            .everyone(denied("account.form.read")).to(&[Admin], "200 account.form.read"),
        get("/settings/accounts/{id}/edit").at(format!("/settings/accounts/{NOWHERE}/edit"))
            .everyone(denied("account.form.read")).to(&[Admin], hidden("account.form.read")),
        post("/settings/accounts/{id}/edit").at(format!("/settings/accounts/{FIELD_STAFF}/edit"))
            .everyone(denied("account.update")).to(&[Admin], "422 account.update!validate_fail/invalid_input account.form.read"),
        post("/settings/accounts/{id}/changes").at(format!("/settings/accounts/{COORDINATOR_B}/changes")).with("kind", "role").with("role", "manager")
            .everyone(denied("user.role.request")).to(&[Admin], "303 user.role.request"),
        post("/settings/accounts/{id}/changes").at(format!("/settings/accounts/{FIELD_STAFF}/changes")).with("kind", "role").with("role", "manager")
            .everyone(denied("user.role.request")).to(&[Admin], "409 user.role.request!validate_fail/conflict"),
        post("/settings/accounts/{id}/changes").at(format!("/settings/accounts/{FIELD_STAFF}/changes")).with("kind", "role").with("role", "king")
            .everyone(denied("user.role.request")).to(&[Admin], "422 user.role.request!validate_fail/invalid_input account.read"),
        post("/settings/accounts/{id}/changes/{part}/approval").at(format!("/settings/accounts/{FIELD_STAFF}/changes/{ROLE_CHANGE}/approval")).with("kind", "role")
            .everyone(denied("user.role.grant")).to(&[Manager], "303 user.role.grant")
            .to(&[Admin], "403 user.role.grant!authz_fail/second_person_needed"),
        post("/settings/accounts/{id}/changes/{part}/rejection").at(format!("/settings/accounts/{FIELD_STAFF}/changes/{ROLE_CHANGE}/rejection"))
            .everyone(denied("account.change.reject")).to(&[Manager], "409 account.change.reject!validate_fail/conflict")
            .to(&[Admin], "403 account.change.reject!authz_fail/second_person_needed"),
        post("/settings/accounts/{id}/changes/{part}/withdrawal").at(format!("/settings/accounts/{FIELD_STAFF}/changes/{ROLE_CHANGE}/withdrawal"))
            .everyone(denied("account.change.withdraw")).to(&[Admin], "303 account.change.withdraw"),
        post("/settings/accounts/{id}/engagements/{part}/end").at(format!("/settings/accounts/{AUDITOR}/engagements/{ENGAGEMENT}/end"))
            .everyone(denied("engagement.end")).to(&[Admin], "303 engagement.end"),
        post("/settings/accounts/{id}/sign-out").at(format!("/settings/accounts/{COORDINATOR_ALL}/sign-out"))
            .everyone(denied("account.session.revoke_all")).to(&[Admin], "303 account.session.revoke_all"),
        post("/settings/accounts/{id}/deactivation").at(format!("/settings/accounts/{COORDINATOR_ALL}/deactivation"))
            .everyone(denied("account.deactivate")).to(&[Admin], "303 account.deactivate"),
        post("/settings/accounts/{id}/reactivation").at(format!("/settings/accounts/{COORDINATOR_ALL}/reactivation"))
            .everyone(denied("account.reactivate")).to(&[Admin], "303 account.reactivate"),
        post("/settings/accounts/{id}/reset-link").at(format!("/settings/accounts/{FIELD_STAFF}/reset-link"))
            .everyone(denied("credential.reset.create")).to(&[Admin], "200 account.read credential.reset.create"),
        post("/settings/accounts/{id}/reset-link").at(format!("/settings/accounts/{MANAGER_TWO}/reset-link"))
            .everyone(denied("credential.reset.create"))
            .to(&[Admin], "403 account.read credential.reset.create!authz_fail/second_person_needed"),
        get("/settings/accounts/sign-ups/{id}").at(format!("/settings/accounts/sign-ups/{SIGN_UP}"))
            .everyone(denied("account.signup.read")).to(READS_ACCOUNTS, "200 account.signup.read"),
        post("/settings/accounts/sign-ups/{id}/approval").at(format!("/settings/accounts/sign-ups/{SIGN_UP}/approval")).with("person", "new")
            .everyone(denied("account.signup.approve")).to(&[Manager], "303 account.signup.approve"),
        post("/settings/accounts/sign-ups/{id}/rejection").at(format!("/settings/accounts/sign-ups/{SIGN_UP}/rejection")).with("reason", "not_needed")
            .everyone(denied("account.signup.reject")).to(&[Manager], "409 account.signup.reject!validate_fail/conflict"),
        get("/settings/account").everyone("200 account.own.read"),
        post("/settings/account/password").with("current", "not it").with("password", NEW_PASSWORD).with("password_again", NEW_PASSWORD)
            .everyone("422 credential.own.read credential.password.change!auth_fail/bad_credentials account.own.read"),
        post("/settings/account/password").with("current", PASSWORD).with("password", "short")
            .everyone("422 credential.password.change!validate_fail/weak_password account.own.read"),
        post("/settings/account/sessions/{id}/end").at(format!("/settings/account/sessions/{NOWHERE}/end"))
            .everyone("404 session.revoke!authz_fail/not_in_scope"),
        post("/settings/account/sessions/end").everyone("303 session.revoke_all"),
        get("/settings/account/second-factor").everyone("200 credential.own.read"),
        post("/settings/account/second-factor/enrolment").with("current", PASSWORD).everyone("303 credential.own.read credential.totp.enrol"),
        post("/settings/account/second-factor/confirmation").with("code", "no code")
            .everyone("422 credential.own.read credential.totp.confirm!auth_fail/bad_code credential.own.read"),
        post("/settings/account/second-factor/removal").with("current", PASSWORD).with("code", "no code")
            .everyone("422 credential.own.read credential.totp.disable!auth_fail/bad_code credential.own.read"),
        get("/settings/account/second-factor/recovery-codes").everyone("200 credential.own.read"),
        post("/settings/account/second-factor/recovery-codes").with("current", PASSWORD).with("code", "123456")
            .everyone("409 credential.own.read credential.recovery.renew!validate_fail/conflict"),
        get("/settings/account/second-factor/replacement").everyone("200 credential.own.read"),
        post("/settings/account/second-factor/replacement").with("current", PASSWORD).with("code", "123456")
            .everyone("409 credential.own.read credential.totp.replace_begin!validate_fail/conflict"),
        post("/settings/account/second-factor/replacement/confirmation").with("code", "123456")
            .everyone("409 credential.own.read credential.totp.replace!validate_fail/conflict"),
        post("/settings/account/second-factor/replacement/cancellation").everyone("303 credential.totp.replace_cancel"),
        get("/sign-up").everyone("303").to(&[SignedOut], "200").public(),
        post("/sign-up").everyone("422 account.signup.submit!validate_fail/invalid_input")
            .to(&[SignedOut], "422 account.signup.submit!validate_fail/invalid_input"),
        get("/sign-up/received").everyone("200").to(&[SignedOut], "200").public(),
        get("/reset/{link}").at("/reset/none-such").everyone("410 credential.reset.use!auth_fail/bad_link")
            .to(&[SignedOut], "410 credential.reset.use!auth_fail/bad_link"),
        post("/reset/{link}").at("/reset/none-such").with("password", NEW_PASSWORD).everyone("410 credential.reset.use!auth_fail/bad_link")
            .to(&[SignedOut], "410 credential.reset.use!auth_fail/bad_link"),
        get("/password-set").everyone("200").to(&[SignedOut], "200").public(),
        get("/sign-in/code").everyone("303").to(&[SignedOut], "303").public(),
        post("/sign-in/code").with("code", "123456").everyone("303 session.login.attempt!auth_fail/no_session")
            .to(&[SignedOut], "303 session.login.attempt!auth_fail/no_session"),
        get("/sign-in/second-factor").everyone("303").to(&[SignedOut], "303").public(),
        post("/sign-in/second-factor").with("code", "123456").everyone("303 session.login.attempt!auth_fail/no_session")
            .to(&[SignedOut], "303 session.login.attempt!auth_fail/no_session"),

        // the second person, and who stands in for a manager
        post("/access-logs/cases/{id}/second-review").at(format!("/access-logs/cases/{CASE_DECIDED}/second-review")).with("version", "2")
            .to(&[Manager], "422 review_case.second_review!validate_fail/invalid_input review_case.read")
            .to(&[Coordinator], "422 review_case.stand_in!validate_fail/invalid_input review_case.read")
            .to(&[Elsewhere], "404 review_case.stand_in!validate_fail/invalid_input review_case.read review_case.read!authz_fail/not_in_scope")
            .to(&[Auditor, FieldStaff, Admin], denied("review_case.second_review")),
        post("/access-logs/cases/{id}/second-review").at(format!("/access-logs/cases/{CASE_DECIDED}/second-review")).with("version", "2").with("verdict", "agree")
            .to(&[Manager], "303 review_case.read review_case.second_review")
            .to(&[Coordinator], "403 review_case.read review_case.stand_in!authz_fail/second_person_needed")
            .to(&[Elsewhere], hidden_from("review_case.read", "review_case.stand_in")).to(&[Auditor, FieldStaff, Admin], denied("review_case.second_review")),
        post("/access-logs/cases/{id}/second-review").at(format!("/access-logs/cases/{CASE_DECIDED}/second-review")).with("version", "2").with("verdict", "agree")
            .to(&[Manager], "409 review_case.read review_case.second_review!validate_fail/conflict review_case.read")
            .to(&[Coordinator], "403 review_case.read review_case.stand_in!authz_fail/second_person_needed")
            .to(&[Elsewhere], hidden_from("review_case.read", "review_case.stand_in")).to(&[Auditor, FieldStaff, Admin], denied("review_case.second_review")),
        get("/access-logs/agreement").everyone(denied("second_review.list.read")).to(&[Manager, Auditor], "200 second_review.list.read"),
        get("/access-logs/agreement.csv").everyone(denied("second_review.list.export")).to(&[Manager, Auditor], "200 second_review.list.export"),
        get("/access-logs/second-reviews").everyone(denied("second_review.list.read")).to(&[Manager, Auditor], "200 second_review.list.read"),
        get("/access-logs/second-reviews").at("/access-logs/second-reviews?outcome=taken_back").everyone(denied("second_review.list.read"))
            .to(&[Manager, Auditor], "400 second_review.list.read!validate_fail/invalid_input"),
        get("/settings/review").everyone(denied("review.alternate.read")).to(READS_ACCOUNTS, "200 review.alternate.read"),
        post("/settings/review").with("manager", MANAGER).with("alternate", MANAGER_TWO).everyone(denied("review.alternate.set"))
            .to(&[Manager, Admin], "303 review.alternate.set"),
        post("/settings/review").with("manager", MANAGER).with("alternate", COORDINATOR_ALL).everyone(denied("review.alternate.set"))
            .to(&[Manager, Admin], "422 review.alternate.set!validate_fail/invalid_input review.alternate.read"),
        post("/settings/review").with("manager", "nobody").everyone(denied("review.alternate.set"))
            .to(&[Manager, Admin], "400 review.alternate.set!validate_fail/invalid_input"),

        // the files of what is set up
        get("/imports.csv").to(OFFICE, "200 import.list.export").to(OTHERS, denied("import.list.export")),
        get("/imports.csv").at("/imports.csv?state=lost").to(OFFICE, "400 import.list.export!validate_fail/invalid_input")
            .to(OTHERS, denied("import.list.export")),
        get("/imports/mappings.csv").to(OFFICE, "200 mapping.list.export").to(OTHERS, denied("mapping.list.export")),
        get("/people/logins.csv").to(OFFICE, "200 login.list.export").to(OTHERS, denied("login.list.export")),
        get("/people/roster.csv").to(OFFICE, "200 roster.list.export").to(OTHERS, denied("roster.list.export")),
        get("/facilities.csv").to(OFFICE, "200 facility.list.export").to(OTHERS, denied("facility.list.export")),
        get("/settings/rules.csv").to(OFFICE, "200 rule.list.export").to(OTHERS, denied("rule.list.export")),
        get("/access-logs/second-reviews.csv").everyone(denied("second_review.round.export"))
            .to(&[Manager, Auditor], "200 second_review.round.export"),
        get("/settings/accounts.csv").everyone(denied("account.list.export")).to(&[Manager, Auditor], "200 account.list.export"),
        get("/settings/accounts.csv").at(format!("/settings/accounts.csv?search={NOWHERE}")).everyone(denied("account.list.export"))
            .to(&[Manager, Auditor], hidden("account.list.read")),
        get("/settings/accounts/sign-ups.csv").everyone(denied("account.signup.list.export"))
            .to(&[Manager, Auditor], "200 account.signup.list.export"),
        // looking beyond the queue
        get("/reviews").to(OFFICE, "200 review.list.read").to(OTHERS, denied("review.list.read")),
        get("/reviews").at("/reviews?kind=sample").to(OFFICE, "400 review.list.read!validate_fail/invalid_input").to(OTHERS, denied("review.list.read")),
        get("/reviews.csv").to(OFFICE, "200 review.list.export").to(OTHERS, denied("review.list.export")),
        get("/watch-list").to(OFFICE, "200 patient.watch.list.read").to(OTHERS, denied("patient.watch.list.read")),
        get("/watch-list.csv").to(OFFICE, "200 patient.watch.list.export").to(OTHERS, denied("patient.watch.list.export")),
        get("/reviews/new").at(format!("/reviews/new?patient={PATIENT_ONE}"))
            .to(WORKS, "200 review.form.read").to(&[Auditor, FieldStaff, Admin], denied("review.form.read")),
        get("/reviews/new").at(format!("/reviews/new?patient={NOWHERE}"))
            .to(WORKS, hidden("review.form.read")).to(&[Auditor, FieldStaff, Admin], denied("review.form.read")),
        get("/reviews/new").at(format!("/reviews/new?complaint={COMPLAINT}"))
            .to(&[Manager, Coordinator], "200 review.form.read").to(&[Elsewhere], hidden("review.form.read"))
            .to(&[Auditor, FieldStaff, Admin], denied("review.form.read")),
        get("/reviews/new").to(WORKS, "400 review.form.read!validate_fail/invalid_input").to(&[Auditor, FieldStaff, Admin], denied("review.form.read")),
        post("/reviews").with("form_key", BATCH).with("patient", PATIENT_ONE).with("from", "2026-01-01").with("to", "2026-02-01")
            .to(WORKS, "422 review.form.read review.start!validate_fail/invalid_input review.form.read")
            .to(&[Auditor, FieldStaff, Admin], denied("review.start")),
        post("/reviews").with("form_key", BATCH).with("patient", PATIENT_ONE).with("from", "2026-01-01").with("to", "2026-02-01").with("reason", "concern")
            .to(WORKS, "303 review.form.read review.start").to(&[Auditor, FieldStaff, Admin], denied("review.start")),
        get("/reviews/{id}").at(format!("/reviews/{REVIEW}"))
            .to(OFFICE_OF_A, "200 review.read").to(&[Elsewhere], hidden("review.read")).to(OTHERS, denied("review.read")),
        get("/reviews/{id}").at(format!("/reviews/{NOWHERE}")).to(OFFICE, hidden("review.read")).to(OTHERS, denied("review.read")),
        post("/reviews/{id}/cases").at(format!("/reviews/{REVIEW}/cases")).with("version", "1")
            .to(&[Manager, Coordinator], "422 review.case.open!validate_fail/invalid_input review.read")
            .to(&[Elsewhere], "404 review.case.open!validate_fail/invalid_input review.read review.read!authz_fail/not_in_scope")
            .to(&[Auditor, FieldStaff, Admin], denied("review.case.open")),
        post("/reviews/{id}/cases").at(format!("/reviews/{REVIEW}/cases")).with("version", "1").with("who", NURSE_A)
            .to(&[Manager, Coordinator], "303 review.case.open").to(&[Elsewhere], "404 review.case.open!authz_fail/not_in_scope")
            .to(&[Auditor, FieldStaff, Admin], denied("review.case.open")),
        post("/reviews/{id}/cases").at(format!("/reviews/{REVIEW}/cases")).with("version", "1").with("who", NURSE_A)
            .to(&[Manager, Coordinator], "409 review.case.open!validate_fail/conflict review.read").to(&[Elsewhere], "404 review.case.open!authz_fail/not_in_scope")
            .to(&[Auditor, FieldStaff, Admin], denied("review.case.open")),
        post("/reviews/{id}/ending").at(format!("/reviews/{REVIEW}/ending")).with("version", "2").with("outcome", "nothing_improper").with("memo", "Nothing.")
            .to(&[Manager, Coordinator], "422 review.end!validate_fail/invalid_input review.read").to(&[Elsewhere], "404 review.end!authz_fail/not_in_scope")
            .to(&[Auditor, FieldStaff, Admin], denied("review.end")),
        // who works in the nurse's department leaves it to somebody else
        post("/reviews/{id}/memo").at(format!("/reviews/{ENDED_REVIEW}/memo")).with("version", "2").with("memo", "It was found again.")
            .to(&[Manager], "403 review.memo.amend!authz_fail/conflict_of_interest").to(&[Coordinator], "303 review.memo.amend")
            .to(&[Elsewhere], "404 review.memo.amend!authz_fail/not_in_scope").to(&[Auditor, FieldStaff, Admin], denied("review.memo.amend")),
        post("/reviews/{id}/reopening").at(format!("/reviews/{ENDED_REVIEW}/reopening")).with("version", "2").everyone(denied("review.reopen"))
            .to(&[Manager], "403 review.reopen!authz_fail/conflict_of_interest"),
        get("/complaints").to(OFFICE, "200 complaint.list.read").to(OTHERS, denied("complaint.list.read")),
        get("/complaints").at("/complaints?view=lost").to(OFFICE, "400 complaint.list.read!validate_fail/invalid_input").to(OTHERS, denied("complaint.list.read")),
        get("/complaints.csv").to(OFFICE, "200 complaint.list.export").to(OTHERS, denied("complaint.list.export")),
        get("/complaints/new").at(format!("/complaints/new?person={NURSE_A}"))
            .to(&[Manager, Coordinator], "200 complaint.form.read").to(&[Elsewhere], hidden("complaint.form.read"))
            .to(&[Auditor, FieldStaff, Admin], denied("complaint.form.read")),
        post("/complaints").with("form_key", BATCH).to(WORKS, "422 complaint.form.read complaint.record!validate_fail/invalid_input complaint.form.read")
            .to(&[Auditor, FieldStaff, Admin], denied("complaint.record")),
        post("/complaints").with("kind", "other").to(WORKS, "400 complaint.record!validate_fail/invalid_input")
            .to(&[Auditor, FieldStaff, Admin], denied("complaint.record")),
        get("/complaints/{id}").at(format!("/complaints/{COMPLAINT}"))
            .to(OFFICE_OF_A, "200 complaint.read").to(&[Elsewhere], hidden("complaint.read")).to(OTHERS, denied("complaint.read")),
        post("/complaints/{id}").at(format!("/complaints/{COMPLAINT}")).with("version", "1").with("owner", MANAGER_TWO).with("due", in_ten_days())
            .with("patient", PATIENT_ONE)
            .to(&[Manager, Coordinator], "303 complaint.form.read complaint.update").to(&[Elsewhere], hidden_from("complaint.form.read", "complaint.update"))
            .to(&[Auditor, FieldStaff, Admin], denied("complaint.update")),
        post("/complaints/{id}/disposition").at(format!("/complaints/{COMPLAINT}/disposition")).with("version", "2")
            .to(&[Manager, Coordinator], "422 complaint.dispose!validate_fail/invalid_input complaint.read")
            .to(&[Elsewhere], "404 complaint.dispose!validate_fail/invalid_input complaint.read complaint.read!authz_fail/not_in_scope")
            .to(&[Auditor, FieldStaff, Admin], denied("complaint.dispose")),
        post("/complaints/{id}/disposition").at(format!("/complaints/{COMPLAINT}/disposition")).with("version", "2").with("disposition", "withdrawn")
            .with("statement", "Taken back by phone.")
            .to(&[Manager, Coordinator], "303 complaint.dispose").to(&[Elsewhere], "404 complaint.dispose!authz_fail/not_in_scope")
            .to(&[Auditor, FieldStaff, Admin], denied("complaint.dispose")),
        post("/complaints/{id}/reopening").at(format!("/complaints/{COMPLAINT}/reopening")).with("version", "3").everyone(denied("complaint.reopen"))
            .to(&[Manager], "303 complaint.reopen"),
        get("/audit/seen/{resource}/{id}").at(format!("/audit/seen/review/{REVIEW}")).everyone(denied("review.seen.read")).to(&[Manager, Auditor], "200 review.seen.read"),
        get("/audit/seen/{resource}/{id}").at(format!("/audit/seen/complaint/{COMPLAINT}")).everyone(denied("complaint.seen.read"))
            .to(&[Manager, Auditor], "200 complaint.seen.read"),

        get("*").at("/no-such-page").everyone("404 request.refuse!validate_fail/not_in_scope")
            .to(&[SignedOut], "404 request.refuse!validate_fail/not_in_scope"),
        get("/sign-in").everyone("303").to(&[SignedOut], "200").public(),
        post("/sign-in").with("username", "manager").with("password", "wrong").everyone("422 session.login.attempt!auth_fail/bad_credentials")
            .to(&[SignedOut], "422 session.login.attempt!auth_fail/bad_credentials").own_session(),
        post("/sign-out").everyone("303 session.logout.execute").own_session(),
    ]
}

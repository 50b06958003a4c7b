//! The forms of a finding that have a page of their own: editing it, linking a case from the case's side, unlinking one.

use askama::Template;
use uuid::Uuid;

use super::super::model::edit::{self, Change, Content, EditForm};
use super::super::queries::cases::Open;
use super::super::queries::one::LinkedCase;
use super::form::CaseLine;
use crate::audit::Actor;
use crate::clock;
use crate::web::{Chrome, Errors};
use crate::words::Risk;

/// Editing a finding.
#[derive(Template)]
#[template(path = "findings/edit.html")]
pub struct EditPage {
    chrome: Chrome,
    errors: Errors,
    id: Uuid,
    number: String,
    typed: EditForm,
    severities: Vec<(&'static str, &'static str)>,
    earliest: String,
    /// What somebody else saved meanwhile, against what was typed.
    saved: Vec<Change>,
    last_act: String,
    conflict: bool,
}

impl EditPage {
    /// The form as it opens.
    #[must_use]
    pub fn fresh(chrome: Chrome, actor: &Actor, id: Uuid, number: String, (version, now): (i32, &Content)) -> Self {
        let typed = EditForm::of(now, version, Uuid::now_v7().to_string());
        let earliest = clock::today_in(&actor.identity().time_zone).min(now.due).to_string();
        Self {
            chrome,
            errors: Errors::new(),
            id,
            number,
            typed,
            severities: super::list::severities(),
            earliest,
            saved: Vec::new(),
            last_act: String::new(),
            conflict: false,
        }
    }

    /// The same, come back with what was typed.
    #[must_use]
    pub fn answering(mut self, typed: EditForm, errors: Errors) -> Self {
        self.typed = EditForm { version: self.typed.version, ..typed };
        self.errors = errors;
        self
    }

    /// The same, after somebody else was first: both texts, and what they did.
    #[must_use]
    pub fn conflicting(mut self, typed: EditForm, now: &Content, last_act: String) -> Self {
        let mine = Content {
            title: typed.title.trim().to_owned(),
            severity: Risk::parse(&typed.severity).unwrap_or(now.severity),
            due: typed.due.parse().unwrap_or(now.due),
            details: Some(typed.details.replace('\r', "").trim().to_owned()).filter(|text| !text.is_empty()),
            root_cause: Some(typed.root_cause.replace('\r', "").trim().to_owned()).filter(|text| !text.is_empty()),
        };
        self.saved = edit::changes(now, &mine);
        self.last_act = last_act;
        self.conflict = true;
        self.answering(typed, Errors::new())
    }
}

/// Adding cases to a finding there is.
#[derive(Template)]
#[template(path = "findings/link.html")]
pub struct LinkPage {
    chrome: Chrome,
    errors: Errors,
    cases: Vec<CaseLine>,
    findings: Vec<(String, String)>,
    chosen: String,
    key: Uuid,
    back: String,
    create: String,
}

impl LinkPage {
    /// The form, fresh or come back.
    #[must_use]
    pub fn new(
        chrome: Chrome,
        actor: &Actor,
        cases: &[LinkedCase],
        findings: Vec<Open>,
        (chosen, errors): (String, Errors),
    ) -> Self {
        let zone = &actor.identity().time_zone;
        let ids: Vec<_> = cases.iter().map(|case| format!("case={}", case.id)).collect();
        let back = match cases {
            [case] => format!("/access-logs/cases/{}", case.id),
            _ => "/access-logs".to_owned(),
        };
        Self {
            chrome,
            errors,
            cases: cases.iter().map(|case| CaseLine::of(case, zone)).collect(),
            findings: findings
                .into_iter()
                .map(|finding| (finding.id.to_string(), format!("{} {}", finding.number, finding.title)))
                .collect(),
            chosen,
            key: Uuid::now_v7(),
            back,
            create: format!("/findings/new?{}", ids.join("&")),
        }
    }
}

/// Unlinking a case: what will happen, and why it does.
#[derive(Template)]
#[template(path = "findings/unlink.html")]
pub struct UnlinkPage {
    chrome: Chrome,
    errors: Errors,
    id: Uuid,
    number: String,
    case: CaseLine,
    why: String,
    key: Uuid,
}

impl UnlinkPage {
    /// The form, fresh or come back.
    #[must_use]
    pub fn new(
        chrome: Chrome,
        actor: &Actor,
        (id, number): (Uuid, String),
        case: &LinkedCase,
        (why, errors): (String, Errors),
    ) -> Self {
        let case = CaseLine::of(case, &actor.identity().time_zone);
        Self { chrome, errors, id, number, case, why, key: Uuid::now_v7() }
    }
}

//! What the rules' pages show: the number first, the chart second.

use askama::Template;
use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::engine::Rule;
use super::model::{self, Holds, Typed};
use super::queries::pages::{Found, Listed, Version, Week};
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors};
use crate::words::{ProposalState, Risk, RuleCode, RuleKind};

mod proposal;

pub use proposal::{ProposalPage, Shadow};

/// A rule in the list.
struct Line {
    href: String,
    icon: &'static str,
    label: &'static str,
    looks_for: &'static str,
    severity: &'static str,
    enabled: bool,
    version: i32,
    cases: String,
    precision: String,
    waiting: i64,
}

/// `/settings/rules`
#[derive(Template)]
#[template(path = "rules/list.html")]
pub struct ListPage {
    chrome: Chrome,
    groups: Vec<(&'static str, &'static str, Vec<Line>)>,
}

impl ListPage {
    /// Signals first; in the order people read them.
    #[must_use]
    pub fn new(chrome: Chrome, rules: Vec<Rule>, found: &[Found], waiting: &[(String, i64)]) -> Self {
        let mut rules = rules;
        rules.sort_by_key(|rule| RuleCode::ALL.iter().position(|code| *code == rule.code));
        let group =
            |kind: RuleKind| rules.iter().filter(move |rule| rule.kind == kind).map(|rule| line(rule, found, waiting));
        let groups = vec![
            ("Signals", "A signal puts a case in the queue.", group(RuleKind::Signal).collect()),
            ("Context", "Context only colors a case that is there.", group(RuleKind::Context).collect()),
        ];
        Self { chrome, groups }
    }
}

fn line(rule: &Rule, found: &[Found], waiting: &[(String, i64)]) -> Line {
    let found = found.iter().find(|found| found.code == rule.code.as_str()).cloned().unwrap_or_default();
    let waiting = waiting.iter().find(|(code, _)| code == rule.code.as_str()).map_or(0, |(_, count)| *count);
    Line {
        href: format!("/settings/rules/{}", rule.code.as_str()),
        icon: rule.code.icon(),
        label: rule.code.label(),
        looks_for: model::looks_for(rule.code),
        severity: rule.severity.as_str(),
        enabled: rule.enabled,
        version: rule.version,
        cases: time::count(found.cases),
        precision: precision(&found),
        waiting,
    }
}

/// Inappropriate of decided; nothing where nothing is decided.
fn precision(found: &Found) -> String {
    match found.decided {
        0 => "None decided".to_owned(),
        decided => format!("{} of {} decided", time::count(found.inappropriate), time::count(decided)),
    }
}

/// What one rule's page reads.
pub struct Shown {
    pub live: Rule,
    pub found: Found,
    pub weeks: Vec<Week>,
    pub versions: Vec<Version>,
    pub proposals: Vec<Listed>,
    pub since: NaiveDate,
}

/// A bar of the weekly chart.
struct Bar {
    x: i64,
    y: i64,
    height: i64,
    monday: String,
    cases: i64,
}

/// A parameter as it is live, and as a field.
struct ParameterView {
    name: &'static str,
    label: &'static str,
    meaning: String,
    told: String,
    typed: String,
    number: Option<(i64, i64)>,
}

/// A version in the history.
struct VersionView {
    version: i32,
    says: String,
    at: Instant,
    by: String,
    proposal: Option<Uuid>,
}

/// A proposal in the list.
struct ProposalLine {
    href: String,
    at: Instant,
    by: String,
    badge: (&'static str, &'static str, &'static str),
}

/// A choice of a select.
struct Choice {
    value: &'static str,
    label: &'static str,
    selected: bool,
}

/// `/settings/rules/{code}`
#[allow(clippy::struct_excessive_bools, reason = "each is one question the template asks")]
#[derive(Template)]
#[template(path = "rules/rule.html")]
pub struct RulePage {
    chrome: Chrome,
    errors: Errors,
    code: &'static str,
    label: &'static str,
    looks_for: &'static str,
    kind: &'static str,
    severity: &'static str,
    enabled: bool,
    version: i32,
    by_people: bool,
    cases: String,
    precision: String,
    bars: Vec<Bar>,
    chart: String,
    since: String,
    parameters: Vec<ParameterView>,
    versions: Vec<VersionView>,
    proposals: Vec<ProposalLine>,
    may_propose: bool,
    key: Uuid,
    kinds: Vec<Choice>,
    severities: Vec<Choice>,
    enabled_choices: Vec<Choice>,
    rerun: bool,
}

impl RulePage {
    /// The page, with the form as it opens or as it came back.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, shown: Shown, typed: &Typed, errors: Errors, key: Uuid) -> Self {
        let Shown { live, found, weeks, versions, proposals, since } = shown;
        let zone = clock::zone(&actor.identity().time_zone);
        let pick = |value: &'static str, label, chosen: &str| Choice { value, label, selected: value == chosen };
        let bars = bars(&weeks, since);
        let most = bars.iter().max_by_key(|bar| bar.cases);
        let chart = most.map_or_else(String::new, |bar| {
            format!("Cases by week. The most, {}, in the week of {}.", bar.cases, bar.monday)
        });
        Self {
            chrome,
            errors,
            code: live.code.as_str(),
            label: live.code.label(),
            looks_for: model::looks_for(live.code),
            kind: live.kind.label(),
            severity: live.severity.as_str(),
            enabled: live.enabled,
            version: live.version,
            by_people: live.code.by_people(),
            cases: time::count(found.cases),
            precision: precision(&found),
            bars,
            chart,
            since: time::date(since),
            parameters: model::parameters(live.code).iter().map(|it| parameter(it, &live, typed)).collect(),
            versions: versions.iter().map(|version| version_view(version, zone)).collect(),
            proposals: proposals.iter().map(|line| proposal_line(line, zone)).collect(),
            may_propose: may(actor.role(), Action::RuleProposalCreate) && !live.code.by_people(),
            key,
            kinds: RuleKind::ALL.iter().map(|kind| pick(kind.as_str(), kind.label(), &typed.kind)).collect(),
            severities: Risk::ALL.iter().map(|risk| pick(risk.as_str(), risk.label(), &typed.severity)).collect(),
            enabled_choices: vec![pick("yes", "On", &typed.enabled), pick("no", "Off", &typed.enabled)],
            rerun: typed.rerun,
        }
    }
}

fn parameter(it: &model::Parameter, live: &Rule, typed: &Typed) -> ParameterView {
    let (number, meaning) = match it.holds {
        Holds::Whole { least, most, .. } => (Some((least, most)), format!("{} From {least} to {most}.", it.meaning)),
        Holds::Words | Holds::Resources => (None, it.meaning.to_owned()),
    };
    let (told, typed) = (model::told(it, &live.parameters), typed.value(it.name).to_owned());
    ParameterView { name: it.name, label: it.label, meaning, told, typed, number }
}

/// Nine weeks, one column each, empty ones too.
fn bars(weeks: &[Week], since: NaiveDate) -> Vec<Bar> {
    let first = since - Days::new(u64::from(chrono::Datelike::weekday(&since).num_days_from_monday()));
    let most = weeks.iter().map(|week| week.cases).max().unwrap_or(0).max(1);
    (0..10u32)
        .map(|n| {
            let monday = first + Days::new(u64::from(n) * 7);
            let cases = weeks.iter().find(|week| week.monday == monday).map_or(0, |week| week.cases);
            let height = if cases == 0 { 0 } else { (cases * 44 / most).max(2) };
            let monday = monday.format("%b %-d").to_string();
            Bar { x: i64::from(n) * 39, y: 46 - height, height, monday, cases }
        })
        .collect()
}

fn version_view(version: &Version, zone: chrono_tz::Tz) -> VersionView {
    let kind = RuleKind::parse(&version.kind).map_or("", RuleKind::label);
    let severity = Risk::parse(&version.severity).map_or("", Risk::label).to_lowercase();
    let by = match (&version.proposed_by, &version.approved_by) {
        (Some(one), Some(two)) => format!("Proposed by {one}, approved by {two}"),
        _ => "Came with the release".to_owned(),
    };
    VersionView {
        version: version.version,
        says: format!("{kind}, {severity}, {}", if version.enabled { "on" } else { "off" }),
        at: time::instant(version.created_at, zone),
        by,
        proposal: version.proposal_id,
    }
}

/// Where a proposal stands; what nobody decided in thirty days has expired.
fn standing(state: &str, requested_at: Option<chrono::DateTime<chrono::Utc>>) -> ProposalState {
    let state = ProposalState::parse(state).unwrap_or(ProposalState::ShadowFailed);
    let old = requested_at.is_some_and(|at| clock::now() - at >= chrono::TimeDelta::days(super::APPROVAL_DAYS));
    if state == ProposalState::Requested && old { ProposalState::Expired } else { state }
}

fn badge(state: ProposalState) -> (&'static str, &'static str, &'static str) {
    let (class, icon) = match state {
        ProposalState::ShadowWaiting | ProposalState::ShadowRunning => ("low", "hourglass"),
        ProposalState::ShadowFailed => ("critical", "circle-x"),
        ProposalState::ShadowDone => ("low", "eye-check"),
        ProposalState::Requested => ("medium", "gavel"),
        ProposalState::Approved => ("ok", "circle-check"),
        ProposalState::Refused => ("high", "ban"),
        ProposalState::Withdrawn | ProposalState::Expired => ("", "circle-dashed"),
    };
    (class, icon, state.label())
}

fn proposal_line(line: &Listed, zone: chrono_tz::Tz) -> ProposalLine {
    ProposalLine {
        href: format!("/settings/rules/proposals/{}", line.id),
        at: time::instant(line.created_at, zone),
        by: line.proposed_by.clone(),
        badge: badge(standing(&line.state, line.requested_at)),
    }
}

//! What the rules' pages show: the list, one rule (here: the number first, the chart second), a proposal.

use askama::Template;
use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::engine::Rule;
use super::model::{self, Holds, Typed, weighing};
use super::queries::pages::{Listed, Standing, Version, Week};
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors};
use crate::words::{ProposalState, Risk, RuleKind};

mod list;
mod proposal;

pub use list::ListPage;
pub use proposal::{ProposalPage, Shadow};

/// Inappropriate of decided; nothing where nothing is decided.
fn precision(found: &Standing) -> String {
    match found.decided {
        0 => "None decided".to_owned(),
        decided => format!("{} of {} decided", time::count(found.inappropriate), time::count(decided)),
    }
}

/// What one rule's page reads.
pub struct Shown {
    pub live: Rule,
    pub found: Standing,
    pub weeks: Vec<Week>,
    pub versions: Vec<Version>,
    pub proposals: Vec<Listed>,
    pub since: NaiveDate,
}

/// A bar of the weekly chart.
struct Bar {
    x: i64,
    parts: Vec<Part>,
    monday: String,
    cases: i64,
    decided: i64,
    inappropriate: i64,
}

/// A part of a bar: found inappropriate, decided otherwise, or not decided, from below.
struct Part {
    class: &'static str,
    x: i64,
    y: i64,
    height: i64,
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
    weighs: Vec<String>,
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
            let (cases, decided, inappropriate) = bars.iter().fold((0, 0, 0), |(cases, decided, bad), bar| {
                (cases + bar.cases, decided + bar.decided, bad + bar.inappropriate)
            });
            format!(
                "Cases by week: {cases} in all, {inappropriate} found inappropriate, {} decided otherwise, {} not decided. The most, {}, in the week of {}.",
                decided - inappropriate,
                cases - decided,
                bar.cases,
                bar.monday
            )
        });
        Self {
            chrome,
            errors,
            code: live.code.as_str(),
            label: live.code.label(),
            looks_for: model::looks_for(live.code),
            weighs: weighing::words(live.code),
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
            let week = weeks.iter().find(|week| week.monday == monday);
            let (cases, decided, inappropriate) =
                week.map_or((0, 0, 0), |week| (week.cases, week.decided, week.inappropriate));
            let shares =
                [("c-critical", inappropriate), ("c-ok", decided - inappropriate), ("c-brand", cases - decided)];
            let mut foot = 46;
            let parts = shares.into_iter().filter(|(_, count)| *count > 0).map(|(class, count)| {
                let height = (count * 44 / most).max(2);
                foot -= height;
                Part { class, x: i64::from(n) * 39, y: foot, height }
            });
            Bar {
                x: i64::from(n) * 39,
                parts: parts.collect(),
                monday: monday.format("%b %-d").to_string(),
                cases,
                decided,
                inappropriate,
            }
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

//! The list of rules, and the latest runs over days gone by.

use askama::Template;
use chrono::{DateTime, Datelike as _, Utc};

use super::super::model::{self, weighing};
use super::super::queries::pages::Standing;
use super::super::queries::reruns::Run;
use super::precision;
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::Chrome;
use crate::web::time::{self, Instant};
use crate::words::{RerunCause, Risk, RuleCode, RuleKind};

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
    weighing: &'static [&'static str],
    runs: Vec<RunLine>,
    may_export: bool,
}

/// A run over the past.
struct RunLine {
    cause: &'static str,
    at: Instant,
    days: String,
    logins: String,
    badge: (&'static str, &'static str, &'static str),
    came: String,
    retry: Option<String>,
}

impl ListPage {
    /// Signals first; in the order people read them.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, rules: &[Standing], runs: &[Run]) -> Self {
        let group = |kind: RuleKind| rules.iter().filter(|rule| rule.kind == kind.as_str()).filter_map(line).collect();
        Self {
            chrome,
            groups: vec![
                ("Signals", "A signal puts a case in the queue.", group(RuleKind::Signal)),
                ("Context", "Context is shown beside a case's signals and opens none.", group(RuleKind::Context)),
            ],
            weighing: &weighing::IN_WORDS,
            runs: runs.iter().map(|run| run_line(run, actor)).collect(),
            may_export: may(actor.role(), Action::RuleListExport),
        }
    }
}

fn run_line(run: &Run, actor: &Actor) -> RunLine {
    let zone = clock::zone(&actor.identity().time_zone);
    let date = |at: DateTime<Utc>| time::date(at.with_timezone(&zone).date_naive());
    // what reaches back to the beginning, or has no end, is said so rather than dated
    let from = if run.from_at.year() < 2000 { "The beginning".to_owned() } else { date(run.from_at) };
    let until = if run.until_at > clock::now() { "today".to_owned() } else { date(run.until_at) };
    let badge = match run.state.as_str() {
        "done" => ("ok", "circle-check", "Done"),
        "failed" => ("critical", "circle-x", "Failed"),
        "running" => ("low", "hourglass", "Running"),
        _ => ("low", "hourglass", "Waiting"),
    };
    let failed = run.state == "failed" && may(actor.role(), Action::RuleRerunRetry);
    RunLine {
        cause: RerunCause::parse(&run.cause).map_or("A fact arrived late", RerunCause::label),
        at: time::instant(run.created_at, zone),
        days: if from == until { from } else { format!("{from} to {until}") },
        logins: time::count(i64::from(run.logins)),
        badge,
        came: format!("{}, {}", counted(run.flags_raised, "flag"), counted(run.cases_opened, "case")),
        retry: failed.then(|| format!("/settings/rules/reruns/{}/retry", run.id)),
    }
}

fn counted(count: i64, what: &str) -> String {
    format!("{} {what}{}", time::count(count), if count == 1 { "" } else { "s" })
}

fn line(rule: &Standing) -> Option<Line> {
    let code = RuleCode::parse(&rule.code)?;
    Some(Line {
        href: format!("/settings/rules/{}", code.as_str()),
        icon: code.icon(),
        label: code.label(),
        looks_for: model::looks_for(code),
        severity: Risk::parse(&rule.severity)?.as_str(),
        enabled: rule.enabled,
        version: rule.version,
        cases: time::count(rule.cases),
        precision: precision(rule),
        waiting: rule.waiting,
    })
}

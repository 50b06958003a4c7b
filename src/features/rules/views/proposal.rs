//! One proposal: what would change, what the shadow run found, and what this person can do now.

use askama::Template;

use super::super::model;
use super::super::queries::pages::Version;
use super::super::queries::proposals::{Gained, Lost, Proposal};
use super::{badge, standing};
use crate::audit::Actor;
use crate::clock;
use crate::error::AppError;
use crate::policy::{Action, may};
use crate::web::Chrome;
use crate::web::time::{self, Instant};
use crate::words::{AccessType, Disposition, ProposalState, Risk, RuleCode, RuleKind, resource_label, short_name};

/// What the page reads.
pub struct Shadow {
    pub proposal: Proposal,
    pub lost: Vec<Lost>,
    pub gained: Vec<Gained>,
    pub base: Vec<Version>,
}

/// Something that would change.
struct Change {
    label: &'static str,
    from: String,
    to: String,
}

struct LostView {
    href: String,
    number: String,
    who: String,
    day: String,
    risk: String,
    decided: &'static str,
}

struct GainedView {
    at: Instant,
    who: String,
    what: String,
}

/// The numbers of a finished run.
struct Numbers {
    cases_then: String,
    parts: Vec<Part>,
    rows: String,
    cases_now: String,
    more: String,
    fewer: String,
    missed: i64,
    flagged_now: String,
    flagged_then: String,
    from: String,
    until: String,
}

/// A part of the two bars: cases in both, gone, new.
struct Part {
    class: &'static str,
    x: i64,
    y: i64,
    width: i64,
}

/// `/settings/rules/proposals/{id}`
#[derive(Template)]
#[template(path = "rules/proposal.html", blocks = ["run"])]
#[allow(clippy::struct_excessive_bools, reason = "what this person may do now, one by one")]
pub struct ProposalPage {
    chrome: Chrome,
    href: String,
    rule_href: String,
    rule: &'static str,
    badge: (&'static str, &'static str, &'static str),
    by: String,
    at: Instant,
    pub live: bool,
    /// Whether the page asks by itself, so that only what changes while the run goes on is answered.
    pub part: bool,
    asked: u32,
    wait_seconds: u32,
    failed: bool,
    changes: Vec<Change>,
    rerun: bool,
    numbers: Option<Numbers>,
    lost: Vec<LostView>,
    gained: Vec<GainedView>,
    decided: Option<String>,
    outdated: bool,
    may_request: bool,
    may_retry: bool,
    may_withdraw: bool,
    may_decide: bool,
    own: bool,
}

impl ProposalPage {
    /// The page for this person.
    ///
    /// # Errors
    /// When the stored words are not of this release.
    pub fn new(chrome: Chrome, actor: &Actor, shadow: Shadow, asked: u32) -> Result<Self, AppError> {
        let Shadow { proposal, lost, gained, base } = shadow;
        let code = RuleCode::parse(&proposal.code).ok_or(AppError::Internal("a proposal of an unknown rule"))?;
        let zone = clock::zone(&actor.identity().time_zone);
        let state = standing(&proposal.state, proposal.requested_at);
        let own = proposal.proposed_by == actor.id();
        let manager = may(actor.role(), Action::RuleProposalRequest);
        let newest = base.first().map_or(0, |version| version.version);
        let outdated = !matches!(state, ProposalState::Approved) && newest != proposal.base_version;
        let before = base.iter().find(|version| version.version == proposal.base_version);
        let open = matches!(
            state,
            ProposalState::ShadowWaiting
                | ProposalState::ShadowRunning
                | ProposalState::ShadowFailed
                | ProposalState::ShadowDone
                | ProposalState::Requested
        );
        Ok(Self {
            chrome,
            href: format!("/settings/rules/proposals/{}", proposal.id),
            rule_href: format!("/settings/rules/{}", code.as_str()),
            rule: code.label(),
            badge: badge(state),
            by: proposal.proposer.clone(),
            at: time::instant(proposal.created_at, zone),
            live: matches!(state, ProposalState::ShadowWaiting | ProposalState::ShadowRunning),
            part: false,
            asked: asked.saturating_add(1).min(99),
            // ever more rarely: after 1 second, at last every 30
            wait_seconds: (1 + asked / 2).min(30),
            failed: state == ProposalState::ShadowFailed,
            changes: before.map(|before| changes(code, before, &proposal)).unwrap_or_default(),
            rerun: proposal.rerun,
            numbers: numbers(&proposal, zone),
            lost: lost.into_iter().map(lost_view).collect(),
            gained: gained.into_iter().map(|row| gained_view(row, zone)).collect(),
            decided: proposal.decider.as_ref().zip(proposal.decided_at).map(|(who, at)| {
                let what = if state == ProposalState::Approved { "Approved" } else { "Refused" };
                format!("{what} by {who}, {}", time::instant(at, zone).short)
            }),
            outdated,
            may_retry: manager && own && state == ProposalState::ShadowFailed && !outdated,
            may_request: manager && own && state == ProposalState::ShadowDone && !outdated,
            may_withdraw: manager && own && open,
            may_decide: manager && !own && state == ProposalState::Requested && !outdated,
            own,
        })
    }
}

fn changes(code: RuleCode, before: &Version, after: &Proposal) -> Vec<Change> {
    let on = |enabled| if enabled { "On" } else { "Off" }.to_owned();
    let kind = |word: &str| RuleKind::parse(word).map_or("", RuleKind::label).to_owned();
    let risk = |word: &str| Risk::parse(word).map_or("", Risk::label).to_owned();
    let mut all = vec![
        Change { label: "Kind", from: kind(&before.kind), to: kind(&after.kind) },
        Change { label: "Severity", from: risk(&before.severity), to: risk(&after.severity) },
        Change { label: "Runs", from: on(before.enabled), to: on(after.enabled) },
    ];
    all.extend(model::parameters(code).iter().map(|it| Change {
        label: it.label,
        from: model::told(it, &before.parameters),
        to: model::told(it, &after.parameters),
    }));
    all.retain(|change| change.from != change.to);
    all
}

fn numbers(proposal: &Proposal, zone: chrono_tz::Tz) -> Option<Numbers> {
    let (now, more, fewer) = (proposal.cases_now?, proposal.cases_more?, proposal.cases_fewer?);
    let date = |at: chrono::DateTime<chrono::Utc>| time::date(at.with_timezone(&zone).date_naive());
    Some(Numbers {
        cases_then: time::count(now - fewer + more),
        parts: parts(now, more, fewer),
        rows: time::count(proposal.rows_seen?),
        cases_now: time::count(now),
        more: time::count(more),
        fewer: time::count(fewer),
        missed: proposal.missed?,
        flagged_now: time::count(proposal.flagged_now?),
        flagged_then: time::count(proposal.flagged_then?),
        from: date(proposal.shadow_from?),
        until: date(proposal.shadow_until?),
    })
}

/// Two bars over one scale, each beginning after its label and ending before its number.
fn parts(now: i64, more: i64, fewer: i64) -> Vec<Part> {
    const FROM: i64 = 64;
    const ROOM: i64 = 276;
    let most = now.max(now - fewer + more).max(1);
    let width = |count: i64| if count == 0 { 0 } else { (count * ROOM / most).max(2) };
    let both = width(now - fewer);
    let parts = [
        Part { class: "c-brand", x: FROM, y: 3, width: both },
        Part { class: "c-medium", x: FROM + both, y: 3, width: width(fewer) },
        Part { class: "c-brand", x: FROM, y: 31, width: both },
        Part { class: "c-low", x: FROM + both, y: 31, width: width(more) },
    ];
    parts.into_iter().filter(|part| part.width > 0).collect()
}

fn lost_view(case: Lost) -> LostView {
    LostView {
        href: format!("/access-logs/cases/{}", case.id),
        number: format!("AL-{}", case.number),
        who: case.full_name.as_deref().map_or(case.login, short_name),
        day: time::date(case.local_day),
        risk: case.risk,
        decided: case.disposition.as_deref().and_then(Disposition::parse).map_or("Not decided", Disposition::label),
    }
}

fn gained_view(row: Gained, zone: chrono_tz::Tz) -> GainedView {
    let verb = AccessType::parse(&row.access_type).map_or("Used", AccessType::label);
    GainedView {
        at: time::instant(row.action_at, zone),
        who: row.full_name.as_deref().map_or(row.login, short_name),
        what: format!("{verb} · {}", resource_label(&row.resource_type)),
    }
}

//! One pass of the rules: its rows are enriched once, every rule is one statement over them, signals first, then what colours
//! the cases they made; what stands is made equal to what the rules say. Each step has events of its own: a read's ticket lives for a minute, and a step that was cut off
//! is done again. A pass may be run again and changes nothing then.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::queries::{self, cases, circumstance, flags, history, people, repeats, volume, work};
use crate::audit::{AuditedTx, Worker};
use crate::error::AppError;
use crate::policy::Action;
use crate::words::{Risk, RuleCode, RuleKind};

/// Which rows a pass looks at: always whole local days of a login.
#[derive(Debug, Clone)]
pub enum Span {
    /// The days that a batch brought rows of, between two moments.
    Batch(Uuid, DateTime<Utc>, DateTime<Utc>),
    /// The days of these logins.
    Logins(Vec<Uuid>, DateTime<Utc>, DateTime<Utc>),
    /// Everybody's.
    Everyone(DateTime<Utc>, DateTime<Utc>),
}

/// Which rows of a pass a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All of them: a signal, and whatever runs in the shadow.
    Every,
    /// Those that are in a case: context colours what is there, and raised on every row it would be most of what is kept.
    Cases,
}

/// One version of a rule, as it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub code: RuleCode,
    pub version: i32,
    pub kind: RuleKind,
    pub severity: Risk,
    pub parameters: Value,
    pub enabled: bool,
}

impl Rule {
    /// A whole number among the parameters.
    pub fn whole(&self, name: &str, otherwise: i32) -> i32 {
        self.parameters.get(name).and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok()).unwrap_or(otherwise)
    }

    /// The groups of jobs, each with the words a job's name has and the kinds of record it does not need.
    pub fn job_groups(&self) -> Value {
        let list = |group: &str, of: &str| self.parameters.get(format!("{group}_{of}")).cloned().unwrap_or_default();
        super::model::JOB_GROUPS
            .iter()
            .map(|(group, _)| (list(group, "words"), list(group, "types")))
            .filter(|(words, types)| words.is_array() && types.is_array())
            .map(|(words, types)| serde_json::json!({ "words": words, "types": types }))
            .collect()
    }
}

/// The turn that a pass waits for: an import over the wire and one from a file would else write over each other's flags.
const PASSES: i64 = 0x0048_4950_4141_5231;

/// What came of a pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome {
    pub flags: i64,
    pub cases: i64,
}

/// Who runs, under which actions, for which target.
pub struct Pass<'a> {
    pub worker: &'a Worker,
    pub reads: Action,
    pub writes: Action,
    pub target: Uuid,
    pub request_id: Uuid,
    /// Names the pass's rows in the work tables.
    pub id: Uuid,
}

impl Pass<'_> {
    /// One step under its own events.
    pub async fn step<T>(
        &self,
        block: impl AsyncFnOnce(&mut AuditedTx<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let roomy = async |tx: &mut AuditedTx<'_>| {
            work::make_room(tx).await?;
            block(tx).await
        };
        self.worker.change(Some(self.reads), self.writes, self.target, self.request_id, None, roomy).await
    }

    /// The rows of a span into the work tables, enriched.
    pub async fn gather(&self, span: &Span) -> Result<u64, AppError> {
        let rows = self.step(async |tx| work::gather(tx, self.id, span).await).await?;
        self.step(async |tx| work::analyze(tx).await).await?;
        self.step(async |tx| work::employ(tx, self.id).await).await?;
        self.step(async |tx| work::analyze(tx).await).await?;
        Ok(rows)
    }

    /// Every enabled rule over a span, and its cases. `again`: facts were corrected, so that flags of every rule may fall
    /// and rows may leave their cases.
    pub async fn run(&self, span: &Span, again: bool) -> Result<Outcome, AppError> {
        let turn = self.worker.turn(PASSES).await?;
        let outcome = self.run_alone(span, again).await;
        turn.end().await;
        outcome
    }

    async fn run_alone(&self, span: &Span, again: bool) -> Result<Outcome, AppError> {
        if self.gather(span).await? == 0 {
            return Ok(Outcome::default());
        }
        self.step(async |tx| work::refresh_usual(tx, self.id).await).await?;
        if again {
            self.step(async |tx| work::forget_withdrawn(tx, self.id).await).await?;
        }
        let rules = self.step(async |tx| queries::newest(tx).await).await?;
        let ours = rules.into_iter().filter(|rule| !rule.code.by_people());
        let (signals, context): (Vec<_>, Vec<_>) = ours.partition(|rule| rule.kind == RuleKind::Signal);
        let mut outcome = self.signal(&signals, &context, again).await?;
        self.gather_cases(&mut outcome, again).await?;
        self.colour(&context, &mut outcome, again).await?;
        self.settle().await?;
        self.step(async |tx| work::forget(tx, self.id).await).await?;
        Ok(outcome)
    }

    async fn look(&self, rules: &[Rule], reach: Reach) -> Result<(), AppError> {
        for rule in rules.iter().filter(|rule| rule.enabled) {
            self.step(async |tx| look(tx, self.id, rule, reach).await).await?;
        }
        self.step(async |tx| work::analyze(tx).await).await
    }

    /// What puts a case in the queue: the flags of the signals. What was a signal and is context now is none any more.
    async fn signal(&self, signals: &[Rule], context: &[Rule], again: bool) -> Result<Outcome, AppError> {
        let pass = self.id;
        self.look(signals, Reach::Every).await?;
        let (signals, context) = (judged(signals, again), judged(context, again));
        self.step(async |tx| {
            flags::supersede(tx, pass, &context, Some(RuleKind::Signal)).await?;
            flags::supersede(tx, pass, &signals, None).await
        })
        .await?;
        let flags = self.step(async |tx| flags::raise(tx, pass).await).await?
            + self.step(async |tx| flags::raise_by_hand_again(tx, pass).await).await?;
        Ok(Outcome { flags: number(flags), cases: 0 })
    }

    /// The cases of what stands, and their rows.
    async fn gather_cases(&self, outcome: &mut Outcome, again: bool) -> Result<(), AppError> {
        let pass = self.id;
        self.step(async |tx| {
            history::hold(tx, pass).await?;
            history::match_cases(tx, pass).await?;
            history::take_up(tx, pass).await
        })
        .await?;
        outcome.cases = number(self.step(async |tx| cases::open(tx, pass).await).await?);
        self.step(async |tx| {
            history::hold(tx, pass).await?;
            history::continue_cases(tx, pass).await
        })
        .await?;
        self.step(async |tx| cases::name(tx, pass, again).await).await?;
        // a table the planner takes for empty is joined row by row
        self.step(async |tx| work::analyze(tx).await).await?;
        if again {
            self.step(async |tx| cases::part_with_rows(tx, pass).await).await?;
        }
        self.step(async |tx| cases::add_rows(tx, pass).await).await.map(|_| ())
    }

    /// What colours them.
    async fn colour(&self, context: &[Rule], outcome: &mut Outcome, again: bool) -> Result<(), AppError> {
        let pass = self.id;
        self.step(async |tx| work::mark_rows_of_cases(tx, pass).await).await?;
        self.step(async |tx| work::analyze(tx).await).await?;
        self.look(context, Reach::Cases).await?;
        let codes = judged(context, again);
        self.step(async |tx| flags::supersede(tx, pass, &codes, None).await).await?;
        outcome.flags += number(self.step(async |tx| flags::raise(tx, pass).await).await?);
        Ok(())
    }

    /// Makes each case say what its rows' flags say.
    async fn settle(&self) -> Result<(), AppError> {
        let pass = self.id;
        self.step(async |tx| {
            history::hold(tx, pass).await?;
            history::restore(tx, pass).await?;
            history::note_growth(tx, pass).await?;
            cases::add_flags(tx, pass).await?;
            cases::lift_flags(tx, pass).await?;
            history::note_lifted(tx, pass).await?;
            cases::weigh(tx, pass).await?;
            history::note_opening(tx, pass).await
        })
        .await
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The rules whose flags a pass may end: those that ran, and after a correction those that are off, too.
fn judged(rules: &[Rule], again: bool) -> Vec<RuleCode> {
    rules.iter().filter(|rule| rule.enabled || again).map(|rule| rule.code).collect()
}

/// One rule's statement. Adding a rule breaks the build here until someone says what it looks for.
pub async fn look(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule, reach: Reach) -> Result<u64, AppError> {
    match rule.code {
        RuleCode::SelfAccess => people::self_access(tx, pass, rule).await,
        RuleCode::Household => people::household(tx, pass, rule).await,
        RuleCode::Coworker => people::coworker(tx, pass, rule).await,
        RuleCode::WatchList => people::watch_list(tx, pass, rule).await,
        RuleCode::TerminatedUser => people::terminated_user(tx, pass, rule).await,
        RuleCode::BreakGlassNoReason => people::glass(tx, pass, rule, reach, false).await,
        RuleCode::BreakGlass => people::glass(tx, pass, rule, reach, true).await,
        RuleCode::InactiveUser => volume::inactive_user(tx, pass, rule).await,
        RuleCode::VolumeSpike => volume::volume_spike(tx, pass, rule).await,
        RuleCode::RepeatSamePatient => repeats::repeat_same_patient(tx, pass, rule).await,
        RuleCode::BulkExport => volume::bulk_export(tx, pass, rule).await,
        RuleCode::AgreementLapsed => volume::agreement_lapsed(tx, pass, rule).await,
        RuleCode::AfterHours => circumstance::after_hours(tx, pass, rule, reach).await,
        RuleCode::ForeignFacility => circumstance::foreign_facility(tx, pass, rule, reach).await,
        RuleCode::ForeignNetwork => circumstance::foreign_network(tx, pass, rule, reach).await,
        RuleCode::RoleMismatch => circumstance::role_mismatch(tx, pass, rule, reach).await,
        RuleCode::TrainingLapsed => circumstance::training_lapsed(tx, pass, rule, reach).await,
        RuleCode::UnmatchedIdentity => circumstance::unmatched_identity(tx, pass, rule, reach).await,
        // people raise these
        RuleCode::ReportedByPerson | RuleCode::Manual => Ok(0),
    }
}

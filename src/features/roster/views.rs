//! The views of rosters: the list, the form, the plan.

use askama::Template;
use uuid::Uuid;

use super::filter::View;
use super::meanings::{Asked, Question, Settled};
use super::queries::Source;
use super::queries::plans::{Roster, Shown};
use super::unread;
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors, paging};
use crate::words::{RosterChange, RosterProblem};

/// The list of rosters.
#[derive(Template)]
#[template(path = "roster/list.html")]
pub struct ListPage {
    chrome: Chrome,
    may_add: bool,
    may_export: bool,
    lines: Vec<RosterLine>,
    shown: String,
    next: Option<String>,
}

/// One roster of the list.
pub struct RosterLine {
    href: String,
    source: String,
    as_of: String,
    by: String,
    at: Instant,
    applied: bool,
    changes: String,
    problems: String,
}

impl ListPage {
    /// A page of rosters, with one more row if others follow.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, rosters: Vec<Roster>) -> Self {
        let (rosters, more) = paging::cut(rosters);
        let zone = clock::zone(&actor.identity().time_zone);
        let last = rosters.last().filter(|_| more).map(|roster| roster.id.to_string());
        Self {
            chrome,
            may_add: may(actor.role(), Action::RosterCreate),
            may_export: may(actor.role(), Action::RosterListExport),
            shown: format!("{} shown", rosters.len()),
            next: last.map(|id| paging::url("/people/roster", &[("after", &id)])),
            lines: rosters.into_iter().map(|roster| line(roster, zone)).collect(),
        }
    }
}

fn line(roster: Roster, zone: chrono_tz::Tz) -> RosterLine {
    RosterLine {
        href: format!("/people/roster/{}", roster.id),
        as_of: time::date(roster.as_of),
        by: roster.started_by_name.unwrap_or_default(),
        at: time::instant(roster.applied_at.unwrap_or(roster.planned_at), zone),
        applied: roster.applied_at.is_some(),
        changes: time::count(roster.changes),
        problems: time::count(roster.problems),
        source: roster.source,
    }
}

/// The form of a new roster.
#[derive(Template)]
#[template(path = "roster/new.html")]
pub struct FormPage {
    chrome: Chrome,
    errors: Errors,
    form_key: Uuid,
    sources: Vec<(Uuid, String, bool)>,
    as_of: String,
    may_map: bool,
}

impl FormPage {
    /// The form, fresh or come back.
    #[must_use]
    pub fn new(
        chrome: Chrome,
        actor: &Actor,
        sources: &[Source],
        (source, as_of): (Option<Uuid>, String),
        errors: Errors,
    ) -> Self {
        let only = sources.len() == 1;
        Self {
            chrome,
            errors,
            form_key: Uuid::now_v7(),
            sources: sources
                .iter()
                .map(|known| (known.id, known.name.clone(), only || Some(known.id) == source))
                .collect(),
            as_of,
            may_map: may(actor.role(), Action::MappingCreate),
        }
    }
}

/// What a plan's form carries when it comes back.
#[derive(Debug, Default)]
pub struct Planned {
    /// What was wrong.
    pub errors: Errors,
    /// Whether the missing were said to have left.
    pub missing_left: bool,
    /// Their last day, as typed.
    pub left_on: String,
    /// Whether the plan is another than the one that was read.
    pub stale: bool,
}

/// One plan.
#[derive(Template)]
#[template(path = "roster/plan.html")]
pub struct PlanPage {
    chrome: Chrome,
    id: Uuid,
    source: String,
    as_of: String,
    by: String,
    planned: Planned,
    plan: String,
    planned_at: Instant,
    applied: Option<(Instant, String)>,
    left_on: Option<String>,
    sentence: String,
    tabs: Vec<(String, &'static str, i64, bool)>,
    lines: Vec<ItemLine>,
    shown: String,
    next: Option<String>,
    changes: i64,
    missing: i64,
    in_the_way: Option<String>,
    questions: Vec<Question>,
    corrections: Vec<Question>,
    settled: Vec<Settled>,
    names_facilities: bool,
    unknown: Vec<String>,
    may_apply: bool,
    may_create_facility: bool,
    export: Option<String>,
}

/// One item of a plan.
pub struct ItemLine {
    name: String,
    href: Option<String>,
    number: String,
    line: String,
    change: &'static str,
    class: &'static str,
    icon: &'static str,
    from: String,
    place: String,
    renamed: bool,
    new_department: bool,
    problem: Option<String>,
    read_as: String,
    note: Option<String>,
}

impl PlanPage {
    /// The plan, as much of it as a page holds.
    #[must_use]
    #[allow(clippy::too_many_arguments, reason = "one plan, read in one block")]
    pub fn new(
        chrome: Chrome,
        actor: &Actor,
        roster: Roster,
        counts: &[(RosterChange, i64)],
        items: Vec<Shown>,
        asked: Asked,
        view: View,
        planned: Planned,
    ) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let path = format!("/people/roster/{}", roster.id);
        let (items, more) = paging::cut(items);
        let word = view.word().unwrap_or_default();
        let count = |change| counts.iter().find(|(known, _)| *known == change).map_or(0, |(_, count)| *count);
        let last = items.last().filter(|_| more).map(|item| item.position.to_string());
        let mine = roster.started_by == actor.id();
        let may_apply =
            may(actor.role(), Action::RosterApply) && (mine || actor.role() != crate::policy::Role::Coordinator);
        let (corrections, questions): (Vec<_>, Vec<_>) =
            asked.questions.into_iter().partition(|question| question.present.is_some());
        let mut settled = asked.settled;
        if !may_apply {
            settled.extend(corrections.iter().map(settled_of));
        }
        Self {
            sentence: sentence(
                roster.changes,
                count(RosterChange::Unchanged),
                roster.problems,
                roster.applied_at.is_some(),
            ),
            tabs: tabs(&path, counts, roster.problems, view),
            next: last.map(|after| paging::url(&path, &[("change", word), ("after", &after)])),
            shown: format!("{} shown", items.len()),
            lines: items.into_iter().map(item).collect(),
            changes: roster.changes,
            missing: count(RosterChange::Missing),
            in_the_way: unread::in_the_way(&roster.nameless),
            plan: super::handlers::hex(&roster.plan_sha256),
            planned_at: time::instant(roster.planned_at, zone),
            applied: roster.applied_at.map(|at| (time::instant(at, zone), roster.applied_by_name.unwrap_or_default())),
            left_on: roster.left_on.map(time::date),
            as_of: time::date(roster.as_of),
            by: roster.started_by_name.unwrap_or_default(),
            source: roster.source,
            id: roster.id,
            unknown: asked.unknown,
            names_facilities: asked.names_facilities,
            questions,
            corrections,
            settled,
            may_apply,
            may_create_facility: may(actor.role(), Action::FacilityCreate),
            export: may(actor.role(), Action::RosterExport)
                .then(|| paging::url(&format!("{path}.csv"), &[("change", word)])),
            chrome,
            planned,
        }
    }
}

/// A word as whoever may not answer reads it.
fn settled_of(question: &Question) -> Settled {
    let means = question.choices.iter().find(|(id, _)| Some(*id) == question.present);
    Settled {
        word: question.word.clone(),
        within: question.within.as_ref().map(|(_, name)| name.clone()),
        means: means.map_or_else(String::new, |(_, name)| name.clone()),
    }
}

fn sentence(changes: i64, unchanged: i64, problems: i64, applied: bool) -> String {
    let people = |n: i64| if n == 1 { "1 person".to_owned() } else { format!("{} people", time::count(n)) };
    let verb = if applied { "changed" } else { "would change" };
    let first = match changes {
        0 if applied => "Nobody changed".to_owned(),
        0 => "Nobody would change".to_owned(),
        n => format!("{} {verb}", people(n)),
    };
    let rest = match problems {
        0 => String::new(),
        1 => " 1 line has a problem.".to_owned(),
        n => format!(" {} lines have a problem.", time::count(n)),
    };
    format!("{first}, {} unchanged.{rest}", time::count(unchanged))
}

fn tabs(
    path: &str,
    counts: &[(RosterChange, i64)],
    problems: i64,
    view: View,
) -> Vec<(String, &'static str, i64, bool)> {
    let of = |change: RosterChange| match change {
        RosterChange::Problem => problems,
        _ => counts.iter().find(|(known, _)| *known == change).map_or(0, |(_, count)| *count),
    };
    let all: i64 = counts.iter().map(|(_, n)| n).sum();
    let mut tabs = vec![(path.to_owned(), "All changes", all - of(RosterChange::Unchanged), view == View::Changes)];
    tabs.extend(RosterChange::ALL.iter().filter(|change| of(**change) > 0 || view == View::Of(**change)).map(
        |&change| {
            let label = if change == RosterChange::Problem { "Problems" } else { change.label() };
            (paging::url(path, &[("change", change.as_str())]), label, of(change), view == View::Of(change))
        },
    ));
    let everything = paging::url(path, &[("change", View::Everything.word().unwrap_or_default())]);
    tabs.push((everything, "Every line", all, view == View::Everything));
    tabs
}

fn item(shown: Shown) -> ItemLine {
    let change = RosterChange::parse(&shown.change).unwrap_or(RosterChange::Problem);
    let (class, icon) = match change {
        RosterChange::Added | RosterChange::Rehired | RosterChange::Returned => ("ok", "user-check"),
        RosterChange::Moved => ("low", "arrow-right"),
        RosterChange::OnLeave => ("medium", "clock"),
        RosterChange::Terminated => ("high", "user-off"),
        RosterChange::Renamed => ("low", "pencil"),
        RosterChange::Missing => ("medium", "user-question"),
        RosterChange::Problem => ("critical", "alert-triangle"),
        RosterChange::OtherPosition => ("", "clipboard-list"),
        RosterChange::Unchanged => ("", "check"),
    };
    let others: Vec<_> = shown.other_lines.iter().map(ToString::to_string).collect();
    let place = [shown.job_role, shown.department, shown.facility].into_iter().flatten().collect::<Vec<_>>();
    ItemLine {
        href: shown.person_id.map(|id| format!("/people/{id}")),
        name: if shown.full_name.is_empty() { "A line that cannot be read".to_owned() } else { shown.full_name },
        number: shown.employee_number,
        line: shown.line.map_or_else(|| "–".to_owned(), |line| line.to_string()),
        change: change.label(),
        class,
        icon,
        from: shown.effective_on.map_or_else(|| "–".to_owned(), time::date),
        place: place.join(", "),
        renamed: shown.renamed && !matches!(change, RosterChange::Renamed | RosterChange::Added),
        new_department: shown.new_department,
        note: (change == RosterChange::OtherPosition).then(|| lines_are(&others, "is", "are", "the primary one")),
        problem: shown.problem.as_deref().and_then(RosterProblem::parse).map(|problem| match problem {
            RosterProblem::DuplicateNumber => {
                format!("{}. {}", problem.label(), lines_are(&others, "has", "have", "the same employee number"))
            }
            RosterProblem::Unreadable => {
                unread::why(problem.label(), shown.reject_field.as_deref(), shown.reject_reason.as_deref())
            }
            _ => problem.label().to_owned(),
        }),
        read_as: shown.read_as.join(", "),
    }
}

/// Such as "Line 4 has the same employee number".
fn lines_are(lines: &[String], one: &str, many: &str, what: &str) -> String {
    match lines {
        [line] => format!("Line {line} {one} {what}"),
        _ => format!("Lines {} {many} {what}", lines.join(", ")),
    }
}

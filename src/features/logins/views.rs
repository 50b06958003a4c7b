//! The views of logins: the list with one form over all of its rows. One login with its holders is in [`login`].

mod listed;
mod login;

use askama::Template;
use chrono_tz::Tz;
use uuid::Uuid;

use super::filter::{Filter, View};
use super::handlers::Said;
use super::matching::{Posted, Typed};
use super::model::{Candidate, Suggestion, last_day, suggest};
use super::queries::{COUNTED, Holding, Login, Unmatched};
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::list::List;
use crate::web::time::{self, Instant};
use crate::web::{Chrome, paging};

pub use listed::Listed;
pub use login::LoginPage;

const PATH: &str = "/people/logins";
/// The most people offered while typing; past it the field takes an employee number or a whole name without help.
const OFFERED: usize = 500;

/// The list.
#[derive(Template)]
#[template(path = "logins/list.html", blocks = ["list"])]
pub struct ListPage {
    chrome: Chrome,
    view: View,
    tabs: Vec<(String, &'static str, bool)>,
    list: List,
    /// Whether there is anything to choose.
    may_filter: bool,
    may_export: bool,
    rows: Vec<Row>,
    held: Vec<HeldLine>,
    systems: Vec<Login>,
    offered: Vec<(String, String)>,
    suggestions: usize,
    may_match: bool,
    said: Option<String>,
    /// Rows of a form that the list no longer has, with what was wrong: somebody else matched them meanwhile.
    gone: Vec<(Uuid, String)>,
    action: String,
    shown: String,
    next: Option<String>,
}

/// One unmatched login with its part of the form.
pub struct Row {
    id: Uuid,
    login: String,
    source: String,
    used: String,
    first: Instant,
    last: Instant,
    why: String,
    typed: Typed,
}

/// One holder's period.
pub struct HeldLine {
    holder: Uuid,
    login_href: String,
    login: String,
    source: String,
    person_href: Option<String>,
    name: String,
    from: String,
    to: String,
    from_iso: String,
    to_iso: String,
    recorded: String,
    error: Option<String>,
}

impl ListPage {
    /// A page of one tab; rows that came back keep what was typed.
    #[must_use]
    pub fn new(
        chrome: Chrome,
        actor: &Actor,
        filter: Filter,
        list: List,
        listed: Listed,
        mut posted: Posted,
        said: Said,
    ) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let more_unmatched = listed.unmatched.len() > listed.size;
        let unmatched: Vec<_> = listed.unmatched.into_iter().take(listed.size).collect();
        let (holdings, more_held) = paging::cut(listed.holdings);
        let (systems, more_systems) = paging::cut(listed.systems);
        let end = match filter.view {
            View::Unmatched => unmatched.last().map(|row| row.id),
            View::System => systems.last().map(|row| row.id),
            _ => holdings.last().map(|row| row.id),
        };
        let may_filter = listed.sources.len() > 1;
        let list = list.offer("source", listed.sources);
        let tab = |view: View| {
            let word = if view == View::default() { "" } else { view.as_str() };
            (list.with(&[("view", word)]), view.label(), view == filter.view)
        };
        let rows: Vec<_> = unmatched
            .into_iter()
            .map(|row| {
                let typed = posted.rows.remove(&row.id);
                self::row(row, &listed.people, typed, zone)
            })
            .collect();
        let mut gone: Vec<_> = posted.rows.into_iter().filter_map(|(id, typed)| Some((id, typed.error?))).collect();
        gone.sort_unstable();
        let after = filter.after.map(|id| id.to_string()).unwrap_or_default();
        let count = rows.len() + holdings.len() + systems.len();
        Self {
            chrome,
            view: filter.view,
            tabs: View::ALL.map(tab).into(),
            next: list.next(more_unmatched || more_held || more_systems, end),
            suggestions: rows.iter().filter(|row| row.typed.suggested).count(),
            rows,
            held: holdings.into_iter().map(|held| line(held, zone)).collect(),
            systems,
            offered: if listed.people.len() <= OFFERED { offered(&listed.people) } else { Vec::new() },
            may_match: may(actor.role(), Action::LoginMatch),
            said: sentence(said),
            gone,
            action: list.with(&[("after", &after)]),
            shown: format!("{count} shown"),
            may_filter,
            may_export: may(actor.role(), Action::LoginListExport),
            list,
        }
    }
}

fn sentence(said: Said) -> Option<String> {
    let logins = |n: usize| if n == 1 { "1 login".to_owned() } else { format!("{n} logins") };
    match said {
        Said { nothing: true, .. } => Some("Nothing was matched. Tick the logins to match.".to_owned()),
        Said { conflict: true, .. } => Some(
            "Nothing was matched: somebody else matched one of these logins in the same moment. Look at them and send the form again."
                .to_owned(),
        ),
        Said { failed: 0, .. } => None,
        Said { matched: 0, failed, .. } => {
            Some(format!("{} could not be matched. Each row says why.", logins(failed)))
        }
        Said { matched, failed, .. } => Some(format!(
            "{} matched. {} could not be; each row says why.",
            logins(matched),
            failed
        )),
    }
}

fn row(row: Unmatched, people: &[Candidate], typed: Option<Typed>, zone: Tz) -> Row {
    let day = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&zone).date_naive();
    let suggestion = suggest(&row.login, day(row.first_at), day(row.last_at), people);
    let (holder, why) = match suggestion {
        Suggestion::One(at, why) => {
            let person = &people[at];
            let text = person.employee_number.clone().unwrap_or_else(|| person.full_name.clone());
            (text, format!("{}: {}", person.full_name, why.label()))
        }
        Suggestion::Tie(count, why) => (String::new(), format!("{count} people fit: {}", why.label())),
        Suggestion::Nobody => (String::new(), String::new()),
    };
    let fresh = || Typed {
        ticked: false,
        suggested: matches!(suggestion, Suggestion::One(..)),
        kind: "person".to_owned(),
        holder: holder.clone(),
        from: day(row.first_at).to_string(),
        to: row.next_from.map(|next| last_day(next, zone).max(day(row.last_at)).to_string()).unwrap_or_default(),
        error: None,
        wrong: "",
    };
    let mut typed = typed.unwrap_or_else(fresh);
    typed.suggested = matches!(suggestion, Suggestion::One(..)) && typed.error.is_none();
    Row {
        id: row.id,
        used: used(row.rows, row.days),
        first: time::instant(row.first_at, zone),
        last: time::instant(row.last_at, zone),
        login: row.login,
        source: row.source,
        why,
        typed,
    }
}

fn used(rows: i64, days: i64) -> String {
    let times = match rows {
        1 => "Once".to_owned(),
        n if n > COUNTED => format!("More than {} times", time::count(COUNTED)),
        n => format!("{} times", time::count(n)),
    };
    let on = if days == 1 { "on 1 day".to_owned() } else { format!("on {} days", time::count(days)) };
    format!("{times} {on}")
}

fn offered(people: &[Candidate]) -> Vec<(String, String)> {
    let value = |person: &Candidate| person.employee_number.clone().unwrap_or_else(|| person.full_name.clone());
    people.iter().map(|person| (value(person), person.full_name.clone())).collect()
}

fn line(held: Holding, zone: Tz) -> HeldLine {
    let first = held.valid_from.with_timezone(&zone).date_naive();
    let last = held.valid_to.map(|end| last_day(end, zone));
    HeldLine {
        holder: held.id,
        login_href: format!("{PATH}/{}", held.login_id),
        login: held.login,
        source: held.source,
        person_href: held.person_id.map(|id| format!("/people/{id}")),
        name: match held.employee_number {
            Some(number) => format!("{} ({number})", held.name),
            None => held.name,
        },
        from: time::date(first),
        to: last.map_or_else(|| "now".to_owned(), time::date),
        from_iso: first.to_string(),
        to_iso: last.map(|day| day.to_string()).unwrap_or_default(),
        recorded: time::date(held.recorded_at.with_timezone(&zone).date_naive()),
        error: None,
    }
}

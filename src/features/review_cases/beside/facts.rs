//! What was true at the time of the access, in words: as it was on that day, when it was entered if that was later, and as it is
//! now where that differs.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::super::queries::CaseRow;
use super::model::{
    Agreement, Course, Covered, Employed, Employment, Holder, Standing, Training, covered, employed_as_known,
    employed_on, holder_at, trained,
};
use crate::web::time;
use crate::words::AccessReason;

/// A badge: its class, its icon, its word.
pub type Badge = (&'static str, &'static str, &'static str);

/// One line of what was true at the time of the access.
pub struct Fact {
    pub label: &'static str,
    pub badge: Option<Badge>,
    pub text: String,
    pub href: Option<String>,
    /// That it was entered after the access, and what the portal had until then.
    pub note: Option<String>,
    /// As it is now, where that differs.
    pub now: Option<String>,
    /// Whether it was compared with now at all.
    pub compared: bool,
}

impl Fact {
    fn plain(label: &'static str, text: impl Into<String>) -> Self {
        Self { label, badge: None, text: text.into(), href: None, note: None, now: None, compared: false }
    }

    fn compared(label: &'static str, text: impl Into<String>) -> Self {
        Self { compared: true, ..Self::plain(label, text) }
    }
}

/// Everything that was read about whoever the case is about.
#[derive(Default)]
pub struct Circumstances {
    pub employment: Vec<Employment>,
    pub training: Vec<Training>,
    pub agreements: Vec<Agreement>,
    pub holders: Vec<Holder>,
    /// The reasons that the source gave for the case's rows.
    pub reasons: Vec<String>,
}

/// The moments that are compared: the day of the access in the facility's zone, its first instant, and now.
#[derive(Debug, Clone, Copy)]
pub struct Moments {
    pub day: NaiveDate,
    pub at: DateTime<Utc>,
    pub today: NaiveDate,
    pub now: DateTime<Utc>,
    pub zone: Tz,
}

impl Moments {
    fn entered(&self, at: DateTime<Utc>) -> String {
        time::date(at.with_timezone(&self.zone).date_naive())
    }
}

/// The facts of a case.
pub fn facts(head: &CaseRow, known: &Circumstances, when: Moments) -> Vec<Fact> {
    let mut facts = match (head.person_id, &head.vendor_name) {
        (Some(person), _) => {
            let mut facts = employment(&known.employment, when);
            if let Some(first) = facts.first_mut() {
                first.href = Some(format!("/people/{person}"));
            }
            if !known.employment.is_empty() {
                facts.push(training(&known.training, when));
            }
            facts.push(Fact::plain("Agreement", "Not required (workforce member)"));
            facts
        }
        (None, Some(vendor)) => {
            vec![Fact::plain("Account", format!("Vendor account of {vendor}")), agreement(&known.agreements, when)]
        }
        (None, None) => {
            let text = "Nobody is known to have held this login on that day";
            vec![Fact { badge: Some(("medium", "user-question", "Unmatched")), ..Fact::plain("Account", text) }]
        }
    };
    facts.push(login(head, &known.holders, when));
    let mut reasons: Vec<_> =
        known.reasons.iter().map(|reason| AccessReason::parse(reason).map_or("Other", AccessReason::label)).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let reasons = if reasons.is_empty() { "None given".to_owned() } else { reasons.join(", ") };
    facts.push(Fact::plain("Stated reason", reasons));
    facts
}

fn standing(employed: &Employed<'_>) -> (Badge, String) {
    match employed.standing {
        Standing::Active => {
            (("ok", "circle-check", "Active"), format!("since {}", time::date(employed.period.starts_on)))
        }
        Standing::OnLeave => {
            let until = employed.period.ends_on.map_or_else(String::new, |day| format!(" to {}", time::date(day)));
            (("medium", "clock", "On leave"), format!("from {}{until}", time::date(employed.period.starts_on)))
        }
        Standing::Ended(day) => (("critical", "user-off", "Ended"), format!("last day {}", time::date(day))),
    }
}

/// `Active as Registered nurse, Emergency`
fn in_words(employed: &Employed<'_>) -> String {
    let (badge, _) = standing(employed);
    let standing = match employed.standing {
        Standing::Ended(day) => format!("ended {}", time::date(day)),
        _ => badge.2.to_lowercase(),
    };
    format!("{standing}, {}, {}", employed.period.job_role, employed.period.department)
}

fn employment(periods: &[Employment], when: Moments) -> Vec<Fact> {
    let Some(then) = employed_on(periods, when.day) else {
        let text = if periods.is_empty() {
            "Outside your facilities on that day"
        } else {
            "None recorded for that day within your facilities"
        };
        return vec![Fact::plain("Employment", text)];
    };
    let now = employed_on(periods, when.today).unwrap_or(then);
    let (badge, text) = standing(&then);
    let differs = |one: String, other: String| Some(other).filter(|other| *other != one);
    let place = |employed: &Employed<'_>| format!("{}, {}", employed.period.department, employed.period.facility);
    let above =
        |employed: &Employed<'_>| employed.period.supervisor.clone().unwrap_or_else(|| "None recorded".to_owned());
    let known = employed_as_known(periods, when.day, when.at);
    let late = known.is_none_or(|known| !known.says_the_same(&then));
    let note = late.then(|| {
        let had = known.map_or_else(
            || "the portal had no employment of this person".to_owned(),
            |known| format!("the portal had: {}", in_words(&known)),
        );
        // what is true of the day was entered then, or else what had been true was taken back
        let entered = Some(then.known_at()).filter(|known| *known > when.at);
        entered.map_or_else(
            || format!("At the access {had}. Corrected since."),
            |entered| format!("Entered {}, after the access. Until then {had}.", when.entered(entered)),
        )
    });
    let state_now = (now.standing != then.standing).then(|| {
        let (badge, text) = standing(&now);
        let entered = Some(now.known_at()).filter(|known| *known > when.at);
        let entered = entered.map_or_else(String::new, |at| format!(" (entered {})", when.entered(at)));
        format!("{}, {text}{entered}", badge.2)
    });
    let fact =
        |label, then: String, now: String| Fact { now: differs(then.clone(), now), ..Fact::compared(label, then) };
    vec![
        Fact { badge: Some(badge), note, now: state_now, ..Fact::compared("Employment", text) },
        fact("Job", then.period.job_role.clone(), now.period.job_role.clone()),
        fact("Department", place(&then), place(&now)),
        fact("Supervisor", above(&then), above(&now)),
    ]
}

/// `1 of 4 lapsed` as a number of courses, and which.
fn lapsed<'a>(courses: &'a [Course<'a>]) -> Vec<(&'a str, NaiveDate)> {
    courses.iter().filter_map(|course| course.lapsed.map(|day| (course.code, day))).collect()
}

fn courses(n: usize) -> String {
    if n == 1 { "1 course".to_owned() } else { format!("{n} courses") }
}

/// How training stands: `2 courses current`, `1 of 2 lapsed`.
fn in_short(all: &[Course<'_>]) -> String {
    match (all.len(), lapsed(all).len()) {
        (0, _) => "no completed course".to_owned(),
        (n, 0) => format!("{} current", courses(n)),
        (n, gone) => format!("{gone} of {n} lapsed"),
    }
}

fn training(records: &[Training], when: Moments) -> Fact {
    let end_of_day = when.at.max(crate::web::filters::midnight(when.day + TimeDelta::days(1), when.zone));
    let then = trained(records, when.day, end_of_day, None);
    let known = trained(records, when.day, end_of_day, Some(when.at));
    let now = trained(records, when.today, when.now, None);
    let (gone, gone_now) = (lapsed(&then), lapsed(&now));
    let badge = match (then.len(), gone.len()) {
        (0, _) => None,
        (_, 0) => Some(("ok", "circle-check", "Current")),
        _ => Some(("critical", "school", "Lapsed")),
    };
    let expired = |(code, day): &(&str, NaiveDate)| format!("{code} expired {}", time::date(*day));
    let text = match gone.as_slice() {
        [] if then.is_empty() => "No completed course is recorded".to_owned(),
        [] => courses(then.len()),
        gone => format!("{}: {}", in_short(&then), gone.iter().map(expired).collect::<Vec<_>>().join(", ")),
    };
    let late = (lapsed(&known) != gone || known.len() != then.len()).then(|| {
        let entered = then.iter().map(|course| course.recorded_at).filter(|recorded| *recorded > when.at).max();
        let entered = entered.map_or_else(|| "later".to_owned(), |at| when.entered(at));
        format!("Entered {entered}, after the access. Until then the portal had: {}.", in_short(&known))
    });
    let mended = gone.iter().filter_map(|(code, _)| {
        let course = now.iter().find(|course| course.code == *code && course.lapsed.is_none())?;
        Some(format!("{code} completed {}", when.entered(course.completed_at)))
    });
    let lost = gone_now.iter().filter(|(code, _)| !gone.iter().any(|(known, _)| known == code)).map(expired);
    let added =
        now.iter().filter(|course| course.lapsed.is_none() && !then.iter().any(|known| known.code == course.code));
    let added = added.map(|course| format!("{} completed {}", course.code, when.entered(course.completed_at)));
    let changes: Vec<_> = mended.chain(lost).chain(added).collect();
    let now = (!changes.is_empty()).then(|| changes.join(", "));
    Fact { badge, note: late, now, ..Fact::compared("Training", text) }
}

fn covers(covered: Covered<'_>) -> (Badge, String) {
    match covered {
        Covered::By(agreement) => {
            let until = agreement.effective_to.map_or_else(String::new, |day| format!(" to {}", time::date(day)));
            (("ok", "file-certificate", "In effect"), format!("from {}{until}", time::date(agreement.effective_from)))
        }
        Covered::Ended(agreement) => {
            let ended = agreement
                .effective_to
                .map_or_else(String::new, |day| format!("the last one ended {}", time::date(day)));
            (("critical", "file-x", "None in effect"), ended)
        }
        Covered::Never => (("critical", "file-x", "None in effect"), "none is recorded".to_owned()),
    }
}

fn agreement(agreements: &[Agreement], when: Moments) -> Fact {
    let (then, known) = (covered(agreements, when.day, None), covered(agreements, when.day, Some(when.at)));
    let now = covered(agreements, when.today, None);
    let (badge, text) = covers(then);
    let said = |covered| {
        let (badge, text) = covers(covered);
        format!("{}, {text}", badge.2)
    };
    let entered = match then {
        Covered::By(agreement) | Covered::Ended(agreement) => {
            Some(agreement.recorded_at).filter(|recorded| *recorded > when.at)
        }
        Covered::Never => None,
    };
    let note = (said(known) != said(then)).then(|| {
        let entered = entered.map_or_else(|| "later".to_owned(), |at| when.entered(at));
        format!("Entered {entered}, after the access. Until then the portal had: {}.", said(known))
    });
    let now = (said(now) != said(then)).then(|| said(now));
    Fact { badge: Some(badge), note, now, ..Fact::compared("Agreement", text) }
}

fn login(head: &CaseRow, holders: &[Holder], when: Moments) -> Fact {
    let (then, now) = (holder_at(holders, when.at), holder_at(holders, when.now));
    let note = then
        .filter(|holder| holder.recorded_at > when.at)
        .map(|holder| format!("Matched to its holder {}, after the access.", when.entered(holder.recorded_at)));
    let now = match (then, now) {
        (Some(then), Some(now)) if then.name == now.name => None,
        (_, Some(now)) => Some(format!("Held by {}", now.name)),
        (Some(_), None) => Some("Held by nobody".to_owned()),
        (None, None) => None,
    };
    Fact { note, now, ..Fact::compared("Login", head.login.clone()) }
}

//! What was done to a finding and said beside it, as one story in time order under its days; and the stages it has passed.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::super::model::edit::{self, Change, Content};
use super::super::model::status::Status;
use super::super::queries::history::{Comment, Event};
use crate::web::time::{self, Instant};

/// A day of the story.
pub struct Day {
    /// `Tue November 24, 2026`
    pub name: String,
    /// What happened on it.
    pub entries: Vec<Entry>,
}

/// One thing that was done or said.
pub struct Entry {
    /// Where a link finds it.
    pub anchor: String,
    /// When.
    pub at: Instant,
    /// `14:02`
    pub hour: String,
    /// Its icon, and the colour of its dot.
    pub icon: &'static str,
    /// The dot's class.
    pub class: &'static str,
    /// What.
    pub title: String,
    /// By whom.
    pub actor: String,
    /// Why, or what was said.
    pub note: Vec<String>,
    /// What an edit changed.
    pub changes: Vec<Change>,
    /// The case it is about: its page and its number, where the reader may see it.
    pub case: Option<(String, String)>,
    happened: DateTime<Utc>,
}

/// Whom the reader may not know by name.
const SOMEBODY: &str = "Privacy office";

fn name(person: Option<String>) -> String {
    person.unwrap_or_else(|| SOMEBODY.to_owned())
}

fn label(status: &str) -> &'static str {
    Status::parse(status).map_or("Open", Status::label)
}

/// The story, oldest first.
#[must_use]
pub fn story(events: Vec<Event>, comments: Vec<Comment>, versions: &[(i32, Content)], zone: Tz) -> Vec<Day> {
    let mut entries: Vec<_> = events.into_iter().map(|event| of_event(event, versions, zone)).collect();
    entries.extend(comments.into_iter().map(|comment| of_comment(comment, zone)));
    // events of one instant stay in their order
    entries.sort_by_key(|entry| entry.happened);
    let mut days: Vec<Day> = Vec::new();
    for entry in entries {
        let name = entry.happened.with_timezone(&zone).format("%a %B %-d, %Y").to_string();
        match days.last_mut().filter(|day| day.name == name) {
            Some(day) => day.entries.push(entry),
            None => days.push(Day { name, entries: vec![entry] }),
        }
    }
    days
}

/// What was done last, in one sentence: for whoever was second.
#[must_use]
pub fn last_act(events: &[Event], versions: &[(i32, Content)], zone: Tz) -> String {
    let Some(event) = events.last() else { return String::new() };
    let who = event.actor.clone().unwrap_or_else(|| "Somebody".to_owned());
    let (_, _, title) = words(event, versions);
    format!("{title}, by {who}, {}.", time::instant(event.at, zone).long)
}

fn of_event(event: Event, versions: &[(i32, Content)], zone: Tz) -> Entry {
    let (icon, class, title) = words(&event, versions);
    let case = event.case_id.zip(event.case_number);
    Entry {
        anchor: format!("event-{}", event.seq),
        at: time::instant(event.at, zone),
        hour: event.at.with_timezone(&zone).format("%H:%M").to_string(),
        icon,
        class,
        title,
        actor: name(event.actor),
        note: paragraphs(event.note.as_deref()),
        changes: changed(event.seq, versions),
        case: case.map(|(id, number)| (format!("/access-logs/cases/{id}"), format!("AL-{number}"))),
        happened: event.at,
    }
}

fn of_comment(comment: Comment, zone: Tz) -> Entry {
    let evidence = comment.kind == "evidence";
    Entry {
        anchor: format!("comment-{}", comment.id),
        at: time::instant(comment.at, zone),
        hour: comment.at.with_timezone(&zone).format("%H:%M").to_string(),
        icon: if evidence { "file-text" } else { "message-2" },
        class: if evidence { "ok" } else { "" },
        title: if evidence { "Evidence added" } else { "Comment" }.to_owned(),
        actor: name(comment.author),
        note: paragraphs(Some(&comment.body)),
        changes: Vec::new(),
        case: None,
        happened: comment.at,
    }
}

/// Icon, class and sentence of an event.
fn words(event: &Event, versions: &[(i32, Content)]) -> (&'static str, &'static str, String) {
    let to = label(&event.to_status);
    let from = event.from_status.as_deref().map_or("", label);
    match event.kind.as_str() {
        "opened" => ("flag", "low", "Finding opened".to_owned()),
        "status_changed" => ("progress", "low", format!("Status: {from} → {to}")),
        "status_undone" => ("arrow-back-up", "", format!("Last step taken back: {from} → {to}")),
        "assigned" => {
            let (was, is) = (name(event.was_assigned_to.clone()), name(event.assignee.clone()));
            ("user-check", "", format!("Owner: {was} → {is}"))
        }
        "edited" => {
            let fields: Vec<_> =
                changed(event.seq, versions).iter().map(|change| change.label.to_lowercase()).collect();
            ("pencil", "", format!("Edited: {}", fields.join(", ")))
        }
        "case_linked" => ("link", "low", "Case linked".to_owned()),
        _ => ("link", "", "Case unlinked".to_owned()),
    }
}

/// What the version of this event says otherwise than the one before it.
fn changed(seq: i32, versions: &[(i32, Content)]) -> Vec<Change> {
    let at = versions.iter().position(|(version, _)| *version == seq);
    match at.and_then(|at| versions.get(at.checked_sub(1)?).zip(versions.get(at))) {
        Some(((_, was), (_, is))) => edit::changes(was, is),
        None => Vec::new(),
    }
}

/// A text as its paragraphs.
#[must_use]
pub fn paragraphs(text: Option<&str>) -> Vec<String> {
    text.iter().flat_map(|text| text.split('\n')).filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

/// One of the stages that every finding passes.
pub struct Stage {
    /// Its name.
    pub label: &'static str,
    /// Since when, or until when.
    pub when: String,
    /// `done`, `now` or nothing.
    pub class: &'static str,
}

/// The stages, those passed with the day they were reached. What was taken back was not reached.
#[must_use]
pub fn stages(events: &[Event], status: Status, due: &str, zone: Tz) -> Vec<Stage> {
    const LABELS: [Status; 5] =
        [Status::Open, Status::Investigating, Status::ActionPlanned, Status::ActionInProgress, Status::ReadyForReview];
    let mut reached: Vec<(usize, DateTime<Utc>)> = Vec::new();
    for event in events {
        let stage = Status::parse(&event.to_status).map_or(0, Status::stage);
        match event.kind.as_str() {
            "opened" | "status_changed" => reached.push((stage, event.at)),
            "status_undone" => {
                reached.pop();
            }
            _ => {}
        }
    }
    let now = status.stage();
    let day = |stage: usize| {
        let at = reached.iter().rev().find(|(known, _)| *known == stage).map(|(_, at)| *at);
        at.map(|at| time::date(at.with_timezone(&zone).date_naive())).unwrap_or_default()
    };
    let stage = |place: usize, label: &'static str| {
        let class = match place.cmp(&now) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal => "now",
            std::cmp::Ordering::Greater => "",
        };
        let when = match class {
            "done" => day(place),
            "now" => format!("since {}", day(place)).trim_end_matches("since ").to_owned(),
            _ if place == LABELS.len() => format!("due {due}"),
            _ => String::new(),
        };
        Stage { label, when, class }
    };
    let first = if status == Status::Reopened { status } else { Status::Open };
    let end = if status.is_closed() { status.label() } else { "Closed" };
    let named =
        LABELS.iter().enumerate().map(|(place, known)| stage(place, if place == 0 { first } else { *known }.label()));
    named.chain([stage(LABELS.len(), end)]).collect()
}

#[cfg(test)]
mod tests {
    use super::{Event, stages};
    use crate::features::findings::model::status::Status;
    use chrono::{DateTime, Utc};
    use chrono_tz::Tz;

    fn event(seq: i32, kind: &str, from: Option<&str>, to: &str, day: &str) -> Event {
        let at: DateTime<Utc> = format!("{day}T12:00:00Z").parse().expect("a time");
        Event {
            seq,
            kind: kind.to_owned(),
            actor: None,
            at,
            from_status: from.map(str::to_owned),
            to_status: to.to_owned(),
            note: None,
            assignee: None,
            was_assigned_to: None,
            case_id: None,
            case_number: None,
        }
    }

    #[test]
    fn the_stages_say_when_each_was_reached_and_a_step_taken_back_was_not() {
        let events = [
            event(1, "opened", None, "open", "2026-11-01"),
            event(2, "status_changed", Some("open"), "investigating", "2026-11-02"),
            event(3, "status_undone", Some("investigating"), "open", "2026-11-03"),
        ];
        let told: Vec<_> = stages(&events, Status::Open, "Nov 30, 2026", Tz::UTC)
            .iter()
            .map(|stage| (stage.class, stage.when.clone()))
            .collect();
        assert_eq!(told[0], ("now", "since Nov 1, 2026".to_owned()));
        assert_eq!(told[1], ("", String::new()));
        assert_eq!(told[5], ("", "due Nov 30, 2026".to_owned()));
    }

    #[test]
    fn a_finding_that_was_sent_back_is_investigated_since_then() {
        let steps = [
            ("open", "investigating"),
            ("investigating", "action_planned"),
            ("action_planned", "action_in_progress"),
            ("action_in_progress", "ready_for_review"),
            ("ready_for_review", "investigating"),
        ];
        let mut events = vec![event(1, "opened", None, "open", "2026-11-01")];
        for (n, (from, to)) in (2..).zip(steps) {
            events.push(event(n, "status_changed", Some(from), to, &format!("2026-11-0{n}")));
        }
        let told = stages(&events, Status::Investigating, "", Tz::UTC);
        assert_eq!((told[1].class, told[1].when.as_str()), ("now", "since Nov 6, 2026"));
        assert_eq!((told[2].class, told[2].when.as_str()), ("", ""), "not reached since");
    }
}

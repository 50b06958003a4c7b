//! The pieces of one case's page: headline, rows, history, decision.

use chrono_tz::Tz;
use uuid::Uuid;

use super::queries::CaseRow;
use super::queries::context::{Earlier, EvidenceRow, HistoryRow};
use super::{asked, labels};
use crate::web::time::{self, Instant};
use crate::words::{AccessReason, AccessType, Disposition, Reason, resource_label};

/// One access row of the case.
pub struct RowView {
    pub at: Instant,
    pub verb: &'static str,
    pub icon: &'static str,
    pub resource: &'static str,
    pub subject: String,
    /// The patient's page, where the case names none.
    pub subject_href: Option<String>,
    pub detail: String,
    pub flagged: bool,
    pub reason: &'static str,
    /// The source's own words and id of the event.
    pub source: Vec<(&'static str, String)>,
    pub when: String,
}

/// One line of the case's history.
pub struct HistoryLine {
    pub at: Instant,
    pub icon: &'static str,
    pub text: String,
    pub note: Option<String>,
    pub finding: Option<(Uuid, String)>,
}

/// How the case was decided.
pub struct Decided {
    pub disposition: &'static str,
    pub reason: &'static str,
    pub by: String,
    pub at: Instant,
}

pub(super) fn headline(head: &CaseRow, who: &str) -> String {
    let verb = AccessType::parse(&head.access_type).map_or("Used", AccessType::label).to_lowercase();
    let resource = resource_label(&head.resource_type).to_lowercase();
    match (head.patient_id, head.row_count) {
        (None, rows) if labels::is_spike(head) => {
            let verb = if head.access_type == "break_glass" { "opened" } else { &verb };
            format!("{who} {verb} {} rows about many patients in one day", time::count(i64::from(rows)))
        }
        (None, 1) => format!("{who} {verb}, with no patient named"),
        (None, rows) => format!("{who} {verb}, {} rows with no patient named", time::count(i64::from(rows))),
        (Some(_), 1) if head.access_type == "break_glass" => format!("{who} broke the glass on a {resource}"),
        (Some(_), rows) if head.access_type == "break_glass" => {
            format!("{who} broke the glass, {rows} rows of one patient")
        }
        (Some(_), 1) => format!("{who} {verb} a {resource}"),
        (Some(_), rows) => format!("{who} {verb} {rows} rows of one patient"),
    }
}

pub(super) fn row_view(row: &EvidenceRow, head: &CaseRow, zone: Tz) -> RowView {
    let access = AccessType::parse(&row.access_type);
    let place = [row.device_label.clone(), row.source_ip.map(|ip| ip.ip().to_string())];
    let mut detail: Vec<_> = place.into_iter().flatten().collect();
    if row.time_repeated {
        detail.push("the clocks repeated this hour, the earlier is taken".to_owned());
    }
    if row.outcome != "success" {
        detail.push(format!("outcome {}", row.outcome.replace('_', " ")));
    }
    let subject = match &row.resource_id {
        Some(id) => id.clone(),
        None if row.patient_id.is_none() => String::new(),
        None => labels::subject(row.patient_id, row.source_patient_id.as_deref()),
    };
    RowView {
        at: time::instant(row.action_at, zone),
        verb: access.map_or("Used", AccessType::label),
        icon: match access {
            Some(AccessType::Search) => "search",
            Some(AccessType::Export) => "download",
            Some(AccessType::Print) => "printer",
            Some(AccessType::Login) => "login",
            Some(AccessType::Logout) => "logout",
            Some(AccessType::Update | AccessType::Create | AccessType::Delete) => "pencil",
            Some(AccessType::BreakGlass) => "key",
            _ => "eye",
        },
        resource: resource_label(&row.resource_type),
        subject,
        subject_href: row.patient_id.filter(|_| head.patient_id.is_none()).map(|id| format!("/patients/{id}")),
        detail: detail.join(" · "),
        flagged: row.flagged,
        reason: AccessReason::parse(&row.access_reason).map_or("Other", AccessReason::label),
        source: said(row),
        when: time::instant(row.action_at, zone).long,
    }
}

/// What the source said, in its own words.
fn said(row: &EvidenceRow) -> Vec<(&'static str, String)> {
    let actor = Some(row.actor_kind.replace('_', " ")).filter(|kind| kind != "workforce");
    let parts = [
        ("did", row.access_word.clone()),
        ("record", row.resource_word.clone()),
        ("as", actor),
        ("for", row.on_behalf_of.clone()),
        ("event", row.source_event_id.clone()),
    ];
    parts.into_iter().filter_map(|(what, said)| Some((what, said?))).collect()
}

pub(super) fn decided(head: &CaseRow, zone: Tz) -> Option<Decided> {
    Some(Decided {
        disposition: Disposition::parse(head.disposition.as_deref()?).map_or("Decided", Disposition::label),
        reason: Reason::parse(head.reason_code.as_deref()?).map_or("no reason", Reason::label),
        by: head.decided_by_name.clone().unwrap_or_else(|| "Somebody".to_owned()),
        at: time::instant(head.decided_at?, zone),
    })
}

pub(super) fn history_line(line: HistoryRow, zone: Tz) -> HistoryLine {
    let system = line.actor.is_none();
    let who = line.actor.clone().unwrap_or_else(|| "The portal".to_owned());
    let (icon, text) = match line.kind.as_str() {
        "opened" => ("flag", "Case opened by the rules".to_owned()),
        "decided" => {
            let disposition =
                line.disposition.as_deref().and_then(Disposition::parse).map_or("decided", Disposition::label);
            let reason = line.reason_code.as_deref().and_then(Reason::parse).map_or("", Reason::label);
            ("gavel", format!("{who} decided: {disposition} ({reason})"))
        }
        "second_confirmed" | "second_overturned" => {
            let found = line.disposition.as_deref().and_then(Disposition::parse).map_or("decided", Disposition::label);
            let reason = line.reason_code.as_deref().and_then(Reason::parse).map_or("", Reason::label);
            let (icon, agrees) = match line.kind.as_str() {
                "second_confirmed" => ("circle-check", "agreed"),
                _ => ("arrow-back-up", "did not agree"),
            };
            (icon, format!("{who} gave the second review and {agrees}: {found} ({reason})"))
        }
        "reopened" if system => ("arrow-back-up", "Open again: rows or a flag came after the decision".to_owned()),
        "flag_raised" => ("flag", "A fact became known later, and the rules raised a flag".to_owned()),
        "flag_lifted" => ("check", "A fact was corrected, and a flag no longer holds".to_owned()),
        "matched" => ("user-check", "The login was matched to its holder; the case is theirs now".to_owned()),
        "continued" => ("arrow-right", "The login was matched; this goes on in its holder's case".to_owned()),
        "flagged" => ("flag", format!("{who} flagged an access for review")),
        "reopened" => ("arrow-back-up", format!("{who} opened the case again")),
        "finding_linked" => ("flag", format!("{who} linked a finding")),
        "finding_unlinked" => ("flag", format!("{who} unlinked a finding")),
        "withdrawn" => ("ban", "Out of the queue: every row of it came from withdrawn imports".to_owned()),
        "restored" => ("arrow-back-up", "In the queue again: a later import brought rows of it back".to_owned()),
        "asked" | "answered" | "answer_recorded" | "remarked" | "question_withdrawn" | "answer_overdue" => {
            asked::told(&line, &who)
        }
        "row_added" => ("plus", "Rows were added by a later import".to_owned()),
        "assigned" if line.assignee_id.is_none() => {
            ("user-off", format!("{who} laid the case down: nobody’s work again"))
        }
        "assigned" if line.assignee_id == line.actor_id => ("user-check", format!("{who} took the case")),
        "assigned" => {
            let to = line.assignee.as_deref().unwrap_or("somebody outside your account");
            ("user-check", format!("{who} assigned the case to {to}"))
        }
        _ => ("user", format!("{who} changed the case")),
    };
    let note = asked::note(&line).or(line.note);
    let finding = line.finding_id.zip(line.finding_number);
    HistoryLine { at: time::instant(line.at, zone), icon, text, note, finding }
}

pub(super) fn earlier(earlier: &Earlier) -> String {
    match (earlier.cases, earlier.open, earlier.inappropriate) {
        (0, _, _) => "No other case in 12 months.".to_owned(),
        (1, open, bad) => format!("1 other case in 12 months, {}.", outcome_words(open, bad)),
        (n, open, bad) => format!("{n} other cases in 12 months, {}.", outcome_words(open, bad)),
    }
}

pub(super) fn outcome_words(open: i64, inappropriate: i64) -> String {
    format!("{open} open, {inappropriate} found inappropriate")
}

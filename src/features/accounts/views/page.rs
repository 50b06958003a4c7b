//! One account as its page shows it: facts, what waits, engagements, and the acts this reader may do.

use askama::Template;
use uuid::Uuid;

use super::super::form::{PostedChange, Typed};
use super::super::queries::one::{Account, ChangeRow, EngagementRow};
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, Role, may};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors};
use crate::words::{ChangeKind, ChangeState};

/// What was read.
pub struct Shown {
    pub account: Account,
    pub engagements: Vec<EngagementRow>,
    pub changes: Vec<ChangeRow>,
    pub facilities: Vec<(Uuid, String)>,
}

/// The page.
#[derive(Template)]
#[template(path = "accounts/page.html")]
#[allow(clippy::struct_excessive_bools, reason = "what the page shows or not")]
pub struct AccountPage {
    chrome: Chrome,
    account: Account,
    role: Role,
    roles: Vec<Role>,
    reach: String,
    facilities: Vec<Tick>,
    last_sign_in: Option<Instant>,
    password_set: Option<Instant>,
    engagements: Vec<EngagementView>,
    waiting: Vec<ChangeView>,
    decided: Vec<ChangeView>,
    typed: Typed,
    /// An administrator, on somebody else's account.
    administers: bool,
    may_edit: bool,
    own: bool,
    link_ready: bool,
    zone: String,
    errors: Errors,
}

/// A facility with its box.
pub struct Tick {
    pub id: Uuid,
    pub name: String,
    pub ticked: bool,
}

/// An engagement in words.
pub struct EngagementView {
    pub id: Uuid,
    pub days: String,
    pub period: String,
    pub reach: String,
    pub full: bool,
    pub state: &'static str,
    pub open: bool,
}

/// A change in words.
pub struct ChangeView {
    pub id: Uuid,
    pub kind: ChangeKind,
    pub what: String,
    pub state: ChangeState,
    pub requester: String,
    pub asked: Instant,
    pub expires: Instant,
    pub decider: Option<String>,
    pub decided: Option<Instant>,
    pub may_decide: bool,
    pub may_withdraw: bool,
}

impl AccountPage {
    /// The page of an account.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, shown: Shown, posted: Option<PostedChange>, errors: Errors) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let today = clock::today_in(&actor.identity().time_zone);
        let Shown { account, engagements, changes, facilities } = shown;
        let own = account.id == actor.id();
        let role = Role::parse(&account.role).unwrap_or(Role::FieldStaff);
        let link_ready = changes.iter().any(|change| {
            change.kind == ChangeKind::PasswordReset.as_str()
                && change.state == "approved"
                && change.requested_by == actor.id()
                && change.consumed_at.is_none()
                && change.decided_at.is_some_and(|at| clock::now() - at < chrono::TimeDelta::hours(24))
        });
        let views = changes.iter().filter_map(|change| ChangeView::of(change, actor, account.id, &facilities, zone));
        let (waiting, decided) = views.partition(|change: &ChangeView| change.state == ChangeState::Waiting);
        let typed = posted.map(|posted| posted.typed).unwrap_or_default();
        let ticked = if typed.facilities.is_empty() { &account.facilities } else { &typed.facilities };
        Self {
            reach: reach(account.all_facilities, &account.facilities, &facilities),
            last_sign_in: account.last_sign_in.map(|at| time::instant(at, zone)),
            password_set: account.password_set_at.map(|at| time::instant(at, zone)),
            engagements: engagements.iter().map(|row| EngagementView::of(row, &facilities, today)).collect(),
            facilities: facilities
                .iter()
                .map(|(id, name)| Tick { id: *id, name: name.clone(), ticked: ticked.contains(id) })
                .collect(),
            roles: Role::ALL.into_iter().filter(|other| *other != role).collect(),
            administers: !own && may(actor.role(), Action::AccountDeactivate),
            may_edit: !own && may(actor.role(), Action::AccountUpdate),
            zone: time::zone_words(zone),
            chrome,
            role,
            waiting,
            decided,
            typed,
            own,
            link_ready,
            errors,
            account,
        }
    }
}

fn reach(all: bool, ids: &[Uuid], facilities: &[(Uuid, String)]) -> String {
    if all {
        return "All facilities".to_owned();
    }
    let names: Vec<_> = facilities.iter().filter(|(id, _)| ids.contains(id)).map(|(_, name)| name.as_str()).collect();
    if names.is_empty() { "No facility".to_owned() } else { names.join(", ") }
}

impl EngagementView {
    fn of(row: &EngagementRow, facilities: &[(Uuid, String)], today: chrono::NaiveDate) -> Self {
        let open = row.ended_at.is_none() && row.ends_on >= today;
        Self {
            id: row.id,
            days: format!("{} to {}", time::date(row.starts_on), time::date(row.ends_on)),
            period: format!("{} to {}", time::date(row.period_from), time::date(row.period_to)),
            reach: reach(row.all_facilities, &row.facilities, facilities),
            full: row.full_patient_ids,
            state: match (row.ended_at, open, row.starts_on > today) {
                (Some(_), ..) => "Ended early",
                (None, false, _) => "Over",
                (None, true, true) => "To come",
                (None, true, false) => "Running",
            },
            open,
        }
    }
}

impl ChangeView {
    fn of(
        row: &ChangeRow,
        actor: &Actor,
        account: Uuid,
        facilities: &[(Uuid, String)],
        zone: chrono_tz::Tz,
    ) -> Option<Self> {
        let (kind, state) = (ChangeKind::parse(&row.kind)?, ChangeState::parse(&row.state)?);
        let waits = state == ChangeState::Waiting;
        let second = row.requested_by != actor.id() && account != actor.id();
        Some(Self {
            id: row.id,
            what: what(row, kind, facilities),
            requester: row.requester.clone(),
            asked: time::instant(row.created_at, zone),
            expires: time::instant(row.expires_at, zone),
            decider: row.decider.clone(),
            decided: row.decided_at.map(|at| time::instant(at, zone)),
            may_decide: waits && second && may(actor.role(), super::super::model::approval(kind)),
            may_withdraw: waits && row.requested_by == actor.id(),
            kind,
            state,
        })
    }
}

fn what(row: &ChangeRow, kind: ChangeKind, facilities: &[(Uuid, String)]) -> String {
    let reach = reach(row.all_facilities, &row.facilities, facilities);
    match kind {
        ChangeKind::Role => {
            let role = row.role.as_deref().and_then(Role::parse);
            let label = role.map_or("unknown", Role::label);
            if role == Some(Role::Coordinator) { format!("Role: {label}, {reach}") } else { format!("Role: {label}") }
        }
        ChangeKind::Scope => format!("Facilities: {reach}"),
        ChangeKind::Engagement => {
            let day = |day: Option<chrono::NaiveDate>| day.map(time::date).unwrap_or_default();
            format!(
                "Engagement {} to {}, about {} to {}, {reach}, patient ids {}",
                day(row.starts_on),
                day(row.ends_on),
                day(row.period_from),
                day(row.period_to),
                if row.full_patient_ids { "in full" } else { "as pseudonyms" }
            )
        }
        ChangeKind::FactorReset => "Remove the lost second factor".to_owned(),
        ChangeKind::PasswordReset => "One-time link for a new password".to_owned(),
    }
}

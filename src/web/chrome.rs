//! The frame around every signed-in page: navigation, counts, facility scope, the person. It lists only what exists and
//! what the role may use; a link that would answer 403 is not there.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::future::{Ready, ready};
use uuid::Uuid;

use super::flash::{self, Toast};
use super::time;
use crate::audit::{Actor, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::{Action, Role, may};

/// Which entry of the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Access log review.
    AccessLogs,
    /// How second reviews agreed.
    SecondReviews,
    /// Who stands in for a manager.
    Alternates,
    /// Findings.
    Findings,
    /// Reviews and the watch list.
    Reviews,
    /// Complaints.
    Complaints,
    /// Imports.
    Imports,
    /// The workforce: people and rosters.
    Workforce,
    /// EHR logins and who held them.
    Logins,
    /// Facilities.
    Facilities,
    /// What left as a file.
    Exports,
    /// The audit trail.
    Audit,
    /// Who may do what.
    Permissions,
    /// The rules.
    Rules,
    /// Accounts.
    Accounts,
    /// One's own account.
    OwnAccount,
    /// The person's own profile.
    Profile,
    /// Questions put to the person.
    Questions,
    /// None of them.
    Elsewhere,
}

/// One link.
pub struct NavItem {
    /// Where it leads.
    pub href: String,
    /// Its words.
    pub label: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// Waiting work.
    pub count: Option<i64>,
    /// Whether there is more of it than was counted.
    pub more: bool,
    /// Whether the count is urgent.
    pub hot: bool,
    /// Whether it is this page.
    pub current: bool,
}

/// Links under one heading.
pub struct NavGroup {
    /// The heading, none for the first group.
    pub heading: Option<&'static str>,
    /// The links.
    pub items: Vec<NavItem>,
}

/// One choice of the facility scope.
pub struct FacilityOption {
    /// The id; empty for all.
    pub id: String,
    /// The name.
    pub name: String,
    /// Whether the page shows it.
    pub selected: bool,
}

/// The frame's data; every page's struct has it as `chrome`.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, read by the templates")]
pub struct Chrome {
    /// The organisation's name.
    pub organisation: String,
    /// The navigation.
    pub nav: Vec<NavGroup>,
    /// Who is signed in.
    pub person_name: String,
    /// As what.
    pub role_label: &'static str,
    /// `light`, `dark`, or empty for the system's choice.
    pub theme: &'static str,
    /// Whether single-key shortcuts work.
    pub shortcuts: bool,
    /// The facility choices; empty where the page has none.
    pub facilities: Vec<FacilityOption>,
    /// The page's path.
    pub path: String,
    /// The answer to the last act.
    pub toast: Option<Toast>,
    /// The request's id, to tell support.
    pub request_id: String,
    /// When the page was made, for print.
    pub printed: String,
    /// Fills the window (the triage page).
    pub full_height: bool,
    /// Whether the find box is there.
    pub find: bool,
    /// Whether the person may ask who has seen a record.
    pub asks_who_saw: bool,
}

/// What the frame needs of the request.
pub struct Here {
    path: String,
    toast: Option<Toast>,
}

impl FromRequest for Here {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

impl Here {
    /// The path, and the answer that the last act left.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        Self { path: request.path().to_owned(), toast: flash::told(request) }
    }
}

impl Chrome {
    /// The frame of a page.
    #[must_use]
    pub fn new(actor: &Actor, place: Place, here: Here, frame: &Frame) -> Self {
        let identity = actor.identity();
        let zone = clock::zone(&identity.time_zone);
        Self {
            organisation: identity.organisation.clone(),
            nav: navigation(actor.role(), actor.id(), place, frame),
            person_name: identity.full_name.clone(),
            role_label: actor.role().label(),
            theme: match identity.theme.as_str() {
                "light" => "light",
                "dark" => "dark",
                _ => "",
            },
            shortcuts: identity.shortcuts,
            facilities: Vec::new(),
            path: here.path,
            toast: here.toast,
            request_id: actor.request_id().to_string(),
            printed: time::instant(clock::now(), zone).long,
            full_height: false,
            find: may(actor.role(), Action::SearchQueryExecute),
            asks_who_saw: may(actor.role(), Action::CaseSeenRead),
        }
    }

    /// Adds the facility choice to a page that can be narrowed to one.
    #[must_use]
    pub fn with_facilities(mut self, frame: &Frame, selected: Option<Uuid>) -> Self {
        if frame.facilities.len() > 1 {
            let all =
                FacilityOption { id: String::new(), name: "All facilities".to_owned(), selected: selected.is_none() };
            self.facilities = std::iter::once(all)
                .chain(frame.facilities.iter().map(|(id, name)| FacilityOption {
                    id: id.to_string(),
                    name: name.clone(),
                    selected: selected == Some(*id),
                }))
                .collect();
        }
        self
    }

    /// Leaves the counts out, where none were read.
    #[must_use]
    pub fn without_counts(mut self) -> Self {
        for item in self.nav.iter_mut().flat_map(|group| group.items.iter_mut()) {
            item.count = None;
        }
        self
    }

    /// Makes the page fill the window.
    #[must_use]
    pub const fn filling_the_window(mut self) -> Self {
        self.full_height = true;
        self
    }
}

/// The first page a role may see.
#[must_use]
pub const fn first_page(role: Role) -> &'static str {
    match role {
        Role::Manager | Role::Coordinator | Role::Auditor => "/access-logs",
        Role::FieldStaff => "/findings",
        Role::Admin => "/audit",
    }
}

fn navigation(role: Role, person: Uuid, place: Place, frame: &Frame) -> Vec<NavGroup> {
    let item = |at: Place, href: &str, label, icon, count| NavItem {
        href: href.to_owned(),
        label,
        icon,
        count,
        more: false,
        hot: false,
        current: at == place,
    };
    let office = may(role, Action::ReviewCaseListRead);
    let mut groups = Vec::new();
    let mut first = Vec::new();
    if office {
        first.push(item(Place::AccessLogs, "/access-logs", "Access log review", "list-search", Some(frame.open_cases)));
        first.push(item(Place::Findings, "/findings", "Findings", "flag", Some(frame.open_findings)));
    }
    if may(role, Action::ReviewListRead) {
        first.push(item(Place::Reviews, "/reviews", "Reviews", "search", None));
        first.push(item(Place::Complaints, "/complaints", "Complaints", "message-report", None));
    }
    if may(role, Action::ImportListRead) {
        first.push(item(Place::Imports, "/imports", "Imports", "file-import", None));
    }
    groups.push(NavGroup { heading: None, items: first });
    let mut program = Vec::new();
    if role != Role::FieldStaff && may(role, Action::PersonListRead) {
        program.push(item(Place::Workforce, "/people", "Workforce", "users", None));
        if may(role, Action::LoginListRead) {
            // what waits there is work only for who may match
            let waiting = may(role, Action::LoginMatch).then(|| frame.unheld_logins.min(99));
            let logins = item(Place::Logins, "/people/logins", "EHR logins", "login", waiting);
            program.push(NavItem { more: waiting.is_some() && frame.unheld_logins > 99, ..logins });
        }
        program.push(item(Place::Facilities, "/facilities", "Facilities", "building-hospital", None));
    }
    groups.push(NavGroup { heading: Some("Program"), items: program });
    let mut evidence = Vec::new();
    if may(role, Action::ExportListRead) {
        evidence.push(item(Place::Exports, "/exports", "Reports and exports", "file-export", None));
    }
    if role != Role::FieldStaff && may(role, Action::AuditEventListRead) {
        evidence.push(item(Place::Audit, "/audit", "Audit trail", "history", None));
        evidence.push(item(Place::Permissions, "/settings/permissions", "Who may do what", "shield-check", None));
    }
    if may(role, Action::SecondReviewListRead) {
        evidence.push(item(Place::SecondReviews, "/access-logs/agreement", "Second reviews", "eye-check", None));
    }
    if may(role, Action::RuleListRead) {
        evidence.push(item(Place::Rules, "/settings/rules", "Rules", "adjustments-horizontal", None));
    }
    groups.push(NavGroup { heading: Some("Evidence"), items: evidence });
    if may(role, Action::AccountListRead) {
        let mut accounts = vec![item(Place::Accounts, "/settings/accounts", "Accounts", "users", None)];
        if may(role, Action::AlternateRead) {
            accounts.push(item(Place::Alternates, "/settings/review", "Who stands in", "user-check", None));
        }
        groups.push(NavGroup { heading: Some("Settings"), items: accounts });
    }
    let mut you = vec![item(Place::Profile, &format!("/people/{person}"), "My profile", "user", None)];
    you.push(item(Place::OwnAccount, "/settings/account", "My account", "key", None));
    if may(role, Action::QuestionListRead) {
        let waiting = (frame.open_questions > 0).then_some(frame.open_questions);
        you.insert(0, item(Place::Questions, "/questions", "Questions to me", "message-2", waiting));
    }
    if role == Role::FieldStaff {
        you.push(item(Place::Findings, "/findings", "My follow-ups", "flag", Some(frame.open_findings)));
        you.push(item(Place::Audit, "/audit", "My activity", "history", None));
        you.push(item(Place::Permissions, "/settings/permissions", "Who may do what", "shield-check", None));
    }
    groups.push(NavGroup { heading: Some("You"), items: you });
    groups.retain(|group| !group.items.is_empty());
    groups
}

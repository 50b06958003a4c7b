//! The permission table, generated from `policy.rs`: what it shows is what is enforced.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::{Action, Role, Scope, scope_for};
use crate::web::chrome::Here;
use crate::web::{Chrome, Place, html};

#[derive(Template)]
#[template(path = "settings/permissions.html")]
struct PermissionPage {
    chrome: Chrome,
    roles: Vec<RoleHead>,
    groups: Vec<Group>,
}

struct RoleHead {
    label: &'static str,
    own: bool,
}

struct Group {
    heading: &'static str,
    rows: Vec<Row>,
}

struct Row {
    label: &'static str,
    name: &'static str,
    cells: Vec<Cell>,
}

struct Cell {
    scope: Option<Scope>,
    own: bool,
}

/// `GET /settings/permissions`
pub async fn page(actor: Actor, db: Data<Db>, here: Here) -> Result<HttpResponse, AppError> {
    let frame = db.read(actor.does(Action::PermissionListRead), async |tx| tx.frame().await).await?;
    let own = actor.role();
    let roles = Role::ALL.map(|role| RoleHead { label: role.label(), own: role == own }).into();
    html::ok(PermissionPage {
        chrome: Chrome::new(&actor, Place::Permissions, here, &frame),
        roles,
        groups: groups(own),
    })
}

fn groups(own: Role) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for &action in Action::ALL {
        let cells: Vec<_> = Role::ALL.map(|role| Cell { scope: scope_for(role, action), own: role == own }).into();
        if cells.iter().all(|cell| cell.scope.is_none()) {
            continue;
        }
        let row = Row { label: action.label(), name: action.name(), cells };
        let heading = heading(action.resource());
        match groups.iter_mut().find(|group| group.heading == heading) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group { heading, rows: vec![row] }),
        }
    }
    groups
}

fn heading(resource: &str) -> &'static str {
    match resource {
        "review_case" | "review_alternate" | "access_log" | "patient" => "Access review",
        "question" => "Questions about accesses",
        "person" => "People",
        "finding" => "Findings",
        "import_batch" => "Imports",
        "search" => "Search",
        "audit_event" => "Audit trail",
        "account" | "sign_up" => "Accounts",
        "credential" => "Passwords and second factors",
        _ => "The portal itself",
    }
}

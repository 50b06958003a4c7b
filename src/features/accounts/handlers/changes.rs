//! What needs a second person: asked for by one, decided by another. What takes something away is made at once.

use actix_web::HttpResponse;
use actix_web::web::{Data, Form};
use serde::Deserialize;
use uuid::Uuid;

use super::super::form::PostedChange;
use super::super::model::{self, Change};
use super::super::queries::{change, one};
use super::page::shown;
use super::{Part, told};
use crate::audit::{Actor, Db};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::{Id, filters};
use crate::words::{AccountDone, ChangeKind};

/// Which change a decision is about: a wrong word would stand in the trail under the wrong action.
#[derive(Deserialize)]
pub struct Kind {
    kind: ChangeKind,
}

/// `POST /settings/accounts/{id}/changes`
pub async fn request(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    pairs: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, AppError> {
    let account = id.0;
    let posted =
        filters::accepted(&db, actor.does(Action::RoleRequest).on(account), PostedChange::parse(&pairs)).await?;
    let wanted = match posted.check(clock::today_in(&actor.identity().time_zone)) {
        Ok(wanted) => wanted,
        Err(errors) => {
            let intent = actor.does(if posted.kind == ChangeKind::Engagement {
                Action::EngagementCreate
            } else {
                Action::RoleRequest
            });
            db.refuse_form(&intent.on(account)).await?;
            return shown(&actor, &db, here, account, Some(posted), errors).await;
        }
    };
    let now = match &wanted {
        Change::Scope(_) => {
            let intent = actor.does(Action::AccountRead).on(account);
            db.read(intent, async |tx| Ok(one::account(tx, account).await?.scope())).await?
        }
        _ => model::Scope::default(),
    };
    let action = model::request(&wanted, &now);
    let (change_id, at_once) = (Uuid::now_v7(), action == Action::ScopeUpdate);
    db.write(actor.does(action).on(account), async |tx| change::ask(tx, change_id, account, &wanted, at_once).await)
        .await?;
    Ok(told(
        account,
        match action {
            Action::RoleRevoke => AccountDone::Lowered,
            Action::ScopeUpdate => AccountDone::Narrowed,
            _ => AccountDone::Requested,
        },
    ))
}

/// `POST /settings/accounts/{id}/changes/{part}/approval`
pub async fn approve(
    actor: Actor,
    db: Data<Db>,
    id: Id,
    part: Part,
    form: Form<Kind>,
) -> Result<HttpResponse, AppError> {
    let action = model::approval(form.kind);
    db.write(actor.does(action).on(id.0), async |tx| change::approve(tx, id.0, part.0, form.kind).await).await?;
    Ok(told(id.0, AccountDone::Granted))
}

/// `POST /settings/accounts/{id}/changes/{part}/rejection`
pub async fn reject(actor: Actor, db: Data<Db>, id: Id, part: Part) -> Result<HttpResponse, AppError> {
    db.write(actor.does(Action::ChangeReject).on(id.0), async |tx| change::reject(tx, id.0, part.0).await).await?;
    Ok(told(id.0, AccountDone::Refused))
}

/// `POST /settings/accounts/{id}/changes/{part}/withdrawal`
pub async fn withdraw(actor: Actor, db: Data<Db>, id: Id, part: Part) -> Result<HttpResponse, AppError> {
    db.write(actor.does(Action::ChangeWithdraw).on(id.0), async |tx| change::withdraw(tx, id.0, part.0).await).await?;
    Ok(told(id.0, AccountDone::Withdrawn))
}

//! What counts at once: taking away, ending, signing out, and a one-time link, which is shown in the answer and never again.

use actix_web::HttpResponse;
use actix_web::web::Data;
use sha2::{Digest as _, Sha256};

use super::super::queries::{change, one};
use super::super::views::link::LinkPage;
use super::{Part, told};
use crate::audit::{Actor, Db};
use crate::auth::password::random_token;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::{Chrome, Id, Place, html};
use crate::words::AccountDone;

/// `POST /settings/accounts/{id}/engagements/{part}/end`
pub async fn end_engagement(actor: Actor, db: Data<Db>, id: Id, part: Part) -> Result<HttpResponse, AppError> {
    let intent = actor.does(Action::EngagementEnd).on(id.0);
    db.write(intent, async |tx| change::end_engagement(tx, id.0, part.0).await).await?;
    Ok(told(id.0, AccountDone::EngagementEnded))
}

/// `POST /settings/accounts/{id}/deactivation`
pub async fn deactivate(actor: Actor, db: Data<Db>, id: Id) -> Result<HttpResponse, AppError> {
    db.write(actor.does(Action::AccountDeactivate).on(id.0), async |tx| change::deactivate(tx, id.0).await).await?;
    Ok(told(id.0, AccountDone::Deactivated))
}

/// `POST /settings/accounts/{id}/reactivation`
pub async fn reactivate(actor: Actor, db: Data<Db>, id: Id) -> Result<HttpResponse, AppError> {
    db.write(actor.does(Action::AccountReactivate).on(id.0), async |tx| change::reactivate(tx, id.0).await).await?;
    Ok(told(id.0, AccountDone::Reactivated))
}

/// `POST /settings/accounts/{id}/sign-out`
pub async fn sign_out(actor: Actor, db: Data<Db>, id: Id) -> Result<HttpResponse, AppError> {
    db.write(actor.does(Action::AccountSessionRevoke).on(id.0), async |tx| change::sign_out(tx, id.0).await).await?;
    Ok(told(id.0, AccountDone::SignedOut))
}

/// `POST /settings/accounts/{id}/reset-link`
pub async fn reset_link(actor: Actor, db: Data<Db>, here: Here, id: Id) -> Result<HttpResponse, AppError> {
    let token = random_token();
    let hash = Sha256::digest(token.as_bytes());
    let (frame, name) = db
        .change(actor.does(Action::AccountRead).on(id.0), actor.does(Action::ResetCreate).on(id.0), async |tx| {
            let account = one::account(tx, id.0).await?;
            change::reset_link(tx, id.0, &hash).await?;
            Ok((tx.frame().await?, account.full_name))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::Accounts, here, &frame);
    html::ok(LinkPage { chrome, id: id.0, name, path: format!("/reset/{token}") })
}

//! The page of one's own account: the password, and where one is signed in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::queries;
use crate::audit::{Actor, Db, Intent, Sessions};
use crate::auth::password;
use crate::clock;
use crate::error::{AppError, Refusal};
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors, Id, Place, html};
use crate::words::AccountDone;

#[derive(Template)]
#[template(path = "account/page.html")]
struct AccountPage {
    chrome: Chrome,
    password_set: Option<Instant>,
    factor_since: Option<Instant>,
    codes_left: i64,
    sessions: Vec<SessionView>,
    zone: String,
    errors: Errors,
}

struct SessionView {
    id: Uuid,
    browser: String,
    address: String,
    started: Instant,
    seen: Instant,
    this: bool,
}

/// What the password form posts.
#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    password_again: String,
}

/// `GET /settings/account`
pub async fn page(actor: Actor, db: Data<Db>, here: Here) -> Result<HttpResponse, AppError> {
    shown(&actor, &db, here, StatusCode::OK, Errors::new()).await
}

async fn shown(
    actor: &Actor,
    db: &Db,
    here: Here,
    status: StatusCode,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let intent = actor.does(Action::OwnAccountRead).on(actor.id());
    let (frame, own, this, rows) = db
        .read(intent, async |tx| {
            Ok((tx.frame().await?, queries::own(tx).await?, tx.session_id().await?, queries::sessions(tx).await?))
        })
        .await?;
    let zone = clock::zone(&actor.identity().time_zone);
    let sessions = rows.into_iter().map(|row| SessionView {
        id: row.id,
        browser: row.user_agent.map_or_else(|| "Unknown browser".to_owned(), |agent| agent.replace('/', " ")),
        address: row.ip_address.map_or_else(|| "unknown address".to_owned(), |ip| ip.ip().to_string()),
        started: time::instant(row.started_at, zone),
        seen: time::instant(row.seen_at, zone),
        this: Some(row.id) == this,
    });
    let page = AccountPage {
        password_set: own.password_set_at.map(|at| time::instant(at, zone)),
        factor_since: own.second_factor_since.map(|at| time::instant(at, zone)),
        codes_left: own.codes_left.unwrap_or(0),
        sessions: sessions.collect(),
        zone: time::zone_words(zone),
        chrome: Chrome::new(actor, Place::OwnAccount, here, &frame),
        errors,
    };
    html::with(status, page)
}

/// `POST /settings/account/password`
pub async fn change_password(
    actor: Actor,
    db: Data<Db>,
    sessions: Data<Sessions>,
    here: Here,
    form: Form<PasswordForm>,
) -> Result<HttpResponse, AppError> {
    let form = form.into_inner();
    let writes = actor.does(Action::PasswordChange).on(actor.id());
    let mut errors = Errors::new();
    if let Some(sentence) = password::weakness(&form.password, &[&actor.identity().full_name]) {
        errors.add("password", sentence);
        db.refuse(&writes, crate::audit::Outcome::ValidateFail, crate::audit::Code::WeakPassword).await?;
        return shown(&actor, &db, here, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    if form.password != form.password_again {
        errors.add("password_again", "The two passwords differ. Type the same one twice.");
        db.refuse_form(&writes).await?;
        return shown(&actor, &db, here, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    let changed = db
        .change(actor.does(Action::CredentialRead).on(actor.id()), writes.clone(), async |tx| {
            let proof = queries::proof(tx).await?;
            right_password(form.current, &proof).await?;
            let new = password::hash(form.password).await?;
            if queries::change_password(tx, &proof.password_hash, &new).await? {
                Ok(())
            } else {
                Err(AppError::Conflict)
            }
        })
        .await;
    match changed {
        Ok(()) => Ok(told(AccountDone::PasswordChanged)),
        Err(AppError::Refused(Refusal::WrongPassword)) => {
            sessions.proof_failed(&writes).await?;
            errors.add("current", "This is not your current password.");
            shown(&actor, &db, here, StatusCode::UNPROCESSABLE_ENTITY, errors).await
        }
        Err(error) => Err(error),
    }
}

/// Whether somebody who is signed in knows their password; guessing gets slower.
pub async fn right_password(typed: String, proof: &queries::Proof) -> Result<(), AppError> {
    if proof.wait_seconds > 0 {
        return Err(AppError::Throttled(u32::try_from(proof.wait_seconds).unwrap_or(60)));
    }
    if password::verify(typed, Some(proof.password_hash.clone())).await? {
        Ok(())
    } else {
        Err(AppError::Refused(Refusal::WrongPassword))
    }
}

/// `POST /settings/account/sessions/{id}/end`
pub async fn end_one(actor: Actor, db: Data<Db>, id: Id) -> Result<HttpResponse, AppError> {
    let intent: Intent = actor.does(Action::SessionRevoke).on(id.0);
    db.write(intent, async |tx| queries::end_one(tx, id.0).await).await?;
    Ok(told(AccountDone::SessionEnded))
}

/// `POST /settings/account/sessions/end`
pub async fn end_others(actor: Actor, db: Data<Db>) -> Result<HttpResponse, AppError> {
    db.write(actor.does(Action::SessionRevokeAll).on(actor.id()), async |tx| queries::end_others(tx).await).await?;
    Ok(told(AccountDone::SessionsEnded))
}

fn told(done: AccountDone) -> HttpResponse {
    flash::tell(html::see("/settings/account"), Done::Account(done))
}

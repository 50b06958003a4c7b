//! One's own second factor on another phone. The old one counts until the new one has shown that it works; a phone that is
//! lost is replaced by means of a recovery code. Only the session that gave the proof reads the new secret and confirms it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use askama::Template;

use super::codes;
use super::proof::{self, ProofForm, next_step_of, secret_of};
use super::queries;
use crate::audit::{Actor, Db, Sessions};
use crate::auth::totp::{Enrolment, SharedSecret};
use crate::config::Config;
use crate::error::{AppError, Refusal};
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Errors, Place, html};
use crate::words::AccountDone;

const PATH: &str = "/settings/account/second-factor/replacement";

#[derive(Template)]
#[template(path = "account/replacement.html")]
struct ReplacementPage {
    chrome: Chrome,
    confirmed: bool,
    enrolment: Option<Enrolment>,
    errors: Errors,
}

/// `GET /settings/account/second-factor/replacement`
pub async fn page(actor: Actor, db: Data<Db>, config: Data<Config>, here: Here) -> Result<HttpResponse, AppError> {
    shown(&actor, &db, &config, here, Errors::new()).await
}

async fn shown(actor: &Actor, db: &Db, config: &Config, here: Here, errors: Errors) -> Result<HttpResponse, AppError> {
    let (frame, proof) = db
        .read(actor.does(Action::CredentialRead).on(actor.id()), async |tx| {
            Ok((tx.frame().await?, queries::proof(tx).await?))
        })
        .await?;
    let identity = actor.identity();
    let next = secret_of(config, actor, proof.next_sealed.as_deref());
    let enrolment = next.map(|secret| secret.enrolment(&identity.organisation, &identity.full_name)).transpose()?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let chrome = Chrome::new(actor, Place::OwnAccount, here, &frame);
    html::with(status, ReplacementPage { chrome, confirmed: proof.confirmed, enrolment, errors })
}

/// `POST /settings/account/second-factor/replacement`: the old phone's proof; the new one's secret is shown next.
pub async fn begin(
    actor: Actor,
    db: Data<Db>,
    sessions: Data<Sessions>,
    config: Data<Config>,
    here: Here,
    form: Form<ProofForm>,
) -> Result<HttpResponse, AppError> {
    let writes = actor.does(Action::TotpReplaceBegin).on(actor.id());
    let begun = db
        .change(actor.does(Action::CredentialRead).on(actor.id()), writes.clone(), async |tx| {
            let proof = queries::proof(tx).await?;
            let shown = proof::both(&config, &actor, &proof, form.into_inner()).await?;
            let sealed = SharedSecret::random().seal(&config.keys, actor.id())?;
            if queries::begin_replacement(tx, &shown, &sealed).await? {
                Ok(())
            } else {
                Err(AppError::Refused(Refusal::WrongCode))
            }
        })
        .await;
    match begun {
        Ok(()) => Ok(html::see(PATH)),
        Err(error) => {
            let errors = proof::errors(error, &sessions, &writes).await?;
            shown(&actor, &db, &config, here, errors).await
        }
    }
}

/// `POST /settings/account/second-factor/replacement/confirmation`: the new phone's first code; from now on it counts.
pub async fn confirm(
    actor: Actor,
    db: Data<Db>,
    sessions: Data<Sessions>,
    config: Data<Config>,
    here: Here,
    form: Form<ProofForm>,
) -> Result<HttpResponse, AppError> {
    let writes = actor.does(Action::TotpReplace).on(actor.id());
    let (codes, hashes) = codes::fresh(&config, actor.id());
    let replaced = db
        .change(actor.does(Action::CredentialRead).on(actor.id()), writes.clone(), async |tx| {
            let frame = tx.frame().await?;
            let proof = queries::proof(tx).await?;
            // ten minutes are over, or this session never began it
            let next = proof.next_sealed.as_deref().ok_or(AppError::Conflict)?;
            let step = next_step_of(&config, &actor, &proof, &form.code)?;
            if queries::confirm_replacement(tx, next, step, &hashes).await? {
                Ok(frame)
            } else {
                Err(AppError::Conflict)
            }
        })
        .await;
    match replaced {
        Ok(frame) => codes::page(
            Chrome::new(&actor, Place::OwnAccount, here, &frame),
            codes,
            "The new phone counts from now on. The old one and its recovery codes do not, and every other session has ended.",
        ),
        Err(error) => {
            let errors = proof::errors(error, &sessions, &writes).await?;
            shown(&actor, &db, &config, here, errors).await
        }
    }
}

/// `POST /settings/account/second-factor/replacement/cancellation`: the new phone's secret is forgotten.
pub async fn cancel(actor: Actor, db: Data<Db>) -> Result<HttpResponse, AppError> {
    let intent = actor.does(Action::TotpReplaceCancel).on(actor.id());
    db.write(intent, async |tx| queries::cancel_replacement(tx).await).await?;
    Ok(flash::tell(html::see("/settings/account/second-factor"), Done::Account(AccountDone::FactorStays)))
}

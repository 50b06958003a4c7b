//! One's own recovery codes: ten, shown once, in the answer that makes them. Renewing them ends the old ones.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use askama::Template;
use uuid::Uuid;

use super::proof::{self, ProofForm};
use super::queries;
use crate::audit::{Actor, Db, Sessions};
use crate::auth::totp::{recovery_codes, recovery_hash};
use crate::config::Config;
use crate::error::{AppError, Refusal};
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::{Chrome, Errors, Place, html};

#[derive(Template)]
#[template(path = "account/renew.html")]
struct RenewPage {
    chrome: Chrome,
    confirmed: bool,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "account/recovery.html")]
struct RecoveryPage {
    chrome: Chrome,
    codes: Vec<String>,
    sentence: &'static str,
}

/// Fresh codes, with what the database keeps of them.
pub fn fresh(config: &Config, person: Uuid) -> (Vec<String>, Vec<Vec<u8>>) {
    let codes = recovery_codes();
    let hashes = codes.iter().map(|code| recovery_hash(&config.keys, person, code)).collect();
    (codes, hashes)
}

/// The page that shows codes, once.
pub fn page(chrome: Chrome, codes: Vec<String>, sentence: &'static str) -> Result<HttpResponse, AppError> {
    html::ok(RecoveryPage { chrome, codes, sentence })
}

/// `GET /settings/account/second-factor/recovery-codes`
pub async fn form(actor: Actor, db: Data<Db>, here: Here) -> Result<HttpResponse, AppError> {
    shown(&actor, &db, here, Errors::new()).await
}

async fn shown(actor: &Actor, db: &Db, here: Here, errors: Errors) -> Result<HttpResponse, AppError> {
    let (frame, proof) = db
        .read(actor.does(Action::CredentialRead).on(actor.id()), async |tx| {
            Ok((tx.frame().await?, queries::proof(tx).await?))
        })
        .await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let chrome = Chrome::new(actor, Place::OwnAccount, here, &frame);
    html::with(status, RenewPage { chrome, confirmed: proof.confirmed, errors })
}

/// `POST /settings/account/second-factor/recovery-codes`
pub async fn renew(
    actor: Actor,
    db: Data<Db>,
    sessions: Data<Sessions>,
    config: Data<Config>,
    here: Here,
    form: Form<ProofForm>,
) -> Result<HttpResponse, AppError> {
    let writes = actor.does(Action::RecoveryRenew).on(actor.id());
    let (codes, hashes) = fresh(&config, actor.id());
    let renewed = db
        .change(actor.does(Action::CredentialRead).on(actor.id()), writes.clone(), async |tx| {
            let frame = tx.frame().await?;
            let proof = queries::proof(tx).await?;
            let shown = proof::both(&config, &actor, &proof, form.into_inner()).await?;
            if queries::renew_codes(tx, &shown, &hashes).await? {
                Ok(frame)
            } else {
                Err(AppError::Refused(Refusal::WrongCode))
            }
        })
        .await;
    match renewed {
        Ok(frame) => page(
            Chrome::new(&actor, Place::OwnAccount, here, &frame),
            codes,
            "The codes you had before no longer count.",
        ),
        Err(error) => {
            let errors = proof::errors(error, &sessions, &writes).await?;
            shown(&actor, &db, here, errors).await
        }
    }
}

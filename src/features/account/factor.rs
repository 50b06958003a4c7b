//! One's own second factor: set up with the current password, confirmed by its first code, turned off with password and
//! code. Recovery codes are shown once, in the answer to the confirmation.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use askama::Template;

use super::codes;
use super::handlers::right_password;
use super::proof::{self, ProofForm, secret_of, step_of};
use super::queries;
use crate::audit::{Actor, Db, Sessions};
use crate::auth::totp::{Enrolment, SharedSecret};
use crate::config::{Config, SecondFactor};
use crate::error::{AppError, Refusal};
use crate::policy::{Action, Role};
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Errors, Place, html};
use crate::words::AccountDone;

#[derive(Template)]
#[template(path = "account/factor.html")]
struct FactorPage {
    chrome: Chrome,
    confirmed: bool,
    required: bool,
    enrolment: Option<Enrolment>,
    errors: Errors,
}

/// `GET /settings/account/second-factor`
pub async fn page(actor: Actor, db: Data<Db>, config: Data<Config>, here: Here) -> Result<HttpResponse, AppError> {
    shown(&actor, &db, &config, here, Errors::new()).await
}

async fn shown(actor: &Actor, db: &Db, config: &Config, here: Here, errors: Errors) -> Result<HttpResponse, AppError> {
    let intent = actor.does(Action::CredentialRead).on(actor.id());
    let (frame, proof, username) = db
        .read(intent, async |tx| Ok((tx.frame().await?, queries::proof(tx).await?, actor.identity().full_name.clone())))
        .await?;
    let waiting = if proof.confirmed { None } else { secret_of(config, actor, proof.secret_sealed.as_deref()) };
    let enrolment = waiting.map(|secret| secret.enrolment(&actor.identity().organisation, &username)).transpose()?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let chrome = Chrome::new(actor, Place::OwnAccount, here, &frame);
    let required = must_have_one(actor, config);
    html::with(status, FactorPage { chrome, confirmed: proof.confirmed, required, enrolment, errors })
}

/// Whether this person's role has a second factor whether they like it or not.
fn must_have_one(actor: &Actor, config: &Config) -> bool {
    config.second_factor == SecondFactor::RequiredForPrivileged && matches!(actor.role(), Role::Admin | Role::Manager)
}

/// `POST /settings/account/second-factor/enrolment`
pub async fn enrol(
    actor: Actor,
    db: Data<Db>,
    sessions: Data<Sessions>,
    config: Data<Config>,
    here: Here,
    form: Form<ProofForm>,
) -> Result<HttpResponse, AppError> {
    let writes = actor.does(Action::TotpEnrol).on(actor.id());
    let begun = db
        .change(actor.does(Action::CredentialRead).on(actor.id()), writes.clone(), async |tx| {
            right_password(form.into_inner().current, &queries::proof(tx).await?).await?;
            let sealed = SharedSecret::random().seal(&config.keys, actor.id())?;
            if queries::enrol(tx, &sealed).await? { Ok(()) } else { Err(AppError::Conflict) }
        })
        .await;
    if let Err(error) = begun {
        return refused(&actor, &db, &sessions, &config, here, &writes, error).await;
    }
    Ok(html::see("/settings/account/second-factor"))
}

/// `POST /settings/account/second-factor/confirmation`
pub async fn confirm(
    actor: Actor,
    db: Data<Db>,
    sessions: Data<Sessions>,
    config: Data<Config>,
    here: Here,
    form: Form<ProofForm>,
) -> Result<HttpResponse, AppError> {
    let writes = actor.does(Action::TotpConfirm).on(actor.id());
    let (codes, hashes) = codes::fresh(&config, actor.id());
    let confirmed = db
        .change(actor.does(Action::CredentialRead).on(actor.id()), writes.clone(), async |tx| {
            let frame = tx.frame().await?;
            let proof = queries::proof(tx).await?;
            let step = step_of(&config, &actor, &proof, &form.code)?;
            if queries::confirm(tx, step, &hashes).await? { Ok(frame) } else { Err(AppError::Conflict) }
        })
        .await;
    match confirmed {
        Ok(frame) => codes::page(
            Chrome::new(&actor, Place::OwnAccount, here, &frame),
            codes,
            "The second factor is on. Your next sign-in asks for a code.",
        ),
        Err(error) => refused(&actor, &db, &sessions, &config, here, &writes, error).await,
    }
}

/// `POST /settings/account/second-factor/removal`
pub async fn remove(
    actor: Actor,
    db: Data<Db>,
    sessions: Data<Sessions>,
    config: Data<Config>,
    here: Here,
    form: Form<ProofForm>,
) -> Result<HttpResponse, AppError> {
    let writes = actor.does(Action::TotpDisable).on(actor.id());
    let form = form.into_inner();
    let removed = db
        .change(actor.does(Action::CredentialRead).on(actor.id()), writes.clone(), async |tx| {
            // what everybody in the role must have, nobody puts off alone: a reset is approved by a second person
            if must_have_one(&actor, &config) {
                return Err(AppError::Refused(Refusal::SecondPerson));
            }
            let proof = queries::proof(tx).await?;
            right_password(form.current, &proof).await?;
            let step = step_of(&config, &actor, &proof, &form.code)?;
            if queries::disable(tx, step).await? { Ok(()) } else { Err(AppError::Refused(Refusal::WrongCode)) }
        })
        .await;
    match removed {
        Ok(()) => Ok(flash::tell(html::see("/settings/account"), Done::Account(AccountDone::FactorOff))),
        Err(error) => refused(&actor, &db, &sessions, &config, here, &writes, error).await,
    }
}

/// A wrong proof counts, and comes back beside its field; anything else is an error page.
async fn refused(
    actor: &Actor,
    db: &Db,
    sessions: &Sessions,
    config: &Config,
    here: Here,
    writes: &crate::audit::Intent,
    error: AppError,
) -> Result<HttpResponse, AppError> {
    let errors = proof::errors(error, sessions, writes).await?;
    shown(actor, db, config, here, errors).await
}

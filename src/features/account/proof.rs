//! Proofs that it is oneself: the password, and a code of the phone or a recovery code. A wrong one counts and is answered
//! beside its field; after five the next is not looked at for a while.

use serde::Deserialize;

use super::handlers::right_password;
use super::queries::Proof;
use crate::audit::{Actor, Intent, Sessions};
use crate::auth::totp::{SharedSecret, recovery_hash};
use crate::config::Config;
use crate::error::{AppError, Refusal};
use crate::web::Errors;

/// What the forms post.
#[derive(Deserialize, Default)]
pub struct ProofForm {
    #[serde(default)]
    pub current: String,
    #[serde(default)]
    pub code: String,
}

/// What was shown beside the password. The database uses it up.
pub enum Shown {
    /// A code of the phone, by its time step.
    Step(i64),
    /// A recovery code, by its hash.
    Recovery(Vec<u8>),
}

impl Shown {
    /// As the database's functions take it.
    pub fn parts(&self) -> (Option<i64>, Option<&[u8]>) {
        match self {
            Self::Step(step) => (Some(*step), None),
            Self::Recovery(hash) => (None, Some(hash)),
        }
    }
}

/// The secret of somebody's phone in the clear.
pub fn secret_of(config: &Config, actor: &Actor, sealed: Option<&[u8]>) -> Option<SharedSecret> {
    SharedSecret::open(&config.keys, actor.id(), sealed?)
}

/// The time step of a code against the secret that is on, or about to be.
pub fn step_of(config: &Config, actor: &Actor, proof: &Proof, code: &str) -> Result<i64, AppError> {
    step_against(config, actor, proof, proof.secret_sealed.as_deref(), code)
}

/// The same against the secret that is to follow.
pub fn next_step_of(config: &Config, actor: &Actor, proof: &Proof, code: &str) -> Result<i64, AppError> {
    step_against(config, actor, proof, proof.next_sealed.as_deref(), code)
}

fn step_against(
    config: &Config,
    actor: &Actor,
    proof: &Proof,
    sealed: Option<&[u8]>,
    code: &str,
) -> Result<i64, AppError> {
    if proof.wait_seconds > 0 {
        return Err(AppError::Throttled(u32::try_from(proof.wait_seconds).unwrap_or(60)));
    }
    secret_of(config, actor, sealed)
        .and_then(|secret| secret.step_of(code))
        .ok_or(AppError::Refused(Refusal::WrongCode))
}

/// The password and a code, or the refusal that names which is wrong. Without a second factor there is nothing to prove.
pub async fn both(config: &Config, actor: &Actor, proof: &Proof, form: ProofForm) -> Result<Shown, AppError> {
    if !proof.confirmed {
        return Err(AppError::Conflict);
    }
    right_password(form.current, proof).await?;
    let code: String = form.code.chars().filter(|c| !c.is_whitespace()).collect();
    if code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()) {
        return step_of(config, actor, proof, &code).map(Shown::Step);
    }
    Ok(Shown::Recovery(recovery_hash(&config.keys, actor.id(), &code)))
}

/// A wrong proof as the form says it, counted; anything else is an error page.
pub async fn errors(error: AppError, sessions: &Sessions, writes: &Intent) -> Result<Errors, AppError> {
    let mut errors = Errors::new();
    match error {
        AppError::Refused(Refusal::WrongPassword) => errors.add("current", "This is not your current password."),
        AppError::Refused(Refusal::WrongCode) => {
            errors.add("code", "This code is not right, or it has been used. Type the one the app shows now.");
        }
        error => return Err(error),
    }
    sessions.proof_failed(writes).await?;
    Ok(errors)
}

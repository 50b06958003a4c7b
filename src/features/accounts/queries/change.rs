//! What is done to an account: one function of the database each. They take who acts from the event and answer with a word.

use uuid::Uuid;

use super::super::form::{DetailsForm, NewAccountForm};
use super::super::model::{Change, Scope, answered};
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::words::ChangeKind;

/// Asks for a change, or makes it where it takes something away and `at_once` says so.
pub async fn ask(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    person: Uuid,
    change: &Change,
    at_once: bool,
) -> Result<(), AppError> {
    let nothing = Scope::default();
    let (kind, role, scope, engagement) = match change {
        Change::Lower => return lower(tx, person).await,
        Change::Scope(scope) if at_once => return narrow(tx, person, scope).await,
        Change::Role(role, scope) => (ChangeKind::Role, Some(role.as_str()), scope, None),
        Change::Scope(scope) => (ChangeKind::Scope, None, scope, None),
        Change::Engagement(engagement, scope) => (ChangeKind::Engagement, None, scope, Some(engagement)),
        Change::FactorReset => (ChangeKind::FactorReset, None, &nothing, None),
        Change::PasswordReset => (ChangeKind::PasswordReset, None, &nothing, None),
    };
    let query = sqlx::query!(
        "SELECT portal.request_change($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS answer",
        id,
        person,
        kind.as_str(),
        role,
        scope.all,
        &scope.facilities,
        engagement.map(|engagement| engagement.starts_on),
        engagement.map(|engagement| engagement.ends_on),
        engagement.map(|engagement| engagement.period_from),
        engagement.map(|engagement| engagement.period_to),
        engagement.is_some_and(|engagement| engagement.full_patient_ids)
    );
    answered(tx.one(query).await?.answer.as_deref())
}

async fn lower(tx: &mut AuditedTx<'_>, person: Uuid) -> Result<(), AppError> {
    answered(tx.one(sqlx::query!("SELECT portal.lower_role($1) AS answer", person)).await?.answer.as_deref())
}

async fn narrow(tx: &mut AuditedTx<'_>, person: Uuid, scope: &Scope) -> Result<(), AppError> {
    let query = sqlx::query!("SELECT portal.narrow_scope($1, $2, $3) AS answer", person, scope.all, &scope.facilities);
    answered(tx.one(query).await?.answer.as_deref())
}

pub async fn approve(tx: &mut AuditedTx<'_>, person: Uuid, change: Uuid, kind: ChangeKind) -> Result<(), AppError> {
    let query = sqlx::query!("SELECT portal.approve_change($1, $2, $3) AS answer", change, person, kind.as_str());
    answered(tx.one(query).await?.answer.as_deref())
}

pub async fn reject(tx: &mut AuditedTx<'_>, person: Uuid, change: Uuid) -> Result<(), AppError> {
    answered(
        tx.one(sqlx::query!("SELECT portal.reject_change($1, $2) AS answer", change, person)).await?.answer.as_deref(),
    )
}

pub async fn withdraw(tx: &mut AuditedTx<'_>, person: Uuid, change: Uuid) -> Result<(), AppError> {
    answered(
        tx.one(sqlx::query!("SELECT portal.withdraw_change($1, $2) AS answer", change, person))
            .await?
            .answer
            .as_deref(),
    )
}

pub async fn end_engagement(tx: &mut AuditedTx<'_>, person: Uuid, engagement: Uuid) -> Result<(), AppError> {
    let query = sqlx::query!("SELECT portal.end_engagement($1, $2) AS answer", engagement, person);
    answered(tx.one(query).await?.answer.as_deref())
}

pub async fn deactivate(tx: &mut AuditedTx<'_>, person: Uuid) -> Result<(), AppError> {
    answered(tx.one(sqlx::query!("SELECT portal.deactivate_account($1) AS answer", person)).await?.answer.as_deref())
}

pub async fn reactivate(tx: &mut AuditedTx<'_>, person: Uuid) -> Result<(), AppError> {
    answered(tx.one(sqlx::query!("SELECT portal.reactivate_account($1) AS answer", person)).await?.answer.as_deref())
}

pub async fn sign_out(tx: &mut AuditedTx<'_>, person: Uuid) -> Result<(), AppError> {
    answered(tx.one(sqlx::query!("SELECT portal.end_sessions_of($1) AS answer", person)).await?.answer.as_deref())
}

pub async fn reset_link(tx: &mut AuditedTx<'_>, person: Uuid, token_sha256: &[u8]) -> Result<(), AppError> {
    let query =
        sqlx::query!("SELECT portal.create_reset_link($1, $2, $3) AS answer", Uuid::now_v7(), person, token_sha256);
    answered(tx.one(query).await?.answer.as_deref())
}

/// Makes an account; the word says what it clashes with.
pub async fn create(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    link: Option<Uuid>,
    form: &NewAccountForm,
) -> Result<Option<String>, AppError> {
    let query = sqlx::query!(
        "SELECT portal.create_account($1, $2, $3, $4, $5, $6) AS answer",
        id,
        link,
        form.full_name,
        form.email,
        form.number(),
        form.username
    );
    Ok(tx.one(query).await?.answer)
}

/// Corrects who somebody is; the word says what is in the way.
pub async fn details(tx: &mut AuditedTx<'_>, person: Uuid, form: &DetailsForm) -> Result<Option<String>, AppError> {
    let query = sqlx::query!(
        "SELECT portal.update_account($1, $2, $3, $4, $5) AS answer",
        person,
        form.version,
        form.full_name,
        form.email,
        form.username
    );
    Ok(tx.one(query).await?.answer)
}

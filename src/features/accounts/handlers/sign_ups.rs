//! Requests for an account: the list of them, and of each whom of the roster it may be, approval, rejection.

use actix_web::HttpResponse;
use actix_web::web::{Data, Form, Query};
use serde::Deserialize;
use uuid::Uuid;

use super::super::export;
use super::super::queries::sign_ups;
use super::super::views::sign_up::SignUpPage;
use super::super::views::sign_ups::SignUpsPage;
use super::told;
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::paging::{After, FETCH};
use crate::web::{Chrome, Id, Place, csv, filters, html, paging};
use crate::words::{AccountDone, SignUpReason};

/// Whom the account is for: `new`, or a person of the roster.
#[derive(Deserialize)]
pub struct Approval {
    #[serde(default)]
    person: String,
}

/// Why not.
#[derive(Deserialize)]
pub struct Rejection {
    #[serde(default)]
    reason: String,
}

/// `GET /settings/accounts/sign-ups`
pub async fn list(actor: Actor, db: Data<Db>, here: Here, after: Query<After>) -> Result<HttpResponse, AppError> {
    let intent = actor.does(Action::SignUpListRead);
    let after = after.read(&db, intent.clone()).await?;
    let (frame, rows, more) = db
        .read(intent, async |tx| {
            let (rows, more) = paging::cut(tx.all(sign_ups::waiting(after, Some(FETCH))).await?);
            tx.shown("sign_up", &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
            Ok((tx.frame().await?, rows, more))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::Accounts, here, &frame);
    html::ok(SignUpsPage::new(chrome, &actor, rows, more, after.is_some()))
}

/// `GET /settings/accounts/sign-ups.csv`
pub async fn download(actor: Actor, db: Data<Db>) -> Result<HttpResponse, AppError> {
    csv::download(&db, &actor, Action::SignUpListExport, "account-requests", export::of_sign_ups()).await
}

/// `GET /settings/accounts/sign-ups/{id}`
pub async fn page(actor: Actor, db: Data<Db>, here: Here, id: Id) -> Result<HttpResponse, AppError> {
    let (frame, request, matches) = db
        .read(actor.does(Action::SignUpRead).on(id.0), async |tx| {
            let request = sign_ups::sign_up(tx, id.0).await?;
            let number = request.employee_number.as_deref();
            let matches = sign_ups::matches(tx, number, &request.email, &request.username).await?;
            tx.shown("person", &matches.iter().map(|person| person.id).collect::<Vec<_>>()).await?;
            Ok((tx.frame().await?, request, matches))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::Accounts, here, &frame);
    html::ok(SignUpPage::new(chrome, &actor, request, matches))
}

/// `POST /settings/accounts/sign-ups/{id}/approval`
pub async fn approve(actor: Actor, db: Data<Db>, id: Id, form: Form<Approval>) -> Result<HttpResponse, AppError> {
    let intent = actor.does(Action::SignUpApprove).on(id.0);
    let link = match form.person.as_str() {
        "new" => Ok(None),
        person => Uuid::try_parse(person).map(Some).map_err(|_| {
            AppError::Invalid("Say whom the account is for: go back and choose the person, or a new one.".to_owned())
        }),
    };
    let link = filters::accepted(&db, intent.clone(), link).await?;
    let new = Uuid::now_v7();
    db.write(intent, async |tx| sign_ups::approve(tx, id.0, new, link).await).await?;
    // a manager reads accounts, whoever may approve
    Ok(told(link.unwrap_or(new), AccountDone::Approved))
}

/// `POST /settings/accounts/sign-ups/{id}/rejection`
pub async fn reject(actor: Actor, db: Data<Db>, id: Id, form: Form<Rejection>) -> Result<HttpResponse, AppError> {
    let intent = actor.does(Action::SignUpReject).on(id.0);
    let reason = SignUpReason::parse(&form.reason)
        .ok_or_else(|| AppError::Invalid("Choose why the request is rejected.".to_owned()));
    let reason = filters::accepted(&db, intent.clone(), reason).await?;
    db.write(intent, async |tx| sign_ups::reject(tx, id.0, reason).await).await?;
    Ok(flash::tell(html::see("/settings/accounts"), Done::Account(AccountDone::Rejected)))
}

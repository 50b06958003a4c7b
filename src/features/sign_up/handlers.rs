//! The form, its post, and the page that says what happens next.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Form};
use askama::Template;
use uuid::Uuid;

use super::form::Posted;
use crate::audit::{AskedFor, Code, Outcome, Sessions};
use crate::auth::{Visitor, password};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::first_page;
use crate::web::{Errors, html};

#[derive(Template)]
#[template(path = "sign_up/form.html")]
struct SignUpPage {
    organisation: String,
    typed: Posted,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "sign_up/received.html")]
struct ReceivedPage {
    organisation: String,
}

/// `GET /sign-up`
pub async fn form(visitor: Visitor, sessions: Data<Sessions>) -> Result<HttpResponse, AppError> {
    match visitor.actor {
        Some(actor) => Ok(html::see(first_page(actor.role()))),
        None => page(&sessions, StatusCode::OK, Posted::default(), Errors::new()).await,
    }
}

/// `POST /sign-up`
pub async fn ask(visitor: Visitor, sessions: Data<Sessions>, form: Form<Posted>) -> Result<HttpResponse, AppError> {
    let typed = form.into_inner().tidied();
    let wait = sessions.sign_up_wait(&visitor.client).await?;
    if wait > 0 {
        return slowed(&sessions, &visitor, typed, wait).await;
    }
    let (errors, others_fit) = typed.check();
    if !errors.is_empty() {
        let weak = others_fit && errors.get("password").is_some();
        let code = if weak { Code::WeakPassword } else { Code::InvalidInput };
        refuse(&sessions, &visitor, Outcome::ValidateFail, code).await?;
        return page(&sessions, StatusCode::UNPROCESSABLE_ENTITY, typed, errors).await;
    }
    let asked = AskedFor {
        full_name: typed.full_name.clone(),
        email: typed.email.clone(),
        employee_number: Some(typed.employee_number.clone()).filter(|number| !number.is_empty()),
        username: typed.username.clone(),
        password_hash: password::hash(typed.password.clone()).await?,
    };
    match sessions.sign_up(visitor.actor.as_ref(), Uuid::now_v7(), &asked, &visitor.client).await {
        Ok(()) => Ok(html::see("/sign-up/received")),
        Err(AppError::Throttled(wait)) => slowed(&sessions, &visitor, typed, wait).await,
        Err(error) => Err(error),
    }
}

async fn slowed(sessions: &Sessions, visitor: &Visitor, typed: Posted, wait: u32) -> Result<HttpResponse, AppError> {
    refuse(sessions, visitor, Outcome::AuthFail, Code::Throttled).await?;
    let mut errors = Errors::new();
    errors.add("", "Too many requests from here. Try again in an hour, or ask your privacy office.");
    let mut answer = page(sessions, StatusCode::TOO_MANY_REQUESTS, typed, errors).await?;
    answer.headers_mut().insert(header::RETRY_AFTER, wait.into());
    Ok(answer)
}

/// `GET /sign-up/received`
pub async fn received(sessions: Data<Sessions>) -> Result<HttpResponse, AppError> {
    html::ok(ReceivedPage { organisation: sessions.organisation().await })
}

async fn refuse(sessions: &Sessions, visitor: &Visitor, outcome: Outcome, code: Code) -> Result<(), AppError> {
    sessions.refuse(visitor.actor.as_ref(), Action::SignUpSubmit, outcome, code, &visitor.client).await
}

async fn page(
    sessions: &Sessions,
    status: StatusCode,
    typed: Posted,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    html::with(status, SignUpPage { organisation: sessions.organisation().await, typed, errors })
}

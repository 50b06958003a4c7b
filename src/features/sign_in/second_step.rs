//! Between the password and the session: the code of a second factor, or setting one up for whoever must have one. A half
//! session, five minutes long, carries the person; it opens nothing else.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::handlers::{begin, led_on};
use crate::audit::{Code, HalfSession, Sessions, Step};
use crate::auth::totp::{Enrolment, SharedSecret, recovery_codes, recovery_hash};
use crate::auth::{Visitor, half};
use crate::config::Config;
use crate::error::AppError;
use crate::web::{Errors, html, paging};

#[derive(Template)]
#[template(path = "sign_in/code.html")]
struct CodePage {
    organisation: String,
    back: String,
    kept: String,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "sign_in/enrol.html")]
struct EnrolPage {
    organisation: String,
    enrolment: Enrolment,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "sign_in/recovery.html")]
struct RecoveryPage {
    organisation: String,
    codes: Vec<String>,
}

/// What the second step posts.
#[derive(Deserialize, Default)]
pub struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    back: String,
    #[serde(default)]
    kept: String,
}

/// After the password: the page that asks for a code. A form that was interrupted travels with it.
pub async fn ask(
    sessions: &Sessions,
    config: &Config,
    token: &str,
    back: String,
    kept: String,
) -> Result<HttpResponse, AppError> {
    let response = if kept.is_empty() {
        html::see(&paging::url("/sign-in/code", &[("back", &back)]))
    } else {
        let organisation = sessions.organisation().await;
        html::ok(CodePage { organisation, back, kept, errors: Errors::new() })?
    };
    Ok(half::hold(response, token, config.plain_http))
}

/// After the password of somebody who must have a second factor and has none.
pub async fn must_enrol(
    sessions: &Sessions,
    config: &Config,
    token: &str,
    visitor: &Visitor,
) -> Result<HttpResponse, AppError> {
    let half = sessions.half(token).await?.ok_or(AppError::SignedOut)?;
    let sealed = SharedSecret::random().seal(&config.keys, half.person_id)?;
    sessions.half_enrol(token, &sealed, &visitor.client).await?;
    Ok(half::hold(html::see("/sign-in/second-factor"), token, config.plain_http))
}

/// `GET /sign-in/code`
pub async fn form(
    request: HttpRequest,
    sessions: Data<Sessions>,
    query: Query<Answer>,
) -> Result<HttpResponse, AppError> {
    match sessions.half(&half::held(&request)).await? {
        Some(half) if half.step == Step::Code => {
            code_page(
                &sessions,
                StatusCode::OK,
                Answer { back: query.into_inner().back, ..Answer::default() },
                Errors::new(),
            )
            .await
        }
        _ => Ok(html::see("/sign-in")),
    }
}

/// `POST /sign-in/code`
pub async fn answer(
    request: HttpRequest,
    visitor: Visitor,
    sessions: Data<Sessions>,
    config: Data<Config>,
    form: Form<Answer>,
) -> Result<HttpResponse, AppError> {
    let (token, form) = (half::held(&request), form.into_inner());
    let Some(half) = waiting(&sessions, &token, Step::Code, &visitor).await? else { return Ok(html::see("/sign-in")) };
    if half.wait_seconds > 0 {
        return wait(&sessions, &token, half.wait_seconds, &visitor, form).await;
    }
    let digits: String = form.code.chars().filter(|c| !c.is_whitespace()).collect();
    let grant = if digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_digit()) {
        match secret_of(&config, &half).and_then(|secret| secret.step_of(&digits)) {
            Some(step) => sessions.second_step_succeeded(&token, Some(step), None, &visitor.client).await?,
            None => None,
        }
    } else {
        let hash = recovery_hash(&config.keys, half.person_id, &digits);
        sessions.second_step_succeeded(&token, None, Some(&hash), &visitor.client).await?
    };
    let Some(grant) = grant else {
        sessions.second_step_failed(&token, Code::BadCode, &visitor.client).await?;
        let mut errors = Errors::new();
        errors.add("code", "This code is not right, or it has been used. Wait for the next one and try again.");
        return code_page(&sessions, StatusCode::UNPROCESSABLE_ENTITY, form, errors).await;
    };
    begin(&visitor, grant)?;
    Ok(half::dropped(led_on(&sessions, &config, &half.username, &form.kept, &form.back).await?))
}

/// `GET /sign-in/second-factor`
pub async fn enrolment(
    request: HttpRequest,
    sessions: Data<Sessions>,
    config: Data<Config>,
) -> Result<HttpResponse, AppError> {
    match sessions.half(&half::held(&request)).await? {
        Some(half) if half.step == Step::Enrol => {
            enrol_page(&sessions, &config, StatusCode::OK, &half, Errors::new()).await
        }
        _ => Ok(html::see("/sign-in")),
    }
}

/// `POST /sign-in/second-factor`: the first code; recovery codes are shown now and never again.
pub async fn confirm(
    request: HttpRequest,
    visitor: Visitor,
    sessions: Data<Sessions>,
    config: Data<Config>,
    form: Form<Answer>,
) -> Result<HttpResponse, AppError> {
    let token = half::held(&request);
    let Some(half) = waiting(&sessions, &token, Step::Enrol, &visitor).await? else { return Ok(html::see("/sign-in")) };
    let codes = recovery_codes();
    let hashes: Vec<_> = codes.iter().map(|code| recovery_hash(&config.keys, half.person_id, code)).collect();
    let grant = match secret_of(&config, &half).and_then(|secret| secret.step_of(&form.code)) {
        Some(step) => sessions.half_confirm(&token, step, &hashes, &visitor.client).await?,
        None => None,
    };
    let Some(grant) = grant else {
        sessions.second_step_failed(&token, Code::BadCode, &visitor.client).await?;
        let mut errors = Errors::new();
        errors.add("code", "This code is not right. Check that the phone’s clock is, and type the code it shows now.");
        return enrol_page(&sessions, &config, StatusCode::UNPROCESSABLE_ENTITY, &half, errors).await;
    };
    begin(&visitor, grant)?;
    Ok(half::dropped(html::ok(RecoveryPage { organisation: sessions.organisation().await, codes })?))
}

/// The half session a post belongs to; without one the attempt is recorded.
async fn waiting(
    sessions: &Sessions,
    token: &str,
    step: Step,
    visitor: &Visitor,
) -> Result<Option<HalfSession>, AppError> {
    let half = sessions.half(token).await?.filter(|half| half.step == step);
    if half.is_none() {
        sessions.second_step_failed(token, Code::NoSession, &visitor.client).await?;
    }
    Ok(half)
}

async fn wait(
    sessions: &Sessions,
    token: &str,
    seconds: u32,
    visitor: &Visitor,
    form: Answer,
) -> Result<HttpResponse, AppError> {
    sessions.second_step_failed(token, Code::Throttled, &visitor.client).await?;
    let mut errors = Errors::new();
    errors.add("", format!("Too many wrong codes. Try again in {seconds} seconds."));
    let mut answer = code_page(sessions, StatusCode::TOO_MANY_REQUESTS, form, errors).await?;
    answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    Ok(answer)
}

fn secret_of(config: &Config, half: &HalfSession) -> Option<SharedSecret> {
    SharedSecret::open(&config.keys, half.person_id, half.secret_sealed.as_deref()?)
}

async fn code_page(
    sessions: &Sessions,
    status: StatusCode,
    form: Answer,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let organisation = sessions.organisation().await;
    html::with(status, CodePage { organisation, back: form.back, kept: form.kept, errors })
}

async fn enrol_page(
    sessions: &Sessions,
    config: &Config,
    status: StatusCode,
    half: &HalfSession,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let organisation = sessions.organisation().await;
    let secret = secret_of(config, half).ok_or(AppError::SignedOut)?;
    let enrolment = secret.enrolment(&organisation, &half.username)?;
    html::with(status, EnrolPage { organisation, enrolment, errors })
}

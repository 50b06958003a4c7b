//! Parse, verify, begin the session. The answer to an unknown account and to a wrong password is the same, in words and
//! in time.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Form, Query};
use askama::Template;
use serde::Deserialize;

use uuid::Uuid;

use super::{Throttle, second_step};
use crate::audit::{Actor, Code, Db, Sessions, Step, Verified};
use crate::auth::{GRANT, Visitor, password};
use crate::config::{Config, SecondFactor};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::first_page;
use crate::web::{Errors, forms, html, unsent};

#[derive(Template)]
#[template(path = "sign_in/form.html")]
struct SignInPage {
    organisation: String,
    username: String,
    back: String,
    kept: String,
    errors: Errors,
}

/// A form that a session's end interrupted, offered again.
#[derive(Template)]
#[template(path = "sign_in/resume.html")]
struct ResumePage {
    organisation: String,
    path: String,
    fields: Vec<(String, String)>,
}

/// Where to go after sign-in.
#[derive(Deserialize, Default)]
pub struct Back {
    #[serde(default)]
    back: String,
}

/// What the form posts.
#[derive(Deserialize, Default)]
pub struct Credentials {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    back: String,
    /// A sealed form that was about to be sent when the session ended.
    #[serde(default)]
    kept: String,
}

/// `GET /`: the first page the role may see.
pub async fn home(actor: Actor, db: Data<Db>) -> Result<HttpResponse, AppError> {
    db.read(actor.does(Action::HomeRead), async |_| Ok(())).await?;
    Ok(html::see(first_page(actor.role())))
}

/// `GET /sign-in`
pub async fn form(visitor: Visitor, sessions: Data<Sessions>, back: Query<Back>) -> Result<HttpResponse, AppError> {
    if let Some(actor) = visitor.actor {
        return Ok(html::see(local(&back.back).unwrap_or_else(|| first_page(actor.role()))));
    }
    page(
        &sessions,
        StatusCode::OK,
        Credentials { back: back.into_inner().back, ..Credentials::default() },
        Errors::new(),
    )
    .await
}

/// `POST /sign-in`
pub async fn sign_in(
    visitor: Visitor,
    sessions: Data<Sessions>,
    throttle: Data<Throttle>,
    config: Data<Config>,
    form: Form<Credentials>,
) -> Result<HttpResponse, AppError> {
    let mut form = form.into_inner();
    let username = forms::line(&form.username);
    let account = config.keys.hash("sign-in account", username.to_lowercase().as_bytes());
    let lookup = sessions.lookup(&username, &account, &visitor.client).await?;
    let wait = throttle.wait_seconds(visitor.client.ip).max(lookup.wait_seconds);
    if wait > 0 {
        sessions.failed(&username, &account, Code::Throttled, &visitor.client).await?;
        let mut errors = Errors::new();
        errors.add("", format!("Too many attempts from here. Try again in {wait} seconds."));
        let mut answer = page(&sessions, StatusCode::TOO_MANY_REQUESTS, form, errors).await?;
        answer.headers_mut().insert(header::RETRY_AFTER, wait.into());
        return Ok(answer);
    }
    let hash = lookup.password_hash;
    if !password::verify(std::mem::take(&mut form.password), hash.clone()).await? {
        sessions.failed(&username, &account, Code::BadCredentials, &visitor.client).await?;
        let mut errors = Errors::new();
        errors.add("username", "Check the username and the password. One of them is not right.");
        return page(&sessions, StatusCode::UNPROCESSABLE_ENTITY, form, errors).await;
    }
    let half = password::random_token();
    let required = config.second_factor == SecondFactor::RequiredForPrivileged;
    let hash = hash.unwrap_or_default();
    match sessions.verified(&username, &account, &hash, Some((&half, required)), &visitor.client).await? {
        Verified::SignedIn(grant) => {
            begin(&visitor, grant)?;
            led_on(&sessions, &config, &username, &form.kept, &form.back).await
        }
        Verified::Half(Step::Code) => second_step::ask(&sessions, &config, &half, form.back, form.kept).await,
        Verified::Half(Step::Enrol) => second_step::must_enrol(&sessions, &config, &half, &visitor).await,
    }
}

/// Makes the session of a grant.
pub fn begin(visitor: &Visitor, grant: Uuid) -> Result<(), AppError> {
    visitor.session.renew();
    visitor.session.insert(GRANT, grant).map_err(|_| AppError::Internal("the session cannot hold a grant"))
}

/// After sign-in: the form that was interrupted, or the page that was asked for.
pub async fn led_on(
    sessions: &Sessions,
    config: &Config,
    username: &str,
    kept: &str,
    back: &str,
) -> Result<HttpResponse, AppError> {
    match unsent::unseal(&config.keys, kept).filter(|kept| kept.username.eq_ignore_ascii_case(username)) {
        Some(kept) => {
            html::ok(ResumePage { organisation: sessions.organisation().await, path: kept.path, fields: kept.fields })
        }
        None => Ok(html::see(local(back).unwrap_or("/"))),
    }
}

/// `POST /sign-out`
pub async fn sign_out(actor: Actor, visitor: Visitor, db: Data<Db>) -> Result<HttpResponse, AppError> {
    db.write(actor.does(Action::SessionLogoutExecute).on(actor.id()), async |_| Ok(())).await?;
    visitor.session.purge();
    Ok(html::see("/sign-in"))
}

async fn page(
    sessions: &Sessions,
    status: StatusCode,
    form: Credentials,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let organisation = sessions.organisation().await;
    html::with(status, SignInPage { organisation, username: form.username, back: form.back, kept: form.kept, errors })
}

/// Only a path of this portal; never another site's address.
fn local(back: &str) -> Option<&str> {
    // browsers drop tabs and line breaks from an address, so that "/\t/elsewhere" would lead to another site
    let clean = !back.contains('\\') && !back.contains(char::is_control);
    (clean && back.starts_with('/') && !back.starts_with("//") && !back.starts_with("/sign-")).then_some(back)
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn one_is_led_back_to_a_page_of_this_portal_only() {
        assert_eq!(local("/findings?status=open"), Some("/findings?status=open"));
        for foreign in [
            "//evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "/sign-out",
        ] {
            assert_eq!(local(foreign), None, "{foreign}");
        }
    }
}

//! The form behind a one-time link, and its post.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use askama::Template;
use serde::Deserialize;

use crate::audit::{Code, LinkHolder, Outcome, Sessions};
use crate::auth::{Visitor, password};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::{Errors, html};

#[derive(Template)]
#[template(path = "resets/form.html")]
struct ResetPage {
    organisation: String,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "resets/message.html")]
struct MessagePage {
    organisation: String,
    title: &'static str,
    text: &'static str,
}

/// What the form posts.
#[derive(Deserialize)]
pub struct NewPassword {
    #[serde(default)]
    password: String,
    #[serde(default)]
    password_again: String,
}

/// `GET /reset/{link}`
pub async fn form(visitor: Visitor, sessions: Data<Sessions>, link: Path<String>) -> Result<HttpResponse, AppError> {
    match sessions.link_holder(&link).await? {
        Some(_) => page(&sessions, StatusCode::OK, Errors::new()).await,
        None => gone(&visitor, &sessions).await,
    }
}

/// `POST /reset/{link}`
pub async fn set(
    visitor: Visitor,
    sessions: Data<Sessions>,
    link: Path<String>,
    form: Form<NewPassword>,
) -> Result<HttpResponse, AppError> {
    let Some(holder) = sessions.link_holder(&link).await? else { return gone(&visitor, &sessions).await };
    let form = form.into_inner();
    let (errors, code) = check(&form, &holder);
    if !errors.is_empty() {
        refuse(&visitor, &sessions, Outcome::ValidateFail, code).await?;
        return page(&sessions, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    let hash = password::hash(form.password).await?;
    if sessions.use_link(&link, &hash, &visitor.client).await? {
        Ok(html::see("/password-set"))
    } else {
        gone(&visitor, &sessions).await
    }
}

/// `GET /password-set`
pub async fn done(sessions: Data<Sessions>) -> Result<HttpResponse, AppError> {
    html::ok(MessagePage {
        organisation: sessions.organisation().await,
        title: "Your password is set",
        text: "You are signed out everywhere. Sign in with the new password; a second factor stays as it was.",
    })
}

fn check(form: &NewPassword, holder: &LinkHolder) -> (Errors, Code) {
    let mut errors = Errors::new();
    let own: Vec<_> = holder.own_words.iter().map(String::as_str).collect();
    if let Some(sentence) = password::weakness(&form.password, &own) {
        errors.add("password", sentence);
        return (errors, Code::WeakPassword);
    }
    if form.password != form.password_again {
        errors.add("password_again", "The two passwords differ. Type the same one twice.");
    }
    (errors, Code::InvalidInput)
}

async fn refuse(visitor: &Visitor, sessions: &Sessions, outcome: Outcome, code: Code) -> Result<(), AppError> {
    sessions.refuse(visitor.actor.as_ref(), Action::ResetUse, outcome, code, &visitor.client).await
}

async fn page(sessions: &Sessions, status: StatusCode, errors: Errors) -> Result<HttpResponse, AppError> {
    html::with(status, ResetPage { organisation: sessions.organisation().await, errors })
}

async fn gone(visitor: &Visitor, sessions: &Sessions) -> Result<HttpResponse, AppError> {
    refuse(visitor, sessions, Outcome::AuthFail, Code::BadLink).await?;
    let page = MessagePage {
        organisation: sessions.organisation().await,
        title: "This link is not good any more",
        text: "It was used, it is older than a day, or a newer one replaced it. Ask your administrator for another.",
    };
    html::with(StatusCode::GONE, page)
}

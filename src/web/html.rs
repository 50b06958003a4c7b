//! Answers: whole pages, fragments, redirects; and the two extractors every handler takes.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;
use uuid::Uuid;

use crate::error::AppError;

/// A page, or a part of one, with status 200.
///
/// # Errors
/// When the template fails, which means a bug.
pub fn ok(page: impl Template) -> Result<HttpResponse, AppError> {
    with(StatusCode::OK, page)
}

/// A page with another status: 422 for a form that came back, 409 for a conflict.
///
/// # Errors
/// When the template fails, which means a bug.
pub fn with(status: StatusCode, page: impl Template) -> Result<HttpResponse, AppError> {
    let body = page.render().map_err(|_| AppError::Internal("a template failed"))?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body))
}

/// After a post: see the result elsewhere (303).
#[must_use]
pub fn see(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

/// What htmx says of itself.
pub struct Hx {
    target: Option<String>,
    fragment: bool,
}

impl Hx {
    /// Whether this request wants the fragment that goes into the element with this id.
    #[must_use]
    pub fn wants(&self, target: &str) -> bool {
        self.fragment && self.target.as_deref() == Some(target)
    }
}

impl FromRequest for Hx {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let has = |name: &str| request.headers().get(name).is_some_and(|value| value == "true");
        let target = request.headers().get("HX-Target").and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
        ready(Ok(Self {
            target,
            fragment: has("HX-Request") && !has("HX-Boosted") && !has("HX-History-Restore-Request"),
        }))
    }
}

/// The id in the path. What is no uuid becomes the nil id, which no row has: the answer is the same 404, recorded.
#[derive(Debug, Clone, Copy)]
pub struct Id(pub Uuid);

impl FromRequest for Id {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(request.match_info().get("id").and_then(|text| Uuid::try_parse(text).ok()).unwrap_or_default())))
    }
}

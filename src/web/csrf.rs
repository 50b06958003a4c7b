//! A post from another site is refused before anything reads it: by `Sec-Fetch-Site`, else by `Origin`. A client that
//! sends neither is no browser, carries no ambient cookie, and passes.

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HOST, HeaderMap, ORIGIN};
use actix_web::middleware::Next;

use crate::error::AppError;

/// The middleware.
///
/// # Errors
/// What the inner services return.
pub async fn refuse_cross_site(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !reads && !same_site(request.headers()) {
        // an answer with its error inside: what comes next still knows which request it answers
        return Ok(request.error_response(AppError::CrossSite).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

fn same_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text(ORIGIN.as_str()), text(HOST.as_str())) {
        (None, _) => true,
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from == host),
        (Some(_), None) => false,
    }
}

//! The cookie of a half session: it carries a token between the password and the second step, five minutes at most, to the
//! sign-in pages alone. It is no session cookie; nothing but the second step looks at it.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse};

const COOKIE: &str = "portal-half";

/// Hands the token to the browser.
#[must_use]
pub fn hold(mut response: HttpResponse, token: &str, plain_http: bool) -> HttpResponse {
    let cookie = Cookie::build(COOKIE, token.to_owned())
        .path("/sign-in")
        .http_only(true)
        .secure(!plain_http)
        .same_site(SameSite::Strict)
        .max_age(Duration::minutes(5))
        .finish();
    // a cookie of hexadecimal digits is always valid
    let _ = response.add_cookie(&cookie);
    response
}

/// The token a browser brings back; empty when there is none.
#[must_use]
pub fn held(request: &HttpRequest) -> String {
    request.cookie(COOKIE).map(|cookie| cookie.value().to_owned()).unwrap_or_default()
}

/// Takes it off.
#[must_use]
pub fn dropped(mut response: HttpResponse) -> HttpResponse {
    let mut cookie = Cookie::build(COOKIE, "").path("/sign-in").finish();
    cookie.make_removal();
    let _ = response.add_cookie(&cookie);
    response
}

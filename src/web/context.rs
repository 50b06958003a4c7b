//! The first thing that happens to a request: it gets an id of ours, the client's address (behind a configured proxy the
//! forwarded one), and the browser reduced to family and version. And the headers that every answer carries.

use std::net::IpAddr;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};
use uuid::Uuid;

use crate::audit::Client;
use crate::config::Config;

/// The strict policy every page runs under; no inline script or style exists.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The middleware.
///
/// # Errors
/// What the inner services return.
pub async fn note_request(
    config: web::Data<Config>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).and_then(family);
    let client = Client::new(Uuid::now_v7(), address(&request, &config), agent);
    let id = client.request_id;
    tracing::Span::current().record("request_id", tracing::field::display(id));
    request.extensions_mut().insert(client);
    match next.call(request).await {
        Ok(mut response) => {
            dress(response.headers_mut(), id, &config);
            Ok(response)
        }
        Err(error) => {
            let mut response = error.error_response();
            dress(response.headers_mut(), id, &config);
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// The headers that every answer carries.
fn dress(headers: &mut HeaderMap, id: Uuid, config: &Config) {
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    for (name, value) in [
        ("content-security-policy", CONTENT_SECURITY_POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.append(header::VARY, HeaderValue::from_static("HX-Request"));
    if !config.plain_http {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

/// The last address of `X-Forwarded-For` that is not a configured proxy, when the peer is one.
fn address(request: &ServiceRequest, config: &Config) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    if !config.trusts(peer) {
        return Some(peer);
    }
    let forwarded = request.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok()).unwrap_or_default();
    forwarded.rsplit(',').filter_map(|part| part.trim().parse().ok()).find(|&ip| !config.trusts(ip)).or(Some(peer))
}

/// `Firefox/128` of a user agent; nothing else of it is kept.
fn family(header: &str) -> Option<String> {
    const FAMILIES: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Version/", "Safari"),
        ("curl/", "curl"),
    ];
    let (mark, name) = FAMILIES.into_iter().find(|(mark, _)| header.contains(mark))?;
    let version: String = header.split(mark).nth(1)?.chars().take_while(char::is_ascii_digit).take(5).collect();
    (!version.is_empty()).then(|| format!("{name}/{version}"))
}

#[cfg(test)]
mod tests {
    use super::family;

    #[test]
    fn a_user_agent_is_reduced_to_family_and_version() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.8078.73 Safari/537.36";
        assert_eq!(family(chrome).as_deref(), Some("Chrome/156"));
        assert_eq!(family("Mozilla/5.0 Firefox/128.0 Jane Doe MRN 123").as_deref(), Some("Firefox/128"));
        assert_eq!(family("Jane Doe"), None);
    }
}

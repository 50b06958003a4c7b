//! The server's log: one JSON line per request with its id, route pattern, status and duration. Never a path, a query,
//! a body, a name: a log is read by people who may not see them.

use std::io::IsTerminal as _;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;
use tracing_subscriber::EnvFilter;

/// Starts logging to standard error: JSON for machines, plain lines for a terminal. `RUST_LOG` sets the level.
///
/// # Panics
/// Never: the directives are constants.
pub fn start() {
    // sqlx would log statements and actix paths; neither may reach a log, whatever the level
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info"))
        .add_directive("sqlx=off".parse().expect("a constant"))
        .add_directive("actix_web=error".parse().expect("a constant"))
        .add_directive("actix_http=error".parse().expect("a constant"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        let _ = log.compact().try_init();
    } else {
        let _ = log.json().flatten_event(true).with_span_list(false).try_init();
    }
}

/// The span of a request: opaque ids and the route's pattern.
pub struct OpaqueSpan;

impl RootSpanBuilder for OpaqueSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let route = request.match_pattern().unwrap_or_else(|| "unknown".to_owned());
        tracing::info_span!(
            "request",
            request_id = tracing::field::Empty,
            method = method(request.method().as_str()),
            route = %route,
            status = tracing::field::Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, actix_web::Error>) {
        let status = match outcome {
            Ok(response) => response.response().status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
        span.in_scope(|| tracing::info!("done"));
    }
}

/// A client may send any word as a method; only the known ones are logged.
fn method(word: &str) -> &'static str {
    match word {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

//! Signing in and out, and being led to one's first page.

mod handlers;
mod throttle;

use actix_web::web;

pub use throttle::Throttle;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(handlers::home))
        .route("/sign-in", web::get().to(handlers::form))
        .route("/sign-in", web::post().to(handlers::sign_in))
        .route("/sign-out", web::post().to(handlers::sign_out));
}

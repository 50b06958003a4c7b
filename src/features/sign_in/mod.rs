//! Signing in, with a second step where there is one, signing out, and being led to one's first page.

mod handlers;
mod second_step;
mod throttle;

use actix_web::web;

pub use throttle::Throttle;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(handlers::home))
        .route("/sign-in", web::get().to(handlers::form))
        .route("/sign-in", web::post().to(handlers::sign_in))
        .route("/sign-in/code", web::get().to(second_step::form))
        .route("/sign-in/code", web::post().to(second_step::answer))
        .route("/sign-in/second-factor", web::get().to(second_step::enrolment))
        .route("/sign-in/second-factor", web::post().to(second_step::confirm))
        .route("/sign-out", web::post().to(handlers::sign_out));
}

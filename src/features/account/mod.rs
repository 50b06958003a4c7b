//! One's own account: the password, the sessions that are open, the second factor. Every role has one, and nobody has
//! anybody else's.

mod factor;
mod handlers;
mod queries;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/settings/account", web::get().to(handlers::page))
        .route("/settings/account/password", web::post().to(handlers::change_password))
        .route("/settings/account/sessions/end", web::post().to(handlers::end_others))
        .route("/settings/account/sessions/{id}/end", web::post().to(handlers::end_one))
        .route("/settings/account/second-factor", web::get().to(factor::page))
        .route("/settings/account/second-factor/enrolment", web::post().to(factor::enrol))
        .route("/settings/account/second-factor/confirmation", web::post().to(factor::confirm))
        .route("/settings/account/second-factor/removal", web::post().to(factor::remove));
}

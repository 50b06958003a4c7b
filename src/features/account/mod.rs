//! One's own account: the password, the sessions that are open, the second factor. Every role has one, and nobody has
//! anybody else's.

mod codes;
mod factor;
mod handlers;
mod proof;
mod queries;
mod replacement;

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
        .route("/settings/account/second-factor/removal", web::post().to(factor::remove))
        .route("/settings/account/second-factor/recovery-codes", web::get().to(codes::form))
        .route("/settings/account/second-factor/recovery-codes", web::post().to(codes::renew))
        .route("/settings/account/second-factor/replacement", web::get().to(replacement::page))
        .route("/settings/account/second-factor/replacement", web::post().to(replacement::begin))
        .route("/settings/account/second-factor/replacement/confirmation", web::post().to(replacement::confirm))
        .route("/settings/account/second-factor/replacement/cancellation", web::post().to(replacement::cancel));
}

//! A new password by a one-time link that an administrator hands over. The link is a secret: it stands in the address alone,
//! hashed in the database, in no log (which holds route patterns) and in no event.

mod handlers;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/reset/{link}", web::get().to(handlers::form))
        .route("/reset/{link}", web::post().to(handlers::set))
        .route("/password-set", web::get().to(handlers::done));
}

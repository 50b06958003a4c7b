//! Asking for an account: a public form whose answer is the same whether the name is taken or not. What it clashes with
//! shows to whoever decides the request; until then there is no account.

mod form;
mod handlers;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/sign-up", web::get().to(handlers::form))
        .route("/sign-up", web::post().to(handlers::ask))
        .route("/sign-up/received", web::get().to(handlers::received));
}

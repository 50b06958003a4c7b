//! EHR logins and who held them when: logins are reused, so a holder has a first and a last day. A login that was used while
//! nobody is known to have held it waits here until somebody says whose it was; the rules then look again.

mod correcting;
mod export;
mod filter;
mod handlers;
mod matching;
mod model;
mod queries;
mod views;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/people/logins", web::get().to(handlers::list))
        .route("/people/logins", web::post().to(handlers::create))
        .route("/people/logins.csv", web::get().to(handlers::download))
        .route("/people/logins/{id}", web::get().to(handlers::page))
        .route("/people/logins/{id}", web::post().to(handlers::correct));
}

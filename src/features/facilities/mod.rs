//! Facilities and their departments: names and site codes that logs and rosters use, hours, networks, and who answers for
//! privacy there.

mod export;
mod handlers;
mod model;
mod queries;
mod views;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/facilities", web::get().to(handlers::list))
        .route("/facilities", web::post().to(handlers::create))
        .route("/facilities.csv", web::get().to(handlers::download))
        .route("/facilities/new", web::get().to(handlers::form))
        .route("/facilities/{id}", web::get().to(handlers::page))
        .route("/facilities/{id}", web::post().to(handlers::update))
        .route("/facilities/{id}/departments", web::post().to(handlers::department));
}

//! The workforce as it was, entered by file and by form. A roster is read, planned against what is recorded, shown, and only
//! then applied, as one act; a form does the same for one person.

mod application;
mod employment;
mod export;
mod filter;
mod handlers;
mod meanings;
mod model;
mod plan;
mod queries;
mod reading;
mod reruns;
mod spoken;
mod state;
mod unread;
mod views;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/people/roster", web::get().to(handlers::list))
        .route("/people/roster", web::post().to(handlers::create))
        .route("/people/roster.csv", web::get().to(handlers::download_list))
        .route("/people/roster/new", web::get().to(handlers::form))
        .route("/people/roster/{id}.csv", web::get().to(handlers::download))
        .route("/people/roster/{id}", web::get().to(handlers::page))
        .route("/people/roster/{id}/words", web::post().to(meanings::save))
        .route("/people/roster/{id}/application", web::post().to(application::apply))
        .route("/people/{id}/employment", web::get().to(employment::form))
        .route("/people/{id}/employment", web::post().to(employment::save));
}

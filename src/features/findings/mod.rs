//! Findings: what came of one or several cases. A finding is opened from cases, linked both ways, and copies the evidence
//! it relies on, so that it stands when the rows themselves have moved to the archive.

mod export;
mod filter;
mod form;
mod handlers;
mod model;
mod queries;
mod views;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/findings", web::get().to(handlers::list))
        .route("/findings", web::post().to(handlers::create))
        .route("/findings.csv", web::get().to(handlers::download))
        .route("/findings/new", web::get().to(handlers::form))
        .route("/findings/{id}", web::get().to(handlers::page));
}

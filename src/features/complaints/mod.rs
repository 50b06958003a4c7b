//! Complaints: what came to the privacy office, how and from whom in a closed word, whom it is about, and what came of it
//! (45 CFR 164.530(d)). A complaint starts a review; while one of its reviews is open it has no disposition. Its history only
//! grows.

mod export;
mod filter;
mod handlers;
mod model;
mod queries;
mod views;

use actix_web::web;

pub use model::{Channel, Complainant, ComplaintDisposition, ComplaintKind, ComplaintState};

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/complaints", web::get().to(handlers::list::list))
        .route("/complaints", web::post().to(handlers::record::record))
        .route("/complaints.csv", web::get().to(handlers::list::download))
        .route("/complaints/new", web::get().to(handlers::record::form))
        .route("/complaints/{id}", web::get().to(handlers::page::page))
        .route("/complaints/{id}", web::post().to(handlers::page::change))
        .route("/complaints/{id}/disposition", web::post().to(handlers::page::dispose))
        .route("/complaints/{id}/reopening", web::post().to(handlers::page::reopen));
}

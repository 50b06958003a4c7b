//! Findings: what came of one or several cases. A finding is opened from cases, linked both ways, and copies the evidence
//! it relies on, so that it stands when the rows themselves have moved to the archive. What is done to it is an event each:
//! a step, another owner, an edit, a case more or less; the database moves it by them.

mod export;
mod filter;
mod form;
mod handlers;
mod model;
mod queries;
mod views;

use actix_web::web;

pub use model::status::{Status, Step};

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/findings", web::get().to(handlers::list))
        .route("/findings", web::post().to(handlers::create))
        .route("/findings.csv", web::get().to(handlers::download))
        .route("/findings/new", web::get().to(handlers::form))
        .route("/findings/link", web::get().to(handlers::cases::choose))
        .route("/findings/link", web::post().to(handlers::cases::link_chosen))
        .route("/findings/{id}", web::get().to(handlers::page))
        .route("/findings/{id}/status", web::post().to(handlers::acts::take_step))
        .route("/findings/{id}/status/reversal", web::post().to(handlers::acts::undo_step))
        .route("/findings/{id}/owner", web::post().to(handlers::acts::assign))
        .route("/findings/{id}/owner/reversal", web::post().to(handlers::acts::undo_assignment))
        .route("/findings/{id}/comments", web::post().to(handlers::acts::comment))
        .route("/findings/{id}/edit", web::get().to(handlers::edit::form))
        .route("/findings/{id}/edit", web::post().to(handlers::edit::save))
        .route("/findings/{id}/cases", web::post().to(handlers::cases::link))
        .route("/findings/{id}/cases/unlinking", web::get().to(handlers::cases::unlink_form))
        .route("/findings/{id}/cases/unlinking", web::post().to(handlers::cases::unlink));
}

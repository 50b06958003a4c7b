//! Reviews: why somebody looked beyond the queue, at everyone who touched a patient's records or at all that a person opened
//! in a period, and what came of it. A review takes up rows as cases and ends in a memo, also when nothing improper was found
//! (45 CFR 164.316(b)(1)(ii)). The watch list stands here too: what is on it is a reason to look.

mod export;
mod filter;
mod handlers;
mod model;
mod queries;
mod views;

use actix_web::web;

pub use model::{Outcome, ReviewKind, ReviewReason, ReviewState};

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/reviews", web::get().to(handlers::list::list))
        .route("/reviews", web::post().to(handlers::start::start))
        .route("/reviews.csv", web::get().to(handlers::list::download))
        .route("/reviews/new", web::get().to(handlers::start::form))
        .route("/reviews/{id}", web::get().to(handlers::page::page))
        .route("/reviews/{id}/cases", web::post().to(handlers::page::take_up))
        .route("/reviews/{id}/ending", web::post().to(handlers::page::end))
        .route("/reviews/{id}/memo", web::post().to(handlers::page::amend))
        .route("/reviews/{id}/reopening", web::post().to(handlers::page::reopen))
        .route("/watch-list", web::get().to(handlers::watch::list))
        .route("/watch-list.csv", web::get().to(handlers::watch::download));
}

//! How second reviews agreed: per first reviewer and per rule (`/access-logs/agreement`, the same as CSV), and the list of
//! second reviews that those numbers count (`/access-logs/second-reviews`, likewise).
//!
//! Only what is over is counted and listed: of a blind case that still waits nothing is told.

mod export;
mod filter;
mod handlers;
mod model;
mod queries;
mod views;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/access-logs/agreement", web::get().to(handlers::agreement))
        .route("/access-logs/agreement.csv", web::get().to(handlers::download))
        .route("/access-logs/second-reviews", web::get().to(handlers::list))
        .route("/access-logs/second-reviews.csv", web::get().to(handlers::download_list));
}

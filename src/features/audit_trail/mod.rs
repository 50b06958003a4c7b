//! The portal's own audit trail: who did what to what, and how it ended. Row-level security leaves each reader their part
//! of it: everything, their own actions, or all but those on rows that may name a patient.

mod export;
mod filter;
mod handlers;
mod queries;
mod views;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/audit", web::get().to(handlers::list)).route("/audit.csv", web::get().to(handlers::download));
}

//! The workforce as a list and as a file: who works where today, who is on leave, who has left, and whose login is unknown.

mod export;
mod filter;
mod handlers;
mod queries;
mod views;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/people", web::get().to(handlers::list)).route("/people.csv", web::get().to(handlers::download));
}

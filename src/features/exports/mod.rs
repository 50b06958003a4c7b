//! What left as a file: who took which list, when, narrowed to what, how many rows, the file's hash, and how it ended.
//! Whoever reads the whole trail sees everybody's exports; a coordinator sees their own.

mod export;
mod filter;
mod handlers;
mod model;
mod queries;
mod views;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/exports", web::get().to(handlers::list)).route("/exports.csv", web::get().to(handlers::download));
}

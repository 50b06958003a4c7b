//! Every access row: `/access-logs/rows` and the same rows as `/access-logs/rows.csv`. One filter and one statement serve
//! both, so that the file's rows are the page's.

mod export;
mod filter;
mod handlers;
mod queries;
mod views;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/access-logs/rows", web::get().to(handlers::list))
        .route("/access-logs/rows.csv", web::get().to(handlers::download));
}

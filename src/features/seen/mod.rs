//! Who has seen a record: who opened or changed it, and whom a list or a file showed it, from the trail. For who reads the
//! whole trail, of records that are within what their account covers.

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
        .route("/audit/seen/{resource}/{id}.csv", web::get().to(handlers::download))
        .route("/audit/seen/{resource}/{id}", web::get().to(handlers::list));
}

//! Coverage: what arrived of each source on each of its days, against what its own history lets expect, and what people
//! said about days on which something is missing. `/imports/coverage`, the same as CSV, and the form of one day.

mod export;
mod handlers;
mod model;
mod queries;
mod views;

use actix_web::web;

/// The routes. They stand before those of imports, whose `{id}` would take them.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/imports/coverage", web::get().to(handlers::month))
        .route("/imports/coverage.csv", web::get().to(handlers::download))
        .route("/imports/coverage/{id}/{day}", web::get().to(handlers::form))
        .route("/imports/coverage/{id}/{day}", web::post().to(handlers::explain));
}

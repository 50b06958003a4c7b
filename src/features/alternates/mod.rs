//! Who stands in for each manager: what a manager is kept from goes to their named alternate. `/settings/review`
//!
//! `portal.name_alternate` holds who may name whom; whom the form offers comes from the same rule.

mod handlers;
mod model;
mod queries;
mod views;

use actix_web::web;

pub use queries::name;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/settings/review", web::get().to(handlers::page))
        .route("/settings/review", web::post().to(handlers::name));
}

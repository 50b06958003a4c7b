//! The second person: what needs one, what they see of the first decision, and what becomes of the case.
//!
//! The database draws the blind sample and seals its decisions (`portal.second_reviews`); the program learns of a sealed case
//! no more than its reader may know.

mod handlers;
pub(super) mod model;
pub(super) mod queries;
pub(super) mod views;

use actix_web::web;

/// The routes.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/access-logs/cases/{id}/second-review", web::post().to(handlers::give));
}

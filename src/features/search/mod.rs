//! The find box. Text is posted, never in a URL, a log or the trail; the answer is an opaque id that belongs to the
//! person, under which only the ids that were found are kept, for a day.

mod handlers;
mod purge;
mod queries;

use actix_web::web;

pub use purge::purge;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/search", web::post().to(handlers::search)).route("/search/{id}", web::get().to(handlers::result));
}

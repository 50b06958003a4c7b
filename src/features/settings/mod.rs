//! Settings: who may do what (generated from `policy`), and a person's own preferences.

mod permissions;
mod preferences;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/settings/permissions", web::get().to(permissions::page))
        .route("/settings/preferences", web::get().to(preferences::form))
        .route("/settings/preferences", web::post().to(preferences::save));
}

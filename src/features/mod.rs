//! A feature is a folder: `mod` (routes), `model` (pure rules), `queries` (SQL), `handlers`, `views`. Features never
//! import each other; a noun they share moves to `policy` or becomes a column of the query that needs it.

pub mod imports;
pub mod settings;
pub mod sign_in;

/// Every feature's routes.
pub fn routes(config: &mut actix_web::web::ServiceConfig) {
    sign_in::routes(config);
    imports::routes(config);
    settings::routes(config);
}

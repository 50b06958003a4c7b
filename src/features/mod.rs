//! A feature is a folder: `mod` (routes), `model` (pure rules), `queries` (SQL), `handlers`, `views`. Features never
//! import each other; a noun they share moves to `policy` or becomes a column of the query that needs it.

pub mod access_logs;
pub mod audit_trail;
pub mod findings;
pub mod settings;
pub mod sign_in;

/// Every feature's routes.
pub fn routes(config: &mut actix_web::web::ServiceConfig) {
    sign_in::routes(config);
    settings::routes(config);
    access_logs::routes(config);
    findings::routes(config);
    audit_trail::routes(config);
}

//! Access logs: what the EHRs say happened, every row of it, as a list and as a file.

mod rows;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    rows::routes(config);
}

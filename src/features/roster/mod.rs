//! The workforce as it was, entered by file and by form. A roster is read, planned against what is recorded, shown, and only
//! then applied, as one act; a form does the same for one person.

mod model;
mod plan;

use actix_web::web;

/// The routes.
pub fn routes(_config: &mut web::ServiceConfig) {}

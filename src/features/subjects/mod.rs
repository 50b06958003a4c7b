//! Starting from a patient or a person: everyone who touched a patient's records, and everything one person opened,
//! with the employment and the logins they had then.

mod handlers;
mod queries;
mod training;
mod views;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/patients/{id}", web::get().to(handlers::patient))
        .route("/people/{id}", web::get().to(handlers::person));
}

//! Starting from a patient or a person: everyone who touched a patient's records, and everything one person opened, over a
//! period, with the employment and the logins they had then; each page's rows as a file, too.

mod export;
mod filter;
mod handlers;
mod queries;
mod touched;
mod training;
mod views;

use actix_web::web;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/patients/{id}.csv", web::get().to(handlers::patient_file))
        .route("/people/{id}.csv", web::get().to(handlers::person_file))
        .route("/patients/{id}", web::get().to(handlers::patient))
        .route("/people/{id}", web::get().to(handlers::person));
}

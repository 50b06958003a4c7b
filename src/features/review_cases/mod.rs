//! The queue of cases: saved views, filters, one case in the drawer or on its own page, and what people decide about it.
//!
//! The unit of work is one person × one patient × one local day; its access rows are the evidence.

mod asked;
mod case_parts;
mod case_view;
mod filter;
mod handlers;
mod labels;
mod model;
mod queries;
mod second_review;
mod views;

use actix_web::web;

pub use model::{Decision, DecisionForm};
pub use queries::decide::decide_case as decide;
pub use second_review::model::Verdict;
pub use second_review::queries::give as give_second_review;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/access-logs", web::get().to(handlers::list))
        .route("/access-logs/cases/{id}", web::get().to(handlers::one))
        .route("/access-logs/cases/{id}/decision", web::post().to(handlers::decide))
        .route("/access-logs/cases/{id}/reopening", web::post().to(handlers::reopen));
    second_review::routes(config);
}

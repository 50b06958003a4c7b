//! The queue of cases: saved views, filters, one case in the drawer or on its own page, and what people decide about it.
//!
//! The unit of work is one person × one patient × one local day; its access rows are the evidence.

mod asked;
mod assign;
mod beside;
mod bulk;
mod case_parts;
mod case_view;
mod export;
mod filter;
mod handlers;
mod labels;
mod model;
mod queries;
mod saved;
mod second_review;
mod views;

use actix_web::web;

pub use bulk::purge as tidy;
pub use model::{Decision, DecisionForm};
pub use queries::decide::decide_case as decide;
pub use second_review::model::Verdict;
pub use second_review::queries::give as give_second_review;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/access-logs", web::get().to(handlers::list))
        .route("/access-logs.csv", web::get().to(handlers::download))
        .route("/access-logs/bulk", web::post().to(bulk::handlers::select))
        .route("/access-logs/bulk/{id}", web::get().to(bulk::handlers::page))
        .route("/access-logs/bulk/{id}/decision", web::post().to(bulk::handlers::decide))
        .route("/access-logs/bulk/{id}/assignment", web::post().to(bulk::handlers::assign))
        .route("/access-logs/bulk/{id}/reversal", web::post().to(bulk::handlers::take_back))
        .route("/access-logs/cases/{id}/assignment", web::post().to(assign::handlers::assign))
        .route("/access-logs/cases/{id}/assignment/reversal", web::post().to(assign::handlers::take_back))
        .route("/access-logs/views", web::get().to(saved::handlers::list))
        .route("/access-logs/views", web::post().to(saved::handlers::keep))
        .route("/access-logs/views/{id}/name", web::post().to(saved::handlers::rename))
        .route("/access-logs/views/{id}/removal", web::post().to(saved::handlers::delete))
        .route("/access-logs/cases/{id}", web::get().to(handlers::one))
        .route("/access-logs/cases/{id}/decision", web::post().to(handlers::decide))
        .route("/access-logs/cases/{id}/reopening", web::post().to(handlers::reopen));
    second_review::routes(config);
}

//! Questions: "why did you open this record?". The office asks the person of a case, or their supervisor, before it decides;
//! whoever is asked sees the time, the kind of record and the question, and nothing of the case. An answer is sealed once it
//! is sent, and moves the case. What was said on the phone is entered by who listened.

mod acts;
mod export;
mod filter;
mod handlers;
mod model;
mod overdue;
mod queries;
mod views;

use actix_web::web;

pub use acts::{answer, ask};
pub use model::{AnswerForm, Ask};
pub use overdue::mark_overdue;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    use handlers::{ask, own, phone};
    config
        .route("/questions", web::get().to(own::list))
        .route("/questions.csv", web::get().to(own::download))
        .route("/questions/{id}", web::get().to(own::page))
        .route("/questions/{id}/answer", web::post().to(own::answer))
        .route("/questions/{id}/remarks", web::post().to(own::remark))
        .route("/access-logs/cases/{id}/question", web::get().to(ask::form))
        .route("/access-logs/cases/{id}/question", web::post().to(ask::ask))
        .route("/access-logs/cases/{id}/questions/{part}/phone", web::get().to(phone::form))
        .route("/access-logs/cases/{id}/questions/{part}/phone", web::post().to(phone::record))
        .route("/access-logs/cases/{id}/questions/{part}/withdrawal", web::post().to(ask::withdraw));
}

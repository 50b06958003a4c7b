//! Accounts: who may sign in and as what. An administrator asks, a second person grants, a manager lets people in; taking
//! away counts at once. The rules stand in the database's functions, which take who acts from the event; the pages here
//! only ask and show. The command line makes the first administrator.

mod command;
mod export;
mod filter;
mod form;
mod handlers;
mod model;
mod purge;
mod queries;
mod rename;
mod views;

use actix_web::web;

pub use command::{AccountError, Engagement, NewAccount, create, read_password};
pub use purge::purge;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    use handlers::{changes, create, direct, edit, list, page, search, sign_ups};
    config
        .route("/settings/accounts", web::get().to(list::page))
        .route("/settings/accounts", web::post().to(create::make))
        .route("/settings/accounts.csv", web::get().to(list::download))
        .route("/settings/accounts/new", web::get().to(create::form))
        .route("/settings/accounts/search", web::post().to(search::search))
        .route("/settings/accounts/sign-ups", web::get().to(sign_ups::list))
        .route("/settings/accounts/sign-ups.csv", web::get().to(sign_ups::download))
        .route("/settings/accounts/sign-ups/{id}", web::get().to(sign_ups::page))
        .route("/settings/accounts/sign-ups/{id}/approval", web::post().to(sign_ups::approve))
        .route("/settings/accounts/sign-ups/{id}/rejection", web::post().to(sign_ups::reject))
        .route("/settings/accounts/{id}", web::get().to(page::page))
        .route("/settings/accounts/{id}/edit", web::get().to(edit::form))
        .route("/settings/accounts/{id}/edit", web::post().to(edit::save))
        .route("/settings/accounts/{id}/changes", web::post().to(changes::request))
        .route("/settings/accounts/{id}/changes/{part}/approval", web::post().to(changes::approve))
        .route("/settings/accounts/{id}/changes/{part}/rejection", web::post().to(changes::reject))
        .route("/settings/accounts/{id}/changes/{part}/withdrawal", web::post().to(changes::withdraw))
        .route("/settings/accounts/{id}/engagements/{part}/end", web::post().to(direct::end_engagement))
        .route("/settings/accounts/{id}/deactivation", web::post().to(direct::deactivate))
        .route("/settings/accounts/{id}/reactivation", web::post().to(direct::reactivate))
        .route("/settings/accounts/{id}/sign-out", web::post().to(direct::sign_out))
        .route("/settings/accounts/{id}/reset-link", web::post().to(direct::reset_link));
}

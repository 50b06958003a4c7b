//! Mappings as pages: how the files of a source are read, who said so, and what changed. A mapping is made with a sample
//! file beside it, which waits encrypted on disk until the mapping is saved or a day has passed. `begin` starts a draft,
//! `form` reads the editor's fields, `model` compares versions, `editor` shows the draft and its preview.

mod begin;
mod controls;
mod editor;
mod export;
mod form;
mod handlers;
mod model;
mod pages;
mod queries;
mod sample;
mod save;

use actix_web::web;

pub use sample::sweep;

/// The routes. They stand before those of imports: `/imports/{id}` would take the first of them.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/imports/mappings", web::get().to(handlers::list))
        .route("/imports/mappings", web::post().to(handlers::begin))
        .route("/imports/mappings.csv", web::get().to(handlers::download))
        .route("/imports/mappings/new", web::get().to(handlers::new))
        .route("/imports/mappings/drafts/{id}", web::get().to(handlers::draft))
        .route("/imports/mappings/drafts/{id}", web::post().to(handlers::edit))
        .route("/imports/mappings/drafts/{id}/sample", web::post().to(handlers::give_sample))
        .route("/imports/mappings/{id}", web::get().to(handlers::source));
}

//! Imports: from what `ingest` reads to rows behind the gate, by upload or from the command line. `ids` names the
//! rows, `chunks` encodes, `run` stores; `spool` keeps an upload encrypted until `jobs` takes it; `command` is the command line.

mod chunks;
mod command;
mod export;
mod filter;
mod handlers;
mod ids;
mod jobs;
mod queries;
mod repeats;
mod run;
mod stream;
mod submit;
mod upload;
mod views;
mod withdraw;

use actix_web::web;

pub use command::{ImportError, RejectLine, Report, import_files};
pub use jobs::{perform, tidy};
pub use run::{AfterBatch, Progress, RunError};
pub use stream::{NoStream, StreamError, StreamSource, TakenOver, import_stream, stream_source};
pub use withdraw::perform_withdrawal;

use crate::spool;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/imports", web::get().to(handlers::list::page))
        .route("/imports", web::post().to(handlers::create))
        .route("/imports.csv", web::get().to(handlers::list::download))
        .route("/imports/new", web::get().to(handlers::form))
        .route("/imports/{id}", web::get().to(handlers::report))
        .route("/imports/{id}/progress", web::get().to(handlers::report))
        .route("/imports/{id}/retry", web::post().to(handlers::retry::retry))
        .route("/imports/{id}/withdraw", web::get().to(handlers::withdraw::confirm))
        .route("/imports/{id}/withdraw", web::post().to(handlers::withdraw::withdraw));
}

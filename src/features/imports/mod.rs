//! Imports: from a delimited export of the EHR to rows behind the gate, by upload or from the command line. `reader`
//! splits, `canonical` translates, `ids` names, `chunks` encodes, `run` stores; `spool` keeps an upload encrypted until
//! `jobs` takes it; `command` is the command line.

mod canonical;
mod chunks;
mod command;
mod handlers;
mod ids;
mod jobs;
mod lookup;
mod mapping;
mod presets;
mod queries;
mod reader;
mod repeats;
mod run;
mod spool;
mod submit;
mod text;
mod upload;
mod views;
mod words;

use actix_web::web;

pub use canonical::HeaderProblem;
pub use command::{ImportError, RejectLine, Report, import_files};
pub use jobs::run_jobs;
pub use mapping::{Spec, SpecProblem};
pub use presets::{EPIC_ACCESS_LOG, epic_access_log};
pub use run::{AfterBatch, Progress, RunError};
pub use text::normalise;
pub use words::{ACCESS_REASONS, ACCESS_TYPES, ACTOR_KINDS, Failure, Field, OUTCOMES, RESOURCE_TYPES, Reason};

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/imports", web::get().to(handlers::list))
        .route("/imports", web::post().to(handlers::create))
        .route("/imports/new", web::get().to(handlers::form))
        .route("/imports/{id}", web::get().to(handlers::report));
}

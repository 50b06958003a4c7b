//! The demo: a small hospital group on a private Postgres, its access log of the last sixty days brought in by the real
//! importer, on loopback only. Demo accounts and their password exist here and nowhere else.

pub mod activity;
mod asked;
mod names;
pub mod organisation;
mod past;
mod second;
pub mod seed;
mod start;

pub use start::{Options, StartError, fill, run};

/// The password of every demo account.
pub const PASSWORD: &str = "privacy-office-demo";

/// The demo's source system, as its exports name it.
pub const SOURCE: &str = "Northfield Epic";

/// The demo's second source, whose logins nobody has matched yet.
pub const ARCHIVE: &str = "Northfield Image Archive";

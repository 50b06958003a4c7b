//! The only door to Postgres.
//!
//! To reach a row a handler declares an intent ([`Actor::does`]); opening it writes the audit event, and the database
//! itself refuses rows to a transaction without one. A read's event is committed before its first row is read, a write's
//! stands in the write's own transaction. There is no other way to a connection: the pools are private to this module.
// The belts of clippy.toml forbid these types everywhere else.
#![allow(clippy::disallowed_types)]

mod actor;
mod compose;
mod door;
mod export;
pub mod install;
mod second_step;
mod sessions;
mod strangers;
mod tx;
pub mod vocabulary;
mod worker;

pub use actor::{Actor, Client, Identity, Intent};
pub use compose::compose;
pub use door::Db;
pub use export::{Export, ExportRow, RowSource, Rows};
pub use second_step::{HalfSession, Step};
pub use sessions::{Sessions, SignInLookup, Verified};
pub use strangers::{AskedFor, LinkHolder};
pub use tx::{AuditedTx, Frame};
pub use vocabulary::{Code, Outcome};
pub use worker::{Job, StagedChunk, Turn, Worker};

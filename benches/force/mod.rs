//! What is held under force: people who fight over cases while imports and exports run, a ledger of every request and its
//! answer, SIGKILL for the portal and for Postgres, and a comparison of the ledger with what the database then holds. The
//! bench runs it at size, `tests/portal/force.rs` small.
#![allow(dead_code, unused_imports, reason = "the bench and the test each have a use for their part")]

mod client;
mod compare;
mod history;
mod ledger;
mod people;
mod place;

pub use ledger::{Kind, Ledger, Summary};
pub use people::{Crowd, Dice};
pub use place::{Place, Setup};

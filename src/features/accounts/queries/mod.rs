//! The SQL of accounts.

pub mod change;
pub mod command;
pub mod list;
pub mod one;
pub mod rename;
pub mod search;
pub mod sign_ups;

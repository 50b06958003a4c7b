//! The SQL of findings: the list, one finding, opening one, and what is done to it.

pub mod act;
pub mod cases;
pub mod create;
pub mod edit;
pub mod history;
pub mod list;
pub mod one;
pub mod owner;

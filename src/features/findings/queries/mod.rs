//! The SQL of findings: the list, one finding, and opening one.

pub mod create;
pub mod list;
pub mod one;

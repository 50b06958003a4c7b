//! The SQL of complaints: the list, the form, one complaint, and what is done about it.

pub mod act;
pub mod form;
pub mod list;
pub mod page;

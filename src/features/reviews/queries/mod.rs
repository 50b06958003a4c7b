//! The SQL of reviews: the lists, the form, one review, and what is done about it.

pub mod act;
pub mod list;
pub mod page;
pub mod start;
pub mod watch;

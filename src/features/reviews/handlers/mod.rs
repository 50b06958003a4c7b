//! The pages of reviews and of the watch list.

pub mod list;
pub mod page;
pub mod start;
pub mod watch;

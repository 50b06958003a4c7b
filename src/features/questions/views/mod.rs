//! From rows to what the templates show.

pub mod ask;
pub mod own;
pub mod phone;

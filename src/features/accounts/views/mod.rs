//! The pages of accounts as their templates take them.

pub mod create;
pub mod edit;
pub mod link;
pub mod list;
pub mod page;
pub mod sign_up;
pub mod sign_ups;

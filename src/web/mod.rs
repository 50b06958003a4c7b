//! What every feature's pages share: the frame, fragments, errors, forms, CSV, assets, and the checks that stand before
//! any handler.

pub mod assets;
pub mod chrome;
pub mod context;
pub mod csrf;
pub mod csv;
pub mod errors;
pub mod filters;
pub mod flash;
pub mod forms;
pub mod html;
pub mod list;
pub mod paging;
pub mod time;
pub mod unsent;
pub mod upload;

pub use chrome::{Chrome, Place};
pub use forms::Errors;
pub use html::{Hx, Id};

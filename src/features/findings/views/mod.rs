//! How findings are shown.

mod form;
mod list;
mod page;

pub use form::FormPage;
pub use list::{ListPage, Listed};
pub use page::{FindingPage, Shown};

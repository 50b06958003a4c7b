//! How findings are shown.

mod edit;
mod form;
pub mod history;
mod list;
mod page;

pub use edit::{EditPage, LinkPage, UnlinkPage};
pub use form::FormPage;
pub use list::{ListPage, Listed};
pub use page::{FindingPage, Shown, Typed};

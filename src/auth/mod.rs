//! Who is signed in: passwords, the session store, and the extractor that turns a session into an [`Actor`].
//!
//! [`Actor`]: crate::audit::Actor

pub(crate) mod extract;
pub mod half;
pub mod password;
mod store;
pub mod totp;

pub use extract::Visitor;
pub use store::{GRANT, PortalStore, note_attendance, session_middleware};

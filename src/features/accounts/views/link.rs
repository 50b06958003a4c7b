//! A one-time link, shown once.

use askama::Template;
use uuid::Uuid;

use crate::web::Chrome;

/// The page that shows it.
#[derive(Template)]
#[template(path = "accounts/link.html")]
pub struct LinkPage {
    pub chrome: Chrome,
    pub id: Uuid,
    pub name: String,
    pub path: String,
}

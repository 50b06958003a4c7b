//! What the list of logins is narrowed to: which tab, and of which source.

use uuid::Uuid;

use crate::error::AppError;
use crate::web::list::{self, Reader};

/// A tab of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Used while nobody is known to have held it.
    #[default]
    Unmatched,
    /// Held by people.
    Matched,
    /// Held by vendors.
    Vendors,
    /// System accounts.
    System,
}

impl View {
    /// Every tab, in the order of the page.
    pub const ALL: [Self; 4] = [Self::Unmatched, Self::Matched, Self::Vendors, Self::System];

    /// The word in the address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unmatched => "unmatched",
            Self::Matched => "matched",
            Self::Vendors => "vendors",
            Self::System => "system",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unmatched => "Unmatched",
            Self::Matched => "Matched",
            Self::Vendors => "Vendors",
            Self::System => "System accounts",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Which tab.
    pub view: View,
    /// Logins of this source.
    pub source: Option<Uuid>,
    /// The page that begins after this one.
    pub after: Option<Uuid>,
}

impl list::Filter for Filter {
    const PATH: &'static str = "/people/logins";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self {
            view: from.view("view", "View", &View::ALL, View::as_str)?,
            source: from.offered("source", "Source")?,
            after: from.after()?,
        })
    }
}

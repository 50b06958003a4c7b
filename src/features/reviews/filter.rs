//! What the list of reviews is narrowed to, and which of its views is shown; the watch list has a cursor alone.

use uuid::Uuid;

use super::model::{ReviewKind, ReviewState};
use crate::error::AppError;
use crate::web::list::{self, Reader};

/// One of the saved views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Those that go on.
    #[default]
    Open,
    /// Those that go on and that the reader started.
    Mine,
    /// Those that have ended.
    Ended,
}

impl View {
    /// Every view, in the order of the tabs.
    pub const ALL: [Self; 3] = [Self::Open, Self::Mine, Self::Ended];

    /// As the URL has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Mine => "mine",
            Self::Ended => "ended",
        }
    }

    /// As the tab has it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Mine => "Mine",
            Self::Ended => "Ended",
        }
    }

    /// The state that it shows.
    #[must_use]
    pub const fn state(self) -> ReviewState {
        match self {
            Self::Open | Self::Mine => ReviewState::Open,
            Self::Ended => ReviewState::Ended,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Which view.
    pub view: View,
    /// Reviews that began so.
    pub kind: Option<ReviewKind>,
    /// Reviews of this patient's records.
    pub patient: Option<Uuid>,
    /// Reviews of this person's accesses.
    pub person: Option<Uuid>,
    /// After this review.
    pub after: Option<Uuid>,
}

impl Filter {
    /// Whose reviews, if only somebody's.
    #[must_use]
    pub fn starter(&self, reader: Uuid) -> Option<Uuid> {
        (self.view == View::Mine).then_some(reader)
    }
}

impl list::Filter for Filter {
    const PATH: &'static str = "/reviews";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self {
            view: from.view("view", "View", &View::ALL, View::as_str)?,
            kind: from.word("kind", "Kind", ReviewKind::ALL, ReviewKind::as_str, ReviewKind::label)?,
            patient: from.linked("patient", "Patient")?,
            person: from.linked("person", "Person")?,
            after: from.after()?,
        })
    }
}

/// The watch list's page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Watched {
    /// After this patient.
    pub after: Option<Uuid>,
}

impl list::Filter for Watched {
    const PATH: &'static str = "/watch-list";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self { after: from.after()? })
    }
}

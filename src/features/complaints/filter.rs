//! What the list of complaints is narrowed to, and which of its views is shown.

use chrono::NaiveDate;
use uuid::Uuid;

use super::model::{ComplaintDisposition, ComplaintKind};
use crate::error::AppError;
use crate::web::list::{self, Reader};

/// One of the saved views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Those without a disposition.
    #[default]
    Open,
    /// Of these, the reader's own.
    Mine,
    /// Of these, past their due date.
    Late,
    /// Those with one.
    Disposed,
}

impl View {
    /// Every view, in the order of the tabs.
    pub const ALL: [Self; 4] = [Self::Open, Self::Mine, Self::Late, Self::Disposed];

    /// As the URL has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Mine => "mine",
            Self::Late => "late",
            Self::Disposed => "disposed",
        }
    }

    /// As the tab has it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Mine => "Mine",
            Self::Late => "Late",
            Self::Disposed => "Disposed",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Which view.
    pub view: View,
    /// Complaints about this facility.
    pub facility: Option<Uuid>,
    /// Complaints of this kind.
    pub kind: Option<ComplaintKind>,
    /// Complaints that came to this.
    pub disposition: Option<ComplaintDisposition>,
    /// After this complaint.
    pub after: Option<Uuid>,
}

/// A view as the statements take it, for one reader on one day.
#[derive(Debug, Clone, Copy)]
pub struct Narrowed {
    /// The stored state.
    pub state: &'static str,
    /// Only this person's.
    pub owner: Option<Uuid>,
    /// Only those due before this day.
    pub due_before: Option<NaiveDate>,
}

impl list::Filter for Filter {
    const PATH: &'static str = "/complaints";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self {
            view: from.view("view", "View", &View::ALL, View::as_str)?,
            facility: from.facility()?,
            kind: from.word("kind", "Kind", ComplaintKind::ALL, ComplaintKind::as_str, ComplaintKind::label)?,
            disposition: from.word(
                "disposition",
                "Disposition",
                ComplaintDisposition::ALL,
                ComplaintDisposition::as_str,
                ComplaintDisposition::label,
            )?,
            after: from.after()?,
        })
    }
}

impl Filter {
    /// What the view means today for this reader.
    #[must_use]
    pub fn narrowed(&self, reader: Uuid, today: NaiveDate) -> Narrowed {
        Narrowed {
            state: if self.view == View::Disposed { "disposed" } else { "open" },
            owner: (self.view == View::Mine).then_some(reader),
            due_before: (self.view == View::Late).then_some(today),
        }
    }
}

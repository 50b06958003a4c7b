//! What the list of findings is narrowed to, and which of its views is shown.

use chrono::NaiveDate;
use uuid::Uuid;

use super::model::Cursor;
use super::model::status::Status;
use crate::error::AppError;
use crate::web::list::{self, Reader};
use crate::words::Risk;

/// One of the saved views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Not closed.
    #[default]
    Open,
    /// Not closed, and the reader's own.
    Mine,
    /// Not closed, and past their due date.
    Late,
    /// Closed.
    Closed,
}

impl View {
    /// Every view, in the order of the tabs.
    pub const ALL: [Self; 4] = [Self::Open, Self::Mine, Self::Late, Self::Closed];

    /// As the URL has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Mine => "mine",
            Self::Late => "late",
            Self::Closed => "closed",
        }
    }

    /// As the tab has it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Mine => "Mine",
            Self::Late => "Late",
            Self::Closed => "Closed",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Which view.
    pub view: View,
    /// Findings of this facility.
    pub facility: Option<Uuid>,
    /// Findings of this severity.
    pub severity: Option<Risk>,
    /// Findings in this status.
    pub status: Option<Status>,
    /// Findings of this owner.
    pub owner: Option<Uuid>,
    /// After this finding.
    pub after: Option<Cursor>,
}

/// A view as the statements take it, for one reader on one day.
#[derive(Debug, Clone, Copy)]
pub struct Narrowed {
    /// Closed ones, or the others.
    pub closed: bool,
    /// Only the reader's.
    pub reader: Option<Uuid>,
    /// Only those due before this day.
    pub due_before: Option<NaiveDate>,
}

impl list::Filter for Filter {
    const PATH: &'static str = "/findings";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self {
            view: from.view("view", "View", &View::ALL, View::as_str)?,
            facility: from.facility()?,
            severity: from.word("severity", "Severity", Risk::ALL, Risk::as_str, Risk::label)?,
            status: from.word("status", "Status", Status::ALL, Status::as_str, Status::label)?,
            owner: from.offered("owner", "Owner")?,
            after: from.cursor(Cursor::parse)?,
        })
    }
}

impl Filter {
    /// What the view means today for this reader.
    #[must_use]
    pub fn narrowed(&self, reader: Uuid, today: NaiveDate) -> Narrowed {
        Narrowed {
            closed: self.view == View::Closed,
            reader: (self.view == View::Mine).then_some(reader),
            due_before: (self.view == View::Late).then_some(today),
        }
    }
}

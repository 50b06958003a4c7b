//! What the list of findings is narrowed to, and which of its views is shown.

use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::model::{Cursor, STATUSES};
use crate::error::AppError;
use crate::web::filters;
use crate::words::Risk;

/// The query string as it came.
#[derive(Debug, Default, Deserialize)]
pub struct Posted {
    view: Option<String>,
    facility: Option<String>,
    severity: Option<String>,
    status: Option<String>,
    after: Option<String>,
}

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

/// The same, typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Which view.
    pub view: View,
    /// Findings of this facility.
    pub facility: Option<Uuid>,
    /// Findings of this severity.
    pub severity: Option<Risk>,
    /// Findings in this status.
    pub status: Option<&'static str>,
}

/// A view as the statements take it, for one reader on one day.
#[derive(Debug, Clone, Copy)]
pub struct Narrowed {
    /// Closed ones, or the others.
    pub closed: bool,
    /// Only this person's.
    pub owner: Option<Uuid>,
    /// Only those due before this day.
    pub due_before: Option<NaiveDate>,
}

impl Filter {
    /// Reads the query string, and its cursor.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming the field that cannot be read.
    pub fn parse(posted: &Posted) -> Result<(Self, Option<Cursor>), AppError> {
        let view = filters::word("View", posted.view.as_deref(), &View::ALL.map(View::as_str))?;
        let filter = Self {
            view: View::ALL.into_iter().find(|known| Some(known.as_str()) == view).unwrap_or_default(),
            facility: filters::id("Facility", posted.facility.as_deref())?,
            severity: filters::known("Severity", posted.severity.as_deref(), Risk::parse)?,
            status: filters::word("Status", posted.status.as_deref(), &STATUSES.map(|(word, ..)| word))?,
        };
        let after = posted.after.as_deref().filter(|text| !text.is_empty()).map(Cursor::parse).transpose()?;
        Ok((filter, after))
    }

    /// What the view means today for this reader.
    #[must_use]
    pub fn narrowed(&self, reader: Uuid, today: NaiveDate) -> Narrowed {
        Narrowed {
            closed: self.view == View::Closed,
            owner: (self.view == View::Mine).then_some(reader),
            due_before: (self.view == View::Late).then_some(today),
        }
    }

    /// What a URL says of it, by parameter; unset ones are empty.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        vec![
            ("view", if self.view == View::Open { String::new() } else { self.view.as_str().to_owned() }),
            ("facility", self.facility.map(|id| id.to_string()).unwrap_or_default()),
            ("severity", self.severity.map(Risk::as_str).unwrap_or_default().to_owned()),
            ("status", self.status.unwrap_or_default().to_owned()),
        ]
    }

    /// What the trail keeps of it beside an export.
    #[must_use]
    pub fn as_json(&self) -> serde_json::Value {
        self.pairs().into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Posted, View};
    use crate::error::AppError;

    #[test]
    fn the_open_findings_are_the_view_without_a_word() {
        let (filter, after) = Filter::parse(&Posted::default()).expect("empty");
        assert_eq!((filter.view, after), (View::Open, None));
        assert_eq!(filter.as_json().as_object().map(serde_json::Map::len), Some(0));
    }

    #[test]
    fn an_unknown_view_is_refused_by_name() {
        let posted = Posted { view: Some("all".to_owned()), ..Posted::default() };
        assert!(matches!(Filter::parse(&posted), Err(AppError::Invalid(text)) if text.contains("View")));
    }
}

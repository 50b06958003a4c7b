//! Which of one's own questions are listed: those that wait, or those that are over.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::error::AppError;
use crate::web::list::{self, Reader};

/// One of the two views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Waiting for an answer, the first due on top.
    #[default]
    Open,
    /// Answered, withdrawn or no longer needed, the last due on top.
    Past,
}

impl View {
    /// Both, in the order of the tabs.
    pub const ALL: [Self; 2] = [Self::Open, Self::Past];

    /// As the URL has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Past => "past",
        }
    }

    /// As the tab has it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "To answer",
            Self::Past => "Earlier",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Which view.
    pub view: View,
    /// After this question.
    pub after: Option<Cursor>,
}

impl list::Filter for Filter {
    const PATH: &'static str = "/questions";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self { view: from.view("view", "View", &View::ALL, View::as_str)?, after: from.cursor(Cursor::parse)? })
    }
}

/// The last question of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The day its answer is due.
    pub due: NaiveDate,
    /// Its id.
    pub id: Uuid,
}

impl Cursor {
    /// As a URL has it: `2026-11-20.01939c2e…`.
    #[must_use]
    pub fn encode(self) -> String {
        format!("{}.{}", self.due.format("%Y-%m-%d"), self.id.simple())
    }

    fn parse(text: &str) -> Option<Self> {
        let (due, id) = text.split_once('.')?;
        let cursor = Self { due: NaiveDate::parse_from_str(due, "%Y-%m-%d").ok()?, id: Uuid::try_parse(id).ok()? };
        (cursor.encode() == text && text.len() == "2026-11-20.".len() + 32).then_some(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;
    use uuid::Uuid;

    #[test]
    fn a_cursor_comes_back_as_it_went_and_a_forged_one_is_refused() {
        let cursor = Cursor { due: "2026-11-20".parse().expect("a day"), id: Uuid::now_v7() };
        assert_eq!(Cursor::parse(&cursor.encode()), Some(cursor));
        for forged in ["", "2026-11-20", "2026-11-20.x", "12026-11-20.0199c2e0000070008000000000000000", "' OR 1=1"] {
            assert_eq!(Cursor::parse(forged), None, "{forged}");
        }
    }
}

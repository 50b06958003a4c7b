//! What the list of imports is narrowed to.

use uuid::Uuid;

use crate::error::AppError;
use crate::web::list::{self, Reader};

/// How an import stands: its word, what people read, the badge's class and its icon.
pub(super) const STATES: [(&str, &str, &str, &str); 6] = [
    ("waiting", "Waiting", "", "hourglass"),
    ("running", "Running", "low", "progress"),
    ("complete", "Complete", "ok", "circle-check"),
    ("failed", "Failed", "critical", "circle-x"),
    ("withdrawing", "Withdrawing", "low", "progress"),
    ("withdrawn", "Withdrawn", "", "ban"),
];

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Files of this source.
    pub source: Option<Uuid>,
    /// Imports that stand so.
    pub state: Option<&'static str>,
    /// After this import.
    pub after: Option<Uuid>,
}

impl list::Filter for Filter {
    const PATH: &'static str = "/imports";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self {
            source: from.offered("source", "Source")?,
            state: from.one_of("state", "State", &STATES.map(|(word, label, ..)| (word, label)))?,
            after: from.after()?,
        })
    }
}

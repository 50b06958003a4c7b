//! What the list of exports is narrowed to.

use uuid::Uuid;

use super::model::{STATES, lists};
use crate::error::AppError;
use crate::web::filters::Days;
use crate::web::list::{self, Reader};

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Exports of these days, in the organisation's zone.
    pub days: Days,
    /// What this person took.
    pub person: Option<Uuid>,
    /// Files of this list: the action of its export.
    pub list: Option<&'static str>,
    /// Exports that stand so.
    pub state: Option<&'static str>,
    /// After this export.
    pub after: Option<Uuid>,
}

impl list::Filter for Filter {
    const PATH: &'static str = "/exports";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self {
            days: from.days()?,
            person: from.offered("person", "Person")?,
            list: from.one_of("list", "List", &lists())?,
            state: from.one_of("state", "State", &STATES.map(|(word, label, ..)| (word, label)))?,
            after: from.after()?,
        })
    }
}

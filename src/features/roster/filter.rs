//! Which items of a plan are shown.

use serde::Deserialize;

use crate::error::AppError;
use crate::web::filters;
use crate::words::RosterChange;

/// The query string as it came.
#[derive(Debug, Default, Deserialize)]
pub struct PlanQuery {
    change: Option<String>,
    after: Option<String>,
}

impl PlanQuery {
    /// One change, or all but the unchanged; and the item after which the page begins.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming the field that cannot be read.
    pub fn parse(&self) -> Result<(Option<RosterChange>, Option<i32>), AppError> {
        let change = filters::known("Change", self.change.as_deref(), RosterChange::parse)?;
        let after = filters::known("Page", self.after.as_deref(), |text| text.parse::<i32>().ok())?;
        Ok((change, after))
    }
}

//! Which items of a plan are shown.

use serde::Deserialize;

use crate::error::AppError;
use crate::web::filters;
use crate::words::RosterChange;

/// Which lines of a plan are shown, on its page and in its file alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum View {
    /// All but those that say what is recorded already.
    #[default]
    Changes,
    /// Every line.
    Everything,
    /// Those of one kind.
    Of(RosterChange),
}

impl View {
    const EVERYTHING: &str = "all";

    fn parse(word: &str) -> Option<Self> {
        if word == Self::EVERYTHING { Some(Self::Everything) } else { RosterChange::parse(word).map(Self::Of) }
    }

    /// The word in the address; none for what is shown unasked.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Changes => None,
            Self::Everything => Some(Self::EVERYTHING),
            Self::Of(change) => Some(change.as_str()),
        }
    }
}

/// The query string as it came.
#[derive(Debug, Default, Deserialize)]
pub struct PlanQuery {
    change: Option<String>,
    after: Option<String>,
}

impl PlanQuery {
    /// What is shown, and the item after which the page begins.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming the field that cannot be read.
    pub fn parse(&self) -> Result<(View, Option<i32>), AppError> {
        let change = filters::known("Change", self.change.as_deref(), View::parse)?.unwrap_or_default();
        let after = filters::known("Page", self.after.as_deref(), |text| text.parse::<i32>().ok())?;
        Ok((change, after))
    }
}

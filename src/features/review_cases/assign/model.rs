//! Pure rules of assigning: where it leads, and what its form says.

use serde::Deserialize;
use uuid::Uuid;

use crate::words::ReviewState;

impl ReviewState {
    /// Where giving a case to somebody leads, or laying it down. Work that has begun stays begun.
    #[must_use]
    pub const fn assigned(self, to_somebody: bool) -> Option<Self> {
        match (self, to_somebody) {
            (Self::Unassigned | Self::Assigned, true) => Some(Self::Assigned),
            (Self::Assigned, false) => Some(Self::Unassigned),
            (Self::InReview | Self::AwaitingAnswer, _) => Some(self),
            (Self::Unassigned, false) | (Self::AwaitingSecondReview | Self::Closed, _) => None,
        }
    }
}

/// What the form posts.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct AssignForm {
    /// The version of the case the person looked at.
    #[serde(default)]
    pub version: i32,
    /// Whose it becomes; empty for nobody's.
    #[serde(default)]
    pub assignee: String,
    /// Set by the button that needs no choice.
    #[serde(default)]
    pub to_me: String,
    /// Where to go next: a path of the queue.
    #[serde(default)]
    pub next: String,
}

impl AssignForm {
    /// Whose the case is to become, `None` for nobody's; `Err` for what names nobody there is.
    ///
    /// # Errors
    /// The sentence to show beside the field.
    pub fn assignee(&self, me: Uuid) -> Result<Option<Uuid>, &'static str> {
        match (self.to_me.is_empty(), self.assignee.trim()) {
            (false, _) => Ok(Some(me)),
            (true, "") => Ok(None),
            (true, text) => Uuid::try_parse(text).map(Some).map_err(|_| NOT_A_REVIEWER),
        }
    }

    /// The same where nothing is chosen yet when the form is shown: nobody has a word of its own.
    ///
    /// # Errors
    /// The sentence to show beside the field.
    pub fn chosen(&self, me: Uuid) -> Result<Option<Uuid>, &'static str> {
        match (self.to_me.is_empty(), self.assignee.trim()) {
            (true, "") => Err("Choose whose work these cases become"),
            (true, NOBODY) => Ok(None),
            _ => self.assignee(me),
        }
    }
}

/// The word for laying cases down.
pub const NOBODY: &str = "nobody";

/// Why somebody cannot have a case.
pub const NOT_A_REVIEWER: &str = "Choose somebody from the list: others may not review this case";

#[cfg(test)]
mod tests {
    use super::AssignForm;
    use crate::words::ReviewState;
    use uuid::Uuid;

    #[test]
    fn an_assignment_moves_what_nobody_has_begun_and_leaves_the_rest_where_it_stands() {
        use ReviewState::{Assigned, AwaitingAnswer, AwaitingSecondReview, Closed, InReview, Unassigned};
        for (state, given, laid_down) in [
            (Unassigned, Some(Assigned), None),
            (Assigned, Some(Assigned), Some(Unassigned)),
            (InReview, Some(InReview), Some(InReview)),
            (AwaitingAnswer, Some(AwaitingAnswer), Some(AwaitingAnswer)),
            (AwaitingSecondReview, None, None),
            (Closed, None, None),
        ] {
            assert_eq!((state.assigned(true), state.assigned(false)), (given, laid_down), "{state:?}");
        }
    }

    #[test]
    fn a_form_names_somebody_nobody_or_oneself() {
        let (me, other) = (Uuid::now_v7(), Uuid::now_v7());
        let form = |assignee: &str, to_me: &str| AssignForm {
            assignee: assignee.to_owned(),
            to_me: to_me.to_owned(),
            ..AssignForm::default()
        };
        assert_eq!(form(&other.to_string(), "").assignee(me), Ok(Some(other)));
        assert_eq!(form("", "").assignee(me), Ok(None));
        assert_eq!(form(&other.to_string(), "1").assignee(me), Ok(Some(me)));
        assert!(form("Tom", "").assignee(me).is_err());
        assert_eq!((form("nobody", "").chosen(me), form("", "1").chosen(me)), (Ok(None), Ok(Some(me))));
        assert!(form("", "").chosen(me).is_err());
    }
}

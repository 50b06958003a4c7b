//! What the list of accounts is narrowed to.

use serde::Deserialize;
use uuid::Uuid;

use crate::error::AppError;
use crate::policy::Role;
use crate::web::filters;

/// The query string as it came.
#[derive(Debug, Default, Deserialize)]
pub struct Posted {
    role: Option<String>,
    state: Option<String>,
    after: Option<String>,
}

/// Which accounts by their state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// May sign in.
    Active,
    /// May not.
    Inactive,
    /// Something waits for a second person.
    Waiting,
}

impl State {
    /// Every state: value and words.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Active, "active", "Active"),
        (Self::Inactive, "inactive", "Deactivated"),
        (Self::Waiting, "waiting", "Waiting for a second person"),
    ];
}

/// The same, typed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Accounts of this role.
    pub role: Option<Role>,
    /// Accounts in this state.
    pub state: Option<State>,
    /// After this account, in the list's order.
    pub after: Option<Uuid>,
}

impl Filter {
    /// Reads the query string.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming the field that cannot be read.
    pub fn parse(posted: &Posted) -> Result<Self, AppError> {
        let state = filters::word("State", posted.state.as_deref(), &State::ALL.map(|(_, word, _)| word))?;
        Ok(Self {
            role: filters::known("Role", posted.role.as_deref(), Role::parse)?,
            state: State::ALL.into_iter().find(|(_, word, _)| Some(*word) == state).map(|(state, ..)| state),
            after: filters::id("after", posted.after.as_deref())?,
        })
    }

    /// The parameters of its URL.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if let Some(role) = self.role {
            pairs.push(("role", role.as_str().to_owned()));
        }
        if let Some((_, word, _)) = State::ALL.into_iter().find(|(state, ..)| Some(*state) == self.state) {
            pairs.push(("state", word.to_owned()));
        }
        pairs
    }
}

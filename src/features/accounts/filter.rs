//! What the list of accounts is narrowed to.

use uuid::Uuid;

use crate::error::AppError;
use crate::policy::Role;
use crate::web::list::{self, Reader};

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

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Accounts of this role.
    pub role: Option<Role>,
    /// Accounts in this state.
    pub state: Option<State>,
    /// After this account, in the list's order.
    pub after: Option<Uuid>,
}

impl list::Filter for Filter {
    const PATH: &'static str = "/settings/accounts";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        let state = from.one_of("state", "State", &State::ALL.map(|(_, word, label)| (word, label)))?;
        Ok(Self {
            role: from.word("role", "Role", &Role::ALL, Role::as_str, Role::label)?,
            state: State::ALL.into_iter().find(|(_, word, _)| Some(*word) == state).map(|(state, ..)| state),
            after: from.after()?,
        })
    }
}

//! What the list of accounts is narrowed to.

use serde::Deserialize;
use uuid::Uuid;

use crate::error::AppError;
use crate::policy::Role;
use crate::web::forms;
use crate::web::list::{self, Asked, Reader};

/// A search as it is posted: the text, which stays out of every URL, and the filters that go on.
#[derive(Debug, Default, Deserialize)]
pub struct Sought {
    #[serde(default)]
    pub who: String,
    role: Option<String>,
    state: Option<String>,
}

impl Sought {
    /// The filters that go on.
    #[must_use]
    pub fn kept(&self) -> Asked {
        let kept = [("role", &self.role), ("state", &self.state)];
        let named = |(name, value): (&str, &Option<String>)| Some((name.to_owned(), value.clone()?));
        actix_web::web::Query(kept.into_iter().filter_map(named).collect())
    }

    /// The words of a name, in small letters, one line at most.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let line: String = forms::line(&self.who).chars().take(LONGEST).collect();
        line.to_lowercase().split_whitespace().map(ToOwned::to_owned).collect()
    }
}

/// The longest search, in characters.
const LONGEST: usize = 100;

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
    /// What this search of one's own found.
    pub search: Option<Uuid>,
    /// After this account, in the list's order.
    pub after: Option<Uuid>,
}

impl list::Filter for Filter {
    const PATH: &'static str = "/settings/accounts";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        let role = from.word("role", "Role", &Role::ALL, Role::as_str, Role::label)?;
        let state = from.one_of("state", "State", &State::ALL.map(|(_, word, label)| (word, label)))?;
        Ok(Self {
            role,
            state: State::ALL.into_iter().find(|(_, word, _)| Some(*word) == state).map(|(state, ..)| state),
            search: from.linked("search", "Name search")?,
            after: from.after()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Sought;

    #[test]
    fn a_name_is_sought_by_its_words_whatever_their_letters() {
        let words = |text: &str| Sought { who: text.to_owned(), ..Sought::default() }.words();
        assert_eq!(words(" Zellweger\tPHILIPPA "), ["zellweger", "philippa"]);
        assert!(words(" \r\n").is_empty());
        assert_eq!(words(&"x".repeat(300))[0].len(), 100);
    }
}

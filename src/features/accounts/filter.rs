//! What the list of accounts is narrowed to.

use serde::Deserialize;
use uuid::Uuid;

use crate::error::AppError;
use crate::policy::Role;
use crate::web::{filters, forms};

/// The query string as it came.
#[derive(Debug, Default, Deserialize)]
pub struct Posted {
    role: Option<String>,
    state: Option<String>,
    search: Option<String>,
    after: Option<String>,
}

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
    pub fn kept(&self) -> Posted {
        Posted { role: self.role.clone(), state: self.state.clone(), ..Posted::default() }
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
            search: filters::id("Search", posted.search.as_deref())?,
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
        if let Some(search) = self.search {
            pairs.push(("search", search.to_string()));
        }
        pairs
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

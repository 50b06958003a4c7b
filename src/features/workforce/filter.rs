//! What the list of people is narrowed to: ids and closed words only; a name is found through the find box.

use uuid::Uuid;

use crate::error::AppError;
use crate::policy::Role;
use crate::web::list::{self, Reader};

/// Standing as of today, with the words people read.
pub const STANDINGS: [(&str, &str); 4] =
    [("active", "Active"), ("on_leave", "On leave"), ("ended", "Has left"), ("none", "No employment recorded")];

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// People of this facility, now or last.
    pub facility: Option<Uuid>,
    /// People of this department, now or last.
    pub department: Option<Uuid>,
    /// One of [`STANDINGS`].
    pub standing: Option<&'static str>,
    /// People with this portal permission.
    pub role: Option<Role>,
    /// People who never held a login.
    pub unmatched: bool,
    /// After this person.
    pub after: Option<Uuid>,
}

impl list::Filter for Filter {
    const PATH: &'static str = "/people";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self {
            facility: from.facility()?,
            department: from.offered("department", "Department")?,
            standing: from.one_of("standing", "Status today", &STANDINGS)?,
            role: from.word("role", "Portal role", &Role::ALL, Role::as_str, Role::label)?,
            unmatched: from.one_of("login", "EHR logins", &[("none", "None known")])?.is_some(),
            after: from.after()?,
        })
    }
}

//! What the list of people is narrowed to: ids and closed words only; a name is found through the find box.

use serde::Deserialize;
use uuid::Uuid;

use crate::error::AppError;
use crate::policy::Role;
use crate::web::filters;

/// Standing as of today, with the words people read.
pub const STANDINGS: [(&str, &str); 4] =
    [("active", "Active"), ("on_leave", "On leave"), ("ended", "Has left"), ("none", "No employment recorded")];

/// The query string as it came.
#[derive(Debug, Default, Deserialize)]
pub struct Posted {
    facility: Option<String>,
    department: Option<String>,
    standing: Option<String>,
    role: Option<String>,
    login: Option<String>,
    after: Option<String>,
}

/// The same, typed.
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
}

impl Filter {
    /// Reads the query string, and its cursor.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming the field that cannot be read.
    pub fn parse(posted: &Posted) -> Result<(Self, Option<Uuid>), AppError> {
        let filter = Self {
            facility: filters::id("Facility", posted.facility.as_deref())?,
            department: filters::id("Department", posted.department.as_deref())?,
            standing: filters::word("Status", posted.standing.as_deref(), &STANDINGS.map(|(word, _)| word))?,
            role: filters::known("Role", posted.role.as_deref(), Role::parse)?,
            unmatched: filters::word("Login", posted.login.as_deref(), &["none"])?.is_some(),
        };
        Ok((filter, filters::id("Page", posted.after.as_deref())?))
    }

    /// What a URL says of it, by parameter; unset ones are empty.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        vec![
            ("facility", id(self.facility)),
            ("department", id(self.department)),
            ("standing", self.standing.unwrap_or_default().to_owned()),
            ("role", self.role.map(Role::as_str).unwrap_or_default().to_owned()),
            ("login", if self.unmatched { "none" } else { "" }.to_owned()),
        ]
    }

    /// What the trail keeps of it beside an export.
    #[must_use]
    pub fn as_json(&self) -> serde_json::Value {
        self.pairs().into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Posted};
    use crate::error::AppError;

    #[test]
    fn what_cannot_be_read_is_named_and_an_empty_form_is_no_filter() {
        assert_eq!(Filter::parse(&Posted::default()).expect("empty"), (Filter::default(), None));
        let posted = Posted { standing: Some("asleep".to_owned()), ..Posted::default() };
        assert!(matches!(Filter::parse(&posted), Err(AppError::Invalid(text)) if text.contains("Status")));
        let posted = Posted { role: Some("admin".to_owned()), login: Some("none".to_owned()), ..Posted::default() };
        let (filter, _) = Filter::parse(&posted).expect("a filter");
        assert_eq!(filter.as_json(), serde_json::json!({ "role": "admin", "login": "none" }));
    }
}

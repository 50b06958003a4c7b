//! The forms of accounts as they are posted, and what of them can be accepted.

use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::model::{Change, Engagement, Scope};
use crate::error::AppError;
use crate::policy::Role;
use crate::web::{Errors, filters, forms};
use crate::words::ChangeKind;

/// A change as its form posts it: fields that repeat are facilities.
pub struct PostedChange {
    /// Which form.
    pub kind: ChangeKind,
    /// What was typed, to show it again.
    pub typed: Typed,
}

/// The fields of the change forms.
#[derive(Default, Clone)]
pub struct Typed {
    pub role: String,
    pub all: bool,
    pub facilities: Vec<Uuid>,
    pub starts_on: String,
    pub ends_on: String,
    pub period_from: String,
    pub period_to: String,
    pub full: bool,
}

impl PostedChange {
    /// Reads the fields.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when the form's own fields are damaged.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, AppError> {
        let damaged =
            || AppError::Invalid("The form is incomplete. Open the account again and send it from there.".to_owned());
        let field = |name: &str| {
            pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let ids = pairs.iter().filter(|(name, _)| name == "facility").map(|(_, id)| Uuid::try_parse(id));
        Ok(Self {
            kind: ChangeKind::parse(&field("kind")).ok_or_else(damaged)?,
            typed: Typed {
                role: field("role"),
                all: field("all") == "true",
                facilities: ids.collect::<Result<_, _>>().map_err(|_| damaged())?,
                starts_on: field("starts_on"),
                ends_on: field("ends_on"),
                period_from: field("period_from"),
                period_to: field("period_to"),
                full: field("full") == "true",
            },
        })
    }

    /// What it asks for.
    ///
    /// # Errors
    /// The fields that cannot be accepted.
    pub fn check(&self, today: NaiveDate) -> Result<Change, Errors> {
        let typed = &self.typed;
        let scope = Scope { all: typed.all, facilities: if typed.all { Vec::new() } else { typed.facilities.clone() } };
        match self.kind {
            ChangeKind::Role => match Role::parse(&typed.role) {
                Some(Role::FieldStaff) => Ok(Change::Lower),
                Some(Role::Coordinator) => Ok(Change::Role(Role::Coordinator, scope)),
                Some(role) => Ok(Change::Role(role, Scope::default())),
                None => Err(wrong("role", "Choose a role.")),
            },
            ChangeKind::Scope => Ok(Change::Scope(scope)),
            ChangeKind::FactorReset => Ok(Change::FactorReset),
            ChangeKind::PasswordReset => Ok(Change::PasswordReset),
            ChangeKind::Engagement => typed.engagement(today).and_then(|engagement| {
                if scope.all || !scope.facilities.is_empty() {
                    Ok(Change::Engagement(engagement, scope))
                } else {
                    Err(wrong("engagement-all", "Choose facilities, or all of them."))
                }
            }),
        }
    }
}

impl Typed {
    fn engagement(&self, today: NaiveDate) -> Result<Engagement, Errors> {
        let mut errors = Errors::new();
        let mut day = |field: &'static str, text: &str| {
            let read = filters::day(field, Some(text)).ok().flatten();
            if read.is_none() {
                errors.add(field, "Type a date such as 2026-11-14.");
            }
            read.unwrap_or(today)
        };
        let engagement = Engagement {
            starts_on: day("starts_on", &self.starts_on),
            ends_on: day("ends_on", &self.ends_on),
            period_from: day("period_from", &self.period_from),
            period_to: day("period_to", &self.period_to),
            full_patient_ids: self.full,
        };
        if errors.is_empty() && (engagement.ends_on < engagement.starts_on || engagement.ends_on < today) {
            errors.add("ends_on", "The last day is today or later, and not before the first.");
        }
        if errors.is_empty() && engagement.period_to < engagement.period_from {
            errors.add("period_to", "The period ends before it begins.");
        }
        if errors.is_empty() { Ok(engagement) } else { Err(errors) }
    }
}

fn wrong(field: &'static str, sentence: &str) -> Errors {
    let mut errors = Errors::new();
    errors.add(field, sentence);
    errors
}

fn check_name(errors: &mut Errors, name: &str) {
    if !(1..=200).contains(&name.chars().count()) {
        errors.add("full_name", "Type the name as colleagues know it.");
    }
}

fn check_email(errors: &mut Errors, email: &str) {
    if !forms::is_email(email) {
        errors.add("email", "Type a work e-mail address, such as name@hospital.example.");
    }
}

fn check_username(errors: &mut Errors, username: &str) {
    if !forms::is_username(username) {
        errors.add("username", "Use 2 to 64 letters, digits, dots, dashes or underscores.");
    }
}

/// Who somebody is, as an administrator corrects it.
#[derive(Deserialize, Default)]
pub struct DetailsForm {
    #[serde(default)]
    pub full_name: String,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub username: String,
    /// What the form began with.
    #[serde(default)]
    pub version: i32,
}

impl DetailsForm {
    /// The same with its lines tidied.
    #[must_use]
    pub fn tidied(self) -> Self {
        Self {
            full_name: forms::line(&self.full_name),
            email: forms::line(&self.email),
            username: forms::line(&self.username),
            version: self.version,
        }
    }

    /// What cannot be accepted, field by field.
    #[must_use]
    pub fn check(&self) -> Errors {
        let mut errors = Errors::new();
        check_name(&mut errors, &self.full_name);
        check_email(&mut errors, &self.email);
        check_username(&mut errors, &self.username);
        errors
    }
}

/// A new account, or the person of the roster it is for.
#[derive(Deserialize, Default)]
pub struct NewAccountForm {
    #[serde(default)]
    pub full_name: String,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub employee_number: String,
    #[serde(default)]
    pub username: String,
    /// Of the roster, once the form has shown who matches.
    #[serde(default)]
    pub person: String,
}

impl NewAccountForm {
    /// The same with its lines tidied.
    #[must_use]
    pub fn tidied(self) -> Self {
        Self {
            full_name: forms::line(&self.full_name),
            email: forms::line(&self.email),
            employee_number: forms::line(&self.employee_number),
            username: forms::line(&self.username),
            person: self.person,
        }
    }

    /// What cannot be accepted, field by field.
    #[must_use]
    pub fn check(&self) -> Errors {
        let mut errors = Errors::new();
        check_name(&mut errors, &self.full_name);
        check_email(&mut errors, &self.email);
        if self.employee_number.chars().count() > 60 {
            errors.add("employee_number", "An employee number has at most 60 characters.");
        }
        check_username(&mut errors, &self.username);
        errors
    }

    /// The employee number, if there is one.
    #[must_use]
    pub fn number(&self) -> Option<&str> {
        Some(self.employee_number.as_str()).filter(|number| !number.is_empty())
    }
}

//! What the form asks, and what of it can be accepted. Nothing here looks into the database: a form that told a taken name
//! from a free one would tell a stranger who works here.

use serde::Deserialize;

use crate::auth::password;
use crate::web::{Errors, forms};

/// What the form posts.
#[derive(Deserialize, Default)]
pub struct Posted {
    #[serde(default)]
    pub full_name: String,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub employee_number: String,
    #[serde(default)]
    pub username: String,
    #[serde(default)]
    pub password: String,
    #[serde(default)]
    pub password_again: String,
}

impl Posted {
    /// The same with its lines tidied; passwords stay as they were typed.
    #[must_use]
    pub fn tidied(self) -> Self {
        Self {
            full_name: forms::line(&self.full_name),
            email: forms::line(&self.email),
            employee_number: forms::line(&self.employee_number),
            username: forms::line(&self.username),
            ..self
        }
    }

    /// What cannot be accepted, field by field, and whether the password is the only thing.
    #[must_use]
    pub fn check(&self) -> (Errors, bool) {
        let mut errors = Errors::new();
        if !(1..=200).contains(&self.full_name.chars().count()) {
            errors.add("full_name", "Type your name as colleagues know it.");
        }
        if !forms::is_email(&self.email) {
            errors.add("email", "Type your work e-mail address, such as name@hospital.example.");
        }
        if self.employee_number.chars().count() > 60 {
            errors.add("employee_number", "An employee number has at most 60 characters.");
        }
        if !forms::is_username(&self.username) {
            errors.add("username", "Use 2 to 64 letters, digits, dots, dashes or underscores.");
        }
        let others_fit = errors.is_empty();
        let own = [&*self.full_name, &*self.email, &*self.employee_number, &*self.username];
        if let Some(sentence) = password::weakness(&self.password, &own) {
            errors.add("password", sentence);
        } else if self.password != self.password_again {
            errors.add("password_again", "The two passwords differ. Type the same one twice.");
        }
        (errors, others_fit)
    }
}

#[cfg(test)]
mod tests {
    use super::Posted;

    fn posted() -> Posted {
        Posted {
            full_name: "Ada Byrne".into(),
            email: "ada@cedar.example".into(),
            username: "ada.byrne".into(),
            password: "quorum lantern oboe fjord".into(),
            password_again: "quorum lantern oboe fjord".into(),
            ..Posted::default()
        }
    }

    #[test]
    fn each_field_that_does_not_fit_is_named() {
        assert!(posted().check().0.is_empty());
        for (wrong, field) in [
            (Posted { full_name: String::new(), ..posted() }, "full_name"),
            (Posted { email: "ada at cedar".into(), ..posted() }, "email"),
            (Posted { username: "Ada Byrne".into(), ..posted() }, "username"),
            (Posted { password: "Ada Byrne 1985".into(), ..posted() }, "password"),
            (Posted { password_again: "another".into(), ..posted() }, "password_again"),
        ] {
            let (errors, _) = wrong.check();
            assert_eq!(errors.iter().map(|(name, _)| name).collect::<Vec<_>>(), [field]);
        }
    }
}

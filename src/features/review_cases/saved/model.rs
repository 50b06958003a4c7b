//! Pure rules of saved views: what a name can be, and how many there may be.

use serde::Deserialize;

use crate::web::{Errors, forms};

/// The most views of one's own, and the most that are shared.
pub const MOST: usize = 20;

/// The longest name, in characters.
const LONGEST: usize = 40;

/// What the form posts.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ViewForm {
    /// What to call the view.
    #[serde(default)]
    pub name: String,
    /// Whether everybody who sees the queue has it.
    #[serde(default)]
    pub shared: String,
}

impl ViewForm {
    /// Of a form that has other fields beside these.
    #[must_use]
    pub fn of(pairs: &[(String, String)]) -> Self {
        let field = |name: &str| {
            pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Self { name: field("name"), shared: field("shared") }
    }

    /// Whether it is to be shared.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        !self.shared.is_empty()
    }

    /// The name, tidied.
    ///
    /// # Errors
    /// The sentence to show beside the field.
    pub fn check(&self) -> Result<String, Errors> {
        let name = forms::line(&self.name);
        let mut errors = Errors::new();
        match name.chars().count() {
            0 => errors.add("name", "Give the view a name"),
            1..=LONGEST => return Ok(name),
            _ => errors.add("name", format!("Shorten the name to {LONGEST} characters")),
        }
        Err(errors)
    }
}

#[cfg(test)]
mod tests {
    use super::ViewForm;

    #[test]
    fn a_name_is_one_line_of_forty_characters_at_most() {
        let named = |name: &str| ViewForm { name: name.to_owned(), ..ViewForm::default() }.check();
        assert_eq!(named("  Worst of\tCedar ").expect("fits"), "Worst of Cedar");
        assert_eq!(named(&"é".repeat(40)).expect("fits").chars().count(), 40);
        assert!(named(" \n ").is_err() && named(&"x".repeat(41)).is_err());
    }
}

//! What came back from a form: errors by field, in the order of the form.

/// The errors of one form.
#[derive(Debug, Default, Clone)]
pub struct Errors(Vec<(&'static str, String)>);

impl Errors {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a sentence to a field; the field `""` is the form as a whole.
    pub fn add(&mut self, field: &'static str, message: impl Into<String>) {
        self.0.push((field, message.into()));
    }

    /// The first error of a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, message)| message.as_str())
    }

    /// Whether the form can be accepted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Field and message, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, message)| (*field, message.as_str()))
    }
}

/// Tidies what a person typed in one line: a line break, or any other control character, is a space between words.
#[must_use]
pub fn line(text: &str) -> String {
    text.split(char::is_control).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether a text has the shape of an e-mail address; only a letter sent there would prove one.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let (name, host) = text.split_once('@').unwrap_or_default();
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c == '@' || c.is_whitespace());
    text.len() <= 254 && plain(name) && plain(host) && host.contains('.')
}

/// Whether a text can be a user name.
#[must_use]
pub fn is_username(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (2..=64).contains(&text.len()) && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::{is_email, is_username, line};

    #[test]
    fn an_address_and_a_user_name_have_their_shapes() {
        for (text, email, username) in [
            ("ada@cedar.example", true, false),
            ("ada.byrne", false, true),
            ("ada byrne@cedar.example", false, false),
            ("@cedar.example", false, false),
            ("a", false, false),
        ] {
            assert_eq!((is_email(text), is_username(text)), (email, username), "{text}");
        }
    }

    #[test]
    fn lines_become_one_line_and_words_stay_apart() {
        assert_eq!(line("  Was on the\r\nconsult list.\n"), "Was on the consult list.");
        assert_eq!(line("a\tb\0c"), "a b c");
        assert_eq!(line(" \r\n "), "");
    }
}

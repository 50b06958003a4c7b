//! What a plan says of the lines that cannot be read. Whose number still can be read is in the file; a line without one may be
//! anybody's, so that nobody is taken to be missing as long as there is one.

use crate::ingest::words::{Field, Reason};

/// How many lines a sentence names.
pub const NAMED: usize = 5;

/// Why a line cannot be read, such as "The line cannot be read. Day of hire: The day is not written as the mapping says".
#[must_use]
pub fn why(label: &str, field: Option<&str>, reason: Option<&str>) -> String {
    match (field, reason) {
        (_, None) => label.to_owned(),
        (None, Some(reason)) => format!("{label}. {}", Reason::label_of(reason)),
        (Some(field), Some(reason)) => format!("{label}. {}: {}", Field::label_of(field), Reason::label_of(reason)),
    }
}

/// Why nobody missing from a file is known to be, where these are its lines without a number; nothing where there are none.
#[must_use]
pub fn in_the_way(lines: &[i64]) -> Option<String> {
    let named: Vec<_> = lines.iter().take(NAMED).map(ToString::to_string).collect();
    let (subject, place) = match &named[..] {
        [] => return None,
        [one] => (format!("Line {one} has"), "it"),
        _ if lines.len() > NAMED => (format!("Lines {} and others have", named.join(", ")), "one of them"),
        [first @ .., last] => (format!("Lines {} and {last} have", first.join(", ")), "one of them"),
    };
    Some(format!(
        "{subject} no employee number that can be read, and somebody who seems missing may stand on {place}. Mend the file \
         and import it again to say that people missing from it have left"
    ))
}

#[cfg(test)]
mod tests {
    use super::{in_the_way, why};

    #[test]
    fn a_sentence_names_the_first_lines() {
        let begins = |lines: &[i64], text: &str| in_the_way(lines).is_some_and(|said| said.starts_with(text));
        assert_eq!(in_the_way(&[]), None);
        assert!(begins(&[4], "Line 4 has no employee number"));
        assert!(begins(&[4, 7], "Lines 4 and 7 have"));
        assert!(begins(&[4, 7, 9, 10, 11], "Lines 4, 7, 9, 10 and 11 have"));
        assert!(begins(&[4, 7, 9, 10, 11, 12], "Lines 4, 7, 9, 10, 11 and others have"));
    }

    #[test]
    fn a_line_says_why_as_far_as_that_is_kept() {
        assert_eq!(why("No", None, None), "No");
        assert_eq!(why("No", None, Some("wrong_column_count")), "No. More or fewer columns than the header");
        assert_eq!(
            why("No", Some("hired_on"), Some("unreadable_day")),
            "No. Day of hire: The day is not written as the mapping says"
        );
    }
}

//! What a field's text is made of, and what it may not be.

use super::words::Reason;

/// The longest field, in characters.
pub const FIELD_CHARS: usize = 2000;
/// The longest id, in characters.
pub const ID_CHARS: usize = 200;

/// Lower case, letters and digits alone, one space between words: `12 Main St.` and `12  MAIN ST` are the same address.
#[must_use]
pub fn normalise(text: &str) -> String {
    let plain: String = text.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A field's text: trimmed, control characters as spaces; empty is none.
///
/// # Errors
/// When it is not text, or longer than `limit` characters.
pub fn clean(bytes: &[u8], limit: usize) -> Result<Option<String>, Reason> {
    let text = std::str::from_utf8(bytes).map_err(|_| Reason::NotUnicode)?.trim();
    if text.chars().nth(limit).is_some() {
        return Err(Reason::TooLong);
    }
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Ok((!text.is_empty()).then_some(text))
}

/// `1.23E+09`: several people would share it.
#[must_use]
pub fn rounded(id: &str) -> bool {
    let Some((digits, exponent)) = id.to_ascii_uppercase().split_once("E+").map(|(a, b)| (a.to_owned(), b.to_owned()))
    else {
        return false;
    };
    digits.parse::<f64>().is_ok() && !exponent.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number as wide as the source writes it: a spreadsheet eats leading zeros. What is no number stays as it is.
#[must_use]
pub fn pad(id: &str, width: usize) -> String {
    if id.bytes().all(|byte| byte.is_ascii_digit()) { format!("{id:0>width$}") } else { id.to_owned() }
}

/// The last four characters of an id, if it has more than four.
#[must_use]
pub fn masked(id: &str) -> String {
    let all: Vec<char> = id.chars().collect();
    let shown: String = if all.len() > 4 { all[all.len() - 4..].iter().collect() } else { String::new() };
    format!("••••{shown}")
}

#[cfg(test)]
mod tests {
    use super::{masked, normalise, pad, rounded};

    #[test]
    fn eaten_zeros_come_back_to_numbers_alone() {
        assert_eq!([pad("4711", 8), pad("123456789", 8), pad("A4711", 8)], ["00004711", "123456789", "A4711"]);
    }

    #[test]
    fn a_masked_id_shows_four_characters_of_a_long_one_and_none_of_a_short_one() {
        assert_eq!([masked("MRN-12345"), masked("1234")], ["••••2345", "••••"]);
    }

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        assert_eq!(normalise(" 12  MAIN St.,\tSpringfield "), normalise("12 Main St Springfield"));
    }

    #[test]
    fn only_a_number_with_an_exponent_was_rounded() {
        assert!(rounded("1.23E+09") && rounded("5e+12"));
        assert!(!rounded("E+09") && !rounded("1.23E+") && !rounded("12345") && !rounded("A1E+09"));
    }
}

//! How a share is said: small numbers as they are, a percentage only where there is enough to speak of one.

/// From how many on a share is also said in percent.
const ENOUGH: i64 = 10;

/// `none yet`, `3 of 4`, `38 of 40 (95 %)`.
#[must_use]
pub fn share(agreed: i64, of: i64) -> String {
    match of {
        0 => "none yet".to_owned(),
        of if of < ENOUGH => format!("{agreed} of {of}"),
        of => format!("{agreed} of {of} ({} %)", (agreed * 100 + of / 2) / of),
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn small_numbers_are_said_as_they_are_and_larger_ones_with_their_share() {
        for (agreed, of, said) in [
            (0, 0, "none yet"),
            (3, 4, "3 of 4"),
            (9, 9, "9 of 9"),
            (9, 10, "9 of 10 (90 %)"),
            (38, 40, "38 of 40 (95 %)"),
            (2, 3000, "2 of 3000 (0 %)"),
        ] {
            assert_eq!(share(agreed, of), said);
        }
    }
}

//! What can be in the way of naming somebody, as the form says it.

/// The field and the sentence of a word of `portal.name_alternate`.
#[must_use]
pub fn refusal(word: &str) -> (&'static str, &'static str) {
    match word {
        "manager" => ("manager", "Choose a manager who is active"),
        "oneself" => ("alternate", "Nobody stands in for themselves: choose somebody else"),
        "near" => (
            "alternate",
            "This person reports to the manager or shares a household with them, and is kept from the same cases: choose somebody else",
        ),
        "facilities" => ("alternate", "This coordinator does not see every facility: choose one who does"),
        "named_oneself" => ("alternate", "Nobody names themselves: another manager names you"),
        "named_by" => ("alternate", "A manager names a manager; a coordinator is named by an administrator"),
        _ => (
            "alternate",
            "Choose another manager; a coordinator stands in only where there is one manager, named by an administrator",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn every_word_has_a_sentence_of_its_own() {
        let words = ["manager", "oneself", "near", "facilities", "named_oneself", "named_by", "role"];
        let mut said: Vec<_> = words.iter().map(|word| refusal(word).1).collect();
        said.sort_unstable();
        said.dedup();
        assert_eq!(said.len(), words.len());
    }
}

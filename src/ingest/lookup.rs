//! The source's words looked up in a mapping's table, whatever their case.

use super::mapping::{Filled, WordTable};
use super::reader::Record;
use super::text::{FIELD_CHARS, clean};
use super::words::Reason;

/// A word table, found in one file's columns.
#[derive(Debug, Clone)]
pub struct Lookup {
    columns: Vec<usize>,
    overrides: Vec<(String, String)>,
    words: Vec<(String, String)>,
    otherwise: String,
    empty: String,
    drop_word: bool,
    filled: Vec<(usize, Filled)>,
}

impl Lookup {
    /// A table whose words stand in these columns.
    #[must_use]
    pub fn new(table: &WordTable, columns: Vec<usize>) -> Self {
        let lower = |rules: &[(String, String)]| {
            rules.iter().map(|(theirs, ours)| (theirs.to_lowercase(), ours.clone())).collect()
        };
        Self {
            columns,
            overrides: lower(&table.overrides),
            words: lower(&table.words),
            otherwise: table.otherwise.clone(),
            empty: table.empty.clone(),
            drop_word: table.drop_word,
            filled: Vec::new(),
        }
    }

    /// With the columns that change a meaning by being filled, where a file has them.
    #[must_use]
    pub fn with_filled(self, filled: Vec<(usize, Filled)>) -> Self {
        Self { filled, ..self }
    }

    /// The words that stand in a record, the first filled column's first.
    ///
    /// # Errors
    /// When one is no text, or too long.
    pub fn said(&self, record: &Record) -> Result<Vec<String>, Reason> {
        let mut said = Vec::with_capacity(2);
        for &at in &self.columns {
            said.extend(clean(record.field(at), FIELD_CHARS)?);
        }
        Ok(said)
    }

    /// Our word, and the source's own, if it may be kept: the first filled column's.
    ///
    /// # Errors
    /// When one is no text, or too long.
    pub fn of(&self, record: &Record) -> Result<(String, Option<String>), Reason> {
        let mut said = self.said(record)?;
        let mut ours = self.meaning(&said).to_owned();
        for (at, rule) in &self.filled {
            if rule.instead_of.contains(&ours) && clean(record.field(*at), FIELD_CHARS)?.is_some() {
                ours.clone_from(&rule.ours);
            }
        }
        let kept = !self.drop_word && !said.is_empty();
        Ok((ours, kept.then(|| said.swap_remove(0))))
    }

    /// Our word for what a source says in one record; nothing said is the empty word.
    #[must_use]
    pub fn meaning(&self, said: &[String]) -> &str {
        let lower: Vec<_> = said.iter().map(|word| word.to_lowercase()).collect();
        let Some(first) = lower.first() else { return &self.empty };
        let anywhere = self.overrides.iter().find(|(rule, _)| lower.iter().any(|word| matches(rule, word)));
        let of_first = || self.words.iter().find(|(rule, _)| matches(rule, first));
        anywhere.or_else(of_first).map_or(&self.otherwise, |(_, ours)| ours)
    }
}

/// Whether a word fits a rule in which `*` stands for any text.
fn matches(rule: &str, word: &str) -> bool {
    let mut parts = rule.split('*');
    let Some(mut rest) = parts.next().and_then(|start| word.strip_prefix(start)) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((end, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_text_and_nothing_else_does() {
        assert!(matches("view", "view") && !matches("view", "views") && !matches("view", "preview"));
        assert!(
            matches("*lookup*", "patient lookup") && matches("*lookup*", "lookup") && !matches("*lookup*", "look up")
        );
        assert!(matches("break*glass", "break-the-glass") && matches("*", "") && matches("chart*", "chart review"));
        assert!(!matches("ab*ba", "aba"), "start and end do not overlap");
    }
}

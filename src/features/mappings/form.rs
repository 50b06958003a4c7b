//! The editor's fields as they are posted, put onto the mapping that the draft began with. Pure: what they say is checked
//! by the mapping itself.

use std::collections::BTreeMap;

use crate::ingest::encoding::Encoding;
use crate::ingest::header::HeaderProblem;
use crate::ingest::lookup::Lookup;
use crate::ingest::mapping::{Separator, SpecProblem, WIDEST_PAD, WordTable};
use crate::ingest::targets::{Shape, TableRule};
use crate::ingest::words::Field;
use crate::ingest::{Spec, targets::Target};
use crate::web::Errors;
use crate::web::forms::line;

/// The fields of one post.
pub struct Posted(Vec<(String, String)>);

impl Posted {
    /// Of a form.
    pub const fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// Whether it asks to be saved, rather than shown again.
    pub fn saves(&self) -> bool {
        self.one("do") == Some("save")
    }

    /// The version it is to become.
    pub fn version(&self) -> Option<i32> {
        self.one("version").and_then(|text| text.parse().ok())
    }

    /// The notation that was typed, whether or not it was chosen.
    pub fn own_notation(&self) -> Option<String> {
        self.one("own_format").map(line)
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every filled value of a name, in order, each once.
    fn filled(&self, name: &str) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for (_, value) in self.0.iter().filter(|(known, value)| known == name && !value.trim().is_empty()) {
            if !all.contains(value) {
                all.push(value.clone());
            }
        }
        all
    }

    fn every(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The mapping that these fields say.
    pub fn onto(&self, base: &Spec) -> Spec {
        let mut spec = base.clone();
        let text = |name: &str, old: &str| self.one(name).map_or_else(|| old.to_owned(), line);
        spec.time_zone = text("time_zone", &base.time_zone);
        spec.actor_kind = text("actor_kind", &base.actor_kind);
        spec.time_format = match self.one("time_format") {
            None => base.time_format.clone(),
            Some("own") => text("own_format", ""),
            Some(known) => known.to_owned(),
        };
        let named = |word: &str, all: &[Encoding]| all.iter().copied().find(|item| item.as_str() == word);
        spec.encoding = self.one("encoding").and_then(|word| named(word, &Encoding::ALL)).unwrap_or(base.encoding);
        spec.separator = self
            .one("separator")
            .and_then(|word| Separator::ALL.into_iter().find(|item| item.as_str() == word))
            .unwrap_or(base.separator);
        (spec.columns, spec.pad) = (BTreeMap::new(), BTreeMap::new());
        for rule in base.target.fields() {
            let key = rule.field.as_str();
            let columns = self.filled(key);
            if !columns.is_empty() {
                spec.columns.insert(key.to_owned(), columns);
            }
            let width = self.one(&format!("{key}-pad")).and_then(|text| text.trim().parse().ok());
            if let Some(width) = width.filter(|&width: &usize| width > 0 && rule.shape == Shape::Id) {
                spec.pad.insert(key.to_owned(), width);
            }
        }
        spec.words = base.target.tables().iter().filter_map(|rule| self.table(rule, base)).collect();
        spec
    }

    /// A table of words: its columns, what is not said, and the words that mean something else than its rules say.
    fn table(&self, rule: &TableRule, base: &Spec) -> Option<(String, WordTable)> {
        let key = rule.field.as_str();
        let silent = || WordTable {
            columns: Vec::new(),
            overrides: Vec::new(),
            words: Vec::new(),
            otherwise: rule.silent.to_owned(),
            empty: rule.silent.to_owned(),
            drop_word: false,
            filled: Vec::new(),
        };
        let mut table = base.words.get(key).cloned().unwrap_or_else(silent);
        table.columns = self.filled(key);
        let chosen = |name: &str, old: &str| self.one(&format!("{key}-{name}")).unwrap_or(old).to_owned();
        (table.otherwise, table.empty) = (chosen("otherwise", &table.otherwise), chosen("empty", &table.empty));
        // the words belong to the columns they were shown for
        if self.one(&format!("{key}-was")) == Some(table.columns.join("\n").as_str()) {
            let theirs: Vec<_> = self.every(&format!("{key}-theirs")).collect();
            for (theirs, ours) in theirs.into_iter().zip(self.every(&format!("{key}-ours"))) {
                if Lookup::new(&table, Vec::new()).meaning(&[theirs.to_owned()]) != ours && !theirs.contains('*') {
                    set(&mut table, theirs, ours);
                }
            }
        }
        let says_nothing = table.columns.is_empty() && table.empty == rule.silent && !base.words.contains_key(key);
        (!says_nothing).then(|| (key.to_owned(), table))
    }
}

/// Makes a word mean ours, before every rule that says otherwise.
fn set(table: &mut WordTable, theirs: &str, ours: &str) {
    for list in [&mut table.overrides, &mut table.words] {
        list.retain(|(known, _)| !known.eq_ignore_ascii_case(theirs));
    }
    table.words.insert(0, (theirs.to_owned(), ours.to_owned()));
    if Lookup::new(table, Vec::new()).meaning(&[theirs.to_owned()]) != ours {
        let rule = table.words.remove(0);
        table.overrides.insert(0, rule);
    }
}

/// The errors of a mapping that cannot be used, at the fields they are about.
pub fn errors_of(spec: &Spec) -> Errors {
    let mut errors = Errors::new();
    for SpecProblem { setting, .. } in spec.problems() {
        let key = setting.rsplit('.').next().unwrap_or_default();
        let at = id_of(spec.target, key);
        let message = match (key, at) {
            ("time_zone", _) => "Choose a time zone, such as America/New_York".to_owned(),
            ("time_format", _) => "Choose how the times are written, or write a notation that chrono reads".to_owned(),
            ("pad", _) => format!("An id is at most {WIDEST_PAD} wide"),
            ("full_name", _) => "Choose the column of the full name, or those of first and last name".to_owned(),
            (_, Some(field)) => format!("Choose the column of: {}", field.label()),
            _ => format!("{key} cannot be used"),
        };
        errors.add(at.map_or_else(|| known(key), Field::as_str), message);
    }
    errors
}

/// The errors of a header that does not fit, at the fields whose columns it lacks.
pub fn header_errors(problem: &HeaderProblem, spec: &Spec, errors: &mut Errors) {
    let (columns, what): (&[String], _) = match problem {
        HeaderProblem::Missing(columns) => (columns, "The file has no column"),
        HeaderProblem::Twice(columns) => (columns, "The file has more than one column"),
        HeaderProblem::Empty => return errors.add("encoding", "The file has no line with text"),
        HeaderProblem::NotUtf8 => return errors.add("encoding", "The first line is not text in this encoding"),
        HeaderProblem::OtherKind(sentence) => return errors.add("", *sentence),
        HeaderProblem::TooManyRows(_) | HeaderProblem::OtherTarget => return errors.add("", "The file cannot be read"),
    };
    let keys =
        spec.target.fields().iter().map(|rule| rule.field).chain(spec.target.tables().iter().map(|rule| rule.field));
    for field in keys {
        let key = field.as_str();
        let used = spec.columns.get(key).or_else(|| spec.words.get(key).map(|table| &table.columns));
        for column in columns.iter().filter(|column| used.is_some_and(|used| used.contains(column))) {
            errors.add(key, format!("{what} {column}"));
        }
    }
}

fn id_of(target: Target, key: &str) -> Option<Field> {
    let fields = target.fields().iter().map(|rule| rule.field);
    fields.chain(target.tables().iter().map(|rule| rule.field)).find(|field| field.as_str() == key)
}

fn known(key: &str) -> &'static str {
    ["time_zone", "time_format", "actor_kind"].into_iter().find(|name| *name == key).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Posted, errors_of};
    use crate::ingest::Spec;
    use crate::ingest::presets::epic_access_log;
    use crate::ingest::targets::Target;

    fn posted(pairs: &[(&str, &str)]) -> Posted {
        Posted::new(pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    #[test]
    fn what_is_posted_is_what_the_mapping_says() {
        let spec = posted(&[
            ("time_format", "own"),
            ("own_format", "%d.%m.%y %H:%M"),
            ("time_zone", "America/Chicago"),
            ("separator", "pipe"),
            ("encoding", "windows1252"),
            ("action_at", "When"),
            ("actor_identifier", ""),
            ("actor_identifier", "Login"),
            ("actor_identifier", "Login"),
            ("actor_identifier-pad", "6"),
            ("patient-pad", "0"),
            ("outcome", "Result"),
            ("outcome-otherwise", "unknown"),
            ("outcome-empty", "success"),
        ])
        .onto(&Spec::blank(Target::AccessLog, "x", "UTC"));
        assert_eq!((spec.time_format.as_str(), spec.separator.byte()), ("%d.%m.%y %H:%M", b'|'));
        assert_eq!(spec.columns["actor_identifier"], ["Login"]);
        assert_eq!((spec.pad.get("actor_identifier"), spec.pad.get("patient")), (Some(&6), None));
        assert_eq!(spec.words["outcome"].otherwise, "unknown");
        assert_eq!(spec.words.len(), 1, "a table that says nothing is none");
        assert_eq!(spec.check(), Ok(()));
    }

    #[test]
    fn a_word_that_is_given_another_meaning_stands_before_every_rule() {
        let base = epic_access_log();
        let columns = base.words["access_type"].columns.clone();
        let post = |was: &str| {
            posted(&[
                ("access_type", &columns[0]),
                ("access_type", &columns[1]),
                ("access_type-was", was),
                ("access_type-theirs", "VIEW"),
                ("access_type-ours", "view"),
                ("access_type-theirs", "Patient lookup"),
                ("access_type-ours", "view"),
                ("access_type-theirs", "Fax"),
                ("access_type-ours", "disclose"),
            ])
            .onto(&base)
        };
        let table = &post(&columns.join("\n")).words["access_type"];
        assert_eq!(table.overrides[0], ("Patient lookup".to_owned(), "view".to_owned()));
        assert_eq!(table.words[0], ("Fax".to_owned(), "disclose".to_owned()));
        assert_eq!(table.words.len(), base.words["access_type"].words.len() + 1, "VIEW says so already");
        assert_eq!(post("another column").words["access_type"].words, base.words["access_type"].words);
    }

    #[test]
    fn an_error_stands_at_the_field_it_is_about() {
        let spec = Spec { time_zone: "EST5".to_owned(), ..Spec::blank(Target::Roster, "x", "UTC") };
        let errors = errors_of(&spec);
        let at: Vec<_> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(at, ["time_zone", "employee_number", "full_name"]);
    }
}

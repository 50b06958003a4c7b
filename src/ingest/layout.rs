//! Where in one file the columns of a mapping stand. Every target reads its fields through it.

use std::collections::BTreeMap;

use super::header::{Found, Header, HeaderProblem};
use super::lookup::Lookup;
use super::mapping::Spec;
use super::reader::Record;
use super::targets::Shape;
use super::text::{clean, pad};
use super::words::{Field, Reason};

/// The places of a mapping's columns in a header.
pub struct Layout {
    width: usize,
    columns: BTreeMap<&'static str, Vec<usize>>,
    tables: BTreeMap<&'static str, Lookup>,
    pad: BTreeMap<&'static str, usize>,
}

impl Layout {
    /// Finds them.
    ///
    /// # Errors
    /// Names every column that is missing or stands there twice.
    pub fn new(header: &Header, spec: &Spec) -> Result<Self, HeaderProblem> {
        let (mut missing, mut several) = (Vec::new(), Vec::new());
        let mut find = |columns: &[String], tolerant: bool| -> Vec<usize> {
            let mut found = Vec::new();
            for (position, column) in columns.iter().enumerate() {
                match header.find(column) {
                    Found::One(at) => found.push(at),
                    Found::Several => several.push(column.clone()),
                    Found::None if !tolerant && position == 0 => missing.push(column.clone()),
                    Found::None => {}
                }
            }
            found
        };
        let (mut columns, mut padded) = (BTreeMap::new(), BTreeMap::new());
        for rule in spec.target.fields() {
            let key = rule.field.as_str();
            columns.insert(key, find(spec.columns_of(rule.field), rule.shape == Shape::Hashed));
            padded.extend(spec.pad.get(key).map(|&width| (key, width)));
        }
        let mut tables = BTreeMap::new();
        for rule in spec.target.tables() {
            if let Some(table) = spec.words.get(rule.field.as_str()) {
                let lookup = Lookup::new(table, find(&table.columns, false));
                let filled = table.filled.iter().flat_map(|rule| {
                    let places = find(std::slice::from_ref(&rule.column), true);
                    places.into_iter().map(|at| (at, rule.clone()))
                });
                tables.insert(rule.field.as_str(), lookup.with_filled(filled.collect()));
            }
        }
        for list in [&mut missing, &mut several] {
            list.sort();
            list.dedup();
        }
        match (missing.is_empty(), several.is_empty()) {
            (false, _) => Err(HeaderProblem::Missing(missing)),
            (true, false) => Err(HeaderProblem::Twice(several)),
            (true, true) => Ok(Self { width: header.width(), columns, tables, pad: padded }),
        }
    }

    /// Whether a record has the header's columns; a trailing separator does no harm.
    ///
    /// # Errors
    /// [`Reason::WrongColumnCount`].
    pub fn fits(&self, record: &Record) -> Result<(), Reason> {
        let extra = (self.width..record.width()).any(|at| !record.field(at).is_empty());
        if record.width() < self.width || extra { Err(Reason::WrongColumnCount) } else { Ok(()) }
    }

    /// The text of a field: its first filled column, as wide as the mapping says.
    ///
    /// # Errors
    /// When it is no text, or longer than `limit`.
    pub fn text(&self, record: &Record, field: Field, limit: usize) -> Result<Option<String>, Reason> {
        for &at in self.columns.get(field.as_str()).into_iter().flatten() {
            if let Some(text) = clean(record.field(at), limit)? {
                return Ok(Some(self.pad.get(field.as_str()).map_or_else(|| text.clone(), |&width| pad(&text, width))));
            }
        }
        Ok(None)
    }

    /// What stands in all columns of a field; what is no text is left out.
    #[must_use]
    pub fn raw<'r>(&self, record: &'r Record, field: Field) -> Vec<&'r str> {
        let places = self.columns.get(field.as_str()).into_iter().flatten();
        places.filter_map(|&at| std::str::from_utf8(record.field(at)).ok()).collect()
    }

    /// Whether any column of this file feeds a field.
    #[must_use]
    pub fn feeds(&self, field: Field) -> bool {
        self.columns.get(field.as_str()).is_some_and(|places| !places.is_empty())
            || self.tables.contains_key(field.as_str())
    }

    /// The table of a field, if the mapping has one.
    #[must_use]
    pub fn table(&self, field: Field) -> Option<&Lookup> {
        self.tables.get(field.as_str())
    }
}

//! A file's first line: the names of its columns. A name that stands there twice is told apart by a number, `NAME (2)`.

use std::collections::HashMap;
use std::io::{self, Read};

use super::mapping::Spec;
use super::reader::{Next, Record, Records};

/// Why a file is refused before its first row. Names columns of the mapping, never words of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    /// No line at all.
    #[error("the file is empty")]
    Empty,
    /// Another encoding, or no text.
    #[error("the file is not text in the encoding that its mapping says, UTF-8 if it says none")]
    NotUtf8,
    /// Columns that the mapping needs.
    #[error("the header lacks {}", .0.join(", "))]
    Missing(Vec<String>),
    /// Columns that the mapping reads and that stand there twice.
    #[error("the header has more than one {}", .0.join(", "))]
    Twice(Vec<String>),
    /// More rows than are taken at once.
    #[error("the file has more than {0} rows")]
    TooManyRows(usize),
    /// A document for another target.
    #[error("the mapping is for another kind of file")]
    OtherTarget,
    /// Not the kind of file that the mapping reads: a workbook, or messages.
    #[error("{0}")]
    OtherKind(&'static str),
}

impl HeaderProblem {
    /// What the form says that the file came with.
    #[must_use]
    pub fn sentence(&self, spec: &Spec) -> String {
        let separated = spec.separator.label();
        match self {
            Self::Empty => "The file is empty. Choose another one".to_owned(),
            Self::NotUtf8 => {
                format!("The file is not text in {}, as its source's mapping says", spec.encoding.label())
            }
            Self::Missing(columns) => {
                format!(
                    "The file's first line lacks {}. This source's files have a header line, separated by {separated}",
                    columns.join(", ")
                )
            }
            Self::Twice(columns) => format!("The file's first line has more than one {}", columns.join(", ")),
            Self::TooManyRows(most) => format!("The file has more than {most} rows"),
            Self::OtherKind(sentence) => (*sentence).to_owned(),
            Self::OtherTarget => format!("This source's files are of another kind: {}", spec.target.label()),
        }
    }
}

/// The columns of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    labels: Vec<String>,
    names: Vec<String>,
}

/// What a header has of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// One, at this place.
    One(usize),
    /// None.
    None,
    /// Several: `NAME (1)` or `NAME (2)` would say which.
    Several,
}

impl Header {
    /// Reads the first record.
    ///
    /// # Errors
    /// What the source says when it cannot be read; inside, that there is none or that it is no text.
    pub fn read<R: Read>(records: &mut Records<R>) -> io::Result<Result<Self, HeaderProblem>> {
        let mut record = Record::default();
        match records.next(&mut record)? {
            Next::Record => {}
            Next::End => return Ok(Err(HeaderProblem::Empty)),
            Next::Broken(_) => return Ok(Err(HeaderProblem::NotUtf8)),
        }
        let names: Option<Vec<_>> = (0..record.width())
            .map(|at| std::str::from_utf8(record.field(at)).ok().map(|name| name.trim().to_owned()))
            .collect();
        Ok(names
            .filter(|names| !names.iter().any(|name| name.contains('\0')))
            .map(Self::new)
            .ok_or(HeaderProblem::NotUtf8))
    }

    /// Of names as they stand there; empty ones at the end come from a trailing separator.
    #[must_use]
    pub fn new(mut names: Vec<String>) -> Self {
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        let lower: Vec<_> = names.iter().map(|name| name.to_lowercase()).collect();
        let mut counted: HashMap<&str, usize> = HashMap::new();
        let labels = names
            .iter()
            .zip(&lower)
            .map(|(name, key)| {
                let nth = counted.entry(key).and_modify(|n| *n += 1).or_insert(1);
                let several = lower.iter().filter(|other| *other == key).count() > 1;
                if several && !name.is_empty() { format!("{name} ({nth})") } else { name.clone() }
            })
            .collect();
        Self { labels, names: lower }
    }

    /// Every column, told apart, in order; empty where the header names none.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How many columns there are.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.names.len()
    }

    /// Where a column stands, whatever its case and the spaces around it.
    #[must_use]
    pub fn find(&self, column: &str) -> Found {
        let wanted = column.trim().to_lowercase();
        let mut places = self.names.iter().enumerate().filter(|(_, name)| **name == wanted).map(|(at, _)| at);
        match (places.next(), places.next()) {
            (Some(at), None) => Found::One(at),
            (Some(_), Some(_)) => Found::Several,
            (None, _) => {
                self.labels.iter().position(|label| label.to_lowercase() == wanted).map_or(Found::None, Found::One)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Header, HeaderProblem};
    use crate::ingest::presets::epic_access_log;

    #[test]
    fn a_name_that_stands_there_twice_is_told_apart_by_a_number() {
        let header = Header::new(["NAME", " id", "name", "x (2)", ""].map(|name| name.trim().to_owned()).into());
        assert_eq!(header.labels(), ["NAME (1)", "id", "name (2)", "x (2)"]);
        assert_eq!(header.find("Name"), Found::Several);
        assert_eq!([header.find("NAME (1)"), header.find("Name (2)")], [Found::One(0), Found::One(2)]);
        assert_eq!([header.find(" ID "), header.find("x (2)")], [Found::One(1), Found::One(3)]);
        assert_eq!([header.find("NAME (3)"), header.find("x")], [Found::None, Found::None]);
    }

    #[test]
    fn a_refused_header_names_the_columns_of_the_mapping() {
        let spec = epic_access_log();
        let problem = HeaderProblem::Missing(vec!["PATIENT.PAT_MRN_ID".to_owned(), "EMP.SYSTEM_LOGIN".to_owned()]);
        let text = problem.sentence(&spec);
        assert!(text.contains("PATIENT.PAT_MRN_ID, EMP.SYSTEM_LOGIN") && text.contains("tabs"), "{text}");
    }
}

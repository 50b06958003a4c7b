//! The beginning of a file as a mapping would read it, for the person who makes the mapping: the first rows field by field
//! with what is wrong in them, and the problems counted over more. What is protected is masked; what is hashed is not shown.

use std::collections::BTreeMap;
use std::io;

use chrono::{DateTime, Utc};

use super::canonical::{self, Reject};
use super::header::{Header, HeaderProblem};
use super::layout::Layout;
use super::mapping::{Kind, Spec};
use super::reader::{Next, Record};
use super::roster;
use super::rows::{self, Input};
use super::targets::{Shape, Target, our_label};
use super::text::{FIELD_CHARS, clean, masked};
use super::words::{Field, Reason};
use crate::config::Keys;

/// How many rows are shown, how many are read, and how many different words of a column are listed.
pub const SHOWN: usize = 20;
/// How many rows are read.
pub const READ: usize = 10_000;
/// The most different words that look like a list of words.
pub const WORDS: usize = 40;
/// How much of a text a cell shows.
const CELL: usize = 60;

/// What a mapping makes of a file's beginning.
#[derive(Debug, Default)]
pub struct Preview {
    /// The fields that columns of this file feed, in the target's order.
    pub fields: Vec<Field>,
    /// The first rows.
    pub rows: Vec<PreviewRow>,
    /// How many rows were read.
    pub read: usize,
    /// How many of them would be accepted.
    pub accepted: usize,
    /// More rows follow that were not read.
    pub more: bool,
    /// What is wrong, the most frequent first.
    pub problems: Vec<(Option<Field>, Reason, usize)>,
    /// Times that the local clock said twice; the earlier is taken.
    pub repeated: usize,
    /// The source's words by the field they become; none where they are too many to be a list.
    pub words: BTreeMap<&'static str, Option<Vec<(String, usize)>>>,
}

/// One row.
#[derive(Debug)]
pub struct PreviewRow {
    /// Where it begins.
    pub line: u64,
    /// One cell per field.
    pub cells: Vec<Cell>,
    /// What is wrong with the row as a whole.
    pub problem: Option<Reason>,
}

/// One field of a row.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// As it is read; where it cannot be, as it stands in the file.
    pub text: String,
    /// Why it cannot be read.
    pub problem: Option<Reason>,
    /// What to know about it.
    pub note: Option<&'static str>,
}

impl Cell {
    fn of(text: impl Into<String>) -> Self {
        let text: String = text.into();
        Self { text: text.chars().take(CELL).collect(), ..Self::default() }
    }
}

enum Plan {
    AccessLog(canonical::Plan),
    Roster(roster::Plan),
}

impl Plan {
    const fn layout(&self) -> &Layout {
        match self {
            Self::AccessLog(plan) => plan.layout(),
            Self::Roster(plan) => plan.layout(),
        }
    }

    fn problem(&mut self, record: &Record, now: DateTime<Utc>) -> Option<(Option<Field>, Reason)> {
        match self {
            Self::AccessLog(plan) => plan.row(record, now).err(),
            Self::Roster(plan) => plan.row(record).err(),
        }
    }
}

/// Reads the beginning of a delimited file.
///
/// # Errors
/// What the source says when it cannot be read; inside, what is wrong with the header.
pub fn read(input: Input, spec: &Spec, keys: &Keys, now: DateTime<Utc>) -> io::Result<Result<Preview, HeaderProblem>> {
    if spec.kind != Kind::Delimited {
        return messages(input, spec, keys, now);
    }
    let mut records = rows::records(input, spec);
    let made = Header::read(&mut records)?.and_then(|header| match spec.target {
        Target::AccessLog => canonical::Plan::new(&header, spec, keys).map(Plan::AccessLog),
        Target::Roster => roster::Plan::new(&header, spec, keys).map(Plan::Roster),
    });
    let mut plan = match made {
        Ok(plan) => plan,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut preview = Preview { fields: fields(spec.target, plan.layout()), ..Preview::default() };
    let mut record = Record::default();
    loop {
        let next = records.next(&mut record)?;
        if matches!(next, Next::End) {
            break;
        }
        if preview.read == READ {
            preview.more = true;
            break;
        }
        preview.read += 1;
        match next {
            Next::Broken(broken) => preview.count(broken.line, None, broken.reason),
            _ => preview.take(&mut plan, &record, spec, now),
        }
    }
    preview.problems.sort_by_key(|problem| std::cmp::Reverse(problem.2));
    for list in preview.words.values_mut().flatten() {
        list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    }
    Ok(Ok(preview))
}

fn fields(target: Target, layout: &Layout) -> Vec<Field> {
    let columns = target.fields().iter().map(|rule| rule.field);
    columns.chain(target.tables().iter().map(|rule| rule.field)).filter(|&field| layout.feeds(field)).collect()
}

impl Preview {
    fn count(&mut self, line: u64, field: Option<Field>, reason: Reason) {
        match self.problems.iter_mut().find(|(at, why, _)| (*at, *why) == (field, reason)) {
            Some((_, _, times)) => *times += 1,
            None => self.problems.push((field, reason, 1)),
        }
        if field.is_none() && self.rows.len() < SHOWN {
            self.rows.push(PreviewRow { line, cells: Vec::new(), problem: Some(reason) });
        }
    }

    fn take(&mut self, plan: &mut Plan, record: &Record, spec: &Spec, now: DateTime<Utc>) {
        let problem = plan.problem(record, now);
        match problem {
            None => self.accepted += 1,
            Some((None, reason)) => return self.count(record.line(), None, reason),
            Some((field, reason)) => self.count(record.line(), field, reason),
        }
        for rule in spec.target.tables() {
            if let Some(said) = plan.layout().table(rule.field).and_then(|table| table.said(record).ok()) {
                self.hear(rule.field, said.into_iter().next());
            }
        }
        let repeated = matches!(plan, Plan::AccessLog(plan) if plan.moment(record, now).is_ok_and(|at| at.repeated));
        self.repeated += usize::from(repeated);
        if self.rows.len() < SHOWN {
            let mut cells: Vec<_> = self.fields.iter().map(|&field| cell(plan, record, field, spec, now)).collect();
            if let Some((Some(field), reason)) = problem
                && let Some(at) = self.fields.iter().position(|&known| known == field)
            {
                cells[at].problem = Some(reason);
            }
            // a field that no column feeds has no cell to stand in
            let homeless = problem.filter(|(field, _)| field.is_some_and(|field| !self.fields.contains(&field)));
            self.rows.push(PreviewRow { line: record.line(), cells, problem: homeless.map(|(_, reason)| reason) });
        }
    }

    fn hear(&mut self, field: Field, word: Option<String>) {
        let list = self.words.entry(field.as_str()).or_insert_with(|| Some(Vec::new()));
        let (Some(known), Some(word)) = (list.as_mut(), word) else { return };
        if let Some((_, times)) = known.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(&word)) {
            *times += 1;
        } else if known.len() < WORDS && word.chars().count() <= CELL {
            known.push((word, 1));
        } else {
            *list = None;
        }
    }
}

/// One field as it is read.
fn cell(plan: &Plan, record: &Record, field: Field, spec: &Spec, now: DateTime<Utc>) -> Cell {
    let layout = plan.layout();
    if let Some(table) = layout.table(field) {
        return match table.of(record) {
            Ok((ours, word)) => Cell::of(match word {
                Some(word) => format!("{} ({word})", our_label(field, &ours)),
                None => our_label(field, &ours),
            }),
            Err(reason) => Cell { problem: Some(reason), ..Cell::default() },
        };
    }
    let shape = spec.target.fields().iter().find(|rule| rule.field == field).map_or(Shape::Text, |rule| rule.shape);
    if shape == Shape::Hashed {
        let any = layout.raw(record, field).iter().any(|text| !text.trim().is_empty());
        return Cell::of(if any { "hashed" } else { "" });
    }
    let text = match layout.text(record, field, FIELD_CHARS) {
        Ok(text) => text.unwrap_or_default(),
        Err(reason) => return Cell { problem: Some(reason), ..Cell::default() },
    };
    if matches!(field, Field::Patient | Field::ResourceId) {
        return Cell::of(if text.is_empty() { text } else { masked(&text) });
    }
    if let (Field::ActionAt, Plan::AccessLog(plan)) = (field, plan) {
        return match plan.moment(record, now) {
            Ok(at) => Cell {
                note: at.repeated.then_some("The clock said this twice that night; the earlier is taken"),
                ..Cell::of(local(at.micros, spec))
            },
            Err(reason) => Cell { problem: Some(reason), ..Cell::of(text) },
        };
    }
    Cell::of(clean(text.as_bytes(), FIELD_CHARS).ok().flatten().unwrap_or_default())
}

fn local(micros: i64, spec: &Spec) -> String {
    let zone: chrono_tz::Tz = spec.time_zone.parse().unwrap_or(chrono_tz::Tz::UTC);
    let at = DateTime::from_timestamp_micros(micros).unwrap_or_default().with_timezone(&zone);
    at.format("%b %-d, %Y %H:%M:%S %Z").to_string()
}

/// Messages have no columns: their rows are shown as they come.
fn messages(input: Input, spec: &Spec, keys: &Keys, now: DateTime<Utc>) -> io::Result<Result<Preview, HeaderProblem>> {
    let mut rows = match rows::Opened::new(input, spec, keys)? {
        Ok(opened) => opened.into_rows(),
        Err(problem) => return Ok(Err(problem)),
    };
    let fields = vec![
        Field::ActionAt,
        Field::ActorIdentifier,
        Field::Patient,
        Field::Place,
        Field::DeviceLabel,
        Field::AccessType,
        Field::ResourceType,
        Field::AccessReason,
        Field::Outcome,
    ];
    let mut preview = Preview { fields, ..Preview::default() };
    while preview.read < READ {
        preview.read += 1;
        match rows.next(now)? {
            rows::Next::End => {
                preview.read -= 1;
                break;
            }
            rows::Next::Reject(Reject { line, field, reason, .. }) => {
                preview.count(line, field, reason);
                if field.is_some() && preview.rows.len() < SHOWN {
                    preview.rows.push(PreviewRow { line, cells: Vec::new(), problem: Some(reason) });
                }
            }
            rows::Next::Row(row) => {
                preview.accepted += 1;
                if preview.rows.len() < SHOWN {
                    preview.rows.push(of_row(&row, spec));
                }
            }
        }
    }
    preview.more = preview.read == READ;
    preview.problems.sort_by_key(|problem| std::cmp::Reverse(problem.2));
    Ok(Ok(preview))
}

fn of_row(row: &canonical::Row, spec: &Spec) -> PreviewRow {
    let said = |field, ours: &str, word: Option<&str>| match word {
        Some(word) => format!("{} ({word})", our_label(field, ours)),
        None => our_label(field, ours),
    };
    let cells = [
        local(row.micros, spec),
        row.login.clone(),
        row.patient.as_deref().map(masked).unwrap_or_default(),
        row.place.clone().unwrap_or_default(),
        row.device_label.clone().unwrap_or_default(),
        said(Field::AccessType, &row.access_type, row.access_word.as_deref()),
        said(Field::ResourceType, &row.resource_type, row.resource_word.as_deref()),
        our_label(Field::AccessReason, &row.access_reason),
        our_label(Field::Outcome, &row.outcome),
    ];
    PreviewRow { line: row.line, cells: cells.into_iter().map(Cell::of).collect(), problem: None }
}

/// What a sample says of itself before any mapping: its header, its encoding and its separator.
///
/// # Errors
/// What the source says when it cannot be read; inside, that it has no header.
pub fn look(head: &[u8], spec: &mut Spec) -> io::Result<Result<Header, HeaderProblem>> {
    spec.encoding = super::encoding::Encoding::guess(head);
    let mut text = Vec::new();
    io::Read::read_to_end(&mut super::encoding::Decoded::new(head, spec.encoding), &mut text)?;
    let line = text.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    spec.separator = super::mapping::Separator::guess(&String::from_utf8_lossy(line));
    Header::read(&mut rows::records(Box::new(io::Cursor::new(head.to_vec())), spec))
}

/// The texts of one field in a sample's first rows, to find the notation that reads them all.
///
/// # Errors
/// What the source says when it cannot be read.
pub fn texts(input: Input, spec: &Spec, field: Field) -> io::Result<Vec<String>> {
    let mut records = rows::records(input, spec);
    let Ok(header) = Header::read(&mut records)? else { return Ok(Vec::new()) };
    let Ok(layout) = Layout::new(&header, spec) else { return Ok(Vec::new()) };
    let (mut record, mut texts) = (Record::default(), Vec::new());
    while texts.len() < 200 {
        match records.next(&mut record)? {
            Next::End => break,
            Next::Broken(_) => {}
            Next::Record => texts.extend(layout.text(&record, field, FIELD_CHARS).ok().flatten()),
        }
    }
    Ok(texts)
}

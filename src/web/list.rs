//! A list's filter, stated once: [`Filter::read`] names each field, what it may say and how people choose it. From that
//! come what the statements ask (the filter) and everything the page says of it (the [`List`]): its form, its chips, its
//! addresses, those of its next page and its file, and what the trail keeps beside an export.

mod reader;

use std::borrow::Cow;

use actix_web::web::Query;
use uuid::Uuid;

use super::filters::{self, Chip, Choice};
use super::paging;
use crate::audit::{Db, Intent};
use crate::error::AppError;

pub use reader::Reader;

/// The query string as it came.
pub type Asked = Query<Vec<(String, String)>>;

/// What a list can be narrowed to.
pub trait Filter: Sized {
    /// Where the list is; where it has a file, that is there too, with `.csv`.
    const PATH: &'static str;

    /// Reads the fields in the order of the form and of the address.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming the field that cannot be read.
    fn read(from: &mut Reader<'_>) -> Result<Self, AppError>;
}

/// A list's filter, and what its page says of it. One that cannot be read is recorded under the act it was for.
///
/// # Errors
/// As [`filters::accepted`].
pub async fn read<F: Filter>(db: &Db, intent: Intent, asked: &Asked) -> Result<(F, List), AppError> {
    filters::accepted(db, intent, parse(asked)).await
}

/// The same of a form that carries a list's fields beside its own, or of fields that were kept.
///
/// # Errors
/// [`AppError::Invalid`] naming the field that cannot be read.
pub fn of_form<F: Filter>(pairs: &[(String, String)]) -> Result<(F, List), AppError> {
    parse(pairs)
}

fn parse<F: Filter>(asked: &[(String, String)]) -> Result<(F, List), AppError> {
    let mut reader = Reader::new(asked, F::PATH);
    Ok((F::read(&mut reader)?, reader.list))
}

/// What a field says that takes words and records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordOrId {
    /// One of its words.
    Word(&'static str),
    /// A record.
    Id(Uuid),
}

/// How a field is chosen.
#[derive(Clone)]
pub enum Control {
    /// By a link, or by the frame's choice of facility: the form carries it on.
    Hidden,
    /// From a closed list.
    Select(Vec<Choice>),
    /// As a day.
    Day,
    /// As an id typed in.
    Id,
}

/// One field as it stands.
#[derive(Clone)]
pub struct Field {
    /// Its parameter, and its control's id.
    pub name: &'static str,
    /// As people read it.
    pub label: &'static str,
    /// What the address says, empty where it is not set.
    pub value: String,
    /// How it is chosen.
    pub control: Control,
    /// The value in the reader's words, where a chip shows it.
    chip: Option<String>,
}

/// What a list's page says of its filter.
#[derive(Clone)]
pub struct List {
    /// Where the list is, narrowed by nothing.
    pub path: Cow<'static, str>,
    /// Whether it begins after another page.
    pub continued: bool,
    fields: Vec<Field>,
}

impl List {
    /// Where the list is, if its address names a record.
    #[must_use]
    pub fn of_record(mut self, path: String) -> Self {
        self.path = Cow::Owned(path);
        self
    }

    /// Names the record that a field is narrowed to.
    #[must_use]
    pub fn say(mut self, name: &str, words: Option<String>) -> Self {
        if let (Some(field), Some(words)) = (self.set_field(name), words) {
            field.chip = Some(words);
        }
        self
    }

    /// Gives a field the records that it can be narrowed to.
    #[must_use]
    pub fn offer(mut self, name: &str, records: Vec<(Uuid, String)>) -> Self {
        let id = self.value(name).to_owned();
        let choices = records.into_iter().map(|(record, label)| {
            let value = record.to_string();
            Choice { selected: value == id, value, label }
        });
        let choices: Vec<_> = choices.collect();
        let chosen = choices.iter().find(|choice| choice.selected).map(|choice| choice.label.clone());
        if let Some(field) = self.fields.iter_mut().find(|field| field.name == name) {
            field.control = Control::Select(choices);
        }
        self.say(name, chosen)
    }

    /// Gives a field that also has words the records that it can be narrowed to, after them.
    #[must_use]
    pub fn offer_beside(mut self, name: &str, records: Vec<(Uuid, String)>) -> Self {
        let id = self.value(name).to_owned();
        let added: Vec<_> = records
            .into_iter()
            .map(|(record, label)| (record.to_string(), label))
            .map(|(value, label)| Choice { selected: value == id, value, label })
            .collect();
        let chosen = added.iter().find(|choice| choice.selected).map(|choice| choice.label.clone());
        if let Some(Control::Select(choices)) =
            self.fields.iter_mut().find(|field| field.name == name).map(|field| &mut field.control)
        {
            choices.extend(added);
        }
        self.say(name, chosen)
    }

    /// Takes a field's control away from whoever has nothing to choose there.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        if let Some(field) = self.fields.iter_mut().find(|field| field.name == name) {
            field.control = Control::Hidden;
        }
        self
    }

    fn set_field(&mut self, name: &str) -> Option<&mut Field> {
        self.fields.iter_mut().find(|field| field.name == name && !field.value.is_empty())
    }

    /// The fields that are set, as an address has them.
    fn set(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.value.is_empty())
    }

    /// What the address says of a field.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|field| field.name == name).map_or("", |field| field.value.as_str())
    }

    /// What a field can be narrowed to, for a page that places the control itself.
    #[must_use]
    pub fn choices(&self, name: &str) -> &[Choice] {
        match self.fields.iter().find(|field| field.name == name).map(|field| &field.control) {
            Some(Control::Select(choices)) => choices,
            _ => &[],
        }
    }

    /// Every field with its control, for the form.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Whether the form may send itself at each change: nothing in it is typed.
    #[must_use]
    pub fn at_once(&self) -> bool {
        !self.fields.iter().any(|field| matches!(field.control, Control::Day | Control::Id))
    }

    /// What the frame's choice of facility carries on.
    #[must_use]
    pub fn carried(&self) -> Vec<&Field> {
        self.set().filter(|field| field.name != "facility").collect()
    }

    fn address(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let kept = self.fields.iter().map(|field| {
            let change = changes.iter().find(|(name, _)| *name == field.name);
            (field.name, change.map_or(field.value.as_str(), |(_, value)| value))
        });
        let added = changes.iter().copied().filter(|(name, _)| !self.fields.iter().any(|field| field.name == *name));
        paging::url(path, &kept.chain(added).collect::<Vec<_>>())
    }

    /// The list as it is narrowed now, from its beginning.
    #[must_use]
    pub fn url(&self) -> String {
        self.address(&self.path, &[])
    }

    /// The same with some parameters set or, with an empty value, taken away.
    #[must_use]
    pub fn with(&self, changes: &[(&str, &str)]) -> String {
        self.address(&self.path, changes)
    }

    /// The page after a row, if another follows.
    #[must_use]
    pub fn next(&self, more: bool, last: Option<impl ToString>) -> Option<String> {
        last.filter(|_| more).map(|last| self.with(&[("after", &last.to_string())]))
    }

    /// Another page that is told how the list is narrowed.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        self.address(path, &[])
    }

    /// The same rows as a file.
    #[must_use]
    pub fn file(&self) -> String {
        self.address(&format!("{}.csv", self.path), &[])
    }

    /// The active filters; the view and the frame's facility say themselves.
    #[must_use]
    pub fn chips(&self) -> Vec<Chip> {
        let chip = |field: &Field| {
            let value = field.chip.clone()?;
            Some(Chip { field: field.label, value, remove: self.with(&[(field.name, "")]) })
        };
        self.set().filter_map(chip).collect()
    }

    /// The list without what the chips show.
    #[must_use]
    pub fn cleared(&self) -> String {
        let chips: Vec<_> = self.set().filter(|field| field.chip.is_some()).map(|field| (field.name, "")).collect();
        self.with(&chips)
    }

    /// Whether rows may be missing because of a filter.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        self.set().any(|field| field.chip.is_some() || field.name == "facility")
    }

    /// What the trail keeps beside an export.
    #[must_use]
    pub fn as_json(&self) -> serde_json::Value {
        self.set().map(|field| (field.name, field.value.clone())).collect()
    }
}

/// The end of an id, where time-ordered ids differ.
#[must_use]
pub fn short(id: Uuid) -> String {
    let text = id.simple().to_string();
    format!("…{}", &text[text.len() - 8..])
}

#[cfg(test)]
mod tests;

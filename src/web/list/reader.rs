//! The kinds of fields a list can be narrowed by, each read once: checked, and written down for the page.

use std::borrow::Cow;

use uuid::Uuid;

use super::{Control, Field, List, WordOrId, short};
use crate::error::AppError;
use crate::web::filters::{self, Days};
use crate::web::time;

/// Reads one query string into one list's state.
pub struct Reader<'a> {
    asked: &'a [(String, String)],
    pub(super) list: List,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(asked: &'a [(String, String)], path: &'static str) -> Self {
        Self { asked, list: List { path: Cow::Borrowed(path), fields: Vec::new(), continued: false } }
    }

    fn value(&self, name: &str, label: &str) -> Result<Option<&'a str>, AppError> {
        let mut values = self.asked.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let value = values.next();
        if values.next().is_some() { Err(filters::unreadable(label, "one value")) } else { Ok(value) }
    }

    fn put(&mut self, name: &'static str, label: &'static str, value: String, control: Control, chip: Option<String>) {
        self.list.fields.push(Field { name, label, value, control, chip });
    }

    fn put_id(
        &mut self,
        name: &'static str,
        label: &'static str,
        control: Control,
        chip: bool,
    ) -> Result<Option<Uuid>, AppError> {
        let id = filters::id(label, self.value(name, label)?)?;
        let value = id.map(|id| id.to_string()).unwrap_or_default();
        self.put(name, label, value, control, id.filter(|_| chip).map(short));
        Ok(id)
    }

    /// The facility of the frame's choice, which says it itself.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming the field, here and below.
    pub fn facility(&mut self) -> Result<Option<Uuid>, AppError> {
        self.put_id("facility", "Facility", Control::Hidden, false)
    }

    /// A record that a link narrowed the list to; [`List::say`] names it in its chip.
    ///
    /// # Errors
    /// As [`Self::facility`].
    pub fn linked(&mut self, name: &'static str, label: &'static str) -> Result<Option<Uuid>, AppError> {
        self.put_id(name, label, Control::Hidden, true)
    }

    /// A record whose id can also be typed in.
    ///
    /// # Errors
    /// As [`Self::facility`].
    pub fn id(&mut self, name: &'static str, label: &'static str) -> Result<Option<Uuid>, AppError> {
        self.put_id(name, label, Control::Id, true)
    }

    /// A record of a list that is read with the page: [`List::offer`] says which.
    ///
    /// # Errors
    /// As [`Self::facility`].
    pub fn offered(&mut self, name: &'static str, label: &'static str) -> Result<Option<Uuid>, AppError> {
        self.put_id(name, label, Control::Select(Vec::new()), true)
    }

    /// One of some words, or a record of a list that is read with the page: [`List::offer_beside`] says which.
    ///
    /// # Errors
    /// As [`Self::facility`].
    pub fn word_or_record(
        &mut self,
        name: &'static str,
        label: &'static str,
        words: &[(&'static str, &'static str)],
    ) -> Result<Option<WordOrId>, AppError> {
        let word = |text: &str| words.iter().find(|(word, _)| *word == text).map(|(word, _)| WordOrId::Word(word));
        let read = |text: &str| word(text).or_else(|| Uuid::try_parse(text).ok().map(WordOrId::Id));
        let found = filters::known(label, self.value(name, label)?, read)?;
        let (value, said) = match found {
            Some(WordOrId::Word(word)) => {
                (word.to_owned(), words.iter().find(|(known, _)| *known == word).map(|(_, said)| (*said).to_owned()))
            }
            Some(WordOrId::Id(id)) => (id.to_string(), Some(short(id))),
            None => (String::new(), None),
        };
        let choices = filters::choices(words, Some(&value));
        self.put(name, label, value, Control::Select(choices), said);
        Ok(found)
    }

    /// One of some words, each with what people read.
    ///
    /// # Errors
    /// As [`Self::facility`].
    pub fn one_of(
        &mut self,
        name: &'static str,
        label: &'static str,
        words: &[(&'static str, &'static str)],
    ) -> Result<Option<&'static str>, AppError> {
        let allowed: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let word = filters::word(label, self.value(name, label)?, &allowed)?;
        let said = words.iter().find(|(known, _)| Some(*known) == word).map(|(_, said)| (*said).to_owned());
        let choices = filters::choices(words, word);
        self.put(name, label, word.unwrap_or_default().to_owned(), Control::Select(choices), said);
        Ok(word)
    }

    /// A word of a closed vocabulary.
    ///
    /// # Errors
    /// As [`Self::facility`].
    pub fn word<T: Copy>(
        &mut self,
        name: &'static str,
        label: &'static str,
        all: &[T],
        as_str: fn(T) -> &'static str,
        said: fn(T) -> &'static str,
    ) -> Result<Option<T>, AppError> {
        let words: Vec<_> = all.iter().map(|&each| (as_str(each), said(each))).collect();
        let word = self.one_of(name, label, &words)?;
        Ok(all.iter().copied().find(|&each| Some(as_str(each)) == word))
    }

    /// A saved view or an order; an address without a word means the default one.
    ///
    /// # Errors
    /// As [`Self::facility`].
    pub fn view<T: Copy + Default>(
        &mut self,
        name: &'static str,
        label: &'static str,
        all: &[T],
        as_str: fn(T) -> &'static str,
    ) -> Result<T, AppError> {
        let find = |text: &str| all.iter().copied().find(|&each| as_str(each) == text);
        let view = filters::known(label, self.value(name, label)?, find)?.unwrap_or_default();
        let value = Some(as_str(view)).filter(|word| *word != as_str(T::default())).unwrap_or_default();
        self.put(name, label, value.to_owned(), Control::Hidden, None);
        Ok(view)
    }

    /// A period of whole days, `from` and `to`.
    ///
    /// # Errors
    /// As [`Self::facility`].
    pub fn days(&mut self) -> Result<Days, AppError> {
        let days = Days::parse(self.value("from", "From")?, self.value("to", "To")?)?;
        for (name, label, day) in [("from", "From", days.from), ("to", "To", days.to)] {
            let value = day.map(|day| day.to_string()).unwrap_or_default();
            self.put(name, label, value, Control::Day, day.map(time::date));
        }
        Ok(days)
    }

    /// What an address says beside the filter and no other page of the list needs, such as the open row.
    ///
    /// # Errors
    /// As [`Self::facility`].
    pub fn beside(&self, name: &'static str, label: &'static str) -> Result<Option<Uuid>, AppError> {
        filters::id(label, self.value(name, label)?)
    }

    /// The cursor of a list whose page begins after an id.
    ///
    /// # Errors
    /// As [`Self::facility`].
    pub fn after(&mut self) -> Result<Option<Uuid>, AppError> {
        self.cursor(|text| Uuid::try_parse(text).ok())
    }

    /// The cursor of any other.
    ///
    /// # Errors
    /// As [`Self::facility`].
    pub fn cursor<C>(&mut self, parse: impl Fn(&str) -> Option<C>) -> Result<Option<C>, AppError> {
        let after = filters::known("Page", self.value("after", "Page")?, parse)?;
        self.list.continued = after.is_some();
        Ok(after)
    }
}

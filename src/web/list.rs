//! A list's filter, stated once: [`Filter::read`] names each field, what it may say and how people choose it. From that
//! come what the statements ask (the filter) and everything the page says of it (the [`List`]): its form, its chips, its
//! addresses, those of its next page and its file, and what the trail keeps beside an export.

use std::borrow::Cow;

use actix_web::web::Query;
use uuid::Uuid;

use super::filters::{self, Chip, Choice, Days};
use super::{paging, time};
use crate::audit::{Db, Intent};
use crate::error::AppError;

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

fn parse<F: Filter>(asked: &[(String, String)]) -> Result<(F, List), AppError> {
    let mut reader = Reader { asked, list: List { path: F::PATH, fields: Vec::new(), continued: false } };
    Ok((F::read(&mut reader)?, reader.list))
}

/// How a field is chosen.
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

/// Reads one query string into one list's state.
pub struct Reader<'a> {
    asked: &'a [(String, String)],
    list: List,
}

impl<'a> Reader<'a> {
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

/// What a list's page says of its filter.
pub struct List {
    /// Where the list is, narrowed by nothing.
    pub path: &'static str,
    /// Whether it begins after another page.
    pub continued: bool,
    fields: Vec<Field>,
}

impl List {
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
            Choice { selected: value == id, value: Cow::Owned(value), label: Cow::Owned(label) }
        });
        let choices: Vec<_> = choices.collect();
        let chosen = choices.iter().find(|choice| choice.selected).map(|choice| choice.label.clone().into_owned());
        if let Some(field) = self.fields.iter_mut().find(|field| field.name == name) {
            field.control = Control::Select(choices);
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
        self.address(self.path, &[])
    }

    /// The same with some parameters set or, with an empty value, taken away.
    #[must_use]
    pub fn with(&self, changes: &[(&str, &str)]) -> String {
        self.address(self.path, changes)
    }

    /// The page after a row, if another follows.
    #[must_use]
    pub fn next(&self, more: bool, last: Option<impl ToString>) -> Option<String> {
        last.filter(|_| more).map(|last| self.with(&[("after", &last.to_string())]))
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
mod tests {
    use super::{Filter, List, Reader, parse};
    use crate::error::AppError;
    use crate::web::filters::Days;
    use crate::words::Risk;
    use uuid::Uuid;

    const PERSON: &str = "01939c2e-7b2a-7000-8000-0000000000aa";

    #[derive(Debug, Clone, Copy, Default, PartialEq)]
    enum View {
        #[default]
        Open,
        Closed,
    }

    impl View {
        fn as_str(self) -> &'static str {
            if self == Self::Open { "open" } else { "closed" }
        }
    }

    #[derive(Debug, PartialEq)]
    struct Narrowed {
        view: View,
        facility: Option<Uuid>,
        risk: Option<Risk>,
        person: Option<Uuid>,
        days: Days,
        after: Option<Uuid>,
    }

    impl Filter for Narrowed {
        const PATH: &'static str = "/things";

        fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
            Ok(Self {
                view: from.view("view", "View", &[View::Closed, View::Open], View::as_str)?,
                facility: from.facility()?,
                risk: from.word("risk", "Risk", Risk::ALL, Risk::as_str, Risk::label)?,
                person: from.linked("person", "Person")?,
                days: from.days()?,
                after: from.after()?,
            })
        }
    }

    fn read(query: &str) -> Result<(Narrowed, List), AppError> {
        parse(&serde_urlencoded::from_str::<Vec<(String, String)>>(query).expect("pairs"))
    }

    #[test]
    fn what_is_asked_for_comes_back_in_every_address_and_the_cursor_in_none() {
        let query = format!("after={PERSON}&risk=high&view=closed&person={PERSON}&from=&unknown=1");
        let (filter, list) = read(&query).expect("readable");
        assert_eq!((filter.view, filter.risk, filter.after.is_some()), (View::Closed, Some(Risk::High), true));
        assert!(list.continued);
        let kept = format!("?view=closed&risk=high&person={PERSON}");
        assert_eq!((list.url(), list.file()), (format!("/things{kept}"), format!("/things.csv{kept}")));
        assert_eq!(list.with(&[("risk", ""), ("open", "x")]), format!("/things?view=closed&person={PERSON}&open=x"));
        assert_eq!(list.next(true, Some(7)), Some(format!("/things{kept}&after=7")));
        assert_eq!(list.next(false, Some(7)), None);
        assert_eq!(list.as_json(), serde_json::json!({ "view": "closed", "risk": "high", "person": PERSON }));
    }

    #[test]
    fn chips_show_what_narrows_the_list_and_the_view_and_the_facility_stay_when_they_are_cleared() {
        let (_, list) = read(&format!("view=closed&facility={PERSON}&risk=high&person={PERSON}")).expect("readable");
        let list = list.say("person", Some("M. Lindqvist".to_owned()));
        let chips: Vec<_> = list.chips().into_iter().map(|chip| (chip.field, chip.value)).collect();
        assert_eq!(chips, [("Risk", "High".to_owned()), ("Person", "M. Lindqvist".to_owned())]);
        assert_eq!(list.cleared(), format!("/things?view=closed&facility={PERSON}"));
        let carried: Vec<_> = list.carried().iter().map(|field| field.name).collect();
        assert_eq!(carried, ["view", "risk", "person"]);
        assert!(list.is_narrowed() && read("facility=&view=closed").is_ok_and(|(_, list)| !list.is_narrowed()));
    }

    #[test]
    fn the_default_view_needs_no_word_and_a_field_that_nobody_set_says_nothing() {
        let (filter, list) = read("view=open").expect("readable");
        assert_eq!((filter.view, list.url()), (View::Open, "/things".to_owned()));
        let list = list.say("person", Some("M. Lindqvist".to_owned()));
        assert!(list.chips().is_empty() && list.choices("risk").iter().all(|choice| !choice.selected));
    }

    #[test]
    fn what_cannot_be_read_or_stands_twice_is_named_by_its_field() {
        for (query, field) in
            [("risk=severe", "Risk"), ("person=me", "Person"), ("risk=low&risk=high", "Risk"), ("after=1", "Page")]
        {
            let read = read(query).map(|(filter, _)| filter);
            assert!(matches!(read, Err(AppError::Invalid(text)) if text.contains(&format!("“{field}”"))), "{query}");
        }
    }
}

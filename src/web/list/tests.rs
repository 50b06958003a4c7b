//! What a list says of its filter, on a list of its own.

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

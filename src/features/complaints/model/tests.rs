//! What a complaint’s forms must say, and what the words of the database mean.

use super::{Choices, Ending, Obstacle, Typed};
use crate::error::AppError;
use crate::web::Errors;
use chrono::NaiveDate;
use uuid::Uuid;

fn today() -> NaiveDate {
    "2026-11-22".parse().expect("a date")
}

fn complete(owner: Uuid) -> Typed {
    Typed {
        channel: "phone".into(),
        complainant: "patient".into(),
        kind: "impermissible_access".into(),
        details: "Believes that a relative\r\nlooked.".into(),
        ..Typed::fresh(today(), None, None, owner)
    }
}

#[test]
fn an_empty_form_names_all_that_is_missing_in_its_order() {
    let choices = Choices { facilities: &[], owners: &[], anywhere: false };
    let errors = Typed::default().check(today(), &choices).expect_err("empty");
    let fields: Vec<_> = errors.iter().map(|(field, _)| field.to_owned()).collect();
    assert_eq!(fields, ["received", "channel", "complainant", "kind", "facility", "details", "owner", "due"]);
}

#[test]
fn a_complaint_lies_somewhere_for_whoever_sees_only_some_facilities() {
    let (owner, place) = (Uuid::now_v7(), Uuid::now_v7());
    let (owners, facilities) = ([(owner, "Ann".to_owned())], [(place, "Cedar".to_owned())]);
    let typed = complete(owner);
    let somewhere = Choices { facilities: &facilities, owners: &owners, anywhere: false };
    assert!(typed.check(today(), &somewhere).expect_err("refused").get("facility").is_some());
    assert!(Typed { facility: place.to_string(), ..typed.clone() }.check(today(), &somewhere).is_ok());
    let anywhere = Choices { facilities: &facilities, owners: &owners, anywhere: true };
    let new = typed.check(today(), &anywhere).expect("complete");
    assert_eq!((new.facility, new.details.as_str()), (None, "Believes that a relative\nlooked."));
    assert!(Typed { facility: Uuid::now_v7().to_string(), ..typed }.check(today(), &anywhere).is_err());
}

#[test]
fn nothing_came_tomorrow_and_nothing_is_due_yesterday() {
    let owner = Uuid::now_v7();
    let owners = [(owner, "Ann".to_owned())];
    let choices = Choices { facilities: &[], owners: &owners, anywhere: true };
    for (changed, field) in [
        (Typed { received: "2026-11-23".into(), ..complete(owner) }, "received"),
        (Typed { due: "2026-11-21".into(), ..complete(owner) }, "due"),
        (Typed { patient: "MRN-1".into(), ..complete(owner) }, "patient"),
        (Typed { owner: Uuid::now_v7().to_string(), ..complete(owner) }, "owner"),
        (Typed { details: "x".repeat(2001), ..complete(owner) }, "details"),
    ] {
        let errors: Errors = changed.check(today(), &choices).expect_err("refused");
        assert!(errors.get(field).is_some(), "{field}");
    }
}

#[test]
fn a_disposition_is_a_word_and_a_text() {
    let ending =
        |disposition: &str, statement: &str| Ending { disposition: disposition.into(), statement: statement.into() };
    assert!(ending("referred", "To the vendor.").check().is_ok());
    assert_eq!(ending("", " ").check().expect_err("refused").len(), 2);
    assert!(ending("fine", "Yes.").check().expect_err("refused").get("disposition").is_some());
}

#[test]
fn every_word_of_the_database_means_something() {
    assert!(matches!(Obstacle::of(None), Ok(None)));
    assert!(matches!(Obstacle::of(Some("review")), Ok(Some(Obstacle::Review))));
    assert!(matches!(Obstacle::of(Some("household")), Err(AppError::Refused(_))));
    assert!(matches!(Obstacle::of(Some("unheard")), Err(AppError::Internal(_))));
}

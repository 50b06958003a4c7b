//! What a review’s forms must say, and what the words of the database mean.

use super::{Begun, Obstacle, Outcome, PageForm, ReviewKind, Typed};
use crate::error::AppError;
use chrono::NaiveDate;
use uuid::Uuid;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn pair(name: &str, value: &dyn ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

#[test]
fn where_a_review_begins_says_its_kind() {
    let id = Uuid::now_v7();
    let kind = |pairs: &[(String, String)]| Begun::parse(pairs).map(|begun| begun.kind);
    assert_eq!(kind(&[pair("patient", &id)]).expect("a kind"), ReviewKind::Patient);
    assert_eq!(kind(&[pair("patient", &id), pair("person", &id)]).expect("a kind"), ReviewKind::Patient);
    assert_eq!(kind(&[pair("person", &id)]).expect("a kind"), ReviewKind::Person);
    assert_eq!(kind(&[pair("patient", &id), pair("kind", &"watch_list")]).expect("a kind"), ReviewKind::WatchList);
    assert_eq!(kind(&[pair("patient", &id), pair("complaint", &id)]).expect("a kind"), ReviewKind::Complaint);
    for nothing in
        [vec![], vec![pair("patient", &"")], vec![pair("patient", &"MRN-1")], vec![pair("kind", &"watch_list")]]
    {
        assert!(kind(&nothing).is_err(), "{nothing:?}");
    }
}

#[test]
fn a_period_is_past_in_order_and_two_years_at_most() {
    let today = day("2026-11-22");
    let typed = |from: &str, to: &str| Typed {
        from: from.into(),
        to: to.into(),
        reason: "concern".into(),
        line: String::new(),
    };
    assert!(Typed { reason: "concern".into(), ..Typed::fresh(ReviewKind::Person, today) }.check(today).is_ok());
    assert!(typed("2024-11-22", "2026-11-22").check(today).is_ok());
    for (from, to, field) in [
        ("2026-11-23", "2026-11-22", "from"),
        ("2026-11-01", "2026-11-23", "to"),
        ("2026-11-02", "2026-11-01", "to"),
        ("2024-11-01", "2026-11-22", "to"),
        ("", "2026-11-01", "from"),
        ("2026-11-01", "tomorrow", "to"),
    ] {
        assert!(typed(from, to).check(today).expect_err("refused").get(field).is_some(), "{from} {to}");
    }
}

#[test]
fn another_reason_is_said_in_a_line() {
    let today = day("2026-11-22");
    let other = Typed { reason: "other".into(), ..Typed::fresh(ReviewKind::Patient, today) };
    assert!(other.check(today).expect_err("refused").get("line").is_some());
    assert!(Typed { line: "Asked by counsel".into(), ..other.clone() }.check(today).is_ok());
    assert!(Typed { line: "x".repeat(201), ..other }.check(today).is_err());
    assert!(Typed::fresh(ReviewKind::Complaint, today).check(today).is_ok(), "a complaint is a reason by itself");
}

#[test]
fn an_end_needs_its_outcome_and_its_memo() {
    let form =
        |outcome: &str, memo: &str| PageForm { outcome: outcome.into(), memo: memo.into(), ..PageForm::default() };
    let fields = |form: PageForm| {
        let errors = form.ending().expect_err("refused");
        errors.iter().map(|(field, _)| field.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(fields(form("", " \r\n")), ["outcome", "memo"]);
    assert_eq!(fields(form("fine", "Looked.")), ["outcome"]);
    assert_eq!(fields(form("nothing_improper", &"x".repeat(4001))), ["memo"]);
    let ended = form("nothing_improper", " Two\r\nlines\u{7} ").ending().expect("complete");
    assert_eq!(ended, (Outcome::NothingImproper, "Two\nlines".to_owned()));
}

#[test]
fn every_word_of_the_database_means_something() {
    assert!(matches!(Obstacle::of(None), Ok(None)));
    assert!(matches!(Obstacle::of(Some("open")), Ok(Some(Obstacle::Open))));
    assert!(matches!(Obstacle::of(Some("scope")), Err(AppError::NotFound)));
    assert!(matches!(Obstacle::of(Some("version")), Err(AppError::Conflict)));
    assert!(matches!(Obstacle::of(Some("department")), Err(AppError::Refused(_))));
    assert!(matches!(Obstacle::of(Some("unheard")), Err(AppError::Internal(_))));
}

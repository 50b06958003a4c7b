//! What can be asked and answered, without a database.

use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    AnswerForm, AskForm, Choice, Closed, PhoneForm, PhoneFrame, RemarkForm, closed, due_between, due_by_default,
};
use crate::words::{AccessAnswer, AccessQuestion, Addressee, ReviewState};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn choices(asked: bool) -> Vec<Choice> {
    [(Addressee::Person, 1, asked), (Addressee::Supervisor, 2, false)]
        .map(|(addressee, id, asked)| Choice {
            addressee,
            person: Uuid::from_u128(id),
            name: "Somebody".into(),
            can_sign_in: true,
            asked,
            oneself: false,
        })
        .into()
}

fn form(to: &str, confidential: &str, due: &str) -> AskForm {
    AskForm {
        to: to.into(),
        confidential: confidential.into(),
        question: "which_task".into(),
        line: " At the\r\nfront desk? ".into(),
        due: due.into(),
    }
}

#[test]
fn nobody_is_asked_about_what_is_decided_withdrawn_or_nobodys() {
    let person = Some(Uuid::from_u128(1));
    for &state in ReviewState::ALL {
        let over = matches!(state, ReviewState::AwaitingSecondReview | ReviewState::Closed);
        assert_eq!(closed(state, false, person), over.then_some(Closed::Over), "{state:?}");
        assert_eq!(closed(state, true, person), Some(Closed::Over), "{state:?}");
        assert_eq!(closed(state, false, None), Some(if over { Closed::Over } else { Closed::Nobody }), "{state:?}");
    }
}

#[test]
fn an_answer_is_due_within_a_month_by_default_in_a_week() {
    let today = day("2026-11-23");
    assert_eq!(due_by_default(today), day("2026-11-30"));
    assert_eq!(due_between(today), (day("2026-11-24"), day("2026-12-23")));
    for (due, accepted) in [
        ("2026-11-23", false),
        ("2026-11-24", true),
        ("2026-12-23", true),
        ("2026-12-24", false),
        ("soon", false),
        ("", false),
    ] {
        let checked = form("person", "", due).check(&choices(false), today);
        assert_eq!(checked.is_ok(), accepted, "{due}");
        assert_eq!(checked.err().is_some_and(|errors| errors.get("due").is_some()), !accepted, "{due}");
    }
}

#[test]
fn a_question_goes_to_somebody_whom_the_case_lets_one_ask_and_a_confidential_one_to_the_supervisor() {
    let today = day("2026-11-23");
    let asked = form("person", "", "2026-11-30").check(&choices(false), today).expect("can be asked");
    assert_eq!((asked.person, asked.line.as_deref()), (Uuid::from_u128(1), Some("At the front desk?")));
    let asked = form("supervisor", "yes", "2026-11-30").check(&choices(true), today).expect("can be asked");
    assert!(asked.confidential && asked.person == Uuid::from_u128(2));
    for (to, confidential, open, field) in [
        ("person", "yes", false, "confidential"),
        ("person", "", true, "to"),
        ("", "", false, "to"),
        ("neighbor", "", false, "to"),
    ] {
        let errors = form(to, confidential, "2026-11-30").check(&choices(open), today).expect_err("refused");
        assert!(errors.get(field).is_some(), "{to} {confidential} {open}");
    }
    let mut oneself = choices(false);
    oneself[1].oneself = true;
    assert!(form("supervisor", "", "2026-11-30").check(&oneself, today).is_err());
    let long = AskForm { line: "x".repeat(201), ..form("person", "", "2026-11-30") };
    assert!(long.check(&choices(false), today).expect_err("too long").get("line").is_some());
    let other = AskForm { question: "anything".into(), ..form("person", "", "2026-11-30") };
    assert!(other.check(&choices(false), today).expect_err("not in the list").get("question").is_some());
}

#[test]
fn an_answer_comes_from_the_list_and_another_one_says_what_it_was() {
    let answer = |answer: &str, line: &str| AnswerForm { answer: answer.into(), line: line.into() }.check();
    assert!(answer("caring", "").is_ok_and(|answer| answer.line.is_none()));
    assert!(answer("other", "A drill").is_ok());
    for (word, line, field) in
        [("", "", "answer"), ("busy", "", "answer"), ("other", " \r\n ", "line"), ("caring", &"x".repeat(501), "line")]
    {
        assert!(answer(word, line).expect_err("refused").get(field).is_some(), "{word}");
    }
    assert!(RemarkForm { remark: "  ".into() }.check().is_err());
    assert!(RemarkForm { remark: "x".repeat(501) }.check().is_err());
    assert_eq!(RemarkForm { remark: " one\nmore ".into() }.check().ok().as_deref(), Some("one more"));
}

#[test]
fn an_answer_by_phone_came_after_the_question_and_not_in_the_future() {
    let people = vec![(Uuid::from_u128(1), "Somebody".to_owned())];
    let at = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().expect("a time");
    let frame = PhoneFrame {
        speakers: &people,
        listeners: &people,
        asked_at: at("2026-11-23T15:30:45Z"),
        zone: chrono_tz::America::Chicago,
        now: at("2026-11-23T18:00:00Z"),
    };
    let form = |day: &str, time: &str, by: u128| PhoneForm {
        by: Uuid::from_u128(by).to_string(),
        taken_by: Uuid::from_u128(1).to_string(),
        day: day.into(),
        time: time.into(),
        answer: "covering".into(),
        line: String::new(),
    };
    let taken = form("2026-11-23", "09:30", 1).check(&frame).expect("in the minute of the question");
    assert_eq!(taken.at, at("2026-11-23T15:30:00Z"));
    for (day, time, by, field) in [
        ("2026-11-23", "09:29", 1, "day"),
        ("2026-11-23", "12:01", 1, "day"),
        ("2026-11-23", "noon", 1, "day"),
        ("", "09:45", 1, "day"),
        ("2026-11-23", "09:45", 2, "by"),
    ] {
        assert!(form(day, time, by).check(&frame).expect_err("refused").get(field).is_some(), "{day} {time}");
    }
}

#[test]
fn a_supervisor_is_asked_and_answers_about_somebody_else() {
    for &question in AccessQuestion::ALL {
        assert_eq!(question.put_to(Addressee::Person), question.label());
        let words = question.put_to(Addressee::Supervisor).to_lowercase();
        assert!(!words.contains("you"), "{words}");
    }
    for &answer in AccessAnswer::ALL {
        assert_eq!(answer.said_by(Addressee::Person), answer.label());
    }
    for answer in [AccessAnswer::Caring, AccessAnswer::Covering, AccessAnswer::NotMe] {
        assert!(answer.said_by(Addressee::Supervisor).to_lowercase().contains("the"), "{answer:?}");
    }
}

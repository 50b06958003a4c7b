//! "Why did you open this record?": asked, answered and withdrawn, and what each of them sees, hears and leaves.

use std::ops::Deref as _;

use chrono::{Days, NaiveDate};
use hipaa_auditor::audit::Worker;
use hipaa_auditor::clock;
use hipaa_auditor::features::questions;
use hipaa_auditor::words::{AccessAnswer, AccessQuestion, Addressee, AnswerChannel, QuestionState};
use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Answer, Browser, PASSWORD, TestDb, TestPortal, told};

/// Words that stand in the case and nowhere a person who is asked may look.
const NOTE: &str = "Zibeline neighbor dispute";

/// `CASE_A` is about somebody who can sign in: field staff of facility A, whom the manager supervises.
async fn portal() -> TestPortal {
    let db = TestDb::new().await;
    db.sql(&format!(
        "UPDATE portal.review_cases SET person_id = '{FIELD_STAFF}' WHERE id = '{CASE_A}';
         INSERT INTO portal.review_events (case_id, seq, kind, actor_id, from_state, to_state, note)
         VALUES ('{CASE_A}', 2, 'assigned', '{COORDINATOR_A}', 'unassigned', 'unassigned', '{NOTE}');
         UPDATE portal.review_cases SET version = 2 WHERE id = '{CASE_A}'"
    ))
    .await;
    TestPortal::on(db, |_| {}).await
}

fn today() -> NaiveDate {
    clock::today_in("America/Chicago")
}

fn in_days(days: u64) -> String {
    (today() + Days::new(days)).to_string()
}

async fn ask(browser: &Browser, case: Uuid, changes: &[(&str, &str)]) -> Answer {
    let due = in_days(7);
    let mut fields =
        vec![("to", "person"), ("question", "course_of_work"), ("line", "Perhaps for the Quimby ward?"), ("due", &due)];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    browser.post(&format!("/access-logs/cases/{case}/question"), &fields).await
}

/// The open question of a case that was asked last.
async fn asked(db: &TestDb, case: Uuid) -> Uuid {
    db.value(&format!("SELECT id FROM portal.questions WHERE case_id = '{case}' ORDER BY id DESC LIMIT 1")).await
}

async fn state(db: &TestDb, question: Uuid) -> String {
    db.value(&format!("SELECT state FROM portal.questions WHERE id = '{question}'")).await
}

/// State and version of a case.
async fn case(db: &TestDb, case: Uuid) -> String {
    db.value(&format!("SELECT concat_ws(' ', state, version) FROM portal.review_cases WHERE id = '{case}'")).await
}

async fn history(db: &TestDb, case: Uuid) -> Vec<String> {
    db.value(&format!(
        "SELECT array_agg(concat_ws(' ', seq, kind, coalesce(actor_id::text, '-'), from_state, to_state) ORDER BY seq)
           FROM portal.review_events WHERE case_id = '{case}' AND question_id IS NOT NULL"
    ))
    .await
}

async fn answer(browser: &Browser, question: Uuid, answer: &str, line: &str) -> Answer {
    browser.post(&format!("/questions/{question}/answer"), &[("answer", answer), ("line", line)]).await
}

async fn decide(browser: &Browser, db: &TestDb, id: Uuid) {
    let version: i32 = db.value(&format!("SELECT version FROM portal.review_cases WHERE id = '{id}'")).await;
    let version = version.to_string();
    let fields = [("version", &*version), ("disposition", "appropriate"), ("reason", "care_team")];
    let answer = browser.post(&format!("/access-logs/cases/{id}/decision"), &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
}

/// Every page that field staff can open, in one text.
async fn everything(portal: &TestPortal, browser: &Browser) -> String {
    let mut all = String::new();
    let open: Vec<Uuid> = portal
        .value(&format!(
            "SELECT coalesce(array_agg(id), '{{}}') FROM portal.questions WHERE addressee_id = '{FIELD_STAFF}'"
        ))
        .await;
    let mut paths: Vec<String> =
        ["/questions", "/questions?view=past", "/questions.csv", "/questions.csv?view=past", "/findings"]
            .map(ToOwned::to_owned)
            .into();
    paths.extend(["/audit", "/settings/account", "/settings/preferences", "/facilities"].map(ToOwned::to_owned));
    paths.push(format!("/people/{FIELD_STAFF}"));
    paths.push(format!("/findings/{FINDING}"));
    paths.extend(open.iter().map(|id| format!("/questions/{id}")));
    for path in paths {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        all += &answer.body;
    }
    all
}

#[actix_web::test]
async fn a_question_goes_to_the_person_alone_and_their_answer_moves_the_case() {
    let portal = portal().await;
    let office = portal.as_role("coordinator_a").await;
    let page = office.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    let link = format!("href=\"/access-logs/cases/{CASE_A}/question\" data-key=\"r\"");
    assert!(page.contains(&link), "{page}");
    assert!(office.get(&format!("/access-logs?open={CASE_A}")).await.body.contains(&link), "in the drawer too");
    let form = office.get(&format!("/access-logs/cases/{CASE_A}/question")).await.body;
    assert!(form.contains("The person: Philippa Zellweger") && form.contains("The supervisor: Marguerite Oakhollow"));
    assert!(form.contains(&format!("value=\"{}\"", in_days(7))), "a week by default");

    let posted = ask(&office, CASE_A, &[]).await;
    assert_eq!((posted.status, posted.location()), (303, &*format!("/access-logs/cases/{CASE_A}")), "{}", posted.body);
    let question = asked(&portal, CASE_A).await;
    let events = portal.events(posted.request_id()).await;
    assert_eq!(told(&events), "question.form.read question.ask");
    assert_eq!((events[0].resource_id, events[1].resource_id), (CASE_A, question));
    assert_eq!(case(&portal, CASE_A).await, "awaiting_answer 3");

    for (username, sees) in [("field_staff", true), ("manager", false), ("coordinator_b", false), ("admin", false)] {
        let browser = portal.as_role(username).await;
        let list = browser.get("/questions").await.body;
        assert_eq!(list.contains(&format!("/questions/{question}")), sees, "{username}");
        let one = browser.get(&format!("/questions/{question}")).await;
        assert_eq!(one.status, if sees { 200 } else { 404 }, "{username}");
        if !sees {
            assert_eq!(
                told(&portal.events(one.request_id()).await),
                "question.read question.read!authz_fail/not_in_scope"
            );
            assert_eq!(answer(&browser, question, "caring", "").await.status, 404, "{username}");
        }
    }
    let person = portal.as_role("field_staff").await;
    assert!(
        person.get("/findings").await.body.contains("<span class=\"n\">2<span class=\"vh\"> waiting"),
        "in the menu"
    );
    let page = person.get(&format!("/questions/{question}")).await.body;
    for words in [
        "Did you open the record in the course of your work?",
        "Perhaps for the Quimby ward?",
        "<dt>Record</dt><dd>Encounter</dd>",
        "Cedar Hill Hospital",
        "Chicago time",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }

    let sent = answer(&person, question, "registration", " At the desk,\r\nfor a transfer ").await;
    assert_eq!((sent.status, sent.location()), (303, &*format!("/questions/{question}")));
    assert_eq!(told(&portal.events(sent.request_id()).await), "question.read question.answer");
    assert_eq!((&*state(&portal, question).await, &*case(&portal, CASE_A).await), ("answered", "in_review 4"));
    assert_eq!(
        history(&portal, CASE_A).await,
        [
            format!("3 asked {COORDINATOR_A} unassigned awaiting_answer"),
            format!("4 answered {FIELD_STAFF} awaiting_answer in_review")
        ]
    );
    let page = person.get(&format!("/questions/{question}")).await.body;
    assert!(page.contains("At the desk, for a transfer") && page.contains("Answer sent"), "{page}");
    assert!(!page.contains("name=\"answer\""), "it is sealed");
    for page in [
        office.get(&format!("/access-logs/cases/{CASE_A}")).await.body,
        office.get(&format!("/access-logs?open={CASE_A}")).await.body,
    ] {
        assert!(page.contains("It was for registration or billing") && page.contains("At the desk, for a transfer"));
    }
    let page = office.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(
        page.contains("Rosalind Quillfeather asked the person") && page.contains("Philippa Zellweger answered"),
        "{page}"
    );
    // what was said is nobody's but the case's
    let kept: i64 = portal
        .value("SELECT count(*) FROM audit.events e WHERE e::text ILIKE '%quimby%' OR e::text ILIKE '%transfer%'")
        .await;
    assert_eq!(kept, 0);
}

#[actix_web::test]
async fn whoever_is_asked_sees_nothing_of_the_case() {
    let portal = portal().await;
    assert_eq!(ask(&portal.as_role("coordinator_a").await, CASE_A, &[]).await.status, 303);
    let question = asked(&portal, CASE_A).await;
    let person = portal.as_role("field_staff").await;
    let mut pages = person.get("/questions").await.body;
    pages += &person.get("/questions.csv").await.body;
    pages += &person.get(&format!("/questions/{question}")).await.body;
    pages += &answer(&person, question, "other", "").await.body;
    let (patient, number): (Uuid, i64) = (
        portal.value(&format!("SELECT patient_id FROM portal.review_cases WHERE id = '{CASE_A}'")).await,
        portal.value(&format!("SELECT number FROM portal.review_cases WHERE id = '{CASE_A}'")).await,
    );
    let rows: Vec<Uuid> =
        portal.value(&format!("SELECT array_agg(access_id) FROM portal.case_rows WHERE case_id = '{CASE_A}'")).await;
    let mut hidden: Vec<String> = [
        "terminated_user",
        "Used after leaving",
        "after_hours",
        "Off shift",
        "High",
        NOTE,
        "MRN-77310042",
        "MRN-77310043",
        "ENC-99120",
        "WS-LINDEN",
        "10.20.0.",
        "brac11",
        "Quillfeather",
        "AL-",
    ]
    .map(ToOwned::to_owned)
    .into();
    hidden.extend([CASE_A, patient, COORDINATOR_A].map(|id| id.to_string()));
    hidden.extend(rows.iter().map(Uuid::to_string));
    hidden.push(number.to_string());
    for secret in hidden {
        assert!(!pages.contains(&secret), "{secret}");
    }
    // and by no other way: the tables themselves are the office's
    let token = portal.session_of(FIELD_STAFF).await;
    let mut app = portal.as_app().await;
    for action in ["question.read", "question.list.read", "question.list.export"] {
        let event = app.open(&token, action).await.expect("may");
        app.must(&format!("BEGIN; SELECT audit.use_event('{event}')")).await;
        assert!(app.must("SELECT * FROM portal.my_questions()").await > 0, "{action}");
        app.must("SAVEPOINT s").await;
        for table in ["questions", "question_answers", "question_remarks", "review_cases", "access_logs"] {
            assert_eq!(
                app.run(&format!("SELECT * FROM portal.{table}")).await,
                Err("HA002".to_owned()),
                "{action} {table}"
            );
            app.must("ROLLBACK TO s").await;
        }
        app.must("ROLLBACK").await;
    }
}

#[actix_web::test]
async fn a_confidential_question_goes_to_the_supervisor_and_the_person_hears_nothing() {
    let portal = portal().await;
    let person = portal.as_role("field_staff").await;
    let before = everything(&portal, &person).await;
    let office = portal.as_role("coordinator_a").await;
    let line = "Ask about the Thistledown shift";
    let posted = ask(&office, CASE_A, &[("to", "supervisor"), ("confidential", "yes"), ("line", line)]).await;
    assert_eq!(posted.status, 303, "{}", posted.body);
    let question = asked(&portal, CASE_A).await;

    let supervisor = portal.as_role("manager").await;
    let page = supervisor.get(&format!("/questions/{question}")).await.body;
    for words in [
        "Confidential.",
        "About a record that Philippa Zellweger opened",
        "Did they open the record in the course of their work?",
        "They were covering or on call",
        line,
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(supervisor.get("/questions").await.body.contains("About P. Zellweger, confidential"));
    assert_eq!(answer(&supervisor, question, "covering", "Swapped a Thistledown shift").await.status, 303);
    assert_eq!(case(&portal, CASE_A).await, "in_review 4");

    let after = everything(&portal, &person).await;
    for text in [question.to_string(), CASE_A.to_string(), "Thistledown".to_owned(), "Confidential".to_owned()] {
        assert!(!after.contains(&text), "{text}");
    }
    let count = |text: &str| text.matches("/questions/").count();
    assert_eq!(count(&before), count(&after), "nothing more is there than before");
    assert_eq!(person.get(&format!("/questions/{question}")).await.status, 404);
    // asked openly, the supervisor is not told to keep quiet, and the person still sees only what is theirs
    assert_eq!(ask(&office, CASE_A, &[("to", "supervisor")]).await.status, 303);
    let open = asked(&portal, CASE_A).await;
    assert!(!supervisor.get(&format!("/questions/{open}")).await.body.contains("Confidential."));
    assert_eq!(person.get(&format!("/questions/{open}")).await.status, 404);
}

#[actix_web::test]
async fn a_question_that_cannot_be_asked_is_refused_and_keeps_what_was_typed() {
    let portal = portal().await;
    let office = portal.as_role("coordinator_a").await;
    for (field, value, sentence) in [
        ("to", "neighbor", "Choose whom to ask"),
        ("question", "", "Choose what to ask"),
        ("question", "why", "Choose what to ask"),
        ("line", &*"x".repeat(201), "Shorten this to 200 characters"),
        ("due", &in_days(0), "Choose a day from"),
        ("due", &in_days(31), "Choose a day from"),
        ("due", "tomorrow", "Choose a day from"),
        ("confidential", "yes", "A confidential question goes to the supervisor"),
    ] {
        let answer = ask(&office, CASE_A, &[(field, value)]).await;
        assert_eq!(answer.status, 422, "{field} {value}");
        assert!(
            answer.body.contains(sentence) && answer.body.contains("<title>Error: "),
            "{sentence}: {}",
            answer.body
        );
        assert!(
            answer.body.contains(&format!("href=\"#{field}\"")) && answer.body.contains(&format!("id=\"{field}\""))
        );
        if field != "line" {
            assert!(answer.body.contains("value=\"Perhaps for the Quimby ward?\""), "the line stays");
        }
        if field != "question" {
            assert!(answer.body.contains("value=\"course_of_work\" selected"), "the question stays");
        }
        assert_eq!(
            told(&portal.events(answer.request_id()).await),
            "question.form.read question.ask!validate_fail/invalid_input question.form.read"
        );
    }
    for days in [1, 30] {
        assert_eq!(ask(&office, CASE_A, &[("due", &in_days(days))]).await.status, 303, "{days}");
        portal.sql("UPDATE portal.questions SET state = 'withdrawn' WHERE state = 'open'").await;
    }
    // one open question to each at a time
    assert_eq!(ask(&office, CASE_A, &[]).await.status, 303);
    let twice = ask(&office, CASE_A, &[]).await;
    assert_eq!(twice.status, 422);
    assert!(twice.body.contains("A question to them about this case is open already"));
    assert_eq!(ask(&office, CASE_A, &[("to", "supervisor")]).await.status, 303, "the other one can be asked");
    let form = office.get(&format!("/access-logs/cases/{CASE_A}/question")).await.body;
    assert!(form.contains("Everybody who can be asked has been asked") && !form.contains("Ask question"), "{form}");
    let open: i64 = portal
        .value(&format!("SELECT count(*) FROM portal.questions WHERE case_id = '{CASE_A}' AND state = 'open'"))
        .await;
    assert_eq!(open, 2);
}

#[actix_web::test]
async fn of_two_who_ask_at_once_one_asks() {
    let portal = portal().await;
    let (one, two) = (portal.as_role("coordinator_a").await, portal.as_role("coordinator_all").await);
    let answers = tokio::join!(ask(&one, CASE_A, &[]), ask(&two, CASE_A, &[]));
    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
    assert_eq!(case(&portal, CASE_A).await, "awaiting_answer 3");
}

#[actix_web::test]
async fn nobody_is_asked_about_a_decided_case_or_a_login_that_is_nobodys() {
    let portal = portal().await;
    let office = portal.as_role("coordinator_a").await;
    decide(&office, &portal, CASE_A).await;
    let late = ask(&office, CASE_A, &[]).await;
    assert_eq!(late.status, 409);
    assert!(late.body.contains("This case is decided or withdrawn") && late.body.contains("Quimby"), "{}", late.body);
    assert_eq!(
        told(&portal.events(late.request_id()).await),
        "question.form.read question.ask!validate_fail/conflict question.form.read"
    );
    portal.sql(&format!("UPDATE portal.review_cases SET person_id = NULL WHERE id = '{CASE_B}'")).await;
    let all = portal.as_role("coordinator_all").await;
    let form = all.get(&format!("/access-logs/cases/{CASE_B}/question")).await;
    assert_eq!(form.status, 409);
    assert!(form.body.contains("so there is nobody to ask") && !form.body.contains("<fieldset"), "{}", form.body);
    assert_eq!(ask(&all, CASE_B, &[]).await.status, 409);
    let page = all.get(&format!("/access-logs/cases/{CASE_B}")).await.body;
    assert!(!page.contains(&format!("/access-logs/cases/{CASE_B}/question\"")), "no link either");
    // and the database says no by itself
    let token = portal.session_of(COORDINATOR_A).await;
    let mut app = portal.as_app().await;
    let read = app.open(&token, "question.form.read").await.expect("may");
    app.must(&format!("BEGIN; SELECT audit.use_event('{read}')")).await;
    app.open(&token, "question.ask").await.expect("may");
    let insert = format!(
        "INSERT INTO portal.questions (id, case_id, asked_by, addressee, addressee_id, confidential, question, due_on)
         VALUES (gen_random_uuid(), '{CASE_A}', '{COORDINATOR_A}', 'person', '{FIELD_STAFF}', false, 'which_task', current_date + 7)"
    );
    assert_eq!(app.run(&insert).await, Err("23514".to_owned()));
}

#[actix_web::test]
async fn whoever_stands_near_to_the_person_asks_nothing() {
    let portal = portal().await;
    // a colleague sees the case and asks nothing about it
    portal
        .sql(&format!(
            "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on)
             VALUES (gen_random_uuid(), '{COORDINATOR_A}', '{FACILITY_A}', '{DEPARTMENT_A}', 'Analyst', '2020-01-01')"
        ))
        .await;
    let office = portal.as_role("coordinator_a").await;
    let page = office.get(&format!("/access-logs/cases/{CASE_A}")).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains(&format!("/access-logs/cases/{CASE_A}/question\"")));
    assert_eq!(office.get(&format!("/access-logs/cases/{CASE_A}/question")).await.status, 403);
    let posted = ask(&office, CASE_A, &[]).await;
    assert_eq!(posted.status, 403);
    assert_eq!(
        told(&portal.events(posted.request_id()).await),
        "question.form.read question.ask!authz_fail/conflict_of_interest"
    );
    let token = portal.session_of(COORDINATOR_A).await;
    let mut app = portal.as_app().await;
    let read = app.open(&token, "question.form.read").await.expect("may");
    app.must(&format!("BEGIN; SELECT audit.use_event('{read}')")).await;
    app.open(&token, "question.ask").await.expect("may");
    let insert = format!(
        "INSERT INTO portal.questions (id, case_id, asked_by, addressee, addressee_id, confidential, question, due_on)
         VALUES (gen_random_uuid(), '{CASE_A}', '{COORDINATOR_A}', 'person', '{FIELD_STAFF}', false, 'which_task', current_date + 7)"
    );
    assert_eq!(app.run(&insert).await, Err("42501".to_owned()), "the policies say so too");
    // nobody asks themselves: the manager supervises field staff, and may decide
    let manager = portal.as_role("manager_two").await;
    portal
        .sql(&format!(
            "UPDATE portal.employment_periods SET supervisor_id = '{MANAGER_TWO}' WHERE person_id = '{FIELD_STAFF}'"
        ))
        .await;
    let form = manager.get(&format!("/access-logs/cases/{CASE_A}/question")).await;
    assert!(form.status == 200 && form.body.contains("nobody asks themselves"), "{}", form.body);
    assert_eq!(ask(&manager, CASE_A, &[("to", "supervisor")]).await.status, 422);
}

#[actix_web::test]
async fn the_supervisor_is_the_one_of_that_day() {
    let portal = portal().await;
    portal
        .sql(&format!(
            "UPDATE portal.employment_periods SET ends_on = current_date - 40 WHERE person_id = '{FIELD_STAFF}';
             INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, supervisor_id, starts_on, ends_on) VALUES
               (gen_random_uuid(), '{FIELD_STAFF}', '{FACILITY_A}', '{DEPARTMENT_A}', 'Registrar', '{COORDINATOR_ALL}', current_date - 39, current_date - 1),
               (gen_random_uuid(), '{FIELD_STAFF}', '{FACILITY_A}', '{DEPARTMENT_A}', 'Registrar', '{AUDITOR}', current_date, NULL)"
        ))
        .await;
    portal.sql(&format!("UPDATE portal.review_cases SET local_day = current_date - 2 WHERE id = '{CASE_A}'")).await;
    let office = portal.as_role("coordinator_a").await;
    let form = office.get(&format!("/access-logs/cases/{CASE_A}/question")).await.body;
    assert!(form.contains("The supervisor: Cordelia Vossberg"), "{form}");
    assert_eq!(ask(&office, CASE_A, &[("to", "supervisor")]).await.status, 303);
    let to: Uuid = portal.value(&format!("SELECT addressee_id FROM portal.questions WHERE case_id = '{CASE_A}'")).await;
    assert_eq!(to, COORDINATOR_ALL);
}

#[actix_web::test]
async fn an_answer_is_sent_once_and_nothing_typed_is_lost() {
    let portal = portal().await;
    assert_eq!(ask(&portal.as_role("coordinator_a").await, CASE_A, &[]).await.status, 303);
    let question = asked(&portal, CASE_A).await;
    let person = portal.as_role("field_staff").await;
    for (word, line, sentence) in [
        ("", "Kept & kept", "Choose an answer"),
        ("busy", "Kept & kept", "Choose an answer"),
        ("other", "  ", "Say in a few words what it was"),
        ("caring", &*"x".repeat(501), "Shorten this to 500 characters"),
    ] {
        let refused = answer(&person, question, word, line).await;
        assert_eq!(refused.status, 422, "{word}");
        assert!(
            refused.body.contains(sentence) && refused.body.contains("<title>Error: "),
            "{sentence}: {}",
            refused.body
        );
        assert!(refused.body.contains(&format!(">{}</textarea>", line.replace('&', "&#38;"))), "{}", refused.body);
        if ["other", "caring"].contains(&word) {
            assert!(refused.body.contains(&format!("value=\"{word}\" checked")), "{word} stays chosen");
        }
        assert_eq!(
            told(&portal.events(refused.request_id()).await),
            "question.answer!validate_fail/invalid_input question.read"
        );
    }
    let answers = tokio::join!(
        answer(&person, question, "caring", "The first"),
        answer(&person, question, "not_me", "The second")
    );
    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    let again = answer(&person, question, "not_known", "Typed <later>").await;
    assert_eq!(again.status, 409);
    assert!(
        again.body.contains("This came too late") && again.body.contains("Typed &#60;later&#62;"),
        "{}",
        again.body
    );
    let kept: i64 =
        portal.value(&format!("SELECT count(*) FROM portal.question_answers WHERE question_id = '{question}'")).await;
    assert_eq!(kept, 1);
    // sealed for the owner of the tables too
    let mut owner = portal.deref().as_role("portal_owner").await;
    for sql in [
        format!("UPDATE portal.question_answers SET line = 'other' WHERE question_id = '{question}'"),
        format!("DELETE FROM portal.question_answers WHERE question_id = '{question}'"),
        format!("UPDATE portal.questions SET question = 'meant_to' WHERE id = '{question}'"),
        format!("DELETE FROM portal.questions WHERE id = '{question}'"),
    ] {
        assert_eq!(owner.run(&sql).await, Err("HA403".to_owned()), "{sql}");
    }
    assert_eq!(
        owner.run(&format!("UPDATE portal.questions SET state = 'open' WHERE id = '{question}'")).await,
        Err("23514".to_owned())
    );
}

#[actix_web::test]
async fn a_remark_is_added_until_the_case_is_decided() {
    let portal = portal().await;
    let (office, person) = (portal.as_role("coordinator_a").await, portal.as_role("field_staff").await);
    assert_eq!(ask(&office, CASE_A, &[]).await.status, 303);
    let question = asked(&portal, CASE_A).await;
    let remark = async |text: &str| person.post(&format!("/questions/{question}/remarks"), &[("remark", text)]).await;
    assert_eq!(remark("Too early").await.status, 409, "there is no answer yet");
    assert_eq!(answer(&person, question, "caring", "").await.status, 303);
    assert_eq!(remark("  ").await.status, 422);
    let added = remark("It was the Barnstable bed").await;
    assert_eq!((added.status, added.location()), (303, &*format!("/questions/{question}")));
    assert!(person.get(&format!("/questions/{question}")).await.body.contains("Barnstable"));
    let page = office.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(page.contains("Barnstable") && page.contains("added a remark to an answer"), "{page}");
    assert_eq!(case(&portal, CASE_A).await, "in_review 5");
    decide(&office, &portal, CASE_A).await;
    let page = person.get(&format!("/questions/{question}")).await.body;
    assert!(page.contains("nothing can be added any more") && !page.contains("name=\"remark\""), "{page}");
    let late = remark("One more thing").await;
    assert_eq!(late.status, 409);
    assert!(late.body.contains("One more thing"), "what was typed is shown");
    // opened again, the case listens again
    let version: i32 = portal.value(&format!("SELECT version FROM portal.review_cases WHERE id = '{CASE_A}'")).await;
    assert_eq!(office.post(&format!("/access-logs/cases/{CASE_A}/reopening?version={version}"), &[]).await.status, 303);
    assert_eq!(remark("One more thing").await.status, 303);
}

#[actix_web::test]
async fn an_answer_by_phone_says_who_gave_it_and_who_listened() {
    let portal = TestPortal::start().await;
    let office = portal.as_role("coordinator_a").await;
    // the nurse has no account
    let form = office.get(&format!("/access-logs/cases/{CASE_A}/question")).await.body;
    assert!(form.contains("Has no account here: the answer can only be taken by phone."), "{form}");
    assert_eq!(ask(&office, CASE_A, &[]).await.status, 303);
    let question = asked(&portal, CASE_A).await;
    let page = office.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(page.contains("Has no account here: take the answer by phone."), "{page}");
    let path = format!("/access-logs/cases/{CASE_A}/questions/{question}/phone");
    let form = office.get(&path).await.body;
    assert!(form.contains("Josephine Brackenridge") && form.contains("name=\"taken_by\""), "{form}");
    let now = clock::now().with_timezone(&clock::zone("America/Chicago"));
    let (day, time) = (now.format("%Y-%m-%d").to_string(), now.format("%H:%M").to_string());
    let (nurse, listener, manager) = (NURSE_A.to_string(), COORDINATOR_ALL.to_string(), MANAGER.to_string());
    let record = async |changes: &[(&str, &str)]| {
        let mut fields = vec![
            ("by", &*nurse),
            ("taken_by", &*listener),
            ("day", &*day),
            ("time", &*time),
            ("answer", "covering"),
            ("line", "For the Wexcombe unit"),
        ];
        for (name, value) in changes {
            fields.retain(|(known, _)| known != name);
            fields.push((name, value));
        }
        office.post(&path, &fields).await
    };
    for (field, value) in [
        ("by", &*manager),
        ("taken_by", &*nurse),
        ("day", "2020-01-01"),
        ("day", "2099-01-01"),
        ("time", "late"),
        ("answer", ""),
    ] {
        let refused = record(&[(field, value)]).await;
        assert_eq!(refused.status, 422, "{field} {value}");
        assert!(refused.body.contains(">For the Wexcombe unit</textarea>"), "the line stays: {}", refused.body);
    }
    let recorded = record(&[]).await;
    assert_eq!(recorded.status, 303, "{}", recorded.body);
    assert_eq!(told(&portal.events(recorded.request_id()).await), "question.form.read question.answer.record");
    let kept: String = portal
        .value(&format!(
            "SELECT concat_ws(' ', answer, channel, answered_by, taken_by, recorded_by, late) FROM portal.question_answers WHERE question_id = '{question}'"
        ))
        .await;
    assert_eq!(kept, format!("covering phone {NURSE_A} {COORDINATOR_ALL} {COORDINATOR_A} f"));
    assert_eq!(case(&portal, CASE_A).await, "in_review 3");
    let page = office.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    for words in ["by phone to Cordelia Vossberg", "For the Wexcombe unit", "recorded an answer taken by phone"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let twice = record(&[]).await;
    assert_eq!(twice.status, 409);
    assert!(
        twice.body.contains("This question is not open any more") && twice.body.contains("Wexcombe"),
        "{}",
        twice.body
    );
}

#[actix_web::test]
async fn a_question_is_withdrawn_and_a_decision_needs_no_answer_any_more() {
    let portal = portal().await;
    let (office, person) = (portal.as_role("coordinator_a").await, portal.as_role("field_staff").await);
    assert_eq!(ask(&office, CASE_A, &[]).await.status, 303);
    let first = asked(&portal, CASE_A).await;
    assert_eq!(ask(&office, CASE_A, &[("to", "supervisor")]).await.status, 303);
    let second = asked(&portal, CASE_A).await;
    let withdraw = async |question: Uuid| {
        office.post(&format!("/access-logs/cases/{CASE_A}/questions/{question}/withdrawal"), &[]).await.status
    };
    assert_eq!(withdraw(first).await, 303);
    assert_eq!(case(&portal, CASE_A).await, "awaiting_answer 5", "the other question is open");
    assert_eq!(withdraw(first).await, 409);
    let page = person.get(&format!("/questions/{first}")).await.body;
    assert!(page.contains("withdrew this question") && !page.contains("name=\"answer\""), "{page}");
    let late = answer(&person, first, "caring", "Typed in vain").await;
    assert_eq!(late.status, 409);
    assert!(late.body.contains("Typed in vain"));
    assert_eq!(withdraw(second).await, 303);
    assert_eq!(case(&portal, CASE_A).await, "in_review 6");
    let due = format!("SELECT answer_due_at IS NULL FROM portal.review_cases WHERE id = '{CASE_A}'");
    assert!(portal.value::<bool>(&due).await);

    assert_eq!(ask(&office, CASE_A, &[]).await.status, 303);
    let third = asked(&portal, CASE_A).await;
    assert!(!portal.value::<bool>(&due).await);
    decide(&office, &portal, CASE_A).await;
    assert_eq!(state(&portal, third).await, "not_needed");
    assert!(portal.value::<bool>(&due).await);
    let page = person.get(&format!("/questions/{third}")).await.body;
    assert!(page.contains("An answer is no longer needed") && !page.contains("Appropriate"), "no reason: {page}");
    assert_eq!(answer(&person, third, "caring", "").await.status, 409);
    assert!(person.get("/questions?view=past").await.body.contains("No longer needed"));
}

#[actix_web::test]
async fn nobody_is_asked_any_more_about_rows_that_were_withdrawn() {
    let portal = portal().await;
    assert_eq!(ask(&portal.as_role("coordinator_a").await, CASE_A, &[]).await.status, 303);
    let question = asked(&portal, CASE_A).await;
    portal.sql(&format!("UPDATE portal.review_cases SET withdrawn_at = now() WHERE id = '{CASE_A}'")).await;
    assert_eq!((&*state(&portal, question).await, &*case(&portal, CASE_A).await), ("not_needed", "in_review 3"));
    let page = portal.as_role("field_staff").await.get(&format!("/questions/{question}")).await.body;
    assert!(page.contains("An answer is no longer needed"), "{page}");
}

#[actix_web::test]
async fn an_overdue_answer_is_noted_once_shown_first_and_marked_as_late() {
    let portal = portal().await;
    let (office, person) = (portal.as_role("coordinator_a").await, portal.as_role("field_staff").await);
    assert_eq!(ask(&office, CASE_A, &[]).await.status, 303);
    let question = asked(&portal, CASE_A).await;
    let worker = Worker::lazy(&portal.worker_url, 2).expect("a worker");
    assert_eq!(questions::mark_overdue(&worker).await.expect("looks"), 0, "nothing is overdue yet");
    let queue = async |view: &str| office.get(&format!("/access-logs?view={view}")).await.body;
    let line = format!("row-{CASE_A}");
    assert!(queue("asked").await.contains(&line) && !queue("overdue").await.contains(&line));
    // a week later
    portal
        .sql(&format!(
            "ALTER TABLE portal.questions DISABLE TRIGGER keep_question;
             UPDATE portal.questions SET due_on = current_date - 2, due_until = now() - interval '1 day' WHERE id = '{question}';
             ALTER TABLE portal.questions ENABLE TRIGGER keep_question;
             UPDATE portal.review_cases SET answer_due_at = now() - interval '1 day' WHERE id = '{CASE_A}'"
        ))
        .await;
    let mark = portal.mark().await;
    assert_eq!(questions::mark_overdue(&worker).await.expect("marks"), 1);
    assert_eq!(questions::mark_overdue(&worker).await.expect("looks"), 0, "once");
    let events = portal.events_after(mark).await;
    assert_eq!(told(&events), "question.overdue.mark");
    assert_eq!((&*events[0].actor_type, events[0].resource_id), ("system", question));
    assert!(history(&portal, CASE_A).await.contains(&"4 answer_overdue - awaiting_answer awaiting_answer".to_owned()));
    let page = office.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(page.contains("An answer of the person is overdue") && page.contains("Overdue"), "{page}");
    assert!(queue("overdue").await.contains(&line));
    let list = person.get("/questions").await.body;
    assert!(list.contains("1 is overdue."), "{list}");
    let at = |text: String| list.find(&text).expect("listed");
    assert!(at(format!("/questions/{question}")) < at(format!("/questions/{OWN_QUESTION}")), "the first due on top");
    assert!(person.get(&format!("/questions/{question}")).await.body.contains("it is marked as late"));
    assert_eq!(answer(&person, question, "caring", "").await.status, 303);
    assert!(
        portal
            .value::<bool>(&format!("SELECT late FROM portal.question_answers WHERE question_id = '{question}'"))
            .await
    );
    assert!(office.get(&format!("/access-logs/cases/{CASE_A}")).await.body.contains("Answered late"));
    assert!(!queue("overdue").await.contains(&line));
    worker.close().await;
}

#[actix_web::test]
async fn whoever_sees_the_case_sees_its_questions_and_only_reviewers_act_on_them() {
    let portal = TestPortal::start().await;
    for (username, status, acts) in
        [("manager", 200, true), ("coordinator_b", 200, true), ("auditor", 200, false), ("coordinator_a", 404, false)]
    {
        let browser = portal.as_role(username).await;
        let page = browser.get(&format!("/access-logs/cases/{CASE_B}")).await;
        assert_eq!(page.status, status, "{username}");
        assert_eq!(page.body.contains("Which task or request was this for?"), status == 200, "{username}");
        for part in [format!("{QUESTION}/phone"), format!("{QUESTION}/withdrawal")] {
            assert_eq!(page.body.contains(&part), acts, "{username} {part}");
        }
        assert_eq!(page.body.contains("data-key=\"r\""), acts, "{username}");
    }
    // withdrawing a question of another case by this case's address finds nothing
    let manager = portal.as_role("manager").await;
    let answer = manager.post(&format!("/access-logs/cases/{CASE_A}/questions/{QUESTION}/withdrawal"), &[]).await;
    assert_eq!(answer.status, 404);
    assert_eq!(state(&portal, QUESTION).await, "open");
}

#[actix_web::test]
async fn ones_own_list_pages_and_its_file_holds_the_same() {
    let portal = TestPortal::start().await;
    portal
        .sql(&format!(
            "SET session_replication_role = replica;
             INSERT INTO portal.questions (id, case_id, asked_by, addressee, addressee_id, confidential, question, subject_id, subject_name,
               resource_type, several, access_at, time_zone, facility_name, due_on, due_until, state, ended_at)
             SELECT ('01990000-0000-7000-9aaa-' || lpad(to_hex(n * 7919 % 65536), 12, '0'))::uuid, gen_random_uuid(), '{MANAGER}', 'person', '{FIELD_STAFF}',
               false, 'was_it_you', '{FIELD_STAFF}', 'Philippa Zellweger', 'Patient', false, now(), 'America/Chicago', NULL, current_date + n % 5,
               now() + interval '9 days', CASE WHEN n % 2 = 0 THEN 'open' ELSE 'withdrawn' END, CASE WHEN n % 2 = 1 THEN now() END
               FROM generate_series(1, 130) n;
             RESET session_replication_role"
        ))
        .await
        ;
    let person = portal.as_role("field_staff").await;
    for (view, order) in [("open", "due_on, id"), ("past", "due_on DESC, id DESC")] {
        let expected: Vec<Uuid> = portal
            .value(&format!(
                "SELECT array_agg(id ORDER BY {order}) FROM portal.questions WHERE addressee_id = '{FIELD_STAFF}' AND (state = 'open') = {}",
                view == "open"
            ))
            .await;
        let (mut next, mut seen) = (Some(format!("/questions?view={view}")), Vec::new());
        while let Some(path) = next {
            let page = person.get(&path).await;
            assert_eq!(page.status, 200, "{path}");
            let rows = page
                .body
                .split("id=\"rows\"")
                .nth(1)
                .and_then(|rows| rows.split("</tbody>").next())
                .unwrap_or_default();
            seen.extend(
                rows.split("<a href=\"/questions/").skip(1).map(|link| link[..36].parse::<Uuid>().expect("an id")),
            );
            let pager =
                page.body.split("id=\"pager\"").nth(1).and_then(|rest| rest.split("</div>").next()).unwrap_or_default();
            next = pager
                .split("href=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .map(|href| href.replace("&#38;", "&").replace("&amp;", "&"));
        }
        assert_eq!(seen, expected, "{view}");
        let file = person.get(&format!("/questions.csv?view={view}")).await.body;
        let ids: Vec<Uuid> = file
            .lines()
            .skip(1)
            .map(|line| line.split(',').next().unwrap_or_default().parse().expect("an id"))
            .collect();
        assert_eq!(ids, expected, "{view}.csv");
    }
}

#[actix_web::test]
async fn an_account_that_nobody_can_sign_in_to_is_asked_by_phone() {
    let portal = portal().await;
    let office = portal.as_role("coordinator_a").await;
    let phone_only = "Has no account here: the answer can only be taken by phone.";
    let form = async || office.get(&format!("/access-logs/cases/{CASE_A}/question")).await.body;
    assert!(!form().await.contains(phone_only));
    assert_eq!(portal.visitor().sign_in("field_staff", PASSWORD).await.status, 303);
    portal.sql(&format!("UPDATE portal.people SET active = false WHERE id = '{FIELD_STAFF}'")).await;
    assert_ne!(portal.visitor().sign_in("field_staff", PASSWORD).await.status, 303);
    assert!(form().await.contains(phone_only));
}

#[actix_web::test]
async fn the_words_of_questions_are_the_databases() {
    fn words<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> Vec<String> {
        let mut words: Vec<_> = all.iter().map(|&one| word(one).to_owned()).collect();
        words.sort();
        words
    }
    let db = TestDb::new().await;
    for (constraint, expected) in [
        ("questions_addressee_check", words(Addressee::ALL, Addressee::as_str)),
        ("questions_question_check", words(AccessQuestion::ALL, AccessQuestion::as_str)),
        ("questions_state_check", words(QuestionState::ALL, QuestionState::as_str)),
        ("question_answers_answer_check", words(AccessAnswer::ALL, AccessAnswer::as_str)),
        ("question_answers_channel_check", words(AnswerChannel::ALL, AnswerChannel::as_str)),
    ] {
        let held: Vec<String> = db
            .value(&format!(
                "SELECT array_agg(m[1] ORDER BY m[1]) FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g') m
                  WHERE c.conname = '{constraint}'"
            ))
            .await;
        assert_eq!(held, expected, "{constraint}");
    }
}

//! Complaints: recorded without a name, looked into by a review, kept with what they came to.

use std::collections::BTreeSet;
use std::ops::Deref as _;

use hipaa_auditor::features::complaints::{Channel, Complainant, ComplaintDisposition, ComplaintKind, ComplaintState};
use hipaa_auditor::policy::conflict::{CaseAct, Relation, allows};
use uuid::Uuid;

use crate::conflicts::relate;
use crate::fixtures::*;
use crate::harness::{Answer, Browser, TestDb, TestPortal, told};
use crate::parity;

const SAID: &str = "Says that a former colleague asked about it.";

fn day(ahead: i64) -> String {
    (hipaa_auditor::clock::today_in("America/Chicago") + chrono::TimeDelta::days(ahead)).to_string()
}

async fn record_with(browser: &Browser, key: Uuid, changes: &[(&str, &str)]) -> Answer {
    let (key, received, due, facility, owner) =
        (key.to_string(), day(-2), day(20), FACILITY_A.to_string(), MANAGER_TWO.to_string());
    let mut fields = vec![
        ("form_key", &*key),
        ("received", &*received),
        ("channel", "hotline"),
        ("complainant", "representative"),
        ("kind", "impermissible_access"),
        ("facility", &*facility),
        ("details", SAID),
        ("owner", &*owner),
        ("due", &*due),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    browser.post("/complaints", &fields).await
}

fn id_of(answer: &Answer, path: &str) -> Uuid {
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.location().strip_prefix(path).and_then(|id| id.parse().ok()).expect("its address")
}

async fn record(browser: &Browser, changes: &[(&str, &str)]) -> Uuid {
    id_of(&record_with(browser, Uuid::now_v7(), changes).await, "/complaints/")
}

async fn dispose(browser: &Browser, id: Uuid, version: i32, word: &str, statement: &str) -> Answer {
    let fields = [("version", &*version.to_string()), ("disposition", word), ("statement", statement)];
    browser.post(&format!("/complaints/{id}/disposition"), &fields).await
}

async fn state(db: &TestDb, id: Uuid) -> String {
    db.value(&format!("SELECT concat_ws(' ', state, disposition, version) FROM portal.complaints WHERE id = '{id}'"))
        .await
}

#[actix_web::test]
async fn a_complaint_is_recorded_and_what_was_said_stands_on_its_page_alone() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let form = browser.get(&format!("/complaints/new?patient={PATIENT_ONE}")).await;
    assert!(form.body.contains(&format!("value=\"{PATIENT_ONE}\"")), "{}", form.body);
    let begun = browser.get(&format!("/complaints/new?person={NURSE_A}")).await;
    assert!(begun.body.contains("value=\"E-9010\""), "the employee number of whom it is about: {}", begun.body);
    let answer =
        record_with(&browser, Uuid::now_v7(), &[("patient", &PATIENT_ONE.to_string()), ("employee", "E-9010")]).await;
    let id = id_of(&answer, "/complaints/");
    assert_eq!(told(&portal.events(answer.request_id()).await), "complaint.form.read complaint.record");
    let stored: String = portal.value(&format!("SELECT concat_ws(' ', number ~ '^CMP-20[0-9]{{2}}-0001$', patient_id, person_id, owner_id, state) FROM portal.complaints WHERE id = '{id}'")).await;
    assert_eq!(stored, format!("t {PATIENT_ONE} {NURSE_A} {MANAGER_TWO} open"));
    let page = browser.get(&format!("/complaints/{id}")).await.body;
    for there in
        [SAID, "Hotline", "A patient’s representative", "Josephine Brackenridge", "MRN-77310042", "164.530(d)(2)"]
    {
        assert!(page.contains(there), "{there}: {page}");
    }
    for list in ["/complaints", "/complaints.csv"] {
        let body = browser.get(list).await.body;
        assert!(body.contains(&id.to_string()) && !body.contains(SAID), "{list}");
    }
}

#[actix_web::test]
async fn a_complaint_that_lacks_something_is_refused_and_keeps_what_was_typed() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let key = Uuid::now_v7();
    let (elsewhere, nobody, long) = (FACILITY_B.to_string(), NOWHERE.to_string(), "x".repeat(2001));
    for (field, value, sentence) in [
        ("received", "2099-01-01", "Choose the day it came"),
        ("channel", "rumor", "Choose how it came"),
        ("complainant", "Ann", "Choose from whom"),
        ("kind", "", "Choose what it is about"),
        ("facility", "", "Choose the facility"),
        ("facility", &*elsewhere, "Choose the facility"),
        ("details", " ", "Say what was complained about"),
        ("details", &*long, "2,000 characters"),
        ("patient", "MRN-77310042", "Give the id in the address"),
        ("patient", &*nobody, "No patient that your account covers"),
        ("employee", "E-9011", "Nobody that your account covers"),
        ("employee", "E-0000", "Nobody that your account covers"),
        ("owner", &*nobody, "Choose who answers it"),
        ("due", "2020-01-01", "Choose a due date"),
    ] {
        let answer = record_with(&browser, key, &[(field, value)]).await;
        assert_eq!(answer.status, 422, "{field} {value}: {}", answer.body);
        assert!(
            answer.body.contains(sentence) && answer.body.contains("<title>Error: "),
            "{sentence}: {}",
            answer.body
        );
        assert!(field == "details" || answer.body.contains(SAID), "{field}: what was typed stays");
        assert_eq!(
            told(&portal.events(answer.request_id()).await),
            "complaint.form.read complaint.record!validate_fail/invalid_input complaint.form.read"
        );
    }
    let one = record_with(&browser, key, &[]).await;
    let two = record_with(&browser, key, &[]).await;
    assert_eq!(id_of(&one, "/complaints/"), id_of(&two, "/complaints/"), "sent twice, recorded once");
}

#[actix_web::test]
async fn a_complaint_has_no_disposition_over_an_open_review_and_keeps_every_one_it_had() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let id = record(&browser, &[("patient", &PATIENT_TWO.to_string())]).await;
    let fields = [
        ("form_key", &*Uuid::now_v7().to_string()),
        ("complaint", &*id.to_string()),
        ("from", &*day(-30)),
        ("to", &*day(0)),
        ("reason", "complaint"),
    ];
    let review = id_of(&browser.post("/reviews", &fields).await, "/reviews/");
    let begun: String = portal
        .value(&format!("SELECT concat_ws(' ', kind, patient_id, person_id) FROM portal.reviews WHERE id = '{review}'"))
        .await;
    assert_eq!(begun, format!("complaint {PATIENT_TWO}"));
    assert!(browser.get(&format!("/complaints/{id}")).await.body.contains(&format!("/reviews/{review}")));
    assert_eq!(state(&portal, id).await, "open 2");
    let number: String = portal.value(&format!("SELECT number FROM portal.reviews WHERE id = '{review}'")).await;
    let early = dispose(&browser, id, 2, "not_substantiated", "Nobody looked.").await;
    assert_eq!(early.status, 422);
    assert!(
        early.body.contains(&number) && early.body.contains("Nobody looked.</textarea>"),
        "named, and kept: {}",
        early.body
    );
    assert_eq!(
        told(&portal.events(early.request_id()).await),
        "complaint.dispose!validate_fail/invalid_input complaint.read"
    );
    let mut owner = portal.deref().as_role("portal_owner").await;
    let past = format!(
        "UPDATE portal.complaints SET state = 'disposed', disposition = 'withdrawn', disposed_by = '{MANAGER}', disposed_at = now(), version = 3 WHERE id = '{id}'"
    );
    assert_eq!(owner.run(&past).await, Err("HA403".to_owned()), "nor past the program");
    // whom it is about stays once a review has begun
    let about = [
        ("version", "2"),
        ("owner", &*MANAGER_TWO.to_string()),
        ("due", &*day(9)),
        ("patient", &*PATIENT_ONE.to_string()),
    ];
    let answer = browser.post(&format!("/complaints/{id}"), &about).await;
    assert!(answer.status == 422 && answer.body.contains("A review has begun"), "{}", answer.body);

    let ending = [("version", "1"), ("outcome", "nothing_improper"), ("memo", "Each had a reason.")];
    assert_eq!(browser.post(&format!("/reviews/{review}/ending"), &ending).await.status, 303);
    let incomplete = dispose(&browser, id, 2, "", " ").await;
    assert!(incomplete.status == 422 && incomplete.body.contains("Choose what the complaint came to"));
    assert_eq!(dispose(&browser, id, 2, "not_substantiated", "Told the caller so.").await.status, 303);
    assert_eq!(state(&portal, id).await, "disposed not_substantiated 3");
    assert_eq!(dispose(&browser, id, 3, "withdrawn", "Once more.").await.status, 409);
    let manager = portal.as_role("manager_two").await;
    let reopened = manager.post(&format!("/reviews/{review}/reopening"), &[("version", "2")]).await;
    assert!(reopened.status == 422 && reopened.body.contains("Open the complaint again first"), "{}", reopened.body);
    assert_eq!(browser.post(&format!("/complaints/{id}/reopening"), &[("version", "3")]).await.status, 403);
    assert_eq!(manager.post(&format!("/complaints/{id}/reopening"), &[("version", "3")]).await.status, 303);
    assert_eq!(dispose(&manager, id, 4, "substantiated", "Found after all.").await.status, 303);
    let history: String = portal.value(&format!("SELECT string_agg(concat_ws(' ', kind, disposition, statement), '; ' ORDER BY seq) FROM portal.complaint_acts WHERE complaint_id = '{id}'")).await;
    assert_eq!(
        history,
        "recorded; review_started; disposed not_substantiated Told the caller so.; reopened; disposed substantiated Found after all."
    );
    for sql in [
        format!("UPDATE portal.complaint_acts SET statement = 'other' WHERE complaint_id = '{id}'"),
        format!("DELETE FROM portal.complaints WHERE id = '{id}'"),
        format!("UPDATE portal.complaints SET details = 'other', version = 6 WHERE id = '{id}'"),
        format!("UPDATE portal.complaints SET disposition = 'withdrawn', version = 6 WHERE id = '{id}'"),
    ] {
        assert_eq!(owner.run(&sql).await, Err("HA403".to_owned()), "{sql}");
    }
}

#[actix_web::test]
async fn a_case_taken_up_for_a_complaint_says_so_and_gets_a_second_review() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_all").await;
    let fields = [
        ("form_key", &*Uuid::now_v7().to_string()),
        ("complaint", &*COMPLAINT.to_string()),
        ("from", &*day(-30)),
        ("to", &*day(0)),
        ("reason", "complaint"),
    ];
    let review = id_of(&browser.post("/reviews", &fields).await, "/reviews/");
    let answer =
        browser.post(&format!("/reviews/{review}/cases"), &[("version", "1"), ("who", &PHYSICIAN_B.to_string())]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let unflagged: i64 = portal
        .value(&format!("SELECT count(*) FROM portal.review_links l WHERE l.review_id = '{review}' AND NOT EXISTS (SELECT 1 FROM portal.case_flags f WHERE f.case_id = l.case_id AND f.rule_code = 'reported_by_person' AND f.superseded_at IS NULL)"))
        .await;
    assert_eq!(unflagged, 0, "each of its cases, also the one that was there");
    let (case, version): (Uuid, i32) = (
        portal.value(&format!("SELECT case_id FROM portal.review_links WHERE review_id = '{review}' LIMIT 1")).await,
        portal.value(&format!("SELECT version FROM portal.review_cases WHERE id = (SELECT case_id FROM portal.review_links WHERE review_id = '{review}' LIMIT 1)")).await,
    );
    let decision =
        [("version", &*version.to_string()), ("disposition", "appropriate"), ("reason", "care_team"), ("note", "")];
    assert_eq!(browser.post(&format!("/access-logs/cases/{case}/decision"), &decision).await.status, 303);
    assert_eq!(
        portal.value::<String>(&format!("SELECT state FROM portal.review_cases WHERE id = '{case}'")).await,
        "awaiting_second_review"
    );
}

#[actix_web::test]
async fn nobody_sees_a_complaint_about_whom_they_are_kept_from_and_a_colleague_leaves_its_end() {
    for relation in Relation::ALL {
        let db = TestDb::new().await;
        relate(&db, COORDINATOR_A, relation).await;
        // a complaint is of today: so is who works beside whom
        db.sql("UPDATE portal.employment_periods SET ends_on = NULL WHERE ends_on = current_date - 1").await;
        let about = if relation == Relation::Oneself { COORDINATOR_A } else { NURSE_A };
        db.sql(&format!("UPDATE portal.complaints SET person_id = '{about}', version = 2 WHERE id = '{COMPLAINT}'"))
            .await;
        let portal = TestPortal::on(db, |_| {}).await;
        let browser = portal.as_role("coordinator_a").await;
        let sees = allows(Some(relation), CaseAct::See);
        for list in ["/complaints", "/complaints.csv"] {
            assert_eq!(browser.get(list).await.body.contains(&COMPLAINT.to_string()), sees, "{relation:?} {list}");
        }
        assert_eq!(
            browser.get(&format!("/complaints/{COMPLAINT}")).await.status,
            if sees { 200 } else { 404 },
            "{relation:?}"
        );
        let answer = dispose(&browser, COMPLAINT, 2, "withdrawn", "Gone.").await;
        assert_eq!(answer.status, if sees { 403 } else { 404 }, "{relation:?}: {}", answer.body);
        assert_eq!(state(&portal, COMPLAINT).await, "open 2", "{relation:?}");
        let review = browser.get(&format!("/reviews/new?complaint={COMPLAINT}")).await;
        assert_eq!(review.status, if sees { 200 } else { 404 }, "{relation:?}");
        let near = record_with(&browser, Uuid::now_v7(), &[("employee", "E-9010")]).await;
        assert!(
            sees || relation == Relation::Oneself || near.status == 403,
            "{relation:?}: nor records one: {}",
            near.status
        );
    }
}

#[actix_web::test]
async fn a_complaint_is_given_to_nobody_who_stands_near() {
    let db = TestDb::new().await;
    relate(&db, COORDINATOR_A, Relation::Household).await;
    let portal = TestPortal::on(db, |_| {}).await;
    let browser = portal.as_role("manager_two").await;
    let near = [("employee", "E-9010"), ("owner", &*COORDINATOR_A.to_string())];
    let answer = record_with(&browser, Uuid::now_v7(), &near).await;
    assert!(answer.status == 422 && answer.body.contains("stands near to nobody"), "{}", answer.body);
}

#[actix_web::test]
async fn a_complaint_is_seen_where_it_concerns_ones_facilities_by_who_recorded_it_and_by_who_answers_it() {
    let portal = TestPortal::start().await;
    let path = format!("/complaints/{COMPLAINT}");
    for (username, status) in [
        ("coordinator_a", 200),
        ("coordinator_b", 404),
        ("manager", 200),
        ("auditor", 200),
        ("auditor_without", 404),
        ("field_staff", 403),
        ("admin", 403),
    ] {
        assert_eq!(portal.as_role(username).await.get(&path).await.status, status, "{username}");
    }
    portal
        .sql(&format!(
            "UPDATE portal.complaints SET owner_id = '{COORDINATOR_B}', version = 2 WHERE id = '{COMPLAINT}'"
        ))
        .await;
    assert_eq!(portal.as_role("coordinator_b").await.get(&path).await.status, 200, "who answers it");
}

#[actix_web::test]
async fn the_file_of_complaints_holds_what_its_pages_show() {
    let portal = TestPortal::start().await;
    portal
        .sql(&format!(
            "INSERT INTO portal.complaints (id, number, received_on, channel, complainant, kind, facility_id, facility_ids, details, owner_id, due_on, recorded_by)
             SELECT audit.uuid7(), 'CMP-2024-' || lpad(n::text, 4, '0'), current_date - n, 'letter', 'workforce',
                    (ARRAY['safeguards', 'other'])[1 + n % 2], f, ARRAY[f], 'Said.', '{MANAGER}', current_date + n % 20 - 10, '{MANAGER}'
               FROM generate_series(1, 110) n, LATERAL (SELECT CASE WHEN n % 3 = 0 THEN '{FACILITY_B}'::uuid ELSE '{FACILITY_A}'::uuid END AS f) x"
        ))
        .await;
    for (username, query) in [
        ("manager", ""),
        ("manager", "?view=late"),
        ("manager", "?kind=safeguards"),
        ("coordinator_b", ""),
        ("coordinator_a", "?view=mine"),
    ] {
        let browser = portal.as_role(username).await;
        let pages = parity::ids_of_pages(&portal, &browser, &format!("/complaints{query}"), "complaint").await;
        let (_, rows) = parity::read(&browser.get(&format!("/complaints.csv{query}")).await.body);
        assert!(!pages.is_empty(), "{username} {query}");
        assert_eq!(parity::ids_of_file(&rows), pages, "{username} {query}");
    }
}

#[actix_web::test]
async fn the_words_of_a_complaint_are_the_databases() {
    fn words<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> BTreeSet<String> {
        all.iter().map(|&one| word(one).to_owned()).collect()
    }
    let db = TestDb::new().await;
    for (constraint, expected) in [
        ("complaints_channel_check", words(Channel::ALL, Channel::as_str)),
        ("complaints_complainant_check", words(Complainant::ALL, Complainant::as_str)),
        ("complaints_kind_check", words(ComplaintKind::ALL, ComplaintKind::as_str)),
        ("complaints_state_check", words(ComplaintState::ALL, ComplaintState::as_str)),
        ("complaints_disposition_check", words(ComplaintDisposition::ALL, ComplaintDisposition::as_str)),
    ] {
        let stored: Vec<String> = db
            .value(&format!("SELECT array_agg(m[1]) FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g') m WHERE c.conname = '{constraint}'"))
            .await;
        assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), expected, "{constraint}");
    }
}

//! Reviews: started from a patient or a person, everyone they look at, cases taken up, a memo at the end; and the watch list.

use std::collections::BTreeSet;
use std::ops::Deref as _;

use hipaa_auditor::features::reviews::{Outcome, ReviewKind, ReviewReason, ReviewState};
use hipaa_auditor::policy::conflict::{CaseAct, Relation, allows};
use uuid::Uuid;

use crate::conflicts::relate;
use crate::fixtures::*;
use crate::harness::{Answer, Browser, TestDb, TestPortal, told};
use crate::parity;

fn day(ago: i64) -> String {
    (hipaa_auditor::clock::today_in("America/Chicago") - chrono::TimeDelta::days(ago)).to_string()
}

/// Starts a review; each field once, a later one counts.
async fn start_with(browser: &Browser, key: Uuid, about: &[(&str, &str)]) -> Answer {
    let (key, from, to) = (key.to_string(), day(30), day(1));
    let mut fields = vec![("form_key", &*key), ("from", &*from), ("to", &*to), ("reason", "concern"), ("line", "")];
    for (name, value) in about {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    browser.post("/reviews", &fields).await
}

fn id_of(answer: &Answer) -> Uuid {
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.location().strip_prefix("/reviews/").and_then(|id| id.parse().ok()).expect("the review's address")
}

async fn start(browser: &Browser, name: &str, id: Uuid) -> Uuid {
    id_of(&start_with(browser, Uuid::now_v7(), &[(name, &id.to_string()), ("to", &day(0))]).await)
}

async fn take_up(browser: &Browser, review: Uuid, version: i32, who: &[Uuid]) -> Answer {
    let (version, who): (_, Vec<_>) = (version.to_string(), who.iter().map(ToString::to_string).collect());
    let mut fields = vec![("version", &*version)];
    fields.extend(who.iter().map(|who| ("who", &**who)));
    browser.post(&format!("/reviews/{review}/cases"), &fields).await
}

async fn end(browser: &Browser, review: Uuid, version: i32, outcome: &str, memo: &str) -> Answer {
    let fields = [("version", &*version.to_string()), ("outcome", outcome), ("memo", memo)];
    browser.post(&format!("/reviews/{review}/ending"), &fields).await
}

/// Closes every case as decided so, past the guards of a decision.
async fn decided(db: &TestDb, disposition: &str) {
    db.sql(&format!(
        "SET session_replication_role = replica;
         UPDATE portal.second_reviews SET outcome = 'taken_back', ended_at = now() WHERE outcome IS NULL;
         UPDATE portal.review_cases SET state = 'closed', disposition = '{disposition}', reason_code = 'care_team', decided_by = '{MANAGER_TWO}', decided_at = now(), second_review_kind = NULL;
         RESET session_replication_role;"
    ))
    .await;
}

async fn state(db: &TestDb, review: Uuid) -> String {
    db.value(&format!("SELECT concat_ws(' ', state, outcome, version) FROM portal.reviews WHERE id = '{review}'")).await
}

#[actix_web::test]
async fn a_review_of_a_patient_lists_everyone_who_touched_the_records_and_says_how_many_rows_lie_outside() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let page = browser.get(&format!("/patients/{PATIENT_ONE}")).await;
    assert!(page.body.contains(&format!("/reviews/new?patient={PATIENT_ONE}")), "the patient's page leads there");
    let form = browser.get(&format!("/reviews/new?patient={PATIENT_ONE}")).await;
    assert!(
        form.body.contains(&format!("name=\"patient\" value=\"{PATIENT_ONE}\"")) && form.body.contains("MRN-77310042")
    );
    let answer = start_with(&browser, Uuid::now_v7(), &[("patient", &PATIENT_ONE.to_string()), ("to", &day(0))]).await;
    let id = id_of(&answer);
    assert_eq!(told(&portal.events(answer.request_id()).await), "review.form.read review.start");
    assert!(portal.events(answer.request_id()).await.iter().any(|event| event.resource_id == id));
    let number: String = portal.value(&format!("SELECT number FROM portal.reviews WHERE id = '{id}'")).await;
    assert!(number.starts_with("REV-20") && number.ends_with("-0001"), "{number}");

    let page = browser.get(&format!("/reviews/{id}")).await;
    assert_eq!((page.status, told(&portal.events(page.request_id()).await).as_str()), (200, "review.read"));
    for inside in
        [&*number, "Josephine Brackenridge", "Privacy manager, Emergency", "Marguerite Oakhollow", "MRN-77310042"]
    {
        assert!(page.body.contains(inside), "{inside}: {}", page.body);
    }
    assert!(!page.body.contains("Castellanos") && !page.body.contains("Northwind"), "what lies in B");
    assert!(page.body.contains("3 more rows lie outside what your account covers"), "{}", page.body);
    assert!(
        page.body.contains(&format!("/access-logs/rows?patient={PATIENT_ONE}&"))
            || page.body.contains(&format!("patient={PATIENT_ONE}&#38;"))
    );
    let everywhere = portal.as_role("manager_two").await.get(&format!("/reviews/{id}")).await.body;
    assert!(everywhere.contains("Ezequiel Castellanos") && everywhere.contains("Northwind Transcription"));
    assert!(!everywhere.contains("outside what your account covers"));
}

#[actix_web::test]
async fn a_review_of_a_person_lists_the_patients_whose_records_they_touched() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    assert!(browser.get(&format!("/people/{NURSE_A}")).await.body.contains(&format!("/reviews/new?person={NURSE_A}")));
    let id = start(&browser, "person", NURSE_A).await;
    let page = browser.get(&format!("/reviews/{id}")).await.body;
    assert!(
        page.contains("MRN-77310042")
            && page.contains("MRN-77310043")
            && page.contains("What Josephine Brackenridge opened")
    );
    // a period before anything happened
    let (from, to) = (day(60), day(50));
    let fields = [("person", &*NURSE_A.to_string()), ("from", &from), ("to", &to)];
    let none = id_of(&start_with(&browser, Uuid::now_v7(), &fields).await);
    let page = browser.get(&format!("/reviews/{none}")).await.body;
    assert!(page.contains("No access in this period") && !page.contains("MRN-77310043"), "{page}");
}

#[actix_web::test]
async fn a_form_that_lacks_something_comes_back_with_what_was_typed_and_one_that_is_sent_twice_starts_one_review() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("manager").await;
    let (key, patient) = (Uuid::now_v7(), PATIENT_TWO.to_string());
    let long = "x".repeat(201);
    for (field, value, sentence) in [
        ("from", "2099-01-01", "Choose the first day"),
        ("to", "2010-01-01", "on or after the first"),
        ("from", "2020-01-01", "two years at most"),
        ("reason", "gossip", "Choose a reason"),
        ("reason", "other", "Say what the reason is"),
        ("line", &*long, "Shorten the line"),
    ] {
        let line = if field == "reason" { "" } else { "Asked by counsel" };
        let answer = start_with(&browser, key, &[("patient", &patient), ("line", line), (field, value)]).await;
        assert_eq!(answer.status, 422, "{field} {value}");
        assert!(
            answer.body.contains(sentence) && answer.body.contains("<title>Error: "),
            "{sentence}: {}",
            answer.body
        );
        assert!(
            answer.body.contains(&format!("value=\"{key}\""))
                && answer.body.contains(&format!("name=\"patient\" value=\"{patient}\""))
        );
        assert!(field == "line" || line.is_empty() || answer.body.contains("value=\"Asked by counsel\""), "{field}");
        let events = told(&portal.events(answer.request_id()).await);
        assert_eq!(events, "review.form.read review.start!validate_fail/invalid_input review.form.read");
    }
    let about: [(&str, &str); 1] = [("patient", &patient)];
    let (one, two) = tokio::join!(start_with(&browser, key, &about), start_with(&browser, key, &about));
    assert_eq!(id_of(&one), id_of(&two));
    let count: i64 = portal.value("SELECT count(*) FROM portal.reviews WHERE number NOT LIKE 'REV-2025%'").await;
    assert_eq!(count, 1);
}

#[actix_web::test]
async fn rows_that_stand_in_no_case_are_taken_up_as_cases_and_those_that_do_bring_theirs() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("manager_two").await;
    let id = start(&browser, "patient", PATIENT_ONE).await;
    let row = access_id(&portal, 8).await;
    let answer = take_up(&browser, id, 1, &[PHYSICIAN_B, LOGIN_VENDOR]).await;
    assert_eq!(
        (answer.status, told(&portal.events(answer.request_id()).await).as_str()),
        (303, "review.case.open"),
        "{}",
        answer.body
    );
    // of the vendor's row and of the physician's, whichever day each fell on
    let flags: String = portal
        .value(&format!("SELECT string_agg(DISTINCT concat_ws(' ', f.rule_code, f.facts ->> 'rule', f.facts ->> 'reason'), ';') FROM portal.access_flags f JOIN portal.access_logs a ON a.id = f.access_id WHERE f.rule_code IN ('manual', 'reported_by_person') AND a.patient_id = '{PATIENT_ONE}'"))
        .await;
    assert_eq!(flags, "manual manual review", "typed facts, no text");
    let case: Option<Uuid> =
        portal.value(&format!("SELECT (array_agg(case_id))[1] FROM portal.case_rows WHERE access_id = '{row}'")).await;
    assert!(case.is_some(), "the physician's loose row has a case now");
    let linked: i64 = portal.value(&format!("SELECT count(*) FROM portal.review_links WHERE review_id = '{id}'")).await;
    let left: i64 = portal
        .value(&format!("SELECT count(*) FROM portal.access_logs a WHERE a.patient_id = '{PATIENT_ONE}' AND a.login_id IN ('{LOGIN_PHYSICIAN}', '{LOGIN_VENDOR}') AND NOT EXISTS (SELECT 1 FROM portal.case_rows r JOIN portal.review_links l ON l.case_id = r.case_id WHERE r.access_id = a.id AND l.review_id = '{id}')"))
        .await;
    assert_eq!((linked >= 2, left), (true, 0), "{linked}: every row of theirs stands in a case of the review");
    assert_eq!(state(&portal, id).await, "open 2");
    let page = browser.get(&format!("/reviews/{id}")).await.body;
    assert!(page.contains(&format!("{linked} cases taken up")) && page.contains("Decide them first"), "{page}");
    let again = take_up(&browser, id, 2, &[PHYSICIAN_B]).await;
    assert_eq!(again.status, 422);
    assert!(
        again.body.contains("Nothing to take up") && again.body.contains("checked"),
        "and the tick stays: {}",
        again.body
    );
    let none = take_up(&browser, id, 2, &[]).await;
    assert!(none.status == 422 && none.body.contains("Tick at least one line"));
    assert_eq!(take_up(&browser, id, 1, &[NURSE_A]).await.status, 409);
    assert_eq!(state(&portal, id).await, "open 2", "what was refused left nothing");
}

#[actix_web::test]
async fn a_coordinator_takes_up_only_rows_of_their_own_facilities() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let id = start(&browser, "patient", PATIENT_ONE).await;
    let answer = take_up(&browser, id, 1, &[PHYSICIAN_B, LOGIN_VENDOR]).await;
    assert_eq!(answer.status, 422, "the physician is of B: {}", answer.body);
    let flags: i64 = portal.value("SELECT count(*) FROM portal.access_flags WHERE rule_code = 'manual'").await;
    assert_eq!(flags, 0);
    assert_eq!(take_up(&browser, id, 1, &[NURSE_A]).await.status, 303);
}

#[actix_web::test]
async fn a_review_ends_with_a_memo_never_over_an_open_case_and_is_reopened_but_not_overwritten() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_all").await;
    let id = start(&browser, "patient", PATIENT_ONE).await;
    assert_eq!(take_up(&browser, id, 1, &[PHYSICIAN_B]).await.status, 303);
    let number: i64 = portal.value(&format!("SELECT c.number FROM portal.review_links l JOIN portal.review_cases c ON c.id = l.case_id WHERE l.review_id = '{id}' LIMIT 1")).await;
    let early = end(&browser, id, 2, "could_not_determine", "Half done.").await;
    assert_eq!(early.status, 422);
    assert!(
        early.body.contains(&format!("AL-{number}")) && early.body.contains("Half done.</textarea>"),
        "named, and kept: {}",
        early.body
    );
    assert_eq!(told(&portal.events(early.request_id()).await), "review.end!validate_fail/invalid_input review.read");
    let mut owner = portal.deref().as_role("portal_owner").await;
    let past = format!(
        "UPDATE portal.reviews SET state = 'ended', outcome = 'nothing_improper', ended_by = '{MANAGER}', ended_at = now(), version = 3 WHERE id = '{id}'"
    );
    assert_eq!(owner.run(&past).await, Err("HA403".to_owned()), "nor past the program");

    decided(&portal, "appropriate").await;
    for (outcome, memo, sentence) in [
        ("", "Looked.", "Choose what the review came to"),
        ("nothing_improper", " ", "Write what was looked at"),
        ("findings_made", "Looked.", "No finding was created"),
    ] {
        let answer = end(&browser, id, 2, outcome, memo).await;
        assert_eq!(answer.status, 422, "{outcome}");
        assert!(answer.body.contains(sentence), "{sentence}: {}", answer.body);
    }
    let answer =
        end(&browser, id, 2, "nothing_improper", "All four looked for a reason.\r\n\r\nNothing improper.").await;
    assert_eq!(
        (answer.status, told(&portal.events(answer.request_id()).await).as_str()),
        (303, "review.end"),
        "{}",
        answer.body
    );
    assert_eq!(state(&portal, id).await, "ended nothing_improper 3");
    let page = browser.get(&format!("/reviews/{id}")).await.body;
    assert!(page.contains("All four looked for a reason.") && page.contains("Nothing improper found"));
    assert_eq!(take_up(&browser, id, 3, &[NURSE_A]).await.status, 409, "an ended review takes nothing up");
    assert_eq!(end(&browser, id, 3, "could_not_determine", "Other.").await.status, 409);

    let amended = browser.post(&format!("/reviews/{id}/memo"), &[("version", "3"), ("memo", "All five did.")]).await;
    assert_eq!(amended.status, 303);
    let late = browser.post(&format!("/reviews/{id}/memo"), &[("version", "3"), ("memo", "All six did.")]).await;
    assert_eq!(late.status, 409);
    assert!(late.body.contains("Somebody else was first") && late.body.contains("All six did."), "{}", late.body);
    let memos: String = portal.value(&format!("SELECT string_agg(kind || ': ' || left(memo, 8), '; ' ORDER BY seq) FROM portal.review_acts WHERE review_id = '{id}' AND memo IS NOT NULL")).await;
    assert_eq!(memos, "ended: All four; memo_amended: All five", "each version stays");
    assert_eq!(
        browser.post(&format!("/reviews/{id}/reopening"), &[("version", "4")]).await.status,
        403,
        "a manager's to do"
    );
    let manager = portal.as_role("manager_two").await;
    assert_eq!(manager.post(&format!("/reviews/{id}/reopening"), &[("version", "4")]).await.status, 303);
    assert_eq!(state(&portal, id).await, "open 5");
    for sql in [
        format!("UPDATE portal.review_acts SET memo = 'other' WHERE review_id = '{id}'"),
        format!("DELETE FROM portal.review_acts WHERE review_id = '{id}'"),
        format!("DELETE FROM portal.review_links WHERE review_id = '{id}'"),
        format!("DELETE FROM portal.reviews WHERE id = '{id}'"),
        format!("UPDATE portal.reviews SET to_on = to_on - 1, version = 6 WHERE id = '{id}'"),
        format!("UPDATE portal.reviews SET outcome = 'nothing_improper', version = 3 WHERE id = '{ENDED_REVIEW}'"),
    ] {
        assert_eq!(owner.run(&sql).await, Err("HA403".to_owned()), "{sql}");
    }
}

#[actix_web::test]
async fn what_a_review_came_to_agrees_with_how_its_cases_were_decided() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_all").await;
    let id = start(&browser, "patient", PATIENT_ONE).await;
    take_up(&browser, id, 1, &[PHYSICIAN_B]).await;
    decided(&portal, "inappropriate_intentional").await;
    let answer = end(&browser, id, 2, "nothing_improper", "All is well.").await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("was found inappropriate"), "{}", answer.body);
    portal
        .sql(&format!(
            "INSERT INTO portal.finding_cases (finding_id, case_id, linked_by) SELECT '{FINDING}', case_id, '{MANAGER}' FROM portal.review_links WHERE review_id = '{id}'"
        ))
        .await;
    assert_eq!(end(&browser, id, 2, "findings_made", "See the finding.").await.status, 303);
}

#[actix_web::test]
async fn a_blind_second_review_is_in_nobodys_way_and_told_to_nobody() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_all").await;
    let id = start(&browser, "patient", PATIENT_ONE).await;
    take_up(&browser, id, 1, &[PHYSICIAN_B]).await;
    decided(&portal, "appropriate").await;
    portal
        .sql(&format!(
            "SET session_replication_role = replica;
             INSERT INTO portal.second_reviews (case_id, first_seq, kind, ground, first_by, first_disposition, first_reason_code, first_at, first_action_at)
             SELECT l.case_id, 90, 'blind', 'sample', '{MANAGER_TWO}', 'appropriate', 'care_team', now(), now() FROM portal.review_links l WHERE l.review_id = '{id}';
             UPDATE portal.review_cases SET state = 'awaiting_second_review', second_review_kind = 'blind', disposition = NULL, reason_code = NULL, decided_by = NULL WHERE id IN (SELECT case_id FROM portal.review_links WHERE review_id = '{id}');
             RESET session_replication_role;"
        ))
        .await;
    let page = browser.get(&format!("/reviews/{id}")).await.body;
    assert!(!page.contains("Awaiting second review") && !page.contains("Decide it first"), "{page}");
    assert_eq!(end(&browser, id, 2, "nothing_improper", "Looked.").await.status, 303);
}

#[actix_web::test]
async fn nobody_sees_a_review_about_whom_they_are_kept_from_and_a_colleague_does_not_end_it() {
    for relation in Relation::ALL {
        for by_case in [false, true] {
            let db = TestDb::new().await;
            if by_case {
                db.sql(&format!("INSERT INTO portal.review_links (review_id, case_id, linked_by) VALUES ('{REVIEW}', '{CASE_A}', '{MANAGER_TWO}')")).await;
            } else {
                db.sql(&format!("ALTER TABLE portal.reviews DISABLE TRIGGER guard; UPDATE portal.reviews SET person_id = '{NURSE_A}', kind = 'person', patient_id = NULL WHERE id = '{REVIEW}'; ALTER TABLE portal.reviews ENABLE TRIGGER guard")).await;
            }
            relate(&db, COORDINATOR_A, relation).await;
            // a review's end is of today: so is who works beside whom
            db.sql("UPDATE portal.employment_periods SET ends_on = NULL WHERE ends_on = current_date - 1").await;
            if relation == Relation::Oneself {
                db.sql(&format!("ALTER TABLE portal.reviews DISABLE TRIGGER guard; UPDATE portal.reviews SET person_id = '{COORDINATOR_A}' WHERE person_id = '{NURSE_A}'; ALTER TABLE portal.reviews ENABLE TRIGGER guard")).await;
            }
            let portal = TestPortal::on(db, |_| {}).await;
            let browser = portal.as_role("coordinator_a").await;
            let sees = allows(Some(relation), CaseAct::See);
            let context = format!("{relation:?}, by its case: {by_case}");
            for list in ["/reviews", "/reviews.csv"] {
                assert_eq!(browser.get(list).await.body.contains(&REVIEW.to_string()), sees, "{context} {list}");
            }
            let page = browser.get(&format!("/reviews/{REVIEW}")).await;
            assert_eq!(page.status, if sees { 200 } else { 404 }, "{context}");
            portal.sql("SET session_replication_role = replica; UPDATE portal.review_cases SET state = 'closed', disposition = 'appropriate', reason_code = 'other', decided_by = person_id, decided_at = now(), second_review_kind = NULL; RESET session_replication_role").await;
            let answer = end(&browser, REVIEW, 1, "could_not_determine", "Nothing to say.").await;
            assert_eq!(answer.status, if sees { 403 } else { 404 }, "{context}: {}", answer.body);
            assert_eq!(state(&portal, REVIEW).await, "open 1", "{context}");
            if sees {
                assert!(
                    page.body.contains("You work in the same department"),
                    "{context}: the form is locked with its reason"
                );
            }
        }
    }
}

#[actix_web::test]
async fn nobody_starts_a_review_about_whom_they_are_kept_from() {
    for relation in [Relation::Supervisor, Relation::Household] {
        let db = TestDb::new().await;
        relate(&db, COORDINATOR_A, relation).await;
        let portal = TestPortal::on(db, |_| {}).await;
        let browser = portal.as_role("coordinator_a").await;
        let answer = start_with(&browser, Uuid::now_v7(), &[("person", &NURSE_A.to_string())]).await;
        assert_eq!(answer.status, 403, "{relation:?}: {}", answer.body);
        assert!(
            told(&portal.events(answer.request_id()).await).ends_with("review.start!authz_fail/conflict_of_interest")
        );
        // nor past the program: rows of theirs are passed by
        let id = start(&browser, "patient", PATIENT_ONE).await;
        assert_eq!(take_up(&browser, id, 1, &[NURSE_A]).await.status, 422, "{relation:?}");
    }
}

#[actix_web::test]
async fn a_review_is_seen_where_it_concerns_ones_facilities_by_who_started_it_and_under_an_engagement() {
    let portal = TestPortal::start().await;
    let path = format!("/reviews/{REVIEW}");
    for (username, status) in [
        ("coordinator_a", 200),
        ("coordinator_b", 404),
        ("coordinator_all", 200),
        ("manager", 200),
        ("auditor", 200),
        ("auditor_without", 404),
        ("field_staff", 403),
        ("admin", 403),
    ] {
        let browser = portal.as_role(username).await;
        assert_eq!(browser.get(&path).await.status, status, "{username}");
        let list = browser.get("/reviews").await;
        assert_eq!(list.body.contains(&path), status == 200, "{username}");
    }
    let auditor = portal.as_role("auditor").await.get(&path).await.body;
    assert!(!auditor.contains("MRN-77310042") && auditor.contains("PT-"), "a pseudonym");
    assert!(!auditor.contains("Open cases from") && !auditor.contains("End review"), "nothing that the role lacks");
    portal.sql(&format!("ALTER TABLE portal.reviews DISABLE TRIGGER guard; UPDATE portal.reviews SET started_by = '{COORDINATOR_B}' WHERE id = '{REVIEW}'")).await;
    assert_eq!(portal.as_role("coordinator_b").await.get(&path).await.status, 200, "who started it");
}

#[actix_web::test]
async fn the_file_of_reviews_and_of_the_watch_list_holds_what_their_pages_show() {
    let portal = TestPortal::start().await;
    portal
        .sql(&format!(
            "INSERT INTO portal.reviews (id, number, kind, reason, patient_id, from_on, to_on, starts_at, ends_at, facility_ids, started_by)
             SELECT audit.uuid7(), 'REV-2024-' || lpad(n::text, 4, '0'), (ARRAY['patient', 'watch_list'])[1 + n % 2], 'concern', '{PATIENT_ONE}',
                    current_date - 9, current_date, now() - interval '9 days', now(), '{{{FACILITY_A}}}', '{MANAGER}'
               FROM generate_series(1, 120) n"
        ))
        .await;
    for (username, path, file, resource) in [
        ("manager", "/reviews", "/reviews.csv", "review"),
        ("manager", "/reviews?kind=watch_list", "/reviews.csv?kind=watch_list", "review"),
        ("coordinator_a", "/reviews?view=ended", "/reviews.csv?view=ended", "review"),
        ("coordinator_b", "/reviews", "/reviews.csv", "review"),
        ("manager", "/watch-list", "/watch-list.csv", "patient"),
        ("coordinator_a", "/watch-list", "/watch-list.csv", "patient"),
    ] {
        let browser = portal.as_role(username).await;
        let pages = parity::ids_of_pages(&portal, &browser, path, resource).await;
        let (_, rows) = parity::read(&browser.get(file).await.body);
        assert_eq!(parity::ids_of_file(&rows), pages, "{username} {path}");
        assert_eq!(pages.is_empty(), username == "coordinator_b", "{username} {path}");
    }
}

#[actix_web::test]
async fn a_review_starts_from_the_watch_list_while_the_patient_is_on_it() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("manager_two").await;
    let list = browser.get("/watch-list").await;
    assert!(list.body.contains("MRN-77310043") && !list.body.contains("MRN-77310042"), "{}", list.body);
    assert!(
        list.body.contains(&format!("/reviews/new?patient={PATIENT_TWO}&#38;kind=watch_list"))
            || list.body.contains(&format!("/reviews/new?patient={PATIENT_TWO}&amp;kind=watch_list")),
        "{}",
        list.body
    );
    let watched = [("patient", &*PATIENT_TWO.to_string()), ("kind", "watch_list"), ("reason", "watched")];
    let id = id_of(&start_with(&browser, Uuid::now_v7(), &watched).await);
    assert_eq!(
        portal.value::<String>(&format!("SELECT kind FROM portal.reviews WHERE id = '{id}'")).await,
        "watch_list"
    );
    let patient = PATIENT_ONE.to_string();
    let other = [("patient", &*patient), ("kind", "watch_list"), ("reason", "watched")];
    let answer = start_with(&browser, Uuid::now_v7(), &other).await;
    assert!(answer.status == 422 && answer.body.contains("no longer on the watch list"), "{}", answer.body);
}

#[actix_web::test]
async fn the_words_of_a_review_are_the_databases() {
    fn words<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> BTreeSet<String> {
        all.iter().map(|&one| word(one).to_owned()).collect()
    }
    let db = TestDb::new().await;
    for (constraint, expected) in [
        ("reviews_kind_check", words(ReviewKind::ALL, ReviewKind::as_str)),
        ("reviews_reason_check", words(ReviewReason::ALL, ReviewReason::as_str)),
        ("reviews_state_check", words(ReviewState::ALL, ReviewState::as_str)),
        ("reviews_outcome_check", words(Outcome::ALL, Outcome::as_str)),
    ] {
        let stored: Vec<String> = db
            .value(&format!("SELECT array_agg(m[1]) FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g') m WHERE c.conname = '{constraint}'"))
            .await;
        assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), expected, "{constraint}");
    }
}

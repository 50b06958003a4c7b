//! Working on a finding: one step after the other, whose it is, what is said beside it, what it says itself; each act a line
//! that nobody takes away, and the next page shows what this person can do now.

use std::collections::BTreeSet;
use std::ops::Deref as _;

use hipaa_auditor::features::findings::{Status, Step};
use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Answer, Browser, TestDb, TestPortal, told};

/// Status, owner, version.
async fn projection(db: &TestDb) -> String {
    db.value(&format!(
        "SELECT concat_ws(' ', status, assigned_to, version) FROM portal.findings WHERE id = '{FINDING}'"
    ))
    .await
}

/// The last line of the finding's history.
async fn last_line(db: &TestDb) -> String {
    db.value(&format!(
        "SELECT concat_ws(' ', seq, kind, actor_id, from_status, to_status, coalesce(was_assigned_to::text, '-'),
                coalesce(assignee_id::text, '-'), note)
           FROM portal.finding_events WHERE finding_id = '{FINDING}' ORDER BY seq DESC LIMIT 1"
    ))
    .await
}

async fn lines(db: &TestDb) -> i64 {
    db.value(&format!("SELECT count(*) FROM portal.finding_events WHERE finding_id = '{FINDING}'")).await
}

fn at(path: &str) -> String {
    format!("/findings/{FINDING}{path}")
}

async fn step(browser: &Browser, version: i32, step: &str, note: &str) -> Answer {
    let (version, key) = (version.to_string(), Uuid::now_v7().to_string());
    let fields = [("version", &*version), ("form_key", &key), ("step", step), ("note", note)];
    browser.post(&at("/status"), &fields).await
}

async fn give(browser: &Browser, version: i32, owner: Uuid, employee: &str) -> Answer {
    let (version, key, owner) = (version.to_string(), Uuid::now_v7().to_string(), owner.to_string());
    let fields = [("version", &*version), ("form_key", &key), ("owner", &owner), ("employee", employee)];
    browser.post(&at("/owner"), &fields).await
}

async fn say(browser: &Browser, kind: &str, comment: &str) -> Answer {
    let key = Uuid::now_v7().to_string();
    browser.post(&at("/comments"), &[("form_key", &key), ("kind", kind), ("comment", comment)]).await
}

/// The finding's edit form, with some answers changed.
async fn edit(browser: &Browser, version: i32, changes: &[(&'static str, &str)]) -> Answer {
    let (version, key) = (version.to_string(), Uuid::now_v7().to_string());
    let due = days_from_now(20);
    let mut fields = vec![
        ("version", &*version),
        ("form_key", &key),
        ("title", "Access after the end of work"),
        ("severity", "high"),
        ("due", &due),
        ("reason", ""),
        ("details", ""),
        ("root_cause", ""),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    browser.post(&at("/edit"), &fields).await
}

/// As the fixtures say a date: in the database's own days.
fn days_from_now(days: i64) -> String {
    (hipaa_auditor::clock::now() + chrono::TimeDelta::days(days)).format("%Y-%m-%d").to_string()
}

async fn set_status(db: &TestDb, status: Status) {
    db.sql(&format!("UPDATE portal.findings SET status = '{}' WHERE id = '{FINDING}'", status.as_str())).await;
}

#[actix_web::test]
async fn a_finding_goes_from_open_to_review_by_one_step_after_the_other_and_each_is_a_line() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let steps = [
        ("investigate", "open", "investigating"),
        ("plan_action", "investigating", "action_planned"),
        ("begin_action", "action_planned", "action_in_progress"),
        ("ask_for_review", "action_in_progress", "ready_for_review"),
    ];
    for (n, (word, from, to)) in (1..).zip(steps) {
        let page = browser.get(&at("")).await.body;
        assert!(page.contains(&format!("name=\"step\" value=\"{word}\"")), "the next step is offered: {word}");
        assert_eq!(page.matches("name=\"step\"").count(), 1, "and no other");
        assert_eq!(page.matches("aria-current=\"step\"").count(), 1);
        let answer = step(&browser, n, word, "As agreed").await;
        assert_eq!((answer.status, answer.location()), (303, &*at("")), "{}", answer.body);
        assert_eq!(told(&portal.events(answer.request_id()).await), "finding.read finding.status.move");
        assert!(portal.events(answer.request_id()).await.iter().all(|event| event.resource_id == FINDING));
        assert_eq!(
            last_line(&portal).await,
            format!("{} status_changed {COORDINATOR_A} {from} {to} - - As agreed", n + 1)
        );
        assert_eq!(projection(&portal).await, format!("{to} {FIELD_STAFF} {}", n + 1));
    }
    let page = browser.get(&at("")).await.body;
    assert!(page.contains("Action in progress → Ready for review") && page.contains("As agreed"), "{page}");
    assert!(
        page.contains("aria-disabled=\"true\" aria-describedby=\"why-close\"")
            && page.contains("approval by somebody who did not work on")
    );
    // from review it goes back, with a word about what is missing
    let answer = step(&browser, 5, "send_back", " ").await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("Say what is missing") && answer.body.contains("<title>Error: "), "{}", answer.body);
    assert_eq!(step(&browser, 5, "send_back", "No date in the plan").await.status, 303);
    assert_eq!(projection(&portal).await, format!("investigating {FIELD_STAFF} 6"));
}

#[actix_web::test]
async fn no_step_is_skipped_and_none_closes_a_finding() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("manager").await;
    for &from in Status::ALL {
        for &to in Step::ALL {
            if from.take(to).is_ok() {
                continue;
            }
            set_status(&portal, from).await;
            let answer = step(&browser, 1, to.as_str(), "typed & kept").await;
            assert_eq!(answer.status, 422, "{from:?} {to:?}");
            assert_eq!(
                told(&portal.events(answer.request_id()).await),
                "finding.read finding.status.move!validate_fail/invalid_input finding.read"
            );
            let sentence = from.take(to).expect_err("refused").sentence();
            assert!(answer.body.contains(&sentence), "{from:?} {to:?}: {sentence}");
            let keeps = from.next().is_some() || from == Status::ReadyForReview;
            assert_eq!(answer.body.contains("typed &#38; kept</textarea>"), keeps, "{from:?} {to:?}");
        }
    }
    assert_eq!(lines(&portal).await, 1, "nothing was written");
    let without = browser.post(&at("/status"), &[("version", "1"), ("step", "investigate")]).await;
    assert_eq!((without.status, lines(&portal).await), (400, 1), "a form without its key is none of ours");
    assert_eq!(told(&portal.events(without.request_id()).await), "finding.status.move!validate_fail/invalid_input");
}

#[actix_web::test]
async fn the_database_holds_the_same_words_and_steps() {
    let db = TestDb::new().await;
    for &from in Status::ALL {
        for &to in Status::ALL {
            let expected = Step::ALL.iter().any(|&step| from.take(step) == Ok(to));
            let sql = format!("SELECT portal.finding_may_move('{}', '{}')", from.as_str(), to.as_str());
            assert_eq!(db.value::<bool>(&sql).await, expected, "{from:?} {to:?}");
        }
    }
    let stored: Vec<String> = db
        .value(
            "SELECT array_agg(m[1]) FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g') m
              WHERE c.conname = 'findings_status_check'",
        )
        .await;
    let stored: BTreeSet<_> = stored.into_iter().collect();
    assert_eq!(stored, Status::ALL.iter().map(|status| status.as_str().to_owned()).collect());
}

#[actix_web::test]
async fn a_statement_of_the_application_skips_no_state_forgets_no_line_and_names_nobody_else() {
    let db = TestDb::new().await;
    let token = db.session_of(MANAGER).await;
    let event = |kind: &str, actor: Uuid, to: &str| {
        format!(
            "INSERT INTO portal.finding_events (finding_id, seq, kind, actor_id, from_status, to_status) VALUES ('{FINDING}', 2, '{kind}', '{actor}', 'open', '{to}')"
        )
    };
    for (action, statement, answer) in [
        ("finding.status.move", event("status_changed", MANAGER, "ready_for_review"), Err("23514")),
        ("finding.status.move", event("status_changed", MANAGER, "action_planned"), Err("23514")),
        ("finding.status.move", event("status_changed", MANAGER, "closed_remediated"), Err("23514")),
        ("finding.status.move", event("status_undone", MANAGER, "closed_accepted"), Err("23514")),
        ("finding.status.move", event("status_undone", MANAGER, "investigating"), Err("23514")),
        ("finding.status.move", event("edited", MANAGER, "open"), Err("HA002")),
        ("finding.status.move", event("status_changed", MANAGER_TWO, "investigating"), Err("42501")),
        ("finding.status.move", format!("UPDATE portal.findings SET status = 'closed_remediated' WHERE id = '{FINDING}'"), Err("42501")),
        ("finding.status.move", format!("UPDATE portal.findings SET version = 0 WHERE id = '{FINDING}'"), Err("42501")),
        ("finding.evidence.add", event("status_changed", MANAGER, "investigating"), Err("HA002")),
        ("finding.comment.create", event("status_changed", MANAGER, "investigating"), Err("HA002")),
        ("finding.update", event("edited", MANAGER, "investigating"), Err("23514")),
        ("finding.update", event("edited", MANAGER, "open"), Err("23514")),
        ("finding.create", format!("INSERT INTO portal.findings (id, number, title, severity, status, created_by, assigned_to, due_date)
            VALUES (gen_random_uuid(), 'FND-2026-9999', 'Closed at once', 'low', 'closed_accepted', '{MANAGER}', '{MANAGER}', current_date)"), Err("42501")),
        // and the statement is a good one, under its own event
        ("finding.status.move", event("status_changed", MANAGER, "investigating"), Ok(1)),
    ] {
        let mut app = db.as_app().await;
        let read = app.open(&token, "finding.read").await.expect("may");
        app.must("BEGIN").await;
        app.must(&format!("SELECT audit.use_event('{read}')")).await;
        app.open(&token, action).await.expect("may");
        assert_eq!(app.run(&statement).await, answer.map_err(str::to_owned), "{action}: {statement}");
        app.must("ROLLBACK").await;
    }
    let message: String = {
        let mut owner = db.as_role("portal_owner").await;
        owner.must("BEGIN").await;
        let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(event("status_changed", MANAGER, "closed_remediated")))
            .execute(&mut owner.conn)
            .await;
        refused.expect_err("refused").to_string()
    };
    assert!(message.contains("approval by somebody who did not work on it"), "{message}");
}

#[actix_web::test]
async fn whoever_is_second_is_told_who_moved_it_and_keeps_what_they_typed() {
    let portal = TestPortal::start().await;
    let (first, second) = (portal.as_role("coordinator_a").await, portal.as_role("manager").await);
    assert_eq!(step(&first, 1, "investigate", "").await.status, 303);
    for answer in [step(&second, 1, "investigate", "My own note").await, give(&second, 1, MANAGER_TWO, "E-77").await] {
        assert_eq!(answer.status, 409);
        assert!(
            answer
                .body
                .contains("Somebody else was first.</strong> Status: Open → Investigating, by Rosalind Quillfeather, "),
            "{}",
            answer.body
        );
        assert!(answer.body.contains("name=\"version\" value=\"2\""), "the next post knows of it");
        assert!(
            answer.body.contains("My own note</textarea>") || answer.body.contains("value=\"E-77\""),
            "{}",
            answer.body
        );
    }
    assert_eq!(projection(&portal).await, format!("investigating {FIELD_STAFF} 2"));
    let answer = step(&second, 1, "investigate", "").await;
    assert_eq!(
        told(&portal.events(answer.request_id()).await),
        "finding.read finding.status.move!validate_fail/conflict finding.read"
    );
    // two at once: one of them
    let (one, two) = tokio::join!(step(&first, 2, "plan_action", ""), step(&second, 2, "plan_action", ""));
    assert_eq!(BTreeSet::from([one.status, two.status]), BTreeSet::from([303, 409]));
    assert_eq!(lines(&portal).await, 3);
}

#[actix_web::test]
async fn a_step_is_taken_back_by_a_line_of_its_own_as_long_as_nothing_was_done_since() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    step(&browser, 1, "investigate", "").await;
    let page = browser.get(&at("")).await.body;
    let undo = at("/status/reversal?version=2");
    assert!(page.contains(&format!("action=\"{undo}\"")), "the toast leads back: {page}");
    let answer = browser.post(&undo, &[]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(told(&portal.events(answer.request_id()).await), "finding.read finding.status.move");
    assert_eq!(last_line(&portal).await, format!("3 status_undone {COORDINATOR_A} investigating open - -"));
    assert_eq!(browser.post(&undo, &[]).await.status, 409, "once");
    assert_eq!(browser.post(&at("/status/reversal?version=3"), &[]).await.status, 409, "no step");
    step(&browser, 3, "investigate", "").await;
    step(&browser, 4, "plan_action", "").await;
    assert_eq!(browser.post(&at("/status/reversal?version=4"), &[]).await.status, 409, "another came after it");
    assert_eq!(lines(&portal).await, 5);
}

#[actix_web::test]
async fn a_form_that_is_sent_twice_counts_once() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let (key, due) = (Uuid::now_v7().to_string(), days_from_now(20));
    let owner = MANAGER_TWO.to_string();
    for (path, fields) in [
        ("/status", vec![("version", "1"), ("step", "investigate")]),
        ("/owner", vec![("version", "2"), ("owner", &*owner)]),
        ("/edit", vec![("version", "3"), ("title", "Another title"), ("severity", "high"), ("due", &due)]),
        ("/comments", vec![("kind", "comment"), ("comment", "Said once")]),
    ] {
        let fields: Vec<_> = fields.into_iter().chain([("form_key", &*key)]).collect();
        let path = at(path);
        let (one, two) = tokio::join!(browser.post(&path, &fields), browser.post(&path, &fields));
        let three = browser.post(&path, &fields).await;
        assert_eq!((one.status, two.status, three.status), (303, 303, 303), "{path} {}", two.body);
    }
    assert_eq!(projection(&portal).await, format!("investigating {MANAGER_TWO} 4"));
    let said: i64 = portal.value("SELECT count(*) FROM portal.finding_comments WHERE body = 'Said once'").await;
    assert_eq!((lines(&portal).await, said), (4, 1));
}

#[actix_web::test]
async fn a_finding_is_given_to_whom_the_list_offers_or_who_has_the_number_and_to_nobody_else() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let page = browser.get(&at("")).await.body;
    for (person, offered) in [
        (MANAGER, true),
        (MANAGER_TWO, true),
        (COORDINATOR_A, true),
        (COORDINATOR_ALL, true),
        (FIELD_STAFF, true),
        (COORDINATOR_B, false),
        (AUDITOR, false),
        (ADMIN, false),
        (NURSE_A, false),
    ] {
        assert_eq!(page.contains(&format!("<option value=\"{person}\"")), offered, "{person}");
        if !offered {
            let answer = give(&browser, 1, person, "").await;
            assert_eq!(answer.status, 422, "{person}");
            assert!(answer.body.contains("Choose somebody from the list"), "{}", answer.body);
        }
    }
    // whom it is about, whoever has no account, a number of nobody: the same words
    for number in ["E-9010", "E-9011", "E-0000"] {
        let answer = give(&browser, 1, FIELD_STAFF, number).await;
        assert_eq!(answer.status, 422, "{number}");
        assert!(answer.body.contains("Nobody with this employee number may work on this finding"), "{}", answer.body);
    }
    assert_eq!(give(&browser, 1, NOWHERE, "").await.status, 422);
    assert_eq!(lines(&portal).await, 1);

    let answer = give(&browser, 1, MANAGER_TWO, "").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(told(&portal.events(answer.request_id()).await), "finding.read finding.assign");
    assert_eq!(last_line(&portal).await, format!("2 assigned {COORDINATOR_A} open open {FIELD_STAFF} {MANAGER_TWO}"));
    assert_eq!(portal.as_role("field_staff").await.get(&at("")).await.status, 404, "whose it was sees it no more");
    let page = browser.get(&at("")).await.body;
    let undo = at("/owner/reversal?version=2");
    assert!(
        page.contains(&format!("action=\"{undo}\""))
            && page.contains("Philippa Zellweger → Ignatius Featherstonehaugh"),
        "{page}"
    );
    assert_eq!(browser.post(&undo, &[]).await.status, 303);
    assert_eq!(last_line(&portal).await, format!("3 assigned {COORDINATOR_A} open open {MANAGER_TWO} {FIELD_STAFF}"));
    let by_number = give(&browser, 3, MANAGER_TWO, " E-9004 ").await;
    assert_eq!(by_number.status, 303, "{}", by_number.body);
    assert_eq!(projection(&portal).await, format!("open {COORDINATOR_ALL} 4"));
}

#[actix_web::test]
async fn nobody_is_given_a_finding_about_somebody_they_stand_near_to() {
    let portal = TestPortal::start().await;
    portal
        .sql(&format!(
            "UPDATE portal.people SET address_hash = sha256('a home') WHERE id IN ('{MANAGER_TWO}', '{NURSE_A}')"
        ))
        .await;
    let browser = portal.as_role("coordinator_a").await;
    assert!(!browser.get(&at("")).await.body.contains(&format!("<option value=\"{MANAGER_TWO}\"")));
    assert_eq!(give(&browser, 1, MANAGER_TWO, "").await.status, 422);
    let new = browser.get(&format!("/findings/new?case={CASE_A}")).await.body;
    assert!(
        new.contains(&format!("<option value=\"{MANAGER}\""))
            && !new.contains(&format!("<option value=\"{MANAGER_TWO}\""))
    );
    let mut owner = portal.deref().as_role("portal_owner").await;
    let past = format!(
        "INSERT INTO portal.finding_events (finding_id, seq, kind, actor_id, from_status, to_status, was_assigned_to, assignee_id)
         VALUES ('{FINDING}', 2, 'assigned', '{MANAGER}', 'open', 'open', '{FIELD_STAFF}', '{MANAGER_TWO}')"
    );
    assert_eq!(owner.run(&past).await, Err("23514".to_owned()), "nor does the database");
}

#[actix_web::test]
async fn a_colleague_sees_the_finding_with_its_moves_locked_and_may_only_speak() {
    let portal = TestPortal::start().await;
    portal
        .sql(&format!(
            "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on, ends_on) VALUES
               (gen_random_uuid(), '{COORDINATOR_A}', '{FACILITY_B}', '{DEPARTMENT_B}', 'Analyst', current_date - 20, current_date - 1),
               (gen_random_uuid(), '{NURSE_A}', '{FACILITY_B}', '{DEPARTMENT_B}', 'Clerk', current_date - 20, NULL)"
        ))
        .await;
    let browser = portal.as_role("coordinator_a").await;
    let page = browser.get(&at("")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("You work in the same department: somebody else decides."), "{}", page.body);
    assert!(
        !page.body.contains("name=\"step\"")
            && !page.body.contains("Change owner")
            && !page.body.contains("Edit finding")
    );
    for answer in [
        step(&browser, 1, "investigate", "").await,
        give(&browser, 1, MANAGER, "").await,
        edit(&browser, 1, &[("severity", "low")]).await,
    ] {
        assert_eq!(answer.status, 403);
        assert!(told(&portal.events(answer.request_id()).await).contains("!authz_fail/conflict_of_interest"));
    }
    assert_eq!(say(&browser, "comment", "I know this workplace").await.status, 303);
    assert_eq!(lines(&portal).await, 1);
}

#[actix_web::test]
async fn a_comment_has_its_author_and_its_time_and_is_seen_by_whoever_sees_the_finding() {
    let portal = TestPortal::start().await;
    let (coordinator, staff) = (portal.as_role("coordinator_a").await, portal.as_role("field_staff").await);
    let answer = say(&coordinator, "comment", "First line\r\n<b>second</b> line").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(told(&portal.events(answer.request_id()).await), "finding.read finding.comment.create");
    let evidence = say(&staff, "evidence", "The terminal stands in the hallway").await;
    assert_eq!(evidence.status, 303, "{}", evidence.body);
    assert_eq!(told(&portal.events(evidence.request_id()).await), "finding.read finding.evidence.add");
    let denied = say(&staff, "comment", "I would comment").await;
    assert_eq!(
        (denied.status, told(&portal.events(denied.request_id()).await).as_str()),
        (403, "finding.comment.create!authz_fail/role_lacks_action")
    );
    for username in ["manager", "auditor", "coordinator_a", "field_staff"] {
        let page = portal.as_role(username).await.get(&at("")).await.body;
        assert!(
            page.contains("&#60;b&#62;second&#60;/b&#62; line") && page.contains("The terminal stands in the hallway"),
            "{username}"
        );
        assert!(page.contains("<strong>Evidence added</strong>"), "{username}");
    }
    assert!(coordinator.get(&at("")).await.body.contains("Philippa Zellweger"), "who said it");
    assert!(!staff.get(&at("")).await.body.contains("value=\"comment\""), "a workforce member adds evidence");
    let kept: String = portal
        .value("SELECT string_agg(concat_ws(' ', kind, author_id, length(body)), '; ' ORDER BY at) FROM portal.finding_comments WHERE body NOT LIKE 'The account%'")
        .await;
    assert_eq!(kept, format!("comment {COORDINATOR_A} 29; evidence {FIELD_STAFF} 34"));
    // a comment makes nobody's form stale
    assert_eq!(step(&coordinator, 1, "investigate", "").await.status, 303);
    for (text, sentence) in [("  ", "Write something first"), (&*"c".repeat(2001), "Keep it to 2,000 characters")] {
        let answer = say(&coordinator, "comment", text).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains(sentence), "{}", answer.body);
        assert!(answer.body.contains(&format!("{text}</textarea>")), "what was typed stays");
    }
    // whose the finding is no more says nothing to it
    give(&coordinator, 2, MANAGER, "").await;
    assert_eq!(say(&staff, "evidence", "Too late").await.status, 404);
}

#[actix_web::test]
async fn an_edit_is_a_version_and_what_it_said_before_stays_to_be_read() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let form = browser.get(&at("/edit")).await;
    assert_eq!(told(&portal.events(form.request_id()).await), "finding.edit.read");
    assert!(form.body.contains("value=\"Access after the end of work\""), "{}", form.body);
    let later = days_from_now(40);
    for (changes, field, sentence) in [
        (&[("title", " ")][..], "title", "Say what happened in one sentence"),
        (&[("severity", "dreadful")], "severity", "Choose a severity"),
        (&[("due", "2020-01-01")], "due", "Choose a due date on or after"),
        (&[("due", &later)], "reason", "Say why it is due later"),
        (&[("root_cause", &"r".repeat(4001))], "root_cause", "4,000"),
        (&[], "title", "Nothing is different yet"),
    ] {
        let answer = edit(&browser, 1, changes).await;
        assert_eq!(answer.status, 422, "{changes:?} {}", answer.body);
        assert!(
            answer.body.contains(sentence) && answer.body.contains(&format!("id=\"{field}\"")),
            "{sentence}: {}",
            answer.body
        );
        for (name, value) in changes.iter().filter(|(name, value)| *name != "severity" && !value.trim().is_empty()) {
            assert!(answer.body.contains(*value), "{name} stays as typed");
        }
        assert_eq!(
            told(&portal.events(answer.request_id()).await),
            "finding.edit.read finding.update!validate_fail/invalid_input finding.edit.read"
        );
    }
    let changes = [
        ("title", "Login used for ten days after the end of work"),
        ("severity", "critical"),
        ("due", &*later),
        ("reason", "The vendor answers late"),
        ("root_cause", "No end date in the roster"),
    ];
    let answer = edit(&browser, 1, &changes).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(told(&portal.events(answer.request_id()).await), "finding.edit.read finding.update");
    let page = browser.get(&at("")).await.body;
    for text in [
        "<h1>Login used for ten days after the end of work</h1>",
        "Edited: title, severity, due date, root cause",
        "High → Critical",
        "Access after the end of work",
        "The vendor answers late",
        "No end date in the roster",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let versions: String = portal
        .value(&format!("SELECT string_agg(concat_ws(' ', seq, severity, title), '; ' ORDER BY seq) FROM portal.finding_versions WHERE finding_id = '{FINDING}'"))
        .await;
    assert_eq!(
        versions,
        "1 high Access after the end of work; 2 critical Login used for ten days after the end of work"
    );
}

#[actix_web::test]
async fn whoever_edits_what_somebody_else_edited_sees_both_texts() {
    let portal = TestPortal::start().await;
    let (first, second) = (portal.as_role("coordinator_a").await, portal.as_role("manager").await);
    assert_eq!(edit(&first, 1, &[("details", "Theirs, saved first")]).await.status, 303);
    let answer = edit(&second, 1, &[("details", "Mine, typed meanwhile"), ("severity", "low")]).await;
    assert_eq!(answer.status, 409);
    for text in [
        "Edited: details, by Rosalind Quillfeather, ",
        "Theirs, saved first",
        "Mine, typed meanwhile</textarea>",
        "<option value=\"low\" selected>",
        "name=\"version\" value=\"2\"",
    ] {
        assert!(answer.body.contains(text), "{text}: {}", answer.body);
    }
    assert_eq!(
        told(&portal.events(answer.request_id()).await),
        "finding.edit.read finding.update!validate_fail/conflict finding.edit.read"
    );
    let details: String = portal.value(&format!("SELECT details FROM portal.findings WHERE id = '{FINDING}'")).await;
    assert_eq!(details, "Theirs, saved first");
    assert_eq!(edit(&second, 2, &[("details", "Mine, typed meanwhile")]).await.status, 303, "knowing of theirs");
}

#[actix_web::test]
async fn a_closed_finding_shows_its_end_and_takes_no_act() {
    let portal = TestPortal::start().await;
    set_status(&portal, Status::ClosedRemediated).await;
    let browser = portal.as_role("manager").await;
    let page = browser.get(&at("")).await.body;
    assert!(page.contains("Closed, remediated"));
    for absent in ["name=\"step\"", "Change owner", "Edit finding", "Link another case", "Add as evidence"] {
        assert!(!page.contains(absent), "{absent}");
    }
    assert_eq!(give(&browser, 1, MANAGER, "").await.status, 422);
    assert_eq!(edit(&browser, 1, &[("severity", "low")]).await.status, 400);
    assert_eq!(lines(&portal).await, 1);
}

#[actix_web::test]
async fn the_list_is_narrowed_to_an_owner_and_a_workforce_member_has_nothing_to_choose() {
    let portal = TestPortal::start().await;
    let manager = portal.as_role("manager").await;
    let all = manager.get("/findings").await.body;
    assert!(all.contains(&format!("<option value=\"{FIELD_STAFF}\">Philippa Zellweger</option>")), "{all}");
    for (owner, found) in [(FIELD_STAFF, true), (MANAGER, false)] {
        let path = format!("/findings?owner={owner}");
        assert_eq!(manager.get(&path).await.body.contains(&FINDING.to_string()), found, "{owner}");
        let file = manager.get(&format!("/findings.csv?owner={owner}")).await.body;
        assert_eq!(file.contains(&FINDING.to_string()), found, "{owner} in the file");
    }
    let staff = portal.as_role("field_staff").await.get("/findings").await.body;
    assert!(staff.contains(&FINDING.to_string()) && !staff.contains("<select id=\"owner\""));
}

//! The second person: what waits for one, who it is, the blind sample, and what the database holds of it by itself.

use hipaa_auditor::words::{Disposition, Reason, SecondReviewGround, SecondReviewKind, SecondReviewOutcome};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Answer, Browser, TestDb, TestPortal, told};

/// What the first reviewer wrote; the second one may not read it.
const FIRST_NOTE: &str = "Zibeline consult that night";

async fn decide(browser: &Browser, case: Uuid, version: i32, found: (&str, &str), note: &str) -> Answer {
    let version = version.to_string();
    let fields = [("version", version.as_str()), ("disposition", found.0), ("reason", found.1), ("note", note)];
    browser.post(&format!("/access-logs/cases/{case}/decision"), &fields).await
}

async fn second(browser: &Browser, case: Uuid, version: i32, found: Option<(&str, &str)>, note: &str) -> Answer {
    let (version, own) = (version.to_string(), found.unwrap_or_default());
    let verdict = if found.is_some() { "own" } else { "agree" };
    let fields = [
        ("version", version.as_str()),
        ("verdict", verdict),
        ("disposition", own.0),
        ("reason", own.1),
        ("note", note),
    ];
    browser.post(&format!("/access-logs/cases/{case}/second-review"), &fields).await
}

async fn reopen(browser: &Browser, case: Uuid, version: i32) -> Answer {
    browser.post(&format!("/access-logs/cases/{case}/reopening?version={version}"), &[]).await
}

/// State, disposition, reason, by whom, assigned to whom, version.
async fn projection(db: &TestDb, case: Uuid) -> String {
    db.value(&format!(
        "SELECT concat_ws(' ', state, coalesce(disposition, '-'), coalesce(reason_code, '-'), coalesce(decided_by::text, '-'),
                coalesce(assigned_to::text, '-'), version) FROM portal.review_cases WHERE id = '{case}'"
    ))
    .await
}

/// The rounds of a case: kind, ground, outcome.
async fn rounds(db: &TestDb, case: Uuid) -> Vec<String> {
    db.value(&format!(
        "SELECT coalesce(array_agg(concat_ws(' ', kind, ground, coalesce(outcome, 'waits'), second_disposition) ORDER BY first_seq), '{{}}')
           FROM portal.second_reviews WHERE case_id = '{case}'"
    ))
    .await
}

/// As a superuser, past the triggers.
async fn past_triggers(db: &TestDb, sql: &str) {
    db.sql(&format!("BEGIN; SET LOCAL session_replication_role = replica; {sql}; COMMIT")).await;
}

/// Every decision that would close a case at once is in the sample, or none.
async fn sample(db: &TestDb, share: i32) {
    past_triggers(db, &format!("UPDATE portal.sample_seeds SET share = {share}")).await;
}

/// Copies of `CASE_A`, each of a day of its own.
async fn copies(db: &TestDb, many: i32) -> Vec<Uuid> {
    db.sql(&format!(
        "INSERT INTO portal.review_cases (id, person_id, login_id, patient_id, local_day, facility_id, state, risk, version, first_action_at,
             last_action_at, row_count, access_type, resource_type)
         SELECT ('01990000-0000-7000-9100-' || lpad(to_hex(n), 12, '0'))::uuid, person_id, login_id, patient_id, local_day - n, facility_id,
                'unassigned', 'low', 1, first_action_at, last_action_at, 1, access_type, resource_type
           FROM portal.review_cases, generate_series(1, {many}) n WHERE id = '{CASE_A}';
         INSERT INTO portal.review_events (case_id, seq, kind, to_state)
         SELECT id, 1, 'opened', 'unassigned' FROM portal.review_cases WHERE id::text LIKE '01990000-0000-7000-9100-%'"
    ))
    .await;
    db.value(
        "SELECT array_agg(id ORDER BY id) FROM portal.review_cases WHERE id::text LIKE '01990000-0000-7000-9100-%'",
    )
    .await
}

async fn flag(db: &TestDb, case: Uuid, rule: &str) {
    db.sql(&format!(
        "INSERT INTO portal.case_flags (case_id, rule_code, rule_version, kind, severity, facts, row_count, raised_at)
         SELECT '{case}', code, version, kind, severity, '{{}}', 1, now() FROM portal.rules WHERE code = '{rule}' ORDER BY version LIMIT 1"
    ))
    .await;
}

#[actix_web::test]
async fn a_second_person_who_agrees_closes_the_case_as_it_was_decided() {
    let portal = TestPortal::start().await;
    let (first, manager) = (portal.as_role("coordinator_a").await, portal.as_role("manager_two").await);
    decide(&first, CASE_A, 1, ("inappropriate_intentional", "curiosity"), FIRST_NOTE).await;
    let page = manager.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(page.contains("may lead to a sanction (45 CFR 164.530(e))") && page.contains("Agree and close the case"));
    assert!(
        page.contains("Rosalind Quillfeather decided: Inappropriate, intentional (Curiosity)")
            && page.contains(FIRST_NOTE)
    );
    let drawer = manager.get(&format!("/access-logs?view=second_review&open={CASE_A}")).await.body;
    assert!(drawer.contains("Agree and close") && drawer.contains(&format!("row-{CASE_A}")));
    let answer = second(&manager, CASE_A, 2, None, "").await;
    assert_eq!((answer.status, answer.location()), (303, "/access-logs?view=second_review"));
    assert_eq!(told(&portal.events(answer.request_id()).await), "review_case.read review_case.second_review");
    assert_eq!(
        projection(&portal, CASE_A).await,
        format!("closed inappropriate_intentional curiosity {COORDINATOR_A} - 3")
    );
    assert_eq!(rounds(&portal, CASE_A).await, ["required disposition confirmed inappropriate_intentional"]);
    let page = first.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(
        page.contains("Ignatius Featherstonehaugh gave the second review and agreed: Inappropriate, intentional"),
        "{page}"
    );
    // from now on it is a manager's to open again
    assert!(!page.contains("/reopening?version=3"));
    let refused = reopen(&first, CASE_A, 3).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        told(&portal.events(refused.request_id()).await),
        "review_case.read review_case.reopen!authz_fail/second_person_needed"
    );
    assert_eq!(reopen(&manager, CASE_A, 3).await.status, 303);
    assert_eq!(rounds(&portal, CASE_A).await.len(), 1);
}

#[actix_web::test]
async fn a_second_person_who_disagrees_says_why_and_the_case_goes_back_with_both_on_record() {
    let portal = TestPortal::start().await;
    let (first, manager) = (portal.as_role("coordinator_a").await, portal.as_role("manager_two").await);
    decide(&first, CASE_A, 1, ("inappropriate_intentional", "curiosity"), FIRST_NOTE).await;
    for (found, note, sentence) in [
        (("", ""), "kept", "Choose what you found"),
        (("appropriate", "care_team"), "", "Say in the note why"),
        (("appropriate", "curiosity"), "kept", "does not explain"),
        (("inappropriate_intentional", "excess"), "kept", "That is what the first decision found"),
    ] {
        let answer = second(&manager, CASE_A, 2, Some(found), note).await;
        assert_eq!(answer.status, 422, "{found:?}");
        assert!(answer.body.contains(sentence) && answer.body.contains("<title>Error: "), "{sentence}");
        assert!(answer.body.contains(&format!(">{note}</textarea>")), "{note} stays typed");
        assert!(
            told(&portal.events(answer.request_id()).await)
                .contains("review_case.second_review!validate_fail/invalid_input")
        );
    }
    assert_eq!(rounds(&portal, CASE_A).await, ["required disposition waits"]);
    let answer = second(&manager, CASE_A, 2, Some(("appropriate", "on_call")), "On the roster of that night.").await;
    assert_eq!(answer.status, 303);
    assert_eq!(projection(&portal, CASE_A).await, format!("in_review - - - {COORDINATOR_A} 3"));
    let page = first.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    for said in [FIRST_NOTE, "On the roster of that night.", "did not agree: Appropriate (On call or covering)"] {
        assert!(page.contains(said), "{said}");
    }
    // whatever is decided now, a second person looks at it, and it may be the one who disagreed
    assert_eq!(decide(&first, CASE_A, 3, ("appropriate", "on_call"), "").await.status, 303);
    assert_eq!(
        rounds(&portal, CASE_A).await,
        ["required disposition overturned appropriate", "required overturned waits"]
    );
    assert_eq!(second(&manager, CASE_A, 4, None, "").await.status, 303);
    assert_eq!(
        projection(&portal, CASE_A).await,
        format!("closed appropriate on_call {COORDINATOR_A} {COORDINATOR_A} 5")
    );
}

#[actix_web::test]
async fn exactly_what_weighs_on_somebody_and_what_is_critical_watched_or_reported_waits() {
    let portal = TestPortal::start().await;
    let cases = copies(&portal, 8 * 4 * 3).await;
    let browser = portal.as_role("coordinator_a").await;
    let found = [
        ("appropriate", "care_team", None),
        ("appropriate_policy_gap", "on_call", None),
        ("duplicate", "it_support", None),
        ("inappropriate_inadvertent", "wrong_patient", Some("disposition")),
        ("inappropriate_intentional", "curiosity", Some("disposition")),
        ("attributed_to_other", "credential_sharing", Some("disposition")),
        ("unable_to_determine", "it_support", Some("disposition")),
        ("data_error", "it_support", Some("disposition")),
    ];
    let mut cases = cases.into_iter();
    for (disposition, reason, weighs) in found {
        for risk in ["low", "medium", "high", "critical"] {
            for (rule, grounds) in [
                ("terminated_user", None),
                ("watch_list", Some("watch_list")),
                ("reported_by_person", Some("complaint")),
            ] {
                let case = cases.next().expect("enough cases");
                portal.sql(&format!("UPDATE portal.review_cases SET risk = '{risk}' WHERE id = '{case}'")).await;
                flag(&portal, case, rule).await;
                let context = format!("{disposition} {risk} {rule}");
                assert_eq!(decide(&browser, case, 1, (disposition, reason), "").await.status, 303, "{context}");
                let expected = weighs.or((risk == "critical").then_some("critical")).or(grounds);
                let state = if expected.is_some() { "awaiting_second_review" } else { "closed" };
                assert!(projection(&portal, case).await.starts_with(&format!("{state} {disposition}")), "{context}");
                let waits = expected.map(|ground| format!("required {ground} waits"));
                assert_eq!(rounds(&portal, case).await, waits.into_iter().collect::<Vec<_>>(), "{context}");
            }
        }
    }
}

#[actix_web::test]
async fn a_flag_that_no_longer_holds_asks_for_nobody() {
    let portal = TestPortal::start().await;
    flag(&portal, CASE_A, "watch_list").await;
    portal.sql("UPDATE portal.case_flags SET superseded_at = now() WHERE rule_code = 'watch_list'").await;
    let browser = portal.as_role("coordinator_a").await;
    assert_eq!(decide(&browser, CASE_A, 1, ("appropriate", "care_team"), "").await.status, 303);
    assert!(projection(&portal, CASE_A).await.starts_with("closed appropriate"));
}

#[actix_web::test]
async fn nobody_gives_the_second_review_of_their_own_decision_and_nobody_without_the_role_gives_one() {
    let portal = TestPortal::start().await;
    let manager = portal.as_role("manager_two").await;
    decide(&manager, CASE_A, 1, ("data_error", "it_support"), "").await;
    let page = manager.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(page.contains("You decided this case or asked about it: somebody else gives the second review."), "{page}");
    assert!(!page.contains("/second-review\""), "no form");
    for found in [None, Some(("appropriate", "care_team"))] {
        let answer = second(&manager, CASE_A, 2, found, "Why").await;
        assert_eq!(answer.status, 403);
        assert_eq!(
            told(&portal.events(answer.request_id()).await),
            "review_case.read review_case.second_review!authz_fail/second_person_needed"
        );
    }
    for (username, events) in [
        ("coordinator_all", "review_case.read review_case.stand_in!authz_fail/role_lacks_action"),
        ("coordinator_b", "review_case.read review_case.stand_in!authz_fail/not_in_scope"),
        ("auditor", "review_case.second_review!authz_fail/role_lacks_action"),
        ("field_staff", "review_case.second_review!authz_fail/role_lacks_action"),
        ("admin", "review_case.second_review!authz_fail/role_lacks_action"),
    ] {
        let answer = second(&portal.as_role(username).await, CASE_A, 2, None, "").await;
        assert_eq!(answer.status, if username == "coordinator_b" { 404 } else { 403 }, "{username}");
        assert_eq!(told(&portal.events(answer.request_id()).await), events, "{username}");
    }
    let page = portal.as_role("coordinator_all").await.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(page.contains("It waits for a privacy manager who did not decide it.") && !page.contains("/reopening"));
    assert!(projection(&portal, CASE_A).await.starts_with("awaiting_second_review"));
    // the one who decided may still take it back
    assert_eq!(reopen(&portal.as_role("coordinator_all").await, CASE_A, 2).await.status, 403);
    assert_eq!(reopen(&manager, CASE_A, 2).await.status, 303);
    assert_eq!(rounds(&portal, CASE_A).await, ["required disposition taken_back"]);
    // who decided it once does not look at it a second time, whoever decides it next
    decide(&portal.as_role("coordinator_a").await, CASE_A, 3, ("data_error", "it_support"), "").await;
    assert_eq!(second(&manager, CASE_A, 4, None, "").await.status, 403);
}

#[actix_web::test]
async fn whoever_stands_too_near_gives_no_second_review() {
    for (relation, status, code) in [
        ("UPDATE portal.people SET address_hash = sha256('a home') WHERE id IN ($me, $person)", 404, "not_in_scope"),
        (
            "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on)
             SELECT gen_random_uuid(), p, $facility, $department, 'Analyst', '2020-01-01' FROM unnest(ARRAY[$me, $person]::uuid[]) p",
            403,
            "conflict_of_interest",
        ),
    ] {
        let portal = TestPortal::start().await;
        let quoted = |id: Uuid| format!("'{id}'");
        let sql = relation
            .replace("$me", &quoted(MANAGER_TWO))
            .replace("$person", &quoted(NURSE_A))
            .replace("$facility", &quoted(FACILITY_B))
            .replace("$department", &quoted(DEPARTMENT_B));
        portal.sql(&sql).await;
        let manager = portal.as_role("manager_two").await;
        let answer = second(&manager, CASE_DECIDED, 2, None, "").await;
        assert_eq!(answer.status, status, "{code}");
        let events = told(&portal.events(answer.request_id()).await);
        assert_eq!(events, format!("review_case.read review_case.second_review!authz_fail/{code}"));
        let page = manager.get(&format!("/access-logs/cases/{CASE_DECIDED}")).await;
        assert_eq!(page.status == 200, status == 403);
        assert!(!page.body.contains("/second-review\""), "no form");
        assert_eq!(rounds(&portal, CASE_DECIDED).await, ["required disposition waits"]);
    }
}

#[actix_web::test]
async fn of_two_second_reviews_at_once_one_stands_and_the_other_learns_whose() {
    let portal = TestPortal::start().await;
    let cases = copies(&portal, 6).await;
    let (one, two) = (portal.as_role("manager").await, portal.as_role("manager_two").await);
    let first = portal.as_role("coordinator_a").await;
    for case in cases {
        decide(&first, case, 1, ("data_error", "it_support"), "").await;
        let (agrees, differs) = tokio::join!(
            second(&one, case, 2, None, ""),
            second(&two, case, 2, Some(("appropriate", "care_team")), "Kept <note>")
        );
        let mut statuses = [agrees.status, differs.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409], "{case}");
        let (lost, winner) = if agrees.status == 409 {
            (&agrees, "Ignatius Featherstonehaugh")
        } else {
            (&differs, "Marguerite Oakhollow")
        };
        assert!(
            lost.body.contains(&format!("The case moved on while you looked. {winner} gave the second review")),
            "{}",
            lost.body
        );
        if differs.status == 409 {
            assert!(differs.body.contains(">Kept &#60;note&#62;</textarea>"), "what was typed stays");
        }
        assert_eq!(rounds(&portal, case).await.len(), 1);
        let lines: i64 = portal
            .value(&format!(
                "SELECT count(*) FROM portal.review_events WHERE case_id = '{case}' AND kind LIKE 'second_%'"
            ))
            .await;
        assert_eq!(lines, 1);
    }
}

/// Every page and file on which a case may show, as its reader gets it: without what differs from request to request.
async fn everything(browser: &Browser) -> Vec<(String, String)> {
    let views = ["awaiting", "mine", "high", "break_glass", "second_review", "conflicts", "decided_today", "all"];
    let mut paths: Vec<_> = views.iter().map(|view| format!("/access-logs?view={view}")).collect();
    paths.extend([
        format!("/access-logs?view=second_review&open={CASE_A}"),
        format!("/access-logs?view=second_review&sort=newest&person={NURSE_A}"),
        format!("/access-logs/cases/{CASE_A}"),
        format!("/access-logs/cases/{CASE_DECIDED}"),
        "/access-logs?view=all&assigned=nobody".to_owned(),
        "/access-logs.csv?view=all".to_owned(),
        "/access-logs.csv?view=second_review".to_owned(),
        "/access-logs/rows".to_owned(),
        "/access-logs/rows.csv".to_owned(),
        format!("/people/{NURSE_A}"),
        format!("/patients/{PATIENT_ONE}"),
        format!("/patients/{PATIENT_TWO}"),
        format!("/findings/{FINDING}"),
        "/findings.csv".to_owned(),
        "/settings/rules".to_owned(),
        "/settings/rules/terminated_user".to_owned(),
        format!("/settings/rules/proposals/{PROPOSAL}"),
        "/access-logs/agreement".to_owned(),
        "/access-logs/agreement.csv".to_owned(),
        "/access-logs/second-reviews".to_owned(),
    ]);
    let mut pages = Vec::new();
    for path in paths {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        let body = answer.body.replace(&answer.request_id().to_string(), "(request)");
        let lines = body.lines().filter(|line| !line.contains("<span>printed ") && !line.contains("form_key"));
        pages.push((path, lines.collect::<Vec<_>>().join("\n")));
    }
    let mut request = browser.request("GET", &format!("/access-logs/cases/{CASE_A}"));
    request = request.header("HX-Request", "true").header("HX-Target", "drawer");
    pages.push(("the drawer".to_owned(), browser.send(request).await.body));
    pages
}

#[actix_web::test]
async fn whoever_looks_blind_gets_the_same_pages_whatever_was_decided_by_whomever() {
    let portal = TestPortal::start().await;
    sample(&portal, 100).await;
    portal.sql(&format!("UPDATE portal.review_cases SET assigned_to = '{COORDINATOR_A}' WHERE id = '{CASE_A}'")).await;
    // who asked is most likely who decided
    past_triggers(
        &portal,
        &format!(
            "INSERT INTO portal.questions (id, case_id, asked_by, addressee, addressee_id, confidential, question, subject_id, subject_name,
                 resource_type, several, access_at, time_zone, due_on, due_until, state, ended_at)
             VALUES (gen_random_uuid(), '{CASE_A}', '{COORDINATOR_A}', 'supervisor', '{FIELD_STAFF}', false, 'which_task', '{NURSE_A}', 'A nurse',
                 'Encounter', false, now(), 'UTC', current_date, now(), 'not_needed', now())"
        ),
    )
    .await;
    let first = portal.as_role("coordinator_a").await;
    assert_eq!(decide(&first, CASE_A, 1, ("appropriate", "care_team"), FIRST_NOTE).await.status, 303);
    assert_eq!(rounds(&portal, CASE_A).await, ["blind sample waits"]);
    for username in ["manager", "manager_two", "auditor", "auditor_full"] {
        let browser = portal.as_role(username).await;
        let before = everything(&browser).await;
        for (path, body) in &before {
            assert!(!body.contains("Zibeline"), "{username} {path}");
        }
        let case = before.iter().find(|(path, _)| *path == format!("/access-logs/cases/{CASE_A}")).expect("the case");
        assert!(case.1.contains("Awaiting second review") && case.1.contains("blind sample"), "{}", case.1);
        assert!(!case.1.contains("Rosalind Quillfeather"), "{username}: who decided, or asked");
        assert!(case.1.contains("The privacy office"), "{username}: that somebody asked");
        assert!(!case.1.contains("/audit/seen/"), "{username}: who acted is one click away");
        // the same case, decided otherwise by somebody else with another note
        past_triggers(
            &portal,
            &format!(
                "UPDATE portal.second_reviews SET first_by = '{COORDINATOR_ALL}', first_disposition = 'duplicate', first_reason_code = 'other',
                        first_assigned = '{COORDINATOR_ALL}' WHERE case_id = '{CASE_A}';
                 UPDATE portal.review_events SET actor_id = '{COORDINATOR_ALL}', disposition = 'duplicate', reason_code = 'other',
                        note = 'Another altogether' WHERE case_id = '{CASE_A}' AND kind = 'decided'"
            ),
        )
        .await;
        for ((path, before), (_, after)) in before.iter().zip(everything(&browser).await) {
            assert_eq!(*before, after, "{username} {path}");
        }
        past_triggers(
            &portal,
            &format!(
                "UPDATE portal.second_reviews SET first_by = '{COORDINATOR_A}', first_disposition = 'appropriate', first_reason_code = 'care_team',
                        first_assigned = '{COORDINATOR_A}' WHERE case_id = '{CASE_A}';
                 UPDATE portal.review_events SET actor_id = '{COORDINATOR_A}', disposition = 'appropriate', reason_code = 'care_team',
                        note = '{FIRST_NOTE}' WHERE case_id = '{CASE_A}' AND kind = 'decided'"
            ),
        )
        .await;
    }
    let manager = portal.as_role("manager_two").await;
    assert_eq!(second(&manager, CASE_A, 2, None, "").await.status, 409, "there is nothing to agree with");
    assert_eq!(second(&manager, CASE_A, 2, Some(("appropriate", "care_team")), "").await.status, 422, "a note, always");
    assert_eq!(second(&manager, CASE_A, 2, Some(("appropriate", "on_call")), "Covering.").await.status, 303);
    let page = manager.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(
        page.contains(FIRST_NOTE) && page.contains("Covering.") && page.contains("Rosalind Quillfeather"),
        "then all is told"
    );
    assert_eq!(
        projection(&portal, CASE_A).await,
        format!("closed appropriate care_team {COORDINATOR_A} {COORDINATOR_A} 3")
    );
}

#[actix_web::test]
async fn whoever_decided_first_does_not_learn_that_their_decision_is_in_the_sample() {
    let mut told_first = Vec::new();
    for share in [0, 100] {
        let portal = TestPortal::start().await;
        sample(&portal, share).await;
        // whose it was leaves the case as it waits
        portal
            .sql(&format!("UPDATE portal.review_cases SET assigned_to = '{COORDINATOR_A}' WHERE id = '{CASE_A}'"))
            .await;
        let first = portal.as_role("coordinator_a").await;
        let answer = decide(&first, CASE_A, 1, ("appropriate", "care_team"), FIRST_NOTE).await;
        assert_eq!((answer.status, answer.location()), (303, "/access-logs"));
        let waits = rounds(&portal, CASE_A).await;
        assert_eq!(waits.len(), usize::from(share == 100));
        let case = first.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
        assert!(case.contains("Closed") && case.contains(FIRST_NOTE) && case.contains("/reopening"), "{share}");
        let mut seen = vec![case];
        for path in [
            "/access-logs?view=decided_today".to_owned(),
            "/access-logs?view=second_review".to_owned(),
            "/access-logs?view=all".to_owned(),
            "/access-logs?view=all&assigned=nobody".to_owned(),
            "/access-logs.csv?view=all".to_owned(),
            format!("/people/{NURSE_A}"),
            "/access-logs/rows".to_owned(),
            "/access-logs/rows.csv".to_owned(),
            "/settings/rules".to_owned(),
        ] {
            seen.push(first.get(&path).await.body);
        }
        // a colleague sees as much, and opening it again answers alike
        let colleague = portal.as_role("coordinator_all").await;
        seen.push(colleague.get(&format!("/access-logs/cases/{CASE_A}")).await.body);
        assert_eq!(decide(&colleague, CASE_A, 2, ("appropriate", "on_call"), "").await.status, 409);
        assert_eq!(reopen(&colleague, CASE_A, 2).await.status, 303);
        assert_eq!(projection(&portal, CASE_A).await, format!("in_review - - - {COORDINATOR_A} 3"));
        let bare = |body: &String| {
            let text: String =
                body.lines().filter(|line| !line.contains("<span>printed ") && !line.contains("request")).collect();
            // what differs from database to database: short numbers, times, ids that begin with a time
            let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| word.len() > 3);
            words.filter(|word| !word.chars().all(|c| c.is_ascii_hexdigit())).map(ToOwned::to_owned).collect::<Vec<_>>()
        };
        told_first.push(seen.iter().map(bare).collect::<Vec<_>>());
    }
    assert_eq!(told_first[0], told_first[1]);
}

#[actix_web::test]
async fn a_manager_who_decided_a_case_of_the_sample_is_told_as_little() {
    let portal = TestPortal::start().await;
    sample(&portal, 100).await;
    let manager = portal.as_role("manager_two").await;
    decide(&manager, CASE_A, 1, ("appropriate", "care_team"), FIRST_NOTE).await;
    let page = manager.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(page.contains("Closed") && page.contains(FIRST_NOTE) && !page.contains("second person looks before"));
    assert!(!manager.get("/access-logs?view=second_review").await.body.contains(&format!("row-{CASE_A}")));
    assert!(manager.get("/access-logs?view=decided_today").await.body.contains(&format!("row-{CASE_A}")));
    // the other manager disagrees, and only then it is told
    let other = portal.as_role("manager").await;
    assert!(other.get("/access-logs?view=second_review").await.body.contains(&format!("row-{CASE_A}")));
    let answer =
        second(&other, CASE_A, 2, Some(("inappropriate_intentional", "curiosity")), "Not on the roster.").await;
    assert_eq!(answer.status, 303);
    assert_eq!(projection(&portal, CASE_A).await, format!("in_review - - - {MANAGER_TWO} 3"));
    assert_eq!(rounds(&portal, CASE_A).await, ["blind sample overturned inappropriate_intentional"]);
    let page = manager.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(
        page.contains("Marguerite Oakhollow gave the second review and did not agree")
            && page.contains("Not on the roster.")
    );
}

#[actix_web::test]
async fn what_is_drawn_where_nobody_is_left_to_look_stays_closed_and_on_record() {
    let portal = TestPortal::start().await;
    sample(&portal, 100).await;
    portal.sql(&format!("UPDATE portal.people SET role = 'field_staff' WHERE id = '{MANAGER}'")).await;
    decide(&portal.as_role("manager_two").await, CASE_A, 1, ("appropriate", "care_team"), "").await;
    assert_eq!(projection(&portal, CASE_A).await, format!("closed appropriate care_team {MANAGER_TWO} - 2"));
    assert_eq!(rounds(&portal, CASE_A).await, ["blind sample taken_back"]);
    // by a coordinator the one manager looks at it
    decide(&portal.as_role("coordinator_b").await, CASE_B, 1, ("appropriate", "care_team"), "").await;
    assert_eq!(rounds(&portal, CASE_B).await, ["blind sample waits"]);
}

#[actix_web::test]
async fn the_sample_is_one_in_twenty_and_the_seed_alone_says_which() {
    let db = TestDb::new().await;
    let seed = Sha256::digest(b"a seed of the tests").to_vec();
    let ids: Vec<Uuid> =
        (0..2_000_u128).map(|n| Uuid::from_u128(0x0199_1234_0000_7000_8000_0000_0000_0000 + n * 7919)).collect();
    let drawn: Vec<Uuid> = {
        let rows: Vec<Uuid> = sqlx::query_scalar(
            "SELECT id FROM unnest($2::uuid[]) WITH ORDINALITY AS ids(id, at) WHERE portal.in_sample($1, 5::smallint, id) ORDER BY at",
        )
        .bind(&seed)
        .bind(&ids)
        .fetch_all(&db.db)
        .await
        .expect("the sample");
        rows
    };
    // the same by hand: the first four bytes of a hash over seed and id
    let by_hand: Vec<Uuid> = ids
        .into_iter()
        .filter(|id| {
            let hash = Sha256::new().chain_update(&seed).chain_update(id.as_bytes()).finalize();
            u64::from(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])) * 100 < 5 << 32
        })
        .collect();
    assert_eq!(drawn, by_hand);
    assert!((80..=120).contains(&drawn.len()), "{} of 2,000", drawn.len());
    let another: i64 = db
        .value("SELECT count(*) FROM generate_series(1, 2000) n WHERE portal.in_sample(sha256('another'), 5::smallint, gen_random_uuid())")
        .await;
    assert!((60..=140).contains(&another), "{another} of 2,000");
    let share: i16 = db.value("INSERT INTO portal.sample_seeds (month) VALUES ('2031-01-01') RETURNING share").await;
    assert_eq!(share, 5);
    let seeds: i64 = db.value("SELECT count(DISTINCT seed) FROM portal.sample_seeds").await;
    assert_eq!(seeds, 6, "each month its own");
}

#[actix_web::test]
async fn a_month_that_is_over_can_be_drawn_again_and_says_so_where_something_was_left_out() {
    let portal = TestPortal::start().await;
    let cases = copies(&portal, 40).await;
    past_triggers(
        &portal,
        &format!(
            "UPDATE portal.sample_seeds SET share = 30, created_at = month WHERE month = (date_trunc('month', now()) - interval '1 month')::date;
             INSERT INTO portal.review_events (case_id, seq, kind, actor_id, at, to_state, disposition, reason_code)
             SELECT id, 2, 'decided', '{COORDINATOR_A}', date_trunc('month', now()) - interval '12 days', 'closed', 'appropriate', 'care_team'
               FROM portal.review_cases WHERE id::text LIKE '01990000-0000-7000-9100-%';
             INSERT INTO portal.second_reviews (case_id, first_seq, kind, ground, first_by, first_disposition, first_reason_code, first_at,
                 outcome, ended_at, first_action_at)
             SELECT e.case_id, 2, 'blind', 'sample', '{COORDINATOR_A}', 'appropriate', 'care_team', e.at, 'taken_back', now(), now()
               FROM portal.review_events e JOIN portal.sample_seeds s ON s.created_at = s.month
              WHERE e.seq = 2 AND e.case_id::text LIKE '01990000-0000-7000-9100-%' AND portal.in_sample(s.seed, s.share, e.case_id)"
        ),
    )
    .await;
    let drawn: i64 = portal.value("SELECT count(*) FROM portal.second_reviews WHERE kind = 'blind'").await;
    assert!(drawn > 0 && drawn < i64::try_from(cases.len()).expect("few"), "{drawn}");
    let browser = portal.as_role("auditor").await;
    let page = browser.get("/access-logs/agreement").await.body;
    assert!(page.contains("As drawn") && page.contains(&format!("{drawn} of 40 decisions")), "{page}");
    assert!(!page.contains("Not as drawn"));
    past_triggers(&portal, "DELETE FROM portal.second_reviews WHERE ctid = (SELECT min(ctid) FROM portal.second_reviews WHERE kind = 'blind')").await;
    assert!(browser.get("/access-logs/agreement").await.body.contains("Not as drawn"));
}

#[actix_web::test]
async fn a_fact_that_comes_late_opens_a_sealed_case_again_and_ends_its_round() {
    let portal = TestPortal::start().await;
    sample(&portal, 100).await;
    decide(&portal.as_role("coordinator_a").await, CASE_A, 1, ("appropriate", "care_team"), "").await;
    let row = access_id(&portal, 0).await;
    let fields = [("source", "seen"), ("reason", "no_task"), ("note", "")];
    let flagged = portal.as_role("coordinator_all").await.post(&format!("/access-logs/rows/{row}/flag"), &fields).await;
    assert_eq!(flagged.status, 303, "{}", flagged.body);
    assert_eq!(projection(&portal, CASE_A).await, "in_review - - - - 3");
    assert_eq!(rounds(&portal, CASE_A).await, ["blind sample taken_back"]);
}

#[actix_web::test]
async fn the_figures_are_those_made_by_hand_and_each_leads_to_what_it_counts() {
    let portal = TestPortal::start().await;
    let cases = copies(&portal, 6).await;
    let (first, manager) = (portal.as_role("coordinator_a").await, portal.as_role("manager_two").await);
    for case in &cases {
        flag(&portal, *case, "volume_spike").await;
    }
    // three with the first decision in view, one of them overturned
    for (case, found) in cases.iter().zip([None, None, Some(("appropriate", "care_team"))]) {
        decide(&first, *case, 1, ("data_error", "it_support"), "").await;
        assert_eq!(second(&manager, *case, 2, found, "Why").await.status, 303);
    }
    // two blind, one of them overturned; one that waits still is told of nowhere
    sample(&portal, 100).await;
    for case in &cases[3..] {
        decide(&first, *case, 1, ("appropriate", "care_team"), "").await;
    }
    assert_eq!(second(&manager, cases[3], 2, Some(("appropriate", "on_call")), "Why").await.status, 303);
    assert_eq!(second(&manager, cases[4], 2, Some(("duplicate", "other")), "Why").await.status, 303);
    let page = manager.get("/access-logs/agreement").await.body;
    for said in ["2 of 3", "1 overturned", "1 of 2"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let csv = manager.get("/access-logs/agreement.csv").await.body;
    // the decision of the fixtures waits for its second review too
    assert!(csv.contains(&format!("reviewer,{COORDINATOR_A},Rosalind Quillfeather,6,3,2,2,1\r\n")), "{csv}");
    assert!(csv.contains("rule,,volume_spike,5,3,2,2,1\r\n"), "{csv}");
    for (query, rows) in [
        (format!("reviewer={COORDINATOR_A}"), 5),
        ("rule=volume_spike&kind=required".to_owned(), 3),
        ("rule=terminated_user".to_owned(), 0),
        ("kind=blind&outcome=overturned".to_owned(), 1),
        ("outcome=confirmed".to_owned(), 3),
        ("from=2099-01-01".to_owned(), 0),
    ] {
        let list = manager.get(&format!("/access-logs/second-reviews?{query}")).await.body;
        assert_eq!(list.matches("<th role=\"rowheader\"").count(), rows, "{query}");
    }
    for refused in ["kind=secret", "outcome=taken_back", "reviewer=x", "after=1", "from=2026-02-30"] {
        assert_eq!(manager.get(&format!("/access-logs/second-reviews?{refused}")).await.status, 400, "{refused}");
    }
    let outside = manager.get("/access-logs/agreement?from=2099-01-01").await.body;
    assert!(outside.contains("Nothing was decided in this period"));
    // the file is recorded as an export, with the people it names
    let answer = portal.as_role("auditor").await.get("/access-logs/agreement.csv").await;
    assert_eq!(told(&portal.events(answer.request_id()).await), "second_review.list.export");
}

#[actix_web::test]
async fn the_application_itself_can_neither_give_nor_skip_nor_forge_a_second_review() {
    let portal = TestPortal::start().await;
    for (person, action, statement, expected) in [
        // past the second person
        (
            MANAGER_TWO,
            "review_case.decide",
            format!("UPDATE portal.review_cases SET state = 'closed' WHERE id = '{CASE_DECIDED}'"),
            Err("HA403"),
        ),
        (
            MANAGER_TWO,
            "review_case.decide",
            format!("UPDATE portal.review_cases SET disposition = 'appropriate' WHERE id = '{CASE_DECIDED}'"),
            Err("HA403"),
        ),
        (
            MANAGER_TWO,
            "review_case.decide",
            format!("UPDATE portal.review_cases SET decided_by = '{MANAGER}' WHERE id = '{CASE_DECIDED}'"),
            Err("HA403"),
        ),
        (
            MANAGER_TWO,
            "review_case.reopen",
            format!("UPDATE portal.review_cases SET state = 'in_review' WHERE id = '{CASE_DECIDED}'"),
            Err("HA403"),
        ),
        (COORDINATOR_A, "review_case.decide", closing("inappropriate_intentional", COORDINATOR_A), Err("HA403")),
        (COORDINATOR_A, "review_case.decide", closing("appropriate", COORDINATOR_ALL), Err("HA403")),
        (COORDINATOR_A, "review_case.decide", closing("appropriate", COORDINATOR_A), Ok(1)),
        // in place of the second person
        (
            MANAGER_TWO,
            "review_case.second_review",
            format!("UPDATE portal.second_reviews SET outcome = 'confirmed' WHERE case_id = '{CASE_DECIDED}'"),
            Err("42501"),
        ),
        (
            MANAGER_TWO,
            "review_case.decide",
            format!("DELETE FROM portal.second_reviews WHERE case_id = '{CASE_DECIDED}'"),
            Err("42501"),
        ),
        (
            MANAGER_TWO,
            "review_case.decide",
            format!(
                "INSERT INTO portal.review_events (case_id, seq, kind, actor_id, to_state) VALUES ('{CASE_DECIDED}', 3, 'second_confirmed', '{MANAGER_TWO}', 'closed')"
            ),
            Err("42501"),
        ),
        (MANAGER_TWO, "review_case.decide", give(true, "NULL"), Err("HA002")),
        (MANAGER_TWO, "review_case.second_review", give(false, "NULL"), Err("HA400")),
        (MANAGER_TWO, "review_case.second_review", give(false, "'Why'"), Ok(1)),
        // into the sample
        (MANAGER_TWO, "review_case.second_review", "SELECT * FROM portal.sample_seeds".to_owned(), Err("42501")),
        (MANAGER_TWO, "review_case.second_review", "UPDATE portal.sample_seeds SET share = 0".to_owned(), Err("42501")),
        (COORDINATOR_A, "review_case.decide", format!("SELECT portal.drawn('{CASE_A}')"), Err("42501")),
        (
            COORDINATOR_A,
            "review_case.decide",
            format!("UPDATE portal.review_cases SET second_review_kind = NULL WHERE id = '{CASE_DECIDED}'"),
            Err("42501"),
        ),
    ] {
        let token = portal.session_of(person).await;
        let mut app = portal.as_app().await;
        let read = app.open(&token, "review_case.read").await.expect("opened");
        app.must("BEGIN").await;
        app.must(&format!("SELECT audit.use_event('{read}')")).await;
        app.open(&token, action).await.expect("opened");
        assert_eq!(app.run(&statement).await, expected.map_err(ToOwned::to_owned), "{statement}");
    }
    // the function knows who asks: not who decided, not who has no such part
    for (person, action, said) in [
        (COORDINATOR_A, "review_case.stand_in", "own"),
        (COORDINATOR_ALL, "review_case.stand_in", "role"),
        (MANAGER_TWO, "review_case.second_review", "overturned"),
    ] {
        let token = portal.session_of(person).await;
        let mut app = portal.as_app().await;
        app.must("BEGIN").await;
        app.open(&token, action).await.expect("opened");
        assert_eq!(app.value::<String>(&give(false, "'Why'")).await, Ok(said.to_owned()), "{person}");
        app.must("ROLLBACK").await;
    }
    let mut owner = TestDb::as_role(&portal, "portal_owner").await;
    for statement in [
        "DELETE FROM portal.second_reviews",
        "UPDATE portal.second_reviews SET first_by = gen_random_uuid()",
        "UPDATE portal.sample_seeds SET share = 0",
    ] {
        assert!(owner.run(statement).await.is_err(), "{statement}");
    }
}

#[actix_web::test]
async fn the_words_of_second_reviews_are_the_databases() {
    let db = TestDb::new().await;
    let words = async |constraint: &str| -> Vec<String> {
        db.value(&format!(
            "SELECT array_agg(DISTINCT m[1] ORDER BY m[1]) FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g') m
              WHERE c.conname = '{constraint}'"
        ))
        .await
    };
    let sorted = |mut words: Vec<&str>| {
        words.sort_unstable();
        words.into_iter().map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    for (constraint, expected) in [
        ("second_reviews_kind_check", SecondReviewKind::ALL.iter().map(|word| word.as_str()).collect()),
        ("review_cases_second_review_kind_check", SecondReviewKind::ALL.iter().map(|word| word.as_str()).collect()),
        ("second_reviews_ground_check", SecondReviewGround::ALL.iter().map(|word| word.as_str()).collect()),
        ("second_reviews_outcome_check", SecondReviewOutcome::ALL.iter().map(|word| word.as_str()).collect()),
        ("second_reviews_disposition_check", Disposition::ALL.iter().map(|word| word.as_str()).collect()),
        ("second_reviews_reason_check", Reason::ALL.iter().map(|word| word.as_str()).collect()),
    ] {
        assert_eq!(words(constraint).await, sorted(expected), "{constraint}");
    }
}

fn closing(disposition: &str, by: Uuid) -> String {
    format!(
        "UPDATE portal.review_cases SET state = 'closed', disposition = '{disposition}', reason_code = 'other', decided_by = '{by}', decided_at = now(),
                version = 2 WHERE id = '{CASE_A}'"
    )
}

fn give(agrees: bool, note: &str) -> String {
    format!(
        "SELECT * FROM portal.give_second_review('{CASE_DECIDED}', 2, {agrees}, 'appropriate', 'care_team', {note})"
    )
}

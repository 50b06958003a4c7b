//! Clearing the queue: who works on a case, acts on many at once and what becomes of each, and taking either back.

use hipaa_auditor::words::SelectionAct;
use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Answer, Browser, TestDb, TestPortal, told};

/// The n-th of [`small_cases`].
fn small(n: usize) -> Uuid {
    format!("01990000-0000-7000-a000-{n:012x}").parse().expect("an id")
}

/// Cases of facility A that may be decided in bulk: about the physician, low, one rule, seen at version 1.
async fn small_cases(db: &TestDb, count: usize) {
    db.sql(&format!(
        "INSERT INTO portal.review_cases (id, person_id, login_id, patient_id, local_day, facility_id, state, risk, first_action_at, last_action_at,
             row_count, access_type, resource_type, version)
         SELECT ('01990000-0000-7000-a000-' || lpad(to_hex(n), 12, '0'))::uuid, '{PHYSICIAN_B}', '{LOGIN_PHYSICIAN}', '{PATIENT_ONE}', current_date - 200 - n,
                '{FACILITY_A}', 'unassigned', 'low', now() - interval '40 days' + n * interval '1 minute', now(), 1, 'view', 'Encounter', 1
           FROM generate_series(0, {count} - 1) n;
         INSERT INTO portal.case_flags (case_id, rule_code, rule_version, kind, severity, facts, row_count, raised_at)
         SELECT c.id, 'terminated_user', 1, 'signal', 'high', '{{\"rule\": \"terminated_user\", \"last_day\": \"2026-01-01\", \"days_after\": 3}}', 1, now()
           FROM portal.review_cases c WHERE c.id::text LIKE '01990000-0000-7000-a000-%';
         INSERT INTO portal.review_events (case_id, seq, kind, to_state)
         SELECT c.id, 1, 'opened', 'unassigned' FROM portal.review_cases c WHERE c.id::text LIKE '01990000-0000-7000-a000-%'"
    ))
    .await;
}

async fn portal_with(cases: usize) -> TestPortal {
    let db = TestDb::new().await;
    small_cases(&db, cases).await;
    TestPortal::on(db, |_| {}).await
}

/// State, disposition, reason, assignee, version.
async fn projection(db: &TestDb, case: Uuid) -> String {
    db.value(&format!(
        "SELECT concat_ws(' ', state, coalesce(disposition, '-'), coalesce(reason_code, '-'), coalesce(assigned_to::text, '-'), version)
           FROM portal.review_cases WHERE id = '{case}'"
    ))
    .await
}

/// The last line of a case's history.
async fn last_line(db: &TestDb, case: Uuid) -> String {
    db.value(&format!(
        "SELECT concat_ws(' ', seq, kind, coalesce(actor_id::text, '-'), from_state, to_state, coalesce(assignee_id::text, '-'),
                coalesce(was_assigned_to::text, '-'), note)
           FROM portal.review_events WHERE case_id = '{case}' ORDER BY seq DESC LIMIT 1"
    ))
    .await
}

async fn number(db: &TestDb, case: Uuid) -> i64 {
    db.value(&format!("SELECT number FROM portal.review_cases WHERE id = '{case}'")).await
}

async fn assign(browser: &Browser, case: Uuid, version: i32, assignee: &str) -> Answer {
    let fields = [("version", &*version.to_string()), ("assignee", assignee), ("next", "/access-logs?view=mine")];
    browser.post(&format!("/access-logs/cases/{case}/assignment"), &fields).await
}

/// Presses a button of the bulk bar with these cases ticked, each as seen at its version.
async fn press(browser: &Browser, act: &str, cases: &[(Uuid, i32)], more: &[(&str, &str)]) -> Answer {
    let key = Uuid::now_v7().to_string();
    press_with(browser, &key, act, cases, more).await
}

async fn press_with(browser: &Browser, key: &str, act: &str, cases: &[(Uuid, i32)], more: &[(&str, &str)]) -> Answer {
    let ticks: Vec<_> = cases.iter().map(|(id, version)| format!("{id}.{version}")).collect();
    let mut fields = vec![("act", act), ("form_key", key), ("back", "/access-logs?view=high")];
    fields.extend(ticks.iter().map(|tick| ("case", tick.as_str())));
    fields.extend(more.iter().copied());
    browser.post("/access-logs/bulk", &fields).await
}

fn seen(cases: impl IntoIterator<Item = usize>) -> Vec<(Uuid, i32)> {
    cases.into_iter().map(|n| (small(n), 1)).collect()
}

/// What stands in the card of a page under a heading.
fn card<'a>(body: &'a str, heading: &str) -> &'a str {
    body.split(&format!("<h2 id=\"{heading}\">")).nth(1).and_then(|rest| rest.split("</section>").next()).unwrap_or("")
}

async fn conflict_with_physician(db: &TestDb, reader: Uuid) {
    db.sql(&format!(
        "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on)
         VALUES (gen_random_uuid(), '{reader}', '{FACILITY_B}', '{DEPARTMENT_B}', 'Analyst', '2020-01-01')"
    ))
    .await;
}

// ---- who works on a case ----

#[actix_web::test]
async fn a_case_is_taken_given_to_a_colleague_and_laid_down_and_its_history_says_so() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let fields = [("version", "1"), ("to_me", "1"), ("next", "/access-logs?view=mine")];
    let answer = browser.post(&format!("/access-logs/cases/{CASE_A}/assignment"), &fields).await;
    assert_eq!((answer.status, answer.location()), (303, "/access-logs?view=mine"));
    assert_eq!(told(&portal.events(answer.request_id()).await), "review_case.read review_case.assign");
    assert_eq!(projection(&portal, CASE_A).await, format!("assigned - - {COORDINATOR_A} 2"));
    assert_eq!(
        last_line(&portal, CASE_A).await,
        format!("2 assigned {COORDINATOR_A} unassigned assigned {COORDINATOR_A} -")
    );
    let mine = browser.get("/access-logs?view=mine").await.body;
    assert!(mine.contains(&format!("id=\"row-{CASE_A}\"")), "{mine}");
    assert!(mine.contains(&format!("AL-{} assigned", number(&portal, CASE_A).await)), "said once");
    assert!(mine.contains(&format!("/access-logs/cases/{CASE_A}/assignment/reversal?version=2")), "with its undo");
    assert!(mine.contains("<span class=\"vh\">Assigned to </span>You"));

    assert_eq!(assign(&browser, CASE_A, 2, &COORDINATOR_ALL.to_string()).await.status, 303);
    assert_eq!(projection(&portal, CASE_A).await, format!("assigned - - {COORDINATOR_ALL} 3"));
    assert!(browser.get("/access-logs").await.body.contains("<span class=\"vh\">Assigned to </span>C. Vossberg"));
    assert_eq!(assign(&browser, CASE_A, 3, "").await.status, 303);
    assert_eq!(projection(&portal, CASE_A).await, "unassigned - - - 4");
    let page = browser.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    for line in [
        "Rosalind Quillfeather took the case",
        "Rosalind Quillfeather assigned the case to Cordelia Vossberg",
        "Rosalind Quillfeather laid the case down",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
}

#[actix_web::test]
async fn opening_ones_own_case_leaves_it_assigned_and_deciding_it_closes_it() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    assign(&browser, CASE_A, 1, &COORDINATOR_A.to_string()).await;
    browser.get(&format!("/access-logs/cases/{CASE_A}")).await;
    assert_eq!(projection(&portal, CASE_A).await, format!("assigned - - {COORDINATOR_A} 2"));
    let decision = [("version", "2"), ("disposition", "appropriate"), ("reason", "on_call")];
    assert_eq!(browser.post(&format!("/access-logs/cases/{CASE_A}/decision"), &decision).await.status, 303);
    assert_eq!(projection(&portal, CASE_A).await, format!("closed appropriate on_call {COORDINATOR_A} 3"));
    // what is decided is nobody's to hand on
    assert_eq!(assign(&browser, CASE_A, 3, "").await.status, 409);
    // reopened it is work that has begun, and stays begun whoever has it
    browser.post(&format!("/access-logs/cases/{CASE_A}/reopening?version=3"), &[]).await;
    assert_eq!(assign(&browser, CASE_A, 4, &MANAGER_TWO.to_string()).await.status, 303);
    assert_eq!(projection(&portal, CASE_A).await, format!("in_review - - {MANAGER_TWO} 5"));
}

#[actix_web::test]
async fn a_case_goes_to_nobody_who_may_not_review_it() {
    let portal = TestPortal::start().await;
    conflict_with_physician(&portal, COORDINATOR_ALL).await;
    let browser = portal.as_role("manager").await;
    // of facility B, about the physician: its own coordinator and the managers; not who shares the physician's department
    let page = browser.get(&format!("/access-logs/cases/{CASE_B}")).await.body;
    let form = page.split("class=\"assign\"").nth(1).and_then(|rest| rest.split("</form>").next()).expect("the form");
    for (person, may) in [
        (MANAGER, true),
        (MANAGER_TWO, true),
        (COORDINATOR_B, true),
        (COORDINATOR_A, false),
        (COORDINATOR_ALL, false),
        (AUDITOR, false),
        (FIELD_STAFF, false),
        (PHYSICIAN_B, false),
    ] {
        assert_eq!(form.contains(&format!("value=\"{person}\"")), may, "{person}: {form}");
        if !may {
            let answer = assign(&browser, CASE_B, 1, &person.to_string()).await;
            assert_eq!(answer.status, 422, "{person}");
            assert!(answer.body.contains("others may not review this case") && answer.body.contains("<title>Error: "));
            assert_eq!(
                told(&portal.events(answer.request_id()).await),
                "review_case.read review_case.assign!validate_fail/invalid_input review_case.read"
            );
        }
    }
    assert_eq!(projection(&portal, CASE_B).await, "unassigned - - - 1");
    // whoever has left does not get one either
    portal.sql(&format!("UPDATE portal.people SET active = false WHERE id = '{COORDINATOR_B}'")).await;
    assert_eq!(assign(&browser, CASE_B, 1, &COORDINATOR_B.to_string()).await.status, 422);
    // nor does the database take it
    let refused = sqlx::query("UPDATE portal.review_cases SET assigned_to = $1 WHERE id = $2")
        .bind(COORDINATOR_A)
        .bind(CASE_B)
        .execute(&portal.db)
        .await;
    assert!(refused.is_err(), "the trigger asks whoever writes");
}

#[actix_web::test]
async fn whoever_shares_the_department_sees_the_case_and_hands_it_to_nobody() {
    let portal = TestPortal::start().await;
    conflict_with_physician(&portal, MANAGER_TWO).await;
    let browser = portal.as_role("manager_two").await;
    assert!(!browser.get(&format!("/access-logs/cases/{CASE_B}")).await.body.contains("class=\"assign\""));
    let answer = assign(&browser, CASE_B, 1, &MANAGER.to_string()).await;
    assert_eq!(answer.status, 403);
    assert_eq!(
        told(&portal.events(answer.request_id()).await),
        "review_case.read review_case.assign!authz_fail/conflict_of_interest"
    );
    assert_eq!(projection(&portal, CASE_B).await, "unassigned - - - 1");
}

#[actix_web::test]
async fn of_two_who_take_a_case_at_once_one_has_it() {
    let portal = portal_with(8).await;
    let (one, two) = (portal.as_role("manager_two").await, portal.as_role("coordinator_a").await);
    let (to_one, to_two) = (MANAGER_TWO.to_string(), COORDINATOR_A.to_string());
    for n in 0..8 {
        let (first, second) = tokio::join!(assign(&one, small(n), 1, &to_one), assign(&two, small(n), 1, &to_two));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409]);
        let (winner, lost) = if first.status == 303 { (MANAGER_TWO, &second) } else { (COORDINATOR_A, &first) };
        assert!(lost.body.contains("Somebody else was first."));
        assert_eq!(projection(&portal, small(n)).await, format!("assigned - - {winner} 2"));
        assert!(lost.body.contains("name=\"version\" value=\"2\""), "sent again it counts");
    }
}

#[actix_web::test]
async fn taking_an_assignment_back_gives_the_case_to_whoever_had_it() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    assign(&browser, CASE_A, 1, &COORDINATOR_ALL.to_string()).await;
    assign(&browser, CASE_A, 2, &COORDINATOR_A.to_string()).await;
    let reversal = |version: i32| format!("/access-logs/cases/{CASE_A}/assignment/reversal?version={version}");
    assert_eq!(browser.post(&reversal(2), &[]).await.status, 409, "older than what happened since");
    let answer = browser.post(&reversal(3), &[]).await;
    assert_eq!((answer.status, answer.location()), (303, &*format!("/access-logs?open={CASE_A}")));
    assert_eq!(projection(&portal, CASE_A).await, format!("assigned - - {COORDINATOR_ALL} 4"));
    assert_eq!(
        last_line(&portal, CASE_A).await,
        format!("4 assigned {COORDINATOR_A} assigned assigned {COORDINATOR_ALL} {COORDINATOR_A}")
    );
    // a line that is no assignment cannot be taken back so
    portal.sql(&format!("UPDATE portal.review_cases SET version = 1 WHERE id = '{CASE_B}'")).await;
    let manager = portal.as_role("manager").await;
    let other = manager.post(&format!("/access-logs/cases/{CASE_B}/assignment/reversal?version=1"), &[]).await;
    assert_eq!(other.status, 409);
    // from nobody back to nobody
    assign(&browser, CASE_A, 4, "").await;
    browser.post(&reversal(5), &[]).await;
    assert_eq!(projection(&portal, CASE_A).await, format!("assigned - - {COORDINATOR_ALL} 6"));
}

#[actix_web::test]
async fn the_queue_can_be_narrowed_to_ones_own_work_nobodys_and_a_colleagues() {
    let portal = portal_with(6).await;
    portal
        .sql(&format!(
            "UPDATE portal.review_cases SET state = 'assigned', assigned_to = '{COORDINATOR_A}' WHERE id IN ('{}', '{}');
             UPDATE portal.review_cases SET state = 'assigned', assigned_to = '{MANAGER_TWO}' WHERE id = '{}'",
            small(0),
            small(1),
            small(2)
        ))
        .await;
    let browser = portal.as_role("coordinator_a").await;
    let listed = async |query: &str| {
        let body = browser.get(&format!("/access-logs?{query}")).await.body;
        (0..6).filter(|n| body.contains(&format!("id=\"row-{}\"", small(*n)))).collect::<Vec<_>>()
    };
    assert_eq!(listed("assigned=me").await, [0, 1]);
    assert_eq!(listed("view=mine").await, [0, 1]);
    assert_eq!(listed("assigned=nobody").await, [3, 4, 5]);
    assert_eq!(listed(&format!("assigned={MANAGER_TWO}")).await, [2]);
    assert_eq!(listed(&format!("assigned={NOWHERE}")).await, [0_usize; 0]);
    let page = browser.get(&format!("/access-logs?assigned={MANAGER_TWO}")).await.body;
    assert!(page.contains("<b>Assigned to:</b> Ignatius Featherstonehaugh"), "{page}");
    assert!(
        page.contains(&format!("<option value=\"{MANAGER_TWO}\" selected>")) && !page.contains(&AUDITOR.to_string())
    );
    let wrong = browser.get("/access-logs?assigned=Tom").await;
    assert!(wrong.status == 400 && wrong.body.contains("“Assigned to”"));
}

// ---- acts on many cases ----

#[actix_web::test]
async fn a_few_ticked_cases_are_decided_at_once_each_by_an_act_of_its_own_and_taken_back_together() {
    let portal = portal_with(4).await;
    let browser = portal.as_role("coordinator_a").await;
    let answer = press(&browser, "decide", &seen(0..3), &[("reason", "on_call"), ("note", " All on\r\ncall. ")]).await;
    assert_eq!((answer.status, answer.location()), (303, "/access-logs?view=high"), "{}", answer.body);
    assert_eq!(
        told(&portal.events(answer.request_id()).await),
        "case_selection.read case_selection.create case_selection.read case_selection.run \
         review_case.read review_case.decide review_case.read review_case.decide review_case.read review_case.decide"
    );
    let mut decided: Vec<_> = portal.events(answer.request_id()).await;
    decided.retain(|event| event.action == "review_case.decide");
    assert_eq!(decided.iter().map(|event| event.resource_id).collect::<Vec<_>>(), [small(0), small(1), small(2)]);
    for n in 0..3 {
        assert_eq!(projection(&portal, small(n)).await, "closed appropriate on_call - 2");
        assert_eq!(
            last_line(&portal, small(n)).await,
            format!("2 decided {COORDINATOR_A} unassigned closed - - All on call.")
        );
    }
    assert_eq!(projection(&portal, small(3)).await, "unassigned - - - 1");
    let queue = browser.get(answer.location()).await.body;
    assert!(queue.contains("3 cases decided"), "{queue}");
    let undo =
        queue.split("action=\"/access-logs/bulk/").nth(1).and_then(|rest| rest.split('"').next()).expect("its undo");
    let undone = browser.post(&format!("/access-logs/bulk/{undo}"), &[]).await;
    assert_eq!((undone.status, undone.location()), (303, "/access-logs?view=high"));
    assert_eq!(
        told(&portal.events(undone.request_id()).await),
        "case_selection.read review_case.read review_case.reopen review_case.read review_case.reopen review_case.read review_case.reopen"
    );
    assert!(browser.get("/access-logs").await.body.contains("3 cases are open again"));
    for n in 0..3 {
        assert_eq!(projection(&portal, small(n)).await, "in_review - - - 3");
    }
    // a second time there is nothing left to take back
    assert_eq!(browser.post(&format!("/access-logs/bulk/{undo}"), &[]).await.status, 303);
    assert_eq!(projection(&portal, small(0)).await, "in_review - - - 3");
    // what was typed is in the cases' histories and nowhere in the trail
    let kept: i64 = portal.value("SELECT count(*) FROM audit.events e WHERE e::text ILIKE '%on call%'").await;
    assert_eq!(kept, 0);
}

/// One small case for each reason to leave one out, and what the report says of it.
async fn awkward(portal: &TestPortal) -> Vec<(Uuid, &'static str)> {
    portal
        .sql(&format!(
            "UPDATE portal.review_cases SET risk = 'high' WHERE id = '{}';
             INSERT INTO portal.case_flags (case_id, rule_code, rule_version, kind, severity, facts, row_count, raised_at)
             SELECT '{}', code, version, kind, severity, '{{\"rule\": \"break_glass_no_reason\", \"times\": 1}}', 1, now() FROM portal.rules WHERE code = 'break_glass_no_reason';
             UPDATE portal.review_cases SET version = 2 WHERE id = '{}';
             INSERT INTO portal.review_events (case_id, seq, kind, actor_id, to_state, assignee_id) VALUES ('{}', 2, 'assigned', '{MANAGER_TWO}', 'assigned', '{MANAGER_TWO}');
             UPDATE portal.review_cases SET person_id = '{FIELD_STAFF}' WHERE id = '{}';
             INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on)
             VALUES (gen_random_uuid(), '{COORDINATOR_A}', '{FACILITY_A}', '{DEPARTMENT_A}', 'Analyst', '2020-01-01');
             UPDATE portal.review_cases SET facility_id = '{FACILITY_B}' WHERE id = '{}';
             UPDATE portal.review_cases SET state = 'closed', disposition = 'duplicate', reason_code = 'it_support', decided_by = '{MANAGER}', decided_at = now(), version = 2 WHERE id = '{}';
             INSERT INTO portal.review_events (case_id, seq, kind, actor_id, to_state) VALUES ('{}', 2, 'decided', '{MANAGER}', 'closed');
             INSERT INTO portal.case_flags (case_id, rule_code, rule_version, kind, severity, facts, row_count, raised_at)
             SELECT '{}', code, version, kind, severity, '{{\"rule\": \"watch_list\"}}', 1, now() FROM portal.rules WHERE code = 'watch_list' LIMIT 1;
             UPDATE portal.review_cases SET withdrawn_at = now() WHERE id = '{}'",
            small(1), small(2), small(3), small(3), small(4), small(5), small(6), small(6), small(7), small(8)
        ))
        .await;
    vec![
        (small(1), "High risk: decided by itself"),
        (small(2), "2 rules fired: decided by itself"),
        (small(3), "Changed since you selected it, by I. Featherstonehaugh"),
        (small(4), "You work in the same department: somebody else decides."),
        (small(5), "Does not exist, or lies outside what your account covers"),
        (small(6), "Decided already, by M. Oakhollow: Duplicate"),
        (small(7), "A second person must look at this one"),
        (small(8), "Left the queue: every row of it came from withdrawn imports"),
    ]
}

#[actix_web::test]
async fn each_case_that_is_left_out_is_named_with_why_and_the_reason_stays_for_the_rest() {
    let portal = portal_with(10).await;
    let awkward = awkward(&portal).await;
    let browser = portal.as_role("coordinator_a").await;
    let mut cases = seen(0..10);
    cases.push((NOWHERE, 1));
    let answer = press(&browser, "decide", &cases, &[("reason", "quality_review"), ("note", "Sampled & fine")]).await;
    assert_eq!(answer.status, 303);
    // what the person may not act on at all was tried, and is recorded; the rest of what is left out was not
    let events = told(&portal.events(answer.request_id()).await);
    for (event, times) in
        [("!authz_fail/not_in_scope", 2), ("!authz_fail/conflict_of_interest", 1), ("review_case.decide", 5)]
    {
        assert_eq!(events.matches(event).count(), times, "{event}: {events}");
    }
    let report = browser.get(answer.location()).await;
    assert_eq!(report.status, 200);
    assert_eq!(told(&portal.events(report.request_id()).await), "case_selection.read");
    assert!(report.body.contains("<h1>2 of 11 cases decided</h1>"), "{}", report.body);
    let left = card(&report.body, "h-left");
    for (case, why) in &awkward {
        assert!(left.contains(why), "{why}: {left}");
        let named = left.contains(&format!("AL-{}", number(&portal, *case).await));
        assert_eq!(named, *case != small(5), "what is out of scope has no number");
    }
    assert_eq!(left.matches("Does not exist").count(), 2, "one that never was, in the same words");
    assert_eq!(card(&report.body, "h-taken").matches("AL-").count(), 2);
    for n in [0, 9] {
        assert_eq!(projection(&portal, small(n)).await, "closed appropriate quality_review - 2");
    }
    assert_eq!(projection(&portal, small(1)).await, "unassigned - - - 1");
    assert!(
        report.body.contains("value=\"quality_review\" selected")
            && report.body.contains(">Sampled &#38; fine</textarea>")
    );
    // what only moved on can be tried again, at the version at which it stands
    let again = format!("value=\"{}.2\"", small(3));
    assert!(report.body.contains(&again), "{left}");
    assert_eq!(left.matches("type=\"checkbox\"").count(), 1);
    let retried = press(&browser, "decide", &[(small(3), 2)], &[("reason", "quality_review")]).await;
    assert_eq!(retried.location(), "/access-logs?view=high");
    assert_eq!(projection(&portal, small(3)).await, "closed appropriate quality_review - 3");
}

#[actix_web::test]
async fn more_than_twenty_five_are_listed_first_and_exactly_those_are_changed() {
    let portal = portal_with(30).await;
    let browser = portal.as_role("coordinator_a").await;
    let answer = press(&browser, "decide", &seen(0..26), &[("reason", "billing"), ("note", "One batch")]).await;
    assert_eq!(answer.status, 303);
    let confirm = answer.location().to_owned();
    assert!(confirm.starts_with("/access-logs/bulk/"), "{confirm}");
    assert_eq!(projection(&portal, small(0)).await, "unassigned - - - 1", "nothing yet");
    // between the two pages a colleague is quicker with one of them
    let manager = portal.as_role("manager_two").await;
    assert_eq!(assign(&manager, small(5), 1, &MANAGER_TWO.to_string()).await.status, 303);
    let page = browser.get(&confirm).await;
    assert!(
        page.body.contains("<h1>26 cases selected</h1>") && page.body.contains("25 will be decided, 1 left out."),
        "{}",
        page.body
    );
    assert_eq!(card(&page.body, "h-taken").matches("AL-").count(), 25);
    assert!(card(&page.body, "h-left").contains("Changed since you selected it, by I. Featherstonehaugh"));
    assert!(page.body.contains("value=\"billing\" selected") && page.body.contains(">One batch</textarea>"), "kept");
    let shown: i64 = portal
        .value(&format!("SELECT cardinality(s.resource_ids)::bigint FROM audit.shown_rows s JOIN audit.events e USING (event_id) WHERE e.request_id = '{}'", page.request_id()))
        .await;
    assert_eq!(shown, 26);
    let fields = [("disposition", "duplicate"), ("reason", "it_support"), ("note", "")];
    let decided = browser.post(&format!("{confirm}/decision"), &fields).await;
    assert_eq!((decided.status, decided.location()), (303, &*confirm));
    let done: i64 = portal.value("SELECT count(*) FROM portal.review_cases WHERE disposition = 'duplicate'").await;
    assert_eq!(done, 25);
    for n in [5, 26, 29] {
        assert!(projection(&portal, small(n)).await.contains(" - - "), "{n}");
    }
    assert!(browser.get(&confirm).await.body.contains("<h1>25 of 26 cases decided</h1>"));
}

#[actix_web::test]
async fn a_decision_of_many_that_cannot_be_is_refused_and_keeps_what_was_typed() {
    let portal = portal_with(2).await;
    let browser = portal.as_role("coordinator_a").await;
    let confirm = press(&browser, "choose", &seen(0..2), &[]).await.location().to_owned();
    let long = "n".repeat(501);
    for (disposition, reason, note, sentence) in [
        ("", "on_call", "A & B", "Choose what you found"),
        ("appropriate", "", "A & B", "Choose a reason"),
        ("appropriate", "other", " ", "Say in the note"),
        ("inappropriate_intentional", "curiosity", "A & B", "In bulk a case is appropriate or a duplicate"),
        ("duplicate", "on_call", "A & B", "does not explain"),
        ("appropriate", "on_call", &long, "Shorten the note"),
    ] {
        let fields = [("disposition", disposition), ("reason", reason), ("note", note)];
        let answer = browser.post(&format!("{confirm}/decision"), &fields).await;
        assert_eq!(answer.status, 422, "{disposition} {reason}");
        assert!(
            answer.body.contains(sentence) && answer.body.contains("<title>Error: "),
            "{sentence}: {}",
            answer.body
        );
        assert!(answer.body.contains(&format!(">{}</textarea>", note.replace('&', "&#38;"))), "{note}");
        assert_eq!(
            told(&portal.events(answer.request_id()).await),
            "case_selection.run!validate_fail/invalid_input case_selection.read"
        );
    }
    assert_eq!(projection(&portal, small(0)).await, "unassigned - - - 1");
    // a reason that was forgotten in the bar, or one too weak, leads to the page that asks for it
    for more in [&[][..], &[("reason", "other")][..]] {
        let answer = press(&browser, "decide", &seen(0..2), more).await;
        assert!(answer.location().starts_with("/access-logs/bulk/"), "{}", answer.location());
    }
}

#[actix_web::test]
async fn everything_that_matches_is_frozen_at_that_moment() {
    let portal = portal_with(60).await;
    let browser = portal.as_role("coordinator_a").await;
    let queue = browser.get("/access-logs?risk=low").await.body;
    assert!(queue.contains("Select all 60 that match"), "{queue}");
    assert!(!browser.get("/access-logs?risk=high").await.body.contains(" that match"), "all of it is on the page");
    let key = Uuid::now_v7().to_string();
    let fields = [("act", "matching"), ("form_key", &*key), ("risk", "low"), ("back", "/access-logs?risk=low")];
    let confirm = browser.post("/access-logs/bulk", &fields).await.location().to_owned();
    // what comes after that matches too, and is not part of it
    portal
        .sql(&format!(
            "INSERT INTO portal.review_cases (id, person_id, login_id, patient_id, local_day, facility_id, state, risk, first_action_at, last_action_at,
                row_count, access_type, resource_type, version)
             VALUES ('{}', '{PHYSICIAN_B}', '{LOGIN_PHYSICIAN}', '{PATIENT_ONE}', current_date - 900, '{FACILITY_A}', 'unassigned', 'low', now(), now(), 1, 'view', 'Encounter', 1)",
            small(60)
        ))
        .await;
    let page = browser.get(&confirm).await.body;
    assert!(page.contains("<h1>60 cases selected</h1>") && page.contains("Each of them will be decided."), "{page}");
    let fields = [("disposition", "appropriate"), ("reason", "registration")];
    let answer = browser.post(&format!("{confirm}/decision"), &fields).await;
    assert_eq!(answer.location(), "/access-logs?risk=low", "all of them, so back to the queue");
    let done: i64 = portal.value("SELECT count(*) FROM portal.review_cases WHERE reason_code = 'registration'").await;
    assert_eq!(done, 60);
    assert_eq!(projection(&portal, small(60)).await, "unassigned - - - 1");
    // out of scope nothing matches
    let elsewhere = portal.as_role("coordinator_b").await;
    let answer =
        elsewhere.post("/access-logs/bulk", &[("act", "matching"), ("form_key", &*key), ("risk", "low")]).await;
    assert_eq!(answer.status, 400);
}

#[actix_web::test]
async fn a_selection_holds_five_hundred_and_says_that_there_are_more() {
    let portal = portal_with(503).await;
    let browser = portal.as_role("coordinator_a").await;
    assert!(browser.get("/access-logs?risk=low").await.body.contains("Select the first 500 that match"));
    let key = Uuid::now_v7().to_string();
    let confirm = browser.post("/access-logs/bulk", &[("act", "matching"), ("form_key", &*key), ("risk", "low")]).await;
    let page = browser.get(confirm.location()).await.body;
    assert!(
        page.contains("<h1>500 cases selected</h1>") && page.contains("More cases match; these are the first 500.")
    );
}

#[actix_web::test]
async fn a_form_that_is_sent_twice_acts_once() {
    let portal = portal_with(12).await;
    let browser = portal.as_role("coordinator_a").await;
    let key = Uuid::now_v7().to_string();
    let cases = seen(0..12);
    let send = || press_with(&browser, &key, "decide", &cases, &[("reason", "on_call")]);
    let (one, two) = tokio::join!(send(), send());
    assert_eq!((one.status, two.status), (303, 303), "{} {}", one.body, two.body);
    let third = send().await;
    assert_eq!((third.status, third.location()), (303, "/access-logs?view=high"));
    let selections: i64 =
        portal.value(&format!("SELECT count(*) FROM portal.case_selections WHERE person_id = '{COORDINATOR_A}'")).await;
    assert_eq!(selections, 1);
    for n in 0..12 {
        assert_eq!(projection(&portal, small(n)).await, "closed appropriate on_call - 2", "{n} is decided once");
    }
    let acts: i64 = portal
        .value("SELECT count(*) FROM portal.review_events WHERE kind = 'decided' AND reason_code = 'on_call'")
        .await;
    assert_eq!(acts, 12);
    // the same page with other ticks is another selection
    let other = press_with(&browser, &key, "choose", &[(CASE_A, 1)], &[]).await;
    assert!(browser.get(other.location()).await.body.contains("<h1>1 case selected</h1>"));
}

#[actix_web::test]
async fn one_case_that_fails_undoes_none_of_the_others() {
    let portal = portal_with(5).await;
    portal
        .sql(&format!(
            "CREATE FUNCTION public.break_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$;
             CREATE TRIGGER broken BEFORE UPDATE ON portal.review_cases FOR EACH ROW WHEN (OLD.id = '{}') EXECUTE FUNCTION public.break_one();
             GRANT USAGE ON SCHEMA public TO portal_app; GRANT EXECUTE ON FUNCTION public.break_one TO portal_app",
            small(2)
        ))
        .await;
    let browser = portal.as_role("coordinator_a").await;
    let answer = press(&browser, "decide", &seen(0..5), &[("reason", "on_call")]).await;
    assert_eq!(answer.status, 303);
    let events = told(&portal.events(answer.request_id()).await);
    assert_eq!(events.matches("review_case.decide").count(), 5, "{events}");
    assert_eq!(events.matches("review_case.decide!error/database_error").count(), 1, "{events}");
    for n in [0, 1, 3, 4] {
        assert_eq!(projection(&portal, small(n)).await, "closed appropriate on_call - 2");
    }
    assert_eq!(projection(&portal, small(2)).await, "unassigned - - - 1");
    let report = browser.get(answer.location()).await.body;
    assert!(card(&report, "h-left").contains("Not done; nothing stands in the way now"), "{report}");
    portal.sql("DROP TRIGGER broken ON portal.review_cases").await;
    let fields = [("disposition", "appropriate"), ("reason", "on_call")];
    let again = browser.post(&format!("{}/decision", answer.location()), &fields).await;
    assert_eq!(again.location(), "/access-logs?view=high", "the rest of it");
    assert_eq!(projection(&portal, small(2)).await, "closed appropriate on_call - 2");
}

#[actix_web::test]
async fn taking_many_back_leaves_what_has_moved_on_and_says_so() {
    let portal = portal_with(3).await;
    let browser = portal.as_role("coordinator_a").await;
    press(&browser, "decide", &seen(0..3), &[("reason", "on_call")]).await;
    let id: Uuid =
        portal.value(&format!("SELECT id FROM portal.case_selections WHERE person_id = '{COORDINATOR_A}'")).await;
    // a colleague has opened one of them again since
    let manager = portal.as_role("manager_two").await;
    manager.post(&format!("/access-logs/cases/{}/reopening?version=2", small(1)), &[]).await;
    let answer = browser.post(&format!("/access-logs/bulk/{id}/reversal"), &[]).await;
    assert_eq!((answer.status, answer.location()), (303, &*format!("/access-logs/bulk/{id}")));
    let report = browser.get(answer.location()).await.body;
    let taken = card(&report, "h-taken");
    assert_eq!(taken.matches("Taken back").count(), 2, "{taken}");
    assert_eq!(taken.matches("Done, and changed since").count(), 1, "{taken}");
    for n in 0..3 {
        assert_eq!(projection(&portal, small(n)).await, "in_review - - - 3");
    }
    assert!(last_line(&portal, small(1)).await.contains(&MANAGER_TWO.to_string()));
    // somebody else's act is not theirs to take back
    assert_eq!(manager.post(&format!("/access-logs/bulk/{id}/reversal"), &[]).await.status, 404);
    assert_eq!(manager.get(&format!("/access-logs/bulk/{id}")).await.status, 404);
}

#[actix_web::test]
async fn many_cases_are_given_to_a_colleague_but_those_they_may_not_review() {
    let portal = portal_with(4).await;
    // the colleague shares the department of whom one of them is about
    portal
        .sql(&format!(
            "UPDATE portal.review_cases SET person_id = '{FIELD_STAFF}' WHERE id = '{}';
             INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on)
             VALUES (gen_random_uuid(), '{COORDINATOR_ALL}', '{FACILITY_A}', '{DEPARTMENT_A}', 'Analyst', '2020-01-01')",
            small(2)
        ))
        .await;
    let browser = portal.as_role("coordinator_a").await;
    let mut cases = seen(0..4);
    cases.push((CASE_A, 1));
    let confirm = press(&browser, "assign", &cases, &[]).await.location().to_owned();
    let page = browser.get(&confirm).await.body;
    assert!(
        page.contains("5 cases selected") && page.contains(">Assign 5 cases</button>"),
        "risk is nothing here: {page}"
    );
    let path = confirm.replace("?act=assign", "/assignment");
    assert_eq!(browser.post(&path, &[("assignee", "")]).await.status, 422);
    let answer = browser.post(&path, &[("assignee", &COORDINATOR_ALL.to_string())]).await;
    let report = browser.get(answer.location()).await.body;
    assert!(report.contains("<h1>4 of 5 cases assigned</h1>"), "{report}");
    assert!(card(&report, "h-left").contains("They may not review this case"));
    assert_eq!(projection(&portal, small(2)).await, "unassigned - - - 1");
    assert_eq!(projection(&portal, CASE_A).await, format!("assigned - - {COORDINATOR_ALL} 2"));
    let undone = browser.post(&path.replace("/assignment", "/reversal"), &[]).await;
    assert_eq!(undone.location(), "/access-logs?view=high");
    assert_eq!(projection(&portal, CASE_A).await, "unassigned - - - 3");
    assert!(browser.get("/access-logs").await.body.contains("4 cases assigned as before"));
}

#[actix_web::test]
async fn ticked_cases_lead_to_one_finding() {
    let portal = portal_with(3).await;
    let browser = portal.as_role("coordinator_a").await;
    let answer = press(&browser, "finding", &seen(0..2), &[]).await;
    assert_eq!(answer.location(), format!("/findings/new?case={}&case={}", small(0), small(1)));
    assert_eq!(browser.get(answer.location()).await.status, 200);
}

#[actix_web::test]
async fn the_queue_offers_acts_to_whoever_may_and_its_file_to_whoever_reads_it() {
    let portal = portal_with(2).await;
    for (username, acts) in [("coordinator_a", true), ("manager", true), ("auditor", false)] {
        let body = portal.as_role(username).await.get("/access-logs").await.body;
        assert_eq!(body.contains("data-bulk "), acts, "{username}");
        assert_eq!(body.contains("name=\"case\""), acts, "{username}");
        assert_eq!(body.contains("assign to me"), acts, "{username} and the list of keys");
        assert!(body.contains("href=\"/access-logs.csv\""), "{username}");
    }
}

#[actix_web::test]
async fn selections_go_after_a_day_under_an_event_and_what_was_one_act_stays() {
    let portal = portal_with(4).await;
    let browser = portal.as_role("coordinator_a").await;
    press(&browser, "decide", &seen(0..2), &[("reason", "on_call"), ("note", "Typed for both")]).await;
    portal.sql("UPDATE portal.case_selections SET created_at = now() - interval '25 hours'").await;
    press(&browser, "choose", &seen(2..4), &[]).await;
    let worker = hipaa_auditor::audit::Worker::lazy(&portal.worker_url, 1).expect("a URL");
    let mark = portal.mark().await;
    assert!(hipaa_auditor::features::review_cases::tidy(&worker).await.expect("tidies"));
    assert!(!hipaa_auditor::features::review_cases::tidy(&worker).await.expect("nothing left to do"));
    worker.close().await;
    assert_eq!(told(&portal.events_after(mark).await), "case_selection.purge");
    let left: i64 = portal.value("SELECT count(*) FROM portal.case_selections").await;
    assert_eq!(left, 1, "the one of today");
    let together: i64 = portal
        .value(&format!(
            "SELECT count(DISTINCT selection_id) FROM portal.selection_acts WHERE case_id IN ('{}', '{}')",
            small(0),
            small(1)
        ))
        .await;
    assert_eq!(together, 1);
}

#[actix_web::test]
async fn the_words_of_an_act_in_bulk_are_the_databases() {
    let db = TestDb::new().await;
    let words: Vec<String> = db
        .value(
            "SELECT array_agg(m[1] ORDER BY m[1]) FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g') m
              WHERE c.conname = 'case_selections_act_check'",
        )
        .await;
    let mut expected: Vec<_> = SelectionAct::ALL.iter().map(|act| act.as_str()).collect();
    expected.sort_unstable();
    assert_eq!(words, expected);
}

// ---- views that people name ----

/// The tabs of the queue: words, count and whether it is the page's own.
fn tabs_of(body: &str) -> Vec<(String, String, bool)> {
    let nav = body.split("<nav class=\"tabs\"").nth(1).and_then(|rest| rest.split("</nav>").next()).expect("tabs");
    nav.split("<a ")
        .skip(1)
        .map(|tab| {
            let (attributes, rest) = tab.split_once('>').expect("a tag");
            let label = rest.split(" <span").next().unwrap_or_default().split("</a>").next().unwrap_or_default();
            let count = rest.split("class=\"n\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
            (label.to_owned(), count.to_owned(), attributes.contains("aria-current"))
        })
        .collect()
}

#[actix_web::test]
async fn filters_that_were_named_become_a_tab_with_its_count_and_are_in_no_address_and_no_event() {
    let portal = portal_with(7).await;
    let browser = portal.as_role("coordinator_a").await;
    let page = browser.get("/access-logs/views?risk=low&assigned=nobody").await.body;
    assert!(page.contains("Awaiting review · Risk: Low · Assigned to: Nobody"), "{page}");
    let fields = [("name", " Quiet\tones <b> "), ("risk", "low"), ("assigned", "nobody")];
    let answer = browser.post("/access-logs/views", &fields).await;
    assert_eq!((answer.status, answer.location()), (303, "/access-logs?risk=low&assigned=nobody"));
    let queue = browser.get(answer.location()).await.body;
    let tabs = tabs_of(&queue);
    assert_eq!(tabs.last(), Some(&("Quiet ones &#60;b&#62;".to_owned(), "7".to_owned(), true)), "{tabs:?}");
    assert_eq!(tabs.iter().filter(|(.., current)| *current).count(), 1, "{tabs:?}");
    // what matches changes, the view does not
    assign(&browser, small(0), 1, &COORDINATOR_A.to_string()).await;
    assert_eq!(tabs_of(&browser.get("/access-logs").await.body).last().map(|tab| tab.1.as_str()), Some("6"));
    // it is one's own
    for username in ["manager", "coordinator_all", "auditor"] {
        assert!(!portal.as_role(username).await.get("/access-logs").await.body.contains("Quiet ones"), "{username}");
    }
    let kept: i64 = portal.value("SELECT count(*) FROM audit.events e WHERE e::text ILIKE '%quiet%'").await;
    assert_eq!(kept, 0);
    let id: Uuid =
        portal.value(&format!("SELECT id FROM portal.queue_views WHERE person_id = '{COORDINATOR_A}'")).await;
    assert_eq!(browser.post(&format!("/access-logs/views/{id}/name"), &[("name", "Calm ones")]).await.status, 303);
    assert!(browser.get("/access-logs").await.body.contains("Calm ones"));
    let wrong = browser.post(&format!("/access-logs/views/{id}/name"), &[("name", &"x".repeat(41))]).await;
    assert!(wrong.status == 422 && wrong.body.contains(&"x".repeat(41)) && wrong.body.contains("Shorten the name"));
    assert_eq!(browser.post(&format!("/access-logs/views/{id}/removal"), &[]).await.status, 303);
    assert!(!browser.get("/access-logs").await.body.contains("Calm ones"));
}

#[actix_web::test]
async fn a_shared_view_is_everybodys_to_use_and_its_owners_or_a_managers_to_change() {
    let portal = portal_with(3).await;
    let owner = portal.as_role("coordinator_a").await;
    owner.post("/access-logs/views", &[("name", "Low everywhere"), ("risk", "low"), ("shared", "1")]).await;
    let id: Uuid = portal.value("SELECT id FROM portal.queue_views WHERE shared").await;
    for (username, count) in [("coordinator_a", "3"), ("coordinator_b", "0"), ("auditor", "3"), ("manager", "3")] {
        let browser = portal.as_role(username).await;
        let tabs = tabs_of(&browser.get("/access-logs").await.body);
        let tab = tabs.iter().find(|(label, ..)| label == "Low everywhere").expect("the shared tab");
        assert_eq!(tab.1, count, "{username} counts what they see");
        let theirs = ["coordinator_a", "manager"].contains(&username);
        let page = browser.get("/access-logs/views").await.body;
        assert_eq!(page.contains(&format!("/access-logs/views/{id}/removal")), theirs, "{username}");
        if !theirs {
            for (act, fields) in [("name", &[("name", "Mine now")][..]), ("removal", &[][..])] {
                assert_eq!(
                    browser.post(&format!("/access-logs/views/{id}/{act}"), fields).await.status,
                    404,
                    "{username}"
                );
            }
        }
    }
    let manager = portal.as_role("manager_two").await;
    assert_eq!(manager.post(&format!("/access-logs/views/{id}/removal"), &[]).await.status, 303);
    assert!(!owner.get("/access-logs").await.body.contains("Low everywhere"));
    // an auditor keeps views for themselves and shares none; the database says so too
    let auditor = portal.as_role("auditor").await;
    assert!(!auditor.get("/access-logs/views?risk=low").await.body.contains("name=\"shared\""));
    assert_eq!(auditor.post("/access-logs/views", &[("name", "Mine"), ("risk", "low")]).await.status, 303);
    let token = portal.session_of(COORDINATOR_A).await;
    let mut app = portal.as_app().await;
    app.must("BEGIN").await;
    app.open(&token, "queue_view.create").await.expect("opened");
    let insert = format!(
        "INSERT INTO portal.queue_views (id, person_id, name, shared, filter) VALUES (gen_random_uuid(), '{COORDINATOR_A}', 'x', true, '{{}}')"
    );
    assert_eq!(app.run(&insert).await, Err("HA002".to_owned()), "an event that shares nothing");
}

#[actix_web::test]
async fn twenty_views_are_enough_and_no_two_have_one_name() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let save = async |name: &str, shared: &str| {
        browser.post("/access-logs/views", &[("name", name), ("risk", "low"), ("shared", shared)]).await
    };
    for n in 0..20 {
        assert_eq!(save(&format!("View {n}"), "").await.status, 303, "{n}");
    }
    let answer = save("One more", "").await;
    assert!(answer.status == 422 && answer.body.contains("20 views are there already"), "{}", answer.body);
    assert!(answer.body.contains("value=\"One more\"") && answer.body.contains("Risk: Low"), "kept");
    assert_eq!(save("One more", "1").await.status, 303, "shared ones are counted apart");
    let answer = save("one MORE", "1").await;
    assert!(answer.status == 422 && answer.body.contains("A view has this name already"));
    // and the database counts by itself
    let insert = format!(
        "INSERT INTO portal.queue_views (id, person_id, name, shared, filter) VALUES (gen_random_uuid(), '{COORDINATOR_A}', 'x', false, '{{}}')"
    );
    assert!(sqlx::query(sqlx::AssertSqlSafe(insert)).execute(&portal.db).await.is_err());
}

#[actix_web::test]
async fn a_view_of_filters_that_are_gone_is_no_tab_and_can_still_be_deleted() {
    let portal = TestPortal::start().await;
    portal.sql("UPDATE portal.queue_views SET filter = '{\"rule\": \"nosy\"}'").await;
    let browser = portal.as_role("manager").await;
    let queue = browser.get("/access-logs").await;
    assert!(queue.status == 200 && !queue.body.contains("Worst of Cedar"));
    let page = browser.get("/access-logs/views").await.body;
    assert!(page.contains("A filter that no longer exists") && page.contains("Worst of Cedar"));
    assert_eq!(browser.post(&format!("/access-logs/views/{QUEUE_VIEW}/removal"), &[]).await.status, 303);
}

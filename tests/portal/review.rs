//! The review: a decision and what it leaves, two people at once, who may and who may not, and the queue's filters.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Answer, Browser, TestDb, TestPortal, told};

/// Cases added by [`many_cases`].
const MANY: usize = 240;

/// Cases of every kind in both facilities, many of them at the same instant, so that only the id tells them apart.
async fn many_cases(db: &TestDb) {
    db.sql(&format!(
        "INSERT INTO portal.review_cases (id, person_id, login_id, patient_id, local_day, facility_id, state, risk, assigned_to, disposition,
             reason_code, decided_by, decided_at, first_action_at, last_action_at, row_count, access_type, resource_type, version)
         SELECT ('01990000-0000-7000-9000-' || lpad(to_hex(n * 7919 % 65536), 4, '0') || lpad(to_hex(n), 8, '0'))::uuid,
                CASE WHEN n % 3 = 0 THEN '{PHYSICIAN_B}' ELSE '{NURSE_A}' END::uuid,
                CASE WHEN n % 3 = 0 THEN '{LOGIN_PHYSICIAN}' ELSE '{LOGIN_NURSE}' END::uuid,
                CASE WHEN n % 2 = 0 THEN '{PATIENT_ONE}' ELSE '{PATIENT_TWO}' END::uuid,
                current_date - 100 - n,
                CASE WHEN n % 3 = 0 THEN '{FACILITY_B}' ELSE '{FACILITY_A}' END::uuid,
                (ARRAY['unassigned', 'assigned', 'in_review', 'awaiting_answer', 'unassigned', 'awaiting_second_review', 'closed', 'closed'])[1 + n % 8],
                (ARRAY['low', 'medium', 'high', 'critical'])[1 + n % 4],
                CASE WHEN n % 8 = 1 THEN '{MANAGER}'::uuid END,
                CASE WHEN n % 8 > 4 THEN 'appropriate' END, CASE WHEN n % 8 > 4 THEN 'care_team' END,
                CASE WHEN n % 8 > 4 THEN '{COORDINATOR_ALL}'::uuid END,
                CASE WHEN n % 8 > 4 THEN now() - (n % 8 - 5) * interval '20 hours' END,
                '2026-06-01 12:00+00'::timestamptz - (n / 5) * interval '1 hour', '2026-06-01 13:00+00', 1, 'view', 'Encounter', 1
           FROM generate_series(1, {MANY}) n;
         INSERT INTO portal.case_flags (case_id, rule_code, rule_version, kind, severity, facts, row_count, raised_at)
         SELECT c.id, r.code, r.version, r.kind, r.severity,
                CASE r.code WHEN 'break_glass_no_reason' THEN '{{\"rule\": \"break_glass_no_reason\", \"times\": 2}}'
                            ELSE '{{\"rule\": \"terminated_user\", \"last_day\": \"2026-01-01\", \"days_after\": 3}}' END::jsonb, 1, now()
           FROM portal.review_cases c
           JOIN portal.rules r ON r.code = CASE WHEN c.row_count = 1 AND right(c.id::text, 1) IN ('0', '3', '6', '9') THEN 'break_glass_no_reason' ELSE 'terminated_user' END
          WHERE c.id::text LIKE '01990000-0000-7000-9000-%';
         UPDATE portal.review_cases c SET glass_broken = true WHERE EXISTS (SELECT 1 FROM portal.case_flags f WHERE f.case_id = c.id AND f.rule_code = 'break_glass_no_reason');
         UPDATE portal.review_cases SET answer_due_at = now() + (row_number - 9) * interval '1 day'
           FROM (SELECT id AS asked, row_number() OVER (ORDER BY id) FROM portal.review_cases WHERE state = 'awaiting_answer') o WHERE id = asked;
         INSERT INTO portal.review_events (case_id, seq, kind, to_state)
         SELECT c.id, 1, 'opened', 'unassigned' FROM portal.review_cases c WHERE c.id::text LIKE '01990000-0000-7000-9000-%'"
    ))
    .await;
}

async fn portal_with_many() -> TestPortal {
    let db = TestDb::new().await;
    many_cases(&db).await;
    TestPortal::on(db, |_| {}).await
}

/// Sends a decision on the first version.
async fn decide(browser: &Browser, case: Uuid, disposition: &str, reason: &str, note: &str) -> Answer {
    let fields = [("version", "1"), ("disposition", disposition), ("reason", reason), ("note", note)];
    browser.post(&format!("/access-logs/cases/{case}/decision"), &fields).await
}

/// State, disposition, reason, by whom, version.
async fn projection(db: &TestDb, case: Uuid) -> String {
    db.value(&format!(
        "SELECT concat_ws(' ', state, coalesce(disposition, '-'), coalesce(reason_code, '-'), coalesce(decided_by::text, '-'), version)
           FROM portal.review_cases WHERE id = '{case}'"
    ))
    .await
}

/// A case's history in one line per event.
async fn history(db: &TestDb, case: Uuid) -> Vec<String> {
    db.value(&format!(
        "SELECT array_agg(concat_ws(' ', seq, kind, coalesce(actor_id::text, '-'), from_state, to_state, disposition, reason_code, note) ORDER BY seq)
           FROM portal.review_events WHERE case_id = '{case}'"
    ))
    .await
}

async fn number(db: &TestDb, case: Uuid) -> i64 {
    db.value(&format!("SELECT number FROM portal.review_cases WHERE id = '{case}'")).await
}

/// The page without what differs from request to request, and without the id that was asked for.
fn words(answer: &Answer, id: Uuid) -> String {
    let differs = ["<span>printed ", "name=\"form_key\""];
    let lines = answer.body.lines().filter(|line| !differs.iter().any(|mark| line.contains(mark)));
    let text = lines.collect::<Vec<_>>().join("\n");
    text.replace(&answer.request_id().to_string(), "(request)").replace(&id.to_string(), "(id)")
}

#[actix_web::test]
async fn a_decision_moves_the_case_appends_to_its_history_and_leaves_its_two_events() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let answer = decide(&browser, CASE_A, "appropriate", "care_team", "  Was on the\r\nconsult list.  ").await;
    assert_eq!((answer.status, answer.location()), (303, "/access-logs"));
    assert_eq!(told(&portal.events(answer.request_id()).await), "review_case.read review_case.decide");
    for event in portal.events(answer.request_id()).await {
        assert_eq!((event.actor_id, event.resource_id), (Some(COORDINATOR_A), CASE_A));
    }
    assert_eq!(projection(&portal, CASE_A).await, format!("closed appropriate care_team {COORDINATOR_A} 2"));
    assert_eq!(
        history(&portal, CASE_A).await,
        [
            "1 opened - unassigned".to_owned(),
            format!("2 decided {COORDINATOR_A} unassigned closed appropriate care_team Was on the consult list.")
        ]
    );
    let page = browser.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(page.contains("Rosalind Quillfeather decided: Appropriate (On the care team)"), "{page}");
    assert!(page.contains("Was on the consult list."));
    assert!(!browser.get("/access-logs").await.body.contains(&CASE_A.to_string()), "it waits no more");
    // the note is nobody's but the case's
    let kept: i64 = portal.value("SELECT count(*) FROM audit.events e WHERE e::text ILIKE '%consult%'").await;
    assert_eq!(kept, 0);
}

#[actix_web::test]
async fn what_weighs_on_somebody_and_every_critical_case_waits_for_a_second_person() {
    for (disposition, reason, risk, state) in [
        ("appropriate", "care_team", "high", "closed"),
        ("appropriate_policy_gap", "on_call", "high", "closed"),
        ("duplicate", "it_support", "high", "closed"),
        ("appropriate", "care_team", "critical", "awaiting_second_review"),
        ("inappropriate_inadvertent", "wrong_patient", "low", "awaiting_second_review"),
        ("inappropriate_intentional", "curiosity", "low", "awaiting_second_review"),
        ("attributed_to_other", "credential_sharing", "low", "awaiting_second_review"),
        ("unable_to_determine", "it_support", "low", "awaiting_second_review"),
        ("data_error", "it_support", "low", "awaiting_second_review"),
    ] {
        let portal = TestPortal::start().await;
        portal.sql(&format!("UPDATE portal.review_cases SET risk = '{risk}' WHERE id = '{CASE_A}'")).await;
        let browser = portal.as_role("manager").await;
        assert_eq!(decide(&browser, CASE_A, disposition, reason, "").await.status, 303, "{disposition}");
        assert_eq!(projection(&portal, CASE_A).await, format!("{state} {disposition} {reason} {MANAGER} 2"));
        let waits = browser.get("/access-logs?view=second_review").await.body.contains(&format!("row-{CASE_A}"));
        assert_eq!(waits, state == "awaiting_second_review");
    }
}

#[actix_web::test]
async fn a_decision_that_cannot_be_is_refused_and_keeps_what_was_typed() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let long = "n".repeat(501);
    for (disposition, reason, note, sentence) in [
        ("", "care_team", "A & B", "Choose what you found"),
        ("fine", "care_team", "A & B", "Choose what you found"),
        ("appropriate", "", "A & B", "Choose a reason for this case"),
        ("appropriate", "boredom", "A & B", "Choose a reason for this case"),
        ("appropriate", "curiosity", "A & B", "does not explain"),
        ("inappropriate_intentional", "care_team", "A & B", "does not explain"),
        ("appropriate", "other", "   ", "Say in the note what the other reason is"),
        ("appropriate", "care_team", &long, "Shorten the note to 500 characters"),
    ] {
        let answer = decide(&browser, CASE_A, disposition, reason, note).await;
        assert_eq!(answer.status, 422, "{disposition} {reason}");
        assert!(answer.body.contains(sentence), "{sentence}: {}", answer.body);
        assert!(answer.body.contains("<title>Error: "), "the title says so");
        for word in [disposition, reason] {
            let known = !["", "fine", "boredom"].contains(&word);
            assert_eq!(answer.body.contains(&format!("value=\"{word}\" selected")), known, "{word} stays chosen");
        }
        let note = note.replace('&', "&#38;");
        assert!(answer.body.contains(&format!(">{note}</textarea>")), "{note} stays typed: {}", answer.body);
        assert_eq!(
            told(&portal.events(answer.request_id()).await),
            "review_case.decide!validate_fail/invalid_input review_case.read"
        );
    }
    assert_eq!(projection(&portal, CASE_A).await, "unassigned - - - 1");
    assert_eq!(history(&portal, CASE_A).await.len(), 1);
}

#[actix_web::test]
async fn markup_in_a_note_is_text() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let note = "<script>alert(1)</script></textarea>";
    for (reason, status) in [("curiosity", 422), ("care_team", 303)] {
        let answer = decide(&browser, CASE_A, "appropriate", reason, note).await;
        assert_eq!(answer.status, status);
        assert!(!answer.body.contains("<script>alert"));
    }
    assert!(!browser.get(&format!("/access-logs/cases/{CASE_A}")).await.body.contains("<script>alert"));
}

#[actix_web::test]
async fn of_two_decisions_at_once_one_stands_and_the_other_learns_whose_and_keeps_its_note() {
    let portal = portal_with_many().await;
    let (manager, coordinator) = (portal.as_role("manager_two").await, portal.as_role("coordinator_a").await);
    let cases: Vec<Uuid> = portal
        .value(&format!("SELECT array_agg(id) FROM (SELECT id FROM portal.review_cases WHERE state = 'unassigned' AND facility_id = '{FACILITY_A}' AND id <> '{CASE_ABOUT_MANAGER}' LIMIT 12) c"))
        .await;
    for case in cases {
        let (one, two) = tokio::join!(
            decide(&manager, case, "appropriate", "on_call", "The manager's <note>"),
            decide(&coordinator, case, "inappropriate_intentional", "curiosity", "The coordinator's <note>")
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409], "{case}");
        let (winner, lost, name, said, kept) = if one.status == 303 {
            (MANAGER_TWO, &two, "Ignatius Featherstonehaugh", "“Appropriate” (On call or covering)", "The coordinator")
        } else {
            (COORDINATOR_A, &one, "Rosalind Quillfeather", "“Inappropriate, intentional” (Curiosity)", "The manager")
        };
        assert!(lost.body.contains("Somebody else was first."));
        assert!(lost.body.contains(&format!("{name} decided this case as {said}")), "{}", lost.body);
        assert!(lost.body.contains(&format!(">{kept}&#39;s &#60;note&#62;</textarea>")), "{}", lost.body);
        assert_eq!(
            told(&portal.events(lost.request_id()).await),
            "review_case.read review_case.decide!validate_fail/conflict review_case.read"
        );
        let decided = history(&portal, case).await;
        assert_eq!(decided.len(), 2, "{decided:?}");
        assert!(decided[1].contains(&winner.to_string()));
        assert!(projection(&portal, case).await.contains(&format!("{winner} 2")));
    }
}

#[actix_web::test]
async fn a_form_that_looked_at_an_older_version_is_a_conflict_even_where_nobody_decided() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    portal.sql(&format!("UPDATE portal.review_cases SET version = 2 WHERE id = '{CASE_A}'")).await;
    let answer = decide(&browser, CASE_A, "appropriate", "care_team", "kept").await;
    assert_eq!(answer.status, 409);
    assert!(
        answer.body.contains("Somebody changed this case while you worked on it.")
            && answer.body.contains(">kept</textarea>")
    );
    assert!(answer.body.contains("name=\"version\" value=\"2\""), "sent again it counts");
}

#[actix_web::test]
async fn reopening_appends_a_reversal_and_erases_nothing() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    decide(&browser, CASE_A, "appropriate", "care_team", "The first look.").await;
    // an undo that is older than the decision reverses nothing
    let stale = browser.post(&format!("/access-logs/cases/{CASE_A}/reopening?version=1"), &[]).await;
    assert_eq!(stale.status, 409);
    let answer = browser.post(&format!("/access-logs/cases/{CASE_A}/reopening?version=2"), &[]).await;
    assert_eq!(answer.status, 303);
    assert_eq!(told(&portal.events(answer.request_id()).await), "review_case.read review_case.reopen");
    assert_eq!(projection(&portal, CASE_A).await, "in_review - - - 3");
    let lines = history(&portal, CASE_A).await;
    assert_eq!(lines[1], format!("2 decided {COORDINATOR_A} unassigned closed appropriate care_team The first look."));
    assert_eq!(lines[2], format!("3 reopened {COORDINATOR_A} closed in_review"));
    let page = browser.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(page.contains("The first look.") && page.contains("opened the case again"));
    // what is open cannot be opened again, and can be decided anew
    let again = browser.post(&format!("/access-logs/cases/{CASE_A}/reopening?version=3"), &[]).await;
    assert_eq!(again.status, 409);
    assert_eq!(
        told(&portal.events(again.request_id()).await),
        "review_case.read review_case.reopen!validate_fail/conflict"
    );
    let fields = [("version", "3"), ("disposition", "inappropriate_inadvertent"), ("reason", "excess")];
    assert_eq!(browser.post(&format!("/access-logs/cases/{CASE_A}/decision"), &fields).await.status, 303);
    assert_eq!(history(&portal, CASE_A).await.len(), 4);
}

#[actix_web::test]
async fn a_case_of_another_facility_is_answered_in_the_words_for_one_that_does_not_exist() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_b").await;
    let fields = [("version", "1"), ("disposition", "appropriate"), ("reason", "care_team")];
    let nowhere = Uuid::now_v7();
    let mut words_of = Vec::new();
    for id in [CASE_A, nowhere] {
        let page = browser.get(&format!("/access-logs/cases/{id}")).await;
        let decision = browser.post(&format!("/access-logs/cases/{id}/decision"), &fields).await;
        let reopening = browser.post(&format!("/access-logs/cases/{id}/reopening"), &[]).await;
        for (answer, events) in [
            (&page, "review_case.read review_case.read!authz_fail/not_in_scope"),
            (&decision, "review_case.read review_case.decide!authz_fail/not_in_scope"),
            (&reopening, "review_case.read review_case.reopen!authz_fail/not_in_scope"),
        ] {
            assert_eq!(answer.status, 404);
            let left = portal.events(answer.request_id()).await;
            assert_eq!(told(&left), events);
            assert!(left.iter().all(|event| event.resource_id == id && event.actor_id == Some(COORDINATOR_B)));
        }
        let queue = browser.get(&format!("/access-logs?open={id}")).await;
        assert_eq!(queue.status, 404);
        words_of.push([page, decision, reopening, queue].map(|answer| words(&answer, id)));
    }
    for (one, other) in words_of[0].iter().zip(&words_of[1]) {
        let differs = one.lines().zip(other.lines()).find(|(one, other)| one != other);
        assert_eq!(differs, None);
        assert_eq!(one, other);
    }
    assert_eq!(history(&portal, CASE_A).await.len(), 1);
}

#[actix_web::test]
async fn whoever_does_not_review_is_denied_and_it_is_recorded() {
    let portal = TestPortal::start().await;
    for username in ["auditor", "auditor_full", "field_staff", "admin"] {
        let browser = portal.as_role(username).await;
        for (act, form) in [("decision", "decide"), ("reopening", "reopen")] {
            let fields = [("version", "1"), ("disposition", "appropriate"), ("reason", "care_team")];
            let answer = browser.post(&format!("/access-logs/cases/{CASE_A}/{act}"), &fields).await;
            assert_eq!(answer.status, 403, "{username} {act}");
            assert_eq!(
                told(&portal.events(answer.request_id()).await),
                format!("review_case.{form}!authz_fail/role_lacks_action")
            );
        }
        let queue = browser.get("/access-logs").await;
        assert_eq!(queue.status == 200, username.starts_with("auditor"), "{username}");
        let page = browser.get(&format!("/access-logs/cases/{CASE_A}")).await;
        assert!(!page.body.contains("name=\"disposition\""), "{username} is offered no decision");
    }
    assert_eq!(history(&portal, CASE_A).await.len(), 1);
}

#[actix_web::test]
async fn an_auditor_without_an_engagement_sees_no_case() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("auditor_without").await;
    let queue = browser.get("/access-logs?view=all").await;
    assert_eq!(queue.status, 200);
    assert!(!queue.body.contains("id=\"row-"), "{}", queue.body);
    assert_eq!(browser.get(&format!("/access-logs/cases/{CASE_A}")).await.status, 404);
}

#[actix_web::test]
async fn nobody_sees_or_decides_a_case_about_themselves() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("manager").await;
    let (hidden, number) = (format!("row-{CASE_ABOUT_MANAGER}"), number(&portal, CASE_ABOUT_MANAGER).await);
    for page in [
        "/access-logs?view=all",
        "/access-logs/rows",
        &format!("/people/{MANAGER}"),
        &format!("/patients/{PATIENT_ONE}"),
    ] {
        let answer = browser.get(page).await;
        assert_eq!(answer.status, 200, "{page}");
        assert!(!answer.body.contains(&hidden) && !answer.body.contains(&format!("AL-{number}")), "{page}");
    }
    for (method, path) in [
        ("GET", format!("/access-logs/cases/{CASE_ABOUT_MANAGER}")),
        ("GET", format!("/findings/new?case={CASE_ABOUT_MANAGER}")),
        ("POST", format!("/access-logs/cases/{CASE_ABOUT_MANAGER}/reopening")),
    ] {
        assert_eq!(browser.send(browser.request(method, &path)).await.status, 404, "{method} {path}");
    }
    let answer = decide(&browser, CASE_ABOUT_MANAGER, "appropriate", "care_team", "").await;
    assert_eq!(answer.status, 404);
    assert_eq!(
        told(&portal.events(answer.request_id()).await),
        "review_case.read review_case.decide!authz_fail/not_in_scope"
    );
    assert_eq!(projection(&portal, CASE_ABOUT_MANAGER).await, "unassigned - - - 1");
    // nor a flag on one's own accesses
    let csv = browser.get("/access-logs/rows.csv").await.body;
    assert!(!csv.contains("volume_spike"), "{csv}");
    // somebody else sees it
    let other = portal.as_role("manager_two").await;
    assert!(other.get("/access-logs?view=all").await.body.contains(&hidden));
    assert_eq!(decide(&other, CASE_ABOUT_MANAGER, "appropriate", "care_team", "").await.status, 303);
}

/// What a list shows: the ids of its rows in order, and the address of the next page.
fn listed(body: &str) -> (Vec<Uuid>, Option<String>) {
    let ids = body.split("id=\"row-").skip(1).map(|rest| rest[..36].parse().expect("a uuid")).collect();
    let pager = body.split("id=\"pager\"").nth(1).and_then(|rest| rest.split("</div>").next()).unwrap_or_default();
    let next = pager.split("href=\"").nth(1).and_then(|rest| rest.split('"').next());
    (ids, next.map(|href| href.replace("&amp;", "&").replace("&#38;", "&")))
}

/// What a filter means, in SQL: view and one more condition.
async fn expected(db: &TestDb, condition: &str, sort: &str) -> Vec<Uuid> {
    let order = if sort == "newest" { "first_action_at DESC, id DESC" } else { "risk_rank DESC, first_action_at, id" };
    db.value::<Option<Vec<Uuid>>>(&format!(
        "SELECT array_agg(id ORDER BY {order}) FROM portal.review_cases c
          WHERE c.person_id IS DISTINCT FROM '{MANAGER}' AND {condition}"
    ))
    .await
    .unwrap_or_default()
}

#[actix_web::test]
async fn every_view_sort_and_filter_pages_without_a_gap_or_a_repeat() {
    let portal = portal_with_many().await;
    let browser = portal.as_role("manager").await;
    let undecided = "c.state IN ('unassigned', 'assigned', 'in_review', 'awaiting_answer')";
    let rule = |code: &str| {
        format!("EXISTS (SELECT 1 FROM portal.case_flags f WHERE f.case_id = c.id AND f.rule_code = '{code}')")
    };
    let midnight = "(date_trunc('day', now() AT TIME ZONE 'America/Chicago') AT TIME ZONE 'America/Chicago')";
    let views = [
        ("awaiting", undecided.to_owned()),
        ("mine", format!("{undecided} AND c.assigned_to = '{MANAGER}'")),
        ("high", format!("{undecided} AND c.risk IN ('high', 'critical')")),
        ("break_glass", format!("{undecided} AND {}", rule("break_glass_no_reason"))),
        ("asked", "c.state = 'awaiting_answer'".to_owned()),
        ("overdue", format!("{undecided} AND c.answer_due_at <= now()")),
        ("second_review", "c.state = 'awaiting_second_review'".to_owned()),
        ("decided_today", format!("c.decided_at >= {midnight}")),
        ("all", "true".to_owned()),
    ];
    let mut filters = vec![
        (String::new(), "true".to_owned()),
        (format!("&facility={FACILITY_A}"), format!("c.facility_id = '{FACILITY_A}'")),
        (format!("&facility={FACILITY_B}"), format!("c.facility_id = '{FACILITY_B}'")),
        ("&risk=critical".to_owned(), "c.risk = 'critical'".to_owned()),
        ("&risk=low".to_owned(), "c.risk = 'low'".to_owned()),
        ("&rule=terminated_user".to_owned(), rule("terminated_user")),
        ("&rule=after_hours".to_owned(), rule("after_hours")),
        (format!("&person={NURSE_A}"), format!("c.person_id = '{NURSE_A}'")),
        (format!("&patient={PATIENT_TWO}"), format!("c.patient_id = '{PATIENT_TWO}'")),
    ];
    filters.push((
        format!("&facility={FACILITY_A}&risk=high&rule=terminated_user&person={NURSE_A}&patient={PATIENT_ONE}"),
        format!(
            "c.facility_id = '{FACILITY_A}' AND c.risk = 'high' AND c.person_id = '{NURSE_A}' AND c.patient_id = '{PATIENT_ONE}' AND {}",
            rule("terminated_user")
        ),
    ));
    let (mut pages, mut longest) = (0, 0);
    for (view, of_view) in &views {
        for sort in ["risk", "newest"] {
            for (filter, condition) in &filters {
                let mut next = Some(format!("/access-logs?view={view}&sort={sort}{filter}"));
                let mut seen = Vec::new();
                while let Some(path) = next {
                    let answer = browser.get(&path).await;
                    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
                    let (ids, following) = listed(&answer.body);
                    assert_eq!(
                        following.is_some(),
                        ids.len() == 50 && following.is_some(),
                        "only a full page goes on: {path}"
                    );
                    let shown: Option<Vec<Uuid>> = portal
                        .value(&format!("SELECT array_agg(x ORDER BY s.part) FROM audit.shown_rows s JOIN audit.events e USING (event_id), unnest(s.resource_ids) x WHERE e.request_id = '{}'", answer.request_id()))
                        .await;
                    let (shown, on_page): (HashSet<_>, HashSet<_>) =
                        (shown.unwrap_or_default().into_iter().collect(), ids.iter().copied().collect());
                    assert_eq!(shown, on_page, "the trail knows what {path} showed");
                    seen.extend(ids);
                    (pages, next) = (pages + 1, following);
                }
                let expected = expected(&portal, &format!("{of_view} AND {condition}"), sort).await;
                assert_eq!(seen, expected, "{view} {sort} {filter}");
                longest = longest.max(seen.len());
            }
        }
    }
    assert!(longest > 200 && pages > 200, "{longest} cases, {pages} pages");
}

#[actix_web::test]
async fn the_tabs_count_what_their_views_list() {
    let portal = portal_with_many().await;
    let browser = portal.as_role("coordinator_a").await;
    for facility in [String::new(), format!("&facility={FACILITY_A}"), format!("&facility={FACILITY_B}")] {
        let mut listed_by = BTreeMap::new();
        for (view, label) in [
            ("awaiting", "Awaiting review"),
            ("mine", "Mine"),
            ("high", "Critical and high"),
            ("break_glass", "Break-glass"),
            ("asked", "Awaiting answer"),
            ("overdue", "Answer overdue"),
            ("second_review", "Second review"),
            ("decided_today", "Decided today"),
        ] {
            let mut next = Some(format!("/access-logs?view={view}{facility}"));
            let mut count = 0;
            while let Some(path) = next {
                let (ids, following) = listed(&browser.get(&path).await.body);
                (count, next) = (count + ids.len(), following);
            }
            listed_by.insert(label, count);
        }
        let page = browser.get(&format!("/access-logs?view=all{facility}")).await.body;
        for (label, count) in listed_by {
            let tab =
                page.split("<nav class=\"tabs\"").nth(1).and_then(|tabs| tabs.split("</nav>").next()).expect("tabs");
            let told: String = tab
                .split(label)
                .nth(1)
                .expect(label)
                .split("</a>")
                .next()
                .expect("its end")
                .chars()
                .filter(char::is_ascii_digit)
                .collect();
            assert_eq!(told, count.to_string(), "{label}{facility}: {tab}");
        }
    }
}

#[actix_web::test]
async fn a_forged_cursor_and_an_unknown_word_are_refused_by_the_parameters_name() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("manager").await;
    for (query, name) in [
        ("view=everything", "View"),
        ("sort=oldest", "Sort"),
        ("facility=north", "Facility"),
        ("risk=severe", "Risk"),
        ("rule=nosy", "Rule"),
        ("person=me", "Person"),
        ("patient=MRN-77310042", "Patient"),
        ("after=1", "Page"),
        ("after=9.1.0199000000007000800000000000ffff", "Page"),
        ("after=3.99999999999999999999.x", "Page"),
        ("after=%27%20OR%201%3D1", "Page"),
        ("open=AL-480001", "Open case"),
    ] {
        let answer = browser.get(&format!("/access-logs?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.body.contains(&format!("“{name}”")), "{query}: {}", answer.body);
        let events = told(&portal.events(answer.request_id()).await);
        assert_eq!(events, "review_case.list.read!validate_fail/invalid_input", "{query}");
        assert!(!answer.body.contains("id=\"row-"), "nothing was shown");
    }
    for (path, name, event) in [
        ("/access-logs/rows?after=x", "Page", "access_log.list.read"),
        ("/access-logs/rows?rule=nosy", "Flag", "access_log.list.read"),
        ("/access-logs/rows.csv?from=yesterday", "From", "access_log.list.export"),
        ("/findings?view=none", "View", "finding.list.read"),
        ("/audit?action=audit.erase", "Action", "audit_event.list.read"),
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.body.contains(name), "{path}: {}", answer.body);
        assert_eq!(told(&portal.events(answer.request_id()).await), format!("{event}!validate_fail/invalid_input"));
    }
    // whoever may not read the list at all learns only that
    let answer = portal.as_role("field_staff").await.get("/access-logs?view=everything").await;
    assert_eq!(answer.status, 403);
}

#[actix_web::test]
async fn a_cursor_whose_row_is_gone_from_the_view_still_leads_on() {
    let portal = portal_with_many().await;
    let browser = portal.as_role("manager_two").await;
    let (first, next) = listed(&browser.get("/access-logs").await.body);
    let last = *first.last().expect("a page");
    assert_eq!(decide(&browser, last, "appropriate", "care_team", "").await.status, 303);
    let (second, _) = listed(&browser.get(&next.expect("more")).await.body);
    assert_eq!(second.len(), 50);
    assert!(second.iter().all(|id| !first.contains(id)));
}

#[actix_web::test]
async fn what_was_done_is_said_once_and_leads_to_the_next_case() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let path = format!("/access-logs/cases/{CASE_A}/decision");
    let next = format!("/access-logs?open={CASE_ABOUT_MANAGER}");
    let fields = [("version", "1"), ("disposition", "appropriate"), ("reason", "care_team"), ("next", &next)];
    let answer = browser.post(&path, &fields).await;
    assert_eq!((answer.status, answer.location()), (303, &*next));
    let said = format!("AL-{} decided", number(&portal, CASE_A).await);
    let page = browser.get(answer.location()).await.body;
    assert!(page.contains(&said) && page.contains(&format!("/access-logs/cases/{CASE_A}/reopening")), "with its undo");
    assert!(!browser.get(answer.location()).await.body.contains(&said), "once");
}

#[actix_web::test]
async fn a_decision_never_leads_out_of_the_queue() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    for (version, next) in [
        (1, "https://evil.example/"),
        (3, "//evil.example"),
        (5, "/access-logsevil"),
        (7, "/access-logs\\@evil"),
        (9, "javascript:alert(1)"),
    ] {
        let version = version.to_string();
        let fields = [("version", &*version), ("disposition", "appropriate"), ("reason", "care_team"), ("next", next)];
        let answer = browser.post(&format!("/access-logs/cases/{CASE_A}/decision"), &fields).await;
        assert_eq!((answer.status, answer.location()), (303, "/access-logs"), "{next}");
        let decided: i32 = version.parse::<i32>().expect("a number") + 1;
        browser.post(&format!("/access-logs/cases/{CASE_A}/reopening?version={decided}"), &[]).await;
    }
}

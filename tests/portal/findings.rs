//! A finding: from one case or several, with a number of its year, its evidence copied, linked both ways.

use std::collections::HashSet;
use std::ops::Deref as _;

use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Answer, Browser, TestDb, TestPortal, told};

/// A finding's form, filled in.
async fn open(browser: &Browser, key: Uuid, cases: &[Uuid]) -> Answer {
    open_with(browser, key, cases, &[]).await
}

/// The same with some answers changed.
async fn open_with(browser: &Browser, key: Uuid, cases: &[Uuid], changes: &[(&str, &str)]) -> Answer {
    let (key, owner, due) = (key.to_string(), MANAGER_TWO.to_string(), in_ten_days());
    let cases: Vec<_> = cases.iter().map(ToString::to_string).collect();
    let mut fields = vec![
        ("form_key", &*key),
        ("title", "Access after the end of work"),
        ("severity", "high"),
        ("due", &due),
        ("owner", &owner),
        ("details", "Two\r\nlines"),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    fields.extend(cases.iter().map(|case| ("case", &**case)));
    browser.post("/findings", &fields).await
}

fn in_ten_days() -> String {
    (hipaa_auditor::clock::now() + chrono::TimeDelta::days(10)).format("%Y-%m-%d").to_string()
}

fn id_of(answer: &Answer) -> Uuid {
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.location().strip_prefix("/findings/").and_then(|id| id.parse().ok()).expect("the finding's address")
}

async fn count(db: &TestDb) -> i64 {
    db.value("SELECT count(*) FROM portal.findings").await
}

/// The numbers of the year now running, without the fixtures'.
async fn numbers(db: &TestDb) -> Vec<i64> {
    db.value::<Option<Vec<i64>>>(&format!(
        "SELECT array_agg(split_part(number, '-', 3)::bigint ORDER BY number) FROM portal.findings
          WHERE number LIKE 'FND-' || to_char(now() AT TIME ZONE 'America/Chicago', 'YYYY') || '-%' AND id <> '{FINDING}'"
    ))
    .await
    .unwrap_or_default()
}

/// The last number of the year before a test begins.
async fn last(db: &TestDb) -> i64 {
    db.value("SELECT coalesce((SELECT last FROM portal.finding_numbers WHERE year = extract(year FROM now() AT TIME ZONE 'America/Chicago')), 0)::bigint").await
}

#[actix_web::test]
async fn a_finding_from_one_case_copies_its_rows_and_is_linked_both_ways() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let form = browser.get(&format!("/findings/new?case={CASE_A}")).await;
    assert!(
        form.body.contains(&format!("name=\"case\" value=\"{CASE_A}\""))
            && form.body.contains("<option value=\"high\" selected>"),
        "{}",
        form.body
    );
    let answer = open(&browser, Uuid::now_v7(), &[CASE_A]).await;
    let id = id_of(&answer);
    assert_eq!(told(&portal.events(answer.request_id()).await), "finding.form.read finding.create");
    assert!(portal.events(answer.request_id()).await.iter().any(|event| event.resource_id == id));

    let same: bool = portal
        .value(&format!(
            "SELECT bool_and(row(e.action_at, e.login_id, e.facility_id, e.patient_id, e.resource_type, e.resource_id, e.access_type,
                                 e.access_reason, e.outcome, e.source_ip, e.device_label)
                             IS NOT DISTINCT FROM row(a.action_at, a.login_id, a.facility_id, a.patient_id, a.resource_type, a.resource_id,
                                 a.access_type, a.access_reason, a.outcome, a.source_ip, a.device_label)) AND count(*) = 2
               FROM portal.finding_evidence e JOIN portal.access_logs a ON a.id = e.access_id WHERE e.finding_id = '{id}' AND e.case_id = '{CASE_A}'"
        ))
        .await;
    assert!(same, "both rows of the case, as they are");
    let finding: String = portal
        .value(&format!(
            "SELECT concat_ws(' ', status, severity, facility_id, created_by, assigned_to, due_date, version) FROM portal.findings WHERE id = '{id}'"
        ))
        .await;
    assert_eq!(finding, format!("open high {FACILITY_A} {COORDINATOR_A} {MANAGER_TWO} {} 1", in_ten_days()));

    let page = browser.get(&format!("/findings/{id}")).await;
    let number: String = portal.value(&format!("SELECT number FROM portal.findings WHERE id = '{id}'")).await;
    assert!(page.body.contains(&number) && page.body.contains(&format!("{number} created")), "{}", page.body);
    assert!(page.body.contains(&format!("/access-logs/cases/{CASE_A}")), "to the case");
    assert!(page.body.contains("ENC-991200") && page.body.contains("ENC-991201"), "with its rows");
    let case = browser.get(&format!("/access-logs/cases/{CASE_A}")).await;
    assert!(case.body.contains(&format!("/findings/{id}")) && case.body.contains(&number), "and back");
    let linked: String = portal
        .value(&format!("SELECT concat_ws(' ', e.seq, e.kind, e.from_state, e.to_state, e.finding_id, c.version) FROM portal.review_events e JOIN portal.review_cases c ON c.id = e.case_id WHERE e.case_id = '{CASE_A}' AND e.seq = 2"))
        .await;
    assert_eq!(
        linked,
        format!("2 finding_linked unassigned unassigned {id} 2"),
        "the case's history knows; its state is its own"
    );
}

#[actix_web::test]
async fn a_finding_from_several_cases_has_the_worst_severity_offered_and_no_facility_of_its_own_if_they_differ() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_all").await;
    portal.sql(&format!("UPDATE portal.review_cases SET risk = 'critical' WHERE id = '{CASE_B}'")).await;
    let form = browser.get(&format!("/findings/new?case={CASE_A}&case={CASE_B}&case={CASE_A}")).await;
    assert_eq!(form.body.matches("type=\"hidden\" name=\"case\"").count(), 2, "each once");
    assert!(form.body.contains("<option value=\"critical\" selected>"));
    let id = id_of(&open(&browser, Uuid::now_v7(), &[CASE_A, CASE_B, CASE_DECIDED]).await);
    let (facility, rows, cases): (bool, i64, i64) = (
        portal.value(&format!("SELECT facility_id IS NULL FROM portal.findings WHERE id = '{id}'")).await,
        portal.value(&format!("SELECT count(*) FROM portal.finding_evidence WHERE finding_id = '{id}'")).await,
        portal.value(&format!("SELECT count(*) FROM portal.finding_cases WHERE finding_id = '{id}'")).await,
    );
    assert!(facility);
    assert_eq!((rows, cases), (4, 3));
    for case in [CASE_A, CASE_B, CASE_DECIDED] {
        assert!(browser.get(&format!("/access-logs/cases/{case}")).await.body.contains(&format!("/findings/{id}")));
    }
    // one case out of scope, and there is no finding at all
    let before = count(&portal).await;
    let coordinator = portal.as_role("coordinator_a").await;
    let answer = open(&coordinator, Uuid::now_v7(), &[CASE_A, CASE_B]).await;
    assert_eq!(answer.status, 404);
    assert_eq!(
        told(&portal.events(answer.request_id()).await),
        "finding.form.read finding.create!authz_fail/not_in_scope"
    );
    assert_eq!(count(&portal).await, before);
}

#[actix_web::test]
async fn a_finding_that_lacks_something_is_refused_and_keeps_what_was_typed() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let (before, key) = (count(&portal).await, Uuid::now_v7());
    let (long, nobody, staff) = ("t".repeat(201), NOWHERE.to_string(), FIELD_STAFF.to_string());
    for (field, value, sentence) in [
        ("title", "   ", "Say what happened in one sentence"),
        ("title", &*long, "in 200 characters or fewer"),
        ("severity", "dreadful", "Choose a severity"),
        ("due", "2020-01-01", "Choose a due date on or after"),
        ("due", "tomorrow", "Choose a due date on or after"),
        ("owner", "", "Choose"),
        ("owner", &*nobody, "Choose"),
        ("owner", &*staff, "Choose"),
        ("details", &*"d".repeat(4001), "4,000"),
    ] {
        let answer = open_with(&browser, key, &[CASE_A], &[(field, value)]).await;
        assert_eq!(answer.status, 422, "{field} {value}: {}", answer.body);
        assert!(answer.body.contains(sentence), "{sentence}: {}", answer.body);
        assert!(answer.body.contains(&format!("id=\"{field}\"")) && answer.body.contains("<title>Error: "));
        if field != "title" {
            assert!(answer.body.contains("value=\"Access after the end of work\""), "the title stays");
        }
        if field != "details" {
            assert!(
                answer.body.contains("Two\r\nlines</textarea>") || answer.body.contains("Two\nlines</textarea>"),
                "{}",
                answer.body
            );
        }
        assert!(answer.body.contains(&format!("value=\"{key}\"")), "the same form goes on");
        assert_eq!(
            told(&portal.events(answer.request_id()).await),
            "finding.form.read finding.create!validate_fail/invalid_input finding.form.read"
        );
    }
    assert_eq!(count(&portal).await, before);
    // the refused posts did not use the form up
    id_of(&open(&browser, key, &[CASE_A]).await);
    assert_eq!(count(&portal).await, before + 1);
    for case in ["/findings/new", "/findings/new?case=AL-480001"] {
        let answer = browser.get(case).await;
        assert_eq!(answer.status, 400, "{case}");
        assert_eq!(told(&portal.events(answer.request_id()).await), "finding.form.read!validate_fail/invalid_input");
    }
}

#[actix_web::test]
async fn a_form_that_is_posted_twice_makes_one_finding() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let (before, key) = (count(&portal).await, Uuid::now_v7());
    let (one, two) = tokio::join!(open(&browser, key, &[CASE_A]), open(&browser, key, &[CASE_A]));
    let three = open(&browser, key, &[CASE_A]).await;
    assert_eq!(id_of(&one), id_of(&two));
    assert_eq!(id_of(&one), id_of(&three));
    assert_eq!(count(&portal).await, before + 1);
    // the same key of somebody else is another form
    let other = open(&portal.as_role("manager").await, key, &[CASE_A]).await;
    assert_ne!(id_of(&one), id_of(&other));
}

#[actix_web::test]
async fn findings_opened_at_once_are_numbered_without_a_gap() {
    let portal = TestPortal::start().await;
    let begun = last(&portal).await;
    let (one, two, third) =
        (portal.as_role("coordinator_a").await, portal.as_role("manager").await, portal.as_role("coordinator_b").await);
    for _ in 0..4 {
        // cases named in either order, one post refused by its words, one by its scope
        let answers = tokio::join!(
            open(&one, Uuid::now_v7(), &[CASE_A, CASE_DECIDED]),
            open(&two, Uuid::now_v7(), &[CASE_DECIDED, CASE_A, CASE_B]),
            open(&third, Uuid::now_v7(), &[CASE_B]),
            open_with(&two, Uuid::now_v7(), &[CASE_B], &[("title", "")]),
            open(&third, Uuid::now_v7(), &[CASE_A, CASE_B])
        );
        let statuses = [answers.0.status, answers.1.status, answers.2.status, answers.3.status, answers.4.status];
        assert_eq!(statuses, [303, 303, 303, 422, 404]);
    }
    let numbers = numbers(&portal).await;
    assert_eq!(numbers, (begun + 1..=begun + 12).collect::<Vec<_>>());
    // and each case's history has every link once, in a row
    for case in [CASE_A, CASE_B, CASE_DECIDED] {
        let whole: bool = portal
            .value(&format!("SELECT max(e.seq) = count(*) AND max(e.seq) = max(c.version) FROM portal.review_events e JOIN portal.review_cases c ON c.id = e.case_id WHERE e.case_id = '{case}'"))
            .await;
        assert!(whole, "{case}");
    }
}

#[actix_web::test]
async fn each_year_begins_with_one() {
    let portal = TestPortal::start().await;
    portal.sql("DELETE FROM portal.finding_numbers; INSERT INTO portal.finding_numbers VALUES (2020, 87)").await;
    portal.sql(&format!("UPDATE portal.findings SET number = 'FND-2020-0087' WHERE id = '{FINDING}'")).await;
    open(&portal.as_role("manager").await, Uuid::now_v7(), &[CASE_B]).await;
    assert_eq!(numbers(&portal).await, [1]);
    assert_eq!(portal.value::<i32>("SELECT last FROM portal.finding_numbers WHERE year = 2020").await, 87);
}

#[actix_web::test]
async fn a_workforce_member_sees_the_findings_assigned_to_them_and_no_other() {
    let portal = TestPortal::start().await;
    let other = id_of(&open(&portal.as_role("manager").await, Uuid::now_v7(), &[CASE_A]).await);
    let browser = portal.as_role("field_staff").await;
    let list = browser.get("/findings").await;
    assert_eq!(list.status, 200);
    assert!(list.body.contains(&FINDING.to_string()) && !list.body.contains(&other.to_string()));
    let own = browser.get(&format!("/findings/{FINDING}")).await;
    assert_eq!(own.status, 200);
    let answer = browser.get(&format!("/findings/{other}")).await;
    assert_eq!(
        (answer.status, told(&portal.events(answer.request_id()).await).as_str()),
        (404, "finding.read finding.read!authz_fail/not_in_scope")
    );
    let nowhere = browser.get(&format!("/findings/{NOWHERE}")).await;
    let words = |answer: &Answer, id: Uuid| {
        let lines = answer.body.lines().filter(|line| !line.contains("<span>printed "));
        lines.collect::<String>().replace(&answer.request_id().to_string(), "").replace(&id.to_string(), "")
    };
    assert_eq!(words(&answer, other), words(&nowhere, NOWHERE));
    assert_eq!(browser.get("/findings.csv").await.status, 403);
    assert_eq!(open(&browser, Uuid::now_v7(), &[CASE_A]).await.status, 403);
}

#[actix_web::test]
async fn evidence_stays_as_it_was_copied() {
    let portal = TestPortal::start().await;
    let id = id_of(&open(&portal.as_role("manager").await, Uuid::now_v7(), &[CASE_A]).await);
    let mut worker = portal.deref().as_role("portal_owner").await;
    for sql in [
        format!("UPDATE portal.finding_evidence SET outcome = 'unknown' WHERE finding_id = '{id}'"),
        format!("DELETE FROM portal.finding_evidence WHERE finding_id = '{id}'"),
        format!("DELETE FROM portal.finding_events WHERE finding_id = '{id}'"),
        format!("UPDATE portal.review_events SET note = 'other' WHERE case_id = '{CASE_A}'"),
    ] {
        assert_eq!(worker.run(&sql).await, Err("HA403".to_owned()), "{sql}");
    }
}

#[actix_web::test]
async fn the_lists_views_hold_what_their_tabs_count() {
    let portal = TestPortal::start().await;
    portal
        .sql(&format!(
            "INSERT INTO portal.findings (id, number, title, severity, status, facility_id, created_by, assigned_to, due_date)
             SELECT gen_random_uuid(), 'FND-2025-' || lpad(n::text, 4, '0'), 'Finding ' || n, 'low',
                    (ARRAY['open', 'investigating', 'closed_remediated'])[1 + n % 3], '{FACILITY_A}', '{MANAGER}',
                    CASE WHEN n % 5 = 0 THEN '{MANAGER}' ELSE '{COORDINATOR_A}' END::uuid, current_date + n % 40 - 20
               FROM generate_series(1, 120) n"
        ))
        .await;
    let browser = portal.as_role("manager").await;
    let page = browser.get("/findings").await.body;
    let tabs = page.split("<nav class=\"tabs\"").nth(1).and_then(|tabs| tabs.split("</nav>").next()).expect("tabs");
    for tab in tabs.split("<a ").skip(1) {
        let href = tab
            .split("href=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .expect("a link")
            .replace("&amp;", "&")
            .replace("&#38;", "&");
        let text = tab.split("</a>").next().expect("its end").split('>').skip(1).collect::<String>();
        let told: usize = text.chars().filter(char::is_ascii_digit).collect::<String>().parse().expect("a count");
        let (mut next, mut seen, mut all) = (Some(href.clone()), HashSet::new(), 0);
        while let Some(path) = next {
            let body = browser.get(&path).await.body;
            let rows = body
                .split("id=\"rows\"")
                .nth(1)
                .and_then(|rows| rows.split("</tbody>").next())
                .unwrap_or_default()
                .to_owned();
            for link in rows.split("href=\"/findings/").skip(1) {
                seen.insert(link[..36].to_owned());
                all += 1;
            }
            let pager =
                body.split("id=\"pager\"").nth(1).and_then(|rest| rest.split("</div>").next()).unwrap_or_default();
            next = pager
                .split("href=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .map(|href| href.replace("&amp;", "&").replace("&#38;", "&"));
        }
        assert_eq!((seen.len(), all), (told, told), "{href}");
    }
}

#[actix_web::test]
async fn nobody_sees_a_finding_about_themselves() {
    let portal = TestPortal::start().await;
    let second = portal.as_role("manager_two").await;
    let finding = id_of(&open(&second, Uuid::now_v7(), &[CASE_ABOUT_MANAGER]).await);
    assert_eq!(second.get(&format!("/findings/{finding}")).await.status, 200);
    let manager = portal.as_role("manager").await;
    let page = manager.get(&format!("/findings/{finding}")).await;
    assert_eq!(page.status, 404);
    assert_eq!(told(&portal.events(page.request_id()).await), "finding.read finding.read!authz_fail/not_in_scope");
    for list in ["/findings", "/findings.csv"] {
        assert!(!manager.get(list).await.body.contains(&finding.to_string()), "{list}");
        assert!(second.get(list).await.body.contains(&finding.to_string()), "{list}");
    }
}

#[actix_web::test]
async fn a_form_key_counts_for_its_own_form_only() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("manager").await;
    let key = Uuid::now_v7();
    portal
        .sql(&format!(
            "INSERT INTO portal.form_keys (person_id, form, form_key, result_id) VALUES ('{MANAGER}', 'import', '{key}', gen_random_uuid())"
        ))
        .await;
    let finding = id_of(&open(&browser, key, &[CASE_A]).await);
    assert_eq!(browser.get(&format!("/findings/{finding}")).await.status, 200);
}

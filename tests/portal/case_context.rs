//! A case beside its whole context: every row, what was true then and is now, what is usual, who else was there, earlier cases,
//! and as numbers what lies outside the reader's scope.

use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Answer, Browser, TestDb, TestPortal};

/// As a superuser, past the triggers that date what is entered.
async fn past_triggers(db: &TestDb, sql: &str) {
    db.sql(&format!("BEGIN; SET LOCAL session_replication_role = replica; {sql}; COMMIT")).await;
}

fn case(id: Uuid) -> String {
    format!("/access-logs/cases/{id}")
}

/// A section of the page, from its heading on.
fn section<'a>(body: &'a str, heading: &str) -> &'a str {
    let at = body.find(&format!("id=\"{heading}\"")).unwrap_or_else(|| panic!("no {heading}: {body}"));
    body[at..].split("</section>").next().unwrap_or_default()
}

/// A row of the table of then and now: then, and now.
fn fact(body: &str, label: &str) -> (String, String) {
    let table = section(body, "h-facts");
    let row = table
        .split("<tr role=\"row\">")
        .find(|row| row.contains(&format!("scope=\"row\">{label}</th>")))
        .unwrap_or_else(|| panic!("no {label}: {table}"));
    let cells: Vec<_> = row.split("<td ").skip(1).map(words).collect();
    (cells[0].clone(), cells[1].clone())
}

/// The words of a piece of a page.
fn words(html: &str) -> String {
    let html = html.split_once('>').map_or(html, |(_, rest)| rest);
    let text: String =
        html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect::<Vec<_>>().join(" ");
    text.replace("&#39;", "’").split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn shown(db: &TestDb, answer: &Answer, resource_type: &str) -> Vec<Uuid> {
    db.value::<Option<Vec<Uuid>>>(&format!(
        "SELECT array_agg(x) FROM audit.shown_rows s JOIN audit.events e USING (event_id), unnest(s.resource_ids) x
          WHERE e.request_id = '{}' AND s.resource_type = '{resource_type}'",
        answer.request_id()
    ))
    .await
    .unwrap_or_default()
}

/// `count` more rows, from two days ago on: by a login, in a facility, about a patient, each with an event id of its own.
async fn more_rows(db: &TestDb, count: usize, login: Uuid, facility: Uuid, patient: Uuid) {
    db.sql(&format!(
        "INSERT INTO portal.access_logs (id, action_at, actor_kind, login_id, facility_id, source_id, source_event_id, resource_type, resource_word,
             resource_id, patient_id, access_type, access_word, access_reason, outcome, device_label, on_behalf_of, batch_id, ordinal)
         SELECT (left(audit.uuid_floor(at)::text, 13) || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, at, 'workforce', '{login}', '{facility}',
                '{SOURCE}', 'MORE-' || n, 'Observation', 'Flowsheet', NULL, '{patient}', 'print', 'PRINT IT', 'TREAT', 'success', 'WS-9',
                'Dr. Ward', '{BATCH}', 1000 + n
           FROM generate_series(4096, 4095 + {count}) n,
                LATERAL (SELECT date_trunc('milliseconds', now()) - interval '30 hours' + n * interval '10 milliseconds' AS at) t"
    ))
    .await;
}

async fn all_of_a_case(portal: &TestPortal, browser: &Browser, id: Uuid) -> (Vec<String>, usize) {
    let (mut next, mut events, mut pages) = (Some(case(id)), Vec::new(), 0);
    while let Some(path) = next {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let rows =
            answer.body.split("id=\"rows\"").nth(1).and_then(|rest| rest.split("</tbody>").next()).unwrap_or_default();
        let found: Vec<_> = rows
            .split("<tr ")
            .skip(1)
            .map(|row| {
                row.split("event</span> <span class=\"id\">")
                    .nth(1)
                    .and_then(|rest| rest.split('<').next())
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect();
        assert!(found.len() <= 50);
        let ids: Vec<Uuid> = portal
            .value::<Option<Vec<Uuid>>>(&format!(
                "SELECT array_agg(id) FROM portal.access_logs WHERE source_event_id = ANY ('{{{}}}')",
                found.join(",")
            ))
            .await
            .unwrap_or_default();
        let known = shown(portal, &answer, "access_log").await;
        assert!(ids.iter().all(|id| known.contains(id)), "the trail knows every row of {path}");
        events.extend(found);
        pages += 1;
        let below =
            answer.body.split("id=\"pager\"").nth(1).and_then(|rest| rest.split("</div>").next()).unwrap_or_default();
        next = below
            .split("href=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .map(|href| href.replace("&#38;", "&").replace("&amp;", "&"));
    }
    (events, pages)
}

#[actix_web::test]
async fn every_row_of_a_case_is_shown_page_after_page_with_what_the_source_said() {
    let db = TestDb::new().await;
    more_rows(&db, 120, LOGIN_NURSE, FACILITY_A, PATIENT_ONE).await;
    db.sql(&format!(
        "INSERT INTO portal.case_rows (case_id, access_id) SELECT '{CASE_A}', id FROM portal.access_logs WHERE ordinal > 1000;
         UPDATE portal.review_cases SET row_count = 122 WHERE id = '{CASE_A}'"
    ))
    .await;
    let portal = TestPortal::on(db, |_| {}).await;
    let browser = portal.as_role("coordinator_a").await;
    let (events, pages) = all_of_a_case(&portal, &browser, CASE_A).await;
    let expected: Vec<String> = portal
        .value(&format!(
            "SELECT array_agg(a.source_event_id ORDER BY a.id) FROM portal.case_rows r JOIN portal.access_logs a ON a.id = r.access_id WHERE r.case_id = '{CASE_A}'"
        ))
        .await;
    assert_eq!((events.len(), pages), (122, 3));
    assert_eq!(events, expected, "oldest first, each once");
    let first = browser.get(&case(CASE_A)).await.body;
    for said in ["PRINT IT", "Flowsheet", "Dr. Ward", "WS-9", "50 of 122 shown"] {
        assert!(first.contains(said), "{said}: {first}");
    }
    // more of the same rows need no context again
    let after: Uuid = portal.value("SELECT id FROM portal.access_logs WHERE source_event_id = 'MORE-4100'").await;
    let path = format!("{}?after={after}", case(CASE_A));
    let part = browser.request("GET", &path).header("HX-Request", "true").header("HX-Target", "rows");
    let part = browser.send(part).await.body;
    assert!(part.contains("MORE-4101") && !part.contains("MORE-4100") && !part.contains("h-others"), "{part}");
    let whole = browser.get(&path).await.body;
    assert!(whole.contains("Continued from an earlier page") && whole.contains("h-others"));
    assert_eq!(browser.get(&format!("{}?after=yesterday", case(CASE_A))).await.status, 400);
    // the row of another case begins nothing
    let foreign = browser.get(&format!("{}?after={}", case(CASE_A), access_id(&portal, 6).await)).await.body;
    assert!(!foreign.contains("EV-6"), "{foreign}");
}

#[actix_web::test]
async fn then_is_what_was_true_with_what_was_entered_later_and_now_is_what_differs() {
    let db = TestDb::new().await;
    // the end was entered twelve hours ago, after the access of a day ago
    past_triggers(
        &db,
        &format!(
            "UPDATE portal.employment_periods SET recorded_at = '2020-01-02', end_known_at = now() - interval '12 hours' WHERE person_id = '{NURSE_A}';
             INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, supervisor_id, starts_on, recorded_at, superseded_at)
             SELECT gen_random_uuid(), person_id, facility_id, department_id, job_role, supervisor_id, starts_on, '2020-01-02', now() - interval '12 hours'
               FROM portal.employment_periods WHERE person_id = '{NURSE_A}';
             UPDATE portal.training_records SET expires_on = current_date - 20, recorded_at = '2020-01-02' WHERE person_id = '{NURSE_A}';
             UPDATE portal.login_holders SET recorded_at = '2020-01-02' WHERE person_id = '{NURSE_A}'"
        ),
    )
    .await;
    let portal = TestPortal::on(db, |_| {}).await;
    let browser = portal.as_role("coordinator_a").await;
    let day = async |sql: &str| -> String { portal.value(&format!("SELECT to_char({sql}, 'FMMon FMDD, YYYY')")).await };
    let entered = day("(now() - interval '12 hours') AT TIME ZONE 'America/Chicago'").await;
    let left = day("current_date - 10").await;
    let page = browser.get(&case(CASE_A)).await.body;
    let (then, now) = fact(&page, "Employment");
    assert_eq!(
        then,
        format!(
            "Ended last day {left} Entered {entered}, after the access. Until then the portal had: active, Registered nurse, Emergency."
        )
    );
    assert_eq!(now, "The same");
    assert_eq!(fact(&page, "Job"), ("Registered nurse".to_owned(), "The same".to_owned()));
    let expired = day("current_date - 20").await;
    assert_eq!(
        fact(&page, "Training"),
        (format!("Lapsed 1 of 1 lapsed: HIPAA-101 expired {expired}"), "The same".to_owned())
    );
    assert_eq!(fact(&page, "Login"), ("brac11".to_owned(), "The same".to_owned()));

    // since then she is back as a registrar, has taken the course again, and the login is somebody else's
    past_triggers(
        &portal,
        &format!(
            "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on, recorded_at)
             VALUES (gen_random_uuid(), '{NURSE_A}', '{FACILITY_A}', '{DEPARTMENT_A}', 'Registrar', (now() AT TIME ZONE 'America/Chicago')::date, now());
             INSERT INTO portal.training_records (id, person_id, course_code, completed_at, recorded_at)
             VALUES (gen_random_uuid(), '{NURSE_A}', 'HIPAA-101', now(), now());
             UPDATE portal.login_holders SET valid_to = now() - interval '2 hours' WHERE login_id = '{LOGIN_NURSE}';
             INSERT INTO portal.login_holders (id, login_id, person_id, valid_from) VALUES (gen_random_uuid(), '{LOGIN_NURSE}', '{FIELD_STAFF}', now() - interval '2 hours')"
        ),
    )
    .await;
    let page = browser.get(&case(CASE_A)).await.body;
    let today = day("now() AT TIME ZONE 'America/Chicago'").await;
    let (then, now) = fact(&page, "Employment");
    assert!(then.starts_with(&format!("Ended last day {left}")), "{then}");
    assert_eq!(now, format!("Active, since {today} (entered {today})"));
    assert_eq!(fact(&page, "Job").1, "Registrar");
    let completed = day("now() AT TIME ZONE 'America/Chicago'").await;
    assert_eq!(fact(&page, "Training").1, format!("HIPAA-101 completed {completed}"));
    assert_eq!(fact(&page, "Login").1, "Held by Philippa Zellweger");
    // the drawer says the same in short
    let drawer = browser.request("GET", &case(CASE_A)).header("HX-Request", "true").header("HX-Target", "drawer");
    let drawer = browser.send(drawer).await.body;
    assert!(
        drawer.contains(&format!("HIPAA-101 completed {completed}")) && drawer.contains("after the access"),
        "{drawer}"
    );
    assert!(!drawer.contains("h-others"));
}

#[actix_web::test]
async fn what_was_completed_before_and_entered_after_the_access_says_so() {
    let db = TestDb::new().await;
    past_triggers(
        &db,
        &format!(
            "UPDATE portal.training_records SET expires_on = current_date - 20, recorded_at = '2020-01-02' WHERE person_id = '{NURSE_A}';
             INSERT INTO portal.training_records (id, person_id, course_code, completed_at, recorded_at)
             VALUES (gen_random_uuid(), '{NURSE_A}', 'HIPAA-101', now() - interval '5 days', now() - interval '1 hour')"
        ),
    )
    .await;
    let portal = TestPortal::on(db, |_| {}).await;
    let page = portal.as_role("manager_two").await.get(&case(CASE_A)).await.body;
    let (then, now) = fact(&page, "Training");
    assert!(then.starts_with("Current 1 course Entered "), "{then}");
    assert!(then.ends_with(", after the access. Until then the portal had: 1 of 1 lapsed."), "{then}");
    assert_eq!(now, "The same");
}

#[actix_web::test]
async fn beside_a_vendors_account_stands_the_agreement_of_that_day_and_of_today() {
    let vendors = Uuid::from_u128(0x0199_0000_0000_7000_9200_0000_0000_0001);
    let portal = TestPortal::start().await;
    past_triggers(
        &portal,
        &format!(
            "INSERT INTO portal.review_cases (id, vendor_id, login_id, patient_id, local_day, facility_id, state, risk, version, first_action_at,
               last_action_at, row_count, access_type, resource_type)
             SELECT '{vendors}', '{VENDOR}', login_id, patient_id, (action_at AT TIME ZONE 'America/New_York')::date, facility_id, 'unassigned', 'high', 1,
               action_at, action_at, 1, 'view', 'Encounter' FROM portal.access_logs WHERE ordinal = 10;
             INSERT INTO portal.case_rows (case_id, access_id) SELECT '{vendors}', id FROM portal.access_logs WHERE ordinal = 10;
             UPDATE portal.agreements SET recorded_at = '2019-01-01', effective_to = current_date - 9;
             INSERT INTO portal.agreements (id, vendor_id, effective_from, recorded_at)
             SELECT gen_random_uuid(), '{VENDOR}', current_date - 1 + 1, now()"
        ),
    )
    .await;
    let day = async |sql: &str| -> String { portal.value(&format!("SELECT to_char({sql}, 'FMMon FMDD, YYYY')")).await };
    let manager = portal.as_role("manager").await;
    let page = manager.get(&case(vendors)).await.body;
    assert_eq!(fact(&page, "Account").0, "Vendor account of Northwind Transcription");
    let ended = day("current_date - 9").await;
    let (then, now) = fact(&page, "Agreement");
    assert_eq!(then, format!("None in effect the last one ended {ended}"));
    // the new one is in effect from today, as the facility's day has it
    let begun: bool = portal.value("SELECT (now() AT TIME ZONE 'America/New_York')::date >= current_date").await;
    let from = day("current_date").await;
    assert_eq!(now, if begun { format!("In effect, from {from}") } else { "The same".to_owned() });
    // an agreement that covered the day, but was entered after it
    past_triggers(&portal, "UPDATE portal.agreements SET effective_from = current_date - 8 WHERE effective_to IS NULL")
        .await;
    let (then, now) = fact(&manager.get(&case(vendors)).await.body, "Agreement");
    assert!(then.contains("after the access. Until then the portal had: None in effect, the last one ended"), "{then}");
    assert_eq!(now, "The same");
    let nurse = manager.get(&case(CASE_A)).await;
    assert_eq!(nurse.status, 200);
    assert_eq!(fact(&nurse.body, "Agreement").0, "Not required (workforce member)");
}

/// Colleagues of the nurse with `patients` on each of the ten days before the access, and hers.
async fn work(db: &TestDb, people: usize, patients: usize) {
    db.sql(&format!(
        "UPDATE portal.employment_periods SET ends_on = NULL WHERE person_id = '{NURSE_A}';
         DELETE FROM portal.login_days;
         INSERT INTO portal.people (id, full_name, role)
         SELECT ('01990000-0000-7000-8004-' || lpad(to_hex(n), 12, '0'))::uuid, 'Colleague ' || n, 'field_staff' FROM generate_series(1, {people}) n;
         INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on)
         SELECT gen_random_uuid(), id, '{FACILITY_A}', '{DEPARTMENT_A}', 'Registered nurse', '2020-01-01' FROM portal.people WHERE full_name LIKE 'Colleague %';
         INSERT INTO portal.ehr_logins (id, source_id, login)
         SELECT ('01990000-0000-7000-8005-' || lpad(to_hex(n), 12, '0'))::uuid, '{SOURCE}', 'coll' || n FROM generate_series(1, {people}) n;
         INSERT INTO portal.login_holders (id, login_id, person_id, valid_from)
         SELECT gen_random_uuid(), ('01990000-0000-7000-8005-' || lpad(to_hex(n), 12, '0'))::uuid,
                ('01990000-0000-7000-8004-' || lpad(to_hex(n), 12, '0'))::uuid, '2020-01-01' FROM generate_series(1, {people}) n;
         INSERT INTO portal.login_days (login_id, local_day, rows, patients)
         SELECT l.id, c.local_day - d, {patients} * 2, {patients}
           FROM portal.ehr_logins l, portal.review_cases c, generate_series(1, 10) d WHERE l.login LIKE 'coll%' AND c.id = '{CASE_A}';
         INSERT INTO portal.login_days (login_id, local_day, rows, patients)
         SELECT '{LOGIN_NURSE}', c.local_day - d, CASE d WHEN 0 THEN 60 ELSE 20 + d END, CASE d WHEN 0 THEN 48 ELSE 6 + d % 3 END
           FROM portal.review_cases c, generate_series(0, 9) d WHERE c.id = '{CASE_A}'"
    ))
    .await;
}

#[actix_web::test]
async fn what_is_usual_for_the_person_and_for_the_job_stands_there_as_numbers_and_as_charts() {
    let db = TestDb::new().await;
    work(&db, 3, 12).await;
    // a fourth colleague, of another job, says nothing of this one
    db.sql("UPDATE portal.employment_periods SET job_role = 'Physician' WHERE person_id = (SELECT id FROM portal.people WHERE full_name = 'Colleague 3');
            UPDATE portal.login_days SET patients = 900 WHERE login_id = (SELECT id FROM portal.ehr_logins WHERE login = 'coll3')").await;
    let portal = TestPortal::on(db, |_| {}).await;
    for username in ["coordinator_a", "manager_two", "auditor"] {
        let page = portal.as_role(username).await.get(&case(CASE_A)).await.body;
        let usual = section(&page, "h-usual");
        let said = words(usual);
        for number in [
            "On this day 48 patients 60 records opened",
            "Usual for this person 7 median of 9 days with work in 30, 25 records",
            "Usual for this job 12 median of 2 people in 30 days",
        ] {
            assert!(said.contains(number), "{username}: {number}: {said}");
        }
        assert_eq!(usual.matches("role=\"img\"").count(), 3, "{usual}");
        assert!(usual.contains("Usually 7; 48 on "), "the chart's title says the finding: {usual}");
        assert_eq!(usual.matches("<tr><th scope=\"row\">").count(), 31 + 24, "the same numbers as a table");
        assert!(said.contains("12 (2 people)") && !said.contains("900"), "{said}");
        assert!(said.contains("records opened in the 30 days before"), "{said}");
    }
    let browser = portal.as_role("coordinator_a").await;
    let drawer = browser.request("GET", &case(CASE_A)).header("HX-Request", "true").header("HX-Target", "drawer");
    let drawer = browser.send(drawer).await.body;
    assert!(drawer.contains("48 patients on this day; usually 7"), "{drawer}");
}

#[actix_web::test]
async fn others_on_the_same_patient_stand_there_and_those_outside_as_a_number() {
    let portal = TestPortal::start().await;
    let patient = PATIENT_ONE;
    portal.sql(&format!("UPDATE portal.review_cases SET patient_id = '{patient}' WHERE id = '{CASE_A}'")).await;
    let others = async |username: &str| {
        let answer = portal.as_role(username).await.get(&case(CASE_A)).await;
        assert_eq!(answer.status, 200);
        (words(section(&answer.body, "h-others")), answer)
    };
    // within a day of the case there are rows of facility B, by the physician and the vendor
    let rows: Vec<Uuid> = portal
        .value(&format!(
            "SELECT array_agg(a.id) FROM portal.access_logs a, portal.review_cases c
              WHERE c.id = '{CASE_A}' AND a.patient_id = c.patient_id AND a.facility_id = '{FACILITY_B}'
                AND a.action_at BETWEEN c.first_action_at - interval '1 day' AND c.last_action_at + interval '1 day'"
        ))
        .await;
    assert!(rows.len() > 1, "{rows:?}");
    let (all, answer) = others("manager_two").await;
    assert!(all.contains("Ezequiel Castellanos Physician"), "{all}");
    assert!(!all.contains("Josephine"), "not the person of the case: {all}");
    assert!(!all.contains("outside what your account covers"), "{all}");
    let known = shown(&portal, &answer, "access_log").await;
    assert!(rows.iter().all(|row| known.contains(row)), "whose rows were counted is known");
    assert!(answer.body.contains(&format!("/patients/{patient}?from=")), "{}", answer.body);
    let (some, answer) = others("coordinator_a").await;
    assert!(!some.contains("Castellanos") && !some.contains("Northwind"), "{some}");
    assert!(
        some.contains(&format!(
            "{} rows of this patient in this time lie outside what your account covers.",
            rows.len()
        )),
        "{some}"
    );
    let known = shown(&portal, &answer, "access_log").await;
    assert!(!rows.iter().any(|row| known.contains(row)));
    // of many the nearest
    portal
        .sql(&format!(
            "INSERT INTO portal.ehr_logins (id, source_id, login) SELECT md5('l' || n)::uuid, '{SOURCE}', 'ward' || n FROM generate_series(1, 25) n;
             INSERT INTO portal.access_logs (id, action_at, actor_kind, login_id, facility_id, source_id, resource_type, patient_id, access_type,
               access_reason, outcome, batch_id, ordinal)
             SELECT (left(audit.uuid_floor(at)::text, 13) || '-7000-8000-' || lpad(to_hex(n + 4096), 12, '0'))::uuid, at, 'workforce', md5('l' || n)::uuid,
               '{FACILITY_A}', '{SOURCE}', 'Encounter', '{patient}', 'view', 'TREAT', 'success', '{BATCH}', 2000 + n
               FROM generate_series(1, 25) n, LATERAL (SELECT c.first_action_at - n * interval '50 minutes' AS at FROM portal.review_cases c WHERE c.id = '{CASE_A}') t"
        ))
        .await;
    let (nearest, answer) = others("coordinator_a").await;
    assert_eq!(section(&answer.body, "h-others").matches("scope=\"row\"").count(), 20);
    assert!(
        nearest.contains("The 20 nearest.") && nearest.contains("ward1 Unmatched login") && !nearest.contains("ward25"),
        "{nearest}"
    );
    assert!(nearest.contains("50 min before"), "{nearest}");
}

#[actix_web::test]
async fn earlier_cases_stand_there_with_their_decision_for_whom_it_is_not_sealed() {
    let portal = TestPortal::start().await;
    let earlier = async |username: &str| {
        let body = portal.as_role(username).await.get(&case(CASE_A)).await.body;
        words(section(&body, "h-earlier"))
    };
    let number: i64 =
        portal.value(&format!("SELECT number FROM portal.review_cases WHERE id = '{CASE_DECIDED}'")).await;
    for username in ["manager_two", "coordinator_a", "auditor"] {
        let said = earlier(username).await;
        assert!(
            said.contains(&format!("AL-{number} Medium Inappropriate, inadvertent Used after leaving")),
            "{username}: {said}"
        );
        assert!(said.contains("1 other case in 12 months"), "{said}");
        assert!(!said.contains("outside what your account covers"), "{said}");
    }
    // drawn for the blind sample: closed with its decision for the first reviewer, waiting for everybody who may look again
    let drawn = Uuid::from_u128(0x0199_0000_0000_7000_9200_0000_0000_0002);
    past_triggers(
        &portal,
        &format!(
            "UPDATE portal.sample_seeds SET share = 100;
             INSERT INTO portal.review_cases (id, person_id, login_id, patient_id, local_day, facility_id, state, risk, version, first_action_at,
               last_action_at, row_count, access_type, resource_type)
             SELECT '{drawn}', person_id, login_id, patient_id, local_day - 3, facility_id, 'unassigned', 'low', 1, first_action_at, last_action_at, 1,
               access_type, resource_type FROM portal.review_cases WHERE id = '{CASE_A}';
             INSERT INTO portal.review_events (case_id, seq, kind, to_state) VALUES ('{drawn}', 1, 'opened', 'unassigned')"
        ),
    )
    .await;
    let form = [("version", "1"), ("disposition", "duplicate"), ("reason", "other"), ("note", "Twice")];
    let decided = portal.as_role("coordinator_a").await.post(&format!("{}/decision", case(drawn)), &form).await;
    assert_eq!(decided.status, 303, "{}", decided.body);
    let first = earlier("coordinator_a").await;
    assert!(first.contains("Low Duplicate of another case"), "{first}");
    for username in ["manager_two", "auditor"] {
        let blind = earlier(username).await;
        assert!(blind.contains("Low Awaiting second review") && !blind.contains("Duplicate"), "{username}: {blind}");
    }
    // cases and rows of the same person elsewhere are a number
    past_triggers(
        &portal,
        &format!(
            "INSERT INTO portal.review_cases (id, person_id, login_id, patient_id, local_day, facility_id, state, risk, version, first_action_at,
               last_action_at, row_count, access_type, resource_type)
             SELECT gen_random_uuid(), person_id, login_id, patient_id, local_day - n, '{FACILITY_B}', 'unassigned', 'low', 1,
               first_action_at - n * interval '1 day', last_action_at - n * interval '1 day', 1, access_type, resource_type
               FROM portal.review_cases, generate_series(20, 21) n WHERE id = '{CASE_A}'"
        ),
    )
    .await;
    let own = earlier("coordinator_a").await;
    assert!(own.contains("2 more cases in a year lie outside what your account covers."), "{own}");
    let all = earlier("manager_two").await;
    assert!(!all.contains("outside what your account covers") && all.contains("4 other cases"), "{all}");
}

#[actix_web::test]
async fn what_the_person_did_on_that_day_elsewhere_is_a_number() {
    let db = TestDb::new().await;
    more_rows(&db, 7, LOGIN_NURSE, FACILITY_B, PATIENT_TWO).await;
    // the case's day holds its rows and the seven
    db.sql(&format!(
        "UPDATE portal.review_cases c SET local_day = (a.action_at AT TIME ZONE 'America/Chicago')::date FROM portal.access_logs a
          WHERE c.id = '{CASE_A}' AND a.source_event_id = 'MORE-4096'"
    ))
    .await;
    let portal = TestPortal::on(db, |_| {}).await;
    let counted = async |facility: Uuid| -> i64 {
        portal
            .value(&format!(
                "SELECT count(*) FROM portal.access_logs a, portal.review_cases c WHERE c.id = '{CASE_A}' AND a.login_id = '{LOGIN_NURSE}'
                    AND a.facility_id = '{facility}' AND (a.action_at AT TIME ZONE 'America/Chicago')::date = c.local_day"
            ))
            .await
    };
    let (here, there) = (counted(FACILITY_A).await, counted(FACILITY_B).await);
    assert_eq!(there, 7);
    let day = async |username: &str| {
        let body = portal.as_role(username).await.get(&case(CASE_A)).await.body;
        words(section(&body, "h-earlier"))
    };
    let own = day("coordinator_a").await;
    assert!(
        own.contains(&format!("{} rows in all on this day, 7 of them outside what your account covers.", here + there)),
        "{own}"
    );
    let all = day("manager_two").await;
    assert!(all.contains(&format!("{} rows in all on this day. See that day", here + there)), "{all}");
}

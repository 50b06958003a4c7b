//! Rosters over HTTP: the dry run changes nothing, applying writes all of it or none, what was recorded is superseded and
//! never changed, and nobody's account is touched.

use hipaa_auditor::clock;
use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Answer, Browser, TestDb, TestPortal, told};

mod rejects;
mod words;

/// A source of rosters as the mapping tool would make it.
pub const ROSTER_SOURCE: Uuid = Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0a01);

const HEADER: &str =
    "employee_number,full_name,email,facility,department,job_role,supervisor_number,starts_on,ends_on,standing";

/// What everybody of the fixtures with employment looks like in a roster that says what is recorded.
const AS_RECORDED: [&str; 3] = [
    "E-9011,Ezequiel Castellanos,,DUNMORE,Billing,Physician,E-9000,,,active",
    "E-9000,Marguerite Oakhollow,,CEDAR,Emergency,Privacy manager,,,,active",
    "E-9008,Philippa Zellweger,,CEDAR,Emergency,Registrar,E-9000,,,active",
];

/// A mapping for files with [`HEADER`].
pub fn roster_spec() -> serde_json::Value {
    let mut spec = hipaa_auditor::ingest::presets::by_name("hr-roster").expect("a preset").spec;
    "%Y-%m-%d".clone_into(&mut spec.time_format);
    spec.columns = HEADER
        .split(',')
        .filter(|column| *column != "standing")
        .map(|column| (column.to_owned(), vec![column.to_owned()]))
        .collect();
    spec.words.get_mut("standing").expect("a table").columns = vec!["standing".to_owned()];
    spec.to_json()
}

pub async fn roster_source(db: &TestDb) {
    db.sql(&format!(
        "INSERT INTO portal.sources (id, name, time_zone) VALUES ('{ROSTER_SOURCE}', 'Personnel', 'America/Chicago');
         INSERT INTO portal.mappings (id, source_id, version, spec) VALUES (gen_random_uuid(), '{ROSTER_SOURCE}', 1, '{}')",
        roster_spec()
    ))
    .await;
}

/// A portal whose people came by a roster once: what they look like to the rules is recorded.
pub async fn portal() -> TestPortal {
    let db = TestDb::new().await;
    roster_source(&db).await;
    let portal = TestPortal::on(db, |_| {}).await;
    // the manager is one of them, and nobody applies a change of themselves
    let admin = portal.as_role("admin").await;
    let (path, page) = planned(&admin, &AS_RECORDED).await;
    assert!(page.body.contains("3 people would change, 0 unchanged."), "{}", page.body);
    assert_eq!(apply(&admin, &path, &page, &[]).await.status, 303);
    // what that made the rules look at again is done
    portal.sql("DELETE FROM portal.rule_reruns; DELETE FROM portal.jobs").await;
    portal
}

pub fn today() -> String {
    clock::today_in("America/Chicago").to_string()
}

/// Uploads a roster of these lines; where its plan is.
pub async fn upload(browser: &Browser, lines: &[&str]) -> Answer {
    let file = format!("{HEADER}\n{}\n", lines.join("\n"));
    let form = reqwest::multipart::Form::new()
        .text("source", ROSTER_SOURCE.to_string())
        .text("as_of", today())
        .text("form_key", Uuid::now_v7().to_string())
        .part("file", reqwest::multipart::Part::text(file).file_name("roster.csv"));
    browser.send(browser.request("POST", "/people/roster").multipart(form)).await
}

/// The plan's page of an upload that was accepted.
async fn planned(browser: &Browser, lines: &[&str]) -> (String, Answer) {
    let answer = upload(browser, lines).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let path = answer.location().to_owned();
    let page = browser.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.body);
    (path, page)
}

fn field<'a>(page: &'a Answer, name: &str) -> &'a str {
    let at = page
        .body
        .split(&format!("name=\"{name}\" value=\""))
        .nth(1)
        .unwrap_or_else(|| panic!("no {name}: {}", page.body));
    at.split('"').next().unwrap_or_default()
}

pub async fn apply(browser: &Browser, path: &str, page: &Answer, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("plan", field(page, "plan"))];
    fields.extend(more);
    browser.post(&format!("{path}/application"), &fields).await
}

async fn periods(db: &TestDb, person: Uuid) -> Vec<String> {
    db.value(&format!(
        "SELECT coalesce(array_agg(concat_ws(' ', f.site_code, e.job_role, e.starts_on, e.ends_on,
                  CASE WHEN e.on_leave THEN 'leave' END) ORDER BY e.starts_on, e.id), '{{}}')
           FROM portal.employment_periods e JOIN portal.facilities f ON f.id = e.facility_id
          WHERE e.person_id = '{person}' AND e.superseded_at IS NULL"
    ))
    .await
}

#[actix_web::test]
async fn a_dry_run_changes_nothing_and_says_what_would() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let before: String =
        portal.value("SELECT md5(string_agg(e::text, '' ORDER BY id)) FROM portal.employment_periods e").await;
    let (_, page) = planned(
        &manager,
        &[
            AS_RECORDED[0],
            AS_RECORDED[1],
            "E-9008,Philippa Zellweger,,DUNMORE,Billing,Registrar,E-9000,,,active",
            "E-7001,Imogen Lightfoot,,CEDAR,Pharmacy,Pharmacist,E-9000,,,active",
            "E-7002,Nobody Known,,NOWHERE,Billing,Clerk,,,,active",
        ],
    )
    .await;
    assert!(page.body.contains("2 people would change, 2 unchanged. 1 line has a problem."), "{}", page.body);
    assert!(page.body.contains("Imogen Lightfoot") && page.body.contains("(new department)"));
    assert!(page.body.contains("No facility has this name or site code"));
    assert!(!page.body.contains("Ezequiel Castellanos"), "the unchanged have a tab of their own");
    let after: String =
        portal.value("SELECT md5(string_agg(e::text, '' ORDER BY id)) FROM portal.employment_periods e").await;
    assert_eq!(before, after);
    assert_eq!(portal.value::<i64>("SELECT count(*) FROM portal.people WHERE full_name = 'Imogen Lightfoot'").await, 0);
}

#[actix_web::test]
async fn applying_supersedes_adds_and_asks_the_rules_to_look_again() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let (path, page) = planned(
        &manager,
        &[
            "E-9011,Ezequiel Castellanos,,DUNMORE,Billing,Physician,E-9000,,2026-11-01,terminated",
            AS_RECORDED[1],
            "E-9008,Philippa Zellweger,phil@example.org,CEDAR,Pharmacy,Registrar,E-7001,,,active",
            "E-7001,Imogen Lightfoot,,CEDAR,Pharmacy,Pharmacist,E-9000,2026-03-01,,leave",
        ],
    )
    .await;
    let answer = apply(&manager, &path, &page, &[]).await;
    assert_eq!(
        (answer.status, told(&portal.events(answer.request_id()).await).as_str()),
        (303, "roster.read roster.apply")
    );
    assert_eq!(periods(&portal, PHYSICIAN_B).await, ["DUNMORE Physician 2020-01-01 2026-11-01"]);
    assert_eq!(
        periods(&portal, FIELD_STAFF).await,
        [
            format!("CEDAR Registrar 2021-01-01 {}", clock::today_in("America/Chicago").pred_opt().expect("a day")),
            format!("CEDAR Registrar {}", today())
        ]
    );
    let new: Uuid = portal.value("SELECT id FROM portal.people WHERE employee_number = 'E-7001'").await;
    assert_eq!(periods(&portal, new).await, ["CEDAR Pharmacist 2026-03-01 leave"]);
    assert_eq!(
        portal
            .value::<String>(&format!(
                "SELECT concat_ws(' ', role, username, active) FROM portal.people WHERE id = '{new}'"
            ))
            .await,
        "field_staff t",
        "somebody new cannot sign in"
    );
    let kept: String = portal
        .value(&format!("SELECT concat_ws(' ', role, username, email) FROM portal.people WHERE id = '{FIELD_STAFF}'"))
        .await;
    assert_eq!(kept, "field_staff field_staff", "the account is as it was, without an address");
    assert!(
        portal
            .value::<bool>(&format!(
                "SELECT bool_and(superseded_at IS NOT NULL) FROM portal.employment_periods WHERE id IN
                   (SELECT id FROM portal.employment_periods WHERE person_id IN ('{PHYSICIAN_B}', '{FIELD_STAFF}') AND created_at < now() - interval '0 s'
                     AND starts_on < '2022-01-01' AND ends_on IS NULL)"
            ))
            .await,
        "what was recorded is superseded, not changed"
    );
    assert!(
        portal
            .value::<bool>(&format!(
                "SELECT end_known_at > now() - interval '1 minute' FROM portal.employment_periods WHERE person_id = '{PHYSICIAN_B}' AND superseded_at IS NULL"
            ))
            .await,
        "an end that is entered late says when it became known"
    );
    let rerun: String = portal
        .value("SELECT concat_ws(' ', cause, array_to_string(login_ids, ','), (from_at AT TIME ZONE 'America/Chicago')) FROM portal.rule_reruns WHERE state <> 'failed'")
        .await;
    assert_eq!(rerun, format!("employment_changed {LOGIN_PHYSICIAN} 2026-02-28 00:00:00"));
    let seen: Vec<Uuid> = portal
        .value(&format!(
            "SELECT resource_ids FROM audit.shown_rows s JOIN audit.events e USING (event_id)
              WHERE e.action = 'roster.apply' AND e.request_id = '{}'",
            answer.request_id()
        ))
        .await;
    assert_eq!(seen.len(), 3, "the trail knows whom the roster touched");
}

#[actix_web::test]
async fn the_same_file_twice_changes_nothing_the_second_time() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let lines = [
        "E-9011,Ezequiel Castellanos,,DUNMORE,Billing,Physician,E-9000,,2026-11-01,terminated",
        AS_RECORDED[1],
        "E-9008,Philippa Zellweger,,CEDAR,Pharmacy,Registrar,E-7001,,,leave",
        "E-7001,Imogen Lightfoot,imogen@example.org,CEDAR,Pharmacy,Pharmacist,E-9000,2026-03-01,,active",
    ];
    let (path, page) = planned(&manager, &lines).await;
    assert_eq!(apply(&manager, &path, &page, &[]).await.status, 303);
    let (_, page) = planned(&manager, &lines).await;
    assert!(page.body.contains("Nobody would change, 4 unchanged."), "{}", page.body);
    assert!(!page.body.contains("Apply this roster</button>"), "nothing to apply");
}

#[actix_web::test]
async fn a_plan_that_no_longer_holds_is_shown_anew_and_writes_nothing() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let lines = ["E-9008,Philippa Zellweger,,CEDAR,Pharmacy,Registrar,E-9000,,,active", AS_RECORDED[1]];
    let (path, page) = planned(&manager, &lines).await;
    portal
        .sql(&format!(
            "UPDATE portal.employment_periods SET superseded_at = now() WHERE person_id = '{FIELD_STAFF}';
             INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on)
             VALUES (gen_random_uuid(), '{FIELD_STAFF}', '{FACILITY_B}', '{DEPARTMENT_B}', 'Clerk', '2022-01-01')"
        ))
        .await;
    let answer = apply(&manager, &path, &page, &[]).await;
    assert_eq!(answer.status, 409);
    assert_eq!(
        told(&portal.events(answer.request_id()).await),
        "roster.read roster.apply!validate_fail/conflict roster.read roster.create roster.read"
    );
    assert!(answer.body.contains("The workforce changed since you read this plan"));
    assert_eq!(periods(&portal, FIELD_STAFF).await, ["DUNMORE Clerk 2022-01-01"]);
    // what is shown now can be applied
    let again = apply(&manager, &path, &answer, &[]).await;
    assert_eq!(again.status, 303, "{}", again.body);
    assert_eq!(periods(&portal, FIELD_STAFF).await.len(), 2);
    // and once only
    assert_eq!(apply(&manager, &path, &answer, &[]).await.status, 409);
    assert_eq!(periods(&portal, FIELD_STAFF).await.len(), 2);
}

#[actix_web::test]
async fn who_is_missing_stays_unless_somebody_says_they_left_and_when() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let (path, page) = planned(&manager, &AS_RECORDED[1..]).await;
    assert!(page.body.contains("Missing from the file") && page.body.contains("Ezequiel Castellanos"));
    let undated = apply(&manager, &path, &page, &[("missing_left", "yes"), ("left_on", "")]).await;
    assert_eq!(undated.status, 422);
    assert!(
        undated.body.contains("Enter their last day of work")
            && undated.body.contains("name=\"missing_left\" value=\"yes\" checked")
    );
    let answer = apply(&manager, &path, &page, &[("missing_left", "yes"), ("left_on", "2026-11-10")]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(periods(&portal, PHYSICIAN_B).await, ["DUNMORE Physician 2020-01-01 2026-11-10"]);
    assert_eq!(periods(&portal, MANAGER).await, ["CEDAR Privacy manager 2019-01-01"], "who is named stays");
}

#[actix_web::test]
async fn a_coordinator_changes_nobody_at_another_facility() {
    let portal = portal().await;
    let coordinator = portal.as_role("coordinator_a").await;
    let (path, page) = planned(
        &coordinator,
        &[
            "E-9011,Ezequiel Castellanos,,CEDAR,Emergency,Physician,,,,active",
            "E-9008,Philippa Zellweger,,DUNMORE,Billing,Registrar,,,,active",
            "E-7001,Imogen Lightfoot,,CEDAR,Emergency,Nurse,,,,active",
        ],
    )
    .await;
    assert!(page.body.contains("works at a facility that your account does not cover"), "{}", page.body);
    assert!(page.body.contains("Your account does not cover this facility"));
    assert_eq!(page.body.matches("Missing from the file</span>").count(), 1, "nobody of another facility is missing");
    assert_eq!(apply(&coordinator, &path, &page, &[]).await.status, 303);
    assert_eq!(periods(&portal, PHYSICIAN_B).await, ["DUNMORE Physician 2020-01-01"]);
    assert_eq!(periods(&portal, FIELD_STAFF).await, ["CEDAR Registrar 2021-01-01"]);
    let elsewhere = portal.as_role("coordinator_b").await;
    let foreign = apply(&elsewhere, &path, &page, &[]).await;
    assert_eq!(foreign.status, 404, "another's roster is not theirs to apply");
}

#[actix_web::test]
async fn a_form_that_cannot_be_accepted_comes_back_with_what_was_typed() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let form = reqwest::multipart::Form::new().text("source", "").text("as_of", "soon");
    let answer = manager.send(manager.request("POST", "/people/roster").multipart(form)).await;
    assert_eq!(answer.status, 422);
    for words in ["Choose the source that this roster comes from", "Enter the day the roster is of", "value=\"soon\""] {
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    assert_eq!(portal.value::<i64>("SELECT count(*) FROM portal.rosters").await, 2, "the fixtures' and the first one");
}

#[actix_web::test]
async fn a_plan_can_be_taken_along_as_a_file() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let (path, _) =
        planned(&manager, &["E-7001,Imogen Lightfoot,,CEDAR,Emergency,=cmd,,,,active", AS_RECORDED[1]]).await;
    let file = manager.get(&format!("{path}.csv")).await;
    assert_eq!(file.status, 200);
    let lines: Vec<_> = file.body.lines().collect();
    assert_eq!(lines.len(), 1 + 1 + 2, "the new line, and two people missing: {}", file.body);
    assert!(lines[1].starts_with("2,added,,true,"), "{}", lines[1]);
    assert!(lines[1].contains("\"'=cmd\""), "a formula is neutralised");
}

#[actix_web::test]
async fn the_trail_knows_whom_the_file_of_a_plan_names() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let (path, _) = planned(
        &manager,
        &["E-7001,Imogen Lightfoot,,CEDAR,Emergency,Nurse,,,,active", AS_RECORDED[0], AS_RECORDED[1]],
    )
    .await;
    let file = manager.get(&format!("{path}.csv?change=missing")).await;
    assert!(file.body.contains("Philippa Zellweger") && !file.body.contains("Castellanos"), "{}", file.body);
    let whole = manager.get(&format!("{path}.csv")).await;
    assert!(whole.body.contains("Imogen Lightfoot"), "somebody new has no id, and costs nobody else theirs");
    let seen = async |person: Uuid| {
        portal
            .value::<Vec<Uuid>>(&format!(
                "SELECT coalesce(array_agg(e.request_id ORDER BY e.event_id), '{{}}') FROM audit.shown_rows s JOIN audit.events e USING (event_id)
                  WHERE e.action = 'roster.plan.export' AND s.resource_type = 'person' AND s.resource_ids @> ARRAY['{person}'::uuid]"
            ))
            .await
    };
    assert_eq!(seen(FIELD_STAFF).await, [file.request_id(), whole.request_id()], "who has seen this person");
    assert!(!seen(PHYSICIAN_B).await.contains(&file.request_id()), "who is not in the file was not seen");
}

/// What stands in the rows of a plan's page, and in those of its file: numbers of employees, in order.
async fn numbers(browser: &Browser, path: &str, query: &str) -> (Vec<String>, Vec<String>) {
    let page = browser.get(&format!("{path}{query}")).await;
    assert_eq!(page.status, 200, "{query}: {}", page.body);
    assert!(page.body.contains(&format!("href=\"{path}.csv{query}\"")), "the page offers the file of what it shows");
    let rows = page.body.split_once("id=\"rows\"").map_or("", |(_, rows)| rows);
    let shown = rows.split("<small class=\"id\">").skip(1);
    let shown = shown.map(|row| row.split('<').next().unwrap_or_default().to_owned()).collect();
    let file = browser.get(&format!("{path}.csv{query}")).await;
    assert_eq!(file.status, 200, "{query}: {}", file.body);
    let rows = file.body.lines().skip(1).map(|row| row.split(',').nth(5).unwrap_or_default().to_owned());
    (shown, rows.collect())
}

#[actix_web::test]
async fn the_file_of_a_plan_has_the_rows_of_its_page_and_no_others() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let lines = [
        "E-7001,Imogen Lightfoot,,CEDAR,Emergency,Nurse,,,,active",
        AS_RECORDED[0],
        AS_RECORDED[1],
        "E-7002,Nobody Known,,NOWHERE,Billing,Clerk,,,,active",
    ];
    let (path, page) = planned(&manager, &lines).await;
    assert!(page.body.contains(&format!("href=\"{path}?change=all\"")), "every line is one click away: {}", page.body);
    for (query, expected) in [
        ("", &["E-7001", "E-7002", "E-9008"][..]),
        ("?change=all", &["E-7001", "E-9011", "E-9000", "E-7002", "E-9008"]),
        ("?change=unchanged", &["E-9011", "E-9000"]),
        ("?change=added", &["E-7001"]),
        ("?change=missing", &["E-9008"]),
        ("?change=problem", &["E-7002"]),
    ] {
        let (shown, file) = numbers(&manager, &path, query).await;
        assert_eq!(shown, expected, "the page of {query}");
        assert_eq!(file, expected, "the file of {query}");
    }
}

#[actix_web::test]
async fn employment_entered_by_form_supersedes_what_was_recorded() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let path = format!("/people/{PHYSICIAN_B}/employment");
    let form = manager.get(&path).await;
    assert_eq!(form.status, 200, "{}", form.body);
    let period = field(&form, "period").to_owned();
    let post = async |fields: &[(&str, &str)]| {
        let mut all = vec![("period", period.as_str())];
        all.extend(fields);
        manager.post(&path, &all).await
    };
    let wrong = post(&[("act", "end"), ("on", "2019-01-01")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("The dates are out of order") && wrong.body.contains("2019-01-01"));
    let saved = post(&[("act", "end"), ("on", "2026-11-15")]).await;
    assert_eq!((saved.status, saved.location()), (303, format!("/people/{PHYSICIAN_B}").as_str()), "{}", saved.body);
    assert_eq!(periods(&portal, PHYSICIAN_B).await, ["DUNMORE Physician 2020-01-01 2026-11-15"]);
    assert_eq!(
        portal
            .value::<i64>(&format!("SELECT count(*) FROM portal.employment_periods WHERE person_id = '{PHYSICIAN_B}'"))
            .await,
        2,
        "what was recorded stays, superseded"
    );
    assert_eq!(portal.value::<i64>("SELECT count(*) FROM portal.jobs WHERE kind = 'rule_rerun'").await, 1);
    let late = post(&[("act", "leave"), ("on", "2026-11-16")]).await;
    assert_eq!(late.status, 409, "made from a period that holds no longer");
    assert!(late.body.contains("Somebody else entered a change meanwhile"));
}

#[actix_web::test]
async fn a_line_that_cannot_be_read_is_said_and_an_address_that_is_none_is_left_out() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let (path, page) = planned(
        &manager,
        &[",No Number,,CEDAR,Emergency,Nurse,,,,active", "E-7001,Imogen Lightfoot,n/a,CEDAR,Emergency,Nurse,,,,active"],
    )
    .await;
    assert!(page.body.contains("The line cannot be read"), "{}", page.body);
    assert_eq!(apply(&manager, &path, &page, &[]).await.status, 303);
    assert_eq!(
        portal
            .value::<i64>("SELECT count(*) FROM portal.people WHERE employee_number = 'E-7001' AND email IS NULL")
            .await,
        1
    );
}

#[actix_web::test]
async fn nobody_enters_their_own_employment() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let before = periods(&portal, MANAGER).await;
    let moved = "E-9000,Marguerite Oakhollow,,DUNMORE,Billing,Privacy manager,,,,active";
    let (path, page) = planned(&manager, &[AS_RECORDED[0], moved, AS_RECORDED[2]]).await;
    assert!(page.body.contains("This is you; somebody else applies it"), "{}", page.body);
    assert_eq!(apply(&manager, &path, &page, &[]).await.status, 303);
    assert_eq!(periods(&portal, MANAGER).await, before);
    // missing from the file, and said to have left
    let (path, page) = planned(&manager, &[AS_RECORDED[0], AS_RECORDED[2]]).await;
    assert_eq!(apply(&manager, &path, &page, &[("missing_left", "yes"), ("left_on", "2026-11-10")]).await.status, 303);
    assert_eq!(periods(&portal, MANAGER).await, before);
    let form = format!("/people/{MANAGER}/employment");
    let page = manager.get(&form).await;
    let own = [("period", field(&page, "period")), ("act", "end"), ("on", "2026-11-10")];
    let refused = manager.post(&form, &own).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("This is you; somebody else applies it"), "{}", refused.body);
    assert_eq!(periods(&portal, MANAGER).await, before);
    let admin = portal.as_role("admin").await;
    assert_eq!(admin.post(&form, &own).await.status, 303, "somebody else does");
}

#[actix_web::test]
async fn a_roster_leaves_accounts_as_they_are() {
    let portal = portal().await;
    portal.sql(&format!("UPDATE portal.people SET employee_number = 'E-9099' WHERE id = '{ADMIN}'")).await;
    let account =
        |person: Uuid| format!("SELECT concat_ws(' ', full_name, email) FROM portal.people WHERE id = '{person}'");
    let (admin, staff): (String, String) =
        (portal.value(&account(ADMIN)).await, portal.value(&account(FIELD_STAFF)).await);
    let coordinator = portal.as_role("coordinator_a").await;
    let (path, page) = planned(
        &coordinator,
        &[
            "E-9099,Mallory Takeover,mallory@example.org,CEDAR,Emergency,Nurse,,,,active",
            "E-9008,Philippa Zellweger-Moss,moss@example.org,CEDAR,Emergency,Triage nurse,E-9000,,,active",
        ],
    )
    .await;
    assert!(page.body.contains("has an account and never worked where your account reaches"), "{}", page.body);
    assert!(page.body.contains("the account keeps its name and e-mail address"));
    assert_eq!(apply(&coordinator, &path, &page, &[]).await.status, 303);
    assert_eq!(portal.value::<String>(&account(ADMIN)).await, admin);
    assert_eq!(portal.value::<String>(&account(FIELD_STAFF)).await, staff);
    assert!(periods(&portal, ADMIN).await.is_empty());
    assert_eq!(periods(&portal, FIELD_STAFF).await.len(), 2, "the rest of the line is applied");
}

#[actix_web::test]
async fn what_was_applied_is_final() {
    let portal = portal().await;
    for wrong in [
        "UPDATE portal.rosters SET applied_at = now() - interval '1 year' WHERE state = 'applied'",
        "UPDATE portal.rosters SET state = 'planned', applied_at = NULL, applied_by = NULL WHERE state = 'applied'",
        "UPDATE portal.rosters SET left_on = '2026-01-01' WHERE state = 'applied'",
    ] {
        portal
            .sql(&format!(
                "DO $$ BEGIN {wrong}; RAISE 'it was not refused'; EXCEPTION WHEN serialization_failure THEN NULL; END $$"
            ))
            .await;
    }
    let ours: Vec<String> = portal
        .value(
            "SELECT coalesce(array_agg(t || '.' || c), '{}') FROM (VALUES ('employment_periods', 'recorded_at'),
                ('employment_periods', 'created_at'), ('employment_periods', 'end_known_at'), ('login_holders', 'recorded_at'), ('coverage_explanations', 'created_at'),
                ('rosters', 'applied_at'), ('rosters', 'state'), ('rosters', 'created_at')) AS known(t, c)
              WHERE has_column_privilege('portal_app', 'portal.' || t, c, 'INSERT')",
        )
        .await;
    assert!(ours.is_empty(), "times that are evidence are not the writer's to set: {ours:?}");
    assert!(
        !portal
            .value::<bool>("SELECT has_column_privilege('portal_app', 'portal.login_holders', 'recorded_at', 'UPDATE')")
            .await
    );
}

#[actix_web::test]
async fn a_period_that_is_cut_was_known_before_and_one_that_ends_was_not() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    portal
        .sql(&format!(
            "UPDATE portal.employment_periods SET recorded_at = '2020-01-05' WHERE person_id = '{PHYSICIAN_B}' AND superseded_at IS NULL"
        ))
        .await;
    let known = format!(
        "SELECT array_agg(concat_ws(' ', recorded_at < '2020-02-01', end_known_at < '2020-02-01', end_known_at > now() - interval '1 minute')
                  ORDER BY starts_on) FROM portal.employment_periods
          WHERE person_id = '{PHYSICIAN_B}' AND superseded_at IS NULL"
    );
    let (path, page) = planned(
        &manager,
        &["E-9011,Ezequiel Castellanos,,DUNMORE,Billing,Surgeon,E-9000,2026-11-01,,active", AS_RECORDED[1]],
    )
    .await;
    assert_eq!(apply(&manager, &path, &page, &[]).await.status, 303);
    assert_eq!(portal.value::<Vec<String>>(&known).await, ["t f t", "f"]);
    portal
        .sql(&format!(
            "UPDATE portal.employment_periods SET recorded_at = '2020-01-06' WHERE person_id = '{PHYSICIAN_B}' AND superseded_at IS NULL;
             UPDATE portal.employment_periods SET end_known_at = '2020-01-07' WHERE person_id = '{PHYSICIAN_B}' AND superseded_at IS NULL AND ends_on IS NOT NULL"
        ))
        .await;
    let left = "E-9011,Ezequiel Castellanos,,DUNMORE,Billing,Surgeon,E-9000,,2026-11-10,terminated";
    let (path, page) = planned(&manager, &[left, AS_RECORDED[1]]).await;
    assert_eq!(apply(&manager, &path, &page, &[]).await.status, 303);
    assert_eq!(
        portal.value::<Vec<String>>(&known).await,
        ["t t f", "t f t"],
        "that the job began was known, that it ended was not; the job before is as it was"
    );
    // it moves later: the days between are looked at again
    let (path, page) = planned(&manager, &[&left.replace("11-10", "11-20"), AS_RECORDED[1]]).await;
    assert_eq!(apply(&manager, &path, &page, &[]).await.status, 303);
    let from: String = portal
        .value("SELECT ((from_at AT TIME ZONE 'America/Chicago')::date)::text FROM portal.rule_reruns ORDER BY created_at DESC LIMIT 1")
        .await;
    assert_eq!(from, "2026-11-10");
}

#[actix_web::test]
async fn a_new_name_alone_asks_for_nothing_and_hashes_of_it_ask_for_everything_these_logins_opened() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let lines = |name: &str, department: &str| {
        [
            format!("E-9011,{name},,DUNMORE,Billing,Physician,E-9000,,,active"),
            AS_RECORDED[1].to_owned(),
            format!("E-9008,Philippa Zellweger,,CEDAR,{department},Registrar,E-9000,,,active"),
        ]
    };
    let reruns = "SELECT coalesce(array_agg(concat_ws(' ', cause, cardinality(login_ids),
                    '01990000-0000-7000-8000-000000000312' = ANY (login_ids)) ORDER BY created_at, id), '{}') FROM portal.rule_reruns";
    let apply_all = async |lines: &[String]| {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let (path, page) = planned(&manager, &lines).await;
        assert_eq!(apply(&manager, &path, &page, &[]).await.status, 303);
    };
    // another e-mail address is kept and changes nothing that a rule reads
    let mut mailed = lines("Ezequiel Castellanos", "Emergency");
    mailed[0] = mailed[0].replace("Castellanos,,", "Castellanos,zeke@example.org,");
    apply_all(&mailed).await;
    assert_eq!(
        portal.value::<i64>("SELECT count(*) FROM portal.people WHERE email = 'zeke@example.org'").await,
        1,
        "it is applied"
    );
    assert!(portal.value::<Vec<String>>(reruns).await.is_empty());
    // somebody else moves in the same file: the mover holds no login, and nobody opened the mover's records
    let mut moved = lines("Ezequiel Castellanos", "Pharmacy");
    moved[0] = moved[0].replace("Castellanos,,", "Castellanos,zeke.c@example.org,");
    apply_all(&moved).await;
    assert!(portal.value::<Vec<String>>(reruns).await.is_empty(), "of whom only the address changed nothing is asked");
    apply_all(&lines("Ezequiel Marchetti", "Pharmacy")).await;
    assert_eq!(portal.value::<Vec<String>>(reruns).await, ["person_changed 1 t"]);
    let since: bool = portal
        .value(&format!(
            "SELECT from_at < (SELECT min(action_at) FROM portal.access_logs WHERE login_id = '{LOGIN_PHYSICIAN}') FROM portal.rule_reruns"
        ))
        .await;
    assert!(since, "as far back as there are rows");
    let dated: bool = portal
        .value(&format!(
            "SELECT hashes_known_at > now() - interval '1 minute' FROM portal.people WHERE id = '{PHYSICIAN_B}'"
        ))
        .await;
    assert!(dated, "when it became known is kept");
}

#[actix_web::test]
async fn whoever_opened_a_colleagues_records_is_looked_at_again_when_the_colleague_moves() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    // the registrar is a patient whom the nurse and the physician opened; she holds no login herself
    portal
        .sql(&format!("UPDATE portal.patients SET linked_person_id = '{FIELD_STAFF}' WHERE id = '{PATIENT_ONE}'"))
        .await;
    let opened = format!(
        "SELECT array_agg(DISTINCT login_id ORDER BY login_id) FROM portal.access_logs WHERE patient_id = '{PATIENT_ONE}'"
    );
    let moved = AS_RECORDED[2].replace("CEDAR,Emergency", "DUNMORE,Billing");
    let (path, page) = planned(&manager, &[AS_RECORDED[0], AS_RECORDED[1], &moved]).await;
    assert_eq!(apply(&manager, &path, &page, &[]).await.status, 303);
    let asked = "SELECT login_ids FROM portal.rule_reruns WHERE cause = 'employment_changed'";
    let opened: Vec<Uuid> = portal.value(&opened).await;
    assert!(opened.len() > 1);
    assert_eq!(portal.value::<Vec<Uuid>>(asked).await, opened);
    // and by the form
    portal.sql("DELETE FROM portal.rule_reruns").await;
    let form = format!("/people/{FIELD_STAFF}/employment");
    let page = manager.get(&form).await;
    let ended = manager.post(&form, &[("period", field(&page, "period")), ("act", "end"), ("on", &today())]).await;
    assert_eq!(ended.status, 303, "{}", ended.body);
    assert_eq!(portal.value::<Vec<Uuid>>(asked).await, opened);
}

#[actix_web::test]
async fn two_positions_of_one_person_are_said_line_by_line_unless_the_file_says_which_counts() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let second = "E-9008,Philippa Zellweger,,DUNMORE,Billing,Clerk,E-9000,,,active";
    let (_, page) = planned(&manager, &[AS_RECORDED[0], AS_RECORDED[1], AS_RECORDED[2], second]).await;
    for words in [
        "the file does not say which position is the primary one. Line 5 has the same employee number",
        "the file does not say which position is the primary one. Line 4 has the same employee number",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    // a mapping that knows which counts
    let mut spec = roster_spec();
    spec["words"]["position"] = serde_json::json!({
        "columns": ["position"], "words": [["1", "primary"], ["2", "secondary"]], "empty": "primary", "otherwise": "primary"
    });
    portal
        .sql(&format!(
            "INSERT INTO portal.mappings (id, source_id, version, spec) VALUES (gen_random_uuid(), '{ROSTER_SOURCE}', 2, '{spec}')"
        ))
        .await;
    let file = format!(
        "{HEADER},position\n{},1\n{},\n{second},2\n{},1\n",
        AS_RECORDED[0],
        AS_RECORDED[1],
        AS_RECORDED[2].replace("Emergency", "Pharmacy")
    );
    let form = reqwest::multipart::Form::new()
        .text("source", ROSTER_SOURCE.to_string())
        .text("as_of", today())
        .text("form_key", Uuid::now_v7().to_string())
        .part("file", reqwest::multipart::Part::text(file).file_name("roster.csv"));
    let answer = manager.send(manager.request("POST", "/people/roster").multipart(form)).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let path = answer.location().to_owned();
    let page = manager.get(&path).await;
    assert!(page.body.contains("1 person would change, 2 unchanged.<"), "{}", page.body);
    assert!(page.body.contains("Another position") && page.body.contains("Line 5 is the primary one"), "{}", page.body);
    assert_eq!(
        apply(&manager, &path, &page, &[]).await.status,
        303,
        "the plan that was kept is the plan that is applied"
    );
    assert_eq!(periods(&portal, FIELD_STAFF).await.len(), 2);
    let applied = manager.get(&path).await;
    assert!(applied.body.contains("Line 5 is the primary one"));
}

#[actix_web::test]
async fn a_word_nobody_has_is_given_a_meaning_and_this_file_and_the_next_are_read_so() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let lines = [
        "E-9011,Ezequiel Castellanos,,Dunmore Campus,BILL,Surgeon,E-9000,,,active",
        AS_RECORDED[1],
        "E-9008,Philippa Zellweger,,CEDAR,ED,Registrar,E-9000,,,active",
    ];
    let (path, page) = planned(&manager, &lines).await;
    assert!(
        page.body.contains("Facility “Dunmore Campus”") && page.body.contains("Department “ED” of Cedar Hill Hospital")
    );
    let nothing = manager.post(&format!("{path}/words"), &[]).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.body.contains("Choose what at least one of these words means"), "{}", nothing.body);
    let (facility, department) = (FACILITY_B.to_string(), DEPARTMENT_A.to_string());
    let swapped = [("meaning-0", facility.as_str()), ("word-meaning-0", "Another word")];
    assert_eq!(manager.post(&format!("{path}/words"), &swapped).await.status, 422, "an answer to another question");
    let foreign = [("meaning-1", DEPARTMENT_B.to_string()), ("word-meaning-1", "ED".to_owned())];
    let foreign: Vec<_> = foreign.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(manager.post(&format!("{path}/words"), &foreign).await.status, 422, "of another facility");
    assert_eq!(portal.value::<i64>("SELECT count(*) FROM portal.roster_words").await, 1, "the fixtures' own");
    let said = manager
        .post(
            &format!("{path}/words"),
            &[
                ("meaning-0", &facility),
                ("word-meaning-0", "Dunmore Campus"),
                ("meaning-1", &department),
                ("word-meaning-1", "ED"),
            ],
        )
        .await;
    assert_eq!(
        (said.status, told(&portal.events(said.request_id()).await).as_str()),
        (303, "roster.read roster.word.create"),
        "{}",
        said.body
    );
    let page = manager.get(&path).await;
    assert!(page.body.contains("2 words are read as said"), "{}", page.body);
    assert!(page.body.contains("1 person would change, 2 unchanged."), "{}", page.body);
    assert!(page.body.contains("(read as Dunmore Clinic)"), "the dry run says so: {}", page.body);
    // the next question is about the department, which could not be asked before
    assert!(page.body.contains("Department “BILL” of Dunmore Clinic"), "{}", page.body);
    let (department, answer) = (DEPARTMENT_B.to_string(), format!("{path}/words"));
    let said = manager.post(&answer, &[("meaning-0", department.as_str()), ("word-meaning-0", "BILL")]).await;
    assert_eq!(said.status, 303, "{}", said.body);
    let page = manager.get(&path).await;
    assert!(page.body.contains("(read as Billing, Dunmore Clinic)"), "{}", page.body);
    assert_eq!(apply(&manager, &path, &page, &[]).await.status, 303);
    assert_eq!(periods(&portal, PHYSICIAN_B).await.len(), 2, "the surgeon");
    assert_eq!(portal.value::<i64>("SELECT count(*) FROM portal.departments WHERE name IN ('ED', 'BILL')").await, 0);
    let late = manager.post(&answer, &[("meaning-0", department.as_str()), ("word-meaning-0", "BILL")]).await;
    assert_eq!(late.status, 409, "an applied plan asks nothing");
    // the next file of the source; another's words do nothing for it
    let (_, page) = planned(&manager, &lines).await;
    assert!(page.body.contains("Nobody would change, 3 unchanged."), "{}", page.body);
}

/// Answers a plan's first question, or several: control, word, meaning.
async fn say(browser: &Browser, path: &str, answers: &[(&str, &str, Uuid)]) -> Answer {
    let fields: Vec<_> = answers
        .iter()
        .flat_map(|(control, word, means)| {
            [((*control).to_owned(), means.to_string()), (format!("word-{control}"), (*word).to_owned())]
        })
        .collect();
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(&format!("{path}/words"), &fields).await
}

#[actix_web::test]
async fn what_a_facilitys_word_means_is_said_by_whoever_sees_every_facility() {
    let portal = portal().await;
    let coordinator = portal.as_role("coordinator_a").await;
    let lines = ["E-9008,Philippa Zellweger,,Big House,Emergency,Registrar,,,,active"];
    let (path, page) = planned(&coordinator, &lines).await;
    assert!(
        page.body.contains("Big House") && page.body.contains("Ask a manager to say on this page"),
        "they learn whom to ask: {}",
        page.body
    );
    assert!(!page.body.contains(&format!("action=\"{path}/words\"")), "and are not asked: {}", page.body);
    let elsewhere = portal.as_role("coordinator_b").await;
    for facility in [FACILITY_A, FACILITY_B] {
        let answer = [("meaning-0", "Big House", facility)];
        assert_eq!(say(&elsewhere, &path, &answer).await.status, 404, "another's plan");
        let refused = say(&coordinator, &path, &answer).await;
        assert_eq!(
            (refused.status, told(&portal.events(refused.request_id()).await).as_str()),
            (403, "roster.read roster.word.create!authz_fail/role_lacks_action")
        );
    }
    // a manager says it in the coordinator's plan, a coordinator of every facility in their own
    let manager = portal.as_role("manager").await;
    assert_eq!(say(&manager, &path, &[("meaning-0", "Big House", FACILITY_A)]).await.status, 303);
    assert!(coordinator.get(&path).await.body.contains("Facility “Big House” is Cedar Hill Hospital</li>"));
    let everywhere = portal.as_role("coordinator_all").await;
    let (path, page) =
        planned(&everywhere, &["E-9008,Philippa Zellweger,,Tall House,Emergency,Registrar,,,,active"]).await;
    assert!(page.body.contains("Facility “Tall House”</label>"), "{}", page.body);
    assert_eq!(say(&everywhere, &path, &[("meaning-0", "Tall House", FACILITY_A)]).await.status, 303);
}

#[actix_web::test]
async fn the_database_lets_nobody_name_a_facility_who_does_not_see_all() {
    let portal = portal().await;
    for (person, facility, department, expected) in [
        (COORDINATOR_A, FACILITY_A, None, Err("42501".to_owned())),
        (COORDINATOR_A, FACILITY_B, None, Err("42501".to_owned())),
        (COORDINATOR_A, FACILITY_B, Some(DEPARTMENT_B), Err("42501".to_owned())),
        (COORDINATOR_A, FACILITY_A, Some(DEPARTMENT_A), Ok(1)),
        (COORDINATOR_ALL, FACILITY_B, None, Ok(1)),
        (MANAGER, FACILITY_B, None, Ok(1)),
    ] {
        let department = department.map_or("NULL".to_owned(), |id: Uuid| format!("'{id}'"));
        let word = format!(
            "INSERT INTO portal.roster_words (id, source_id, word, facility_id, department_id, entered_by)
             VALUES (gen_random_uuid(), '{ROSTER_SOURCE}', 'x', '{facility}', {department}, '{person}')"
        );
        let token = portal.session_of(person).await;
        let mut app = portal.as_app().await;
        app.must("BEGIN").await;
        app.open(&token, "roster.word.create").await.expect("may");
        assert_eq!(app.run(&word).await, expected, "{person} {facility} {department}");
    }
}

#[actix_web::test]
async fn a_plan_lists_the_words_it_read_as_said_and_a_wrong_one_is_corrected_there() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let lines = [AS_RECORDED[1], "E-9008,Philippa Zellweger,,Main Campus,ED,Registrar,E-9000,,,active"];
    let (path, _) = planned(&manager, &lines).await;
    let first = say(&manager, &path, &[("meaning-0", "Main Campus", FACILITY_B)]).await;
    assert_eq!(first.status, 303, "{}", first.body);
    let page = manager.get(&path).await;
    assert!(page.body.contains("Department “ED” of Dunmore Clinic</label>"), "{}", page.body);
    let listed = |page: &Answer, meaning: Uuid| {
        page.body.contains("Facility “Main Campus” is</label>")
            && page.body.contains(&format!("<option value=\"{meaning}\" selected>"))
    };
    assert!(listed(&page, FACILITY_B), "with its present meaning: {}", page.body);
    // the next file's plan, somebody else's too, shows how it was read before anything is applied
    let coordinator = portal.as_role("coordinator_a").await;
    let (theirs, page) = planned(&coordinator, &lines[1..]).await;
    assert!(page.body.contains("Facility “Main Campus” is Dunmore Clinic</li>"), "{}", page.body);
    assert!(page.body.contains("ask a manager to change it"), "{}", page.body);
    let (next, page) = planned(&manager, &lines).await;
    assert!(listed(&page, FACILITY_B), "{}", page.body);
    // the same again is no answer, another meaning is: the plan is worked out again and the next file is read the new way
    let same = say(&manager, &next, &[("meaning-1", "Main Campus", FACILITY_B)]).await;
    assert_eq!(same.status, 422, "{}", same.body);
    let corrected = say(&manager, &next, &[("meaning-1", "Main Campus", FACILITY_A)]).await;
    assert_eq!(corrected.status, 303, "{}", corrected.body);
    let page = manager.get(&next).await;
    assert!(listed(&page, FACILITY_A), "{}", page.body);
    assert!(page.body.contains("(read as Cedar Hill Hospital)"), "{}", page.body);
    let said: i64 = portal.value("SELECT count(*) FROM portal.roster_words WHERE word = 'main campus'").await;
    assert_eq!(said, 2, "what was said before stays recorded");
    // a department's word is the coordinator's own to give and to change
    let page = coordinator.get(&theirs).await;
    assert!(page.body.contains("Facility “Main Campus” is Cedar Hill Hospital</li>"), "{}", page.body);
    let (theirs, page) = planned(&coordinator, &lines[1..]).await;
    assert!(page.body.contains("Department “ED” of Cedar Hill Hospital</label>"), "{}", page.body);
    assert_eq!(say(&coordinator, &theirs, &[("meaning-0", "ED", DEPARTMENT_A)]).await.status, 303);
    let page = coordinator.get(&theirs).await;
    assert!(page.body.contains("Department “ED” of Cedar Hill Hospital is</label>"), "{}", page.body);
    assert!(page.body.contains(&format!("<option value=\"{DEPARTMENT_A}\" selected>")), "{}", page.body);
}

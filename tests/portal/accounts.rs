//! Accounts: asking for one, letting somebody in, and what takes two people.

use std::collections::BTreeSet;

use hipaa_auditor::words::{ChangeKind, ChangeState, SignUpReason, SignUpState};
use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Answer, Browser, PASSWORD, TestDb, TestPortal, told};
use crate::routes::NEW_PASSWORD;

mod details;
mod many;
mod renamed;

const GRACE: [(&str, &str); 6] = [
    ("full_name", "Grace Ellsworth"),
    ("email", "grace@cedar.example"),
    ("employee_number", "E-4711"),
    ("username", "grace.e"),
    ("password", NEW_PASSWORD),
    ("password_again", NEW_PASSWORD),
];

fn with<'a>(fields: &[(&'a str, &'a str)], field: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|&(name, old)| (name, if name == field { value } else { old })).collect()
}

async fn role_of(portal: &TestPortal, person: Uuid) -> String {
    portal.value(&format!("SELECT role FROM portal.people WHERE id = '{person}'")).await
}

async fn newest(portal: &TestPortal, table: &str) -> Uuid {
    portal.value(&format!("SELECT id FROM portal.{table} ORDER BY id DESC LIMIT 1")).await
}

/// A second administrator, to ask and to approve.
async fn second_admin(portal: &TestPortal) -> Browser {
    portal.sql(&format!("UPDATE portal.people SET role = 'admin' WHERE id = '{COORDINATOR_ALL}'")).await;
    portal.as_role("coordinator_all").await
}

async fn ask(admin: &Browser, person: Uuid, fields: &[(&str, &str)]) -> Answer {
    admin.post(&format!("/settings/accounts/{person}/changes"), fields).await
}

async fn approve(browser: &Browser, person: Uuid, change: Uuid, kind: &str) -> Answer {
    browser.post(&format!("/settings/accounts/{person}/changes/{change}/approval"), &[("kind", kind)]).await
}

async fn events(portal: &TestPortal, answer: &Answer) -> String {
    told(&portal.events(answer.request_id()).await)
}

#[actix_web::test]
async fn whoever_asks_for_an_account_signs_in_once_a_manager_has_approved_it() {
    let portal = TestPortal::start().await;
    let visitor = portal.visitor();
    let asked = visitor.post("/sign-up", &GRACE).await;
    assert_eq!((asked.status, asked.location()), (303, "/sign-up/received"));
    let [event] = &portal.events(asked.request_id()).await[..] else { panic!("one event") };
    let request = newest(&portal, "sign_up_requests").await;
    assert_eq!((event.short().as_str(), event.actor_id, event.resource_id), ("account.signup.submit", None, request));
    assert_eq!(visitor.sign_in("grace.e", NEW_PASSWORD).await.status, 422, "not before it is approved");

    let manager = portal.as_role("manager").await;
    assert!(manager.get("/settings/accounts").await.body.contains("Grace Ellsworth"));
    let page = manager.get(&format!("/settings/accounts/sign-ups/{request}")).await;
    assert!(page.body.contains("A new person") && page.body.contains("E-4711"), "{}", page.body);
    let approved = manager.post(&format!("/settings/accounts/sign-ups/{request}/approval"), &[("person", "new")]).await;
    assert_eq!((approved.status, events(&portal, &approved).await.as_str()), (303, "account.signup.approve"));
    assert_eq!(visitor.sign_in("GRACE.E", NEW_PASSWORD).await.status, 303);
    assert_eq!(visitor.get("/access-logs").await.status, 403, "as field staff");
    assert_eq!(
        portal.value::<i64>("SELECT count(*) FROM portal.sign_up_secrets WHERE ip_address = '127.0.0.1'").await,
        0
    );
}

#[actix_web::test]
async fn a_taken_name_gets_the_same_answer_as_a_free_one_and_shows_to_whoever_decides() {
    let portal = TestPortal::start().await;
    portal.sql(&format!("UPDATE portal.people SET email = 'm@cedar.example' WHERE id = '{MANAGER}'")).await;
    let free = portal.visitor().post("/sign-up", &GRACE).await;
    for fields in [with(&GRACE, "username", "Manager"), with(&GRACE, "email", "M@cedar.example")] {
        let taken = portal.visitor().post("/sign-up", &fields).await;
        assert_eq!((taken.status, taken.location(), &taken.body), (free.status, free.location(), &free.body));
    }
    let manager = portal.as_role("manager_two").await;
    let page = manager.get(&format!("/settings/accounts/sign-ups/{}", newest(&portal, "sign_up_requests").await)).await;
    assert!(page.body.contains("has an account") && !page.body.contains("A new person"), "{}", page.body);
    let path = format!("/settings/accounts/sign-ups/{}/approval", newest(&portal, "sign_up_requests").await);
    assert_eq!(manager.post(&path, &[("person", "new")]).await.status, 409);
    assert_eq!(
        manager.post(&path, &[("person", &MANAGER.to_string())]).await.status,
        409,
        "who has an account keeps it"
    );
    portal
        .sql(&format!(
            "UPDATE portal.people SET email = NULL WHERE id = '{MANAGER}';
             UPDATE portal.people SET email = 'm@cedar.example' WHERE id = '{FIELD_STAFF}'"
        ))
        .await;
    let staff = FIELD_STAFF.to_string();
    assert_eq!(manager.post(&path, &[("person", &staff)]).await.status, 409, "whatever their role");
    assert_eq!(portal.visitor().sign_in("manager", NEW_PASSWORD).await.status, 422);
}

#[actix_web::test]
async fn somebody_of_the_roster_gets_their_own_record_when_the_number_matches() {
    let portal = TestPortal::start().await;
    portal
        .sql(&format!("UPDATE portal.people SET employee_number = 'E-4711', active = false WHERE id = '{NURSE_A}'"))
        .await;
    portal.visitor().post("/sign-up", &GRACE).await;
    let request = newest(&portal, "sign_up_requests").await;
    let manager = portal.as_role("manager").await;
    let page = manager.get(&format!("/settings/accounts/sign-ups/{request}")).await;
    assert!(page.body.contains("In the roster: same employee number"), "{}", page.body);
    assert!(page.body.contains("no longer active"), "who decides sees that they have left");
    let path = format!("/settings/accounts/sign-ups/{request}/approval");
    let stranger = PHYSICIAN_B.to_string();
    assert_eq!(manager.post(&path, &[("person", &stranger)]).await.status, 409, "nothing of theirs matches");
    let hers = async || manager.post(&path, &[("person", &NURSE_A.to_string())]).await.status;
    assert_eq!(hers().await, 409, "a sign-up is no way back for somebody who has left");
    portal.sql(&format!("UPDATE portal.people SET active = true, role = 'manager' WHERE id = '{NURSE_A}'")).await;
    assert_eq!(hers().await, 409, "nor does it take a role away");
    assert_eq!(role_of(&portal, NURSE_A).await, "manager");
    portal.sql(&format!("UPDATE portal.people SET role = 'field_staff' WHERE id = '{NURSE_A}'")).await;
    assert_eq!(hers().await, 303);
    assert_eq!(portal.visitor().sign_in("grace.e", NEW_PASSWORD).await.status, 303);
    let linked: Uuid =
        portal.value(&format!("SELECT person_id FROM portal.sign_up_requests WHERE id = '{request}'")).await;
    assert_eq!(linked, NURSE_A);
}

#[actix_web::test]
async fn a_rejected_request_opens_nothing_and_keeps_no_password() {
    let portal = TestPortal::start().await;
    portal.visitor().post("/sign-up", &GRACE).await;
    let request = newest(&portal, "sign_up_requests").await;
    let manager = portal.as_role("manager").await;
    let path = format!("/settings/accounts/sign-ups/{request}/rejection");
    assert_eq!(manager.post(&path, &[("reason", "did not like the name")]).await.status, 400);
    assert_eq!(manager.post(&path, &[("reason", "unknown_person")]).await.status, 303);
    assert_eq!(portal.visitor().sign_in("grace.e", NEW_PASSWORD).await.status, 422);
    let kept = format!("SELECT count(*) FROM portal.sign_up_secrets WHERE request_id = '{request}'");
    assert_eq!(portal.value::<i64>(&kept).await, 0);
}

#[actix_web::test]
async fn a_weak_password_is_refused_with_advice_and_what_was_typed_is_kept_but_for_the_passwords() {
    let portal = TestPortal::start().await;
    for weak in ["too short", "password1234567", "ellsworth-grace"] {
        let mut fields = with(&GRACE, "password", weak);
        fields = with(&fields, "password_again", weak);
        let answer = portal.visitor().post("/sign-up", &fields).await;
        assert_eq!(answer.status, 422, "{weak}");
        assert!(answer.body.contains("value=\"grace@cedar.example\"") && !answer.body.contains(weak));
        assert_eq!(events(&portal, &answer).await, "account.signup.submit!validate_fail/weak_password");
    }
}

#[actix_web::test]
async fn one_address_may_ask_ten_times_an_hour() {
    let portal = TestPortal::start().await;
    portal
        .sql(
            "INSERT INTO portal.sign_up_requests (id, full_name, email, username)
               SELECT gen_random_uuid(), 'N', 'n@cedar.example', 'nn' FROM generate_series(1, 10);
             INSERT INTO portal.sign_up_secrets (request_id, password_hash, ip_address)
               SELECT id, '$argon2id$', '127.0.0.1' FROM portal.sign_up_requests WHERE username = 'nn'",
        )
        .await;
    let answer = portal.visitor().post("/sign-up", &GRACE).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "3600"));
    assert_eq!(events(&portal, &answer).await, "account.signup.submit!auth_fail/throttled");
}

#[actix_web::test]
async fn many_at_once_or_from_one_network_do_not_get_around_the_limit_and_old_requests_do_not_count() {
    let portal = TestPortal::start().await;
    portal
        .sql(
            "INSERT INTO portal.sign_up_requests (id, full_name, email, username)
               SELECT gen_random_uuid(), 'N', 'n@cedar.example', 'nn' FROM generate_series(1, 10);
             INSERT INTO portal.sign_up_secrets (request_id, password_hash, ip_address)
               SELECT id, '$argon2id$', ('2001:db8:1:2::' || row_number() OVER ())::inet
                 FROM portal.sign_up_requests WHERE username = 'nn'",
        )
        .await;
    let wait = async |address: &str| portal.value::<i32>(&format!("SELECT audit.sign_up_wait('{address}')")).await;
    assert_eq!((wait("2001:db8:1:2::ffff").await, wait("2001:db8:1:3::1").await), (3600, 0), "a /64 is one address");
    // whoever looked before the others wrote is refused where it is kept
    let mut app = portal.as_app().await;
    let keep = "SELECT audit.sign_up(NULL, gen_random_uuid(), 'N', 'n@cedar.example', NULL, 'late', '$argon2id$',
                 gen_random_uuid(), '2001:db8:1:2::9', NULL)";
    assert_eq!(app.run(keep).await, Err("HA429".to_owned()));

    let waiting = "INSERT INTO portal.sign_up_requests (id, full_name, email, username)
                     SELECT gen_random_uuid(), 'N', 'n@cedar.example', 'many' FROM generate_series(1, 500)";
    portal.sql(waiting).await;
    assert_eq!(wait("192.0.2.1").await, 3600);
    portal
        .sql("UPDATE portal.sign_up_requests SET created_at = now() - interval '31 days' WHERE username = 'many'")
        .await;
    assert_eq!(wait("192.0.2.1").await, 0, "they do not shut the door for good");
    let old: Uuid =
        portal.value("SELECT id FROM portal.sign_up_requests WHERE username = 'many' ORDER BY id LIMIT 1").await;
    let path = format!("/settings/accounts/sign-ups/{old}/approval");
    assert_eq!(portal.as_role("manager").await.post(&path, &[("person", "new")]).await.status, 409, "it has expired");
}

#[actix_web::test]
async fn a_role_counts_only_when_a_second_person_has_approved_it() {
    let portal = TestPortal::start().await;
    let (admin, other) = (portal.as_role("admin").await, second_admin(&portal).await);
    let facility = FACILITY_B.to_string();
    let asked = ask(&admin, MANAGER_TWO, &[("kind", "role"), ("role", "coordinator"), ("facility", &facility)]).await;
    assert_eq!((asked.status, events(&portal, &asked).await.as_str()), (303, "user.role.request"));
    let change = newest(&portal, "account_changes").await;
    assert_eq!(role_of(&portal, MANAGER_TWO).await, "manager", "nothing has changed");
    let page = admin.get(&format!("/settings/accounts/{MANAGER_TWO}")).await;
    assert!(page.body.contains("Waiting for a second person") && page.body.contains("Dunmore Clinic"));
    assert!(!page.body.contains("/approval"), "the one who asked is offered no approval");

    let own = approve(&admin, MANAGER_TWO, change, "role").await;
    assert_eq!(own.status, 403);
    assert_eq!(events(&portal, &own).await, "user.role.grant!authz_fail/second_person_needed");
    let beneficiary = portal.as_role("manager_two").await;
    assert_eq!(approve(&beneficiary, MANAGER_TWO, change, "role").await.status, 403);
    for kind in ["scope", "engagement", "factor_reset", "password_reset"] {
        assert_eq!(approve(&other, MANAGER_TWO, change, kind).await.status, 409, "it is not there as {kind}");
    }
    assert_eq!(role_of(&portal, MANAGER_TWO).await, "manager");

    let granted = approve(&other, MANAGER_TWO, change, "role").await;
    let [event] = &portal.events(granted.request_id()).await[..] else { panic!("one event") };
    assert_eq!(
        (event.short().as_str(), event.actor_id, event.resource_id),
        ("user.role.grant", Some(COORDINATOR_ALL), MANAGER_TWO)
    );
    assert_eq!(role_of(&portal, MANAGER_TWO).await, "coordinator");
    assert_eq!(beneficiary.get("/settings/account").await.status, 303, "a new role begins with a new sign-in");
    let again = portal.as_role("manager_two").await;
    assert_eq!(again.get(&format!("/access-logs/cases/{CASE_B}")).await.status, 200, "facility B");
    assert_eq!(again.get(&format!("/access-logs/cases/{CASE_A}")).await.status, 404, "not facility A");
}

#[actix_web::test]
async fn a_request_expires_after_seven_days_and_can_be_withdrawn_or_rejected_before() {
    let portal = TestPortal::start().await;
    let (admin, manager) = (portal.as_role("admin").await, portal.as_role("manager").await);
    assert_eq!(ask(&admin, MANAGER_TWO, &[("kind", "role"), ("role", "admin")]).await.status, 303);
    let change = newest(&portal, "account_changes").await;
    assert_eq!(ask(&admin, MANAGER_TWO, &[("kind", "role"), ("role", "auditor")]).await.status, 409, "one at a time");
    portal.sql("ALTER TABLE portal.account_changes DISABLE TRIGGER kept").await;
    portal
        .sql(&format!(
            "UPDATE portal.account_changes SET expires_at = now() - interval '1 second' WHERE id = '{change}'"
        ))
        .await;
    portal.sql("ALTER TABLE portal.account_changes ENABLE TRIGGER kept").await;
    let late = approve(&manager, MANAGER_TWO, change, "role").await;
    assert_eq!(
        (late.status, events(&portal, &late).await.as_str()),
        (409, "user.role.grant!validate_fail/request_expired")
    );

    assert_eq!(ask(&admin, MANAGER_TWO, &[("kind", "role"), ("role", "admin")]).await.status, 303, "asked for again");
    let change = newest(&portal, "account_changes").await;
    let path = format!("/settings/accounts/{MANAGER_TWO}/changes/{change}");
    assert_eq!(second_admin(&portal).await.post(&format!("{path}/withdrawal"), &[]).await.status, 409, "not theirs");
    assert_eq!(admin.post(&format!("{path}/withdrawal"), &[]).await.status, 303);
    assert_eq!(approve(&manager, MANAGER_TWO, change, "role").await.status, 409);

    assert_eq!(ask(&admin, MANAGER_TWO, &[("kind", "role"), ("role", "admin")]).await.status, 303);
    let change = newest(&portal, "account_changes").await;
    let path = format!("/settings/accounts/{MANAGER_TWO}/changes/{change}/rejection");
    assert_eq!(manager.post(&path, &[]).await.status, 303);
    assert_eq!(approve(&manager, MANAGER_TWO, change, "role").await.status, 409);
    assert_eq!(role_of(&portal, MANAGER_TWO).await, "manager");
}

#[actix_web::test]
async fn taking_a_role_away_counts_at_once_but_not_from_oneself() {
    let portal = TestPortal::start().await;
    let (admin, manager) = (portal.as_role("admin").await, portal.as_role("manager_two").await);
    let lowered = ask(&admin, MANAGER_TWO, &[("kind", "role"), ("role", "field_staff")]).await;
    assert_eq!((lowered.status, events(&portal, &lowered).await.as_str()), (303, "user.role.revoke"));
    assert_eq!(role_of(&portal, MANAGER_TWO).await, "field_staff");
    assert_eq!(manager.get("/settings/account").await.status, 303, "signed out");
    let own = ask(&admin, ADMIN, &[("kind", "role"), ("role", "field_staff")]).await;
    assert_eq!(events(&portal, &own).await, "user.role.revoke!authz_fail/second_person_needed");
    let own = ask(&admin, ADMIN, &[("kind", "role"), ("role", "manager")]).await;
    assert_eq!(events(&portal, &own).await, "user.role.request!authz_fail/second_person_needed");
    let other = second_admin(&portal).await;
    assert_eq!(ask(&other, ADMIN, &[("kind", "role"), ("role", "field_staff")]).await.status, 303, "one of two may go");
    assert_eq!(admin.get("/settings/accounts").await.status, 303);
}

#[actix_web::test]
async fn the_last_administrator_stays_one_even_where_two_people_agreed() {
    let portal = TestPortal::start().await;
    let (admin, other) = (portal.as_role("admin").await, second_admin(&portal).await);
    assert_eq!(ask(&other, ADMIN, &[("kind", "role"), ("role", "manager")]).await.status, 303, "one of two");
    let change = newest(&portal, "account_changes").await;
    assert_eq!(ask(&admin, COORDINATOR_ALL, &[("kind", "role"), ("role", "field_staff")]).await.status, 303);
    let manager = portal.as_role("manager").await;
    let refused = approve(&manager, ADMIN, change, "role").await;
    assert_eq!(
        (refused.status, events(&portal, &refused).await.as_str()),
        (422, "user.role.grant!validate_fail/last_administrator")
    );
    assert_eq!(role_of(&portal, ADMIN).await, "admin");
    assert_eq!(admin.get("/settings/accounts").await.status, 200, "nor are they signed out");
}

#[actix_web::test]
async fn fewer_facilities_count_at_once_and_more_wait() {
    let portal = TestPortal::start().await;
    let (admin, manager) = (portal.as_role("admin").await, portal.as_role("manager").await);
    let (a, b) = (FACILITY_A.to_string(), FACILITY_B.to_string());
    let both = [("kind", "scope"), ("facility", &*a), ("facility", &*b)];
    let wider = ask(&admin, COORDINATOR_A, &both).await;
    assert_eq!(events(&portal, &wider).await, "account.read account.scope.request");
    let coordinator = portal.as_role("coordinator_a").await;
    assert_eq!(coordinator.get(&format!("/access-logs/cases/{CASE_B}")).await.status, 404, "not yet");
    let change = newest(&portal, "account_changes").await;
    assert_eq!(approve(&manager, COORDINATOR_A, change, "scope").await.status, 303);
    assert_eq!(coordinator.get(&format!("/access-logs/cases/{CASE_B}")).await.status, 200);
    let narrower = ask(&admin, COORDINATOR_A, &[("kind", "scope"), ("facility", &*b)]).await;
    assert_eq!(events(&portal, &narrower).await, "account.read account.scope.update");
    assert_eq!(coordinator.get(&format!("/access-logs/cases/{CASE_A}")).await.status, 404);
}

#[actix_web::test]
async fn an_engagement_opens_once_approved_and_closes_when_it_is_ended() {
    let portal = TestPortal::start().await;
    let (admin, manager) = (portal.as_role("admin").await, portal.as_role("manager").await);
    let auditor = portal.as_role("auditor_without").await;
    let day = |days: i64| (hipaa_auditor::clock::now() + chrono::TimeDelta::days(days)).format("%Y-%m-%d").to_string();
    let (from, to, since, until) = (day(-1), day(30), day(-60), day(1));
    let dates = [("starts_on", &*from), ("ends_on", &*to), ("period_from", &*since), ("period_to", &*until)];
    let mut fields = vec![("kind", "engagement"), ("full", "true")];
    fields.extend(dates);
    let without = ask(&admin, AUDITOR_WITHOUT, &fields).await;
    assert_eq!(without.status, 422);
    assert!(without.body.contains("Choose facilities") && without.body.contains(&format!("value=\"{since}\"")));
    fields.push(("all", "true"));
    let asked = ask(&admin, AUDITOR_WITHOUT, &fields).await;
    assert_eq!(events(&portal, &asked).await, "engagement.create");
    assert_eq!(auditor.get(&format!("/access-logs/cases/{CASE_A}")).await.status, 404);
    let change = newest(&portal, "account_changes").await;
    assert_eq!(approve(&manager, AUDITOR_WITHOUT, change, "engagement").await.status, 303);
    let opened = auditor.get(&format!("/access-logs/cases/{CASE_A}")).await;
    assert!(opened.status == 200 && opened.body.contains("MRN-7731004"), "patient ids in full");
    let ended = admin.post(&format!("/settings/accounts/{AUDITOR_WITHOUT}/engagements/{change}/end"), &[]).await;
    assert_eq!((ended.status, events(&portal, &ended).await.as_str()), (303, "engagement.end"));
    assert_eq!(auditor.get(&format!("/access-logs/cases/{CASE_A}")).await.status, 404);
}

#[actix_web::test]
async fn a_deactivated_person_is_out_at_once_and_comes_back_as_field_staff() {
    let portal = TestPortal::start().await;
    let (admin, manager) = (portal.as_role("admin").await, portal.as_role("manager_two").await);
    let gone = admin.post(&format!("/settings/accounts/{MANAGER_TWO}/deactivation"), &[]).await;
    assert_eq!((gone.status, events(&portal, &gone).await.as_str()), (303, "account.deactivate"));
    assert_eq!(manager.get("/settings/account").await.status, 303);
    assert_eq!(portal.visitor().sign_in("manager_two", PASSWORD).await.status, 422);
    assert_eq!(admin.post(&format!("/settings/accounts/{MANAGER_TWO}/reactivation"), &[]).await.status, 303);
    let back = portal.as_role("manager_two").await;
    assert_eq!(back.get("/access-logs").await.status, 403, "more needs a second person again");
    assert_eq!(admin.post(&format!("/settings/accounts/{ADMIN}/deactivation"), &[]).await.status, 403, "not oneself");
}

#[actix_web::test]
async fn the_list_narrows_by_role_and_state_and_refuses_what_it_cannot_read() {
    let portal = TestPortal::start().await;
    let manager = portal.as_role("manager").await;
    let all = manager.get("/settings/accounts").await.body;
    assert!(all.contains("Philippa Zellweger") && all.contains("Odell Quartermain") && !all.contains("Brackenridge"));
    let auditors = manager.get("/settings/accounts?role=auditor").await.body;
    assert!(auditors.contains("Leopold Wintergreen") && !auditors.contains("Rosalind Quillfeather"));
    let waiting = manager.get("/settings/accounts?state=waiting").await.body;
    assert!(waiting.contains("Philippa Zellweger") && !waiting.contains("Leopold Wintergreen"));
    assert!(manager.get("/settings/accounts?state=inactive").await.body.contains("No account matches"));
    assert_eq!(manager.get("/settings/accounts?role=king").await.status, 400);
    let second = manager.get(&format!("/settings/accounts?after={MANAGER}")).await.body;
    assert!(
        second.contains("Philippa Zellweger") && !second.contains("Ignatius Featherstonehaugh"),
        "by name, after the manager"
    );
}

#[actix_web::test]
async fn an_account_an_administrator_makes_gets_its_password_by_a_link_that_counts_once() {
    let portal = TestPortal::start().await;
    let admin = portal.as_role("admin").await;
    let fields: Vec<_> = GRACE.into_iter().filter(|(name, _)| !name.starts_with("password")).collect();
    assert_eq!(admin.post("/settings/accounts", &with(&fields, "username", "manager")).await.status, 422);
    let made = admin.post("/settings/accounts", &fields).await;
    assert_eq!((made.status, events(&portal, &made).await.as_str()), (303, "account.create"));
    let path = made.location().to_owned();
    let shown = admin.post(&format!("{path}/reset-link"), &[]).await;
    let link = link_of(&shown);
    assert!(!admin.get(&path).await.body.contains("/reset/"), "it is shown once");

    let visitor = portal.visitor();
    assert_eq!(visitor.get(&link).await.status, 200);
    let weak = visitor.post(&link, &[("password", "Grace Ellsworth"), ("password_again", "Grace Ellsworth")]).await;
    assert_eq!(events(&portal, &weak).await, "credential.reset.use!validate_fail/weak_password");
    let set = visitor.post(&link, &[("password", NEW_PASSWORD), ("password_again", NEW_PASSWORD)]).await;
    assert_eq!((set.status, events(&portal, &set).await.as_str()), (303, "credential.reset.use"));
    assert_eq!(visitor.post(&link, &[("password", NEW_PASSWORD), ("password_again", NEW_PASSWORD)]).await.status, 410);
    assert_eq!(visitor.sign_in("grace.e", NEW_PASSWORD).await.status, 303);
    let token = link.trim_start_matches("/reset/");
    let everywhere = "SELECT count(*) FROM audit.events e WHERE e::text LIKE";
    assert_eq!(portal.value::<i64>(&format!("{everywhere} '%{token}%'")).await, 0);
    assert_eq!(
        portal.value::<i64>(&format!("SELECT count(*) FROM portal.reset_links l WHERE l::text LIKE '%{token}%'")).await,
        0
    );
}

fn link_of(answer: &Answer) -> String {
    let (_, rest) = answer.body.split_once("/reset/").unwrap_or_else(|| panic!("a link: {}", answer.body));
    format!("/reset/{}", rest.split('<').next().unwrap_or_default())
}

#[actix_web::test]
async fn a_link_ends_after_a_day_or_when_a_newer_one_is_made_and_ends_every_session_when_used() {
    let portal = TestPortal::start().await;
    let (admin, person) = (portal.as_role("admin").await, portal.as_role("field_staff").await);
    let make = async || link_of(&admin.post(&format!("/settings/accounts/{FIELD_STAFF}/reset-link"), &[]).await);
    let (first, second) = (make().await, make().await);
    assert_eq!(portal.visitor().get(&first).await.status, 410, "replaced");
    assert_eq!(person.get("/settings/account").await.status, 200, "a link alone changes nothing");
    let set = portal.visitor().post(&second, &[("password", NEW_PASSWORD), ("password_again", NEW_PASSWORD)]).await;
    assert_eq!(set.status, 303);
    assert_eq!(person.get("/settings/account").await.status, 303);
    let third = make().await;
    portal.sql("UPDATE portal.reset_links SET expires_at = now() - interval '1 second'").await;
    let late = portal.visitor().get(&third).await;
    assert_eq!((late.status, events(&portal, &late).await.as_str()), (410, "credential.reset.use!auth_fail/bad_link"));
}

#[actix_web::test]
async fn a_link_for_somebody_who_may_more_needs_a_second_person() {
    let portal = TestPortal::start().await;
    let (admin, manager) = (portal.as_role("admin").await, portal.as_role("manager").await);
    let path = format!("/settings/accounts/{MANAGER_TWO}/reset-link");
    assert_eq!(admin.post(&path, &[]).await.status, 403);
    let asked = ask(&admin, MANAGER_TWO, &[("kind", "password_reset")]).await;
    assert_eq!(events(&portal, &asked).await, "credential.reset.request");
    assert_eq!(admin.post(&path, &[]).await.status, 403, "not before it is approved");
    let approved = approve(&manager, MANAGER_TWO, newest(&portal, "account_changes").await, "password_reset").await;
    assert_eq!(events(&portal, &approved).await, "credential.reset.approve");
    assert_eq!(second_admin(&portal).await.post(&path, &[]).await.status, 403, "only who asked makes it");
    let link = link_of(&admin.post(&path, &[]).await);
    assert_eq!(portal.visitor().get(&link).await.status, 200);
    assert_eq!(admin.post(&path, &[]).await.status, 403, "one approval is good for one link");
}

#[actix_web::test]
async fn a_link_made_before_a_grant_is_no_way_to_what_was_granted() {
    let portal = TestPortal::start().await;
    let (admin, other) = (portal.as_role("admin").await, second_admin(&portal).await);
    let password = [("password", NEW_PASSWORD), ("password_again", NEW_PASSWORD)];
    let make = async || link_of(&admin.post(&format!("/settings/accounts/{FIELD_STAFF}/reset-link"), &[]).await);
    // the change was asked for by the first administrator
    let link = make().await;
    assert_eq!(approve(&other, FIELD_STAFF, ROLE_CHANGE, "role").await.status, 303);
    let left = format!("SELECT count(*) FROM portal.reset_links WHERE person_id = '{FIELD_STAFF}' AND used_at IS NULL");
    assert_eq!(portal.value::<i64>(&left).await, 0, "the grant takes it away");
    assert_eq!(portal.visitor().post(&link, &password).await.status, 410);

    // nor where somebody got their role by any other way
    portal.sql(&format!("UPDATE portal.people SET role = 'field_staff' WHERE id = '{FIELD_STAFF}'")).await;
    let link = make().await;
    portal.sql(&format!("UPDATE portal.people SET role = 'manager' WHERE id = '{FIELD_STAFF}'")).await;
    assert_eq!(portal.visitor().get(&link).await.status, 410);
    assert_eq!(portal.visitor().post(&link, &password).await.status, 410);
}

#[actix_web::test]
async fn the_database_itself_lets_nobody_approve_their_own_request_or_change_a_role_by_hand() {
    let portal = TestPortal::start().await;
    let mut app = portal.as_app().await;
    let admin = portal.session_of(ADMIN).await;
    app.must("BEGIN").await;
    app.open(&admin, "user.role.grant").await.expect("an administrator may grant");
    let word: String = app
        .value(&format!("SELECT portal.approve_change('{ROLE_CHANGE}', '{FIELD_STAFF}', 'role')"))
        .await
        .expect("a word");
    assert_eq!(word, "own");
    app.must("ROLLBACK").await;
    for (action, sql, refusal) in [
        (
            "user.role.request",
            format!("SELECT portal.approve_change('{ROLE_CHANGE}', '{FIELD_STAFF}', 'role')"),
            "HA002",
        ),
        (
            "user.role.grant",
            format!("SELECT portal.approve_change('{ROLE_CHANGE}', '{FIELD_STAFF}', 'scope')"),
            "HA002",
        ),
        ("user.role.grant", format!("UPDATE portal.people SET role = 'admin' WHERE id = '{FIELD_STAFF}'"), "42501"),
        ("user.role.grant", "UPDATE portal.account_changes SET state = 'approved'".to_owned(), "42501"),
        (
            "user.role.grant",
            "INSERT INTO portal.person_facilities SELECT id, id FROM portal.people".to_owned(),
            "42501",
        ),
        ("user.role.grant", format!("SELECT portal.sign_out_everywhere_('{FIELD_STAFF}')"), "42501"),
        ("user.role.grant", "SELECT * FROM portal.engagements".to_owned(), "42501"),
    ] {
        app.must("BEGIN").await;
        app.open(&admin, action).await.expect("may");
        assert_eq!(app.run(&sql).await, Err(refusal.to_owned()), "{action}: {sql}");
        app.must("ROLLBACK").await;
    }
    // not even where somebody had been given the grant
    portal.sql("GRANT UPDATE ON portal.people TO portal_app").await;
    app.must("BEGIN").await;
    app.open(&admin, "preference.update").await.expect("may");
    let answer = app.run("UPDATE portal.people SET role = 'manager'").await;
    assert!(answer.as_ref().is_err_and(|code| code == "HA403"), "{answer:?}");
    app.must("ROLLBACK").await;
    // and the owner's own statement is held by the table
    for sql in [
        format!(
            "UPDATE portal.account_changes SET state = 'approved', decided_by = requested_by, decided_at = now() WHERE id = '{ROLE_CHANGE}'"
        ),
        format!(
            "UPDATE portal.account_changes SET state = 'approved', decided_by = person_id, decided_at = now() WHERE id = '{ROLE_CHANGE}'"
        ),
        format!("UPDATE portal.account_changes SET requested_by = '{MANAGER}' WHERE id = '{ROLE_CHANGE}'"),
        format!("DELETE FROM portal.account_changes WHERE id = '{ROLE_CHANGE}'"),
    ] {
        let mut owner = TestDb::as_role(&portal, "portal_owner").await;
        assert!(owner.run(&sql).await.is_err(), "{sql}");
    }
}

#[actix_web::test]
async fn the_words_of_requests_and_changes_are_the_databases() {
    fn words<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> BTreeSet<String> {
        all.iter().map(|&one| word(one).to_owned()).collect()
    }
    let db = TestDb::new().await;
    for (table, column, expected) in [
        ("sign_up_requests", "state", words(SignUpState::ALL, SignUpState::as_str)),
        ("sign_up_requests", "reason", words(SignUpReason::ALL, SignUpReason::as_str)),
        ("account_changes", "kind", words(ChangeKind::ALL, ChangeKind::as_str)),
        ("account_changes", "state", words(ChangeState::ALL, ChangeState::as_str)),
    ] {
        let stored: Vec<String> = db
            .value(&format!(
                "SELECT array_agg(m[1]) FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g') m
                  WHERE c.conname = '{table}_{column}_check'"
            ))
            .await;
        assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), expected, "{table}.{column}");
    }
}

#[actix_web::test]
async fn the_application_reads_no_secret_of_an_account() {
    let portal = TestPortal::start().await;
    for mut raw in [portal.as_app().await, portal.as_worker().await] {
        for table in [
            "credentials",
            "sessions",
            "sign_up_secrets",
            "second_factors",
            "recovery_codes",
            "proof_failures",
            "reset_links",
            "half_sessions",
            "sign_in_grants",
        ] {
            for sql in [format!("SELECT * FROM portal.{table}"), format!("DELETE FROM portal.{table}")] {
                assert_eq!(raw.run(&sql).await, Err("42501".to_owned()), "{sql}");
            }
        }
    }
}

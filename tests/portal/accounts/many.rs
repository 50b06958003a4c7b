//! Accounts and requests where there are many: pages, a search, and what is deleted in time.

use std::collections::BTreeSet;

use hipaa_auditor::audit::Worker;
use hipaa_auditor::features::accounts::purge;
use uuid::Uuid;

use super::{MANAGER, SIGN_UP, events, newest};
use crate::harness::{Answer, Browser, TestPortal};

/// The ids that a page of a list links to, in its order.
fn linked(answer: &Answer, path: &str) -> Vec<Uuid> {
    let rows = answer.body.split_once("id=\"rows\"").map_or("", |(_, rest)| rest);
    let link = format!("href=\"{path}/");
    let ids = rows.split(&link).skip(1).map(|part| part.get(..36).unwrap_or_default());
    ids.filter_map(|id| Uuid::try_parse(id).ok()).collect()
}

/// The link to the next page.
fn next_of(answer: &Answer) -> Option<String> {
    let (_, rest) = answer.body.split_once("data-more")?;
    let (_, href) = rest.split_once("hx-get=\"")?;
    Some(href.split('"').next()?.replace("&#38;", "&").replace("&amp;", "&"))
}

/// Every page of a list, from its first.
async fn walk(browser: &Browser, first: &str, path: &str) -> Vec<Uuid> {
    let (mut at, mut seen) = (first.to_owned(), Vec::new());
    loop {
        let page = browser.get(&at).await;
        assert_eq!(page.status, 200, "{at}");
        seen.extend(linked(&page, path));
        match next_of(&page) {
            Some(next) => at = next,
            None => return seen,
        }
    }
}

const MANY: &str = "INSERT INTO portal.people (id, full_name, username, role, email)
    SELECT gen_random_uuid(), (ARRAY['Zora Inglebright', 'zora inglebright', 'Ansel Inglebright'])[n % 3 + 1], 'zz' || n, 'field_staff',
           'zz' || n || '@cedar.example' FROM generate_series(1, 130) n";

#[actix_web::test]
async fn every_account_stands_on_one_page_of_the_list_however_many_share_a_name() {
    let portal = TestPortal::start().await;
    portal.sql(MANY).await;
    let manager = portal.as_role("manager").await;
    let seen = walk(&manager, "/settings/accounts", "/settings/accounts").await;
    let expected: Vec<Uuid> = portal
        .value("SELECT array_agg(id ORDER BY lower(full_name), id) FROM portal.people WHERE username IS NOT NULL")
        .await;
    assert_eq!(seen, expected);
    let staff = walk(&manager, "/settings/accounts?role=field_staff", "/settings/accounts").await;
    assert!(staff.len() >= 130 && staff.len() < seen.len() && !staff.contains(&MANAGER));
    let nobody = manager.get("/settings/accounts?after=00000000-0000-4000-8000-00000000ffff").await;
    assert!(nobody.status == 200 && linked(&nobody, "/settings/accounts").is_empty(), "after nobody comes nobody");
}

#[actix_web::test]
async fn a_search_finds_accounts_by_their_words_and_its_text_is_kept_nowhere() {
    let portal = TestPortal::start().await;
    portal.sql(MANY).await;
    portal.sql("UPDATE portal.people SET employee_number = 'E-Zz-77' WHERE username = 'zz77'").await;
    let admin = portal.as_role("admin").await;
    let find = async |who: &str| admin.post("/settings/accounts/search", &[("who", who)]).await;
    let found = find("INGLE zora").await;
    assert_eq!(
        (found.status, events(&portal, &found).await.as_str()),
        (303, "account.search.execute account.search.create")
    );
    let search: Uuid = newest(&portal, "searches").await;
    assert_eq!(found.location(), format!("/settings/accounts?search={search}"));
    let zoras = walk(&admin, found.location(), "/settings/accounts").await;
    assert_eq!(zoras.len(), 87);
    let page = admin.get(found.location()).await;
    assert_eq!(events(&portal, &page).await, "account.list.read");
    assert!(page.body.contains("87 found") && !page.body.contains("INGLE"));
    let everywhere = "SELECT (SELECT count(*) FROM audit.events e WHERE e::text ILIKE '%ingle%')
                           + (SELECT count(*) FROM portal.searches s WHERE s::text ILIKE '%ingle%')";
    assert_eq!(portal.value::<i64>(everywhere).await, 0);

    for (who, count) in [("zz77", 1), ("ZZ77@cedar.example", 1), ("e-zz-77", 1), ("zz", 0), ("zz77 x", 0), ("100%", 0)]
    {
        let list = admin.get(find(who).await.location()).await;
        assert_eq!(linked(&list, "/settings/accounts").len(), count, "{who}");
    }
    let narrowed = admin.post("/settings/accounts/search", &[("who", "zora"), ("role", "manager")]).await;
    assert!(narrowed.location().starts_with("/settings/accounts?role=manager&search="), "{}", narrowed.location());
    let none = admin.get(narrowed.location()).await;
    assert!(none.body.contains("No account matches"), "the filters go on");

    let short = find(" z ").await;
    assert_eq!(short.status, 422);
    assert!(short.body.contains("id=\"who-e\"") && short.body.contains("value=\" z \""), "{}", short.body);
    assert_eq!(events(&portal, &short).await, "account.search.execute!validate_fail/invalid_input account.list.read");
    let other = portal.as_role("manager").await.get(found.location()).await;
    assert_eq!(
        (other.status, events(&portal, &other).await.as_str()),
        (404, "account.list.read account.list.read!authz_fail/not_in_scope")
    );
}

#[actix_web::test]
async fn requests_have_pages_of_their_own_and_the_list_names_the_first_and_how_many() {
    let portal = TestPortal::start().await;
    portal
        .sql(
            "INSERT INTO portal.sign_up_requests (id, full_name, email, username)
               SELECT audit.uuid7(), 'Asked ' || n, 'a@cedar.example', 'asked' || n FROM generate_series(1, 60) n",
        )
        .await;
    let manager = portal.as_role("manager").await;
    let list = manager.get("/settings/accounts").await.body;
    assert!(list.contains("61 people wait for an account") && list.contains("See all 61 requests"), "{list}");
    assert_eq!(list.matches("/settings/accounts/sign-ups/").count(), 3);
    let seen = walk(&manager, "/settings/accounts/sign-ups", "/settings/accounts/sign-ups").await;
    let waiting: Vec<Uuid> =
        portal.value("SELECT array_agg(id ORDER BY id) FROM portal.sign_up_requests WHERE state = 'waiting'").await;
    assert_eq!(seen, waiting);

    portal
        .sql(&format!(
            "UPDATE portal.sign_up_requests SET created_at = now() - interval '30 days' WHERE id <> '{SIGN_UP}'"
        ))
        .await;
    let seen = walk(&manager, "/settings/accounts/sign-ups", "/settings/accounts/sign-ups").await;
    assert_eq!(seen, [SIGN_UP], "what nobody may approve any more is offered to nobody");
    assert!(manager.get("/settings/accounts").await.body.contains("One person waits for an account"));
}

#[actix_web::test]
async fn requests_that_were_refused_or_forgotten_are_deleted_after_thirty_days_each_with_its_event() {
    let portal = TestPortal::start().await;
    let request = |id: u8, state: &str, created: i32, decided: i32| {
        let decision = match state {
            "waiting" => "NULL, NULL, NULL, NULL".to_owned(),
            "approved" => format!("NULL, '{MANAGER}', now() - interval '{decided} days', '{}'", super::FIELD_STAFF),
            _ => format!("'not_needed', '{MANAGER}', now() - interval '{decided} days', NULL"),
        };
        format!(
            "INSERT INTO portal.sign_up_requests (id, full_name, email, username, created_at, state, reason, decided_by, decided_at, person_id)
             VALUES ('00000000-0000-7000-8000-0000000000{id:02}', 'N', 'n@cedar.example', 'nn', now() - interval '{created} days', '{state}', {decision});"
        )
    };
    let all =
        [("waiting", 31, 0), ("waiting", 29, 0), ("rejected", 90, 31), ("rejected", 90, 29), ("approved", 400, 399)];
    for (at, (state, created, decided)) in all.into_iter().enumerate() {
        portal.sql(&request(u8::try_from(at).expect("few"), state, created, decided)).await;
    }
    portal
        .sql(
            "INSERT INTO portal.sign_up_secrets (request_id, password_hash, ip_address)
               SELECT id, '$argon2id$', '192.0.2.1' FROM portal.sign_up_requests WHERE username = 'nn' AND state = 'waiting'",
        )
        .await;
    let mark = portal.mark().await;
    let worker = Worker::lazy(&portal.worker_url, 2).expect("a URL");
    assert_eq!(purge(&worker).await.expect("purges"), 2);
    let left: Vec<String> = portal
        .value("SELECT array_agg(right(id::text, 1) ORDER BY id) FROM portal.sign_up_requests WHERE username = 'nn'")
        .await;
    assert_eq!(left, ["1", "3", "4"]);
    let hashes: i64 = portal.value("SELECT count(*) FROM portal.sign_up_secrets WHERE ip_address = '192.0.2.1'").await;
    assert_eq!(hashes, 1, "the password's hash goes with its request");
    let trail = portal.events_after(mark).await;
    let told: BTreeSet<_> =
        trail.iter().map(|event| (event.short(), event.actor_type.clone(), event.resource_id.to_string())).collect();
    let gone = |at: u8| {
        let id = format!("00000000-0000-7000-8000-0000000000{at:02}");
        ("account.signup.purge".to_owned(), "system".to_owned(), id)
    };
    assert_eq!(told, BTreeSet::from([gone(0), gone(2)]));
    assert_eq!(purge(&worker).await.expect("purges"), 0);
    assert_eq!(portal.events_after(mark).await.len(), 2, "where nothing is due nothing is said");

    // not one that is not due, not without the event, and nobody but the worker
    let young = "SELECT portal.purge_sign_up('00000000-0000-7000-8000-000000000001')";
    let mut raw = portal.as_worker().await;
    assert_eq!(raw.run(young).await, Err("HA001".to_owned()));
    raw.must("BEGIN").await;
    raw.must("SELECT audit.open_system('account.signup.purge', gen_random_uuid(), gen_random_uuid())").await;
    assert_eq!(raw.value::<bool>(young).await, Ok(false));
    raw.must("ROLLBACK").await;
    assert_eq!(portal.as_app().await.run(young).await, Err("42501".to_owned()));
}

/// Requests that nobody decided in time.
async fn forgotten(portal: &TestPortal, count: usize) {
    portal
        .sql(&format!(
            "INSERT INTO portal.sign_up_requests (id, full_name, email, username, created_at, state)
             SELECT gen_random_uuid(), 'N', 'n' || n || '@cedar.example', 'nn' || n, now() - interval '31 days', 'waiting'
               FROM generate_series(1, {count}) n"
        ))
        .await;
}

#[actix_web::test]
async fn two_programs_that_delete_old_requests_at_once_do_not_spoil_each_others_work() {
    let portal = TestPortal::start().await;
    forgotten(&portal, 60).await;
    let mark = portal.mark().await;
    let (one, other) =
        (Worker::lazy(&portal.worker_url, 2).expect("a URL"), Worker::lazy(&portal.worker_url, 2).expect("a URL"));
    let (one, other) = futures_util::future::join(purge(&one), purge(&other)).await;
    assert_eq!(one.expect("purges") + other.expect("purges"), 60);
    let trail = portal.events_after(mark).await;
    let gone: BTreeSet<_> = trail.iter().map(|event| event.resource_id).collect();
    assert_eq!((trail.len(), gone.len()), (60, 60), "one event each");
    assert!(trail.iter().all(|event| event.short() == "account.signup.purge"), "and nothing is said to have failed");
}

#[actix_web::test]
async fn a_request_that_somebody_else_deleted_first_is_no_failure_and_leaves_no_event() {
    let portal = TestPortal::start().await;
    forgotten(&portal, 2).await;
    // a list that was made before somebody else was first
    portal
        .sql(
            "ALTER FUNCTION portal.sign_ups_to_purge RENAME TO due;
             CREATE FUNCTION portal.sign_ups_to_purge(p_limit integer) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
               AS $$ SELECT '00000000-0000-7000-8000-000000000fff'::uuid UNION ALL SELECT portal.due(p_limit) $$;
             GRANT EXECUTE ON FUNCTION portal.sign_ups_to_purge TO portal_worker",
        )
        .await;
    let mark = portal.mark().await;
    let worker = Worker::lazy(&portal.worker_url, 2).expect("a URL");
    assert_eq!(purge(&worker).await.expect("goes on with the others"), 2);
    let trail = portal.events_after(mark).await;
    assert!(trail.len() == 2 && trail.iter().all(|event| event.short() == "account.signup.purge"), "{trail:?}");
}

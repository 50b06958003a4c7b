//! A name corrected under Accounts reaches what the rules compare, as a roster's does.

use uuid::Uuid;

use crate::fixtures::{LOGIN_PHYSICIAN, PHYSICIAN_B};
use crate::harness::{Browser, TestPortal, told};
use crate::roster;

/// The physician came by a roster; now they have an account, too.
async fn portal() -> TestPortal {
    let portal = roster::portal().await;
    portal
        .sql(&format!(
            "UPDATE portal.people SET username = 'ezequiel', email = 'e@cedar.example' WHERE id = '{PHYSICIAN_B}'"
        ))
        .await;
    portal
}

/// Corrects name and address; what it left in the trail.
async fn correct(portal: &TestPortal, admin: &Browser, name: &str, email: &str) -> String {
    let version: i32 =
        portal.value(&format!("SELECT details_version FROM portal.people WHERE id = '{PHYSICIAN_B}'")).await;
    let (path, version) = (format!("/settings/accounts/{PHYSICIAN_B}/edit"), version.to_string());
    let fields = [("version", &*version), ("full_name", name), ("email", email), ("username", "ezequiel")];
    let answer = admin.post(&path, &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    told(&portal.events(answer.request_id()).await)
}

async fn hashes(portal: &TestPortal, person: &str) -> [Vec<u8>; 2] {
    let of = |column: &str| format!("SELECT {column} FROM portal.people WHERE {person}");
    [portal.value(&of("name_hash")).await, portal.value(&of("surname_hash")).await]
}

const RERUNS: &str =
    "SELECT coalesce(array_agg(cause || ' ' || array_to_string(login_ids, ' ')), '{}') FROM portal.rule_reruns";

#[actix_web::test]
async fn hashes_follow_a_corrected_name_as_a_roster_would_make_them_and_the_rules_look_again() {
    let portal = portal().await;
    let admin = portal.as_role("admin").await;
    let (person, like) = (format!("id = '{PHYSICIAN_B}'"), "employee_number = 'E-7001'");
    let before = hashes(&portal, &person).await;
    // an address of another kind is compared by nobody
    assert_eq!(
        correct(&portal, &admin, "Ezequiel Castellanos", "zeke@cedar.example").await,
        "account.form.read account.update"
    );
    assert_eq!(hashes(&portal, &person).await, before);
    assert!(portal.value::<Vec<String>>(RERUNS).await.is_empty());

    correct(&portal, &admin, "Ezequiel Marchetti", "zeke@cedar.example").await;
    assert_eq!(portal.value::<Vec<String>>(RERUNS).await, [format!("person_changed {LOGIN_PHYSICIAN}")]);
    let dated = format!("SELECT hashes_known_at > now() - interval '1 minute' FROM portal.people WHERE {person}");
    assert!(portal.value::<bool>(&dated).await, "when it became known is kept");
    let jobs: i64 =
        portal.value("SELECT count(*) FROM portal.jobs WHERE kind = 'rule_rerun' AND state = 'waiting'").await;
    assert_eq!(jobs, 1);
    // somebody of that name, as a roster brings them
    let line = "E-7001,Ezequiel Marchetti,,CEDAR,Emergency,Nurse,E-9000,,,active";
    let answer = roster::upload(&admin, &[line]).await;
    let page = admin.get(answer.location()).await;
    assert_eq!(roster::apply(&admin, answer.location(), &page, &[]).await.status, 303);
    assert_eq!(hashes(&portal, &person).await, hashes(&portal, like).await);
}

#[actix_web::test]
async fn hashes_of_a_name_that_a_roster_said_stay_where_the_account_has_another() {
    let portal = portal().await;
    let admin = portal.as_role("admin").await;
    let person = format!("id = '{PHYSICIAN_B}'");
    let before = hashes(&portal, &person).await;
    portal.sql(&format!("UPDATE portal.people SET full_name = 'Zeke C.' WHERE {person}")).await;
    correct(&portal, &admin, "Zeke Castel", "e@cedar.example").await;
    assert_eq!(hashes(&portal, &person).await, before, "the personnel system knows the name on the records");
    assert!(portal.value::<Vec<String>>(RERUNS).await.is_empty(), "and nothing is looked at again");
    // whom no roster ever named is found by the name they have
    portal.sql(&format!("UPDATE portal.people SET name_hash = NULL, surname_hash = NULL WHERE {person}")).await;
    correct(&portal, &admin, "Ezequiel Castellanos", "e@cedar.example").await;
    assert_eq!(hashes(&portal, &person).await, before);
}

#[actix_web::test]
async fn nobody_changes_hashes_but_under_the_event_of_an_account() {
    let portal = portal().await;
    let rename =
        |person: Uuid| format!("SELECT portal.rename_hashes('{person}', NULL, NULL, sha256('a'), sha256('b'))");
    let (mut app, admin) = (portal.as_app().await, portal.session_of(crate::fixtures::ADMIN).await);
    for (action, person, expected) in [
        ("preference.update", PHYSICIAN_B, Err("HA002".to_owned())),
        ("account.update", crate::fixtures::ADMIN, Ok(false)),
        ("account.update", PHYSICIAN_B, Ok(false)),
    ] {
        app.must("BEGIN").await;
        app.open(&admin, action).await.expect("may");
        assert_eq!(app.value::<bool>(&rename(person)).await, expected, "{action} {person}");
        app.must("ROLLBACK").await;
    }
}

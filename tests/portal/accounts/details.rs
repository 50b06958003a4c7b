//! Correcting who somebody is: name, e-mail, user name.

use super::{COORDINATOR_ALL, FIELD_STAFF, MANAGER, MANAGER_TWO, events, second_admin};
use crate::fixtures::{ADMIN, NURSE_A};
use crate::harness::{Answer, PASSWORD, TestPortal};

const CORRECTED: [(&str, &str); 3] =
    [("full_name", "Araminta Whitcombe"), ("email", "araminta@cedar.example"), ("username", "araminta.w")];

/// What the form began with.
fn version_of(page: &Answer) -> String {
    let (_, rest) =
        page.body.split_once("name=\"version\" value=\"").unwrap_or_else(|| panic!("a form: {}", page.body));
    rest.split('"').next().unwrap_or_default().to_owned()
}

fn fields<'a>(version: &'a str, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("version", version)];
    fields.extend(CORRECTED.map(|(name, value)| {
        (name, changes.iter().find(|(changed, _)| *changed == name).map_or(value, |(_, other)| *other))
    }));
    fields
}

#[actix_web::test]
async fn an_administrator_corrects_a_name_and_the_trail_keeps_that_it_was_done_and_none_of_the_words() {
    let portal = TestPortal::start().await;
    let admin = portal.as_role("admin").await;
    let person = portal.as_role("manager_two").await;
    let path = format!("/settings/accounts/{MANAGER_TWO}/edit");
    assert!(admin.get(&format!("/settings/accounts/{MANAGER_TWO}")).await.body.contains(&path));
    let form = admin.get(&path).await;
    assert!(form.body.contains("value=\"manager_two\""), "as it stands: {}", form.body);
    let saved = admin.post(&path, &fields(&version_of(&form), &[("full_name", " Araminta\nWhitcombe ")])).await;
    assert_eq!((saved.status, saved.location()), (303, format!("/settings/accounts/{MANAGER_TWO}").as_str()));
    let trail = portal.events(saved.request_id()).await;
    assert_eq!(crate::harness::told(&trail), "account.form.read account.update");
    assert!(trail.iter().all(|event| (event.actor_id, event.resource_id) == (Some(ADMIN), MANAGER_TWO)));
    let page = admin.get(saved.location()).await.body.replace("<wbr>", "");
    for (_, text) in CORRECTED {
        assert!(page.contains(text), "{text}");
        let kept = format!("SELECT count(*) FROM audit.events e WHERE e::text ILIKE '%{text}%'");
        assert_eq!(portal.value::<i64>(&kept).await, 0, "{text} in the trail");
    }
    assert_eq!(person.get("/settings/account").await.status, 200, "nobody is signed out by it");
    assert_eq!(portal.visitor().sign_in("manager_two", PASSWORD).await.status, 422);
    assert_eq!(portal.visitor().sign_in("Araminta.W", PASSWORD).await.status, 303);
    let role: String = portal.value(&format!("SELECT role FROM portal.people WHERE id = '{MANAGER_TWO}'")).await;
    assert_eq!(role, "manager");
}

#[actix_web::test]
async fn a_user_name_or_address_that_somebody_has_is_refused_beside_its_field_and_all_that_was_typed_stays() {
    let portal = TestPortal::start().await;
    portal.sql(&format!("UPDATE portal.people SET email = 'taken@cedar.example' WHERE id = '{MANAGER}'")).await;
    let admin = portal.as_role("admin").await;
    let path = format!("/settings/accounts/{MANAGER_TWO}/edit");
    let version = version_of(&admin.get(&path).await);
    for (field, value, code) in [
        ("username", "Field_Staff", "conflict"),
        ("email", "Taken@Cedar.example", "conflict"),
        ("username", "no spaces", "invalid_input"),
        ("email", "nowhere", "invalid_input"),
        ("full_name", " ", "invalid_input"),
    ] {
        let refused = admin.post(&path, &fields(&version, &[(field, value)])).await;
        assert_eq!(refused.status, 422, "{field} {value}");
        assert!(refused.body.contains(&format!("id=\"{field}-e\"")), "{field}: {}", refused.body);
        assert!(refused.body.contains(&format!("href=\"#{field}\"")), "{field} in the summary");
        for (name, typed) in fields(&version, &[(field, value.trim())]) {
            assert!(refused.body.contains(&format!("name=\"{name}\" value=\"{typed}\"")), "{name} {typed}");
        }
        assert_eq!(
            events(&portal, &refused).await,
            match code {
                "conflict" => "account.form.read account.update!validate_fail/conflict account.form.read",
                _ => "account.update!validate_fail/invalid_input account.form.read",
            },
            "{field} {value}"
        );
    }
    let own = fields(&version, &[("username", "Manager_Two")]);
    assert_eq!(admin.post(&path, &own).await.status, 303, "one's own name in other letters is not taken");
}

#[actix_web::test]
async fn two_administrators_who_correct_one_account_at_once_do_not_write_over_each_other() {
    let portal = TestPortal::start().await;
    let (admin, other) = (portal.as_role("admin").await, second_admin(&portal).await);
    let name: String =
        portal.value(&format!("SELECT full_name FROM portal.people WHERE id = '{COORDINATOR_ALL}'")).await;
    let path = format!("/settings/accounts/{FIELD_STAFF}/edit");
    let began = version_of(&admin.get(&path).await);
    let first = other.post(&path, &fields(&began, &[("full_name", "Benedict Overthwaite")])).await;
    assert_eq!(first.status, 303);

    let late = admin.post(&path, &fields(&began, &[])).await;
    assert_eq!(late.status, 409);
    assert_eq!(
        events(&portal, &late).await,
        "account.form.read account.update!validate_fail/conflict account.form.read"
    );
    assert!(late.body.contains("Benedict Overthwaite") && late.body.contains(&format!("{name} changed this account")));
    assert!(late.body.contains("value=\"Araminta Whitcombe\""), "what was typed is kept");
    let stands: String = portal.value(&format!("SELECT full_name FROM portal.people WHERE id = '{FIELD_STAFF}'")).await;
    assert_eq!(stands, "Benedict Overthwaite");
    let again = admin.post(&path, &fields(&version_of(&late), &[])).await;
    assert_eq!(again.status, 303, "having seen the other's, it counts");

    // only these three count: whoever changes their colors meanwhile is in nobody's way
    let began = version_of(&admin.get(&path).await);
    portal
        .sql(&format!("UPDATE portal.people SET theme = 'dark', updated_at = now() WHERE id = '{FIELD_STAFF}'"))
        .await;
    assert_eq!(admin.post(&path, &fields(&began, &[("full_name", "Araminta W.")])).await.status, 303);
}

#[actix_web::test]
async fn nobody_corrects_their_own_account_or_one_that_is_none() {
    let portal = TestPortal::start().await;
    let admin = portal.as_role("admin").await;
    let own = admin.get(&format!("/settings/accounts/{ADMIN}/edit")).await;
    assert!(own.status == 200 && !own.body.contains("name=\"version\""), "no form that cannot be sent");
    let sent = admin.post(&format!("/settings/accounts/{ADMIN}/edit"), &fields("1", &[])).await;
    assert_eq!(
        (sent.status, events(&portal, &sent).await.as_str()),
        (403, "account.form.read account.update!authz_fail/second_person_needed")
    );
    let nurse = format!("/settings/accounts/{NURSE_A}/edit");
    assert_eq!(admin.get(&nurse).await.status, 404, "of the roster, without an account");
    assert_eq!(admin.post(&nurse, &fields("1", &[])).await.status, 404);
    let manager = portal.as_role("manager").await;
    let page = manager.get(&format!("/settings/accounts/{MANAGER_TWO}")).await.body;
    assert!(!page.contains("/edit\""), "no link for whom it would refuse");
}

#[actix_web::test]
async fn the_database_corrects_an_account_under_its_own_event_only() {
    let portal = TestPortal::start().await;
    let (mut app, admin) = (portal.as_app().await, portal.session_of(ADMIN).await);
    let correct = format!("SELECT portal.update_account('{MANAGER}', 1, 'N', 'n@cedar.example', 'nn')");
    assert_eq!(app.run(&correct).await, Err("HA001".to_owned()));
    for action in ["account.create", "account.reactivate", "preference.update"] {
        app.must("BEGIN").await;
        app.open(&admin, action).await.expect("may");
        assert_eq!(app.run(&correct).await, Err("HA002".to_owned()), "{action}");
        app.must("ROLLBACK").await;
    }
}

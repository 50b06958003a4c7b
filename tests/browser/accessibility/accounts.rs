//! The pages of accounts: the list, one account and what is done to it, requests, and one's own password and second factor.

use hipaa_auditor::auth::totp::SharedSecret;
use hipaa_auditor::clock;
use hipaa_auditor::demo::PASSWORD;
use uuid::Uuid;

use super::{Look, Picture, Walk};
use crate::chromium::Chromium;
use crate::demo::Portal;
use crate::path;

/// A page that is worth a picture in every look.
macro_rules! all {
    ($name:literal) => {
        &[($name, Look::Light), (concat!($name, "-dark"), Look::Dark), (concat!($name, "-phone"), Look::Phone)]
            as &[Picture]
    };
}

const CHANGES: &str = "changes";

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_accounts_has_an_accessibility_violation() {
    let portal = Portal::start().await;
    let mut walk = Walk::begin(Chromium::start(&portal.base).await);
    requests(&portal).await;
    walk.become_role("admin").await;
    of_others(&mut walk, &portal).await;
    own(&mut walk).await;
    walk.become_role("manager").await;
    decided(&mut walk, &portal).await;
    walk.finish();
    walk.browser.quit().await;
}

/// More requests than the list shows.
async fn requests(portal: &Portal) {
    portal
        .database
        .sql(
            "INSERT INTO portal.sign_up_requests (id, full_name, email, username, employee_number)
               SELECT audit.uuid7(), (ARRAY['Winifred Ashdown', 'Ossian Thistlewood', 'Perpetua van der Wolkenstein'])[n % 3 + 1],
                      'asked' || n || '@northfield.example', 'asked' || n, 'E-' || 90000 + n FROM generate_series(1, 7) n",
        )
        .await;
}

async fn id_of(portal: &Portal, username: &str) -> Uuid {
    portal.database.value(&format!("SELECT id FROM portal.people WHERE username = '{username}'")).await
}

async fn of_others(walk: &mut Walk, portal: &Portal) {
    let at = |person: Uuid, what: &str| format!("/settings/accounts/{person}/{what}");
    let (coordinator, auditor, staff, admin) = (
        id_of(portal, "coordinator").await,
        id_of(portal, "auditor").await,
        id_of(portal, "field_staff").await,
        id_of(portal, "admin").await,
    );
    walk.page("new account", "/settings/accounts/new", all!("account-new")).await;
    path::post(&walk.browser, "/settings/accounts", &[]).await;
    walk.look("new account, not yet right", 422, all!("account-new-errors")).await;
    walk.page("account of an auditor", &format!("/settings/accounts/{auditor}"), all!("account-auditor")).await;
    path::post(&walk.browser, &at(auditor, CHANGES), &[("kind", "engagement")]).await;
    walk.look("engagement, not yet right", 422, &[]).await;
    path::post(&walk.browser, &at(coordinator, CHANGES), &[("kind", "role"), ("role", "manager")]).await;
    walk.look("account, waiting for a second person", 200, all!("account")).await;
    walk.page("edit an account", &at(coordinator, "edit"), all!("account-edit")).await;
    path::post(&walk.browser, &at(coordinator, "edit"), &[("username", "field_staff"), ("version", "1")]).await;
    walk.look("edit an account, not yet right", 422, all!("account-edit-errors")).await;
    let fields = [
        ("full_name", "Ines Albrecht-Moor"),
        ("email", "ines@northfield.example"),
        ("username", "coordinator"),
        ("version", "0"),
    ];
    path::post(&walk.browser, &at(coordinator, "edit"), &fields).await;
    walk.look("edit an account, somebody was first", 409, all!("account-edit-conflict")).await;
    walk.page("edit one's own account", &at(admin, "edit"), &[]).await;
    path::post(&walk.browser, &at(staff, "reset-link"), &[]).await;
    walk.look("one-time link", 200, all!("account-link")).await;
    let link = walk.browser.text("#link").await;
    walk.page("one-time link, opened", &link, all!("reset")).await;
}

async fn own(walk: &mut Walk) {
    let factor = "/settings/account/second-factor";
    walk.page("own account", "/settings/account", all!("own-account")).await;
    walk.page("second factor", factor, &[]).await;
    walk.page("recovery codes, none", &format!("{factor}/recovery-codes"), &[]).await;
    walk.page("another phone, none yet", &format!("{factor}/replacement"), &[]).await;
    path::post(&walk.browser, &format!("{factor}/enrolment"), &[("current", PASSWORD)]).await;
    walk.look("second factor, secret", 200, all!("second-factor")).await;
    path::post(&walk.browser, &format!("{factor}/confirmation"), &[("code", "nonsense")]).await;
    walk.look("second factor, wrong code", 422, &[]).await;
    let secret = SharedSecret::of_text(&walk.browser.text("#secret").await).expect("base32");
    let now = u64::try_from(clock::now().timestamp()).expect("after 1970");
    path::post(&walk.browser, &format!("{factor}/confirmation"), &[("code", &secret.code_at(now))]).await;
    walk.look("recovery codes", 200, all!("recovery")).await;
    let recovery = walk.browser.text("#codes li:first-child code").await;
    walk.page("second factor, on", factor, all!("second-factor-on")).await;
    walk.page("renew recovery codes", &format!("{factor}/recovery-codes"), all!("recovery-renew")).await;
    path::post(&walk.browser, &format!("{factor}/recovery-codes"), &[("current", "not it")]).await;
    walk.look("renew recovery codes, not yet right", 422, &[]).await;
    walk.page("another phone", &format!("{factor}/replacement"), all!("replacement")).await;
    let proof = [("current", PASSWORD), ("code", &*recovery)];
    path::post(&walk.browser, &format!("{factor}/replacement"), &proof).await;
    walk.look("another phone, its secret", 200, all!("replacement-secret")).await;
    walk.browser.forget_cookies().await;
    path::try_to_sign_in(&walk.browser, "admin", PASSWORD).await;
    walk.look("second step", 200, all!("second-step")).await;
}

async fn decided(walk: &mut Walk, portal: &Portal) {
    let coordinator = id_of(portal, "coordinator").await;
    walk.page("accounts", "/settings/accounts", all!("accounts")).await;
    walk.page("accounts, none", "/settings/accounts?state=inactive", &[]).await;
    path::post(&walk.browser, "/settings/accounts/search", &[("who", "e")]).await;
    walk.look("a search that is too short", 422, all!("accounts-search-errors")).await;
    path::post(&walk.browser, "/settings/accounts/search", &[("who", "coordinator")]).await;
    walk.look("accounts that were found", 200, all!("accounts-found")).await;
    walk.page("requests", "/settings/accounts/sign-ups", all!("sign-ups")).await;
    walk.browser.click("#rows a").await;
    walk.look("request for an account", 200, all!("request")).await;
    walk.page("account, to approve", &format!("/settings/accounts/{coordinator}"), all!("account-approve")).await;
}

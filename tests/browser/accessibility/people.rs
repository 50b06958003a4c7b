//! The pages of the workforce: people, their logins, rosters, facilities, for each role that sees them.

use uuid::Uuid;

use super::{Look, Picture, Walk};
use crate::chromium::Chromium;
use crate::demo::Portal;
use crate::{path, people};

/// A page that is worth a picture, on a screen and on a phone.
macro_rules! both {
    ($name:literal) => {
        &[($name, Look::Light), (concat!($name, "-phone"), Look::Phone)]
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_the_workforce_has_an_accessibility_violation() {
    let portal = Portal::start().await;
    let mut walk = Walk::begin(Chromium::start(&portal.base).await);
    walk.become_role("coordinator").await;
    without_a_roster(&mut walk).await;
    people::personnel(&portal).await;
    persons(&mut walk, &portal).await;
    logins(&mut walk, &portal).await;
    rosters(&mut walk).await;
    facilities(&mut walk, "coordinator").await;
    for role in ["manager", "auditor", "admin"] {
        walk.become_role(role).await;
        of_a_role(&mut walk, &portal, role).await;
    }
    walk.finish();
    walk.browser.quit().await;
}

async fn without_a_roster(walk: &mut Walk) {
    walk.page("rosters, none", "/people/roster", both!("rosters-none")).await;
    walk.page("roster, no source", "/people/roster/new", both!("roster-no-source")).await;
}

async fn persons(walk: &mut Walk, portal: &Portal) {
    walk.page("people", "/people", both!("people")).await;
    walk.page("people who left", "/people?standing=ended", both!("people-left")).await;
    walk.page("people, none", "/people?standing=none&login=none", both!("people-none")).await;
    let person =
        "SELECT h.person_id FROM portal.login_holders h JOIN portal.employment_periods e ON e.person_id = h.person_id
                    JOIN portal.people p ON p.id = h.person_id
                   WHERE e.superseded_at IS NULL AND p.full_name LIKE '%Keller' LIMIT 1";
    let person: Uuid = portal.database.value(person).await;
    walk.page("a person", &format!("/people/{person}"), both!("person")).await;
    let employment = format!("/people/{person}/employment");
    walk.page("employment", &employment, both!("employment")).await;
    let period = walk.browser.value("input[name=period]").await;
    path::post(&walk.browser, &employment, &[("act", "end"), ("on", "1999-01-01"), ("period", &period)]).await;
    walk.look("employment, not yet right", 422, both!("employment-errors")).await;
}

async fn logins(walk: &mut Walk, portal: &Portal) {
    walk.page("logins", "/people/logins", both!("logins")).await;
    walk.page("logins, matched", "/people/logins?view=matched", both!("logins-matched")).await;
    walk.page("logins of vendors", "/people/logins?view=vendors", both!("logins-vendors")).await;
    walk.page("system accounts", "/people/logins?view=system", both!("logins-system")).await;
    walk.browser.go("/people/logins").await;
    let unmatched = walk.browser.attribute("#rows a.id", "href").await;
    let id = unmatched.rsplit('/').next().unwrap_or_default().to_owned();
    let (pick, from) = (format!("pick-{id}"), format!("from-{id}"));
    path::post(&walk.browser, "/people/logins", &[(&pick, "yes"), (&from, "")]).await;
    walk.look("logins, not yet right", 422, both!("logins-errors")).await;
    walk.page("a login that nobody held", &unmatched, both!("login-unmatched")).await;
    let held: String = portal
        .database
        .value(
            "SELECT h.login_id || ' ' || h.id FROM portal.login_holders h JOIN portal.people p ON p.id = h.person_id
              WHERE p.full_name LIKE '%Keller' LIMIT 1",
        )
        .await;
    let (login, holder) = held.split_once(' ').expect("two ids");
    let login = format!("/people/logins/{login}");
    walk.page("a login", &login, both!("login")).await;
    path::post(&walk.browser, &login, &[("act", "save"), ("holder", holder), ("from", ""), ("to", "")]).await;
    walk.look("a login, not yet right", 422, both!("login-errors")).await;
}

async fn rosters(walk: &mut Walk) {
    walk.page("roster, new", "/people/roster/new", both!("roster-new")).await;
    walk.browser.go("/people/roster/new").await;
    walk.browser.click("form.card .btn.pri").await;
    walk.look("roster, not yet right", 422, both!("roster-errors")).await;
    let roster = people::a_week_later();
    walk.browser.go("/people/roster/new").await;
    walk.browser.find("#file").await.send_keys(roster.file.display().to_string()).await.expect("a file");
    walk.browser.click("form.card .btn.pri").await;
    walk.look("roster, planned", 200, both!("roster-plan")).await;
    let plan = walk.browser.path().await;
    walk.page("roster, problems", &format!("{plan}?change=problem"), both!("roster-problems")).await;
    walk.page("roster, unchanged", &format!("{plan}?change=unchanged"), &[]).await;
    walk.page("rosters", "/people/roster", both!("rosters")).await;
}

async fn facilities(walk: &mut Walk, role: &str) {
    walk.page(&format!("facilities of {role}"), "/facilities", both!("facilities")).await;
    let facility = walk.browser.attribute("#rows a", "href").await;
    walk.page(&format!("a facility of {role}"), &facility, both!("facility")).await;
}

/// What a role sees that the coordinator does not, or sees otherwise.
async fn of_a_role(walk: &mut Walk, portal: &Portal, role: &str) {
    const NONE: &[Picture] = &[];
    walk.page(&format!("people of {role}"), "/people", NONE).await;
    let roster: Uuid = portal.database.value("SELECT id FROM portal.rosters ORDER BY id DESC LIMIT 1").await;
    walk.page(&format!("rosters of {role}"), "/people/roster", NONE).await;
    walk.page(&format!("roster of {role}"), &format!("/people/roster/{roster}"), NONE).await;
    facilities(walk, role).await;
    match role {
        "auditor" => {
            walk.page("logins of an auditor", "/people/logins", both!("logins-auditor")).await;
            let login: Uuid = portal.database.value("SELECT login_id FROM portal.login_holders LIMIT 1").await;
            walk.page("a login, for an auditor", &format!("/people/logins/{login}"), NONE).await;
        }
        "manager" => {
            let facility = walk.browser.path().await;
            walk.page("a facility to change", &facility, both!("facility-change")).await;
            path::post(&walk.browser, &facility, &[("name", ""), ("networks", "nowhere")]).await;
            walk.look("a facility, not yet right", 422, both!("facility-errors")).await;
            path::post(&walk.browser, &format!("{facility}/departments"), &[("opens_at", "07:00")]).await;
            walk.look("a department, not yet right", 422, both!("department-errors")).await;
        }
        _ => {
            walk.page("facility, new", "/facilities/new", both!("facility-new")).await;
            walk.browser.click("form.card .btn.pri").await;
            walk.look("facility, new, not yet right", 422, both!("facility-new-errors")).await;
        }
    }
}

//! Every page, light, dark and on a phone: nothing for axe to find, no sideways scroll, a silent console, nothing kept in
//! the browser's storage.

use std::fmt::Write as _;
use std::path::PathBuf;

use hipaa_auditor::demo::PASSWORD;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::chromium::Chromium;
use crate::demo::Portal;
use crate::path;

mod accounts;
mod beside;
mod imports;
mod people;
mod questions;
mod reviews;
mod second_reviews;
mod triage;

const AXE: &str = include_str!("vendor/axe.min.js");

/// Runs axe and returns each violation with the places it was found at.
const LOOK: &str = r"
const done = arguments[arguments.length - 1];
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];
const options = { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'], preload: false };
axe.run(document, options).then(
  (result) => done(result.violations.map((v) => v.id + ': ' + v.help + '\n' +
    v.nodes.slice(0, 4).map((n) => '      ' + n.html.slice(0, 240) + '\n        ' +
      (n.failureSummary || '').replace(/\s+/g, ' ').slice(0, 300)).join('\n'))),
  (error) => done(['axe failed: ' + error]));
";

/// What is wider than the window, innermost first, if the page scrolls sideways.
const SIDEWAYS: &str = r"
const wide = document.scrollingElement.scrollWidth;
if (wide <= innerWidth) return [];
const out = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1);
return ['the page is ' + wide + ' px wide, for example: ' + out.slice(-3).map((e) => e.outerHTML.slice(0, 160)).join(' | ')];
";

/// Where a picture of the page goes, and in which of the three looks.
type Picture = (&'static str, Look);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Light,
    Dark,
    Phone,
}

impl Look {
    const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::Phone];

    async fn put_on(self, browser: &Chromium) {
        let (scheme, width, height) = match self {
            Self::Light => ("light", 1440, 900),
            Self::Dark => ("dark", 1440, 900),
            Self::Phone => ("light", 390, 844),
        };
        browser.media(scheme).await;
        browser.screen(width, height).await;
    }
}

/// A walk through the portal that collects what is wrong.
struct Walk {
    browser: Chromium,
    pictures: Option<PathBuf>,
    wrong: Vec<String>,
    looked_at: usize,
}

impl Walk {
    /// Nothing looked at yet.
    fn begin(browser: Chromium) -> Self {
        let pictures = std::env::var_os("HIPAA_AUDITOR_SCREENSHOTS").map(PathBuf::from);
        if let Some(folder) = &pictures {
            std::fs::create_dir_all(folder).expect("a folder for pictures");
        }
        Self { browser, pictures, wrong: Vec::new(), looked_at: 0 }
    }

    /// Opens a page and looks at it.
    async fn page(&mut self, name: &str, path: &str, pictures: &[Picture]) {
        self.browser.go(path).await;
        self.look(name, 200, pictures).await;
    }

    /// Opens a page that answers with a refusal, which the browser's console repeats.
    async fn refused(&mut self, name: &str, path: &str, status: u16, pictures: &[Picture]) {
        self.browser.go(path).await;
        self.look(name, status, pictures).await;
    }

    /// Looks at the page that is there.
    async fn look(&mut self, name: &str, status: u16, pictures: &[Picture]) {
        self.browser.until(name, "return document.readyState === 'complete'").await;
        let answered = self.browser.ask("return performance.getEntriesByType('navigation')[0].responseStatus").await;
        self.expect(name, answered == status, &format!("answered {answered}, not {status}"));
        self.browser.ask(AXE).await;
        for look in Look::ALL {
            look.put_on(&self.browser).await;
            let at = format!("{name}, {look:?}");
            self.all(&at, &self.browser.ask_later(LOOK).await);
            if look == Look::Phone {
                self.all(&at, &self.browser.ask(SIDEWAYS).await);
            }
            for (file, wanted) in pictures {
                if let Some(folder) = self.pictures.as_ref().filter(|_| *wanted == look) {
                    self.browser.picture(&folder.join(format!("{file}.png"))).await;
                }
            }
        }
        Look::Light.put_on(&self.browser).await;
        let kept = self.browser.ask("return [{...localStorage}, {...sessionStorage}]").await;
        self.expect(name, kept == json!([{}, {}]), &format!("keeps in storage: {kept}"));
        let expected = format!("responded with a status of {status}");
        for line in self.browser.console().await {
            self.expect(name, status != 200 && line.contains(&expected), &format!("console: {line}"));
        }
        self.looked_at += 1;
    }

    fn expect(&mut self, at: &str, holds: bool, otherwise: &str) {
        if !holds {
            self.wrong.push(format!("{at}: {otherwise}"));
        }
    }

    fn all(&mut self, at: &str, problems: &Value) {
        for problem in problems.as_array().into_iter().flatten() {
            self.wrong.push(format!("{at}: {}", problem.as_str().unwrap_or_default()));
        }
    }

    async fn become_role(&mut self, username: &str) {
        self.browser.forget_cookies().await;
        path::sign_in(&self.browser, username, PASSWORD).await;
    }

    fn finish(&self) {
        let mut report = String::new();
        for wrong in &self.wrong {
            let _ = write!(report, "\n- {wrong}");
        }
        assert!(self.wrong.is_empty(), "{} wrong on {} pages:{report}", self.wrong.len(), self.looked_at);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_has_an_accessibility_violation() {
    let portal = Portal::start().await;
    let mut walk = Walk::begin(Chromium::start(&portal.base).await);

    signed_out(&mut walk).await;
    walk.become_role("coordinator").await;
    cases(&mut walk, &portal).await;
    triage::triage(&mut walk, &portal).await;
    rows(&mut walk, &portal).await;
    findings(&mut walk, &portal).await;
    imports::imports(&mut walk, &portal).await;
    imports::mappings(&mut walk, &portal).await;
    a_session_that_ended(&mut walk, &portal).await;
    for role in ["manager", "auditor", "field_staff", "admin"] {
        walk.become_role(role).await;
        of_a_role(&mut walk, &portal, role).await;
    }

    walk.become_role("manager2").await;
    second_reviews::second_reviews(&mut walk, &portal).await;
    walk.become_role("manager").await;
    reviews::reviews(&mut walk, &portal).await;

    walk.finish();
    walk.browser.quit().await;
}

async fn signed_out(walk: &mut Walk) {
    walk.page("sign-in", "/sign-in", &[("sign-in", Look::Light), ("sign-in-dark", Look::Dark)]).await;
    path::try_to_sign_in(&walk.browser, "coordinator", "not the password").await;
    walk.look("sign-in, refused", 422, &[("sign-in-refused", Look::Light)]).await;
    walk.page("sign-up", "/sign-up", &[("sign-up", Look::Light)]).await;
    path::post(&walk.browser, "/sign-up", &[("full_name", "Winifred Ashdown")]).await;
    walk.look("sign-up, not yet right", 422, &[("sign-up-errors", Look::Light)]).await;
    walk.page("sign-up, received", "/sign-up/received", &[("sign-up-received", Look::Light)]).await;
    walk.refused("one-time link, used", "/reset/none-such", 410, &[("reset-used", Look::Light)]).await;
    walk.page("password set", "/password-set", &[("password-set", Look::Light)]).await;
    walk.refused("nowhere, signed out", "/no-such-page", 404, &[("not-found-signed-out", Look::Light)]).await;
}

async fn cases(walk: &mut Walk, portal: &Portal) {
    const SHOWN: &[Picture] = &[("queue", Look::Light), ("queue-dark", Look::Dark), ("queue-phone", Look::Phone)];
    for view in ["awaiting", "mine", "high", "break_glass", "asked", "overdue", "second_review", "decided_today", "all"]
    {
        walk.page(&format!("queue, {view}"), &format!("/access-logs?view={view}"), &[]).await;
    }
    walk.page("queue, nothing matches", "/access-logs?risk=low&rule=terminated_user", &[("states", Look::Light)]).await;
    let (case, version): (Uuid, i32) = {
        let row = portal.database.value::<String>(OPEN_CASE).await;
        let (id, version) = row.split_once(' ').expect("an id and a version");
        (id.parse().expect("an id"), version.parse().expect("a version"))
    };
    walk.page("queue with drawer", &format!("/access-logs?open={case}"), SHOWN).await;
    let one = format!("/access-logs/cases/{case}");
    walk.page("case, open", &one, &[("case", Look::Light), ("case-phone", Look::Phone)]).await;
    beside::context(walk, portal).await;
    path::post(&walk.browser, &format!("{one}/decision"), &[("version", &version.to_string())]).await;
    walk.look("case, not decided yet", 422, &[("form-errors", Look::Light)]).await;
    path::post(
        &walk.browser,
        &format!("{one}/decision"),
        &[("version", "7000"), ("disposition", "appropriate"), ("reason", "care_team")],
    )
    .await;
    walk.look("case, somebody else was first", 409, &[("conflict", Look::Light)]).await;
    let decided: Uuid = portal.database.value(DECIDED_CASE).await;
    walk.page("queue with a decided case", &format!("/access-logs?view=all&open={decided}"), &[]).await;
    walk.page("case, decided", &format!("/access-logs/cases/{decided}"), &[("case-decided", Look::Light)]).await;
}

async fn rows(walk: &mut Walk, portal: &Portal) {
    walk.page("rows", "/access-logs/rows", &[("rows", Look::Light), ("rows-phone", Look::Phone)]).await;
    let patient: Uuid = portal.database.value(&one_of("patient_id")).await;
    walk.page("patient", &format!("/patients/{patient}"), &[("patient", Look::Light), ("patient-phone", Look::Phone)])
        .await;
    let person: Uuid = portal.database.value(&one_of("person_id")).await;
    walk.page("person", &format!("/people/{person}"), &[]).await;
    beside::periods(walk, patient, person).await;
    let me: Uuid = portal.database.value("SELECT id FROM portal.people WHERE username = 'coordinator'").await;
    walk.page("person, oneself", &format!("/people/{me}"), &[]).await;
    path::post(&walk.browser, "/search", &[("q", "an")]).await;
    walk.look("search, found", 200, &[("search-found", Look::Light), ("search-found-phone", Look::Phone)]).await;
    path::post(&walk.browser, "/search", &[("q", "zzzz")]).await;
    walk.look("search, nothing", 200, &[("search-nothing", Look::Light)]).await;
}

async fn findings(walk: &mut Walk, portal: &Portal) {
    walk.page("findings, none", "/findings", &[("findings-none", Look::Light)]).await;
    let case: Uuid =
        portal.database.value(&format!("SELECT split_part(c, ' ', 1)::uuid FROM ({OPEN_CASE}) t(c)")).await;
    let new = format!("/findings/new?case={case}");
    walk.page("finding, new", &new, &[("new-finding", Look::Light)]).await;
    walk.browser.find("form.card .btn.pri").await;
    walk.browser.click("form.card .btn.pri").await;
    walk.look("finding, not yet right", 422, &[("new-finding-errors", Look::Light)]).await;
    walk.browser.go(&new).await;
    path::write_finding(&walk.browser, "Chart opened with the login of somebody who has left").await;
    walk.browser.click("form.card .btn.pri").await;
    walk.look("finding", 200, &[("finding", Look::Light), ("finding-phone", Look::Phone)]).await;
    work_on_a_finding(walk, portal, case).await;
    walk.page("case with a finding", &format!("/access-logs/cases/{case}"), &[]).await;
    walk.page("findings", "/findings", &[("findings", Look::Light), ("findings-phone", Look::Phone)]).await;
}

/// The finding at hand with some work done, its forms, and what they say when they come back.
async fn work_on_a_finding(walk: &mut Walk, portal: &Portal, case: Uuid) {
    let finding = walk.browser.path().await;
    let key = || Uuid::now_v7().to_string();
    for (path, fields) in [
        ("status", &[("version", "1"), ("step", "investigate"), ("note", "Asked the ward for its roster")][..]),
        ("comments", &[("kind", "comment"), ("comment", "The account was closed on the same day.")]),
        ("comments", &[("kind", "evidence"), ("comment", "Badge readers show nobody at the door after 19:00.")]),
        (
            "edit",
            &[
                ("version", "2"),
                ("title", "Chart opened with the login of somebody who has left"),
                ("severity", "low"),
                ("due", "2030-01-01"),
                ("reason", "The vendor answers late"),
                ("root_cause", "No end date in the roster"),
            ],
        ),
    ] {
        let key = key();
        let fields: Vec<_> = fields.iter().copied().chain([("form_key", &*key)]).collect();
        path::post(&walk.browser, &format!("{finding}/{path}"), &fields).await;
    }
    let worked =
        [("finding-worked", Look::Light), ("finding-worked-dark", Look::Dark), ("finding-worked-phone", Look::Phone)];
    walk.page("finding, worked on", &finding, &worked).await;
    path::post(&walk.browser, &format!("{finding}/comments"), &[("kind", "comment"), ("form_key", &key())]).await;
    walk.look("finding, a comment without words", 422, &[("finding-errors", Look::Light)]).await;
    path::post(
        &walk.browser,
        &format!("{finding}/status"),
        &[("version", "1"), ("step", "plan_action"), ("form_key", &key())],
    )
    .await;
    walk.look("finding, somebody else was first", 409, &[("finding-conflict", Look::Light)]).await;
    let edit = format!("{finding}/edit");
    walk.page("finding, edit", &edit, &[("finding-edit", Look::Light), ("finding-edit-phone", Look::Phone)]).await;
    path::post(
        &walk.browser,
        &edit,
        &[("version", "1"), ("title", "Mine"), ("severity", "high"), ("form_key", &key())],
    )
    .await;
    walk.look("finding, edited by somebody else", 409, &[("finding-edit-conflict", Look::Light)]).await;
    walk.page(
        "finding, link a case, none open",
        &format!("/findings/link?case={case}"),
        &[("finding-link-none", Look::Light)],
    )
    .await;
    walk.page("finding, unlink", &format!("{finding}/cases/unlinking?case={case}"), &[("finding-unlink", Look::Light)])
        .await;
    let another: Uuid = portal
        .database
        .value(&format!(
            "SELECT c.id FROM portal.review_cases c JOIN portal.review_cases o ON o.id = '{case}' AND c.facility_id = o.facility_id
              WHERE c.id <> o.id AND c.state = 'unassigned' AND c.person_id IS NULL OR c.person_id = o.person_id AND c.id <> o.id LIMIT 1"
        ))
        .await;
    walk.page("finding, link a case", &format!("/findings/link?case={another}"), &[("finding-link", Look::Light)])
        .await;
}

async fn a_session_that_ended(walk: &mut Walk, portal: &Portal) {
    walk.browser.go("/settings/preferences").await;
    portal.database.sql("UPDATE portal.sessions SET ended_at = clock_timestamp() WHERE ended_at IS NULL").await;
    walk.browser.click("form.card .btn.pri").await;
    walk.look("sign in again", 401, &[("sign-in-again", Look::Light)]).await;
}

async fn of_a_role(walk: &mut Walk, portal: &Portal, role: &str) {
    walk.page(&format!("first page of {role}"), "/", &[]).await;
    walk.page(
        &format!("trail of {role}"),
        "/audit",
        if role == "manager" { &[("audit", Look::Light), ("audit-phone", Look::Phone)] } else { &[] },
    )
    .await;
    walk.page(
        &format!("preferences of {role}"),
        "/settings/preferences",
        if role == "manager" { &[("preferences", Look::Light)] } else { &[] },
    )
    .await;
    if role != "admin" {
        walk.page(&format!("findings of {role}"), "/findings", &[]).await;
    }
    match role {
        "manager" => {
            walk.page("permissions", "/settings/permissions", &[("permissions", Look::Light)]).await;
            walk.page("trail, nothing matches", "/audit?outcome=error", &[("audit-none", Look::Light)]).await;
            walk.page(
                "exports",
                "/exports",
                &[("exports", Look::Light), ("exports-dark", Look::Dark), ("exports-phone", Look::Phone)],
            )
            .await;
            let seen: Uuid = portal.database.value(DECIDED_CASE).await;
            let seen = format!("/audit/seen/review_case/{seen}");
            walk.page("who has seen a case", &seen, &[("seen", Look::Light), ("seen-phone", Look::Phone)]).await;
            walk.page("who has seen a case, nobody", &format!("{seen}?to=2020-01-01"), &[("seen-none", Look::Light)])
                .await;
            walk.page("rules", "/settings/rules", &[("rules", Look::Light), ("rules-phone", Look::Phone)]).await;
            walk.page("rule", "/settings/rules/volume_spike", &[("rule", Look::Light), ("rule-phone", Look::Phone)])
                .await;
            walk.page("rule with lists", "/settings/rules/role_mismatch", &[("rule-lists", Look::Light)]).await;
            a_proposal(walk).await;
            let row: Uuid = portal.database.value("SELECT id FROM portal.access_logs ORDER BY id DESC LIMIT 1").await;
            walk.page("flag an access", &format!("/access-logs/rows/{row}/flag"), &[("flag", Look::Light)]).await;
            walk.refused("nowhere, signed in", "/no-such-page", 404, &[("not-found", Look::Light)]).await;
        }
        "auditor" => {
            let case: Uuid =
                portal.database.value(&format!("SELECT split_part(c, ' ', 1)::uuid FROM ({OPEN_CASE}) t(c)")).await;
            walk.page("case, for an auditor", &format!("/access-logs/cases/{case}"), &[]).await;
            walk.page("imports, for an auditor", "/imports", &[]).await;
            walk.page("coverage, for an auditor", "/imports/coverage", &[]).await;
        }
        _ => walk.refused(&format!("not allowed, {role}"), "/access-logs", 403, &[("not-allowed", Look::Light)]).await,
    }
}

/// A change of a rule: refused, then proposed, with the cases its shadow run gives.
async fn a_proposal(walk: &mut Walk) {
    for (times, status) in [("200", 422), ("20", 200)] {
        walk.browser.go("/settings/rules/volume_spike").await;
        let field = walk.browser.find("#times_usual").await;
        field.clear().await.expect("an empty field");
        field.send_keys(times).await.expect("a number");
        walk.browser.click("main form.card button.pri").await;
        if status == 422 {
            walk.look("rule, not yet right", 422, &[("rule-errors", Look::Light)]).await;
        } else {
            walk.browser.wait_for_text("Known decisions missed").await;
            walk.look("proposal", 200, &[("proposal", Look::Light), ("proposal-phone", Look::Phone)]).await;
            walk.browser.click("form[action$='/request'] button.pri").await;
            walk.look(
                "proposal, asked for",
                200,
                &[("proposal-asked", Look::Light), ("proposal-asked-dark", Look::Dark)],
            )
            .await;
        }
    }
}

/// Id and version of the oldest open case of the highest risk that the coordinator sees.
const OPEN_CASE: &str = "SELECT c.id || ' ' || c.version FROM portal.review_cases c
   JOIN portal.person_facilities f USING (facility_id) JOIN portal.people p ON p.id = f.person_id AND p.username = 'coordinator'
  WHERE c.disposition IS NULL AND c.person_id IS NOT NULL
  ORDER BY array_position(ARRAY['critical','high','medium','low'], c.risk::text), c.first_action_at LIMIT 1";

const DECIDED_CASE: &str = "SELECT c.id FROM portal.review_cases c
   JOIN portal.person_facilities f USING (facility_id) JOIN portal.people p ON p.id = f.person_id AND p.username = 'coordinator'
  WHERE c.disposition IS NOT NULL ORDER BY c.id LIMIT 1";

/// Somebody in a case that the coordinator sees.
fn one_of(column: &str) -> String {
    format!(
        "SELECT c.{column} FROM portal.review_cases c
           JOIN portal.person_facilities f USING (facility_id) JOIN portal.people p ON p.id = f.person_id AND p.username = 'coordinator'
          WHERE c.{column} IS NOT NULL ORDER BY c.id LIMIT 1"
    )
}

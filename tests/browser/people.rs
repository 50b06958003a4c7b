//! The workforce in the hand: logins that nobody is known to have held matched in one post, and a roster from its mapping
//! to the plan to the one act that applies it. Keyboard alone, and once without JavaScript.

use std::path::PathBuf;

use chrono::NaiveDate;
use hipaa_auditor::demo::organisation::{self, Organisation, Person};
use hipaa_auditor::demo::{ARCHIVE, PASSWORD};
use hipaa_auditor::ingest::presets;
use tempfile::TempDir;
use thirtyfour::prelude::Key;
use uuid::Uuid;

use crate::chromium::{Chromium, quoted};
use crate::demo::{Portal, today};
use crate::path;

/// The source of rosters that tests make where they are not about making one.
const PERSONNEL: &str = "Personnel";
const COLUMNS: &str = "Employee ID,First Name,Last Name,Work Email,User Name,Location,Department,Job Title,Manager ID,Hire Date,\
                       Position Start Date,Termination Date,Address 1,Address 2,City,ZIP,Status";

/// A roster to upload; it goes with its folder.
pub struct Roster {
    pub file: PathBuf,
    _folder: TempDir,
}

impl Roster {
    pub fn of(lines: &[String]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("personnel.csv");
        std::fs::write(&file, format!("{COLUMNS}\n{}\n", lines.join("\n"))).expect("a file");
        Self { file, _folder: folder }
    }
}

fn us(day: Option<NaiveDate>) -> String {
    day.map(|day| day.format("%m/%d/%Y").to_string()).unwrap_or_default()
}

/// Somebody as the personnel system writes what is recorded.
fn line(group: &Organisation, person: &Person) -> Option<String> {
    let job = person.employed_on(today())?;
    let department = &group.departments[job.department];
    let manager = job.supervisor.map(|at| group.people[at].employee_number.clone()).unwrap_or_default();
    let status = if job.leave { "Leave" } else { "Active" };
    Some(format!(
        "{},{},{},{},,{},{},{},{manager},,{},{},,,,,{status}",
        person.employee_number,
        person.first_name,
        person.last_name,
        person.email,
        group.facilities[department.facility].site_code,
        department.name,
        job.job_role,
        us(Some(job.from)),
        us(job.to),
    ))
}

/// The roster of the sites that the demo's coordinator works for, a week later: somebody left, somebody is new, somebody is
/// not in it, a line has no number, and a site is unknown.
pub fn a_week_later() -> Roster {
    let group = organisation::organisation(today());
    let covered = |person: &&Person| {
        person
            .employed_on(today())
            .is_some_and(|job| group.departments[job.department].facility + 1 < group.facilities.len())
    };
    let yesterday = us(today().pred_opt());
    let mut lines = Vec::new();
    for person in group.people.iter().filter(covered).filter(|person| person.key != "kosei") {
        let Some(text) = line(&group, person) else { continue };
        if person.key == "mfeldt" {
            let mut fields: Vec<_> = text.split(',').collect();
            (fields[11], fields[16]) = (yesterday.as_str(), "Terminated");
            lines.push(fields.join(","));
        } else {
            lines.push(text);
        }
    }
    lines.push(format!("70001,Imogen,Lightfoot,,,RVH,RVH Emergency,Registered nurse,,{yesterday},,,,,,,Active"));
    lines.push(format!("70002,Ansel,Thornbury,,,XYZ,Day Surgery,Registered nurse,,{yesterday},,,,,,,Active"));
    lines.push(",Nobody,Numbered,,,RVH,RVH Emergency,Registered nurse,,,,,,,,,Active".to_owned());
    Roster::of(&lines)
}

/// A source of rosters as the mapping tool makes it.
pub async fn personnel(portal: &Portal) {
    let spec = presets::by_name("hr-roster").expect("a preset").spec.to_json();
    let source = Uuid::now_v7();
    portal
        .database
        .sql(&format!(
            "INSERT INTO portal.sources (id, name, time_zone) VALUES ('{source}', '{PERSONNEL}', 'America/New_York');
             INSERT INTO portal.mappings (id, source_id, version, spec) VALUES (gen_random_uuid(), '{source}', 1, '{}')",
            spec.to_string().replace('\'', "''")
        ))
        .await;
}

/// Chooses from a list by the letters an option begins with.
async fn choose(browser: &Chromium, selector: &str, label: &str) {
    browser.tab_to(selector).await;
    browser.press(label).await;
    let shown = browser.text(&format!("{selector} option:checked")).await;
    assert!(shown.starts_with(label), "{selector} shows {shown:?}, not {label:?}");
}

/// Who the demo knows a login of the image archive to be of; the people in the office know it too.
fn number_of(key: &str) -> String {
    let group = organisation::organisation(today());
    group.people.iter().find(|person| person.key == key).expect("part of the demo").employee_number.clone()
}

/// How many rows the list has.
async fn rows(browser: &Chromium) -> usize {
    let rows = browser.ask("return document.querySelectorAll('#rows > tr').length").await;
    usize::try_from(rows.as_u64().unwrap_or_default()).expect("a few")
}

/// The id of a login in the list.
async fn login(browser: &Chromium, name: &str) -> String {
    let script = format!(
        "return [...document.querySelectorAll('#rows a.id')].find((a) => a.textContent === {}).pathname.split('/').pop()",
        quoted(name)
    );
    browser.ask(&script).await.as_str().expect("an id").to_owned()
}

async fn write(browser: &Chromium, selector: &str, text: &str) {
    browser.tab_to(selector).await;
    browser.press(text).await;
}

async fn holders_of_the_archive(portal: &Portal) -> i64 {
    portal
        .database
        .value(&format!(
            "SELECT count(*) FROM portal.login_holders h JOIN portal.ehr_logins l ON l.id = h.login_id
               JOIN portal.sources s ON s.id = l.source_id WHERE s.name = '{ARCHIVE}' AND h.person_id IS NOT NULL"
        ))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_fourteen_logins_are_matched_in_one_post_by_keyboard_alone() {
    let portal = Portal::start().await;
    let browser = Chromium::start(&portal.base).await;
    path::sign_in(&browser, "manager", PASSWORD).await;
    browser.enter(".side a[href='/people/logins']").await;
    let all = rows(&browser).await;
    let offered = browser.text("button[name=accept]").await;
    assert!(offered.starts_with("Accept ") && all > 14, "{all} rows, {offered}");
    let suggested: usize = offered.split(' ').nth(1).and_then(|count| count.parse().ok()).expect("a count");

    // what nobody suggests: one by knowledge, one that is a system's, one that is a vendor's, one by mistake
    let (adeyemi, interface) = (login(&browser, "adeyemi").await, login(&browser, "svc_interface").await);
    let (agency, locum) = (login(&browser, "tempagency07").await, login(&browser, "locum_night2").await);
    write(&browser, &format!("#holder-{locum}"), "Nobody Known").await;
    choose(&browser, &format!("select[name='kind-{interface}']"), "System account").await;
    choose(&browser, &format!("select[name='kind-{agency}']"), "Vendor").await;
    write(&browser, &format!("#holder-{agency}"), "Brightwell Staffing").await;
    write(&browser, &format!("#holder-{adeyemi}"), &number_of("sadeyemi")).await;
    browser.enter("button[name=accept]").await;

    browser.wait_for_focus(".errsum").await;
    let said = browser.text(".errsum").await;
    let matched = suggested + 3;
    assert!(matched >= 14 && said.starts_with(&format!("{matched} logins matched. 1 could not be")), "{said}");
    assert!(said.contains("locum_night2: Nobody within what your account covers"), "{said}");
    assert_eq!(rows(&browser).await, all - matched, "what was matched is gone from the list");
    assert_eq!(browser.value(&format!("#holder-{locum}")).await, "Nobody Known", "what was typed is kept");
    browser.tab_to(&format!(".errsum a[href='#holder-{locum}']")).await;
    browser.press_key(Key::Enter).await;
    browser.wait_for_focus(&format!("#holder-{locum}")).await;
    browser.find(&format!("#holder-{locum}")).await.clear().await.expect("an empty field");
    write(&browser, &format!("#holder-{locum}"), &number_of("kosei")).await;
    browser.enter("form .bulk button.pri").await;
    assert_eq!(browser.text("#toasts").await, "1 login matched");
    assert_eq!(rows(&browser).await, all - matched - 1);

    assert!(holders_of_the_archive(&portal).await > 10);
    browser.enter("main a[href='/people/logins?view=system']").await;
    assert!(browser.text("#rows").await.contains("svc_interface"));
    browser.enter("main a[href='/people/logins?view=vendors']").await;
    assert!(browser.text("#rows").await.contains("tempagency07"));
    browser.go(&format!("/people/logins/{adeyemi}")).await;
    assert!(browser.text("main").await.contains("Simi Adeyemi"));
    assert_eq!(browser.console().await.iter().filter(|line| !line.contains("status of 422")).count(), 0);
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_are_accepted_and_a_roster_is_applied_without_javascript() {
    let portal = Portal::start().await;
    personnel(&portal).await;
    let browser = Chromium::without_javascript(&portal.base).await;
    path::sign_in(&browser, "coordinator", PASSWORD).await;
    browser.click(".side a[href='/people/logins']").await;
    // narrowed to the archive, the list stays narrowed
    let options = browser.find("#source").await.find_all(thirtyfour::By::Tag("option")).await.expect("options");
    for option in options {
        if option.text().await.expect("its words") == ARCHIVE {
            option.click().await.expect("a choice");
            break;
        }
    }
    browser.click("form.filters button").await;
    let narrowed = browser.path().await;
    browser.click("button[name=accept]").await;
    assert!(browser.text("#toasts").await.ends_with("logins matched"), "{}", browser.text("#toasts").await);
    assert_eq!(browser.path().await, narrowed);

    let roster = a_week_later();
    browser.go("/people/roster/new").await;
    browser.find("#file").await.send_keys(roster.file.display().to_string()).await.expect("a file");
    browser.click("form.card button.pri").await;
    browser.click("form[action$='/application'] button.pri").await;
    assert_eq!(browser.text("#toasts").await, "Roster applied, 2 people changed");
    assert!(!browser.has("form[action$='/application']").await, "once only");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roster_goes_from_its_mapping_to_its_plan_to_the_workforce_by_keyboard_alone() {
    let portal = Portal::start().await;
    let browser = Chromium::start(&portal.base).await;
    let roster = a_week_later();
    let file = roster.file.display().to_string();
    path::sign_in(&browser, "coordinator", PASSWORD).await;
    browser.enter(".side a[href='/people']").await;
    browser.enter("main .head a.pri").await;
    assert!(browser.text("main").await.contains("No source of rosters is set up yet"));
    browser.enter("main a[href='/imports/mappings/new']").await;
    write(&browser, "#name", PERSONNEL).await;
    choose(&browser, "#target", "Workforce roster").await;
    choose(&browser, "#begin", "Workforce roster: HR roster").await;
    browser.tab_to("#file").await;
    browser.find("#file").await.send_keys(&file).await.expect("a file");
    browser.enter("form.card button.pri").await;
    browser.enter("button[value=save]").await;
    assert_eq!(browser.text("#toasts").await, "Mapping saved as version 1", "{}", browser.text("main").await);

    browser.enter(".side a[href='/people']").await;
    browser.enter("main a[href='/people/roster']").await;
    browser.enter("main .head a.pri").await;
    browser.enter("form.card button.pri").await;
    browser.wait_for_focus(".errsum").await;
    assert!(browser.text(".errsum").await.contains("Choose the roster’s file"));
    browser.tab_to("#file").await;
    browser.find("#file").await.send_keys(&file).await.expect("a file");
    browser.enter("form.card button.pri").await;

    let plan = browser.text("main").await;
    for fact in [
        "2 people would change",
        "2 lines have a problem",
        "Marcus Feldt",
        "Imogen Lightfoot",
        "No facility has this name or site code",
        "Kwame Osei",
    ] {
        assert!(plan.contains(fact), "{fact}: {plan}");
    }
    let working: i64 = portal.database.value(LIGHTFOOT).await;
    assert_eq!(working, 0, "nothing is written until somebody applies it");
    browser.enter("main nav a[href*='change=problem']").await;
    assert_eq!(rows(&browser).await, 2);
    // with a line that says nobody's number, nobody can be said to be missing
    assert!(!browser.has("input[name=missing_left]").await, "the tick is not offered");
    browser.enter("form[action$='/application'] button.pri").await;
    assert_eq!(browser.text("#toasts").await, "Roster applied, 2 people changed");
    assert_eq!(portal.database.value::<i64>(LIGHTFOOT).await, 1);
    browser.enter("main nav[aria-label=Breadcrumb] a").await;
    assert!(browser.text("#rows").await.contains("Applied"), "{}", browser.text("#rows").await);
    browser.quit().await;
}

const LIGHTFOOT: &str = "SELECT count(*) FROM portal.people p JOIN portal.employment_periods e ON e.person_id = p.id
  WHERE p.full_name = 'Imogen Lightfoot' AND e.ends_on IS NULL";

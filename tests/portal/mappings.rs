//! From an export that nobody knows to a mapping that reads it: over plain HTTP, without a script, with a sample whose
//! values stay out of the database and the trail.

use hipaa_auditor::config::Config;
use hipaa_auditor::features::mappings;
use uuid::Uuid;

use crate::exports::database;
use crate::fixtures::{MAPPING_DRAFT, SOURCE};
use crate::harness::{Answer, Browser, TestPortal, told};

/// An export that no preset knows: twelve-hour US times, a name, a word of its own, numbers whose zeros a spreadsheet ate.
const SAMPLE: &str = "Seen At;Staff;Chart No;Family Name;What;Unit\n\
    11/19/2026 02:05 PM;brac11;4711;Wolkenstein;Opened chart;Emergency\n\
    11/19/2026 02:06 PM;brac11;4712;Quagmorton;Faxed;Emergency\n\
    11/19/2026 02:07 PM;;4713;Wolkenstein;Opened chart;Emergency\n\
    19/11/2026 02:08 PM;brac11;4714;Wolkenstein;Opened chart;Emergency\n\
    11/01/2026 01:30 AM;brac11;4715;Wolkenstein;Opened chart;Emergency\n";
const VALUES: [&str; 4] = ["Wolkenstein", "Quagmorton", "4712", "Opened chart"];

async fn portal() -> (TestPortal, Config) {
    let mut kept = None;
    let portal = TestPortal::on(database().await, |config| kept = Some(config.clone())).await;
    (portal, kept.expect("settings"))
}

async fn begin(browser: &Browser, fields: &[(&'static str, &str)], sample: Option<&str>) -> Answer {
    let mut form = reqwest::multipart::Form::new();
    for (name, value) in fields {
        form = form.text(*name, (*value).to_owned());
    }
    if let Some(text) = sample {
        form = form.part("file", reqwest::multipart::Part::text(text.to_owned()).file_name("export.csv"));
    }
    browser.send(browser.request("POST", "/imports/mappings").multipart(form)).await
}

/// A draft for a new source.
async fn drafted(browser: &Browser, name: &str, sample: &str) -> String {
    let answer = begin(browser, &[("name", name), ("target", "access_log"), ("begin", "suggest")], Some(sample)).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.location().to_owned()
}

/// The answers that read the sample.
fn answers<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("version", "1"),
        ("encoding", "utf8"),
        ("separator", "semicolon"),
        ("time_zone", "America/Chicago"),
        ("time_format", "%m/%d/%Y %I:%M %p"),
        ("actor_kind", "workforce"),
        ("action_at", "Seen At"),
        ("actor_identifier", "Staff"),
        ("patient", "Chart No"),
        ("patient-pad", "8"),
        ("place", "Unit"),
        ("patient_surname", "Family Name"),
        ("access_type", "What"),
        ("access_type-was", "What"),
        ("access_type-otherwise", "execute"),
        ("access_type-empty", "execute"),
        ("access_type-theirs", "Opened chart"),
        ("access_type-ours", "view"),
        ("access_type-theirs", "Faxed"),
        ("access_type-ours", "disclose"),
    ];
    fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    fields.extend_from_slice(more);
    fields
}

fn samples(config: &Config) -> usize {
    std::fs::read_dir(config.spool_dir.join("samples")).map_or(0, Iterator::count)
}

#[actix_web::test]
async fn a_mapping_for_an_unknown_export_is_made_corrected_and_used_without_a_script() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let draft = drafted(&browser, "Chart system", SAMPLE).await;
    assert_eq!(samples(&config), 1);

    // what the file says of itself is chosen already; what it does not say is asked for
    let first = browser.get(&draft).await;
    assert_eq!(told(&portal.events(first.request_id()).await), "mapping.preview.read");
    for chosen in ["<option value=\"semicolon\" selected>", "<option value=\"Unit\" selected>", "Version 1, not saved"]
    {
        assert!(first.body.contains(chosen), "{chosen}\n{}", first.body);
    }

    // saved as it is: refused, named, and everything kept
    let bad =
        answers(&[("do", "save"), ("actor_identifier", ""), ("time_zone", "Chicago"), ("own_format", "%H-%M kept")]);
    let refused = browser.post(&draft, &bad).await;
    assert_eq!(refused.status, 422);
    for kept in [
        "Choose a time zone, such as America/New_York",
        "Choose the column of: User login",
        "href=\"#actor_identifier\"",
        "value=\"Chicago\"",
        "value=\"%H-%M kept\"",
        "<option value=\"Chart No\" selected>",
        "<option value=\"disclose\" selected>",
    ] {
        assert!(refused.body.contains(kept), "{kept}\n{}", refused.body);
    }
    assert_eq!(
        told(&portal.events(refused.request_id()).await),
        "mapping.preview.read mapping.create!validate_fail/invalid_input mapping.preview.read"
    );

    // the rows as they will be read
    let preview = browser.post(&draft, &answers(&[("do", "preview")])).await;
    assert_eq!(preview.status, 200, "{}", preview.body);
    for fact in [
        "Of 5 rows, 3 can be read and 2 cannot.",
        "Nov 19, 2026 14:05:00 CST",
        "••••4711",
        "<td>hashed</td>",
        "Disclosed (Faxed)",
        "No user login",
        "The time is not written as the mapping says",
        "1 time falls into the hour that the clocks repeat",
        "The clock said this twice that night; the earlier is taken",
    ] {
        assert!(preview.body.contains(fact), "{fact}\n{}", preview.body);
    }
    assert!(!preview.body.contains("Wolkenstein") && !preview.body.contains("00004711"), "{}", preview.body);

    let saved = browser.post(&draft, &answers(&[("do", "save")])).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    assert_eq!(told(&portal.events(saved.request_id()).await), "mapping.preview.read mapping.create");
    assert_eq!(samples(&config), 0, "the sample is gone");
    let page = browser.get(saved.location()).await;
    assert!(page.body.contains("Mapping saved as version 1") && page.body.contains("Chart No"), "{}", page.body);

    let source: Uuid = portal.value("SELECT id FROM portal.sources WHERE name = 'Chart system'").await;
    assert_eq!(saved.location(), format!("/imports/mappings/{source}"));
    let file = reqwest::multipart::Part::text(SAMPLE).file_name("export.csv");
    let form = reqwest::multipart::Form::new()
        .text("source", source.to_string())
        .text("form_key", Uuid::now_v7().to_string())
        .part("file", file);
    let imported = browser.send(browser.request("POST", "/imports").multipart(form)).await;
    assert_eq!(imported.status, 303, "{}", imported.body);
}

#[actix_web::test]
async fn no_value_of_a_sample_reaches_the_database_the_trail_or_the_disk_in_clear() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("manager").await;
    let draft = drafted(&browser, "Chart system", SAMPLE).await;
    browser.post(&draft, &answers(&[("do", "preview")])).await;
    let folder = config.spool_dir.join("samples");
    let sample = std::fs::read_dir(&folder).expect("there").next().expect("a file").expect("its name");
    let bytes = std::fs::read(sample.path()).expect("the file");
    assert!(VALUES.iter().all(|value| !bytes.windows(value.len()).any(|window| window == value.as_bytes())));
    let tables: Vec<String> = portal
        .value("SELECT array_agg(c.oid::regclass::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('portal', 'audit') AND c.relkind = 'r'")
        .await;
    for table in tables {
        for value in VALUES {
            let found: i64 =
                portal.value(&format!("SELECT count(*) FROM {table} t WHERE t::text ILIKE '%{value}%'")).await;
            assert_eq!(found, 0, "{value} in {table}");
        }
    }
}

#[actix_web::test]
async fn a_draft_is_its_makers_alone_and_ends_after_a_day() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let draft = drafted(&browser, "Chart system", SAMPLE).await;
    assert_eq!(portal.as_role("manager").await.get(&draft).await.status, 404);
    mappings::sweep(&config);
    assert_eq!(samples(&config), 1, "it is young");
    let id = draft.rsplit('/').next().expect("an id");
    portal
        .sql(&format!("UPDATE portal.mapping_drafts SET created_at = now() - interval '25 hours' WHERE id = '{id}'"))
        .await;
    assert_eq!(browser.get(&draft).await.status, 404);
    let path = config.spool_dir.join("samples").join(format!("{id}.upload"));
    let day_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(25);
    std::fs::File::options().write(true).open(path).and_then(|file| file.set_modified(day_ago)).expect("an old file");
    mappings::sweep(&config);
    assert_eq!(samples(&config), 0);
}

#[actix_web::test]
async fn a_new_version_says_what_changed_and_who_made_it_and_counts_once() {
    let (portal, _) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let form = browser.get(&format!("/imports/mappings/new?source={SOURCE}")).await;
    assert!(form.body.contains(&format!("value=\"{SOURCE}\" selected")), "{}", form.body);
    let begun =
        begin(&browser, &[("source", &SOURCE.to_string()), ("target", "access_log"), ("begin", "current")], None).await;
    let draft = begun.location().to_owned();
    let page = browser.get(&draft).await;
    assert!(page.body.contains("There is no sample beside this mapping"), "{}", page.body);
    assert!(page.body.contains("Save as version 3"), "{}", page.body);
    let fields = [
        ("do", "save"),
        ("version", "3"),
        ("action_at", "ACCESS_LOG.ACCESS_TIME"),
        ("actor_identifier", "EMP.SYSTEM_LOGIN"),
        ("patient", "PATIENT.PAT_MRN_ID"),
        ("time_zone", "America/Denver"),
    ];
    let stale = browser.post(&draft, &[&fields[..1], &[("version", "2")], &fields[2..]].concat()).await;
    assert_eq!(stale.status, 422);
    assert!(stale.body.contains("Version 2 was saved meanwhile"), "{}", stale.body);
    let (one, two) = tokio::join!(browser.post(&draft, &fields), browser.post(&draft, &fields));
    assert_eq!([one.status, two.status], [303; 2], "{}{}", one.body, two.body);
    assert_eq!(
        portal.value::<i64>(&format!("SELECT count(*) FROM portal.mappings WHERE source_id = '{SOURCE}'")).await,
        3
    );
    let page = portal.as_role("auditor").await.get(&format!("/imports/mappings/{SOURCE}")).await;
    let maker: String = portal.value("SELECT full_name FROM portal.people WHERE username = 'coordinator_a'").await;
    for fact in ["Version 3", &maker, "Department or site", "CLARITY_DEP.DEPARTMENT_NAME", "America/Denver"] {
        assert!(page.body.contains(fact) || page.body.contains(&fact.replace('_', " ")), "{fact}\n{}", page.body);
    }
    assert!(!page.body.contains("New version"), "an auditor makes none");
    assert_eq!(
        portal.value::<String>(&format!("SELECT time_zone FROM portal.sources WHERE id = '{SOURCE}'")).await,
        "America/Denver"
    );
}

#[actix_web::test]
async fn what_no_mapping_can_make_up_for_is_said_before_one_is_begun() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("manager").await;
    let fields = [("name", "Research"), ("target", "access_log"), ("begin", "suggest")];
    let extract =
        begin(&browser, &fields, Some("METRIC_NAME,PAT_ID,ACCESS_TIME,ACCESS_INSTANT\nx,1,2026-11-19 10:00:00,5\n"))
            .await;
    assert_eq!(extract.status, 422);
    assert!(extract.body.contains("does not say who opened the record"), "{}", extract.body);
    assert!(extract.body.contains("value=\"Research\""), "what was typed stays");
    let nothing = begin(&browser, &fields, None).await;
    assert!(nothing.status == 422 && nothing.body.contains("Choose a sample file"), "{}", nothing.body);
    let taken =
        begin(&browser, &[("name", "Epic"), ("target", "access_log"), ("begin", "suggest")], Some(SAMPLE)).await;
    assert!(taken.status == 422 && taken.body.contains("A source of this name is there already"), "{}", taken.body);
    let other =
        begin(&browser, &[("name", "HR"), ("target", "roster"), ("begin", "epic-access-log")], Some(SAMPLE)).await;
    assert!(other.status == 422 && other.body.contains("for another kind of file"), "{}", other.body);
    assert_eq!(samples(&config), 0, "a refused sample leaves nothing");
}

#[actix_web::test]
async fn a_header_that_does_not_fit_leads_from_the_import_to_its_mapping() {
    let (portal, _) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let file = reqwest::multipart::Part::text(SAMPLE).file_name("export.csv");
    let form = reqwest::multipart::Form::new()
        .text("source", SOURCE.to_string())
        .text("form_key", Uuid::now_v7().to_string())
        .part("file", file);
    let refused = browser.send(browser.request("POST", "/imports").multipart(form)).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains(&format!("href=\"/imports/mappings/new?source={SOURCE}")), "{}", refused.body);
    assert!(browser.get("/imports").await.body.contains("href=\"/imports/mappings\""));
}

async fn give(browser: &Browser, draft: &str, fields: &[(&'static str, &str)], sample: Option<&[u8]>) -> Answer {
    let mut form = reqwest::multipart::Form::new();
    for (name, value) in fields {
        form = form.text(*name, (*value).to_owned());
    }
    if let Some(bytes) = sample {
        form = form.part("sample", reqwest::multipart::Part::bytes(bytes.to_vec()).file_name("export.csv"));
    }
    browser.send(browser.request("POST", &format!("{draft}/sample")).multipart(form)).await
}

#[actix_web::test]
async fn a_sample_is_given_or_exchanged_later_and_what_was_chosen_stays() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let source = SOURCE.to_string();
    let begun = begin(&browser, &[("source", &source), ("target", "access_log"), ("begin", "current")], None).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    let draft = begun.location().to_owned();
    let page = browser.get(&draft).await.body;
    assert!(
        page.contains("There is no sample beside this mapping")
            && page.contains(&format!("formaction=\"{draft}/sample\"")),
        "{page}"
    );

    // with everything typed, and nothing saved yet
    let chosen = answers(&[]);
    let given = give(&browser, &draft, &chosen, Some(SAMPLE.as_bytes())).await;
    assert_eq!(given.status, 200, "{}", given.body);
    for kept in
        ["can be read", "value=\"8\"", "<option value=\"Chart No\" selected>", "<option value=\"semicolon\" selected>"]
    {
        assert!(given.body.contains(kept), "{kept}\n{}", given.body);
    }
    assert_eq!(
        told(&portal.events(given.request_id()).await),
        "mapping.preview.read mapping.sample.update",
        "a file that is kept is an act"
    );
    assert!(browser.get(&draft).await.body.contains("Exchange sample"), "it stays beside the draft");
    assert_eq!(samples(&config), 1);

    let other = SAMPLE.replace("Chart No", "Chart Number");
    let exchanged = give(&browser, &draft, &chosen, Some(other.as_bytes())).await;
    assert!(
        exchanged.body.contains("Chart No (not in this file)") && exchanged.body.contains(">Chart Number<"),
        "{}",
        exchanged.body
    );
    assert_eq!(samples(&config), 1, "in the other one's place");

    for wrong in [None, Some(&b""[..]), Some(b"%PDF-1.7 no export")] {
        let refused = give(&browser, &draft, &chosen, wrong).await;
        assert!(
            refused.status == 422 && refused.body.contains("value=\"8\"") && refused.body.contains(">Chart Number<"),
            "{}",
            refused.body
        );
        assert_eq!(samples(&config), 1, "the sample stays as it was");
    }
    let others = portal.as_role("manager").await;
    let foreign = give(&others, &draft, &chosen, Some(SAMPLE.as_bytes())).await;
    assert_eq!(
        (foreign.status, told(&portal.events(foreign.request_id()).await).as_str()),
        (404, "mapping.preview.read mapping.sample.update!authz_fail/not_in_scope")
    );
    let shown = browser.post(&draft, &answers(&[("do", "preview")])).await;
    assert!(shown.body.contains(">Chart Number<"), "and nobody else's post changes it");
}

#[actix_web::test]
async fn samples_that_come_at_once_are_each_taken_and_one_of_them_stays_whole() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let draft = drafted(&browser, "Twice sent", SAMPLE).await;
    let others: Vec<_> = (0..12).map(|n| SAMPLE.replace("Chart No", &format!("Chart {n}"))).collect();
    let given = others.iter().map(|other| give(&browser, &draft, &[], Some(other.as_bytes())));
    for answer in futures_util::future::join_all(given).await {
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    assert_eq!(samples(&config), 1, "nothing beside it");
    let page = browser.get(&draft).await.body;
    assert!((0..12).any(|n| page.contains(&format!(">Chart {n}<"))), "{page}");
}

#[actix_web::test]
async fn a_refused_upload_is_the_sample_of_its_mapping_without_being_chosen_again() {
    let (portal, config) = portal().await;
    let browser = portal.as_role("coordinator_a").await;
    let source = SOURCE.to_string();
    let file = reqwest::multipart::Part::text(SAMPLE).file_name("export.csv");
    let form = reqwest::multipart::Form::new().text("source", source.clone()).part("file", file);
    let refused = browser.send(browser.request("POST", "/imports").multipart(form)).await;
    let link = refused
        .body
        .split("href=\"")
        .find(|link| link.starts_with("/imports/mappings/new?source="))
        .expect("the way on");
    let link = link.split('"').next().expect("its end").replace("&#38;", "&").replace("&amp;", "&");
    let page = browser.get(&link).await;
    assert!(page.body.contains("The file that was refused is the sample."), "{}", page.body);
    let sample = link.split("sample=").nth(1).expect("which").to_owned();
    assert!(page.body.contains(&format!("name=\"sample\" value=\"{sample}\"")), "{}", page.body);

    // nobody else has it, and a form that is refused does not lose it
    let others = portal.as_role("manager").await;
    assert!(!others.get(&link).await.body.contains("The file that was refused"));
    let fields = |name: &'static str| {
        [("source", ""), ("name", name), ("target", "access_log"), ("begin", "suggest"), ("sample", "")]
    };
    let mut theirs = fields("Their own");
    theirs[4].1 = &sample;
    assert_eq!(begin(&others, &theirs, None).await.status, 422, "a sample is needed");
    let mut ours = fields("no/such name");
    ours[4].1 = &sample;
    let again = begin(&browser, &ours, None).await;
    assert!(again.status == 422 && again.body.contains("The file that was refused is the sample."), "{}", again.body);
    ours[1].1 = "Another source";
    let begun = begin(&browser, &ours, None).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    let page = browser.get(begun.location()).await;
    assert!(page.body.contains("Chart No") && page.body.contains("Exchange sample"), "{}", page.body);
    assert_eq!(samples(&config), 1, "the draft's alone");
}

#[actix_web::test]
async fn a_draft_without_a_sample_can_be_read_by_its_maker() {
    let (portal, _) = portal().await;
    let page = portal.as_role("manager").await.get(&format!("/imports/mappings/drafts/{MAPPING_DRAFT}")).await;
    assert!(page.status == 200 && page.body.contains("PATIENT.PAT_MRN_ID"), "{}", page.body);
}

#[actix_web::test]
async fn a_roster_and_messages_have_mappings_too() {
    let (portal, _) = portal().await;
    let browser = portal.as_role("manager").await;
    let roster = "Employee ID,First Name,Last Name,Location,Hire Date,Termination Date,Address 1,City,ZIP,Status\n\
        0042,Dana,Wolkenstein,RVH,03/28/2019,,12 Main St,Springfield,01101,On leave\n\
        0043,Ann,Quagmorton,RVH,2019-03-28,,12 Main St,Springfield,01101,Active\n";
    let begun =
        begin(&browser, &[("name", "HR system"), ("target", "roster"), ("begin", "suggest")], Some(roster)).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    let page = browser.get(begun.location()).await;
    for fact in [
        "Of 2 rows, 1 can be read and 1 cannot.",
        "On leave (On leave)",
        "<td>hashed</td>",
        "The day is not written as the mapping says",
    ] {
        assert!(page.body.contains(fact), "{fact}\n{}", page.body);
    }
    assert!(!page.body.contains("Springfield"), "an address is not shown");

    let event = r#"{"resourceType":"AuditEvent","id":"e1","recorded":"2026-11-19T14:05:09Z","action":"R","outcome":"0",
        "type":{"system":"http://terminology.hl7.org/CodeSystem/audit-event-type","code":"rest"},
        "agent":[{"requestor":true,"who":{"identifier":{"value":"dmarsh"}}}],
        "entity":[{"what":{"reference":"Patient/471100815"},"type":{"code":"1"},"role":{"code":"1"}}]}"#;
    let begun =
        begin(&browser, &[("name", "FHIR server"), ("target", "access_log"), ("begin", "suggest")], Some(event)).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    let page = browser.get(begun.location()).await;
    for fact in ["FHIR AuditEvent", "The one row can be read.", "<td>dmarsh</td>"] {
        assert!(page.body.contains(fact), "{fact}\n{}", page.body);
    }
    assert!(!page.body.contains("471100815"), "{}", page.body);
    let saved = browser
        .post(begun.location(), &[("do", "save"), ("version", "1"), ("time_zone", "UTC"), ("actor_kind", "workforce")])
        .await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let kind: String = portal.value("SELECT m.spec->>'kind' FROM portal.mappings m JOIN portal.sources s ON s.id = m.source_id WHERE s.name = 'FHIR server'").await;
    assert_eq!(kind, "fhir");
}

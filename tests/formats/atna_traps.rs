//! The traps of DICOM/ATNA audit XML, one test each.

use hipaa_auditor::ingest::Row;
use hipaa_auditor::ingest::words::Reason;

use super::harness::{atna, line, only, refused, rows};

const HUMAN: &str = r#"<ActiveParticipant UserID="dmarsh" UserName="Dana Marsh" UserIsRequestor="true"/>"#;
const CLIENT: &str = r#"<ActiveParticipant UserID="app" AlternativeUserID="4711" UserIsRequestor="false" NetworkAccessPointID="10.1.2.3" NetworkAccessPointTypeCode="2"><RoleIDCode csd-code="110153"/></ActiveParticipant>"#;
const PATIENT: &str = r#"<ParticipantObjectIdentification ParticipantObjectID="42^^^&amp;1.2.3&amp;ISO" ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"/>"#;
const STUDY: &str = r#"<ParticipantObjectIdentification ParticipantObjectID="1.2.840.1" ParticipantObjectTypeCode="2" ParticipantObjectTypeCodeRole="3"><ParticipantObjectIDTypeCode csd-code="110180"/></ParticipantObjectIdentification>"#;

fn event(kind: &str, types: &[&str], action: &str) -> String {
    let types: Vec<_> = types.iter().map(|code| format!("<EventTypeCode csd-code=\"{code}\"/>")).collect();
    let types = types.concat();
    format!(
        "<EventIdentification EventActionCode=\"{action}\" EventDateTime=\"2026-10-03T02:14:09.5Z\" EventOutcomeIndicator=\"0\"><EventID csd-code=\"{kind}\"/>{types}</EventIdentification>"
    )
}

fn message(event: &str, people: &str, objects: &str) -> String {
    format!(
        "<AuditMessage>{event}{people}<AuditSourceIdentification AuditEnterpriseSiteID=\"North\" AuditSourceID=\"PACS\"/>{objects}</AuditMessage>"
    )
}

/// Somebody opened a study.
fn opened() -> String {
    message(&event("110103", &[], "R"), &format!("{HUMAN}{CLIENT}"), &format!("{PATIENT}{STUDY}"))
}

fn row(text: &str) -> Row {
    only(atna(text.as_bytes()))
}

fn people(people: &str) -> Row {
    row(&message(&event("110103", &[], "R"), people, PATIENT))
}

#[test]
fn an_opened_study_is_a_view() {
    let wanted = "dmarsh; workforce; ImagingStudy/1.2.840.1; 1.2.3|42; view; 2026-10-03T02:14:09.500Z; 10.1.2.3; PACS; UNSTATED; success; North; -";
    assert_eq!(line(&Ok(row(&opened()))), wanted);
}

#[test]
fn both_spellings_of_a_code_are_read() {
    let old = opened().replace("csd-code", "code").replace("codeSystem", "displayName");
    let (mut old, mut new) = (row(&old), row(&opened()));
    assert!(old.source_event_id.take().is_some() && new.source_event_id.take().is_some());
    assert_eq!(old, new);
    let source = opened().replace("AuditSourceID=\"PACS\"", "AuditSourceID=\"PACS\" code=\"4\"");
    assert_eq!(row(&source).device_label.as_deref(), Some("PACS"));
}

#[test]
fn of_two_requestors_the_human_is_the_user() {
    let machine = CLIENT.replace("\"false\"", "\"true\"");
    assert_eq!(people(&format!("{machine}{HUMAN}")).login, "dmarsh");
    assert_eq!(
        people(&format!("{machine}<ActiveParticipant UserID=\"dmarsh\" UserIsRequestor=\"true\"/>")).login,
        "dmarsh"
    );
}

#[test]
fn where_nobody_is_said_to_have_requested_it_the_human_did() {
    assert_eq!(people(&format!("{CLIENT}{}", HUMAN.replace("true", "false"))).login, "dmarsh");
    assert_eq!(people(&format!("{CLIENT}{}", HUMAN.replace("UserIsRequestor=\"true\"", ""))).login, "dmarsh");
    let by_type = r#"<ActiveParticipant UserID="dmarsh"><UserIDTypeCode csd-code="113871"/></ActiveParticipant>"#;
    assert_eq!(people(&format!("{CLIENT}{by_type}")).login, "dmarsh");
}

#[test]
fn a_url_a_process_or_an_address_is_no_person() {
    for id in ["http://server/fhir/Patient?name=Smith", "PKL|SAP", "fe80::5999:d1ef:63de:a8bb%11", "10.0.0.1"] {
        let row = people(&format!("<ActiveParticipant UserID=\"{id}\" UserIsRequestor=\"true\"/>"));
        assert_eq!(row.actor_kind, "system", "{id}");
        assert!(!row.login.contains("Smith"));
    }
    let nobody = people(
        "<ActiveParticipant UserID=\"unknown\" UserIsRequestor=\"true\"><RoleIDCode csd-code=\"110153\"/></ActiveParticipant>",
    );
    assert_eq!((nobody.actor_kind.as_str(), nobody.login.as_str()), ("unknown", "(no user)"));
}

#[test]
fn an_asserted_name_is_the_same_person_and_nobody_behind_them() {
    let twice = format!("<ActiveParticipant UserID=\"d@h.org\" UserName=\"DM&lt;d@h.org&gt;\"/>{HUMAN}{CLIENT}");
    let row = people(&twice);
    assert_eq!((row.login.as_str(), row.on_behalf_of), ("dmarsh", None));
    let other = people(&format!(
        "{HUMAN}{CLIENT}<ActiveParticipant UserID=\"rcast\" UserName=\"R. Castellano\" UserIsRequestor=\"false\"/>"
    ));
    assert_eq!(other.on_behalf_of.as_deref(), Some("rcast"));
}

#[test]
fn an_alternative_id_is_no_identity_but_may_be_a_workstation() {
    let row = people(
        r#"<ActiveParticipant UserID="" AlternativeUserID="9293" UserIsRequestor="true"><RoleIDCode csd-code="110153"/></ActiveParticipant>"#,
    );
    assert_eq!(row.login, "(no user)");
    let ae = people(&format!("{HUMAN}{}", CLIENT.replace("4711", "AETITLE=AEFOO")));
    assert_eq!(ae.device_label.as_deref(), Some("AEFOO"));
}

#[test]
fn a_patient_in_the_portal_is_no_workforce() {
    let patient = r#"<ActiveParticipant UserID="761337610410035724" UserName="Ann Example" UserIsRequestor="true"><RoleIDCode csd-code="PAT"/></ActiveParticipant>"#;
    let row = people(patient);
    assert_eq!(row.actor_kind, "patient");
    assert!(row.login.starts_with("patient:") && !row.login.contains("7613"));
}

#[test]
fn a_time_may_have_no_zone_and_up_to_nine_digits() {
    let at = |text: &str| line(&Ok(row(&opened().replace("2026-10-03T02:14:09.5Z", text))));
    assert!(at("2026-10-03T02:14:09").contains("2026-10-03T06:14:09.000Z"), "the source's zone");
    assert!(at("2026-10-03T02:14:09.123456789-06:00").contains("2026-10-03T08:14:09.123Z"));
    assert_eq!(refused(atna(opened().replace("2026-10-03T02:14:09.5Z", "").as_bytes())), Reason::MissingTime);
    assert_eq!(
        refused(atna(opened().replace("2026-10-03T02:14:09.5Z", "03.10.2026").as_bytes())),
        Reason::UnreadableTime
    );
}

#[test]
fn queries_and_details_are_never_kept() {
    let secret = "PGZhbWlseT5TZWNyZXRuYW1lPC9mYW1pbHk+";
    let query = format!(
        "<ParticipantObjectIdentification ParticipantObjectID=\"q1\" ParticipantObjectTypeCode=\"2\" ParticipantObjectTypeCodeRole=\"24\"><ParticipantObjectIDTypeCode csd-code=\"ITI-47\"/><ParticipantObjectQuery>{secret}</ParticipantObjectQuery><ParticipantObjectDetail type=\"MSH-10\" value=\"{secret}\"/><ParticipantObjectName>Secretname</ParticipantObjectName></ParticipantObjectIdentification>"
    );
    let row = row(&message(&event("110112", &["ITI-47"], "E"), HUMAN, &query));
    assert_eq!(
        (row.access_type.as_str(), row.resource_id.as_deref(), row.resource_word.as_deref()),
        ("search", Some("q1"), Some("ITI-47"))
    );
    let all = format!("{row:?}");
    assert!(!all.contains("Secretname") && !all.contains("PGZhbWls"));
}

#[test]
fn patients_and_studies_that_repeat_are_rows_of_their_own() {
    let (other, second) = (PATIENT.replace("42^", "43^"), STUDY.replace("840.1\"", "840.2\""));
    let of = |objects: &str| {
        let all = rows(atna(message(&event("110103", &[], "R"), HUMAN, objects).as_bytes()));
        all.iter()
            .map(|row| {
                format!("{} {}", row.patient.as_deref().unwrap_or("-"), row.resource_id.as_deref().unwrap_or("-"))
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&format!("{PATIENT}{other}{STUDY}")), ["1.2.3|42 1.2.840.1", "1.2.3|43 1.2.840.1"]);
    assert_eq!(of(&format!("{PATIENT}{STUDY}{second}")), ["1.2.3|42 1.2.840.1", "1.2.3|42 1.2.840.2"]);
    assert_eq!(
        of(&format!("{PATIENT}{other}{STUDY}{second}")),
        ["1.2.3|42 1.2.840.1", "1.2.3|43 1.2.840.1", "- 1.2.840.2"],
        "whose it is the message does not say"
    );
}

#[test]
fn a_patients_id_may_be_none_or_one_of_several() {
    let of = |id: &str| {
        row(&message(&event("110110", &[], "R"), HUMAN, &PATIENT.replace("42^^^&amp;1.2.3&amp;ISO", id))).patient
    };
    assert_eq!(of("&lt;none&gt;"), None);
    assert_eq!(of("42^^^&amp;1.2.3&amp;ISO~77^^^&amp;4.5.6&amp;ISO").as_deref(), Some("1.2.3|42"));
    assert_eq!(of("42@1.2.3").as_deref(), Some("1.2.3|42"));
}

#[test]
fn traces_are_no_records() {
    let trace = r#"<ParticipantObjectIdentification ParticipantObjectID="00-0af76519-b7ad-00" ParticipantObjectTypeCode="4" ParticipantObjectTypeCodeRole="26"/>"#;
    let row = row(&message(&event("110110", &[], "R"), HUMAN, &format!("{PATIENT}{trace}")));
    assert_eq!((row.resource_type.as_str(), row.resource_id), ("Patient", None));
}

#[test]
fn retrieving_a_document_to_look_at_is_no_import() {
    let of = |kind, types: &[&str], action| row(&message(&event(kind, types, action), HUMAN, PATIENT)).access_type;
    assert_eq!(of("110107", &["ITI-43"], "C"), "view");
    assert_eq!(of("110107", &["ITI-42"], "C"), "import");
    assert_eq!(of("110106", &["ITI-41"], "R"), "export");
    assert_eq!(of("110122", &[], "E"), "login");
    assert_eq!(of("110114", &["110123"], "E"), "logout");
    assert_eq!(of("110113", &["110127"], "E"), "break_glass");
    assert_eq!(of("110113", &["110136"], "E"), "security");
}

#[test]
fn nothing_outside_the_message_is_read() {
    let entity = opened().replace("UserID=\"dmarsh\"", "UserID=\"&xxe;\"");
    let file = format!("<!DOCTYPE AuditMessage [<!ENTITY xxe SYSTEM \"file:///etc/passwd\">]>{entity}");
    assert_eq!(refused(atna(file.as_bytes())), Reason::NotXml);
    let harmless =
        format!("<?xml version=\"1.0\"?><!DOCTYPE AuditMessage SYSTEM \"http://attacker/x.dtd\">{}", opened());
    assert_eq!(row(&harmless).login, "dmarsh");
    let bomb = format!(
        "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>{}",
        opened().replace("AuditSourceID=\"PACS\"", "AuditSourceID=\"&b;\"")
    );
    assert_eq!(refused(atna(bomb.as_bytes())), Reason::NotXml);
    let schema = opened()
        .replace("<AuditMessage>", "<AuditMessage xmlns:xsi=\"x\" xsi:noNamespaceSchemaLocation=\"D:\\a.rnc\">");
    assert_eq!(row(&schema).source_event_id, row(&opened()).source_event_id);
}

#[test]
fn depth_and_size_are_capped() {
    let deep =
        opened().replace("</AuditMessage>", &format!("{}{}</AuditMessage>", "<x>".repeat(100), "</x>".repeat(100)));
    assert_eq!(refused(atna(deep.as_bytes())), Reason::TooDeep);
    let long = opened().replace("PACS", &"x".repeat(5 * 1024 * 1024));
    let told: Vec<_> = atna(format!("{}\n{long}\n{}", opened(), opened()).as_bytes()).iter().map(line).collect();
    assert_eq!(told[1], "rejected 2: too_long");
    assert!(told[0].starts_with("dmarsh") && told[2].starts_with("dmarsh"), "{told:?}");
}

#[test]
fn a_message_that_never_closes_costs_itself() {
    let cut = &opened()[..300];
    for file in [format!("{cut}\n<?xml version=\"1.0\"?>{}", opened()), format!("{cut}{}", opened())] {
        let told: Vec<_> = atna(file.as_bytes()).iter().map(line).collect();
        assert!(told[0].starts_with("rejected 1: ") && told[1].starts_with("dmarsh"), "{told:?}");
    }
    assert_eq!(refused(atna(cut.as_bytes())), Reason::CutShort);
}

#[test]
fn what_stands_between_messages_is_not_lost() {
    let told: Vec<_> =
        atna(format!("{}hello<data>x</data>{}<!-- bye -->", opened(), opened()).as_bytes()).iter().map(line).collect();
    assert_eq!(told.len(), 3);
    assert_eq!(told[1], "rejected 2: not_an_audit_message");
    let wrapped = format!("<AuditLog>{}\n{}</AuditLog>", opened(), opened());
    assert_eq!(rows(atna(wrapped.as_bytes())).len(), 2);
}

#[test]
fn a_message_sent_again_is_known_and_blanks_do_not_change_it() {
    let again = opened().replace("><", ">\n  <");
    let commented = opened().replace("<EventID", "<!-- c --><EventID");
    let all = rows(atna(format!("{}{again}{commented}", opened()).as_bytes()));
    assert!(all.iter().all(|row| row.source_event_id == all[0].source_event_id && row.micros == all[0].micros));
    let other = row(&opened().replace("1.2.840.1", "1.2.840.7"));
    assert_ne!(other.source_event_id, all[0].source_event_id);
}

#[test]
fn latin_text_is_read_by_its_declaration() {
    let text = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{}", opened().replace("North", "Nord-S\u{fc}d"));
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin")).collect();
    assert_eq!(only(atna(&latin)).place.as_deref(), Some("Nord-S\u{fc}d"));
    let undeclared = latin[latin.windows(2).position(|two| two == b"?>").expect("there") + 2..].to_vec();
    assert_eq!(refused(atna(&undeclared)), Reason::NotUnicode);
}

#[test]
fn a_patients_name_leaves_a_hash_alone() {
    let named = PATIENT.replace(
        "/>",
        "><ParticipantObjectName>SECRETNAME^ANN</ParticipantObjectName></ParticipantObjectIdentification>",
    );
    let row = row(&message(&event("110110", &[], "R"), HUMAN, &named));
    assert!(row.surname_hash.is_some() && row.name_hash.is_some());
    assert!(!format!("{row:?}").contains("SECRET"));
}

/// A participant with these attributes and this role.
fn taking_part(attributes: &str, role: &str) -> String {
    format!(
        "<ActiveParticipant {attributes} UserIsRequestor=\"false\"><RoleIDCode csd-code=\"{role}\"/></ActiveParticipant>"
    )
}

#[test]
fn whoever_has_no_id_and_what_was_launched_with_are_not_the_one_who_did_it() {
    let human = HUMAN.replace("true", "false");
    let nameless = "<ActiveParticipant UserName=\"Somebody\" UserIsRequestor=\"false\"/>";
    assert_eq!(people(&format!("{nameless}{human}{CLIENT}")).login, "dmarsh", "a name is no login");
    let launcher = taking_part("UserID=\"launcher\" UserName=\"Launcher\"", "110151");
    assert_eq!(people(&format!("{launcher}{human}{CLIENT}")).login, "dmarsh");
    // where nobody else could have done it, whatever requested it did
    let machine = CLIENT.replace("\"false\"", "\"true\"");
    assert_eq!(people(&format!("{launcher}{machine}")).login, "app");
    assert_eq!(people(&format!("{}{machine}", taking_part("UserID=\"other\"", "110155"))).login, "app");
}

#[test]
fn the_workstation_is_the_title_at_the_users_own_address() {
    let server = taking_part("UserID=\"AETITLE=AESERVER\" NetworkAccessPointID=\"10.1.1.1\"", "110153");
    let station = taking_part("UserID=\"AETITLE=AEWS\" NetworkAccessPointID=\"10.9.9.9\"", "110155");
    let user = HUMAN.replace("UserID", "NetworkAccessPointID=\"10.9.9.9\" UserID");
    let device = |all: &[&str]| people(&all.concat()).device_label;
    assert_eq!(device(&[&server, &user, &station]).as_deref(), Some("AEWS"));
    assert_eq!(device(&[&server, &user]).as_deref(), Some("AESERVER"), "else that of the machine it was done with");
    // who has no address has it in common with nobody
    let nowhere = taking_part("UserID=\"AETITLE=AENOWHERE\"", "110155");
    assert_eq!(device(&[&nowhere, HUMAN]).as_deref(), Some("PACS"));
    let at_home = HUMAN.replace("UserID", "NetworkAccessPointID=\"ws-12\" UserID");
    let at_work = CLIENT.replace("10.1.2.3", "srv-1");
    assert_eq!(device(&[&at_work, &at_home]).as_deref(), Some("ws-12"), "the user's own host before the machine's");
    assert_eq!(device(&[&at_work, HUMAN]).as_deref(), Some("srv-1"));
}

#[test]
fn a_record_is_named_by_an_address_only_where_it_is_one() {
    let about = |id: &str, id_type: &str| {
        let object = format!(
            "<ParticipantObjectIdentification ParticipantObjectID=\"{id}\" ParticipantObjectTypeCode=\"2\" ParticipantObjectTypeCodeRole=\"4\">{id_type}</ParticipantObjectIdentification>"
        );
        let row = row(&message(&event("110110", &[], "R"), HUMAN, &format!("{PATIENT}{object}")));
        format!("{} {}", row.resource_type, row.resource_id.unwrap_or_default())
    };
    let coded = "<ParticipantObjectIDTypeCode csd-code=\"12\"/>";
    assert_eq!(about("https://server/fhir/Observation/7?x=y", ""), "Observation 7");
    assert_eq!(about("Observation/7/_history/2", coded), "Observation 7");
    assert_eq!(about("https://server/fhir/Observation/7", coded), "Observation 7");
    assert_eq!(about("Observation/7", ""), "Patient Observation/7", "a name with a slash");
}

#[test]
fn a_wrapper_that_holds_no_message_is_said_wherever_it_stands() {
    let told = |file: String| atna(file.as_bytes()).iter().map(line).collect::<Vec<_>>();
    let after = told(format!("<AuditLog>{}</AuditLog><Other>nothing of ours</Other>", opened()));
    assert!(after[0].starts_with("dmarsh") && after.len() == 2, "{after:?}");
    assert_eq!(after[1], "rejected 2: not_an_audit_message");
    let around = told(format!("<AuditLog>{}<Count>1</Count></AuditLog>", opened()));
    assert!(around[0].starts_with("dmarsh") && around.len() == 1, "what a wrapper says beside is its own: {around:?}");
}

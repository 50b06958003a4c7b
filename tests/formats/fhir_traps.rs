//! The traps of FHIR `AuditEvent` and of naming what was done, one test each.

use serde_json::{Value, json};

use hipaa_auditor::ingest::formats::{self, MessageKind};
use hipaa_auditor::ingest::words::Reason;
use hipaa_auditor::ingest::{Next, Reject, Row};

use super::harness::{fhir, keys, line, now, only, read, refused, rows, settings};

/// A read by a clinician: user, client and server.
fn event() -> Value {
    json!({
        "resourceType": "AuditEvent",
        "id": "e1",
        "type": {"code": "rest"},
        "subtype": [{"code": "read"}],
        "action": "R",
        "recorded": "2026-10-03T02:14:09Z",
        "outcome": "0",
        "agent": [
            {"type": {"coding": [{"code": "110152"}]}, "who": {"display": "ws-7"}, "requestor": false, "network": {"address": "10.1.2.3", "type": "2"}},
            {"type": {"coding": [{"code": "110153"}]}, "who": {"reference": "Device/server"}, "requestor": false, "network": {"address": "http://server/fhir", "type": "5"}},
            {"type": {"coding": [{"code": "IRCP"}]}, "who": {"identifier": {"value": "dmarsh"}}, "requestor": true}
        ],
        "source": {"site": "North", "observer": {"reference": "Device/server"}},
        "entity": [
            {"what": {"reference": "Observation/o1"}, "role": {"code": "4"}},
            {"what": {"reference": "Patient/p1"}, "type": {"code": "1"}, "role": {"code": "1"}}
        ]
    })
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut event = event();
    change(&mut event);
    event
}

fn row(change: impl FnOnce(&mut Value)) -> Row {
    only(fhir(with(change).to_string().as_bytes()))
}

fn all(value: &Value) -> Vec<Result<Row, Reject>> {
    fhir(value.to_string().as_bytes())
}

#[test]
fn a_plain_read_is_a_view() {
    let wanted = "dmarsh; workforce; Observation/o1; p1; view; 2026-10-03T02:14:09.000Z; 10.1.2.3; ws-7; UNSTATED; success; North; -";
    assert_eq!(line(&Ok(row(|_| {}))), wanted);
}

#[test]
fn a_query_is_a_search_although_its_action_is_execute() {
    let query = row(|event| (event["action"], event["subtype"]) = (json!("E"), json!([{"code": "search-type"}])));
    assert_eq!((query.access_type.as_str(), query.access_word.as_deref()), ("search", Some("rest search-type E")));
}

#[test]
fn all_codes_are_kept_raw_and_words_beside_them_are_not() {
    let said = row(|event| {
        event["subtype"] = json!([{"code": "Opened by John Smith", "display": "John Smith"}, {"code": "vread"}]);
    });
    assert_eq!(said.access_word.as_deref(), Some("rest vread R"));
}

#[test]
fn several_agents_are_siblings_and_the_user_has_no_network() {
    let row = row(|_| {});
    assert_eq!((row.login.as_str(), row.source_ip.expect("an address").to_string().as_str()), ("dmarsh", "10.1.2.3"));
}

#[test]
fn roles_flip_with_direction_and_the_address_is_the_clients() {
    let create = row(|event| {
        event["action"] = json!("C");
        event["subtype"] = json!([{"code": "create"}]);
        event["agent"][0]["type"]["coding"][0]["code"] = json!("110153");
        event["agent"][1]["type"]["coding"][0]["code"] = json!("110152");
    });
    assert_eq!(create.source_ip.map(|ip| ip.to_string()).as_deref(), Some("10.1.2.3"));
    assert_eq!(create.device_label.as_deref(), Some("ws-7"));
    let both = row(|event| event["agent"][1]["network"] = json!({"address": "10.9.9.9", "type": "2"}));
    assert_eq!(
        both.source_ip.map(|ip| ip.to_string()).as_deref(),
        Some("10.1.2.3"),
        "of two, the one that was read to"
    );
}

#[test]
fn no_user_at_all_is_kept_as_the_machine_or_as_nobody() {
    let job = row(|event| {
        event["agent"].as_array_mut().expect("agents").pop();
    });
    assert_eq!((job.actor_kind.as_str(), job.login.as_str()), ("system", "ws-7"));
    let nobody = row(|event| event["agent"] = json!([]));
    assert_eq!((nobody.actor_kind.as_str(), nobody.login.as_str()), ("system", "(no user)"));
}

#[test]
fn an_anonymous_requestor_with_a_token_alone_is_unknown() {
    let row = row(|event| event["agent"][2] = json!({"requestor": true, "policy": ["C187CC480FAC40A0"]}));
    assert_eq!((row.actor_kind.as_str(), row.login.as_str()), ("unknown", "(no user)"));
    assert!(!format!("{row:?}").contains("C187CC"));
}

#[test]
fn without_a_requestor_the_sole_human_is_the_user() {
    let row = row(|event| {
        event["agent"] = json!([{"type": {"coding": [{"code": "humanuser"}]}, "who": {"identifier": {"value": "1-1.54"}}, "name": "Practice", "requestor": false}]);
    });
    assert_eq!((row.actor_kind.as_str(), row.login.as_str()), ("workforce", "1-1.54"));
}

#[test]
fn a_patient_or_relative_who_looks_is_not_the_workforce_and_shows_no_id() {
    for (reference, kind) in [("Patient/p1", "patient"), ("RelatedPerson/r1", "representative")] {
        let row = row(|event| event["agent"][2]["who"] = json!({"reference": reference}));
        assert_eq!(row.actor_kind, kind);
        assert!(row.login.starts_with(kind) && !row.login.contains("p1") && !row.login.contains("r1"), "{}", row.login);
    }
}

#[test]
fn delegation_names_the_assistant_and_on_behalf_of_whom() {
    let row = row(|event| {
        let clinician = json!({"type": {"coding": [{"code": "AUT"}]}, "who": {"reference": "Practitioner/dr-7"}, "requestor": false});
        event["agent"].as_array_mut().expect("agents").insert(0, clinician);
    });
    assert_eq!((row.login.as_str(), row.on_behalf_of.as_deref()), ("dmarsh", Some("Practitioner/dr-7")));
}

#[test]
fn a_name_in_the_place_of_a_prescription_is_a_patient_only_as_an_insurance_number() {
    let entity = |name: &str| json!([{"what": {"identifier": {"system": "https://gematik.de/fhir/erp/x", "value": "160.1"}, "reference": "Task/160.1"}, "name": name}]);
    assert_eq!(row(|event| event["entity"] = entity("X123456789")).patient.as_deref(), Some("X123456789"));
    let named = row(|event| event["entity"] = entity("Jo Smith"));
    assert_eq!((named.patient.as_deref(), named.resource_id.as_deref()), (None, Some("160.1")));
    assert!(!format!("{named:?}").contains("Smith"));
}

#[test]
fn correlation_keys_are_no_records() {
    let row = row(|event| {
        event["entity"] = json!([
            {"what": {"identifier": {"value": "76d148b6"}}, "type": {"code": "XrequestId"}},
            {"what": {"identifier": {"value": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}}, "type": {"code": "4"}, "role": {"code": "26"}},
            {"what": {"reference": "Patient/p1"}, "role": {"code": "1"}}
        ]);
    });
    assert_eq!((row.resource_type.as_str(), row.resource_id, row.patient.as_deref()), ("Patient", None, Some("p1")));
}

#[test]
fn three_patients_in_one_event_are_three_rows() {
    let patient = |id: &str| json!({"what": {"reference": format!("Patient/{id}")}, "role": {"code": "1"}});
    let event = with(
        |event| event["entity"] = json!([{"what": {"reference": "List/l1"}, "role": {"code": "4"}}, patient("a"), patient("b"), patient("c"), patient("a")]),
    );
    let rows = rows(all(&event));
    let patients: Vec<_> = rows.iter().filter_map(|row| row.patient.as_deref()).collect();
    assert_eq!(patients, ["a", "b", "c"]);
    assert!(rows.iter().all(|row| row.line == 1
        && row.resource_id.as_deref() == Some("l1")
        && row.source_event_id == rows[0].source_event_id));
}

#[test]
fn several_records_of_one_patient_are_a_row_each() {
    let record = |id: &str| json!({"what": {"reference": format!("Observation/{id}")}, "role": {"code": "4"}});
    let event = with(|event| {
        event["entity"] =
            json!([record("o1"), record("o2"), {"what": {"reference": "Patient/p1"}, "role": {"code": "1"}}]);
    });
    let lines: Vec<_> = rows(all(&event)).iter().map(|row| (row.resource_id.clone(), row.patient.clone())).collect();
    assert_eq!(lines, [(Some("o1".to_owned()), Some("p1".to_owned())), (Some("o2".to_owned()), Some("p1".to_owned()))]);
}

#[test]
fn a_query_is_decoded_to_classify_and_never_kept() {
    // GET /r4/Condition?patient.name=Secretname
    let query = "R0VUIC9yNC9Db25kaXRpb24/cGF0aWVudC5uYW1lPVNlY3JldG5hbWU=";
    let row = row(|event| {
        event["action"] = json!("E");
        event["subtype"] = json!([{"code": "search"}]);
        event["entity"] = json!([{"role": {"code": "24"}, "query": query, "description": "GET /r4/Condition?patient.name=Secretname"}]);
    });
    assert_eq!((row.resource_type.as_str(), row.resource_id.as_deref()), ("Condition", None));
    let all = format!("{row:?}");
    assert!(!all.contains("Secretname") && !all.contains(&query[..20]));
}

#[test]
fn the_same_act_logged_by_client_and_server_is_one() {
    let request = json!({"what": {"identifier": {"value": "76d148b6-586d-11ec-bf63-0242ac130002"}}, "type": {"code": "XrequestId"}});
    let logged = |id: &str, recorded: &str| {
        let mut event = with(|event| (event["id"], event["recorded"]) = (json!(id), json!(recorded)));
        event["entity"].as_array_mut().expect("entities").push(request.clone());
        if id == "c" {
            event["source"] = json!({"observer": {"display": "ws-7"}, "type": [{"code": "1"}]});
        }
        event
    };
    let mut by_another = logged("x", "2026-10-03T02:14:09Z");
    by_another["agent"][2]["who"]["identifier"]["value"] = json!("rcast");
    let file = json!([
        logged("c", "2026-10-03T02:14:09Z"),
        logged("s", "2026-10-03T02:14:10.5Z"),
        logged("later", "2026-10-03T03:00:00Z"),
        by_another
    ]);
    let rows = rows(all(&file));
    let same = |a: &Row, b: &Row| {
        (&a.source_event_id, a.micros, &a.patient, &a.resource_id)
            == (&b.source_event_id, b.micros, &b.patient, &b.resource_id)
    };
    assert!(same(&rows[0], &rows[1]), "what makes an id is equal");
    assert!(!same(&rows[0], &rows[2]), "an hour later is another act");
    assert!(!same(&rows[0], &rows[3]), "another user's act is another, whatever request id they chose");
    assert!(
        rows[0].source_event_id.as_deref().is_some_and(|id| id.starts_with("request:") && !id.contains("76d148b6"))
    );
}

#[test]
fn different_acts_of_one_request_are_each_kept() {
    let request = json!({"what": {"identifier": {"value": "76d148b6-586d-11ec-bf63-0242ac130002"}}, "type": {"code": "XrequestId"}});
    let logged = |change: &dyn Fn(&mut Value)| {
        let mut event = with(change);
        event["entity"].as_array_mut().expect("entities").push(request.clone());
        event
    };
    let search = logged(&|event| (event["action"], event["subtype"]) = (json!("E"), json!([{"code": "search"}])));
    let alert = logged(&|event| {
        event["id"] = json!("e2");
        event["action"] = json!("E");
        event["type"] = json!({"code": "110113"});
        event["subtype"] = json!([{"code": "110127"}]);
    });
    let another_patient = logged(&|event| {
        event["id"] = json!("e3");
        (event["action"], event["subtype"]) = (json!("E"), json!([{"code": "search"}]));
        event["entity"][1]["what"]["reference"] = json!("Patient/p2");
    });
    let again_by_the_same = logged(&|event| {
        event["id"] = json!("e4");
        (event["action"], event["subtype"]) = (json!("E"), json!([{"code": "search"}]));
    });
    let rows = rows(all(&json!([search, alert, another_patient, again_by_the_same, search])));
    let ids: Vec<_> = rows.iter().map(|row| row.source_event_id.clone()).collect();
    let kinds: Vec<_> = rows.iter().map(|row| row.access_type.as_str()).collect();
    assert_eq!(kinds, ["search", "break_glass", "search", "search", "search"]);
    let different: std::collections::BTreeSet<_> = ids[..4].iter().collect();
    assert_eq!((different.len(), &ids[4]), (4, &ids[0]), "and the same event sent again is the same");
}

#[test]
fn an_address_that_is_none_becomes_a_label_or_nothing() {
    let network =
        |network: Value| row(|event| (event["agent"][0]["who"], event["agent"][0]["network"]) = (json!({}), network));
    let ip = |row: &Row| row.source_ip.map(|ip| ip.to_string());
    assert_eq!(ip(&network(json!({"address": "::ffff:127.0.0.1", "type": "2"}))).as_deref(), Some("127.0.0.1"));
    assert_eq!(
        ip(&network(json!({"address": "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "type": "2"}))).as_deref(),
        Some("2001:db8:85a3::8a2e:370:7334")
    );
    let host = network(json!({"address": "ws-9.example.org", "type": "1"}));
    assert_eq!((ip(&host), host.device_label.as_deref()), (None, Some("ws-9.example.org")));
    let uri = network(json!({"address": "http://client/fhir?name=Smith", "type": "5"}));
    assert_eq!((ip(&uri), uri.device_label.as_deref()), (None, Some("Device/server")));
    assert_eq!(ip(&network(json!({"type": "2"}))), None);
}

#[test]
fn vendor_members_and_numbers_for_strings_are_read_leniently() {
    let row = row(|event| {
        event["_access"] = json!({"bwell": 1});
        event["outcome"] = json!(8);
        event["agent"][2]["who"] = json!({"_uuid": "x", "identifier": {"value": 4711}});
        event["agent"][2]["requestor"] = json!("true");
    });
    assert_eq!((row.outcome.as_str(), row.login.as_str()), ("serious_failure", "4711"));
}

#[test]
fn an_event_without_id_is_the_same_event_when_it_comes_again() {
    let bare = with(|event| event["id"] = Value::Null);
    let (again, other) = (bare.clone(), with(|event| (event["id"], event["action"]) = (Value::Null, json!("U"))));
    let rows = rows(all(&json!([bare, again, other])));
    assert_eq!(rows[0].source_event_id, rows[1].source_event_id);
    assert_ne!(rows[0].source_event_id, rows[2].source_event_id);
}

#[test]
fn an_event_without_a_time_is_rejected_and_never_given_the_imports() {
    assert_eq!(refused(all(&with(|event| event["recorded"] = Value::Null))), Reason::MissingTime);
    assert_eq!(refused(all(&with(|event| event["recorded"] = json!("yesterday")))), Reason::UnreadableTime);
    assert_eq!(refused(all(&with(|event| event["recorded"] = json!("2031-01-01T00:00:00Z")))), Reason::TimeOutOfRange);
}

#[test]
fn any_offset_is_stored_as_utc_and_none_is_the_sources_zone() {
    let utc = |text: &str| line(&Ok(row(|event| event["recorded"] = json!(text))));
    assert!(utc("2026-10-03T02:14:09+11:00").contains("2026-10-02T15:14:09.000Z"));
    assert!(utc("2026-10-03T02:14:09").contains("2026-10-03T06:14:09.000Z"));
}

#[test]
fn the_activity_itself_comes_before_the_servers_clock() {
    let row = row(|event| event["period"] = json!({"start": "2026-10-03T01:00:00Z", "end": "2026-10-03T01:30:00Z"}));
    assert!(line(&Ok(row)).contains("2026-10-03T01:00:00.000Z"));
}

#[test]
fn the_same_event_in_xml_is_the_same_row() {
    let xml = r#"<?xml version="1.0"?><!-- c --><AuditEvent xmlns="http://hl7.org/fhir"><id value="e1"></id><text><div xmlns="http://www.w3.org/1999/xhtml">John Smith</div></text>
        <type><code value="rest"/></type><subtype><code value="read"></code></subtype><action value="R"/><!-- c --><recorded value="2026-10-03T02:14:09Z"/><outcome value="0"/>
        <agent><type><coding><code value="110152"/></coding></type><who><display value="ws-7"/></who><requestor value="false"/><network><address value="10.1.2.3"/><type value="2"/></network></agent>
        <agent><type><coding><code value="110153"/></coding></type><who><reference value="Device/server"/></who><requestor value="false"/><network><address value="http://server/fhir"/><type value="5"/></network></agent>
        <agent><type><coding><code value="IRCP"/></coding></type><who><identifier><value value="dmarsh"/></identifier></who><requestor value="true"/></agent>
        <source><site value="North"/><observer><reference value="Device/server"/></observer></source>
        <entity><what><reference value="Observation/o1"/></what><role><code value="4"/></role></entity>
        <entity><what><reference value="Patient/p1"/></what><type><code value="1"/></type><role><code value="1"/></role></entity></AuditEvent>"#;
    assert_eq!(only(fhir(xml.as_bytes())), row(|_| {}));
    let bundle = format!(
        "<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"searchset\"/><entry><resource>{}</resource></entry><entry><resource><Patient><id value=\"p\"/></Patient></resource></entry></Bundle>",
        &xml[xml.find("<AuditEvent").expect("there")..]
    );
    let told: Vec<_> = fhir(bundle.as_bytes()).iter().map(line).collect();
    assert!(told[0].starts_with("dmarsh;") && told[1] == "rejected 2: not_an_audit_event", "{told:?}");
}

#[test]
fn one_event_an_array_a_bundle_and_lines_are_the_same_rows() {
    let two = with(|event| event["id"] = json!("e2"));
    let bundle = |kind: &str| json!({"resourceType": "Bundle", "link": [{"relation": "next", "url": "http://x/entry"}], "entry": [{"fullUrl": "x", "resource": event()}, {"request": {"method": "POST"}, "resource": two}], "type": kind});
    let wanted = rows(all(&json!([event(), two])));
    assert_eq!(wanted.len(), 2);
    assert_eq!(rows(all(&bundle("searchset"))), wanted);
    assert_eq!(rows(fhir(serde_json::to_string_pretty(&bundle("transaction")).expect("JSON").as_bytes())), wanted);
    let lines = format!("\u{feff}{}\r\n\r\n{}\n", event(), two);
    assert_eq!(rows(fhir(lines.as_bytes())), wanted);
    let pages = json!([bundle("searchset"), bundle("searchset")]);
    assert_eq!(rows(all(&pages)).len(), 4);
    assert_eq!(all(&json!({"resourceType": "Bundle", "type": "searchset"})).len(), 0);
}

#[test]
fn a_bundle_longer_than_a_message_may_be_is_read_entry_by_entry() {
    let tricky = format!("{} \\ \" ]}}, [{{ \"entry\": [", "x".repeat(900 * 1024));
    let entries: Vec<_> = (0..6)
        .map(|n| {
            let event = with(|event| {
                event["id"] = json!(format!("e{n}"));
                event["text"] = json!({ "div": tricky });
            });
            json!({"fullUrl": "entry", "resource": event})
        })
        .collect();
    let (first, rest) = entries.split_at(1);
    let text = |entries: &[Value]| json!(entries).to_string();
    // what stands before the entries, with the word for them where it opens none, and a second list after them
    let bundle = format!(
        "{{\"resourceType\": \"Bundle\", \"identifier\": \"entry\", \"link\": [\"entry\", {{\"entry\": []}}], \"entry\" : {}, \"note\": \"\\\\\", \"entry\": {}}}",
        text(first),
        text(rest)
    );
    assert!(bundle.len() > 5 * 1024 * 1024);
    assert_eq!(rows(fhir(bundle.as_bytes())).len(), 6, "none of them is too long");
}

#[test]
fn a_broken_line_costs_itself() {
    let good = event().to_string();
    let file = format!("{good}\n{}\n{{\"resourceType\": \"Patient\"}}\n\u{0}\n{good}\n", &good[..good.len() / 2]);
    let told: Vec<_> = fhir(file.as_bytes()).iter().map(line).collect();
    assert!(told[0].starts_with("dmarsh;") && told[4].starts_with("dmarsh;"), "{told:?}");
    assert_eq!(told[1..4], ["rejected 2: cut_short", "rejected 3: not_an_audit_event", "rejected 4: not_json"]);
}

#[test]
fn an_array_that_breaks_off_says_so() {
    let whole = json!([event(), event()]).to_string();
    let told: Vec<_> = fhir(&whole.as_bytes()[..whole.len() - 40]).iter().map(line).collect();
    assert!(told[0].starts_with("dmarsh;"));
    assert_eq!(told[1], "rejected 2: cut_short");
    let unclosed: Vec<_> = fhir(&whole.as_bytes()[..whole.len() - 1]).iter().map(line).collect();
    assert_eq!(unclosed[2], "rejected 3: cut_short");
}

#[test]
fn a_message_over_the_limit_costs_itself_and_is_not_kept() {
    let long = with(|event| event["text"] = json!({"div": "x".repeat(5 * 1024 * 1024)}));
    let told: Vec<_> = all(&json!([event(), long, event()])).iter().map(line).collect();
    assert_eq!(told[1], "rejected 2: too_long");
    assert!(told[0].starts_with("dmarsh;") && told[2].starts_with("dmarsh;"));
}

#[test]
fn the_hash_of_a_reject_is_of_the_message_as_it_stood() {
    use sha2::{Digest as _, Sha256};
    let text = "{\"resourceType\":  \"Patient\"}";
    let reject = fhir(format!("[{}, {text}]", event()).as_bytes()).remove(1).expect_err("refused");
    assert_eq!(reject.sha256, <[u8; 32]>::from(Sha256::digest(text)));
    assert_eq!((reject.line, reject.field), (2, None));
}

#[test]
fn older_releases_and_drafts_are_refused_with_a_sentence() {
    let old = |change: fn(&mut Value)| refused(all(&json!([with(change)])));
    assert_eq!(old(|event| event["event"] = json!({"action": "R"})), Reason::OldAuditEvent);
    assert_eq!(old(|event| event["participant"] = json!([{"userId": "x"}])), Reason::OldAuditEvent);
    assert_eq!(old(|event| event["outcome"] = json!({"coding": [{"code": "0"}]})), Reason::OldAuditEvent);
    assert_eq!(
        old(|event| event["agent"][2] = json!({"userId": {"value": "x"}, "requestor": true})),
        Reason::OldAuditEvent
    );
    assert!(Reason::OldAuditEvent.label().contains("before R4"));
}

#[test]
fn r5_is_read_by_its_own_names() {
    let row = row(|event| {
        let members = event.as_object_mut().expect("an event");
        members.remove("type");
        members.remove("subtype");
        event["category"] = json!([{"coding": [{"code": "rest"}]}]);
        event["code"] = json!({"coding": [{"code": "read"}]});
        event["outcome"] = json!({"code": {"code": "success"}, "detail": [{"text": "John Smith"}]});
        event["authorization"] = json!([{"coding": [{"code": "TREAT"}]}]);
        event["agent"][0]["network"] = Value::Null;
        event["agent"][0]["networkUri"] = json!("urn:ipv6:2001:0db8::1");
        event["source"] =
            json!({"site": {"identifier": {"value": "North"}}, "observer": {"reference": "Device/server"}});
        event["entity"].as_array_mut().expect("entities").pop();
        event["patient"] = json!({"reference": "Patient/p1"});
        event["occurredDateTime"] = json!("2026-10-03T02:14:08Z");
    });
    assert_eq!(
        line(&Ok(row)),
        "dmarsh; workforce; Observation/o1; p1; view; 2026-10-03T02:14:08.000Z; 2001:db8::1; ws-7; TREAT; success; North; -"
    );
}

#[test]
fn a_reference_is_split_at_its_last_slash_wherever_its_server_is() {
    let of = |reference: &str| {
        let row = row(|event| event["entity"][0]["what"] = json!({"reference": reference}));
        (row.resource_type, row.resource_id, row.resource_word)
    };
    assert_eq!(of("https://h/fhir/Claim/c1/_history/4"), ("Claim".to_owned(), Some("c1".to_owned()), None));
    assert_eq!(of("Binary/b1"), ("Other".to_owned(), Some("b1".to_owned()), Some("Binary".to_owned())));
    assert_eq!(of("Observation?name=Smith"), ("Observation".to_owned(), None, None));
}

#[test]
fn free_text_is_never_kept_and_names_of_patients_are_hashes() {
    let row = row(|event| {
        event["outcomeDesc"] = json!("Secretname failed");
        event["text"] = json!({"div": "<div>Secretname</div>"});
        event["entity"][1]["name"] = json!("SECRETNAME^ANN");
        event["entity"][1]["description"] = json!("Secretname");
    });
    assert!(row.name_hash.is_some() && row.surname_hash.is_some());
    assert!(!format!("{row:?}").to_lowercase().contains("secretname"));
}

#[test]
fn a_purpose_stands_at_the_event_or_at_an_agent() {
    assert_eq!(
        row(|event| event["purposeOfEvent"] = json!([{"coding": [{"code": "HPAYMT"}]}])).access_reason,
        "HPAYMT"
    );
    assert_eq!(
        row(|event| event["agent"][2]["purposeOfUse"] = json!([{"coding": [{"code": "PATRQT"}]}])).access_reason,
        "PATRQT"
    );
    let glass = row(|event| event["purposeOfEvent"] = json!([{"coding": [{"code": "BTG"}]}]));
    assert_eq!((glass.access_type.as_str(), glass.access_reason.as_str()), ("break_glass", "BTG"));
}

#[test]
fn an_id_that_is_too_long_is_refused_where_it_is_kept() {
    let all = all(&with(|event| event["agent"][2]["who"] = json!({"identifier": {"value": "x".repeat(201)}})));
    assert_eq!(refused(all), Reason::TooLong);
}

#[test]
fn nesting_without_end_is_refused() {
    let deep = format!("{{\"resourceType\":\"AuditEvent\",\"x\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    assert_eq!(refused(fhir(deep.as_bytes())), Reason::NotJson);
    let xml =
        format!("<AuditEvent xmlns='http://hl7.org/fhir'>{}{}</AuditEvent>", "<x>".repeat(5000), "</x>".repeat(5000));
    assert_eq!(refused(fhir(xml.as_bytes())), Reason::TooDeep);
    assert!(read(b"[[[[", MessageKind::Fhir).is_err());
}

#[test]
fn brackets_that_close_nothing_are_one_reject_a_line() {
    let all = fhir(format!("{}\n}}]}}\n}}}}}}]]]\n{}", event(), event()).as_bytes());
    let told: Vec<_> = all.iter().map(|one| one.as_ref().map(|row| row.line).map_err(|reject| reject.reason)).collect();
    assert_eq!(told, [Ok(1), Err(Reason::NotJson), Err(Reason::NotJson), Ok(4)]);
    let list = fhir(format!("[{}, }}x, {}]", event(), event()).as_bytes());
    assert_eq!(list.iter().filter(|one| one.is_ok()).count(), 2, "the list ends where it ends");
    assert_eq!(list.len(), 3);
}

/// Gives no more than so many bytes at once.
struct Pieces(std::io::Cursor<Vec<u8>>, usize);

impl std::io::Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(self.1);
        self.0.read(&mut buffer[..most])
    }
}

#[test]
fn what_a_file_is_does_not_depend_on_how_much_of_it_comes_at_once() {
    let blanks = " ".repeat(70_000);
    let file = format!("{}\n{blanks}\n{}", event(), serde_json::to_string_pretty(&event()).expect("JSON"));
    for most in [1_000, 60_000, 64 * 1024, 1 << 20] {
        let input = Box::new(Pieces(std::io::Cursor::new(file.clone().into_bytes()), most));
        let opened = formats::open(input, MessageKind::Fhir, settings(), &keys()).expect("memory");
        let mut messages = opened.expect("FHIR");
        for n in 0..2 {
            assert!(matches!(messages.next(now()).expect("memory"), Next::Row(_)), "{most} bytes at once, message {n}");
        }
        assert!(matches!(messages.next(now()).expect("memory"), Next::End));
    }
}

#[test]
fn a_line_is_the_same_wherever_its_pieces_end_and_with_whatever_blanks_after_it() {
    let one = with(|event| {
        event["id"].take();
    });
    let rows = |file: String, most: usize| {
        let input = Box::new(Pieces(std::io::Cursor::new(file.into_bytes()), most));
        let mut messages = formats::open(input, MessageKind::Fhir, settings(), &keys()).expect("memory").expect("FHIR");
        let mut rows = Vec::new();
        while let Next::Row(row) = messages.next(now()).expect("memory") {
            rows.push(row);
        }
        rows
    };
    let plain = rows(format!("{}\n{one}\n{}\n", event(), event()), 1 << 20);
    assert_eq!(plain.len(), 3);
    assert!(plain[1].source_event_id.as_deref().is_some_and(|id| id.starts_with("sha256:")), "what it is known by");
    for blanks in [" \t \r".to_owned(), " ".repeat(65_000), "\t".repeat(70_000)] {
        let file = format!("{}\n  {one}{blanks}\n{}\n", event(), event());
        for most in [1_000, 1_001, 65_536, 1 << 20] {
            assert_eq!(rows(file.clone(), most), plain, "{} blanks, {most} bytes at once", blanks.len());
        }
    }
}

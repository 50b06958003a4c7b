//! What makes an event the same event when it comes again: its id and version; without an id, everything it says.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::super::people::opaque;
use super::value::text;

/// An opaque id.
pub fn of(event: &Value) -> String {
    let fits = |id: &String| {
        id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
    };
    if let Some(id) = text(event, "id") {
        let version = text(&event["meta"], "versionId").filter(fits);
        if fits(&id) {
            return version.map_or_else(|| id.clone(), |version| format!("{id}/{version}"));
        }
        return opaque(
            "id",
            &Sha256::new().chain_update(id).chain_update("/").chain_update(version.unwrap_or_default()),
        );
    }
    let mut hash = Sha256::new();
    digest(event, &mut hash, true);
    opaque("sha256", &hash)
}

/// Members by name; a list of one is its element and numbers are their text, so that JSON and XML agree.
fn digest(value: &Value, hash: &mut Sha256, top: bool) {
    let mut add = |kind: u8, text: &str| {
        hash.update([kind]);
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    match value {
        Value::Null => add(b'0', ""),
        Value::Bool(yes) => add(b's', if *yes { "true" } else { "false" }),
        Value::Number(number) => add(b's', &number.to_string()),
        Value::String(text) => add(b's', text),
        Value::Array(many) if many.len() == 1 => digest(&many[0], hash, false),
        Value::Array(many) => {
            add(b'a', &many.len().to_string());
            for one in many {
                digest(one, hash, false);
            }
        }
        Value::Object(members) => {
            let ours = |name: &str| !(top && matches!(name, "meta" | "text" | "id"));
            let mut members: Vec<_> = members.iter().filter(|(name, _)| ours(name)).collect();
            members.sort_by_key(|(name, _)| *name);
            add(b'o', &members.len().to_string());
            for (name, value) in members {
                hash.update((name.len() as u64).to_be_bytes());
                hash.update(name.as_bytes());
                digest(value, hash, false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of;
    use serde_json::json;

    #[test]
    fn an_event_without_an_id_is_known_by_what_it_says_and_not_by_what_a_server_adds() {
        let event = json!({"resourceType": "AuditEvent", "recorded": "x", "agent": [{"requestor": true}]});
        let added = json!({"agent": {"requestor": "true"}, "meta": {"versionId": "2"}, "text": {"div": "x"}, "resourceType": "AuditEvent", "recorded": "x"});
        let other = json!({"resourceType": "AuditEvent", "recorded": "y", "agent": [{"requestor": true}]});
        assert_eq!(of(&event), of(&added));
        assert_ne!(of(&event), of(&other));
        assert!(of(&event).starts_with("sha256:") && of(&event).len() == 39);
    }

    #[test]
    fn an_id_that_is_words_is_hashed() {
        assert_eq!(of(&json!({"id": "e-1.2", "meta": {"versionId": 3}})), "e-1.2/3");
        assert!(of(&json!({"id": "John Smith"})).starts_with("id:"));
    }
}

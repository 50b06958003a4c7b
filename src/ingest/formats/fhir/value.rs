//! Members of a FHIR resource, read leniently.

use serde_json::{Map, Value};

use super::super::xml::Element;
use crate::ingest::words::Reason;

/// A JSON text.
pub fn of_json(bytes: &[u8]) -> Result<Value, Reason> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| Reason::NotUnicode)?;
    serde_json::from_str(text).map_err(|error| if error.is_eof() { Reason::CutShort } else { Reason::NotJson })
}

/// The JSON of a FHIR resource in XML: `value` attributes become strings, repeated elements lists.
pub fn of_xml(element: &Element) -> Value {
    let mut value = object_of(element);
    if let Value::Object(members) = &mut value {
        members.insert("resourceType".to_owned(), Value::String(element.name.clone()));
    }
    value
}

fn object_of(element: &Element) -> Value {
    let mut members = Map::new();
    for child in &element.children {
        // a resource stands inside an element that says what it is there for
        let resource = child.name == "resource" || child.name == "contained";
        let value = match child.children.first() {
            Some(inner) if resource => of_xml(inner),
            _ if child.name == "text" || child.name == "div" => continue,
            Some(_) => object_of(child),
            None => child.attribute("value").map_or(Value::Null, |value| Value::String(value.to_owned())),
        };
        match members.get_mut(&child.name) {
            None => {
                members.insert(child.name.clone(), value);
            }
            Some(Value::Array(many)) => many.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
        }
    }
    Value::Object(members)
}

/// The elements of a member; one alone is a list of one.
pub fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    match &value[name] {
        Value::Array(many) => many.as_slice(),
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
    .iter()
}

/// A primitive as text; blank is none.
pub fn word(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Array(many) => return many.first().and_then(word),
        Value::Null | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// A member that is a primitive.
pub fn text(value: &Value, name: &str) -> Option<String> {
    word(&value[name])
}

/// Whether a member says yes.
pub fn yes(value: &Value, name: &str) -> bool {
    text(value, name).is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1")
}

/// The codes of a CodeableConcept, of a Coding, or of a list of them.
pub fn concept(value: &Value) -> impl Iterator<Item = String> + use<> {
    let mut codes: Vec<String> = list(value, "coding").filter_map(|coding| text(coding, "code")).collect();
    codes.extend(text(value, "code"));
    codes.into_iter()
}

/// The codes of a member that is one or many of those.
pub fn codes_of(value: &Value, name: &str) -> impl Iterator<Item = String> + use<> {
    let codes: Vec<String> = list(value, name).flat_map(concept).collect();
    codes.into_iter()
}

/// The beginning of a base64 text, decoded, if that is text: enough to see what kind it is.
pub fn base64(text: &str) -> Option<String> {
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()).take(1024) {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.extend(u8::try_from(bits >> held & 0xFF));
        }
    }
    let ascii = bytes.iter().take_while(|byte| byte.is_ascii()).count();
    bytes.truncate(ascii);
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{base64, codes_of, of_xml, word, yes};
    use crate::ingest::formats::xml;

    #[test]
    fn xml_becomes_what_json_would_say() {
        let root = xml::parse(b"<AuditEvent xmlns='http://hl7.org/fhir'><!-- c --><type><code value='rest'></code></type><subtype><code value='a'/></subtype><subtype><code value='b'/></subtype><text><div>x</div></text><agent><requestor value='true'/></agent></AuditEvent>").expect("XML");
        let value = of_xml(&root);
        assert_eq!(value["resourceType"], "AuditEvent");
        assert!(value["text"].is_null() && yes(&value["agent"], "requestor"));
        assert_eq!(codes_of(&value, "subtype").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_query_is_decoded_as_far_as_it_is_text() {
        assert_eq!(base64("R0VUIC9MaXN0").as_deref(), Some("GET /List"));
        assert_eq!(base64("R0VUIP//").as_deref(), Some("GET "));
        assert_eq!(base64("<>").as_deref(), Some(""));
    }

    #[test]
    fn a_number_where_a_string_is_due_is_its_text() {
        assert_eq!(word(&serde_json::json!(0)).as_deref(), Some("0"));
        assert_eq!(word(&serde_json::json!(" ")), None);
    }
}

//! What a mapping begins with, and what differs between two versions. Pure.

use crate::ingest::Spec;
use crate::ingest::formats::{Recognised, recognise};
use crate::ingest::header::{Found, Header};
use crate::ingest::mapping::{Kind, WordTable};
use crate::ingest::presets;
use crate::ingest::preview;
use crate::ingest::targets::{Shape, Target, our_label};
use crate::ingest::times;
use crate::ingest::words::Field;

/// A source's name as the database takes it.
#[must_use]
pub fn fits_a_source(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-');
    !name.is_empty() && name.len() <= 60 && name.chars().all(fits)
}

/// What kind of file begins so.
#[must_use]
pub fn kind_of(head: &[u8]) -> Kind {
    match recognise(head) {
        Recognised::FhirJson(_) | Recognised::FhirXml(_) | Recognised::FhirFrames => Kind::Fhir,
        Recognised::DicomAuditXml | Recognised::SyslogFrames => Kind::Dicom,
        _ => Kind::Delimited,
    }
}

/// A mapping to begin with for a sample: the wanted one fitted to the file, else the preset that fits best, else a guess.
#[must_use]
pub fn propose(wanted: Option<Spec>, target: Target, head: &[u8], time_zone: &str) -> Spec {
    let mut told = Spec::blank(target, "Own mapping", time_zone);
    if wanted.is_none() && target == Target::AccessLog && kind_of(head) != Kind::Delimited {
        told.kind = kind_of(head);
        told.kind.label().clone_into(&mut told.name);
        return told;
    }
    let Ok(Ok(header)) = preview::look(head, &mut told) else { return wanted.unwrap_or(told) };
    let begun = wanted.or_else(|| presets::best_for(&header, target).map(|(preset, _)| preset.spec));
    let mut spec = begun.unwrap_or_else(|| presets::guess(&header, target, "Own mapping", time_zone));
    if spec.kind != Kind::Delimited {
        return spec;
    }
    (spec.encoding, spec.separator) = (told.encoding, told.separator);
    time_zone.clone_into(&mut spec.time_zone);
    drop_absent(&mut spec, &header);
    if let Some(notation) = notations(&spec, head).first() {
        (*notation).clone_into(&mut spec.time_format);
    }
    spec
}

/// Takes out columns that the file does not have, except where no row could do without them: those are to be chosen.
fn drop_absent(spec: &mut Spec, header: &Header) {
    let there = |column: &String| header.find(column) != Found::None;
    for rule in spec.target.fields() {
        if let Some(columns) = spec.columns.get_mut(rule.field.as_str())
            && (!rule.needed || columns.iter().any(there))
        {
            columns.retain(there);
        }
    }
    spec.columns.retain(|_, columns| !columns.is_empty());
    spec.words.values_mut().for_each(|table| table.columns.retain(there));
}

/// The notations that read every time, or every day, of a sample; several where day and month cannot be told apart.
#[must_use]
pub fn notations(spec: &Spec, head: &[u8]) -> Vec<&'static str> {
    let (list, fields): (_, &[Field]) = if spec.target.of_days() {
        (times::DAYS, &[Field::HiredOn, Field::StartsOn, Field::EndsOn])
    } else {
        (times::TIMES, &[Field::ActionAt])
    };
    let input = || Box::new(std::io::Cursor::new(whole_lines(head).to_vec()));
    let texts: Vec<_> =
        fields.iter().flat_map(|&field| preview::texts(input(), spec, field).unwrap_or_default()).collect();
    times::fitting(list, &texts)
}

/// Without the line that the head cuts in two.
fn whole_lines(head: &[u8]) -> &[u8] {
    if head.len() < 64 * 1024 {
        return head;
    }
    head.iter().rposition(|&byte| byte == b'\n').map_or(head, |at| &head[..at])
}

/// What something says of one of its settings.
type Said<T> = fn(&T) -> String;

/// One difference between two versions.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// Of what.
    pub what: String,
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
}

/// What changed from one version to the next.
#[must_use]
pub fn changes(before: &Spec, after: &Spec) -> Vec<Change> {
    let mut found = Vec::new();
    let mut note = |what: &str, before: String, after: String| {
        if before != after {
            found.push(Change { what: what.to_owned(), before: or_nothing(before), after: or_nothing(after) });
        }
    };
    let settings: [(&str, Said<Spec>); 8] = [
        ("Began as", |spec| spec.name.clone()),
        ("Kind of file", |spec| spec.kind.label().to_owned()),
        ("Files hold", |spec| spec.target.label().to_owned()),
        ("Encoding", |spec| spec.encoding.label().to_owned()),
        ("Separated by", |spec| spec.separator.label().to_owned()),
        ("Time zone", |spec| spec.time_zone.replace('_', " ")),
        ("Times written as", |spec| spec.time_format.clone()),
        ("Accounts of", |spec| spec.actor_kind.clone()),
    ];
    for (what, of) in settings {
        note(what, of(before), of(after));
    }
    for rule in after.target.fields() {
        let of = |spec: &Spec| spec.columns_of(rule.field).join(", ");
        note(rule.field.label(), of(before), of(after));
        if rule.shape == Shape::Id {
            let wide =
                |spec: &Spec| spec.pad.get(rule.field.as_str()).map_or_else(String::new, |n| format!("{n} wide"));
            note(&format!("{}, padded", rule.field.label()), wide(before), wide(after));
        }
    }
    for rule in after.target.tables() {
        let key = rule.field.as_str();
        let (old, new) = (before.words.get(key), after.words.get(key));
        let columns = |table: Option<&WordTable>| table.map_or_else(String::new, |table| table.columns.join(", "));
        note(rule.field.label(), columns(old), columns(new));
        for (what, of) in [
            ("other words", (|table| table.otherwise.clone()) as Said<WordTable>),
            ("nothing said", |table| table.empty.clone()),
        ] {
            let said =
                |table: Option<&WordTable>| our_label(rule.field, &table.map_or_else(|| rule.silent.to_owned(), of));
            note(&format!("{}, {what}", rule.field.label()), said(old), said(new));
        }
        let rules = |table: Option<&WordTable>| -> Vec<(String, String)> {
            table.map(|table| table.overrides.iter().chain(&table.words).cloned().collect()).unwrap_or_default()
        };
        let (old, new) = (rules(old), rules(new));
        let of = |rules: &[(String, String)], word: &str| {
            rules
                .iter()
                .find(|(theirs, _)| theirs == word)
                .map_or_else(String::new, |(_, ours)| our_label(rule.field, ours))
        };
        let mut words: Vec<_> = new.iter().chain(&old).map(|(theirs, _)| theirs).collect();
        words.dedup();
        let mut seen = std::collections::HashSet::new();
        for word in words.into_iter().filter(|word| seen.insert(word.as_str())) {
            note(&format!("{}: {word}", rule.field.label()), of(&old, word), of(&new, word));
        }
    }
    found
}

fn or_nothing(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Target, changes, fits_a_source, kind_of, propose};
    use crate::ingest::mapping::Separator;
    use crate::ingest::presets::{by_name, epic_access_log};

    #[test]
    fn a_sample_says_which_mapping_it_begins_with() {
        let head =
            b"Hire Date;Employee ID;First Name;Last Name;Department;Shoe size\n28.03.2026;1;Ann;Example;Emergency;38\n";
        let spec = propose(None, Target::Roster, head, "America/Chicago");
        assert_eq!((spec.separator, spec.time_format.as_str()), (Separator::Semicolon, "%d.%m.%Y"));
        assert_eq!(spec.time_zone, "America/Chicago");
        assert_eq!(spec.columns["employee_number"], ["Employee ID"]);
        assert!(!spec.columns.contains_key("email"), "the file has none");
        let own = b"when,who,mrn\n03/28/2026 02:05 PM,dmarsh,1\n";
        let spec = propose(None, Target::AccessLog, own, "UTC");
        assert_eq!((spec.name.as_str(), spec.time_format.as_str()), ("Own mapping", "%m/%d/%Y %I:%M %p"));
        assert_eq!(
            (spec.columns["patient"].as_slice(), spec.columns.contains_key("actor_identifier")),
            (["mrn".to_owned()].as_slice(), false)
        );
        let event = b"{\"resourceType\":\"AuditEvent\",\"recorded\":\"2026-03-28T14:05:09Z\"}";
        assert_eq!(propose(None, Target::AccessLog, event, "UTC").kind, Kind::Fhir);
        let frame = b"<85>1 2026-03-28T14:05:09Z host app 1 IHE+RFC-3881 - <AuditMessage/>";
        assert_eq!([kind_of(frame), kind_of(b"2026,a")], [Kind::Dicom, Kind::Delimited]);
    }

    #[test]
    fn what_changed_is_named_once_with_both_sides() {
        let (old, mut new) = (epic_access_log(), epic_access_log());
        assert!(changes(&old, &new).is_empty());
        new.time_zone = "America/Chicago".to_owned();
        new.columns.insert("patient".to_owned(), vec!["MRN".to_owned()]);
        new.pad.insert("patient".to_owned(), 8);
        new.words.get_mut("access_type").expect("there").words.insert(0, ("FAX".to_owned(), "disclose".to_owned()));
        let told: Vec<_> =
            changes(&old, &new).into_iter().map(|c| format!("{}: {} > {}", c.what, c.before, c.after)).collect();
        assert_eq!(
            told,
            [
                "Time zone: America/New York > America/Chicago",
                "Patient id: PATIENT.PAT_MRN_ID > MRN",
                "Patient id, padded: – > 8 wide",
                "Kind of access: FAX: – > Disclosed",
            ]
        );
        assert!(!changes(&old, &by_name("openemr-log").expect("there").spec).is_empty());
    }

    #[test]
    fn a_source_has_a_plain_name() {
        assert!(
            fits_a_source("Epic Prod-2.1")
                && !fits_a_source("")
                && !fits_a_source("a/b")
                && !fits_a_source(&"x".repeat(61))
        );
    }
}

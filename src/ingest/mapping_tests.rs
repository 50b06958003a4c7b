use super::{Separator, Spec, lift};
use crate::ingest::presets::{self, epic_access_log};

#[test]
fn a_mapping_survives_the_database() {
    for preset in presets::all() {
        assert_eq!(Spec::parse(preset.spec.to_json()), Ok(preset.spec));
    }
}

#[test]
fn a_mapping_of_the_first_format_is_read_as_the_same() {
    let mut old = epic_access_log().to_json();
    let all = old.as_object_mut().expect("an object");
    let words = all.remove("words").expect("tables");
    all.extend(words.as_object().expect("an object").clone());
    for newer in ["target", "kind", "encoding"] {
        all.remove(newer);
    }
    all.insert("format".to_owned(), 1.into());
    assert!(old.get("access_type").is_some());
    assert_eq!(Spec::parse(old.clone()), Ok(epic_access_log()));
    lift(&mut old);
    assert_eq!(old["format"], 2);
}

#[test]
fn a_mapping_that_cannot_work_is_refused_by_the_name_of_its_setting() {
    let refused = |change: fn(&mut Spec)| {
        let mut spec = epic_access_log();
        change(&mut spec);
        Spec::parse(spec.to_json()).expect_err("refused").setting
    };
    assert_eq!(refused(|spec| spec.time_zone = "EST5".to_owned()), "time_zone");
    assert_eq!(refused(|spec| spec.time_format = "%Q".to_owned()), "time_format");
    assert_eq!(refused(|spec| drop(spec.columns.remove("actor_identifier"))), "columns.actor_identifier");
    assert_eq!(
        refused(|spec| spec.words.get_mut("access_type").expect("there").otherwise = "peek".to_owned()),
        "access_type"
    );
    assert_eq!(refused(|spec| spec.actor_kind = "boss".to_owned()), "actor_kind");
    assert_eq!(refused(|spec| spec.format = 3), "format");
    assert_eq!(refused(|spec| drop(spec.pad.insert("patient".to_owned(), 99))), "pad");
    assert_eq!(refused(|spec| drop(spec.columns.insert("email".to_owned(), vec!["x".to_owned()]))), "columns.email");
}

#[test]
fn a_misspelt_setting_is_refused_rather_than_ignored() {
    let mut json = epic_access_log().to_json();
    json["columns"]["acess_time"] = serde_json::json!(["X"]);
    assert!(Spec::parse(json).is_err());
    let mut json = epic_access_log().to_json();
    json["seperator"] = "tab".into();
    assert!(Spec::parse(json).is_err());
}

#[test]
fn the_separator_of_a_first_line_is_the_one_it_has_most_of() {
    for (line, separator) in [
        ("a\tb, c\td", Separator::Tab),
        ("a|b", Separator::Pipe),
        ("\"a;b;c\",d", Separator::Comma),
        ("a;b", Separator::Semicolon),
    ] {
        assert_eq!(Separator::guess(line), separator, "{line}");
    }
}

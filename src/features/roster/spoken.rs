//! Which of a plan's words were read as somebody said they mean, so that whoever reads the plan sees it and may correct it.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::queries::words::Words;

/// Words as they stand together in a plan's lines.
#[derive(Debug)]
pub struct Said {
    /// For a facility.
    pub facility: Option<String>,
    /// For a department that was found.
    pub department: Option<String>,
    /// Where that was looked for.
    pub within: Option<Uuid>,
}

/// A name of one's own goes before what somebody said.
#[derive(Debug, Default)]
pub struct Names {
    /// Of facilities: name and site code.
    pub facilities: Vec<(Uuid, String, String)>,
    /// Of departments, with their facility.
    pub departments: Vec<(Uuid, Uuid, String)>,
}

impl Names {
    /// The name of a facility or a department.
    #[must_use]
    pub fn of(&self, id: Uuid) -> String {
        let facility = self.facilities.iter().find(|known| known.0 == id).map(|known| &known.1);
        let department = || self.departments.iter().find(|known| known.0 == id).map(|known| &known.2);
        facility.or_else(department).cloned().unwrap_or_default()
    }
}

/// A word with its present meaning.
#[derive(Debug, PartialEq, Eq)]
pub struct Spoken {
    /// The file's word.
    pub word: String,
    /// Of a department: the facility it is in.
    pub within: Option<Uuid>,
    /// The facility or the department.
    pub means: Uuid,
}

/// The words of a plan that mean what somebody said, facilities first.
#[must_use]
pub fn spoken(said: &[Said], names: &Names, known: &Words) -> Vec<Spoken> {
    let mut found = BTreeMap::new();
    for line in said {
        if let Some(word) = &line.facility {
            let lower = word.to_lowercase();
            let own = |name: &(Uuid, String, String)| name.1.to_lowercase() == lower || name.2.to_lowercase() == lower;
            if let Some(means) = known.0.get(&lower).filter(|_| !names.facilities.iter().any(own)) {
                let spoken = Spoken { word: word.clone(), within: None, means: *means };
                found.entry((None, lower)).or_insert(spoken);
            }
        }
        if let (Some(word), Some(within)) = (&line.department, line.within) {
            let key = (within, word.to_lowercase());
            let own = |name: &(Uuid, Uuid, String)| name.1 == within && name.2.to_lowercase() == key.1;
            if let Some(means) = known.1.get(&key).filter(|_| !names.departments.iter().any(own)) {
                let spoken = Spoken { word: word.clone(), within: Some(within), means: *means };
                found.entry((Some(within), key.1)).or_insert(spoken);
            }
        }
    }
    found.into_values().collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Names, Said, Spoken, spoken};
    use crate::features::roster::queries::words::Words;

    const CEDAR: Uuid = Uuid::from_u128(1);
    const BILLING: Uuid = Uuid::from_u128(2);

    #[test]
    fn a_word_is_named_once_and_never_one_that_is_a_name_of_its_own() {
        let names = Names {
            facilities: vec![(CEDAR, "Cedar Hill".to_owned(), "CEDAR".to_owned())],
            departments: vec![(BILLING, CEDAR, "Billing".to_owned())],
        };
        let mut known = Words::default();
        for word in ["campus", "cedar", "elsewhere"] {
            known.0.insert(word.to_owned(), CEDAR);
        }
        for word in ["bill", "billing"] {
            known.1.insert((CEDAR, word.to_owned()), BILLING);
        }
        let said = |facility: &str, department: &str| Said {
            facility: Some(facility.to_owned()),
            department: Some(department.to_owned()),
            within: Some(CEDAR),
        };
        let lines = [said("Campus", "BILL"), said("CAMPUS", "Bill"), said("Cedar", "Billing"), said("Nowhere", "X")];
        assert_eq!(
            spoken(&lines, &names, &known),
            [
                Spoken { word: "Campus".to_owned(), within: None, means: CEDAR },
                Spoken { word: "BILL".to_owned(), within: Some(CEDAR), means: BILLING },
            ]
        );
        assert_eq!((names.of(CEDAR), names.of(BILLING)), ("Cedar Hill".to_owned(), "Billing".to_owned()));
    }
}

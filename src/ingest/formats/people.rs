//! Who acted and whom it was about. An id of the workforce is kept, since logins are matched by it; a patient's or a
//! representative's stands in the open column of logins as a keyed hash alone; names of patients leave hashes behind.

use sha2::{Digest as _, Sha256};

use crate::config::Keys;
use crate::ingest::canonical::Row;
use crate::ingest::text::normalise;

/// The login of an event that names nobody.
pub(super) const NOBODY: &str = "(no user)";

/// Who acted, or for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    /// One of the closed kinds of account.
    pub kind: String,
    pub login: String,
}

impl Person {
    pub fn nobody(kind: &str) -> Self {
        Self { kind: kind.to_owned(), login: NOBODY.to_owned() }
    }

    /// With an id of the source, which outside of the workforce becomes a hash.
    pub fn new(kind: &str, id: &str, keys: &Keys) -> Self {
        let login = match kind {
            "patient" | "representative" => {
                let hash = keys.hash("login outside the workforce", id.trim().as_bytes());
                format!("{kind}:{}", hex::encode(&hash[..8]))
            }
            _ => id.to_owned(),
        };
        Self { kind: kind.to_owned(), login }
    }
}

/// A patient of an event. The name stays here for as long as it takes to hash it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Patient {
    pub id: Option<String>,
    pub name: Option<String>,
}

impl Patient {
    /// Leaves the hashes of the name in a row.
    pub fn hash_into(&self, row: &mut Row, keys: &Keys) {
        let Some(name) = self.name.as_deref().filter(|name| name.len() <= 8000) else { return };
        let hash = |purpose: &str, text: &str| {
            let normal = normalise(text);
            (!normal.is_empty()).then(|| keys.hash(purpose, normal.as_bytes()))
        };
        // `DOE^JOHN^Q` and `Doe, John` say which part is the surname; `John Doe` does not
        let mut parts = name.split(if name.contains('^') { '^' } else { ',' }).map(str::trim);
        let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if second.is_empty() {
            row.name_hash = name.trim().contains(char::is_whitespace).then(|| hash("name", name)).flatten();
        } else {
            row.surname_hash = hash("surname", first);
            row.name_hash = hash("name", &format!("{second} {first}"));
        }
    }
}

/// A patient's id as one string, whatever the spelling: `oid|id` of `id^^^ns&oid&ISO` and of `id@oid`, otherwise as it is.
/// Of several joined by `~`, which are one patient's, the first that is one.
pub(super) fn patient_id(text: &str) -> Option<String> {
    text.split('~').find_map(|one| {
        let one = one.trim();
        let (id, authority) = if one.contains('^') {
            let mut parts = one.split('^');
            let id = parts.next().unwrap_or_default();
            let authority = parts.nth(2).unwrap_or_default();
            let mut names = authority.split('&');
            let space = names.next().unwrap_or_default();
            let universal = names.next().unwrap_or_default();
            (id, if universal.is_empty() { space } else { universal })
        } else if let Some((id, oid)) = one.rsplit_once('@').filter(|(_, oid)| is_oid(oid)) {
            (id, oid)
        } else if let Some((system, id)) = one.split_once('|') {
            (id, system)
        } else {
            (one, "")
        };
        let (id, authority) = (id.trim(), authority.trim());
        let authority = authority.strip_prefix("urn:oid:").unwrap_or(authority);
        if says_nothing(id) {
            return None;
        }
        Some(if authority.is_empty() { id.to_owned() } else { format!("{authority}|{id}") })
    })
}

fn is_oid(text: &str) -> bool {
    text.contains('.') && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// What sources write where they know no id.
pub(super) fn says_nothing(id: &str) -> bool {
    let id = id.trim();
    let anonymous = "http://www.w3.org/2005/08/addressing/anonymous";
    id.is_empty()
        || ["<none>", "<unknown>", "none", "unknown", "null", "n/a", "-", anonymous]
            .iter()
            .any(|word| id.eq_ignore_ascii_case(word))
}

/// An opaque id of bytes that identify an event.
pub(super) fn opaque(kind: &str, digest: &Sha256) -> String {
    format!("{kind}:{}", hex::encode(&digest.clone().finalize()[..16]))
}

#[cfg(test)]
mod tests {
    use super::{Patient, patient_id};
    use crate::config::Keys;
    use crate::ingest::canonical::sample_row;

    #[test]
    fn a_patients_id_is_the_same_however_it_is_written() {
        let said = |text| patient_id(text);
        assert_eq!(said("42^^^&1.2.3&ISO").as_deref(), Some("1.2.3|42"));
        assert_eq!(said("42^^^MPI&1.2.3&ISO^PI").as_deref(), Some("1.2.3|42"));
        assert_eq!(said("42@1.2.3").as_deref(), Some("1.2.3|42"));
        assert_eq!(said("urn:oid:1.2.3|42").as_deref(), Some("1.2.3|42"));
        assert_eq!(said("42^^^MPI").as_deref(), Some("MPI|42"));
        assert_eq!(said("<none>~42").as_deref(), Some("42"));
        assert_eq!(said("ann@example.org").as_deref(), Some("ann@example.org"));
        assert_eq!((said("<none>"), said(" "), said("^^^&1.2.3&ISO")), (None, None, None));
    }

    #[test]
    fn a_name_leaves_the_hashes_that_a_delimited_export_leaves() {
        let keys = Keys::new(&"k".repeat(32)).expect("long enough");
        let hashes = |name: &str| {
            let mut row = sample_row();
            (row.name_hash, row.surname_hash) = (None, None);
            Patient { id: None, name: Some(name.to_owned()) }.hash_into(&mut row, &keys);
            (row.name_hash, row.surname_hash)
        };
        let sample = sample_row();
        assert_eq!(hashes("EXAMPLE^ANN"), (sample.name_hash, sample.surname_hash));
        assert_eq!(hashes("Example, Ann"), (sample.name_hash, sample.surname_hash));
        assert_eq!(hashes("Ann Example"), (sample.name_hash, None));
        assert_eq!(hashes("Ann"), (None, None));
    }
}

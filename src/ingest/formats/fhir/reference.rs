//! References to other resources: `Patient/7`, absolute, with a version, or conditional.

use super::kinds::is_kind;

/// The kind and id that a reference names; a contained or conditional one has no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub kind: Option<String>,
    pub id: Option<String>,
}

impl Reference {
    pub fn parse(text: &str) -> Self {
        let conditional = text.contains('?');
        let text = text.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let text = text.split("/_history").next().unwrap_or_default();
        let (before, last) = text.rsplit_once('/').unwrap_or(("", text));
        let kind = before.rsplit('/').next().filter(|kind| is_kind(kind));
        if conditional || (kind.is_none() && is_kind(last)) {
            return Self { kind: is_kind(last).then(|| last.to_owned()), id: None };
        }
        let id = (!last.is_empty()).then(|| last.to_owned());
        Self { kind: kind.map(str::to_owned), id }
    }

    /// As a name for somebody: `Practitioner/7`, wherever the server stands.
    pub fn short(&self) -> Option<String> {
        let id = self.id.as_deref()?;
        Some(self.kind.as_deref().map_or_else(|| id.to_owned(), |kind| format!("{kind}/{id}")))
    }
}

#[cfg(test)]
mod tests {
    use super::Reference;

    #[test]
    fn a_reference_is_kind_and_id_wherever_its_server_stands() {
        let said = |text| {
            let Reference { kind, id } = Reference::parse(text);
            (kind.unwrap_or_default(), id.unwrap_or_default())
        };
        let is = |kind: &str, id: &str| (kind.to_owned(), id.to_owned());
        assert_eq!(said("List/ex-list"), is("List", "ex-list"));
        assert_eq!(said("https://erp.example/fhir/Task/160.123"), is("Task", "160.123"));
        assert_eq!(said("Patient/7/_history/3"), is("Patient", "7"));
        assert_eq!(said("Observation?patient=John"), is("Observation", ""));
        assert_eq!(said("urn:uuid:5-7"), is("", "urn:uuid:5-7"));
        assert_eq!(said("https://h/Patient/Smith?x=1"), is("", ""));
        assert_eq!(said("#p1"), is("", ""));
    }
}

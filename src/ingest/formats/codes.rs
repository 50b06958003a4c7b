//! The source's codes as ours. What was done is decided by the event's kind, its subtypes and its action together, since
//! each alone misleads: a query is `E`, and retrieving a document to look at is an `Import`.

/// The codes of one event: its kind first, then its subtypes.
pub(super) struct Codes<'a> {
    pub all: Vec<&'a str>,
    /// C, R, U, D or E.
    pub action: Option<&'a str>,
    /// `break_glass` when the purpose of use says so.
    pub purpose: &'a str,
}

/// Transactions that fetch documents or images to look at them.
const RETRIEVES: [&str; 8] = ["ITI-43", "ITI-39", "ITI-68", "ITI-63", "RAD-16", "RAD-55", "RAD-69", "RAD-107"];

impl Codes<'_> {
    fn has(&self, code: &str) -> bool {
        self.all.contains(&code)
    }

    fn any(&self, codes: &[&str]) -> bool {
        codes.iter().any(|code| self.has(code))
    }

    /// One of the closed access types.
    pub fn access_type(&self) -> &'static str {
        if self.has("110122") {
            return "login";
        }
        if self.has("110123") {
            return "logout";
        }
        let emergency = self.purpose == "BTG" || (self.purpose == "ETREAT" && self.action == Some("E"));
        if self.any(&["110127", "110138"]) || (emergency && !self.has("110113")) {
            return "break_glass";
        }
        if self.has("110113") || self.all.iter().any(|code| matches!(code.parse(), Ok(110_126..=110_137))) {
            return "security";
        }
        if self.has("110114") {
            return "login";
        }
        if self.any(&["110120", "110121", "110108"]) {
            return "system";
        }
        if self.has("disclose") {
            return "disclose";
        }
        if let Some(ours) = self.all.iter().find_map(|code| of_swiss_trail(code).or_else(|| of_rest(code))) {
            return ours;
        }
        match (self.of_dicom(), self.of_action()) {
            (Some(ours), _) | (None, Some(ours)) => ours,
            (None, None) if self.has("110100") => "system",
            (None, None) => "execute",
        }
    }

    fn of_dicom(&self) -> Option<&'static str> {
        let asks = matches!(self.action, None | Some("E"));
        if self.any(&["110106", "110107"]) && self.any(&RETRIEVES) {
            return Some("view");
        }
        match () {
            () if self.has("110112") && asks => Some("search"),
            () if self.has("110107") => Some("import"),
            () if self.any(&["110106", "110104", "110102"]) => Some("export"),
            () if self.has("110105") => Some("delete"),
            () if self.has("110101") || (self.has("110103") && asks) => Some("view"),
            () if self.has("110100") && asks => Some("system"),
            () => None,
        }
    }

    fn of_action(&self) -> Option<&'static str> {
        Some(match self.action? {
            "C" => "create",
            "R" => "view",
            "U" => "update",
            "D" => "delete",
            "E" => "execute",
            _ => return None,
        })
    }

    /// What kind of record such an event is about when its objects do not say.
    pub fn resource_type(&self) -> Option<&'static str> {
        self.all.iter().find_map(|code| {
            Some(match *code {
                "110101" | "ITI-81" => "AuditEvent",
                "110102" | "110103" | "110104" | "110105" => "ImagingStudy",
                "110109" => "Task",
                "110110" => "Patient",
                "110111" => "Procedure",
                _ if DOCUMENTS.contains(code) || code.starts_with("ATC_DOC_") => "DocumentReference",
                _ if code.starts_with("ATC_LOG_") => "AuditEvent",
                _ if code.starts_with("ATC_POL_") => "Consent",
                _ => return None,
            })
        })
    }

    /// The source's own words: codes alone, since texts beside them may say anything.
    pub fn word(&self) -> Option<String> {
        let codes: Vec<_> = self.all.iter().copied().chain(self.action).filter(|code| is_code(code)).take(6).collect();
        (!codes.is_empty()).then(|| codes.join(" "))
    }
}

/// IHE transactions about documents.
const DOCUMENTS: [&str; 12] = [
    "ITI-18", "ITI-38", "ITI-39", "ITI-41", "ITI-42", "ITI-43", "ITI-57", "ITI-61", "ITI-62", "ITI-65", "ITI-67",
    "ITI-68",
];

/// Whether an IHE transaction is about documents.
pub(super) fn is_about_documents(code: &str) -> bool {
    DOCUMENTS.contains(&code)
}

/// Whether a text can be a code, rather than words that somebody wrote.
pub(super) fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:%-+/".contains(&byte))
}

/// FHIR's RESTful interactions.
fn of_rest(code: &str) -> Option<&'static str> {
    Some(match code {
        "read" | "vread" | "history" | "history-instance" | "history-type" | "history-system" => "view",
        "search" | "search-type" | "search-system" | "search-compartment" => "search",
        "create" => "create",
        "update" | "patch" => "update",
        "delete" | "delete-conditional-single" | "delete-conditional-multiple" | "delete-history" => "delete",
        "operation" | "transaction" | "batch" => "execute",
        "capabilities" => "system",
        _ => return None,
    })
}

/// The audit trail of the Swiss patient record.
fn of_swiss_trail(code: &str) -> Option<&'static str> {
    let rest = code.strip_prefix("ATC_")?;
    [
        ("POL_", "security"),
        ("SEARCH", "search"),
        ("READ", "view"),
        ("CREATE", "create"),
        ("UPDATE", "update"),
        ("DEL", "delete"),
    ]
    .iter()
    .find(|(part, _)| rest.contains(part))
    .map(|(_, ours)| *ours)
}

/// The purpose of use: breaking the glass and emergencies before anything else, otherwise the first that is known. A word
/// for ordinary access states none.
pub(super) fn purpose<'a>(codes: impl Iterator<Item = &'a str>) -> &'static str {
    let mut first = None;
    for code in codes {
        match purpose_of(code) {
            Some(urgent @ ("BTG" | "ETREAT")) => return urgent,
            found => first = first.or(found),
        }
    }
    first.unwrap_or("UNSTATED")
}

/// HL7's v3-ActReason, with the narrower codes under those that we keep, and national ones.
fn purpose_of(code: &str) -> Option<&'static str> {
    Some(match code.to_ascii_uppercase().as_str() {
        "TREAT" | "TREATMENT" | "CAREMGT" | "COC" | "TREATDS" => "TREAT",
        "ETREAT" | "EMER" | "EMERGENCY" => "ETREAT",
        "BTG" => "BTG",
        "HPAYMT" | "PAYMENT" | "CLMATTCH" | "COVAUTH" | "COVERAGE" | "ELIGDTRM" | "ELIGVER" | "ENROLLM"
        | "REMITADV" => "HPAYMT",
        "HOPERAT" | "OPERATIONS" | "HQUALIMP" | "HCOMPL" | "HSYSADMIN" | "HACCRED" | "HTRAIN" | "HSTAFFMT"
        | "HLEGAL" | "HDIRECT" | "DONAT" | "FRAUD" | "GOV" | "PATADMIN" | "PATSFTY" | "PERFMSR" | "RECORDMGT" => {
            "HOPERAT"
        }
        "HRESCH" | "RESEARCH" | "CLINTRCH" | "CLINTRL" | "BIORCH" | "PATRQTRCH" => "HRESCH",
        "PUBHLTH" | "DISASTER" | "THREAT" => "PUBHLTH",
        "PATRQT" | "PATFAM" => "PATRQT",
        "FAMRQT" | "PWATRNY" | "SUPNWK" => "FAMRQT",
        _ => return None,
    })
}

/// How it ended.
pub(super) fn outcome(code: Option<&str>) -> &'static str {
    match code.map(str::trim) {
        Some("0" | "success" | "information" | "informational") => "success",
        Some("4" | "warning") => "minor_failure",
        Some("8" | "error") => "serious_failure",
        Some("12" | "fatal") => "major_failure",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::{Codes, outcome, purpose};

    fn of(all: &[&str], action: &str, purpose: &str) -> &'static str {
        Codes { all: all.to_vec(), action: (!action.is_empty()).then_some(action), purpose }.access_type()
    }

    #[test]
    fn what_was_done_is_decided_by_kind_subtype_and_action_together() {
        for (all, action, ours) in [
            (&["rest", "search"][..], "E", "search"),
            (&["rest", "vread"], "R", "view"),
            (&["rest", "patch"], "U", "update"),
            (&["110112", "ITI-18"], "E", "search"),
            (&["110112"], "R", "view"),
            (&["110107", "ITI-43"], "C", "view"),
            (&["110107", "ITI-42"], "C", "import"),
            (&["110106", "ITI-41"], "R", "export"),
            (&["110106", "disclose", "read"], "R", "disclose"),
            (&["110104"], "C", "export"),
            (&["110103"], "U", "update"),
            (&["110103"], "R", "view"),
            (&["110105"], "D", "delete"),
            (&["110114", "110123"], "E", "logout"),
            (&["110122"], "E", "login"),
            (&["110113", "110127"], "E", "break_glass"),
            (&["110113", "110129"], "E", "security"),
            (&["110100", "110120"], "E", "system"),
            (&["110100", "poke"], "R", "view"),
            (&["110100"], "", "system"),
            (&["110106", "ATC_POL_CREATE_AUT_PART_AL"], "C", "security"),
            (&["110110", "ITI-8"], "D", "delete"),
            (&[], "", "execute"),
        ] {
            assert_eq!(of(all, action, "UNSTATED"), ours, "{all:?} {action}");
        }
        assert_eq!(of(&["110112"], "E", "ETREAT"), "break_glass");
        assert_eq!(of(&["rest", "read"], "R", "ETREAT"), "view");
        assert_eq!(of(&["rest", "read"], "R", "BTG"), "break_glass");
    }

    #[test]
    fn the_graver_purpose_wins_and_an_ordinary_one_states_none() {
        assert_eq!(purpose(["TREAT", "ETREAT"].into_iter()), "ETREAT");
        assert_eq!(purpose(["HTEST", "claim", "HPAYMT"].into_iter()), "HPAYMT");
        assert_eq!((purpose(["NORM"].into_iter()), purpose(["EMER"].into_iter())), ("UNSTATED", "ETREAT"));
        assert_eq!(
            (outcome(Some("12")), outcome(Some("success")), outcome(None)),
            ("major_failure", "success", "unknown")
        );
    }
}

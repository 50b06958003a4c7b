//! The closed words of an access row, and how people read them. A test holds the lists equal to the database's CHECKs.

/// What was done, as stored and as read.
pub const ACCESS_TYPES: [(&str, &str); 15] = [
    ("view", "Viewed"),
    ("search", "Searched"),
    ("create", "Created"),
    ("update", "Edited"),
    ("delete", "Deleted"),
    ("print", "Printed"),
    ("export", "Exported"),
    ("import", "Imported"),
    ("disclose", "Disclosed"),
    ("break_glass", "Break-glass"),
    ("login", "Signed in"),
    ("logout", "Signed out"),
    ("security", "Changed security"),
    ("execute", "Ran"),
    ("system", "System event"),
];

/// A rule as a flag: its code, the reader's words, the icon.
pub const RULES: [(&str, &str, &str); 21] = [
    ("self_access", "Own record", "user"),
    ("household", "Possible relative", "users"),
    ("coworker", "Coworker’s record", "id-badge-2"),
    ("watch_list", "Watch list", "eye"),
    ("terminated_user", "After last day of work", "user-off"),
    ("inactive_user", "Long unused account", "hourglass"),
    ("volume_spike", "Unusual volume", "chart-bar"),
    ("repeat_same_patient", "Same patient again", "repeat"),
    ("break_glass_no_reason", "Break-glass, no reason", "key"),
    ("bulk_export", "Bulk export", "file-export"),
    ("agreement_lapsed", "BAA expired", "file-x"),
    ("no_relationship", "No care link", "user-question"),
    ("reported_by_person", "Reported", "message-report"),
    ("manual", "Added by hand", "hand-stop"),
    ("after_hours", "Off shift", "moon"),
    ("foreign_facility", "Other facility", "map-pin-off"),
    ("foreign_network", "Other network", "network-off"),
    ("role_mismatch", "Unusual for the job", "user-exclamation"),
    ("training_lapsed", "Training lapsed", "school"),
    ("break_glass", "Break-glass", "key"),
    ("unmatched_identity", "Unknown login", "help"),
];

/// The reader's words of an access type.
#[must_use]
pub fn access_type(word: &str) -> &'static str {
    ACCESS_TYPES.iter().find(|(stored, _)| *stored == word).map_or("Other", |(_, label)| label)
}

/// The reader's words and the icon of a rule.
#[must_use]
pub fn rule(code: &str) -> (&'static str, &'static str) {
    RULES.iter().find(|(stored, ..)| *stored == code).map_or(("Flag", "flag"), |(_, label, icon)| (label, icon))
}

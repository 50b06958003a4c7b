//! What kind of file a mapping reads, and what stands between two of its fields.

use serde::{Deserialize, Serialize};

use super::formats::MessageKind;

/// What kind of file a mapping reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Text with a header line and separators.
    #[default]
    Delimited,
    /// FHIR `AuditEvent`, also inside syslog.
    Fhir,
    /// DICOM audit messages, also inside syslog.
    Dicom,
}

impl Kind {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Delimited, Self::Fhir, Self::Dicom];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delimited => "delimited",
            Self::Fhir => "fhir",
            Self::Dicom => "dicom",
        }
    }

    /// What its files hold, where that is messages.
    #[must_use]
    pub const fn messages(self) -> Option<MessageKind> {
        match self {
            Self::Delimited => None,
            Self::Fhir => Some(MessageKind::Fhir),
            Self::Dicom => Some(MessageKind::DicomAudit),
        }
    }

    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Delimited => "Delimited text",
            Self::Fhir => "FHIR AuditEvent",
            Self::Dicom => "DICOM audit messages",
        }
    }
}

/// What stands between two fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Separator {
    Tab,
    #[default]
    Comma,
    Pipe,
    Semicolon,
}

impl Separator {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Tab, Self::Comma, Self::Pipe, Self::Semicolon];

    /// The byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Tab => b'\t',
            Self::Comma => b',',
            Self::Pipe => b'|',
            Self::Semicolon => b';',
        }
    }

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tab => "tab",
            Self::Comma => "comma",
            Self::Pipe => "pipe",
            Self::Semicolon => "semicolon",
        }
    }

    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Tab => "tabs",
            Self::Comma => "commas",
            Self::Pipe => "vertical bars",
            Self::Semicolon => "semicolons",
        }
    }

    /// The one that a first line has most of, outside quotation marks.
    #[must_use]
    pub fn guess(line: &str) -> Self {
        let outside: String = line.split('"').step_by(2).collect();
        let count = |separator: &Self| outside.bytes().filter(|&byte| byte == separator.byte()).count();
        // of equals the first one: a tab is never part of a name
        Self::ALL.into_iter().rev().max_by_key(count).unwrap_or_default()
    }
}

//! The words of the EHR's log: metrics with their group and action, and which of them one opening of a
//! chart writes, for each way of working.

/// One kind of entry.
#[derive(Debug)]
pub(super) struct Metric {
    /// `METRIC_NAME`.
    pub name: &'static str,
    /// `ZC_METRIC_GROUP.NAME`, the kind of record.
    pub group: &'static str,
    /// `ZC_ACCESS_ACTION.NAME`.
    pub action: &'static str,
}

const fn view(name: &'static str, group: &'static str) -> Metric {
    Metric { name, group, action: "VIEW" }
}

const fn modify(name: &'static str, group: &'static str) -> Metric {
    Metric { name, group, action: "MODIFY" }
}

pub(super) static LOGIN: Metric = Metric { name: "Workstation Login", group: "Security", action: "LOGIN" };
pub(super) static LOGOUT: Metric = Metric { name: "Workstation Logout", group: "Security", action: "LOGOUT" };
pub(super) static LOOKUP: Metric = Metric { name: "Patient Lookup", group: "Chart", action: "SEARCH" };
pub(super) static GLASS: Metric = Metric { name: "Break-the-Glass Accessed", group: "Chart", action: "BREAK GLASS" };
pub(super) static EXTRACT: Metric = Metric { name: "Account Extract Exported", group: "Billing", action: "EXPORT" };

/// How one opening of a chart looks in the log. Counts are drawn from the lists.
pub(super) struct Opening {
    /// In how many of a thousand a lookup comes first.
    pub lookup: usize,
    pub views: &'static [Metric],
    pub view_counts: &'static [usize],
    pub changes: &'static [Metric],
    pub change_counts: &'static [usize],
    /// What is printed now and then.
    pub print: Metric,
}

const CARE_VIEWS: &[Metric] = &[
    view("Chart Review Opened", "Chart"),
    view("Results Review Viewed", "Results"),
    view("Medication List Reviewed", "Medications"),
    view("Clinical Note Viewed", "Notes"),
    view("Order Review Viewed", "Orders"),
    view("Allergy List Viewed", "Allergies"),
    view("Image Viewer Opened", "Imaging"),
];

/// Clinical work.
pub(super) static CARE: Opening = Opening {
    lookup: 330,
    views: CARE_VIEWS,
    view_counts: &[1, 1, 2, 2, 2, 3, 3, 4],
    changes: &[
        modify("Clinical Note Edited", "Notes"),
        modify("Order Entry Signed", "Orders"),
        modify("MAR Administration Documented", "Medications"),
        modify("Flowsheet Documented", "Chart"),
        modify("Allergy List Updated", "Allergies"),
    ],
    change_counts: &[0, 0, 1, 1, 1, 2],
    print: Metric { name: "After Visit Summary Printed", group: "Notes", action: "PRINT" },
};

/// A chart read by somebody with nothing to do in it.
pub(super) static LOOK: Opening = Opening {
    lookup: 800,
    views: CARE_VIEWS,
    view_counts: &[2, 3, 4],
    changes: &[],
    change_counts: &[0],
    print: Metric { name: "After Visit Summary Printed", group: "Notes", action: "PRINT" },
};

pub(super) static DESK: Opening = Opening {
    lookup: 560,
    views: &[
        view("Appointment Desk Opened", "Scheduling"),
        view("Demographics Viewed", "Chart"),
        view("Coverage Viewed", "Billing"),
    ],
    view_counts: &[1, 1, 2, 2, 3],
    changes: &[
        modify("Demographics Updated", "Chart"),
        modify("Appointment Scheduled", "Scheduling"),
        modify("Check In Completed", "Scheduling"),
    ],
    change_counts: &[0, 0, 1, 1],
    print: Metric { name: "Face Sheet Printed", group: "Reports", action: "PRINT" },
};

pub(super) static ACCOUNTS: Opening = Opening {
    lookup: 90,
    views: &[
        view("Hospital Account Opened", "Billing"),
        view("Claim Edit Viewed", "Billing"),
        view("Coverage Viewed", "Billing"),
        view("Clinical Note Viewed", "Notes"),
    ],
    view_counts: &[1, 1, 1, 2, 2],
    changes: &[modify("Claim Edit Resolved", "Billing"), modify("Account Note Added", "Billing")],
    change_counts: &[0, 0, 1],
    print: Metric { name: "Statement Printed", group: "Billing", action: "PRINT" },
};

pub(super) static IMAGES: Opening = Opening {
    lookup: 260,
    views: &[
        view("Imaging Study Viewed", "Imaging"),
        view("Imaging Order Viewed", "Orders"),
        view("Prior Report Viewed", "Reports"),
    ],
    view_counts: &[1, 1, 2, 2, 3],
    changes: &[modify("Imaging Exam Ended", "Imaging"), modify("Imaging Report Edited", "Reports")],
    change_counts: &[0, 1, 1],
    print: Metric { name: "Imaging Report Printed", group: "Reports", action: "PRINT" },
};

pub(super) static LAB: Opening = Opening {
    lookup: 240,
    views: &[view("Specimen Order Viewed", "Orders"), view("Lab Result Viewed", "Results")],
    view_counts: &[1, 1, 2, 2],
    changes: &[modify("Specimen Collected", "Orders"), modify("Lab Result Entered", "Results")],
    change_counts: &[0, 1, 1],
    print: Metric { name: "Lab Report Printed", group: "Reports", action: "PRINT" },
};

pub(super) static RECORDS: Opening = Opening {
    lookup: 700,
    views: &[view("Release Request Viewed", "Reports"), view("Clinical Note Viewed", "Notes")],
    view_counts: &[1, 2, 3],
    changes: &[],
    change_counts: &[0],
    print: Metric { name: "Release of Information Printed", group: "Reports", action: "PRINT" },
};

/// Reasons offered when the glass is broken, the usual one several times.
pub(super) const REASONS: [&str; 8] = [
    "Direct patient care",
    "Direct patient care",
    "Direct patient care",
    "Emergency",
    "Emergency",
    "Quality review",
    "Billing",
    "Patient request",
];

/// What people type beside the reason: the kind of text that must never leave the import. `{}` is the surname.
pub const EXPLANATIONS: [&str; 8] = [
    "Pt {} brought in by EMS with chest pain, cardiologist asked for the last echo",
    "{} arrived from nursing home with seizures, needs home medication list",
    "Covering for Dr Gallo, Mr {} is HIV positive and needs dose check before surgery",
    "Mother of {} called about psychiatric admission last spring",
    "Positive pregnancy test for {}, checking allergies before antibiotics",
    "Overdose, {} unresponsive, looking for next of kin phone 555-0142",
    "{} asked me at the desk to print her own results",
    "Denied claim for {} alcohol detox stay, payer wants dates",
];

//! stub
/// The groups of jobs a site keeps a table for.
pub const JOB_GROUPS: [(&str, &str); 4] =
    [("desk", "Front desk"), ("billing", "Billing"), ("laboratory", "Laboratory"), ("imaging", "Imaging")];

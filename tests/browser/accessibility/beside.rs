//! A case beside its whole context, and a patient's and a person's page over a period.

use uuid::Uuid;

use super::{Look, Walk};
use crate::demo::Portal;

/// Cases that show more than others: of many rows, about a patient, and of a vendor's account.
pub async fn context(walk: &mut Walk, portal: &Portal) {
    let of = async |which: &str| -> String {
        let case: Uuid =
            portal.database.value(&format!("SELECT id FROM portal.review_cases WHERE {which} LIMIT 1")).await;
        format!("/access-logs/cases/{case}")
    };
    let spike = of("patient_id IS NULL AND person_id IS NOT NULL ORDER BY row_count DESC").await;
    let looks = [("case-spike", Look::Light), ("case-spike-dark", Look::Dark), ("case-spike-phone", Look::Phone)];
    walk.page("case of many rows", &spike, &looks).await;
    whole(walk, "case-spike-whole").await;
    let patient = of("patient_id IS NOT NULL AND person_id IS NOT NULL ORDER BY row_count DESC, id").await;
    let looks = [("case-patient", Look::Light), ("case-patient-dark", Look::Dark), ("case-patient-phone", Look::Phone)];
    walk.page("case about a patient", &patient, &looks).await;
    let vendor = of("true ORDER BY (vendor_id IS NOT NULL) DESC, id").await;
    walk.page("case of a vendor's account", &vendor, &[("case-vendor", Look::Light)]).await;
}

/// A picture of the page that is there down to its end, where the charts are.
async fn whole(walk: &Walk, name: &str) {
    if let Some(folder) = &walk.pictures {
        for (width, end) in [(1440, ""), (390, "-phone")] {
            walk.browser.screen(width, 3600).await;
            walk.browser.picture(&folder.join(format!("{name}{end}.png"))).await;
        }
        Look::Light.put_on(&walk.browser).await;
    }
}

/// The periods of a patient's and of a person's page.
pub async fn periods(walk: &mut Walk, patient: Uuid, person: Uuid) {
    let looks = [("patient-all", Look::Light), ("patient-all-dark", Look::Dark)];
    walk.page("patient, all time", &format!("/patients/{patient}?period=all"), &looks).await;
    whole(walk, "patient-whole").await;
    let none = "from=2020-01-01&to=2020-01-02";
    walk.page(
        "patient, nobody in these days",
        &format!("/patients/{patient}?{none}"),
        &[("patient-none", Look::Light)],
    )
    .await;
    let looks =
        [("person-period", Look::Light), ("person-period-dark", Look::Dark), ("person-period-phone", Look::Phone)];
    walk.page("person, all time", &format!("/people/{person}?period=all"), &looks).await;
    walk.page("person, nothing in these days", &format!("/people/{person}?{none}"), &[("person-none", Look::Light)])
        .await;
}

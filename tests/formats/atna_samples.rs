//! Every DICOM/ATNA sample against rows derived by hand from the file. Times without a zone are New York's.

use super::harness::{atna, holds, line, sample};

const SAMPLES: &[(&str, &[&str])] = &[
    (
        "atna-dicom-xml/epd-by-example/iti-18-log.xml",
        &[
            "patient:#; patient; DocumentReference/urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3; 1.3.6.1.4.1.21367.2017.2.5.93|d5e42fed-5962-4bb9-b8b6-5d9e8afb0f2a; search; 2023-09-11T12:18:27.579Z; 81.223.215.43; 1.3.6.1.4.1.12559.11.20.1; UNSTATED; success; 1.3.6.1.4.1.21367.2017.2.6.19; -",
        ],
    ),
    (
        "atna-dicom-xml/epd-by-example/iti-43-log.xml",
        &[
            "2000000090108; workforce; DocumentReference/2.16.756.5.30.1.194.130880.1591258526941; 2.16.756.5.30.1.127.3.10.3|761337615343338300; view; 2020-06-04T10:54:39.571Z; -; hcohcdemo01-app06-icwpxs01.net.swisscom-health.it; UNSTATED; success; 2.16.756.5.30.1.194; -",
        ],
    ),
    (
        "atna-dicom-xml/epd-by-example/iti-45-log.xml",
        &[
            "_SYSTEM; system; Other/1^^^&BC322C7E-0353-11EB-9994-0242AC140002&ISO; 1.3.6.1.4.1.12559.11.25.1.19|CHFACILITY22332; search; 2020-09-30T19:32:55.368Z; -; 0045e6d09dd0; UNSTATED; success; 2.16.756.5.30.1.109.6.1.3.1.1; -",
        ],
    ),
    (
        "atna-dicom-xml/ipf/atna-record-1.xml",
        &[
            "smitty@readingroom.hospital.org; workforce; ImagingStudy/1.2.840.10008.2.3.4.5.6.7.78.8; ptid12345; export; 2001-12-17T14:30:47.000Z; 192.168.1.2; AEFOO; UNSTATED; success; Hospital; -",
        ],
    ),
    (
        "atna-dicom-xml/ipf/pdqm.xml",
        &[
            "/app-gateway/fhir/Patient; system; Other/MobilePatientDemographicsQuery; -; search; 2020-03-19T14:25:02.926Z; 10.205.114.56; app-gateway; UNSTATED; success; app-gateway-enterprise-id; -",
        ],
    ),
    (
        "atna-dicom-xml/ipf/pdqv3.xml",
        &[
            "(no user); unknown; Other/35423@1.2.840.114350.1.13.0.1.7.1.1; 1.3.6.1.4.1.21367.13.20.1000|IHERED-2340; search; 2020-03-19T14:17:28.705Z; 127.0.0.1; EHR_2019; UNSTATED; success; EHR_2019; -",
            "(no user); unknown; Other/35423@1.2.840.114350.1.13.0.1.7.1.1; 1.3.6.1.4.1.21367.13.20.2000|IHEGREEN-2340; search; 2020-03-19T14:17:28.705Z; 127.0.0.1; EHR_2019; UNSTATED; success; EHR_2019; -",
            "(no user); unknown; Other/35423@1.2.840.114350.1.13.0.1.7.1.1; 1.3.6.1.4.1.21367.13.20.3000|IHEBLUE-2340; search; 2020-03-19T14:17:28.705Z; 127.0.0.1; EHR_2019; UNSTATED; success; EHR_2019; -",
            "(no user); unknown; Other/35423@1.2.840.114350.1.13.0.1.7.1.1; 1.3.6.1.4.1.21367.13.20.3000|IHEBLUE-2342; search; 2020-03-19T14:17:28.705Z; 127.0.0.1; EHR_2019; UNSTATED; success; EHR_2019; -",
            "(no user); unknown; Other/35423@1.2.840.114350.1.13.0.1.7.1.1; 1.3.6.1.4.1.21367.3000.1.6|IHEFACILITY-2340; search; 2020-03-19T14:17:28.705Z; 127.0.0.1; EHR_2019; UNSTATED; success; EHR_2019; -",
            "(no user); unknown; Other/35423@1.2.840.114350.1.13.0.1.7.1.1; 1.3.6.1.4.1.21367.3000.1.6|IHEFACILITY-2342; search; 2020-03-19T14:17:28.705Z; 127.0.0.1; EHR_2019; UNSTATED; success; EHR_2019; -",
        ],
    ),
    (
        "atna-dicom-xml/ipf/pixfeed.xml",
        &[
            "PKL|SAP-ISH; system; Patient/-; 2.16.840.1.113883.3.37.4.1.1.2.411.1|7627199; create; 2020-03-19T12:24:34.434Z; 127.0.0.1; MPI; UNSTATED; success; MPI; -",
        ],
    ),
    (
        "atna-dicom-xml/ipf/pixfeedmerge.xml",
        &[
            "NIST|NIST_SENDER; system; Patient/-; 2.16.840.1.113883.3.72.5.9.1|MW-10001; delete; 2019-03-19T13:48:59.399Z; 127.0.0.1; EHR_2019; UNSTATED; success; EHR_2019; -",
        ],
    ),
    (
        "atna-dicom-xml/ipf/pixquery.xml",
        &[
            "MESA_DEPARTMENT|MESA_PIX_CLIENT; system; Other/10501108; 2.16.840.1.113883.3.37.4.1.1.2.1.1|27; search; 2020-03-19T12:34:06.367Z; 127.0.0.1; MPI; UNSTATED; success; PI; -",
            "MESA_DEPARTMENT|MESA_PIX_CLIENT; system; Other/10501108; 2.16.840.1.113883.3.37.4.1.1.2.511.1|78106; search; 2020-03-19T12:34:06.367Z; 127.0.0.1; MPI; UNSTATED; success; PI; -",
        ],
    ),
    (
        "atna-dicom-xml/ipf/pixv3query.xml",
        &[
            "(no user); unknown; Other/2220c1c4-87ef-11dc-b865-3603d6866807; 2.16.840.1.113883.3.72.5.9.1|JW-824-v3; search; 2020-03-19T13:44:48.924Z; 127.0.0.1; EHR_2019; UNSTATED; success; EHR_2019; -",
        ],
    ),
    (
        "atna-dicom-xml/ipf/start.xml",
        &[
            "WDF-LAP-1237$; system; Other/-; -; system; 2020-03-09T10:17:39.575Z; 10.0.75.1; app-connect; UNSTATED; success; -; -",
        ],
    ),
    (
        "atna-dicom-xml/ipf/stop.xml",
        &[
            "WDF-LAP-1237$; system; Other/-; -; system; 2020-03-09T10:35:15.937Z; 10.0.75.1; app-connect; UNSTATED; success; -; -",
        ],
    ),
    (
        "atna-dicom-xml/ipf/xcpd.xml",
        &[
            "(no user); unknown; Other/1523963781490@1.3.6.1.4.1.21367.2011.2.6.181; 1.3.6.1.4.1.21367.13.20.1000|IHERED-1040; search; 2020-03-19T14:38:04.293Z; 127.0.0.1; EHR_2019; UNSTATED; success; EHR_2019; -",
        ],
    ),
    (
        "atna-syslog-rfc5424/openhim/iti9-pix-query.syslog",
        &[
            "openhim-mediator-ohie-xds|openhim; system; Other/c7bd7244-29bc-4ab5-80ee-74b56eed9db0; 1.3.6.1.4.1.21367.2005.13.20.3000|fc133984036647e; search; 2015-03-05T10:52:31.356Z; 192.168.1.111; openhim; UNSTATED; success; -; -",
        ],
    ),
    (
        "atna-syslog-rfc5424/openhim/login.rfc3881.syslog",
        &[
            "farley.granger@wb.com; workforce; Other/-; -; login; 2010-12-17T21:12:04.287Z; 125.20.175.12; -; UNSTATED; success; End User; -",
        ],
    ),
    ("atna-syslog-rfc5424/openhim/malformed-1.syslog", &["rejected 1: not_xml"]),
    ("atna-syslog-rfc5424/openhim/malformed-2.syslog", &["rejected 1: not_xml"]),
];

#[test]
fn every_audit_message_sample() {
    for (path, wanted) in SAMPLES {
        holds(path, &atna(&sample(path)), wanted);
    }
}

#[test]
fn all_of_them_one_after_the_other_are_the_same_rows() {
    for folder in ["atna-dicom-xml", "atna-syslog-rfc5424"] {
        let here: Vec<_> = SAMPLES.iter().filter(|(path, _)| path.starts_with(folder)).collect();
        let mut file = Vec::new();
        for (path, _) in &here {
            file.extend(sample(path));
            file.push(b'\n');
        }
        let got: Vec<_> = atna(&file).iter().map(line).filter(|line| !line.starts_with("rejected")).collect();
        let lines = here.iter().flat_map(|(_, lines)| *lines);
        let wanted: Vec<_> = lines.filter(|line| !line.starts_with("rejected")).map(ToString::to_string).collect();
        assert_eq!(got, wanted);
    }
}

#[test]
fn no_sample_leaves_a_name_or_a_query_behind() {
    let names = ["TANNER", "John Doe", "Dr. Smith", "icoserve.com/eHealth", "AdhocQuery", "PHF1ZXJ5", "family=", "JD<"];
    for (path, _) in SAMPLES {
        for row in atna(&sample(path)) {
            let all = format!("{row:?}");
            assert!(names.iter().all(|name| !all.contains(name)), "{path}: {}", line(&row));
        }
    }
}

/// Every sample that is read here.
pub fn read_here() -> Vec<String> {
    SAMPLES.iter().map(|(path, _)| (*path).to_owned()).collect()
}

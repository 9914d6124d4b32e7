//! Whose recording an upload becomes. Officers hand in for themselves, custodians for their units; what a file name claims
//! beyond that is left for a custodian to decide, and never a reason not to seal.

use super::{TUS, metadata, outcome, patch};
use crate::client::{Answer, Client};
use crate::site::{Pair, Site};

fn begin(client: &Client, bytes: &[u8], told: &[(&str, &str)]) -> Answer {
    let (length, told) = (bytes.len().to_string(), metadata(told));
    client.send("POST", "/api/uploads", &[TUS, ("upload-length", &length), ("upload-metadata", &told)], None)
}

#[test]
fn nobody_hands_in_for_others_than_his_own() {
    let mut site = Site::new(Pair::SqliteFolder);
    site.serve();
    site.tamper(
        "insert into account (account, person_id, agency_id, name, created_ms) values ('station', null, 'fz', '采集站', 1), ('squad', null, 'fz', '一中队', 1);
         insert into account_role (account, role) values ('station', 'custodian'), ('squad', 'custodian');
         insert into person (id, agency_id, unit_id, name, active) values ('keeper', 'fz', 'fz-zd1', '何保管', 1);
         update account set person_id = 'keeper' where account = 'squad'",
    );
    let plain = "VID_0001.mp4";
    let of_p10023 = "P10023_D2600101_20260302083000_0001.mp4";
    let of_p10024 = "P10024_D2600102_20260302083000_0001.mp4";
    let nobodys = "P99999_D2600102_20260302083000_0001.mp4";
    // account, file name, device and officer as told, then officer, device and unit of the recording
    let cases: &[(&str, &str, &str, &str, [&str; 3])] = &[
        ("officer", plain, "", "", ["officer", "", "fz-zd1"]),
        ("officer", plain, "", "officer", ["officer", "", "fz-zd1"]),
        ("officer", plain, "", "CERT-officer", ["officer", "", "fz-zd1"]),
        ("officer", plain, "", "P10023", ["officer", "", "fz-zd1"]),
        ("officer", plain, "cam-1", "", ["officer", "cam-1", "fz-zd1"]),
        ("officer", plain, "D2600102", "", ["officer", "cam-2", "fz-zd1"]), // held by nobody: he had it
        ("officer", of_p10023, "", "", ["officer", "cam-1", "fz-zd1"]),
        ("officer", plain, "cam-3", "", ["officer", "", "fz-zd1"]), // a device of another agency is none
        ("officer", plain, "", "dl-officer", ["", "", "fz-zd1"]),   // so is its officer
        ("officer", of_p10024, "", "", ["", "cam-2", "fz-zd1"]), // a name may claim somebody else: asked, not believed
        ("officer2", plain, "cam-1", "", ["", "cam-1", "fz-zd2"]), // a device that somebody else holds
        ("officer", nobodys, "", "", ["", "cam-2", "fz-zd2"]),
        ("custodian", of_p10024, "", "", ["officer2", "cam-2", "fz-zd2"]),
        ("custodian", plain, "", "officer", ["officer", "", "fz-zd1"]),
        ("custodian", plain, "cam-1", "", ["officer", "cam-1", "fz-zd1"]),
        ("custodian", plain, "", "", ["", "", "fz-dd"]),
        ("squad", of_p10023, "", "", ["officer", "cam-1", "fz-zd1"]),
        ("squad", of_p10024, "", "", ["", "cam-2", "fz-zd1"]),
        ("station", of_p10024, "", "", ["officer2", "cam-2", "fz-zd2"]),
        ("station", plain, "", "officer2", ["officer2", "", "fz-zd2"]),
        ("dl-custodian", of_p10023, "", "", ["", "", "dl-a"]),
    ];
    for (at, (account, name, device, officer, expected)) in cases.iter().enumerate() {
        let client = site.token(account);
        let bytes = format!("recording {at}");
        let told = [("filename", *name), ("device", *device), ("officer", *officer)];
        let url = begin(&client, bytes.as_bytes(), &told).is(201).header("location");
        patch(&client, &url, 0, bytes.as_bytes(), &[]).is(204);
        let told = outcome(&client, &url);
        assert_eq!(told["state"], "sealed", "{account} {name}: {told}");
        let id = told["recording_id"].as_str().expect("recording");
        let sql = format!(
            "select coalesce(r.officer_id, ''), coalesce(r.device_id, ''), coalesce(i.unit_id, '') from recording r
             join recording_index i on i.recording_id = r.id where r.id = '{id}'"
        );
        assert_eq!(site.row(&sql), expected.join("|"), "{account} {name} {device} {officer}");
    }
    for (account, officer, status) in [
        ("officer", "officer2", 403),
        ("officer", "P10024", 403),
        ("officer", "CERT-officer2", 403),
        ("squad", "officer2", 403),
        ("squad", "officer", 201),
        ("officer", "nobody-of-that-name", 201),
    ] {
        let answer = begin(&site.token(account), b"x", &[("filename", plain), ("officer", officer)]);
        assert_eq!(answer.status, status, "{account} for {officer}: {}", answer.text());
        assert_eq!(answer.code(), if status == 403 { "upload.officer_not_yours" } else { "" });
    }
    for account in ["unit_head", "leader", "legal_office", "system_admin", "judicial_bureau"] {
        assert_eq!(begin(&site.token(account), b"x", &[]).is(403).code(), "permission.denied", "{account}");
    }
}

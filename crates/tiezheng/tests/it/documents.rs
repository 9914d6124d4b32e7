//! 文书: forms printed from the register, numbered, sealed, had again.

use std::process::Command;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::equipment::camera;
use crate::postgres;
use crate::site::{Pair, Site, both};

/// What a PDF says, without white space.
fn words(pdf: &[u8]) -> String {
    let dir = tempfile::tempdir().expect("temporary folder");
    let path = dir.path().join("form.pdf");
    std::fs::write(&path, pdf).expect("written");
    let out = Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output();
    let out = out.expect("pdftotext; run scripts/install-packages.sh");
    assert!(out.status.success(), "{out:?}");
    String::from_utf8_lossy(&out.stdout).chars().filter(|c| !c.is_whitespace()).collect()
}

fn print(client: &Client, body: Value) -> Answer {
    client.post("/api/documents", &body)
}

/// 领用、报修、丢失 as the register tells them (PRV-20, PRV-25, PRV-26), each under the next number of its agency.
#[test]
fn forms_are_filled_from_the_register_and_numbered() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let made = custodian.post("/api/devices", &camera("PAPER-1", json!({"unit_id": "fz-zd1", "asset_no": "ZC-1"})));
        let id = made.is(201).json()["id"].as_str().expect("id").to_owned();
        let act = |act: &str, more: Value| {
            let mut body = json!({"act": act, "devices": [{"id": id}]});
            body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
            custodian.post("/api/devices/acts", &body).is(200);
        };
        let fault = json!({"detail": {"fault": "存储卡错误，不能录像", "recordings_at_risk": []}});
        act("fault", fault);
        act("send_repair", json!({"detail": {"firm": "正信维修中心"}}));

        let repair = print(
            &custodian,
            json!({"form": "device_repair", "subjects": [id], "fields": {"unit_opinion": "同意送修"}}),
        );
        let repair = repair.is(201);
        assert_eq!(repair.header("content-type"), "application/pdf");
        let text = words(&repair.body);
        for known in [
            "榕江市城市管理局",
            "设备维修登记表",
            "ZC-1",
            "PAPER-1",
            "存储卡错误，不能录像",
            "正信维修中心",
            "同意送修",
        ] {
            assert!(text.contains(known), "{known}: {text}");
        }
        let listed = custodian.get("/api/documents").items();
        let document = listed.first().expect("a document");
        let year = &tiezheng::recordings::form::china_time(document["at_ms"].as_i64().expect("time"))[..4].to_owned();
        let number = |n: u32| format!("榕江城管-{year}-{n:04}");
        assert_eq!(document["number"], number(1));
        for printed in [number(1), document["content"].as_str().expect("digest").to_owned()] {
            assert!(text.contains(&printed), "{printed}: {text}");
        }
        assert_eq!((&document["subjects"], &document["unit_id"]), (&json!([id]), &json!("fz-zd1")));

        // The same bytes again, whatever has become of the device.
        let again = custodian.get(&repair.header("location")).is(200);
        assert!(again.body == repair.body);
        assert_eq!(again.header("etag"), format!("\"{}\"", document["sha256"].as_str().expect("digest")));

        for (n, (form, subjects, known)) in (2..).zip([
            ("device_issue", json!([id, "cam-1"]), "PAPER-1"),
            ("device_check", json!([id]), "ZC-1"),
            ("device_transfer", json!([id]), "一中队"),
            ("device_retirement", json!([id]), "3200.00"),
            ("device_loss", json!([id]), "PAPER-1"),
            ("handover", json!(["officer"]), "张伟"),
            ("provision", json!([]), "执法记录仪"),
            ("device_labels", json!([id, "cam-1"]), "ZC-1"),
        ]) {
            let printed = print(&custodian, json!({"form": form, "subjects": subjects})).is(201);
            let text = words(&printed.body);
            assert!(text.contains(known) && (form == "device_labels" || text.contains(&number(n))), "{form}: {text}");
        }
        let english = [("content-type", "application/json"), ("accept-language", "en")];
        let body = json!({"form": "device_loss", "subjects": [id]}).to_string();
        let english = custodian.send("POST", "/api/documents", &english, Some(body.as_bytes())).is(201);
        assert!(words(&english.body).contains("lossordamage"), "{}", words(&english.body));
        assert_eq!(custodian.get("/api/documents?form=handover").items().len(), 1);
        let page = custodian.get("/api/documents?limit=3").is(200).json();
        let rest = custodian.get(&format!("/api/documents?cursor={}", page["next"].as_str().expect("next"))).items();
        assert_eq!(rest.len(), 7);
        // Those of another unit, and of another agency, are not there.
        let path = repair.header("location");
        assert_eq!(site.token("unit_head2").get(&path).is(404).code(), "not_found");
        assert_eq!(site.token("unit_head").get(&path).is(200).body, repair.body);
        let before: Vec<(String, String)> = numbers(site);
        site.kill();
        site.assert_clean();
        altered(site);
        rebuilt(site);
        assert_eq!(numbers(site), before);
        site.serve();
        assert!(site.token("leader").get(&path).is(200).body == repair.body, "had again after a rebuild");
    });
}

fn numbers(site: &Site) -> Vec<(String, String)> {
    let rows = site.rows(&format!("select number || '|' || {} from document order by sequence", site.hex("sha256")));
    rows.iter().map(|row| row.split_once('|').expect("two")).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

/// A number changed behind the product's back is named.
fn altered(site: &Site) {
    site.tamper("update document set number = number || 'x' where sequence = 1");
    let (code, report) = site.verify();
    let findings = report["findings"].as_array().expect("findings");
    assert_eq!((code, findings.len(), &findings[0]["code"]), (Some(1), 1, &json!("row.altered")), "{report:#}");
    site.tamper("update document set number = replace(number, 'x', '') where sequence = 1");
    site.assert_clean();
}

/// The database goes; the papers come back from the log and the store.
fn rebuilt(site: &mut Site) {
    match site.pair {
        Pair::SqliteFolder => {
            for ending in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(site.data().join(format!("tiezheng.db{ending}")));
            }
        }
        Pair::PostgresS3 => site.database = Some(postgres::cluster().database()),
    }
    let report = site.cli(&["admin", "rebuild", "--json"]).good().json();
    assert_eq!((&report["lost"], &report["unclaimed"]), (&json!([]), &json!(0)), "{report:#}");
    site.assert_clean();
    site.cli(&["load", site.path("fixture.json").to_str().expect("UTF-8")]).good();
}

#[test]
fn what_cannot_be_printed_is_refused() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        for (body, code) in [
            (json!({"form": "receipt", "subjects": ["cam-1"]}), "field.not_allowed"),
            (json!({"form": "device_issue"}), "document.subjects"),
            (json!({"form": "device_repair", "subjects": ["cam-1", "cam-2"]}), "document.subjects"),
            (json!({"form": "device_issue", "subjects": ["cam-1", "cam-1"]}), "document.twice"),
            (json!({"form": "device_issue", "subjects": ["nothing"]}), "field.unknown_reference"),
            (json!({"form": "handover", "subjects": ["nobody"]}), "field.unknown_reference"),
            (json!({"form": "provision", "subjects": ["nowhere"]}), "field.unknown_reference"),
            (json!({"form": "device_labels", "subjects": ["cam-1"], "skip": 24}), "document.skip"),
            (json!({"form": "device_repair", "subjects": ["cam-1"], "fields": {"colour": "red"}}), "field.not_allowed"),
            (json!({"form": "device_repair", "subjects": ["cam-1"], "number": "1"}), "request.field"),
        ] {
            let answer = print(&custodian, body.clone());
            assert_eq!((answer.status, answer.code().as_str()), (422, code), "{body}: {}", answer.text());
        }
        let other = print(&site.token("unit_head2"), json!({"form": "device_issue", "subjects": ["cam-1"]})).is(403);
        assert_eq!(other.code(), "device.other_unit");
        assert_eq!(print(&site.token("officer"), json!({"form": "provision"})).is(403).code(), "permission.denied");
        let none = "select cast(count(*) as text) from document";
        assert_eq!(site.row(none), "0", "what was refused took no number");
        assert_eq!(custodian.get("/api/documents?form=drone").is(422).code(), "field.not_allowed");
        assert_eq!(custodian.get("/api/documents?cursor=x").is(422).code(), "request.cursor");
        site.kill();
        site.assert_clean();
    });
}

/// Many at once: every paper has a number of its own, and none is left out.
#[test]
fn numbers_are_given_once_and_without_a_gap() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        std::thread::scope(|scope| {
            let printing: Vec<_> =
                (0..4).map(|_| scope.spawn(|| print(&custodian, json!({"form": "provision"})).is(201))).collect();
            printing.into_iter().for_each(|one| drop(one.join().expect("printed")));
        });
        let sequences = site.rows("select cast(sequence as text) from document order by sequence");
        assert_eq!(sequences, ["1", "2", "3", "4"]);
        site.kill();
        site.assert_clean();
    });
}

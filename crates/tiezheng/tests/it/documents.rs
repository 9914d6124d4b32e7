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

pub fn print(client: &Client, body: Value) -> Answer {
    client.post("/api/documents", &body)
}

/// What the paper says.
pub fn said(client: &Client, printed: &Answer) -> String {
    words(&client.get(&printed.header("location")).is(200).body)
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

        let asked = json!({"form": "device_repair", "subjects": [id], "fields": {"unit_opinion": "同意送修"}});
        let printed = print(&custodian, asked.clone()).is(201);
        let path = printed.header("location");
        let repair = custodian.get(&path).is(200);
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
        assert_eq!((&document["account"], &document["by"]), (&json!("custodian"), &json!("王芳")), "a person by name");

        // Asked for once more with nothing changed, it is the same paper; with other words it is another one.
        let again = print(&custodian, asked).is(200);
        assert_eq!((again.header("location"), &again.json()), (path.clone(), document));
        // The same bytes again, whatever has become of the device.
        act("repaired", json!({"detail": {"result": "repaired"}}));
        let again = custodian.get(&path).is(200);
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
            let text = said(&custodian, &printed);
            assert!(text.contains(known) && (form == "device_labels" || text.contains(&number(n))), "{form}: {text}");
        }
        let english = [("content-type", "application/json"), ("accept-language", "en")];
        let body = json!({"form": "device_loss", "subjects": [id]}).to_string();
        let english = custodian.send("POST", "/api/documents", &english, Some(body.as_bytes())).is(201);
        let text = said(&custodian, &english);
        assert!(text.contains("lossordamage"), "{text}");
        assert_eq!(custodian.get("/api/documents?form=handover").items().len(), 1);
        let page = custodian.get("/api/documents?limit=3").is(200).json();
        let rest = custodian.get(&format!("/api/documents?cursor={}", page["next"].as_str().expect("next"))).items();
        assert_eq!(rest.len(), 7);
        // Those of another unit, and of another agency, are not there.
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
            let custodian = &custodian;
            let printing: Vec<_> = ["甲", "乙", "丙", "丁"]
                .map(|name| {
                    scope.spawn(move || {
                        print(custodian, json!({"form": "provision", "fields": {"filled_by": name}})).is(201)
                    })
                })
                .into();
            printing.into_iter().for_each(|one| drop(one.join().expect("printed")));
        });
        let sequences = site.rows("select cast(sequence as text) from document order by sequence");
        assert_eq!(sequences, ["1", "2", "3", "4"]);
        // Twice the same at once is one paper.
        let twice = std::thread::scope(|scope| {
            let printing: Vec<_> =
                (0..3).map(|_| scope.spawn(|| print(&custodian, json!({"form": "provision"})))).collect();
            let mut status: Vec<u16> = printing.into_iter().map(|one| one.join().expect("printed").status).collect();
            status.sort_unstable();
            status
        });
        assert_eq!(twice, [200, 200, 201]);
        site.kill();
        site.assert_clean();
    });
}

/// What was decided about a device stands on its papers: 移交 (PRV-21), 报废 (PRV-17), 丢失 (PRV-26).
#[test]
fn orders_stand_on_their_papers() {
    both(|site| {
        site.serve();
        let (custodian, head, leader) = (site.token("custodian"), site.token("unit_head"), site.token("leader"));
        let made = |serial: &str| {
            let made = custodian.post("/api/devices", &camera(serial, json!({"unit_id": "fz-zd1"}))).is(201);
            made.json()["id"].as_str().expect("id").to_owned()
        };
        let open = |body: Value| {
            let opened = custodian.post("/api/device-orders", &body).is(201).json();
            format!("/api/device-orders/{}/steps", opened["id"].as_str().expect("id"))
        };
        let check = |form: &str, id: &str, expected: &[&str]| {
            let printed = print(&custodian, json!({"form": form, "subjects": [id]})).is(201);
            let text = said(&custodian, &printed);
            for known in expected {
                assert!(text.contains(known), "{form} {known}: {text}");
            }
        };

        let id = made("ORDER-1");
        let steps = open(
            json!({"kind": "retirement", "device_id": id, "reason": "无法修复。", "method": "device_sealed",
            "condition": "unusable", "evidence": "检测报告7号", "media": "unreadable", "media_statement": "存储卡损坏"}),
        );
        check("device_retirement", &id, &["封存", "不能使用", "无法修复；检测报告7号", "介质无法读取", "存储卡损坏"]);
        leader.post(&steps, &json!({"step": "decide", "document": "榕城管1号"})).is(200);
        let sealed = json!({"step": "execute", "witness": "赵强", "seal_no": "F-001", "place": "保密柜"});
        custodian.post(&steps, &sealed).is(200);
        check("device_retirement", &id, &["同意", "榕城管1号", "周涛", "F-001", "保密柜", "王芳执行", "赵强监督"]);

        let id = made("ORDER-2");
        let refused = open(json!({"kind": "retirement", "device_id": id, "reason": "老化", "method": "destroy",
            "condition": "worn", "media": "wiped", "evidence": "检测报告8号"}));
        head.post(&refused, &json!({"step": "decide", "document": "2号", "approve": false, "reason": "尚可使用"}))
            .is(200);
        check("device_retirement", &id, &["销毁", "不同意", "尚可使用", "赵强", "已清除"]);

        let id = made("ORDER-3");
        let steps = open(
            json!({"kind": "transfer", "device_id": id, "reason": "任务调整", "document": "调1号", "to_unit_id": "fz-zd2"}),
        );
        head.post(&steps, &json!({"step": "confirm"})).is(200);
        check("device_transfer", &id, &["一中队", "二中队", "任务调整", "调1号", "没有未入库的文件"]);

        // Back again: the keeper has signed for it, whoever brought it signs on the paper. Gone: who had it.
        let id = made("ORDER-5");
        let act = |act: &str, more: Value| {
            let mut body = json!({"act": act, "devices": [{"id": id}]});
            body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
            custodian.post("/api/devices/acts", &body).is(200);
        };
        let out = json!({"person_id": "officer", "detail": {"urgent_reason": "突发事件"}});
        act("check_out", out.clone());
        let back = json!({"detail": {"condition": "good", "data_handed_in": true}, "signature": {"name": "钱收回"}});
        act("return", back);
        let printed = print(&custodian, json!({"form": "device_issue", "subjects": [id]})).is(201);
        let text = said(&custodian, &printed);
        assert_eq!((text.matches("钱收回").count(), text.matches("王芳").count()), (1, 0), "{text}");
        act("check_out", out);
        act("lost", json!({"detail": {"circumstances": "落水", "recordings_at_risk": []}}));
        check("device_loss", &id, &["使用人张伟", "落水"]);

        let id = made("ORDER-4");
        let happened = custodian.get("/api/about").is(200).json()["now_ms"].as_i64().expect("now") - 3_600_000;
        let detail = json!({"circumstances": "追逐中掉落河中", "happened_ms": happened, "place": "沿河路", "recordings_at_risk": []});
        custodian.post("/api/devices/acts", &json!({"act": "lost", "devices": [{"id": id}], "detail": detail})).is(200);
        let order = custodian.get(&format!("/api/device-orders?device={id}&kind=loss&open=true")).items().remove(0);
        let steps = format!("/api/device-orders/{}/steps", order["id"].as_str().expect("id"));
        let finding = json!({"step": "find", "misuse": true, "during_enforcement": true, "reason": "未系挂绳"});
        head.post(&steps, &finding).is(200);
        leader.post(&steps, &json!({"step": "decide", "compensation_fen": 320_000, "document": "赔1号"})).is(200);
        custodian.post(&steps, &json!({"step": "pay", "amount_fen": 320_000})).is(200);
        check("device_loss", &id, &["沿河路", "未系挂绳", "保管不善或者使用不当", "3200.00", "赔1号"]);

        // Of what is in nobody's unit: who printed it has it again, another unit does not.
        let made = custodian.post("/api/devices", &camera("STORE-1", json!({"asset_no": "ZC-STORE"}))).is(201).json();
        let printed = print(&custodian, json!({"form": "device_labels", "subjects": [made["id"]]})).is(201);
        assert!(said(&custodian, &printed).contains("ZC-STORE"));
        site.token("unit_head2").get(&printed.header("location")).is(404);

        // 配备情况: the figures of the page itself, with both readings, and what was allowed.
        leader.post("/api/units/fz-zd1/statements", &json!({"statements": [{"key": "classes", "value": ["squad"]}, {"key": "squads", "value": [{"name": "一分队", "count": 7}]}], "reason": "核定", "document": "〔2026〕3号"})).is(201);
        let units = custodian.get("/api/sufficiency?unit=fz-zd1").is(200).json()["units"].clone();
        let unit = units
            .as_array()
            .expect("units")
            .iter()
            .find(|unit| unit["unit"]["id"] == "fz-zd1")
            .expect("its own")
            .clone();
        let need = &unit["needs"][0];
        let printed = print(&custodian, json!({"form": "provision", "subjects": ["fz-zd1"]})).is(201);
        let text = said(&custodian, &printed);
        let article = need["items"][0]["article"]["article"].as_str().expect("article");
        let row = format!("1一中队{}执法记录仪", unit["officers"]);
        assert!(text.contains(&row) && text.contains(article), "{row} {article}: {text}\n{need:#}");

        // 交接: what the handover lists, and who has signed.
        leader
            .post("/api/handovers", &json!({"person_id": "officer2", "successor_id": "officer", "reason": "调离"}))
            .is(201);
        let printed = print(&leader, json!({"form": "handover", "subjects": ["officer2"]})).is(201);
        let text = said(&leader, &printed);
        for known in ["欧阳娜", "张伟", "周涛", "调离"] {
            assert!(text.contains(known), "{known}: {text}");
        }
        site.kill();
        site.assert_clean();
    });
}

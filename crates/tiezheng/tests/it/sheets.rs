//! Ledgers and rosters in, lists out.

use serde_json::{Value, json};

use crate::client::{Answer, Client, quoted};
use crate::site::both;

fn send(client: &Client, path: &str, bytes: &[u8]) -> Answer {
    client.send("POST", path, &[("content-type", "application/octet-stream")], Some(bytes))
}

fn problems(preview: &Value) -> Vec<(u64, String)> {
    let rows = preview["rows"].as_array().expect("rows").iter();
    let coded = rows.flat_map(|row| {
        let problems = row["problems"].as_array().expect("problems").iter();
        problems.map(|problem| (row["row"].as_u64().expect("row"), problem["code"].as_str().expect("code").to_owned()))
    });
    coded.collect()
}

/// A roster of real life: a title, other words for the columns, GBK; seen first, then applied as it was seen, once.
#[test]
fn a_roster_is_seen_and_then_entered_whole() {
    both(|site| {
        site.serve();
        let security = site.token("security_admin");
        let (see, apply) =
            ("/api/officers/import?agency=fz", |digest: &str| format!("/api/officers/import/{digest}?agency=fz"));
        let wrong = "榕江市城市管理局执法人员花名册,,\n序号,姓　名,执法证编号,所在部门\n1,林一,ＲＪ－９１,一中队\n2,林二,RJ-91,九中队\n3,张伟,,一中队\n";
        let seen = send(&security, see, &encoding(wrong)).is(200).json();
        assert_eq!((&seen["good"], &seen["bad"], &seen["heading_row"]), (&json!(1), &json!(2), &json!(2)), "{seen:#}");
        let expected = [(4, "import.unit_unknown"), (4, "import.duplicate_in_file"), (5, "import.person_known")];
        let mut found = problems(&seen);
        found.sort();
        let mut expected: Vec<(u64, String)> = expected.map(|(row, code)| (row, code.to_owned())).to_vec();
        expected.sort();
        assert_eq!(found, expected);
        let digest = seen["digest"].as_str().expect("digest").to_owned();
        let refused = send(&security, &apply(&digest), &encoding(wrong)).is(422);
        assert_eq!(refused.code(), "import.refused");
        assert_eq!(refused.json()["problems"].as_array().map(Vec::len), Some(3));
        let count = "select cast(count(*) as text) from person where agency_id = 'fz'";
        let before = site.row(count);

        let good = "姓名,执法证号,部门\n林一,RJ-91,一中队\n=林二,RJ-92,二中队\n";
        let seen = send(&security, see, good.as_bytes()).is(200).json();
        assert_eq!((&seen["good"], &seen["bad"]), (&json!(2), &json!(0)), "{seen:#}");
        let digest = seen["digest"].as_str().expect("digest").to_owned();
        // Another file under the digest of what was seen.
        let other = send(&security, &apply(&digest), good.replace("RJ-92", "RJ-93").as_bytes()).is(409);
        assert_eq!(other.code(), "import.changed");
        assert_eq!(site.row(count), before, "a preview and a refusal enter nobody");
        assert_eq!(send(&security, &apply(&digest), good.as_bytes()).is(201).json()["made"], 2);
        // What was seen is not what is there any more: the second time everybody is known.
        assert_eq!(send(&security, &apply(&digest), good.as_bytes()).status, 422);
        let told = "select cast(count(*) as text) from event where act in ('person.made', 'list.imported')";
        assert_eq!(site.row(told), "3");

        // Out again: no name of the file is a formula.
        let csv = security.get(&format!("/api/exports/officers?format=csv&q={}", quoted("林"))).is(200);
        let text = csv.text();
        assert!(text.starts_with('\u{feff}') && text.contains("\r\n'=林二,RJ-92,二中队,"), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
        let book = security.get("/api/exports/officers").is(200);
        assert!(book.body.starts_with(b"PK") && book.header("content-disposition").contains("officers.xlsx"));
        // A workbook of ours is a roster again: everybody is known.
        let again = send(&security, see, &book.body).is(200).json();
        assert_eq!(again["good"], 0, "{again:#}");
        site.kill();
        site.assert_clean();
    });
}

fn encoding(text: &str) -> Vec<u8> {
    encoding_rs::GBK.encode(text).0.into_owned()
}

/// A ledger as an office has it, in a workbook: seen, refused, mended, registered whole; what went in goes out.
#[test]
fn a_ledger_is_seen_and_then_registered_whole() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let see = format!("/api/devices/import?purpose={}", quoted("现场检查"));
        let apply = |digest: &str| format!("/api/devices/import/{digest}?purpose={}", quoted("现场检查"));
        let wrong = ledger(&["D2600101", "NEW-1", "NEW-1"]);
        let seen = send(&custodian, &see, &wrong).is(200).json();
        // The same number of another maker is another device.
        assert_eq!(problems(&seen), [(6, "import.duplicate_in_file".to_owned())], "{seen:#}");
        assert_eq!((&seen["sheet"], &seen["heading_row"]), (&json!("台账"), &json!(3)));
        assert_eq!(seen["left_out"][0]["why"], "total");
        let digest = seen["digest"].as_str().expect("digest");
        assert_eq!(send(&custodian, &apply(digest), &wrong).is(422).code(), "import.refused");

        let good = ledger(&["NEW-0", "NEW-1", "NEW-2"]);
        let seen = send(&custodian, &see, &good).is(200).json();
        assert_eq!((&seen["good"], &seen["bad"]), (&json!(3), &json!(0)), "{seen:#}");
        let digest = seen["digest"].as_str().expect("digest");
        assert_eq!(send(&custodian, &apply(digest), &good).is(201).json()["made"], 3);
        // What was seen holds for the purpose it was seen with.
        let other = send(&custodian, &format!("/api/devices/import/{digest}"), &good);
        assert_eq!(other.is(409).code(), "import.changed");
        let refused = send(&custodian, &apply(digest), &good).is(422);
        let codes: Vec<Value> =
            refused.json()["problems"].as_array().expect("problems").iter().map(|p| p["code"].clone()).collect();
        assert_eq!(codes, vec![json!("device.serial.duplicate"); 3]);

        let device = custodian.get("/api/devices?q=NEW-2").items().remove(0);
        assert_eq!(
            (&device["kind"], &device["price_fen"], &device["acquired_on"], &device["unit"]["id"]),
            (&json!("body_worn_camera"), &json!(320_000), &json!("2024-01-05"), &json!("fz-zd1")),
            "{device:#}"
        );
        let csv = custodian.get("/api/exports/devices?format=csv&q=NEW-").is(200).text();
        assert!(csv.contains("执法记录仪") && csv.contains("3200") && csv.lines().count() == 4, "{csv}");
        for (path, bytes, code) in [
            (see.as_str(), "种类,部门\n执法仪,\n".as_bytes(), "import.no_heading"),
            ("/api/devices/import?purpose=%07", &good[..], "field.control"),
        ] {
            assert_eq!(send(&custodian, path, bytes).is(422).code(), code);
        }
        assert_eq!(send(&site.token("officer"), &see, &good).is(403).code(), "permission.denied");
        site.kill();
        site.assert_clean();
    });
}

/// Title, a merged unit, full-width digits, a day as such, a price with its unit, a total below.
fn ledger(serials: &[&str]) -> Vec<u8> {
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
    let mut book = Workbook::new();
    book.add_worksheet().set_name("封面").expect("name").write_string(0, 0, "执法装备").expect("cell");
    let sheet = book.add_worksheet().set_name("台账").expect("name");
    let plain = Format::new();
    sheet.merge_range(0, 0, 0, 5, "榕江市城市管理局执法装备台账", &plain).expect("title");
    for (at, heading) in (0_u16..).zip(["使用部门", "设备名称", "品牌", "出厂编号", "原值（元）", "购置日期"])
    {
        sheet.write_string(2, at, heading).expect("heading");
    }
    let day = Format::new().set_num_format("yyyy/m/d");
    let bought = ExcelDateTime::parse_from_str("2024-01-05").expect("day");
    let last = 2 + u32::try_from(serials.len()).expect("few");
    sheet.merge_range(3, 0, last, 0, "一中队", &plain).expect("unit");
    for (row, serial) in (3_u32..).zip(serials) {
        sheet.write_string(row, 1, "４Ｇ执法记录仪").expect("kind").write_string(row, 2, "海康").expect("maker");
        sheet.write_string(row, 3, *serial).expect("serial").write_string(row, 4, "３,200.00元").expect("price");
        sheet.write_datetime_with_format(row, 5, &bought, &day).expect("day");
    }
    sheet.write_string(last + 1, 0, "合计").expect("total").write_number(last + 1, 4, 9_600).expect("sum");
    book.save_to_buffer().expect("workbook")
}

/// Lists go out under the rights of the list itself, and that they went is an event.
#[test]
fn lists_go_out_as_their_pages_show_them() {
    both(|site| {
        let card = site.path("card");
        let name = crate::cards::name("P10023", "D2600101", crate::cards::at("2026-03-02T08:30:00+08:00"), 1, "MP4");
        crate::cards::put(&card, &name, b"a recording of the officer");
        site.ingest(&card, &[]);
        site.serve();
        let custodian = site.token("custodian");
        for (list, known) in
            [("devices", "D2600101"), ("activities", ""), ("recordings", name.trim_start_matches("DCIM/"))]
        {
            let text = custodian.get(&format!("/api/exports/{list}?format=csv")).is(200).text();
            assert!(text.lines().count() >= 2 && text.contains(known), "{list}: {text}");
            let items = custodian.get(&format!("/api/{list}?limit=200")).items();
            assert_eq!(text.lines().count(), items.len() + 1, "{list}");
        }
        let none = custodian.get("/api/exports/devices?format=csv&q=nothing-like-it").is(200).text();
        assert_eq!(none.lines().count(), 1, "a heading and no row");
        // Who does not see a recording does not export it.
        let text = site.token("officer2").get("/api/exports/recordings?format=csv").is(200).text();
        assert_eq!(text.lines().count(), 1, "{text}");
        for (role, path, status, code) in [
            ("audit_admin", "/api/exports/recordings", 403, "permission.denied"),
            ("custodian", "/api/exports/secrets", 404, "not_found"),
            ("custodian", "/api/exports/devices?format=pdf", 422, "field.not_allowed"),
            ("custodian", "/api/exports/recordings?from=yesterday", 400, "request.query"),
            ("custodian", "/api/exports/devices?kind=drone", 422, "field.not_allowed"),
        ] {
            let answer = site.token(role).get(path);
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path}");
        }
        assert_eq!(site.row("select cast(count(*) as text) from event where act = 'list.exported'"), "5");
        site.kill();
        site.assert_clean();
    });
}

#[test]
fn files_that_are_no_roster_are_refused() {
    both(|site| {
        site.serve();
        let security = site.token("security_admin");
        let see = "/api/officers/import?agency=fz";
        for (path, bytes, status, code) in [
            (see, &b"\xd0\xcf\x11\xe0"[..], 422, "import.old_excel"),
            (see, b"PK\x03\x04", 422, "import.unreadable"),
            (see, b"\0\0", 422, "import.kind"),
            (see, b"", 422, "import.no_heading"),
            (see, "姓名,部门\n".as_bytes(), 422, "import.empty"),
            (see, &vec![b'a'; (10 << 20) + 1], 413, "import.too_large"),
            ("/api/officers/import", b"", 422, "field.required"),
            ("/api/officers/import?agency=nowhere", "姓名,部门\n张三,\n".as_bytes(), 422, "field.unknown_reference"),
        ] {
            let answer = send(&security, path, bytes);
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path}: {}", answer.text());
        }
        assert_eq!(send(&site.token("custodian"), see, b"").is(403).code(), "permission.denied");
    });
}

/// Every list of 配备 goes out, a row for each line of those that have lines.
#[test]
fn lists_of_equipment_and_duties_go_out_too() {
    use crate::duty::body;
    both(|site| {
        crate::duty::agency(site, "caofeidian-amr", &[("top", None)], json!({}));
        site.serve();
        let (custodian, head, leader) = (site.token("custodian"), site.token("unit_head"), site.token("leader"));
        let send = |client: &Client, path: &str| {
            let sent = client.post(path, &body(path).expect("body"));
            assert!(sent.status < 300, "{path}: {}", sent.text());
        };
        for path in ["/api/recording-sites", "/api/purchases"] {
            send(&custodian, path);
        }
        let lines = json!([{"kind": "camcorder", "quantity": 1, "purpose": "现场检查"},
            {"kind": "audio_recorder", "quantity": 2, "purpose": "询问"}]);
        head.post("/api/provision-plans", &json!({"unit_id": "fz-zd1", "lines": lines})).is(201);
        send(&leader, "/api/budgets");
        send(&leader, "/api/handovers");
        let named = json!({"unit_id": "fz-zd1", "duty": "recording_custody", "person_id": "officer"});
        head.post("/api/responsibilities", &named).is(201);
        let bought = crate::equipment::camera("X-1", json!({"unit_id": "fz-zd1"}));
        let id = crate::equipment::register(&custodian, &bought);
        let order = json!({"kind": "transfer", "device_id": id, "to_unit_id": "fz-zd2", "reason": "调剂"});
        custodian.post("/api/device-orders", &order).is(201);
        custodian.post("/api/documents", &json!({"form": "device_labels", "subjects": [id]})).is(201);
        for (list, rows, known) in [
            ("orders", 1, "调拨"),
            ("models", 1, "K7"),
            ("documents", 1, "设备标签"),
            ("handovers", 1, "张伟"),
            ("responsibilities", 1, "一中队"),
            ("plans", 2, "录音"),
            ("purchases", 1, "某公司"),
            ("sites", 1, "大厅3号窗口"),
            ("budgets?year=2026", 1, "0.5"),
        ] {
            let mark = if list.contains('?') { '&' } else { '?' };
            let text = leader.get(&format!("/api/exports/{list}{mark}format=csv")).is(200).text();
            assert!(text.lines().count() == rows + 1 && text.contains(known), "{list}: {text}");
        }
        let owing = site.token("ag-unit_head");
        let office = json!({"statements": [{"key": "classes", "value": ["office"]}], "reason": "科室"});
        owing.post("/api/units/top/statements", &office).is(201);
        let text = owing.get("/api/exports/sufficiency?format=csv").is(200).text();
        assert_eq!(text.lines().nth(1), Some("top,0,录音笔,1,0,1,0,,"), "{text}");
        assert_eq!(site.token("officer").get("/api/exports/budgets?year=2026").is(403).code(), "permission.denied");
    });
}

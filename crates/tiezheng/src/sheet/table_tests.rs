use super::*;

fn grid(rows: &[&[&str]]) -> Grid {
    let cell = |text: &&str| if text.is_empty() { Cell::Empty } else { Cell::Text((*text).to_owned()) };
    let rows = rows.iter().enumerate().map(|(at, row)| (at + 1, row.iter().map(cell).collect()));
    Grid { name: "台账".into(), rows: rows.collect() }
}

fn fields(table: &Table) -> Vec<String> {
    table.columns.iter().map(|column| column.field.clone().unwrap_or_else(|| "-".into())).collect()
}

#[test]
fn headings_are_found_under_titles_and_by_any_word() {
    for (rows, heading_row, expected) in [
        (&[&["设备种类", "序列号"][..], &["执法记录仪", "A1"]][..], 1, "kind serial_no"),
        (
            &[
                &["榕江市城市管理局执法装备台账", "", ""],
                &["填报单位：一中队", "", "2026年5月"],
                &["序号", "资产名称", "出厂编号（SN）", "单价（万元）", "备注"],
                &["1", "执法记录仪", "A1", "0.32", ""],
            ],
            3,
            "- kind serial_no price -",
        ),
        // The only number a ledger has is taken for the serial number.
        (&[&["设备名称", "设备编号"], &["执法记录仪", "A1"]], 1, "kind serial_no"),
        (&[&["设备编号", "设备名称", "机身号"], &["Z1", "执法记录仪", "A1"]], 1, "asset_no kind serial_no"),
        (
            &[&["设备类型", "设备名称", "S/N", "型号", "型号"], &["其他", "无人机", "A1", "M", "N"]],
            1,
            "kind description serial_no model -",
        ),
        // Two rows of heading, the upper one a group: the lower one has the names.
        (
            &[&["设备", "设备", "使用单位"], &["种类", "序列号", "使用单位"], &["执法记录仪", "A1", "一中队"]],
            2,
            "kind serial_no unit",
        ),
    ] {
        let table = find(&[grid(rows)], Kind::Devices).unwrap();
        assert_eq!((table.heading_row, fields(&table).join(" ").as_str()), (heading_row, expected), "{rows:?}");
        assert_eq!(table.entries.len(), 1, "{rows:?}");
    }
    let wan = grid(&[&["种类", "SN", "原值（万元）"], &["执法仪", "A1", "0.32"]]);
    assert!(find(&[wan], Kind::Devices).unwrap().in_wan.contains("price"));
}

#[test]
fn what_is_no_entry_is_left_out_and_named() {
    let rows: &[&[&str]] = &[
        &["单位", "种类", "序列号"],
        &["一中队", "执法记录仪", "A1"],
        &["单位", "种类", "序列号"],
        &["一中队", "", "A2"],
        &["合　计", "", "2"],
        &["填表人：王芳", "", ""],
        &["说明", "以上设备", ""],
        &["", "备注：以上均在用", ""],
    ];
    let table = find(&[grid(rows)], Kind::Devices).unwrap();
    assert_eq!(table.entries.iter().map(|entry| entry.row).collect::<Vec<_>>(), [2, 4, 7]);
    let left: Vec<(usize, &str)> = table.left_out.iter().map(|left| (left.row, left.why.as_str())).collect();
    assert_eq!(left, [(3, "heading"), (5, "total"), (6, "note"), (8, "note")]);
    let people = grid(&[&["姓名", "执法证号"], &["张伟", ""], &["", "F1"], &["小计", "2"]]);
    let table = find(&[people], Kind::People).unwrap();
    assert_eq!(table.entries.iter().map(|entry| entry.row).collect::<Vec<_>>(), [2]);
}

#[test]
fn the_best_sheet_is_read() {
    let cover = grid(&[&["封面"], &["种类", "数量"]]);
    let ledger = grid(&[&["种类", "序列号", "单位"], &["执法记录仪", "A1", "一中队"]]);
    assert_eq!(find(&[cover.clone(), ledger, cover], Kind::Devices).unwrap().entries.len(), 1);
}

#[test]
fn without_a_heading_nothing_is_read() {
    for (rows, kind, code, field) in [
        (&[][..], Kind::Devices, "import.no_heading", "kind"),
        (&[&["执法记录仪", "A1"][..]][..], Kind::Devices, "import.no_heading", "kind"),
        (&[&["设备种类", "型号"]], Kind::Devices, "import.no_heading", "serial_no"),
        (&[&["单位", "执法证号"]], Kind::People, "import.no_heading", "name"),
        (&[&["种类", "序列号"], &["合计", "0"]], Kind::Devices, "import.empty", ""),
    ] {
        let problem = find(&[grid(rows)], kind).unwrap_err();
        assert_eq!(
            (problem.code.as_str(), problem.params.get("field").and_then(|f| f.as_str()).unwrap_or("")),
            (code, field)
        );
    }
}

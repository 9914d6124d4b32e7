use std::io::Write;

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use super::*;

fn code<T: std::fmt::Debug>(read: Result<T, Problem>) -> String {
    read.map_or_else(|problem| problem.code, |read| panic!("read: {read:?}"))
}

fn texts(grid: &Grid) -> Vec<(usize, Vec<String>)> {
    grid.rows.iter().map(|(row, cells)| (*row, cells.iter().map(Cell::shown).collect())).collect()
}

#[test]
fn text_in_every_encoding_and_with_every_mark() {
    let text = "姓名,执法证号\r\n张伟,\"榕,1\"\r\n\r\n欧阳娜,\r\n";
    let expected = [(1, vec!["姓名", "执法证号"]), (2, vec!["张伟", "榕,1"]), (4, vec!["欧阳娜"])];
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xef\xbb\xbf".to_vec(), text.as_bytes().to_vec()].concat(),
        encoding_rs::GBK.encode(text).0.into_owned(),
        utf16,
        text.replace("榕,1", "榕，1").replace(',', "\t").replace('，', ",").into_bytes(),
        text.replace("榕,1", "榕，1").replace(',', ";").replace('，', ",").into_bytes(),
    ] {
        let found = read(&bytes).unwrap();
        let expected: Vec<(usize, Vec<String>)> =
            expected.iter().map(|(row, cells)| (*row, cells.iter().map(|&cell| cell.to_owned()).collect())).collect();
        assert_eq!(texts(&found[0]), expected);
    }
    // Leading zeros as some programs keep them; what looks like a formula stays a text.
    let found = read(b"sn,x\n=\"00471\",=1+1\n").unwrap();
    assert_eq!(texts(&found[0])[1], (2, vec!["00471".to_owned(), "=1+1".to_owned()]));
}

#[test]
fn workbooks_with_days_numbers_and_merged_cells() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.merge_range(0, 0, 0, 3, "执法装备台账", &Format::new()).unwrap();
    for (at, heading) in (0..).zip(["使用单位", "种类", "序列号", "购置日期"]) {
        sheet.write_string(1, at, heading).unwrap();
    }
    sheet.merge_range(2, 0, 3, 0, "一中队", &Format::new()).unwrap();
    let day = Format::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
    let at = ExcelDateTime::parse_from_str("2024-01-05").unwrap();
    sheet.write_string(2, 1, "执法记录仪").unwrap().write_number(2, 2, 471).unwrap();
    sheet.write_datetime_with_format(2, 3, &at, &day).unwrap();
    sheet.write_string(3, 1, "录音笔").unwrap();
    sheet.write_formula(3, 2, Formula::new("=\"A\"&1").set_result("A1")).unwrap().write_number(3, 3, 45_296).unwrap();
    let grids = read(&book.save_to_buffer().unwrap()).unwrap();
    let title = "执法装备台账".to_owned();
    assert_eq!(
        texts(&grids[0]),
        [
            (1, vec![title.clone(), title.clone(), title.clone(), title]),
            (2, ["使用单位", "种类", "序列号", "购置日期"].map(str::to_owned).to_vec()),
            (3, ["一中队", "执法记录仪", "471", "2024-01-05"].map(str::to_owned).to_vec()),
            (4, ["一中队", "录音笔", "A1", "45296"].map(str::to_owned).to_vec()),
        ]
    );
    assert_eq!(grids[0].rows[3].1[3].day().unwrap().unwrap().to_string(), "2024-01-05");
}

#[test]
fn a_hidden_sheet_is_not_sent() {
    let mut book = Workbook::new();
    for (name, hidden) in [("台账", false), ("去年", true), ("隐", true)] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        sheet.write_string(0, 0, name).unwrap();
        match name {
            "隐" => drop(sheet.set_very_hidden(hidden)),
            _ => drop(sheet.set_hidden(hidden)),
        }
    }
    let grids = read(&book.save_to_buffer().unwrap()).unwrap();
    assert_eq!(grids.iter().map(|grid| grid.name.as_str()).collect::<Vec<_>>(), ["台账"]);
}

/// Headers that claim two gigabytes, where the archive holds a few bytes: read as what it is, or refused.
#[test]
fn a_claimed_size_is_not_believed() {
    let mut book = Workbook::new();
    book.add_worksheet().write_string(0, 0, "x").unwrap();
    let mut bytes = book.save_to_buffer().unwrap();
    for (mark, at) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
        for start in 0..bytes.len() - 4 {
            if &bytes[start..start + 4] == mark {
                bytes[start + at..start + at + 4].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
            }
        }
    }
    match read(&bytes) {
        Ok(grids) => assert_eq!(texts(&grids[0]), [(1, vec!["x".to_owned()])]),
        Err(problem) => assert_eq!(problem.code, "import.unreadable"),
    }
}

/// A book that counts its days from 1904: days as days, and bare numbers in a column of days, too.
#[test]
fn days_since_1904() {
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_number_with_format(0, 0, 43_834.0, &day).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).unwrap();
        let (name, mut bytes) = (part.name().unwrap().into_owned(), Vec::new());
        part.read_to_end(&mut bytes).unwrap();
        if name == "xl/workbook.xml" {
            let text = String::from_utf8(bytes).unwrap();
            let later = text.replacen("<workbookPr", "<workbookPr date1904=\"1\"", 1);
            assert_ne!(later, text);
            bytes = later.into_bytes();
        }
        parts.push((name, bytes));
    }
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let found = read(&self::archive(&parts)).unwrap();
    assert_eq!(texts(&found[0])[0].1, ["2024-01-05"]);
}

fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn hostile_and_foreign_files_are_refused() {
    let bomb = archive(&[("xl/worksheets/sheet1.xml", &[b' '; 1 << 16]), ("xl/worksheets/sheet2.xml", b"  ")]);
    assert!(bomb.len() < 1 << 10, "it is small: {}", bomb.len());
    assert_eq!(code(unpacked(&bomb, (1 << 16) + 1)), "import.too_large");
    assert!(unpacked(&bomb, (1 << 16) + 2).is_ok());
    let many: Vec<String> = (0..=PARTS_MOST).map(|n| n.to_string()).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let lines = |n: usize| "a,b\n".repeat(n).into_bytes();
    for (bytes, expected) in [
        (archive(&many), "import.too_large"),
        (vec![b'a'; BYTES_MOST + 1], "import.too_large"),
        (lines(ROWS_MOST + 1), "import.too_large"),
        (",".repeat(COLUMNS_MOST).into_bytes().into_iter().chain(*b"x").collect(), "import.too_large"),
        (archive(&[("word/document.xml", b"<w/>")]), "import.unreadable"),
        (b"PK\x03\x04 not an archive".to_vec(), "import.unreadable"),
        (vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1], "import.old_excel"),
        (vec![0xff; 9], "import.kind"),
        (b"a\0b".to_vec(), "import.kind"),
    ] {
        assert_eq!(code(read(&bytes)), expected, "{} bytes", bytes.len());
    }
    assert_eq!(read(&lines(ROWS_MOST)).unwrap()[0].rows.len(), ROWS_MOST);

    // One cell in the last corner of a sheet, and more text than a person writes, shared by many cells.
    let mut far = Workbook::new();
    far.add_worksheet().write_string(1_048_575, 16_383, "x").unwrap();
    assert_eq!(code(read(&far.save_to_buffer().unwrap())), "import.too_large");
    let mut long = Workbook::new();
    let sheet = long.add_worksheet();
    let text = "x".repeat(30_000);
    for at in 0..600_u16 {
        sheet.write_string(u32::from(at), 0, &text).unwrap();
    }
    assert_eq!(code(read(&long.save_to_buffer().unwrap())), "import.too_large");
}

#[test]
fn an_area_merged_over_a_whole_sheet_costs_nothing() {
    let mut sheet = Sheet::default();
    sheet.put(0, 0, Cell::Text("题".into())).unwrap();
    sheet.put(9, 1, Cell::Text("x".into())).unwrap();
    sheet.spread((0, 0), (u32::MAX, u32::MAX)).unwrap();
    sheet.spread((5, 0), (4, 0)).unwrap();
    // Only rows that are there are filled, over what is empty, as far as columns may reach.
    let grid = sheet.grid(String::new());
    assert_eq!(grid.rows.iter().map(|(row, cells)| (*row, cells.len())).collect::<Vec<_>>(), [(1, 200), (10, 200)]);
    assert_eq!(grid.rows[1].1[1], Cell::Text("x".into()));
}

//! 连续摄录: a camera cuts one capture into files; to the rules it is one recording that ends with its last part (T-13).

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::cards::{movie, name, put};
use crate::site::{Site, both};

/// The parts' hand-in as told to the custodian: number, status, limit relative to the first part's own, seconds.
fn judged(site: &mut Site, began: Timestamp) -> Vec<(i64, String, i64)> {
    let custodian = site.sign_in("custodian");
    let list = custodian.get("/api/recordings?device=cam-1&sort=oldest").is(200).json();
    let own = began.as_millisecond() + 3_000 + 86_400_000;
    let items = list["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| {
            let due = item["verdict"]["due_ms"].as_i64().expect("due");
            let part = custodian.get(&format!("/api/recordings/{}", item["id"].as_str().expect("id"))).is(200).json();
            assert_eq!(part["parts"].as_array().map_or(0, Vec::len), if items.len() > 1 { items.len() } else { 0 });
            (item["part_no"].as_i64().unwrap_or(0), text(&item["verdict"]["status"]), (due - own) / 1_000)
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").to_owned()
}

/// Three files of half an hour each, of which the first is past its own 24 hours when it is handed in.
fn begins() -> Timestamp {
    // Names of files tell whole seconds.
    let now = Timestamp::from_second(Timestamp::now().as_second()).expect("now");
    now - 24.hours() - 40.minutes()
}

fn part(began: Timestamp, no: u32) -> (String, Vec<u8>) {
    let at = began + (i64::from(no - 1) * 30).minutes();
    (name("P10023", "D2600101", at, no, "MP4"), movie(no * 40))
}

#[test]
fn a_capture_in_parts_is_judged_from_the_end_of_its_last() {
    both(|site| {
        let (card, began) = (site.path("card"), begins());
        for no in 1..=3 {
            let (path, bytes) = part(began, no);
            put(&card, &path, &bytes);
        }
        let report = site.ingest(&card, &[]);
        assert_eq!(report["sealed"], 3, "{report:#}");
        site.serve();
        let on_time = |no| (no, "on_time".to_owned(), 3_600);
        assert_eq!(judged(site, began), [on_time(1), on_time(2), on_time(3)]);
        site.assert_clean();
    });
}

#[test]
fn a_part_that_comes_later_moves_the_limit_of_those_before_it() {
    both(|site| {
        let (card, began) = (site.path("card"), begins());
        let come = |site: &Site, no: u32| {
            let (path, bytes) = part(began, no);
            put(&card, &path, &bytes);
            let report = site.ingest(&card, &[]);
            assert_eq!((&report["sealed"], &report["duplicates"]), (&json!(1), &json!(no - 1)), "{report:#}");
        };
        site.serve();
        come(site, 1);
        assert_eq!(judged(site, began), [(0, "late".to_owned(), 0)]);
        come(site, 2);
        assert_eq!(judged(site, began), [(1, "late".to_owned(), 1_800), (2, "late".to_owned(), 1_800)]);
        let before = site.row("select count(*) from event where act = 'recording.catalogued'");
        come(site, 3);
        let on_time = |no| (no, "on_time".to_owned(), 3_600);
        assert_eq!(judged(site, began), [on_time(1), on_time(2), on_time(3)]);
        let after = site.row("select count(*) from event where act = 'recording.catalogued'");
        let number = |text: &str| text.parse::<i64>().expect("count");
        assert_eq!(
            number(&after),
            number(&before) + 1,
            "one transaction tells the new part and the parts judged again"
        );
        site.assert_clean();
    });
}

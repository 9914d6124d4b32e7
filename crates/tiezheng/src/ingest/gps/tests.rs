use proptest::prelude::*;

use super::*;

const CLOCK: Offset = Offset::constant(8);

/// `points broken` as `hh:mm:ss lat lon speed; …`.
fn shown(text: &str) -> String {
    let track = parse(text.as_bytes(), CLOCK);
    let points = track.points.iter().map(|point| {
        let at = jiff::Timestamp::from_millisecond(point.at_ms).unwrap();
        let speed = point.speed_kmh.map_or("-".to_owned(), |speed| format!("{speed:.1}"));
        format!("{} {:.4} {:.4} {speed}", at.strftime("%y%m%d.%H%M%S"), point.lat, point.lon)
    });
    format!("{} | {}{}", points.collect::<Vec<_>>().join("; "), track.broken, if track.cut { " cut" } else { "" })
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(shown(text), expected, "{text}");
}

#[test]
fn nmea_sentences_give_points_in_utc() {
    check(
        "$GPRMC,070102.00,A,3912.3456,N,11827.6543,E,5.4,084.4,010326,,,A\r\n\
         $GPGGA,070102.00,3912.3456,N,11827.6543,E,1,08,0.9,5.4,M,,M,,\r\n\
         $GPGGA,070103.00,3912.3400,N,11827.6600,E,1,08,0.9,5.4,M,,M,,\r\n",
        "260301.070102 39.2058 118.4609 10.0; 260301.070103 39.2057 118.4610 - | 0",
    );
    check("[20260301150102]$BDRMC,070102,A,3912.3456,S,11827.6543,W,,,010326,,*00", " | 1");
    check("[x]$GNRMC,070102,A,3912.3456,S,11827.6543,W,,,010326,,", "260301.070102 -39.2058 -118.4609 - | 0");
}

#[test]
fn no_fix_is_not_broken_and_nonsense_is() {
    check("$GPRMC,070102,V,,,,,,,010326,,", " | 0");
    check("$GPGGA,070102,3912.3456,N,11827.6543,E,1,08", " | 0");
    check("$GPRMC,250102,A,3912.3456,N,11827.6543,E,5,0,010326,,", " | 1");
    check("$GPRMC,070102,A,3999.3456,N,11827.6543,E,5,0,010326,,", " | 1");
    check("$GPRMC,070102,A,9912.3456,N,11827.6543,E,5,0,010326,,", " | 1");
    check("$GPRMC,070102,A,3912.3456,N,11827.6543,E,5,0,310226,,", " | 1");
    check("$GPRMC,070102,A,3912.3456,X,11827.6543,E,5,0,010326,,", " | 1");
    check("$GPRMC,07", " | 1");
    check("hello\n$\n$GP\n$GPGSV,1,2,3", " | 0");
    check("", " | 0");
}

#[test]
fn a_checksum_that_is_there_must_be_right() {
    let body = "GPRMC,070102,A,3912.3456,N,11827.6543,E,5.4,0,010326,,";
    let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
    check(&format!("${body}*{sum:02X}"), "260301.070102 39.2058 118.4609 10.0 | 0");
    check(&format!("${body}*{:02X}", sum ^ 1), " | 1");
}

#[test]
fn gpx_is_read_with_speed_in_metres_a_second() {
    check(
        r#"<?xml version="1.0"?><gpx><metadata><bounds minlat="1" minlon="2"/></metadata><wpt lat="39.2" lon="118.4"/><trk><trkseg>
           <trkpt lat="39.2058" lon="118.4609"><ele>4</ele><time>2026-03-01T07:01:02Z</time><extensions><speed>2.0</speed></extensions></trkpt>
           <trkpt lat="39.2059" lon="118.4610"><time>2026-03-01T15:01:03+08:00</time></trkpt>
           <trkpt lat="139.2" lon="118.4"><time>2026-03-01T07:01:04Z</time></trkpt></trkseg></trk></gpx>"#,
        "260301.070102 39.2058 118.4609 7.2; 260301.070103 39.2059 118.4610 - | 1",
    );
}

#[test]
fn the_small_forms_are_read_with_device_local_time() {
    let expected = "260301.070102 39.2058 118.4609 12.0 | 0";
    check(r#"<gps><point time="2026-03-01 15:01:02" lat="39.2058" lon="118.4609" speed="12"/></gps>"#, expected);
    check(
        "<GPSInfo><Item><Longitude>118.4609</Longitude><Latitude>39.2058</Latitude><GpsTime>20260301150102</GpsTime>\
         <kmh>12</kmh></Item></GPSInfo>",
        expected,
    );
    check(
        "<轨迹><点><时间>2026-03-01 15:01:02</时间><经度>118.4609</经度><纬度>39.2058</纬度><速度>12</速度></点></轨迹>",
        expected,
    );
}

#[test]
fn hostile_xml_ends_early_and_keeps_what_it_had() {
    let head = r#"<gps><p time="2026-03-01 15:01:02" lat="1" lon="2"/>"#;
    check(&format!("{head}{}", "<a>".repeat(100_000)), "260301.070102 1.0000 2.0000 - | 1 cut");
    check(&format!("{head}</oops>"), "260301.070102 1.0000 2.0000 - | 1 cut");
    check(r#"<!DOCTYPE g [<!ENTITY a "&b;">]><gps><p time="&a;" lat="nan" lon="inf"/></gps>"#, " | 1");
    check(r#"<gps><p time="2026-03-01 15:01:02" lat="nan" lon="2"/></gps>"#, " | 1");
}

#[test]
fn a_track_without_end_is_cut() {
    let mut text = String::from("<g>");
    for n in 0..=POINTS_MAX {
        text += &format!(r#"<p time="{}" lat="1" lon="2"/>"#, jiff::Timestamp::from_second(n as i64).unwrap());
    }
    let track = parse(text.as_bytes(), CLOCK);
    assert_eq!((track.points.len(), track.cut), (POINTS_MAX, true));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_track(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        parse(&bytes, CLOCK);
    }

    #[test]
    fn damaged_sentences_and_elements_give_places_on_earth(
        cut in 0_usize..200, at in 0_usize..200, byte in any::<u8>(), xml in any::<bool>(),
    ) {
        let text = if xml {
            r#"<gpx><trkpt lat="39.2058" lon="118.4609"><time>2026-03-01T07:01:02Z</time></trkpt></gpx>"#
        } else {
            "$GPRMC,070102.00,A,3912.3456,N,11827.6543,E,5.4,084.4,010326,,,A\r\n$GPGGA,070103,3912.3,N,11827.6,E,1,08"
        };
        let mut bytes = text.as_bytes().to_vec();
        bytes.truncate(cut);
        if let Some(slot) = bytes.get_mut(at) {
            *slot = byte;
        }
        for point in parse(&bytes, CLOCK).points {
            prop_assert!(point.lat.abs() <= 90.0 && point.lon.abs() <= 180.0);
        }
    }
}

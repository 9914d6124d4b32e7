//! 演示轨迹: a walk around the office, once a second, in the form the device writes.

use std::fmt::Write;

use jiff::{Timestamp, tz::Offset};
use serde::Serialize;

use super::{
    super::fixture::{Seed, story},
    DemoFile,
};

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Track {
    Nmea,
    Gpx,
    Xml,
}

/// Degrees of latitude one second of walking covers.
const STEP: f64 = 1.3 / 111_000.0;

/// The sidecar that goes with a file: (path on the card, text).
pub fn sidecar(file: &DemoFile) -> Option<(String, String)> {
    let (ext, text) = match file.track? {
        Track::Nmea => ("NMEA", nmea(file)),
        Track::Gpx => ("gpx", gpx(file)),
        Track::Xml => ("xml", xml(file)),
    };
    let stem = file.path_on_card.rsplit_once('.').map_or(&*file.path_on_card, |(stem, _)| stem);
    Some((format!("{stem}.{ext}"), text))
}

/// (seconds since the beginning, latitude, longitude), straight on with a turn now and then.
fn walk(file: &DemoFile) -> impl Iterator<Item = (i64, f64, f64)> {
    let agency = story().agency.iter().find(|agency| agency.id == file.agency);
    let mut seed = Seed(file.seed);
    let [mut lat, mut lon] = agency.map_or([38.6, 120.0], |agency| agency.at);
    let mut heading = 0.1 * seed.below(63) as f64;
    (0..=i64::from(file.length_s)).map(move |second| {
        heading += 0.02 * seed.below(11) as f64 - 0.1;
        lat += STEP * heading.cos();
        lon += STEP * heading.sin() / lat.to_radians().cos();
        (second, lat, lon)
    })
}

/// Receivers keep true time, whatever the camera's clock says.
fn at(file: &DemoFile, second: i64) -> Timestamp {
    Timestamp::from_millisecond(file.began_ms + second * 1000).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn nmea(file: &DemoFile) -> String {
    let mut text = String::new();
    for (second, lat, lon) in walk(file) {
        let now = at(file, second);
        let place = format!("{},N,{},E", minutes(lat, 2), minutes(lon, 3));
        for body in [
            format!("GPRMC,{},A,{place},2.5,,{},,,A", now.strftime("%H%M%S.00"), now.strftime("%d%m%y")),
            format!("GPGGA,{},{place},1,09,0.9,12.0,M,0.0,M,,", now.strftime("%H%M%S.00")),
        ] {
            let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
            let _ = write!(text, "${body}*{sum:02X}\r\n");
        }
    }
    text
}

/// `ddmm.mmmm`.
fn minutes(degrees: f64, whole: usize) -> String {
    let minutes = (degrees.fract() * 600_000.0).floor() / 10_000.0;
    format!("{:0whole$}{minutes:07.4}", degrees.trunc())
}

fn gpx(file: &DemoFile) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" creator=\"demo\"><trk><trkseg>\n",
    );
    for (second, lat, lon) in walk(file) {
        let now = at(file, second);
        let _ = writeln!(text, "<trkpt lat=\"{lat:.6}\" lon=\"{lon:.6}\"><time>{now}</time><speed>1.3</speed></trkpt>");
    }
    text + "</trkseg></trk></gpx>\n"
}

/// The small form: device-local time without a zone.
fn xml(file: &DemoFile) -> String {
    let mut text = String::from("<gps>\n");
    for (second, lat, lon) in walk(file) {
        let local = Offset::constant(8).to_datetime(at(file, second)).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let _ = writeln!(text, "<point time=\"{local}\" lat=\"{lat:.6}\" lon=\"{lon:.6}\" speed=\"4.7\"/>");
    }
    text + "</gps>\n"
}

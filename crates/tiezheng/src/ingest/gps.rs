//! GPS轨迹: the track a device wrote beside a recording: NMEA lines, GPX, or one of the many small XML forms.
//!
//! A track is what the device claims, in the coordinates it wrote (WGS-84 by the NMEA and GPX standards; a maker that
//! writes GCJ-02 instead cannot be told apart, and nothing is converted). Receiver times are UTC and independent of the
//! camera's clock; zoneless times in XML are read as device-local. Broken lines are counted, never fatal.

use std::{borrow::Cow, collections::BTreeMap};

use encoding_rs::GB18030;
use jiff::{civil::Date, tz::Offset};
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use serde::Serialize;

/// Bounds: a day at ten points a second is 864 000; a track of a whole shift at one is 28 800.
pub const BYTES_MAX: usize = 32 * 1024 * 1024;
pub const POINTS_MAX: usize = 200_000;
const LINE_BYTES_MAX: usize = 512;
const XML_DEPTH_MAX: usize = 32;
const KMH_PER_KNOT: f64 = 1.852;
/// Faster than any road vehicle: a broken reading, dropped while the position stays.
const KMH_MAX: f64 = 500.0;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, serde::Deserialize)]
pub struct Point {
    pub at_ms: i64,
    pub lat: f64,
    pub lon: f64,
    pub speed_kmh: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Track {
    /// In order of time, one for each instant.
    pub points: Vec<Point>,
    /// Lines or elements that claimed to be a position and were none.
    pub broken: usize,
    /// True when the file is longer than the bounds: the track is only its beginning.
    pub cut: bool,
}

/// Reads a sidecar. `clock` = the device's offset, for XML times without a zone. Never fails: at worst an empty track.
pub fn parse(bytes: &[u8], clock: Offset) -> Track {
    let cut = bytes.len() > BYTES_MAX;
    let bytes = &bytes[..bytes.len().min(BYTES_MAX)];
    let head = &bytes[..bytes.len().min(256)];
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let mut track = if text.starts_with(b"<") { xml(bytes, clock) } else { nmea(bytes) };
    track.cut |= cut;
    track
}

/// Points under their instant, so that the second sentence of the same second adds nothing twice.
#[derive(Default)]
struct Points {
    by_time: BTreeMap<i64, Point>,
    broken: usize,
    cut: bool,
}

impl Points {
    fn add(&mut self, point: Option<Point>) {
        match point {
            None => self.broken += 1,
            Some(_) if self.by_time.len() >= POINTS_MAX => self.cut = true,
            Some(point) => {
                let known = self.by_time.entry(point.at_ms).or_insert(point);
                known.speed_kmh = known.speed_kmh.or(point.speed_kmh);
            }
        }
    }

    fn track(self) -> Track {
        Track { points: self.by_time.into_values().collect(), broken: self.broken, cut: self.cut }
    }
}

fn point(at_ms: i64, lat: f64, lon: f64, speed_kmh: Option<f64>) -> Option<Point> {
    let on_earth = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
    let speed_kmh = speed_kmh.filter(|speed| (0.0..=KMH_MAX).contains(speed));
    on_earth.then_some(Point { at_ms, lat, lon, speed_kmh })
}

/// NMEA 0183: RMC carries date and speed, GGA only a time of day: it takes the date of the RMC before it.
fn nmea(bytes: &[u8]) -> Track {
    let mut points = Points::default();
    let mut day = None;
    for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r')) {
        // Some cameras put their own stamp before the sentence.
        let Some(start) = line.iter().take(LINE_BYTES_MAX).position(|byte| *byte == b'$') else {
            continue;
        };
        let sentence = &line[start + 1..];
        let kind = sentence.get(2..6).unwrap_or_default();
        if kind != b"RMC," && kind != b"GGA," {
            continue;
        }
        let Some(fields) = checked(sentence) else {
            points.broken += 1;
            continue;
        };
        match kind {
            b"RMC," => {
                if fields.get(2) == Some(&"V") {
                    continue; // the receiver itself says: no fix
                }
                let date = fields.get(9).and_then(|text| ddmmyy(text));
                day = date.or(day);
                let speed = fields.get(7).and_then(|text| decimal(text)).map(|knots| knots * KMH_PER_KNOT);
                points.add(date.and_then(|day| sentence_point(day, fields.get(1)?, fields.get(3..7)?, speed)));
            }
            _ => {
                if let (Some(day), Some(fix)) = (day, fields.get(6))
                    && *fix != "0"
                    && !fix.is_empty()
                {
                    let at = || sentence_point(day, fields.get(1)?, fields.get(2..6)?, None);
                    points.add(at());
                }
            }
        }
    }
    points.track()
}

/// The fields of a sentence whose checksum, if it has one, is right.
fn checked(sentence: &[u8]) -> Option<Vec<&str>> {
    let text = std::str::from_utf8(sentence.get(..sentence.len().min(LINE_BYTES_MAX))?).ok()?.trim_end();
    let (body, sum) = text.split_once('*').map_or((text, None), |(body, sum)| (body, Some(sum)));
    let actual = body.bytes().fold(0, |sum, byte| sum ^ byte);
    let right = sum.is_none_or(|sum| sum.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()) == Some(actual));
    right.then(|| body.split(',').collect())
}

fn sentence_point(day: Date, time: &str, place: &[&str], speed_kmh: Option<f64>) -> Option<Point> {
    let [lat, north, lon, east] = place else {
        return None;
    };
    let lat = degrees(lat, 2)? * sign(north, "N", "S")?;
    let lon = degrees(lon, 3)? * sign(east, "E", "W")?;
    point(utc_ms(day, time)?, lat, lon, speed_kmh)
}

fn sign(text: &str, plus: &str, minus: &str) -> Option<f64> {
    if text == plus { Some(1.0) } else { (text == minus).then_some(-1.0) }
}

/// `hhmmss.sss` on `day`, UTC.
fn utc_ms(day: Date, time: &str) -> Option<i64> {
    let two = |at: usize| digits(time.get(at..at + 2)?);
    let fraction = time.get(6..).filter(|rest| rest.starts_with('.')).and_then(decimal).unwrap_or(0.0);
    let seconds = (two(0).filter(|h| *h < 24)? * 60 + two(2).filter(|m| *m < 60)?) * 60 + two(4).filter(|s| *s < 60)?;
    let midnight = Offset::UTC.to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "0 to 999")]
    let thousandths = (fraction * 1000.0).round() as i64;
    Some(midnight.as_millisecond() + seconds * 1000 + thousandths)
}

/// Two-digit years: 80–99 are the last century (a receiver without a fix), the rest this one.
fn ddmmyy(text: &str) -> Option<Date> {
    let two = |at: usize| digits(text.get(at..at + 2)?);
    let year = two(4).map(|year| if year >= 80 { 1900 + year } else { 2000 + year })?;
    let narrow = |value: i64| i8::try_from(value).ok();
    (text.len() == 6).then_some(())?;
    Date::new(i16::try_from(year).ok()?, narrow(two(2)?)?, narrow(two(0)?)?).ok()
}

/// `dddmm.mmmm` with `whole` digits of degrees.
fn degrees(text: &str, whole: usize) -> Option<f64> {
    let minutes = decimal(text.get(whole..)?).filter(|minutes| (0.0..60.0).contains(minutes))?;
    #[expect(clippy::cast_precision_loss, reason = "three digits at most")]
    let degrees = digits(text.get(..whole)?)? as f64;
    Some(degrees + minutes / 60.0)
}

fn digits(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// A finite decimal without exponent tricks (`inf`, `nan`, `1e999` are none).
fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.len() <= 24 && text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    plain.then(|| text.parse().ok()).flatten()
}

/// One open element: what it has said of a position so far.
#[derive(Default)]
struct Open {
    name: String,
    text: String,
    lat: Option<f64>,
    lon: Option<f64>,
    at_ms: Option<i64>,
    speed_kmh: Option<f64>,
    claims: bool,
}

/// GPX, and any XML whose elements name latitude, longitude and time as attributes or children. External entities and
/// document types are never resolved; the parser gives them as events that are skipped.
fn xml(bytes: &[u8], clock: Offset) -> Track {
    let text = decoded(bytes);
    let mut reader = Reader::from_str(&text);
    let mut points = Points::default();
    let mut open: Vec<Open> = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) if open.len() < XML_DEPTH_MAX => open.push(element(&start, clock)),
            Ok(Event::Empty(start)) => close(element(&start, clock), open.last_mut(), &mut points, clock),
            Ok(Event::Text(text)) => {
                let text = text.xml10_content();
                if let Some(last) = open.last_mut().filter(|last| last.text.len() + text.len() <= 64) {
                    last.text.push_str(text.trim());
                }
            }
            Ok(Event::End(_)) => match open.pop() {
                Some(last) => close(last, open.last_mut(), &mut points, clock),
                None => points.broken += 1,
            },
            Ok(Event::Eof) => break,
            Ok(Event::Start(_)) | Err(_) => {
                // Too deep, or no XML from here on: what was read stays.
                points.broken += 1;
                points.cut = true;
                break;
            }
            Ok(_) => {}
        }
    }
    points.track()
}

fn element(start: &BytesStart, clock: Offset) -> Open {
    let mut open = Open { name: lower(start.local_name().into_inner()), ..Open::default() };
    for attribute in start.attributes().take(32).flatten() {
        if let Ok(value) = attribute.normalized_value(XmlVersion::Implicit1_0) {
            open.learn(&lower(attribute.key.local_name().into_inner()), &value, clock);
        }
    }
    open
}

/// At its end an element is a point, or tells its parent a part of one.
fn close(last: Open, parent: Option<&mut Open>, points: &mut Points, clock: Offset) {
    if last.claims {
        let at = || point(last.at_ms?, last.lat?, last.lon?, last.speed_kmh);
        // A position without a time: GPX waypoints and bounds. Not broken, and not a track either.
        if last.at_ms.is_some() || last.lat.is_none() || last.lon.is_none() {
            points.add(at());
        }
    } else if let Some(parent) = parent {
        // Speed often lies one level deeper (`extensions`), so it is handed up as well.
        parent.speed_kmh = parent.speed_kmh.or(last.speed_kmh);
        parent.learn(&last.name, &last.text, clock);
    }
}

impl Open {
    fn learn(&mut self, name: &str, value: &str, clock: Offset) {
        match name {
            "lat" | "latitude" | "纬度" => (self.lat, self.claims) = (decimal(value), true),
            "lon" | "lng" | "long" | "longitude" | "经度" => (self.lon, self.claims) = (decimal(value), true),
            "time" | "gpstime" | "datetime" | "utc" | "时间" => {
                self.at_ms = self.at_ms.or(super::card::drift::instant(value, clock));
            }
            "speed" if !value.is_empty() => {
                // GPX speed is metres a second; the small forms mean km/h, and cannot be told apart otherwise.
                let factor = if self.name == "speed" || self.name.starts_with("trk") || self.name.starts_with("ext") {
                    3.6
                } else {
                    1.0
                };
                self.speed_kmh = decimal(value).map(|speed| speed * factor);
            }
            "speed_kmh" | "kmh" | "速度" => self.speed_kmh = decimal(value),
            _ => {}
        }
    }
}

fn lower(name: &str) -> String {
    name.chars().take(32).collect::<String>().to_lowercase()
}

/// UTF-8, or what Chinese devices wrote before: GBK, whatever the declaration says.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        // Cut in the middle of a character.
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(&bytes[..error.valid_up_to()]),
        Err(_) => GB18030.decode(bytes).0,
    }
}

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::*;
use crate::ingest::{card, gps};

const NOW: i64 = 1_795_230_000_000; // 2026-11-21, morning

#[test]
fn the_plan_shows_every_recipe_and_fault() {
    for (small, least, most) in [(false, 60, 90), (true, 12, 24)] {
        let files = plan(NOW, small);
        assert!((least..=most).contains(&files.len()), "{}", files.len());
        let recipes: BTreeSet<_> = files.iter().map(|file| file.recipe).collect();
        assert_eq!(recipes.len(), Recipe::ALL.len(), "{recipes:?}");
        let faults: BTreeSet<_> = files.iter().filter_map(|file| file.fault).collect();
        assert_eq!(faults.len(), 6, "{faults:?}");
        assert!(files.iter().any(|file| file.part == Some((3, 3))));
        assert!(files.iter().any(|file| file.key_mark));
    }
    let agencies: BTreeSet<_> = plan(NOW, false).into_iter().map(|file| file.agency).collect();
    assert_eq!(agencies.len(), 5);
}

#[test]
fn the_same_day_gives_the_same_plan() {
    assert_eq!(plan(NOW, false), plan(NOW + HOUR_MS, false));
}

#[test]
fn nothing_happens_after_today() {
    for anchor in [NOW, NOW + 8 * HOUR_MS, NOW + 100 * 24 * HOUR_MS] {
        for file in plan(anchor, false) {
            assert!(file.ended_ms() < file.handed_in_ms && file.handed_in_ms <= anchor + 24 * HOUR_MS, "{file:?}");
            let hours = (file.handed_in_ms - file.ended_ms()) / HOUR_MS;
            assert_eq!(hours > 24, file.fault == Some(Fault::Late) || hours > 30, "{file:?}");
        }
    }
}

#[test]
fn the_files_of_one_activity_are_handed_in_together() {
    let files = plan(NOW, false);
    for pair in files.windows(2).filter(|pair| pair[0].activity == pair[1].activity) {
        assert_eq!(pair[0].handed_in_ms, pair[1].handed_in_ms, "{}", pair[1].path_on_card);
    }
}

#[test]
fn every_name_on_a_demo_card_is_read_by_a_shipped_profile() {
    let (profiles, files) = (card::shipped(), plan(NOW, false));
    let devices: BTreeSet<_> = files.iter().map(|file| file.device.clone()).collect();
    for device in devices {
        let own: Vec<_> = files.iter().filter(|file| file.device == device).collect();
        let paths = own.iter().map(|file| file.path_on_card.clone());
        let sidecars: Vec<_> = own.iter().filter_map(|file| sidecar(file)).collect();
        let all = paths.chain(sidecars.iter().map(|(path, _)| path.clone()));
        let listing: Vec<_> = all.map(|path| card::Entry::new(&path, 1)).collect();
        let distinct: BTreeSet<_> = listing.iter().collect();
        assert_eq!(distinct.len(), listing.len(), "{device}: two files of one name");
        let read = card::read(&profiles, &listing);
        assert_eq!(read.items.len(), listing.len(), "{device}");
        for (file, item) in own.iter().zip(&read.items) {
            let seen = (item.name_time_ms, item.key_mark);
            let told = !file.path_on_card.contains("IMG_0");
            assert_eq!(seen, (told.then_some(file.began_ms + file.drift_ms), file.key_mark), "{}", file.path_on_card);
            assert!(item.read_by.is_some(), "{}", file.path_on_card);
            assert_eq!(item.sidecars.len(), usize::from(file.track.is_some()), "{}", file.path_on_card);
            let agency = story().agency.iter().find(|agency| agency.id == file.agency).unwrap();
            let named = agency.devices.iter().find(|own| format!("{}-{}", agency.id, own.id) == file.device).unwrap();
            let person = agency.people.iter().find(|own| format!("{}-{}", agency.id, own.id) == file.officer).unwrap();
            if file.path_on_card.contains(&named.serial) {
                assert_eq!(item.device_code.as_deref(), Some(&*named.serial), "{}", file.path_on_card);
                assert_eq!(item.officer_code.as_deref(), Some(&*person.code), "{}", file.path_on_card);
            }
        }
    }
}

#[test]
fn tracks_are_whole_and_near_their_office() {
    for file in plan(NOW, false).iter().filter(|file| file.track.is_some()) {
        let (path, text) = sidecar(file).unwrap();
        let track = gps::parse(text.as_bytes(), CLOCK);
        assert_eq!((track.points.len(), track.broken), (file.length_s as usize + 1, 0), "{path}");
        assert_eq!(track.points[0].at_ms, file.began_ms, "{path}");
        let [lat, lon] = story().agency.iter().find(|agency| agency.id == file.agency).unwrap().at;
        assert!(track.points.iter().all(|point| (point.lat - lat).abs() < 0.01 && (point.lon - lon).abs() < 0.01));
        assert!(track.points.iter().all(|point| { point.speed_kmh.is_some_and(|speed| (4.0..6.0).contains(&speed)) }));
    }
}

/// An editor's name stands only in what was made to look edited.
#[test]
fn a_film_looks_like_a_cameras_unless_it_was_rewritten() {
    let out = tempfile::tempdir().unwrap();
    let files = plan(NOW, true);
    let sound = |recipe: Recipe| {
        files.iter().find(|file| file.recipe == recipe && matches!(file.fault, None | Some(Fault::Late)))
    };
    let short = |file: &DemoFile, fault| DemoFile { length_s: file.length_s.min(4), fault, ..file.clone() };
    let films = Recipe::ALL.map(|recipe| short(sound(recipe).unwrap(), None));
    let edited = short(sound(Recipe::Mp4Front).unwrap(), Some(Fault::Remuxed));
    for file in films.iter().chain([&edited]) {
        let path = out.path().join("film");
        match make(file, &path) {
            Ok(()) => {}
            Err(MakeError::Missing { .. }) => return, // told by the test below
            Err(error) => panic!("{error}"),
        }
        let found = tiezheng_media::examine(&mut &std::fs::read(path).unwrap()[..]);
        let tool = found.oddities.iter().find(|odd| matches!(odd, tiezheng_media::Oddity::Remuxed { .. }));
        assert_eq!(tool.is_some(), file.fault.is_some(), "{:?}: {tool:?}", file.recipe);
    }
}

/// Needs ffmpeg and espeak-ng; where they are absent, the error must name the package.
#[test]
fn a_recording_is_made_twice_alike_or_names_what_is_missing() {
    let out = tempfile::tempdir().unwrap();
    let mut file = plan(NOW, true).into_iter().find(|file| file.recipe == Recipe::Aac).unwrap();
    let twice = ["a", "b"].map(|name| make(&file, &out.path().join(name)).map(|()| out.path().join(name)));
    match twice {
        [Ok(a), Ok(b)] => {
            let bytes = std::fs::read(a).unwrap();
            assert!(bytes.len() > 10_000);
            assert_eq!(bytes, std::fs::read(b).unwrap());
        }
        [Err(error), _] | [_, Err(error)] => {
            assert!(matches!(error, MakeError::Missing { package: "ffmpeg" | "espeak-ng", .. }), "{error}");
        }
    }
    for (fault, bytes) in [(Fault::Empty, 0), (Fault::Garbage, 48_000)] {
        file.fault = Some(fault);
        make(&file, &out.path().join("c")).unwrap();
        assert_eq!(std::fs::metadata(out.path().join("c")).unwrap().len(), bytes);
    }
    let left: BTreeSet<_> = std::fs::read_dir(out.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with('.')), "{left:?}");
}

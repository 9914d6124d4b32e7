//! More uploads than there is room for are refused before their first byte.

use super::{BYTES, TUS, create, outcome, patch};
use crate::client::{Answer, Client};
use crate::site::{Site, both};

/// Writes `[uploads]` into the configuration.
pub fn limit(site: &Site, limits: &str) {
    let path = site.data().join("tiezheng.toml");
    let text = std::fs::read_to_string(&path).expect("configuration");
    let kept = text.split("\n[uploads]").next().unwrap_or("");
    std::fs::write(&path, format!("{kept}\n[uploads]\n{limits}\n")).expect("written");
}

fn begin(client: &Client, length: u64) -> Answer {
    client.send("POST", "/api/uploads", &[TUS, ("upload-length", &length.to_string())], None)
}

fn begin_deferred(client: &Client) -> String {
    client.send("POST", "/api/uploads", &[TUS, ("upload-defer-length", "1")], None).is(201).header("location")
}

#[test]
fn so_many_uploads_of_one_account() {
    both(|site| {
        limit(site, "open_most = 2");
        site.serve();
        let (client, other) = (site.token("custodian"), site.token("officer"));
        let first = create(&client, 4, "one.mp4");
        create(&client, 4, "two.mp4");
        for _ in 0..2 {
            assert_eq!(begin(&client, 4).is(429).code(), "upload.too_many");
        }
        begin(&other, 4).is(201);
        patch(&client, &first, 0, b"1234", &[]).is(204);
        assert_eq!(outcome(&client, &first)["state"], "sealed");
        begin(&client, 4).is(201);
        site.tamper("update upload set expires_ms = 1 where state = 'receiving'");
        begin(&client, 4).is(201);
    });
}

#[test]
fn so_many_bytes_of_one_agency() {
    both(|site| {
        limit(site, "bytes_most = 100");
        site.serve();
        let (client, other) = (site.token("custodian"), site.token("dl-custodian"));
        create(&client, 60, "one.mp4");
        let refused = begin(&client, 41).is(413);
        assert_eq!((refused.code().as_str(), &refused.json()["params"]["used"]), ("upload.quota", &60.into()));
        assert_eq!(begin(&site.token("officer"), 41).is(413).code(), "upload.quota", "the agency, not the account");
        begin(&other, 100).is(201);
        // A length told later is asked for then; one never told, with each request.
        let deferred = begin_deferred(&client);
        assert_eq!(patch(&client, &deferred, 0, b"1", &[("upload-length", "41")]).is(413).code(), "upload.quota");
        assert_eq!(patch(&client, &deferred, 0, &[0; 41], &[]).is(413).code(), "upload.quota");
        patch(&client, &deferred, 0, &[0; 40], &[]).is(204);
    });
}

/// What others were promised is not there any more, received or not.
#[test]
fn no_more_than_the_disk_has() {
    both(|site| {
        limit(site, "bytes_most = 1152921504606846976");
        site.serve();
        let client = site.token("custodian");
        let refused = (0..256).find_map(|_| Some(begin(&client, 1 << 40)).filter(|answer| answer.status != 201));
        let refused = refused.expect("no disk has so much").is(507);
        assert_eq!((refused.code().as_str(), refused.header("tus-resumable").as_str()), ("upload.no_room", "1.0.0"));
        begin(&client, 0).is(201);
        let deferred = begin_deferred(&client);
        let length = ("upload-length", "1099511627776");
        assert_eq!(patch(&client, &deferred, 0, b"1", &[length]).is(507).code(), "upload.no_room");
    });
    both(|site| {
        limit(site, "keep_free = 1152921504606846976");
        site.serve();
        let client = site.token("custodian");
        let with_bytes = [TUS, BYTES, ("upload-length", "4")];
        assert_eq!(client.send("POST", "/api/uploads", &with_bytes, Some(b"1234")).is(507).code(), "upload.no_room");
        assert_eq!(site.row("select cast(count(*) as text) from upload"), "0", "nothing was begun");
    });
}

//! tus 1.0: what is promised and what is refused. [`clients`] speaks it with other people's programs through a proxy,
//! [`hard`] with broken connections, full disks and kill -9, [`parts`] joins
//! parts, [`room`] asks for more than there is room for, [`whose`] asks whose recording comes of it.

pub mod clients;
mod hard;
mod parts;
mod room;
mod whose;

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::cards::{Dice, movie};
use crate::client::{Answer, Client};
use crate::site::{Site, both, wait_for};

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");
const BYTES: (&str, &str) = ("content-type", "application/offset+octet-stream");

/// `filename 5byg…,device Y2Ft…`
pub fn metadata(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name} {}", STANDARD.encode(value))).collect();
    pairs.join(",")
}

/// Begins an upload; its address.
pub fn create(client: &Client, length: usize, name: &str) -> String {
    let (length, metadata) = (length.to_string(), metadata(&[("filename", name), ("filetype", "video/mp4")]));
    let headers = [TUS, ("upload-length", &length), ("upload-metadata", &metadata)];
    client.send("POST", "/api/uploads", &headers, None).is(201).header("location")
}

pub fn patch(client: &Client, url: &str, offset: usize, bytes: &[u8], more: &[(&str, &str)]) -> Answer {
    let offset = offset.to_string();
    let headers = [&[TUS, BYTES, ("upload-offset", &offset)], more].concat();
    client.send("PATCH", url, &headers, Some(bytes))
}

fn offset(client: &Client, url: &str) -> String {
    client.send("HEAD", url, &[TUS], None).is(200).header("upload-offset")
}

pub fn outcome(client: &Client, url: &str) -> Value {
    wait_for("the outcome of an upload", || {
        let told = client.get(&format!("{url}/outcome")).is(200).json();
        let over = told["state"] != "receiving" && told["state"] != "sealing";
        over.then_some(told)
    })
}

fn sha256(bytes: &[u8]) -> String {
    format!("sha256 {}", STANDARD.encode(tiezheng::app::sha256(bytes)))
}

fn sm3(bytes: &[u8]) -> String {
    use sm3::Digest;
    format!("sm3 {}", STANDARD.encode(sm3::Sm3::digest(bytes)))
}

/// Whole as sent, and the staging folder empty.
#[track_caller]
fn assert_sealed(site: &Site, client: &Client, url: &str, bytes: &[u8]) {
    assert_whole(site, client, url, bytes);
    wait_for("an empty staging folder", || staged(site).is_empty().then_some(()));
}

#[track_caller]
fn assert_whole(site: &Site, client: &Client, url: &str, bytes: &[u8]) {
    let told = outcome(client, url);
    assert_eq!(told["state"], "sealed", "{told}");
    let id = told["recording_id"].as_str().expect("recording");
    let sql = format!("select {} from recording where id = '{id}'", site.hex("sha256"));
    assert_eq!(site.row(&sql), hex::encode(tiezheng::app::sha256(bytes)));
}

/// Names in the staging folder.
fn staged(site: &Site) -> Vec<String> {
    let folder = std::fs::read_dir(site.data().join("staging")).expect("staging");
    folder.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// A server at an address that stays when it is killed and started anew.
struct Server {
    child: Child,
    port: u16,
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

impl Server {
    fn start(site: &Site, port: u16) -> Server {
        Server::run(site.command(&["serve", "--listen", &format!("127.0.0.1:{port}")]), port)
    }

    /// No file may become larger than this, as on a full disk.
    fn with_files_below(site: &Site, port: u16, bytes: u64) -> Server {
        let inner = site.command(&["serve", "--listen", &format!("127.0.0.1:{port}")]);
        let mut command = Command::new("prlimit");
        command.arg(format!("--fsize={bytes}:")).args(["env", "--ignore-signal=XFSZ"]);
        command.arg(inner.get_program()).args(inner.get_args());
        for (name, value) in inner.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Server::run(command, port)
    }

    /// Room again.
    fn lift_limit(&self) {
        let pid = self.child.id().to_string();
        let lifted = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:"]).status();
        assert!(lifted.is_ok_and(|status| status.success()), "prlimit");
    }

    fn run(mut command: Command, port: u16) -> Server {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a server");
        let server = Server { child, port };
        let client = Client::new(&server.url());
        wait_for("the server", || {
            client.try_send("GET", "/readyz", &[], None).ok().filter(|answer| answer.status == 200)
        });
        server
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// kill -9
    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

#[test]
fn an_upload_is_sealed_and_found_by_its_officer() {
    both(|site| {
        site.serve();
        let officer = site.sign_in("officer");
        let film = movie(120);
        let url = create(&officer, film.len(), "现场.mp4");
        let half = film.len() / 2;
        let answer = patch(&officer, &url, 0, &film[..half], &[("upload-checksum", &sha256(&film[..half]))]).is(204);
        assert_eq!(answer.header("upload-offset"), half.to_string());
        patch(&officer, &url, half, &film[half..], &[("upload-checksum", &sm3(&film[half..]))]).is(204);
        let told = outcome(&officer, &url);
        assert_eq!(told["state"], "sealed", "{told}");
        let id = told["recording_id"].as_str().expect("recording");
        let detail = officer.get(&format!("/api/recordings/{id}")).is(200).json();
        assert_eq!((&detail["file_name"], &detail["officer"]["name"]), (&json!("现场.mp4"), &json!("张伟")));
        assert_eq!(detail["digests"]["sha256"], hex::encode(tiezheng::app::sha256(&film)));

        let again = create(&officer, film.len(), "again.mp4");
        patch(&officer, &again, 0, &film, &[]).is(204);
        let told = outcome(&officer, &again);
        assert_eq!((&told["state"], &told["recording_id"]), (&json!("duplicate"), &json!(id)), "{told}");
        let runs = officer.get("/api/ingests").items();
        assert_eq!(runs.len(), 2, "{runs:#?}");
        let last = runs[0]["id"].as_str().expect("id");
        let run = officer.get(&format!("/api/ingests/{last}")).is(200).json();
        assert_eq!(run["items"][0]["state"], "duplicate", "{run}");
        site.kill();
        site.assert_clean();
    });
}

#[test]
fn a_wrong_checksum_gets_460_and_the_offset_stays() {
    both(|site| {
        site.serve();
        let officer = site.sign_in("officer");
        let bytes = Dice::new(4).bytes(300_000);
        let url = create(&officer, bytes.len(), "a.mp4");
        patch(&officer, &url, 0, &bytes[..1_000], &[]).is(204);
        for wrong in [sha256(b"other"), sm3(b"other")] {
            let answer = patch(&officer, &url, 1_000, &bytes[1_000..], &[("upload-checksum", &wrong)]).is(460);
            assert_eq!(answer.code(), "upload.checksum");
            assert_eq!(offset(&officer, &url), "1000");
        }
        patch(&officer, &url, 1_000, &bytes[1_000..], &[("upload-checksum", &sha256(&bytes[1_000..]))]).is(204);
        assert_eq!(outcome(&officer, &url)["state"], "sealed");
        assert_eq!(
            site.row(&format!("select {} from recording", site.hex("sha256"))),
            hex::encode(tiezheng::app::sha256(&bytes))
        );
    });
}

/// creation-with-upload, creation-defer-length and termination.
#[test]
fn the_other_extensions() {
    both(|site| {
        site.serve();
        let client = site.token("custodian");
        let offered = client.send("OPTIONS", "/api/uploads", &[], None).is(204);
        let extensions =
            "creation,creation-with-upload,creation-defer-length,termination,expiration,concatenation,checksum";
        assert_eq!(offered.header("tus-extension"), extensions);
        assert_eq!(
            (offered.header("tus-version"), offered.header("tus-checksum-algorithm")),
            ("1.0.0".into(), "sha256,sm3,sha1".into())
        );

        let whole = [TUS, BYTES, ("upload-length", "5")];
        let url = client.send("POST", "/api/uploads", &whole, Some(b"whole")).is(201).header("location");
        assert_eq!(outcome(&client, &url)["state"], "sealed");

        let later = [TUS, ("upload-defer-length", "1")];
        let url = client.send("POST", "/api/uploads", &later, None).is(201).header("location");
        patch(&client, &url, 0, b"some ", &[]).is(204);
        assert_eq!(client.send("HEAD", &url, &[TUS], None).is(200).header("upload-defer-length"), "1");
        patch(&client, &url, 5, b"more", &[("upload-length", "9")]).is(204);
        assert_eq!(outcome(&client, &url)["state"], "sealed");

        let url = create(&client, 10, "given-up.mp4");
        client.send("DELETE", &url, &[TUS], None).is(204);
        assert_eq!(patch(&client, &url, 0, b"too late", &[]).is(410).code(), "upload.gone");
        let staged = std::fs::read_dir(site.data().join("staging")).expect("staging").count();
        assert_eq!(staged, 0, "nothing is left behind");
    });
}

#[test]
fn an_expired_upload_is_gone() {
    both(|site| {
        site.serve();
        let client = site.token("custodian");
        let url = create(&client, 10, "forgotten.mp4");
        patch(&client, &url, 0, b"12345", &[]).is(204);
        site.tamper("update upload set expires_ms = 1");
        assert_eq!(patch(&client, &url, 5, b"67890", &[]).is(410).code(), "upload.gone");
        client.send("HEAD", &url, &[TUS], None).is(410);
        site.serve();
        let client = client.at(site.url());
        wait_for("the old bytes to be removed", || {
            (std::fs::read_dir(site.data().join("staging")).expect("staging").count() == 0).then_some(())
        });
        assert_eq!(outcome(&client, &url)["state"], "removed");
    });
}

#[test]
fn somebody_elses_upload_does_not_exist() {
    both(|site| {
        site.serve();
        let mine = site.token("officer");
        let url = create(&mine, 10, "mine.mp4");
        let missing = "/api/uploads/00000000-0000-7000-8000-000000000000";
        for account in ["officer2", "custodian", "dl-officer"] {
            let other = site.token(account);
            for (method, path) in [("GET", "/outcome"), ("HEAD", ""), ("DELETE", "")] {
                let theirs = other.send(method, &format!("{url}{path}"), &[TUS], None);
                let none = other.send(method, &format!("{missing}{path}"), &[TUS], None);
                assert_eq!((theirs.status, &theirs.body), (404, &none.body), "{account} {method}");
            }
            patch(&other, &url, 0, b"not mine", &[]).is(404);
        }
        assert_eq!(offset(&mine, &url), "0");
        let listed = |site: &Site| site.row("select cast(received as text) from upload");
        assert_eq!(listed(site), "0");
    });
}

/// Method, path, headers, body, status, code.
type Wrong<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a [u8], u16, &'a str);

/// What a client gets wrong, the status tus asks for, and our code. Nothing of it moves the offset.
#[test]
fn what_is_wrong_is_refused() {
    both(|site| {
        site.serve();
        let client = site.token("custodian");
        let url = create(&client, 10, "ten.mp4");
        patch(&client, &url, 0, b"1234", &[]).is(204);
        let at = ("upload-offset", "4");
        let (new, other) = (("tus-resumable", "2.0.0"), ("content-type", "video/mp4"));
        let (six, ten) = (("upload-length", "6"), ("upload-length", "10"));
        let sum = |sum| ("upload-checksum", sum);
        let raw = ("upload-metadata", "filename not-base64!");
        let twice = ("upload-metadata", "a MQ==,a Mg==");
        let cases: &[Wrong] = &[
            ("PATCH", &url, &[BYTES, at], b"5", 412, "upload.version"),
            ("PATCH", &url, &[new, BYTES, at], b"5", 412, "upload.version"),
            ("PATCH", &url, &[TUS, at], b"5", 415, "upload.content_type"),
            ("PATCH", &url, &[TUS, other, at], b"5", 415, "upload.content_type"),
            ("PATCH", &url, &[TUS, BYTES], b"5", 400, "upload.header"),
            ("PATCH", &url, &[TUS, BYTES, ("upload-offset", "-4")], b"5", 400, "upload.header"),
            ("PATCH", &url, &[TUS, BYTES, ("upload-offset", "0")], b"5", 409, "upload.offset"),
            ("PATCH", &url, &[TUS, BYTES, ("upload-offset", "5")], b"5", 409, "upload.offset"),
            ("PATCH", &url, &[TUS, BYTES, at], b"5678901", 413, "upload.too_long"),
            ("PATCH", &url, &[TUS, BYTES, at, six], b"5", 400, "upload.length"),
            ("PATCH", &url, &[TUS, BYTES, at, sum("crc32 AAAAAA==")], b"5", 400, "upload.checksum_algorithm"),
            ("PATCH", &url, &[TUS, BYTES, at, sum("sha256 AAAAAA==")], b"5", 400, "upload.header"),
            ("PATCH", &url, &[TUS, BYTES, at, sum("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")], b"5", 460, "upload.checksum"),
            ("POST", &url, &[TUS, BYTES, at], b"5", 405, "request.method"),
            ("POST", &url, &[TUS, ("x-http-method-override", "GET")], b"", 405, "request.method"),
            ("DELETE", &url, &[], b"", 412, "upload.version"),
            ("POST", "/api/uploads", &[ten], b"", 412, "upload.version"),
            ("POST", "/api/uploads", &[TUS], b"", 400, "upload.header"),
            ("POST", "/api/uploads", &[TUS, ten, ("upload-defer-length", "1")], b"", 400, "upload.header"),
            ("POST", "/api/uploads", &[TUS, ("upload-defer-length", "2")], b"", 400, "upload.header"),
            ("POST", "/api/uploads", &[TUS, ("upload-length", "1e3")], b"", 400, "upload.header"),
            ("POST", "/api/uploads", &[TUS, ("upload-length", "1099511627777")], b"", 413, "upload.too_large"),
            ("POST", "/api/uploads", &[TUS, ten, raw], b"", 400, "upload.metadata"),
            ("POST", "/api/uploads", &[TUS, ten, twice], b"", 400, "upload.metadata"),
            ("POST", "/api/uploads", &[TUS, BYTES, ("upload-length", "2")], b"123", 413, "upload.too_long"),
            (
                "POST",
                "/api/uploads",
                &[TUS, BYTES, ten, sum("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")],
                b"1",
                460,
                "upload.checksum",
            ),
            ("POST", "/api/uploads", &[TUS, ("upload-concat", "final;")], b"", 400, "upload.concat"),
            ("POST", "/api/uploads", &[TUS, ("upload-concat", "whole")], b"", 400, "upload.concat"),
        ];
        for (method, path, headers, body, status, code) in cases {
            let answer = client.send(method, path, headers, Some(body));
            assert_eq!((answer.status, answer.code()), (*status, (*code).to_owned()), "{method} {path} {headers:?}");
            assert_eq!(answer.header("tus-resumable"), "1.0.0", "{method} {headers:?}");
            assert_eq!(answer.header("tus-version"), if *status == 412 { "1.0.0" } else { "" });
            assert_eq!(offset(&client, &url), "4", "{method} {path} {headers:?}");
        }
        let unknown = site.nobody().send("PATCH", &url, &[TUS, BYTES, at], Some(b"5")).is(401);
        assert_eq!(unknown.header("tus-resumable"), "1.0.0");
        client.send("HEAD", &url, &[], None).is(412);
        let waiting = site.rows("select id from upload where state = 'receiving'");
        assert_eq!(waiting.len(), 1, "a creation that failed leaves nothing behind: {waiting:?}");

        patch(&client, &url, 4, b"567890", &[]).is(204);
        assert_sealed(site, &client, &url, b"1234567890");
        for (method, code) in [("PATCH", "upload.closed"), ("DELETE", "upload.closed")] {
            let answer = client.send(method, &url, &[TUS, BYTES, ("upload-offset", "10")], Some(b"")).is(403);
            assert_eq!(answer.code(), code);
        }
        site.kill();
        site.assert_clean();
    });
}

/// HEAD and PATCH say all that tus asks for.
#[test]
fn answers_have_all_headers() {
    both(|site| {
        site.serve();
        let client = site.token("custodian");
        let told = metadata(&[("filename", "现场.mp4"), ("filetype", "video/mp4")]);
        let headers = [TUS, ("upload-length", "4"), ("upload-metadata", &told)];
        let made = client.send("POST", "/api/uploads", &headers, None).is(201);
        let url = made.header("location");
        assert!(url.starts_with("/api/uploads/") && made.header("upload-expires").ends_with(" GMT"), "{url}");
        let names = [
            "tus-resumable",
            "upload-offset",
            "upload-length",
            "upload-metadata",
            "cache-control",
            "upload-defer-length",
        ];
        let say = |answer: Answer| names.map(|name| answer.header(name));
        let head = || say(client.send("HEAD", &url, &[TUS], None).is(200));
        assert_eq!(head(), ["1.0.0", "0", "4", &told, "no-store", ""]);
        let answer = patch(&client, &url, 0, b"12", &[]).is(204);
        assert!(answer.header("upload-expires").ends_with(" GMT") && answer.body.is_empty());
        assert_eq!(say(answer), ["1.0.0", "2", "4", "", "no-store", ""]);
        assert_eq!(head(), ["1.0.0", "2", "4", &told, "no-store", ""]);
        let tunnel = [TUS, BYTES, ("x-http-method-override", "PATCH"), ("upload-offset", "2")];
        let answer = client.send("POST", &url, &tunnel, Some(b"34")).is(204);
        assert_eq!(say(answer), ["1.0.0", "4", "4", "", "no-store", ""]);
        assert_sealed(site, &client, &url, b"1234");
        assert_eq!(head(), ["1.0.0", "4", "4", &told, "no-store", ""]);

        let url = create(&client, 4, "tunnel.mp4");
        client.send("POST", &url, &[TUS, ("x-http-method-override", "DELETE")], None).is(204);
        client.send("HEAD", &url, &[TUS], None).is(410);
    });
}

#[test]
fn an_empty_file_is_a_recording_too() {
    both(|site| {
        site.serve();
        let client = site.token("custodian");
        let url = create(&client, 0, "empty.mp4");
        assert_sealed(site, &client, &url, b"");
        let parts = [parts::create_part(&client, b""), parts::create_part(&client, b"")];
        let url = parts::join(&client, &parts).is(201).header("location");
        assert_eq!(outcome(&client, &url)["state"], "duplicate", "the same no bytes");
        let later = [TUS, ("upload-defer-length", "1")];
        let url = client.send("POST", "/api/uploads", &later, None).is(201).header("location");
        patch(&client, &url, 0, b"", &[("upload-length", "0")]).is(204);
        assert_eq!(outcome(&client, &url)["state"], "duplicate");
        wait_for("an empty staging folder", || staged(site).is_empty().then_some(()));
        site.kill();
        site.assert_clean();
    });
}

//! tus-js-client and tuspy, in parallel, through nginx: as a browser or a station meets us in an agency's network.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::{Server, TUS, assert_sealed, assert_whole, free_port, outcome};
use crate::cards::{Dice, put};
use crate::client::Client;
use crate::site::{PAIRS, Pair, Site, both, wait_for};

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/uploads");
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A real nginx with a configuration of its own. It ends when this is dropped.
struct Nginx {
    child: Child,
    _dir: tempfile::TempDir,
    /// Passes the bytes on as they come.
    streaming: String,
    /// Takes a request whole before it passes it on, as nginx does when nobody tells it otherwise; 4 MiB at most.
    buffering: String,
}

impl Nginx {
    fn before(server: &Server) -> Nginx {
        let dir = tempfile::tempdir().expect("temporary folder");
        let (streaming, buffering) = (free_port(), free_port());
        let side = |port: u16, settings: &str| {
            format!(
                "server {{ listen 127.0.0.1:{port}; {settings}
                   location / {{
                     proxy_pass {};
                     proxy_http_version 1.1;
                     proxy_set_header Host $http_host;
                     proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                     proxy_set_header X-Forwarded-Proto $scheme;
                     proxy_set_header X-Forwarded-Host $http_host;
                   }} }}\n",
                server.url()
            )
        };
        let folder = dir.path().display();
        // Its own folders belong to root.
        let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let folders: String = kinds.map(|kind| format!("{kind}_temp_path {folder}/{kind};\n")).concat();
        let text = format!(
            "daemon off; master_process off; pid {folder}/pid; error_log stderr crit;
             events {{}}
             http {{ access_log off; {folders}{}{} }}",
            side(streaming, "client_max_body_size 0; proxy_request_buffering off;"),
            side(buffering, "client_max_body_size 4m;"),
        );
        let file = put(dir.path(), "nginx.conf", text.as_bytes());
        let mut command = Command::new("nginx");
        command.arg("-e").arg("stderr").arg("-p").arg(dir.path()).arg("-c").arg(file);
        command.env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let child = child.expect("no nginx: run scripts/install-packages.sh");
        let url = |port| format!("http://127.0.0.1:{port}");
        let nginx = Nginx { child, _dir: dir, streaming: url(streaming), buffering: url(buffering) };
        for url in [&nginx.streaming, &nginx.buffering] {
            let client = Client::new(url);
            wait_for("nginx", || {
                client.try_send("GET", "/readyz", &[], None).ok().filter(|answer| answer.status == 200)
            });
        }
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// tus-js-client at work.
struct Node {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Node {
    fn start(base: &str, file: &Path, headers: &Value, more: Value) -> Node {
        let web = PathBuf::from(ROOT).join("web");
        assert!(web.join("node_modules/tus-js-client").exists(), "no tus-js-client: run npm ci in web/");
        let mut told = json!({"web": web, "endpoint": format!("{base}/api/uploads"), "file": file, "headers": headers});
        for (name, value) in more.as_object().expect("object") {
            told[name] = value.clone();
        }
        let mut command = Command::new("node");
        command.arg(format!("{HERE}/tus.mjs")).arg(told.to_string()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("node runs");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Node { child, lines }
    }

    /// The next line that has this key; `None` at the end.
    fn next(&mut self, key: &str) -> Option<Value> {
        loop {
            let line: Value = serde_json::from_str(&self.lines.next()?.expect("line")).expect("JSON");
            if let Some(value) = line.get(key) {
                return Some(value.clone());
            }
            assert!(line.get("error").is_none(), "{line}");
        }
    }

    /// Its path on the server, once it is done.
    #[track_caller]
    fn done(mut self) -> String {
        let url = self.next("done").expect("the upload is done");
        path_of(url.as_str().expect("URL"))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn path_of(url: &str) -> String {
    url.find("/api/").map_or_else(|| url.to_owned(), |at| url[at..].to_owned())
}

/// A Python with the peers of `scripts/python-requirements.txt`.
pub fn python() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("python");
    let made = Command::new(format!("{ROOT}/scripts/install-python.sh")).arg(&folder).stdin(Stdio::null()).status();
    assert!(made.is_ok_and(|status| status.success()), "scripts/install-python.sh failed");
    folder.join("bin/python")
}

/// What tuspy says of each file.
fn tuspy(base: &str, files: &[PathBuf], headers: &Value, more: Value) -> Vec<Value> {
    let mut told =
        json!({"endpoint": format!("{base}/api/uploads"), "files": files, "headers": headers, "chunk": 1 << 20});
    for (name, value) in more.as_object().expect("object") {
        told[name] = value.clone();
    }
    let out =
        Command::new(python()).arg(format!("{HERE}/upload.py")).arg(told.to_string()).output().expect("python runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("JSON")
}

fn bearer(client: &Client) -> Value {
    json!({"Authorization": format!("Bearer {}", client.token.as_deref().expect("token"))})
}

/// Signed in through the proxy, as a browser is: with a cookie, and saying which page it is on.
fn signed_in(base: &str) -> (Client, Value) {
    let mut client = Client::new(base);
    let body = json!({"account": "officer", "password": crate::site::PASSWORD});
    let cookie = client.post("/api/session", &body).is(200).header("set-cookie");
    let cookie = cookie.split(';').next().expect("cookie").to_owned();
    client.cookie = Some(cookie.clone());
    (client, json!({"Cookie": cookie, "Origin": base}))
}

/// Each way of uploading that tus-js-client has, four files at a time, through both kinds of proxy.
#[test]
fn tus_js_client_through_nginx() {
    both(|site| {
        let server = Server::start(site, free_port());
        let nginx = Nginx::before(&server);
        let token = site.token("custodian").at(&server.url());
        let (session, cookie) = signed_in(&nginx.streaming);
        let (session2, cookie2) = signed_in(&nginx.buffering);
        let own = bearer(&token);
        let small = json!({"chunk": 3 << 20});
        let ways: &[(&str, &Client, &str, &Value, Value)] = &[
            ("one.mp4", &session, &nginx.streaming, &cookie, json!({})),
            ("parallel.mp4", &token, &nginx.streaming, &own, json!({"parallel": 4})),
            ("parallel-cookie.mp4", &session2, &nginx.buffering, &cookie2, json!({"parallel": 4, "chunk": 1 << 20})),
            ("chunks.mp4", &token, &nginx.buffering, &own, small),
            ("deferred.mp4", &token, &nginx.streaming, &own, json!({"deferred": true, "chunk": 1 << 20})),
            ("override.mp4", &token, &nginx.buffering, &own, json!({"override": true, "chunk": 3 << 20})),
            ("with-creation.mp4", &token, &nginx.streaming, &own, json!({"withCreation": true, "chunk": 1 << 20})),
            ("sha256.mp4", &token, &nginx.streaming, &own, json!({"checksum": "sha256", "chunk": 1 << 20})),
            ("sm3.mp4", &token, &nginx.buffering, &own, json!({"checksum": "sm3", "chunk": 1 << 20, "parallel": 4})),
            ("empty.mp4", &token, &nginx.buffering, &own, json!({})),
        ];
        let files: Vec<(PathBuf, Vec<u8>)> = ways
            .iter()
            .enumerate()
            .map(|(at, (name, ..))| {
                let bytes =
                    if *name == "empty.mp4" { Vec::new() } else { Dice::new(40 + at as u64).bytes(5_000_000 + at) };
                (put(site.dir.path(), &format!("files/{name}"), &bytes), bytes)
            })
            .collect();
        for (ways, files) in ways.chunks(4).zip(files.chunks(4)) {
            let running = ways.iter().zip(files).map(|((name, _, base, headers, more), (file, _))| {
                let mut more = more.clone();
                more["metadata"] = json!({"filename": name, "filetype": "video/mp4"});
                Node::start(base, file, headers, more)
            });
            let running: Vec<Node> = running.collect();
            for ((node, (name, client, ..)), (_, bytes)) in running.into_iter().zip(ways).zip(files) {
                let url = node.done();
                let told = outcome(client, &url);
                assert_eq!(told["state"], "sealed", "{name}: {told}");
                let id = told["recording_id"].as_str().expect("recording");
                let sql = format!("select {} || ' ' || file_name from recording where id = '{id}'", site.hex("sha256"));
                assert_eq!(site.row(&sql), format!("{} {name}", hex::encode(tiezheng::app::sha256(bytes))));
            }
        }
        drop((nginx, server));
        site.assert_clean();
    });
}

/// The proxy refuses what is too large for it; a client with smaller chunks gets through (above).
#[test]
fn a_proxy_with_a_limit() {
    let site = Site::new(Pair::SqliteFolder);
    let server = Server::start(&site, free_port());
    let nginx = Nginx::before(&server);
    let token = site.token("custodian").at(&server.url());
    let file = put(site.dir.path(), "large.mp4", &Dice::new(60).bytes(5_000_000));
    let mut node = Node::start(&nginx.buffering, &file, &bearer(&token), json!({}));
    let mut statuses = Vec::new();
    while let Some(Ok(line)) = node.lines.next() {
        let line: Value = serde_json::from_str(&line).expect("JSON");
        statuses.extend(line["status"].as_u64());
    }
    assert!(statuses.contains(&413), "{statuses:?}");
    assert_eq!(site.row("select cast(received as text) from upload"), "0");
    // A page of another site cannot use our cookie.
    let (_, cookie) = signed_in(&nginx.buffering);
    let foreign = [
        TUS,
        ("upload-length", "1"),
        ("origin", "http://elsewhere.example"),
        ("cookie", cookie["Cookie"].as_str().expect("cookie")),
    ];
    let answer = Client::new(&nginx.buffering).send("POST", "/api/uploads", &foreign, None).is(403);
    assert_eq!(answer.code(), "request.cross_site");
}

#[test]
fn tuspy_through_nginx() {
    both(|site| {
        let server = Server::start(site, free_port());
        let nginx = Nginx::before(&server);
        let token = site.token("custodian").at(&server.url());
        let mut seed = 70;
        for (base, checksum) in [
            (&nginx.streaming, Some("sha256")),
            (&nginx.buffering, Some("sha256")),
            (&nginx.streaming, Some("sha1")), // the only one tuspy knows by itself
            (&nginx.buffering, None),
        ] {
            let files: Vec<(PathBuf, Vec<u8>)> = (0..4)
                .map(|_| {
                    seed += 1;
                    let bytes = Dice::new(seed).bytes(2_500_000);
                    (put(site.dir.path(), &format!("files/{seed}.mp4"), &bytes), bytes)
                })
                .collect();
            let paths: Vec<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
            let told = tuspy(base, &paths, &bearer(&token), json!({"checksum": checksum}));
            for (told, (_, bytes)) in told.iter().zip(&files) {
                assert_eq!((&told["status"], &told["offset"]), (&Value::Null, &json!(bytes.len())), "{told}");
                assert_sealed(site, &token, &path_of(told["url"].as_str().expect("URL")), bytes);
            }
            // A checksum that is not its chunk's: 460, and the offset stays.
            for checksum in ["sha256", "sm3"] {
                let told = tuspy(base, &paths[..1], &bearer(&token), json!({"checksum": checksum, "tamper": true}));
                assert_eq!((&told[0]["status"], &told[0]["offset"]), (&json!(460), &json!(0)), "{told:?}");
                let url = path_of(told[0]["url"].as_str().expect("URL"));
                token.send("DELETE", &url, &[TUS], None).is(204);
            }
        }
        drop((nginx, server));
        site.assert_clean();
    });
}

/// The server is killed while tus-js-client sends, one part or four at once; it goes on by itself when the server is back.
/// Behind a proxy that answers 502 meanwhile, tus-js-client begins anew; what it began before expires.
#[test]
fn tus_js_client_goes_on_after_kill_9() {
    for pair in PAIRS {
        let site = Site::new(pair);
        let port = free_port();
        let mut server = Server::start(&site, port);
        let nginx = Nginx::before(&server);
        let token = site.token("custodian").at(&server.url());
        let ways = [
            (&server.url(), 1, true),
            (&server.url(), 4, true),
            (&nginx.streaming, 1, false),
            (&nginx.streaming, 4, false),
        ];
        for (at, (base, parallel, goes_on)) in ways.into_iter().enumerate() {
            let bytes = Dice::new(90 + at as u64).bytes(16_000_000);
            let file = put(site.dir.path(), &format!("files/{at}.mp4"), &bytes);
            let more = json!({"parallel": parallel, "chunk": 256 << 10, "metadata": {"filename": format!("{at}.mp4")}});
            let mut node = Node::start(base, &file, &bearer(&token), more);
            for kill_at in [2_000_000, 7_000_000, 12_000_000] {
                while node.next("sent").expect("it goes on").as_u64() < Some(kill_at) {}
                server.kill();
                server = Server::start(&site, port);
            }
            let url = node.done();
            assert_whole(&site, &token, &url, &bytes);
            if goes_on {
                // Had it begun anew, the bytes of the first attempt would lie there for a week.
                wait_for("an empty staging folder", || super::staged(&site).is_empty().then_some(()));
            }
        }
        drop((nginx, server));
        site.assert_clean();
    }
}

/// Stopped and given up half-way: by one request, and with all parts of a parallel one.
#[test]
fn tus_js_client_gives_up() {
    let site = Site::new(Pair::SqliteFolder);
    let server = Server::start(&site, free_port());
    let nginx = Nginx::before(&server);
    let token = site.token("custodian").at(&server.url());
    let file = put(site.dir.path(), "given-up.mp4", &Dice::new(99).bytes(8_000_000));
    let more = json!({"chunk": 256 << 10, "stopAt": 1_000_000, "terminate": true});
    let mut node = Node::start(&nginx.streaming, &file, &bearer(&token), more);
    let url = path_of(node.next("stopped").expect("stopped").as_str().expect("URL"));
    assert_eq!(token.send("HEAD", &url, &[TUS], None).status, 410);
    wait_for("an empty staging folder", || super::staged(&site).is_empty().then_some(()));
}

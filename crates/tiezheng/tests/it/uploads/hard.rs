//! Broken connections, two writers, full disks, kill -9.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::parts::{create_part, join};
use super::{BYTES, Server, TUS, assert_sealed, create, free_port, offset, outcome, patch, sha256, staged};
use crate::cards::{Dice, files};
use crate::client::Client;
use crate::site::{Pair, Site, block_on, both, wait_for};

/// A PATCH whose bytes are sent when the test likes.
struct Slow(TcpStream);

impl Slow {
    fn patch(client: &Client, base: &str, url: &str, at: usize, more: &str) -> Slow {
        let mut stream = TcpStream::connect(base.trim_start_matches("http://")).expect("connection");
        let token = client.token.as_deref().expect("token");
        let head = format!(
            "PATCH {url} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\n\
             Content-Type: application/offset+octet-stream\r\nUpload-Offset: {at}\r\n{more}\r\n"
        );
        stream.write_all(head.as_bytes()).expect("head");
        Slow(stream)
    }

    fn send(&mut self, bytes: &[u8]) {
        // The server may have hung up already: what it made of it the offset tells.
        let _ = self.0.write_all(bytes);
    }

    fn chunk(&mut self, bytes: &[u8]) {
        self.send(format!("{:x}\r\n", bytes.len()).as_bytes());
        self.send(bytes);
        self.send(b"\r\n");
    }

    fn status(mut self) -> u16 {
        let mut answer = [0; 12];
        self.0.read_exact(&mut answer).expect("an answer");
        std::str::from_utf8(&answer[9..]).expect("text").parse().expect("status")
    }
}

/// What arrived before a request became nonsense is kept, and whoever still listens is told to go on from there.
#[test]
fn a_request_that_breaks_off_says_how_far_it_came() {
    both(|site| {
        site.serve();
        let client = site.token("custodian");
        let url = create(&client, 10, "nonsense.mp4");
        let mut slow = Slow::patch(&client, site.url(), &url, 0, "Transfer-Encoding: chunked\r\n");
        slow.chunk(b"12345");
        slow.send(b"this is no length of a chunk\r\n");
        let mut answer = String::new();
        slow.0.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("\"upload.broken\""), "{answer}");
        assert_eq!(offset(&client, &url), "5");
    });
}

/// Staged bytes that went away behind our back: nothing is sealed in their place, and who waits hears why.
#[test]
fn an_upload_whose_bytes_are_gone_is_not_sealed() {
    both(|site| {
        site.serve();
        let client = site.token("custodian");
        let url = create(&client, 10, "gone.mp4");
        patch(&client, &url, 0, b"12345", &[]).is(204);
        site.kill();
        site.tamper("update upload set received = 10, state = 'sealing' where state = 'receiving'");
        site.serve();
        let client = client.at(site.url());
        let told = wait_for("the reason", || {
            let told = client.get(&format!("{url}/outcome")).is(200).json();
            (told["problem"] != Value::Null).then_some(told)
        });
        assert_eq!((&told["state"], &told["problem"]["code"]), (&"sealing".into(), &"upload.staged_missing".into()));
        assert_eq!(site.row("select cast(count(*) as text) from recording"), "0");
    });
}

/// A request that changes nothing: with bytes and a checksum that is not theirs.
fn probe(client: &Client, url: &str, at: usize) -> u16 {
    patch(client, url, at, b"?", &[("upload-checksum", &sha256(b"!"))]).status
}

#[test]
fn a_broken_connection_keeps_what_arrived() {
    both(|site| {
        site.serve();
        let client = site.token("custodian");
        let bytes = Dice::new(21).bytes(3_000_000);
        let checked = format!("Content-Length: 2999000\r\nUpload-Checksum: {}\r\n", sha256(&bytes[1000..]));
        for (more, chunked, kept) in [
            ("Content-Length: 2999000\r\n", false, 2_300_000),
            ("Transfer-Encoding: chunked\r\n", true, 2_300_000),
            (&checked, false, 1_000),
        ] {
            let url = create(&client, bytes.len(), "broken.mp4");
            patch(&client, &url, 0, &bytes[..1_000], &[]).is(204);
            let mut slow = Slow::patch(&client, site.url(), &url, 1_000, more);
            let part = &bytes[1_000..2_300_000];
            if chunked {
                slow.chunk(part)
            } else {
                slow.send(part)
            }
            wait_for("the first bytes", || (staged_bytes(site, &url) > 1_000).then_some(()));
            drop(slow);
            wait_for("the server to notice", || {
                (offset(&client, &url) == kept.to_string() && probe(&client, &url, kept) == 460).then_some(())
            });
            assert_eq!(offset(&client, &url), kept.to_string(), "{more}");
            patch(&client, &url, kept, &bytes[kept..kept + 100], &[]).is(204);
            client.send("DELETE", &url, &[TUS], None).is(204);
        }
        assert_eq!(staged(site), Vec::<String>::new());
    });
}

/// All bytes came but their client did not hear it: it may never ask again, and the recording is sealed all the same.
#[test]
fn a_connection_broken_after_the_last_byte_is_sealed() {
    both(|site| {
        site.serve();
        let client = site.token("custodian");
        let bytes = Dice::new(22).bytes(400_000);
        for (more, chunked) in [("Content-Length: 400000\r\n", false), ("Transfer-Encoding: chunked\r\n", true)] {
            let url = create(&client, bytes.len(), "unheard.mp4");
            let mut slow = Slow::patch(&client, site.url(), &url, 0, more);
            if chunked {
                slow.chunk(&bytes)
            } else {
                slow.send(&bytes)
            }
            drop(slow);
            assert_eq!(outcome(&client, &url)["state"], if chunked { "duplicate" } else { "sealed" });
        }
        site.kill();
        site.assert_clean();
    });
}

fn staged_bytes(site: &Site, url: &str) -> u64 {
    let id = url.rsplit('/').next().expect("id");
    std::fs::metadata(site.data().join("staging").join(id)).map_or(0, |file| file.len())
}

/// Waits until a request holds a new upload. The file is there just before it does: looking any closer would hold it too.
fn wait_for_holder(site: &Site, client: &Client, url: &str) {
    wait_for("the first to begin", || (!staged(site).is_empty()).then_some(()));
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(probe(client, url, 0), 423);
}

#[test]
fn two_writers_at_once() {
    both(|site| {
        site.serve();
        let client = site.token("custodian");
        let bytes = Dice::new(23).bytes(200_000);
        let url = create(&client, bytes.len(), "two.mp4");
        let mut first = Slow::patch(&client, site.url(), &url, 0, "Content-Length: 200000\r\n");
        first.send(&bytes[..150_000]);
        wait_for_holder(site, &client, &url);
        // Few bytes: who is refused while he still sends many may see the connection go before the answer.
        assert_eq!(patch(&client, &url, 0, &bytes[..1000], &[]).is(423).code(), "upload.locked");
        first.send(&bytes[150_000..]);
        assert_eq!(first.status(), 204);
        assert_sealed(site, &client, &url, &bytes);
        // Given up while somebody writes: the writer is told, and nothing stays.
        let url = create(&client, bytes.len(), "two.mp4");
        let mut first = Slow::patch(&client, site.url(), &url, 0, "Content-Length: 200000\r\n");
        first.send(&bytes[..150_000]);
        wait_for_holder(site, &client, &url);
        client.send("DELETE", &url, &[TUS], None).is(204);
        first.send(&bytes[150_000..]);
        assert_eq!(first.status(), 410);
        wait_for("an empty staging folder", || staged(site).is_empty().then_some(()));
    });
}

/// More bytes than declared, noticed after many were durable already: none of the request counts, and the recording made
/// of the upload afterwards has no hole.
#[test]
fn too_many_bytes_are_taken_back() {
    let mut site = Site::new(Pair::SqliteFolder);
    site.serve();
    let client = site.token("custodian");
    let bytes = Dice::new(24).bytes((18 << 20) + 1);
    let (right, length) = (&bytes[..bytes.len() - 1], bytes.len() - 1);
    let url = create(&client, length, "long.mp4");
    patch(&client, &url, 0, &bytes[..5], &[]).is(204);
    let mut slow = Slow::patch(&client, site.url(), &url, 5, "Transfer-Encoding: chunked\r\n");
    bytes[5..].chunks(1 << 20).for_each(|chunk| slow.chunk(chunk));
    slow.send(b"0\r\n\r\n");
    wait_for("the server to take it back", || (probe(&client, &url, 5) == 460).then_some(()));
    assert_eq!(offset(&client, &url), "5");
    patch(&client, &url, 5, &right[5..], &[]).is(204);
    assert_sealed(&site, &client, &url, right);
    site.kill();
    site.assert_clean();
}

fn seed() -> u64 {
    let told = std::env::var("TIEZHENG_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = told.unwrap_or_else(|| u64::from(std::process::id()));
    eprintln!("TIEZHENG_TEST_SEED={seed}");
    seed
}

/// What a client was told outlives the server; what it was not told may.
#[test]
fn kill_9_while_receiving() {
    both(|site| {
        let mut dice = Dice::new(seed());
        let bytes = dice.bytes(6_000_000);
        let port = free_port();
        let mut server = Server::start(site, port);
        let client = site.token("custodian").at(&server.url());
        let url = create(&client, bytes.len(), "killed.mp4");
        let mut told = 0;
        while told < bytes.len() {
            let pause = Duration::from_millis(dice.below(40));
            let step = usize::try_from(dice.below(700_000) + 1).expect("small");
            told = std::thread::scope(|scope| {
                let sender = scope.spawn(|| send_until_broken(&client, &url, &bytes, told, step));
                std::thread::sleep(pause);
                server.kill();
                sender.join().expect("the sender ends")
            });
            server = Server::start(site, port);
            let at: usize = offset(&client, &url).parse().expect("number");
            assert!(at >= told, "{told} bytes were taken, {at} are left");
            told = at;
        }
        assert_sealed(site, &client, &url, &bytes);
        drop(server);
        site.assert_clean();
    });
}

/// Sends on until there is no answer; the offset told last.
fn send_until_broken(client: &Client, url: &str, bytes: &[u8], mut at: usize, step: usize) -> usize {
    while at < bytes.len() {
        let (end, from) = ((at + step).min(bytes.len()), at.to_string());
        let headers = [TUS, BYTES, ("upload-offset", from.as_str())];
        match client.try_send("PATCH", url, &headers, Some(&bytes[at..end])) {
            Ok(answer) => at = answer.is(204).header("upload-offset").parse().expect("number"),
            Err(_) => break,
        }
    }
    at
}

/// Complete, but the server dies again and again before it is sealed: whole or of parts.
#[test]
fn kill_9_while_sealing() {
    both(|site| {
        let mut dice = Dice::new(seed());
        let port = free_port();
        let mut server = Server::start(site, port);
        let client = site.token("custodian").at(&server.url());
        for round in 0..6 {
            let bytes = dice.bytes(9_000_000);
            let url = if round % 2 == 0 {
                let url = create(&client, bytes.len(), "killed.mp4");
                patch(&client, &url, 0, &bytes, &[]).is(204);
                url
            } else {
                let parts = [&bytes[..2_000_000], &bytes[2_000_000..]].map(|bytes| create_part(&client, bytes));
                join(&client, &parts).is(201).header("location")
            };
            for most in [100, 400, 1500] {
                std::thread::sleep(Duration::from_millis(dice.below(most)));
                server.kill();
                server = Server::start(site, port);
            }
            assert_sealed(site, &client, &url, &bytes);
        }
        assert_eq!(site.row("select cast(count(*) as text) from recording"), "6");
        assert_eq!(files(&site.store().join("segments")).len(), 6, "nothing is left that nobody claims");
        drop(server);
        site.assert_clean();
    });
}

/// Does something while nobody else can write to the database.
fn while_locked<T>(site: &Site, work: impl FnOnce() -> T) -> T {
    use sqlx::{ConnectOptions, Connection};
    let path = site.data().join("tiezheng.db");
    let mut db = block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut db = options.connect().await.expect("the database opens");
        sqlx::raw_sql("begin immediate").execute(&mut db).await.expect("the lock");
        db
    });
    let done = work();
    block_on(async {
        sqlx::raw_sql("rollback").execute(&mut db).await.expect("unlocked");
        db.close().await.expect("closed");
    });
    done
}

/// Killed between the vault and the catalogue, which somebody else keeps locked: the object that nobody claims goes when
/// the upload is sealed again. Where the lock came too late the next upload is tried.
#[test]
fn kill_9_between_vault_and_catalogue() {
    let site = Site::new(Pair::SqliteFolder);
    let port = free_port();
    let mut server = Server::start(&site, port);
    let client = site.token("custodian").at(&server.url());
    let segments = || files(&site.store().join("segments")).len();
    for round in 1.. {
        assert!(round < 20, "the lock always came too late");
        let bytes = Dice::new(200 + round).bytes(9_000_000);
        let url = create(&client, bytes.len(), "between.mp4");
        patch(&client, &url, 0, &bytes, &[]).is(204);
        let locked = while_locked(&site, || {
            if site.row("select state from upload order by id desc limit 1") != "sealing" {
                return false;
            }
            let before = site.row("select cast(count(*) as text) from recording");
            wait_for("the object", || (segments().to_string() != before).then_some(()));
            server.kill();
            true
        });
        if locked {
            server = Server::start(&site, port);
            assert_sealed(&site, &client, &url, &bytes);
            assert_eq!(segments().to_string(), site.row("select cast(count(*) as text) from recording"));
            break;
        }
        assert_sealed(&site, &client, &url, &bytes);
    }
    drop(server);
    site.assert_clean();
}

/// Bytes that are durable but of which the database knows nothing more, as after a power cut: another boot.
#[test]
fn after_a_power_cut_the_database_counts() {
    let mut site = Site::new(Pair::SqliteFolder);
    site.serve();
    let client = site.token("custodian");
    let bytes = Dice::new(25).bytes(500_000);
    let url = create(&client, bytes.len(), "cut.mp4");
    patch(&client, &url, 0, &bytes[..300_000], &[]).is(204);
    site.kill();
    let told = staged(&site).into_iter().find(|name| name.ends_with(".told")).expect("what the client was told");
    let told = site.data().join("staging").join(told);
    let line = std::fs::read_to_string(&told).expect("line");
    let boot = line.split(' ').nth(1).expect("boot");
    std::fs::write(&told, line.replace(boot, &"0".repeat(boot.len()))).expect("another boot");
    site.serve();
    let client = client.at(site.url());
    let durable = site.row("select cast(received as text) from upload");
    assert_eq!(offset(&client, &url), durable);
    let at: usize = durable.parse().expect("number");
    patch(&client, &url, at, &bytes[at..], &[]).is(204);
    assert_sealed(&site, &client, &url, &bytes);
    // A staged file that lost durable bytes is never filled up with zeros.
    let url = create(&client, 10, "lost.mp4");
    patch(&client, &url, 0, b"12345", &[]).is(204);
    site.kill();
    site.tamper("update upload set received = 5 where state = 'receiving'");
    let id = url.rsplit('/').next().expect("id");
    std::fs::write(site.data().join("staging").join(id), b"123").expect("shorter");
    site.serve();
    assert_eq!(patch(&client.at(site.url()), &url, 5, b"67890", &[]).is(410).code(), "upload.gone");
}

#[test]
fn a_full_disk_loses_nothing() {
    let site = Site::new(Pair::SqliteFolder);
    let most = 12 << 20;
    let port = free_port();
    let mut server = Server::with_files_below(&site, port, most);
    let client = site.token("custodian").at(&server.url());
    let bytes = Dice::new(26).bytes(13 << 20);
    let url = create(&client, bytes.len(), "full.mp4");
    let refused = patch(&client, &url, 0, &bytes, &[]).is(507);
    assert_eq!(refused.code(), "upload.no_space");
    assert_eq!(refused.json()["params"]["offset"], most);
    assert_eq!(offset(&client, &url), most.to_string(), "what there was room for is kept");
    let again = patch(&client, &url, 12 << 20, &bytes[12 << 20..], &[]).is(507);
    assert_eq!(again.code(), "upload.no_space");
    // With a checksum none of the request counts.
    let checked = create(&client, bytes.len(), "full.mp4");
    patch(&client, &checked, 0, &bytes, &[("upload-checksum", &sha256(&bytes))]).is(507);
    assert_eq!(offset(&client, &checked), "0");
    client.send("DELETE", &checked, &[TUS], None).is(204);
    // There is room for the staged bytes, but not for the sealed ones: it waits, and says why.
    let waiting = create(&client, 12 << 20, "waiting.mp4");
    patch(&client, &waiting, 0, &bytes[1..=12 << 20], &[]).is(204);
    let told = wait_for("the reason", || {
        let told = client.get(&format!("{waiting}/outcome")).is(200).json();
        (told["problem"] != Value::Null).then_some(told)
    });
    assert_eq!(told["state"], "sealing", "{told}");
    drop(server);
    server = Server::start(&site, port);
    assert_eq!(offset(&client, &url), most.to_string());
    patch(&client, &url, 12 << 20, &bytes[12 << 20..], &[]).is(204);
    assert_eq!(outcome(&client, &waiting)["state"], "sealed");
    assert_sealed(&site, &client, &url, &bytes);
    drop(server);
    site.assert_clean();
}

/// No room for the database either: refused, and when there is room again the same server goes on.
#[test]
fn a_server_outlives_a_full_disk() {
    let site = Site::new(Pair::SqliteFolder);
    super::room::limit(&site, "open_most = 5000");
    let database = std::fs::metadata(site.data().join("tiezheng.db")).expect("database").len();
    let server = Server::with_files_below(&site, free_port(), database + (64 << 10));
    let client = site.token("custodian").at(&server.url());
    let begin = || client.send("POST", "/api/uploads", &[TUS, ("upload-length", "5")], None);
    let mut begun = Vec::new();
    let refused = loop {
        let answer = begin();
        if answer.status != 201 {
            break answer;
        }
        begun.push(answer.header("location"));
        assert!(begun.len() < 2_000, "the limit is never met");
    };
    assert!(refused.status >= 503, "{}", refused.text());
    assert!(begin().status >= 503, "still full");
    server.lift_limit();
    begin().is(201);
    for (at, url) in begun.iter().enumerate() {
        let bytes = format!("{at:5}");
        assert_eq!(offset(&client, url), "0");
        patch(&client, url, 0, bytes.as_bytes(), &[]).is(204);
    }
    if let (Some(url), Some(at)) = (begun.last(), begun.len().checked_sub(1)) {
        super::assert_whole(&site, &client, url, format!("{at:5}").as_bytes());
    }
    drop(server);
    site.assert_clean();
}

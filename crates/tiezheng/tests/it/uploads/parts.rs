//! Concatenation: parts are joined once, by their owner, when they are whole.

use serde_json::json;

use super::{TUS, assert_sealed, create, metadata, outcome, patch};
use crate::cards::Dice;
use crate::client::{Answer, Client};
use crate::site::both;

pub fn create_part(client: &Client, bytes: &[u8]) -> String {
    let length = bytes.len().to_string();
    let headers = [TUS, ("upload-length", length.as_str()), ("upload-concat", "partial")];
    let url = client.send("POST", "/api/uploads", &headers, None).is(201).header("location");
    if !bytes.is_empty() {
        patch(client, &url, 0, bytes, &[]).is(204);
    }
    url
}

pub fn join(client: &Client, parts: &[String]) -> Answer {
    let all = format!("final;{}", parts.join(" "));
    client.send("POST", "/api/uploads", &[TUS, ("upload-concat", &all)], None)
}

/// Parts are joined once, by their owner, when they are whole; a lost answer is given again.
#[test]
fn parts_are_joined_once() {
    both(|site| {
        site.serve();
        let (client, other) = (site.token("custodian"), site.token("officer"));
        let (a, b) = (create_part(&client, b"first "), create_part(&client, b"second"));
        let headers = [TUS, ("upload-length", "5"), ("upload-concat", "partial")];
        let unfinished = client.send("POST", "/api/uploads", &headers, None).is(201).header("location");
        let whole = create(&client, 5, "no-part.mp4");
        for (who, parts, status, code) in [
            (&client, vec![&a, &unfinished], 400, "upload.concat_unfinished"),
            (&client, vec![&a, &whole], 400, "upload.concat_unfinished"),
            (&client, vec![&a, &a], 400, "upload.concat_unfinished"),
            (&client, vec![&a; 65], 400, "upload.concat"),
            (&other, vec![&a, &b], 404, "not_found"),
        ] {
            let parts: Vec<String> = parts.into_iter().cloned().collect();
            let answer = join(who, &parts);
            assert_eq!((answer.status, answer.code()), (status, code.to_owned()), "{parts:?}");
        }
        let head = client.send("HEAD", &a, &[TUS], None).is(200);
        assert_eq!((head.header("upload-concat"), head.header("upload-offset")), ("partial".into(), "6".into()));
        // Absolute addresses, as a client behind a proxy knows them.
        let parts = [format!("https://records.example{a}"), b.clone()];
        let url = join(&client, &parts).is(201).header("location");
        let again = join(&client, &parts).is(201).header("location");
        assert_eq!(url, again, "the answer was lost: it is given again");
        assert_sealed(site, &client, &url, b"first second");
        assert_eq!(join(&client, &parts).is(201).header("location"), url, "also when it is sealed");
        let head = client.send("HEAD", &url, &[TUS], None).is(200);
        assert_eq!(head.header("upload-concat"), format!("final;{}", parts.join(" ")));
        assert_eq!(patch(&client, &url, 12, b"", &[]).is(403).code(), "upload.closed");
        client.send("HEAD", &a, &[TUS], None).is(410);
        let told = client.get(&format!("{a}/outcome")).is(200).json();
        assert_eq!((&told["state"], &told["problem"]["code"]), (&json!("removed"), &json!("upload.joined")));
        let c = create_part(&client, b"third");
        assert_eq!(join(&client, &[a, c]).status, 410, "a part is used once");
        site.kill();
        site.assert_clean();
    });
}

#[test]
fn parts_become_one_recording() {
    both(|site| {
        site.serve();
        let client = site.token("custodian");
        let bytes = Dice::new(11).bytes(50_000);
        let (first, second) = bytes.split_at(20_000);
        let part = |bytes: &[u8]| {
            let length = bytes.len().to_string();
            let headers = [TUS, ("upload-length", length.as_str()), ("upload-concat", "partial")];
            let url = client.send("POST", "/api/uploads", &headers, None).is(201).header("location");
            patch(&client, &url, 0, bytes, &[]).is(204);
            url
        };
        let (a, b) = (part(first), part(second));
        let told = client.get(&format!("{a}/outcome")).is(200).json();
        assert_eq!(told["state"], "receiving", "a part is never sealed alone: {told}");
        let all = format!("final;{a} {b}");
        let name = metadata(&[("filename", "joined.mp4")]);
        let headers = [TUS, ("upload-concat", all.as_str()), ("upload-metadata", name.as_str())];
        let url = client.send("POST", "/api/uploads", &headers, None).is(201).header("location");
        assert_eq!(outcome(&client, &url)["state"], "sealed");
        assert_eq!(
            site.row(&format!("select {} from recording", site.hex("sha256"))),
            hex::encode(tiezheng::app::sha256(&bytes))
        );
    });
}

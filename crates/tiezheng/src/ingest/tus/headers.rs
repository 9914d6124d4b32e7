//! The headers of tus: read strictly, since a wrong one understood as absent would change what is meant.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use sm3::Digest as _;

use super::VERSION;
use crate::error::{Problem, Result};

/// sha1 because tus 1.0 wants every server to have it and common clients know no other. It guards one request against
/// transport errors, nothing else: what a receipt promises rests on SHA-256 and SM3 of the whole.
pub const ALGORITHMS: &str = "sha256,sm3,sha1";
const METADATA_MOST: usize = 8 << 10;

/// A header as text; one that is no ASCII text is refused.
pub fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let wrong = || Problem::refused(400, "upload.header").with("header", name);
    value.to_str().map(|value| Some(value.trim())).map_err(|_| wrong())
}

/// A header as a number of bytes: decimal digits only.
pub fn number(headers: &HeaderMap, name: &str) -> Result<Option<u64>> {
    let wrong = || Problem::refused(400, "upload.header").with("header", name);
    match text(headers, name)? {
        None => Ok(None),
        Some(value) if (1..=18).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit()) => {
            value.parse().map(Some).map_err(|_| wrong())
        }
        Some(_) => Err(wrong()),
    }
}

pub fn check_version(headers: &HeaderMap) -> Result<()> {
    match text(headers, "tus-resumable") {
        Ok(Some(VERSION)) => Ok(()),
        _ => Err(Problem::refused(412, "upload.version").with("version", VERSION)),
    }
}

/// `key base64,key base64,key`: names to texts. Unknown names are kept, they belong to the client.
pub fn metadata(header: Option<&str>) -> Result<Map<String, Value>> {
    let wrong = || Problem::refused(400, "upload.metadata");
    let header = header.unwrap_or("");
    if header.len() > METADATA_MOST {
        return Err(wrong());
    }
    let mut found = Map::new();
    for pair in header.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let bytes = STANDARD.decode(value.trim()).map_err(|_| wrong())?;
        let value = String::from_utf8(bytes).map_err(|_| wrong())?;
        if found.insert(name.to_owned(), value.into()).is_some() {
            return Err(wrong());
        }
    }
    Ok(found)
}

/// The same back as a header.
pub fn metadata_header(metadata: &Value) -> String {
    let pairs = metadata.as_object().into_iter().flatten();
    let pairs = pairs.map(|(name, value)| match value.as_str().unwrap_or("") {
        "" => name.clone(),
        value => format!("{name} {}", STANDARD.encode(value)),
    });
    pairs.collect::<Vec<_>>().join(",")
}

/// What the bytes of one request must digest to.
pub struct Checksum {
    hash: Hash,
    wanted: Vec<u8>,
}

enum Hash {
    Sha(aws_lc_rs::digest::Context),
    Sm3(Box<sm3::Sm3>),
}

/// `Upload-Checksum: algorithm base64`
pub fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>> {
    text(headers, "upload-checksum")?.map(Checksum::parse).transpose()
}

impl Checksum {
    fn parse(header: &str) -> Result<Checksum> {
        let wrong = || Problem::refused(400, "upload.checksum_algorithm").with("allowed", ALGORITHMS);
        let (algorithm, digest) = header.split_once(' ').ok_or_else(wrong)?;
        let sha = |algorithm| Hash::Sha(aws_lc_rs::digest::Context::new(algorithm));
        let (hash, length) = match algorithm {
            "sha256" => (sha(&aws_lc_rs::digest::SHA256), 32),
            "sm3" => (Hash::Sm3(Box::default()), 32),
            "sha1" => (sha(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY), 20),
            _ => return Err(wrong()),
        };
        let wrong = || Problem::refused(400, "upload.header").with("header", "upload-checksum");
        let wanted = STANDARD.decode(digest.trim()).ok().filter(|digest| digest.len() == length).ok_or_else(wrong)?;
        Ok(Checksum { hash, wanted })
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.hash {
            Hash::Sha(context) => context.update(bytes),
            Hash::Sm3(context) => context.update(bytes),
        }
    }

    pub fn holds(self) -> bool {
        match self.hash {
            Hash::Sha(context) => context.finish().as_ref() == self.wanted,
            Hash::Sm3(context) => context.finalize()[..] == self.wanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde_json::json;

    use super::*;

    #[test]
    fn metadata_is_pairs_of_name_and_base64() {
        let found = metadata(Some("filename 546w5Zy6Lm1wNA==, empty,filetype dmlkZW8vbXA0")).unwrap();
        assert_eq!(Value::from(found.clone()), json!({"filename": "现场.mp4", "empty": "", "filetype": "video/mp4"}));
        assert_eq!(metadata(Some(&metadata_header(&Value::from(found.clone())))).unwrap(), found);
        for wrong in ["filename ???", "a Yg==,a Yg==", "a //79", &format!("a {}", "A".repeat(METADATA_MOST))] {
            assert!(metadata(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_checksum_names_its_algorithm() {
        let abc = |header: &str| {
            Checksum::parse(header).map(|mut checksum| {
                checksum.update(b"a");
                checksum.update(b"bc");
                checksum.holds()
            })
        };
        for (header, expected) in [
            ("sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", Ok(true)),
            ("sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa4=", Ok(false)),
            ("sm3 Zsfw9GLu7dnR8tRr3BDk4kFnxIdc8veiKX2gK49LqOA=", Ok(true)),
            ("sm3 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", Ok(false)),
            ("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", Ok(true)),
            ("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J1=", Err("upload.header")),
            ("sha1 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", Err("upload.header")),
            ("md5 kAFQmDzST7DWlj99KOF/cg==", Err("upload.checksum_algorithm")),
            ("sha256", Err("upload.checksum_algorithm")),
            ("sha256 ???", Err("upload.header")),
            ("sha256 AAAA", Err("upload.header")),
        ] {
            assert_eq!(abc(header).map_err(|problem| problem.code), expected.map_err(str::to_owned), "{header}");
        }
    }

    #[test]
    fn numbers_are_digits() {
        for (value, expected) in [
            (&b"0"[..], Some(0)),
            (b"1099511627776", Some(1 << 40)),
            (b"", None),
            (b"-1", None),
            (b"+1", None),
            (b"1e3", None),
            (b"9999999999999999999", None),
            (b"\xff", None),
        ] {
            let headers =
                HeaderMap::from_iter([("upload-length".parse().unwrap(), HeaderValue::from_bytes(value).unwrap())]);
            assert_eq!(number(&headers, "upload-length").ok().flatten(), expected, "{value:?}");
        }
        assert_eq!(number(&HeaderMap::new(), "upload-length").unwrap(), None);
    }
}

//! Published vectors: what we compute is what everybody computes.

use tiezheng_vault::note::{CheckpointText, Kind, Note, Signer, Verifier};
use tiezheng_vault::proof::{self, Hash};
use tiezheng_vault::suite::{Cipher, Suite, hmac_sha256, sha256_of, sm3_of};
use tiezheng_vault::{canonical, commitment};

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

fn hash(text: &str) -> Hash {
    hex(text).try_into().unwrap()
}

#[test]
fn digests() {
    let abc: &[&[u8]] = &[b"a", b"bc"];
    // GB/T 32905 A.1, FIPS 180-4, RFC 4231 case 2
    assert_eq!(sm3_of(abc), hash("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"));
    assert_eq!(sha256_of(abc), hash("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    let mac = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
    assert_eq!(mac, hash("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    assert_ne!(commitment(&[0; 32], b"x"), commitment(&[1; 32], b"x"));
}

#[test]
fn ciphers() {
    // McGrew & Viega, test case 14; RFC 8998 A.1
    let sm_plain = "aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb cccccccccccccccc dddddddddddddddd
                    eeeeeeeeeeeeeeee ffffffffffffffff eeeeeeeeeeeeeeee aaaaaaaaaaaaaaaa";
    let sm_sealed = "17f399f08c67d5ee19d0dc9969c4bb7d 5fd46fd3756489069157b282bb200735
                     d82710ca5c22f0ccfa7cbf93d496ac15 a56834cbcf98c397b4024a2691233b8d
                     83de3541e4c2b58177e065a9bf7b62ec";
    for (suite, key, nonce, aad, plain, sealed) in [
        (
            Suite::Aes,
            "00".repeat(32),
            "00".repeat(12),
            "",
            "00".repeat(16),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919".to_string(),
        ),
        (
            Suite::Sm,
            "0123456789abcdeffedcba9876543210".into(),
            "00001234567800000000abcd".into(),
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            sm_plain.split_whitespace().collect(),
            sm_sealed.split_whitespace().collect(),
        ),
    ] {
        let cipher = Cipher::new(suite, &hex(&key)).unwrap();
        let nonce: [u8; 12] = hex(&nonce).try_into().unwrap();
        let mut out = Vec::new();
        cipher.seal(nonce, &hex(aad), &hex(&plain), &mut out);
        assert_eq!(hex::encode(&out), sealed, "{suite:?}");
        let mut back = vec![0; out.len() - 16];
        assert!(cipher.open(nonce, &hex(aad), &out, &mut back));
        assert_eq!(back, hex(&plain));
        for at in 0..out.len() {
            out[at] ^= 1;
            assert!(!cipher.open(nonce, &hex(aad), &out, &mut back), "{suite:?} byte {at}");
            assert!(back.iter().all(|byte| *byte == 0) || suite == Suite::Aes);
            out[at] ^= 1;
        }
    }
    assert!(Cipher::new(Suite::Aes, &[0; 16]).is_none());
    assert!(Cipher::new(Suite::Sm, &[0; 32]).is_none());
}

/// The eight entries and the roots of the reference implementation of RFC 6962.
const ENTRIES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn leaf_hashes() -> Vec<Hash> {
    ENTRIES.iter().map(|entry| proof::leaf(&hex(entry))).collect()
}

/// The roots of ranges, computed the slow way.
fn roots(leaves: &[Hash], ranges: &[(u64, u64)]) -> Vec<Hash> {
    ranges.iter().map(|(from, to)| proof::root(&leaves[*from as usize..*to as usize])).collect()
}

#[test]
fn rfc_6962_roots() {
    for (size, root) in ROOTS.iter().enumerate() {
        assert_eq!(proof::root(&leaf_hashes()[..size]), hash(root), "{size}");
    }
}

#[test]
fn rfc_6962_inclusion_proofs_of_every_leaf_and_size() {
    // RFC 6962 §2.1.3: in the tree of 7, the proof of leaf d0 is [b, h, l], that of d6 is [i, k].
    assert_eq!(proof::inclusion_ranges(0, 7), [(1, 2), (2, 4), (4, 7)]);
    assert_eq!(proof::inclusion_ranges(6, 7), [(4, 6), (0, 4)]);
    let leaves = leaf_hashes();
    for size in 1..=8 {
        let root = proof::root(&leaves[..size as usize]);
        for index in 0..size {
            let leaf = leaves[index as usize];
            let path = roots(&leaves, &proof::inclusion_ranges(index, size));
            proof::verify_inclusion(index, size, &leaf, &path, &root).unwrap();
            let refused = |i, s, l: &Hash, p: &[Hash], r: &Hash| {
                assert!(proof::verify_inclusion(i, s, l, p, r).is_err(), "{i} of {s}, {} nodes", p.len())
            };
            refused(index, size, &[0; 32], &path, &root);
            refused(index, size, &leaf, &path, &[0; 32]);
            refused(index, size, &leaf, &[&path[..], &[[0; 32]]].concat(), &root);
            refused(size, size, &leaf, &path, &root);
            for drop in 0..path.len() {
                let mut shorter = path.clone();
                shorter.remove(drop);
                refused(index, size, &leaf, &shorter, &root);
                let mut altered = path.clone();
                altered[drop][5] ^= 1;
                refused(index, size, &leaf, &altered, &root);
            }
            for other in (0..size).filter(|other| *other != index) {
                refused(other, size, &leaf, &path, &root);
            }
        }
    }
}

#[test]
fn rfc_6962_consistency_proofs_of_every_pair() {
    // RFC 6962 §2.1.3: PROOF(3, D[7]) = [c, d, g, l], PROOF(4, D[7]) = [l], PROOF(6, D[7]) = [i, j, k].
    assert_eq!(proof::consistency_ranges(3, 7), [(2, 3), (3, 4), (0, 2), (4, 7)]);
    assert_eq!(proof::consistency_ranges(4, 7), [(4, 7)]);
    assert_eq!(proof::consistency_ranges(6, 7), [(4, 6), (6, 7), (0, 4)]);
    let leaves = leaf_hashes();
    for new in 1..=8_u64 {
        for old in 1..new {
            let (old_root, new_root) = (hash(ROOTS[old as usize]), hash(ROOTS[new as usize]));
            let path = roots(&leaves, &proof::consistency_ranges(old, new));
            proof::verify_consistency(old, new, &path, &old_root, &new_root).unwrap();
            let refused = |o, n, p: &[Hash], a: &Hash, b: &Hash| {
                assert!(proof::verify_consistency(o, n, p, a, b).is_err(), "{o} {n}")
            };
            refused(old, new, &path, &[0; 32], &new_root);
            refused(old, new, &path, &old_root, &[0; 32]);
            refused(old, new, &[&path[..], &[[0; 32]]].concat(), &old_root, &new_root);
            refused(new, old, &path, &new_root, &old_root);
            for at in 0..path.len() {
                let mut altered = path.clone();
                altered[at][0] ^= 1;
                refused(old, new, &altered, &old_root, &new_root);
                refused(old, new, &path[..at], &old_root, &new_root);
            }
        }
    }
    let (empty, one) = (hash(ROOTS[0]), hash(ROOTS[1]));
    proof::verify_consistency(0, 1, &[], &empty, &one).unwrap();
    proof::verify_consistency(1, 1, &[], &one, &one).unwrap();
    assert!(proof::verify_consistency(0, 1, &[], &one, &one).is_err());
    assert!(proof::verify_consistency(1, 1, &[], &one, &empty).is_err());
    assert!(proof::verify_consistency(1, 1, &[one], &one, &one).is_err());
}

const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const LINE: &str =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn signed_note_of_the_specification() {
    let signer: Signer = SECRET.parse().unwrap();
    assert_eq!(signer.secret_text(), SECRET);
    assert_eq!(signer.verifier().to_string(), PUBLIC);
    let mut note = Note::unsigned(TEXT.into());
    signer.sign(&mut note, 0);
    assert_eq!(note.to_text(), format!("{TEXT}\n{LINE}"));
    let verifier: Verifier = PUBLIC.parse().unwrap();
    verifier.verify(&Note::parse(note.to_text().as_bytes()).unwrap()).unwrap();
}

#[test]
fn notes_and_keys_that_are_refused() {
    let verifier: Verifier = PUBLIC.parse().unwrap();
    let passes = |text: &str| Note::parse(text.as_bytes()).and_then(|note| verifier.verify(&note)).is_ok();
    let good = format!("{TEXT}\n{LINE}");
    assert!(passes(&good));
    for bad in [
        String::new(),
        TEXT.into(),
        format!("{TEXT}{LINE}"),
        format!("{TEXT}\n"),
        good.trim_end().into(),
        good.replace("you don't", "we don't"),
        good.replace("PeterNeumann", "PeterNewmann"),
        good.replace("x08go/", "x08gp/"),
        good.replace("— ", "- "),
        good.replace("x08go", "x08\tgo"),
        format!("{TEXT}\n— PeterNeumann x08goQ==\n"),
        format!("{good}\n"),
    ] {
        assert!(!passes(&bad), "{bad:?}");
    }
    for bad in [
        "",
        "name",
        "name+00000000+AAAA",
        &PUBLIC.replace("c74f20a3", "c74f20a4"),
        &PUBLIC.replace("Peter", "Peter "),
        &PUBLIC.replace("ARpc", "Ahpc"),
        &PUBLIC[..PUBLIC.len() - 4],
    ] {
        assert!(bad.parse::<Verifier>().is_err(), "{bad}");
        assert!(format!("PRIVATE+KEY+{bad}").parse::<Signer>().is_err(), "{bad}");
    }
    for name in ["", "two words", "a+b"] {
        assert!(Signer::from_seed(name, Kind::Note, [1; 32]).is_err(), "{name:?}");
    }
}

#[test]
fn a_cosignature_binds_its_time() {
    let witness = Signer::from_seed("witness.test", Kind::Cosignature, [5; 32]).unwrap();
    let mut note = Note::unsigned("log.test\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".into());
    witness.sign(&mut note, 1_700_000_000);
    let mut note = Note::parse(note.to_text().as_bytes()).unwrap();
    assert_eq!(witness.verifier().verify(&note).unwrap(), Some(1_700_000_000));
    for at in 0..note.signatures[0].bytes.len() {
        note.signatures[0].bytes[at] ^= 1;
        assert!(witness.verifier().verify(&note).is_err(), "byte {at}");
        note.signatures[0].bytes[at] ^= 1;
    }
    note.signatures[0].bytes.truncate(7);
    assert!(witness.verifier().verify(&note).is_err());
}

#[test]
fn checkpoint_texts() {
    let root = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let good = format!("log.test\n12\n{root}\ntime 5\n");
    let parsed = CheckpointText::parse(&good).unwrap();
    assert_eq!((parsed.size, parsed.signed_ms()), (12, Some(5)));
    assert_eq!(parsed.to_text(), good);
    for bad in [
        good.replace("12", "012"),
        good.replace("12", "+12"),
        good.replace("12", "-1"),
        good.replace("AAA=", "AAB="),
        good.replace("log.test", ""),
        good.replace("time 5", ""),
        good.trim_end().into(),
        "log.test\n12\n".into(),
    ] {
        assert!(CheckpointText::parse(&bad).is_err(), "{bad:?}");
    }
}

#[test]
fn canonical_json() {
    let good = r#"{"a":[1,-2,true,null,"\u001f\n\"\\é中"],"b":{"":9007199254740991}}"#;
    assert_eq!(canonical::to_bytes(&canonical::parse(good.as_bytes()).unwrap()).unwrap(), good.as_bytes());
    for bad in [
        "",
        "{",
        r#"{"b":1,"a":2}"#,
        r#"{"a":1,"a":1}"#,
        r#"{"a": 1}"#,
        "1.5",
        "1e3",
        "-0",
        "01",
        "9007199254740992",
        "18446744073709551616",
        r#""\u0041""#,
        r#""\/""#,
        "[1]\n",
        &"[".repeat(100),
        &format!("{}{}", "[".repeat(70), "]".repeat(70)),
    ] {
        assert!(canonical::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    // RFC 8785 §3.2.3: by UTF-16 code units, where U+1F602 (d83d de02) comes before U+FB33
    let sorted = "{\"\u{1f602}\":1,\"\u{fb33}\":2}";
    assert!(canonical::parse(sorted.as_bytes()).is_ok());
}

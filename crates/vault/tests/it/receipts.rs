//! A receipt proves itself, and no altered receipt does.

use crate::house::*;
use tiezheng_vault::receipt::Receipt;
use tiezheng_vault::{Digests, Leaf, Sealed, Vault, canonical};

/// Seals `bytes` and logs it: what the product does for each recording.
async fn receipt_for(vault: &Vault, plain: &[u8]) -> Receipt {
    let Sealed { digests, .. } = seal(vault, plain, "r").await.unwrap();
    let event = serde_json::json!({"act": "sealed", "digests": digests.to_value(), "name": "现场"});
    let leaf = Leaf { payload: canonical::to_bytes(&event).unwrap(), salt: [9; 32] };
    let size = vault.log().checkpoint().await.unwrap().map_or(0, |checkpoint| checkpoint.size);
    vault.log().extend(size, &[leaf], NOW_MS).await.unwrap();
    vault.log().receipt(size, &[]).await.unwrap()
}

#[tokio::test]
async fn verifies_itself_and_its_file() {
    let house = folder().await;
    house.vault.log().extend(0, &leaves(0..300), NOW_MS).await.unwrap();
    let plain = bytes(3_000_000, 1);
    let receipt = receipt_for(&house.vault, &plain).await;
    let parsed = Receipt::parse(&receipt.to_bytes().unwrap()).unwrap();
    assert_eq!(parsed, receipt);
    let vkey = house.vault.keys().log_verifier();
    let verified = parsed.verify(Some(&vkey)).unwrap();
    assert_eq!((verified.index, verified.size, verified.trusted), (300, 301, true));
    assert_eq!((verified.origin.as_str(), verified.signed_ms), (ORIGIN, Some(NOW_MS)));
    assert!(!parsed.verify(None).unwrap().trusted);
    let other = folder().await.vault.keys().log_verifier();
    assert_eq!(parsed.verify(Some(&other)).unwrap_err().code(), "vault.receipt");

    assert_eq!(parsed.digests(), Digests::from_value(&parsed.event["digests"]));
    parsed.check_file(&plain[..]).unwrap();
    let mut altered = plain.clone();
    altered[1_234_567] ^= 1;
    for wrong in [&plain[1..], &altered[..], b""] {
        assert_eq!(parsed.check_file(wrong).unwrap_err().code(), "vault.receipt");
    }
}

#[tokio::test]
async fn no_bit_can_be_flipped() {
    let house = folder().await;
    house.vault.log().extend(0, &leaves(0..5), NOW_MS).await.unwrap();
    let good = receipt_for(&house.vault, b"file").await.to_bytes().unwrap();
    let passes = |bytes: &[u8]| Receipt::parse(bytes).and_then(|receipt| receipt.verify(None)).is_ok();
    assert!(passes(&good));
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            assert!(!passes(&bad), "bit {bit} of byte {at}: {}", String::from_utf8_lossy(&bad));
        }
        assert!(!passes(&good[..at]), "cut at {at}");
    }
}

#[tokio::test]
async fn receipts_that_are_refused() {
    let house = folder().await;
    let good = receipt_for(&house.vault, b"file").await;
    let text = String::from_utf8(good.to_bytes().unwrap()).unwrap();
    for bad in [
        text.replace("{\"checkpoint", "{ \"checkpoint"),
        text.replace("\"index\":0", "\"index\":0,\"more\":1"),
        text.replace("\"index\":0", "\"index\":-1"),
        text.replace("receipt/1", "receipt/2"),
        text.replace("\"salt\":\"09", "\"salt\":\"0A"),
        text.replace("\"witnesses\":[]", "\"witnesses\":[1]"),
        text.replace("\"proof\":[]", "\"proof\":[\"00\"]"),
        text.trim_end().into(),
        format!("{text}\n"),
        "[]\n".into(),
        String::new(),
        " ".repeat(5 << 20),
    ] {
        assert!(bad != text && Receipt::parse(bad.as_bytes()).is_err(), "{bad:.300}");
    }
    let unknown = Receipt { checkpoint: format!("{}— w.test AAAAAAAA\n", good.checkpoint), ..good.clone() };
    assert!(unknown.verify(None).is_err(), "a signature nobody vouches for");
    let absent = Receipt { witnesses: vec![good.vkey.clone()], ..good.clone() };
    assert!(absent.verify(None).is_err(), "a witness that did not cosign");
    let elsewhere = Receipt { index: 1, ..good.clone() };
    assert!(elsewhere.verify(None).is_err());
    let no_digests = Receipt { event: serde_json::json!({}), ..good };
    assert!(no_digests.check_file(&b"file"[..]).is_err());
}

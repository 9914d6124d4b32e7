//! Canonical JSON: the subset of RFC 8785 (JCS) without fractions. Objects with their keys sorted by
//! UTF-16 code units, no white space, shortest escapes, integers within ±(2^53 − 1).

use crate::error::{Error, Result};
use serde_json::Value;

const DEPTH_MAX: usize = 64;
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// The one sequence of bytes that stands for `value`. Refuses fractions, integers another language
/// would round, and nesting beyond 64.
pub fn to_bytes(value: &Value) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    write(value, &mut out, 0)?;
    Ok(out)
}

/// Parses, and refuses every byte that [`to_bytes`] would not have written (so also double keys).
pub fn parse(bytes: &[u8]) -> Result<Value> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| Error::NotCanonical { detail: "not JSON" })?;
    if to_bytes(&value)? != bytes {
        return Err(Error::NotCanonical { detail: "another spelling" });
    }
    Ok(value)
}

fn write(value: &Value, out: &mut Vec<u8>, depth: usize) -> Result<()> {
    if depth > DEPTH_MAX {
        return Err(Error::NotCanonical { detail: "nested too deep" });
    }
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => {
            let magnitude = number.as_i64().map(i64::unsigned_abs).or(number.as_u64());
            if !number.is_i64() && !number.is_u64() || magnitude.is_none_or(|m| m > INTEGER_MAX) {
                return Err(Error::NotCanonical { detail: "not a safe integer" });
            }
            out.extend_from_slice(number.to_string().as_bytes());
        }
        // serde_json escapes exactly what RFC 8785 §3.2.2.2 asks for, in its shortest form.
        Value::String(text) => serde_json::to_writer(out, text).map_err(|_| Error::NotCanonical { detail: "text" })?,
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write(item, out, depth + 1)?;
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let mut keys: Vec<&String> = members.keys().collect();
            keys.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            out.push(b'{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write(&Value::String(key.clone()), out, depth)?;
                out.push(b':');
                write(&members[key], out, depth + 1)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

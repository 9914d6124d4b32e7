#!/usr/bin/env python3
"""Independent verifier of a Tiezheng log and its receipts. Python standard library only.

Written against RFC 6962, RFC 8032, RFC 8785 and the C2SP documents tlog-tiles, tlog-checkpoint,
signed-note and tlog-cosignature; it shares no code with the product.

    verifier.py log LOG VKEY                     every leaf, every tile, the root, the signature
    verifier.py history LOG VKEY OLD_CHECKPOINT  the log still begins with the older tree
    verifier.py receipt RECEIPT [--vkey VKEY] [--file FILE]

LOG is a folder, or the URL below which `checkpoint` and `tile/` lie. Exit code 0 = verified, 1 = rejected.
"""

import argparse
import base64
import hashlib
import hmac
import json
import pathlib
import sys
import urllib.request


class Rejected(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Rejected(why)


# Ed25519 (RFC 8032), affine twisted Edwards curve in extended coordinates.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    if y >= P:
        return None
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * I % P
    if (x * x - xx) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = add(q, p)
        p = add(p, p)
        n >>= 1
    return q


def point(data):
    y = int.from_bytes(data, "little")
    x = recover_x(y & ~(1 << 255), y >> 255)
    y &= ~(1 << 255)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def ed25519_verify(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = point(public), point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# Signed notes.
def strict_base64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64 has another spelling")
    return data


def parse_vkey(vkey):
    parts = vkey.split("+", 2)
    need(len(parts) == 3, "a vkey has three parts")
    name, key_hash, key = parts[0], parts[1], strict_base64(parts[2])
    need(len(key) == 33 and key[0] in (1, 4), "not an Ed25519 key")
    need(hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] == key_hash, "key hash does not match")
    return name, bytes.fromhex(key_hash), key[0], key[1:]


def parse_note(note):
    split = note.rfind("\n\n")
    need(split >= 0 and note.endswith("\n"), "not a signed note")
    text, lines = note[: split + 1], note[split + 2 : -1].split("\n")
    signatures = []
    for line in lines:
        parts = line.split(" ")
        need(len(parts) == 3 and parts[0] == "\u2014", "malformed signature line")
        data = strict_base64(parts[2])
        need(len(data) > 4, "malformed signature line")
        signatures.append((parts[1], data[:4], data[4:]))
    return text, signatures


def verify_note(text, signatures, vkey):
    name, key_id, kind, public = parse_vkey(vkey)
    for signer, its_id, signature in signatures:
        if (signer, its_id) == (name, key_id):
            message = text.encode()
            if kind == 4:
                time = int.from_bytes(signature[:8], "big")
                message, signature = f"cosignature/v1\ntime {time}\n{text}".encode(), signature[8:]
            need(ed25519_verify(public, message, signature), f"signature of {name} does not verify")
            return
    raise Rejected(f"no signature of {name}")


def checkpoint(note, vkey):
    text, signatures = parse_note(note)
    verify_note(text, signatures, vkey)
    lines = text[:-1].split("\n")
    need(len(lines) >= 3 and all(lines), "malformed checkpoint")
    need(lines[0] == parse_vkey(vkey)[0], "another origin")
    size, root = int(lines[1]), strict_base64(lines[2])
    need(str(size) == lines[1] and size >= 0 and len(root) == 32, "malformed checkpoint")
    return size, root, signatures


# Merkle trees.
def sha256(data):
    return hashlib.sha256(data).digest()


def tree(hashes):
    if not hashes:
        return sha256(b"")
    while len(hashes) > 1:
        pairs = [sha256(b"\x01" + a + b) for a, b in zip(hashes[::2], hashes[1::2])]
        hashes = pairs + ([hashes[-1]] if len(hashes) % 2 else [])
    return hashes[0]


def inclusion_root(index, size, leaf, proof):
    """RFC 6962 by recursion on the size, unlike the product's bitwise form."""
    if size == 1:
        need(not proof, "proof too long")
        return leaf
    need(proof, "proof too short")
    split = 1 << ((size - 1).bit_length() - 1)
    if index < split:
        return sha256(b"\x01" + inclusion_root(index, split, leaf, proof[:-1]) + proof[-1])
    return sha256(b"\x01" + proof[-1] + inclusion_root(index - split, size - split, leaf, proof[:-1]))


# Logs.
class Source:
    def __init__(self, place):
        self.place = place.rstrip("/")

    def get(self, path):
        try:
            if "://" in self.place:
                with urllib.request.urlopen(f"{self.place}/{path}") as answer:
                    return answer.read()
            return (pathlib.Path(self.place) / path).read_bytes()
        except OSError as error:
            raise Rejected(f"{path}: {error}") from error


def tile_path(kind, index, width):
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    return f"tile/{kind}/{'/'.join(groups)}" + ("" if width == 256 else f".p/{width}")


def tiles(source, kind, count, each):
    for index in range(0, (count + 255) // 256):
        width = min(256, count - 256 * index)
        path = tile_path(kind, index, width)
        data = source.get(path)
        need(len(data) == width * each, f"{path}: wrong length")
        yield path, [data[i : i + each] for i in range(0, len(data), each)]


def check_log(source, vkey):
    size, root, _ = checkpoint(source.get("checkpoint").decode(), vkey)
    hashes = []
    for path, entries in tiles(source, "entries", size, 34):
        for entry in entries:
            need(entry[:2] == b"\x00\x20", f"{path}: an entry has 32 bytes")
            hashes.append(sha256(b"\x00" + entry[2:]))
    leaves, level = hashes, 0
    while hashes:
        for number, (path, stored) in enumerate(tiles(source, level, len(hashes), 32)):
            need(stored == hashes[256 * number : 256 * number + len(stored)], f"{path}: a hash differs")
        hashes = [tree(hashes[i : i + 256]) for i in range(0, len(hashes) - 255, 256)]
        level += 1
    need(tree(leaves) == root, "the root is not the signed one")
    return size, leaves


def check_history(source, vkey, old_note):
    size, leaves = check_log(source, vkey)
    old_size, old_root, _ = checkpoint(old_note, vkey)
    need(old_size <= size, f"the log has {size} entries and had {old_size}")
    need(tree(leaves[:old_size]) == old_root, "the log does not begin with the older tree")
    return old_size, size


# Receipts.
def canonical(value):
    def key(item):
        return item[0].encode("utf-16-be")

    if isinstance(value, dict):
        members = (f"{canonical(k)}:{canonical(v)}" for k, v in sorted(value.items(), key=key))
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    need(value is None or isinstance(value, (bool, int, str)), "not canonical JSON")
    return json.dumps(value, ensure_ascii=False)


def check_receipt(data, trusted, file):
    text = data.decode()
    receipt = json.loads(text)
    need(isinstance(receipt, dict) and canonical(receipt) + "\n" == text, "not canonical JSON")
    members = {"checkpoint", "event", "format", "index", "proof", "salt", "vkey", "witnesses"}
    need(set(receipt) == members, "members missing or unknown")
    need(receipt["format"] == "tiezheng-receipt/1", "unknown format")
    need(trusted is None or trusted == receipt["vkey"], "signed by another key than the trusted one")
    size, root, signatures = checkpoint(receipt["checkpoint"], receipt["vkey"])
    parsed = parse_note(receipt["checkpoint"])
    for witness in receipt["witnesses"]:
        need(parse_vkey(witness)[2] == 4, "not a witness key")
        verify_note(*parsed, witness)
    need(len(signatures) == 1 + len(receipt["witnesses"]), "signatures nobody vouches for")
    salt = bytes.fromhex(receipt["salt"])
    proof = [bytes.fromhex(node) for node in receipt["proof"]]
    need(receipt["salt"] == salt.hex() and len(salt) == 32, "malformed salt")
    need(all(len(n) == 32 and n.hex() == t for n, t in zip(proof, receipt["proof"])), "malformed proof")
    need(0 <= receipt["index"] < size, "index beyond the tree")
    commitment = hmac.digest(salt, canonical(receipt["event"]).encode(), "sha256")
    leaf = sha256(b"\x00" + commitment)
    need(inclusion_root(receipt["index"], size, leaf, proof) == root, "the event is not in the tree")
    if file:
        digests = receipt["event"]["digests"]
        content = pathlib.Path(file).read_bytes()
        need(len(content) == digests["size"], "the file has another size")
        need(hashlib.sha256(content).hexdigest() == digests["sha256"], "the file has another SHA-256")
        if "sm3" in hashlib.algorithms_available:
            need(hashlib.new("sm3", content).hexdigest() == digests["sm3"], "the file has another SM3")
    return receipt["index"], size


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("log", "history"):
        command = commands.add_parser(name)
        command.add_argument("log")
        command.add_argument("vkey")
        if name == "history":
            command.add_argument("old")
    command = commands.add_parser("receipt")
    command.add_argument("receipt")
    command.add_argument("--vkey")
    command.add_argument("--file")
    args = parser.parse_args()
    try:
        if args.command == "log":
            print("verified: entries", check_log(Source(args.log), args.vkey)[0])
        elif args.command == "history":
            old = pathlib.Path(args.old).read_text()
            print("verified: entries then and now", *check_history(Source(args.log), args.vkey, old))
        else:
            data = pathlib.Path(args.receipt).read_bytes()
            print("verified: entry, of", *check_receipt(data, args.vkey, args.file))
    except (Rejected, ValueError, KeyError, TypeError, IndexError) as error:
        print("REJECTED:", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

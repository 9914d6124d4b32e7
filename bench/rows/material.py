"""What is measured on: made from seeds, so that every run has the same bytes."""
import pathlib
import struct
import subprocess

BLOCK = 1 << 20


def random_bytes(seed: str, size: int):
    """Pieces of incompressible bytes, as fast as AES goes: video does not compress either."""
    key = seed.encode().hex()[:32].ljust(32, "0")
    stream = subprocess.Popen(["openssl", "enc", "-aes-128-ctr", "-K", key, "-iv", "0" * 32, "-in", "/dev/zero"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        while size > 0:
            piece = stream.stdout.read(min(BLOCK, size))
            size -= len(piece)
            yield piece
    finally:
        stream.stdout.close()
        stream.kill()
        stream.wait()


def write_random(path: pathlib.Path, seed: str, size: int) -> None:
    with path.open("wb") as file:
        for piece in random_bytes(seed, size):
            file.write(piece)


def clip(path: pathlib.Path, seconds: int, size="1920x1080", rate=25, crf=35) -> None:
    """A playable recording without sound, index in front."""
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc=s={size}:r={rate}:d={seconds}",
                    "-c:v", "libx264", "-preset", "ultrafast", "-crf", str(crf), "-g", str(2 * rate), "-pix_fmt",
                    "yuv420p", "-movflags", "+faststart", path], check=True)


def padded(path: pathlib.Path, head: pathlib.Path, seed: str, size: int) -> None:
    """A real MP4 brought to `size` by a `free` box of random bytes: every file differs, every player plays it."""
    with path.open("wb") as file, head.open("rb") as source:
        while piece := source.read(BLOCK):
            file.write(piece)
        rest = size - file.tell()
        if rest < 16:
            raise SystemExit(f"{head} is longer than {size} bytes")
        file.write(struct.pack(">I4sQ", 1, b"free", rest))
        for piece in random_bytes(seed, rest - 16):
            file.write(piece)


def card(folder: pathlib.Path, files: int, size: int) -> int:
    """A camera's card: recordings of one size. Returns the bytes."""
    head = folder.parent / "head.mp4"
    clip(head, 10, size="640x360")
    below = folder / "DCIM/100ANDRO"
    below.mkdir(parents=True)
    for n in range(files):
        padded(below / f"MOV_{20260101 + n // 24}_{n % 24:02}0000.mp4", head, f"card{n}", size)
    head.unlink()
    return files * size


def photos(folder: pathlib.Path, count: int, size: int) -> int:
    """Photos: one real JPEG each, and random bytes behind its end, so that each differs."""
    head = folder.parent / "head.jpg"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=s=640x360", "-frames:v", "1", head],
                   check=True)
    start = head.read_bytes()
    head.unlink()
    noise = iter(random_bytes("photos", count * size))
    kept = b""
    below = None
    for n in range(count):
        if n % 500 == 0:
            below = folder / f"DCIM/{100 + n // 500}ANDRO"
            below.mkdir(parents=True)
        while len(kept) < size:
            kept += next(noise, b"")
        tail, kept = kept[:size - len(start)], kept[size - len(start):]
        (below / f"IMG_{n:05}.jpg").write_bytes(start + tail)
    return count * size

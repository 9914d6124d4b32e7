"""P5: seeking and streaming in a sealed file of 2 GB through an opened look, against nginx and the plain file."""
import random
import shutil
import socket
import statistics
import time

from harness import Bench, Line, Sample, alternate, line, spread, tree_cpu
from rows import material
from rows.media import hour
from rows.nginx import nginx
from rows.product import Installation, Server

RANGE = 64 << 10


class Player:
    """One connection, kept open. Reads no more of HTTP than it needs."""

    def __init__(self, server: Server, path: str):
        self.socket = socket.create_connection(("127.0.0.1", server.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        token = f"Authorization: Bearer {server.token}\r\n" if server.token else ""
        self.head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{token}"
        self.buffer = memoryview(bytearray(1 << 20))

    def get(self, first: int | None = None, last: int | None = None) -> tuple[float, int]:
        """Seconds until the first byte of the body, and the bytes of the body."""
        part = f"Range: bytes={first}-{last}\r\n" if first is not None else ""
        request = f"{self.head}{part}\r\n".encode()
        began = time.perf_counter()
        self.socket.sendall(request)
        head = b""
        while b"\r\n\r\n" not in head or head.endswith(b"\r\n\r\n"):
            piece = self.socket.recv(1 << 16)
            if not piece:
                raise SystemExit("the server hung up")
            head += piece
        took = time.perf_counter() - began
        head, body = head.split(b"\r\n\r\n", 1)
        status = head.split(b" ", 2)[1]
        if status != (b"200" if first is None else b"206"):
            raise SystemExit(head.decode(errors="replace"))
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        left = length - len(body)
        while left > 0:
            read = self.socket.recv_into(self.buffer, min(left, len(self.buffer)))
            if read == 0:
                raise SystemExit("the server hung up")
            left -= read
        return took, length


def playback(bench: Bench) -> list[Line]:
    if not (bench.has("ffmpeg") and bench.has("nginx")):
        return []
    size, requests = bench.sizes.playback_bytes, bench.sizes.requests
    home = bench.folder("playback")
    plain = home / "plain"
    plain.mkdir()
    material.padded(plain / "film.mp4", hour(bench), "playback", size)
    installation = Installation(bench, home / "data")
    recording = installation.sealed(plain)[0]["recording"]
    with installation.serve() as ours, nginx(home, plain) as theirs:
        players = {"ours": (ours, Player(ours, ours.view(recording))), "nginx": (theirs, Player(theirs, "/film.mp4"))}
        for _, player in players.values():
            player.get()  # both files in memory

        def seek(name: str):
            server, player = players[name]

            def run(n: int) -> Sample:
                dice = random.Random(n)
                cpu, took = tree_cpu(server.pid), []
                for _ in range(requests):
                    at = dice.randrange(0, size - RANGE)
                    took.append(player.get(at, at + RANGE - 1)[0])
                # One "request" an eternity of its median: so that rates compare medians of first bytes.
                return Sample(statistics.median(took), (tree_cpu(server.pid) - cpu) / requests, 1)
            return run

        def stream(name: str):
            server, player = players[name]

            def run(_n: int) -> Sample:
                cpu, began = tree_cpu(server.pid), time.perf_counter()
                player.get()
                return Sample(time.perf_counter() - began, tree_cpu(server.pid) - cpu, size)
            return run

        seeks = alternate(bench.sizes.runs, {name: seek(name) for name in players})
        streams = alternate(bench.sizes.runs, {name: stream(name) for name in players})
    shutil.rmtree(home)
    first = lambda samples: statistics.median(sample.wall for sample in samples)  # noqa: E731
    told = lambda s: f"{first(s) * 1e6:.0f} µs, {statistics.median(x.cpu for x in s) * 1e6:.0f} µs CPU a request"  # noqa: E731
    ratio = first(seeks["ours"]) / first(seeks["nginx"])
    both = " / ".join(spread(seeks[name], lambda sample: sample.wall) for name in players)
    return [
        Line("P5", "first byte of 64 KiB, p50", "", "nginx, plain file", told(seeks["nginx"]), told(seeks["ours"]),
             ratio, both, "≤ 1.3×", ratio <= 1.3),
        line("P5", "stream of 2 GB", "", "nginx, plain file", streams["nginx"], streams["ours"], "≥ 0.9×", 0.9),
    ]

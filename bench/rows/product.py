"""The product, driven as an agency would: an installation, a card, a server."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from harness import Bench, Sample, timed

AGENCY = "bench"
FIXTURE = {
    "format": "tiezheng-fixture/1",
    "agencies": [{"id": AGENCY, "name": "性能测试局", "profile": "dalian-ftz"}],
    "people": [{"id": "custodian", "agency": AGENCY, "name": "测试员", "roles": ["custodian"], "account": "custodian",
                "password": "only for the bench"}],
}


def environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("TIEZHENG_")}
    return own | {"TIEZHENG_PASSWORD": "only for the bench", "TIEZHENG_LOG": "error"}


class Installation:
    """A new data folder."""

    def __init__(self, bench: Bench, data: pathlib.Path, fixture: dict = FIXTURE, database: str = "sqlite"):
        self.bench, self.data = bench, data
        shutil.rmtree(data, ignore_errors=True)
        self.say("init", "--data", data, "--admin", "root", "--database", database)
        file = data.with_name(data.name + ".json")
        file.write_text(json.dumps(fixture))
        self.say("load", "--data", data, file)
        file.unlink()

    def say(self, *args) -> str:
        argv = [str(arg) for arg in (self.bench.exe, *args)]
        return subprocess.run(argv, env=environment(), check=True, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True).stdout

    def ingest(self, path: pathlib.Path, amount: float) -> Sample:
        argv = [self.bench.exe, "ingest", "--data", self.data, "--agency", AGENCY, "--json", path]
        return timed(argv, environment(), amount=amount)

    def sealed(self, path: pathlib.Path) -> list[dict]:
        """Ingests; the recordings in the order of their names."""
        report = json.loads(self.say("ingest", "--data", self.data, "--agency", AGENCY, "--json", path))
        return [file for file in report["files"] if file["state"] == "sealed"]

    def verify(self, amount: float, *more) -> Sample:
        return timed([self.bench.exe, "verify", "--depth", "digest", "--json", *more, self.data], environment(),
                     amount=amount)

    def token(self, account: str) -> str:
        told = self.say("admin", "token", "--data", self.data, "--account", account, "--json")
        return json.loads(told)["token"]

    def serve(self, account: str = "custodian") -> "Server":
        return Server([self.bench.exe, "serve", "--data", self.data, "--listen"], self.token(account))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server on loopback, ended with the `with` block."""

    def __init__(self, argv: list, token: str | None = None, listen: str | None = None, port: int | None = None):
        self.port = port or free_port()
        self.token = token
        argv = [str(arg) for arg in argv] + ([] if listen == "" else [f"127.0.0.1:{self.port}"])
        self.process = subprocess.Popen(argv, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{argv[0]} does not answer")

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def pid(self) -> int:
        return self.process.pid

    def ask(self, method: str, path: str, body=None, headers=None) -> tuple[int, dict, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        headers = dict(headers or {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if isinstance(body, dict):
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        told = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        connection.close()
        return told

    def view(self, recording: str) -> str:
        """Opens a look at a recording, which leaves its mark; the path its bytes come from."""
        status, _, body = self.ask("POST", f"/api/recordings/{recording}/views", {"reason": "bench"})
        view = json.loads(body)
        if status != 201 or not view["url"]:
            raise SystemExit(f"no look at {recording}: {status} {body[:300]}")
        return view["url"]

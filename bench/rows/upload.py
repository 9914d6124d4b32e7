"""P1c: four uploads side by side over loopback. Only the server's CPU seconds count: the client shares the machine."""
import base64
import json
import pathlib
import shutil
import socket
import threading
import time

from harness import CPU, Bench, Line, Sample, alternate, line, tree_cpu
from rows import material
from rows.nginx import nginx
from rows.product import Installation, Server, free_port

PARALLEL = 4


def send(server: Server, request: str, headers: dict, file: pathlib.Path) -> None:
    """One request whose body is the file, sent by the kernel."""
    if server.token:
        headers = headers | {"Authorization": f"Bearer {server.token}"}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", server.port)) as connection, file.open("rb") as body:
        connection.sendall(f"{request} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {file.stat().st_size}\r\n"
                           f"{head}\r\n".encode())
        connection.sendfile(body)
        status = connection.recv(4096).split(b" ", 2)[1]
        if status not in (b"201", b"204"):
            raise SystemExit(f"{request}: {status}")


def all_at_once(work, files: list[pathlib.Path]) -> None:
    threads = [threading.Thread(target=work, args=(n, file)) for n, file in enumerate(files)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measured(server: Server, work, files: list[pathlib.Path], amount: float) -> Sample:
    cpu, began = tree_cpu(server.pid), time.perf_counter()
    all_at_once(work, files)
    return Sample(time.perf_counter() - began, tree_cpu(server.pid) - cpu, amount)


def tus(server: Server, where: str, file: pathlib.Path) -> str:
    """creation, then one PATCH; the path of the upload."""
    name = base64.b64encode(file.name.encode()).decode()
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": file.stat().st_size, "Upload-Metadata": f"filename {name}"}
    status, answer, body = server.ask("POST", where, headers=headers)
    if status != 201:
        raise SystemExit(f"POST {where}: {status} {body[:300]}")
    path = "/" + answer["location"].split("://", 1)[-1].split("/", 1)[-1]
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": 0, "Content-Type": "application/offset+octet-stream"}
    send(server, f"PATCH {path}", headers, file)
    return path


def sealed(server: Server, path: str) -> None:
    while True:
        state = json.loads(server.ask("GET", f"{path}/outcome")[2])["state"]
        if state == "sealed":
            return
        if state != "sealing":
            raise SystemExit(f"{path}: {state}")
        time.sleep(0.02)


def upload(bench: Bench) -> list[Line]:
    source = bench.folder("uploads")
    runs, size = bench.sizes.runs, bench.sizes.upload_bytes
    files = [source / f"{n}.bin" for n in range(PARALLEL)]
    amount = PARALLEL * size

    def anew(run: int) -> None:
        for n, file in enumerate(files):
            material.write_random(file, f"{run}x{n}", size)

    def ours(run: int) -> Sample:
        """Until every upload is sealed: hashed, encrypted, durable, read back, in the log."""
        anew(run)
        with Installation(bench, bench.folder("upload-ours") / "data").serve() as server:
            time.sleep(0.5)
            return measured(server, lambda _n, file: sealed(server, tus(server, "/api/uploads", file)), files, amount)

    def plain(_run: int) -> Sample:
        home = bench.folder("upload-nginx")
        (home / "files").mkdir()
        with nginx(home, home / "files", "dav_methods PUT;") as server:
            return measured(server, lambda n, file: send(server, f"PUT /{n}", {}, file), files, amount)

    def node(_run: int) -> Sample:
        home = bench.folder("upload-tus")
        port = free_port()
        script = pathlib.Path(__file__).parents[1] / "tus-server.mjs"
        with Server(["node", script, bench.peers, port, home], listen="", port=port) as server:
            return measured(server, lambda _n, file: tus(server, "/files", file), files, amount)

    all = {"ours": ours}
    if bench.has("nginx"):
        all["nginx PUT"] = plain
    if (bench.peers / "node_modules/@tus/server").exists() and bench.has("node"):
        all["@tus/server"] = node
    got = alternate(runs, all)
    goals = {"nginx PUT": ("≥ 0.85× a CPU second", 0.85), "@tus/server": ("≥ 1.7× a CPU second", 1.7)}
    lines = [line("P1c", "upload until sealed", "", peer, got[peer], got["ours"], *goals[peer], by=CPU)
             for peer in goals if peer in got]
    for name in ("uploads", "upload-ours", "upload-nginx", "upload-tus"):
        shutil.rmtree(bench.dir / name, ignore_errors=True)
    return lines

"""P9: the pages of a city's equipment: 10,000 devices and 3,000 officers in 200 units, over HTTP, kept-open connection."""
import http.client
import statistics
import time
import urllib.parse

from harness import Bench, Line, Sample, alternate, spread, tree_cpu
from rows.product import AGENCY, Installation, Server
from rows.rules import Postgres

UNITS = 200
KINDS = ["body_worn_camera"] * 6 + ["handheld_terminal"] * 2 + ["camcorder", "audio_recorder"]
DAY = 86_400


def day(back: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - back * DAY))


def city(devices: int) -> dict:
    """One agency: brigades with squads, three officers to ten devices, half of the devices in somebody's hands."""
    units = [{"id": f"u-{n:03}", "agency": AGENCY, "parent": None if n == 0 else "u-000" if n % 10 == 0 else f"u-{n // 10 * 10:03}",
              "name": f"第{n}中队", "kind": "squad"} for n in range(UNITS)]
    officers = [{"id": f"p-{n:05}", "agency": AGENCY, "unit": f"u-{n % UNITS:03}", "name": f"警员{n}",
                 "certificate_no": f"C{n:05}"} for n in range(devices * 3 // 10)]
    gear = [{"id": f"d-{n:05}", "agency": AGENCY, "unit": f"u-{n % UNITS:03}", "kind": KINDS[n % len(KINDS)],
             "maker": "示例电子", "model": f"K{n % 7}", "serial_no": f"D26{n:06}", "asset_no": f"ZC-{n:06}",
             "price_fen": 268_000, "acquired_on": day(30 + n * 7 % 2500), "in_use_on": day(20 + n * 7 % 2500),
             "status": "in_use"} for n in range(devices)]
    held = [{"device": f"d-{n:05}", "holder": f"p-{n % len(officers):05}", "from": day(200) + "T08:00:00+08:00", "to": None}
            for n in range(0, devices, 2)]
    done = [{"id": f"a-{n:05}", "agency": AGENCY, "unit": f"u-{n % UNITS:03}", "title": f"巡查{n}", "occasion": "inspection",
             "began": day(1 + n % 365) + "T09:00:00+08:00", "ended": day(1 + n % 365) + "T10:00:00+08:00",
             "officers": [officers[n % len(officers)]["id"]], "devices": [f"d-{n * 3 % devices:05}"], "grounds": []}
            for n in range(devices * 2)]
    leader = {"id": "leader", "agency": AGENCY, "unit": "u-000", "name": "局长", "roles": ["leader"], "account": "leader",
              "password": "only for the bench"}
    return {"format": "tiezheng-fixture/1", "units": units, "people": [leader, *officers], "devices": gear,
            "agencies": [{"id": AGENCY, "name": "性能测试局", "profile": "caofeidian-amr"}],
            "custody": held, "activities": done}


#: what a page asks; the goal of all: an answer well within the 100 ms of an interaction
ASKED = {
    "devices, first page": "/api/devices?limit=100",
    "devices, deep page": "/api/devices?limit=100&cursor=d-08000",
    "devices of a unit": "/api/devices?unit=u-077",
    "devices by name": "/api/devices?q=警员29",
    "devices counted": "/api/devices/facets",
    "one device": "/api/devices/d-05000",
    **{f"due: {due}": f"/api/devices?due={due}" for due in
       ("return", "upkeep", "renewal", "replacement", "idle", "undocked")},
    "sufficiency, agency": "/api/sufficiency",
    "sufficiency, unit": "/api/sufficiency?unit=u-077",
    "gaps": "/api/responsibilities/gaps",
    "officers": "/api/officers?limit=100",
    "workbench": "/api/workbench",
}


def fill(server: Server) -> None:
    """What a file cannot tell: classes of every second unit, and who answers for it."""
    for n in range(0, UNITS, 2):
        unit = f"u-{n:03}"
        for path, body in [
            (f"/api/units/{unit}/statements", {"statements": [{"key": "classes", "value": ["enforcement_body"]}], "reason": "核定"}),
            ("/api/responsibilities", {"unit_id": unit, "duty": "first_responsible", "person_id": f"p-{n:05}"}),
        ]:
            status, _, told = server.ask("POST", path, body)
            if status != 201:
                raise SystemExit(f"{path}: {status} {told[:300]}")


def measured(bench: Bench, engine: str, database: str) -> list[Line]:
    installation = Installation(bench, bench.folder("pages") / "data", city(bench.sizes.devices), database)
    with installation.serve("leader") as server:
        fill(server)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)

        def ask(path: str):
            path = urllib.parse.quote(path, safe="/?=&")

            def run(_n: int) -> Sample:
                cpu, began = tree_cpu(server.pid), time.perf_counter()
                connection.request("GET", path, headers={"Authorization": f"Bearer {server.token}"})
                answer = connection.getresponse()
                body = answer.read()
                took = time.perf_counter() - began
                if answer.status != 200:
                    raise SystemExit(f"{path}: {answer.status} {body[:300]}")
                return Sample(took, tree_cpu(server.pid) - cpu, len(body))
            return run

        # The first time nothing is in memory yet.
        samples = alternate(bench.sizes.runs + 1, {name: ask(path) for name, path in ASKED.items()})
    lines = []
    for name, taken in samples.items():
        wall = statistics.median(sample.wall for sample in taken[1:])
        told = f"{wall * 1e3:.1f} ms, {taken[-1].amount / 1e3:,.0f} kB"
        lines.append(Line("P9", f"{name} ({engine})", "", "", "", told, None,
                          spread(taken[1:], lambda sample: sample.wall), "≤ 100 ms", wall <= 0.1))
    return lines


def pages(bench: Bench) -> list[Line]:
    lines = measured(bench, "SQLite", "sqlite")
    if bench.has("psql"):
        postgres = Postgres()
        try:
            lines += measured(bench, "PostgreSQL", postgres.url)
        finally:
            postgres.close()
    return lines

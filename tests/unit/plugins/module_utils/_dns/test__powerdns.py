# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import socket
import threading
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Connection, Interest, Snapshot
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._error import Raced
from ansible_collections.homelab.network.plugins.module_utils._dns._powerdns import PowerDns
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from ansible_collections.homelab.network.plugins.module_utils._errors import NetworkError

from ..fake_http import FakeHttp, fake_http

API = "/api/v1/servers/localhost"
Answer = tuple[int, dict[str, str], t.Any]
NO_COMMENTS: Answer = (422, {}, {"error": "Hosting backend does not support editing comments."})
LOCKED: Answer = (500, {}, "Internal Server Error")
CONFLICT: Answer = (422, {}, {"error": "RRset a.home.arpa. IN A: Conflicts with pre-existing RRset"})


class FakePowerDns:
    """What the real one of the lab cannot be made to do on demand: be another version or another program, fail.

    `zones`: their RRsets by name; `patches`: what it answers to the next ones, before it takes them; `meanwhile` is
    called before each.
    """

    def __init__(self, kind: str = "authoritative", **answers: Answer) -> None:
        self.zones: dict[str, list[dict[str, t.Any]]] = {"home.arpa.": []}
        self.kinds: dict[str, str] = {}
        self.patches: list[Answer] = []
        self.meanwhile: t.Callable[[], None] = lambda: None
        self.answers: dict[str, Answer] = {
            API: (200, {}, {"daemon_type": kind, "version": "5.0.1"}),
            f"{API}/config": (200, {}, [{"name": "default-soa-content", "value": "ns1.example.org hostmaster.@ 0"}]),
            **{f"{API}/{path}": answer for path, answer in answers.items()},
        }

    def __call__(self, method: str, path: str, body: t.Any) -> Answer:
        path, _mark, _query = path.partition("?")
        if path in self.answers:
            return self.answers[path]
        if path == f"{API}/zones" and method == "POST":
            if body["name"] in self.zones:
                return 409, {}, "Conflict"
            self.zones[body["name"]] = []
            return 201, {}, {}
        if path == f"{API}/zones":
            return 200, {}, [{"name": zone, "id": zone, "kind": self.kinds.get(zone, "Native")} for zone in self.zones]
        return self._zone(method, path.rpartition("/")[2], body)

    def _zone(self, method: str, zone: str, body: t.Any) -> Answer:
        if zone not in self.zones:
            return 404, {}, "Not Found"
        if method == "GET":
            return 200, {}, {"rrsets": self.zones[zone]}
        answer = self.patches.pop(0) if self.patches else (204, {}, "")
        if answer[0] == 204:
            self.zones[zone] += body["rrsets"]
        self.meanwhile()
        return answer


@contextlib.contextmanager
def serving(server: FakePowerDns) -> t.Iterator[tuple[PowerDns, FakeHttp]]:
    with fake_http(server) as http:
        backend = PowerDns(Connection(url=http.url, token="a made-up key", timeout=5))
        yield backend, http
        backend.close()


def names(*found: str, everything: bool = False) -> Interest:
    return Interest(frozenset(found), frozenset(), everything)


def read(server: FakePowerDns, interest: Interest) -> Snapshot:
    with serving(server) as (backend, _http):
        return backend.read(interest)


def failure(server: FakePowerDns) -> str:
    with serving(server) as (backend, http):
        with pytest.raises(NetworkError) as caught:
            backend.read(names("a.home.arpa"))
        assert len(http.requests) == 1
    assert "made-up" not in caught.value.msg
    assert http.url in caught.value.msg
    return caught.value.msg


def rrset(name: str, *values: str, rtype: str = "A") -> dict[str, t.Any]:
    records = [{"content": value, "disabled": False} for value in values]
    return {"name": name, "type": rtype, "ttl": 300, "records": records, "comments": []}


def create(name: str, value: str = "192.0.2.1") -> Change:
    return Change((name, "A"), None, Entry(RecordSet(name, "A", (value,), 300), "home"))


def test_it_reads_the_zones_of_the_names_and_nothing_else() -> None:
    server = FakePowerDns()
    server.zones |= {
        "lab.home.arpa.": [rrset("a.lab.home.arpa.", "192.0.2.2")],
        "example.org.": [rrset("www.example.org.", "192.0.2.3")],
        "home.arpa..inside": [],
        ".": [],
    }
    server.zones["home.arpa."] = [rrset("b.home.arpa.", "192.0.2.1"), rrset("hidden.lab.home.arpa.", "192.0.2.9")]
    with serving(server) as (backend, http):
        snapshot = backend.read(names("x.home.arpa", "a.lab.home.arpa", "elsewhere.test"))
        assert [path for _method, path, *_rest in http.requests] == [
            API,
            f"{API}/zones?dnssec=false",
            f"{API}/zones/home.arpa.",
            f"{API}/zones/lab.home.arpa.",
        ]
        assert {headers["X-API-Key"] for _method, _path, headers, _body in http.requests} == {"a made-up key"}
    assert snapshot.version == "5.0.1"
    assert snapshot.zones == {"home.arpa", "lab.home.arpa"}
    # What a zone holds below the top of another one is never answered.
    assert [entry.record.name for entry in snapshot.entries] == ["b.home.arpa", "a.lab.home.arpa"]
    everything = read(server, names(everything=True))
    assert everything.zones == {"home.arpa", "lab.home.arpa", "example.org"}
    assert read(server, Interest(frozenset(), frozenset({"example.org", "none.test"}), False)).zones == {"example.org"}


@pytest.mark.parametrize("kind", ["Slave", "Secondary", "Consumer"])
def test_copies_of_other_servers_are_not_to_be_written(kind: str) -> None:
    server = FakePowerDns()
    server.kinds["home.arpa."] = kind
    assert kind in read(server, names("a.home.arpa")).read_only["home.arpa"]
    server.kinds["home.arpa."] = "Master"
    assert read(server, names("a.home.arpa")).read_only == {}


@pytest.mark.parametrize(
    ("server", "told"),
    [
        (FakePowerDns("recursor"), "is of the kind recursor, which holds no zones of its own"),
        (FakePowerDns("dnsdist"), "is of the kind dnsdist"),
    ],
)
def test_other_programs_of_the_family(server: FakePowerDns, told: str) -> None:
    assert told in failure(server)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, {}, []), "does not answer like PowerDNS"),
        ((200, {}, {"state": "up"}), "does not answer like PowerDNS"),
        ((200, {"Content-Type": "text/html"}, "<html>"), "is not JSON but text/html"),
        ((401, {}, "Unauthorized"), "refused the API key. Set token"),
        ((403, {}, "Forbidden"), "refused the API key. Set token"),
        ((404, {}, "Not Found"), "has no API there"),
        ((502, {}, "Bad Gateway"), "the server answered 502"),
    ],
)
def test_it_is_no_api(answer: Answer, told: str) -> None:
    server = FakePowerDns()
    server.answers[API] = answer
    assert told in failure(server)


def write(server: FakePowerDns, *changes: Change) -> FakeHttp:
    with serving(server) as (backend, http):
        backend.read(names(*(change.key[0] for change in changes)))
        http.requests.clear()
        try:
            backend.write(changes)
        finally:
            backend.close()
        return http


def calls(http: FakeHttp) -> list[str]:
    return [f"{method} {path.removeprefix(API)}" for method, path, *_rest in http.requests]


def test_a_zone_is_one_request() -> None:
    server = FakePowerDns()
    server.zones["example.org."] = []
    http = write(server, create("a.home.arpa"), create("b.example.org"), create("c.home.arpa"))
    assert calls(http) == [
        "GET /zones/example.org.",
        "PATCH /zones/example.org.",
        "GET /zones/home.arpa.",
        "PATCH /zones/home.arpa.",
    ]
    assert [item["name"] for item in server.zones["home.arpa."]] == ["a.home.arpa.", "c.home.arpa."]


def test_a_body_is_never_more_than_the_server_takes() -> None:
    server = FakePowerDns()
    changes = [create(f"host{number}.home.arpa") for number in range(12000)]
    http = write(server, *changes)
    sizes = [len(data) for method, _path, _headers, data in http.requests if method == "PATCH"]
    assert len(sizes) == 3
    assert max(sizes) < 1_100_000
    assert len(server.zones["home.arpa."]) == 12000


def test_what_others_changed_since_is_not_written_over() -> None:
    server = FakePowerDns()
    server.zones["example.org."] = []

    def others() -> None:
        server.zones["home.arpa."] = [rrset("a.home.arpa.", "192.0.2.9")]

    server.meanwhile = others
    first, second = create("b.example.org"), create("a.home.arpa")
    with pytest.raises(Raced, match=r"others have just changed a\.home\.arpa A") as caught:
        write(server, first, second)
    assert caught.value.applied == (first,)
    assert server.zones["home.arpa."] == [rrset("a.home.arpa.", "192.0.2.9")]


def test_a_conflict_that_was_not_planned_is_a_race() -> None:
    server = FakePowerDns()
    server.patches = [CONFLICT]
    with pytest.raises(Raced, match="cannot stand beside"):
        write(server, create("a.home.arpa"))


def test_a_locked_database_is_asked_again() -> None:
    server = FakePowerDns()
    server.patches = [LOCKED, LOCKED]
    http = write(server, create("a.home.arpa"))
    assert calls(http) == ["GET /zones/home.arpa.", "PATCH /zones/home.arpa."] * 3
    server = FakePowerDns()
    server.patches = [LOCKED] * 9
    with pytest.raises(NetworkError, match="its log says why"):
        write(server, create("a.home.arpa"))
    assert len(server.patches) == 4


def test_what_was_made_before_the_failure_is_not_made_again() -> None:
    server = FakePowerDns()
    changes = [create(f"host{number}.home.arpa") for number in range(6000)]
    server.patches = [(204, {}, ""), LOCKED]

    def mark() -> None:
        for item in server.zones["home.arpa."]:
            item["comments"] = [{"account": "homelab.network", "content": "owner=home"}]

    server.meanwhile = mark
    write(server, *changes)
    found = [item["name"] for item in server.zones["home.arpa."]]
    assert (len(found), len(set(found))) == (6000, 6000)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (NO_COMMENTS, "has no place for comments, so the owner cannot be marked"),
        ((422, {}, {"error": "Name is out of zone"}), "Name is out of zone"),
        ((413, {}, "Too large"), "the server answered 413"),
    ],
)
def test_a_refusal_is_told_once(answer: Answer, told: str) -> None:
    server = FakePowerDns()
    server.patches = [answer]
    with pytest.raises(NetworkError, match=told) as caught:
        write(server, create("a.home.arpa"))
    assert "the zone home.arpa" in caught.value.msg
    assert server.zones["home.arpa."] == []


def test_zones_are_made_once() -> None:
    server = FakePowerDns()
    with serving(server) as (backend, http):
        backend.read(names("a.lab.test"))
        server.zones["made.test."] = []
        http.requests.clear()
        backend.create_zones(["lab.test", "made.test"])
        assert calls(http) == ["GET /config", "POST /zones", "POST /zones", "GET /zones?dnssec=false"]
        backend.write([create("a.lab.test")])
    assert [item["name"] for item in server.zones["lab.test."]] == ["a.lab.test."]


def test_it_hangs_up_on_hosts_that_it_does_not_know() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            # One request, and the one more that a read whose connection broke is worth.
            for _time in range(2):
                connection, _address = listener.accept()
                connection.recv(4096)
                connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        backend = PowerDns(Connection(url=f"http://127.0.0.1:{listener.getsockname()[1]}", token="x", timeout=5))
        with pytest.raises(NetworkError, match="webserver-allow-from"):
            backend.read(names("a.home.arpa"))
        thread.join()
        backend.close()

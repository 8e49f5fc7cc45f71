# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only PowerDNS has, against the real one: RRsets with comments and switches, one PATCH per zone, its errors."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Connection, Interest
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._error import Raced
from ansible_collections.homelab.network.plugins.module_utils._dns._powerdns import PowerDns as Backend
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet

from .conftest import Runner, records
from .powerdns import TOKEN, PowerDns

API = "/api/v1/servers/localhost"
NOTE = {"account": "bob", "content": "the printer", "modified_at": 7}


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[PowerDns]:
    server = PowerDns(tmp_path_factory.mktemp("powerdns"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(_server: PowerDns) -> PowerDns:
    """A PowerDNS without any record set."""
    _server.reset()
    return _server


@pytest.fixture
def run(server: PowerDns) -> Runner:
    """Runs modules against it."""
    return Runner(server)


def held(server: PowerDns, name: str, rtype: str = "A") -> dict[str, t.Any]:
    """An RRset as the API tells it; empty for none."""
    zone = server.zone_of(name)
    found = [
        item
        for item in server.call("GET", f"zones/{zone}.")["rrsets"]
        if (item["name"], item["type"]) == (f"{name}.", rtype)
    ]
    return found[0] if found else {}


def put(server: PowerDns, name: str, rtype: str, *values: str, off: t.Sequence[str] = (), **fields: t.Any) -> None:
    """Make an RRset as somebody else would."""
    made = [{"content": value, "disabled": value in off} for value in (*values, *off)]
    part = {"name": f"{name}.", "type": rtype, "ttl": 600, "changetype": "REPLACE", "records": made, **fields}
    server.call("PATCH", f"zones/{server.zone_of(name)}.", {"rrsets": [part]})


def since(server: PowerDns, before: int) -> list[str]:
    return [f"{method} {path.removeprefix(API)}" for method, path in server.requests()[before:]]


def test_one_task_is_a_handful_of_requests(server: PowerDns, run: Runner) -> None:
    wanted = records("a.home.arpa A 192.0.2.1", "b.home.arpa CNAME a.home.arpa", "c.example.org A 192.0.2.2")
    reading = ["GET /zones", "GET /zones/example.org.", "GET /zones/home.arpa."]
    look = ["GET ", *reading]
    # Threads of the server write its log, each in its own time.
    before = len(server.requests())
    assert run.record(*wanted, check=True)["changed"]
    assert sorted(since(server, before)) == sorted(look)
    before = len(server.requests())
    run.record(*wanted)
    writing = [f"{method} /zones/{zone}." for zone in ("example.org", "home.arpa") for method in ("GET", "PATCH")]
    assert sorted(since(server, before)) == sorted([*look, *writing, *reading])
    before = len(server.requests())
    assert not run.record(*wanted)["changed"]
    assert sorted(since(server, before)) == sorted(look)


@pytest.mark.parametrize(
    ("rtype", "value", "content"),
    [
        ("A", "192.0.2.1", "192.0.2.1"),
        ("AAAA", "2001:DB8:0::1", "2001:db8::1"),
        ("CAA", '0 issue "ca.example.org; x=1"', '0 issue "ca.example.org; x=1"'),
        ("CNAME", "Target.home.arpa", "target.home.arpa."),
        ("HTTPS", "1 . port=8443 alpn=h2,h3", "1 . alpn=h2,h3 port=8443"),
        ("MX", "0 .", "0 ."),
        ("NS", "ns1.example.org.", "ns1.example.org."),
        ("PTR", "host.home.arpa", "host.home.arpa."),
        ("SRV", "0 5 5060 sip.home.arpa", "0 5 5060 sip.home.arpa."),
        ("SVCB", "1 dns.home.arpa ech=AEn+DQ== dohpath=/q{?dns}", '1 dns.home.arpa. ech="AEn+DQ==" key7="/q{?dns}"'),
        ("TXT", 'say "hi"; \\ für', '"say \\"hi\\"; \\\\ f\\195\\188r"'),
        ("TXT", '"two" "parts"', '"two" "parts"'),
        ("TXT", "x" * 300, f'"{"x" * 255}" "{"x" * 45}"'),
    ],
)
def test_values_are_spelled_as_the_server_spells_them(
    server: PowerDns, run: Runner, rtype: str, value: str, content: str
) -> None:
    wanted = {"name": "t.home.arpa", "type": rtype, "value": value, "ttl": 60}
    run.record(wanted)
    assert [item["content"] for item in held(server, "t.home.arpa", rtype)["records"]] == [content]
    assert run.record(wanted)["changed"] is False
    run.record(wanted, state="absent")
    assert held(server, "t.home.arpa", rtype) == {}


def test_the_mark_is_a_comment_beside_those_of_others(server: PowerDns, run: Runner) -> None:
    put(server, "a.home.arpa", "A", "192.0.2.1", off=["192.0.2.8", "192.0.2.9"], comments=[NOTE])
    run.record(*records("a.home.arpa A 192.0.2.1"), on_foreign="take_over")
    found = held(server, "a.home.arpa")
    assert [(item["account"], item["content"]) for item in found["comments"]] == [
        ("bob", "the printer"),
        ("homelab.network", "owner=homelab.network"),
    ]
    assert found["comments"][0]["modified_at"] == 7
    run.record(*records("a.home.arpa A 192.0.2.2 192.0.2.9"))
    found = held(server, "a.home.arpa")
    assert len(found["comments"]) == 2
    assert {(item["content"], item["disabled"]) for item in found["records"]} == {
        ("192.0.2.2", False),
        ("192.0.2.9", False),
        ("192.0.2.8", True),
    }
    assert found["ttl"] == 600
    run.record({"name": "a.home.arpa", "type": "A"}, state="absent")
    assert held(server, "a.home.arpa") == {}


def test_what_is_switched_off_is_somebody_elses(server: PowerDns, run: Runner) -> None:
    put(server, "a.home.arpa", "A", off=["192.0.2.8"])
    result = run.record(*records("a.home.arpa A 192.0.2.1"), fails=True)
    assert "a.home.arpa A 600 (not served) was not made by the owner" in result["msg"]
    assert not run.record(*records("b.home.arpa A 192.0.2.1"), state="exact")["unplanned"]
    assert held(server, "a.home.arpa")["records"] == [{"content": "192.0.2.8", "disabled": True}]


def test_comments_without_records_stand_for_nothing(server: PowerDns, run: Runner) -> None:
    put(server, "a.home.arpa", "A", comments=[NOTE])
    run.record(*records("a.home.arpa A 192.0.2.1"))
    assert [item["account"] for item in held(server, "a.home.arpa")["comments"]] == ["bob", "homelab.network"]


def test_an_alias_and_an_address_change_places_in_one_request(server: PowerDns, run: Runner) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1", "b.home.arpa CNAME a.home.arpa"))
    before = len(server.requests())
    run.record(*records("a.home.arpa CNAME b.home.arpa", "b.home.arpa A 192.0.2.1"), state="exact")
    assert [line for line in since(server, before) if "PATCH" in line] == ["PATCH /zones/home.arpa."]
    assert server.ask("a.home.arpa") == ["192.0.2.1"]
    assert held(server, "a.home.arpa", "CNAME")["records"][0]["content"] == "b.home.arpa."


def test_a_refusal_leaves_the_whole_zone_as_it_was(server: PowerDns, run: Runner) -> None:
    put(server, "x.home.arpa", "ALIAS", "a.home.arpa.")
    result = run.record(*records("a.home.arpa A 192.0.2.1", "x.home.arpa CNAME a.home.arpa"), fails=True)
    assert "x.home.arpa. IN CNAME: Conflicts with pre-existing RRset" in result["msg"]
    assert server.url in result["msg"]
    assert held(server, "a.home.arpa") == {}


def test_more_than_one_request_can_carry(server: PowerDns, run: Runner) -> None:
    wanted = records(*(f"host{number}.home.arpa A 10.1.{number // 250}.{number % 250}" for number in range(10000)))
    before = len(server.requests())
    assert len(run.record(*wanted)["changes"]) == 10000
    assert len([line for line in since(server, before) if "PATCH" in line]) == 3
    assert server.ask("host9999.home.arpa") == ["10.1.39.249"]


def connect(server: PowerDns) -> Backend:
    return Backend(Connection(url=server.url, token=TOKEN))


def test_what_others_wrote_since_the_read_stays(server: PowerDns) -> None:
    backend = connect(server)
    after = Entry(RecordSet("a.home.arpa", "A", ("192.0.2.1",), 300), "home")
    backend.read(Interest(frozenset(["a.home.arpa"]), frozenset(), everything=False))
    server.by_hand("a.home.arpa", "A", "192.0.2.9")
    with pytest.raises(Raced):
        backend.write([Change(("a.home.arpa", "A"), None, after)])
    assert server.ask("a.home.arpa") == ["192.0.2.9"]
    server.by_hand("b.home.arpa", "CNAME", "a.home.arpa")
    with pytest.raises(Raced):
        backend.write([Change(("b.home.arpa", "A"), None, Entry(RecordSet("b.home.arpa", "A", ("192.0.2.1",), 300)))])
    backend.close()


def test_writers_at_the_same_time_lose_nothing(run: Runner) -> None:
    """SQLite has room for one transaction, and the server answers 500 to the others."""

    def write(writer: int) -> None:
        wanted = records(*(f"w{writer}-{number}.home.arpa A 10.2.{writer}.{number}" for number in range(20)))
        run.record(*wanted, owner=f"writer{writer}", timeout=60)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(write, range(4))) == [None] * 4
    found = {item["name"]: item["owner"] for item in run.info(zone="home.arpa")["records"] if item["owned"]}
    assert found == {f"w{writer}-{number}.home.arpa": f"writer{writer}" for writer in range(4) for number in range(20)}


def test_a_zone_is_made(server: PowerDns, run: Runner) -> None:
    wanted = records("a.lab.test A 192.0.2.1", "1.100.51.198.in-addr.arpa PTR a.lab.test")
    zones = ["lab.test", "100.51.198.in-addr.arpa"]
    before = server.writes()
    predicted = run.record(*wanted, create_zones=zones, check=True)
    assert server.writes() == before
    result = run.record(*wanted, create_zones=zones)
    assert result == predicted
    assert result["new_zones"] == sorted(zones)
    assert server.ask("a.lab.test") == ["192.0.2.1"]
    assert server.ask("lab.test", "NS") == ["ns.lab.test"]
    made = server.call("GET", "zones/lab.test.")
    assert made["kind"] == "Native"
    [soa] = [item["records"][0]["content"] for item in made["rrsets"] if item["type"] == "SOA"]
    assert soa.startswith("ns.lab.test. hostmaster.lab.test. ")
    assert not run.record(*wanted, create_zones=zones)["changed"]


def test_a_copy_of_another_server_is_only_read(server: PowerDns, run: Runner) -> None:
    server.call("POST", "zones", {"name": "copy.test.", "kind": "Slave", "masters": ["127.0.0.1:1"]})
    assert "copy.test" in run.info()["zones"]
    before = server.writes()
    for check in (True, False):
        result = run.record(*records("a.copy.test A 192.0.2.1"), check=check, fails=True)
        assert "the zone copy.test cannot be written on this server: it is a copy" in result["msg"]
    assert server.writes() == before


def test_a_wrong_key_is_tried_once(server: PowerDns, run: Runner) -> None:
    before = len(server.requests())
    result = run.record(*records("a.home.arpa A 192.0.2.1"), **server.wrong, fails=True)
    assert "refused the API key. Set token to the value of api-key" in result["msg"]
    assert since(server, before) == ["GET "]


def test_the_url_of_a_part_of_the_api(server: PowerDns, run: Runner) -> None:
    result = run.info(url=f"{server.url}/api", fails=True)
    assert "has no API there" in result["msg"]
    assert "leave /api out of url" in result["msg"]

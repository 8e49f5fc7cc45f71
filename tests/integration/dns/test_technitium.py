# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is Technitium DNS Server's own, against a fake of it."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from pathlib import Path

import pytest

from .conftest import Runner, records
from .fake_api import Answer, Request
from .fake_technitium import FakeTechnitium
from .fake_technitium_zone import Record, Zone

MARK = "homelab.network owner=homelab.network"
WANTED = records("nas.home.arpa A 192.0.2.1")


@pytest.fixture
def technitium(tmp_path: Path) -> t.Iterator[FakeTechnitium]:
    server = FakeTechnitium(tmp_path)
    server.start()
    yield server
    server.stop()
    assert server.undocumented == set()


@pytest.fixture
def run(technitium: FakeTechnitium) -> Runner:
    return Runner(technitium)


def held(server: FakeTechnitium, zone: str = "home.arpa") -> list[str]:
    return [
        f"{item.name} {item.type} {item.ttl} {' '.join(map(str, item.data.values()))}"
        + (" off" if item.disabled else "")
        + (f" ; {item.comments}" if item.comments else "")
        for item in server.held[zone].records
    ]


def alter(server: FakeTechnitium, name: str, **fields: t.Any) -> None:
    """Have other fields in all records of a name."""
    zone = server.held["home.arpa"]
    zone.records = [replace(item, **fields) if item.name == name else item for item in zone.records]


def test_a_zone_is_written_by_one_import(technitium: FakeTechnitium, run: Runner) -> None:
    run.record(
        *records("nas.home.arpa A 192.0.2.1 192.0.2.2", "www.home.arpa CNAME nas.home.arpa"),
        *records("1.2.0.192.in-addr.arpa PTR nas.home.arpa"),
        {"name": "t.home.arpa", "type": "TXT", "value": 'a "quoted" \\ text; with more', "ttl": 60},
        {"name": "c.home.arpa", "type": "CAA", "value": '0 issue "ca.example.org; x=y"'},
        {"name": "h.home.arpa", "type": "HTTPS", "value": "1 . alpn=h2,h3 no-default-alpn"},
    )
    assert technitium.calls("POST") == ["POST /api/zones/import"] * 2
    assert technitium.held["home.arpa"].of("t.home.arpa", "TXT")[0].data["text"] == 'a "quoted" \\ text; with more'
    assert technitium.held["home.arpa"].of("c.home.arpa", "CAA")[0].data["value"] == "ca.example.org; x=y"
    assert held(technitium, "2.0.192.in-addr.arpa") == [f"1.2.0.192.in-addr.arpa PTR 300 nas.home.arpa ; {MARK}"]
    assert technitium.ask("www.home.arpa") == ["192.0.2.1", "192.0.2.2"]
    assert {request.headers.get("content-type") for request in technitium.requests if request.method == "POST"} == {
        "application/x-www-form-urlencoded"
    }
    assert all("token" not in request.form() for request in technitium.requests)


def test_texts_go_with_their_division(technitium: FakeTechnitium, run: Runner) -> None:
    wanted = [
        {
            "name": "t.home.arpa",
            "type": "TXT",
            "values": ['"part one" "part two"', "x" * 300, '"tab\\009and \\"" "\\\\"'],
        }
    ]
    run.record(*wanted)
    texts = [item.data["characterStrings"] for item in technitium.held["home.arpa"].records]
    assert sorted(texts) == [["part one", "part two"], ['tab\tand "', "\\"], ["x" * 255, "x" * 45]]
    assert run.record(*wanted, state="exact", zone="home.arpa")["changed"] is False
    run.record(state="exact", zone="home.arpa", allow_empty=True)
    assert held(technitium) == []


def test_what_comes_with_a_record_stays_when_it_changes(technitium: FakeTechnitium, run: Runner) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1 192.0.2.2", "sub.home.arpa NS ns1.sub.home.arpa"))
    alter(technitium, "a.home.arpa", comments=f"first floor {MARK}", expiry=86400)
    alter(technitium, "sub.home.arpa", glue=("192.0.2.53",))
    del technitium.requests[:]
    run.record(
        {"name": "a.home.arpa", "type": "A", "values": ["192.0.2.1", "192.0.2.3"], "ttl": 600},
        {"name": "sub.home.arpa", "type": "NS", "value": "ns1.sub.home.arpa", "ttl": 600},
    )
    assert sorted(held(technitium)) == [
        f"a.home.arpa A 600 192.0.2.1 ; {MARK} first floor",
        f"a.home.arpa A 600 192.0.2.3 ; {MARK}",
        f"sub.home.arpa NS 600 ns1.sub.home.arpa ; {MARK}",
    ]
    found = {item.data.get("ipAddress"): item for item in technitium.held["home.arpa"].records}
    assert (found["192.0.2.1"].expiry, found["192.0.2.3"].expiry, found[None].glue) == (86400, 0, ("192.0.2.53",))
    assert technitium.calls("POST") == ["POST /api/zones/import", *["POST /api/zones/records/update"] * 2]


def test_comments_and_switched_off_records_of_others_stay(technitium: FakeTechnitium, run: Runner) -> None:
    zone = technitium.held["home.arpa"]
    zone.records = [
        Record("a.home.arpa", "A", 300, {"ipAddress": "192.0.2.1"}, comments='{"odd": 1}\nline \\n two'),
        Record("a.home.arpa", "A", 300, {"ipAddress": "192.0.2.9"}, comments="later", disabled=True),
        Record("b.home.arpa", "A", 300, {"ipAddress": "192.0.2.5"}, disabled=True),
        Record("other.home.arpa", "ANAME", 300, {"aname": "example.org"}),
    ]
    assert "(not served)" in run.record(*records("b.home.arpa A 192.0.2.5"), fails=True)["msg"]
    run.record(*records("a.home.arpa A 192.0.2.1", "b.home.arpa A 192.0.2.5"), on_foreign="take_over")
    assert held(technitium) == [
        "other.home.arpa ANAME 300 example.org",
        f'a.home.arpa A 300 192.0.2.1 ; {MARK} {{"odd": 1}}\nline \\n two',
        "a.home.arpa A 300 192.0.2.9 off ; later",
        f"b.home.arpa A 300 192.0.2.5 ; {MARK}",
    ]


def test_an_address_does_not_take_its_reverse_record_along(technitium: FakeTechnitium, run: Runner) -> None:
    reverse = records("1.2.0.192.in-addr.arpa PTR nas.home.arpa", "2.2.0.192.in-addr.arpa PTR nas.home.arpa")
    technitium.by_hand("1.2.0.192.in-addr.arpa", "PTR", "nas.home.arpa")
    run.record(*records("nas.home.arpa A 192.0.2.1 192.0.2.2", "nas.home.arpa AAAA 2001:db8::1"), reverse[1])
    run.record(*records("nas.home.arpa A 192.0.2.1"))
    run.record(*({"name": "nas.home.arpa", "type": rtype} for rtype in ("A", "AAAA")), state="absent")
    assert held(technitium) == []
    assert len(technitium.held["2.0.192.in-addr.arpa"].records) == 2


def test_removal_that_was_cut_off_is_completed(technitium: FakeTechnitium, run: Runner) -> None:
    run.record(*WANTED)
    technitium.denied = {("home.arpa", "Delete")}
    message = run.record(state="exact", zone="home.arpa", allow_empty=True, fails=True)["msg"]
    assert "zones/records/delete nas.home.arpa A home.arpa: access was denied. Allow the token's user View" in message
    assert held(technitium) == [f"nas.home.arpa A 300 0.0.0.0 off ; {MARK}"]
    technitium.denied = set()
    assert len(run.record(state="exact", zone="home.arpa", allow_empty=True)["changes"]) == 1
    assert held(technitium) == []


def test_a_signed_zone_takes_no_switched_off_records(technitium: FakeTechnitium, run: Runner) -> None:
    technitium.held["home.arpa"].signed = True
    run.record(*WANTED)
    run.record(state="exact", zone="home.arpa", allow_empty=True)
    assert held(technitium) == []


def test_an_alias_takes_the_place_of_addresses_and_gives_it_back(technitium: FakeTechnitium, run: Runner) -> None:
    both = records("a.home.arpa A 192.0.2.1", "a.home.arpa AAAA 2001:db8::1")
    run.record(*both, state="exact", zone="home.arpa")
    run.record(*records("a.home.arpa CNAME nas.home.arpa"), state="exact", zone="home.arpa")
    assert held(technitium) == [f"a.home.arpa CNAME 300 nas.home.arpa ; {MARK}"]
    run.record(*both, state="exact", zone="home.arpa")
    assert [item.type for item in technitium.held["home.arpa"].records] == ["A", "AAAA"]


def test_names_of_a_closer_zone_do_not_land_in_its_parent(technitium: FakeTechnitium, run: Runner) -> None:
    technitium.held["lab.home.arpa"] = Zone("lab.home.arpa", "Secondary")
    wanted = records("a.lab.home.arpa A 192.0.2.1", "a.home.arpa A 192.0.2.1")
    message = run.record(*wanted, fails=True)["msg"]
    assert "the zone lab.home.arpa cannot be written on this server: it is of type Secondary" in message
    technitium.held["lab.home.arpa"] = Zone("lab.home.arpa")
    run.record(*wanted)
    assert held(technitium, "lab.home.arpa") == [f"a.lab.home.arpa A 300 192.0.2.1 ; {MARK}"]
    built_in = records("1.0.0.127.in-addr.arpa PTR nas.home.arpa")
    assert "it is built in. Leave its names out" in run.record(*built_in, fails=True)["msg"]


def test_what_a_closer_zone_hides_is_not_there(technitium: FakeTechnitium, run: Runner) -> None:
    glue = Record("ns.lab.home.arpa", "A", 300, {"ipAddress": "192.0.2.9"}, comments=MARK)
    technitium.held["home.arpa"].records = [glue]
    technitium.held["lab.home.arpa"] = Zone("lab.home.arpa")
    technitium.by_hand("ns.lab.home.arpa", "A", "192.0.2.1")
    found = run.info()["records"]
    assert [(item["name"], item["value"], item["owner"]) for item in found] == [
        ("ns.lab.home.arpa", ["192.0.2.1"], None)
    ]
    wanted = records("ns.lab.home.arpa A 192.0.2.9", "a.home.arpa A 192.0.2.2")
    assert "ns.lab.home.arpa A 300 192.0.2.1 was not made by" in run.record(*wanted, fails=True)["msg"]
    assert technitium.held["home.arpa"].records == [glue]


def test_a_zone_that_vanishes_is_not_mistaken_for_its_parent(technitium: FakeTechnitium, run: Runner) -> None:
    technitium.held["lab.home.arpa"] = Zone("lab.home.arpa")

    def vanish(request: Request) -> Answer:
        if request.path == "/api/zones/records/get":
            technitium.held.pop("lab.home.arpa", None)
        return FakeTechnitium.answer(technitium, request)

    technitium.answer = vanish  # type: ignore[method-assign]  # the test is in between
    message = run.record(*records("a.lab.home.arpa A 192.0.2.1"), fails=True)["msg"]
    assert "was asked for the zone lab.home.arpa and gave home.arpa" in message


def test_forwarding_has_a_zone_of_its_own(technitium: FakeTechnitium, run: Runner) -> None:
    wanted = records("k8s.home.arpa FWD 198.51.100.1 198.51.100.2", "corp.test FWD 198.51.100.3")
    run.record(*wanted)
    assert technitium.calls("POST") == [
        "POST /api/zones/create",
        "POST /api/zones/records/add",
        "POST /api/zones/create",
        "POST /api/zones/records/add",
        "POST /api/zones/records/add",
    ]
    assert technitium.held["k8s.home.arpa"].type == "Forwarder"
    assert run.record(*wanted, state="exact")["changed"] is False
    run.record(*records("k8s.home.arpa FWD 198.51.100.2 198.51.100.4"))
    assert [item.data["forwarder"] for item in technitium.held["k8s.home.arpa"].records] == [
        "198.51.100.2",
        "198.51.100.4",
    ]
    technitium.by_hand("pin.k8s.home.arpa", "A", "192.0.2.1")
    run.record(*WANTED, state="exact", scope=["home.arpa", "corp.test"])
    assert "corp.test" not in technitium.held
    # What somebody else put into the zone stays, and so does the zone.
    assert [item.name for item in technitium.held["k8s.home.arpa"].records] == ["pin.k8s.home.arpa"]


def test_forwarding_by_hand_keeps_its_settings(technitium: FakeTechnitium, run: Runner) -> None:
    technitium.by_hand("corp.test", "FWD", "198.51.100.1", "198.51.100.2")
    zone = technitium.held["corp.test"]
    settings = {"priority": 5, "proxyType": "NoProxy", "dnssecValidation": True}
    zone.records = [replace(item, data={**item.data, **settings}, comments="office") for item in zone.records]
    zone.records[1].data["protocol"] = "Tls"
    wanted = records("corp.test FWD 198.51.100.1")
    assert "corp.test FWD 198.51.100.1 198.51.100.2 (Tls)" in run.record(*wanted, fails=True)["msg"]
    run.record(*wanted, on_foreign="take_over")
    assert [(item.comments, item.data) for item in technitium.held["corp.test"].records] == [
        (f"{MARK} office", {"protocol": "Udp", "forwarder": "198.51.100.1", **settings})
    ]


def test_a_zone_that_is_answered_here_is_not_forwarded(technitium: FakeTechnitium, run: Runner) -> None:
    for check in (True, False):
        message = run.record(*WANTED, *records("example.org FWD 198.51.100.1"), check=check, fails=True)["msg"]
        assert "the server answers example.org itself, as a zone of type Primary" in message
    assert technitium.writes() == 0


@pytest.mark.parametrize(
    "denied", [("Zones", "Modify"), ("home.arpa", "Modify"), ("home.arpa", "View"), ("Zones", "View")]
)
def test_a_right_that_is_missing(technitium: FakeTechnitium, run: Runner, denied: tuple[str, str]) -> None:
    technitium.denied = {denied}
    technitium.held["home.arpa"].disabled = True
    message = run.record(*WANTED, fails=True)["msg"]
    # A zone that may not be seen is not in the list.
    assert "access was denied. Allow" in message or "the server has no zone for nas.home.arpa A" in message
    assert held(technitium) == []


def test_a_wrong_token_is_tried_once(technitium: FakeTechnitium, run: Runner) -> None:
    message = run.record(*WANTED, token="0123", fails=True)["msg"]
    assert "refused the token: it is unknown, or was deleted. Make one in its web console" in message
    assert len(technitium.requests) == 1


def test_other_versions_and_other_servers(technitium: FakeTechnitium, run: Runner) -> None:
    technitium.version = "14.3"
    assert "is version 14.3; at least 15.0 is needed. Update it" in run.record(*WANTED, fails=True)["msg"]
    url = f"{technitium.url}/elsewhere"
    assert "has no API there. Is it the URL of its web console?" in run.record(*WANTED, url=url, fails=True)["msg"]


def test_what_is_accepted_and_not_there(technitium: FakeTechnitium, run: Runner) -> None:
    def forget(request: Request) -> Answer:
        if request.path == "/api/zones/import":
            return Answer(200, {"status": "ok", "response": {}})
        return FakeTechnitium.answer(technitium, request)

    technitium.answer = forget  # type: ignore[method-assign]  # a success that is none
    message = run.record(*WANTED, fails=True)["msg"]
    assert "nas.home.arpa A: expected 192.0.2.1 (owner: homelab.network), found no record set" in message


def test_an_error_of_the_server_is_told(run: Runner) -> None:
    message = run.record({"name": "a.home.arpa", "type": "A", "value": "192.0.2.1", "ttl": 700000}, fails=True)["msg"]
    assert message.endswith("zones/import home.arpa: Cannot set record: TTL cannot be greater than SOA EXPIRE.")


def test_a_disabled_zone_is_told_of(technitium: FakeTechnitium, run: Runner) -> None:
    technitium.held["home.arpa"].disabled = True
    assert "answers nothing of the zone home.arpa: it is disabled" in str(run.record(*WANTED)["warnings"])


def test_zones_are_made_reverse_ones_too(technitium: FakeTechnitium, run: Runner) -> None:
    run.record(
        *records("a.new.test A 198.51.100.7", "7.100.51.198.in-addr.arpa PTR a.new.test"),
        create_zones=["new.test", "100.51.198.in-addr.arpa"],
    )
    assert held(technitium, "100.51.198.in-addr.arpa") == [f"7.100.51.198.in-addr.arpa PTR 300 a.new.test ; {MARK}"]
    assert technitium.held["new.test"].type == "Primary"

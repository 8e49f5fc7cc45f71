# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only CoreDNS does: texts in a folder, zone files by hand, server blocks of others."""

from __future__ import annotations

import random
import re
import typing as t
from concurrent.futures import ThreadPoolExecutor

import dns.message
import dns.query
import dns.rcode
import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns import _txt

from tests.integration.waiting import eventually

from .conftest import Runner, records
from .coredns import CoreDns
from .server import ask

ZONES: dict[str, t.Any] = {"create_zones": ["home.arpa"]}
# Names that rest on the line before, on the origin and on the default TTL; times with units; parentheses.
BY_HAND = """\
$TTL 1h ; a default
@   IN SOA ns hostmaster (
        2026112101 ; serial
        2h 30m 2w
        1m )
    IN NS ns
ns  60 A 192.0.2.53
nas A 192.0.2.1
    A 192.0.2.2
    TXT "a;b" word

$ORIGIN lab.home.arpa.
www CNAME @
@   10m IN A 192.0.2.3
mail.home.arpa. IN 5m MX 10 nas.home.arpa.
"""
BLOCK = "home.arpa {{\n    file {custom}/home.arpa.zone\n}}\n"


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[CoreDns]:
    server = CoreDns(tmp_path_factory.mktemp("coredns"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def coredns(_server: CoreDns) -> CoreDns:
    """The server, with an empty folder."""
    _server.reset()
    return _server


@pytest.fixture
def on(coredns: CoreDns) -> Runner:
    """Runs modules against the server."""
    return Runner(coredns)


def text(server: CoreDns, name: str) -> str:
    """A text of the folder."""
    return (server.custom / name).read_text(encoding="utf-8")


def by_hand(server: CoreDns, zone: str = BY_HAND) -> None:
    """A zone that somebody else made."""
    (server.custom / "home.arpa.zone").write_text(zone, encoding="utf-8")
    (server.custom / "mine.server").write_text(BLOCK.format(custom=server.custom), encoding="utf-8")


def test_a_zone_is_made_and_read_anew_by_its_serial(on: Runner, coredns: CoreDns) -> None:
    """Nothing tells the plugin "file" of a change but its own look at the serial, every ten seconds."""
    on.record(*records("a.home.arpa A 192.0.2.1"), **ZONES)
    assert coredns.ask("a.home.arpa") == ["192.0.2.1"]
    first = re.search(r"SOA .* (\d+) 7200", text(coredns, "home.arpa.zone"))
    assert first
    on.record(*records("a.home.arpa A 192.0.2.2"), **ZONES)
    second = re.search(r"SOA .* (\d+) 7200", text(coredns, "home.arpa.zone"))
    assert second
    assert int(second.group(1)) > int(first.group(1))
    eventually(lambda: ask(coredns.port, "a.home.arpa", "A") == ["192.0.2.2"], seconds=30)


def test_texts_of_any_octets_are_answered_as_they_are(on: Runner, coredns: CoreDns) -> None:
    chance = random.Random(7)  # noqa: S311  # made-up texts, the same each time
    wanted = [
        {
            "name": f"t{number}.home.arpa",
            "type": "TXT",
            "value": _txt.spell([chance.randbytes(20), chance.randbytes(9)]),
        }
        for number in range(100)
    ]
    on.record(*wanted, **ZONES)
    assert [coredns.ask(item["name"], "TXT") for item in wanted] == [[item["value"]] for item in wanted]
    assert on.record(*wanted, state="exact", **ZONES)["changed"] is False


def test_a_zone_file_by_hand_is_read_and_kept(on: Runner, coredns: CoreDns) -> None:
    by_hand(coredns)
    found = {(item["name"], item["type"]): (item["value"], item["ttl"]) for item in on.info()["records"]}
    assert found == {
        ("lab.home.arpa", "A"): (["192.0.2.3"], 600),
        ("mail.home.arpa", "MX"): (["10 nas.home.arpa"], 300),
        ("nas.home.arpa", "A"): (["192.0.2.1", "192.0.2.2"], 3600),
        ("nas.home.arpa", "TXT"): (['"a;b" "word"'], 3600),
        ("ns.home.arpa", "A"): (["192.0.2.53"], 60),
        ("www.lab.home.arpa", "CNAME"): (["lab.home.arpa"], 3600),
    }
    wanted = records("new.home.arpa A 192.0.2.9")
    assert on.record(*wanted, state="exact")["changed"]
    kept = BY_HAND.replace("2026112101", "2026112102")
    assert text(coredns, "home.arpa.zone").startswith(kept)
    assert coredns.ask("www.lab.home.arpa") == ["192.0.2.3"]
    assert "was not made by" in on.record(*records("nas.home.arpa A 192.0.2.9"), fails=True)["msg"]


def test_what_a_closer_zone_hides_is_not_there(on: Runner, coredns: CoreDns) -> None:
    """The addresses of a zone's name servers stand in the zone around it as well."""
    on.record(*records("ns.lab.home.arpa A 192.0.2.1"), create_zones=["home.arpa", "lab.home.arpa"])
    file = coredns.custom / "home.arpa.zone"
    glue = "ns.lab.home.arpa. 60 A 192.0.2.9\nns2.lab.home.arpa. 60 A 192.0.2.9\n"
    file.write_text(file.read_text(encoding="utf-8") + glue, encoding="utf-8")
    assert [(item["name"], item["value"]) for item in on.info()["records"]] == [("ns.lab.home.arpa", ["192.0.2.1"])]
    on.record(*records("a.home.arpa A 192.0.2.2", "ns2.lab.home.arpa A 192.0.2.3"))
    assert coredns.ask("ns2.lab.home.arpa") == ["192.0.2.3"]
    assert glue in file.read_text(encoding="utf-8")


def test_lines_that_rest_on_one_that_goes_away_stand_by_themselves(on: Runner, coredns: CoreDns) -> None:
    by_hand(coredns)
    on.record(*records("nas.home.arpa A 192.0.2.9"), on_foreign="take_over")
    assert coredns.ask("nas.home.arpa") == ["192.0.2.9"]
    assert coredns.ask("nas.home.arpa", "TXT") == ['"a;b" "word"']
    assert 'nas.home.arpa. 3600 IN TXT "a;b" "word"\n' in text(coredns, "home.arpa.zone")
    on.record(*records("nas.home.arpa A"), state="absent")
    assert coredns.ask("nas.home.arpa") == []
    assert coredns.ask("ns.home.arpa") == ["192.0.2.53"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("$INCLUDE other.zone\n", "line 16: $INCLUDE cannot be followed"),
        ("a A 192.0.2.x\n", "line 16: a.lab.home.arpa A: "),
        ("a TXT (\n", "line 16: a parenthesis is not closed"),
        ('a TXT "x\n', 'line 16: " does not begin anything that ends on the line'),
        ("a\n", "line 16: it is no record"),
    ],
)
def test_a_zone_file_that_cannot_be_read_is_not_written(on: Runner, coredns: CoreDns, line: str, why: str) -> None:
    by_hand(coredns, BY_HAND + line)
    message = on.record(*records("b.home.arpa A 192.0.2.1"), fails=True)["msg"]
    assert f"cannot read the zone file home.arpa.zone: {why}" in message
    assert text(coredns, "home.arpa.zone") == BY_HAND + line


def test_a_zone_is_forwarded(on: Runner, coredns: CoreDns) -> None:
    """Nobody listens there: the failure shows that it is asked."""
    wanted = records("corp.example.org FWD 127.0.0.253 ::1")
    assert on.record(*wanted, create_zones=[])["changed"]
    coredns.load()
    question = dns.message.make_query("x.corp.example.org", "A")
    answer = dns.query.udp(question, "127.0.0.1", port=coredns.port, timeout=10)
    assert answer.rcode() in (dns.rcode.SERVFAIL, dns.rcode.REFUSED)
    state = coredns.writes()
    assert on.record(*wanted, state="exact", create_zones=[])["changed"] is False
    assert coredns.writes() == state
    assert [item["value"] for item in on.info()["records"]] == [["127.0.0.253", "::1"]]
    on.record(*wanted, state="absent", create_zones=[])
    assert [path.name for path in coredns.custom.iterdir()] == []
    coredns.load()


def test_server_blocks_of_others_stay(on: Runner, coredns: CoreDns) -> None:
    theirs = (
        "# by hand\nfwd.test { # note\n    forward . dns://192.0.2.1:53 tls://192.0.2.2\n}\n\nhosts.test, b.test {\n"
    )
    theirs += "    hosts {\n        192.0.2.3 a.hosts.test\n    }\n}\n"
    (coredns.custom / "theirs.server").write_text(theirs, encoding="utf-8")
    assert [item["value"] for item in on.info()["records"]] == [["192.0.2.1", "tls://192.0.2.2"]]
    for check in (True, False):
        message = on.record(*records("a.hosts.test A 192.0.2.4"), create_zones=["hosts.test"], check=check, fails=True)
        assert (
            "hosts.test cannot hold record sets: a server block in theirs.server (plugins: hosts) answers it"
            in message["msg"]
        )
        message = on.record(*records("b.test FWD 192.0.2.4"), check=check, fails=True)
        assert "b.test FWD: CoreDNS at" in message["msg"]
        message = on.record(*records("fwd.test FWD 192.0.2.4"), check=check, fails=True)
        assert "was not made by the owner" in message["msg"]
    on.record(*records("fwd.test FWD 192.0.2.4"), on_foreign="take_over")
    assert text(coredns, "theirs.server").endswith(theirs[theirs.index("\nhosts.test") :])
    assert "    forward . 192.0.2.4\n" in text(coredns, "theirs.server")
    assert coredns.ask("a.hosts.test") == ["192.0.2.3"]


def test_a_zone_is_not_forwarded_as_well(on: Runner, coredns: CoreDns) -> None:
    for check in (True, False):
        message = on.record(*records("home.arpa FWD 192.0.2.1"), check=check, fails=True, **ZONES)["msg"]
        assert "home.arpa would have two server blocks, in home.arpa.server, with which CoreDNS does not" in message
        assert list(coredns.custom.iterdir()) == []
    on.record(*records("a.home.arpa A 192.0.2.1"), **ZONES)
    for check in (True, False):
        message = on.record(*records("home.arpa FWD 192.0.2.1"), check=check, fails=True, create_zones=[])["msg"]
        assert "home.arpa would have two server blocks" in message


@pytest.mark.parametrize(
    ("theirs", "zone", "where"),
    [
        ("home.arpa {\n    forward . 192.0.2.1\n}\n", "home.arpa", "in home.arpa.server and lan.server, with which"),
        (
            "dns://192.0.2.0/24 {\n    forward . 192.0.2.1\n}\n",
            "2.0.192.in-addr.arpa",
            "in 2.0.192.in-addr.arpa.server and lan.server, with which",
        ),
        ("192.0.2.0/23 {\n    whoami\n}\n", "3.0.192.in-addr.arpa", "a server block in lan.server (plugins: whoami)"),
        (
            "home.arpa {\n    log\n    forward . 192.0.2.1\n}\n",
            "home.arpa",
            "a server block in lan.server (plugins: forward, log)",
        ),
    ],
    ids=["forwarding", "reverse forwarding", "a block of addresses", "forwarding beside others"],
)
def test_a_second_server_block_for_a_zone_is_refused(
    on: Runner, coredns: CoreDns, theirs: str, zone: str, where: str
) -> None:
    """CoreDNS does not start with such a pair, which ends all name resolution."""
    (coredns.custom / "lan.server").write_text(theirs, encoding="utf-8")
    options: dict[str, t.Any]
    for options in ({"check": True}, {}, {"on_foreign": "take_over"}):
        message = on.record(*records(f"a.{zone} TXT x"), create_zones=[zone], fails=True, **options)["msg"]
        assert where in message
    assert [path.name for path in coredns.custom.iterdir()] == ["lan.server"]
    coredns.load()


def test_a_zone_that_is_only_named_is_not_made(on: Runner, coredns: CoreDns) -> None:
    (coredns.custom / "lan.server").write_text("home.arpa {\n    forward . 192.0.2.1\n}\n", encoding="utf-8")
    assert on.info(zone="home.arpa")["records"][0]["value"] == ["192.0.2.1"]
    absent = {"zone": "home.arpa", "create_zones": [], "state": "absent"}
    assert on.record(*records("a.home.arpa A"), **absent)["changed"] is False


def test_what_the_corefile_answers_is_left_to_it(on: Runner, coredns: CoreDns) -> None:
    for check in (True, False):
        message = on.record(*records("a.ready.invalid TXT x"), create_zones=["ready.invalid"], check=check, fails=True)
        assert "ready.invalid cannot hold record sets: a server block of its Corefile answers it" in message["msg"]
        message = on.record(*records("ready.invalid FWD 192.0.2.1"), create_zones=[], check=check, fails=True)
        assert "a server block of its Corefile answers it" in message["msg"]
    assert list(coredns.custom.iterdir()) == []


def test_a_zone_takes_the_place_of_its_forwarding(on: Runner, coredns: CoreDns) -> None:
    on.record(*records("home.arpa FWD 192.0.2.1"), create_zones=[])
    wanted = records("a.home.arpa A 192.0.2.1")
    preview = on.record(*wanted, state="exact", check=True, **ZONES)
    result = on.record(*wanted, state="exact", **ZONES)
    assert (result["changes"], result["diff"]) == (preview["changes"], preview["diff"])
    assert coredns.ask("a.home.arpa") == ["192.0.2.1"]
    assert on.record(*wanted, state="exact", **ZONES)["changed"] is False


def test_forwarding_beside_other_plugins_is_not_taken_over(on: Runner, coredns: CoreDns) -> None:
    theirs = "lab.test {\n    log\n    hosts {\n        192.0.2.9 printer.lab.test\n        fallthrough\n    }\n"
    theirs += "    forward . 192.0.2.1\n}\n"
    (coredns.custom / "lab.server").write_text(theirs, encoding="utf-8")
    options: dict[str, t.Any]
    for options in ({"check": True}, {}, {"on_foreign": "take_over"}):
        message = on.record(*records("lab.test FWD 192.0.2.1"), create_zones=[], fails=True, **options)["msg"]
        assert "a server block in lab.server (plugins: forward, hosts, log) answers it" in message
    assert text(coredns, "lab.server") == theirs
    assert coredns.ask("printer.lab.test") == ["192.0.2.9"]


def test_a_plugin_that_somebody_adds_to_forwarding_is_kept(on: Runner, coredns: CoreDns) -> None:
    """The mark is ours still, the server block is not."""
    on.record(*records("lab.test FWD 192.0.2.1"), create_zones=[])
    mixed = text(coredns, "lab.test.server").replace("    errors\n", "    errors\n    log\n")
    mixed += "other.test {\n    forward . 192.0.2.1\n}\n"
    (coredns.custom / "lab.test.server").write_text(mixed, encoding="utf-8")
    for check in (True, False):
        message = on.record(*records("lab.test FWD 192.0.2.2"), create_zones=[], check=check, fails=True)["msg"]
        assert "(plugins: cache, errors, forward, log) answers it" in message
    assert text(coredns, "lab.test.server") == mixed
    coredns.load()


def test_a_run_that_was_killed_between_two_files_is_completed(on: Runner, coredns: CoreDns) -> None:
    on.record(*records("a.home.arpa A 192.0.2.1"), **ZONES)
    (coredns.custom / "home.arpa.server").unlink()
    result = on.record(*records("a.home.arpa A 192.0.2.1"), **ZONES)
    assert result["new_zones"] == ["home.arpa"]
    assert coredns.ask("a.home.arpa") == ["192.0.2.1"]


def test_writers_at_a_time_do_not_lose_each_others_record_sets(on: Runner, coredns: CoreDns) -> None:
    on.record(*records("a.home.arpa A 192.0.2.1"), **ZONES)

    def write(number: int) -> None:
        some = records(f"a{number}.home.arpa A 192.0.2.{number}")
        # A third writer between a refused write and its second try is an error that says so.
        while on.record(*some, owner=f"o{number}", fails=None).get("failed"):
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(1, 9)))
    assert [coredns.ask(f"a{number}.home.arpa") for number in range(1, 9)] == [[f"192.0.2.{n}"] for n in range(1, 9)]


def test_a_folder_that_is_not_there_is_told(on: Runner, coredns: CoreDns) -> None:
    missing = f"{coredns.custom}/missing"
    message = on.record(*records("a.home.arpa A 192.0.2.1"), path=missing, fails=True)["msg"]
    assert "cannot read the folder: No such file or directory. Make it on the host" in message
    assert f"'import {missing}/*.server'" in message

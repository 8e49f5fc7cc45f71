# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dynamic updates and zone transfers with a real BIND, Knot DNS and PowerDNS: what only this back end can run into."""

from __future__ import annotations

import socket
import typing as t
from contextlib import closing

import dns.name
import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns import _rfc2136_tcp
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Connection, Interest
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._error import Raced
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from ansible_collections.homelab.network.plugins.module_utils._dns._rfc2136 import Rfc2136

from .bind import Bind
from .conftest import Runner, records
from .knot import Knot
from .powerdns import PowerDnsUpdated
from .updated import Updated

KINDS: dict[str, type[Updated]] = {"bind": Bind, "knot": Knot, "powerdns": PowerDnsUpdated}


@pytest.fixture(scope="module", params=KINDS)
def _server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Updated]:
    server = KINDS[request.param](tmp_path_factory.mktemp(request.param))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(_server: Updated) -> Updated:
    """Each server, one after the other, with empty zones."""
    _server.reset()
    return _server


@pytest.fixture
def run(server: Updated) -> Runner:
    """Runs modules against each server."""
    return Runner(server)


@pytest.fixture
def backend(server: Updated) -> t.Iterator[Rfc2136]:
    """The back end itself, to do something else between its read and its write."""
    with closing(connect(server)) as found:
        yield found


def connect(server: Updated) -> Rfc2136:
    return Rfc2136(Connection(**{key: value for key, value in server.options.items() if key != "backend"}))


def interest(*names: str) -> Interest:
    return Interest(frozenset(names), frozenset(), everything=False)


def create(name: str, *values: str, rtype: str = "A", owner: str = "homelab.network") -> Change:
    return Change((name, rtype), None, Entry(RecordSet(name, rtype, values, 300), owner))


def update(change: Change, *values: str, owner: str = "homelab.network", ttl: int = 300) -> Change:
    return Change(change.key, change.after, Entry(RecordSet(*change.key, values, ttl), owner))


def found(run: Runner, **options: t.Any) -> list[str]:
    """The record sets of a zone, as text."""
    return [
        " ".join([item["name"], str(item["ttl"]), item["type"], *item["value"]])
        for item in run.info(**{"zone": "home.arpa", **options})["records"]
    ]


# --- Zones ---------------------------------------------------------------------------------------------------------


def test_each_name_belongs_to_its_longest_zone(run: Runner) -> None:
    wanted = records(
        "home.arpa TXT top",
        "a.home.arpa A 192.0.2.1",
        "*.home.arpa A 192.0.2.2",
        "lab.home.arpa TXT child",
        "b.lab.home.arpa A 192.0.2.3",
        "1.2.0.192.in-addr.arpa PTR a.home.arpa",
        "deep.below.example.org A 192.0.2.4",
    )
    assert run.record(*wanted)["changed"]
    zones = {
        zone: [item["name"] for item in run.info(zone=zone, owner="homelab.network")["records"]]
        for zone in ("home.arpa", "lab.home.arpa", "2.0.192.in-addr.arpa", "example.org")
    }
    assert zones == {
        "home.arpa": ["*.home.arpa", "a.home.arpa", "home.arpa"],
        "lab.home.arpa": ["b.lab.home.arpa", "lab.home.arpa"],
        "2.0.192.in-addr.arpa": ["1.2.0.192.in-addr.arpa"],
        "example.org": ["deep.below.example.org"],
    }
    assert (
        run.record(*wanted, state="exact", scope=["home.arpa", "example.org", "2.0.192.in-addr.arpa"])["changes"] == []
    )


def test_what_a_closer_zone_hides_is_not_there(server: Updated, run: Runner) -> None:
    glue = server.message("home.arpa")
    glue.add("ns.lab.home.arpa.", 3600, "A", "192.0.2.9")
    glue.add("ns.lab._homelab-network.home.arpa.", 300, "TXT", '"owner=homelab.network type=A"')
    server.send(glue)
    server.by_hand("ns.lab.home.arpa", "A", "192.0.2.1")
    listed = run.info(zone="home.arpa", names=["ns.lab.home.arpa"])["records"]
    assert [(item["value"], item["owner"]) for item in listed] == [(["192.0.2.1"], None)]
    wanted = records("a.home.arpa A 192.0.2.2", "ns.lab.home.arpa A 192.0.2.9")
    assert "ns.lab.home.arpa A 3600 192.0.2.1 was not made by" in run.record(*wanted, fails=True)["msg"]


def test_a_name_below_an_alias_is_in_the_zone_of_the_alias(run: Runner) -> None:
    run.record(*records("alias.home.arpa CNAME www.example.org", "*.wild.home.arpa CNAME www.lab.home.arpa"))
    result = run.record(*records("a.alias.home.arpa A 192.0.2.1", "b.c.wild.home.arpa A 192.0.2.2"))
    assert len(result["changes"]) == 2
    assert "a.alias.home.arpa 300 A 192.0.2.1" in found(run)


def test_names_of_no_zone_are_named(run: Runner) -> None:
    message = run.record(*records("nas.example.net A 192.0.2.1"), fails=True)["msg"]
    assert "the server has no zone for nas.example.net A" in message


def test_a_server_cannot_list_its_zones(run: Runner) -> None:
    message = run.info(fails=True)["msg"]
    assert f"at 127.0.0.1 port {run.server.options['port']} cannot list its zones" in message
    assert "set zone or scope" in message
    run.record(*records("nas.home.arpa A 192.0.2.1"))
    (only,) = run.info(scope=["nas.home.arpa", "example.net"])["records"]
    assert only["name"] == "nas.home.arpa"
    listed = run.info(scope=["home.arpa", "2.0.192.in-addr.arpa"])
    assert "nas.home.arpa" in {record["name"] for record in listed["records"]}
    assert {"home.arpa", "2.0.192.in-addr.arpa"} <= set(listed["zones"])


def test_a_delegated_name_is_refused(server: Updated, run: Runner) -> None:
    run.record(*records("cut.home.arpa NS ns1.cut.home.arpa ns.example.net", "ns1.cut.home.arpa A 192.0.2.5"))
    message = run.record(*records("nas.cut.home.arpa A 192.0.2.1"), fails=True)["msg"]
    assert "nas.cut.home.arpa A: it would not be answered, because this server leaves to other servers cut" in message
    again = run.record(*records("ns1.cut.home.arpa A 192.0.2.5"), check=True)
    assert not again["changed"]
    # What others put there is told.
    change = server.message("home.arpa")
    change.add("nas.cut.home.arpa.", 300, "A", "192.0.2.1")
    server.send(change)
    told = "nas.cut.home.arpa A: not answered from here, because cut.home.arpa is delegated"
    assert told in run.info(zone="home.arpa")["cautions"]


# --- What others made ----------------------------------------------------------------------------------------------


def test_letters_as_others_wrote_them_are_no_change_and_no_race(server: Updated, run: Runner) -> None:
    change = server.message("home.arpa")
    change.add("SRV.Home.ARPA.", 3600, "SRV", "0 5 443 NAS.Home.ARPA.")
    change.add("NAS.Home.ARPA.", 3600, "A", "192.0.2.1")
    server.send(change)
    wanted = {"name": "srv.home.arpa", "type": "SRV", "value": "0 5 443 nas.home.arpa", "ttl": 3600}
    result = run.record(wanted, on_foreign="take_over")
    assert [change["action"] for change in result["changes"]] == ["take_over"]
    moved = run.record({**wanted, "value": "0 5 8443 nas.home.arpa"})
    assert [change["action"] for change in moved["changes"]] == ["update"]
    assert run.record({**wanted, "value": "0 5 8443 nas.home.arpa"})["changed"] is False


def test_data_of_other_types_stays_and_stands_in_the_way_of_an_alias(server: Updated, run: Runner) -> None:
    change = server.message("home.arpa")
    change.add("key", 300, "OPENPGPKEY", "AA==")
    server.send(change)
    message = run.record(*records("key.home.arpa CNAME nas.home.arpa"), check=True, fails=True)["msg"]
    assert "key.home.arpa: a name with a CNAME has nothing else, but it has records of the type OPENPGPKEY" in message
    run.record(*records("key.home.arpa A 192.0.2.1"))
    run.record(*records("key.home.arpa A"), state="absent")
    held = server.transfer("home.arpa")
    assert held.get_rdataset(dns.name.from_text("key.home.arpa"), "OPENPGPKEY")


def test_the_top_of_a_zone_keeps_what_makes_it_one(run: Runner) -> None:
    message = run.record(*records("home.arpa CNAME nas.home.arpa"), check=True, fails=True)["msg"]
    assert "home.arpa" in message
    run.record(*records("home.arpa TXT a"))
    run.record(state="exact", zone="home.arpa", allow_empty=True)
    assert t.cast(Updated, run.server).ask("home.arpa", "NS") == ["ns1.home.arpa"]


# --- Writes --------------------------------------------------------------------------------------------------------


def test_a_ttl_changes_alone_and_with_a_value(server: Updated, run: Runner) -> None:
    wanted = {"name": "a.home.arpa", "type": "A", "values": ["192.0.2.1", "192.0.2.2"], "ttl": 300}
    run.record(wanted)
    for change in (
        {"ttl": 60},
        {"ttl": 90, "values": ["192.0.2.2", "192.0.2.3"]},
        {"ttl": 120, "values": ["192.0.2.4"]},
    ):
        wanted |= change
        assert run.record(wanted)["changed"]
        assert " ".join(["a.home.arpa", str(wanted["ttl"]), "A", *wanted["values"]]) in found(run)
        assert server.ask("a.home.arpa") == wanted["values"]


def test_an_alias_changes_with_its_ttl(run: Runner) -> None:
    for value, ttl in [("a.example.org", 300), ("b.example.org", 300), ("c.example.org", 60), ("c.example.org", 90)]:
        run.record({"name": "a.home.arpa", "type": "CNAME", "value": value, "ttl": ttl})
        assert f"a.home.arpa {ttl} CNAME {value}" in found(run)


def test_what_does_not_fit_is_refused_in_check_mode(run: Runner) -> None:
    values = [f"192.0.{high}.{low}" for high in range(16) for low in range(256)]
    long = ".".join(["a" * 59] * 4)
    wanted = [
        {"name": "many.home.arpa", "type": "A", "values": values},
        {"name": f"{long}.home.arpa", "type": "A", "value": "192.0.2.1"},
        {"name": "a._homelab-network.home.arpa", "type": "TXT", "value": "a"},
        {"name": "a.home.arpa", "type": "HTTPS", "value": "1 . ech=x"},
    ]
    problems = run.record(*wanted, check=True, fails=True)["problems"]
    assert len(problems) == 4
    assert any(
        "many.home.arpa: what it takes to change it is longer than a message can be" in line for line in problems
    )
    assert any(f"the name {long}._homelab-network.home.arpa is longer than a name can be" in line for line in problems)
    assert any("a._homelab-network.home.arpa: this is where the marks" in line for line in problems)
    assert any("a.home.arpa: HTTPS '1 . ech=x' cannot be written" in line for line in problems)


def test_an_alias_and_addresses_take_each_others_place(server: Updated, run: Runner) -> None:
    alias = records("a.home.arpa CNAME ns1.home.arpa")
    addresses = records("a.home.arpa A 192.0.2.1", "a.home.arpa AAAA 2001:db8::1")
    for wanted in (alias, addresses, alias, records("a.home.arpa CNAME nas.home.arpa")):
        before = server.writes()
        assert run.record(*wanted, state="exact", zone="home.arpa")["changed"]
        assert server.writes() == before + 1
        assert server.ask("a.home.arpa", wanted[0]["type"]) == wanted[0]["values"]


def test_mails_and_services_may_lead_to_names_that_are_made_with_them(run: Runner) -> None:
    """BIND refuses those to names of its zones without an address."""
    many = [f"a{number}.home.arpa A 192.0.2.{number % 250}" for number in range(1500)]
    wanted = records(
        "a.home.arpa MX 10#z.home.arpa", "b.home.arpa SRV 0#0#443#z.home.arpa", "z.home.arpa A 192.0.2.9", *many
    )
    for record in wanted:
        record["values"] = [value.replace("#", " ") for value in record["values"]]
    assert len(run.record(*wanted)["changes"]) == 1503


def test_a_thousand_record_sets_are_two_messages_over_one_connection(
    server: Updated, backend: Rfc2136, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    open_one = socket.create_connection
    monkeypatch.setattr(_rfc2136_tcp.socket, "create_connection", lambda *at: opened.append(at) or open_one(*at))
    changes = sorted((create(f"n{number}.home.arpa", "192.0.2.1") for number in range(1000)), key=lambda item: item.key)
    before = server.writes()
    backend.read(interest("n0.home.arpa"))
    backend.write(changes)
    after = backend.read(interest("n0.home.arpa"))
    assert server.writes() - before == 2
    assert {entry for entry in after.entries if entry.owner} == {change.after for change in changes}
    assert len(opened) == 1


def test_what_is_written_after_the_server_was_restarted_arrives(server: Updated, backend: Rfc2136) -> None:
    backend.read(interest("a.home.arpa"))
    server.stop()
    server.start()
    backend.write([create("a.home.arpa", "192.0.2.1")])
    assert server.ask("a.home.arpa") == ["192.0.2.1"]
    server.stop()
    server.start()
    assert any(entry.owner for entry in backend.read(interest("a.home.arpa")).entries)


# --- Races ---------------------------------------------------------------------------------------------------------


def entries(server: Updated) -> set[Entry]:
    with closing(connect(server)) as other:
        return {entry for entry in other.read(interest("a.home.arpa")).entries if entry.record.name != "lab.home.arpa"}


def test_what_somebody_else_made_meanwhile_is_not_written_over(server: Updated, backend: Rfc2136) -> None:
    backend.read(interest("a.home.arpa"))
    server.by_hand("b.home.arpa", "A", "192.0.2.99")
    before = entries(server)
    with pytest.raises(Raced, match="something else has changed the same record sets") as error:
        backend.write([create("a.home.arpa", "192.0.2.1"), create("b.home.arpa", "192.0.2.1")])
    assert error.value.applied == ()
    assert entries(server) == before


@pytest.mark.parametrize("values", [(), ("192.0.2.1",), ("192.0.2.1", "192.0.2.2", "192.0.2.3")])
def test_a_record_set_that_is_not_as_it_was_read_is_not_written_over(
    server: Updated, backend: Rfc2136, values: tuple[str, ...]
) -> None:
    made = create("a.home.arpa", "192.0.2.1", "192.0.2.2")
    backend.read(interest("a.home.arpa"))
    backend.write([made])
    backend.read(interest("a.home.arpa"))
    server.by_hand("a.home.arpa", "A", *values)
    before = entries(server)
    for after in (update(made, "192.0.2.5"), Change(made.key, made.after, None)):
        with pytest.raises(Raced):
            backend.write([after])
    assert entries(server) == before


def test_an_owner_who_took_it_over_meanwhile_keeps_it(server: Updated, backend: Rfc2136) -> None:
    made = create("a.home.arpa", "192.0.2.1")
    backend.read(interest("a.home.arpa"))
    backend.write([made])
    backend.read(interest("a.home.arpa"))
    with closing(connect(server)) as other:
        other.read(interest("a.home.arpa"))
        other.write([update(made, "192.0.2.1", owner="other")])
    before = entries(server)
    for after in (update(made, "192.0.2.5"), Change(made.key, made.after, None)):
        with pytest.raises(Raced):
            backend.write([after])
    assert entries(server) == before


def test_other_names_and_other_types_are_no_race(server: Updated, backend: Rfc2136) -> None:
    made = create("a.home.arpa", "192.0.2.1")
    backend.read(interest("a.home.arpa"))
    backend.write([made])
    backend.read(interest("a.home.arpa"))
    with closing(connect(server)) as other:
        other.read(interest("a.home.arpa"))
        other.write([create("a.home.arpa", "x", rtype="TXT", owner="other"), create("b.home.arpa", "192.0.2.2")])
    backend.write([create("a.home.arpa", "2001:db8::1", rtype="AAAA")])
    assert {(entry.record.key, entry.owner) for entry in entries(server) if entry.owner} == {
        (("a.home.arpa", "A"), "homelab.network"),
        (("a.home.arpa", "AAAA"), "homelab.network"),
        (("a.home.arpa", "TXT"), "other"),
        (("b.home.arpa", "A"), "homelab.network"),
    }


def test_a_name_that_only_has_names_below_it_is_free(server: Updated, backend: Rfc2136) -> None:
    backend.read(interest("a.home.arpa"))
    backend.write([create("x.a.home.arpa", "192.0.2.1")])
    backend.write([create("a.home.arpa", "192.0.2.1")])
    assert server.ask("a.home.arpa") == ["192.0.2.1"]


def test_messages_that_were_taken_before_a_race_are_told(server: Updated, backend: Rfc2136) -> None:
    changes = sorted((create(f"n{number}.home.arpa", "192.0.2.1") for number in range(1000)), key=lambda item: item.key)
    backend.read(interest("n0.home.arpa"))
    server.by_hand("n999.home.arpa", "A", "192.0.2.99")
    with pytest.raises(Raced) as error:
        backend.write(changes)
    applied = error.value.applied
    assert 0 < len(applied) < 1000
    assert list(applied) == changes[: len(applied)]
    assert {entry for entry in entries(server) if entry.owner} == {change.after for change in applied}


def test_the_module_plans_upon_what_won_a_race(server: Updated, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Rfc2136.write

    def late(self: Rfc2136, changes: t.Sequence[Change]) -> None:
        monkeypatch.setattr(Rfc2136, "write", write)
        server.by_hand("a.home.arpa", "AAAA", "2001:db8::1")
        write(self, changes)

    monkeypatch.setattr(Rfc2136, "write", late)
    result = run.record(*records("a.home.arpa A 192.0.2.1"))
    assert [change["action"] for change in result["changes"]] == ["create"]
    assert server.ask("a.home.arpa", "AAAA") == ["2001:db8::1"]

# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules do around a back end: read, plan, write, read again."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import (
    Backend,
    Connection,
    Interest,
    Snapshot,
)
from ansible_collections.homelab.network.plugins.module_utils._dns._capabilities import TYPES, Capabilities
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._error import DnsError, Raced
from ansible_collections.homelab.network.plugins.module_utils._dns._options import INFO_SPEC, RECORD_SPEC
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import Key, RecordSet
from ansible_collections.homelab.network.plugins.module_utils._module import dns_record

OURS = "homelab.network"


class FakeBackend(Backend):
    """A server of zones in memory. It models what may happen around a write.

    `before_write` is called before each write, and may change the records or raise; `deaf` accepts and forgets.
    """

    title = "Fake DNS"
    required_options = ()
    capabilities = Capabilities(
        types=TYPES,
        ttl_types=(),
        multi_value_types=TYPES,
        wildcard_types=TYPES,
        wildcard_meaning="",
        marks="",
        zones=True,
        creates_zones=True,
    )
    held: dict[Key, Entry]
    zones: set[str]
    calls: list[str]
    before_write: t.Callable[[t.Sequence[Change]], None]
    deaf: bool

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def read(self, interest: Interest) -> Snapshot:  # noqa: ARG002  # it reads everything
        self.calls.append("read")
        return Snapshot("7", tuple(self.held.values()), ("Fake DNS is paused",), frozenset(self.zones))

    def create_zones(self, zones: t.Sequence[str]) -> None:
        self.calls.append("create_zones")
        self.zones.update(zones)

    def write(self, changes: t.Sequence[Change]) -> None:
        self.calls.append("write")
        self.before_write(changes)
        for change in () if self.deaf else changes:
            self.held.pop(change.key, None)
            if change.after:
                self.held[change.key] = change.after

    def close(self) -> None:
        self.calls.append("close")


class FakeModule:
    """As much of an AnsibleModule as is used."""

    def __init__(self, spec: dict[str, t.Any], check: bool, options: dict[str, t.Any]) -> None:
        self.params = {**{name: option.get("default") for name, option in spec.items()}, **options}
        self.check_mode = check
        self.warnings: list[str] = []
        self.warn = self.warnings.append


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> type[FakeBackend]:
    kind = FakeBackend
    kind.held, kind.zones, kind.calls, kind.deaf = {}, {"test"}, [], False
    kind.before_write = staticmethod(lambda _changes: None)
    monkeypatch.setattr(dns_record, "BACKENDS", {"fake": kind})
    return kind


def record(name: str, value: str) -> dict[str, t.Any]:
    return {"name": name, "type": "A", "value": value, "values": None, "ttl": None}


def entry(name: str, value: str, owner: str | None = OURS) -> Entry:
    return Entry(RecordSet(name, "A", (value,)), owner)


def run(*records: dict[str, t.Any], check: bool = False, **options: t.Any) -> dict[str, t.Any]:
    module: t.Any = FakeModule(RECORD_SPEC, check, {"backend": "fake", "records": list(records), **options})
    result = dns_record.run_module(module)
    assert module.warnings == ["Fake DNS is paused"]
    return result


def test_written_and_read_again(server: type[FakeBackend]) -> None:
    wanted = [record("a.test", "192.0.2.1"), record("b.new", "192.0.2.2")]
    predicted = run(*wanted, create_zones=["new"], check=True)
    assert server.calls == ["read", "close"]
    server.calls.clear()
    assert run(*wanted, create_zones=["new"]) == predicted
    assert server.calls == ["read", "create_zones", "write", "read", "close"]
    assert (predicted["changed"], predicted["new_zones"]) == (True, ["new"])
    assert predicted["diff"] == {"before": "", "after": "zone new\na.test A 192.0.2.1\nb.new A 192.0.2.2\n"}
    server.calls.clear()
    assert not run(*wanted, create_zones=["new"])["changed"]
    assert server.calls == ["read", "close"]


def test_what_the_back_end_needs_has_to_be_given(server: type[FakeBackend], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "required_options", ("url", "token"))
    with pytest.raises(DnsError, match="backend is fake but all of the following are missing: token"):
        run(url="http://192.0.2.1")
    assert server.calls == []


def test_a_zone_alone(server: type[FakeBackend]) -> None:
    assert run(create_zones=["new"])["changed"]
    assert server.calls == ["read", "create_zones", "read", "close"]


def test_accepted_but_not_present(server: type[FakeBackend]) -> None:
    server.deaf = True
    with pytest.raises(DnsError, match="accepted all writes, but 1 record sets are not as written") as caught:
        run(record("a.test", "192.0.2.1"))
    assert caught.value.details["problems"] == [
        "a.test A: expected 192.0.2.1 (owner: homelab.network), found no record set"
    ]
    assert server.calls[-1] == "close"
    with pytest.raises(DnsError, match=r"found no record set; and 2 more$") as caught:
        run(*(record(f"n{number}.test", "192.0.2.1") for number in range(12)))
    assert len(caught.value.details["problems"]) == 12


def test_who_was_faster_is_planned_upon(server: type[FakeBackend]) -> None:
    server.held = {("b.test", "A"): entry("b.test", "192.0.2.2")}

    def race(changes: t.Sequence[Change]) -> None:
        server.before_write = staticmethod(lambda _changes: None)
        server.held["b.test", "A"] = entry("b.test", "192.0.2.99")
        first = changes[0]
        assert first.after
        server.held[first.key] = first.after
        raise Raced("somebody else wrote", applied=[first])

    server.before_write = staticmethod(race)
    result = run(record("a.test", "192.0.2.1"), record("b.test", "192.0.2.3"))
    assert server.calls == ["read", "write", "read", "write", "read", "close"]
    assert [(change["name"], change["before"]) for change in result["changes"]] == [
        ("a.test", []),
        ("b.test", ["192.0.2.99"]),
    ]
    assert {key: item.record.values for key, item in server.held.items()} == {
        ("a.test", "A"): ("192.0.2.1",),
        ("b.test", "A"): ("192.0.2.3",),
    }


def test_zones_made_before_somebody_was_faster_are_told(server: type[FakeBackend]) -> None:
    def race(_changes: t.Sequence[Change]) -> None:
        server.before_write = staticmethod(lambda _changes: None)
        raise Raced("somebody else wrote")

    server.before_write = staticmethod(race)
    result = run(record("b.new", "192.0.2.2"), create_zones=["new"])
    assert server.calls == ["read", "create_zones", "write", "read", "write", "read", "close"]
    assert result["new_zones"] == ["new"]
    assert result["diff"]["after"] == "zone new\nb.new A 192.0.2.2\n"


def test_a_zone_that_somebody_else_made_meanwhile_is_theirs(
    server: type[FakeBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    def race(_self: FakeBackend, zones: t.Sequence[str]) -> None:
        server.zones.update(zones)
        raise Raced("somebody else made a zone")

    monkeypatch.setattr(server, "create_zones", race)
    result = run(create_zones=["new"])
    assert (result["changed"], result["new_zones"]) == (False, [])


def test_what_somebody_else_made_meanwhile_is_theirs(server: type[FakeBackend]) -> None:
    def race(_changes: t.Sequence[Change]) -> None:
        server.held["a.test", "A"] = entry("a.test", "192.0.2.99", owner=None)
        raise Raced("somebody else wrote")

    server.before_write = staticmethod(race)
    with pytest.raises(DnsError, match="was not made by the owner"):
        run(record("a.test", "192.0.2.1"))


def test_who_is_faster_twice_wins(server: type[FakeBackend]) -> None:
    def race(_changes: t.Sequence[Change]) -> None:
        raise Raced("somebody else wrote")

    server.before_write = staticmethod(race)
    with pytest.raises(Raced):
        run(record("a.test", "192.0.2.1"))
    assert server.calls.count("write") == 2


def test_info(server: type[FakeBackend]) -> None:
    server.held = {
        ("a.test", "A"): entry("a.test", "192.0.2.1"),
        ("*.test", "A"): entry("*.test", "192.0.2.2", None),
        ("t.test", "TXT"): Entry(RecordSet("t.test", "TXT", ("x",))),
    }
    module: t.Any = FakeModule(INFO_SPEC, True, {"backend": "fake", "owner": OURS})
    result = dns_record.run_info_module(module)
    assert [item["name"] for item in result["records"]] == ["a.test"]
    assert (result["server_version"], result["zones"]) == ("7", ["test"])
    assert result["cautions"][0] == "Fake DNS is paused"
    assert "t.test A: not answered" in result["cautions"][1]
    assert result["capabilities"] == replace(FakeBackend.capabilities).as_dict()

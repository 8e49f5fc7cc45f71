# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from ansible_collections.homelab.network.plugins.module_utils._dns._technitium_calls import (
    Zone,
    calls,
    objections,
)
from ansible_collections.homelab.network.plugins.module_utils._dns._technitium_records import Stored, fold, read

MARK = "homelab.network owner=home"
_FIELD = {"A": "ipAddress", "AAAA": "ipAddress", "CNAME": "cname", "FWD": "forwarder"}


def stored(name: str, rtype: str, value: str, **more: t.Any) -> Stored:
    found = read({"name": name, "type": rtype, "ttl": 300, "rData": {_FIELD[rtype]: value}, "comments": MARK, **more})
    assert found is not None
    return found


def change(records: t.Iterable[Stored], name: str, rtype: str, *values: str) -> Change:
    before = {entry.record.key: entry for entry in fold(records)}
    ttl = None if rtype == "FWD" else 300
    after = Entry(RecordSet(name, rtype, tuple(sorted(values)), ttl), "home") if values else None
    return Change((name, rtype), before.get((name, rtype)), after)


def made(zones: dict[str, Zone], *wanted: tuple[str, ...]) -> list[str]:
    """The calls, each as its path and what is in its form besides zone and type."""
    records = [record for zone in zones.values() for record in zone.records]
    found = calls(zones, [change(records, *item) for item in wanted])
    return [
        " ".join([call.path, *(value for key, value in call.form.items() if key not in ("zone", "type", "overwrite"))])
        for call in found
    ]


def zone(*records: Stored, name: str = "a.test", **more: t.Any) -> dict[str, Zone]:
    return {name: Zone(name, more.pop("type", "Primary"), records=records, **more)}


def test_sets_that_stay_are_imported_whole() -> None:
    zones = zone(
        stored("x.a.test", "A", "192.0.2.1", comments=f"{MARK} cellar"),
        stored("x.a.test", "A", "192.0.2.2"),
        stored("x.a.test", "A", "192.0.2.3", comments="later", disabled=True),
    )
    assert made(zones, ("new.a.test", "A", "192.0.2.9"), ("x.a.test", "A", "192.0.2.1", "192.0.2.4")) == [
        "import "
        + "".join(
            f"{text}\n"
            for text in (
                f"new.a.test. 300 IN A 192.0.2.9 ;{MARK}",
                f"x.a.test. 300 IN A 192.0.2.1 ;{MARK} cellar",
                f"x.a.test. 300 IN A 192.0.2.4 ;{MARK}",
                'x.a.test. 300 IN A 192.0.2.3 ;{"disabled": true, "comments": "later"}',
            )
        )
    ]


def test_each_zone_has_its_import() -> None:
    zones = {**zone(), **zone(name="b.a.test")}
    assert made(zones, ("x.a.test", "A", "192.0.2.1"), ("x.b.a.test", "A", "192.0.2.1")) == [
        f"import x.a.test. 300 IN A 192.0.2.1 ;{MARK}\n",
        f"import x.b.a.test. 300 IN A 192.0.2.1 ;{MARK}\n",
    ]


def test_addresses_are_blanked_before_they_go() -> None:
    records = (stored("x.a.test", "A", "192.0.2.1"), stored("x.a.test", "A", "192.0.2.2"))
    off = f'{{"disabled": true, "comments": "{MARK}"}}'
    assert made(zone(*records), ("x.a.test", "A"), ("y.a.test", "A", "192.0.2.3")) == [
        f"import x.a.test. 300 IN A 0.0.0.0 ;{off}\ny.a.test. 300 IN A 192.0.2.3 ;{MARK}\n",
        "records/delete x.a.test 0.0.0.0",
    ]
    assert made(zone(*records, signed=True), ("x.a.test", "A"))[0] == f"import x.a.test. 300 IN A 0.0.0.0 ;{MARK}\n"


def test_other_types_are_deleted_by_value() -> None:
    assert made(zone(stored("x.a.test", "CNAME", "y.test")), ("x.a.test", "CNAME")) == [
        "records/delete x.a.test y.test"
    ]


def test_a_swap_deletes_first_and_only_there() -> None:
    zones = zone(stored("x.a.test", "CNAME", "y.test"), stored("z.a.test", "CNAME", "y.test"))
    assert made(zones, ("x.a.test", "A", "192.0.2.1"), ("x.a.test", "CNAME"), ("z.a.test", "CNAME")) == [
        "records/delete x.a.test y.test",
        f"import x.a.test. 300 IN A 192.0.2.1 ;{MARK}\n",
        "records/delete z.a.test y.test",
    ]


def test_what_an_import_forgets_is_restored() -> None:
    zones = zone(stored("x.a.test", "A", "192.0.2.1", expiryTtl=60), stored("x.a.test", "A", "192.0.2.2", expiryTtl=60))
    assert made(zones, ("x.a.test", "A", "192.0.2.1"))[1:] == [f"records/update x.a.test 192.0.2.1 300 {MARK} false 60"]


def test_forwarding() -> None:
    assert made(zone(), ("b.a.test", "FWD", "192.0.2.1")) == [
        "create false",
        f"records/add b.a.test Udp 192.0.2.1 {MARK}",
    ]
    forwarder = zone(stored("b.a.test", "FWD", "192.0.2.1"), name="b.a.test", type="Forwarder")
    assert made(forwarder, ("b.a.test", "FWD", "192.0.2.2")) == [
        f"records/add b.a.test Udp 192.0.2.2 {MARK}",
        "records/delete b.a.test 192.0.2.1 Udp",
    ]
    assert made(forwarder, ("b.a.test", "FWD")) == ["delete"]
    # Below a zone that forwards it stands in that zone.
    assert made(forwarder, ("c.b.a.test", "FWD", "192.0.2.2")) == [f"records/add c.b.a.test Udp 192.0.2.2 {MARK}"]
    others = {"b.a.test": Zone("b.a.test", "Forwarder", records=forwarder["b.a.test"].records, other=True)}
    assert made(others, ("b.a.test", "FWD")) == ["records/delete b.a.test 192.0.2.1 Udp"]


def test_forwarding_of_what_is_answered_here() -> None:
    changes = [change([], "a.test", "FWD", "192.0.2.1"), change([], "b.a.test", "FWD", "192.0.2.1")]
    (only,) = objections(zone(), changes)
    assert only.startswith("a.test FWD: the server answers a.test itself")

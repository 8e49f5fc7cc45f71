# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record sets, requests and plans in few words."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Snapshot
from ansible_collections.homelab.network.plugins.module_utils._dns._capabilities import TYPES, Capabilities
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._error import DnsError
from ansible_collections.homelab.network.plugins.module_utils._dns._plan import Plan, make_plan
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from ansible_collections.homelab.network.plugins.module_utils._dns._request import Request

OURS = "home"

EVERYTHING = Capabilities(
    types=TYPES, ttl_types=(), multi_value_types=TYPES, wildcard_types=TYPES, wildcard_meaning="", marks=""
)
TIMED = replace(EVERYTHING, ttl_types=TYPES, default_ttl=300)


def record(line: str, ttl: int | None = None) -> RecordSet:
    name, rtype, *values = line.split()
    return RecordSet(name, rtype, tuple(values), ttl)


def entry(line: str, owner: str | None = OURS, ttl: int | None = None) -> Entry:
    return Entry(record(line, ttl), owner)


def asked(*records: RecordSet, **options: t.Any) -> Request:
    defaults: dict[str, t.Any] = {
        "state": "present",
        "owner": OURS,
        "zone": "",
        "scope": frozenset(),
        "keep": frozenset(),
        "take_over": False,
        "max_deletes": None,
    }
    return Request(records=records, **{**defaults, **options})


def plan(
    live: t.Iterable[Entry],
    *lines: str,
    can: Capabilities = EVERYTHING,
    zones: t.Iterable[str] | None = None,
    **options: t.Any,
) -> Plan:
    snapshot = Snapshot("1", tuple(live), zones=None if zones is None else frozenset(zones))
    return make_plan(snapshot, asked(*map(record, lines), **options), can)


def told(made: Plan) -> list[str]:
    return [
        f"{change.action} {change.after.record if change.after else ' '.join(change.key)}" for change in made.changes
    ]


def problems(live: t.Iterable[Entry], *lines: str, **options: t.Any) -> list[str]:
    with pytest.raises(DnsError, match="nothing was changed") as caught:
        plan(live, *lines, **options)
    return caught.value.details["problems"]

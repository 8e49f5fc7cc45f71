# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The address map of the LAN: which addresses are free, which are held, and by whom."""

from __future__ import annotations

import typing as t

from ...module_utils._net._addresses import Range, overlap, subtract
from ._model import Plan
from ._rules._rule import edges

# What lies on top: a device in a reserved range is a device.
_LAYERS = (("router", "api", "node", "device", "entry_point"), ("pool",), ("dhcp",), ("reserved",))


def address_map(plan: Plan) -> list[dict[str, t.Any]]:
    """Each subnet of the LAN with its addresses in order: C(range), C(kind), and C(holder), empty where free."""
    return [
        {"subnet": subnet.extent.text, "name": subnet.name, "ranges": _ranges(plan, subnet.extent.range)}
        for subnet in plan.subnets
        if subnet.extent is not None
    ]


def _ranges(plan: Plan, block: Range) -> list[dict[str, str]]:
    edge = {Range(address, address): what for address, what in edges(plan).items() if address in block}
    found = [(item, "edge", what) for item, what in edge.items()]
    left = subtract([block], edge)
    for kinds in _LAYERS:
        taken: list[Range] = []
        for item in plan.holdings:
            if item.kind in kinds:
                for part in _parts(left, item.range):
                    found.append((part, item.kind, item.label))
                    taken.append(part)
        left = subtract(left, taken)
    found += [(part, "free", "") for part in left]
    return [{"range": str(part), "kind": kind, "holder": holder} for part, kind, holder in sorted(found)]


def _parts(left: list[Range], wanted: Range) -> list[Range]:
    return [part for part in (overlap(item, wanted) for item in left) if part is not None]

# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a kind of DNS server can hold, as data."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, fields

from .._net._names import is_wildcard
from ._rdata import TYPES
from ._record_set import RecordSet

# What servers of whole zones hold: every type, and of each but an alias several values.
DNS_TYPES = tuple(rtype for rtype in TYPES if rtype != "FWD")
MULTI_TYPES = tuple(rtype for rtype in DNS_TYPES if rtype != "CNAME")

# What a wildcard means to servers that hold zones.
RFC_4592 = (
    "A wildcard answers the names below it at any depth that do not exist themselves, and nothing below those that do"
    " (RFC 4592)."
)


def _no_limits(record: RecordSet) -> t.Iterable[str]:  # noqa: ARG001  # the signature of all limits
    return ()


@dataclass(frozen=True)
class Capabilities:
    """What a server can hold.

    `types`: of record sets; `ttl_types`: those with a TTL of their own; `default_ttl`: the TTL in seconds of a new
    record set that is given none, and `least_ttl` the smallest it takes; `multi_value_types`: those with several
    values; `wildcard_types`: those at a wildcard; `wildcard_multi_value`: whether a wildcard may have several values;
    `wildcard_meaning`: which names a wildcard answers, as a sentence for the user; `wildcard_apex`: whether that is
    also the name that it is below; `wildcard_first`: whether it wins over the forwarding of a zone below it.
    `marks`: where a server keeps whose a record set is, as a sentence for the user.

    `zones`: whether it holds whole zones, each with data of its own at its top; the others hold single names.
    `creates_zones`: whether a zone can be made. `apex_alias`: whether an alias can stand at the top of a zone.
    `authoritative`: whether a name that it does not hold in its zone does not exist; the others ask further.
    `local_alias`: whether an alias leads only to names that it holds itself. `hiding_types`: those whose record sets
    keep all others at the names that they answer from being answered, at a wildcard also the names below it.
    `limits`: what else it cannot hold, as sentences for one record set of a type that it holds.
    """

    types: tuple[str, ...]
    ttl_types: tuple[str, ...]
    multi_value_types: tuple[str, ...]
    wildcard_types: tuple[str, ...]
    wildcard_meaning: str
    marks: str
    wildcard_multi_value: bool = True
    wildcard_apex: bool = False
    wildcard_first: bool = False
    default_ttl: int | None = None
    least_ttl: int = 0
    zones: bool = False
    creates_zones: bool = False
    apex_alias: bool = False
    authoritative: bool = False
    local_alias: bool = False
    hiding_types: tuple[str, ...] = ()
    limits: t.Callable[[RecordSet], t.Iterable[str]] = field(default=_no_limits, repr=False)

    def holds(self, rtype: str, wildcard: bool = False) -> bool:
        """Whether it takes record sets of a type, at a wildcard or at an exact name."""
        return rtype in (self.wildcard_types if wildcard else self.types)

    def ttl_of(self, rtype: str) -> int | None:
        """The TTL of a new record set that is given none."""
        return self.default_ttl if rtype in self.ttl_types else None

    def problems(self, record: RecordSet) -> list[str]:
        """Why the server cannot hold a record set; empty if it can."""
        if record.type not in self.types:
            return [f"it holds no {record.type} records, only {', '.join(self.types)}"]
        found = []
        if record.ttl is not None and record.type not in self.ttl_types:
            found.append(f"it stores no TTL with {record.type} records; leave `ttl` out")
        elif record.ttl is not None and record.ttl < self.least_ttl:
            found.append(f"its smallest TTL is {self.least_ttl}, not {record.ttl}")
        if is_wildcard(record.name):
            if record.type not in self.wildcard_types:
                found.append(f"it holds no {record.type} records at a wildcard")
            elif len(record.values) > 1 and not self.wildcard_multi_value:
                found.append(f"it answers a wildcard with one value, not {len(record.values)}")
        elif len(record.values) > 1 and record.type not in self.multi_value_types:
            found.append(f"it holds one {record.type} value for a name, not {len(record.values)}")
        return [*found, *self.limits(record)]

    def as_dict(self) -> dict[str, t.Any]:
        """For the results of modules."""
        values = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "limits"}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


# What a server of whole zones holds as a rule; each says what is its own.
ZONE_SERVER = Capabilities(
    types=DNS_TYPES,
    ttl_types=DNS_TYPES,
    multi_value_types=MULTI_TYPES,
    wildcard_types=DNS_TYPES,
    wildcard_meaning=RFC_4592,
    marks="",
    default_ttl=300,
    zones=True,
    authoritative=True,
)

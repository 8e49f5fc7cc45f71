# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Record sets that another tool has claimed by a mark of its own in the zone; pure.

ExternalDNS: TXT records with the text C(heritage=external-dns,…) at C(<type>-<name>), or at the name itself up to
version 0.17. octoDNS: the processor OwnershipProcessor's TXT at C(_owner.<type>.<name>).
"""

from __future__ import annotations

import re
import typing as t

from . import _txt
from ._entry import Entry
from ._rdata import TYPES
from ._record_set import Key

_HERITAGE = re.compile(r'"?heritage=external-dns,(?:.*,)?external-dns/owner=([^,"]*)')
_EXTERNAL_DNS_TYPE = re.compile(r"(a|aaaa|cname|ns|mx|srv|txt|naptr|ptr)-(.+)")
_OCTODNS = re.compile(r"_owner\.([a-z0-9]+)\.(.+)")


def claims(entries: t.Iterable[Entry]) -> dict[Key, str]:
    """Who has claimed which record sets, the marks themselves included, as words for the user.

    An ExternalDNS with a prefix or suffix of its own for its marks is known by the mark alone: what it stands for
    cannot be told.
    """
    found: dict[Key, str] = {}
    for entry in entries:
        if entry.record.type == "TXT":
            for value in entry.record.values:
                found.update(_claim(entry.record.name, _text(value)))
    return found


def _text(value: str) -> str:
    """A text, or how the server spells it where nobody can read that."""
    try:
        return _txt.joined(value)
    except ValueError:
        return value


def _claim(name: str, text: str) -> t.Iterator[tuple[Key, str]]:
    heritage = _HERITAGE.match(text)
    if heritage:
        who = f"ExternalDNS with the owner id {heritage.group(1)!r}"
        yield (name, "TXT"), who
        typed = _EXTERNAL_DNS_TYPE.fullmatch(name)
        for rtype in [typed.group(1).upper()] if typed else [rtype for rtype in TYPES if rtype != "TXT"]:
            yield (typed.group(2) if typed else name, rtype), who
    octodns = _OCTODNS.fullmatch(name)
    if octodns and "*octodns*" in text:
        yield (name, "TXT"), "octoDNS"
        yield (octodns.group(2).replace("_wildcard", "*", 1), octodns.group(1).upper()), "octoDNS"

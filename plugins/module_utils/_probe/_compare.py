# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Expected values against those that were found."""

from __future__ import annotations

import ipaddress
import typing as t

from .._net._addresses import parse_address
from .._net._names import parse_name


def parse_value(text: str, rdtype: str) -> str:
    """The one spelling of an expected value.

    :raises ValueError: a record of that type cannot have it.
    """
    if rdtype in ("A", "AAAA"):
        address = parse_address(text)
        if isinstance(address, ipaddress.IPv4Address) != (rdtype == "A"):
            raise ValueError(f"{text} is of the wrong family for type {rdtype}")
        return str(address)
    return text if rdtype == "TXT" else parse_name(text, underscore=True)


def difference(expected: t.Sequence[str] | None, found: t.Collection[str]) -> str:
    """What is wrong with the found values, empty when they are right; without expectation any value is."""
    if expected is None:
        return "" if found else "there is no such record"
    wanted, have = set(expected), set(found)
    if wanted == have:
        return ""
    return f"expected {_show(wanted)}, got {_show(have)}"


def _show(values: set[str]) -> str:
    return ", ".join(sorted(values)) or "no record"

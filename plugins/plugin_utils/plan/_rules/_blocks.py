# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Blocks with a meaning of their own, and private blocks that nothing uses yet."""

from __future__ import annotations

import typing as t

from ....module_utils._net._addresses import Range, cover, parse_network, subtract

# RFC 1918 and RFC 4193, in the order in which a new block is looked for.
PRIVATE = tuple(map(parse_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8")))

# https://tailscale.com/kb/1015/100.x-addresses and https://tailscale.com/kb/1033/ip-and-dns-addresses
TAILNET = tuple(map(parse_network, ("100.64.0.0/10", "fd7a:115c:a1e0::/48")))

# The first of Docker's default address pools belongs to docker0, and the networks of projects take the others.
BRIDGE = parse_network("172.17.0.0/16")
_BRIDGES = parse_network("172.18.0.0/15"), parse_network("172.20.0.0/14"), parse_network("172.24.0.0/13")


class FreeBlocks:
    """Private blocks that overlap nothing: what is proposed once is not proposed again."""

    def __init__(self, taken: t.Iterable[Range]) -> None:
        self._taken = cover([*taken, *TAILNET, BRIDGE, *_BRIDGES])

    def like(self, block: Range) -> str:
        """The next free private block of the size of another one, or an empty text."""
        home = next((private for private in PRIVATE if block in private), None)
        others = [private for private in PRIVATE if private.family == block.family and private != home]
        # First what lies behind it, then everything.
        after = subtract([home], [Range(home.first, block.last)]) if home else []
        for space in [*after, *([home] if home else []), *others]:
            found = self._first(space, block.size)
            if found:
                self._taken = cover([*self._taken, found])
                return f"{found.first}/{found.first.max_prefixlen - found.size.bit_length() + 1}"
        return ""

    def _first(self, space: Range, size: int) -> Range | None:
        for gap in subtract([space], self._taken):
            start = int(gap.first) + -int(gap.first) % size
            if start + size - 1 <= int(gap.last):
                first = gap.first + (start - int(gap.first))
                return Range(first, first + (size - 1))
        return None

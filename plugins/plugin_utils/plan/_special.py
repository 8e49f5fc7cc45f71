# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Addresses that many homes have, and what they mean outside."""

from __future__ import annotations

from ...module_utils._net._addresses import Address, parse_network

# What Tailscale gives to the members of a tailnet: they reach it without a route.
_TAILNET = [parse_network(block) for block in ("100.64.0.0/10", "fd7a:115c:a1e0::/48")]


def in_tailnet(address: Address) -> bool:
    """Whether a tailnet reaches an address by itself."""
    return any(address in block for block in _TAILNET)

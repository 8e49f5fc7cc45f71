# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the kinds of DNS servers can hold, as far as the plan must know it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Backend:
    """One kind of DNS server.

    :ivar wildcard: whether it answers for every name below one (RFC 4592 or its own way).
    :ivar reverse: whether it takes PTR record sets; the others make them from the addresses, or not at all.
    :ivar secret: whether it is written through an account.
    :ivar served: whether it runs in the user's network, so that it needs an address there.
    """

    wildcard: bool = True
    reverse: bool = True
    secret: bool = True
    served: bool = True


BACKENDS = {
    "adguard_home": Backend(reverse=False),
    "pihole": Backend(reverse=False),
    "technitium": Backend(),
    "rfc2136": Backend(),
    "powerdns": Backend(),
    "cloudflare": Backend(served=False),
    "coredns": Backend(secret=False),
    "dnsmasq": Backend(secret=False),
    "mikrotik": Backend(reverse=False),
    "unifi": Backend(reverse=False),
    "opnsense": Backend(reverse=False),
}

# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the kinds of DNS servers can hold, as far as the plan must know it."""

from __future__ import annotations

from dataclasses import dataclass

from ...module_utils._dns._record_set import TYPES

_ADDRESSES = ("A", "AAAA")
_HOSTS = ("A", "AAAA", "CNAME")


@dataclass(frozen=True)
class Backend:
    """One kind of DNS server.

    :ivar types: of the record sets that it takes. Without PTR it makes them from the addresses, or has none.
    :ivar wildcard: the types at a wildcard, which stands for every name below it (RFC 4592 or its own way).
    :ivar wildcard_values: whether a wildcard may have several values; C(wildcard_apex): whether it stands for the name
        that it is below as well; C(wildcard_first): whether it wins over C(forward) of a zone below it.
    :ivar ttl: the types that keep a TTL of their own.
    :ivar zones: whether it holds whole zones, each with data of its own at its top; the others hold single names.
    :ivar flattens: whether an alias can stand at the top of a zone all the same.
    :ivar authoritative: whether a name that it does not hold in its zone does not exist; the others ask further.
    :ivar local_alias: whether an alias leads only to names that it holds itself.
    :ivar secret: whether it is written through an account.
    :ivar served: whether it runs in the user's network, so that it needs an address there.
    """

    types: tuple[str, ...] = TYPES
    wildcard: tuple[str, ...] = TYPES
    wildcard_values: bool = True
    wildcard_apex: bool = False
    wildcard_first: bool = False
    ttl: tuple[str, ...] = TYPES
    zones: bool = False
    flattens: bool = False
    authoritative: bool = False
    local_alias: bool = False
    secret: bool = True
    served: bool = True

    def holds(self, kind: str, wildcard: bool = False) -> bool:
        """Whether it takes record sets of a type, at a wildcard or at an exact name."""
        return kind in (self.wildcard if wildcard else self.types)


# AdGuard Home: rewrites. Pi-hole: hosts lines, cnameRecords, and address= for wildcards. CoreDNS: the plugin "file",
# which falls through to what stands behind it. UniFi, MikroTik, OPNsense: their static entries and host overrides.
BACKENDS = {
    "adguard_home": Backend(_HOSTS, _HOSTS, wildcard_values=False, wildcard_first=True, ttl=()),
    "pihole": Backend(_HOSTS, _ADDRESSES, wildcard_apex=True, ttl=("CNAME",), local_alias=True),
    "technitium": Backend(zones=True, authoritative=True),
    "rfc2136": Backend(zones=True, authoritative=True),
    "powerdns": Backend(zones=True, authoritative=True),
    "cloudflare": Backend(zones=True, authoritative=True, flattens=True, served=False),
    "coredns": Backend(zones=True, secret=False),
    "dnsmasq": Backend(wildcard=_ADDRESSES, wildcard_apex=True, ttl=(), local_alias=True, secret=False),
    "mikrotik": Backend((*_HOSTS, "MX", "NS", "SRV", "TXT"), _HOSTS),
    "unifi": Backend((*_HOSTS, "MX", "SRV", "TXT"), ("A",)),
    "opnsense": Backend((*_ADDRESSES, "MX", "TXT"), _ADDRESSES),
}

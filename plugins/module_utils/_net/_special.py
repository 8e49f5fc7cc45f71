# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Names and addresses that mean something in one network alone: the internet does not know them."""

from __future__ import annotations

from ._addresses import Address, parse_network
from ._names import longest_zone

# Why a public authority signs nothing below these names, and no public server holds them.
SPECIAL_NAMES = {
    "home.arpa": "RFC 8375",
    "local": "RFC 6762",
    **dict.fromkeys(("test", "localhost", "invalid", "example"), "RFC 6761"),
    "onion": "RFC 7686",
    "alt": "RFC 9476",
    "internal": "reserved by ICANN in 2024",
    **dict.fromkeys(("intranet", "private", "corp", "home", "lan"), "RFC 6762 appendix G"),
    "localdomain": "no top-level domain",
}

# Top-level domains of the internet: those of the first days, those that stand on many a home's machines, too, and the
# domain of reverse names. Those of two letters are countries.
_TOP_LEVEL = {
    *("arpa", "biz", "com", "edu", "gov", "info", "int", "mil", "name", "net", "org", "pro"),
    *("app", "box", "casa", "cloud", "computer", "dev", "family", "haus", "host", "house", "link", "network", "online"),
    *("page", "site", "space", "studio", "systems", "tech", "wiki", "work", "world", "xyz", "zip"),
}

# The names of private addresses: what a public server says of them is wrong in every network (RFC 6303).
_REVERSE = {
    *("10.in-addr.arpa", "168.192.in-addr.arpa", "c.f.ip6.arpa", "d.f.ip6.arpa"),
    *(f"{number}.172.in-addr.arpa" for number in range(16, 32)),
}

_PRIVATE = [
    parse_network(block)
    for block in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),  # RFC 1918
        "100.64.0.0/10",  # RFC 6598: between a provider and its customers, and in tailnets
        *("127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10"),  # the host, the link
        "fc00::/7",  # RFC 4193
    )
]


def special_name(name: str) -> str:
    """The special name at the end of a name, or an empty text."""
    return longest_zone(name.removeprefix("*."), SPECIAL_NAMES)


def is_top_level(name: str) -> bool:
    """Whether a name is a top-level domain of the internet."""
    return name in _TOP_LEVEL or (len(name) == 2 and name.isalpha())


def is_private_name(name: str) -> bool:
    """Whether a name means something in one network alone, whoever owns it."""
    return bool(special_name(name) or longest_zone(name, _REVERSE))


def is_private(address: Address) -> bool:
    """Whether an address leads nowhere outside the network that it is in."""
    return any(address in block for block in _PRIVATE)

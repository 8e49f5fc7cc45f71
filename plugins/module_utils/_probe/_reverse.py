# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Names that stand for addresses."""

from __future__ import annotations

import ipaddress

_IPV4, _IPV6 = ".in-addr.arpa", ".ip6.arpa"


def address_of(name: str) -> str:
    """The address of a reverse name (RFC 1035 section 3.5, RFC 3596 section 2.5).

    :raises ValueError: the name does not stand for one whole address.
    """
    try:
        if name.endswith(_IPV4):
            return str(ipaddress.IPv4Address(".".join(name[: -len(_IPV4)].split(".")[::-1])))
        if name.endswith(_IPV6):
            digits = "".join(name[: -len(_IPV6)].split(".")[::-1])
            return str(ipaddress.IPv6Address(":".join(digits[at : at + 4] for at in range(0, len(digits), 4))))
    except ValueError:
        pass
    raise ValueError(f"{name} stands for no address; a PTR record belongs to an address")

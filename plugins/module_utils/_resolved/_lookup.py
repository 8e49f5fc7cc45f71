# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Whether programs ask systemd-resolved at all when they look a name up."""

from __future__ import annotations

import re

STUB = "stub"
NSS = "nss"
BYPASSED = "bypassed"

_STUB_ADDRESSES = frozenset({"127.0.0.53", "127.0.0.54"})


def lookup_path(resolv_conf: str, nsswitch: str, nss_resolve: bool) -> str:
    """How names are looked up on a host.

    :param resolv_conf: the text of /etc/resolv.conf, empty when there is none.
    :param nsswitch: the text of /etc/nsswitch.conf, empty when there is none.
    :param nss_resolve: whether the library of nss-resolve is installed.
    :returns: STUB, every program asks resolved; NSS, those that use the C library do and those that read
        /etc/resolv.conf themselves do not; BYPASSED, none does.
    """
    servers = set(re.findall(r"(?m)^[ \t]*nameserver[ \t]+(\S+)", resolv_conf))
    if servers and servers <= _STUB_ADDRESSES:
        return STUB
    return NSS if nss_resolve and _resolve_before_dns(nsswitch) else BYPASSED


def _resolve_before_dns(nsswitch: str) -> bool:
    line = re.search(r"(?m)^[ \t]*hosts:([^#\n]*)", nsswitch)
    services = line.group(1).split() if line else []
    return "resolve" in services and ("dns" not in services or services.index("resolve") < services.index("dns"))


def advice(lookup: str) -> str:
    """What is wrong with a lookup path and how to mend it; empty for STUB."""
    if lookup == STUB:
        return ""
    victims = "Programs that read /etc/resolv.conf themselves do" if lookup == NSS else "Programs do"
    return (
        f"{victims} not ask systemd-resolved on this host, because /etc/resolv.conf names other servers than "
        "127.0.0.53: they never see the delegate. Give the file to systemd-resolved: "
        "ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf"
    )

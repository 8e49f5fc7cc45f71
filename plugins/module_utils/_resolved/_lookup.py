# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Whether programs ask systemd-resolved at all when they look a name up."""

from __future__ import annotations

import re

from ._resolv_conf import STUB_LINK, servers

STUB = "stub"
NSS = "nss"
BYPASSED = "bypassed"

STUB_ADDRESSES = frozenset({"127.0.0.53", "127.0.0.54"})

# What nss-resolve says of a name when systemd-resolved has answered: it has addresses, it has none (so it is for most
# failures), or the servers are away. UNAVAIL is left for a systemd-resolved that is not there.
_ANSWERED = ("SUCCESS", "NOTFOUND", "TRYAGAIN")
_RETURN = "RETURN"
# nsswitch.conf(5): what follows each status of a service unless the file says otherwise.
_DEFAULTS = {"SUCCESS": _RETURN, "NOTFOUND": "CONTINUE", "TRYAGAIN": "CONTINUE", "UNAVAIL": "CONTINUE"}


def lookup_path(resolv_conf: str, nsswitch: str, nss_resolve: bool) -> str:
    """How names are looked up on a host.

    :param resolv_conf: the text of /etc/resolv.conf, empty when there is none.
    :param nsswitch: the text of /etc/nsswitch.conf, empty when there is none.
    :param nss_resolve: whether the library of nss-resolve is installed.
    :returns: STUB, every program asks resolved; NSS, those that use the C library do and those that read
        /etc/resolv.conf themselves do not; BYPASSED, none does, or what it does not find is asked elsewhere, too.
    """
    named = set(servers(resolv_conf))
    if named and named <= STUB_ADDRESSES:
        return STUB
    return NSS if nss_resolve and _resolve_instead_of_dns(nsswitch) else BYPASSED


def finds_names(nsswitch: str, nss_resolve: bool) -> bool:
    """Whether the C library looks names up in the DNS at all."""
    names = [name for name, _actions in _services(nsswitch)]
    return not names or "dns" in names or ("resolve" in names and nss_resolve)


def host_services(nsswitch: str) -> list[str]:
    """What the line `hosts:` of nsswitch.conf(5) says, word by word."""
    line = re.search(r"(?m)^[ \t]*hosts:([^#\n]*)", nsswitch)
    return line.group(1).split() if line else []


def _resolve_instead_of_dns(nsswitch: str) -> bool:
    """Whether dns is not asked while systemd-resolved answers; only resolve's own actions can see to that."""
    services = _services(nsswitch)
    names = [name for name, _actions in services]
    if "resolve" not in names or "dns" not in names:
        return "resolve" in names
    place = names.index("resolve")
    actions = services[place][1]
    return place < names.index("dns") and all(actions[status] == _RETURN for status in _ANSWERED)


def _services(nsswitch: str) -> list[tuple[str, dict[str, str]]]:
    """The services of that line, each with what follows which status."""
    words = re.findall(r"([^\s\[]+)\s*(?:\[([^\]]*)\])?", " ".join(host_services(nsswitch)))
    return [(name, _actions(text)) for name, text in words]


def _actions(text: str) -> dict[str, str]:
    """What follows which status; one with "!" is meant for all others."""
    actions = dict(_DEFAULTS)
    for others, status, action in re.findall(r"(!?)(\w+)\s*=\s*(\w+)", text.upper()):
        actions.update({known: action for known in _DEFAULTS if (known != status) == bool(others)})
    return actions


def advice(lookup: str) -> str:
    """What is wrong with a lookup path and how to mend it; empty for STUB."""
    if lookup == STUB:
        return ""
    victims = "Programs that read /etc/resolv.conf themselves do" if lookup == NSS else "Programs do"
    library = (
        ". For programs that use the C library nss-resolve does, too, with `hosts: files resolve [!UNAVAIL=return] "
        "dns` in /etc/nsswitch.conf: without the brackets they ask the other servers for what it does not find"
    )
    return (
        f"{victims} not ask systemd-resolved on this host, because /etc/resolv.conf names other servers than "
        "127.0.0.53: they never see the delegate. Give the file to systemd-resolved: "
        f"ln -sf {STUB_LINK} /etc/resolv.conf{library if lookup == BYPASSED else ''}"
    )

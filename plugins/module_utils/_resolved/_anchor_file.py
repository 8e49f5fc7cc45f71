# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The text of a file with negative trust anchors (dnssec-trust-anchors.d(5)): domains that are not validated."""

from __future__ import annotations

import typing as t

from .._net._names import in_zone
from ._file import MARK

DIRECTORY = "/etc/dnssec-trust-anchors.d"
SUFFIX = ".negative"
PREFIX = "homelab-network-"

# A line of these files is a comment when it begins with a semicolon.
_MARK = f";{MARK[1:]}"
_BUILT_IN_TITLE = "; What systemd-resolved has built in, which no such file may lack:"
_OWN_TITLE = "; Private domains of delegate "
# dnssec-trust-anchors.d(5): in force as long as no file names a domain; then nothing but the files is.
BUILT_IN = frozenset(
    {
        *("home.arpa", "resolver.arpa", "ipv4only.arpa", "170.0.0.192.in-addr.arpa", "171.0.0.192.in-addr.arpa"),
        *("10.in-addr.arpa", "168.192.in-addr.arpa", *(f"{second}.172.in-addr.arpa" for second in range(16, 32))),
        *("d.f.ip6.arpa", "corp", "home", "internal", "intranet", "lan", "local", "private", "test"),
    }
)


def covered(domain: str, anchors: t.Iterable[str]) -> bool:
    """Whether a domain, or one above it, is among the anchors."""
    return any(in_zone(domain, anchor) for anchor in anchors)


def render(name: str, built_in: t.Iterable[str], domains: t.Iterable[str]) -> str:
    """The file of a delegate."""
    kept = sorted(built_in)
    lines = [_MARK, *([_BUILT_IN_TITLE, *kept] if kept else []), f"{_OWN_TITLE}{name}:", *sorted(domains)]
    return "\n".join(lines) + "\n"


def is_ours(text: str) -> bool:
    """Whether this collection wrote a file."""
    return text.startswith(_MARK)


def parse(text: str) -> frozenset[str]:
    """The domains that a file names."""
    lines = (line.strip() for line in text.splitlines())
    return frozenset(line.split()[0].rstrip(".").lower() for line in lines if line and line[0] != ";")


def kept(text: str) -> frozenset[str]:
    """The built-in domains that a file of ours names."""
    return parse(text.partition(_OWN_TITLE)[0])

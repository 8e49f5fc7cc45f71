# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The delegate that the tests of this folder set up, and what the lab's servers say about it."""

from __future__ import annotations

import typing as t
import uuid

from tests.lab.topology import ADGUARD

from .conftest import DELEGATES, Host

FILE = f"{DELEGATES}/home.dns-delegate"
HOME = {"name": "home", "servers": [ADGUARD], "domains": ["home.arpa", "168.192.in-addr.arpa"]}
LOADED = {
    "name": "home",
    "servers": [ADGUARD],
    "domains": ["168.192.in-addr.arpa", "home.arpa"],
    "search_domains": [],
    "default_route": False,
}


def delegate(host: Host, **options: t.Any) -> dict[str, t.Any]:
    """The result of dns_delegate; options replace those of HOME."""
    return host.module("dns_delegate", **{**HOME, **options})


def loaded(host: Host) -> list[dict[str, t.Any]]:
    """The delegates that resolved has loaded."""
    names = ("name", "servers", "domains", "search_domains", "default_route")
    delegates = host.module("dns_delegate_info")["delegates"]
    return [{name: item[name] for name in names} for item in delegates]


def leaks(host: Host) -> bool:
    """Whether the public server sees a fresh name of the private zone that the host looks up."""
    name = f"x{uuid.uuid4().hex}.home.arpa"
    mark = host.lab.mark()
    host.sh(f"getent ahosts {name} || true")
    return name in {query.name for query in host.lab.queries("public", mark)}


def tree(host: Host) -> str:
    """Everything in /etc but the machine's own: names, kinds, modes, owners, links and contents."""
    return host.sh(
        "cd /etc; find . -printf '%p %y %m %U %G %l\\n' | sort; find . -type f | sort | xargs -d '\\n' sha256sum"
    )

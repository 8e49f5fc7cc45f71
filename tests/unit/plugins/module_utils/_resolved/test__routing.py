# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved._dump import Loaded
from ansible_collections.homelab.network.plugins.module_utils._resolved._routing import ROOT, asked, in_use
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import DELEGATE, GLOBAL, LINK, Scope
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server

PRIVATE, PUBLIC = Server("192.168.50.2"), Server("203.0.113.53")
UPLINK = Scope(LINK, "eth0", (PUBLIC,), default_route=True)
HOME = Scope(DELEGATE, "home", (PRIVATE,), ("home.arpa",))
LAB = Scope(LINK, "tun0", (PRIVATE,), ("lab.home.arpa",))
EVERYWHERE = Scope(GLOBAL, "", (PRIVATE,), ("lan",))
ALL_NAMES = Scope(LINK, "wg0", (PUBLIC,), (ROOT,))


@pytest.mark.parametrize(
    ("name", "scopes", "expected"),
    [
        ("home.arpa", [UPLINK, HOME], [HOME]),
        ("nas.home.arpa", [UPLINK, HOME], [HOME]),
        ("nothome.arpa", [UPLINK, HOME], [UPLINK]),
        (ROOT, [UPLINK, HOME], [UPLINK]),
        (ROOT, [HOME], []),
        ("nas.lab.home.arpa", [HOME, LAB], [LAB]),
        ("x.home.arpa", [HOME, Scope(LINK, "eth0", (PUBLIC,), (), ("home.arpa",))], None),
        # Global servers are asked beside every default route, whatever their domains, but not beside all names.
        (ROOT, [EVERYWHERE, UPLINK], [EVERYWHERE, UPLINK]),
        ("x.lan", [EVERYWHERE, UPLINK], [EVERYWHERE]),
        (ROOT, [EVERYWHERE, UPLINK, ALL_NAMES], [ALL_NAMES]),
        ("x.lan", [EVERYWHERE, ALL_NAMES], [EVERYWHERE]),
    ],
)
def test_who_is_asked(name: str, scopes: list[Scope], expected: list[Scope] | None) -> None:
    assert asked(name, scopes) == (scopes if expected is None else expected)


def test_who_cannot_be_asked() -> None:
    empty = Scope(DELEGATE, "empty", (), ("x.test",))
    assert in_use(Loaded((empty, UPLINK, LAB), idle=("tun0",)), 262) == (UPLINK,)


@pytest.mark.parametrize(
    ("scopes", "version", "used"),
    [
        ((), 257, True),
        ((HOME,), 262, True),
        ((UPLINK,), 262, False),
        ((LAB,), 262, True),
        ((LAB,), 257, False),
        ((Scope(GLOBAL, "", (PRIVATE,)),), 262, False),
    ],
)
def test_fallback_servers(scopes: tuple[Scope, ...], version: int, used: bool) -> None:
    own = Scope(GLOBAL, "", (), ("lan",))
    known = scopes if any(scope.kind == GLOBAL for scope in scopes) else (*scopes, own)
    found = in_use(Loaded(known, fallback=(PUBLIC,)), version)
    assert (Scope(GLOBAL, "", (PUBLIC,), ("lan",)) in found) == used
    assert set(scopes) <= set(found)

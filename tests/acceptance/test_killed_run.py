# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that was killed needs no cleaning up: the next one goes on from whatever it has left behind."""

from __future__ import annotations

import contextlib

import pytest

from tests.lab.lab import Lab

from .site import Site
from .state import DELEGATE, delegates, look

pytestmark = pytest.mark.long

RELEASE = "/api/v1/namespaces/metallb-system/secrets/sh.helm.release.v1.metallb.v1"
POOLS = "/apis/metallb.io/v1beta1/ipaddresspools"
# A release that Helm was killed over is taken for one that Helm works on until this time is over.
PATIENCE = "metallb_wait_timeout=60"


def status(lab: Lab) -> str:
    """What Helm's record of the first revision says."""
    found = lab.cluster.client().get(RELEASE)
    return found["metadata"]["labels"]["status"] if found else ""


def pools(lab: Lab) -> list[str]:
    """The names of the pools; none while the API server is busy with a kind that is new to it (429)."""
    with contextlib.suppress(OSError):
        found = lab.cluster.client().get(POOLS)
        return [item["metadata"]["name"] for item in found["items"]] if found else []
    return []


def rewrites(lab: Lab) -> list[str]:
    """The names that AdGuard Home answers."""
    return [item["domain"] for item in lab.adguard.client().get("/control/rewrite/list")]


def delegate(lab: Lab) -> str:
    """The workstation's file."""
    return lab.exec("ws1", ["cat", DELEGATE], check=False).stdout


def test_each_killed_run_is_completed_by_the_next(site: Site) -> None:
    """Killed while Helm installs, while pools are made, while names are made, and before the delegate is loaded."""
    lab = site.lab
    site.kill("site", when=lambda: status(lab) == "pending-install")
    assert status(lab) == "pending-install"

    site.kill("site", "-e", PATIENCE, when=lambda: status(lab) == "deployed" and pools(lab))
    assert rewrites(lab) == []

    site.kill("site", when=lambda: rewrites(lab))
    assert delegate(lab) == ""

    site.kill("site", when=lambda: delegate(lab))

    run = site.run("site").ok()
    assert [line.split()[0] for line in run.table[1:]] == ["echo", "jellyfin", "whoami", "no"]
    assert set(pools(lab)) == {"lan", "pinned"}
    assert sorted(rewrites(lab)) == [f"{name}.home.arpa" for name in ("adguard", "echo", "jellyfin", "whoami")]
    assert delegates(lab) == {"homelab-network": (["192.168.50.2"], ["home.arpa"])}

    settled = look(lab)
    assert site.run("site", "--skip-tags=verify").ok().changes == []
    assert look(lab).written_since(settled) == set()

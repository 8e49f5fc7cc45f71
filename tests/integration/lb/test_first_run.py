# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first run on a cluster: what is predicted before MetalLB is there equals what is done when it is."""

from __future__ import annotations

import typing as t

import pytest

from .conftest import Site, new_lab, pool

POOLS = [pool("lan", "192.168.50.60-192.168.50.69"), pool("pinned", "192.168.50.96/29", auto_assign=False)]
WANTED = {"default/whoami": "192.168.50.97", "default/echo": "", "media/nosuch": "192.168.50.98"}


@pytest.fixture(scope="module")
def empty() -> t.Iterator[Site]:
    """A cluster of these tests' own, without MetalLB."""
    for lab in new_lab("e"):
        yield Site(lab)


def test_the_prediction_on_an_empty_cluster_is_what_is_done(empty: Site) -> None:
    assert empty.run("lb_pool_info")["installed"] is False
    assert "MetalLB is not installed" in empty.pools(*POOLS, fails=True)["msg"]
    assert "MetalLB is not installed" in empty.addresses(WANTED, fails=True)["msg"]
    assert empty.pools(state="exact")["changed"] is False
    pools, addresses = empty.pools(*POOLS, check=True), empty.addresses(WANTED, check=True)
    assert [(item["kind"], item["name"]) for item in pools["unverified"]] == [
        ("IPAddressPool", "lan"),
        ("IPAddressPool", "pinned"),
        ("L2Advertisement", "lan"),
        ("L2Advertisement", "pinned"),
    ]
    assert [item["name"] for item in addresses["unverified"]] == ["default/echo", "default/whoami"]
    empty.install()
    # The webhook is not ready at once.
    done = empty.pools(*POOLS)
    assert (done["changed"], done["diff"], done["unverified"]) == (True, pools["diff"], [])
    given = empty.addresses(WANTED)
    assert (given["diff"], given["unverified"]) == (addresses["diff"], [])
    assert {item["service"]: item["status"] for item in given["services"]} == {
        "default/whoami": "moved",
        "default/echo": "assigned",
        "media/nosuch": "missing",
    }

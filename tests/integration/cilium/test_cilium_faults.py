# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to lb_pool when Cilium's operator is away, or pools get in each other's way meanwhile."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.integration.lb.test_faults import later
from tests.integration.waiting import eventually

from .conftest import LBIPAM, Site, foreign, pool

LAN = pool("lan", "192.168.50.60-192.168.50.69")
WIDE = pool("lan", "192.168.50.60-192.168.50.75")
HOME = pool("home", "192.168.50.60-192.168.50.69")
BLOCKS = [{"start": "192.168.50.60", "stop": "192.168.50.69"}]
WHOAMI = "default/whoami"
POOL = "CiliumLoadBalancerIPPool"


def test_an_operator_that_is_stopped_is_named_and_a_later_run_completes(site: Site) -> None:
    with site.stopped():
        failed = site.pools(LAN, wait_timeout=3, fails=True)
        assert "Cilium has not taken the pools within 3 s: " in failed["msg"]
        assert 'has not looked at pool "lan" yet (it is new)' in failed["msg"]
        assert 3 <= failed.seconds < 30
        written = site.written()
        again = site.pools(LAN, wait_timeout=1, fails=True)
        assert 'has not looked at pool "lan" yet' in again["msg"]
        with later(2, site.go_on):
            assert site.pools(LAN)["changed"] is False
    assert site.written() == written
    assert site.address(WHOAMI)


@pytest.mark.parametrize(
    "change", [{"pools": [WIDE]}, {"pools": [LAN], "state": "absent", "on_affected": "accept"}, {"pools": [HOME]}]
)
def test_the_wait_is_for_this_change(site: Site, change: dict[str, t.Any]) -> None:
    site.pools(LAN)
    options = {name: value for name, value in change.items() if name != "pools"}
    if change["pools"] == [HOME]:
        options["state"] = "exact"
    before = site.address(WHOAMI)
    with site.stopped():
        failed = site.pools(*change["pools"], wait_timeout=2, fails=True, **options)
        assert "Cilium has not taken the pools within 2 s: " in failed["msg"]
        assert site.address(WHOAMI) == before
        with later(2, site.go_on):
            done = site.pools(*change["pools"], **options)
    assert site.pools(*change["pools"], **options)["changed"] is False
    absent = options.get("state") == "absent"
    assert site.address(WHOAMI) == ("" if absent else before), done


def test_a_change_that_is_taken_back_while_the_operator_is_away_is_no_end_of_the_wait(site: Site) -> None:
    site.pools(LAN)
    before = site.statuses()
    with site.stopped():
        site.pools(WIDE, wait_timeout=1, fails=True)
        with later(2, site.go_on):
            assert site.pools(LAN, wait_timeout=60)["changed"] is True
    assert site.pools(LAN)["changed"] is False
    assert site.statuses() == before


def test_an_operator_that_is_restarted_meanwhile_is_waited_for(site: Site) -> None:
    site.lab.stop(LBIPAM)
    with later(2, lambda: site.lab.start(LBIPAM, "--enable-l2-announcements")):
        assert site.pools(LAN)["changed"] is True
    assert site.address(WHOAMI)


def test_a_conflict_that_arises_meanwhile_fails_the_task_with_both_names(site: Site) -> None:
    def get_in_the_way() -> None:
        eventually(lambda: f"{POOL}/lan" in site.objects())
        site.apply(foreign("theirs", "192.168.50.64/30"))
        site.go_on()

    with site.stopped(), later(0, get_in_the_way):
        failed = site.pools(LAN, fails=True)
    assert "is in conflict with pool" in failed["msg"]
    assert '"lan"' in failed["msg"]
    assert '"theirs"' in failed["msg"]
    shown = site.run("lb_pool_info")
    assert "theirs" in str(shown.get("conflicts"))
    site.kubectl("delete", "ciliumloadbalancerippool", "theirs")
    assert site.pools(LAN)["changed"] is False
    assert eventually(lambda: site.address(WHOAMI))


@pytest.mark.parametrize("further", [False, True])
def test_a_run_that_was_killed_while_it_handed_addresses_over_is_completed(site: Site, further: bool) -> None:
    site.pools(LAN)
    before = site.statuses()
    blocks = [*BLOCKS, {"cidr": "255.255.255.254/31"}, {"cidr": "255.255.255.255/32"}]
    patch = json.dumps({"spec": {"blocks": blocks, "disabled": True}})
    site.kubectl("patch", "ciliumloadbalancerippool", "lan", "--type=merge", f"--patch={patch}")
    eventually(lambda: "overlaps" in str(site.objects()[f"{POOL}/lan"]["status"]))
    if further:
        home = foreign("home", blocks=BLOCKS)
        home["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "homelab.network"}
        site.apply(home)
        eventually(lambda: site.objects()[f"{POOL}/home"].get("status"))
    done = site.pools(HOME, state="exact")
    assert (done["changed"], done["moved"]) == (True, [])
    assert site.statuses() == before
    assert set(site.specs()) == {f"{POOL}/home", "CiliumL2AnnouncementPolicy/home"}
    assert site.pools(HOME, state="exact")["changed"] is False

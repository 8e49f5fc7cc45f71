# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Cilium that is there lacks for pools."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.filter.cilium import cilium_missing

READY = {
    "enable-lb-ipam": "true",
    "enable-l2-announcements": "true",
    "kube-proxy-replacement": "true",
    "enable-bgp-control-plane": "true",
}
L2, BGP, NONE = ({"name": way, "advertise": way} for way in ("l2", "bgp", "none"))


def lacking(config: dict[str, str], *pools: dict[str, str]) -> list[str]:
    """The values of the chart that are missing, without what they are for."""
    return [text.partition("=")[0] for text in cilium_missing(config, pools)]


@pytest.mark.parametrize("pool", [L2, BGP, NONE, {"name": "by default"}])
def test_a_cilium_that_is_ready_lacks_nothing(pool: dict[str, str]) -> None:
    assert lacking(READY, pool) == []


def test_what_is_off_by_default() -> None:
    announced = ["l2announcements.enabled", "kubeProxyReplacement"]
    assert lacking({}, L2) == lacking({}, {"name": "by default"}) == announced
    assert lacking({}, BGP) == ["bgpControlPlane.enabled"]
    assert lacking({}, BGP, L2) == [*announced, "bgpControlPlane.enabled"]
    assert lacking({}, NONE) == lacking({}) == []


@pytest.mark.parametrize(
    ("key", "value", "pool"),
    [
        ("enable-lb-ipam", "enableLBIPAM", NONE),
        ("enable-l2-announcements", "l2announcements.enabled", L2),
        ("kube-proxy-replacement", "kubeProxyReplacement", L2),
        ("enable-bgp-control-plane", "bgpControlPlane.enabled", BGP),
    ],
)
def test_what_is_switched_off_is_told_with_its_reason(key: str, value: str, pool: dict[str, str]) -> None:
    (text,) = cilium_missing({**READY, key: "false"}, [pool])
    assert text.startswith(f"{value}=true (")
    assert lacking({**READY, key: "false"}) == []


def test_the_strict_replacement_of_older_releases() -> None:
    assert lacking({**READY, "kube-proxy-replacement": "strict"}, L2) == []
    assert lacking({**READY, "kube-proxy-replacement": "partial"}, L2) == ["kubeProxyReplacement"]

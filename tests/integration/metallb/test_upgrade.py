# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From one version of MetalLB's chart to the next, and from layer 2 to BGP and back. In this order."""

from __future__ import annotations

import typing as t

import pytest

from .conftest import NAMESPACE, POOLS, Site
from .test_role import CHART
from .test_role import POOLS as GIVE_POOLS

pytestmark = pytest.mark.long

ROUTED: dict[str, t.Any] = {
    "metallb_pools": [*POOLS, {"name": "routed", "addresses": ["198.51.100.0/28"], "advertise": "bgp"}],
    "metallb_bgp": {
        "asn": 64512,
        "peers": [{"name": "router", "address": "192.168.50.9", "asn": 64513, "bfd_profile": "fast"}],
        "bfd_profiles": [{"name": "fast", "receive_interval": 100}],
    },
}
CONTRACT = "homelab.network.lb_pools : Take away what the pools no longer need"


@pytest.fixture(scope="module", autouse=True)
def removed(site: Site) -> t.Iterator[None]:
    """The programs of the lab may do more than the older chart lets them; the next tests find an empty cluster."""
    group = f"--group=system:serviceaccounts:{NAMESPACE}"
    site.kubectl("create", "clusterrolebinding", "newer-programs", "--clusterrole=cluster-admin", group)
    yield
    site.role(metallb_state="absent", metallb_on_affected="accept").ok()
    site.kubectl("delete", "clusterrolebinding", "newer-programs")
    assert site.versions() == {}


def shown(site: Site) -> tuple[set[str], str]:
    """The images of MetalLB, and the address of the lab's own Service."""
    workloads = site.json("deployments,daemonsets", f"--namespace={NAMESPACE}")["items"]
    containers = [item for each in workloads for item in each["spec"]["template"]["spec"]["containers"]]
    service = site.json("service", "whoami", "--namespace=default")
    return {item["image"] for item in containers}, service["status"]["loadBalancer"]["ingress"][0]["ip"]


def test_an_upgrade_changes_nothing_but_the_release(site: Site) -> None:
    site.role(metallb_chart_version="0.15.3").ok()
    images, address = shown(site)
    assert all(image.endswith(":v0.15.3") for image in images)
    pool = site.json("ipaddresspool", "lan", f"--namespace={NAMESPACE}")["metadata"]["generation"]
    predicted, done = site.role("--check").ok(), site.role().ok()
    assert predicted.changed == done.changed == [CHART]
    images, kept = shown(site)
    assert all(image.endswith(":v0.16.1") for image in images)
    assert kept == address
    assert site.json("ipaddresspool", "lan", f"--namespace={NAMESPACE}")["metadata"]["generation"] == pool
    # The kinds come with the chart as well.
    kind = site.json("customresourcedefinition", "l2advertisements.metallb.io")
    assert "serviceSelectors" in str(kind["spec"]["versions"])
    assert site.role().ok().changed == []


def test_frr_comes_with_the_first_router_and_goes_after_the_last(site: Site) -> None:
    done = site.role(**ROUTED).ok()
    assert done.changed == [CHART, GIVE_POOLS]
    assert any("frrouting" in image for image in shown(site)[0])
    assert site.role(**ROUTED).ok().changed == []
    # The router is not wanted any more, but as long as it is there, FRR serves it.
    assert site.role().ok().changed == []
    assert site.role(entry="contract").ok().changed == [CONTRACT]
    assert site.json("bgppeers.metallb.io", "--all-namespaces")["items"] == []
    assert site.role().ok().changed == [CHART]
    assert not any("frrouting" in image for image in shown(site)[0])

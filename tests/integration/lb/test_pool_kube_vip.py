# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lb_pool with the real cloud provider of kube-vip, which writes the address that it has chosen as a request."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.integration.waiting import eventually

from .conftest import Site, load_balancer, new_lab, pool

LAN = pool("lan", "192.168.50.60-192.168.50.69")
PIN = "kube-vip.io/loadbalancerIPs"


@pytest.fixture(scope="module")
def cluster() -> t.Iterator[Site]:
    """A cluster of these tests' own, with kube-vip's cloud provider."""
    for lab in new_lab("k"):
        lab.start("kube-vip-cloud-provider")
        yield Site(lab)


def entries(site: Site) -> dict[str, str]:
    """The entries of the ConfigMap."""
    found: dict[str, str] = json.loads(
        site.kubectl("get", "configmap", "kubevip", "--namespace=kube-system", "--output=jsonpath={.data}")
    )
    return found


def chosen(site: Site, key: str) -> str:
    """The address that the cloud provider has chosen."""
    return str(site.service(key)["metadata"].get("annotations", {}).get(PIN, ""))


def test_pools_of_the_config_map(cluster: Site) -> None:
    data = {"search-order": "desc", "range-office": "192.168.50.90-192.168.50.91"}
    meta = {"name": "kubevip", "namespace": "kube-system"}
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data})
    media = pool("tv", "192.168.50.80/30", namespaces=["media"])
    pinned = pool("pinned", "192.168.50.96/29", auto_assign=False)
    predicted = cluster.pools(LAN, media, pinned, check=True)
    assert entries(cluster) == data
    done = cluster.pools(LAN, media, pinned)
    assert (done["changed"], done["diff"], done["pools"]) == (True, predicted["diff"], predicted["pools"])
    assert {item["effect"] for item in done["forecast"]} == {"gains"}
    assert entries(cluster) == {
        **data,
        "range-global": "192.168.50.60-192.168.50.69",
        "range-media": "192.168.50.80-192.168.50.83",
        "requests-pinned": "192.168.50.96-192.168.50.103",
    }
    assert cluster.pools(LAN, media, pinned)["changed"] is False
    cluster.apply(load_balancer("fresh"))
    assert eventually(lambda: chosen(cluster, "default/fresh")) in {f"192.168.50.{n}" for n in range(60, 70)}
    # What has an address keeps it, whatever becomes of the pools.
    held = chosen(cluster, "default/fresh")
    elsewhere = pool("lan", "192.168.50.70-192.168.50.75")
    moved = cluster.pools(elsewhere, state="exact")
    assert (moved["changed"], moved["affected_services"]) == (True, [])
    cluster.apply(load_balancer("another"))
    assert eventually(lambda: chosen(cluster, "default/another")) in {f"192.168.50.{n}" for n in range(70, 76)}
    assert chosen(cluster, "default/fresh") == held
    assert entries(cluster) == {**data, "range-global": "192.168.50.70-192.168.50.75"}
    told = cluster.run("lb_pool_info")
    assert (told["provider"], [item["name"] for item in told["pools"]]) == ("kube_vip", ["lan", "office"])
    assert cluster.pools(elsewhere, state="absent")["changed"] is True
    assert entries(cluster) == data
    assert (
        "kube-vip cannot select Services" in cluster.pools({**LAN, "service_selector": {"a": "b"}}, fails=True)["msg"]
    )
    assert "by adopt set to true" in cluster.pools(pool("office", "192.168.50.90/31"), fails=True)["msg"]

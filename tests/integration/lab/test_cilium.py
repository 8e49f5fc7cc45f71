# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controllers besides MetalLB: the real LB-IPAM, alone and behind the pod of Cilium's chart, and kube-vip's."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from tests.integration.waiting import eventually
from tests.lab import cache
from tests.lab.cilium import LBIPAM, OPERATOR
from tests.lab.errors import LabError
from tests.lab.fake_kinds import cilium_pools_of_1_17
from tests.lab.lab import Lab
from tests.lab.standalone import KUBE_VIP

POOL = {
    "apiVersion": "cilium.io/v2",
    "kind": "CiliumLoadBalancerIPPool",
    "metadata": {"name": "lan"},
    "spec": {"blocks": [{"start": "192.168.50.200", "stop": "192.168.50.209"}, {"cidr": "fd00:50::/120"}]},
}

CLASSED = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "classed", "namespace": "default"},
    "spec": {"type": "LoadBalancer", "loadBalancerClass": "io.cilium/l2-announcer", "ports": [{"port": 80}]},
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Lab]:
    """A lab without workstations."""
    lab = Lab(f"t{os.getpid()}cilium")
    try:
        lab.up([])
        yield lab
    finally:
        lab.down()


def addresses(lab: Lab, service: str) -> list[str]:
    """What a Service of the default namespace has."""
    status = json.loads(lab.kubectl("get", "service", service, "--output=json"))["status"]
    return [item["ip"] for item in status["loadBalancer"].get("ingress", ())]


def test_pools_as_an_older_cilium_serves_them(cluster: Lab) -> None:
    cluster.kubectl("apply", "--filename=-", input=json.dumps(cilium_pools_of_1_17()))
    cluster.kubectl("wait", "--for=condition=Established", "crd/ciliumloadbalancerippools.cilium.io")
    cluster.kubectl("apply", "--filename=-", input=json.dumps({**POOL, "apiVersion": "cilium.io/v2alpha1"}))
    wrong = {**POOL, "apiVersion": "cilium.io/v2alpha1", "spec": {"blocks": [{"cidr": 1}]}}
    with pytest.raises(LabError, match=r"spec\.blocks\[0\]\.cidr"):
        cluster.kubectl("create", "--filename=-", input=json.dumps({**wrong, "metadata": {"name": "wrong"}}))
    cluster.kubectl("delete", "crd", "ciliumloadbalancerippools.cilium.io")


def test_lbipam_gives_addresses_of_both_families(cluster: Lab) -> None:
    cluster.start(LBIPAM)
    cluster.kubectl("apply", "--filename=-", input=json.dumps(POOL))
    cluster.kubectl("patch", "service", "whoami", '--patch={"spec": {"ipFamilyPolicy": "PreferDualStack"}}')
    eventually(lambda: len(addresses(cluster, "whoami")) == 2)
    assert {address.startswith("fd00:50::") for address in addresses(cluster, "whoami")} == {True, False}


def test_lbipam_is_started_again_for_other_flags(cluster: Lab) -> None:
    cluster.start(LBIPAM)
    before = cluster.programs.pid(LBIPAM)
    cluster.start(LBIPAM)
    assert cluster.programs.pid(LBIPAM) == before
    cluster.start(LBIPAM, "--default-lb-service-ipam=none", "--enable-l2-announcements")
    assert cluster.programs.pid(LBIPAM) not in (None, before)
    cluster.kubectl("create", "service", "loadbalancer", "late", "--tcp=80")
    cluster.kubectl("apply", "--filename=-", input=json.dumps(CLASSED))
    eventually(lambda: addresses(cluster, "classed"))
    assert addresses(cluster, "late") == []
    cluster.start(LBIPAM)
    eventually(lambda: addresses(cluster, "late"))
    cluster.stop(LBIPAM)
    assert cluster.programs.state(LBIPAM) == "stopped"


def test_kube_vip_requests_an_address_from_its_config_map(cluster: Lab) -> None:
    cluster.kubectl("create", "configmap", "kubevip", "-nkube-system", "--from-literal=cidr-global=192.168.50.224/30")
    cluster.start(KUBE_VIP)
    asked = r"--output=jsonpath={.metadata.annotations.kube-vip\.io/loadbalancerIPs}"
    eventually(lambda: cluster.kubectl("get", "service", "late", asked).startswith("192.168.50.22"))
    cluster.stop(KUBE_VIP)


def test_the_operator_s_pod_is_the_real_lbipam(cluster: Lab) -> None:
    cluster.install_cilium("enableLBIPAM=false")
    cluster.kubectl("create", "service", "loadbalancer", "later", "--tcp=80")
    before = cluster.programs.pid(OPERATOR)
    home = cluster.path / "pods" / OPERATOR
    assert [path.read_text(encoding="utf-8") for path in home.glob("*/tmp/cilium/config-map/enable-lb-ipam")] == [
        "false"
    ]
    chart = str(cache.asset("cilium-chart"))
    cluster.helm("upgrade", "cilium", chart, "--namespace=kube-system", "--reuse-values", "--set=enableLBIPAM=true")
    cluster.kubectl("rollout", "restart", "deployment/cilium-operator", "--namespace=kube-system")
    eventually(lambda: cluster.programs.pid(OPERATOR) not in (None, before))
    eventually(lambda: addresses(cluster, "later"))
    cluster.helm("uninstall", "cilium", "--namespace=kube-system", "--wait")
    eventually(lambda: not home.exists())
    assert cluster.programs.pid(OPERATOR) is None

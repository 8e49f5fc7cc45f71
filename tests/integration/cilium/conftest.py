# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules of load balancers against a lab's API server and the LB-IPAM of Cilium's own operator."""

from __future__ import annotations

import os
import signal
import typing as t
from contextlib import contextmanager

import pytest

from tests.integration.lb import conftest as lb
from tests.integration.lb.conftest import Result, load_balancer, new_lab, pool, written
from tests.integration.waiting import eventually
from tests.lab.lab import Lab

__all__ = ["LBIPAM", "SETTINGS", "Site", "eventually", "foreign", "load_balancer", "pool", "written"]

JSONObject = dict[str, t.Any]
LBIPAM = "cilium-lbipam"
_API = {
    "CiliumLoadBalancerIPPool": "/apis/cilium.io/v2/ciliumloadbalancerippools",
    "CiliumL2AnnouncementPolicy": "/apis/cilium.io/v2alpha1/ciliuml2announcementpolicies",
    "CiliumBGPAdvertisement": "/apis/cilium.io/v2/ciliumbgpadvertisements",
}
# What the chart's ConfigMap says of the settings that count, with what the program of the lab is started with.
SETTINGS = {
    "enable-lb-ipam": "true",
    "default-lb-service-ipam": "lbipam",
    "enable-ipv4": "true",
    "enable-ipv6": "true",
    "enable-l2-announcements": "true",
    "kube-proxy-replacement": "true",
}
_WORDS = (
    "lbipam.cilium.io/ips",
    "io.cilium/lb-ipam-ips",
    "lbipam.cilium.io/sharing-key",
    "lbipam.cilium.io/sharing-cross-namespace",
    "io.cilium/lb-ipam-sharing-key",
    "homelab.network/pin",
)


class Site(lb.Site):
    """A lab's cluster with Cilium's LB-IPAM."""

    def install(self) -> None:
        """Start what is real of Cilium, and leave what its chart would."""
        self.lab.start(LBIPAM, "--enable-l2-announcements")
        self.settings(SETTINGS)

    def settings(self, data: dict[str, str]) -> None:
        """The chart's ConfigMap."""
        meta = {"name": "cilium-config", "namespace": "kube-system"}
        self.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data})

    def pools(self, *pools: JSONObject, **options: t.Any) -> Result:
        """Run lb_pool; the load balancer is found."""
        return self.run("lb_pool", pools=list(pools), **{"wait_timeout": 60, **options})

    def objects(self) -> dict[str, JSONObject]:
        found = {kind: self.api.get(path)["items"] for kind, path in _API.items()}
        return {f"{kind}/{item['metadata']['name']}": item for kind, items in found.items() for item in items}

    def statuses(self) -> dict[str, t.Any]:
        """When the status of each Service was written last: a Service that lost its address for a moment shows."""
        return {key: (item["status"], item["metadata"]["resourceVersion"]) for key, item in self.services().items()}

    def labels(self, key: str) -> dict[str, str]:
        """The labels of a Service that are about pools."""
        found = self.services()[key]["metadata"].get("labels", {})
        return {name: value for name, value in found.items() if name == "homelab.network/pool"}

    def asked(self, key: str) -> set[str]:
        """What a Service asks for, and how it shares."""
        return {*_WORDS} & {*self.services()[key]["metadata"].get("annotations", {})}

    def reset(self) -> None:
        self.settings(SETTINGS)
        for path in _API.values():
            self.api.request("DELETE", path)
        self.api.request("DELETE", "/api/v1/namespaces/default/services?labelSelector=test")
        if any(self.asked(key) for key in self.services()):
            self.addresses({}, state="exact", provider="cilium", wait=False)
        for key in self.services():
            if self.asked(key):
                self.annotate(key, *(f"{word}-" for word in _WORDS))
        eventually(lambda: not any(self.address(key) for key in self.services()))

    def go_on(self) -> None:
        """Have the operator go on where it was stopped."""
        self.lab.signal(LBIPAM, signal.SIGCONT)

    @contextmanager
    def stopped(self) -> t.Iterator[None]:
        """The operator does nothing any more, but does not end either."""
        self.lab.signal(LBIPAM, signal.SIGSTOP)
        try:
            yield
        finally:
            self.go_on()


def foreign(name: str, *cidrs: str, **spec: t.Any) -> JSONObject:
    """A pool that somebody else has made."""
    blocks = [{"cidr": cidr} for cidr in cidrs]
    meta = {"name": name}
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumLoadBalancerIPPool",
        "metadata": meta,
        "spec": {"blocks": blocks, **spec},
    }


@pytest.fixture(scope="package")
def _site() -> t.Iterator[Site]:
    chosen = os.environ.get("HOMELAB_TEST_LAB")
    if chosen:
        # One that is up, with LB-IPAM, and stays up: for work on one test.
        site = Site(Lab(chosen))
        site.install()
        yield site
        return
    for lab in new_lab("c"):
        site = Site(lab)
        site.install()
        yield site


@pytest.fixture
def site(_site: Site) -> Site:
    """A cluster with Cilium's LB-IPAM, without any pool."""
    _site.reset()
    return _site

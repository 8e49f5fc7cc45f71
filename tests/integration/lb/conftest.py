# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules of load balancers, run as Ansible runs them, against a lab's API server and a real MetalLB."""

from __future__ import annotations

import importlib
import json
import os
import typing as t

import pytest

from tests.integration.forked import Result, run_module
from tests.integration.waiting import eventually
from tests.lab import cache, net, topology
from tests.lab.lab import Lab

NAMESPACE = "metallb-system"
_METALLB = f"/apis/metallb.io/v1beta1/namespaces/{NAMESPACE}"
_KINDS = {"IPAddressPool": "ipaddresspools", "L2Advertisement": "l2advertisements"}
_ANNOTATIONS = (
    "metallb.io/loadBalancerIPs",
    "metallb.universe.tf/loadBalancerIPs",
    "metallb.io/allow-shared-ip",
    "homelab.network/pin",
)
JSONObject = dict[str, t.Any]


class Site:
    """A lab's cluster, and the modules on the controller of its LAN."""

    def __init__(self, lab: Lab) -> None:
        # The forks that run the modules find them loaded.
        importlib.import_module("ansible_collections.kubernetes.core.plugins.module_utils.k8s.client")
        self.lab = lab
        self.api = lab.cluster.client()
        self._token = (lab.path / "cluster" / "token").read_text(encoding="utf-8").strip()

    def install(self) -> None:
        """Install MetalLB by its chart, with nothing but L2."""
        chart = str(cache.asset("metallb-chart"))
        helm = [str(cache.binary("helm")), f"--kubeconfig={self.lab.kubeconfig}", f"--namespace={NAMESPACE}"]
        values = ["--set=frrk8s.enabled=false", "--set=speaker.frr.enabled=false"]
        self.lab.exec("controller", [*helm, "install", "metallb", chart, "--create-namespace", "--wait", *values])
        self.lab.start("metallb-controller")
        self.lab.start("metallb-speaker")

    def run(self, name: str, /, *, check: bool = False, fails: bool = False, **options: t.Any) -> Result:
        """Run a module on the controller; it has to end as expected."""
        given = {"kubeconfig": str(self.lab.kubeconfig), **options}
        controller = net.inside(topology.namespace(self.lab.name, "controller"))
        return run_module(name, given, secret=self._token, check=check, fails=fails, where=controller)

    def pools(self, *pools: JSONObject, **options: t.Any) -> Result:
        """Run lb_pool."""
        return self.run("lb_pool", pools=list(pools), **{"wait_timeout": 60, **options})

    def addresses(self, wanted: dict[str, str], **options: t.Any) -> Result:
        """Run lb_address; `wanted` has the addresses by Service, as words."""
        services = [{"service": key, "addresses": words.split()} for key, words in wanted.items()]
        return self.run("lb_address", services=services, **{"wait_timeout": 60, **options})

    def kubectl(self, *arguments: str, **options: t.Any) -> str:
        """What kubectl prints."""
        return self.lab.kubectl(*arguments, **options)

    def apply(self, *objects: JSONObject) -> None:
        """Write objects as a user would."""
        self.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def objects(self) -> dict[str, JSONObject]:
        """Pools and advertisements by Kind/name."""
        found = {kind: self.api.get(f"{_METALLB}/{plural}")["items"] for kind, plural in _KINDS.items()}
        return {f"{kind}/{item['metadata']['name']}": item for kind, items in found.items() for item in items}

    def specs(self) -> dict[str, JSONObject]:
        """What pools and advertisements say."""
        return {key: item["spec"] for key, item in self.objects().items()}

    def written(self) -> dict[str, list[str]]:
        """When and by whom each pool and advertisement was written last, other than by MetalLB counting addresses."""
        return {key: written(item) for key, item in self.objects().items()}

    def services(self) -> dict[str, JSONObject]:
        """All Services."""
        items = self.api.get("/api/v1/services")["items"]
        return {f"{item['metadata']['namespace']}/{item['metadata']['name']}": item for item in items}

    def service(self, key: str) -> JSONObject:
        """One Service."""
        return self.services()[key]

    def address(self, key: str) -> str:
        """The address that a Service has, or nothing."""
        ingress = self.services()[key]["status"]["loadBalancer"].get("ingress", [])
        return " ".join(item["ip"] for item in ingress)

    def annotations(self, key: str) -> dict[str, str]:
        """The annotations of a Service that are about addresses."""
        found = self.services()[key]["metadata"].get("annotations", {})
        return {name: value for name, value in found.items() if name in _ANNOTATIONS}

    def versions(self) -> dict[str, str]:
        """The resourceVersion of each Service."""
        return {key: item["metadata"]["resourceVersion"] for key, item in self.services().items()}

    def annotate(self, key: str, *arguments: str) -> None:
        """Run `kubectl annotate` on a Service."""
        namespace, _slash, name = key.partition("/")
        self.kubectl("annotate", "--overwrite", f"--namespace={namespace}", "service", name, *arguments)

    def reset(self) -> None:
        """No pool, no advertisement, no Service but the lab's own, and none of these asks for an address."""
        for plural in _KINDS.values():
            self.api.request("DELETE", f"{_METALLB}/{plural}")
        self.api.request("DELETE", "/api/v1/namespaces/default/services?labelSelector=test")
        for key in self.services():
            if self.annotations(key):
                self.annotate(key, *(f"{name}-" for name in _ANNOTATIONS))
        eventually(lambda: not any(self.address(key) for key in self.services()))


def written(item: JSONObject) -> list[str]:
    """Who has written an object and when, leaving out its status."""
    entries = item["metadata"]["managedFields"]
    return sorted(json.dumps(entry, sort_keys=True) for entry in entries if entry.get("subresource") != "status")


def pool(name: str, *addresses: str, **options: t.Any) -> JSONObject:
    """One item of lb_pool's list."""
    return {"name": name, "addresses": list(addresses), **options}


def load_balancer(name: str, port: int = 80, **spec: t.Any) -> JSONObject:
    """A Service of a test's own, in the namespace default."""
    meta = {"name": name, "namespace": "default", "labels": {"test": "yes"}}
    ports = [{"port": port, "targetPort": 8080}]
    spec = {"type": "LoadBalancer", "selector": {"app": "whoami"}, "ports": ports, **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}


def new_lab(suffix: str) -> t.Iterator[Lab]:
    """A lab without workstations, until the tests are done with it."""
    if os.geteuid() != 0:
        pytest.skip("a lab needs root for its network namespaces")
    lab = Lab(f"lb{suffix}{os.getpid()}")
    try:
        lab.up([])
        yield lab
    finally:
        lab.down()


@pytest.fixture(scope="package")
def _site() -> t.Iterator[Site]:
    chosen = os.environ.get("HOMELAB_TEST_LAB")
    if chosen:
        # One that is up, with MetalLB, and stays up: for work on one test.
        yield Site(Lab(chosen))
        return
    for lab in new_lab("s"):
        site = Site(lab)
        site.install()
        yield site


@pytest.fixture
def site(_site: Site) -> Site:
    """A cluster with MetalLB, without any pool."""
    _site.reset()
    return _site

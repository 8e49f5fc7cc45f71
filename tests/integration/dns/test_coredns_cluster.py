# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CoreDNS of a cluster: the ConfigMap on a real API server, answered by a real CoreDNS that gets it as a kubelet would.

The Deployment and the Corefile are those of k3s; no pod runs.
"""

from __future__ import annotations

import importlib
import json
import os
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.forked import Result, run_module
from tests.lab import net, topology
from tests.lab.lab import Lab

from .conftest import records
from .coredns import CoreDns

JSONObject = dict[str, t.Any]

_COREFILE = """\
.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
    }
    hosts /etc/coredns/NodeHosts {
      ttl 60
      reload 15s
      fallthrough
    }
    prometheus :9153
    cache 30
    loop
    reload
    loadbalance
    import FOLDER/*.override
    forward . /etc/resolv.conf
}
import FOLDER/*.server
"""
_THEIRS = "# theirs\nrouter.test {\n    forward . 192.0.2.1\n}"


def config_map(name: str, data: dict[str, str]) -> JSONObject:
    """A ConfigMap of kube-system."""
    metadata = {"name": name, "namespace": "kube-system"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def deployment(volumes: dict[str, str]) -> JSONObject:
    """The Deployment of CoreDNS; `volumes` are ConfigMaps and where they are mounted."""
    labels = {"k8s-app": "kube-dns"}
    container = {
        "name": "coredns",
        "image": "rancher/mirrored-coredns-coredns:1.14.7",
        "volumeMounts": [{"name": f"{name}-volume", "mountPath": path} for name, path in volumes.items()],
    }
    spec = {
        "containers": [container],
        "volumes": [{"name": f"{name}-volume", "configMap": {"name": name, "optional": True}} for name in volumes],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "coredns", "namespace": "kube-system"},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


class Site:
    """A lab's cluster, the modules on the controller of its LAN, and the CoreDNS."""

    def __init__(self, lab: Lab, server: CoreDns) -> None:
        importlib.import_module("ansible_collections.kubernetes.core.plugins.module_utils.k8s.client")
        self.lab = lab
        self.server = server
        self._token = (lab.path / "cluster" / "token").read_text(encoding="utf-8").strip()

    def apply(self, *objects: JSONObject) -> None:
        """Write objects as a user would."""
        everything = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        self.lab.kubectl("apply", "--server-side", "--force-conflicts", "--filename=-", input=everything)

    def reset(self, corefile: str = _COREFILE) -> None:
        """A cluster as k3s makes it."""
        everything = ("configmap/coredns-custom", "configmap/coredns", "deployment/coredns")
        self.lab.kubectl("delete", "--namespace=kube-system", "--ignore-not-found", *everything)
        folder = str(self.server.custom)
        self.apply(
            deployment({"coredns": "/etc/coredns", "coredns-custom": folder}),
            config_map("coredns", {"Corefile": corefile.replace("FOLDER", folder), "NodeHosts": ""}),
        )
        self.server.reset()

    def custom(self) -> JSONObject:
        """The ConfigMap."""
        found = self.lab.kubectl("get", "--namespace=kube-system", "configmap/coredns-custom", "--output=json")
        return t.cast(JSONObject, json.loads(found))

    def project(self) -> None:
        """Give the ConfigMap to the CoreDNS."""
        self.server.reset()
        for name, text in self.custom()["data"].items():
            (self.server.custom / name).write_text(text, encoding="utf-8")

    def ask(self, name: str, rtype: str = "A") -> list[str]:
        """What CoreDNS answers with the ConfigMap as it is."""
        self.project()
        return self.server.ask(name, rtype)

    def run(self, name: str, *, check: bool = False, fails: bool | None = False, **options: t.Any) -> Result:
        """The result of a module."""
        given = {"backend": "coredns", "kubeconfig": str(self.lab.kubeconfig), **options}
        controller = net.inside(topology.namespace(self.lab.name, "controller"))
        return run_module(name, given, secret=self._token, check=check, fails=fails, where=controller)

    def record(self, *lines: str, **options: t.Any) -> Result:
        """The result of dns_record."""
        return self.run("dns_record", **{"records": records(*lines), "create_zones": ["home.arpa"], **options})


@pytest.fixture(scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Site]:
    if os.geteuid() != 0:
        pytest.skip("a lab needs root for its network namespaces")
    lab = Lab(f"dns{os.getpid()}")
    server = CoreDns(tmp_path_factory.mktemp("coredns"))
    try:
        lab.up([])
        server.start()
        yield Site(lab, server)
    finally:
        server.stop()
        lab.down()


@pytest.fixture
def site(_site: Site) -> Site:
    """A cluster as k3s makes it, without additions."""
    _site.reset()
    return _site


def test_the_config_map_is_made_and_answered(site: Site) -> None:
    wanted = ("nas.home.arpa A 192.0.2.1", "*.apps.home.arpa A 192.0.2.2", "corp.test FWD 192.0.2.53")
    preview = site.record(*wanted, check=True)
    assert preview["new_zones"] == ["home.arpa"]
    listed = site.lab.kubectl("get", "--namespace=kube-system", "configmaps", "--output=name")
    assert "configmap/coredns-custom" not in listed
    result = site.record(*wanted)
    assert (result["changes"], result["diff"]) == (preview["changes"], preview["diff"])
    assert site.ask("nas.home.arpa") == ["192.0.2.1"]
    assert site.ask("x.apps.home.arpa") == ["192.0.2.2"]
    assert site.run("dns_record_info")["server_version"] == "1.14.7"
    before = site.custom()["metadata"]["resourceVersion"]
    assert site.record(*wanted, state="exact")["changed"] is False
    assert site.custom()["metadata"]["resourceVersion"] == before
    assert sorted(site.custom()["data"]) == ["corp.test.server", "home.arpa.server", "home.arpa.zone"]


def test_keys_of_others_stay_byte_for_byte(site: Site) -> None:
    theirs = {"router.server": _THEIRS, "log.override": "log\n", "data": "\u00fc\r\n\tx"}
    site.apply(config_map("coredns-custom", theirs))
    site.record("a.home.arpa A 192.0.2.1")
    site.record(*(f"a{number}.home.arpa A 192.0.2.{number}" for number in range(1, 200)), "b.test FWD 192.0.2.9")
    found = site.custom()["data"]
    assert {name: found[name] for name in theirs} == theirs
    assert site.ask("a199.home.arpa") == ["192.0.2.199"]
    assert "was not made by the owner" in site.record("router.test FWD 192.0.2.2", fails=True)["msg"]


def test_the_names_of_the_cluster_are_not_taken_from_it(site: Site) -> None:
    for zone in ("cluster.local", "local", "svc.cluster.local", "in-addr.arpa", "arpa"):
        for check in (True, False):
            refused = site.record(f"a.{zone} TXT x", create_zones=[zone], check=check, fails=True)["msg"]
            assert f"{zone} cannot hold record sets: " in refused
            refused = site.record(f"{zone} FWD 192.0.2.1", check=check, fails=True)["msg"]
            assert f"{zone} FWD: CoreDNS of https://" in refused
    assert site.record("1.2.0.192.in-addr.arpa PTR a.home.arpa", create_zones=["2.0.192.in-addr.arpa"])["changed"]
    assert site.ask("1.2.0.192.in-addr.arpa", "PTR") == ["a.home.arpa"]


def test_server_blocks_of_others_and_of_the_corefile_stay_the_only_ones(site: Site) -> None:
    site.reset(_COREFILE.replace("local in-addr.arpa", "local 10.43.0.0/16", 1) + "test:53 {\n    whoami\n}\n")
    site.apply(config_map("coredns-custom", {"router.server": _THEIRS, "lan.server": "192.0.2.0/24 {\n whoami\n}\n"}))
    before = site.custom()
    for zone, where in {
        "router.test": "router.server",
        "2.0.192.in-addr.arpa": "lan.server",
        "43.10.in-addr.arpa": "the plugin kubernetes in its Corefile",
        "test": "a server block of its Corefile",
    }.items():
        for check in (True, False):
            refused = site.record(f"a.{zone} TXT x", create_zones=[zone], check=check, fails=True)["msg"]
            assert where in refused
    assert site.custom() == before


def test_writers_at_a_time_do_not_lose_each_others_record_sets(site: Site) -> None:
    site.record("a.home.arpa A 192.0.2.1")

    def write(number: int) -> None:
        # A third writer between a refused write and its second try is an error that says so.
        while site.record(f"a{number}.home.arpa A 192.0.2.{number}", owner=f"o{number}", fails=None).get("failed"):
            pass

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(1, 7)))
    assert [site.ask(f"a{number}.home.arpa") for number in range(1, 7)] == [[f"192.0.2.{n}"] for n in range(1, 7)]


def test_a_core_dns_that_takes_no_additions_is_told(site: Site) -> None:
    site.apply(config_map("coredns", {"Corefile": _COREFILE.replace("import FOLDER/*.server", "")}))
    message = site.record("a.home.arpa A 192.0.2.1", fails=True)["msg"]
    assert "its Corefile does not import" in message
    site.lab.kubectl("delete", "--namespace=kube-system", "deployment/coredns")
    site.apply(deployment({"coredns": "/etc/coredns"}))
    message = site.record("a.home.arpa A 192.0.2.1", fails=True)["msg"]
    assert "its Deployment does not mount the ConfigMap coredns-custom" in message
    assert "or give path, the folder of a CoreDNS outside of the cluster" in message
    site.lab.kubectl("delete", "--namespace=kube-system", "deployment/coredns")
    message = site.record("a.home.arpa A 192.0.2.1", fails=True)["msg"]
    assert "there is no Deployment kube-system/coredns" in message


def test_a_core_dns_that_does_not_look_for_changes_is_told(site: Site) -> None:
    site.reset(_COREFILE.replace("    reload\n", ""))
    assert "has no plugin reload" in str(site.run("dns_record_info")["warnings"])


def test_credentials_that_are_wrong_or_not_enough_are_told(site: Site, tmp_path: Path) -> None:
    wrong = tmp_path / "kubeconfig"
    wrong.write_text(site.lab.cluster.render_kubeconfig("nobody", "wrong-token-of-nobody"), encoding="utf-8")
    message = site.record("a.home.arpa A 192.0.2.1", kubeconfig=str(wrong), fails=True)["msg"]
    assert "answered 401" in message
    assert "renew the kubeconfig or the token" in message
    token = site.lab.kubectl("create", "token", "default").strip()
    wrong.write_text(site.lab.cluster.render_kubeconfig("default", token), encoding="utf-8")
    message = site.record("a.home.arpa A 192.0.2.1", kubeconfig=str(wrong), fails=True)["msg"]
    assert "answered 403" in message
    assert "configmaps" in message

# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a cluster shows, read from a lab's real API server; the objects are those of the programs that are not there."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import typing as t

import pytest
import yaml

from tests.integration.forked import Result, run_module
from tests.lab import cache, net, topology
from tests.lab.lab import Lab

JSONObject = dict[str, t.Any]


class Site:
    """A lab's cluster, and the module on the controller of its LAN."""

    def __init__(self, lab: Lab) -> None:
        # The forks that run the module find it loaded.
        importlib.import_module("ansible_collections.kubernetes.core.plugins.module_utils.k8s.client")
        self.lab = lab
        self._token = (lab.path / "cluster" / "token").read_text(encoding="utf-8").strip()

    def look(self, *, check: bool = False, fails: bool = False, **options: t.Any) -> Result:
        """Run the module."""
        given = {"kubeconfig": str(self.lab.kubeconfig), **options}
        controller = net.inside(topology.namespace(self.lab.name, "controller"))
        return run_module("cluster_network_info", given, secret=self._token, check=check, fails=fails, where=controller)

    @contextlib.contextmanager
    def objects(self, *objects: JSONObject) -> t.Iterator[None]:
        """Objects that are there for a while; of new kinds, once the API serves them."""
        everything = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        self.lab.kubectl("apply", "--server-side", "--filename=-", input=everything)
        kinds = [f"crd/{obj['metadata']['name']}" for obj in objects if obj["kind"] == "CustomResourceDefinition"]
        if kinds:
            self.lab.kubectl("wait", *kinds, "--for=condition=Established", "--timeout=60s")
        try:
            yield
        finally:
            self.lab.kubectl("delete", "--filename=-", input=everything)


def metallb_kind(plural: str) -> JSONObject:
    """The definition of one of MetalLB's own kinds."""
    file = cache.asset("metallb-crds") / f"metallb.io_{plural}.yaml"
    found: JSONObject = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="package")
def site() -> t.Iterator[Site]:
    """A cluster in which nothing is installed."""
    if os.geteuid() != 0:
        pytest.skip("a lab needs root for its network namespaces")
    lab = Lab(f"look{os.getpid()}")
    try:
        lab.up([])
        yield Site(lab)
    finally:
        lab.down()

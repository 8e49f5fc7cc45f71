# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which real program is run behind which pod, and how the pod says it is to be run."""

from __future__ import annotations

import copy
from pathlib import Path

from tests.lab import cilium, lockfile, metallb, pods, standalone
from tests.lab.containers import Mount

CONTROLLER = next(backing for backing in metallb.BACKINGS if backing.program == metallb.CONTROLLER)
OPERATOR = cilium.BACKINGS[0]
FOLDER = Path("/state")

CONTROLLER_POD = {
    "metadata": {
        "name": "metallb-controller-1",
        "namespace": "metallb-system",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": "controller", "hash": "1"},
    },
    "spec": {
        "nodeName": "node1",
        "serviceAccountName": "metallb-controller",
        "containers": [
            {"name": "proxy"},
            {
                "name": "controller",
                "args": ["--port=9120", "--lb-class=lab"],
                "env": [
                    {"name": "METALLB_POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                    {"name": "METALLB_DEPLOYMENT", "value": "metallb-controller"},
                    {"name": "KEY_PATH", "value": "/etc/key"},
                ],
                "volumeMounts": [{"name": "key", "mountPath": "/etc/key"}, {"name": "api-access", "mountPath": "/var"}],
            },
        ],
        "volumes": [{"name": "key", "secret": {"secretName": "memberlist"}}, {"name": "api-access", "projected": {}}],
    },
    "status": {"phase": "Running", "podIP": "10.244.0.9", "hostIP": "192.168.50.51"},
}
DEBUG = {"configMapKeyRef": {"name": "cilium-config", "key": "debug", "optional": True}}
OPERATOR_POD = {
    "metadata": {
        "name": "cilium-operator-1",
        "namespace": "kube-system",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"io.cilium/app": "operator", "name": "cilium-operator"},
    },
    "spec": {
        "nodeName": "node1",
        "serviceAccountName": "cilium-operator",
        "containers": [
            {
                "name": "cilium-operator",
                "args": ["--config-dir=/tmp/cilium/config-map", "--debug=$(CILIUM_DEBUG)", "--enable-lb-ipam"],
                "env": [{"name": "CILIUM_DEBUG", "valueFrom": DEBUG}],
                "volumeMounts": [{"name": "config", "mountPath": "/tmp/cilium/config-map"}],
            }
        ],
        "volumes": [{"name": "config", "configMap": {"name": "cilium-config", "optional": True}}],
    },
    "status": {"phase": "Running"},
}


def pod(**metadata: object) -> dict:
    """The controller's pod with other metadata."""
    changed = copy.deepcopy(CONTROLLER_POD)
    changed["metadata"].update(metadata)
    return changed


def test_the_youngest_running_pod_counts() -> None:
    old = pod()
    young = pod(name="young", creationTimestamp="2026-01-02T00:00:00Z")
    leaving = pod(name="leaving", creationTimestamp="2026-01-03T00:00:00Z", deletionTimestamp="2026-01-03T00:01:00Z")
    waiting = pod(name="waiting", creationTimestamp="2026-01-04T00:00:00Z")
    waiting["status"]["phase"] = "Pending"
    found = CONTROLLER.behind([young, old, leaving, waiting, OPERATOR_POD])
    assert found
    assert found.pod == "young"


def test_other_pods_have_no_program() -> None:
    other = pod(labels={"app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": "frr-k8s"})
    bare = pod()
    del bare["metadata"]["labels"]
    assert [backing.program for backing in pods.BACKINGS.values() if backing.behind([other, bare])] == []


def test_a_program_is_run_as_its_pod_says() -> None:
    container = CONTROLLER.behind([CONTROLLER_POD])
    assert container
    argv = CONTROLLER.argv(Path("/bin/controller"), container, FOLDER)
    assert argv[:3] == ("/bin/controller", "--port=9120", "--lb-class=lab")
    assert argv.index("--port=9121") > argv.index("--port=9120")
    assert "--pod-name=metallb-controller-1" in argv
    assert "--cert-dir=/state/tmp/k8s-webhook-server/serving-certs" in argv
    assert container.environment(FOLDER) == {
        "METALLB_POD_NAME": "metallb-controller-1",
        "METALLB_DEPLOYMENT": "metallb-controller",
        "KEY_PATH": "/state/etc/key",
        "TMPDIR": "/state/tmp",
    }
    assert container.mounts == (Mount("/etc/key", "secrets", "memberlist"),)


def test_the_operator_reads_the_config_map_that_its_pod_mounts() -> None:
    container = OPERATOR.behind([CONTROLLER_POD, OPERATOR_POD])
    assert container
    assert OPERATOR.argv(Path("/bin/lbipam"), container, FOLDER) == (
        "/bin/lbipam",
        "--config-dir=/state/tmp/cilium/config-map",
        "--enable-lb-ipam",
        "--k8s-kubeconfig-path=/state/kubeconfig",
    )
    assert container.environment(FOLDER) == {"TMPDIR": "/state/tmp"}
    assert container.mounts == (Mount("/tmp/cilium/config-map", "configmaps", "cilium-config", optional=True),)


def test_every_program_can_be_built_and_has_one_name() -> None:
    binaries = {*(backing.binary for backing in pods.BACKINGS.values()), *standalone.NAMES}
    assert binaries <= lockfile.load().items.keys()
    assert pods.BACKINGS.keys().isdisjoint(standalone.NAMES)

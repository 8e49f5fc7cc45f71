# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role metallb from an empty cluster to its removal. The tests build on each other, in this order."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import typing as t

import pytest

from tests.integration.waiting import eventually
from tests.lab import cache
from tests.lab.errors import LabError

from .conftest import NAMESPACE, Run, Site

pytestmark = pytest.mark.long

SPEAKER, CONTROLLER = "metallb-speaker", "metallb-controller"
COMPONENT = "homelab.network.component : "
MARK = f"{COMPONENT}Make or mark the namespace"
UNMARK = f"{COMPONENT}Take the marks off a namespace that stays"
CHART = f"{COMPONENT}Install or upgrade the chart"
RESTORE = f"{COMPONENT}Apply the objects of the release again"
FORGET = f"{COMPONENT}Remove the record of the revision"
POOLS = "homelab.network.lb_pools : Give the load balancer its pools"

HAND = {
    f"DaemonSet/{SPEAKER}": ["delete", "daemonset", SPEAKER],
    "ClusterRoleBinding/metallb:speaker": ["delete", "clusterrolebinding", "metallb:speaker"],
    f"Deployment/{CONTROLLER}": [
        *("patch", "deployment", CONTROLLER, "--type=json", "--patch"),
        '[{"op": "replace", "path": "/spec/template/spec/containers/0/args/1", "value": "--log-level=debug"}]',
    ],
    "ClusterRole/metallb:controller": [
        *("patch", "clusterrole", "metallb:controller", "--type=json", "--patch"),
        '[{"op": "remove", "path": "/rules/0"}]',
    ],
    "Service/metallb-webhook-service": ["label", "service", "metallb-webhook-service", "app.kubernetes.io/name-"],
}
NAMESPACE_BY_HAND = ["label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=baseline", "--overwrite"]


@pytest.fixture(scope="module")
def installed(site: Site) -> tuple[Run, Run]:
    """What was predicted for an empty cluster, and what was then done."""
    return site.role("--check").ok(), site.role().ok()


def test_the_prediction_for_an_empty_cluster_is_what_is_done(installed: tuple[Run, Run]) -> None:
    predicted, done = installed
    assert predicted.changed == done.changed == [MARK, CHART, POOLS]
    assert diffs(predicted) == diffs(done)


@pytest.mark.usefixtures("installed")
def test_the_second_run_changes_nothing_and_asks_once(site: Site) -> None:
    before = site.versions()
    again = site.role().ok()
    assert again.changed == []
    modules = ["lb_pool_info", "component_info", "lb_pool"]
    assert again.actions == [f"homelab.network.{name}" for name in modules]
    assert "Say what is waited for" not in again.output
    assert site.versions() == before


@pytest.mark.usefixtures("installed")
def test_what_was_altered_by_hand_is_restored_and_nothing_else(site: Site) -> None:
    wanted = {name: content(site, name) for name in HAND}
    for command in [*HAND.values(), NAMESPACE_BY_HAND]:
        site.kubectl(f"--namespace={NAMESPACE}", *command)
    site.kubectl("label", "namespace", NAMESPACE, "example.org/mine=kept")
    before = site.versions()
    predicted, done = site.role("--check").ok(), site.role().ok()
    assert predicted.changed == done.changed == [MARK, RESTORE]
    assert changed_between(before, site.versions()) == {*HAND, f"Namespace/{NAMESPACE}"}
    assert {name: content(site, name) for name in HAND} == wanted
    labels = site.json("namespace", NAMESPACE)["metadata"]["labels"]
    assert (labels["pod-security.kubernetes.io/enforce"], labels["example.org/mine"]) == ("privileged", "kept")


@pytest.mark.usefixtures("installed")
def test_the_release_of_somebody_else_is_left_alone_until_it_is_adopted(site: Site) -> None:
    site.kubectl("annotate", "namespace", NAMESPACE, "homelab.network/release.metallb-")
    before = site.versions()
    refused = site.role().failed()
    assert "To take it over, set metallb_adopt to true." in refused.message
    assert site.versions() == before
    assert site.role(metallb_adopt=True).ok().changed == [MARK]


@pytest.mark.usefixtures("installed")
def test_an_upgrade_that_failed_is_completed_by_the_next_run(site: Site) -> None:
    failed = site.role(metallb_values={"controller": {"nodeSelector": {"no label": "x"}}}).failed()
    assert "spec.template.spec.nodeSelector: Invalid value" in failed.message
    # A release that could be upgraded, and one that has to go back to what it was.
    assert site.role(metallb_values={"controller": {"logLevel": "debug"}}).ok().changed == [FORGET, CHART]
    assert "--log-level=debug" in arguments(site)
    assert site.role().ok().changed == [CHART]
    assert "--log-level=info" in arguments(site)


@pytest.mark.usefixtures("installed")
def test_an_upgrade_that_was_killed_is_completed_by_the_next_run(site: Site) -> None:
    chart = str(cache.asset("metallb-chart"))
    nowhere = "--set=frrk8s.enabled=false,controller.nodeSelector.nowhere=x,controller.strategy.type=Recreate"
    started = time.monotonic()
    controller = ("get", f"deployment/{CONTROLLER}", f"--namespace={NAMESPACE}", "--output=yaml")
    upgrade = ("upgrade", "metallb", chart, nowhere, "--wait")
    kill(site, "pending-upgrade", *upgrade, midway=lambda: "nowhere: x" in site.kubectl(*controller))
    done = site.role(metallb_wait_timeout=30).ok()
    assert time.monotonic() - started > 30  # Helm might still have been at work
    (said,) = [task.result["msg"] for task in done.tasks if task.name.endswith("Say what is waited for")]
    assert said.startswith("Helm release metallb in namespace metallb-system has been pending-upgrade for ")
    assert "when it has not after 30 s, it is taken for killed" in said
    assert done.changed == [FORGET, RESTORE]
    assert arguments(site)
    assert site.role().ok().changed == []


@pytest.mark.usefixtures("installed")
def test_an_api_that_does_not_answer_is_one_error(site: Site) -> None:
    site.lab.stop("kube-apiserver")
    try:
        failed = site.role().failed()
    finally:
        site.lab.start("kube-apiserver")
    assert failed.actions == ["homelab.network.lb_pool_info"]
    assert "the API server https://192.168.50.50:6443 cannot be reached: " in failed.message


@pytest.mark.usefixtures("installed")
def test_metallb_stays_while_somebody_uses_it(site: Site) -> None:
    refused = site.role(metallb_state="absent").failed()
    assert "default/whoami" in refused.message
    mine = {"name": "by-hand", "namespace": NAMESPACE}
    specs = {
        ("IPAddressPool", "v1beta1"): {"addresses": ["192.168.50.90/32"], "autoAssign": False},
        ("BGPPeer", "v1beta2"): {"myASN": 64512, "peerASN": 64513, "peerAddress": "192.168.50.9"},
    }
    for (kind, version), spec in specs.items():
        made = {"apiVersion": f"metallb.io/{version}", "kind": kind, "metadata": mine, "spec": spec}
        apply(site, made)
    for service in site.json("services", "--all-namespaces")["items"]:
        if service["spec"]["type"] == "LoadBalancer":
            where = [service["metadata"]["name"], f"--namespace={service['metadata']['namespace']}"]
            site.kubectl("patch", "service", *where, "--patch", '{"spec": {"type": "ClusterIP"}}')
    refused = site.role(metallb_state="absent").failed()
    assert "would vanish with it: IPAddressPool by-hand, BGPPeer by-hand." in refused.message
    assert site.json("deployment", CONTROLLER, f"--namespace={NAMESPACE}")


@pytest.mark.usefixtures("installed")
def test_a_removal_that_was_killed_is_completed_by_the_next_run(site: Site) -> None:
    finalizers = '{{"metadata": {{"finalizers": {}}}}}'
    patch = ["patch", "configmap", "metallb-excludel2", f"--namespace={NAMESPACE}", "--patch"]
    site.kubectl(*patch, finalizers.format('["example.org/hold"]'))
    since = "--output=jsonpath={.metadata.deletionTimestamp}"
    held = ("get", "configmap/metallb-excludel2", f"--namespace={NAMESPACE}", since)
    kill(site, "uninstalling", "uninstall", "metallb", "--wait", midway=lambda: site.kubectl(*held))
    site.kubectl(*patch, finalizers.format("null"))
    removal = {"metallb_state": "absent", "metallb_on_affected": "accept", "metallb_wait_timeout": 10}
    predicted, done = site.role("--check", **removal).ok(), site.role(**removal).ok()
    assert predicted.changed == done.changed
    assert done.changed[-2:] == [
        f"{COMPONENT}Finish the removal that was not finished",
        f"{COMPONENT}Remove the namespace that was made for the release",
    ]
    assert site.versions() == {}
    assert site.role(**removal).ok().changed == []


def test_a_namespace_of_the_user_stays_with_what_is_in_it(site: Site) -> None:
    site.kubectl("create", "namespace", NAMESPACE)
    site.kubectl("create", "configmap", "mine", f"--namespace={NAMESPACE}", "--from-literal=metallb=x")
    chart = str(cache.asset("metallb-chart"))
    assert site.role(metallb_chart_ref=chart).ok().changed == [MARK, CHART, POOLS]
    done = site.role(metallb_state="absent").ok()
    assert done.changed == [POOLS, f"{COMPONENT}Uninstall the release", UNMARK]
    metadata = site.json("namespace", NAMESPACE)["metadata"]
    assert set(metadata["labels"]) == {"kubernetes.io/metadata.name"}
    assert metadata.get("annotations", {}) == {}
    assert set(site.versions()) == {
        f"Namespace/{NAMESPACE}",
        "ConfigMap/mine",
        "ConfigMap/kube-root-ca.crt",
        "ServiceAccount/default",
    }


def diffs(run: Run) -> list[t.Any]:
    """The diffs of what was changed."""
    return [task.result.get("diff") for task in run.tasks if task.changed]


def changed_between(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The objects that came, went or were written."""
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def apply(site: Site, made: dict[str, t.Any]) -> None:
    """Write an object of MetalLB as soon as its webhook answers, which has just lost the API."""
    deadline = time.monotonic() + 60
    while True:
        try:
            site.kubectl("apply", "--filename=-", input=json.dumps(made))
        except LabError as error:
            if "failed calling webhook" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return


def content(site: Site, name: str) -> dict[str, t.Any]:
    """What a person wants of an object, without what the API server adds."""
    found = site.json(name.lower(), f"--namespace={NAMESPACE}")
    metadata = {key: found["metadata"].get(key) for key in ("labels", "annotations")}
    for counted in ("deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation"):
        (metadata["annotations"] or {}).pop(counted, None)
    return {**{key: value for key, value in found.items() if key not in ("metadata", "status")}, **metadata}


def arguments(site: Site) -> list[str]:
    """The arguments of the controller's pod, which is ready."""
    site.kubectl("rollout", "status", f"deployment/{CONTROLLER}", f"--namespace={NAMESPACE}", "--timeout=60s")
    return content(site, f"Deployment/{CONTROLLER}")["spec"]["template"]["spec"]["containers"][0]["args"]


def kill(site: Site, status: str, *arguments: str, midway: t.Callable[[], object]) -> None:
    """Start helm, and kill it in the middle of its work: its record has this status, and something else is so."""
    command = [str(cache.binary("helm")), f"--kubeconfig={site.lab.kubeconfig}", f"--namespace={NAMESPACE}", *arguments]
    process = site.lab.popen("controller", command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    selector = f"--selector=owner=helm,status={status}"
    eventually(lambda: site.json("secrets", f"--namespace={NAMESPACE}", selector)["items"])
    eventually(midway)
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()

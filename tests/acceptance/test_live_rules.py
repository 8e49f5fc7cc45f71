# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the network shows against the plan is told by plan.yml and site.yml, and what it is about is left as it is."""

from __future__ import annotations

import contextlib
import json
import typing as t
from pathlib import Path

import pytest

from tests.lab.fake_kinds import cilium_pools
from tests.lab.lab import Lab

from . import proof
from .faults import applying
from .site import Run, Site
from .state import look

pytestmark = pytest.mark.long

NAMES = "Put the record sets on the server"
POOLS = "Give the load balancer its pools"
ADDRESSES = "Ask the load balancer for the address of each Service"
WANTED, NEXT = "192.168.50.62", "192.168.50.63"
TRACKED = "argocd.argoproj.io/tracking-id=shop:/Service:default/whoami"
PIN = "metallb.io/loadBalancerIPs"
CILIUM_POOLS = cilium_pools("v2")

JSONObject = dict[str, t.Any]
Show = t.Callable[[Lab], t.ContextManager[None]]


@pytest.fixture(scope="module", autouse=True)
def applied(site: Site) -> None:
    """The plan of the demo is applied."""
    assert proof.read(site.run("site").ok()).green


def ask_for_more(site: Site, number: int) -> None:
    """The plan asks for another address of whoami, a larger pool, and one more name that depends on no cluster."""
    site.reset()
    site.plan["entry_points"]["whoami"]["address"] = WANTED
    site.plan["clusters"]["lab"]["pools"]["lan"]["addresses"] = [f"192.168.50.70-192.168.50.{81 + number}"]
    site.plan["lan"]["devices"]["printer"] = {"address": "192.168.50.21", "names": [f"printer-{number}.home.arpa"]}


@contextlib.contextmanager
def stranger(lab: Lab) -> t.Iterator[None]:
    lab.add_host("intruder", [WANTED])
    try:
        yield
    finally:
        lab.remove_host("intruder")


@contextlib.contextmanager
def squatter(lab: Lab) -> t.Iterator[None]:
    """A Service that nobody planned, with the address."""
    meta = {"name": "squatter", "namespace": "media", "annotations": {PIN: WANTED}}
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}], "selector": {"app": "jellyfin"}}
    with applying(lab, {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}):
        path = "{.status.loadBalancer.ingress[0].ip}"
        lab.kubectl("wait", "--namespace=media", "service/squatter", f"--for=jsonpath={path}={WANTED}", "--timeout=60s")
        yield


@contextlib.contextmanager
def dhcp(lab: Lab) -> t.Iterator[None]:
    """A router whose DHCP server leases the last address of the larger pool."""
    with lab.serve_dhcp("192.168.50.84", "192.168.50.90"):
        yield


@contextlib.contextmanager
def argocd_pin(lab: Lab) -> t.Iterator[None]:
    """Argo CD writes the request of whoami, and its manifest says another address."""
    manifest = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "whoami", "namespace": "default", "annotations": {PIN: "192.168.50.66"}},
    }
    lab.kubectl("annotate", "service", "whoami", TRACKED)
    as_argocd = ("apply", "--server-side", "--force-conflicts", "--field-manager=argocd-controller", "--filename=-")
    lab.kubectl(*as_argocd, input=json.dumps(manifest))
    try:
        yield
    finally:
        lab.kubectl("annotate", "service", "whoami", f"{TRACKED.partition('=')[0]}-", f"{PIN}-")


@contextlib.contextmanager
def flux_pool(lab: Lab) -> t.Iterator[None]:
    """Flux says that the pool lan is its own."""
    pool = ("--namespace=metallb-system", "ipaddresspool", "lan")
    keys = [f"kustomize.toolkit.fluxcd.io/{key}" for key in ("name", "namespace")]
    lab.kubectl("label", *pool, f"{keys[0]}=metallb", f"{keys[1]}=flux-system")
    try:
        yield
    finally:
        lab.kubectl("label", *pool, *(f"{key}-" for key in keys))


@contextlib.contextmanager
def cilium(lab: Lab) -> t.Iterator[None]:
    """A pool of Cilium."""
    pool = {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumLoadBalancerIPPool",
        "metadata": {"name": "old"},
        "spec": {"blocks": [{"cidr": "192.168.50.88/30"}]},
    }
    with applying(lab, CILIUM_POOLS):
        lab.kubectl("wait", "crd", CILIUM_POOLS["metadata"]["name"], "--for=condition=Established", "--timeout=60s")
        with applying(lab, pool):
            yield


@contextlib.contextmanager
def servicelb(lab: Lab) -> t.Iterator[None]:
    """What k3s makes for a Service that its own load balancer serves."""
    labels = {"app": "svclb-echo-1234abcd"}
    served = {
        f"svccontroller.k3s.cattle.io/{key}": value for key, value in (("svcname", "echo"), ("svcnamespace", "default"))
    }
    daemons = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": labels["app"], "namespace": "kube-system", "labels": served},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "lb", "image": "klipper-lb"}]},
            },
        },
    }
    with applying(lab, daemons):
        # Its status is written until its pods are ready; who looks for writes must not see that.
        lab.kubectl("rollout", "status", f"daemonset/{labels['app']}", "--namespace=kube-system", "--timeout=60s")
        yield


class Told(t.NamedTuple):
    """A problem as its reader sees it."""

    rule: str
    message: str
    fix: str


class Case(t.NamedTuple):
    """What the network shows, what is told about it, and the tasks that change something all the same."""

    show: Show
    told: Told
    done: list[str]


CASES = [
    Case(
        stranger,
        Told(
            "address-answered",
            f"entry_points.whoami asks for {WANTED}. Seen from probe1, 02:00:c0:a8:32:3e answers for {WANTED}, which "
            "is none of its holders 192.168.50.51 (02:00:c0:a8:32:33).",
            f'Give that host another address, or the entry point. The next free address of pool "pinned" is {NEXT}.',
        ),
        [POOLS, NAMES],
    ),
    Case(
        squatter,
        Told(
            "pin-held",
            f"entry_points.whoami asks for {WANTED}, which the Service media/squatter of clusters.lab holds.",
            "Give media/squatter another address, or the entry point. "
            f'The next free address of pool "pinned" is {NEXT}.',
        ),
        [POOLS, NAMES],
    ),
    Case(
        argocd_pin,
        Told(
            "pin-of-gitops",
            f"Argo CD (shop) lets default/whoami ask for 192.168.50.66, and entry_points.whoami for {WANTED}.",
            f'Write {WANTED} in its manifest, or "managed_by: argocd" in entry_points.whoami.',
        ),
        [POOLS, NAMES],
    ),
    Case(
        dhcp,
        Told(
            "dhcp-offer",
            "The DHCP server 192.168.50.1 offers 192.168.50.84 to anybody, and clusters.lab.pools.lan "
            "(192.168.50.70-192.168.50.84) holds it.",
            "Let 192.168.50.1 lease 192.168.50.100-192.168.50.199 alone, as lan.dhcp says.",
        ),
        [NAMES],
    ),
    Case(
        flux_pool,
        Told(
            "pool-of-gitops",
            "Flux (flux-system/metallb) keeps the pool that clusters.lab.pools.lan would write.",
            'Say "managed_by: flux" in clusters.lab, or take the pool out of Flux (flux-system/metallb).',
        ),
        [NAMES],
    ),
    Case(
        cilium,
        Told(
            "load-balancers-compete",
            "MetalLB (lan, pinned) and Cilium (old) have pools in clusters.lab, and each gives default/echo an "
            "address.",
            'Delete the pools of Cilium, or install Cilium with "defaultLBServiceIPAM: none".',
        ),
        [NAMES],
    ),
    Case(
        servicelb,
        Told(
            "servicelb-runs",
            "k3s's own load balancer serves default/echo in clusters.lab, beside MetalLB.",
            'Start the servers of k3s with "--disable=servicelb".',
        ),
        [NAMES],
    ),
]


def problems(site: Site, folder: Path) -> tuple[Run, list[Told]]:
    """What plan.yml says is wrong."""
    file = folder / "preview.json"
    run = site.run("plan", "-e", f"homelab_network_preview_file={file}")
    found = json.loads(file.read_text(encoding="utf-8"))["problems"]
    return run, [Told(item["rule"], item["message"], item["fix"]) for item in found]


def text(told: Told) -> str:
    """A problem as site.yml tells it in the end."""
    head = "pre-flight of the network: The network plan has problems."
    return f"{head}\n1. {told.message}\n   Fix: {told.fix}\n   ({told.rule}"


@pytest.mark.parametrize(("number", "case"), list(enumerate(CASES)), ids=[case.told.rule for case in CASES])
def test_an_error_is_told_and_holds_back_what_it_is_about(site: Site, tmp_path: Path, number: int, case: Case) -> None:
    ask_for_more(site, number)
    lab = site.lab
    with case.show(lab):
        before = look(lab)
        run, told = problems(site, tmp_path)
        assert run.rc != 0
        assert told == [case.told]
        assert look(lab).written_since(before) == set()
        run = site.run("site", "--extra-vars=verify_retry_for=0")
        altered = look(lab).altered_since(before)
    assert run.rc != 0
    assert text(case.told) in run.failures
    assert [result.title for result in run.changed] == case.done
    assert not [key for key in altered if key.startswith("Service/")]


def test_a_predicted_run_tells_the_same(site: Site) -> None:
    ask_for_more(site, len(CASES))
    lab = site.lab
    with stranger(lab):
        before = look(lab)
        run = site.run("site", "--check")
        assert look(lab).written_since(before) == set()
    assert run.rc != 0
    assert text(CASES[0].told) in run.failures
    assert [result.title for result in run.changed] == CASES[0].done


def test_with_nothing_in_its_way_a_run_completes(site: Site) -> None:
    ask_for_more(site, len(CASES) + 1)
    run = site.run("site").ok()
    assert [result.title for result in run.changed] == [POOLS, ADDRESSES, NAMES]
    assert proof.read(run).green


def test_a_service_of_argo_cd_is_a_warning_that_can_be_accepted(site: Site, tmp_path: Path) -> None:
    site.reset()
    lab = site.lab
    lab.kubectl("annotate", "service", "whoami", TRACKED)
    try:
        run, told = problems(site, tmp_path)
        assert run.ok()
        told_it = Told(
            "service-of-gitops",
            "Argo CD (shop) keeps the Service default/whoami, on which entry_points.whoami writes its address.",
            f'Write {PIN}: "192.168.50.60" in its manifest and "managed_by: argocd" in entry_points.whoami, or accept '
            "that two write to it.",
        )
        assert told == [told_it]
        assert proof.read(site.run("site").ok()).green
        site.plan["accept"] = [
            {"rule": "service-of-gitops", "path": "entry_points.whoami", "reason": "it leaves it alone"}
        ]
        assert problems(site, tmp_path)[1] == []
    finally:
        lab.kubectl("annotate", "service", "whoami", f"{TRACKED.partition('=')[0]}-")

# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each managed thing, altered by hand: the next run puts exactly that right."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.lab.lab import Lab

from .site import Change, Site
from .state import DELEGATE, State, look

METALLB = "--namespace=metallb-system"
JELLYFIN = {"domain": "jellyfin.home.arpa", "answer": "192.168.50.61"}
MARK = "! homelab.network owner=homelab.network name=jellyfin.home.arpa type=A"

_CLUSTER = "cluster-lab"
_FOLDER = DELEGATE.rpartition("/")[0]


@dataclass(frozen=True)
class Drift:
    """`alter` changes something by hand; a run then has to report `change`, and may write to `written` and no more."""

    alter: Callable[[Lab], object]
    change: Change
    written: frozenset[str]


def component(alter: Callable[[Lab], object], title: str, key: str, written: str) -> Drift:
    """Something of MetalLB itself."""
    return Drift(alter, (_CLUSTER, title, frozenset({key})), frozenset({written}))


def pool(key: str, alter: Callable[[Lab], object]) -> Drift:
    """Something that lb_pool puts right."""
    return Drift(alter, (_CLUSTER, "Give the load balancer its pools", frozenset({key})), frozenset({key}))


def service(*annotations: str) -> Drift:
    """Something that lb_address puts right."""
    keys = frozenset({"Service/default/whoami"})
    change = (_CLUSTER, "Ask the load balancer for the address of each Service", keys)
    return Drift(lambda lab: lab.kubectl("annotate", "--overwrite", "service", "whoami", *annotations), change, keys)


def rewrite(method: str, path: str, body: dict[str, t.Any]) -> Drift:
    """Something that dns_record puts right."""
    change = ("dns-adguard", "Put the record sets on the server", frozenset({"jellyfin.home.arpa A"}))
    return Drift(lambda lab: adguard(lab, method, path, body), change, frozenset({"adguard"}))


def delegate(*script: str) -> Drift:
    """Something that dns_delegate puts right."""
    change = ("ws1", "Send the private zones to their own DNS servers", frozenset({DELEGATE}))
    written = frozenset({DELEGATE, _FOLDER, "resolved"})
    return Drift(lambda lab: lab.exec("ws1", ["sh", "-ec", "\n".join(script)]), change, written)


def adguard(lab: Lab, method: str, path: str, body: dict[str, t.Any]) -> None:
    """Do something in AdGuard Home as a person does by its web interface."""
    status, answer = lab.adguard.client().request(method, f"/control/{path}", body)
    assert status == 200, answer


def patch(lab: Lab, name: str, spec: dict[str, t.Any]) -> None:
    """Change the spec of a pool."""
    lab.kubectl("patch", "ipaddresspool", name, METALLB, "--type=merge", f"--patch={json.dumps({'spec': spec})}")


# One run puts a whole list right. Each item of a list is of another stage and about another thing than the others, so
# what one stage would do because of another's drift is seen.
DRIFTS = {
    "changed": [
        pool(
            "IPAddressPool/metallb-system/lan",
            lambda lab: patch(lab, "lan", {"addresses": ["192.168.50.70-192.168.50.90"]}),
        ),
        service("metallb.io/loadBalancerIPs=192.168.50.65"),
        rewrite(
            "PUT",
            "rewrite/update",
            {"target": JELLYFIN, "update": {**JELLYFIN, "answer": "192.168.50.99", "enabled": True}},
        ),
        delegate(f"sed -i s/home.arpa/example.org/ {DELEGATE}", "systemctl reload systemd-resolved"),
    ],
    "deleted": [
        component(
            lambda lab: lab.kubectl("label", "namespace", "metallb-system", "pod-security.kubernetes.io/enforce-"),
            "Make or mark the namespace",
            "metadata",
            "Namespace/metallb-system",
        ),
        pool(
            "L2Advertisement/metallb-system/pinned",
            lambda lab: lab.kubectl("delete", "l2advertisement", "pinned", METALLB),
        ),
        service("metallb.io/loadBalancerIPs-"),
        rewrite("POST", "rewrite/delete", JELLYFIN),
        delegate(f"rm {DELEGATE}", "systemctl reload systemd-resolved"),
    ],
    "there but without effect": [
        component(
            lambda lab: lab.kubectl("delete", "daemonset", "metallb-speaker", METALLB),
            "Apply the objects of the release again",
            "DaemonSet/metallb-speaker",
            "DaemonSet/metallb-system/metallb-speaker",
        ),
        pool("IPAddressPool/metallb-system/pinned", lambda lab: patch(lab, "pinned", {"autoAssign": True})),
        service("homelab.network/pin-"),
        rewrite("PUT", "rewrite/update", {"target": JELLYFIN, "update": {**JELLYFIN, "enabled": False}}),
        # The resolver has read its files while this one was away.
        delegate(f"mv {DELEGATE} /var/tmp/aside", "systemctl reload systemd-resolved", f"mv /var/tmp/aside {DELEGATE}"),
    ],
}


@pytest.fixture(scope="module")
def settled(site: Site) -> State:
    """Everything as the first run has left it."""
    site.run("site").ok()
    return look(site.lab)


@pytest.mark.parametrize("drifts", DRIFTS.values(), ids=DRIFTS)
def test_what_was_altered_by_hand_is_put_right_and_nothing_else(
    site: Site, settled: State, drifts: list[Drift]
) -> None:
    last = settled
    for drift in drifts:
        drift.alter(site.lab)
        altered = look(site.lab)
        assert altered.altered_since(last), f"nothing was altered for {drift.change}"
        last = altered
    run = site.run("site", "--diff", "--skip-tags=verify").ok()
    assert run.changes == [drift.change for drift in drifts]
    restored = look(site.lab)
    assert restored.altered_since(settled) == set()
    assert restored.written_since(last) <= frozenset().union(*(drift.written for drift in drifts))


def test_a_record_set_without_its_mark_is_left_to_whoever_has_it_now(site: Site, settled: State) -> None:
    """As documented: right as it is, so no failure, but not ours any more, until it is taken over."""
    kept = [line for line in settled.contents["adguard"]["user_rules"] if line != MARK]
    adguard(site.lab, "POST", "filtering/set_rules", {"rules": kept})
    altered = look(site.lab)
    assert altered.altered_since(settled) == {"adguard"}
    assert site.run("site", "--diff", "--skip-tags=verify").ok().changes == []
    assert look(site.lab).written_since(altered) == set()

    run = site.run("site", "--diff", "--skip-tags=verify", "-e", "dns_records_on_foreign=take_over").ok()
    keys = frozenset({"jellyfin.home.arpa A"})
    assert run.changes == [("dns-adguard", "Put the record sets on the server", keys)]
    assert look(site.lab).altered_since(settled) == set()


@pytest.mark.usefixtures("settled")
def test_after_all_of_it_the_proof_is_green(site: Site) -> None:
    run = site.run("verify").ok()
    assert run.table[-1] == "no leak ws1: ok"
    assert run.changes == []

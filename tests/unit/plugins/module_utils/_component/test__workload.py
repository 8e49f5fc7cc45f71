# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rollouts, from the status of real workloads."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._component._workload import Workload, workload


def live(kind: str, spec: dict[str, t.Any], status: dict[str, t.Any], generation: int = 2) -> dict[str, t.Any]:
    """A workload as the API server returns it."""
    return {
        "kind": kind,
        "metadata": {"name": "a", "namespace": "n", "generation": generation},
        "spec": spec,
        "status": {"observedGeneration": 2, **status},
    }


DAEMON = {"desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberReady": 3}
REPLICAS = {"updatedReplicas": 2, "readyReplicas": 2}


@pytest.mark.parametrize(
    ("obj", "expected", "rolled_out"),
    [
        (live("DaemonSet", {}, DAEMON), (3, 3, 3, True), True),
        (live("DaemonSet", {}, {**DAEMON, "numberReady": 2}), (3, 3, 2, True), False),
        (live("DaemonSet", {}, {**DAEMON, "updatedNumberScheduled": 1}), (3, 1, 3, True), False),
        (live("DaemonSet", {}, DAEMON, generation=3), (3, 3, 3, False), False),
        (live("Deployment", {"replicas": 2}, REPLICAS), (2, 2, 2, True), True),
        (live("Deployment", {"replicas": 3}, REPLICAS), (3, 2, 2, True), False),
        (live("StatefulSet", {}, {}), (1, 0, 0, True), False),
        (live("Deployment", {"replicas": 0}, {}), (0, 0, 0, True), True),
    ],
)
def test_workload(obj: dict[str, t.Any], expected: tuple[int, int, int, bool], rolled_out: bool) -> None:
    found = workload(obj)
    assert found == Workload(obj["kind"], "n", "a", *expected)
    assert found.rolled_out is rolled_out


def test_one_without_status_is_not_rolled_out() -> None:
    new = {"kind": "DaemonSet", "metadata": {"name": "a", "namespace": "n", "generation": 1}, "spec": {}}
    assert not workload(new).rolled_out

# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""How far the rollout of a Deployment, DaemonSet or StatefulSet has come, from its own status."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

KINDS = ("DaemonSet", "Deployment", "StatefulSet")


@dataclass(frozen=True)
class Workload:
    """Pods that a workload wants, has of its newest template, and has ready."""

    kind: str
    namespace: str
    name: str
    wanted: int
    updated: int
    ready: int
    observed: bool

    @property
    def rolled_out(self) -> bool:
        """Whether the controller has seen the newest template and every wanted pod runs it and is ready."""
        return self.observed and self.updated >= self.wanted and self.ready >= self.wanted


def workload(obj: dict[str, t.Any]) -> Workload:
    """Read a live workload, `kind` included."""
    metadata, status = obj["metadata"], obj.get("status") or {}
    if obj["kind"] == "DaemonSet":
        counted = ("desiredNumberScheduled", "updatedNumberScheduled", "numberReady")
        wanted, updated, ready = (status.get(name, 0) for name in counted)
    else:
        wanted = obj["spec"].get("replicas", 1)
        updated, ready = status.get("updatedReplicas", 0), status.get("readyReplicas", 0)
    return Workload(
        kind=obj["kind"],
        namespace=metadata["namespace"],
        name=metadata["name"],
        wanted=wanted,
        updated=updated,
        ready=ready,
        observed=status.get("observedGeneration", 0) >= metadata.get("generation", 0),
    )

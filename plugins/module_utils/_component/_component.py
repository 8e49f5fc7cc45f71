# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""A component as it is wanted and as it is found, and what keeps the one from being the other."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ._manifest import Object, Ref
from ._release import Release, same_version
from ._workload import Workload

# On the namespace, written before the release is made: the release is ours. Helm's own record can carry no mark.
_MARK = "homelab.network/release."


@dataclass(frozen=True)
class Wanted:
    """What the user asks for; None stands for anything."""

    name: str
    namespace: str
    chart_version: str | None
    values: dict[str, t.Any] | None
    namespace_labels: dict[str, str]
    present: bool

    @property
    def mark(self) -> str:
        """The annotation of the namespace that says: this release is managed by this collection."""
        return _MARK + self.name


@dataclass(frozen=True)
class Drift:
    """An object of the release that is missing (no paths), or that differs at `paths` from what the release says."""

    wanted: Object
    ref: Ref
    missing: bool
    paths: tuple[str, ...] = ()

    @property
    def manifest(self) -> Object | None:
        """The object as the release says, to be applied; None for a Secret that holds something."""
        secret = self.ref.kind == "Secret" and (self.wanted.get("data") or self.wanted.get("stringData"))
        return None if secret else self.wanted

    def __str__(self) -> str:
        where = f"{self.ref.namespace}/{self.ref.name}" if self.ref.namespace else self.ref.name
        return f"{self.ref.kind} {where} " + ("is missing" if self.missing else f"differs at {', '.join(self.paths)}")


@dataclass(frozen=True)
class Found:
    """What the cluster holds.

    `ours`: this collection has made the namespace. Only when the component is to go: `remains` are the objects of the
    release that exist, `others` those in a namespace of ours that do not belong to it.
    """

    namespace: Object | None
    release: Release | None
    drift: tuple[Drift, ...] = ()
    workloads: tuple[Workload, ...] = ()
    others: tuple[Ref, ...] = ()
    remains: tuple[Ref, ...] = ()
    ours: bool = False

    def managed(self, wanted: Wanted) -> bool:
        """Whether the release carries this collection's mark."""
        return wanted.mark in annotations_of(self.namespace)


def annotations_of(obj: Object | None) -> dict[str, str]:
    """The annotations of an object, empty for none."""
    return (obj or {}).get("metadata", {}).get("annotations") or {}


def labels_of(obj: Object | None) -> dict[str, str]:
    """The labels of an object, empty for none."""
    return (obj or {}).get("metadata", {}).get("labels") or {}


def namespace_reasons(wanted: Wanted, found: Found) -> list[str]:
    """Why the namespace has to be written, as sentences."""
    if not wanted.present:
        return _namespace_leftovers(wanted, found)
    if found.namespace is None:
        return [f"namespace {wanted.namespace} does not exist"]
    reasons = []
    for key, value in sorted(wanted.namespace_labels.items()):
        live = labels_of(found.namespace).get(key)
        if live != value:
            state = "is missing" if live is None else f"is {live}"
            reasons.append(f"label {key} of namespace {wanted.namespace} {state}, not {value}")
    if not found.managed(wanted):
        reasons.append(f"namespace {wanted.namespace} does not say that release {wanted.name} is managed here")
    return reasons


def _namespace_leftovers(wanted: Wanted, found: Found) -> list[str]:
    if found.ours and not found.others:
        return [f"namespace {wanted.namespace} was made for the release"]
    if found.managed(wanted):
        return [f"namespace {wanted.namespace} says that release {wanted.name} is managed here"]
    return []


def release_reasons(wanted: Wanted, found: Found) -> list[str]:
    """Why Helm has to act, as sentences; values are named by their paths and never shown."""
    release = found.release
    if release is None:
        return [f"release {wanted.name} is not installed"] if wanted.present else []
    if not wanted.present:
        return [f"release {wanted.name} is installed"]
    reasons = []
    if not release.deployed:
        reasons.append(f"revision {release.revision} of release {wanted.name} is {release.status}")
    if wanted.chart_version and not same_version(release.version, wanted.chart_version):
        reasons.append(f"chart {release.chart} has version {release.version}, not {wanted.chart_version}")
    if wanted.values is not None and wanted.values != release.values:
        reasons.append(f"the values differ at {', '.join(_unequal(wanted.values, release.values))}")
    return reasons


def _unequal(wanted: dict[str, t.Any], found: dict[str, t.Any], path: str = "") -> list[str]:
    """The sorted paths of the leaves in which two trees of values differ."""
    missing = object()
    paths: list[str] = []
    for key in sorted({*wanted, *found}):
        ours, theirs = wanted.get(key, missing), found.get(key, missing)
        if isinstance(ours, dict) and isinstance(theirs, dict):
            paths += _unequal(ours, theirs, f"{path}{key}.")
        elif ours is missing or theirs is missing or ours != theirs:
            paths.append(f"{path}{key}")
    return paths

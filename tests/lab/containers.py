# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container of a pod as its chart describes it, and how its program is run on this machine instead. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

# The objects that a pod can mount: their field in a volume, the name's field in it, and their collection in the API.
_VOLUMES = (("secret", "secretName", "secrets"), ("configMap", "name", "configmaps"))


@dataclass(frozen=True)
class Mount:
    """A Secret or ConfigMap as files: where the container sees it, the API's collection and the object's name."""

    path: str
    collection: str
    name: str
    optional: bool = False


@dataclass(frozen=True)
class Container:
    """The container of a running pod that a real program stands for."""

    pod: str
    namespace: str
    service_account: str
    args: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    mounts: tuple[Mount, ...]

    def command(self, folder: Path) -> list[str]:
        """The container's arguments with its mounts in `folder`.

        Those with a variable are left out: the charts' variables come from the ConfigMap that is mounted as well.
        """
        parts = (arg.partition("=") for arg in self.args if "$(" not in arg)
        return [f"{flag}{equals}{self._located(value, folder)}" for flag, equals, value in parts]

    def environment(self, folder: Path) -> dict[str, str]:
        """The container's environment with its mounts in `folder`, and temporary files there too."""
        env = {name: self._located(value, folder) for name, value in self.env}
        return {**env, "TMPDIR": str(inside(folder, "/tmp"))}

    def _located(self, value: str, folder: Path) -> str:
        return str(inside(folder, value)) if value in {mount.path for mount in self.mounts} else value


@dataclass(frozen=True)
class Backing:
    """A real program, called `program` in the lab and `binary` in the lock file, for a container of labelled pods.

    `flags` gives what its command line needs outside of a container; the last of equal flags counts.
    """

    program: str
    binary: str
    container: str
    labels: Mapping[str, str]
    flags: Callable[[Container, Path], Mapping[str, object]]

    def argv(self, binary: Path, container: Container, folder: Path) -> tuple[str, ...]:
        """The command line with the container's files in `folder`."""
        own = (f"--{flag}={value}" for flag, value in self.flags(container, folder).items())
        return (str(binary), *container.command(folder), *own)

    def behind(self, pods: Iterable[dict]) -> Container | None:
        """The container that counts: that of the youngest pod that runs and is not being deleted."""
        found = [pod for pod in pods if _runs(pod) and self.labels.items() <= pod["metadata"].get("labels", {}).items()]
        youngest = max(found, key=lambda pod: pod["metadata"]["creationTimestamp"], default=None)
        return read(youngest, self.container) if youngest else None


def inside(folder: Path, path: str) -> Path:
    """Where a path of the container lies on this machine."""
    return folder / path.lstrip("/")


def read(pod: dict, name: str) -> Container:
    """The container of that name."""
    metadata, spec, status = pod["metadata"], pod["spec"], pod["status"]
    fields = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata["namespace"],
        "spec.nodeName": spec["nodeName"],
        "status.podIP": status.get("podIP", ""),
        "status.hostIP": status.get("hostIP", ""),
    }
    container = next(item for item in spec["containers"] if item["name"] == name)
    volumes = {
        volume["name"]: (collection, volume[kind][key], volume[kind].get("optional", False))
        for volume in spec.get("volumes", ())
        for kind, key, collection in _VOLUMES
        if kind in volume
    }
    mounts = container.get("volumeMounts", ())
    return Container(
        pod=metadata["name"],
        namespace=metadata["namespace"],
        service_account=spec.get("serviceAccountName", "default"),
        args=tuple(container.get("args", ())),
        env=tuple(_variables(container.get("env", ()), fields)),
        mounts=tuple(Mount(item["mountPath"], *volumes[item["name"]]) for item in mounts if item["name"] in volumes),
    )


def _runs(pod: dict) -> bool:
    return pod["status"].get("phase") == "Running" and not pod["metadata"].get("deletionTimestamp")


def _variables(items: Iterable[dict], fields: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """The environment variables with a value or a field of the pod; those from other objects are left out."""
    for item in items:
        source = item.get("valueFrom", {})
        if "fieldRef" in source:
            yield item["name"], fields[source["fieldRef"]["fieldPath"]]
        elif not source:
            yield item["name"], item.get("value", "")

# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which real program belongs behind a pod of MetalLB's chart, and how the pod says it is to be run. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .topology import PORTS

SELECTOR = "app.kubernetes.io/name=metallb"
PROGRAMS = {"controller": "metallb-controller", "speaker": "metallb-speaker"}
_COMPONENT = "app.kubernetes.io/component"
_CERTIFICATES = "/tmp/k8s-webhook-server/serving-certs"


@dataclass(frozen=True)
class Pod:
    """A running pod of MetalLB, read from the API's object."""

    component: str
    namespace: str
    name: str
    service_account: str
    args: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    secrets: tuple[tuple[str, str], ...]  # (where the container sees it, the Secret's name)

    @property
    def program(self) -> str:
        """The program that belongs behind this pod."""
        return PROGRAMS[self.component]

    def argv(self, binary: Path, folder: Path) -> tuple[str, ...]:
        """The container's command line, with what differs outside of a container; the last of equal flags counts."""
        own = {
            "kubeconfig": folder / "kubeconfig",
            "namespace": self.namespace,
            "pod-name": self.name,
            "port": PORTS[self.program],
            "health-probe-port": PORTS[f"{self.program}-health"],
        }
        if self.component == "controller":
            own["cert-dir"] = inside(folder, _CERTIFICATES)
        return (str(binary), *self.args, *(f"--{flag}={value}" for flag, value in own.items()))

    def environment(self, folder: Path) -> dict[str, str]:
        """The container's environment; the webhook server looks for its certificate below TMPDIR only."""
        mounted = {path for path, _secret in self.secrets}
        env = {name: str(inside(folder, value)) if value in mounted else value for name, value in self.env}
        return {**env, "TMPDIR": str(inside(folder, "/tmp"))}


def inside(folder: Path, path: str) -> Path:
    """Where a path of the container lies on this machine."""
    return folder / path.lstrip("/")


def running(pods: Iterable[dict]) -> dict[str, Pod]:
    """The pod that counts for each program: the youngest that runs and is not being deleted."""
    found: dict[str, Pod] = {}
    for pod in sorted(pods, key=lambda pod: pod["metadata"]["creationTimestamp"]):
        component = pod["metadata"]["labels"].get(_COMPONENT)
        runs = pod["status"].get("phase") == "Running" and not pod["metadata"].get("deletionTimestamp")
        if component in PROGRAMS and runs:
            found[PROGRAMS[component]] = _read(pod, component)
    return found


def _read(pod: dict, component: str) -> Pod:
    metadata, spec, status = pod["metadata"], pod["spec"], pod["status"]
    fields = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata["namespace"],
        "spec.nodeName": spec["nodeName"],
        "status.podIP": status.get("podIP", ""),
        "status.hostIP": status.get("hostIP", ""),
    }
    container = next(item for item in spec["containers"] if item["name"] == component)
    volumes = {item["name"]: item["secret"]["secretName"] for item in spec.get("volumes", ()) if "secret" in item}
    mounts = container.get("volumeMounts", ())
    return Pod(
        component=component,
        namespace=metadata["namespace"],
        name=metadata["name"],
        service_account=spec.get("serviceAccountName", "default"),
        args=tuple(container.get("args", ())),
        env=tuple((item["name"], _value(item, fields)) for item in container.get("env", ())),
        secrets=tuple((item["mountPath"], volumes[item["name"]]) for item in mounts if item["name"] in volumes),
    )


def _value(item: dict, fields: dict[str, str]) -> str:
    """The value of an environment variable, which may be a field of the pod."""
    source = item.get("valueFrom", {}).get("fieldRef")
    return fields[source["fieldPath"]] if source else item.get("value", "")

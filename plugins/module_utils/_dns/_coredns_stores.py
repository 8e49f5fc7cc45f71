# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Where CoreDNS gets its server blocks and zone files from: texts with names, in a ConfigMap or in a folder."""

from __future__ import annotations

import abc
import re
import typing as t
from pathlib import Path

from .._kube import Kube, KubeError, allowed
from ._backend import Connection
from ._error import DnsError, Raced
from ._text_file import locked, read_text, replace_text

Texts = dict[str, str]

_NAMESPACE, _DEPLOYMENT, _CONFIG_MAP = "kube-system", "coredns", "coredns-custom"
_COREFILE = "Corefile"
# Where k3s mounts it.
_MOUNT = "/etc/coredns/custom"
# What is larger is no text of a server.
_LONGEST_FILE = 4_000_000


class Store(abc.ABC):
    """Texts by name.

    `at`: title and address, for messages; `folder`: where CoreDNS itself sees them; `port`: of its server blocks;
    `version` of CoreDNS and `corefile`, its main configuration: empty where they are not known.
    """

    at: str
    folder: str
    port: int = 53
    version: str = ""
    corefile: str = ""

    @abc.abstractmethod
    def read(self) -> Texts:
        """All texts."""

    @abc.abstractmethod
    def write(self, before: Texts, after: Texts) -> None:
        """Put the texts `after` in place of what was read.

        :raises Raced: they are not `before` any more.
        """


def _apart(before: Texts, after: Texts) -> list[str]:
    """The names of texts that differ: those that others refer to first."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return sorted(names, key=lambda name: (name.endswith(".server"), name))


class Folder(Store):
    """A folder on this host whose C(*.server) CoreDNS imports; its Corefile is known where it lies there or beside."""

    def __init__(self, connection: Connection) -> None:
        self.folder = (connection.path or "").rstrip("/")
        self.port = connection.port
        self.at = f"CoreDNS at {self.folder}"

    def read(self) -> Texts:
        folder = Path(self.folder)
        try:
            paths = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
            paths = [path for path in paths if path.stat().st_size <= _LONGEST_FILE]
        except OSError as error:
            raise DnsError(
                f"{self.at}: cannot read the folder: {error.strerror}. Make it on the host of the server, write"
                f" 'import {folder}/*.server' at the end of its Corefile, and run the task there"
            ) from error
        self.corefile = read_text(folder / _COREFILE, self.at) or read_text(folder.parent / _COREFILE, self.at) or ""
        return {path.name: read_text(path, self.at) or "" for path in paths}

    def write(self, before: Texts, after: Texts) -> None:
        folder = Path(self.folder)
        with locked(folder, self.at):
            if self.read() != before:
                raise Raced(f"{self.at}: its files have changed since they were read")
            names = _apart(before, after)
            # A server block goes before the zone file that it refers to, and comes after it.
            for name in [name for name in reversed(names) if name not in after]:
                replace_text(folder / name, None, self.at)
            for name in [name for name in names if name in after]:
                replace_text(folder / name, after[name], self.at)


class ConfigMap(Store):
    """The ConfigMap for additions to the CoreDNS of a cluster, which k3s made a place for."""

    def __init__(self, connection: Connection) -> None:
        given: dict[str, t.Any] = {"kubeconfig": connection.kubeconfig, "context": connection.context}
        if not connection.validate_certs:
            given["validate_certs"] = False
        if connection.ca_path:
            given["ca_cert"] = connection.ca_path
        self._kube = Kube.connect(given)
        self._version: str | None = None
        self.at = f"CoreDNS of {self._kube.server}"
        self.folder = _MOUNT
        self._read_deployment()

    def _read_deployment(self) -> None:
        """Where CoreDNS sees the ConfigMap, and what it has besides.

        :raises DnsError: it does not see it.
        """
        try:
            found = self._kube.get("apps/v1", "Deployment", _DEPLOYMENT, _NAMESPACE)
        except KubeError as error:
            if error.status != 403:
                raise
            # Without the permission to look, it is taken for what k3s makes.
            return
        if found is None:
            raise DnsError(self._choices(f"there is no Deployment {_NAMESPACE}/{_DEPLOYMENT}"))
        pod = found["spec"]["template"]["spec"]
        maps = {volume["name"]: (volume.get("configMap") or {}).get("name") for volume in pod.get("volumes") or []}
        container = pod["containers"][0]
        mounts = {maps.get(mount["name"]): mount["mountPath"] for mount in container.get("volumeMounts") or []}
        self.version = container["image"].partition("@")[0].rpartition(":")[2]
        if _CONFIG_MAP not in mounts:
            raise DnsError(self._choices(f"its Deployment does not mount the ConfigMap {_CONFIG_MAP}"))
        self.folder = mounts.pop(_CONFIG_MAP).rstrip("/")
        for name in filter(None, mounts):
            self.corefile = self.corefile or self._data(name).get(_COREFILE, "")
        if self.corefile and not re.search(
            rf"^\s*import\s+{re.escape(self.folder)}/\*\.server\s*$", self.corefile, re.M
        ):
            raise DnsError(self._choices(f"its Corefile does not import {self.folder}/*.server"))

    def _data(self, name: str) -> Texts:
        """The texts of a ConfigMap, as far as they may be read."""
        found = allowed(lambda: self._kube.get("v1", "ConfigMap", name, _NAMESPACE))
        return dict((found or {}).get("data") or {})

    def _choices(self, why: str) -> str:
        return (
            f"{self.at} takes no additions from the ConfigMap {_NAMESPACE}/{_CONFIG_MAP}, as that of k3s does: {why}."
            f" Mount it there at {_MOUNT} and write 'import {_MOUNT}/*.server' at the end of its Corefile; or give"
            " path, the folder of a CoreDNS outside of the cluster; or choose another back end for these names"
        )

    def read(self) -> Texts:
        found = self._kube.get("v1", "ConfigMap", _CONFIG_MAP, _NAMESPACE)
        self._version = found["metadata"]["resourceVersion"] if found else None
        return dict((found or {}).get("data") or {})

    def write(self, before: Texts, after: Texts) -> None:
        metadata: dict[str, t.Any] = {"name": _CONFIG_MAP, "namespace": _NAMESPACE}
        body: dict[str, t.Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
        data = {name: after.get(name) for name in _apart(before, after)}
        try:
            if self._version is None:
                found = self._kube.apply({**body, "data": data})
            else:
                # The API server writes only upon this version.
                metadata["resourceVersion"] = self._version
                found = self._kube.patch({**body, "data": data})
        except KubeError as error:
            if error.status in (404, 409):
                raise Raced(f"{self.at}: the ConfigMap has changed since it was read: {error.msg}") from error
            raise
        self._version = found["metadata"]["resourceVersion"]

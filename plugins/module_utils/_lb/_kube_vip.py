# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""kube-vip in a cluster: the ConfigMap of its cloud provider, which several pools share."""

from __future__ import annotations

from .._cluster._workloads import programs
from .._kube import JSONObject, KubeError
from . import _kube_vip_objects as k
from ._dialect import Where
from ._provider import AddressSnapshot, Provider, Snapshot
from ._wait import Deadline

DEFAULT_NAMESPACE = "kube-system"
# kube-vip itself writes on a Service which node announces it.
_HOST = "kube-vip.io/vipHost"
_ATTEMPTS = 5


class KubeVip(Provider):
    """The adapter of kube-vip-cloud-provider 0.0.12."""

    dialect = k.KUBE_VIP

    @property
    def namespace(self) -> str:
        """Where the ConfigMap is (KUBEVIP_NAMESPACE of the cloud provider)."""
        return self._namespace or DEFAULT_NAMESPACE

    def read(self) -> Snapshot:
        config = self._config()
        return Snapshot(
            dialect=self.dialect,
            installed=self._installed(config),
            where=Where(self.namespace),
            objects=k.split(config) if config else {},
            states=None,
            services=list(self.read_services().values()),
            taken=self.taken(),
        )

    def read_addresses(self) -> AddressSnapshot:
        config = self._config()
        pools = self.dialect.live_pools(k.split(config)) if config else {}
        return AddressSnapshot(self._installed(config), pools, self.read_services())

    def announcers(self) -> dict[str, list[JSONObject]]:
        nodes = {key: service.annotations.get(_HOST) for key, service in self.read_services().items()}
        return {key: [{"node": node, "interfaces": []}] for key, node in nodes.items() if node}

    def wait(self, before: Snapshot, wrote: bool, deadline: Deadline) -> None:
        """The cloud provider reads the ConfigMap each time that it needs it: there is nothing to wait for."""

    def write(self, obj: JSONObject, deadline: Deadline) -> JSONObject:  # noqa: ARG002 - there is no webhook
        self._change(obj, removed=False)
        return obj

    def delete(self, obj: JSONObject) -> None:
        self._change(obj, removed=True)

    def _change(self, obj: JSONObject, removed: bool) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            config = self._config()
            try:
                written = self.kube.apply(k.joined(config, self.namespace, obj, removed), force=True)
                break
            except KubeError as error:
                # Another run has written meanwhile.
                if error.reason != "Conflict" or attempt == _ATTEMPTS:
                    raise
        left = k.superfluous({**written, "metadata": (config or written)["metadata"]}, obj, removed)
        if left:
            meta = {"name": k.CONFIG_MAP, "namespace": self.namespace}
            self.kube.patch({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": left})

    def _config(self) -> JSONObject | None:
        return self.kube.get("v1", "ConfigMap", k.CONFIG_MAP, self.namespace)

    def _installed(self, config: JSONObject | None) -> bool:
        if config is not None:
            return True
        deployments = self.kube.list("apps/v1", "Deployment") or []
        return any(item.image.endswith("kube-vip-cloud-provider") for item in programs(deployments))

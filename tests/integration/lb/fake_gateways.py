# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fake controller of Gateways. Their API is the real one (the CRDs of Gateway API 1.6).

It models what Istio 1.30 and Cilium 1.20 do with addresses: both make a Service of type LoadBalancer that carries the
Gateway's name as a label and its infrastructure's annotations and labels, and copy the Service's addresses to the
Gateway's status, with the generation that they have looked at. Istio writes one IPAddress of spec.addresses to
spec.loadBalancerIP, and makes no Service for more; Cilium writes all of them to the annotation io.cilium/lb-ipam-ips,
unless the infrastructure has that one.
"""

from __future__ import annotations

import json
import threading
import typing as t

from .conftest import JSONObject, Site

NAME = "gateway.networking.k8s.io/gateway-name"
CILIUM_ALIAS = "io.cilium/lb-ipam-ips"
_GATEWAYS = "/apis/gateway.networking.k8s.io/v1/gateways"


def gateway(name: str, controller: str, **spec: t.Any) -> JSONObject:
    """A Gateway in the namespace default, of a class that is called like its controller."""
    listeners = [{"name": "http", "port": 80, "protocol": "HTTP"}]
    meta = {"name": name, "namespace": "default", "labels": {"test": "yes"}}
    spec = {"gatewayClassName": controller, "listeners": listeners, **spec}
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": meta, "spec": spec}


class FakeGateways:
    """Keeps the Services of all Gateways as they shall be, from entering to leaving."""

    def __init__(self, site: Site) -> None:
        self.site = site
        #: Who holds it keeps the controller from looking at Gateways.
        self.at_work = threading.Lock()
        self._api = site.lab.cluster.client()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._last: dict[str, t.Any] = {}

    def __enter__(self) -> t.Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(0.2):
            with self.at_work:
                for gateway in self._api.get(_GATEWAYS)["items"]:
                    self._reconcile(gateway)

    def _reconcile(self, gateway: JSONObject) -> None:
        name = gateway["metadata"]["name"]
        wanted = _service(gateway)
        if wanted and self._last.get(f"service {name}") != wanted:
            manager = f"--field-manager={gateway['spec']['gatewayClassName']}-gateway-controller"
            arguments = ["--server-side", "--force-conflicts", manager]
            self.site.kubectl("apply", *arguments, "-f", "-", input=json.dumps(wanted))
            self._last[f"service {name}"] = wanted
        made = wanted and self._api.get(f"/api/v1/namespaces/default/services/{wanted['metadata']['name']}")
        ingress = made["status"]["loadBalancer"].get("ingress", []) if made else []
        status = {
            "addresses": [{"type": "IPAddress", "value": item["ip"]} for item in ingress],
            "conditions": [{**_condition(bool(ingress)), "observedGeneration": gateway["metadata"]["generation"]}],
        }
        if self._last.get(f"status {name}") != status:
            patch = json.dumps({"status": status})
            self.site.kubectl("patch", "gateway", name, "--subresource=status", "--type=merge", f"--patch={patch}")
            self._last[f"status {name}"] = status


def _condition(given: bool) -> JSONObject:
    return {
        "type": "Programmed",
        "status": "True" if given else "False",
        "reason": "Programmed" if given else "AddressNotAssigned",
        "message": "" if given else "waiting for an address",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }


def _service(gateway: JSONObject) -> JSONObject | None:
    spec, controller = gateway["spec"], gateway["spec"]["gatewayClassName"]
    name = gateway["metadata"]["name"]
    infrastructure = spec.get("infrastructure", {})
    annotations = dict(infrastructure.get("annotations", {}))
    asked = [item["value"] for item in spec.get("addresses", [])]
    made: JSONObject = {
        "type": "LoadBalancer",
        "selector": {"app": "whoami"},
        "ports": [{"name": f"port-{item['port']}", "port": item["port"]} for item in spec["listeners"]],
    }
    if controller == "istio":
        if len(asked) > 1:
            return None
        made.update({"loadBalancerIP": asked[0]} if asked else {})
    elif asked and not annotations.get(CILIUM_ALIAS):
        annotations[CILIUM_ALIAS] = ",".join(asked)
    meta = {
        "name": f"{name}-{controller}",
        "namespace": "default",
        "labels": {"test": "yes", **infrastructure.get("labels", {}), NAME: name},
        "annotations": annotations,
    }
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": made}

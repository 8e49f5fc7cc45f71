# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gateways, and the Services that were made for them."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._kube import KubeError
from ansible_collections.homelab.network.plugins.module_utils._lb import _pins as pins
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_objects import CILIUM
from ansible_collections.homelab.network.plugins.module_utils._lb._gateways import (
    gateway_of,
    identity,
    join,
    read_gateways,
    split_key,
)
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_objects import METALLB
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Service

from .services import PIN, WAY, A, B, by_key, gateway, service, wrote

NAME = "gateway.networking.k8s.io/gateway-name"
MADE = {NAME: "g"}
COPIED = wrote("istiod", {"f:metadata": {"f:labels": {f"f:{NAME}": {}}}, "f:spec": {"f:loadBalancerIP": {}}})


def ip(address: str) -> dict[str, str]:
    """One of spec.addresses."""
    return {"type": "IPAddress", "value": address}


def test_keys() -> None:
    assert split_key("Gateway n/g") == ("Gateway", "n/g")
    assert split_key("n/s") == ("Service", "n/s")


@pytest.mark.parametrize(
    ("labels", "made_for"),
    [
        (MADE, "n/g"),
        (
            {
                "gateway.envoyproxy.io/owning-gateway-namespace": "web",
                "gateway.envoyproxy.io/owning-gateway-name": "g",
            },
            "web/g",
        ),
        ({"gateway.envoyproxy.io/owning-gateway-name": "g"}, ""),
        ({}, ""),
    ],
)
def test_what_a_service_was_made_for(labels: dict[str, str], made_for: str) -> None:
    assert gateway_of(service("n/s", labels=labels)) == made_for


def raw(name: str, **fields: t.Any) -> dict[str, t.Any]:
    """The JSON of a Gateway."""
    return {"metadata": {"namespace": "n", "name": name, **fields.pop("metadata", {})}, **fields}


def test_a_gateway_stands_in_for_its_service() -> None:
    services = by_key(service("n/web", A, labels=MADE), service("n/other", B))
    assert set(join(services, [raw("g")], [])) == {"n/web", "n/other"}
    assert set(join(services, [raw("g")], ["Gateway n/g"])) == {"Gateway n/g", "n/other"}
    assert set(join(services, [raw("g")], ["Gateway n/g", "n/web"])) == {"Gateway n/g", "n/web", "n/other"}
    ours = [wrote("homelab.network", {"f:spec": {"f:addresses": {}}}, "Apply")]
    assert set(join(services, [raw("g", metadata={"managedFields": ours})], [])) == {"Gateway n/g", "n/other"}
    found = join(services, [raw("g")], ["Gateway n/g"])["Gateway n/g"]
    assert (found.addresses, found.families, found.ports, identity(found)) == (
        (A,),
        (4,),
        frozenset({("TCP", 80)}),
        "n/web",
    )


def test_one_without_a_service_tells_of_its_addresses_and_troubles() -> None:
    status = {
        "addresses": [ip(A), {"type": "Hostname", "value": "web.example.org"}],
        "conditions": [
            {"type": "Accepted", "status": "True"},
            {"type": "Programmed", "status": "Unknown", "message": "Waiting for controller"},
        ],
    }
    found = gateway("n/g", status=status)
    assert (found.addresses, found.namespace, identity(found)) == ((A,), "n", "Gateway n/g")
    assert found.troubles == "Programmed is Unknown: Waiting for controller"


@pytest.mark.parametrize(
    ("seen", "unread"),
    [([], False), ([None], False), ([2], True), ([3], False), ([2, 3], False), ([1, None, 2], True)],
)
def test_one_that_its_controller_has_not_looked_at_is_told(seen: list[int | None], unread: bool) -> None:
    counted = [{} if number is None else {"observedGeneration": number} for number in seen]
    conditions = [{"type": f"C{place}", "status": "True", **item} for place, item in enumerate(counted)]
    assert gateway("n/g", metadata={"generation": 3}, status={"conditions": conditions}).unread is unread


@pytest.mark.parametrize(
    ("spec", "carrier", "asked"),
    [
        ({}, None, ("", "")),
        ({"addresses": [ip(A)]}, None, (A, "spec.addresses")),
        ({"addresses": [{"type": "Hostname", "value": "a.example.org"}]}, None, ("a.example.org", "spec.addresses")),
        ({"addresses": [{"type": "IPAddress"}]}, None, ("", "")),
        (
            {"addresses": [ip(A)], "infrastructure": {"annotations": {PIN: B}}},
            None,
            (B, f"spec.infrastructure.annotations {PIN}"),
        ),
        ({}, service("n/web", loadBalancerIP=A, labels=MADE, writers=[COPIED]), ("", "")),
        (
            {},
            service(
                "n/web",
                theirs={PIN: A},
                labels=MADE,
                writers=[COPIED, wrote("kubectl", {"f:metadata": {"f:annotations": {f"f:{PIN}": {}}}})],
            ),
            (A, f"annotation {PIN} of Service n/web"),
        ),
    ],
    ids=["nothing", "address", "host name", "any address", "annotation wins", "copied", "of the Service"],
)
def test_what_a_gateway_asks_for(spec: dict[str, t.Any], carrier: Service | None, asked: tuple[str, str]) -> None:
    assert pins.requested(METALLB, gateway("n/g", carrier, spec=spec)) == asked


@pytest.mark.parametrize(
    ("method", "spec", "field"),
    [
        ("auto", {"addresses": [ip(A)]}, "spec.addresses"),
        ("annotation", {"addresses": [ip(A)]}, "spec.addresses"),
        (
            "gateway_annotations",
            {"infrastructure": {"annotations": {CILIUM.pin: A}}},
            f"spec.infrastructure.annotations {CILIUM.pin}",
        ),
    ],
)
def test_what_is_written(method: str, spec: dict[str, t.Any], field: str) -> None:
    (pin,) = pins.make_pins(pins.Way(CILIUM, method), {"Gateway n/g": (A,)}, by_key(gateway("n/g")))
    mark = "homelab.network/pin"
    assert pin.shown() == ({}, {field: A, mark: A})
    assert pin.patch() == {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "g", "namespace": "n", "uid": "uid-g", "annotations": {mark: A}},
        "spec": spec,
    }


def test_ours_is_told_from_that_of_the_user() -> None:
    fields = {"f:metadata": {"f:annotations": {"f:homelab.network/pin": {}}}, "f:spec": {"f:addresses": {}}}
    meta = {
        "annotations": {"homelab.network/pin": A},
        "managedFields": [wrote("homelab.network", fields, "Apply")],
    }
    ours = gateway("n/g", metadata=meta, spec={"addresses": [ip(A)]})
    assert (pins.own_request(METALLB, ours), pins.our_request(METALLB, ours)) == (("", ""), (A,))
    (pin,) = pins.make_pins(WAY, {"Gateway n/g": ()}, by_key(ours))
    assert pin.shown() == ({"spec.addresses": A, "homelab.network/pin": A}, {})


class FakeKube:
    """Models the answer of an API server to a list of Gateways."""

    def __init__(self, answer: t.Any) -> None:
        self.answer = answer

    def list(self, _api: str, _kind: str) -> t.Any:
        """The Gateways, or what went wrong."""
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_who_asks_for_no_gateway_need_not_be_allowed_to_read_them() -> None:
    assert read_gateways(t.cast("t.Any", FakeKube(None)), needed=True) == []
    forbidden = t.cast("t.Any", FakeKube(KubeError("no", 403)))
    assert read_gateways(forbidden, needed=False) == []
    with pytest.raises(KubeError):
        read_gateways(forbidden, needed=True)
    with pytest.raises(KubeError):
        read_gateways(t.cast("t.Any", FakeKube(KubeError("down", 500))), needed=False)

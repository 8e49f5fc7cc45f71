# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What speaks against requests."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_objects import CILIUM
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_rules import CiliumPool
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_objects import METALLB
from ansible_collections.homelab.network.plugins.module_utils._lb._pin_rules import problems, unpooled
from ansible_collections.homelab.network.plugins.module_utils._lb._pins import Way
from ansible_collections.homelab.network.plugins.module_utils._lb._places import MARK
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Pool, Service
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

from .services import OLD_PIN, PIN, SHARE, WAY, A, B, annotated_by, by_key, gateway, pinned, service, wrote


def test_what_does_not_exist_is_no_problem() -> None:
    assert problems(WAY, {"n/nosuch": (A,)}, {}) == []


@pytest.mark.parametrize(
    ("wanted", "services", "text"),
    [
        ({"n/s": (A,)}, [service("n/s", type="NodePort")], "n/s is of type NodePort"),
        ({"n/s": ()}, [service("n/s", type="ClusterIP")], "n/s is of type ClusterIP"),
        ({"n/s": (A,)}, [service("n/s", theirs={PIN: B})], f"n/s asks for {B} by its own annotation {PIN}, but {A}"),
        ({"n/s": (A,)}, [service("n/s", theirs={PIN: "rubbish"})], "n/s asks for rubbish by its own"),
        ({"n/s": (A,)}, [service("n/s", theirs={OLD_PIN: B})], f"annotation {OLD_PIN}"),
        ({"n/s": (A,)}, [service("n/s", loadBalancerIP=B)], "by its own spec.loadBalancerIP"),
        ({"n/s": (A,)}, [service("n/s", own=pinned(A), loadBalancerIP=B)], "by its own spec.loadBalancerIP"),
        ({"n/s": ("2001:db8::1",)}, [service("n/s")], "has cluster addresses of IPv4, so"),
        ({"n/s": (A, "2001:db8::1")}, [service("n/s")], "has cluster addresses of IPv4, so"),
        ({"n/s": (A,)}, [service("n/s"), service("n/t", A)], f"{A}, wanted for n/s, is held by n/t"),
        ({"n/s": (A,), "n/t": ()}, [service("n/s"), service("n/t", A)], "is held by n/t"),
        ({"n/s": (A,)}, [service("n/s"), service("n/t", loadBalancerIP=A)], "is asked for by n/t"),
        ({"n/s": (A,), "n/t": (A,)}, [service("n/s"), service("n/t")], "both have the port TCP/80"),
        (
            {"n/s": (A,), "n/t": (A,)},
            [service("n/s", theirs={SHARE: "a"}), service("n/t", theirs={SHARE: "b"}, ports=[443])],
            "different keys",
        ),
        (
            {"n/s": (A,), "n/t": (A,)},
            [
                service("n/s", externalTrafficPolicy="Local", selector={"app": "s"}),
                service("n/t", externalTrafficPolicy="Local", selector={"app": "t"}, ports=[443]),
            ],
            "must select the same Pods",
        ),
    ],
)
def test_problems(wanted: dict[str, tuple[str, ...]], services: list[Service], text: str) -> None:
    (found,) = problems(WAY, wanted, by_key(*services))
    assert text in found


@pytest.mark.parametrize(
    ("wanted", "services"),
    [
        ({"n/s": (A,)}, [service("n/s", A)]),
        ({"n/s": (A,), "n/t": (B,)}, [service("n/s", B), service("n/t", A)]),
        ({"n/s": (A,)}, [service("n/s"), service("n/t", A, type="ClusterIP")]),
        ({"n/s": (A,)}, [service("n/s", theirs={SHARE: "k"}), service("n/t", A, theirs={SHARE: "k"}, ports=[443])]),
        ({"n/s": ()}, [service("n/s", theirs={PIN: B})]),
        ({"n/s": (A, "2001:db8::1")}, [service("n/s", clusterIPs=["10.96.0.1", "fd00::1"])]),
        ({"n/s": (A,)}, [service("n/s", own=pinned(B))]),
    ],
)
def test_no_problems(wanted: dict[str, tuple[str, ...]], services: list[Service]) -> None:
    assert problems(WAY, wanted, by_key(*services)) == []


def test_addresses_that_no_pool_gives() -> None:
    pools = [Pool("lan", (parse_range("192.0.2.0/30"),), namespaces=("media",))]
    services = by_key(service("n/s"), service("media/s"))
    wanted = {"n/s": (A,), "media/s": (B,), "n/nosuch": (A,)}
    assert unpooled(METALLB, wanted, services, pools) == {
        "n/s": 'pool "lan" is not for this Service: its selector or namespaces leave it out'
    }
    assert unpooled(METALLB, {"n/s": ("192.0.2.9",)}, services, pools) == {"n/s": "no pool holds 192.0.2.9"}


def test_cilium_gives_several_addresses_of_one_family() -> None:
    services = by_key(service("n/s"))
    assert problems(Way(CILIUM), {"n/s": (A, B)}, services) == []
    (found,) = problems(WAY, {"n/s": (A, B)}, services)
    assert found == f"n/s: MetalLB gives a Service one address per family, not {A}, {B}."
    (found,) = problems(Way(CILIUM), {"n/s": (A, "2001:db8::1")}, services)
    assert "so Cilium refuses to give it" in found


def test_one_of_two_families_is_enough_for_cilium() -> None:
    services = by_key(service("n/s", clusterIPs=["10.96.0.1", "fd00::1"]))
    assert problems(Way(CILIUM), {"n/s": (A,)}, services) == []
    assert "one address of each" in problems(WAY, {"n/s": (A,)}, services)[0]


def test_the_field_of_the_specification_holds_one_address() -> None:
    services = by_key(service("n/s", clusterIPs=["10.96.0.1", "fd00::1"]))
    (found,) = problems(Way(METALLB, "load_balancer_ip"), {"n/s": (A, "2001:db8::1")}, services)
    assert "spec.loadBalancerIP holds one address" in found


def test_who_wrote_a_request_is_named() -> None:
    asked = service("n/s", theirs={PIN: B}, writers=[annotated_by("argocd-controller", PIN)])
    (found,) = problems(WAY, {"n/s": (A,)}, by_key(asked))
    assert "Remove that request (argocd-controller wrote it), or want the same address." in found


@pytest.mark.parametrize("manager", ["argocd-controller", "kustomize-controller", "helm-controller"])
def test_what_gitops_has_written_over_ours_is_not_fought_over(manager: str) -> None:
    altered = service("n/s", own={MARK: A}, theirs={PIN: B}, writers=[annotated_by(manager, PIN)])
    (found,) = problems(WAY, {"n/s": (A,)}, by_key(altered))
    assert f"n/s needs {A} in its annotation {PIN}, where " in found
    assert f"({manager}) wrote {B}. Have that changed there" in found
    by_hand = service("n/s", own={MARK: A}, theirs={PIN: B}, writers=[annotated_by("kubectl-annotate", PIN)])
    assert problems(WAY, {"n/s": (A,)}, by_key(by_hand)) == []


def test_a_label_of_the_user_that_a_pool_demands_otherwise() -> None:
    pool = CiliumPool("pinned", (parse_range("192.0.2.0/24"),), auto_assign=False)
    label = "homelab.network/pool"
    by = wrote("helm", {"f:metadata": {"f:labels": {f"f:{label}": {}}}})
    labelled = service("n/s", labels={label: "other"}, writers=[by])
    (found,) = problems(Way(CILIUM), {"n/s": (A,)}, by_key(labelled), [pool])
    assert found == (
        f"n/s needs pinned in its label {label}, where helm wrote other. Have that changed there, or take "
        "n/s out of the list."
    )


def test_an_old_spelling_that_gitops_writes_is_not_rewritten() -> None:
    old = service("n/s", theirs={OLD_PIN: A}, writers=[annotated_by("kustomize-controller", OLD_PIN)])
    (found,) = problems(Way(METALLB, migrate=True), {"n/s": (A,)}, by_key(old))
    assert "which flux (kustomize-controller) writes and would write again" in found
    assert problems(WAY, {"n/s": (A,)}, by_key(old)) == []


def test_a_gateway_and_its_service_cannot_both_ask() -> None:
    web = service("n/web", A)
    services = by_key(gateway("n/g", web), web)
    wanted = {"Gateway n/g": (A,), "n/web": (A,)}
    assert any("n/web is the Service that was made for Gateway n/g" in text for text in problems(WAY, wanted, services))
    assert problems(WAY, {"Gateway n/g": (A,), "n/web": ()}, services) == []
    assert problems(WAY, {"Gateway n/g": (B,)}, services) == []


def test_istio_takes_one_address_in_the_specification() -> None:
    both = (A, "2001:db8::1")
    labels = {"gateway.istio.io/managed": "istio.io-gateway-controller"}
    services = by_key(gateway("n/g", service("n/web", labels=labels, clusterIPs=["10.96.0.1", "fd00::1"])))
    assert "Use the method gateway_annotations" in problems(WAY, {"Gateway n/g": both}, services)[0]
    assert problems(Way(METALLB, "gateway_annotations"), {"Gateway n/g": both}, services) == []


def test_a_gateway_without_a_load_balancer() -> None:
    services = by_key(gateway("n/g", service("n/web", type="ClusterIP")))
    (found,) = problems(WAY, {"Gateway n/g": (A,)}, services)
    assert found.startswith("Service n/web, which was made for Gateway n/g, is of type ClusterIP")


def test_addresses_of_several_pools_and_the_label_that_one_demands() -> None:
    pools = [
        CiliumPool(
            "one", (parse_range(A),), auto_assign=False, selectors=({"matchLabels": {"homelab.network/pool": "one"}},)
        ),
        CiliumPool("two", (parse_range(B),)),
    ]
    services = by_key(service("n/s"))
    assert unpooled(CILIUM, {"n/s": (A, B)}, services, pools) == {}
    assert unpooled(METALLB, {"n/s": (A, B)}, services, pools) == {"n/s": f"no pool holds {A} and {B}"}
    stranger = dataclasses.replace(pools[1], namespaces=("media",))
    assert "two" in unpooled(CILIUM, {"n/s": (A, B)}, services, [pools[0], stranger])["n/s"]

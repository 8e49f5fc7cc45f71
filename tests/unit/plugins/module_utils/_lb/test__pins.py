# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written on Services, and what speaks against it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb import _pins as pins
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_objects import CILIUM
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_rules import CiliumPool
from ansible_collections.homelab.network.plugins.module_utils._lb._kube_vip_objects import KUBE_VIP
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_objects import METALLB
from ansible_collections.homelab.network.plugins.module_utils._lb._places import MARK
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Service
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

from .services import OLD_PIN, OLD_SHARE, PIN, SHARE, WAY, A, B, by_key, gateway, pinned, service, wrote

C = "192.0.2.3"


def make(wanted: dict[str, tuple[str, ...]], *services: Service) -> dict[str, pins.Pin]:
    """What is to be written, by Service."""
    return {pin.service.key: pin for pin in pins.make_pins(WAY, wanted, by_key(*services)) if pin.changed}


def after(pin: pins.Pin) -> dict[str, str]:
    """What is then written."""
    return pin.shown()[1]


@pytest.mark.parametrize(
    ("found", "wanted", "before", "after"),
    [
        (service("n/s"), (A,), {}, pinned(A)),
        (service("n/s", own=pinned(A)), (A,), None, None),
        (service("n/s", own=pinned(A)), (B,), pinned(A), pinned(B)),
        (service("n/s", own=pinned(A)), (), pinned(A), {}),
        (service("n/s"), (), None, None),
        (service("n/s", own={MARK: A}, theirs={PIN: B}), (A,), {PIN: B, MARK: A}, pinned(A)),
        (service("n/s", own={MARK: A}, theirs={PIN: B}), (), {MARK: A}, {}),
        (service("n/s", own={PIN: A}), (A,), {PIN: A}, pinned(A)),
        (service("n/s", theirs={PIN: A}), (A,), None, None),
        (service("n/s", theirs={OLD_PIN: A}), (A,), None, None),
        (service("n/s", loadBalancerIP=A), (A,), None, None),
        (service("n/s", own=pinned(A), loadBalancerIP=A), (A,), pinned(A), {}),
        (service("n/s", theirs={PIN: A, "x": "y"}), (), None, None),
    ],
)
def test_annotations(found: Service, wanted: tuple[str, ...], before: t.Any, after: t.Any) -> None:
    made = make({"n/s": wanted}, found)
    assert [pin.shown() for pin in made.values()] == ([] if after is None else [(before, after)])


def test_what_is_sent_can_only_meet_the_service_that_was_read() -> None:
    (pin,) = make({"n/s": (A,)}, service("n/s")).values()
    meta = {"name": "s", "namespace": "n", "uid": "uid-s", "annotations": pinned(A)}
    assert pin.patch() == {"apiVersion": "v1", "kind": "Service", "metadata": meta}
    assert pin.force is False
    (again,) = make({"n/s": (B,)}, service("n/s", own=pinned(A))).values()
    assert again.force is True


def test_a_missing_service_is_left_out() -> None:
    assert make({"n/nosuch": (A,)}) == {}
    assert pins.status((A,), None, None) == "missing"


def test_services_of_the_list_are_given_one_key() -> None:
    wanted = {"n/a": (A,), "n/b": (A,), "n/c": (B,)}
    made = make(wanted, service("n/a"), service("n/b", ports=[443]), service("n/c"))
    assert after(made["n/a"])[SHARE] == after(made["n/b"])[SHARE] == f"homelab.network/{A}"
    assert SHARE not in after(made["n/c"])
    own = {**pinned(A), SHARE: f"homelab.network/{A}"}
    assert make(wanted, service("n/a", own=own), service("n/b", own=own), service("n/c", own=pinned(B))) == {}
    alone = make({"n/a": (A,)}, service("n/a", own=own))
    assert after(alone["n/a"]) == pinned(A)


@pytest.mark.parametrize("name", [SHARE, OLD_SHARE])
def test_a_key_of_the_user_is_used_for_the_others(name: str) -> None:
    made = make({"n/a": (A,), "n/b": (A,)}, service("n/a", theirs={name: "mine"}), service("n/b", ports=[443]))
    assert (after(made["n/a"]), after(made["n/b"])[SHARE]) == (pinned(A), "mine")


@pytest.mark.parametrize(
    ("wanted", "before", "now", "status"),
    [
        ((A,), service("n/s"), service("n/s"), "pending"),
        ((A,), service("n/s", B), service("n/s", B), "pending"),
        ((A,), service("n/s", B), service("n/s", A), "moved"),
        ((A,), service("n/s"), service("n/s", A), "assigned"),
        ((A,), service("n/s", A), service("n/s", A), "assigned"),
        ((), service("n/s"), service("n/s"), "pending"),
        ((), service("n/s"), service("n/s", B), "assigned"),
    ],
)
def test_status(wanted: tuple[str, ...], before: Service, now: Service, status: str) -> None:
    assert pins.status(wanted, before, now) == status


@pytest.mark.parametrize(
    ("found", "asked"),
    [
        (service("n/s"), ()),
        (service("n/s", theirs={PIN: A}), ()),
        (service("n/s", own=pinned(A)), (A,)),
        (service("n/s", own={MARK: A}, theirs={PIN: B}), (A,)),
        (service("n/s", own={PIN: A}, theirs={MARK: "odd"}), (A,)),
        (service("n/s", own={PIN: A, MARK: ""}), (A,)),
        (service("n/s", own={MARK: A}), (A,)),
        (service("n/s", own=pinned(f"{A},2001:db8::1")), (A, "2001:db8::1")),
    ],
)
def test_what_this_collection_has_asked_for(found: Service, asked: tuple[str, ...]) -> None:
    assert pins.our_request(METALLB, found) == asked


def test_an_address_that_is_still_to_be_chosen() -> None:
    made = pins.unknown_pin(WAY, service("n/s", own={SHARE: "k"}))
    assert made.shown() == ({SHARE: "k"}, {PIN: pins.UNKNOWN, MARK: pins.UNKNOWN})


def test_a_request_in_the_specification() -> None:
    way = pins.Way(METALLB, "load_balancer_ip")
    (pin,) = pins.make_pins(way, {"n/s": (A,)}, by_key(service("n/s", own=pinned(B))))
    assert pin.shown() == (pinned(B), {"spec.loadBalancerIP": A, MARK: A})
    assert pin.patch() == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s", "namespace": "n", "uid": "uid-s", "annotations": {MARK: A}},
        "spec": {"loadBalancerIP": A},
    }


def in_specification(mark: str, now: str) -> Service:
    """A Service with a request of ours in its specification, which somebody may have altered."""
    ours: dict[str, t.Any] = {"f:metadata": {"f:annotations": {f"f:{MARK}": {}}}}
    if mark == now:
        ours["f:spec"] = {"f:loadBalancerIP": {}}
    entry = wrote("homelab.network", ours, "Apply")
    return service("n/s", theirs={MARK: mark}, writers=[entry], loadBalancerIP=now)


@pytest.mark.parametrize(
    ("found", "method", "after", "dropped"),
    [
        (in_specification(A, A), "load_balancer_ip", None, ()),
        (in_specification(A, A), "auto", pinned(A), ()),
        (in_specification(A, B), "load_balancer_ip", {"spec.loadBalancerIP": A, MARK: A}, ()),
        (in_specification(A, B), "auto", pinned(A), (("spec", "loadBalancerIP"),)),
    ],
)
def test_the_way_of_a_request_can_change(found: Service, method: str, after: t.Any, dropped: t.Any) -> None:
    (pin,) = pins.make_pins(pins.Way(METALLB, method), {"n/s": (A,)}, by_key(found))
    assert (pin.shown()[1] if pin.changed else None, pin.dropped) == (after, dropped)


@pytest.mark.parametrize(
    ("found", "after"),
    [
        (service("n/s", theirs={OLD_PIN: A}), pinned(A)),
        (service("n/s", loadBalancerIP=A), pinned(A)),
        (service("n/s", own=pinned(A), loadBalancerIP=A), pinned(A)),
        (service("n/s", theirs={PIN: A, OLD_PIN: A}), {}),
        (service("n/s", theirs={PIN: A}), None),
    ],
)
def test_old_spellings_give_way(found: Service, after: dict[str, str] | None) -> None:
    way = pins.Way(METALLB, migrate=True)
    (pin,) = pins.make_pins(way, {"n/s": (A,)}, by_key(found))
    assert (pin.shown()[1] if pin.changed else None) == after
    removal = pin.removal()
    gone = {**removal["metadata"].get("annotations", {}), **removal.get("spec", {})}
    assert gone == (
        {} if after is None else {OLD_PIN: None} if not found.load_balancer_ip else {"loadBalancerIP": None}
    )


def test_what_asks_for_nothing_here_is_not_migrated() -> None:
    (pin,) = pins.make_pins(pins.Way(METALLB, migrate=True), {"n/s": ()}, by_key(service("n/s", theirs={OLD_PIN: A})))
    assert (pin.changed, pin.dropped) == (False, ())


def test_an_old_key_gives_way_and_stays_the_users() -> None:
    way = pins.Way(METALLB, migrate=True)
    (pin,) = pins.make_pins(way, {"n/s": (A,)}, by_key(service("n/s", theirs={PIN: A, OLD_SHARE: "mine"})))
    assert pin.shown() == ({OLD_SHARE: "mine"}, {SHARE: "mine"})
    (again,) = pins.make_pins(way, {"n/s": (A,)}, by_key(service("n/s", own={SHARE: "mine"}, theirs={PIN: A})))
    assert again.changed is False


def test_services_of_other_namespaces_are_let_in() -> None:
    services = by_key(service("a/s"), service("b/s", ports=[443]), service("b/t", ports=[53]))
    made = pins.make_pins(pins.Way(CILIUM), dict.fromkeys(services, (A,)), services)
    across = {pin.service.key: pin.shown()[1][CILIUM.share_namespaces] for pin in made}
    assert across == {"a/s": "b", "b/s": "a", "b/t": "a"}


def test_the_label_that_a_pool_demands() -> None:
    pools = [CiliumPool(name, (parse_range(address),), auto_assign=False) for name, address in (("a", A), ("c", C))]
    pools.append(CiliumPool("lan", (parse_range(B),)))
    services = by_key(service("n/s"), gateway("n/g"))
    wanted: dict[str, tuple[str, ...]] = {"n/s": (A,), "Gateway n/g": (C,)}
    of_gateway, of_service = pins.make_pins(pins.Way(CILIUM), wanted, services, pools)
    assert of_service.patch()["metadata"]["labels"] == {"homelab.network/pool": "a"}
    assert of_gateway.patch()["spec"] == {
        "addresses": [{"type": "IPAddress", "value": C}],
        "infrastructure": {"labels": {"homelab.network/pool": "c"}},
    }
    (other,) = pins.make_pins(pins.Way(CILIUM), {"n/s": (B,)}, services, pools)
    assert "labels" not in other.patch()["metadata"]
    labelled = by_key(service("n/s", labels={"homelab.network/pool": "a"}))
    (theirs,) = pins.make_pins(pins.Way(CILIUM), {"n/s": (A,)}, labelled, pools)
    assert "labels" not in theirs.patch()["metadata"]


def test_that_there_were_no_annotations_is_taken_from_whoever_owns_that() -> None:
    nothing = wrote("kubectl-annotate", {"f:metadata": {"f:annotations": {}}})
    (pin,) = make({"n/s": (A,)}, service("n/s", writers=[nothing])).values()
    assert pin.force is True


def test_who_has_an_address() -> None:
    web = service("n/web", A)
    held = pins.holders([gateway("n/g", web), service("n/s", B)])
    assert held == {A: {"n/web"}, B: {"n/s"}}
    assert pins.free(gateway("n/g", web), (A,), held) is True
    assert pins.free(service("n/s"), (A,), held) is False


def test_what_kube_vip_has_chosen_is_no_request_of_the_user() -> None:
    way = pins.Way(KUBE_VIP, migrate=True)
    fields = {"f:metadata": {"f:annotations": {f"f:{KUBE_VIP.pin}": {}}}, "f:spec": {"f:loadBalancerIP": {}}}
    by = wrote("kube-vip-cloud-provider", fields)
    chosen = service("n/s", A, theirs={KUBE_VIP.pin: A}, loadBalancerIP=A, writers=[by])
    assert (pins.own_request(KUBE_VIP, chosen), pins.old_requests(way, chosen)) == (("", ""), [])
    (pin,) = pins.make_pins(way, {"n/s": (B,)}, by_key(chosen))
    assert (pin.shown(), pin.force) == (({KUBE_VIP.pin: A}, {KUBE_VIP.pin: B, MARK: B}), True)
    theirs = service("n/s", A, theirs={KUBE_VIP.pin: A})
    assert pins.own_request(KUBE_VIP, theirs) == (A, f"annotation {KUBE_VIP.pin}")

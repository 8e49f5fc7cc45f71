# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written on Services, and what speaks against it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb import _pins as pins
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_objects import OLD_PIN, OLD_SHARE, PIN, SHARE
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Pool, Service
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

from .services import A, B, by_key, pinned, service


def make(wanted: dict[str, tuple[str, ...]], *services: Service) -> dict[str, pins.Pin]:
    """What is to be written, by Service."""
    return {pin.service.key: pin for pin in pins.make_pins(wanted, by_key(*services)) if pin.changed}


@pytest.mark.parametrize(
    ("found", "wanted", "before", "after"),
    [
        (service("n/s"), (A,), {}, pinned(A)),
        (service("n/s", own=pinned(A)), (A,), None, None),
        (service("n/s", own=pinned(A)), (B,), pinned(A), pinned(B)),
        (service("n/s", own=pinned(A)), (), pinned(A), {}),
        (service("n/s"), (), None, None),
        (service("n/s", own={pins.MARK: A}, theirs={PIN: B}), (A,), {PIN: B, pins.MARK: A}, pinned(A)),
        (service("n/s", own={pins.MARK: A}, theirs={PIN: B}), (), {pins.MARK: A}, {}),
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
    assert [(pin.before, pin.after) for pin in made.values()] == ([] if after is None else [(before, after)])


def test_what_is_sent_can_only_meet_the_service_that_was_read() -> None:
    (pin,) = make({"n/s": (A,)}, service("n/s")).values()
    meta = {"name": "s", "namespace": "n", "uid": "uid-s", "annotations": pinned(A)}
    assert pin.patch() == {"apiVersion": "v1", "kind": "Service", "metadata": meta}
    assert pin.force is False
    (again,) = make({"n/s": (B,)}, service("n/s", own=pinned(A))).values()
    assert again.force is True


def test_a_missing_service_is_left_out() -> None:
    assert make({"n/nosuch": (A,)}) == {}
    assert pins.problems({"n/nosuch": (A,)}, {}) == []
    assert pins.status((A,), None, None) == "missing"


def test_services_of_the_list_are_given_one_key() -> None:
    wanted = {"n/a": (A,), "n/b": (A,), "n/c": (B,)}
    made = make(wanted, service("n/a"), service("n/b", ports=[443]), service("n/c"))
    assert made["n/a"].after[SHARE] == made["n/b"].after[SHARE] == f"homelab.network/{A}"
    assert SHARE not in made["n/c"].after
    own = {**pinned(A), SHARE: f"homelab.network/{A}"}
    assert make(wanted, service("n/a", own=own), service("n/b", own=own), service("n/c", own=pinned(B))) == {}
    alone = make({"n/a": (A,)}, service("n/a", own=own))
    assert alone["n/a"].after == pinned(A)


@pytest.mark.parametrize("name", [SHARE, OLD_SHARE])
def test_a_key_of_the_user_is_used_for_the_others(name: str) -> None:
    made = make({"n/a": (A,), "n/b": (A,)}, service("n/a", theirs={name: "mine"}), service("n/b", ports=[443]))
    assert (made["n/a"].after, made["n/b"].after[SHARE]) == (pinned(A), "mine")


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
    (found,) = pins.problems(wanted, by_key(*services))
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
    assert pins.problems(wanted, by_key(*services)) == []


def test_addresses_that_no_pool_gives() -> None:
    pools = [Pool("lan", (parse_range("192.0.2.0/30"),), namespaces=("media",))]
    services = by_key(service("n/s"), service("media/s"))
    wanted = {"n/s": (A,), "media/s": (B,), "n/nosuch": (A,)}
    assert pins.unpooled(wanted, services, pools) == {
        "n/s": 'pool "lan" is not for this Service: its selector or namespaces leave it out'
    }
    assert pins.unpooled({"n/s": ("192.0.2.9",)}, services, pools) == {"n/s": "no pool holds 192.0.2.9"}


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
        (service("n/s", own={pins.MARK: A}, theirs={PIN: B}), (A,)),
        (service("n/s", own={PIN: A}, theirs={pins.MARK: "odd"}), (A,)),
        (service("n/s", own={PIN: A, pins.MARK: ""}), (A,)),
        (service("n/s", own={pins.MARK: A}), (A,)),
        (service("n/s", own=pinned(f"{A},2001:db8::1")), (A, "2001:db8::1")),
    ],
)
def test_what_this_collection_has_asked_for(found: Service, asked: tuple[str, ...]) -> None:
    assert pins.our_request(found) == asked


def test_an_address_that_is_still_to_be_chosen() -> None:
    made = pins.unknown_pin(service("n/s", own={SHARE: "k"}))
    assert (made.before, made.after) == ({SHARE: "k"}, {PIN: pins.UNKNOWN, pins.MARK: pins.UNKNOWN})

# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests of one task, as they follow the Services."""

from __future__ import annotations

import dataclasses

from ansible_collections.homelab.network.plugins.module_utils._lb._address_plan import AddressPlan
from ansible_collections.homelab.network.plugins.module_utils._lb._places import MARK
from ansible_collections.homelab.network.plugins.module_utils._lb._provider import AddressSnapshot
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Pool, Service
from ansible_collections.homelab.network.plugins.module_utils._lb._wishes import Wish
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

from .services import OLD_PIN, PIN, SHARE, WAY, A, B, by_key, gateway, pinned, service

KEEP = Wish(keep=True)
POOLS = {"lan": Pool("lan", (parse_range("192.0.2.0/24"),))}


def seen(*services: Service) -> AddressSnapshot:
    """A cluster with a pool."""
    return AddressSnapshot(installed=True, pools=POOLS, services=by_key(*services))


def plan(wishes: dict[str, Wish], *services: Service) -> AddressPlan:
    """A plan that has seen these Services."""
    return AddressPlan(WAY, wishes, {}, seen(*services))


def changes(found: AddressPlan) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """What is written, by Service: before and after."""
    return {key: pin.shown() for key, pin in found.changes.items()}


def test_a_choice_is_followed_when_it_is_made() -> None:
    found = plan({"n/s": KEEP, "n/t": Wish((B,))}, service("n/s"), service("n/t", own=pinned("192.0.2.9")))
    assert (found.unknown, found.pending(found.live.services)) == ({"n/s"}, ["n/s", "n/t"])
    assert found.unassigned() == {"n/s": "its address is unknown until assigned"}
    assert changes(found) == {"n/t": (pinned("192.0.2.9"), pinned(B))}
    later = seen(service("n/s", A), service("n/t", B, own=pinned(B)))
    assert [pin.shown()[1] for pin in found.update(later)] == [pinned(A)]
    assert found.pending(later.services) == []
    assert changes(found) == {"n/s": ({}, pinned(A)), "n/t": (pinned("192.0.2.9"), pinned(B))}
    assert found.update(seen(service("n/s", A, own=pinned(A)), later.services["n/t"])) == []


def test_a_choice_that_nobody_can_predict_is_a_change() -> None:
    found = plan({"n/s": KEEP, "n/t": KEEP}, service("n/s"), service("n/t", B))
    found.await_unknown()
    assert changes(found) == {
        "n/s": ({}, dict.fromkeys((PIN, MARK), "unknown until assigned")),
        "n/t": ({}, pinned(B)),
    }
    assert {key: item.addresses for key, item in found.predicted().items()} == {"n/s": (), "n/t": (B,)}


def test_an_address_without_a_pool_is_none_to_keep() -> None:
    found = plan({"n/s": KEEP}, service("n/s", "198.51.100.1"))
    assert found.status("n/s", None, found.live.services["n/s"]) == "pending"
    assert found.strays(found.live.services) == {"n/s": "no pool is there for 198.51.100.1"}
    assert found.status("n/s", None, None) == "missing"
    assert found.changes == {}


def test_the_holder_of_an_address_says_first_that_it_shares() -> None:
    wishes = {key: Wish(keep=True, share="one") for key in ("n/a", "n/b")}
    due = plan(wishes, service("n/a", B, ports=[443]), service("n/b", A, own=pinned(A))).due
    assert [pin.service.key for pin in due] == ["n/b", "n/a"]
    assert {pin.shown()[1][PIN] for pin in due} == {A}
    assert {pin.shown()[1][SHARE] for pin in due} == {f"homelab.network/{A}"}


def test_a_kept_address_is_no_one_elses() -> None:
    wishes = {"n/s": KEEP, "n/t": Wish((A,))}
    found = plan(wishes, service("n/s", A), service("n/t", B, ports=[443]))
    assert found.problems(found.live) == [
        f"{A}, wanted for n/t, is held by n/s. Give n/t another address, or n/s one in the same task."
    ]
    found = plan({"n/s": KEEP, "n/t": KEEP}, service("n/s", own=pinned(A)), service("n/t", A, ports=[443]))
    assert found.problems(found.live) == [
        f"{A}, wanted for n/s, is held by n/t. Give n/s another address, or n/t one in the same task."
    ]


def test_one_address_of_two_families_cannot_be_kept() -> None:
    found = plan({"n/s": KEEP}, service("n/s", A, clusterIPs=["10.96.0.1", "fd00::1"]))
    (problem,) = found.problems(found.live)
    assert problem == (
        f"n/s has cluster addresses of IPv4 and IPv6, so MetalLB refuses to give it {A}. It needs one address of each "
        "of these families, or another ipFamilyPolicy."
    )


def test_why_no_pool_gives_an_address() -> None:
    found = plan({"n/s": KEEP}, service("n/s", own=pinned("198.51.100.1")))
    assert found.unpooled() == {"n/s": "no pool holds 198.51.100.1"}
    absent = AddressPlan(
        WAY, {"n/s": KEEP}, {}, AddressSnapshot(installed=False, pools={}, services=found.live.services)
    )
    assert absent.unpooled() == {"n/s": "MetalLB is not installed yet"}


def test_old_spellings_that_stay() -> None:
    old = service("n/s", theirs={OLD_PIN: A})
    made = service("n/web", A, theirs={OLD_PIN: A}, labels={"gateway.networking.k8s.io/gateway-name": "g"})
    spec = service("n/t", B, loadBalancerIP=B)
    wishes = {"n/s": Wish((A,)), "n/web": Wish((A,)), "n/t": Wish((B,)), "Gateway n/g": Wish()}
    live = seen(old, made, spec, gateway("n/g", made))
    assert AddressPlan(WAY, wishes, {}, live).spellings() == {
        "n/s": [f"annotation {OLD_PIN}"],
        "n/t": ["spec.loadBalancerIP"],
    }
    migrating = AddressPlan(dataclasses.replace(WAY, migrate=True), {"n/s": Wish((A,)), "n/t": Wish((B,))}, {}, live)
    assert migrating.spellings() == {}


def test_an_address_is_not_there_as_long_as_the_controller_of_the_gateway_has_not_looked() -> None:
    carrier = service("n/web", A, labels={"gateway.networking.k8s.io/gateway-name": "g"})
    for generation, pending in ((2, []), (3, ["Gateway n/g"])):
        status = {"conditions": [{"type": "Programmed", "status": "True", "observedGeneration": 2}]}
        found = gateway("n/g", carrier, metadata={"generation": generation}, status=status)
        assert plan({"Gateway n/g": Wish((A,))}, found).pending(by_key(found)) == pending

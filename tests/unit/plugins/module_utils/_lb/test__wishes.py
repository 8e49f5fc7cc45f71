# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wished for Services, and what they ask for because of it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb import _pins as pins
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_objects import METALLB
from ansible_collections.homelab.network.plugins.module_utils._lb._places import MARK
from ansible_collections.homelab.network.plugins.module_utils._lb._values import LoadBalancerError, Pool, Service
from ansible_collections.homelab.network.plugins.module_utils._lb._wishes import (
    Wish,
    outdone,
    parse_services,
    settle,
    unshareable_groups,
)
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

from .services import OLD_PIN, PIN, SHARE, WAY, A, B, by_key, pinned, service

BOTH = ("10.96.0.1", "fd00::1")
KEEP = Wish(keep=True)
POOLS = {"lan": Pool("lan", (parse_range("192.0.2.0/24"), parse_range("2001:db8::/64")))}


def together(*keys: str) -> dict[str, Wish]:
    """Services that keep one address together."""
    return {key: Wish(keep=True, share="one") for key in keys}


def test_options() -> None:
    items = [
        {"service": "n/s", "addresses": ["2001:DB8::0:1", A]},
        {"service": "n/t"},
        {"service": "n/k", "keep": True, "share": "one"},
    ]
    assert parse_services(items) == {"n/s": Wish((A, "2001:db8::1")), "n/t": Wish(), **together("n/k")}
    wrong: list[dict[str, t.Any]] = [{"service": key} for key in ("s", "n/", "/s", "n/s/80", "n/t", "n/t")]
    wrong += [
        {"service": "n/u", "addresses": ["192.0.2.300"]},
        {"gateway": "n"},
        {"gateway": "n/g"},
        {"gateway": "n/g"},
    ]
    wrong += [{"service": "n/w", "addresses": [A], "keep": True}, {"service": "n/x", "share": "one"}]
    with pytest.raises(LoadBalancerError) as caught:
        parse_services(wrong)
    for text in (
        '"s" is no Service',
        '"n/s/80" is no Service',
        "n/t is given twice",
        '"n" is no Gateway',
        "Gateway n/g is given twice",
        "192.0.2.300",
        f"n/w: keep is for the address that the load balancer chooses, but {A} is given. Leave out one of the two.",
        "n/x: share needs keep",
    ):
        assert text in caught.value.msg


@pytest.mark.parametrize(
    ("found", "asks"),
    [
        (service("n/s", A), (A,)),
        (service("n/s", own=pinned(A)), (A,)),
        (service("n/s", B, own=pinned(A)), (A,)),
        (service("n/s", B, own={MARK: A}, theirs={PIN: B}), (A,)),
        (service("n/s", A, theirs={PIN: B}), (B,)),
        (service("n/s", A, theirs={OLD_PIN: B}, own=pinned(A)), (B,)),
        (service("n/s", A, loadBalancerIP=B), (B,)),
        (service("n/s", A, theirs={PIN: "rubbish"}), ()),
        (service("n/s", A, "2001:db8::1", clusterIPs=BOTH), (A, "2001:db8::1")),
        (service("n/s"), None),
        (service("n/s", "198.51.100.1"), None),
    ],
    ids=[
        "what it was given",
        "what it keeps",
        "what it keeps and has lost",
        "what the mark says",
        "what the user asks for",
        "what the user asks for as well",
        "what the user asks for in the spec",
        "nothing beside what cannot be read",
        "both addresses",
        "nothing was given yet",
        "what no pool gives is about to go",
    ],
)
def test_a_kept_address(found: Service, asks: tuple[str, ...] | None) -> None:
    wanted, unknown = settle(METALLB, {"n/s": KEEP}, by_key(found), POOLS)
    assert (wanted, unknown) == ({"n/s": asks or ()}, {"n/s"} if asks is None else set())


@pytest.mark.parametrize(
    "found", [service("n/s", A), service("n/s", own=pinned(A)), service("n/s", A, theirs={PIN: A})]
)
def test_keeping_is_idempotent(found: Service) -> None:
    wanted, _unknown = settle(METALLB, {"n/s": KEEP}, by_key(found), POOLS)
    (pin,) = pins.make_pins(WAY, wanted, by_key(found))
    written = service("n/s", A, own=pin.shown()[1], theirs={PIN: A} if not pin.after else None)
    assert settle(METALLB, {"n/s": KEEP}, by_key(written), {}) == (wanted, set())
    assert [pin.changed for pin in pins.make_pins(WAY, wanted, by_key(written))] == [False]


def test_a_service_that_does_not_exist_keeps_nothing() -> None:
    assert settle(METALLB, {"n/nosuch": KEEP}, {}, POOLS) == ({"n/nosuch": ()}, set())


def test_other_services_ask_as_they_are_told() -> None:
    wishes = {"n/s": Wish((A,)), "n/t": Wish()}
    assert settle(METALLB, wishes, by_key(service("n/s", B), service("n/t", B)), POOLS) == (
        {"n/s": (A,), "n/t": ()},
        set(),
    )


@pytest.mark.parametrize(
    ("services", "asks"),
    [
        ([service("n/a", B), service("n/b", A, own=pinned(A))], (A,)),
        ([service("n/a", own=pinned(B)), service("n/b", loadBalancerIP=A)], (B,)),
        ([service("n/a", B), service("n/b", loadBalancerIP=A)], (A,)),
        ([service("n/a", B), service("n/b", A)], (B,)),
        ([service("n/a"), service("n/b", A)], (A,)),
        ([service("n/b", A)], (A,)),
        ([service("n/a"), service("n/b")], ()),
    ],
    ids=[
        "what one keeps already",
        "it goes before what the user asks for elsewhere",
        "what the user asks for",
        "what the first one was given",
        "what any was given",
        "one is missing",
        "nothing yet",
    ],
)
def test_services_keep_one_address_together(services: list[Service], asks: tuple[str, ...]) -> None:
    wanted, unknown = settle(METALLB, together("n/a", "n/b"), by_key(*services), POOLS)
    assert wanted == {"n/a": asks, "n/b": asks}
    assert unknown == (set() if asks else {"n/a", "n/b"})


@pytest.mark.parametrize(
    ("wishes", "services", "loses"),
    [
        ({"n/a": KEEP, "n/b": Wish((A,))}, [service("n/a", A), service("n/b", B)], {"n/a"}),
        ({"n/a": KEEP, "n/b": KEEP}, [service("n/a", A), service("n/b", own=pinned(A))], {"n/a"}),
        ({"n/a": KEEP, "n/b": KEEP}, [service("n/a", own=pinned(A)), service("n/b", own=pinned(A))], {"n/b"}),
        (together("n/a", "n/b"), [service("n/a", A), service("n/b", own=pinned(A))], set()),
        ({"n/a": KEEP, "n/b": KEEP}, [service(key, A, theirs={SHARE: "k"}) for key in ("n/a", "n/b")], set()),
        ({"n/a": Wish((A,)), "n/b": Wish((A,))}, [service("n/a"), service("n/b")], set()),
        ({"n/a": KEEP, "n/nosuch": Wish((A,))}, [service("n/a", A)], set()),
    ],
    ids=[
        "an address that was given goes first",
        "one that was kept before goes first",
        "the first by name",
        "they share it",
        "they share it by the user's key",
        "both were given it",
        "the other one does not exist",
    ],
)
def test_who_cannot_keep_an_address(wishes: dict[str, Wish], services: list[Service], loses: set[str]) -> None:
    found = by_key(*services)
    wanted, _unknown = settle(METALLB, wishes, found, POOLS)
    assert outdone(METALLB, wishes, wanted, found) == loses


def test_services_that_cannot_share_whatever_they_are_given() -> None:
    services = by_key(service("n/a"), service("n/b"), service("n/c", ports=[443]))
    assert unshareable_groups(METALLB, together("n/a", "n/b"), {"n/a", "n/b"}, services) == [
        "n/a and n/b cannot share one address: both have the port TCP/80."
    ]
    assert unshareable_groups(METALLB, together("n/a", "n/c"), {"n/a", "n/c"}, services) == []
    assert unshareable_groups(METALLB, {"n/a": KEEP, "n/b": KEEP}, {"n/a", "n/b"}, services) == []

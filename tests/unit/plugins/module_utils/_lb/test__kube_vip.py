# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""kube-vip: pools that are entries of one ConfigMap, and what its cloud provider does with them."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._kube import KubeError
from ansible_collections.homelab.network.plugins.module_utils._lb import _kube_vip_objects as k
from ansible_collections.homelab.network.plugins.module_utils._lb._bgp import Bgp
from ansible_collections.homelab.network.plugins.module_utils._lb._desired import Request
from ansible_collections.homelab.network.plugins.module_utils._lb._dialect import Where
from ansible_collections.homelab.network.plugins.module_utils._lb._kube_vip import KubeVip
from ansible_collections.homelab.network.plugins.module_utils._lb._kube_vip_rules import PIN, forecast
from ansible_collections.homelab.network.plugins.module_utils._lb._pool_plan import make_plan
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Pool
from ansible_collections.homelab.network.plugins.module_utils._lb._wait import Deadline

from .clusters import by_name
from .clusters import pool as any_pool
from .services import service

WHERE = Where("kube-system")


def pool(name: str, *ranges: str, **fields: t.Any) -> Pool:
    """A pool of kube-vip."""
    return any_pool(name, *ranges, dialect=k.KUBE_VIP, **fields)


LAN = pool("lan", "192.0.2.8/29", "192.0.2.20")
MEDIA = pool("tv", "192.0.2.32/30", namespaces=("media",), interfaces=("eth1",))


class FakeKube:
    """Models an API server that holds one ConfigMap; a write with an old version is refused."""

    server = "https://192.0.2.100:6443"

    def __init__(self, data: dict[str, str] | None = None, **annotations: str) -> None:
        self.config: dict[str, t.Any] | None = None
        self.busy = 0
        if data is not None:
            self.config = {"metadata": self.meta(1, annotations), "data": data}
        self.ours: set[str] = set()

    @staticmethod
    def meta(version: int, annotations: dict[str, str]) -> dict[str, t.Any]:
        """Metadata of the ConfigMap."""
        names = {"name": "kubevip", "namespace": "kube-system", "resourceVersion": str(version)}
        return {**names, "annotations": annotations}

    def get(self, *_key: str) -> t.Any:
        """The ConfigMap."""
        return self.config

    def list(self, *_kind: str) -> list[t.Any]:
        """Nothing else is there."""
        return []

    def apply(self, obj: dict[str, t.Any], force: bool) -> dict[str, t.Any]:
        """Server-side apply: entries that are not given any more are removed where nobody else has set them."""
        assert force
        version = self.version
        if self.busy or obj["metadata"].get("resourceVersion") != (version and str(version)):
            self.busy -= 1
            raise KubeError("changed meanwhile", 409, "Conflict")
        data = {entry: text for entry, text in self.data.items() if entry not in self.ours}
        self.ours = set(obj["data"])
        meta = self.meta((version or 0) + 1, obj["metadata"].get("annotations", {}))
        self.config = {"metadata": meta, "data": {**data, **obj["data"]}}
        return self.config

    def patch(self, obj: dict[str, t.Any]) -> None:
        """A merge patch that removes entries."""
        assert self.config
        assert set(obj["data"].values()) == {None}
        self.config["data"] = {entry: text for entry, text in self.data.items() if entry not in obj["data"]}

    @property
    def version(self) -> int | None:
        """The version of what is there."""
        return int(self.config["metadata"]["resourceVersion"]) if self.config else None

    @property
    def data(self) -> dict[str, str]:
        """The entries."""
        return self.config["data"] if self.config else {}


def adapter(kube: FakeKube) -> KubeVip:
    """The adapter on a fake API."""
    return KubeVip(t.cast(t.Any, kube))


def bring_about(kube: FakeKube, *pools: Pool, **options: t.Any) -> list[str]:
    """Make the pools; the keys of what changed."""
    balancer = adapter(kube)
    plan = make_plan(balancer.read(), Request(by_name(*pools), **options))
    for obj, remove in plan.writes():
        if remove:
            balancer.delete(obj)
        else:
            balancer.write(obj, Deadline(0))
    assert make_plan(balancer.read(), Request(by_name(*pools), **options)).changes == []
    return plan.changes


def test_pools_are_entries_beside_those_of_others() -> None:
    kube = FakeKube({"search-order": "desc", "range-office": "192.0.2.60-192.0.2.61"})
    assert bring_about(kube, LAN, MEDIA) == ["KubeVipPool/kube-system/lan", "KubeVipPool/kube-system/tv"]
    assert kube.data == {
        "search-order": "desc",
        "range-office": "192.0.2.60-192.0.2.61",
        "range-global": "192.0.2.8-192.0.2.15,192.0.2.20-192.0.2.20",
        "range-media": "192.0.2.32-192.0.2.35",
        "interface-media": "eth1",
    }
    live = adapter(kube).read()
    found = live.dialect.live_pools(live.objects)
    assert {name: (item.addresses, item.namespaces, item.managed) for name, item in found.items()} == {
        "lan": (LAN.addresses, (), True),
        "tv": (MEDIA.addresses, ("media",), True),
        "office": (["192.0.2.60/31"], ("office",), False),
    }
    assert bring_about(kube, LAN, state="exact") == ["KubeVipPool/kube-system/tv"]
    assert set(kube.data) == {"search-order", "range-office", "range-global"}


def test_the_first_pool_makes_the_config_map() -> None:
    kube = FakeKube()
    assert not adapter(kube).read().installed
    adapter(kube).write(k.KUBE_VIP.pool_object(LAN, WHERE), Deadline(0))
    assert set(kube.data) == {"range-global"}


def test_entries_that_mean_the_same_are_not_written() -> None:
    names = {k.NAMES: '{"global": "lan"}'}
    kube = FakeKube({"range-global": "192.0.2.20-192.0.2.20,192.0.2.8-192.0.2.15"}, **names)
    assert bring_about(kube, LAN) == []
    kube = FakeKube({"cidr-global": "192.0.2.8/29,192.0.2.20/32"}, **names)
    assert bring_about(kube, LAN) == []


def test_an_entry_that_goes_before_ours_is_removed() -> None:
    kube = FakeKube()
    adapter(kube).write(k.KUBE_VIP.pool_object(LAN, WHERE), Deadline(0))
    kube.data["cidr-global"] = "192.0.2.64/28"
    assert bring_about(kube, LAN) == ["KubeVipPool/kube-system/lan"]
    assert set(kube.data) == {"range-global"}


def test_a_pool_for_another_namespace_leaves_nothing_behind() -> None:
    kube = FakeKube({})
    bring_about(kube, MEDIA)
    bring_about(kube, pool("tv", "192.0.2.32/30", namespaces=("tv",)))
    assert kube.data == {"range-tv": "192.0.2.32-192.0.2.35"}


def test_entries_of_others_are_adopted_when_asked_to() -> None:
    kube = FakeKube({"cidr-global": "192.0.2.8/29"})
    assert bring_about(kube, pool("global", "192.0.2.8/29"), adopt=True) == ["KubeVipPool/kube-system/global"]
    assert kube.data == {"range-global": "192.0.2.8-192.0.2.15"}


def test_a_pool_for_requests_is_remembered_and_nothing_to_kube_vip() -> None:
    kube = FakeKube({})
    pinned = pool("pinned", "192.0.2.64/30", auto_assign=False)
    bring_about(kube, LAN, pinned)
    assert kube.data["requests-pinned"] == "192.0.2.64-192.0.2.67"
    live = adapter(kube).read()
    found = live.dialect.live_pools(live.objects)["pinned"]
    assert (found.auto_assign, found.managed, found.addresses) == (False, True, ["192.0.2.64/30"])
    assert outcomes({}, by_name(pinned), service("a/waits"))["a/waits"][0] == "waits"
    bring_about(kube, LAN, state="exact")
    assert set(kube.data) == {"range-global"}


def test_another_run_that_writes_meanwhile_is_no_loss() -> None:
    kube = FakeKube({"range-office": "192.0.2.60-192.0.2.61"})
    kube.busy = 2
    bring_about(kube, LAN)
    assert set(kube.data) == {"range-office", "range-global"}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"auto_assign": False, "namespaces": ("a",)}, "any Service may ask for any address"),
        ({"selectors": ({"matchLabels": {"a": "b"}},)}, "cannot select Services"),
        ({"namespaces": ("a", "b")}, "one pool for each namespace"),
        ({"namespaces": ("global",)}, "for all namespaces. Use another one"),
        ({"advertise": "none"}, "Leave out advertise"),
        ({"nodes": ("n1",)}, "Leave out nodes"),
        ({"interfaces": ("a", "b")}, "Name a single one"),
    ],
)
def test_what_kube_vip_cannot_is_refused(fields: dict[str, t.Any], text: str) -> None:
    (refusal,) = k.KUBE_VIP.refuses([pool("lan", "192.0.2.8/29", **fields)], Bgp())
    assert text in refusal
    assert refusal.startswith('Pool "lan": ')


def test_two_pools_for_the_same_namespaces_are_refused() -> None:
    assert k.KUBE_VIP.refuses([LAN, MEDIA], Bgp()) == []
    (refusal,) = k.KUBE_VIP.refuses([LAN, pool("other", "192.0.2.64/30")], Bgp(64512))[1:]
    assert 'Pools "lan" and "other" are for the same namespaces' in refusal


def test_a_pool_that_is_never_used_is_told() -> None:
    kube = FakeKube({"cidr-global": "192.0.2.64/28"})
    plan = make_plan(adapter(kube).read(), Request(by_name(MEDIA)))
    assert 'gives no address of pool "tv"' in plan.warnings[0]


def outcomes(before: dict[str, Pool], after: dict[str, Pool], *services: t.Any) -> dict[str, tuple[str, str]]:
    """Effect and reason by Service."""
    return {item.service: (item.effect, item.reason) for item in forecast([before, after], services)}


def test_no_change_of_pools_takes_an_address_away() -> None:
    held = service("media/plex", "192.0.2.33", theirs={PIN: "192.0.2.33"})
    asks = service("media/asks", theirs={PIN: "192.0.2.34"})
    told = outcomes(by_name(LAN, MEDIA), {}, held, asks, service("a/waits"), service("a/x", loadBalancerClass="other"))
    assert {key: effect for key, (effect, _reason) in told.items()} == {
        "media/plex": "keeps",
        "media/asks": "waits",
        "a/waits": "waits",
    }


def test_services_that_wait_are_given_an_address_of_their_namespace_or_of_all() -> None:
    told = outcomes({}, by_name(MEDIA), service("media/plex"), service("a/waits"))
    assert {key: effect for key, (effect, _reason) in told.items()} == {"media/plex": "gains", "a/waits": "waits"}
    small = by_name(pool("lan", "192.0.2.8/31"))
    assert outcomes({}, small, *(service(f"a/{number}") for number in range(3)))["a/0"][0] == "unknown"

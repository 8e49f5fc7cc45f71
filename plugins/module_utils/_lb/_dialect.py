# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What each load balancer calls things: the annotations of Services, and the objects that make pools. Pure."""

from __future__ import annotations

import abc
import dataclasses
import typing as t

from .._kube import FIELD_MANAGER, MANAGED_BY, JSONObject
from ._bgp import Bgp
from ._forecast import Outcome
from ._rules import Pools, Step, steps
from ._values import Pool, Service

Objects = t.Mapping[str, JSONObject]


@dataclasses.dataclass(frozen=True)
class Where:
    """Where the objects of a load balancer are: the namespace, and the API version of each kind that is served."""

    namespace: str
    apis: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


class Dialect(abc.ABC):
    """The words of one load balancer. It holds no state and sends no request."""

    name: t.ClassVar[str]
    title: t.ClassVar[str]
    role: t.ClassVar[str]
    pool_kind: t.ClassVar[str]
    pool_type: t.ClassVar[type[Pool]]
    # The annotations by which a Service asks for addresses and shares them, today's spelling and older ones.
    pin: t.ClassVar[str]
    old_pins: t.ClassVar[tuple[str, ...]] = ()
    share: t.ClassVar[str] = ""
    old_shares: t.ClassVar[tuple[str, ...]] = ()
    # The annotation by which a Service lets those of other namespaces share its addresses, where it has to.
    share_namespaces: t.ClassVar[str] = ""
    # The field manager of a load balancer that writes what it has chosen as a request; it is none of the user's.
    chooser: t.ClassVar[str] = ""
    # Whether a Service can have only one address of each family.
    one_per_family: t.ClassVar[bool] = True
    # Whether Services that wait are given an address as soon as a pool has one.
    prompt: t.ClassVar[bool] = True
    # Whether announcements select Services: those of a pool that goes then hold on until the new ones are there.
    announces_services: t.ClassVar[bool] = False
    # What to do about an advertisement of others that announces every pool.
    catch_all_fix: t.ClassVar[str] = ""

    def requested(self, service: Service) -> tuple[str, str]:
        """The address list that a Service asks for, as written, and where; both empty when it asks for none."""
        for name in (self.pin, *self.old_pins):
            if service.annotations.get(name):
                return service.annotations[name], f"annotation {name}"
        return service.load_balancer_ip, "spec.loadBalancerIP" if service.load_balancer_ip else ""

    def sharing_key(self, service: Service) -> str:
        """The key that Services with one address in common must have in common, empty when it shares none."""
        names = (name for name in (self.share, *self.old_shares) if name)
        return next((service.annotations[name] for name in names if service.annotations.get(name)), "")

    def demanded_labels(self, pool: Pool) -> dict[str, str]:  # noqa: ARG002 - only some load balancers need any
        """The labels that a Service must be given so that this pool gives it the address that it asks for."""
        return {}

    def complaint(self, service: Service) -> str:  # noqa: ARG002 - only some load balancers tell it there
        """What the status of a Service says about why it is not given what it asks for."""
        return ""

    @abc.abstractmethod
    def forecast(self, states: t.Sequence[Pools], services: t.Iterable[Service]) -> list[Outcome]:
        """What becomes of each Service while the pools pass through these states, the first being that of now."""

    @abc.abstractmethod
    def pool_object(self, pool: Pool, where: Where) -> JSONObject:
        """The object of a pool. Every field that has a default is written, so that a changed one is put right."""

    @abc.abstractmethod
    def advertisements(self, pool: Pool, where: Where) -> list[JSONObject]:
        """The objects that announce a pool, named like the pool."""

    @abc.abstractmethod
    def meaning(self, obj: JSONObject) -> JSONObject:
        """What an object says in one spelling: objects with equal meaning are treated alike by the load balancer."""

    @abc.abstractmethod
    def live_pools(self, objects: Objects) -> dict[str, Pool]:
        """The pools that the objects of a cluster make, whoever has written them, by name."""

    @abc.abstractmethod
    def advertisement_kinds(self) -> tuple[str, ...]:
        """The kinds of the objects that announce pools."""

    @abc.abstractmethod
    def show_advertisement(self, obj: JSONObject) -> JSONObject:
        """An advertisement as modules return it."""

    def fact_kinds(self) -> tuple[str, ...]:
        """The kinds of what BGP refers to (peers and the like), in the order in which they are written."""
        return ()

    def facts(self, bgp: Bgp, where: Where) -> list[JSONObject]:  # noqa: ARG002 - for BGP only
        """The objects of these kinds that BGP needs, in the order in which they are written."""
        return []

    def resolved(self, pool: Pool, bgp: Bgp) -> Pool:  # noqa: ARG002 - only some load balancers have no names for it
        """The pool with the values of what it names, where the load balancer has no names for these."""
        return pool

    def pool_of(self, advertisement: JSONObject) -> str:
        """The pool that one of our advertisements announces."""
        return str(advertisement["metadata"]["name"])

    def live_bgp(self, objects: Objects) -> Bgp:  # noqa: ARG002 - for BGP only
        """What these objects say about BGP, whoever has written them."""
        return Bgp()

    def removed_first(self, before: JSONObject, after: JSONObject | None) -> bool:  # noqa: ARG002 - most need not
        """Whether an object has to go before others of its kind are written, itself among them where it is to change.

        `after` is None where it is to be removed.
        """
        return False

    def refuses(self, pools: t.Iterable[Pool], bgp: Bgp) -> list[str]:  # noqa: ARG002 - most can do all of it
        """What of this the load balancer cannot do, with the fix."""
        return []

    def cautions(self, pools: t.Iterable[Pool]) -> list[str]:  # noqa: ARG002 - most do what they are told
        """What it will do otherwise than one would expect of pools like the ones to be there."""
        return []

    def thing(self, obj: JSONObject) -> str:
        """What an object is to somebody who has written pools, such as 'pool "lan"'."""
        what = "pool" if obj["kind"] == self.pool_kind else "the announcement of pool"
        return f'{what} "{obj["metadata"]["name"]}"'

    def explain(self, cause: str) -> str:  # noqa: ARG002 - only some load balancers refuse anything
        """What to do about a refusal of the load balancer's webhook; empty where its words say it."""
        return ""

    def is_trouble(self, cause: str) -> bool:  # noqa: ARG002 - most have no webhook
        """Whether the load balancer's webhook refuses because it could not look at the object, not because of it."""
        return False

    def catch_alls(self, objects: Objects) -> list[str]:  # noqa: ARG002 - only some load balancers have any
        """Names of the advertisements of others that announce every pool."""
        return []

    def conflicts(self, objects: Objects) -> list[str]:  # noqa: ARG002 - only some load balancers tell any
        """What the load balancer itself reports against pools, one sentence each."""
        return []

    def orders(self, before: Pools, after: Pools) -> list[list[Step]]:
        """The orders of writes that lead from these pools to those, of which the one that harms the fewest is taken."""
        return [steps(before, after)]

    def desired_objects(self, pools: Pools, where: Where) -> dict[str, JSONObject]:
        """The objects of all managed pools, by key."""
        managed = [pool for pool in pools.values() if pool.managed]
        objects = [
            obj for pool in managed for obj in (self.pool_object(pool, where), *self.advertisements(pool, where))
        ]
        return {key(obj): obj for obj in objects}


def key(obj: JSONObject) -> str:
    """The stable name of an object in diffs: Kind/namespace/name, or Kind/name."""
    meta = obj["metadata"]
    return "/".join(filter(None, (obj["kind"], meta.get("namespace"), meta["name"])))


def make(api: str, kind: str, name: str, namespace: str, spec: JSONObject) -> JSONObject:
    """An object that carries the mark of this collection; an empty namespace for kinds that have none."""
    meta: JSONObject = {"name": name, "labels": {MANAGED_BY: FIELD_MANAGER}}
    if namespace:
        meta["namespace"] = namespace
    return {"apiVersion": api, "kind": kind, "metadata": meta, "spec": spec}

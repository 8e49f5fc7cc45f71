# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy of a valid plan that a mutation changes, and the table of all mutations."""

from __future__ import annotations

import copy
import typing as t
from ipaddress import ip_address, ip_network

from hypothesis import assume
from hypothesis import strategies as st

from ..generator import Site
from ..layout import Tree

Thing = t.TypeVar("Thing")
Mutation = t.Callable[["Draft"], object]

MUTATIONS: dict[str, list[Mutation]] = {}

# Rules that no mutation of a valid plan can break, and why. Live rules are no part of this: no network is drawn.
WITHOUT: dict[str, str] = {}


def breaks(rule: str) -> t.Callable[[Mutation], Mutation]:
    """Register a function that breaks a rule, and nothing else."""

    def register(function: Mutation) -> Mutation:
        MUTATIONS.setdefault(rule, []).append(function)
        return function

    return register


class Draft:
    """A copy of a plan that a mutation changes. Where it has no place for the mutation, the example is given up."""

    def __init__(self, site: Site, draw: t.Callable[[st.SearchStrategy[t.Any]], t.Any]) -> None:
        copied = copy.deepcopy(site)
        self.plan, self.secrets = copied.plan, copied.secrets
        self.other: Tree = {}
        self._draw = draw

    def pick(self, places: t.Iterable[Thing]) -> Thing:
        """One of the places where something can be broken."""
        found = list(places)
        assume(found)
        return t.cast(Thing, self._draw(st.sampled_from(found)))

    def part(self, *path: str) -> Tree:
        """A mapping of the plan, made where it is not there."""
        here = self.plan
        for key in path:
            here = here.setdefault(key, {})
        return here

    @property
    def devices(self) -> Tree:
        return self.part("lan", "devices")

    @property
    def entries(self) -> Tree:
        return self.part("entry_points")

    @property
    def clusters(self) -> dict[str, Tree]:
        return self.plan.get("clusters", {})

    @property
    def cluster(self) -> Tree:
        """Some cluster."""
        return self.pick(self.clusters.values())

    def pool(self, kind: str) -> Tree:
        """Some pool: C(pinned) or C(lan)."""
        return self.pick(cluster["pools"][f"{name}-{kind}"] for name, cluster in self.clusters.items())

    def entry(self, *keys: str, without: t.Container[str] = ()) -> Tree:
        """Some entry point that has all of these keys and none of the others."""
        return self.pick(
            entry
            for entry in self.entries.values()
            if all(key in entry for key in keys) and not any(key in without for key in entry)
        )

    @property
    def blocks(self) -> list[str]:
        """The blocks of the LAN."""
        return [item["subnet"] if isinstance(item, dict) else item for item in self.plan["lan"]["subnets"]]

    def at(self, host: int) -> str:
        """An address of the LAN: of the host of that number in some subnet."""
        return self.host(self.pick(self.blocks), host)

    @staticmethod
    def host(block: str, number: int) -> str:
        """The address of a host in a subnet."""
        return str(ip_network(block)[number])

    @property
    def zone(self) -> str:
        """Some zone for names in the LAN."""
        return self.pick(name for name in self.forward_zones if "private" in self.plan["zones"][name])

    @property
    def forward_zones(self) -> list[str]:
        return [name for name in self.plan.get("zones", {}) if not name.endswith((".in-addr.arpa", ".ip6.arpa"))]

    @property
    def servers(self) -> Tree:
        return self.plan.get("dns", {}).get("servers", {})

    @property
    def _networks(self) -> list[Tree]:
        """What has a router and a DHCP server: the LAN, or its subnets."""
        lan = self.plan["lan"]
        return [lan, *(item for item in lan["subnets"] if isinstance(item, dict))]

    def routers(self) -> list[str]:
        """The addresses of the routers."""
        return [address for item in self._networks for address in _listed(item.get("router", []))]

    def leases(self) -> list[str]:
        """An address of each DHCP range that nothing else holds."""
        return [text.partition("-")[2] for item in self._networks for text in item.get("dhcp", [])]

    def free(self, name: str, cluster: Tree) -> list[str]:
        """The addresses of one family that are left in the pool of pins."""
        taken = {address for entry in self.entries.values() for address in _listed(entry.get("address", []))}
        found = [address for address in self.pinnable(cluster["pools"][f"{name}-pinned"]) if address not in taken]
        assume(len(found) > 2)
        return found

    @staticmethod
    def pinnable(pool: Tree) -> list[str]:
        """The addresses of one family in a pool."""
        first = ip_address(pool["addresses"][0].partition("-")[0].partition("/")[0])
        return [str(first + number) for number in range(16)]

    def hosts(self) -> list[str]:
        """Four addresses of one subnet that nothing holds, and no pool."""
        block = self.pick(self.blocks)
        return [self.host(block, number) for number in (92, 93, 94, 95)]

    def add_cluster(self, **cluster: t.Any) -> None:
        """One more cluster; nothing else becomes unclear by that."""
        self.part("clusters")["odd"] = {"context": "odd", **cluster}

    def add_server(self, backend: str, name: str = "odd", **more: t.Any) -> str:
        """One more DNS server, outside of everything."""
        place = {} if "at" in more or backend == "cloudflare" else {"address": f"10.9.7.{len(self.servers) + 1}"}
        self.part("dns", "servers")[name] = {"backend": backend, **place, **more}
        self.secrets[name] = {"token": "correct-horse-odd-battery"}
        return name

    def add_zone(self, backend: str, public: str = "", name: str = "example.com") -> str:
        """One more zone, with a private server of its own and another public one; nobody is told to ask them."""
        self.plan["lan"].pop("dns", None)
        self.plan.pop("clients", None)
        zone = {"private": [self.add_server(backend)]} if backend else {}
        zone |= {"public": [self.add_server(public, "public")]} if public else {}
        self.part("zones")[name] = zone
        return name

    def add_records(self, *records: Tree) -> None:
        self.part("dns").setdefault("records", []).extend(records)

    def add_entry(self, key: str = "odd", **entry: t.Any) -> None:
        """One more entry point with an address of its own: a Service, or a gateway where the class of one is given."""
        name, cluster = self.pick(self.clusters.items())
        target: Tree = {} if "gateway" in entry else {"service": f"odd/{key}:22"}
        self.entries[key] = {"address": self.free(name, cluster)[0], "names": [], **target, **entry}

    def add_route(self, **entry: t.Any) -> None:
        """A route of the entry point that was added."""
        self.entries["odd-route"] = {"route": {"gateway": "odd", "to": "odd/route:80"}, "names": [], **entry}

    def add_way(self, kind: str, **way: t.Any) -> None:
        """One more way, to the cluster of the entry point that was added."""
        cluster = {} if kind == "port_forward" else {"cluster": way.pop("cluster", None) or self.pick(self.clusters)}
        self.part("ways")["odd"] = {"kind": kind, **cluster, **way}

    def remove_entry(self, key: str) -> None:
        """Take an entry point away that nothing refers to."""
        used = [entry["route"]["gateway"] for entry in self.entries.values() if "route" in entry]
        assume(key not in used)
        del self.entries[key]


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value

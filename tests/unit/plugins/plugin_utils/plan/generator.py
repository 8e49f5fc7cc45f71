# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans of networks that nothing is wrong with: each is what a person could have, from an empty one to a big one."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.homelab.network.plugins.module_utils._dns._registry import BACKENDS as KINDS
from hypothesis import strategies as st

from .layout import Link, Place, Tree, one

Drawn = t.TypeVar("Drawn")

CLUSTERS = ("home", "lab", "edge")
# What the kinds of DNS servers can do, as far as what is drawn needs it: ASKS others for what they do not know.
ASKS, PTR, TXT, TTL, ALIAS = "asks", "PTR", "TXT", "ttl", "alias"
BACKENDS = {
    name: [
        *([] if backend.capabilities.authoritative else [ASKS]),
        *([PTR] if backend.capabilities.holds("PTR") else []),
        *([TXT] if "TXT" in backend.capabilities.multi_value_types else []),
        *([TTL] if "A" in backend.capabilities.ttl_types else []),
        *([ALIAS] if backend.capabilities.holds("CNAME") else []),
    ]
    for name, backend in KINDS.items()
    if backend.on_lan
}
ZONES = ("home.arpa", "example.org", "example.net", "lab.example.org")
PORTS = (22, 80, 443, 5432, 8080, 32400)
# The ways in from outside the LAN.
TUNNEL, FORWARD, TAILNET = "tunnel", "forward", "tailnet"


@dataclass
class Site:
    """A plan and its secrets, as the two variables hold them."""

    plan: Tree
    secrets: Tree


class _Maker:
    """Draws one part after the other; later parts refer to earlier ones."""

    def __init__(self, draw: t.Callable[[st.SearchStrategy[t.Any]], t.Any], largest: int) -> None:
        self.draw = draw
        self.largest = largest
        self.plan: Tree = {}
        self.links: list[Link] = []
        self.places: list[Place] = []
        self.devices: Tree = {}
        self.entries: Tree = {}
        self.servers: Tree = {}
        self.private: list[str] = []
        self.public: list[str] = []
        self.hosts: dict[Link, int] = {}
        self.gateways: dict[str, Place] = {}

    def chance(self) -> bool:
        return bool(self.draw(st.booleans()))

    def pick(self, values: t.Sequence[Drawn]) -> Drawn:
        return t.cast(Drawn, self.draw(st.sampled_from(values)))

    def number(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))

    def some(self, values: t.Sequence[Drawn], least: int = 0) -> list[Drawn]:
        """Some of the values, in their order."""
        chosen = [value for value in values if self.chance()]
        return chosen if len(chosen) >= least else list(values[:least])

    def maybe(self, **values: t.Any) -> Tree:
        """Some of the keys."""
        return {key: value for key, value in values.items() if self.chance()}

    def make(self) -> Site:
        families = self.pick([(4,), (4, 6), (6,)])
        self.links = [Link(number, families) for number in range(self.number(1, 4))]
        self.clusters()
        self.dns_servers()
        self.zones()
        self.ways()
        self.issuers()
        self.entry_points()
        self.beside()
        self.lan()
        self.dns()
        self.plan |= {"entry_points": self.entries} if self.entries else {}
        secrets = {name: {"password": f"correct-horse-{name}-battery"} for name in self.servers}
        return Site(self.plan, secrets)

    # ----- the LAN -----

    def device(self, name: str, link: Link, **more: t.Any) -> None:
        host = self.hosts.get(link, 10)
        self.hosts[link] = host + 1
        address = one(link.addresses(host))
        self.devices[name] = {"address": address, **more} if more or self.chance() else address

    def lan(self) -> None:
        for number in range(self.number(0, 4)):
            zone = self.default_zone
            more = {"names": [f"device{number}.{zone}"]} if zone and self.chance() else {}
            self.device(f"device{number}", self.pick(self.links), **more)
        if self.chance():
            self.devices["guest"] = {"address": "dhcp"}
        if self.chance():
            self.devices["leased"] = {"address": one(self.links[0].addresses(201)), "lease": "static"}
        lan: Tree = {"devices": self.devices} if self.devices else {}
        if len(self.links) == 1 and self.chance():
            link = self.links[0]
            lan |= {"subnets": link.blocks, "router": one(link.addresses(1)), "dhcp": link.ranges(200, 254)}
        else:
            lan["subnets"] = [item for link in self.links for item in self.subnet_items(link)]
        if self.chance():
            lan["reserved"] = {"infrastructure": [text for link in self.links for text in link.ranges(10, 49)]}
        outside = [name for name in self.asked if not self.in_cluster(name)]
        if outside and self.chance():
            lan["dns"] = {"handed_out": outside, **self.maybe(redirect=outside[0])}
        self.plan["lan"] = lan

    def subnet_items(self, link: Link) -> t.Iterator[Tree]:
        parts = zip(link.blocks, link.addresses(1), link.ranges(200, 254), strict=True)
        for block, router, dhcp in parts:
            yield {"subnet": block, "name": f"vlan{link.number}-{block}", "router": router, **self.maybe(dhcp=[dhcp])}

    # ----- the clusters -----

    def clusters(self) -> None:
        made = {name: self.cluster(number, name) for number, name in enumerate(CLUSTERS[: self.pick([1, 0, 2, 3])])}
        if made:
            self.plan["clusters"] = made
        members = [name for name, cluster in made.items() if cluster.get("cni") == "cilium"]
        if len(members) > 1 and self.chance():
            self.plan["cluster_mesh"] = {"clusters": {name: number for number, name in enumerate(members, 1)}}

    def cluster(self, number: int, name: str) -> Tree:
        link = self.pick(self.links)
        balancer = self.pick(["metallb", "cilium", "kube_vip"])
        distribution = self.pick(["talos", "k3s", "kind", "kubernetes"])
        first = 96 + 32 * number
        cni = "cilium" if balancer == "cilium" else self.pick(["cilium", "flannel", "calico"])
        cluster: Tree = {
            "distribution": distribution,
            "cni": cni,
            "load_balancer": balancer,
            "nodes": self.nodes(number, name, link),
            "pod_subnets": self.routed(link, f"10.{42 + 2 * number}.0.0/16", f"fd00:{42 + number}::/56"),
            "service_subnets": self.routed(link, f"10.{43 + 2 * number}.0.0/16", f"fd00:{142 + number}::/112"),
            "pools": {
                f"{name}-pinned": {"addresses": self.pool(link, first), "auto_assign": False},
                f"{name}-lan": {"addresses": self.pool(link, first + 16)},
            },
            "context": f"admin@{name}",
        }
        api = self.api(number, distribution, link, cluster["nodes"])
        if api:
            cluster["api"] = api
        if self.chance():
            cluster["mesh"] = {"kind": "istio_ambient", "namespaces": ["media"], **self.maybe(mtls="strict")}
        self.places.append(Place(name, link, list(range(first, first + 16)), 16, cluster))
        return cluster

    def routed(self, link: Link, block4: str, block6: str) -> list[str]:
        return [{4: block4, 6: block6}[family] for family in link.families]

    def pool(self, link: Link, first: int) -> list[str]:
        if self.chance():
            return link.ranges(first, first + 15)
        sizes = {4: 28, 6: 124}
        addresses = zip(link.families, link.addresses(first), strict=True)
        return [f"{address}/{sizes[family]}" for family, address in addresses]

    def nodes(self, number: int, name: str, link: Link) -> Tree:
        planes, workers = self.pick([1, 3]), self.number(0, 3)
        nodes: Tree = {}
        for index in range(planes + workers):
            address = one(link.addresses(53 + 12 * number + index))
            role = {"role": "worker"} if index >= planes else self.maybe(role="control_plane")
            nodes[f"{name}-node{index}"] = {"address": address, **role} if role else address
        return nodes

    def api(self, number: int, distribution: str, link: Link, nodes: Tree) -> Tree:
        first = next(iter(nodes))
        own = nodes[first]["address"] if isinstance(nodes[first], dict) else nodes[first]
        apart = one(link.addresses(52 + 12 * number))
        kinds: list[Tree] = [{}, {"address": apart, "held_by": "kube_vip"}, {"address": apart, "held_by": "external"}]
        kinds += [{"address": apart, "held_by": "talos_vip"}] if distribution == "talos" else [{"address": own}]
        return self.pick(kinds)

    # ----- DNS -----

    def dns_servers(self) -> None:
        for number in range(self.number(0, 3)):
            name = f"ns{number}"
            self.private.append(name)
            server = {"backend": self.pick(sorted(BACKENDS))}
            ready = [place for place in self.places if place.pins]
            if ready and self.chance():
                key = f"{name}-service"
                self.entries[key] = {"address": one(self.pick(ready).pin()), "service": f"dns/{name}:53", "names": []}
                self.servers[name] = {**server, "at": f"entry_points.{key}"}
            elif self.chance():
                self.device(f"{name}-host", self.pick(self.links))
                self.servers[name] = {**server, "at": f"lan.devices.{name}-host"}
            else:
                self.servers[name] = {**server, "address": f"10.9.9.{number + 1}"}
        if self.chance():
            self.public.append("everyone")
            kinds = [{"backend": "cloudflare"}, {"backend": "rfc2136", "address": "198.51.100.53"}]
            self.servers["everyone"] = {**self.pick(kinds), **self.maybe(managed_by="external_dns")}

    def in_cluster(self, server: str) -> bool:
        return str(self.servers[server].get("at", "")).startswith("entry_points.")

    def all_can(self, what: str) -> bool:
        """Whether all servers of the private zones are of a kind that can do something."""
        return all(what in BACKENDS[self.servers[name]["backend"]] for name in self.holding)

    def zones(self) -> None:
        zones: Tree = {}
        # Who is asked for one zone is asked for all of them, so the same servers hold them all.
        self.holding = self.some(self.private, 1)
        for name in self.some(ZONES) if self.holding else ():
            split = self.public and name != "home.arpa" and self.all_can(ASKS) and self.chance()
            zones[name] = {"private": self.holding, **({"public": self.public} if split else {})}
        self.named = list(zones)
        self.both = [name for name in zones if "public" in zones[name]]
        capable = [name for name in self.private if PTR in BACKENDS[self.servers[name]["backend"]]]
        if capable and self.chance():
            zones |= {zone: {"private": capable} for link in self.links for zone in link.reverse_zones()}
        if zones:
            self.plan["zones"] = zones
        self.asked = list(self.holding)
        first = self.servers[self.holding[0]].get("address") if self.holding else None
        for name in self.private:
            if self.named and first and name not in self.holding and self.chance():
                self.servers[name]["forward"] = dict.fromkeys(self.named, first)
                self.asked.append(name)

    def dns(self) -> None:
        records: list[Tree] = []
        for number, zone in enumerate(self.some(self.named)):
            host = {"name": f"host{number}.{zone}", "type": "A", "value": f"10.9.8.{number + 1}"}
            records.append({**host, **({"ttl": 300} if self.all_can(TTL) else {})})
            if self.all_can(ALIAS):
                records.append({"name": f"alias{number}.{zone}", "type": "CNAME", "value": host["name"]})
            if self.all_can(TXT):
                records.append({"name": f"text{number}.{zone}", "type": "TXT", "values": ["one", "two"]})
        if self.servers:
            self.plan["dns"] = {"servers": self.servers, **({"records": records} if records else {})}
        if self.named and self.chance():
            groups: list[Tree] = [{"servers": [self.asked[0], *self.some(self.asked[1:])]}]
            groups += [{"group": "homelab_probes", "servers": self.asked[:1]}] if self.chance() else []
            self.plan["clients"] = groups[0] if len(groups) == 1 and self.chance() else groups

    def zone_of(self, name: str) -> str:
        """The zone closest to a name."""
        return max((zone for zone in self.named if name.endswith(f".{zone}")), key=len)

    @property
    def default_zone(self) -> str:
        return self.named[0] if self.named else ""

    # ----- entry points -----

    def ways(self) -> None:
        ways: Tree = {}
        if self.places and self.both:
            place = self.places[0]
            ways |= self.maybe(**{TUNNEL: {"kind": "cloudflare_tunnel", "cluster": place.name, "id": "6f0c"}})
            ways |= self.maybe(**{FORWARD: {"kind": "port_forward", "target": "198.51.100.7"}})
        if self.places and self.chance():
            advertise = dict.fromkeys(text for place in self.places for text in place.link.ranges(96, 191))
            way = {"kind": "tailscale", "cluster": self.places[0].name, "advertise": list(advertise)}
            ways[TAILNET] = {**way, **self.maybe(dns=[name for name in self.asked if self.in_cluster(name)])}
        self.ways_in = list(ways)
        if ways:
            self.plan["ways"] = ways

    def issuers(self) -> None:
        issuers = self.maybe(house={"kind": "own_ca"})
        self.acme = bool(self.public) and self.chance()
        issuers |= {"letsencrypt": {"kind": "acme", "dns": self.public[0]}} if self.acme else {}
        self.signers = list(issuers)
        if issuers:
            self.plan["issuers"] = issuers

    def entry_points(self) -> None:
        if not self.places:
            return
        for number in range(self.number(0, self.largest)):
            place = self.pick(self.places)
            if self.gateways and self.chance():
                self.route(number)
            elif place.pins or place.free:
                self.holder(number, place)

    def holder(self, number: int, place: Place) -> None:
        """An entry point with an address of its own."""
        entry: Tree = {}
        if place.pins and (not place.free or self.chance()):
            entry["address"] = one(place.pin())
            entry |= self.maybe(pool=f"{place.name}-pinned")
        else:
            place.free -= 1
            entry |= self.maybe(pinned=True)
            entry |= {"cluster": place.name} if self.chance() else {"pool": f"{place.name}-lan"}
        if self.pick([False, False, True]):
            self.gateway(f"gateway{number}", place, entry)
        else:
            self.service(f"service{number}", number, place, entry)

    def service(self, key: str, number: int, place: Place, entry: Tree) -> None:
        port = self.pick(PORTS)
        service = f"{self.pick(['media', 'default'])}/app{number}:{port}"
        entry["service"] = [service, f"media/more{number}:{port + 1}"] if self.chance() else service
        entry |= self.names(key)
        if self.chance():
            entry["check"] = {"tcp": [port]}
        self.reach(entry, entry.get("names"), TAILNET, FORWARD, *([TUNNEL] if place is self.places[0] else []))
        self.entries[key] = entry

    def names(self, key: str) -> Tree:
        """The names of an entry point; its default where it is the same in whatever order the zones stand."""
        if not self.named:
            return {"names": []} if self.chance() else {}
        if len(self.named) == 1 and self.chance():
            return {}
        zone = self.pick(self.named)
        return {"names": self.pick([[], [f"{key}.{zone}"], [f"{key}.{zone}", f"{key}-too.{zone}"]])}

    def reach(self, entry: Tree, names: list[str] | None, *ways: str) -> None:
        """From where it is reached; what everyone reaches has a name that everyone is told."""
        public = bool(names) and all(self.zone_of(name) in self.both for name in names or ())
        allowed = [way for way in ways if way in self.ways_in and (public or way == TAILNET)]
        chosen = self.some(allowed)
        if {TUNNEL, FORWARD} <= {*chosen}:
            # The public name of a tunnel is an alias, which stands alone.
            chosen.remove(FORWARD)
        if chosen:
            entry["reach"] = ["lan", *chosen]

    def gateway(self, key: str, place: Place, entry: Tree) -> None:
        zone = self.pick(self.named) if self.named else ""
        entry["gateway"] = {"class": self.pick(["cilium", "istio", "traefik"]), **self.maybe(namespace="gateways")}
        entry["names"] = [f"*.{key}.{zone}"] if zone else []
        signers = [name for name in self.signers if name == "house" or zone in self.both]
        if zone and signers and self.chance():
            entry["gateway"]["tls"] = {"issuer": self.pick(signers)}
        self.reach(entry, entry["names"], TAILNET)
        self.entries[key] = entry
        self.gateways[key] = place

    def route(self, number: int) -> None:
        """A route of a gateway, with a name below that of the gateway; sometimes with a second path of the same."""
        key = f"route{number}"
        gateway = self.pick(list(self.gateways))
        around = self.entries[gateway]
        names = [f"{key}{name[1:]}" for name in around["names"]]
        route = {"gateway": gateway, "to": f"default/{key}:80"}
        entry: Tree = {"route": {**route, **self.maybe(path="/")}, "names": names}
        self.reach(entry, names, *([TUNNEL] if self.gateways[gateway] is self.places[0] else []))
        if TAILNET in around.get("reach", ()):
            entry["reach"] = [*entry.get("reach", ["lan"]), TAILNET]
        self.entries[key] = entry
        if self.chance():
            more = {**route, "to": f"default/{key}-api:8080", "path": "/api"}
            self.entries[f"{key}-api"] = {**entry, "route": more}

    # ----- what stands beside -----

    def beside(self) -> None:
        if self.places and self.chance():
            flow = {"from": "media", "to": "default/app1", "ports": [80, 443], "cluster": self.places[0].name}
            self.plan["flows"] = [flow]
        self.plan |= self.maybe(x_note={"anything": ["of", 1, {"my": "own"}]})


@st.composite
def sites(draw: t.Callable[[st.SearchStrategy[t.Any]], t.Any], largest: int = 60) -> Site:
    """Plans without a problem, and their secrets.

    :param largest: how many entry points are drawn at most; some bring a second one with them.
    """
    return _Maker(draw, largest).make()

# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the check of a plan takes and how that grows, as a ratio to reading the same plan from YAML.

Run from the root of the collection: python3 -m bench.plan [--entries 100 1000 10000] [--repeat 5]
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
import typing as t
from ipaddress import ip_address

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible_collections.homelab.network.plugins.plugin_utils.plan._check import check
from ansible_collections.homelab.network.plugins.plugin_utils.plan._checks import checks
from ansible_collections.homelab.network.plugins.plugin_utils.plan._merge import Part
from ansible_collections.homelab.network.plugins.plugin_utils.plan._records import server_records
from ansible_collections.homelab.network.plugins.plugin_utils.plan._summary import results
from ansible_collections.homelab.network.plugins.plugin_utils.plan._text import numbered

Tree = dict[str, t.Any]

CLUSTERS = 5
POOLS = 4
NODES = 40
SERVERS = {"ns0": "adguard_home", "ns1": "adguard_home", "ns2": "rfc2136"}
ASKED = ("ns0", "ns1")
# Of ten entry points: gateways' routes, Services without an address, and the rest has one.
ROUTES = (0, 1, 2)
UNPINNED = (3, 4)
# The goal: a plan of this size is checked well under a second.
GOAL = (1000, 0.5)


def address(block: int, number: int) -> str:
    """An address in 10.<block>.0.0/16 or, where the number is big, behind it."""
    return str(ip_address(f"10.{block}.0.0") + number + 1)


def plan(entries: int, wrong: bool) -> Tree:
    """A plan of 5 clusters, 200 nodes and 20 pools; in a wrong one nearly everything has a problem."""
    clusters = {f"cluster{number}": _cluster(number) for number in range(CLUSTERS)}
    points: Tree = {}
    for number in range(CLUSTERS):
        names = [f"*.apps{number}.home.arpa"]
        gateway = {"class": "istio", "tls": {"issuer": "house"}}
        points[f"gateway{number}"] = {"address": address(20 + number, 0), "gateway": gateway, "names": names}
    for number in range(entries):
        key, point = _entry(number)
        points[key] = _spoilt(number, point) if wrong else point
    devices: Tree = {name: address(1, number) for number, name in enumerate(SERVERS)}
    devices |= {f"device{number}": address(1, (0 if wrong else 100) + number) for number in range(100)}
    return {
        "zones": {
            "home.arpa": {"private": list(ASKED)},
            "example.org": {"private": list(ASKED), "public": ["cloudflare"]},
            "10.in-addr.arpa": {"private": ["ns2"]},
        },
        "lan": {
            "subnets": ["10.0.0.0/9"],
            "router": "10.0.0.1",
            "dhcp": ["10.1.0.0-10.2.255.255" if wrong else "10.2.0.0-10.2.255.255"],
            "devices": devices,
        },
        "clusters": clusters,
        "ways": {"tunnel": {"kind": "cloudflare_tunnel", "cluster": "cluster0", "id": "6f0c"}},
        "issuers": {"house": {"kind": "own_ca"}},
        "entry_points": points,
        "dns": {
            "servers": {
                **{name: {"backend": backend, "at": f"lan.devices.{name}"} for name, backend in SERVERS.items()},
                "cloudflare": {"backend": "cloudflare"},
            }
        },
        "clients": {"servers": list(ASKED)},
    }


def _cluster(number: int) -> Tree:
    pools = {
        f"pool{number}-{pool}": {
            "addresses": [f"10.{20 + 10 * pool + number}.0.0/16"],
            "auto_assign": pool == 1,
            "avoid_first_last": True,
        }
        for pool in range(POOLS)
    }
    roles = {True: "control_plane", False: "worker"}
    nodes = {
        f"cluster{number}-node{node}": {"address": address(10 + number, node), "role": roles[node < 3]}
        for node in range(NODES)
    }
    return {
        "distribution": "k3s",
        "context": f"cluster{number}",
        "cni": "cilium",
        "load_balancer": "metallb",
        "api": {"address": address(10 + number, 1000), "held_by": "kube_vip"},
        "nodes": nodes,
        "pod_subnets": [f"10.{130 + number}.0.0/16"],
        "service_subnets": [f"10.{140 + number}.0.0/16"],
        "pools": pools,
    }


def _entry(number: int) -> tuple[str, Tree]:
    kind, cluster = number % 10, number // 10 % CLUSTERS
    service = f"team{number % 50}/service{number}:{80 if number % 2 else 8080}"
    if kind in ROUTES:
        name = f"route{number}.apps{cluster}.home.arpa"
        return f"route{number}", {"route": {"gateway": f"gateway{cluster}", "to": service}, "names": [name]}
    if kind in UNPINNED:
        return f"free{number}", {"service": service, "cluster": f"cluster{cluster}"}
    public = {"names": [f"pinned{number}.example.org"], "reach": ["lan", "tunnel"]} if cluster == 0 else {}
    return f"pinned{number}", {"service": service, "address": address(20 + cluster, number + 1), **public}


def _spoilt(number: int, point: Tree) -> Tree:
    """An entry point with a mistake of a kind of its own."""
    if "route" in point:
        route = {**point["route"], "gateway": "nowhere"}
        return {**point, "route": route} if number % 3 else {**point, "names": ["same.home.arpa"]}
    if "address" not in point:
        return {**point, "service": "media/plex"}
    mistakes: list[Tree] = [
        {"address": address(100, number)},
        {"address": address(20, 7)},
        {"names": [f"odd{number}.example.com"]},
        {"address": "192.168.30.256"},
        {"adress": "192.168.30.20"},
    ]
    return {**point, **mistakes[number % len(mistakes)]}


def seconds(repeat: int, function: t.Callable[[], t.Any]) -> float:
    """The median of the processor time of calls: other programs on the machine do not count."""
    runs = []
    for _run in range(repeat):
        began = time.process_time()
        function()
        runs.append(time.process_time() - began)
    return statistics.median(runs)


def measure(entries: int, repeat: int) -> dict[str, float]:
    """The seconds of each step, by name."""
    texts = [yaml.safe_dump(plan(entries, wrong)) for wrong in (False, True)]
    right, wrong = ([Part("homelab_network", yaml.safe_load(text))] for text in texts)
    checked = check(right)
    if checked.problems:
        raise SystemExit("\n".join(numbered(checked.problems)))
    return {
        "read YAML, libyaml": seconds(repeat, lambda: yaml.load(texts[0], Loader=yaml.CSafeLoader)),
        "read YAML, as Ansible does": seconds(repeat, lambda: DataLoader().load(texts[0])),
        "read YAML, pure Python": seconds(1, lambda: yaml.load(texts[0], Loader=yaml.SafeLoader)),
        "check, nothing wrong": seconds(repeat, lambda: check(right)),
        "check, everything wrong": seconds(repeat, lambda: numbered(check(wrong).problems)),
        "record sets of a server": seconds(repeat, lambda: server_records(checked.plan, "ns0", {})),
        "checks of a probe": seconds(repeat, lambda: checks(checked.plan, "probe", {})),
        "result of network_plan": seconds(repeat, lambda: results(checked)),
    }


def report(measured: dict[int, dict[str, float]]) -> str:
    """The table in Markdown: times, the ratio to what Ansible needs to read the plan, and the growth.

    The growth is the exponent between the two biggest plans: 1 is linear, 2 is quadratic.
    """
    sizes = sorted(measured)
    rows = [["", *(f"{size:,}".replace(",", " ") for size in sizes), "per entry point", "x reading", "growth"]]
    rows.append(["---", *["---:" for _cell in rows[0][1:]]])
    for name, took in measured[sizes[-1]].items():
        times = [f"{measured[size][name] * 1000:.0f} ms" for size in sizes]
        ratio = took / measured[sizes[-1]]["read YAML, as Ansible does"]
        growth = "-"
        if len(sizes) > 1:
            growth = f"{math.log(took / measured[sizes[-2]][name], sizes[-1] / sizes[-2]):.2f}"
        rows.append([name, *times, f"{took / sizes[-1] * 1e6:.0f} µs", f"{ratio:.2f}", growth])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    measured = {entries: measure(entries, arguments.repeat) for entries in arguments.entries}
    print(f"{CLUSTERS} clusters, {CLUSTERS * POOLS} pools, {CLUSTERS * NODES} nodes; columns: entry points\n")
    print(report(measured))
    size, limit = GOAL
    if size in measured:
        took = measured[size]["check, nothing wrong"]
        reached = "reached" if took <= limit else "not reached"
        print(f"\ngoal: {size} entry points are checked in at most {limit} s: {took:.3f} s, {reached}")


if __name__ == "__main__":
    main()

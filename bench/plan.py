# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the check of a plan takes, as a ratio to reading the same plan from YAML.

Run from the root of the collection: python3 -m bench.plan [--entries 1000 10000] [--nodes 200] [--repeat 5]
"""

from __future__ import annotations

import argparse
import statistics
import time
import typing as t
from ipaddress import ip_address

import yaml
from ansible_collections.homelab.network.plugins.plugin_utils.plan._check import check
from ansible_collections.homelab.network.plugins.plugin_utils.plan._checks import checks
from ansible_collections.homelab.network.plugins.plugin_utils.plan._merge import Part
from ansible_collections.homelab.network.plugins.plugin_utils.plan._records import server_records
from ansible_collections.homelab.network.plugins.plugin_utils.plan._summary import results
from ansible_collections.homelab.network.plugins.plugin_utils.plan._text import numbered


def plan(entries: int, nodes: int, broken: bool) -> dict[str, t.Any]:
    """A plan of some size; in a broken one each entry point with an address has a problem."""
    first = int(ip_address("10.64.0.0" if not broken else "10.128.0.0"))
    made = {
        f"service-{n}": {"service": f"team-{n % 50}/service-{n}:{80 if n % 2 else 8080}"}
        | ({"address": str(ip_address(first + n))} if n % 5 else {})
        for n in range(entries)
    }
    return {
        "zones": {"home.arpa": {"private": ["ns"]}, "10.in-addr.arpa": {"private": ["ns"]}},
        "lan": {
            "subnets": ["10.0.0.0/8"],
            "router": "10.0.0.1",
            "dhcp": ["10.1.0.0-10.1.255.255"],
            "devices": {"ns": "10.0.0.2"},
        },
        "clusters": {
            "home": {
                "load_balancer": "metallb",
                "api": "10.0.1.1",
                "nodes": {f"node{n}": str(ip_address(int(ip_address("10.2.0.0")) + n)) for n in range(nodes)},
                "pools": {
                    "pinned": {"addresses": ["10.64.0.0/12"], "auto_assign": False},
                    "lan": {"addresses": ["10.96.0.0/12"]},
                },
            }
        },
        "entry_points": made,
        "dns": {"servers": {"ns": {"backend": "rfc2136", "at": "lan.devices.ns"}}},
        "clients": {"servers": ["ns"]},
    }


def seconds(repeat: int, function: t.Callable[[], t.Any]) -> float:
    """The median time of a call."""
    runs = []
    for _run in range(repeat):
        began = time.perf_counter()
        function()
        runs.append(time.perf_counter() - began)
    return statistics.median(runs)


def measure(entries: int, nodes: int, repeat: int) -> list[tuple[str, float]]:
    """Name and time of each step."""
    texts = [yaml.safe_dump(plan(entries, nodes, broken)) for broken in (False, True)]
    right, wrong = ([Part("homelab_network", yaml.safe_load(text))] for text in texts)
    checked = check(right)
    return [
        ("read YAML (libyaml)", seconds(repeat, lambda: yaml.load(texts[0], Loader=yaml.CSafeLoader))),
        ("check, right", seconds(repeat, lambda: check(right))),
        ("check, everything wrong", seconds(repeat, lambda: numbered(check(wrong).problems))),
        ("record sets of a server", seconds(repeat, lambda: server_records(checked.plan, "ns", {}))),
        ("checks of a probe", seconds(repeat, lambda: checks(checked.plan, "probe", {}))),
        ("result of network_plan", seconds(repeat, lambda: results(checked))),
    ]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, nargs="+", default=[1000, 4000])
    parser.add_argument("--nodes", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    for entries in arguments.entries:
        steps = measure(entries, arguments.nodes, arguments.repeat)
        unit = steps[0][1]
        print(f"{entries} entry points, {arguments.nodes} nodes")
        for name, took in steps:
            print(f"  {name:24} {took * 1000:8.0f} ms {took / unit:6.1f}x")


if __name__ == "__main__":
    main()

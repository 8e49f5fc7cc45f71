# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change of many pools costs: one task of lb_pool, against one task of kubernetes.core.k8s for each object.

Both are measured with a real MetalLB and many Services, by requests to the API and by time. Besides, processor time of
the forecast alone, for growing numbers of Services.

Run as root from the root of the collection: python3 -m bench.lb_pool [--pools 20] [--services 500]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t
from ipaddress import ip_address
from pathlib import Path

from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_objects import CILIUM
from ansible_collections.homelab.network.plugins.module_utils._lb._dialect import Dialect
from ansible_collections.homelab.network.plugins.module_utils._lb._effects import states
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_objects import METALLB
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Pool, Service
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

from tests.integration.lb.conftest import NAMESPACE, Site
from tests.lab.lab import Lab

from .counting import Counting

JSONObject = dict[str, t.Any]
SIZES = (100, 1000, 5000)


def blocks(pools: int, size: int) -> list[str]:
    """As many ranges of as many addresses."""
    first = ip_address("10.200.0.0")
    return [f"{first + number * size}-{first + (number + 1) * size - 1}" for number in range(pools)]


def service(number: int, address: str = "") -> JSONObject:
    """One of many Services."""
    meta = {"name": f"bench{number}", "namespace": "default", "labels": {"test": "yes"}, "uid": str(number)}
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}], "clusterIPs": ["10.96.0.9"] if address else []}
    ingress = [{"ip": address}] if address else []
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta,
        "spec": spec,
        "status": {"loadBalancer": {"ingress": ingress}},
    }


# The forecast alone


def forecast_seconds(dialect: Dialect, pools: int, services: int, repeat: int) -> float:
    """Processor time to foresee that one of the pools is renamed and another one gets smaller."""
    size = 2 * services // pools
    before = {
        f"pool{number}": dialect.pool_type(f"pool{number}", (parse_range(text),))
        for number, text in enumerate(blocks(pools, size))
    }
    renamed = dataclasses.replace(before["pool0"], name="renamed")
    after: dict[str, Pool] = {**before, "renamed": renamed, "pool1": _half(before["pool1"])}
    del after["pool0"]
    held = [
        Service.parse(service(number, str(ip_address("10.200.0.0") + number % pools * size + number // pools)))
        for number in range(services)
    ]
    found = []
    for _run in range(repeat):
        began = time.process_time()
        for order in dialect.orders(before, after):
            dialect.forecast(states(before, order), held)
        found.append(time.process_time() - began)
    return statistics.median(found)


def _half(pool: Pool) -> Pool:
    first = pool.ranges[0].first
    return pool.holding((parse_range(f"{first}-{first + pool.ranges[0].size // 2 - 1}"),))


def forecasts(pools: int, repeat: int) -> list[str]:
    """The table of forecasts."""
    lines = [
        f"| forecast, {pools} pools | " + " | ".join(f"{size:,}".replace(",", " ") for size in SIZES) + " | growth |"
    ]
    lines.append("| --- |" + " ---: |" * (len(SIZES) + 1))
    for dialect in (METALLB, CILIUM):
        times = [forecast_seconds(dialect, pools, size, repeat) for size in SIZES]
        growth = math.log(times[-1] / times[-2]) / math.log(SIZES[-1] / SIZES[-2])
        cells = " | ".join(f"{seconds * 1000:.0f} ms" for seconds in times)
        lines.append(f"| {dialect.title} | {cells} | {growth:.2f} |")
    return lines


# One task against many


def one_task(names: dict[str, str]) -> list[JSONObject]:
    """All pools in one task."""
    given = [{"name": name, "addresses": [text]} for name, text in names.items()]
    return [{"name": "Pools", "homelab.network.lb_pool": {"pools": given, "provider": "metallb", "wait_timeout": 300}}]


def many_tasks(names: dict[str, str]) -> list[JSONObject]:
    """A task for each object."""
    found = []
    for name, text in names.items():
        specs = {"IPAddressPool": {"addresses": [text]}, "L2Advertisement": {"ipAddressPools": [name]}}
        for kind, spec in specs.items():
            meta = {"name": name, "namespace": NAMESPACE}
            definition = {"apiVersion": "metallb.io/v1beta1", "kind": kind, "metadata": meta, "spec": spec}
            found.append({"name": f"{kind} {name}", "kubernetes.core.k8s": {"definition": definition}})
    return found


def play(site: Site, tasks: list[JSONObject], folder: Path) -> tuple[float, int]:
    """Seconds and API requests of a play."""
    path = folder / "play.yml"
    path.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    command = site.lab.command("controller", [str(Path(sys.executable).with_name("ansible-playbook")), str(path)])
    with Counting(site.lab) as api:
        variables = {**os.environ, "ANSIBLE_LOCALHOST_WARNING": "false", **api.variables}
        began = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
        seconds = time.monotonic() - began
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return seconds, api.requests


def tasks(site: Site, pools: int, services: int) -> list[str]:
    """The table of both ways, each first on nothing and then on what is there."""
    size = 2 * services // pools
    site.apply(*(service(number) for number in range(services)))
    names = {f"bench{number}": text for number, text in enumerate(blocks(pools, size))}
    lines = [
        f"| {pools} pools, {services} Services | requests | seconds | requests, unchanged | seconds, unchanged |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    ways = {"a task for each object": many_tasks(names), "one task of lb_pool": one_task(names)}
    measured: dict[str, tuple[float, ...]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for way, what in ways.items():
            for plural in ("l2advertisements", "ipaddresspools"):
                site.api.request("DELETE", f"/apis/metallb.io/v1beta1/namespaces/{NAMESPACE}/{plural}")
            (first, made), (again, read) = (play(site, what, Path(folder)) for _run in range(2))
            measured[way] = (made, first, read, again)
    for way, figures in measured.items():
        lines.append(f"| {way} | " + " | ".join(f"{figure:.0f}" for figure in figures) + " |")
    ratios = (many / one for many, one in zip(*measured.values(), strict=True))
    lines.append("| ratio | " + " | ".join(f"{ratio:.1f}" for ratio in ratios) + " |")
    return lines


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pools", type=int, default=20)
    parser.add_argument("--services", type=int, default=500)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each forecast")
    parser.add_argument("--lab", help="a lab that is up and has MetalLB, instead of one for this alone")
    options = parser.parse_args()
    print("\n".join(forecasts(options.pools, options.repeat)), flush=True)
    if options.lab:
        site = Site(Lab(options.lab))
        site.reset()
        print("\n".join(tasks(site, options.pools, options.services)))
        site.reset()
        return
    lab = Lab("benchlb")
    try:
        lab.up([])
        site = Site(lab)
        site.install()
        print("\n".join(tasks(site, options.pools, options.services)))
    finally:
        lab.down()


if __name__ == "__main__":
    main()

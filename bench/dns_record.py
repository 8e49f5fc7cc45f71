# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What many record sets cost on real servers, in seconds and requests: one task, octoDNS, a task for each of them.

Names with an address each are made, looked at again, ten of them changed, and half of them removed. The tasks for each
are measured with a few names, and what goes beyond a play that only pings is multiplied. The module and octoDNS run in
a play and by themselves. Requests are those of HTTP that a relay counted, and the messages that BIND counted.

Run from the root of the collection: python3 -m bench.dns_record [--count 1000] [--some 50] [--repeat 3]
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import resource
import statistics
import sys
import tempfile
import typing as t
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.integration.dns.adguard import PASSWORD, USERNAME, AdGuard
from tests.integration.dns.bind import Bind
from tests.integration.dns.powerdns import TOKEN, PowerDns
from tests.integration.dns.server import Server

from .dns_tools import (
    EachItsTask,
    Failed,
    Octodns,
    OneTask,
    adguardhome_rewrite,
    nsupdate,
    octodns_bind,
    octodns_powerdns,
    one_task,
    ping,
)
from .relay import counted

RUNS = ("1. create", "2. unchanged", "3. ten changed", "4. half removed")
_CHANGED = 10

Addresses = dict[str, str]


@dataclass(frozen=True)
class Cost:
    """Of one run: seconds by the clock, seconds of a processor for all but the server, requests."""

    seconds: float
    processor: float
    requests: float

    def plus(self, other: Cost, factor: float = 1) -> Cost:
        """With another one, which is taken that often."""
        return Cost(
            self.seconds + other.seconds * factor,
            self.processor + other.processor * factor,
            self.requests + other.requests * factor,
        )


@dataclass(frozen=True)
class Bench:
    """A server, how many requests it has got, and who brings it the names, as far as there is somebody."""

    title: str
    server: Server
    requests: t.Callable[[], int]
    tools: t.Sequence[OneTask | Octodns]
    each: EachItsTask | None = None


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cost(requests: t.Callable[[], int], run: t.Callable[[], float]) -> Cost:
    """What a run costs that gives its seconds by the clock."""
    before, used = requests(), _processor()
    seconds = run()
    return Cost(seconds, _processor() - used, requests() - before)


def names(count: int, changed: int = 0) -> Addresses:
    """Names with an address each, of which the first few have another one."""
    return {
        f"host{n}.home.arpa": f"192.168.{n // 250 + (100 if n < changed else 0)}.{n % 250 + 1}" for n in range(count)
    }


def whole(bench: Bench, tool: OneTask | Octodns, folder: Path, count: int) -> dict[str, Cost]:
    """The runs with a tool that knows all names at once, from an empty server on."""
    bench.server.reset()
    changed = names(count, _CHANGED)
    half = dict(list(changed.items())[: count // 2])
    steps = ((names(count), True), (names(count), False), (changed, True), (half, True))
    costs = {}
    for run, (wanted, changes) in zip(RUNS, steps, strict=True):
        costs[run] = cost(bench.requests, functools.partial(tool.run, folder, wanted, changes))
        # Trust nobody: the first, the last, and one that goes in the end.
        for name in ("host0.home.arpa", f"host{count // 2 - 1}.home.arpa", f"host{count - 1}.home.arpa"):
            answer = bench.server.ask(name)
            if answer != ([wanted[name]] if name in wanted else []):
                raise Failed(f"{bench.title}, {run}, {tool.name}: {name} is answered with {answer}")
    return costs


def scaled(bench: Bench, tool: EachItsTask, folder: Path, *, count: int, some: int, pinged: Cost) -> dict[str, Cost]:
    """The same runs with a task for each name, from what one of `some` costs."""
    bench.server.reset()

    def single(wanted: Addresses, changes: bool = True, present: bool = True) -> Cost:
        found = cost(bench.requests, functools.partial(tool.run, folder, wanted, changes, present))
        return Cost(0, 0, 0).plus(found.plus(pinged, -1), 1 / some)

    create = single(names(some))
    same = single(names(some), changes=False)
    change = single(names(some, changed=some))
    remove = single(names(some, changed=some), present=False)
    half = count // 2
    return {
        RUNS[0]: pinged.plus(create, count),
        RUNS[1]: pinged.plus(same, count),
        RUNS[2]: pinged.plus(same, count - _CHANGED).plus(change, _CHANGED),
        RUNS[3]: pinged.plus(same, count - half).plus(remove, half),
    }


def median(costs: t.Sequence[Cost]) -> Cost:
    """The middle of each."""
    return Cost(
        statistics.median(one.seconds for one in costs),
        statistics.median(one.processor for one in costs),
        statistics.median(one.requests for one in costs),
    )


@contextlib.contextmanager
def benches(folder: Path) -> t.Iterator[list[Bench]]:
    """The servers, started, with who writes them."""
    bind, powerdns, adguard = (kind(_made(folder / kind.__name__)) for kind in (Bind, PowerDns, AdGuard))
    servers: list[Server] = [bind, powerdns, adguard]
    with contextlib.ExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
            server.start()
        api, api_relay = counted(powerdns.url)
        web, web_relay = counted(adguard.url)
        stack.callback(api_relay.close)
        stack.callback(web_relay.close)
        yield [
            Bench(
                "BIND",
                bind,
                bind.messages,
                [*one_task(bind.options), *octodns_bind(bind.port)],
                nsupdate(bind.port),
            ),
            Bench(
                "PowerDNS",
                powerdns,
                lambda: api_relay.requests,
                [*one_task({**powerdns.options, "url": api}), *octodns_powerdns(api_relay.port, TOKEN)],
            ),
            Bench(
                "AdGuard Home",
                adguard,
                lambda: web_relay.requests,
                one_task({**adguard.options, "url": web}),
                adguardhome_rewrite(web, USERNAME, PASSWORD),
            ),
        ]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def measure(count: int, some: int, repeat: int) -> tuple[Cost, list[tuple[str, str, dict[str, Cost]]]]:
    """The cost of a ping, and for each server and run the cost by tool. The tools alternate."""
    pings: list[Cost] = []
    costs: dict[tuple[str, str, str], list[Cost]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as directory, benches(Path(directory)) as all_benches:
        folder = Path(directory)
        for _round in range(repeat):
            for bench in all_benches:
                print(f"{bench.title} …", file=sys.stderr)
                pings.append(cost(int, functools.partial(ping, folder)))
                for tool in bench.tools:
                    for run, found in whole(bench, tool, folder, count).items():
                        costs[bench.title, run, tool.name].append(found)
        pinged = median(pings)
        for bench in all_benches:
            if bench.each:
                print(f"{bench.title}, {some} tasks …", file=sys.stderr)
                each = scaled(bench, bench.each, folder, count=count, some=some, pinged=pinged)
                for run, found in each.items():
                    costs[bench.title, run, bench.each.name].append(found)
    middle: dict[tuple[str, str], dict[str, Cost]] = defaultdict(dict)
    for (title, run, name), measured in costs.items():
        middle[title, run][name] = median(measured)
    return pinged, [(title, run, by_tool) for (title, run), by_tool in middle.items()]


def rows(pinged: Cost, found: t.Iterable[tuple[str, str, dict[str, Cost]]]) -> t.Iterator[str]:
    """A table in Markdown."""
    yield "| server, run | tool | requests | seconds | x ping | processor | x ping | x dns_record in a play |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for title, run, by_tool in found:
        ours = by_tool[OneTask.NAME].processor
        for tool, one in by_tool.items():
            clock = f"{one.seconds:.1f} s | {one.seconds / pinged.seconds:.1f}"
            used = f"{one.processor:.1f} s | {one.processor / pinged.processor:.1f} | {one.processor / ours:.1f}"
            yield f"| {title}, {run} | {tool} | {one.requests:.0f} | {clock} | {used} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="record sets")
    parser.add_argument("--some", type=int, default=50, help="record sets with a task for each; the rest is scaled")
    parser.add_argument("--repeat", type=int, default=3, help="runs of which the median is taken")
    options = parser.parse_args()
    pinged, found = measure(options.count, options.some, options.repeat)
    print(
        f"{options.count} record sets; a ping takes {pinged.seconds:.2f} s, and {pinged.processor:.2f} s of a processor"
    )
    print(f"A task for each: measured with {options.some}, scaled to {options.count}")
    for row in rows(pinged, found):
        print(row)


if __name__ == "__main__":
    main()

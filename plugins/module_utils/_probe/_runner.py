# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Runs the checks of one vantage point: all at once, except those that others would disturb."""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
import time
import typing as t

from ._arp import check_arp
from ._check import ARP, DHCP, DNS, HTTP, LAYERS, NO_LEAK, PAGE, RESOLVE, TCP, TLS, UDP, Check
from ._dhcp import check_dhcp
from ._names import check_dns, check_resolve
from ._no_leak import check_no_leak
from ._outcome import Outcome
from ._sockets import check_tcp, check_tls, check_udp
from ._web import check_http, check_page

_WORKERS = 32

_FUNCTIONS: dict[str, t.Callable[..., Outcome]] = {
    TCP: check_tcp,
    UDP: check_udp,
    TLS: check_tls,
    HTTP: check_http,
    DNS: check_dns,
    RESOLVE: check_resolve,
    PAGE: check_page,
    NO_LEAK: check_no_leak,
}

# Layers whose checks share one window, in which they ask all their questions and listen to the network.
_TOGETHER: dict[str, t.Callable[[t.Sequence[t.Mapping[str, t.Any]], float], list[Outcome]]] = {
    ARP: check_arp,
    DHCP: check_dhcp,
}

Result = dict[str, t.Any]

Job = t.Callable[[], None]


def run_checks(checks: t.Sequence[Check], timeout: float, flush: Job) -> list[Result]:
    """The results in the order of the checks; `timeout` in seconds holds for each check.

    `flush` empties the cache of the host's resolver. It is called when a check looks names up by it, because what a
    cache remembers would hide that a server has changed its mind.
    """
    results: dict[int, Result] = {}

    def one(index: int) -> None:
        check = checks[index]
        start = time.monotonic()
        outcome = _FUNCTIONS[check.layer](timeout=timeout, **check.values)
        results[index] = {**check.given, "time": round(time.monotonic() - start, 3), **outcome.to_dict()}

    def together(layer: str) -> None:
        indices = by_layer[layer]
        start = time.monotonic()
        outcomes = _TOGETHER[layer]([checks[index].values for index in indices], timeout)
        took = round(time.monotonic() - start, 3)
        for index, outcome in zip(indices, outcomes):
            results[index] = {**checks[index].given, "time": took, **outcome.to_dict()}

    by_layer = {layer: [i for i, check in enumerate(checks) if check.layer == layer] for layer in LAYERS}
    if by_layer[RESOLVE] or by_layer[PAGE]:
        flush()
    jobs: list[Job] = [functools.partial(together, layer) for layer in _TOGETHER if by_layer[layer]]
    jobs += [functools.partial(one, i) for i, check in enumerate(checks) if check.layer not in (*_TOGETHER, NO_LEAK)]
    _run(jobs)
    # Last, and one at a time: the lookups of other checks would be among what it records.
    for index in by_layer[NO_LEAK]:
        one(index)
    return [results[index] for index in range(len(checks))]


def _run(jobs: t.Sequence[Job]) -> None:
    """Run jobs in a few threads; what one of them raises is raised here."""
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    crashes: list[Exception] = []

    def work() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                job = waiting.get_nowait()
                try:
                    job()
                except Exception as error:  # noqa: BLE001  # raised again below, in the main thread
                    crashes.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _worker in range(min(_WORKERS, len(jobs)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if crashes:
        raise crashes[0]

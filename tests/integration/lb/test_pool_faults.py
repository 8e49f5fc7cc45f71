# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change of pools that is disturbed: by another run, by an API server that restarts, by a controller that stops."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import typing as t
from contextlib import contextmanager

import pytest

from tests.integration.waiting import eventually
from tests.lab.rest import Client

from .conftest import NAMESPACE, Site, load_balancer, pool
from .test_faults import down, later, stopped, without_webhooks

LAN = pool("lan", "192.168.50.60-192.168.50.69")
HELD = {"default/echo": "192.168.50.61", "default/whoami": "192.168.50.60", "media/jellyfin": "192.168.50.69"}
SPLIT = [pool("low", "192.168.50.60-192.168.50.64", replaces=["lan"]), pool("high", "192.168.50.65-192.168.50.69")]


def at_once(*runs: t.Callable[[], t.Any]) -> list[t.Any]:
    """The results of runs that are made at the same time, each in a process of its own."""
    context = multiprocessing.get_context("fork")
    results: t.Any = context.SimpleQueue()
    processes = [context.Process(target=lambda run=run: results.put(dict(run()))) for run in runs]
    for process in processes:
        process.start()
    for process in processes:
        process.join(100)
    assert [process.exitcode for process in processes] == [0] * len(runs)
    return [results.get() for _run in runs]


@contextmanager
def without_api_as_soon_as(site: Site, seen: t.Callable[[Client], bool]) -> t.Iterator[None]:
    """The API server ends in the middle of what is done meanwhile, and is there again afterwards."""

    def cut() -> None:
        # A client of its own: one is not for two threads.
        api = site.lab.cluster.client()
        eventually(lambda: seen(api))
        site.lab.stop("kube-apiserver")

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        site.lab.start("kube-apiserver")


def holding(site: Site) -> None:
    """Each Service has an address of a pool, and asks for none."""
    site.pools(LAN)
    site.addresses(HELD)
    site.addresses(HELD, state="absent")


def held(site: Site) -> dict[str, str]:
    """The addresses of the lab's Services."""
    return {key: site.address(key) for key in HELD}


def test_two_runs_with_pools_of_their_own_lose_nothing(site: Site) -> None:
    one = [pool(f"a{number}", f"192.168.50.{70 + number}") for number in range(5)]
    two = [pool(f"b{number}", f"192.168.50.{80 + number}") for number in range(5)]
    results = at_once(lambda: site.pools(*one), lambda: site.pools(*two))
    assert [result["changed"] for result in results] == [True, True]
    names = {f"{kind}/{item['name']}" for item in (*one, *two) for kind in ("IPAddressPool", "L2Advertisement")}
    assert set(site.specs()) == names
    assert [site.pools(*one)["changed"], site.pools(*two)["changed"]] == [False, False]


def test_two_runs_that_split_the_same_pool_end_where_one_would(site: Site) -> None:
    holding(site)
    at_once(*[lambda: site.pools(*SPLIT, on_affected="pin")] * 2)
    assert site.pools(*SPLIT, on_affected="pin")["changed"] is False
    assert {name for name in site.specs() if name.startswith("IPAddressPool/")} == {
        "IPAddressPool/low",
        "IPAddressPool/high",
    }
    assert held(site) == HELD


def asked(api: Client) -> bool:
    """Whether the first request was written."""
    annotations = api.get("/api/v1/namespaces/default/services/echo")["metadata"].get("annotations", {})
    return "homelab.network/pin" in annotations


def removed(api: Client) -> bool:
    """Whether the pool that is split is not there any more."""
    pools = api.get(f"/apis/metallb.io/v1beta1/namespaces/{NAMESPACE}/ipaddresspools")["items"]
    return "lan" not in [item["metadata"]["name"] for item in pools]


@pytest.mark.parametrize("seen", [asked, removed])
def test_an_api_server_that_goes_in_between_is_told_and_the_next_run_completes(
    site: Site, seen: t.Callable[[Client], bool]
) -> None:
    holding(site)
    # A controller that does nothing keeps the run from its end until the API server is gone.
    with without_webhooks(site), stopped(site, "metallb-controller"), without_api_as_soon_as(site, seen):
        cut = site.pools(*SPLIT, on_affected="pin", fails=True)
        assert "the API server https://192.168.50.50:6443 cannot be reached" in cut["msg"]
        assert cut["msg"].endswith("and run again.")
    eventually(lambda: site.kubectl("get", "namespace", NAMESPACE, check=False))
    # The controller has to find its way back to the API as well, which takes it a while.
    site.pools(*SPLIT, on_affected="pin", wait_timeout=120)
    assert site.pools(*SPLIT, on_affected="pin")["changed"] is False
    assert eventually(lambda: held(site) == HELD)
    site.pools(pool("after", "192.168.50.80"), wait_timeout=120)


def test_a_controller_that_stops_before_the_services_are_done_is_waited_for(site: Site) -> None:
    holding(site)
    narrow = pool("lan", "192.168.50.60-192.168.50.64")
    with without_webhooks(site), stopped(site, "metallb-controller"):
        failed = site.pools(narrow, wait_timeout=3, fails=True, on_affected="accept")
        assert "MetalLB has not taken the pools within 3 s" in failed["msg"]
        with later(3, lambda: site.lab.signal("metallb-controller", signal.SIGCONT)):
            assert site.pools(narrow)["changed"] is False
    assert eventually(lambda: site.address("media/jellyfin") == "192.168.50.62")


def test_the_wait_is_over_when_the_controller_goes_on(site: Site) -> None:
    holding(site)
    narrow = pool("lan", "192.168.50.60-192.168.50.64")
    going_on = later(4, lambda: site.lab.signal("metallb-controller", signal.SIGCONT))
    with without_webhooks(site), stopped(site, "metallb-controller"), going_on:
        done = site.pools(narrow, on_affected="accept")
    assert done.seconds > 3
    assert [item["service"] for item in done["moved"]] == ["media/jellyfin"]


def test_services_that_wait_are_named_when_the_controller_is_away(site: Site) -> None:
    site.apply(load_balancer("late"))
    with without_webhooks(site), down(site, "metallb-controller"):
        failed = site.pools(LAN, wait_timeout=3, fails=True)
        assert "does it run?" in failed["msg"] or "has not counted" in failed["msg"]
    assert site.pools(LAN)["changed"] is False
    assert eventually(lambda: site.address("default/late"))

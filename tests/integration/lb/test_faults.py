# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to lb_pool and lb_address when something is down."""

from __future__ import annotations

import signal
import threading
import time
import typing as t
from contextlib import contextmanager

import pytest

from tests.integration.waiting import eventually

from .conftest import NAMESPACE, Site, pool

LAN = pool("lan", "192.168.50.60-192.168.50.69")
WHOAMI = "default/whoami"
_WEBHOOKS = "validatingwebhookconfiguration/metallb-webhook-configuration"
_WHEN = ".status.conditions[?(@.type=='poolReconcilerValid')].lastTransitionTime"
_REPORTED = (
    "get",
    "configurationstates.metallb.io",
    f"--namespace={NAMESPACE}",
    f"--output=jsonpath={{.items[?(@.metadata.name=='controller')]{_WHEN}}}",
)
# A network device that nobody has: frames for it are dropped without a word.
_NOWHERE = "02:00:00:00:00:99"


@contextmanager
def stopped(site: Site, program: str) -> t.Iterator[None]:
    """A program does nothing any more, but does not end either."""
    site.lab.signal(program, signal.SIGSTOP)
    try:
        yield
    finally:
        site.lab.signal(program, signal.SIGCONT)


@contextmanager
def down(site: Site, program: str) -> t.Iterator[None]:
    """A program is not there."""
    site.lab.stop(program)
    try:
        yield
    finally:
        site.lab.start(program)


@contextmanager
def without_webhooks(site: Site) -> t.Iterator[None]:
    """Writes are accepted without MetalLB's controller having a look at them."""
    saved = site.kubectl("get", _WEBHOOKS, "--output=json")
    site.kubectl("delete", _WEBHOOKS)
    try:
        yield
    finally:
        site.kubectl("create", "-f", "-", input=saved)


@contextmanager
def later(seconds: float, function: t.Callable[[], None]) -> t.Iterator[None]:
    """Something that happens meanwhile."""
    timer = threading.Timer(seconds, function)
    timer.start()
    try:
        yield
    finally:
        timer.join()


def test_a_stopped_controller_is_not_waited_for_in_vain_and_a_later_run_completes(site: Site) -> None:
    # A controller that is stopped before it has ever reported a state gives another reason.
    assert eventually(lambda: site.kubectl(*_REPORTED))
    with without_webhooks(site):
        with stopped(site, "metallb-controller"):
            failed = site.pools(LAN, wait_timeout=4, fails=True)
            assert "MetalLB has not taken the pools within 4 s: its controller" in failed["msg"]
            assert 4 <= failed.seconds < 30
            written = site.written()
            again = site.pools(LAN, wait_timeout=2, fails=True)
            assert 'has not counted the addresses of pool "lan"' in again["msg"]
            assert site.written() == written
            with later(2, lambda: site.lab.signal("metallb-controller", signal.SIGCONT)):
                assert site.pools(LAN)["changed"] is False
        assert site.written() == written


@pytest.mark.parametrize("change", [{"auto_assign": False}, {"state": "absent", "on_affected": "accept"}])
def test_the_wait_is_for_this_change(site: Site, change: dict[str, t.Any]) -> None:
    site.pools(LAN)
    options = {name: value for name, value in change.items() if name != "auto_assign"}
    item = {**LAN, **{name: value for name, value in change.items() if name == "auto_assign"}}
    with without_webhooks(site), stopped(site, "metallb-controller"):
        failed = site.pools(item, wait_timeout=3, fails=True, **options)
        assert "and not since then: does it run?" in failed["msg"]


def test_a_webhook_that_is_not_ready_yet_is_waited_for(site: Site) -> None:
    with down(site, "metallb-controller"):
        failed = site.pools(LAN, wait_timeout=3, fails=True)
        assert 'MetalLB\'s webhook, which must look at pool "lan", was not ready within 3 s' in failed["msg"]
        with later(3, lambda: site.lab.start("metallb-controller")):
            done = site.pools(LAN, wait_timeout=60)
    assert done["changed"] is True
    assert eventually(lambda: site.address(WHOAMI))


def test_a_stopped_controller_fails_services_by_name(site: Site) -> None:
    site.pools(LAN)
    eventually(lambda: site.address(WHOAMI))
    with stopped(site, "metallb-controller"):
        failed = site.addresses({WHOAMI: "192.168.50.66", "default/echo": ""}, wait_timeout=3, fails=True)
        assert f"{WHOAMI} asks for 192.168.50.66 and has 192.168.50.6" in failed["msg"]
        assert "default/echo" not in failed["msg"]
        with later(2, lambda: site.lab.signal("metallb-controller", signal.SIGCONT)):
            done = site.addresses({WHOAMI: "192.168.50.66"})
    assert (done["changed"], done["services"][0]["assigned"]) == (False, ["192.168.50.66"])


@contextmanager
def dropped(site: Site) -> t.Iterator[None]:
    """Packets to the API are lost on their way."""
    neighbour = ["ip", "neighbour", "replace", "192.168.50.50", "lladdr", _NOWHERE, "dev", "eth0", "nud", "permanent"]
    site.lab.exec("controller", neighbour)
    try:
        yield
    finally:
        site.lab.exec("controller", ["ip", "neighbour", "delete", "192.168.50.50", "dev", "eth0"])


def refused(site: Site) -> t.ContextManager[None]:
    """Nothing listens at the API's port."""
    return down(site, "kube-apiserver")


def silent(site: Site) -> t.ContextManager[None]:
    """The API takes connections and answers none."""
    return stopped(site, "kube-apiserver")


@pytest.mark.parametrize("fault", [refused, dropped, silent], ids=["refused", "dropped", "silent"])
def test_an_api_that_is_away_is_one_clear_error_in_time(site: Site, fault: t.Callable[..., t.Any]) -> None:
    site.pools(LAN)
    with fault(site):
        for run in (lambda: site.pools(LAN, fails=True), lambda: site.addresses({WHOAMI: ""}, fails=True)):
            failed = run()
            assert failed.seconds < 30
            assert "the API server https://192.168.50.50:6443 cannot be reached: " in failed["msg"]
            assert failed["msg"].endswith("and run again.")
    begin = time.monotonic()
    eventually(lambda: site.kubectl("get", "namespace", NAMESPACE, check=False))
    assert site.pools(LAN)["changed"] is False, time.monotonic() - begin


def test_a_stopped_webhook_is_told(site: Site) -> None:
    with stopped(site, "metallb-controller"):
        failed = site.pools(LAN, wait_timeout=3, fails=True)
    assert 'MetalLB\'s webhook, which must look at pool "lan", was not ready within 3 s' in failed["msg"]
    assert failed.seconds < 30


def test_credentials_that_are_not_valid_are_told_once(site: Site) -> None:
    authority = str(site.lab.path / "cluster" / "pki" / "ca.crt")
    options = {"host": "https://192.168.50.50:6443", "ca_cert": authority, "api_key": "not-valid"}
    failed = site.pools(LAN, fails=True, kubeconfig=None, **options)
    assert (failed["status"], failed.seconds < 30) == (401, True)
    assert "The credentials are not valid" in failed["msg"]
    assert "not-valid" not in str(failed)


def test_a_missing_kubeconfig_is_told(site: Site) -> None:
    failed = site.pools(LAN, fails=True, kubeconfig="/nonexistent/kubeconfig")
    assert "/nonexistent/kubeconfig" in failed["msg"]
    assert "context" in site.pools(LAN, fails=True, context="nosuch")["msg"]

# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a real BIND, Knot DNS or PowerDNS refuses: one clear error each, with the fix, and nothing written."""

from __future__ import annotations

import re
import time
import typing as t
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

import pytest

from tests.integration.forked import run_module

from .bind import Bind
from .conftest import Runner, records
from .knot import Knot
from .powerdns import PowerDnsUpdated
from .server import free_port
from .updated import KEY, SECRET, WRONG, Updated

WANTED = records("a.home.arpa A 192.0.2.1")
KINDS: dict[str, type[Updated]] = {"bind": Bind, "knot": Knot, "powerdns": PowerDnsUpdated}
NO_KEY = {"tsig_name": None, "tsig_secret": None}


@pytest.fixture(scope="module", params=KINDS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Runner]:
    """Runs modules against each server, one after the other."""
    server = KINDS[request.param](tmp_path_factory.mktemp(request.param))
    server.start()
    yield Runner(server)
    server.stop()


class Edited(t.Protocol):
    """Starts a server of its own for the test, with an edited configuration."""

    def __call__(self, kind: type[Updated], old: str, new: str) -> Runner: ...


@pytest.fixture
def edited(tmp_path: Path) -> t.Iterator[Edited]:
    """See `Edited`."""
    with ExitStack() as stack:

        def make(kind: type[Updated], old: str, new: str) -> Runner:
            server = kind(tmp_path)
            (config,) = [*tmp_path.glob("named.conf"), *tmp_path.glob("knot.conf")]
            text = config.read_text()
            assert old in text
            config.write_text(text.replace(old, new))
            stack.callback(server.stop)
            server.start()
            return Runner(server)

        yield make


def refused(run: Runner, **options: t.Any) -> str:
    """The error of a task."""
    return str(run.record(*WANTED, fails=True, **options)["msg"])


def unread(run: Runner, **options: t.Any) -> str:
    """The error of a task, which fails before it knows anything, in check mode as well; no update was sent."""
    before = t.cast(Updated, run.server).writes()
    message = refused(run, **options)
    again = str(run.record(*WANTED, fails=True, check=True, **options)["msg"])
    # Some tell the time.
    assert re.sub(r"\d\d:\d\d:\d\d", "", again) == re.sub(r"\d\d:\d\d:\d\d", "", message)
    assert run.info(zone="home.arpa", fails=True, **options)["msg"]
    assert t.cast(Updated, run.server).writes() == before
    assert f"DNS server (RFC 2136) at 127.0.0.1 port {run.server.options['port']}: the question for" in message
    return message


# --- Keys ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(
            {"tsig_secret": WRONG},
            f"the signature with the key {KEY} is wrong (BADSIG): it has another secret on the server. Correct"
            " tsig_secret",
            id="secret",
        ),
        pytest.param(
            {"tsig_name": "nobody"},
            "the server has no key nobody with the algorithm hmac-sha256 (BADKEY). Correct tsig_name",
            id="name",
        ),
        pytest.param(
            {"tsig_algorithm": "hmac-sha512"},
            f"the server has no key {KEY} with the algorithm hmac-sha512 (BADKEY). Correct tsig_name",
            id="algorithm",
        ),
    ],
)
def test_a_wrong_key(run: Runner, options: dict[str, str], said: str) -> None:
    message = unread(run, **options)
    if isinstance(run.server, PowerDnsUpdated):
        said = "does not say why (NOTAUTH; PowerDNS never does). Correct tsig_name, tsig_secret and tsig_algorithm"
    assert said in message


def test_clocks_that_differ(run: Runner) -> None:
    late = mock.patch("time.time", return_value=time.time() + 1000)
    options = {**run.server.options, "records": WANTED}
    message = run_module("dns_record", options, secret=SECRET, fails=True, where=late)["msg"]
    said = "clocks of both" if isinstance(run.server, PowerDnsUpdated) else "differ too much for a signature (BADTIME)"
    assert said in message
    assert time.strftime("this host has %Y-%m-%d ", time.gmtime()) in message


def test_a_secret_that_is_none_and_a_name_that_is_none(run: Runner) -> None:
    assert "tsig_secret is not base64" in refused(run, tsig_secret="not base64!")
    assert "tsig_name" in refused(run, tsig_name="a..b")


def test_no_key(run: Runner) -> None:
    message = refused(run, **NO_KEY)
    if isinstance(run.server, PowerDnsUpdated):  # it lets the loopback transfer its zones
        assert "the update of the zone home.arpa: the server does not allow updates to a message without a" in message
    else:
        rcode = "REFUSED" if isinstance(run.server, Bind) else "NOTAUTH"
        assert "the transfer of the zone home.arpa: the server does not allow it to a message without a" in message
        assert f"({rcode})" in message
    assert "Set tsig_name and tsig_secret, and name that key in" in message


@pytest.mark.parametrize("algorithm", ["hmac-md5", "hmac-sha1", "hmac-sha224", "hmac-sha384", "hmac-sha512"])
def test_each_algorithm(edited: Edited, algorithm: str) -> None:
    run = edited(Bind, "algorithm hmac-sha256", f"algorithm {algorithm}")
    assert run.record(*WANTED, tsig_algorithm=algorithm)["changed"]


# --- Rights --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "old", "new", "rcode"),
    [
        pytest.param(Bind, f'allow-transfer {{ key "{KEY}"; }};', "", "REFUSED", id="bind"),
        pytest.param(Knot, "action: [transfer, update]", "action: update", "NOTAUTH", id="knot"),
    ],
)
def test_updates_without_transfers(edited: Edited, kind: type[Updated], old: str, new: str, rcode: str) -> None:
    message = refused(edited(kind, old, new))
    assert f"the transfer of the zone home.arpa: the server does not allow it to the key {KEY}" in message
    assert f"({rcode}). Without the transfer nobody could tell what is to be changed or removed" in message
    assert "Name the key in allow-transfer (BIND), action: transfer (Knot) or TSIG-ALLOW-AXFR (PowerDNS)" in message


@pytest.mark.parametrize(
    ("kind", "old", "new", "rcode"),
    [
        pytest.param(Bind, f'update-policy {{ grant "{KEY}" zonesub ANY; }};', "", "REFUSED", id="bind"),
        pytest.param(Bind, "zonesub ANY", "zonesub A AAAA", "REFUSED", id="bind-without-marks"),
        pytest.param(Knot, "action: [transfer, update]", "action: transfer", "NOTAUTH", id="knot"),
    ],
)
def test_transfers_without_updates(edited: Edited, kind: type[Updated], old: str, new: str, rcode: str) -> None:
    run = edited(kind, old, new)
    assert run.record(*WANTED, check=True)["changed"]
    message = refused(run)
    assert "the update of the zone home.arpa: the server does not " in message
    assert f"the key {KEY} ({rcode}). Name the key in update-policy (BIND), action: update (Knot) or" in message
    assert (
        "If this server is a secondary, set server to the primary, which is ns1.home.arpa by the SOA record" in message
    )
    assert t.cast(Updated, run.server).ask("a.home.arpa") == []


def test_a_secondary(tmp_path: Path, edited: Edited) -> None:
    (tmp_path / "primary").mkdir()
    primary = Bind(tmp_path / "primary")
    primary.start()
    try:
        zone = f'type secondary;\n    primaries {{ 127.0.0.1 port {primary.port} key "{KEY}"; }};'
        run = edited(_Secondary, "type primary;", zone)
        assert not run.record(state="exact", zone="home.arpa", allow_empty=True)["changed"]
        message = refused(run)
    finally:
        primary.stop()
    assert "the update of the zone home.arpa" in message
    assert "is a secondary, set server to the primary, which is ns1.home.arpa by the SOA record" in message


class _Secondary(Bind):
    """A BIND that transfers its zones from another one."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        config = folder / "named.conf"
        config.write_text(config.read_text().replace(f'update-policy {{ grant "{KEY}" zonesub ANY; }};', ""))
        for zone in folder.glob("*.zone"):
            zone.unlink()


def test_mail_for_a_name_without_an_address(edited: Edited) -> None:
    run = edited(Bind, "recursion no;", "recursion no; check-integrity yes;")
    mail = {"name": "b.home.arpa", "type": "MX", "value": "10 x.home.arpa"}
    message = run.record(*WANTED, mail, fails=True)["msg"]
    assert (
        "the server does not take b.home.arpa MX x.home.arpa, for there is no address of that name (REFUSED" in message
    )
    assert run.record(*WANTED, mail, {"name": "x.home.arpa", "type": "A", "value": "192.0.2.2"})["changed"]


def test_a_zone_that_the_server_cannot_serve(edited: Edited) -> None:
    run = edited(Bind, "controls {", 'zone "broken.test" { type primary; file "missing"; };\ncontrols {')
    message = run.record(*records("a.broken.test A 192.0.2.1"), fails=True)["msg"]
    assert "has a zone for broken.test, but cannot serve it (SERVFAIL). Its log says why" in message


# --- No server -----------------------------------------------------------------------------------------------------


def test_nobody_there() -> None:
    options = {"backend": "rfc2136", "server": "127.0.0.1", "port": free_port(), "records": WANTED}
    message = run_module("dns_record", options, secret=(), fails=True)["msg"]
    assert message.startswith(f"DNS server (RFC 2136) at 127.0.0.1 port {options['port']}: no connection: ")
    assert "TCP is let through" in message


@pytest.mark.parametrize(
    "server", [pytest.param(name, id=name[:9]) for name in ("nobody.invalid", "a..b", f"{'a' * 64}.b", "ü" * 63)]
)
def test_a_name_that_is_not_known_or_is_none(server: str) -> None:
    options = {"backend": "rfc2136", "server": server, "records": WANTED}
    message = run_module("dns_record", options, secret=SECRET, fails=True)["msg"]
    assert f"{server} port 53: no connection: " in message
    assert "Check that the server runs, its address and its port" in message

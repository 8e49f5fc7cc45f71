# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is special about OPNsense, against a fake of it."""

from __future__ import annotations

import json
import typing as t
import uuid

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns import _opnsense

from .conftest import Runner, records
from .fake_opnsense import SYSTEM, FakeOpnSense

MARK = "homelab.network owner=homelab.network"
RECONFIGURE = "POST /api/unbound/service/reconfigure"


@pytest.fixture
def firewall() -> t.Iterator[FakeOpnSense]:
    """A fake without overrides."""
    server = FakeOpnSense()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def run(firewall: FakeOpnSense) -> Runner:
    """Runs modules against it."""
    return Runner(firewall)


def written(server: FakeOpnSense) -> list[str]:
    """What was written so far: the actions, without ids."""
    calls = [call for call in server.calls("POST") if "/search" not in call]
    return [call.removeprefix("POST /api/unbound/").split("/")[1] for call in calls]


def bodies(server: FakeOpnSense) -> list[dict[str, t.Any]]:
    """The overrides that were sent so far."""
    found = [json.loads(item.body) for item in server.requests if item.path.split("/")[-1].startswith(("add", "set"))]
    return [body for item in found for body in item.values()]


def test_unbound_is_reloaded_once_at_the_end(firewall: FakeOpnSense, run: Runner) -> None:
    wanted = records(*(f"n{number}.home.arpa A 192.0.2.{number}" for number in range(20)))
    run.record(*wanted)
    assert written(firewall) == ["addHostOverride"] * 20 + ["reconfigure"]
    assert firewall.ask("n7.home.arpa") == ["192.0.2.7"]
    run.record(*wanted, state="exact")
    assert firewall.reloads == 1
    run.record(*records("n0.home.arpa A 192.0.2.99"), state="exact", max_deletes=19)
    assert written(firewall)[21:] == ["delHostOverride"] * 19 + ["setHostOverride", "reconfigure"]


def test_names_are_split_as_the_server_wants_it(firewall: FakeOpnSense, run: Runner) -> None:
    run.record(
        *records("a.b.home.arpa A 192.0.2.1", "*.apps.home.arpa AAAA 2001:db8::1", "router A 192.0.2.2"),
        *records("_25._tcp.mail.home.arpa TXT text"),
        {"name": "home.arpa", "type": "MX", "value": "10 mail.home.arpa"},
    )
    common = {"enabled": "1", "description": MARK}
    assert bodies(firewall) == [
        {**common, "hostname": "*", "domain": "apps.home.arpa", "rr": "AAAA", "server": "2001:db8::1"},
        {**common, "hostname": "_25._tcp", "domain": "mail.home.arpa", "rr": "TXT", "txtdata": "text"},
        {**common, "hostname": "a", "domain": "b.home.arpa", "rr": "A", "server": "192.0.2.1"},
        {**common, "hostname": "home", "domain": "arpa", "rr": "MX", "mxprio": "10", "mx": "mail.home.arpa"},
        {**common, "hostname": "", "domain": "router", "rr": "A", "server": "192.0.2.2"},
    ]


def test_a_change_keeps_the_rest_of_an_override(firewall: FakeOpnSense, run: Runner) -> None:
    number = firewall.make(
        "host", hostname="NAS", domain="home.arpa", server="192.0.2.1", description="the big one", addptr="0", ttl="900"
    )
    run.record(*records("nas.home.arpa A 192.0.2.2"), on_foreign="take_over")
    assert written(firewall) == ["setHostOverride", "reconfigure"]
    row = firewall.rows["host"][number]
    assert (row["hostname"], row["server"], row["ttl"], row["addptr"]) == ("NAS", "192.0.2.2", "900", "0")
    assert row["description"] == f"{MARK} the big one"


def test_a_refusal_is_told_with_its_reasons(firewall: FakeOpnSense, run: Runner) -> None:
    wanted = records("a.home.arpa A 192.0.2.1", "a._b.c_d.home.arpa TXT text")
    message = run.record(*wanted, fails=True)["msg"]
    assert f"OPNsense at {firewall.url} did not do addHostOverride" in message
    assert "host.domain: A valid domain must be specified." in message
    assert "not in effect until the next run" in message
    assert firewall.reloads == 0


def test_what_was_saved_and_not_applied_is_applied(firewall: FakeOpnSense, run: Runner) -> None:
    """A run that was killed before the end."""
    wanted = records("a.home.arpa A 192.0.2.1", "b.home.arpa A 192.0.2.2")
    row = {**firewall._form("host"), "hostname": "a", "domain": "home.arpa", "rr": "A", "server": "192.0.2.1"}
    firewall.rows["host"][str(uuid.uuid4())] = {**row, "description": MARK}
    assert firewall.ask("a.home.arpa") == []
    result = run.record(*wanted)
    assert [change["action"] for change in result["changes"]] == ["update", "create"]
    assert firewall.reloads == 1
    assert firewall.ask("a.home.arpa") == ["192.0.2.1"]
    assert run.record(*wanted, state="exact")["changed"] is False


def test_aliases_are_the_users(firewall: FakeOpnSense, run: Runner) -> None:
    run.record(*records("nas.home.arpa A 192.0.2.1"))
    (number,) = firewall.rows["host"]
    firewall.make("alias", host=number, hostname="files", domain="")
    assert firewall.ask("files.home.arpa") == ["192.0.2.1"]

    assert run.record(*records("files.home.arpa A 192.0.2.1"))["foreign"]
    before = firewall.writes()
    for wanted in ("files.home.arpa A 192.0.2.9", "files.home.arpa A 192.0.2.1"):
        options = {"on_foreign": "take_over", "check": True, "fails": True}
        assert "files.home.arpa A: it is an alias of another override" in run.record(*records(wanted), **options)["msg"]
    for check in (True, False):
        message = run.record(*records("nas.home.arpa A"), state="absent", check=check, fails=True)["msg"]
        assert "OPNsense would remove the aliases files.home.arpa together with the override" in message
    assert firewall.writes() == before

    run.record(*records("nas.home.arpa A 192.0.2.2"))
    assert firewall.ask("files.home.arpa") == ["192.0.2.2"]


def test_a_name_below_a_wildcard_is_refused(firewall: FakeOpnSense, run: Runner) -> None:
    """Unbound would stop. Several values of the wildcard itself are no problem, and its top neither."""
    run.record(*records("*.apps.home.arpa A 192.0.2.1 192.0.2.2", "*.apps.home.arpa AAAA 2001:db8::1"))
    run.record(*records("apps.home.arpa A 192.0.2.3"))
    assert firewall.ask("x.y.apps.home.arpa") == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    before = firewall.writes()
    for check in (True, False):
        message = run.record(*records("x.apps.home.arpa A 192.0.2.1"), check=check, fails=True)["msg"]
        assert "x.apps.home.arpa: Unbound stops when a name lies below a wildcard, here *.apps.home.arpa" in message
    message = run.record(*records("*.internal.home.arpa A 192.0.2.1"), fails=True)["msg"]
    assert f"{SYSTEM}: Unbound stops when a name lies below a wildcard, here *.internal.home.arpa" in message
    assert firewall.writes() == before
    assert run.record(*records("*.b.apps.home.arpa A 192.0.2.1"))["changed"]
    assert firewall.ask("x.b.apps.home.arpa") == ["192.0.2.1"]


def test_a_wildcard_takes_the_place_of_names(firewall: FakeOpnSense, run: Runner) -> None:
    run.record(*records("a.apps.home.arpa A 192.0.2.1", "b.apps.home.arpa A 192.0.2.1"))
    run.record(*records("*.apps.home.arpa A 192.0.2.1"), state="exact")
    assert written(firewall)[3:] == ["delHostOverride", "delHostOverride", "addHostOverride", "reconfigure"]
    assert firewall.ask("c.apps.home.arpa") == ["192.0.2.1"]


def test_an_older_version(firewall: FakeOpnSense, run: Runner) -> None:
    firewall.old = True
    wanted = records("a.home.arpa A 192.0.2.1", "a.home.arpa AAAA 2001:db8::1")
    run.record(*wanted)
    number = next(number for number, row in firewall.rows["host"].items() if row["rr"] == "A")
    firewall.make("alias", host=number, hostname="b", domain="home.arpa")
    assert run.record(*wanted, state="exact")["changed"] is False
    assert run.record(*records("b.home.arpa A 192.0.2.1"))["foreign"]
    problems = run.record(
        {"name": "a.home.arpa", "type": "A", "value": "192.0.2.1", "ttl": 60},
        {"name": "c.home.arpa", "type": "TXT", "value": "text"},
        fails=True,
    )["problems"]
    assert [text.partition(".")[2].partition(". ")[0] for text in problems] == [
        "home.arpa A: this OPNsense stores no TTL",
        "home.arpa TXT: this OPNsense holds no TXT records",
    ]
    assert run.info()["server_version"] == "25.1.3"


def test_texts_and_descriptions_that_are_too_long(firewall: FakeOpnSense, run: Runner) -> None:
    firewall.make("host", hostname="a", domain="home.arpa", server="192.0.2.1", description="x" * 240)
    wanted = [*records("a.home.arpa A 192.0.2.1"), {"name": "b.home.arpa", "type": "TXT", "value": "ü" * 128}]
    message = run.record(*wanted, on_foreign="take_over", fails=True)["msg"]
    assert "a.home.arpa A: its description would be longer than 255 octets" in message
    assert "b.home.arpa TXT: a text of 256 octets is too long" in message
    assert firewall.writes() == 0


def test_forwarding(firewall: FakeOpnSense, run: Runner) -> None:
    firewall.make("dot", domain="", server="198.51.100.9")
    firewall.make("dot", domain="corp.example", server="198.51.100.8", port="5353")
    run.record(*records("lab.home.arpa FWD 198.51.100.1 198.51.100.2"))
    assert written(firewall) == ["addForward", "addForward", "reconfigure"]
    assert [row["server"] for row in firewall.held("lab.home.arpa", "dot")] == ["198.51.100.1", "198.51.100.2"]
    found = {item["name"]: item["value"] for item in run.info()["records"]}
    assert found == {
        "corp.example": ["198.51.100.8@5353"],
        "lab.home.arpa": ["198.51.100.1", "198.51.100.2"],
    }
    run.record(*records("lab.home.arpa FWD 198.51.100.3"), state="exact")
    assert written(firewall)[3:] == ["delForward", "setForward", "reconfigure"]
    run.record(*records("corp.example FWD 198.51.100.8"), on_foreign="take_over")
    assert firewall.held("corp.example", "dot")[0]["port"] == ""


def test_a_refused_key_is_tried_once(firewall: FakeOpnSense, run: Runner) -> None:
    message = run.record(*records("a.home.arpa A 192.0.2.1"), **firewall.wrong, fails=True)["msg"]
    assert f"OPNsense at {firewall.url} refused the API key: username is the key and password the secret" in message
    assert len(firewall.calls()) == 1


def test_a_user_without_the_privilege(firewall: FakeOpnSense, run: Runner) -> None:
    firewall.allowed = False
    message = run.record(*records("a.home.arpa A 192.0.2.1"), fails=True)["msg"]
    assert "who needs the privilege 'Services: Unbound'" in message
    assert len(firewall.calls()) == 1


def test_an_unbound_that_is_switched_off(firewall: FakeOpnSense, run: Runner) -> None:
    firewall.enabled = False
    firewall._load()
    assert "answers none of its records: Unbound is disabled" in run.info()["cautions"][0]
    assert run.record(*records("a.home.arpa A 192.0.2.1"))["changed"]


def test_an_unbound_that_does_not_take_it(firewall: FakeOpnSense, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_opnsense, "_PATIENCE", 0.5)
    firewall.slow = 10**6
    message = run.record(*records("a.home.arpa A 192.0.2.1"), fails=True)["msg"]
    assert "0.5 s after the reload Unbound does not hold them. Restart it in the web interface" in message

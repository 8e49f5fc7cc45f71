# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only UniFi does, against a fake of both its APIs."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from .conftest import Runner, records
from .fake_api import Answer, Request
from .fake_unifi import SITE, FakeOldUnifi, FakeUnifi

OTHER = {"id": "5b2b2c1e-0000-4000-8000-000000000001", "internalReference": "abc123", "name": "Cabin"}


class FakeMiddleUnifi(FakeUnifi):
    """Network 9: it lists sites, but has no policies."""

    generation = "sites"


@pytest.fixture(params=[FakeUnifi, FakeMiddleUnifi, FakeOldUnifi])
def unifi(request: pytest.FixtureRequest, tmp_path: Path) -> t.Iterator[FakeUnifi]:
    server = request.param(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def run(unifi: FakeUnifi) -> Runner:
    return Runner(unifi)


def writes(server: FakeUnifi) -> list[str]:
    """The methods of the requests that wrote."""
    return [line.partition(" ")[0] for line in server.calls("POST", "PUT", "DELETE")]


def test_the_api_is_found_and_asked_once(unifi: FakeUnifi, run: Runner) -> None:
    unifi.by_hand("a.home.arpa", "A", "192.0.2.1")
    version = {"policies": "10.1.68", "sites": "9.3.45", "records": ""}[unifi.generation]
    assert run.info()["server_version"] == version
    lists = [line for line in unifi.calls("GET") if line.endswith(("/dns/policies", "/static-dns"))]
    where = f"sites/{SITE}/dns/policies" if unifi.generation == "policies" else "site/default/static-dns"
    assert where in lists[-1]
    assert len(lists) <= 3


def test_long_lists_are_read_to_their_end(unifi: FakeUnifi, run: Runner) -> None:
    for number in range(401):
        unifi.by_hand(f"n{number}.home.arpa", "A", "192.0.2.1")
    assert len(run.info()["records"]) == 401


def test_a_value_changes_without_a_gap(unifi: FakeUnifi, run: Runner) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1"))
    unifi.requests.clear()
    run.record(*records("a.home.arpa A 192.0.2.2"))
    assert writes(unifi) == (["PUT"] if unifi.generation == "policies" else ["POST", "DELETE"])


def test_an_alias_never_stands_twice(unifi: FakeUnifi, run: Runner) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1", "b.home.arpa A 192.0.2.2", "w.home.arpa CNAME a.home.arpa"))
    unifi.requests.clear()
    run.record(*records("w.home.arpa CNAME b.home.arpa"))
    assert writes(unifi) == (["PUT"] if unifi.generation == "policies" else ["DELETE", "POST"])
    assert unifi.ask("w.home.arpa") == ["192.0.2.2"]


def test_an_alias_that_somebody_makes_meanwhile_is_seen(
    unifi: FakeUnifi, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    unifi.by_hand("b.home.arpa", "A", "192.0.2.2")
    answer = unifi.answer
    lists = []

    def interfere(request: t.Any) -> t.Any:
        said = answer(request)
        # After the first whole list; the one before only looks whether there is one.
        if request.method == "GET" and said.status == 200 and request.path.endswith(("/policies", "/static-dns")):
            lists.append(request)
            if len(lists) == 2:
                unifi.by_hand("w.home.arpa", "CNAME", "b.home.arpa")
        return said

    monkeypatch.setattr(unifi, "answer", interfere)
    wanted = records("a.home.arpa A 192.0.2.1", "w.home.arpa CNAME a.home.arpa")
    message = run.record(*wanted, fails=True)["msg"]
    assert "w.home.arpa CNAME 0 b.home.arpa was not made by the owner" in message
    assert unifi.alive()
    assert writes(unifi) == []


def test_aliases_that_stand_twice_already_are_put_right(unifi: FakeUnifi, run: Runner) -> None:
    for name in ("a", "b", "c"):
        unifi.by_hand(f"{name}.home.arpa", "A", "192.0.2.1")
    unifi.by_hand("w.home.arpa", "CNAME", "a.home.arpa", "b.home.arpa")
    assert not unifi.alive()
    run.record(*records("w.home.arpa CNAME c.home.arpa"), on_foreign="take_over")
    assert unifi.ask("w.home.arpa", "CNAME") == ["c.home.arpa"]
    assert writes(unifi)[0] == "DELETE"


def test_an_alias_to_a_name_it_does_not_hold_is_refused(run: Runner) -> None:
    message = run.record(*records("w.home.arpa CNAME www.example.org"), fails=True)["msg"]
    assert "it has no address for www.example.org" in message


def test_wildcards_of_other_types_are_refused(run: Runner) -> None:
    result = run.record(*records("*.a.home.arpa CNAME b.home.arpa", "*.a.home.arpa AAAA 2001:db8::1"), fails=True)
    assert any("no AAAA records at a wildcard" in problem for problem in result["problems"])


def test_a_lost_ledger_prunes_nothing_and_is_told(unifi: FakeUnifi, run: Runner) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1", "b.home.arpa A 192.0.2.2"))
    unifi.ledger.unlink()
    result = run.record(*records("a.home.arpa A 192.0.2.1"), state="exact", scope=["home.arpa"])
    assert (result["changed"], len(unifi.items)) == (False, 2)
    (warning,) = result["warnings"]
    assert f"the ledger {unifi.ledger} on the host that runs the task says nothing of it" in str(warning)
    assert not unifi.ledger.exists()
    wanted = records("a.home.arpa A 192.0.2.1", "b.home.arpa A 192.0.2.2")
    run.record(*wanted, on_foreign="take_over")
    assert "warnings" not in run.record(*wanted[:1], state="exact", scope=["home.arpa"])
    assert unifi.ask("b.home.arpa") == []


@pytest.mark.parametrize("check", [False, True])
def test_a_broken_ledger_stops_every_change(unifi: FakeUnifi, run: Runner, check: bool) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1"))
    unifi.ledger.write_text("{")
    before = unifi.writes()
    message = run.record(*records("b.home.arpa A 192.0.2.2"), check=check, fails=True)["msg"]
    assert f"the ledger {unifi.ledger} cannot be used: it is no JSON. Restore it" in message
    assert run.record(*records("a.home.arpa A 192.0.2.1"))["changed"] is False
    (warning,) = run.info()["warnings"]
    assert "none of its record sets counts as owned" in str(warning)
    assert unifi.writes() == before
    assert unifi.ledger.read_text() == "{"


def test_a_key_that_may_not_delete(unifi: FakeUnifi, run: Runner) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1"))
    answer = type(unifi).answer
    unifi.answer = lambda request: (  # type: ignore[method-assign]  # for this one test
        Answer(403, {}) if request.method == "DELETE" else answer(unifi, request)
    )
    message = run.record(*records("a.home.arpa A"), state="absent", fails=True)["msg"]
    assert message.startswith(f"a.home.arpa A: UniFi Network at {unifi.url} refused the key in token (403)")
    del unifi.answer
    assert len(run.record(*records("a.home.arpa A"), state="absent")["changes"]) == 1


def test_a_write_that_is_refused_names_the_record_set(unifi: FakeUnifi, run: Runner) -> None:
    unifi.fails_after = 1
    message = run.record(*records("a.home.arpa A 192.0.2.1", "b.home.arpa TXT b"), fails=True)["msg"]
    assert message.startswith("b.home.arpa TXT: POST ")


def test_a_record_that_somebody_else_removes_meanwhile(unifi: FakeUnifi, run: Runner) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1", "b.home.arpa A 192.0.2.2"))
    answer = type(unifi).answer

    def meanwhile(request: Request) -> Answer:
        if request.method != "GET":
            unifi.items = {key: item for key, item in unifi.items.items() if "192.0.2.2" not in item.values()}
        return answer(unifi, request)

    unifi.answer = meanwhile  # type: ignore[method-assign]  # for this one test
    result = run.record(*records("a.home.arpa A 192.0.2.3", "b.home.arpa A 192.0.2.4"))
    assert [item["name"] for item in result["changes"]] == ["a.home.arpa", "b.home.arpa"]
    assert (unifi.ask("a.home.arpa"), unifi.ask("b.home.arpa")) == (["192.0.2.3"], ["192.0.2.4"])


def test_a_run_that_breaks_off_is_completed_by_the_next(unifi: FakeUnifi, run: Runner) -> None:
    wanted = records(*(f"n{number}.home.arpa A 192.0.2.{number}" for number in range(5)))
    unifi.fails_after = 2
    assert "500 Internal Server Error: " in run.record(*wanted, fails=True)["msg"]
    unifi.fails_after = None
    assert len(run.record(*wanted)["changes"]) == 3
    unifi.fails_after = 2
    assert run.record(state="exact", scope=["home.arpa"], allow_empty=True, fails=True)["failed"]
    unifi.fails_after = None
    # The marks of the two that are gone go, too.
    assert len(run.record(state="exact", scope=["home.arpa"], allow_empty=True)["changes"]) == 5
    assert unifi.items == {}
    assert run.info()["records"] == []


def test_what_is_switched_off_is_not_served(unifi: FakeUnifi, run: Runner) -> None:
    unifi.make("a.home.arpa", "A", "192.0.2.1", enabled=False)
    assert "(not served)" in run.record(*records("a.home.arpa A 192.0.2.1"), fails=True)["msg"]
    run.record(*records("a.home.arpa A 192.0.2.1"), on_foreign="take_over")
    assert unifi.ask("a.home.arpa") == ["192.0.2.1"]
    assert len(unifi.items) == 1


def test_zones_are_forwarded(unifi: FakeUnifi, run: Runner) -> None:
    zone = {"name": "lab.home.arpa", "type": "FWD", "values": ["192.0.2.53", "192.0.2.54"]}
    run.record(zone)
    assert unifi.ask("lab.home.arpa", "FWD") == ["192.0.2.53", "192.0.2.54"]
    assert run.record(zone)["changed"] is False


def test_sites(unifi: FakeUnifi, run: Runner) -> None:
    unifi.sites = [*unifi.sites, OTHER]
    spellings = [None, "default"] if unifi.generation == "records" else [None, "default", "DEFAULT", SITE]
    for site in spellings:
        run.record(*records("a.home.arpa A 192.0.2.1"), site=site)
        assert len(unifi.items) == 1
    unifi.items.clear()
    for site in ["abc123"] if unifi.generation == "records" else ["abc123", OTHER["id"], "cabin"]:
        run.record(*records("b.home.arpa A 192.0.2.1"), site=site)
        assert len(unifi.items) == 1
    assert '"http://127.0.0.1:' in unifi.ledger.read_text()
    assert ' abc123"' in unifi.ledger.read_text()
    message = run.record(*records("a.home.arpa A 192.0.2.1"), site="nowhere", fails=True)["msg"]
    listed = "has no single site 'nowhere'; it has abc123 (Cabin), default (Default). Set site"
    assert (listed if unifi.generation != "records" else "at the site nowhere") in message


def test_the_only_site_needs_no_name(unifi: FakeUnifi, run: Runner) -> None:
    unifi.sites = [OTHER]
    if unifi.generation == "records":
        # It cannot list its sites.
        assert "at the site default" in run.record(*records("a.home.arpa A 192.0.2.1"), fails=True)["msg"]
        return
    assert run.record(*records("a.home.arpa A 192.0.2.1"))["changed"]


def test_a_wrong_key_is_tried_once(unifi: FakeUnifi, run: Runner) -> None:
    unifi.requests.clear()
    assert "refused the key in token (401)" in run.info(token="another", fails=True)["msg"]
    assert len(unifi.requests) == 1


def test_it_waits_when_it_is_told_to(unifi: FakeUnifi, run: Runner) -> None:
    unifi.busy = 1
    assert run.record(*records("a.home.arpa A 192.0.2.1"))["changed"]


def test_a_url_that_is_no_console(unifi: FakeUnifi, run: Runner) -> None:
    message = run.info(url=f"{unifi.url}/manage", fails=True)["msg"]
    assert "does not answer like UniFi Network" in message
    assert run.info(url=f"{unifi.url}/proxy/network")["records"] == []

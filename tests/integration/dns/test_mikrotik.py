# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is special about MikroTik RouterOS, against a fake of it."""

from __future__ import annotations

import json
import typing as t
from unittest import mock

import pytest

from .conftest import Runner, records
from .fake_mikrotik import FakeMikrotik

MARK = "homelab.network owner=homelab.network"


@pytest.fixture
def router() -> t.Iterator[FakeMikrotik]:
    """A fake without entries."""
    server = FakeMikrotik()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def run(router: FakeMikrotik) -> Runner:
    """Runs modules against it."""
    return Runner(router)


def written(server: FakeMikrotik) -> list[tuple[str, dict[str, str]]]:
    """Methods and bodies of what was written so far."""
    found = [item for item in server.requests if item.method != "GET"]
    return [(item.method, json.loads(item.body) if item.body else {}) for item in found]


def names(run: Runner) -> list[str]:
    """What the module lists."""
    return [f"{item['name']} {item['type']}" for item in run.info()["records"]]


def test_an_entry_is_made_with_texts_alone(router: FakeMikrotik, run: Runner) -> None:
    run.record(
        {"name": "a.home.arpa", "type": "A", "value": "192.0.2.1", "ttl": 93784},
        {"name": "*.b.home.arpa", "type": "CNAME", "value": "a.home.arpa"},
        {"name": "_x._tcp.home.arpa", "type": "SRV", "value": "0 5 8080 a.home.arpa"},
        {"name": "lab.home.arpa", "type": "FWD", "value": "198.51.100.1"},
    )
    common = {"comment": MARK, "disabled": "false", "match-subdomain": "false", "ttl": "5m"}
    srv = {"srv-priority": "0", "srv-weight": "5", "srv-port": "8080", "srv-target": "a.home.arpa"}
    below = {**common, "match-subdomain": "true"}
    forward = {key: value for key, value in below.items() if key != "ttl"}
    assert written(router) == [
        ("PUT", {**below, "name": "b.home.arpa", "type": "CNAME", "cname": "a.home.arpa"}),
        ("PUT", {**common, "name": "_x._tcp.home.arpa", "type": "SRV", **srv}),
        ("PUT", {**common, "name": "a.home.arpa", "type": "A", "address": "192.0.2.1", "ttl": "1d2h3m4s"}),
        ("PUT", {**forward, "name": "lab.home.arpa", "type": "FWD", "forward-to": "198.51.100.1"}),
    ]
    assert len(router.calls("GET")) == 3 * 2


@pytest.mark.parametrize("terse", [True, False])
def test_a_change_is_one_call_that_names_only_what_changes(router: FakeMikrotik, run: Runner, terse: bool) -> None:
    router.terse = terse
    router.make(
        name="NAS.home.arpa", address="192.0.2.1", comment="the big one", address_list="lan", ttl="00:05:00"[6:]
    )
    run.record(*records("nas.home.arpa A 192.0.2.2"), on_foreign="take_over")
    run.record({"name": "nas.home.arpa", "type": "A", "value": "192.0.2.2", "ttl": 600})
    methods, bodies = zip(*written(router), strict=True)
    assert methods == ("PATCH", "PATCH")
    assert bodies == (
        {"address": "192.0.2.2", "comment": f"{MARK} the big one"},
        {"ttl": "10m"},
    )
    assert router.held("NAS.home.arpa")[0]["address-list"] == "lan"


def test_a_ttl_in_another_spelling_is_the_same(router: FakeMikrotik, run: Runner) -> None:
    wanted = {"name": "a.home.arpa", "type": "A", "value": "192.0.2.1", "ttl": 788400}
    run.record(wanted)
    assert router.held("a.home.arpa")[0]["ttl"] == "1w2d3h"
    router.held("a.home.arpa")[0]["ttl"] = "1w2d03:00:00"
    assert run.record(wanted, state="exact")["changed"] is False


def test_entries_that_are_no_record_sets_are_left_alone(router: FakeMikrotik, run: Runner) -> None:
    router.make(regexp=r".*\.home\.arpa", address="192.0.2.9", comment=MARK)
    router.make(name="a.home.arpa", address="192.0.2.8", dynamic="true", comment=MARK)
    router.make(name="ads.example", type="NXDOMAIN", comment=MARK)
    run.record(*records("a.home.arpa A 192.0.2.1"), state="exact")
    assert names(run) == ["a.home.arpa A"]
    run.record(state="exact", allow_empty=True)
    assert [entry[".id"] for entry in router.entries.values()] == ["*1", "*2", "*3"]


def test_what_is_disabled_is_not_answered_and_comes_back(router: FakeMikrotik, run: Runner) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1"))
    router.held("a.home.arpa")[0]["disabled"] = "true"
    assert router.ask("a.home.arpa") == []
    assert run.info()["records"][0]["value"] == []
    run.record(*records("a.home.arpa A 192.0.2.1"))
    assert written(router)[-1] == ("PATCH", {"disabled": "false"})
    assert router.ask("a.home.arpa") == ["192.0.2.1"]
    # What somebody else switched off stays off beside what is asked for.
    router.make(name="a.home.arpa", address="192.0.2.7", disabled="true")
    assert run.record(*records("a.home.arpa A 192.0.2.1"), state="exact")["changed"] is False


def test_a_wildcard_matches_subdomains(router: FakeMikrotik, run: Runner) -> None:
    router.make(name="apps.home.arpa", address="192.0.2.1", match_subdomain="yes")
    assert names(run) == ["*.apps.home.arpa A"]
    assert run.record(*records("*.apps.home.arpa A 192.0.2.1"))["foreign"]
    run.record(*records("apps.home.arpa A 192.0.2.2"))
    assert (router.ask("apps.home.arpa"), router.ask("x.apps.home.arpa")) == (["192.0.2.1", "192.0.2.2"], ["192.0.2.1"])


def test_forwarding_is_for_all_names_below(router: FakeMikrotik, run: Runner) -> None:
    run.record(*records("lab.home.arpa FWD 198.51.100.1"))
    router.held("lab.home.arpa")[0]["match-subdomain"] = "false"
    run.record(*records("lab.home.arpa FWD 198.51.100.1"))
    assert written(router)[-1] == ("PATCH", {"match-subdomain": "true"})
    refusal = run.record(*records("x.home.arpa FWD 198.51.100.1 198.51.100.2"), fails=True)["msg"]
    assert "x.home.arpa FWD: it holds one FWD value for a name, not 2" in refusal


def test_a_refused_login_is_tried_once(router: FakeMikrotik, run: Runner) -> None:
    message = run.record(*records("a.home.arpa A 192.0.2.1"), **router.wrong, fails=True)["msg"]
    assert f"MikroTik RouterOS at {router.url} refused the login of 'house'" in message
    assert "rest-api" in message
    assert len(router.calls()) == 1


@pytest.mark.parametrize(("lacks", "calls"), [("read", 1), ("write", 4)])
def test_a_user_without_a_policy(router: FakeMikrotik, run: Runner, lacks: str, calls: int) -> None:
    router.policies -= {lacks}
    message = run.record(*records("a.home.arpa A 192.0.2.1"), fails=True)["msg"]
    assert "does not allow 'house' to do this: its group needs the policies api, rest-api, read and write" in message
    assert len(router.calls()) == calls


def test_a_version_that_is_too_old(router: FakeMikrotik, run: Runner) -> None:
    router.version = "7.12.1 (stable)"
    message = run.record(*records("a.home.arpa A 192.0.2.1"), fails=True)["msg"]
    assert f"MikroTik RouterOS at {router.url} is RouterOS 7.12.1 (stable); at least 7.13 is needed" in message
    router.version = "7.13 (stable)"
    assert run.record(*records("a.home.arpa A 192.0.2.1"))["changed"]


def test_a_router_that_answers_nobody(router: FakeMikrotik, run: Runner) -> None:
    router.remote = "false"
    result = run.info()
    assert result["server_version"] == "7.16.2 (stable)"
    assert "answers no host but itself: allow-remote-requests is off in /ip/dns" in result["cautions"][0]


def test_an_entry_that_somebody_else_removes_meanwhile(router: FakeMikrotik, run: Runner) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1", "b.home.arpa A 192.0.2.2"))

    def vanish(name: str) -> None:
        answer = type(router).answer

        def meanwhile(request: t.Any) -> t.Any:
            if request.method != "GET":
                for entry in router.held(name):
                    del router.entries[entry[".id"]]
            return answer(router, request)

        router.answer = meanwhile  # type: ignore[method-assign]  # for this one test

    vanish("a.home.arpa")
    assert run.record(*records("a.home.arpa A 192.0.2.1"), state="absent")["changed"]
    vanish("b.home.arpa")
    result = run.record(*records("b.home.arpa A 192.0.2.3", "a.home.arpa A 192.0.2.4"))
    assert [(item["name"], item["action"]) for item in result["changes"]] == [
        ("a.home.arpa", "create"),
        ("b.home.arpa", "create"),
    ]
    assert router.ask("b.home.arpa") == ["192.0.2.3"]


def test_a_race_that_never_ends_is_told(router: FakeMikrotik, run: Runner) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1"))
    answer = type(router).answer

    def gone(request: t.Any) -> t.Any:
        kept = {} if request.method == "PATCH" else router.entries
        with mock.patch.object(router, "entries", kept):
            return answer(router, request)

    router.answer = gone  # type: ignore[method-assign]  # for this one test
    message = run.record(*records("a.home.arpa A 192.0.2.3"), fails=True)["msg"]
    assert message.startswith("a.home.arpa A: PATCH ")
    assert "Somebody else has removed the entry since it was read" in message
    assert router.calls("PATCH") == ["PATCH /rest/ip/dns/static/*1"] * 2


def test_a_write_that_is_refused_names_the_record_set(router: FakeMikrotik, run: Runner) -> None:
    router.policies -= {"write"}
    message = run.record(*records("a.home.arpa A 192.0.2.1"), fails=True)["msg"]
    assert message.startswith("a.home.arpa A: MikroTik RouterOS at ")


def test_a_text_that_is_divided_is_refused(run: Runner) -> None:
    message = run.record({"name": "a.home.arpa", "type": "TXT", "value": '"one" "two"'}, check=True, fails=True)["msg"]
    assert 'a.home.arpa TXT: this server holds a text as a whole, not as the strings "one" "two"' in message


def test_a_url_that_is_something_else(router: FakeMikrotik, run: Runner) -> None:
    message = run.record(*records("a.home.arpa A 192.0.2.1"), url=f"{router.url}/webfig", fails=True)["msg"]
    assert f"GET {router.url}/webfig/rest/system/resource" in message

# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dns_record and dns_record_info against a real AdGuard Home."""

from __future__ import annotations

import typing as t

import pytest

from .adguard import AdGuard
from .conftest import Runner, records

MARK = "! homelab.network owner=homelab.network name={} type={}"


def told(changes: list[dict[str, t.Any]]) -> list[str]:
    return [f"{change['action']} {change['name']} {change['type']}" for change in changes]


def test_what_is_made_is_answered(adguard: AdGuard, run: Runner) -> None:
    wanted = records(
        "Plex.home.arpa. A 192.0.2.62",
        "dns.home.arpa A 192.0.2.2 192.0.2.3",
        "dns.home.arpa AAAA 2001:DB8:0::2 2001:db8::3",
        "*.apps.home.arpa A 192.0.2.61",
        "*.apps.home.arpa AAAA 2001:db8::61",
        "bücher.home.arpa A 192.0.2.63",
        "www.home.arpa CNAME Plex.home.arpa.",
    )
    predicted = run.record(*wanted, check=True)
    assert adguard.rewrites == []
    assert adguard.rules == []
    result = run.record(*wanted)
    assert result == predicted
    assert told(result["changes"]) == [
        "create *.apps.home.arpa A",
        "create *.apps.home.arpa AAAA",
        "create dns.home.arpa A",
        "create dns.home.arpa AAAA",
        "create plex.home.arpa A",
        "create www.home.arpa CNAME",
        "create xn--bcher-kva.home.arpa A",
    ]
    assert result["diff"]["before"] == ""
    assert "dns.home.arpa A 192.0.2.2 192.0.2.3\n" in result["diff"]["after"]
    assert adguard.ask("plex.home.arpa") == ["192.0.2.62"]
    assert adguard.ask("dns.home.arpa") == ["192.0.2.2", "192.0.2.3"]
    assert adguard.ask("dns.home.arpa", "AAAA") == ["2001:db8::2", "2001:db8::3"]
    assert adguard.ask("any.depth.apps.home.arpa") == ["192.0.2.61"]
    assert adguard.ask("any.depth.apps.home.arpa", "AAAA") == ["2001:db8::61"]
    assert adguard.ask("apps.home.arpa") == []
    assert adguard.ask("xn--bcher-kva.home.arpa") == ["192.0.2.63"]
    assert adguard.ask("www.home.arpa") == ["192.0.2.62"]
    assert adguard.ask("www.home.arpa", "CNAME") == ["plex.home.arpa"]


def test_the_second_run_writes_no_byte(adguard: AdGuard, run: Runner) -> None:
    wanted = records("a.home.arpa A 192.0.2.1 192.0.2.2", "*.home.arpa A 192.0.2.9", "b.home.arpa CNAME a.home.arpa")
    adguard.rewrite("hand.home.arpa", "192.0.2.5")
    run.record(*wanted, state="exact")
    before, stat = adguard.config.read_bytes(), adguard.config.stat()
    result = run.record(*wanted, state="exact")
    assert (result["changed"], result["changes"]) == (False, [])
    assert result["diff"] == {"before": "", "after": ""}
    after = adguard.config.stat()
    assert adguard.config.read_bytes() == before
    assert (after.st_ino, after.st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)


def test_marks_and_records_outlive_a_restart(adguard: AdGuard, run: Runner) -> None:
    adguard.rules = ["||ads.test^", "! mine"]
    run.record(*records("a.home.arpa A 192.0.2.1"))
    adguard.stop()
    adguard.start()
    assert run.record(*records("a.home.arpa A 192.0.2.1"))["changed"] is False
    assert adguard.rules == ["||ads.test^", "! mine", MARK.format("a.home.arpa", "A")]


def test_values_change_in_place(adguard: AdGuard, run: Runner) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1 192.0.2.2", "b.home.arpa A 192.0.2.3"))
    result = run.record(*records("a.home.arpa A 192.0.2.2 192.0.2.9"))
    assert result["changes"] == [
        {
            "action": "update",
            "name": "a.home.arpa",
            "type": "A",
            "before": ["192.0.2.1", "192.0.2.2"],
            "after": ["192.0.2.2", "192.0.2.9"],
        }
    ]
    assert result["diff"] == {
        "before": "a.home.arpa A 192.0.2.1 192.0.2.2\n",
        "after": "a.home.arpa A 192.0.2.2 192.0.2.9\n",
    }
    assert adguard.rewrites == [
        ("a.home.arpa", "192.0.2.9", True),
        ("a.home.arpa", "192.0.2.2", True),
        ("b.home.arpa", "192.0.2.3", True),
    ]
    assert [item["name"] for item in result["unplanned"]] == ["b.home.arpa"]


def test_exact_removes_ours_and_nothing_else(adguard: AdGuard, run: Runner) -> None:
    adguard.rules = ["||ads.test^"]
    adguard.rewrite("hand.home.arpa", "192.0.2.5")
    run.record(*records("a.home.arpa A 192.0.2.1", "b.home.arpa A 192.0.2.2", "c.example.org A 192.0.2.3"))
    run.record(*records("lab.home.arpa A 192.0.2.4"), owner="lab")
    adguard.rules = [*adguard.rules, "! mine"]
    preview = run.record(*records("a.home.arpa A 192.0.2.1"), zone="home.arpa", check=True)
    assert [item["name"] for item in preview["unplanned"]] == ["b.home.arpa"]
    result = run.record(*records("a.home.arpa A 192.0.2.1"), zone="home.arpa", state="exact")
    assert told(result["changes"]) == ["delete b.home.arpa A"]
    assert result["unplanned"] == []
    assert [domain for domain, *dummy in adguard.rewrites] == [
        "hand.home.arpa",
        "a.home.arpa",
        "c.example.org",
        "lab.home.arpa",
    ]
    assert adguard.rules == [
        "||ads.test^",
        MARK.format("a.home.arpa", "A"),
        MARK.format("c.example.org", "A"),
        "! homelab.network owner=lab name=lab.home.arpa type=A",
        "! mine",
    ]


def test_keep_and_scope(adguard: AdGuard, run: Runner) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1", "b.lab.home.arpa A 192.0.2.2", "c.lab.home.arpa A 192.0.2.3"))
    result = run.record(state="exact", scope=["lab.home.arpa"], keep=["c.lab.home.arpa"])
    assert told(result["changes"]) == ["delete b.lab.home.arpa A"]
    assert len(adguard.rewrites) == 2


def test_absent(adguard: AdGuard, run: Runner) -> None:
    run.record(*records("a.home.arpa A 192.0.2.1 192.0.2.2", "b.home.arpa A 192.0.2.3"))
    wanted = [*records("a.home.arpa A 192.0.2.1"), {"name": "b.home.arpa", "type": "A"}]
    assert told(run.record(*wanted, state="absent")["changes"]) == ["update a.home.arpa A", "delete b.home.arpa A"]
    assert adguard.rewrites == [("a.home.arpa", "192.0.2.2", True)]
    assert adguard.rules == [MARK.format("a.home.arpa", "A")]
    assert run.record(*wanted, state="absent")["changed"] is False


def test_everything_is_refused_at_once_and_nothing_written(adguard: AdGuard, run: Runner) -> None:
    before = adguard.config.read_bytes()
    result = run.record(
        *records("ok.home.arpa A 192.0.2.1", "t.home.arpa NS ns.home.arpa", "*.home.arpa A 192.0.2.1 192.0.2.2"),
        *records("c.home.arpa CNAME ok.home.arpa", "c.home.arpa A 192.0.2.1", "bad.home.arpa A 192.0.2.300"),
        {"name": "ttl.home.arpa", "type": "A", "value": "192.0.2.1", "ttl": 300},
        fails=True,
    )
    assert len(result["problems"]) == 5
    assert adguard.config.read_bytes() == before


def test_foreign_record_sets(adguard: AdGuard, run: Runner) -> None:
    adguard.rewrite("same.home.arpa", "192.0.2.1")
    adguard.rewrite("differs.home.arpa", "192.0.2.1")
    wanted = records("same.home.arpa A 192.0.2.1", "differs.home.arpa A 192.0.2.2", "new.home.arpa A 192.0.2.3")
    refused = run.record(*wanted, fails=True)
    assert len(refused["problems"]) == 1
    assert "differs.home.arpa A 192.0.2.1 was not made by the owner 'homelab.network'" in refused["msg"]
    assert len(adguard.rewrites) == 2
    result = run.record(wanted[0], wanted[2])
    assert told(result["changes"]) == ["create new.home.arpa A"]
    assert [(item["name"], item["owned"]) for item in result["foreign"]] == [("same.home.arpa", False)]
    result = run.record(*wanted, on_foreign="take_over")
    assert told(result["changes"]) == ["take_over differs.home.arpa A", "take_over same.home.arpa A"]
    assert adguard.ask("differs.home.arpa") == ["192.0.2.2"]
    assert run.record(*wanted, state="exact")["changed"] is False


def test_lost_marks_prune_nothing_and_come_back(adguard: AdGuard, run: Runner) -> None:
    wanted = records("a.home.arpa A 192.0.2.1", "b.home.arpa A 192.0.2.2")
    run.record(*wanted)
    adguard.rules = []
    result = run.record(wanted[0], state="exact")
    assert (result["changed"], [item["name"] for item in result["foreign"]]) == (False, ["a.home.arpa"])
    run.record(*wanted, state="exact", on_foreign="take_over")
    assert len(adguard.rules) == 2
    assert told(run.record(wanted[0], state="exact")["changes"]) == ["delete b.home.arpa A"]


def test_what_is_altered_by_hand_is_put_right(adguard: AdGuard, run: Runner) -> None:
    wanted = records(
        "a.home.arpa A 192.0.2.1", "b.home.arpa A 192.0.2.2", "c.home.arpa A 192.0.2.3", "d.home.arpa A 192.0.2.4"
    )
    run.record(*wanted)
    off = {"domain": "a.home.arpa", "answer": "192.0.2.1"}
    adguard.call("PUT", "rewrite/update", {"target": off, "update": {**off, "enabled": False}})
    adguard.call("POST", "rewrite/delete", {"domain": "b.home.arpa", "answer": "192.0.2.2"})
    adguard.rewrite("c.home.arpa", "192.0.2.3")
    result = run.record(*wanted, state="exact")
    assert told(result["changes"]) == ["update a.home.arpa A", "update b.home.arpa A", "update c.home.arpa A"]
    assert "a.home.arpa A (not served)\n" in result["diff"]["before"]
    assert sorted(adguard.rewrites) == [(f"{name}.home.arpa", f"192.0.2.{n}", True) for n, name in enumerate("abcd", 1)]
    assert run.record(*wanted, state="exact")["changed"] is False


def test_a_rewrite_that_is_switched_off_by_somebody_else_is_theirs(adguard: AdGuard, run: Runner) -> None:
    adguard.rewrite("a.home.arpa", "192.0.2.1", enabled=False)
    assert "(not served)" in run.record(*records("a.home.arpa A 192.0.2.1"), fails=True)["msg"]
    run.record(*records("a.home.arpa A 192.0.2.1"), on_foreign="take_over")
    assert adguard.rewrites == [("a.home.arpa", "192.0.2.1", True)]


def test_a_cname_beside_what_is_there(adguard: AdGuard, run: Runner) -> None:
    adguard.rewrite("a.home.arpa", "192.0.2.1")
    assert (
        "a name with a CNAME has nothing else"
        in run.record(*records("a.home.arpa CNAME b.home.arpa"), fails=True)["msg"]
    )
    run.record(*records("a.home.arpa A 192.0.2.1"), on_foreign="take_over")
    result = run.record(*records("a.home.arpa CNAME b.home.arpa"), state="exact")
    assert told(result["changes"]) == ["delete a.home.arpa A", "create a.home.arpa CNAME"]
    assert adguard.rewrites == [("a.home.arpa", "b.home.arpa", True)]


def test_spellings_that_the_api_would_not_match(adguard: AdGuard, run: Runner) -> None:
    adguard.rewrite("a.home.arpa.", "2001:DB8:0::1")
    run.record(*records("a.home.arpa AAAA 2001:db8::1"), on_foreign="take_over")
    assert adguard.rewrites == [("a.home.arpa", "2001:db8::1", True)]


def test_removals_are_limited(adguard: AdGuard, run: Runner) -> None:
    wanted = records(*(f"n{number}.home.arpa A 192.0.2.{number}" for number in range(12)))
    run.record(*wanted)
    assert "Set max_deletes to 11" in run.record(wanted[0], state="exact", fails=True)["msg"]
    assert "Set allow_empty to true" in run.record(state="exact", fails=True)["msg"]
    assert len(adguard.rewrites) == 12
    run.record(state="exact", allow_empty=True, max_deletes=12)
    assert (adguard.rewrites, adguard.rules) == ([], [])


def test_warnings_when_nothing_is_answered(adguard: AdGuard, run: Runner) -> None:
    adguard.call("PUT", "rewrite/settings/update", {"enabled": False})
    adguard.call("POST", "filtering/config", {"enabled": False, "interval": 24})
    result = run.record(*records("a.home.arpa A 192.0.2.1"))
    assert adguard.ask("a.home.arpa") == []
    warnings = str(result["warnings"])
    assert "filtering is switched off" in warnings
    assert "DNS rewrites are switched off" in warnings
    assert run.info()["warnings"] == result["warnings"]


def test_protection_paused_does_not_stop_rewrites(adguard: AdGuard, run: Runner) -> None:
    adguard.call("POST", "protection", {"enabled": False, "duration": 0})
    assert "warnings" not in run.record(*records("a.home.arpa A 192.0.2.1"))
    assert adguard.ask("a.home.arpa") == ["192.0.2.1"]
    adguard.call("POST", "protection", {"enabled": True, "duration": 0})


def test_info(adguard: AdGuard, run: Runner) -> None:
    adguard.rewrite("hand.home.arpa", "192.0.2.5")
    run.record(*records("a.home.arpa A 192.0.2.1", "b.example.org CNAME a.home.arpa"), owner="lab")
    result = run.info()
    assert [(item["name"], item["value"], item["owned"], item["owner"]) for item in result["records"]] == [
        ("a.home.arpa", ["192.0.2.1"], True, "lab"),
        ("b.example.org", ["a.home.arpa"], True, "lab"),
        ("hand.home.arpa", ["192.0.2.5"], False, None),
    ]
    assert result["server_version"] == adguard.call("GET", "status")["version"]
    assert result["capabilities"]["wildcard_types"] == ["A", "AAAA", "CNAME"]
    assert len(run.info(zone="home.arpa")["records"]) == 2
    assert len(run.info(owner="lab")["records"]) == 2
    assert len(run.info(names=["A.home.arpa."])["records"]) == 1
    assert "zone: " in run.info(zone="a..b", fails=True)["msg"]


@pytest.mark.parametrize("count", [300])
def test_many_in_one_task(adguard: AdGuard, run: Runner, count: int) -> None:
    wanted = records(*(f"n{n}.home.arpa A 192.0.2.{n % 250}" for n in range(count)))
    assert len(run.record(*wanted)["changes"]) == count
    assert len(adguard.rewrites) == count
    assert run.record(*wanted, state="exact")["changed"] is False

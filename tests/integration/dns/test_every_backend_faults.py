# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong between a module and any server: large tasks, restarts, kills, other writers, wrong credentials."""

from __future__ import annotations

import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.forked import Result, cut_module

from .conftest import Everywhere, records
from .test_every_backend import check_and_run, owned

MANY = 1000
SOME = 100
# The writes after which a run is killed; servers that take everything at once see the first one only.
CUTS = (1, 3, 50)
NOTHING = {"state": "exact", "allow_empty": True, "max_deletes": MANY, "zone": "home.arpa"}


def many(count: int, label: str = "n", shift: int = 0) -> list[dict[str, t.Any]]:
    """Record sets of A."""
    return records(*(f"{label}{number}.home.arpa A 192.0.2.{(number + shift) % 250}" for number in range(count)))


def sampled(run: Everywhere, wanted: list[dict[str, t.Any]]) -> None:
    """Some of them are answered. Servers of homes take it badly when they are asked for all at once."""
    for record in wanted[:: max(1, len(wanted) // 20)]:
        assert run.server.ask(record["name"]) == record["values"]


def made(run: Everywhere) -> dict[str, tuple[list[str], str | None]]:
    """Values and owner of each name below home.arpa that the tests made."""
    found = [item for item in run.entries() if item["type"] == "A" and item["name"][1].isdigit()]
    return {item["name"]: (item["value"], item["owner"]) for item in found}


def written(run: Everywhere, count: int) -> t.Callable[[], bool]:
    """Tells whether the server has been written to so often from now on."""
    before = run.server.writes()
    return lambda: run.server.writes() >= before + count


def test_a_thousand_record_sets(every: Everywhere) -> None:
    wanted = many(MANY)
    assert len(every.record(*wanted)["changes"]) == MANY
    sampled(every, wanted)
    assert check_and_run(every, *wanted, state="exact")["changed"] is False
    wanted = [*many(250, shift=1), *wanted[250:]]
    assert len(every.record(*wanted)["changes"]) == 250
    sampled(every, wanted)
    # Without a limit of its own, a task removes at most three of ten.
    assert "Set max_deletes to 301" in every.record(*wanted[:699], state="exact", fails=True)["msg"]
    assert len(every.record(*wanted[:700], state="exact")["changes"]) == 300
    assert len(owned(every)) == 700
    sampled(every, wanted[:700])
    assert every.server.ask(wanted[-1]["name"]) == []


def test_a_run_that_is_killed_is_completed_by_the_next(every: Everywhere) -> None:
    for number, cut in enumerate(CUTS):
        wanted = many(SOME, shift=number)
        options = {**every.server.options, **every.server.record_options, "records": wanted}
        cut_module("dns_record", options, written(every, cut))
        # What it made has a mark, or nobody could remove it.
        assert {name: owner for name, (values, owner) in made(every).items() if values and not owner} == {}
        every.record(*wanted, state="exact")
        sampled(every, wanted)
        assert check_and_run(every, *wanted, state="exact")["changed"] is False
        cut_module("dns_record", {**options, **NOTHING, "records": []}, written(every, cut))
        every.record(**NOTHING)
        assert made(every) == {}


def test_a_server_that_restarts_in_the_middle(every: Everywhere) -> None:
    wanted = many(SOME)
    before = every.server.writes()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(every.record, *wanted, fails=None)
        while every.server.writes() == before and not running.done():
            time.sleep(0.002)
        every.server.stop()
        every.server.start()
        result = running.result()
    if result.get("failed"):
        assert len(result["msg"]) > 40
    every.record(*wanted, state="exact")
    sampled(every, wanted)
    assert check_and_run(every, *wanted, state="exact")["changed"] is False
    assert len(owned(every)) == SOME


def both(*tasks: t.Callable[[], Result]) -> list[Result]:
    """The results of tasks that run at the same time."""
    with ThreadPoolExecutor(len(tasks)) as pool:
        return [job.result() for job in [pool.submit(task) for task in tasks]]


def test_two_writers_of_different_record_sets(every: Everywhere) -> None:
    mine, theirs = many(SOME, "m"), many(SOME, "t")
    results = both(lambda: every.record(*mine, fails=None), lambda: every.record(*theirs, owner="somebody", fails=None))
    for result in results:
        if result.get("failed"):
            assert "run again" in result["msg"].lower(), result["msg"]
    every.record(*mine)
    every.record(*theirs, owner="somebody")
    found = made(every)
    assert {name: values for name, (values, _owner) in found.items()} == {
        record["name"]: record["values"] for record in (*mine, *theirs)
    }
    sampled(every, [*mine, *theirs])


def test_two_writers_of_the_same_record_sets(every: Everywhere) -> None:
    wanted = many(SOME)
    both(lambda: every.record(*wanted, fails=None), lambda: every.record(*wanted, fails=None))
    every.record(*wanted, state="exact", on_foreign="take_over")
    assert {name: values for name, (values, _owner) in made(every).items()} == {
        record["name"]: record["values"] for record in wanted
    }
    assert set(owned(every).values()) == {"homelab.network"}
    assert check_and_run(every, *wanted, state="exact")["changed"] is False


@pytest.mark.about(lambda kind: kind.account)
def test_wrong_credentials(every: Everywhere) -> None:
    assert every.server.wrong
    before = every.server.writes()
    for run in (lambda **given: every.record(*many(1), **given), every.info):
        message = run(**every.server.wrong, fails=True)["msg"]
        assert "127.0.0.1" in message
        assert len(message) > 60
    assert every.server.writes() == before
    assert every.record(*many(1))["changed"]


# The others write files.
@pytest.mark.about(lambda kind: {"url", "server", "token"} & {*kind.required_options})
def test_a_server_that_is_down(every: Everywhere) -> None:
    every.server.stop()
    try:
        result = every.record(*many(1), timeout=2, fails=True)
    finally:
        every.server.start()
    assert result.seconds < 30
    assert "127.0.0.1" in result["msg"]
    assert "refused" in result["msg"].lower()

# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan and the zones of the server: those that are missing, those to make, and what stands at their top."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.homelab.network.tests.unit.plugins.module_utils._dns.plan_samples import (
    EVERYTHING,
    entry,
    plan,
    problems,
    told,
)


def test_every_name_needs_a_zone() -> None:
    (found,) = problems([], "a.home.test A 192.0.2.1", "b.other A 192.0.2.1", zones=["home.test"])
    assert found.startswith("the server has no zone for b.other A; it has home.test")
    assert plan([], "b.other A", zones=["home.test"], state="absent").changes == ()


def test_what_is_missing_is_made_where_it_can_be() -> None:
    maker = replace(EVERYTHING, creates_zones=True)
    wanted = {"create_zones": frozenset({"home.test", "new.test"}), "zones": ["home.test"]}
    made = plan([], "a.new.test A 192.0.2.1", can=maker, **wanted)
    assert made.new_zones == ("new.test",)
    assert told(made) == ["create a.new.test A 192.0.2.1"]
    (found,) = problems([], "a.new.test A 192.0.2.1", **wanted)
    assert "no zone new.test, and zones cannot be made" in found


@pytest.mark.parametrize("able", [True, False])
def test_nothing_is_to_be_removed_of_one_that_is_not_there(able: bool) -> None:
    made = plan(
        [],
        "a.new.test A 192.0.2.1",
        can=replace(EVERYTHING, creates_zones=able),
        zones=["home.test"],
        zone="new.test",
        create_zones=frozenset({"new.test"}),
        state="absent",
    )
    assert (made.changes, made.new_zones) == ((), ())


def test_a_zone_around_it_does_where_none_can_be_made() -> None:
    made = plan([], "a.lab.test A 192.0.2.1", create_zones=frozenset({"lab.test"}), zones=["test"])
    assert made.new_zones == ()
    assert told(made) == ["create a.lab.test A 192.0.2.1"]


def test_a_new_zone_hides_nothing() -> None:
    maker = replace(EVERYTHING, creates_zones=True)
    wanted = {"can": maker, "create_zones": frozenset({"lab.test"}), "zones": ["test"]}
    (found,) = problems([entry("b.lab.test A 192.0.2.2", None)], "a.lab.test A 192.0.2.1", **wanted)
    assert "the new zone lab.test would hide what the zone test has there: b.lab.test A" in found
    assert plan([entry("b.test A 192.0.2.2", None)], "a.lab.test A 192.0.2.1", **wanted).new_zones == ("lab.test",)


def test_a_server_without_zones_needs_none() -> None:
    assert plan([], "a.test A 192.0.2.1", create_zones=frozenset({"test"})).new_zones == ()


def test_the_zone_that_is_named() -> None:
    (found,) = problems([], zone="other.test", zones=["home.test"])
    assert "no zone other.test" in found


def test_name_servers_of_the_zone_itself() -> None:
    (found,) = problems([], "test NS ns.test", "sub.test NS ns.sub.test", zones=["test"])
    assert found.startswith("test NS")


def test_an_alias_at_the_top() -> None:
    maker = replace(EVERYTHING, creates_zones=True)
    wanted = ("new.test CNAME a.test", "test CNAME b.test", "a.test CNAME b.test")
    found = problems([], *wanted, can=maker, zones=["test"], create_zones=frozenset({"new.test"}))
    assert [problem.partition(":")[0] for problem in found] == ["new.test CNAME", "test CNAME"]
    assert "the top of a zone cannot be an alias" in found[1]
    assert "www.test" in found[1]
    able = replace(maker, apex_alias=True)
    assert len(plan([], *wanted[1:], can=able, zones=["test"]).changes) == 2
    assert len(plan([], *wanted[1:]).changes) == 2


def test_an_alias_at_the_top_may_go() -> None:
    made = plan([entry("test CNAME a.test")], "test CNAME", zones=["test"], state="absent")
    assert told(made) == ["delete test CNAME"]

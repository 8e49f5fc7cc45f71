# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dns_record and dns_record_info against every server, real ones and fakes: the same rules on all of them."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.forked import Result

from .conftest import Everywhere, records
from .samples import answers, capabilities, every_type, held, key, values

TYPES = ("A", "AAAA", "CAA", "CNAME", "FWD", "HTTPS", "MX", "NS", "PTR", "SRV", "SVCB", "TXT")


def told(result: Result) -> list[str]:
    """The changes that a module tells of."""
    return [f"{change['action']} {change['name']} {change['type']}" for change in result["changes"]]


def owned(run: Everywhere, **options: t.Any) -> dict[tuple[str, str], str]:
    """The owners of the record sets that have one."""
    found = run.entries(**options)
    return {(item["name"], item["type"]): item["owner"] for item in found if item["owned"]}


def check_and_run(run: Everywhere, *wanted: dict[str, t.Any], **options: t.Any) -> Result:
    """The result, after a run in check mode that told the same and wrote nothing."""
    before = run.server.writes()
    predicted = run.record(*wanted, check=True, **options)
    assert run.server.writes() == before
    result = run.record(*wanted, **options)
    assert result == predicted
    assert (run.server.writes() > before) == result["changed"]
    return result


@pytest.mark.parametrize("count", [1, 3])
def test_every_type_is_made_changed_and_removed(every: Everywhere, count: int) -> None:
    wanted = every_type(every.server, count)
    result = check_and_run(every, *wanted)
    assert told(result) == [f"create {name} {rtype}" for name, rtype in sorted(map(key, wanted))]
    assert result["diff"]["before"] == ""
    assert answers(every.server, wanted) == held(wanted)
    assert set(owned(every)) == set(map(key, wanted))
    assert check_and_run(every, *wanted, state="exact")["changed"] is False

    others = every_type(every.server, count, first=count + 1)
    result = check_and_run(every, *others, state="exact")
    moved = {key(record) for record in wanted} & {key(record) for record in others}
    assert {line for line in told(result) if line.startswith("update")} == {f"update {n} {r}" for n, r in moved}
    assert answers(every.server, others) == held(others)
    assert answers(every.server, [record for record in wanted if key(record) not in moved]) == {
        key(record): [] for record in wanted if key(record) not in moved
    }

    less = [{**record, "values": record["values"][1:]} for record in others if len(record["values"]) > 1]
    first = [{**record, "values": record["values"][:1]} for record in others if len(record["values"]) > 1]
    if less:
        assert len(check_and_run(every, *first, state="absent")["changes"]) == len(less)
        assert answers(every.server, less) == held(less)

    gone = [{"name": record["name"], "type": record["type"]} for record in others]
    assert len(check_and_run(every, *gone, state="absent")["changes"]) == len(gone)
    assert answers(every.server, others) == {key(record): [] for record in others if record["type"] != "FWD"}
    assert owned(every) == {}
    assert check_and_run(every, *gone, state="absent")["changed"] is False


def test_a_wildcard_answers_what_the_back_end_says(every: Everywhere) -> None:
    known = capabilities(every.server)
    count = 2 if known.wildcard_multi_value else 1
    types = [rtype for rtype in ("A", "AAAA", "TXT") if rtype in known.wildcard_types]
    wanted = [{"name": "*.apps.home.arpa", "type": rtype, "values": values(rtype, count, 1)} for rtype in types]
    if not types:
        assert "wildcard" in every.record(*records("*.apps.home.arpa A 192.0.2.1"), fails=True)["msg"]
        return
    check_and_run(every, *wanted)
    for record in wanted:
        for name in ("one.apps.home.arpa", "two.deep.apps.home.arpa"):
            assert every.server.ask(name, record["type"]) == record["values"]
        apex = record["values"] if known.wildcard_apex else []
        assert every.server.ask("apps.home.arpa", record["type"]) == apex
    assert check_and_run(every, *wanted, state="exact")["changed"] is False
    assert len(every.record(*wanted, state="absent")["changes"]) == len(types)
    assert every.server.ask("one.apps.home.arpa") == []


def test_names_and_values_in_any_spelling(every: Everywhere) -> None:
    result = every.record(
        *records("Plex.HOME.arpa. A 192.0.2.2 192.0.2.1", "plex.home.arpa AAAA 2001:DB8:0::2"),
        *records("bücher.home.arpa A 192.0.2.63"),
    )
    assert told(result) == [
        "create plex.home.arpa A",
        "create plex.home.arpa AAAA",
        "create xn--bcher-kva.home.arpa A",
    ]
    assert every.server.ask("plex.home.arpa") == ["192.0.2.1", "192.0.2.2"]
    assert every.server.ask("plex.home.arpa", "AAAA") == ["2001:db8::2"]
    assert every.server.ask("xn--bcher-kva.home.arpa") == ["192.0.2.63"]
    same = records("plex.home.arpa. A 192.0.2.1 192.0.2.2", "PLEX.home.arpa AAAA 2001:db8::2")
    assert every.record(*same, *records("BÜCHER.home.arpa A 192.0.2.63"), state="exact")["changed"] is False


def test_a_ttl_is_kept_where_there_is_one(every: Everywhere) -> None:
    known = capabilities(every.server)
    wanted = {"name": "a.home.arpa", "type": "A", "value": "192.0.2.1"}
    if "A" not in known.ttl_types:
        assert "it stores no TTL" in every.record({**wanted, "ttl": 600}, fails=True)["msg"]
        return

    def ttl() -> int:
        return every.info(names=["a.home.arpa"])["records"][0]["ttl"]

    every.record(wanted)
    assert ttl() == known.default_ttl
    assert told(every.record({**wanted, "ttl": 600})) == ["update a.home.arpa A"]
    assert ttl() == 600
    assert check_and_run(every, wanted)["changed"] is False
    assert told(check_and_run(every, {**wanted, "ttl": 1200}, state="exact")) == ["update a.home.arpa A"]
    assert (ttl(), every.server.ask("a.home.arpa")) == (1200, ["192.0.2.1"])


def test_everything_is_refused_at_once_and_nothing_written(every: Everywhere) -> None:
    known = capabilities(every.server)
    others = [rtype for rtype in TYPES if rtype not in known.types]
    wrong = [
        *records("ok.home.arpa A 192.0.2.1", "c.home.arpa CNAME ok.home.arpa", "c.home.arpa A 192.0.2.1"),
        *records("bad.home.arpa A 192.0.2.300", "twice.home.arpa A 192.0.2.1", "twice.home.arpa A 192.0.2.2"),
        *({"name": f"x{rtype}.home.arpa".lower(), "type": rtype, "values": values(rtype, 1, 1)} for rtype in others),
    ]
    before = every.server.writes()
    problems = every.record(*wrong, fails=True)["problems"]
    assert len(problems) == 3 + len(others) + ("CNAME" not in known.types)
    assert every.server.writes() == before
    assert owned(every) == {}


def test_names_without_a_zone_are_refused(every: Everywhere) -> None:
    if not capabilities(every.server).zones:
        assert every.record(*records("a.nowhere.example A 192.0.2.1"))["changed"]
        return
    before = every.server.writes()
    wanted = records("a.home.arpa A 192.0.2.1", "a.nowhere.example A 192.0.2.1", "nothome.arpa A 192.0.2.1")
    message = every.record(*wanted, fails=True)["msg"]
    assert "the server has no zone for a.nowhere.example A, nothome.arpa A; it has " in message
    assert every.server.writes() == before


def test_what_others_made_is_left_alone(every: Everywhere) -> None:
    every.server.by_hand("same.home.arpa", "A", "192.0.2.1")
    every.server.by_hand("differs.home.arpa", "A", "192.0.2.1")
    every.server.by_hand("other.home.arpa", "A", "192.0.2.9")
    wanted = records("same.home.arpa A 192.0.2.1", "differs.home.arpa A 192.0.2.2", "new.home.arpa A 192.0.2.3")
    before = every.server.writes()
    refused = every.record(*wanted, fails=True)
    assert len(refused["problems"]) == 1
    assert "was not made by the owner 'homelab.network'" in refused["msg"]
    assert every.server.writes() == before

    result = check_and_run(every, wanted[0], wanted[2], state="exact")
    assert told(result) == ["create new.home.arpa A"]
    assert [(item["name"], item["owned"]) for item in result["foreign"]] == [("same.home.arpa", False)]

    result = check_and_run(every, *wanted, state="exact", on_foreign="take_over")
    assert told(result) == ["take_over differs.home.arpa A", "take_over same.home.arpa A"]
    assert answers(every.server, wanted) == held(wanted)
    assert set(owned(every)) == set(map(key, wanted))
    assert every.server.ask("other.home.arpa") == ["192.0.2.9"]
    assert check_and_run(every, *wanted, state="exact")["changed"] is False


def test_exact_removes_only_what_is_ours_and_meant(every: Everywhere) -> None:
    every.record(*records("a.home.arpa A 192.0.2.1", "b.home.arpa A 192.0.2.2", "c.home.arpa A 192.0.2.3"))
    every.record(*records("a.in.home.arpa A 192.0.2.4", "b.in.home.arpa A 192.0.2.5"))
    every.record(*records("theirs.home.arpa A 192.0.2.6"), owner="somebody")
    preview = every.record(*records("a.home.arpa A 192.0.2.1"), keep=["c.home.arpa"])
    assert [item["name"] for item in preview["unplanned"]] == ["a.in.home.arpa", "b.home.arpa", "b.in.home.arpa"]

    result = check_and_run(every, scope=["in.home.arpa"], keep=["b.in.home.arpa"], state="exact")
    assert told(result) == ["delete a.in.home.arpa A"]
    result = check_and_run(every, *records("a.home.arpa A 192.0.2.1"), keep=["c.home.arpa"], state="exact")
    assert told(result) == ["delete b.home.arpa A", "delete b.in.home.arpa A"]
    assert owned(every) == {
        ("a.home.arpa", "A"): "homelab.network",
        ("c.home.arpa", "A"): "homelab.network",
        ("theirs.home.arpa", "A"): "somebody",
    }
    assert every.server.ask("theirs.home.arpa") == ["192.0.2.6"]
    assert set(owned(every, owner="somebody")) == {("theirs.home.arpa", "A")}
    assert set(owned(every, names=["A.home.arpa."])) == {("a.home.arpa", "A")}


def test_removals_are_limited(every: Everywhere) -> None:
    wanted = records(*(f"n{number}.home.arpa A 192.0.2.{number}" for number in range(12)))
    every.record(*wanted)
    before = every.server.writes()
    assert "Set max_deletes to 11" in every.record(wanted[0], state="exact", fails=True)["msg"]
    assert "Set allow_empty to true" in every.record(state="exact", fails=True)["msg"]
    assert every.server.writes() == before
    every.record(state="exact", allow_empty=True, max_deletes=12, zone="home.arpa")
    assert owned(every) == {}


@pytest.mark.about(lambda kind: "CNAME" in kind.capabilities.types)
def test_an_alias_and_an_address_change_places(every: Everywhere) -> None:
    address = records("b.home.arpa A 192.0.2.2", "a.home.arpa A 192.0.2.1")
    alias = records("b.home.arpa A 192.0.2.2", "a.home.arpa CNAME b.home.arpa")
    every.record(*address)
    assert told(check_and_run(every, *alias, state="exact")) == ["delete a.home.arpa A", "create a.home.arpa CNAME"]
    assert every.server.ask("a.home.arpa", "CNAME") == ["b.home.arpa"]
    assert every.server.ask("a.home.arpa") == ["192.0.2.2"]
    assert told(check_and_run(every, *address, state="exact")) == ["create a.home.arpa A", "delete a.home.arpa CNAME"]
    assert (every.server.ask("a.home.arpa"), every.server.ask("a.home.arpa", "CNAME")) == (["192.0.2.1"], [])


def test_reverse_records_are_derived(every: Everywhere) -> None:
    known = capabilities(every.server)
    wanted = [{"name": "a.home.arpa", "type": "A", "value": "192.0.2.77", "reverse": True}]
    if "PTR" not in known.types:
        assert "PTR" in every.record(*wanted, fails=True)["msg"]
        return
    if known.zones and "2.0.192.in-addr.arpa" not in every.server.zones:
        assert "no zone for 77.2.0.192.in-addr.arpa PTR" in every.record(*wanted, fails=True)["msg"]
        return
    assert len(check_and_run(every, *wanted)["changes"]) == 2
    assert every.server.ask("77.2.0.192.in-addr.arpa", "PTR") == ["a.home.arpa"]
    assert check_and_run(every, *wanted, state="exact")["changed"] is False
    assert len(every.record(*wanted, state="absent")["changes"]) == 2


TEXTS = {
    "plain": "v=spf1 -all",
    "quotes": 'a "quoted" word',
    "backslash": "back\\slash",
    "punctuation": "a, b; c | d $ e # f",
    "long": "x" * 300,
    "unicode": "grüße",
    "strings": '"one" "two"',
    "spaces": "two  spaces",
}


@pytest.mark.about(lambda kind: "TXT" in kind.capabilities.types)
def test_a_text_is_answered_as_it_is_or_refused(every: Everywhere) -> None:
    """Two runs: who cannot hold one says so for each at once, and the others are made."""
    wanted = [{"name": f"{name}.home.arpa", "type": "TXT", "value": text} for name, text in TEXTS.items()]
    first = every.record(*wanted, check=True, fails=None)
    refused = {name for name in TEXTS if any(f"{name}.home.arpa" in text for text in first.get("problems", []))}
    assert bool(refused) == first.get("failed", False)
    assert not refused & {"plain", "spaces"}
    taken = [record for record in wanted if record["name"].partition(".")[0] not in refused]
    check_and_run(every, *taken)
    found = {record["name"]: every.server.ask(record["name"], "TXT") for record in taken}
    assert found == {record["name"]: [record["value"]] for record in taken}
    assert check_and_run(every, *taken, state="exact")["changed"] is False


@pytest.mark.about(lambda kind: kind.capabilities.zones)
def test_zones_are_made_where_they_can_be(every: Everywhere) -> None:
    known = capabilities(every.server)
    wanted, zones = (
        records("a.new.test A 192.0.2.1"),
        [*every.server.record_options.get("create_zones", ()), "new.test"],
    )
    absent = check_and_run(every, *wanted, state="absent", create_zones=["new.test"])
    assert absent["changed"] is False
    if not known.creates_zones:
        message = every.record(*wanted, create_zones=zones, fails=True)["msg"]
        assert "the server has no zone new.test, and zones cannot be made through this interface" in message
        return
    result = check_and_run(every, *wanted, create_zones=zones)
    assert "new.test" in result["new_zones"]
    assert every.server.ask("a.new.test") == ["192.0.2.1"]
    assert "new.test" in every.info()["zones"]
    again = check_and_run(every, *wanted, create_zones=zones, state="exact", scope=["new.test"])
    assert again["changed"] is False

    # A scope reaches into the zones below it.
    every.record(*records("a.lab.new.test A 192.0.2.2"), create_zones=["lab.new.test"])
    result = check_and_run(every, *wanted, state="exact", scope=["new.test"], create_zones=[])
    assert told(result) == ["delete a.lab.new.test A"]


@pytest.mark.about(lambda kind: kind.capabilities.zones and not kind.capabilities.apex_alias)
def test_an_alias_at_the_top_of_a_zone_is_refused(every: Everywhere) -> None:
    wanted = records("home.arpa CNAME a.home.arpa", "a.home.arpa A 192.0.2.1")
    before = every.server.writes()
    message = every.record(*wanted, check=True, fails=True)["msg"]
    assert "home.arpa CNAME: the top of a zone cannot be an alias" in message
    assert every.record(*wanted, fails=True)["msg"] == message
    assert every.server.writes() == before

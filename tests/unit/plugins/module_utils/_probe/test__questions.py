# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._net._names import in_zone, parse_name
from ansible_collections.homelab.network.plugins.module_utils._probe._message import TYPES
from ansible_collections.homelab.network.plugins.module_utils._probe._questions import (
    ADDRESSES,
    GLIBC,
    REVERSE,
    SHORT,
    SUB_DOMAIN,
    VARLINK,
    fresh_questions,
    public_zones,
)
from ansible_collections.homelab.network.plugins.module_utils._probe._reverse import address_of

STUB = "127.0.0.53"
WAYS = [GLIBC, VARLINK, STUB]
ZONES = ["home.arpa", "168.192.in-addr.arpa", "0.0.d.f.ip6.arpa"]


def test_each_way_asks_in_each_zone() -> None:
    questions = fresh_questions(ZONES, WAYS)
    for way in WAYS:
        for zone in ZONES:
            assert any(question.way == way and question.zone == zone for question in questions.private)
        for asked in (questions.public, questions.short):
            assert any(question.way == way for question in asked)


def test_private_names_lie_in_their_zones_and_public_ones_in_none() -> None:
    questions = fresh_questions(ZONES, WAYS)
    assert all(in_zone(question.name, question.zone) for question in questions.private)
    assert not any(in_zone(question.name, zone) for question in questions.public for zone in ZONES)
    assert not any("." in question.name for question in questions.short)
    assert {question.zone for question in (*questions.public, *questions.short)} == {""}


def test_every_name_is_fresh() -> None:
    asked = [question for _time in range(9) for question in fresh_questions(ZONES, WAYS).all]
    names = [question.name for question in asked if question.kind != REVERSE]
    assert len(set(names)) == len(names)
    assert all(parse_name(name, underscore=True) == name for name in names)


def test_all_types_are_asked_for() -> None:
    types = {question.type for question in fresh_questions(ZONES, WAYS).private}
    assert types == {ADDRESSES, "A", "AAAA", "PTR", "TXT", "SRV", "HTTPS", "MX"}
    assert types - {ADDRESSES} <= set(TYPES)


@pytest.mark.parametrize(
    ("zone", "digits"),
    [
        ("in-addr.arpa", 4),
        ("10.in-addr.arpa", 3),
        ("50.168.192.in-addr.arpa", 1),
        ("4.50.168.192.in-addr.arpa", 0),
        ("0-25.50.168.192.in-addr.arpa", 0),
        ("8.b.d.0.1.0.0.2.ip6.arpa", 24),
        ("home.arpa", 0),
    ],
)
def test_addresses_in_a_zone(zone: str, digits: int) -> None:
    names = [question.name for question in fresh_questions([zone], WAYS).private if question.kind == REVERSE]
    assert len(names) == (3 if digits else 0)
    for name in names:
        assert name.count(".") - zone.count(".") == digits
        assert address_of(name)


def test_a_name_several_labels_below_the_zone() -> None:
    names = [question.name for question in fresh_questions(["home.arpa"], WAYS).private if question.kind == SUB_DOMAIN]
    assert {name.count(".") for name in names} == {4}


@pytest.mark.parametrize(
    ("zones", "domain"),
    [(["home.arpa"], "example.com"), (["example.com"], "example.net"), (["com", "net", "org"], "invalid")],
)
def test_public_names_are_of_other_domains(zones: list[str], domain: str) -> None:
    assert public_zones(zones)[0] == domain


def test_public_names_are_not_beside_private_ones_of_the_same_domain() -> None:
    assert public_zones(["7.100.51.198.in-addr.arpa", "ip6.arpa"]) == ["example.com", "invalid"]
    assert not public_zones(["com", "net", "org", "invalid", "arpa"])


def test_single_labels() -> None:
    assert {question.kind for question in fresh_questions(ZONES, WAYS).short} == {SHORT}

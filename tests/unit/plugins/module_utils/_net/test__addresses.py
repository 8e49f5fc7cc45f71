# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses and ranges as values."""

from __future__ import annotations

import contextlib
import ipaddress
import pickle
import typing as t
from itertools import pairwise

import pytest
import yaml
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import (
    AddressError,
    Range,
    canonical,
    cover,
    next_free,
    number_as_address,
    overlap,
    parse_address,
    parse_network,
    parse_range,
    subtract,
    to_cidrs,
)
from hypothesis import given
from hypothesis import strategies as st

SMALL = st.integers(0, 40)


def make(first: int, last: int, family: int = 4) -> Range:
    """A range near the beginning of a block."""
    kind = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address
    base = int(kind("192.0.2.0" if family == 4 else "2001:db8::"))
    return Range(kind(base + first), kind(base + last))


RANGES = st.builds(
    lambda first, size, family: make(first, first + size, family), SMALL, st.integers(0, 12), st.sampled_from([4, 6])
)


def addresses(ranges: t.Iterable[Range]) -> set[tuple[int, int]]:
    """Every address of some ranges."""
    return {(item.family, number) for item in ranges for number in range(int(item.first), int(item.last) + 1)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.8/29", "192.0.2.8-192.0.2.15"),
        ("192.0.2.8-192.0.2.20", "192.0.2.8-192.0.2.20"),
        (" 192.0.2.8 - 192.0.2.20 ", "192.0.2.8-192.0.2.20"),
        ("192.0.2.8", "192.0.2.8"),
        ("192.0.2.8/32", "192.0.2.8"),
        ("2001:DB8:0::/126", "2001:db8::-2001:db8::3"),
        ("2001:db8::1-2001:db8::f", "2001:db8::1-2001:db8::f"),
        ("0.0.0.0/0", "0.0.0.0-255.255.255.255"),
    ],
)
def test_a_range_in_its_spellings(text: str, expected: str) -> None:
    assert str(parse_range(text)) == expected


@pytest.mark.parametrize(
    ("text", "reason", "message", "suggestion"),
    [
        ("192.0.2.9/29", "host_bits", "192.0.2.8/29 (192.0.2.8-192.0.2.15)", "192.0.2.8/29"),
        ("2001:db8::1/64", "host_bits", "2001:db8::/64", "2001:db8::/64"),
        ("192.0.2.20-192.0.2.8", "reversed", "must begin with 192.0.2.8", "192.0.2.8-192.0.2.20"),
        ("192.0.2.8-20", "syntax", "shortened", "192.0.2.8-192.0.2.20"),
        ("192.0.2.8\N{EN DASH}192.0.2.20", "syntax", "written with '-'", "192.0.2.8-192.0.2.20"),
        ("192.0.2.8..192.0.2.20", "syntax", "written with '-'", "192.0.2.8-192.0.2.20"),
        ("192.0.2.8, 192.0.2.9", "syntax", "several ranges", ""),
        ("192.0.2.8-2001:db8::1", "syntax", "same family", ""),
        ("192.0.2.0/33", "syntax", "/33 in 192.0.2.0/33 is no prefix length", ""),
        ("192.0.2.0/255.255.255.0", "syntax", "netmask", "192.0.2.0/24"),
        ("192.0.2.0/x", "syntax", "number of bits", ""),
        ("192.0.2.0/", "syntax", "number of bits", ""),
        ("192.0.2.256", "syntax", "not an IPv4 or IPv6 address", ""),
        ("192.0.2.", "syntax", "not an IPv4 or IPv6 address", ""),
        ("192.0.02.1", "syntax", "leading zeros", "192.0.2.1"),
        ("192.0.2.8-", "syntax", "not an IPv4 or IPv6 address", ""),
        ("fe80::1%eth0", "syntax", "zone index", "fe80::1"),
        ("", "syntax", "not an IPv4 or IPv6 address", ""),
        (None, "number", "an empty value", ""),
        (True, "number", "the boolean true", ""),
        (192.0, "number", "the number 192.0", ""),
        ([], "number", "a list", ""),
    ],
)
def test_what_is_no_range(text: object, reason: str, message: str, suggestion: str) -> None:
    with pytest.raises(AddressError) as error:
        parse_range(text)
    assert (error.value.reason, error.value.suggestion) == (reason, suggestion)
    assert message in str(error.value)


def test_a_suggestion_is_right() -> None:
    for text in ("192.0.2.9/29", "192.0.2.20-192.0.2.8", "192.0.2.8-20", "192.0.02.1"):
        with pytest.raises(AddressError) as error:
            parse_range(text)
        assert parse_range(error.value.suggestion)


def test_an_address_that_yaml_read_as_a_number() -> None:
    number = yaml.safe_load("2001:1:2:3:4:5:6:7")
    assert isinstance(number, int)
    assert number_as_address(number) == "2001:1:2:3:4:5:6:7"
    assert [number_as_address(other) for other in (0, 5, -1, True, 1.5, 10**40)] == [""] * 6


@given(st.lists(st.integers(0, 59), min_size=7, max_size=7), st.integers(1, 9999))
def test_every_such_number_is_read_back(groups: list[int], first: int) -> None:
    text = ":".join(map(str, [first, *groups]))
    number = yaml.safe_load(text)
    assert number_as_address(number) == text


@given(st.text() | st.integers() | st.none() | st.floats() | st.from_regex(r"[0-9./:a-f-]{0,24}", fullmatch=True))
def test_whatever_is_read_gives_a_range_or_a_reason(value: object) -> None:
    for parse in (parse_range, parse_address, parse_network):
        with contextlib.suppress(AddressError):
            parse(value)


def test_a_block_is_no_single_address() -> None:
    with pytest.raises(AddressError, match="single address where a block"):
        parse_network("192.0.2.1")
    with pytest.raises(AddressError, match="block where one address"):
        parse_address("192.0.2.1/24")


def test_one_spelling_of_an_address() -> None:
    assert canonical(" 2001:DB8:0:0:0:0:0:1 ") == "2001:db8::1"
    assert canonical("192.0.2.1") == "192.0.2.1"


def test_a_range_is_a_value() -> None:
    one = parse_range("192.0.2.8/29")
    assert one == parse_range("192.0.2.8-192.0.2.15")
    assert len({one, parse_range("192.0.2.8-192.0.2.15")}) == 1
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301  # its own bytes
    assert sorted([parse_range("::1"), parse_range("192.0.2.9"), one]) == [
        one,
        parse_range("192.0.2.9"),
        parse_range("::1"),
    ]
    with pytest.raises(AttributeError):
        one.first = one.last
    assert one != "192.0.2.8/29"


@given(RANGES, RANGES)
def test_containment_and_overlap_agree_with_sets(one: Range, other: Range) -> None:
    both = addresses([one]) & addresses([other])
    common = overlap(one, other)
    assert addresses([common] if common else []) == both
    assert (other in one) == (addresses([other]) <= addresses([one]))
    assert (other.first in one) == bool(addresses([Range(other.first, other.first)]) & addresses([one]))
    assert one.size == len(addresses([one]))


@given(st.lists(RANGES, max_size=8), st.lists(RANGES, max_size=8))
def test_sums_and_differences_agree_with_sets(ranges: list[Range], taken: list[Range]) -> None:
    assert addresses(cover(ranges)) == addresses(ranges)
    left = subtract(ranges, taken)
    assert addresses(left) == addresses(ranges) - addresses(taken)
    assert cover(left) == left
    free = next_free(ranges, taken)
    assert free == (str(left[0].first) if left else "")


@given(st.lists(RANGES, max_size=8))
def test_a_sum_has_no_neighbours(ranges: list[Range]) -> None:
    merged = cover(ranges)
    for one, other in pairwise(merged):
        assert one.family != other.family or int(one.last) + 1 < int(other.first)


@given(RANGES)
def test_blocks_hold_exactly_the_range(item: Range) -> None:
    blocks = to_cidrs(item)
    assert addresses(map(parse_range, blocks)) == addresses([item])
    assert sum(parse_range(block).size for block in blocks) == item.size

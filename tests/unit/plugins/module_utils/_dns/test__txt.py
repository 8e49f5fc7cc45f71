# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns import _txt
from hypothesis import given
from hypothesis import strategies as st

PARTS = st.lists(st.binary(max_size=255), min_size=1, max_size=4)


@given(PARTS)
def test_every_text_comes_back(parts: list[bytes]) -> None:
    assert _txt.strings(_txt.spell(parts)) == tuple(parts)


@given(st.lists(st.binary(min_size=200, max_size=600), min_size=1, max_size=3))
def test_what_a_server_holds_is_always_spelt_so_that_it_can_be_read(parts: list[bytes]) -> None:
    assert b"".join(_txt.strings(_txt.spell(parts))) == b"".join(parts)


def test_a_string_that_is_too_long_is_split_as_servers_do() -> None:
    assert _txt.spell([b"x" * 300]) == "x" * 300
    assert _txt.strings(_txt.spell([b"y", b"x" * 300])) == (b"y", b"x" * 255, b"x" * 45)


@given(PARTS)
def test_the_presentation_is_that_of_zone_files(parts: list[bytes]) -> None:
    rdata = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.TXT, _txt.presentation(_txt.spell(parts)))
    assert rdata.strings == tuple(parts)
    assert _txt.strings(rdata.to_text()) == tuple(parts)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: not text.startswith('"')))
def test_what_a_person_writes_is_what_is_stored(text: str) -> None:
    assert b"".join(_txt.strings(text)) == text.encode()
    assert _txt.canonical(_txt.canonical(text)) == _txt.canonical(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("plain", "plain"),
        ("größe", "größe"),
        ('say "hello"', 'say "hello"'),
        ('"one"', "one"),
        ('"one" "two"', '"one" "two"'),
        (r'"a \"quote\""', r'a "quote"'),
        (r'"\"quoted\""', r'"\"quoted\""'),
        ('""', '""'),
        ("x" * 300, "x" * 300),
        (f'"{"x" * 255}" "{"x" * 45}"', "x" * 300),
        (f'"{"x" * 200}" "{"x" * 100}"', f'"{"x" * 200}" "{"x" * 100}"'),
        ("two\nlines", r'"two\010lines"'),
    ],
)
def test_one_spelling(text: str, canonical: str) -> None:
    assert _txt.canonical(text) == canonical


@pytest.mark.parametrize(
    ("text", "reason"), [('"a" b', "in quotes"), (r'"\300"', "no octet"), (f'"{"x" * 256}"', "at most 255")]
)
def test_what_is_no_text(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        _txt.canonical(text)


def test_without_its_division() -> None:
    assert _txt.joined('"one " "two"') == "one two"


@pytest.mark.parametrize("text", ["plain", "x" * 300, 'a "quote"', '"in quotes"', "back\\slash", "grüße", ""])
def test_a_server_without_strings(text: str) -> None:
    value = _txt.undivided(text)
    assert (_txt.joined(value), _txt.joinable(value)) == (text, True)


@pytest.mark.parametrize("value", ['"one" "two"', '"\\200"'])
def test_what_a_server_without_strings_would_change(value: str) -> None:
    assert not _txt.joinable(value)

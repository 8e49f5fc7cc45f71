# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS names in one spelling."""

from __future__ import annotations

import re

import pytest
from ansible_collections.homelab.network.plugins.module_utils._net._names import (
    in_zone,
    is_wildcard,
    longest_zone,
    parse_name,
    reverse_name,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plex.Home.Arpa.", "plex.home.arpa"),
        ("home.arpa", "home.arpa"),
        ("router", "router"),
        ("b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example.org", "xn--bcher-kva.example.org"),
        # As browsers and registries have it (IDNA 2008), not "strasse".
        ("Stra\N{LATIN SMALL LETTER SHARP S}e.example.org", "xn--strae-oqa.example.org"),
        ("1.example.org", "1.example.org"),
        (f"{'a' * 63}.example.org", f"{'a' * 63}.example.org"),
    ],
)
def test_the_one_spelling(text: str, expected: str) -> None:
    assert parse_name(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        (".", "empty"),
        ("a\N{ZERO WIDTH JOINER}b.example.org", "a joiner that cannot be seen"),
        ("a..b", "empty label"),
        (".a", "empty label"),
        ("-a.example.org", "'-a' of '-a.example.org' begins or ends with a hyphen"),
        ("a-.example.org", "begins or ends with a hyphen"),
        ("a_b.example.org", "holds '_'"),
        ("a b.example.org", "holds ' '"),
        ("a/b", "holds '/'"),
        (f"{'a' * 64}.example.org", "64 characters long; a label has at most 63"),
        (".".join(["a" * 60] * 5), "a name has at most 253"),
        ("*.example.org", "wildcard where one exact name"),
        ("a.*.example.org", "only be the first label"),
        ("192.0.2.1", "reads as an address"),
        (None, "an empty value"),
        (5, "the number 5"),
        (["a"], "a list"),
    ],
)
def test_what_is_no_name(text: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_name(text)


def test_wildcards_and_underscores_where_they_may_stand() -> None:
    assert parse_name("*.Example.Org", wildcard=True) == "*.example.org"
    assert is_wildcard("*.example.org")
    assert not is_wildcard("a.example.org")
    with pytest.raises(ValueError, match="every name"):
        parse_name("*", wildcard=True)
    assert parse_name("_dmarc.example.org", underscore=True) == "_dmarc.example.org"


@given(st.text(max_size=20))
def test_the_spelling_of_a_spelling_is_itself(text: str) -> None:
    try:
        name = parse_name(text, wildcard=True, underscore=True)
    except ValueError:
        return
    assert parse_name(name, wildcard=True, underscore=True) == name
    assert name.isascii()


def test_the_longest_zone() -> None:
    zones = {"example.org", "lab.example.org", "arpa"}
    assert longest_zone("a.lab.example.org", zones) == "lab.example.org"
    assert longest_zone("lab.example.org", zones) == "lab.example.org"
    # A dot belongs between a name and its zone.
    assert longest_zone("notexample.org", zones) == ""
    assert longest_zone("home.arpa", zones) == "arpa"
    assert in_zone("a.example.org", "example.org")
    assert not in_zone("notexample.org", "example.org")


def test_names_of_addresses() -> None:
    assert reverse_name("192.0.2.7") == "7.2.0.192.in-addr.arpa"
    assert reverse_name("2001:db8::1").startswith("1.0.0.0.")
    with pytest.raises(ValueError, match="not an IPv4"):
        reverse_name("nas")

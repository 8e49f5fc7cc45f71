# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""DNS names in one spelling: lower case, A-labels, no dot at the end."""

from __future__ import annotations

import re
import typing as t
import unicodedata

from ._addresses import parse_address
from ._text import shown

# Longer than a name of 253 characters can be in any spelling; the time to encode a label grows with its square.
_LONGEST_TEXT = 2000
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_LABEL_UNDERSCORE = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")


def parse_name(text: object, wildcard: bool = False, underscore: bool = False) -> str:
    """The canonical spelling of a name: LDH labels (RFC 1123 section 2.1), RFC 1035 section 2.3.4 lengths.

    :param wildcard: whether the first label may be C(*) (RFC 4592).
    :param underscore: whether labels may hold underscores (RFC 8552: names of TXT and SRV record sets).
    :raises ValueError: says which label is wrong and why.
    """
    if not isinstance(text, str):
        raise ValueError(f"{shown(text)} stands where a name is expected; write the name in quotes")
    name = text.strip()
    if name.endswith("."):
        name = name[:-1]
    if not name:
        raise ValueError("a name is empty")
    if len(name) > _LONGEST_TEXT:
        raise ValueError(f"{shown(text)} is {len(name)} characters long; a name has at most 253")
    labels = name.split(".")
    prefix = []
    if labels[0] == "*":
        if not wildcard:
            raise ValueError(f"{shown(text)} is a wildcard where one exact name is expected")
        prefix, labels = ["*"], labels[1:]
        if not labels:
            raise ValueError(f"{shown(text)} covers every name there is; a wildcard needs a zone behind it")
    canonical = ".".join(prefix + [_parse_label(label, text, underscore) for label in labels])
    if len(canonical) > 253:
        raise ValueError(f"{shown(text)} is {len(canonical)} characters long; a name has at most 253")
    if labels[-1].isascii() and labels[-1].isdigit():
        raise ValueError(f"{shown(text)} ends with a number: it reads as an address, not as a name")
    return canonical


def _parse_label(label: str, text: str, underscore: bool) -> str:
    if not label:
        raise ValueError(f"{shown(text)} has an empty label: two dots follow each other, or it begins with one")
    if not label.isascii():
        try:
            label = _to_ascii(label)
        except UnicodeError as error:
            raise ValueError(
                f"the label {shown(label)} of {shown(text)} is no internationalized label: {error}"
            ) from None
    label = label.lower()
    if len(label) > 63:
        raise ValueError(
            f"the label {shown(label)} of {shown(text)} is {len(label)} characters long; a label has at most 63"
        )
    if not (_LABEL_UNDERSCORE if underscore else _LABEL).fullmatch(label):
        raise ValueError(f"the label {shown(label)} of {shown(text)} {_why(label, underscore)}")
    return label


def _to_ascii(label: str) -> str:
    """The A-label of an internationalized label.

    Python's codec follows IDNA 2003, which turns C(ß) and C(ς) into other letters and drops joiners. Whoever asks for
    the name follows IDNA 2008 today (RFC 5891), where the two letters stand for themselves.
    """
    if set(label) & {"\u200c", "\u200d"}:
        raise UnicodeError("it holds a joiner that cannot be seen; write the label in its form xn--…")
    if set(label) & {"ß", "ς"}:
        lower = unicodedata.normalize("NFKC", "".join(char.lower() for char in label))
        return "xn--" + lower.encode("punycode").decode("ascii")
    return label.encode("idna").decode("ascii")


def _why(label: str, underscore: bool) -> str:
    if label.startswith("-") or label.endswith("-"):
        return "begins or ends with a hyphen"
    if label == "*":
        return "is a wildcard, which can only be the first label"
    allowed = "letters, digits, hyphens and underscores" if underscore else "letters, digits and hyphens"
    odd = sorted(set(re.findall(r"[^a-z0-9_-]" if underscore else r"[^a-z0-9-]", label)))
    return f"holds {', '.join(repr(char) for char in odd)}; a label has only {allowed}"


def is_wildcard(name: str) -> bool:
    """Whether a canonical name is a wildcard (RFC 4592: its first label is the asterisk alone)."""
    return name.startswith("*.")


def in_zone(name: str, zone: str) -> bool:
    """Whether a canonical name is a zone or below it."""
    return name == zone or name.endswith("." + zone)


def longest_zone(name: str, zones: t.Container[str]) -> str:
    """The zone closest to a canonical name, or an empty text. C(zones) should be a set or a dictionary."""
    rest = name
    while rest:
        if rest in zones:
            return rest
        rest = rest.partition(".")[2]
    return ""


def reverse_name(address: str) -> str:
    """The name under C(in-addr.arpa) or C(ip6.arpa) that belongs to an address (RFC 1035, RFC 3596).

    :raises ValueError: not an address.
    """
    return parse_address(address).reverse_pointer

# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The text of TXT records (RFC 1035 section 3.3.14): one or more strings of at most 255 octets; pure.

The canonical spelling is the text as a person reads it, where the strings are as long as they can be. Everything else
is in quotes, string by string, as in a zone file: C("part one" "part two").
"""

from __future__ import annotations

import re
import typing as t

_LONGEST = 255
_STRING = re.compile(r'\s*"((?:[^"\\]|\\\d{3}|\\\D)*)"')
_ESCAPE = re.compile(r"\\(\d{3}|.)", re.DOTALL)


def strings(value: str) -> tuple[bytes, ...]:
    """The strings of a text in any spelling.

    :raises ValueError: a quote that is not closed, or a string in quotes that is too long.
    """
    if not value.startswith('"'):
        return _split(value.encode())
    found = []
    rest = value.rstrip()
    while rest:
        match = _STRING.match(rest)
        if match is None:
            raise ValueError(
                f'{value!r} begins with a quote, so it must be strings in quotes; write \\" for a quote within one'
            )
        found.append(_unescape(match.group(1)))
        rest = rest[match.end() :]
    if any(len(part) > _LONGEST for part in found):
        raise ValueError(f"a string in quotes has at most {_LONGEST} octets; leave the quotes out to have it split")
    return tuple(found)


def spell(parts: t.Iterable[bytes]) -> str:
    """The canonical spelling of these strings; one that is too long is split, as servers do that let it be given."""
    found = tuple(piece for part in parts for piece in _split(part))
    joined = b"".join(found)
    if found == _split(joined) and joined:
        try:
            text = joined.decode()
        except UnicodeDecodeError:
            return _quoted(found)
        if text.isprintable() and not text.startswith('"'):
            return text
    return _quoted(found)


def canonical(value: str) -> str:
    """The canonical spelling of a text in any spelling.

    :raises ValueError: as `strings`, or it is empty without quotes.
    """
    if not value:
        raise ValueError('a text is empty; write "" in quotes where that is meant')
    return spell(strings(value))


def presentation(value: str) -> str:
    """A text as in a zone file: every string in quotes."""
    return _quoted(strings(value))


def joined(value: str) -> str:
    """A text without its division into strings, for servers that do not know any; octets that are no UTF-8 are lost."""
    return b"".join(strings(value)).decode(errors="replace")


def undivided(text: str) -> str:
    """The canonical spelling of a text that a server holds without a division into strings; quotes are part of it."""
    return spell([text.encode()])


def joinable(value: str) -> bool:
    """Whether a text keeps its meaning on a server that knows no strings: `joined` loses nothing of it."""
    return undivided(joined(value)) == value


def _split(data: bytes) -> tuple[bytes, ...]:
    return tuple(data[start : start + _LONGEST] for start in range(0, len(data) or 1, _LONGEST))


def _unescape(text: str) -> bytes:
    def octet(match: re.Match[str]) -> str:
        code = match.group(1)
        if not code.isdigit():
            return code
        if int(code) > 255:
            raise ValueError(f"\\{code} is no octet: it goes from \\000 to \\255")
        # Latin-1 below gives it back as the one octet that it is.
        return "\udc00" + chr(int(code))

    parts = _ESCAPE.sub(octet, text).split("\udc00")
    return parts[0].encode() + b"".join(part[:1].encode("latin-1") + part[1:].encode() for part in parts[1:])


def _quoted(parts: t.Iterable[bytes]) -> str:
    return " ".join(f'"{"".join(map(_octet, part))}"' for part in parts)


def _octet(number: int) -> str:
    char = chr(number)
    if char in '"\\':
        return "\\" + char
    return char if 32 <= number < 127 else f"\\{number:03}"

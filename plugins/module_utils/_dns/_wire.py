# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Canonical names and values as what dnspython sends and receives, and back; no I/O."""

from __future__ import annotations

import functools
import ipaddress
import re
import typing as t

from .._errors import require
from . import _txt
from ._error import DnsError
from ._rdata import TYPES, held, presentation

if t.TYPE_CHECKING:
    from dns.name import Name
    from dns.rdata import Rdata

    from ._transfer import Record

_ADDRESSES = ("A", "AAAA")
# Parameters of SVCB and HTTPS that only later versions of dnspython know by name; all know their numbers (RFC 9460
# section 14.3.2, RFC 9461, RFC 9540).
_LATE = {"dohpath": "key7", "ohttp": "key8"}
_LATE_KEY = re.compile(rf"(?<= )(?:{'|'.join(_LATE)})(?=[= ]|$)")


class Wire:
    """The conversions to objects of dnspython (2.1 or newer), and from the octets of a transfer."""

    def __init__(self) -> None:
        self._names = require("dns.name", "dnspython")
        self._rdata = require("dns.rdata", "dnspython")
        self._types = require("dns.rdatatype", "dnspython")
        self._in = require("dns.rdataclass", "dnspython").IN
        # A zone has the same names and marks many times over.
        self.name = functools.lru_cache(maxsize=None)(self._name)
        self.rdata = functools.lru_cache(maxsize=None)(self._encoded)
        self.type_of = functools.lru_cache(maxsize=None)(self._type_of)
        self._direct = {
            rtype: (self._rdata.get_rdata_class(self._in, self._types.from_text(rtype)), self._types.from_text(rtype))
            for rtype in (*_ADDRESSES, "TXT")
        }

    def _type_of(self, number: int) -> str:
        """A type by its name."""
        return str(self._types.to_text(number))

    def _name(self, name: str) -> Name:
        """A canonical name.

        :raises DnsError: it is longer than a name can be.
        """
        try:
            return t.cast("Name", self._names.from_text(f"{name}."))
        except self._names.NameTooLong as error:
            raise DnsError(f"the name {name} is longer than a name can be") from error

    def _encoded(self, rtype: str, value: str) -> Rdata:
        """A canonical value. Most of a zone is addresses and texts, which are not parsed as zone-file text.

        :raises DnsError: it cannot be encoded.
        """
        try:
            if rtype in self._direct:
                kind, number = self._direct[rtype]
                return t.cast("Rdata", kind(self._in, number, value if rtype in _ADDRESSES else _txt.strings(value)))
            text = presentation(rtype, value)
            if rtype in ("HTTPS", "SVCB"):
                text = _LATE_KEY.sub(lambda match: _LATE[match.group()], text)
            return t.cast("Rdata", self._rdata.from_text(self._in, self._types.from_text(rtype), text))
        # dnspython lets whatever its parsers raise through.
        except Exception as error:
            raise DnsError(f"{rtype} {value!r} cannot be written as a record: {error}") from error

    def value(self, rtype: str, record: Record) -> tuple[str, Rdata | None]:
        """A value that was received, in canonical spelling, and its encoding; None where there is only one for it.

        A value of a type that has no canonical spelling, or that is not as its type wants it, is spelled as in a zone
        file.
        """
        wire, start, length = record.wire, record.start, record.length
        if rtype == "A" and length == 4:
            return f"{wire[start]}.{wire[start + 1]}.{wire[start + 2]}.{wire[start + 3]}", None
        if rtype == "AAAA" and length == 16:
            return str(ipaddress.IPv6Address(wire[start : start + 16])), None
        if rtype == "TXT":
            return _txt.spell(_strings(wire, start, start + length)), None
        try:
            rdata = self._rdata.from_wire(self._in, record.rtype, wire, start, length)
        except Exception:  # noqa: BLE001  # as above
            rdata = self._rdata.GenericRdata(self._in, record.rtype, wire[start : start + length])
        text = str(rdata.to_text())
        return (held(rtype, text) if rtype in TYPES else text), t.cast("Rdata", rdata)


def text_of(name: Name) -> str:
    """The canonical spelling of a name."""
    return name.to_text(omit_final_dot=True).lower()


def _strings(wire: bytes, at: int, end: int) -> t.Iterator[bytes]:
    while at < end:
        yield wire[at + 1 : at + 1 + wire[at]]
        at += 1 + wire[at]

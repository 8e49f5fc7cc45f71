# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Fresh names in all forms in which a host asks for names, so that no cache knows them."""

from __future__ import annotations

import dataclasses
import secrets
import typing as t

from .._net._names import in_zone
from ._reverse import address_of

# How a name can be asked for, beside the address of a DNS server.
GLIBC, VARLINK = "glibc", "varlink"

# What is asked for: the addresses of both families in one call, or a type of records.
ADDRESSES = "A and AAAA"

NAME, SUB_DOMAIN, SERVICE, REVERSE, SHORT = "name", "sub-domain", "service", "reverse name", "single label"

# What each way asks in a zone, as (kind, type). Few: some servers answer a client only 20 queries per second.
_FORWARD = {
    GLIBC: ((NAME, ADDRESSES), (SUB_DOMAIN, ADDRESSES)),
    VARLINK: ((NAME, ADDRESSES), (NAME, "HTTPS"), (SUB_DOMAIN, "TXT"), (SERVICE, "SRV")),
}
_FORWARD_SERVER = (
    (NAME, "A"),
    (SUB_DOMAIN, "AAAA"),
    (NAME, "HTTPS"),
    (NAME, "MX"),
    (SUB_DOMAIN, "TXT"),
    (SERVICE, "SRV"),
)
# A reverse zone may be so small that its addresses are in a cache; a name in it is not.
_REVERSE = {GLIBC: ((REVERSE, "PTR"), (NAME, ADDRESSES)), VARLINK: ((REVERSE, "PTR"), (NAME, ADDRESSES))}
_REVERSE_SERVER = ((REVERSE, "PTR"), (NAME, "PTR"))
_SHORT = {GLIBC: ((SHORT, ADDRESSES),), VARLINK: ((SHORT, ADDRESSES),)}
_SHORT_SERVER = ((SHORT, "A"), (SHORT, "AAAA"))

# Reserved (RFC 2606): a random name below one of them is nobody's. The last one can be nobody's zone.
_PUBLIC = ("example.com", "example.net", "example.org", "invalid")
# Reserved (RFC 2606, RFC 5737, RFC 3849): a domain that does not exist, and addresses that nobody has.
_NOBODY = ("invalid", "100.51.198.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa")

_DIGITS = {"in-addr.arpa": 4, "ip6.arpa": 32}


@dataclasses.dataclass(frozen=True)
class Question:
    """A name that one way asks for, once; `way` is a constant of this module or the address of a DNS server.

    `zone` is the private zone that it lies in, empty for public names and for single labels.
    """

    name: str
    type: str
    kind: str
    way: str
    zone: str = ""


@dataclasses.dataclass(frozen=True)
class Questions:
    """Everything that is asked for; no two of them have a name in common, unless a reverse zone is too small."""

    private: tuple[Question, ...]
    public: tuple[Question, ...]
    short: tuple[Question, ...]

    @property
    def all(self) -> tuple[Question, ...]:
        """All of them."""
        return (*self.private, *self.public, *self.short)


def fresh_questions(zones: t.Sequence[str], ways: t.Sequence[str]) -> Questions:
    """Questions by all ways in all private zones, in some public ones, and for names without a dot."""
    return Questions(
        tuple(question for zone in zones for way in ways for question in _in_zone(zone, way, zone)),
        tuple(question for zone in public_zones(zones) for way in ways for question in _in_zone(zone, way, "")),
        tuple(_question(kind, rdtype, "", way) for way in ways for kind, rdtype in _SHORT.get(way, _SHORT_SERVER)),
    )


def public_zones(zones: t.Sequence[str]) -> list[str]:
    """Domains to ask for that have nothing in common with the private zones."""
    free = [domain for domain in _PUBLIC if not any(in_zone(domain, zone) for zone in zones)][:1]
    nobody = [zone for zone in _NOBODY if not any(in_zone(zone, own) or in_zone(own, zone) for own in zones)]
    return list(dict.fromkeys([*free, *nobody]))


def _in_zone(zone: str, way: str, private: str) -> list[Question]:
    reverse = _missing_digits(zone) > 0
    recipe = _REVERSE.get(way, _REVERSE_SERVER) if reverse else _FORWARD.get(way, _FORWARD_SERVER)
    return [dataclasses.replace(_question(kind, rdtype, zone, way), zone=private) for kind, rdtype in recipe]


def _question(kind: str, rdtype: str, zone: str, way: str) -> Question:
    label = f"probe-{secrets.token_hex(6)}"
    name = {
        NAME: f"{label}.{zone}",
        SUB_DOMAIN: f"a.b.{label}.{zone}",
        SERVICE: f"_ldap._tcp.{label}.{zone}",
        SHORT: label,
    }.get(kind) or _reverse_name(zone)
    return Question(name, rdtype, kind, way)


def _reverse_name(zone: str) -> str:
    base = 10 if zone.endswith("in-addr.arpa") else 16
    # Neither the first nor the last address of a network: those can be no host's.
    top = 254 if base == 10 else 16
    digits = [secrets.randbelow(top - 1) + 1 for _digit in range(_missing_digits(zone))]
    return ".".join([*(f"{digit:d}" if base == 10 else f"{digit:x}" for digit in digits), zone])


def _missing_digits(zone: str) -> int:
    """How many labels in front of a reverse zone make it the name of an address; 0 when none do."""
    for root, length in _DIGITS.items():
        if in_zone(zone, root):
            missing = length - (zone[: -len(root)].count("."))
            try:
                address_of(".".join(["1"] * missing + [zone]))
            except ValueError:
                return 0
            return missing
    return 0
